"""A word to the processor: this will be read soon.

Ties lead all over the country, so the records of one's ties stand nowhere near each other. Asked for in advance, they
arrive while others are being worked on; a month of four million citizens takes a third of the time. No number depends
on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# First, because it settles how numba is loaded.
import agents.rules.rule  # noqa: F401

# isort: split
import llvmlite.ir
import numba.core.cgutils
import numba.extending
import numpy as np

# numba has few type hints, and mypy must pass with those of any version.
_numba: Any = numba
types: Any = _numba.types
extending: Any = _numba.extending
cgutils: Any = _numba.core.cgutils
ir: Any = llvmlite.ir

FOR_READING, KEEP, DATA = 0, 3, 1  # how LLVM's llvm.prefetch is told


def prefetch(array: Any, index: int) -> None:
    """Have the memory of `array[index]` on its way; plain Python knows no better than to do nothing."""


@extending.intrinsic  # type: ignore[untyped-decorator]
def _prefetch(typing: Any, array: Any, index: Any) -> Any:
    def written(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        found = context.make_array(kind)(context, builder, arguments[0])
        byte = ir.IntType(8).as_pointer()
        place = [arguments[1]] + [context.get_constant(types.intp, 0)] * (kind.ndim - 1)
        address = builder.bitcast(cgutils.get_item_pointer(context, builder, kind, found, place), byte)
        number = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        ask = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0i8")
        builder.call(ask, [address, number(FOR_READING), number(KEEP), number(DATA)])
        return context.get_dummy_value()

    return types.void(array, types.intp), written


@extending.overload(prefetch)  # type: ignore[untyped-decorator]
def _compiled_prefetch(array: Any, index: Any) -> Callable[[Any, Any], None]:
    def implementation(array: Any, index: Any) -> None:
        _prefetch(array, np.intp(index))

    return implementation

"""Named tuples of arrays as compiled code takes them: by one address, instead of array by array.

numba hands a named tuple over by value, with seven numbers for every array in it. A `World` has some eighty arrays, so
each function that takes one would unpack, pass on and give back hundreds of arguments, and compiling that takes longer
than compiling what the function does. A table costs one argument, whatever it holds.

In compiled code `world.columns.loyalty[i]` means what it means in Python. Arrays are not copied: what compiled code
writes into them shows in the named tuple.
"""

from __future__ import annotations

import hashlib
import struct
from functools import cache
from typing import Any, TypeVar, cast, get_type_hints

# First, because it settles how numba is loaded.
import agents.rules.rule  # noqa: F401

# isort: split
import numba.core.cgutils
import numba.core.typing.templates
import numba.extending
import numba.np.arrayobj
import numba.np.numpy_support
import numpy as np

# numba has few type hints, and mypy must pass with those of any version.
_numba: Any = numba
types: Any = _numba.types
extending: Any = _numba.extending
cgutils: Any = _numba.core.cgutils
_Type: Any = types.Type
_AttributeTemplate: Any = _numba.core.typing.templates.AttributeTemplate
_from_dtype: Any = _numba.np.numpy_support.from_dtype
_populate_array: Any = _numba.np.arrayobj.populate_array

Values = TypeVar("Values", bound=tuple[Any, ...])

WORD = 8


def in_memory(values: Values) -> Values:
    """Return a named tuple in the form in which compiled code takes it: by address.

    Python reads it by the same names. With `NUMBA_DISABLE_JIT=1` it is the tuple itself.

    Parameters
    ----------
    values
        A named tuple of floats, integers, arrays and named tuples of these. Numbers are copied, arrays are not.

    Raises
    ------
    ValueError
        If an array is not in C order or not writable.
    """
    return values if _numba.config.DISABLE_JIT else cast("Values", _Table(values))


class _Table:
    """A block of words: a number takes one, an array its address and its shape, a named tuple those of its fields."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        words: list[float] = []
        kind, layout = _laid_out(values, words)
        block = np.frombuffer(struct.pack(f"={layout}", *words), dtype=np.int64)
        self.numba_address = block.ctypes.data
        self._numba_type_ = kind
        self._kept_alive = block
        self._values = values

    def __getattr__(self, name: str) -> Any:
        """Return a field of the named tuple."""
        return getattr(self._values, name)


def _laid_out(values: tuple[Any, ...], words: list[float]) -> tuple[_TableType, str]:
    """Append the words of a named tuple; return its type and the words' layout as `struct` writes it."""
    owner = type(values)
    hints = _hints(owner)
    kinds: list[Any] = []
    layout = ""
    for name, value in zip(hints, values, strict=True):
        if isinstance(value, np.ndarray):
            if not value.flags.carray:
                raise ValueError(f"{owner.__name__}.{name} must be a writable array in C order")
            words += [value.__array_interface__["data"][0], *value.shape]
            layout += "q" * (1 + value.ndim)
            kinds.append(_array_kind(value.dtype, value.ndim))
        elif isinstance(value, tuple):
            kind, part = _laid_out(value, words)
            layout += part
            kinds.append(kind)
        else:
            words.append(value)
            layout += "d" if hints[name] is float else "q"
            kinds.append(types.float64 if hints[name] is float else types.int64)
    return _table_kind(owner, tuple(kinds)), layout


@cache
def _hints(owner: type) -> dict[str, Any]:
    return get_type_hints(owner)


@cache
def _array_kind(dtype: np.dtype[Any], ndim: int) -> Any:
    return types.Array(_from_dtype(dtype), ndim, "C")


@cache
def _table_kind(owner: type, kinds: tuple[Any, ...]) -> _TableType:
    return _TableType(owner.__name__, tuple(_hints(owner)), kinds)


class _TableType(_Type):  # type: ignore[misc]
    """The type of a table: the names of its fields, and their kinds."""

    def __init__(self, name: str, names: tuple[str, ...], kinds: tuple[Any, ...]) -> None:
        self.kinds = dict(zip(names, kinds, strict=True))
        self.places: dict[str, int] = {}
        self.size = 0
        for field, kind in self.kinds.items():
            self.places[field] = self.size
            self.size += _words_of(kind)
        # numba tells types apart by name, and writes it into every symbol.
        super().__init__(f"{name}_{hashlib.sha256(repr(self.kinds).encode()).hexdigest()[:8]}")


def _words_of(kind: Any) -> int:
    if isinstance(kind, _TableType):
        return kind.size
    return 1 + kind.ndim if isinstance(kind, types.Array) else 1


def _address(kind: Any, table: Any, context: Any) -> Any:
    number = context.pyapi.object_getattr_string(table, "numba_address")
    address = context.pyapi.long_as_voidptr(number)
    context.pyapi.decref(number)
    return extending.NativeValue(address)


class _Fields(_AttributeTemplate):  # type: ignore[misc]
    key = _TableType

    def generic_resolve(self, table: _TableType, name: str) -> Any:
        return table.kinds.get(name)


def _field(context: Any, builder: Any, table: _TableType, address: Any, name: str) -> Any:
    """Write the instructions that read a field."""
    kind = table.kinds[name]
    place = table.places[name]

    def word(number: int, kind: Any) -> Any:
        at = cgutils.pointer_add(builder, address, WORD * (place + number))
        loaded = builder.load(builder.bitcast(at, context.get_value_type(kind).as_pointer()))
        # The block is never written again, so whatever is stored in a column, there is no need to read it anew.
        loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
        return loaded

    if isinstance(kind, _TableType):
        return cgutils.pointer_add(builder, address, WORD * place)
    if not isinstance(kind, types.Array):
        return word(0, kind)
    shape = [word(1 + axis, types.intp) for axis in range(kind.ndim)]
    itemsize = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    strides = [itemsize]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = context.make_array(kind)(context, builder)
    _populate_array(array, word(0, types.CPointer(kind.dtype)), shape, strides, itemsize, meminfo=None)
    return array._getvalue()


extending.register_model(_TableType)(extending.models.OpaqueModel)
extending.unbox(_TableType)(_address)
extending.infer_getattr(_Fields)
extending.lower_getattr_generic(_TableType)(_field)

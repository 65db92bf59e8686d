"""The mark of a rule: plain Python for people, compilable for the fast engine.

This is also the lowest place that loads numba, so the one switch that must be thrown before numba loads stands here:
Intel's vector library SVML has its own `exp` and `log`, which differ from Python's in the last bit.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

if "numba" not in sys.modules:
    # numba reads this once, while it is imported.
    os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"

import numba
from numba.extending import register_jitable

if getattr(numba.config, "USING_SVML", False):
    warnings.warn(
        "numba was imported before Civic Loyalty and uses Intel SVML, so the two engines may differ in the last bit; "
        "import agents or model first, or set NUMBA_DISABLE_INTEL_SVML=1",
        RuntimeWarning,
        stacklevel=2,
    )

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def rule(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Return `function` itself, which compiled code may now call as well.

    A rule is plain scalar Python: people read it and the reference engine calls it as it stands; the fast engine
    compiles the same source. Division by zero gives inf or nan in compiled code and raises in Python, so a rule never
    divides by zero.
    """
    register: Any = register_jitable(error_model="numpy")
    return cast("Callable[Arguments, Result]", register(function))

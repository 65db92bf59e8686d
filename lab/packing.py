"""A citizen's state in a byte: what the page colours.

A layer is one byte a cell, so a change of colours is a change of palette in the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.rules.display import KIN_SYMBOL, NATIONAL_SYMBOL
from lab.layers import FIRST, GONE, KIN, MASK, MASKED, NATIONAL, SCALES, SILENT
from model.columns import Columns, Floats

Codes = NDArray[np.integer[Any]]


def pack(layer: str, people: Columns, cells: NDArray[np.int32]) -> bytes:
    """Return one layer, a byte a cell; `cells` holds citizens' numbers, -1 for an empty cell."""
    codes = np.zeros(people.loyalty.size + 1, dtype=np.uint8)  # the last one answers for -1
    codes[:-1] = np.where(people.present, CODERS[layer](people) + FIRST, GONE)
    if layer == "events":
        codes[:-1][people.departed] = FIRST + LEFT
    return codes[cells].tobytes()


def shown(people: Columns) -> Codes:
    """Return what each citizen shows in public: `SILENT`, `NATIONAL`, `KIN` or `MASKED`."""
    codes = np.where(people.falsified >= MASK, np.int8(MASKED), np.int8(SILENT))
    codes[people.display == KIN_SYMBOL] = KIN
    codes[people.display == NATIONAL_SYMBOL] = NATIONAL
    return codes


def _on_scale(name: str, values: Floats) -> Codes:
    low, high, steps = SCALES[name]
    share = np.clip((values - low) * (steps / (high - low)), 0.0, steps - 1.0)
    return np.asarray(share.astype(np.int16))


def _events(people: Columns) -> Codes:
    code = np.where(people.harassed, np.int8(HARASSED), np.int8(0))
    code[people.sanctioned] = SANCTIONED
    code[people.sanctioned & (people.injustice >= 1.0)] = SANCTIONED_FOR_NOTHING
    return code


HARASSED, SANCTIONED, SANCTIONED_FOR_NOTHING, LEFT = range(1, 5)

CODERS: dict[str, Callable[[Columns], Codes]] = {
    "stance": lambda people: _on_scale("stance", people.loyalty - people.initial_loyalty) * 4 + shown(people),
    "loyalty": lambda people: _on_scale("loyalty", people.loyalty) * 4 + shown(people),
    "threat": lambda people: _on_scale("threat", people.threat),
    "hostility": lambda people: _on_scale("hostility", people.hostility),
    "welfare": lambda people: _on_scale("welfare", people.welfare - people.kin_welfare),
    "media": lambda people: _on_scale("media", people.kin_television),
    "group": lambda people: people.group,
    "departed": lambda people: np.zeros(people.loyalty.size, dtype=np.int8),
    "events": _events,
}
"""Every layer's codes, from 0, for those present."""

"""Tables of months made small: what changes little from month to month takes little room.

A block is a table [months, things]. Whole numbers are written as differences from the month before; then the bytes are
sorted by their rank within a number, month by month or thing by thing, whichever is smaller, and deflated. The page's
`blocks.js` reads them.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVEL = 6


class Block(NamedTuple):
    """A table, deflated.

    Attributes
    ----------
    kind
        "code" for uint8, "whole" for int32, "number" for float64.
    turned
        Whether it is written thing by thing, rather than month by month.
    """

    name: str
    kind: str
    rows: int
    columns: int
    turned: bool
    data: bytes

    def described(self) -> dict[str, Any]:
        """Return what it takes to read it, apart from the data."""
        return {
            "name": self.name, "kind": self.kind, "rows": self.rows, "columns": self.columns, "turned": self.turned,
        }  # fmt: skip

    def text(self) -> str:
        """Return the data as base64."""
        return base64.b64encode(self.data).decode("ascii")

    @property
    def room(self) -> int:
        """How many characters the text takes."""
        return -(-len(self.data) // 3) * 4


KINDS: dict[str, str] = {"uint8": "code", "int32": "whole", "float64": "number"}


def squeeze(name: str, table: NDArray[Any]) -> Block:
    """Return a table [months, things] of uint8, int32 or float64 as a block."""
    kind = KINDS[table.dtype.name]
    changes = table if kind == "number" else _changes(table)
    by_month, by_thing = (zlib.compress(_ranked(changes, turned), LEVEL) for turned in (False, True))
    turned = len(by_thing) < len(by_month)
    rows, columns = table.shape
    return Block(name, kind, rows, columns, turned, by_thing if turned else by_month)


def _changes(table: NDArray[Any]) -> NDArray[Any]:
    """Return each month's difference from the one before; signed ones with the sign in the last bit."""
    changes = table.copy()
    changes[1:] -= table[:-1]
    if table.dtype == np.int32:
        changes = (changes << 1) ^ (changes >> 31)
    return changes


def _ranked(table: NDArray[Any], turned: bool) -> bytes:
    """Return the first byte of every number, then the second of every number, and so on, lowest first."""
    numbers = np.ascontiguousarray(table.T if turned else table)
    ordered = numbers.astype(numbers.dtype.newbyteorder("<"), copy=False)
    ranks = ordered.view(np.uint8).reshape(-1, numbers.dtype.itemsize)
    return np.ascontiguousarray(ranks.T).tobytes()

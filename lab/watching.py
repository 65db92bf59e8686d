"""The laboratory as an observer of a society: what its page asks of one, for the conformance suite to look with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from lab.layers import LAYERS
from lab.layout import lay_out
from lab.life import Diary
from lab.packing import pack
from model.society import Society

CANVAS: Final = (400, 300)


def _paint(society: Society) -> None:
    people = society.world.columns
    layout = lay_out(society.country, people, *CANVAS)
    for layer in LAYERS:
        pack(layer, people, layout.citizens)


def _write_diary(society: Society) -> None:
    diary = Diary(society.months, society.citizens)
    diary.write(society.month, society.world.columns)
    diary.read(0, society.month, society.world.columns)


OBSERVERS: Final[dict[str, Callable[[Any], Any]]] = {"laboratory's layers": _paint, "laboratory's diary": _write_diary}
"""Ways of the laboratory to look at a society, by name."""

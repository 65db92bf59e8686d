"""The layers by which the page colours citizens, and the codes in which a citizen's byte is written."""

from __future__ import annotations

from typing import NamedTuple

EMPTY = 0
GONE = 1
FIRST = 2
"""Code 0 is an empty cell and 1 a citizen who has left; the others count from here."""

SILENT, NATIONAL, KIN, MASKED = range(4)
"""What a citizen shows in public: nothing, the national symbol, the kin state's, or words more loyal than the heart."""

MASK = 0.05
"""From how much falsified speech on, in L, a citizen counts as speaking more loyally than they feel."""

FEELINGS = 63
STEPS = 253


class Scale(NamedTuple):
    """Values from `low` to `high` in `steps` codes; what lies beyond gets the last one."""

    low: float
    high: float
    steps: int


SCALES: dict[str, Scale] = {
    "stance": Scale(-0.315, 0.315, FEELINGS),
    "loyalty": Scale(-1.0, 1.0, FEELINGS),
    "threat": Scale(0.0, 0.6, STEPS),
    "hostility": Scale(0.0, 0.6, STEPS),
    "welfare": Scale(-0.15, 0.15, STEPS),
    "media": Scale(0.0, 0.9, STEPS),
}

LAYERS = ("stance", "loyalty", "threat", "hostility", "welfare", "media", "group", "departed", "events")

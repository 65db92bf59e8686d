"""History matching: the points of the prior whose past is like the country's (specification 8.1).

Each number of a draw may be possible and the draw absurd as a whole: half a country under foreign flags, or a war that
nobody feels. A draw matches if, without any policy, all of `PATTERNS` come about in it. The registered rule is over the
whole prior, and no verdict rests on the draws that match: their shares stand beside it, to show what it owes to worlds
that nobody has seen. The bounds are wide, and rough: nobody has counted ribbons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from experiments.verdicts import Floats

LATE: Final = (120, 180)
"""The months between which loyalty must not go on falling."""

Past = Callable[[str, str, int], Floats]
"""Gives a measure of a population in a month without any policy, [points], as a mean over seeds."""


@dataclass(frozen=True)
class Pattern:
    """One thing that came about in the country: a number of a past, and its bounds."""

    meaning: str
    low: float
    high: float


PATTERNS: Final[Mapping[str, Pattern]] = {
    "outburst": Pattern("largest share of the kin camp that shows symbols of the kin state", 0.04, 0.5),
    "fall": Pattern("how far sincere loyalty of the kin camp falls below that of month 0", 0.04, 0.35),
    "irritation": Pattern("how far hostility of the other camp rises above that of month 0", 0.02, 0.25),
    "recovery": Pattern("what sincere loyalty of the kin camp gains from month 120 to 180", 0.0, math.inf),
}
"""The patterns of specification 8.1, for the whole other camp instead of the largest group in it."""


@dataclass(frozen=True)
class History:
    """Which points of the prior have a past like the country's.

    Attributes
    ----------
    fits
        By pattern, [points]: its number lies within its bounds. An unknown number (a run that failed) does not.
    """

    fits: Mapping[str, NDArray[np.bool_]]

    @property
    def matched(self) -> NDArray[np.bool_]:
        """Points at which every pattern fits, [points]."""
        return np.asarray(np.logical_and.reduce([*self.fits.values()]))


def match_history(past: Past, months: Sequence[int]) -> History:
    """Return at which points the past fits; `months` are those at which it is known, month 0 and `LATE` among them."""
    display = np.array([past("kin_display", "kin_camp", month) for month in months])
    loyalty = np.array([past("loyalty", "kin_camp", month) for month in months])
    hostility = np.array([past("hostility", "other_camp", month) for month in months])
    start, before, after = (months.index(month) for month in (0, *LATE))
    numbers = {
        "outburst": display.max(axis=0),
        "fall": loyalty[start] - loyalty.min(axis=0),
        "irritation": hostility.max(axis=0) - hostility[start],
        "recovery": loyalty[after] - loyalty[before],
    }
    return History(
        {name: (number >= PATTERNS[name].low) & (number <= PATTERNS[name].high) for name, number in numbers.items()}
    )

"""History matching: the points of the prior whose course is like that expected of the country (specification 8.1).

Each number of a draw may be possible and the draw absurd as a whole: half a country under foreign flags, or a war that
nobody feels. A draw matches if, without any policy, all of `PATTERNS` come about in it. The registered rule is over the
whole prior, and no verdict rests on the draws that match: their shares stand beside it, to show what it owes to absurd
ones. The bounds are wide and assumed: nobody has counted ribbons, and the last pattern lies in years to come.
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

Course = Callable[[str, str, int], Floats]
"""Gives a measure of a population in a month without any policy, [points], as a mean over seeds."""


@dataclass(frozen=True)
class Pattern:
    """One thing that is expected of the country: a number of a course, and its bounds."""

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
    """Which points of the prior match history.

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


def match_history(course: Course, months: Sequence[int]) -> History:
    """Return at which points the course fits; it is known in `months`, among them month 0 and `LATE`."""
    display = np.array([course("kin_display", "kin_camp", month) for month in months])
    loyalty = np.array([course("loyalty", "kin_camp", month) for month in months])
    hostility = np.array([course("hostility", "other_camp", month) for month in months])
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

"""The arithmetic of verdicts: from effects over the prior to one of five words (specification, section 6, ruling 17).

Pure functions of arrays; nothing here knows what was simulated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from scenarios.claim import SHARE_NEEDED, Direction

Verdict = Literal["supported", "refuted", "equivalent", "conditional", "not testable"]
Floats = NDArray[np.float64]
Signs = NDArray[np.int8]

POINTS_NEEDED = 512
SEEDS_NEEDED = 2
CITIZENS_NEEDED = 4000
"""With fewer, what a few hundred people of the kin camp happen to do decides on which side of a margin a point lies."""

FEWEST_IN_INTERVAL = 3
"""Of two values a t interval is thirteen times as wide as they lie apart, and says nothing."""

HOLDS = 1
NEUTRAL = 0
CONTRADICTED = -1


@dataclass(frozen=True)
class Shares:
    """Shares of the prior's draws in which a statement holds, is within the margin, or is contradicted."""

    holds: float
    neutral: float
    contradicted: float
    draws: int

    def error(self, share: float) -> float:
        """Return the standard error of a share, from the number of draws."""
        return math.sqrt(max(0.0, share * (1.0 - share)) / self.draws) if self.draws else math.nan


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval."""

    mean: float
    low: float
    high: float
    seeds: int


def judged(effects: Floats, direction: Direction, margin: float) -> Signs:
    """Return for each draw whether the statement holds (1), is contradicted (-1) or lies within the margin (0).

    "greater" and "less" need an effect beyond the margin; "none" needs one within it; "not_greater" and "not_less" are
    contradicted only by an effect beyond the margin. An unknown effect (not a number) says nothing: leave it out first.
    """
    above = effects > margin
    below = effects < -margin
    if direction in ("less", "not_less"):
        holding, against = below, above
        if direction == "not_less":
            holding, against = ~below, below
    elif direction == "greater":
        holding, against = above, below
    elif direction == "not_greater":
        holding, against = ~above, above
    else:
        holding, against = ~above & ~below, above | below
    return np.where(holding, HOLDS, np.where(against, CONTRADICTED, NEUTRAL)).astype(np.int8)


def together(parts: Sequence[Signs]) -> Signs:
    """Return the judgement of a statement whose parts must hold in the same draw: the worst of them."""
    return np.asarray(np.minimum.reduce(list(parts)))


def shares(signs: Signs) -> Shares:
    """Return how often a statement holds, is neutral or is contradicted."""
    draws = int(signs.size)
    if draws == 0:
        return Shares(math.nan, math.nan, math.nan, 0)
    return Shares(
        float((signs == HOLDS).mean()), float((signs == NEUTRAL).mean()), float((signs == CONTRADICTED).mean()), draws
    )


def whole_percent(share: float) -> int:
    """Return a share as a whole percentage, halves up, as the explorer does."""
    # A hair more, because what is a half in truth may fall short of it: 100 times 29 of 200 are 14.499999999999998.
    return math.floor(100.0 * share + 0.5 + 1e-9)


def verdict_of(found: Shares, needed: float = SHARE_NEEDED) -> Verdict:
    """Return the verdict of one set of draws."""
    if found.holds >= needed:
        return "supported"
    if found.contradicted >= needed:
        return "refuted"
    if found.neutral >= needed:
        return "equivalent"
    return "conditional"


def agreed(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict that all variants (or all estimands) share, else "conditional"."""
    distinct = set(verdicts)
    return verdicts[0] if len(distinct) == 1 else "conditional"


def verdict_over(variants: Mapping[str, Shares]) -> Verdict:
    """Return the verdict that holds in every structural variant."""
    return agreed([verdict_of(found) for found in variants.values()])


def is_testable(effects: Floats, margin: float, needed: float = SHARE_NEEDED) -> bool:
    """Tell whether a probe leaves its margin in more than a tenth of the prior; if not, the horizon says nothing."""
    return bool((np.abs(effects) <= margin).mean() < needed)


def is_provisional(points: int, seeds: int, citizens: int) -> bool:
    """Tell whether a verdict rests on fewer than 512 points x 2 seeds of 4,000 citizens."""
    return points < POINTS_NEEDED or seeds < SEEDS_NEEDED or citizens < CITIZENS_NEEDED


def interval(effects: Floats) -> Interval:
    """Return the mean over seeds and its 95 % t interval, which is not a number below `FEWEST_IN_INTERVAL` seeds."""
    known = effects[~np.isnan(effects)]
    if known.size == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(known.mean())
    if known.size < FEWEST_IN_INTERVAL:
        return Interval(mean, math.nan, math.nan, int(known.size))
    half = float(student.ppf(0.975, known.size - 1) * known.std(ddof=1) / math.sqrt(known.size))
    return Interval(mean, mean - half, mean + half, int(known.size))

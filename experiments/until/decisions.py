"""When a claim is decided: the registered rule, read through bounds that hold at every look at once.

A claim has a verdict V (supported, refuted, equivalent) if the share of V is at least 90 % in every cell, a cell being
a structural variant, or a part of the claim in a variant where every part counts alone. So what is estimated is, for
each of the three, the share in the cell where it is smallest.

- V is decided once the lower bounds of its share are at least 90 % in all cells. If V is false, some cell's share is
  below 90 % and its own bound must have erred: each bound may err with an eighth of the stated error, and so do the
  at most four false words (three verdicts, "not testable") with no more than half of it together.
- "Conditional" is decided once each of the three has an upper bound below 90 % in some cell. If V is true, one of the
  cells' bounds must have erred: they share the other half of the stated error evenly.
- "Not testable" is decided by the claim's probe like a verdict of its own; no other word is decided before the probe's
  upper bound is below 90 %.

Pure functions of counts; nothing here knows what was simulated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from experiments.until.sequences import highest_share, lowest_share
from experiments.verdicts import Shares, Verdict
from scenarios.claim import SHARE_NEEDED

ERROR: Final = 0.05
"""Probability with which the decision on a claim may be false, however often one looks."""
WORDS: Final[tuple[Verdict, ...]] = ("supported", "refuted", "equivalent")


@dataclass(frozen=True)
class Tally:
    """How many independent draws of the prior supported a statement, refuted it, or stayed within the margin."""

    supported: int
    refuted: int
    equivalent: int

    @property
    def draws(self) -> int:
        """Number of draws that said something."""
        return self.supported + self.refuted + self.equivalent

    @classmethod
    def of(cls, found: Shares) -> Tally:
        """Return the counts behind shares."""
        if not found.draws:
            return cls(0, 0, 0)
        return cls(*(round(share * found.draws) for share in (found.holds, found.contradicted, found.neutral)))


@dataclass(frozen=True)
class Reach:
    """Bounds of the smallest share of a word over the cells."""

    low: float
    high: float


@dataclass(frozen=True)
class Sides:
    """The error that a lower bound and an upper bound may have, so that a decision has the stated one."""

    low: float
    high: float

    @classmethod
    def of(cls, error: float, cells: int) -> Sides:
        """Return the two for a number of cells, the probe's counted."""
        return cls(error / 8.0, error / (2.0 * cells))


def reaches(cells: Sequence[Tally], probe: Tally | None = None, error: float = ERROR) -> dict[Verdict, Reach]:
    """Return bounds of the smallest share of each word over the cells, and of "not testable" if there is a probe."""
    sides = Sides.of(error, len(cells) + (probe is not None))
    found = {word: _smallest([_reach(cell, word, sides) for cell in cells]) for word in WORDS}
    if probe is not None:
        found["not testable"] = _reach(probe, "equivalent", sides)
    return found


def decide(found: dict[Verdict, Reach], needed: float = SHARE_NEEDED) -> Verdict | None:
    """Return the word that the bounds leave, None as long as they leave more than one."""
    untestable = found.get("not testable")
    if untestable is not None:
        if untestable.low >= needed:
            return "not testable"
        if untestable.high >= needed:
            return None
    for word in WORDS:
        if found[word].low >= needed:
            return word
    return "conditional" if all(found[word].high < needed for word in WORDS) else None


def is_told(low: float, high: float, margin: float) -> bool:
    """Tell whether an effect is known well enough: on one side of the margin's edges, or to a quarter of the margin.

    The quarter is for effects that lie on an edge, which no number of seeds would tell apart from it.
    """
    apart = not any(low < edge < high for edge in (-margin, margin))
    return apart or high - low <= margin / 2.0


def _reach(cell: Tally, word: Verdict, sides: Sides) -> Reach:
    if not cell.draws:
        return Reach(0.0, 1.0)
    count = getattr(cell, word)
    return Reach(lowest_share(count, cell.draws, sides.low), highest_share(count, cell.draws, sides.high))


def _smallest(found: Sequence[Reach]) -> Reach:
    return Reach(min(reach.low for reach in found), min(reach.high for reach in found))

"""A folder of results as the explorer needs it: where its points lie, who is compared, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from experiments.runs import SERIES
from experiments.verdicts import Floats
from scenarios import Policy
from scenarios.claim import Arm

BASE: Final = 0
"""The number of the structural variant in which every assumption stands where the point has it."""

SHOWN: Final = (
    *SERIES,
    ("loyalty_stayers", "kin_camp"),
    ("injustice_memory", "kin_camp"),
    ("welfare", "kin_camp"),
    ("spending", "everyone"),
)
"""Outcomes that the page offers where a folder keeps them, beside those that its questions read."""


class Place(NamedTuple):
    """Where a number belongs: structural variant, arm, outcome and month, by their numbers in `Results`."""

    variant: int
    arm: int
    outcome: int
    mark: int


@dataclass(frozen=True)
class Span:
    """Something that differs between points: a range, or `values` whose place in the list is the coordinate."""

    name: str
    group: str
    low: float
    high: float
    values: tuple[float | str | bool, ...] = ()


@dataclass(frozen=True)
class Side:
    """One of the societies that are compared at every point.

    Attributes
    ----------
    label
        What the page calls it.
    scaled
        Whether the levels of its levers differ from the policy's own: by a budget, or because a design varies them.
    levels
        By lever, its level at each point, [points]; empty unless scaled.
    """

    label: str
    arm: Arm
    policy: Policy
    shipped: bool
    scaled: bool
    levels: Mapping[str, Floats]

    def pulls(self, lever: str) -> bool:
        """Tell whether a lever is above 0 at any point."""
        if not self.scaled:
            return self.policy.pulls(lever)
        return lever in self.levels and bool((self.levels[lever] > 0.0).any())


@dataclass(frozen=True)
class Question:
    """A difference that the folder was made for: arm `b` less arm `a`."""

    title: str
    a: int
    b: int
    outcome: int
    mark: int
    margin: float


@dataclass(frozen=True, eq=False)
class Monthly:
    """Outcomes by month, as means over seeds.

    Attributes
    ----------
    outcomes
        Their numbers in `Results.outcomes`.
    values
        [arms, outcomes, points, months].
    """

    outcomes: tuple[int, ...]
    months: tuple[int, ...]
    values: Floats


@dataclass(frozen=True, eq=False)
class Results:
    """Everything that the page shows.

    Attributes
    ----------
    points
        [points, spans], coordinates.
    seeds, populations
        Seeds of each point, and how many populations they are crossed with; 0 where a seed decides the people too.
    values
        Means over seeds and populations, [points]; not a number where a run failed. What is missing was not made or not
        kept.
    fixed
        Parameters that stand at the same value at every point.
    failed
        Runs that failed.
    unasked
        Questions of the folder that compare more than two arms, or relatively, and are left to its report.
    """

    kind: str
    title: str
    country: str
    country_shipped: bool
    citizens: int
    months: int
    seeds: tuple[tuple[int, ...], ...]
    populations: int
    spans: tuple[Span, ...]
    points: Floats
    fixed: Mapping[str, float]
    variants: tuple[tuple[str, Mapping[str, float]], ...]
    sides: tuple[Side, ...]
    outcomes: tuple[tuple[str, str], ...]
    marks: tuple[int, ...]
    values: Mapping[Place, Floats]
    questions: tuple[Question, ...]
    monthly: Monthly | None
    runs: int
    failed: int
    unasked: int

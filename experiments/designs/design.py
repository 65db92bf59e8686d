"""A checked design: its points, and the run of every arm at each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from experiments.designs.axes import Axis, Kind, Setting
from experiments.designs.contrasts import Contrast
from experiments.designs.sampling import coordinates_of
from experiments.figures import Figures
from experiments.runs import SERIES, Run
from experiments.verdicts import Floats
from scenarios import Parameters
from scenarios.claim import VARIANTS, Arm
from scenarios.files import digest


@dataclass(frozen=True)
class _Standing:
    """What the axes come to at a point, for all arms alike."""

    parameters: Parameters
    levers: tuple[tuple[str, float], ...]
    figures: Figures
    country: str
    variant: str
    is_shocked: bool
    budget: float | None


@dataclass(frozen=True)
class Design:
    """A checked design.

    Attributes
    ----------
    arms, own
        Societies that are compared at every point, by label; `own` are those that the design's budget and levers act
        on, the others come from claims.
    count
        The number that `points` gives: points, base samples (saltelli) or trajectories (morris).
    seeds
        Seeds of every point; with `fresh_seeds` their number counts, and no two points share one.
    populations
        Population seeds, each crossed with every seed: the same people with other luck. Empty where a seed decides
        both.
    cut_short
        What the horizon keeps from being judged, in words.
    """

    name: str
    title: str
    kind: Kind
    country: str
    arms: Mapping[str, Arm]
    own: frozenset[str]
    axes: tuple[Axis, ...]
    fixed: Mapping[str, float]
    budget: float | None
    count: int
    levels: int
    second_order: bool
    sample_seed: int
    citizens: int
    months: int
    seeds: tuple[int, ...]
    fresh_seeds: bool
    populations: tuple[int, ...]
    marks: tuple[int, ...]
    outcomes: tuple[tuple[str, str], ...] | None
    monthly: bool
    contrasts: tuple[Contrast, ...]
    cut_short: tuple[str, ...]
    content: Mapping[str, Any]

    def digest(self) -> str:
        """Return a digest of the file's content."""
        return digest(self.content)

    @cached_property
    def coordinates(self) -> Floats:
        """The points, [points, axes]; see `Axis.setting`."""
        return coordinates_of(self.axes, self.kind, self.count, self.levels, self.second_order, self.sample_seed)

    @property
    def points(self) -> int:
        """Number of points."""
        return len(self.coordinates)

    @property
    def runs(self) -> int:
        """Number of rows of the finished table."""
        return self.points * self.lives * len(self.arms)

    @property
    def lives(self) -> int:
        """Number of times that each arm lives at a point: seeds, times populations where they are crossed."""
        return len(self.seeds) * max(1, len(self.populations))

    def settings(self, point: int) -> dict[str, Setting]:
        """Return what the axes are set to at a point, by column."""
        return {
            axis.column: axis.setting(x) for axis, x in zip(self.axes, self.coordinates[point].tolist(), strict=True)
        }

    def seeds_at(self, point: int) -> tuple[int, ...]:
        """Return the seeds of a point."""
        if not self.fresh_seeds:
            return self.seeds
        first = 1 + point * len(self.seeds)
        return tuple(range(first, first + len(self.seeds)))

    def run(self, label: str, coordinates: Iterable[float], seed: int, population: int | None = None) -> Run:
        """Return the run of an arm at a point's coordinates with a seed."""
        return self.runs_at(coordinates, seed, population, [label])[label]

    def runs_at(
        self,
        coordinates: Iterable[float],
        seed: int,
        population: int | None = None,
        labels: Iterable[str] | None = None,
    ) -> dict[str, Run]:
        """Return the run of every arm, or of those named, at a point's coordinates with a seed."""
        standing = self._standing(coordinates)
        return {
            label: self._run(self.arms[label], standing, seed, population, own=label in self.own)
            for label in (self.arms if labels is None else labels)
        }

    def run_of(self, arm: Arm, coordinates: Iterable[float], seed: int) -> Run:
        """Return the run of any arm, such as a claim's, at a point's coordinates with a seed."""
        return self._run(arm, self._standing(coordinates), seed, None, own=False)

    def _standing(self, coordinates: Iterable[float]) -> _Standing:
        at = list(coordinates)
        parameters = {**self.fixed, **{name: at[number] for number, name in self._ranges}}
        levers, figures = [], []
        country, variant, is_shocked, budget = self.country, "base", True, None
        for number, axis in self._other_axes:
            setting = axis.setting(at[number])
            match axis.group:
                case "parameters":
                    parameters[axis.name] = cast(float, setting)
                case "levers":
                    levers.append((axis.name, cast(float, setting)))
                case "figures":
                    figures.append((axis.name, cast(float, setting)))
                case "budget":
                    budget = cast(float, setting)
                case "choices" if axis.name == "country":
                    country = str(setting)
                case "choices" if axis.name == "variant":
                    variant = str(setting)
                case _:
                    is_shocked = is_shocked and bool(setting)
        return _Standing(Parameters(**parameters), tuple(levers), tuple(figures), country, variant, is_shocked, budget)

    def _run(self, arm: Arm, at: _Standing, seed: int, population: int | None, *, own: bool) -> Run:
        settings = {**VARIANTS[at.variant], **dict(arm.settings)}
        budget = self.budget if own and arm.budget is None else arm.budget
        if own and at.budget is not None:
            budget = at.budget
        return Run(
            Arm(arm.policy, budget, tuple(sorted(settings.items())), arm.shock and at.is_shocked),
            self.months,
            at.parameters,
            at.country,
            self.citizens,
            seed,
            keeps_series=self.monthly,
            marks=self.marks,
            levers=at.levers if own else (),
            figures=at.figures,
            outcomes=self.outcomes,
            population_seed=population,
        )

    @cached_property
    def _ranges(self) -> list[tuple[int, str]]:
        """The axes whose coordinate is a parameter's value as it stands."""
        return [(n, axis.name) for n, axis in enumerate(self.axes) if axis.group == "parameters" and not axis.values]

    @cached_property
    def _other_axes(self) -> list[tuple[int, Axis]]:
        ranges = {number for number, _ in self._ranges}
        return [(number, axis) for number, axis in enumerate(self.axes) if number not in ranges]


def series_outcomes(design: Design) -> tuple[tuple[str, str], ...]:
    """Return the (measure, population) pairs whose months a design with `monthly = true` keeps."""
    return SERIES if design.outcomes is None else design.outcomes

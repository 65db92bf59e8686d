"""What the report reads from a trial: numbers for its sentences, pictures and tables. No words, no drawing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from experiments.claims import BASE, SHOWN_ARMS, SHOWN_HORIZON, Finding, Part
from experiments.conditions import by_chance, spearman, thirds
from experiments.prior import assumed
from experiments.runs import country_of
from experiments.trial import Trial
from experiments.verdicts import Floats, Interval, Shares, Verdict, interval, judged, shares
from scenarios import UNCERTAIN, read_policy
from scenarios.claim import Arm

MAIN_CLAIM = "better_life_beats_coercion"
"""The essay's thesis: the answer on top of the page is composed from this claim."""

COSTS = ("sanctions_unjust", "sanctions_just", "incidents", "departures", "threat", "fines")
COUNTS = ("sanctions_unjust", "sanctions_just", "incidents", "departures")
"""Costs that accumulate since month 0, read at the horizon; the others are levels at the end of policy."""


@dataclass(frozen=True)
class Timeline:
    """The months that divide a history."""

    shock: float
    start: float
    end: float
    horizon: int


@dataclass(frozen=True)
class Cell:
    """One of the comparisons of the main claim: a moment, and whether both arms cost the same."""

    months_after: int
    budget: bool
    part: Part

    @property
    def verdict(self) -> Verdict:
        """The verdict of this comparison alone."""
        return self.part.verdict

    @property
    def over_prior(self) -> Mapping[str, Shares]:
        """Shares of the prior by structural variant."""
        return self.part.over_prior


@dataclass(frozen=True)
class Drivers:
    """How the tried assumptions go with the main claim's differences.

    Attributes
    ----------
    correlations
        Spearman rank correlations, [parameters, cells]; not a number where a rank is undefined.
    band
        What chance does to one correlation in 1 of 20.
    chance
        What the largest of all of them exceeds by chance in 1 of 20 (Bonferroni).
    """

    names: tuple[str, ...]
    correlations: Floats
    points: int
    band: float
    chance: float

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Positions of the parameters, strongest first (root mean square over the cells)."""
        squares = np.where(np.isnan(self.correlations), 0.0, self.correlations) ** 2
        strength = squares.mean(axis=1) if squares.shape[1] else np.zeros(len(self.names))
        return tuple(int(i) for i in np.argsort(-strength, kind="stable"))

    @property
    def beyond_chance(self) -> tuple[tuple[str, bool], ...]:
        """Parameters that some cell singles out beyond chance, strongest first, and whether they favour a better life.

        A parameter whose cells disagree beyond chance on the direction takes that of its strongest cell.
        """
        found = []
        for position in self.order:
            known = self.correlations[position][~np.isnan(self.correlations[position])]
            if known.size and np.abs(known).max() > self.chance:
                found.append((self.names[position], bool(known[np.abs(known).argmax()] > 0.0)))
        return tuple(found)


@dataclass(frozen=True)
class Cost:
    """One measure of the human cost of one arm: at the default point, and 5, 50, 95 % over the prior."""

    default: Interval
    low: float
    median: float
    high: float


class Readings:
    """The numbers of a trial that the report shows, each computed once."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.plan = trial.plan
        self.outcomes = trial.outcomes
        self.country = country_of(trial.plan.country)

    @cached_property
    def main(self) -> Finding | None:
        """The finding of the essay's thesis, or None if it was not tried."""
        return next((finding for finding in self.trial.findings if finding.claim.name == MAIN_CLAIM), None)

    @cached_property
    def timeline(self) -> Timeline:
        """When the conflict comes and the policies begin and end."""
        levers = read_policy("better_life").levers.values()
        return Timeline(
            float(self.country.conflicts[0].month),
            min(lever.start for lever in levers),
            max(lever.end for lever in levers),
            SHOWN_HORIZON,
        )

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """The main claim's comparisons, equal effort first, then by month."""
        if self.main is None:
            return ()
        arms = self.main.claim.arms
        found = [
            Cell(
                max(0, round(part.estimand.month - self.timeline.end)),
                arms[part.estimand.contrast[0][0]].budget is not None,
                part,
            )
            for part in self.main.parts
        ]
        return tuple(sorted(found, key=lambda cell: (cell.budget, cell.months_after)))

    @property
    def margin(self) -> float:
        """The main claim's margin: its own where it was tried, else that of the shipped one."""
        return self.cells[0].part.estimand.margin if self.cells else 0.02

    @cached_property
    def drivers(self) -> Drivers:
        """How the assumptions go with the differences of the main claim."""
        points = self.plan.points
        values = assumed(points)
        correlations = np.full((len(UNCERTAIN), len(self.cells)), np.nan)
        for column, cell in enumerate(self.cells):
            for row in range(len(UNCERTAIN)):
                correlations[row, column] = spearman(values[:, row], cell.part.effects)
        return Drivers(
            UNCERTAIN, correlations, len(points), by_chance(len(points), 1), by_chance(len(points), correlations.size)
        )

    def wins_by_third(self, parameter: str, cell: Cell) -> list[Shares]:
        """Return who wins where a parameter is in the low, middle and high third of its tried values."""
        values = np.array([getattr(point, parameter) for point in self.plan.points])
        effects, margin = cell.part.effects, cell.part.estimand.margin
        result = []
        for third in thirds(values):
            chosen = effects[third]
            result.append(shares(judged(chosen[~np.isnan(chosen)], "greater", margin)))
        return result

    @cached_property
    def _series(self) -> dict[str, list[dict[str, Floats]]]:
        """Monthly series at the default point by arm: one table for each seed that has them."""
        found: dict[str, list[dict[str, Floats]]] = {}
        for name, arm in SHOWN_ARMS.items():
            tables = []
            for seed in range(1, self.plan.size.default_seeds + 1):
                row = self.outcomes.row(arm, seed)
                text = row.get("series")
                if isinstance(text, str):
                    tables.append({key: np.array(values, dtype=float) for key, values in json.loads(text).items()})
                else:
                    tables.append({})
            found[name] = tables
        return found

    def path(self, arm: str, series: str) -> Floats:
        """Return a series at the default point, [seeds, months]; a seed without it is a row of not-a-number."""
        length = self.timeline.horizon + 1
        rows = np.full((self.plan.size.default_seeds, length), np.nan)
        for seed, table in enumerate(self._series[arm]):
            if series in table:
                values = table[series][:length]
                rows[seed, : values.size] = values
        return rows

    def cost(self, arm: str, measure: str) -> Cost:
        """Return a measure of the human cost of an arm, in the kin camp."""
        month = self.timeline.horizon if measure in COUNTS else round(self.timeline.end)
        default = self._values(SHOWN_ARMS[arm], measure, month, default=True)[0]
        over_prior = _seed_means(self._values(SHOWN_ARMS[arm], measure, month, default=False))
        known = over_prior[~np.isnan(over_prior)]
        low, median, high = np.quantile(known, [0.05, 0.5, 0.95]) if known.size else (np.nan,) * 3
        return Cost(interval(default), float(low), float(median), float(high))

    @cached_property
    def costs(self) -> dict[str, dict[str, Cost]]:
        """The human cost by arm and measure."""
        return {arm: {measure: self.cost(arm, measure) for measure in COSTS} for arm in SHOWN_ARMS}

    def _values(self, arm: Arm, measure: str, month: int, *, default: bool) -> Floats:
        return self.outcomes.values(arm, BASE, measure, "kin_camp", month, default=default)


def mean_and_band(rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the mean over seeds, [months], with its band.

    The band is the 95 % interval of the mean from three seeds on, the range of two, and not a number with one.
    """
    known = ~np.isnan(rows)
    count = known.sum(axis=0)
    filled = np.where(known, rows, 0.0)
    nothing = np.full(rows.shape[1], np.nan)
    mean = np.divide(filled.sum(axis=0), count, out=nothing.copy(), where=count > 0)
    squares = (np.where(known, rows - mean, 0.0) ** 2).sum(axis=0)
    freedom = np.maximum(count - 1, 1)
    half = student.ppf(0.975, freedom) * np.sqrt(squares / freedom / np.maximum(count, 1))
    half = np.where(count == 2, np.sqrt(squares / 2.0), half)  # of two seeds, half their range
    half = np.where(count >= 2, half, np.nan)
    low, high = mean - half, mean + half
    return mean, low, high


def missing(part: Part) -> int:
    """Count the points at which an estimand has no outcome."""
    return int(np.isnan(part.effects).sum())


def spread(part: Part) -> float:
    """Return the standard deviation of an estimand across points."""
    known = part.effects[~np.isnan(part.effects)]
    return float(known.std(ddof=1)) if known.size > 1 else math.nan


def span(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the least and the greatest known value, or (0, 1) where there is none."""
    known = values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)


def _seed_means(values: Floats) -> Floats:
    """Return means over the seeds that are known, [points]."""
    result = np.full(values.shape[0], np.nan)
    for point, row in enumerate(values):
        known = row[~np.isnan(row)]
        if known.size:
            result[point] = known.mean()
    return result

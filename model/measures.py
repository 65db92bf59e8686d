"""Measures: what the books say of a population, in the words of the specification's section 6.

A measure is a number of some population (the kin camp, one group, one region, everybody) at the end of a month. All are
means or shares of the population's present citizens, unless their meaning says otherwise; counts that accumulate
(sanctions, harassments, departures) are per member of the month-0 cohort since month 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from model.books import FLOWS, STOCKS
from model.columns import Floats


@dataclass(frozen=True)
class Counts:
    """Sums over a population; arrays end in one entry a month (or are scalars)."""

    stocks: Floats  # [..., stocks]
    flows: Floats  # [..., flows], accumulated since month 0
    cohort: float  # month-0 heads

    def stock(self, name: str) -> Floats:
        """Return one stock's sum."""
        return np.asarray(self.stocks[..., STOCKS.index(name)])

    def flow(self, name: str) -> Floats:
        """Return one flow's sum since month 0."""
        return np.asarray(self.flows[..., FLOWS.index(name)])

    def mean(self, name: str) -> Floats:
        """Return a stock per present head; not a number where nobody is left."""
        return _ratio(self.stock(name), self.stock("present"))

    def per_head(self, name: str) -> Floats:
        """Return a flow since month 0 per member of the cohort."""
        return _ratio(self.flow(name), np.asarray(self.cohort))


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below > 0.0))


@dataclass(frozen=True)
class Measure:
    """One measure: what it means, in which unit, and how it follows from the counts."""

    name: str
    title: str
    unit: str
    meaning: str
    of: Callable[[Counts], Floats]


def _spread(counts: Counts) -> Floats:
    mean = counts.mean("loyalty")
    return np.sqrt(np.maximum(0.0, counts.mean("loyalty_squared") - mean * mean))


def _theil(counts: Counts) -> Floats:
    mean = counts.mean("disposable")
    return counts.mean("disposable_log") / mean - np.log(mean)


_DECLARED = (
    Measure(
        "loyalty",
        "Sincere loyalty",
        "L, -1 to 1",
        "mean sincere loyalty of the month-0 cohort, leavers at their value at the door (intention to treat)",
        lambda counts: _ratio(counts.stock("loyalty_cohort"), np.asarray(counts.cohort)),
    ),
    Measure(
        "loyalty_stayers",
        "Sincere loyalty of those present",
        "L, -1 to 1",
        "mean sincere loyalty of those still present; differs from the cohort's by selection",
        lambda counts: counts.mean("loyalty"),
    ),
    Measure("loyalty_spread", "Spread of sincere loyalty", "L", "standard deviation among those present", _spread),
    Measure(
        "kin_display",
        "Kin-state symbols shown",
        "share",
        "share showing the kin state's symbol in public",
        lambda counts: counts.mean("kin_display"),
    ),
    Measure(
        "national_display",
        "National symbols shown",
        "share",
        "share showing the national symbol in public",
        lambda counts: counts.mean("national_display"),
    ),
    Measure(
        "suppressed_display",
        "Suppressed display",
        "share",
        "share who would show the kin symbol but for the threat of sanctions",
        lambda counts: counts.mean("suppressed"),
    ),
    Measure(
        "falsified_speech",
        "Falsified speech",
        "L",
        "how far public speech exceeds sincere loyalty",
        lambda counts: counts.mean("falsified"),
    ),
    Measure(
        "public_loyalty",
        "Loyalty as spoken",
        "L, -1 to 1",
        "loyalty as spoken in public by those present: sincere loyalty plus what is falsified",
        lambda counts: counts.mean("loyalty") + counts.mean("falsified"),
    ),
    Measure(
        "threat",
        "Threat",
        "probability",
        "belief that people like me are oppressed here",
        lambda counts: counts.mean("threat"),
    ),
    Measure(
        "hostility",
        "Hostility",
        "probability",
        "hostility to the other camp",
        lambda counts: counts.mean("hostility"),
    ),
    Measure(
        "injustice_memory",
        "Memory of injustice",
        "0 to 1",
        "memory of own unjust treatment by the state",
        lambda counts: counts.mean("injustice_memory"),
    ),
    Measure(
        "fairness",
        "Felt fairness",
        "Q units",
        "felt fairness of the state against month 0",
        lambda counts: counts.mean("fairness"),
    ),
    Measure(
        "welfare",
        "Welfare",
        "log points",
        "log disposable income against own month 0",
        lambda counts: counts.mean("welfare"),
    ),
    Measure(
        "welfare_against_kin",
        "Welfare against kin abroad",
        "log points",
        "change of own welfare less that of kin abroad as seen",
        lambda counts: counts.mean("welfare") - counts.mean("kin_welfare"),
    ),
    Measure(
        "fines",
        "Fines being paid",
        "share of income",
        "fines being paid, as a share of income",
        lambda counts: counts.mean("fine"),
    ),
    Measure(
        "inequality",
        "Inequality",
        "Theil T",
        "Theil index of disposable income within the population",
        _theil,
    ),
    Measure(
        "departures",
        "Departures",
        "share of cohort",
        "share of the cohort that has left the country",
        lambda counts: counts.per_head("departed"),
    ),
    Measure(
        "sanctions_just",
        "Sanctions seen as just",
        "per head",
        "sanctions seen as legitimate since month 0, expected count",
        lambda counts: counts.per_head("sanctions_just"),
    ),
    Measure(
        "sanctions_unjust",
        "Unjust sanctions",
        "per head",
        "sanctions seen as unjust, the innocent included, since month 0",
        lambda counts: counts.per_head("sanctions_unjust"),
    ),
    Measure(
        "incidents",
        "Street incidents",
        "per head",
        "harassments in the street since month 0",
        lambda counts: counts.per_head("harassed"),
    ),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _DECLARED}
"""Every measure of a population by name."""

NATIONAL_MEASURES: dict[str, str] = {
    "institutions": "quality of institutions Q, 0 to 1",
    "output": "log output since month 0, mean over regions weighted by month-0 heads",
    "cost": "cost of the levers this month, share of output",
    "spending": "cost of the levers since month 0, in shares of a year's output",
    "tax": "tax rate this month; below 0 a dividend",
    "conflict": "intensity of the conflict abroad, 0 to 1",
}
"""Measures of the country as a whole."""

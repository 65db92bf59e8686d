"""Runs: which society is made for an arm, under which key its outcome is stored, and what the row says.

A run is a society lived to a horizon. Its key is made of everything that can change its outcome and nothing else: the
code, the country, the levers, the parameters that can act, the size, the seed and the horizon. Two arms that come to
the same society are one run, and a run that was made once is never made again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from experiments.store import Row, Value, content_key
from model.compiling import source_digest
from model.measures import MEASURES, NATIONAL_MEASURES
from model.society import Society
from scenarios import DECLARATIONS, Country, Parameters, Policy, read_country, read_policy
from scenarios.claim import Arm

MARKS = (30, 48, 60, 120, 180)
"""Months at which every run keeps its outcomes, beside its horizon and what a claim of one's own looks at."""

POPULATIONS = ("everyone", "kin_camp", "other_camp")

SERIES = (
    ("loyalty", "kin_camp"),
    ("public_loyalty", "kin_camp"),
    ("kin_display", "kin_camp"),
    ("suppressed_display", "kin_camp"),
    ("falsified_speech", "kin_camp"),
    ("threat", "kin_camp"),
    ("hostility", "other_camp"),
    ("departures", "kin_camp"),
    ("welfare_against_kin", "kin_camp"),
    ("loyalty", "other_camp"),
    ("sanctions_unjust", "kin_camp"),
    ("incidents", "kin_camp"),
    ("institutions", "everyone"),
)
"""Measures kept month by month where a run keeps its series."""


def column(measure: str, population: str, month: int) -> str:
    """Return the name of an outcome's column; a national measure has no population."""
    if measure in NATIONAL_MEASURES:
        return f"{measure}.{month}"
    return f"{measure}.{population}.{month}"


@lru_cache(maxsize=64)
def country_of(name: str) -> Country:
    """Return a country by name or path, read once a process."""
    return read_country(name)


@lru_cache(maxsize=256)
def _policy(name: str) -> Policy:
    return read_policy(name)


@dataclass(frozen=True)
class Run:
    """One society: an arm at one point of the prior with one seed, lived to `months`."""

    arm: Arm
    months: int
    parameters: Parameters
    country: str
    citizens: int
    seed: int
    keeps_series: bool = False
    marks: tuple[int, ...] = MARKS

    @cached_property
    def policy(self) -> Policy:
        """The arm's policy, scaled to its budget if it has one."""
        policy = _policy(self.arm.policy)
        return policy if self.arm.budget is None else policy.at_budget(self.arm.budget, self.parameters)

    @cached_property
    def values(self) -> Parameters:
        """The point's parameters with the arm's settings put in their place."""
        return Parameters.of({**self.parameters._asdict(), **dict(self.arm.settings)})

    @property
    def outcome_months(self) -> list[int]:
        """The months whose outcomes the row keeps."""
        return sorted({mark for mark in (*self.marks, self.months) if mark <= self.months})

    @cached_property
    def key(self) -> str:
        """The content key; a parameter whose lever the policy never pulls does not enter it."""
        values = {
            name: value
            for name, value in self.values._asdict().items()
            if (lever := DECLARATIONS[name].lever) is None or self.policy.pulls(lever)
        }
        return content_key(
            {
                "code": source_digest(),
                "country": country_of(self.country).digest(),
                "policy": self.policy.digest(),
                "shock": self.arm.shock,
                "citizens": self.citizens,
                "seed": self.seed,
                "months": self.months,
                "series": self.keeps_series,
                "marks": self.outcome_months,
                "parameters": values,
            }
        )


@dataclass(frozen=True)
class Bundle:
    """The runs of one point and one seed: they share citizens, ties, luck and the months before policy begins."""

    point: int
    runs: tuple[Run, ...]
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        distinct = {run.key: run for run in self.runs}
        object.__setattr__(self, "runs", tuple(distinct.values()))
        object.__setattr__(self, "keys", tuple(distinct))


def make_runs(bundle: Bundle) -> list[Row]:
    """Live the runs of a bundle and return their rows, in the order of its keys."""
    trunks: dict[tuple[Value, ...], Society] = {}
    rows = []
    for run in sorted(bundle.runs, key=lambda run: run.policy.first_month(), reverse=True):
        trunk_key, first = _trunk_key(run), run.policy.first_month()
        if trunk_key not in trunks:
            horizon = max(other.months for other in bundle.runs if _trunk_key(other) == trunk_key)
            trunks[trunk_key] = _society(run, horizon)
        trunk = trunks[trunk_key]
        if trunk.month == 0:
            starts = [o.policy.first_month() for o in bundle.runs if _trunk_key(o) == trunk_key]
            trunk.run(int(min(min(starts), trunk.months)))
        society = trunk.branch(run.policy, **run.values._asdict()) if first < math.inf else trunk.branch(run.policy)
        rows.append(_row(bundle.point, run, society.run(run.months - society.month)))
    order = {key: position for position, key in enumerate(bundle.keys)}
    return sorted(rows, key=lambda row: order[str(row["key"])])


def describe_runs(bundle: Bundle) -> list[Row]:
    """Return rows with what identifies each run, for runs that failed."""
    return [_identity(bundle.point, run) for run in bundle.runs]


def _trunk_key(run: Run) -> tuple[Value, ...]:
    """Return what runs must share to have lived the same months before their policies begin."""
    unpulled = [value for name, value in run.values._asdict().items() if DECLARATIONS[name].lever is None]
    return (run.country, run.citizens, run.seed, run.arm.shock, *unpulled)


def _society(run: Run, months: int) -> Society:
    return Society(
        country=country_of(run.country),
        citizens=run.citizens,
        months=months,
        seed=run.seed,
        shock_month=None if run.arm.shock else math.inf,
        **run.values._asdict(),
    )


def _identity(point: int, run: Run) -> dict[str, Value]:
    levers = {f"lever.{name}": lever.level for name, lever in run.policy.levers.items()}
    return {
        "key": run.key,
        "point": point,
        "seed": run.seed,
        "country": run.country,
        "policy": run.arm.policy,
        "budget": run.arm.budget,
        "shock": run.arm.shock,
        "citizens": run.citizens,
        "months": run.months,
        **levers,
        **{f"p.{name}": value for name, value in run.values._asdict().items()},
    }


def _row(point: int, run: Run, society: Society) -> Row:
    row: dict[str, Value] = {**_identity(point, run), "status": "ok"}
    months = run.outcome_months
    for population in POPULATIONS:
        counts = society.counts(population)
        for name, measure in MEASURES.items():
            values = measure.of(counts)
            row |= {column(name, population, month): float(values[month]) for month in months}
    for name in NATIONAL_MEASURES:
        values = society.national(name)
        row |= {column(name, "everyone", month): float(values[month]) for month in months}
    if run.keeps_series:
        row["series"] = json.dumps(
            {
                f"{name}.{population}": [round(float(value), 6) for value in society.measure(name, population)]
                for name, population in SERIES
            }
        )
    return row


def always_stayers(societies: Mapping[str, Society], month: int) -> dict[str, float]:
    """Return each arm's mean loyalty, in the kin camp, of those who stay in every one of the arms.

    With shared luck a citizen lives in all arms, so this principal stratum is known exactly; `month` is the month that
    the societies have reached.
    """
    stay = np.logical_and.reduce([society.world.columns.present for society in societies.values()])
    result = {}
    for name, society in societies.items():
        if society.month != month:
            raise ValueError(f"arm '{name}' stands at month {society.month}, not {month}")
        chosen = stay & (society.world.columns.camp == 0)
        result[name] = float(society.world.columns.loyalty[chosen].mean()) if chosen.any() else math.nan
    return result


def warm_up() -> None:
    """Compile, or load the compiled engine, before the first run counts."""
    Society(citizens=20, months=1, policy="mixed").run()

"""Runs: which society is made for an arm, under which key its outcome is stored, and what the row says.

A run is a society lived to a horizon. Its key is made of everything that can change its outcome and nothing else: the
code, the country, the levers, the parameters that can act, the size, the seed and the horizon. Two arms that come to
the same society are one run, and a run that was made once is never made again.
"""

from __future__ import annotations

import gc
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from experiments.figures import Figures, with_figures
from experiments.runner import failed_row
from experiments.store import Row, Value, canonical_text, text_key
from model.compiling import source_digest
from model.measures import MEASURES, NATIONAL_MEASURES
from model.society import Society
from scenarios import DECLARATIONS, LEVERS, Country, Lever, Parameters, Policy, read_country, read_policy
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
"""Measures kept month by month where a run keeps its series and names no outcomes."""

ALL_OUTCOMES = (
    *((measure, population) for population in POPULATIONS for measure in MEASURES),
    *((measure, "everyone") for measure in NATIONAL_MEASURES),
)
"""Every (measure, population) that a row can keep."""


_NO_SEED = -1
_BY_NAME = tuple(sorted((name, place) for place, name in enumerate(Parameters._fields)))
_LABELS = tuple((f'"{name}":', place) for name, place in _BY_NAME)
_last_texts: tuple[Parameters | None, list[str]] = (None, [])


def column(measure: str, population: str, month: int) -> str:
    """Return the name of an outcome's column; a national measure has no population."""
    if measure in NATIONAL_MEASURES:
        return f"{measure}.{month}"
    return f"{measure}.{population}.{month}"


@lru_cache(maxsize=64)
def country_of(name: str, figures: Figures = ()) -> Country:
    """Return a country by name or path, with other figures where given, read once a process."""
    return with_figures(country_of(name), figures) if figures else read_country(name)


@lru_cache(maxsize=64)
def _country_digest(name: str, figures: Figures) -> str:
    return country_of(name, figures).digest()


@lru_cache(maxsize=256)
def _policy(name: str) -> Policy:
    return read_policy(name)


@lru_cache(maxsize=4096)
def _policy_digest(policy: Policy) -> str:
    return policy.digest()


@dataclass(frozen=True)
class Run:
    """One society: an arm at one point of the prior with one seed, lived to `months`.

    Attributes
    ----------
    levers
        Levels that take the place of the policy's own; a lever that the policy lacks gets the usual window.
    figures
        Figures of the country that take the place of its file's.
    outcomes
        The (measure, population) pairs that the row keeps; all if None.
    population_seed
        Key of the people and their ties; the seed if None.
    """

    arm: Arm
    months: int
    parameters: Parameters
    country: str
    citizens: int
    seed: int
    keeps_series: bool = False
    marks: tuple[int, ...] = MARKS
    levers: tuple[tuple[str, float], ...] = ()
    figures: Figures = ()
    outcomes: tuple[tuple[str, str], ...] | None = None
    population_seed: int | None = None

    @cached_property
    def policy(self) -> Policy:
        """The arm's policy with the run's own levels, scaled to its budget if it has one."""
        policy = _policy(self.arm.policy)
        if self.levers:
            pulled = {name: replace(policy.levers.get(name, Lever(0.0)), level=level) for name, level in self.levers}
            policy = replace(policy, levers={**policy.levers, **pulled})
        return policy if self.arm.budget is None else policy.at_budget(self.arm.budget, self.parameters)

    @cached_property
    def values(self) -> Parameters:
        """The point's parameters with the arm's settings put in their place."""
        if not self.arm.settings:
            return self.parameters
        return Parameters.of({**self.parameters._asdict(), **dict(self.arm.settings)})

    @property
    def outcome_months(self) -> list[int]:
        """The months whose outcomes the row keeps."""
        return sorted({mark for mark in (*self.marks, self.months) if mark <= self.months})

    @cached_property
    def key(self) -> str:
        """The content key; a parameter whose lever the policy never pulls does not enter it."""
        return self.keys([self.seed])[0]

    def keys(self, seeds: Sequence[int]) -> list[str]:
        """Return the content keys of this run with each of several seeds, faster than one by one."""
        policy = self.policy
        before, between, after = _frame(
            source_digest(),
            _country_digest(self.country, self.figures),
            _policy_digest(policy),
            self.arm.shock,
            self.citizens,
            self.months,
            self.keeps_series,
            tuple(self.outcome_months),
            self.outcomes,
        )
        texts = _parameter_texts(self.values)
        parameters = ",".join([texts[place] for place in _acting(tuple(map(policy.pulls, LEVERS)))])
        before = f"{before}{parameters}{between}"
        return [text_key(f"{before}{self._people(seed)}{seed}{after}") for seed in seeds]

    def _people(self, seed: int) -> str:
        """Return the text that names other people than the seed's own; keys of runs without them stay as they were."""
        people = self.population_seed
        return '"seed":' if people is None or people == seed else f'"population_seed":{people},"seed":'


@lru_cache(maxsize=4096)
def _frame(
    code: str,
    country: str,
    policy: str,
    shock: bool,
    citizens: int,
    months: int,
    series: bool,
    marks: tuple[int, ...],
    outcomes: tuple[tuple[str, str], ...] | None,
) -> tuple[str, str, str]:
    """Return the canonical text of which keys are made, without parameters and seed: what is before, between, after."""
    # Outcomes are named only where they are restricted, so that the keys of whole rows stay what they are.
    kept = {} if outcomes is None else {"outcomes": sorted(outcomes)}
    text = canonical_text(
        {
            "code": code,
            "country": country,
            "policy": policy,
            "shock": shock,
            "citizens": citizens,
            "seed": _NO_SEED,
            "months": months,
            "series": series,
            "marks": list(marks),
            "parameters": {},
            **kept,
        }
    )
    before, _, rest = text.partition('"parameters":{}')
    between, mark, after = rest.partition(f'"seed":{_NO_SEED}')
    assert mark
    return f'{before}"parameters":{{', f"}}{between}", after


def _parameter_texts(values: Parameters) -> list[str]:
    """Return the canonical text of each parameter, in the order of their names; those of the last point are kept."""
    global _last_texts
    # By identity: 1, 1.0 and True, and 0.0 and -0.0, are equal and yet different keys.
    if _last_texts[0] is values:
        return _last_texts[1]
    if set(map(type, values)) == {float} and all(map(math.isfinite, values)):
        texts = list(map(float.__repr__, values))
    else:
        texts = [canonical_text({"": value})[len('{"":') : -1] for value in values]
    found = [f"{label}{texts[place]}" for label, place in _LABELS]
    _last_texts = values, found
    return found


@lru_cache(maxsize=64)
def _acting(pulled: tuple[bool, ...]) -> list[int]:
    """Return the places, by name, of the parameters that can act where these levers are pulled."""
    levers = {None, *(lever for lever, is_pulled in zip(LEVERS, pulled, strict=True) if is_pulled)}
    return [place for place, (name, _) in enumerate(_BY_NAME) if DECLARATIONS[name].lever in levers]


@dataclass(frozen=True)
class Bundle:
    """The runs of one point and one seed: they share citizens, ties, luck and the months before policy begins."""

    point: int
    runs: tuple[Run, ...]
    keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        distinct: dict[str, Run] = {}
        for run in self.runs:
            distinct.setdefault(run.key, run)
        object.__setattr__(self, "runs", tuple(distinct.values()))
        object.__setattr__(self, "keys", tuple(distinct))


class OtherCodeError(RuntimeError):
    """A worker runs other code than the process that planned its work."""


def refuse_other_code(code: str) -> None:
    """Refuse work in a process, such as a cluster's worker, whose code is not that by which the work was planned."""
    if source_digest() != code:
        raise OtherCodeError(
            f"this worker's code is {source_digest()[:12]} and that of the plan is {code[:12]}; "
            "start the workers from the same checkout"
        )


def make_runs_as_planned(code: str, bundle: Bundle) -> list[Row]:
    """Live the runs of a bundle where the code is the one by which they were planned."""
    refuse_other_code(code)
    return make_runs(bundle)


def make_runs(bundle: Bundle) -> list[Row]:
    """Live the runs of a bundle and return their rows, in the order of its keys; a run that raises is a failed row."""
    trunks: dict[tuple[Value | Figures, ...], Society] = {}
    rows: dict[str, Row] = {}
    for run in sorted(bundle.runs, key=lambda run: run.policy.first_month(), reverse=True):
        try:
            rows[run.key] = _row(bundle.point, run, _lived(run, bundle, trunks))
        except Exception as error:
            rows[run.key] = failed_row(run.key, error, _identity(bundle.point, run))
    trunks.clear()
    # A Mesa model refers to itself: left to chance, megabytes of finished societies would wait for the collector.
    gc.collect()
    return [rows[key] for key in bundle.keys]


def _lived(run: Run, bundle: Bundle, trunks: dict[tuple[Value | Figures, ...], Society]) -> Society:
    """Return the run's society at its horizon; the months before policy begins are lived once for all like it."""
    key, first = _trunk_key(run), run.policy.first_month()
    if key not in trunks:
        alike = [other for other in bundle.runs if _trunk_key(other) == key]
        trunk = _society(run, max(other.months for other in alike))
        trunk.run(int(min(trunk.months, *(other.policy.first_month() for other in alike))))
        trunks[key] = trunk
    society = trunks[key].branch(run.policy, **(run.values._asdict() if first < math.inf else {}))
    return society.run(run.months - society.month)


def describe_runs(bundle: Bundle) -> list[Row]:
    """Return rows with what identifies each run, for runs that failed."""
    return [_identity(bundle.point, run) for run in bundle.runs]


def _trunk_key(run: Run) -> tuple[Value | Figures, ...]:
    """Return what runs must share to have lived the same months before their policies begin."""
    unpulled = [value for name, value in run.values._asdict().items() if DECLARATIONS[name].lever is None]
    return (run.country, run.figures, run.citizens, run.seed, run.population_seed, run.arm.shock, *unpulled)


def _society(run: Run, months: int) -> Society:
    return Society(
        country=country_of(run.country, run.figures),
        citizens=run.citizens,
        months=months,
        seed=run.seed,
        population_seed=run.population_seed,
        shock_month=None if run.arm.shock else math.inf,
        **run.values._asdict(),
    )


def _identity(point: int, run: Run) -> dict[str, Value]:
    levers = {f"lever.{name}": lever.level for name, lever in run.policy.levers.items()}
    return {
        "key": run.key,
        "point": point,
        "seed": run.seed,
        **({} if run.population_seed is None else {"population": run.population_seed}),
        "country": run.country,
        "policy": run.arm.policy,
        "budget": run.arm.budget,
        "shock": run.arm.shock,
        "citizens": run.citizens,
        "months": run.months,
        **levers,
        **{f"figure.{name}": value for name, value in run.figures},
        **{f"p.{name}": value for name, value in run.values._asdict().items()},
    }


def _row(point: int, run: Run, society: Society) -> Row:
    row: dict[str, Value] = {**_identity(point, run), "status": "ok"}
    kept = ALL_OUTCOMES if run.outcomes is None else run.outcomes
    counts = {population: society.counts(population) for population in POPULATIONS}
    for name, population in kept:
        values = society.national(name) if name in NATIONAL_MEASURES else MEASURES[name].of(counts[population])
        row |= {column(name, population, month): float(values[month]) for month in run.outcome_months}
    if run.keeps_series:
        row["series"] = json.dumps(
            {
                f"{name}.{population}": [round(float(value), 6) for value in society.measure(name, population)]
                for name, population in (SERIES if run.outcomes is None else run.outcomes)
            }
        )
    return row


def warm_up() -> None:
    """Compile, or load the compiled engine, before the first run counts."""
    Society(citizens=20, months=1, policy="mixed").run()
    # What is loaded now stays; collecting after each bundle then looks at the bundle's own objects only.
    gc.collect()
    gc.freeze()

"""Runs are added in batches until each claim is decided, or the budget of runs is spent.

At every look the claims that are still open get more points of the prior, each with seeds of its own, and more seeds at
the default point. What is run next follows from what the stored runs say and from nothing else, so a search that was
killed goes through the same looks again, makes the runs that are missing, and ends with the same table.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.claims import BASE, DEFAULT_POINT, Finding, Outcomes, Place, Plan, Size, judge, read_claims, seed_of
from experiments.designs import Design
from experiments.folders import STORE, Kind, refuse_other_results
from experiments.memory import refuse_too_many, refuse_too_many_citizens
from experiments.progress import Progress
from experiments.provenance import revision, versions
from experiments.runner import WorkerPool, available_cores, run_bundles
from experiments.runs import Bundle, Run, country_of, describe_runs, make_runs_as_planned, warm_up
from experiments.store import RunStore
from experiments.until.assumptions import UNUSED, Assumptions, WholePrior, design_prior
from experiments.until.decisions import ERROR, Reach, Tally, decide, is_told, reaches
from experiments.until.sequences import mean_bounds
from experiments.verdicts import Verdict
from model.compiling import source_digest
from scenarios import ScenarioError
from scenarios.claim import VARIANTS, Arm, Claim

KIND: Final[Kind] = "search"
RUNS: Final = "runs.parquet"
FIRST_POINTS: Final = 8
FIRST_SEEDS: Final = 8
"""At the default point."""
GROWTH: Final = 4
"""A batch adds a quarter of what there is, and no fewer than the first batch had (of seeds: half as many)."""


@dataclass(frozen=True)
class Pace:
    """How much is run at most, and how large a society is."""

    budget: int = 12_000
    seeds: int = 2
    citizens: int = 1000
    default_citizens: int = 4000

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value < 1:
                raise ScenarioError(f"claim: {name} = {value} is not allowed; it must be at least 1")


@dataclass(frozen=True)
class Effect:
    """What an estimand is at the default point: bounds that hold at every look at once."""

    name: str
    mean: float
    low: float
    high: float
    seeds: int
    told: bool


@dataclass(frozen=True)
class Look:
    """What one look at a claim showed."""

    points: int
    reaches: Mapping[Verdict, Reach]


@dataclass
class Search:
    """How far a claim is.

    `verdict` is None while the claim is open; `points` and `default_seeds` say how far its runs have come.
    """

    claim: Claim
    seeds: int
    """Of every point of the prior."""
    points: int = 0
    default_seeds: int = 0
    verdict: Verdict | None = None
    looks: list[Look] = field(default_factory=list)
    effects: tuple[Effect, ...] = ()
    finding: Finding | None = None

    @property
    def told(self) -> bool:
        """Whether every effect at the default point is known well enough."""
        return bool(self.effects) and all(effect.told for effect in self.effects)

    @property
    def open(self) -> bool:
        """Whether more runs could say more."""
        return self.verdict is None or not self.told


@dataclass(frozen=True)
class Decisions:
    """A finished search."""

    searches: tuple[Search, ...]
    pace: Pace
    assumptions: Assumptions
    runs: int
    failed: int
    spent: bool
    """Whether the budget ended it."""
    folder: Path
    provenance: Mapping[str, Any]


def chosen_pace(
    budget: int | None, seeds: int | None, citizens: int | None, *, points: int | None = None, quick: bool = False
) -> Pace:
    """Return the pace with what the user chose; refuse what has no meaning here."""
    if points is not None:
        raise ScenarioError(
            "--points and --until decided exclude each other: how many points it takes is what is found"
        )
    if quick:
        raise ScenarioError("--quick and --until decided exclude each other: a rehearsal decides nothing")
    refuse_too_many("--seeds", seeds or 0)
    refuse_too_many_citizens("--citizens", citizens or 0)
    chosen = {"budget": budget, "seeds": seeds, "citizens": citizens}
    return replace(Pace(), **{name: value for name, value in chosen.items() if value is not None})


def design_pace(design: Design, budget: int | None) -> Pace:
    """Return the pace of a design: its citizens, everywhere, and as many seeds at a point as it has."""
    sizes = {"seeds": len(design.seeds), "citizens": design.citizens, "default_citizens": design.citizens}
    return replace(Pace(**sizes), **({} if budget is None else {"budget": budget}))


def hold_until(
    out: str | Path,
    *,
    claims: Sequence[str] = (),
    country: str = "kazakhstan-2021",
    design: Design | None = None,
    pace: Pace | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress,
) -> Decisions:
    """Run until every claim is decided and its effects at the default point are told, or the budget is spent.

    Parameters
    ----------
    claims
        Names, numbers or paths; all shipped ones by default, or those that the design names.
    design
        What the points are drawn from instead of the whole prior; its country takes the place of `country`.
    executor
        Any executor of the `concurrent.futures` kind; it is left open.

    Raises
    ------
    ScenarioError, StoreError
        For bad input, before any work.
    """
    pace = pace or Pace()
    folder = Path(out)
    if design is not None:
        claims = claims or design.content.get("claims", ())
        if not claims:
            raise ScenarioError(f"{design.name}.toml: names no claims, so there is nothing to decide; give --claim")
    chosen = read_claims(claims)
    country_of(country)
    assumptions = WholePrior(country) if design is None else design_prior(design, chosen)
    desk = _Desk(chosen, assumptions, pace)
    first = desk.first_look()
    if first > pace.budget:
        raise ScenarioError(f"--budget {pace.budget} is not allowed: the first look takes {first} runs")
    refuse_other_results(folder, KIND)
    if unused := [key for key in UNUSED if design is not None and key in design.content]:
        progress.say(f"not used, because the claims say what is compared and the rule how often: {', '.join(unused)}")
    made_of = _provenance(chosen, assumptions, pace)
    workers = workers or available_cores()
    with ExitStack() as stack:
        store = stack.enter_context(RunStore(folder / STORE, produced_by=made_of))
        progress.phase("compiling the engine (the first time only)")
        warm_up()
        pool = executor
        if pool is None and workers > 1:
            pool = stack.enter_context(WorkerPool(workers, warm_up))
        spent = False
        while bundles := desk.next_batch():
            if spent := desk.cost(bundles) > pace.budget:
                break
            progress.phase(desk.sentence(bundles))
            run_bundles(
                bundles,
                partial(make_runs_as_planned, made_of["code"]),
                store,
                executor=pool,
                workers=workers,
                describe=describe_runs,
                progress=progress,
            )
            desk.take(bundles, store)
        progress.phase("writing the table of runs")
        store.finish(Path("..") / RUNS, sort_by=("point", "seed"), first=("point", "seed", "policy"), keys=desk.made)
    return Decisions(tuple(desk.searches), pace, assumptions, len(desk.made), len(desk.failed), spent, folder, made_of)


class _Desk:
    """Where the searches of all claims lie side by side: what is made, and what is to be made next."""

    def __init__(self, claims: Sequence[Claim], assumptions: Assumptions, pace: Pace) -> None:
        self.searches = [Search(claim, pace.seeds) for claim in claims]
        self.made: set[str] = set()
        self.failed: set[str] = set()
        self._assumptions = assumptions
        self._pace = pace
        self._keys: dict[Place, str] = {}
        self._next: list[tuple[Search, int, int]] = []
        estimands = [(claim, estimand) for claim in claims for estimand in claim.all_estimands]
        self._horizons: dict[Arm, int] = {}
        for claim, estimand in estimands:
            for name in [*(arm for arm, _ in estimand.contrast), *filter(None, [estimand.relative_to])]:
                arm = claim.arms[name]
                self._horizons[arm] = max(self._horizons.get(arm, 0), estimand.month)
        self._marks = tuple(sorted({estimand.month for _, estimand in estimands}))
        self._outcomes = tuple(sorted({(estimand.measure, estimand.population) for _, estimand in estimands}))

    def first_look(self) -> int:
        """Return the number of runs that the first look takes."""
        return self.cost(self.next_batch())

    def cost(self, bundles: Sequence[Bundle]) -> int:
        """Return the number of runs there would be with these bundles."""
        return len(self.made.union(*(bundle.keys for bundle in bundles)))

    def sentence(self, bundles: Sequence[Bundle]) -> str:
        """Say what the next batch is for."""
        still = [search for search in self.searches if search.open]
        numbers = ", ".join(str(search.claim.number) for search in still)
        return (
            f"look {1 + max(len(search.looks) for search in self.searches)}: "
            f"{self.cost(bundles) - len(self.made)} runs for claim{'s' if len(still) > 1 else ''} {numbers}; "
            f"{len(self.made)} of at most {self._pace.budget} made"
        )

    def next_batch(self) -> list[Bundle]:
        """Return the bundles of the next look, none if no claim is open."""
        self._next = []
        wanted: dict[tuple[int, int], dict[str, Run]] = {}
        for search in self.searches:
            points = search.points if search.verdict is not None else _more(search.points, FIRST_POINTS, FIRST_POINTS)
            seeds = search.default_seeds
            if not search.told:
                seeds = _more(seeds, FIRST_SEEDS, FIRST_SEEDS // 2)
            self._next.append((search, points, seeds))
            places = [(DEFAULT_POINT, number) for number in range(search.default_seeds, seeds)]
            places += [(point, number) for point in range(search.points, points) for number in range(self._pace.seeds)]
            for point, number in places:
                runs = wanted.setdefault((point, number), {})
                for place, run in self._runs(search.claim, point, number):
                    self._keys[place] = run.key
                    runs.setdefault(run.key, run)
        return [Bundle(point, tuple(runs.values())) for (point, _), runs in sorted(wanted.items())]

    def take(self, bundles: Sequence[Bundle], store: RunStore) -> None:
        """Look at what the bundles brought."""
        self.made.update(key for bundle in bundles for key in bundle.keys)
        rows = store.rows(self.made)
        self.failed = set(rows.loc[rows["status"] != "ok", "key"])
        for search, points, seeds in self._next:
            if (points, seeds) != (search.points, search.default_seeds):
                search.points, search.default_seeds = points, seeds
                self._look(search, rows)

    def _look(self, search: Search, rows: pd.DataFrame) -> None:
        size = Size(
            search.points, self._pace.seeds, self._pace.citizens, self._pace.default_citizens, search.default_seeds
        )
        plan = Plan((search.claim,), self._assumptions.country, size, (), self._horizons, self._marks, (), self._keys)
        outcomes = Outcomes(plan, rows)
        (finding,) = judge(outcomes)
        search.effects = tuple(_effect(finding, part) for part in range(len(finding.parts)))
        if search.verdict is None:
            found = reaches(_cells(finding), _probe(search.claim, outcomes))
            search.looks.append(Look(search.points, found))
            search.finding = finding
            search.verdict = decide(found)

    def _runs(self, claim: Claim, point: int, number: int) -> Iterator[tuple[Place, Run]]:
        """Yield the runs of a claim at a point with the point's seed of that number, and where they stand."""
        at_default = point == DEFAULT_POINT
        for variant in [BASE] if at_default else VARIANTS:
            for arm in dict.fromkeys(claim.arms.values()):
                varied = replace(arm, settings=tuple(sorted({**VARIANTS[variant], **dict(arm.settings)}.items())))
                citizens = self._pace.default_citizens if at_default else self._pace.citizens
                run = replace(
                    self._assumptions.run(varied, point, seed_of(point, number), citizens),
                    months=self._horizons[arm],
                    marks=self._marks,
                    outcomes=self._outcomes,
                )
                yield (arm, variant, point, 1 + number), run


def _more(number: int, first: int, least: int) -> int:
    return first if number == 0 else number + max(least, number // GROWTH)


def _cells(finding: Finding) -> list[Tally]:
    """Return the counts of each cell of a claim's rule: parts and variants, or variants where parts count together."""
    if finding.claim.each_alone:
        return [Tally.of(found) for part in finding.parts for found in part.over_prior.values()]
    return [Tally.of(found) for found in finding.over_prior.values()]


def _probe(claim: Claim, outcomes: Outcomes) -> Tally | None:
    if claim.testable is None:
        return None
    effects = outcomes.effects(claim, claim.testable, BASE).mean(axis=1)
    effects = effects[~np.isnan(effects)]
    within = int((np.abs(effects) <= claim.testable.margin).sum())
    return Tally(int(effects.size) - within, 0, within)


def _effect(finding: Finding, number: int) -> Effect:
    part = finding.parts[number]
    values = part.default_effects[~np.isnan(part.default_effects)]
    low, high = mean_bounds(values, ERROR)
    mean = float(values.mean()) if values.size else float("nan")
    return Effect(part.estimand.name, mean, low, high, values.size, is_told(low, high, part.estimand.margin))


def _provenance(claims: Sequence[Claim], assumptions: Assumptions, pace: Pace) -> dict[str, Any]:
    return {
        "kind": KIND,
        "code": source_digest(),
        "revision": revision(),
        "python": platform.python_version(),
        "versions": versions(),
        **assumptions.provenance(),
        **asdict(pace),
        "error": ERROR,
        "claims": {claim.name: claim.digest() for claim in claims},
        "date": datetime.now(UTC).date().isoformat(),
    }

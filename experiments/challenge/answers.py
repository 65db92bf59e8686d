"""From a claim and a budget of runs to counter-examples, looked at with fresh seeds, and commands that replay them.

Each estimand is challenged by itself with an equal part of the budget. The search asks for points in batches; each
batch goes through the runner into the store, and what the store has is not run again. So the same command, after a
kill, walks the same way and makes only what is missing.
"""

from __future__ import annotations

import json
import math
import platform
import shlex
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.challenge.search import Found, Search
from experiments.challenge.target import FLIPS, Flip, Space, Target, acting, against_of, policy_text, target_of
from experiments.claims import read_claims
from experiments.contrasts import (
    Contrasts,
    arms_of,
    column_of,
    effect_of,
    refuse_same_names,
    refuse_untestable,
)
from experiments.errors import StoreError
from experiments.folders import STORE, Kind, refuse_other_results
from experiments.pages import write_tables, write_whole
from experiments.progress import Progress, Quiet
from experiments.provenance import revision, versions
from experiments.runner import InProcess, WorkerPool, available_cores, run_bundles
from experiments.runs import Bundle, Run, country_of, describe_runs, make_runs, warm_up
from experiments.store import RunStore
from experiments.verdicts import Floats, Interval, interval, judged
from model.compiling import source_digest
from scenarios import Parameters, ScenarioError
from scenarios.claim import Arm, Claim, Estimand
from scenarios.errors import nearest

KIND: Final[Kind] = "challenge"
RUNS: Final = "runs.parquet"
ANSWER: Final = "counterexamples.json"
PAGE: Final = "challenge.html"
POLICIES: Final = "policies"
FRESH: Final = 1000
"""Seeds from here on confirm; the search uses those from 1 on."""
FRESH_SEEDS: Final = 16
ATTEMPTS: Final = 4
"""How often a counter-example that fresh seeds do not confirm is taken a tenth farther and tried on other seeds."""
FARTHER: Final = 1.1
CAUTION: Final = 2.0
"""Standard errors of luck by which the search wants a point below its level."""
FEWEST_POINTS: Final = 24
"""Points below which a search is none."""
FOR_NEAREST: Final = 0.4
FOR_SPARSE: Final = 0.25
"""Shares of what the screening leaves of an estimand's points; the search for the worst has the rest."""
SEEDS_TOGETHER: Final = 4
"""Seeds of a point that are bundled: fewer writes, and still work for every core."""
WORDS: Final = {1: "holds", 0: "within the margin", -1: "contradicted"}


@dataclass(frozen=True)
class Replay:
    """A command that lives one arm of a counter-example again, and what it gives."""

    arm: str
    command: str
    outcome: float
    seed: int


@dataclass(frozen=True)
class Example:
    """A point that speaks against a claim, looked at with seeds that the search never saw."""

    changes: Mapping[str, float]
    deviations: Mapping[str, float]
    distance: float
    search_effect: float
    effect: Interval
    confirmed: bool
    attempts: int
    replays: tuple[Replay, ...]

    @property
    def seed(self) -> int:
        """The first of its fresh seeds, which the commands replay."""
        return self.replays[0].seed


@dataclass(frozen=True)
class Answer:
    """What the search found for one estimand."""

    estimand: Estimand
    target: Target
    default: Interval
    default_fresh: Interval
    """The default point with the fresh seeds of what is shown: before and after share their luck."""
    judged: str
    nearest: Example | None
    with_all: Example | None
    miss: Example
    """Where the effect came closest to being turned, if it was not; else the counter-example."""
    worst: Example
    points: int

    @property
    def shown(self) -> Example:
        """The counter-example, or the nearest miss."""
        return self.nearest or self.miss

    @property
    def doubt(self) -> str:
        """What to think of the question itself, if fresh seeds judge the default point otherwise than the search's."""
        fresh = word_of(self.estimand, self.default_fresh.mean)
        if fresh == self.judged:
            return ""
        return (
            f"the search's seeds judge the default point otherwise than fresh ones ({self.judged}, {fresh}): it lies "
            "on an edge of the margin, and more --seeds would say on which side"
        )


@dataclass(frozen=True)
class Challenge:
    """What was asked, and the answers."""

    claim: Claim
    contrasts: Contrasts
    folder: Path
    budget: int
    seeds: int
    answers: tuple[Answer, ...]
    runs: int
    failed: int
    tried: pd.DataFrame
    """Every point that a search tried, in order: estimand, purpose, distance, effect, parameters."""

    @property
    def answer_file(self) -> Path:
        """The file with everything that was found."""
        return self.folder / ANSWER

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / PAGE

    def text(self) -> str:
        """Return what was found, for the terminal."""
        lines = [f"{self.claim.number}. {self.claim.title}: {self.runs} of {self.budget} runs used"]
        for answer in self.answers:
            lines += ["", *_told(answer)]
        if self.failed:
            lines += ["", f"{self.failed} runs failed; points that need them count as unknown"]
        return "\n".join(lines)


def challenge(
    wanted: str,
    out: str | Path,
    *,
    budget: int = 6000,
    seed: int = 1,
    seeds: int = 2,
    flip: str = "verdict",
    estimands: Sequence[str] = (),
    citizens: int = 1000,
    country: str = "kazakhstan-2021",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Challenge:
    """Search the prior for what turns a claim, and write what was found into `out`.

    Parameters
    ----------
    wanted
        The claim by name, number or path.
    budget
        Runs that the search and its confirmation may ask for, those already stored included.
    seed
        Of the search; its societies have the seeds 1 to `seeds`.
    flip
        "verdict" looks for a point at which the claim is contradicted beyond its margin (or, if the default point
        contradicts it, at which it holds); "sign" for an effect of the other sign.
    estimands
        Names or numbers (from 1) of the claim's estimands; all by default.

    Raises
    ------
    ScenarioError, StoreError
        For bad input, before anything is written.
    """
    from experiments.challenge.page import write_page

    progress = progress or Quiet()
    folder = Path(out)
    (claim,) = read_claims([wanted])
    refuse_same_names(claim)
    chosen = _chosen(claim, estimands)
    for name, value, low in (("seed", seed, 0), ("seeds", seeds, 1), ("citizens", citizens, 1)):
        if value < low:
            raise ScenarioError(f"--{name} {value} is not allowed; it must be at least {low}")
    if flip not in FLIPS:
        raise ScenarioError(f"--flip {flip} is not allowed; it must be {' or '.join(FLIPS)}{nearest(flip, FLIPS)}")
    needed = sum(_fewest(claim, estimand, seeds) for estimand in chosen)
    if budget < needed:
        raise ScenarioError(f"--budget {budget} is not allowed; {claim.name} needs at least {needed} runs")
    country_of(country)
    refuse_other_results(folder, KIND)
    progress.phase("compiling the engine (the first time only)")
    warm_up()
    refuse_untestable([claim], country)
    contrasts = Contrasts((replace(claim, testable=None),), country, citizens)
    asked = {"budget": budget, "seed": seed, "seeds": seeds, "flip": flip}
    with (
        RunStore(folder / STORE, produced_by=_provenance(claim, contrasts, chosen, asked)) as store,
        _executor(workers) as executor,
    ):
        trials = Trials(contrasts, store, executor, workers or available_cores(), progress, budget)
        answers = []
        for number, estimand in enumerate(chosen):
            share = (budget - len(trials.keys)) // (len(chosen) - number)
            space = Space.of(acting(claim, estimand))
            case = _Case(trials, claim, estimand, space, tuple(range(1, seeds + 1)), folder)
            answers.append(_answered(case, share, seed, flip))
        progress.close()
        progress.phase("writing what was found")
        store.finish(Path("..") / RUNS, sort_by=("point", "seed"), first=("point", "seed", "policy"), keys=trials.keys)
    tried = pd.DataFrame(trials.asked)
    done = Challenge(claim, contrasts, folder, budget, seeds, tuple(answers), len(trials.keys), trials.failed, tried)
    _write(done)
    progress.phase("drawing the pictures")
    write_page(done)
    return done


def _chosen(claim: Claim, wanted: Sequence[str]) -> list[Estimand]:
    if not wanted:
        return list(claim.estimands)
    by_name = {str(number): estimand for number, estimand in enumerate(claim.estimands, start=1)}
    by_name |= {estimand.name: estimand for estimand in claim.estimands}
    for name in wanted:
        if name not in by_name:
            known = [estimand.name for estimand in claim.estimands]
            raise ScenarioError(f"--estimand {name}: {claim.name} has no such estimand{nearest(name, known)}")
    return list({by_name[name].name: by_name[name] for name in wanted}.values())


def _fewest(claim: Claim, estimand: Estimand, seeds: int) -> int:
    """Return the fewest runs with which an estimand can be challenged."""
    arms = len(arms_of(claim, estimand))
    return FEWEST_POINTS * arms * seeds + _reserve(arms)


def _reserve(arms: int) -> int:
    """Return the runs kept back for fresh seeds: two examples, further attempts at the first, the default point."""
    return (ATTEMPTS + 3) * FRESH_SEEDS * arms


# Runs


@dataclass
class Trials:
    """Gives effects at points, through the runner; counts the distinct runs asked for."""

    contrasts: Contrasts
    store: RunStore
    executor: Executor
    workers: int
    progress: Progress
    budget: int
    keys: set[str] = field(default_factory=set)
    failed: int = 0
    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        claim = self.contrasts.claims[0]
        self._columns = sorted({column_of(estimand) for estimand in claim.estimands})
        done = self.store.finished()
        if done:
            self._read(done)
        self.progress.start(self.budget, 0)

    def effects(self, claim: Claim, estimand: Estimand, points: Sequence[Parameters], seeds: Sequence[int]) -> Floats:
        """Return an estimand's effect, [points, seeds]; not a number where a run failed."""
        arms = arms_of(claim, estimand)
        runs = {
            (arm, place, seed): self.contrasts.run(arm, point, seed)
            for place, point in enumerate(points)
            for seed in seeds
            for arm in arms
        }
        first = len(self.keys)
        bundles = []
        for place in range(len(points)):
            for start in range(0, len(seeds), SEEDS_TOGETHER):
                needed = [runs[arm, place, seed] for seed in seeds[start : start + SEEDS_TOGETHER] for arm in arms]
                if any(run.key not in self.rows for run in needed):
                    bundles.append(Bundle(first + place, tuple(needed)))
        wanted = {run.key for run in runs.values()}
        stored = len(wanted & self.rows.keys() - self.keys)
        self.keys |= wanted
        self.progress.advance(ok=stored)
        if bundles:
            counts = run_bundles(
                bundles,
                make_runs,
                self.store,
                executor=self.executor,
                workers=self.workers,
                describe=describe_runs,
                progress=_Within(self.progress),
            )
            self.failed += counts.failed
            self._read({key for bundle in bundles for key in bundle.keys})

        def outcome(arm: Arm) -> Floats:
            found = [
                [self.rows[runs[arm, place, seed].key].get(column_of(estimand), math.nan) for seed in seeds]
                for place in range(len(points))
            ]
            return np.array(found, dtype=float).reshape(len(points), len(seeds))

        return effect_of(claim, estimand, outcome)

    def outcome(self, run: Run, estimand: Estimand) -> float:
        """Return what a run that was made gave."""
        return self.rows[run.key].get(column_of(estimand), math.nan)

    def _read(self, keys: set[str]) -> None:
        known = self.store.rows(keys)
        present = [name for name in self._columns if name in known]
        values = known[present].to_numpy(dtype=float)
        for key, row in zip(known["key"], values, strict=True):
            self.rows[key] = dict(zip(present, row.tolist(), strict=True))


class _Within:
    """Lets a batch move the bar of the whole search."""

    def __init__(self, whole: Progress) -> None:
        self._whole = whole

    def phase(self, text: str) -> None:
        """Pass on."""
        self._whole.phase(text)

    def start(self, total: int, resumed: int) -> None:
        """Leave the bar as it is."""

    def advance(self, ok: int = 0, failed: int = 0) -> None:
        """Pass on."""
        self._whole.advance(ok, failed)

    def say(self, text: str) -> None:
        """Pass on."""
        self._whole.say(text)

    def close(self) -> None:
        """Leave the bar as it is."""


@contextmanager
def _executor(workers: int | None) -> Iterator[Executor]:
    """Give one executor for all batches, so that workers start once."""
    workers = workers or available_cores()
    if workers == 1:
        yield InProcess()
        return
    with WorkerPool(workers, warm_up) as pool:
        yield pool


# The search


@dataclass(frozen=True)
class _Case:
    """One estimand under challenge."""

    trials: Trials
    claim: Claim
    estimand: Estimand
    space: Space
    seeds: tuple[int, ...]
    folder: Path
    spread: list[float] = field(default_factory=list)

    def search(self, orientation: float, points: int, seed: int, purpose: str) -> Search:
        """Return a search for low values of the oriented effect, its origin and surroundings already tried."""
        search = Search(
            self.space.low, self.space.high, lambda tried: orientation * self._effects(tried, purpose), points, seed
        )
        search.screen()
        return search

    def _effects(self, points: Floats, purpose: str) -> Floats:
        """Return the effect at points, the mean over the search's seeds, and note what was tried."""
        parameters = [self.space.parameters(point) for point in points]
        found = self.trials.effects(self.claim, self.estimand, parameters, self.seeds)
        if len(self.seeds) > 1:
            self.spread.extend(found.var(axis=1, ddof=1)[~np.isnan(found).any(axis=1)].tolist())
        for point, values, at in zip(points, found, parameters, strict=True):
            self.trials.asked.append(
                {
                    "estimand": self.estimand.name,
                    "purpose": purpose,
                    "distance": float(np.linalg.norm(point)),
                    "effect": float(values.mean()),
                    **{f"p.{name}": value for name, value in at._asdict().items()},
                }
            )
        return np.asarray(found.mean(axis=1))

    @property
    def caution(self) -> float:
        """How far below its level a point must lie in the search, in view of the luck seen so far."""
        return CAUTION * math.sqrt(float(np.mean(self.spread)) / len(self.seeds)) if self.spread else 0.0

    def example(self, found: Found, orientation: float, level: float, attempts: int) -> Example:
        """Look at a point with fresh seeds; while they do not confirm it, a tenth farther out with other ones."""
        point, attempt = found.point, 0
        while True:
            changes = self.space.changes(point)
            first = FRESH + 1 + attempt * FRESH_SEEDS
            effect = interval(self.fresh(changes, first))
            confirmed = max(orientation * effect.low, orientation * effect.high) < level
            attempt += 1
            if confirmed or attempt == attempts:
                break
            point = np.clip(point * FARTHER, self.space.low, self.space.high)
        at = self.space.point(changes)
        deviations = {name: float(z) for name, z in zip(self.space.names, at, strict=True) if z != 0.0}
        return Example(
            changes,
            dict(sorted(deviations.items(), key=lambda item: -abs(item[1]))),
            float(np.linalg.norm(at)),
            orientation * found.value,
            effect,
            confirmed,
            attempt,
            tuple(self._replay(name, changes, first) for name in _arms(self.estimand)),
        )

    def fresh(self, changes: Mapping[str, float], first: int) -> Floats:
        """Return the effect with fresh seeds, from the first of them on."""
        seeds = range(first, first + FRESH_SEEDS)
        found: Floats = self.trials.effects(self.claim, self.estimand, [Parameters.of(changes)], seeds)[0]
        return found

    def _replay(self, name: str, changes: Mapping[str, float], seed: int) -> Replay:
        """Return the command that lives one arm again; an arm at a budget gets a policy file with its levers."""
        arm = self.claim.arms[name]
        run = self.trials.contrasts.run(arm, Parameters.of(changes), seed)
        policy = arm.policy
        if arm.budget is not None:
            # What a budget pays for depends on the point, so the file's name tells which levers it holds.
            path = self.folder / POLICIES / f"{name}-{run.policy.digest()[:8]}.toml"
            write_whole(path, policy_text(run))
            policy = str(path)
        words = ["python", "run.py", "simulate", "--policy", policy, "--country", run.country]
        words += ["--citizens", str(run.citizens), "--months", str(run.months), "--seed", str(seed)]
        if not run.arm.shock:
            words += ["--shock-month", "never"]
        if settings := {**changes, **dict(arm.settings)}:
            words += ["--set", *(f"{parameter}={value!r}" for parameter, value in settings.items())]
        words += ["--out", str(self.folder / "replay" / name)]
        return Replay(name, shlex.join(words), self.trials.outcome(run, self.estimand), seed)


def _answered(case: _Case, share: int, seed: int, flip: Flip) -> Answer:
    """Challenge one estimand with a share of the budget."""
    estimand = case.estimand
    arms = len(arms_of(case.claim, estimand))
    points = (share - _reserve(arms)) // (arms * len(case.seeds))
    default = case.trials.effects(case.claim, estimand, [Parameters()], case.seeds)[0]
    start = float(default.mean())
    if math.isnan(start):
        raise StoreError(f"{case.folder}: the runs at the default point failed; the rows in its store say why")
    target, against = target_of(estimand, start, flip), against_of(estimand, start)
    turn = case.search(target.orientation, points, seed, "turn")
    rest = turn.left
    found = turn.nearest(target.level - case.caution, int(FOR_NEAREST * rest))
    sparse = turn.sparse(found, target.level - case.caution, int(FOR_SPARSE * rest)) if found else None
    deep = turn if target.orientation == against else case.search(against, turn.left, seed, "worst")
    worst = deep.lowest(deep.left)
    if found is None:
        # The search for the worst may have come across one.
        found = sparse = turn.best_below(target.level - case.caution)
    nearest = case.example(sparse, target.orientation, target.level, ATTEMPTS) if sparse else None
    with_all = case.example(found, target.orientation, target.level, 1) if found else None
    furthest = case.example(worst, against, -estimand.margin, 1)
    miss = nearest or furthest
    if nearest is None and target.orientation != against:
        miss = case.example(turn.lowest_yet(), target.orientation, target.level, 1)
    return Answer(
        estimand,
        target,
        interval(default),
        interval(case.fresh({}, miss.seed)),
        word_of(estimand, start),
        nearest,
        with_all,
        miss,
        furthest,
        len(turn.points) + (0 if deep is turn else len(deep.points)),
    )


def word_of(estimand: Estimand, effect: float) -> str:
    """Return what an effect says of an estimand: holds, within the margin, contradicted."""
    return WORDS[int(judged(np.array([effect]), estimand.direction, estimand.margin)[0])]


def _arms(estimand: Estimand) -> list[str]:
    names = [name for name, _ in estimand.contrast] + ([estimand.relative_to] if estimand.relative_to else [])
    return list(dict.fromkeys(names))


# What is written


def _told(answer: Answer) -> list[str]:
    estimand, target = answer.estimand, answer.target
    where = f"{estimand.measure} of {estimand.population}, month {estimand.month}"
    lines = [
        f"{estimand.name} ({where})",
        f"  at the default point: {shown_interval(answer.default)}, {answer.judged}; looked for: {target.words}",
    ]
    if answer.doubt:
        lines.append(f"  careful: {answer.doubt}")
    if answer.nearest is None:
        lines += [
            f"  none found in {answer.points} points of the prior",
            f"  the default point in fresh seeds: {shown_interval(answer.default_fresh)}",
            _far("nearest miss", answer.miss),
        ]
        if answer.miss is not answer.worst:
            lines.append(_far("furthest against it", answer.worst))
        return lines + _commands(answer.miss)
    found, with_all = answer.nearest, answer.with_all
    sure = "confirmed" if found.confirmed else "NOT confirmed"
    count = len(found.deviations)
    lines += [
        f"  turned at {found.distance:.2f} prior-sd by {count} {'parameter' if count == 1 else 'parameters'}: "
        f"{shown_interval(found.effect)} in {found.effect.seeds} fresh seeds, {sure}",
        f"  the default point in these seeds: {shown_interval(answer.default_fresh)}",
        *_changes(found),
    ]
    if with_all is not None and len(with_all.deviations) > count:
        sure = "confirmed" if with_all.confirmed else "not confirmed"
        lines.append(
            f"  nearest of all: {with_all.distance:.2f} prior-sd by {len(with_all.deviations)} parameters, "
            f"{shown_interval(with_all.effect)}, {sure}"
        )
    return [*lines, _far("furthest against it", answer.worst), *_commands(found)]


def _far(name: str, example: Example) -> str:
    return f"  {name}: {shown_interval(example.effect)}, {example.distance:.2f} prior-sd from the default point"


def _changes(example: Example) -> list[str]:
    return [
        f"    {name:28s} {z:+6.2f} sd   {example.changes[name]:g}" for name, z in list(example.deviations.items())[:12]
    ] + ([f"    ... and {len(example.deviations) - 12} more"] if len(example.deviations) > 12 else [])


def _commands(example: Example) -> list[str]:
    lines = [f"  replay it (seed {example.seed}):"]
    if len(example.changes) > 12:
        return [*lines, f"    the commands change {len(example.changes)} parameters: see {ANSWER}"]
    for replay in example.replays:
        lines += [f"    {replay.command}", f"      gives {replay.outcome:+.6f}"]
    return lines


def shown_interval(found: Interval) -> str:
    """Return a mean with its interval."""
    return f"{found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}]" if found.seeds > 1 else f"{found.mean:+.4f}"


def _write(done: Challenge) -> None:
    content = {
        "claim": done.claim.name,
        "registered": done.claim.digest(),
        "budget": done.budget,
        "runs": done.runs,
        "failed": done.failed,
        "search_seeds": done.seeds,
        "code": source_digest(),
        "estimands": [_answer(answer) for answer in done.answers],
    }
    write_whole(done.answer_file, json.dumps(content, indent=2) + "\n")
    write_tables(done.folder, {"points": done.tried})


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "estimand": answer.estimand.name,
        "measure": answer.estimand.measure,
        "population": answer.estimand.population,
        "month": answer.estimand.month,
        "looked_for": answer.target.words,
        "at_default": {**_interval(answer.default), "judged": answer.judged},
        "at_default_in_fresh_seeds": _interval(answer.default_fresh),
        "points_tried": answer.points,
        "found": answer.nearest is not None,
        "counter_example": _example(answer.nearest),
        "nearest_of_all": _example(answer.with_all),
        "nearest_miss": None if answer.nearest else _example(answer.miss),
        "furthest_against": _example(answer.worst),
    }


def _example(example: Example | None) -> dict[str, Any] | None:
    if example is None:
        return None
    return {
        "distance_in_prior_sd": example.distance,
        "changes_in_prior_sd": dict(example.deviations),
        "parameters": dict(example.changes),
        "effect_in_search": example.search_effect,
        "effect_in_fresh_seeds": _interval(example.effect),
        "confirmed": example.confirmed,
        "attempts": example.attempts,
        "replay": [
            {"arm": r.arm, "seed": r.seed, "command": r.command, "outcome": _number(r.outcome)} for r in example.replays
        ],
    }


def _interval(found: Interval) -> dict[str, Any]:
    return {
        "mean": _number(found.mean),
        "low": _number(found.low),
        "high": _number(found.high),
        "seeds": found.seeds,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _provenance(
    claim: Claim, contrasts: Contrasts, chosen: Sequence[Estimand], asked: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "kind": KIND,
        "claim": claim.name,
        "registered": claim.digest(),
        "estimands": [estimand.name for estimand in chosen],
        **asked,
        "country": contrasts.country,
        "country_digest": country_of(contrasts.country).digest(),
        "citizens": contrasts.citizens,
        "code": source_digest(),
        "revision": revision(),
        "python": platform.python_version(),
        "versions": versions(),
        "date": datetime.now(UTC).date().isoformat(),
    }

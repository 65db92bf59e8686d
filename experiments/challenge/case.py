"""From a claim and a budget of runs to counter-examples, looked at with fresh seeds, and commands that replay them.

Each estimand is challenged by itself with an equal part of the budget. The search asks for points in batches; each
batch goes through the runner into the store, and what the store has is not run again. So the same command, after a
kill, walks the same way and makes only what is missing.
"""

from __future__ import annotations

import math
import platform
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.challenge.answers import Answer, Challenge, Example, Replay, word_of, write_answers
from experiments.challenge.page import write_page
from experiments.challenge.search import Found, Search
from experiments.challenge.target import FLIPS, Flip, Space, acting, against_of, policy_text, target_of
from experiments.challenge.trials import Trials, executor_of
from experiments.claims import read_claims
from experiments.contrasts import Contrasts, arms_of, refuse_same_names, refuse_untestable
from experiments.errors import StoreError
from experiments.folders import STORE, Kind, refuse_other_results
from experiments.memory import refuse_too_many, refuse_too_many_citizens
from experiments.pages import write_whole
from experiments.progress import Progress, Quiet
from experiments.provenance import revision, versions
from experiments.runner import available_cores
from experiments.runs import country_of, warm_up
from experiments.store import RunStore
from experiments.verdicts import Floats, interval
from model.compiling import source_digest
from scenarios import Parameters, ScenarioError
from scenarios.claim import Claim, Estimand
from scenarios.errors import nearest

KIND: Final[Kind] = "challenge"
RUNS: Final = "runs.parquet"
POLICIES: Final = "policies"
FRESH: Final = 1000
"""Seeds from here on confirm; the search uses those from 1 on."""
FRESH_SEEDS: Final = 16
ATTEMPTS: Final = 4
"""How often a counter-example that fresh seeds do not confirm is taken a tenth farther and tried on other seeds."""
FARTHER: Final = 1.1
CAUTION: Final = 2.0
"""Standard errors of luck by which the search wants a point below its level."""
MOST_SEED: Final = 2**32 - 1
"""The optimiser takes no larger one."""
FEWEST_POINTS: Final = 24
"""Points below which a search is none."""
FOR_NEAREST: Final = 0.4
FOR_SPARSE: Final = 0.25
"""Shares of what the screening leaves of an estimand's points; the search for the worst has the rest."""


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
    progress = progress or Quiet()
    folder = Path(out)
    (claim,) = read_claims([wanted])
    refuse_same_names(claim)
    chosen = _chosen(claim, estimands)
    for name, value, low in (("seed", seed, 0), ("seeds", seeds, 1), ("citizens", citizens, 1)):
        if value < low:
            raise ScenarioError(f"--{name} {value} is not allowed; it must be at least {low}")
    if seed > MOST_SEED:
        raise ScenarioError(f"--seed {seed} is not allowed; it must be at most {MOST_SEED}")
    if flip not in FLIPS:
        raise ScenarioError(f"--flip {flip} is not allowed; it must be {' or '.join(FLIPS)}{nearest(flip, FLIPS)}")
    for name, value in (("seeds", seeds), ("budget", budget)):
        refuse_too_many(f"--{name}", value)
    refuse_too_many_citizens("--citizens", citizens)
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
        executor_of(workers) as executor,
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
    write_answers(done)
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


def _arms(estimand: Estimand) -> list[str]:
    names = [name for name, _ in estimand.contrast] + ([estimand.relative_to] if estimand.relative_to else [])
    return list(dict.fromkeys(names))


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

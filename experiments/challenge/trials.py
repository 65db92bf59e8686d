"""Effects at points, through the runner."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from experiments.contrasts import Contrasts, arms_of, column_of, effect_of
from experiments.progress import Progress
from experiments.runner import InProcess, WorkerPool, available_cores, run_bundles
from experiments.runs import Bundle, Run, describe_runs, make_runs, warm_up
from experiments.store import RunStore
from experiments.verdicts import Floats
from scenarios import Parameters
from scenarios.claim import Arm, Claim, Estimand

SEEDS_TOGETHER: Final = 4
"""Seeds of a point that are bundled: fewer writes, and still work for every core."""


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
def executor_of(workers: int | None) -> Iterator[Executor]:
    """Give one executor for all batches, so that workers start once."""
    workers = workers or available_cores()
    if workers == 1:
        yield InProcess()
        return
    with WorkerPool(workers, warm_up) as pool:
        yield pool

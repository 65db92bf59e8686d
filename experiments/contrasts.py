"""A claim's arms at any point: the runs they need, and what their outcomes say of an estimand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from experiments.prior import prior_points
from experiments.runner import run_bundles
from experiments.runs import Bundle, Run, column, make_runs
from experiments.store import RunStore
from experiments.verdicts import Floats, is_testable
from model.measures import NATIONAL_MEASURES
from scenarios import Parameters, ScenarioError
from scenarios.claim import Arm, Claim, Estimand

PROBE_POINTS: Final = 32
PROBE_CITIZENS: Final = 400


@dataclass(frozen=True)
class Contrasts:
    """The arms of some claims, each lived as long as any estimand looks at it, and rows that keep what they look at."""

    claims: tuple[Claim, ...]
    country: str
    citizens: int

    @cached_property
    def horizons(self) -> Mapping[Arm, int]:
        """The last month at which an estimand looks at each arm."""
        found: dict[Arm, int] = {}
        for claim in self.claims:
            for estimand in claim.all_estimands:
                for arm in arms_of(claim, estimand):
                    found[arm] = max(found.get(arm, 0), estimand.month)
        return found

    @cached_property
    def marks(self) -> tuple[int, ...]:
        """Every month at which an estimand looks."""
        return tuple(sorted({estimand.month for claim in self.claims for estimand in claim.all_estimands}))

    @cached_property
    def outcomes(self) -> tuple[tuple[str, str], ...]:
        """Every measure and population at which an estimand looks."""
        looked_at = (estimand for claim in self.claims for estimand in claim.all_estimands)
        return tuple(sorted({(e.measure, _population(e)) for e in looked_at}))

    def run(
        self, arm: Arm, parameters: Parameters, seed: int, off: Mapping[str, float] | None = None, *, shock: bool = True
    ) -> Run:
        """Return the run of an arm; what is switched `off` is off whatever the arm itself sets."""
        settings = tuple(sorted({**dict(arm.settings), **(off or {})}.items()))
        return Run(
            replace(arm, settings=settings, shock=arm.shock and shock),
            self.horizons[arm],
            parameters,
            self.country,
            self.citizens,
            seed,
            marks=self.marks,
            outcomes=self.outcomes,
        )


def arms_of(claim: Claim, estimand: Estimand) -> list[Arm]:
    """Return the arms that an estimand compares, each once."""
    names = [name for name, _ in estimand.contrast] + ([estimand.relative_to] if estimand.relative_to else [])
    return list(dict.fromkeys(claim.arms[name] for name in names))


def column_of(estimand: Estimand) -> str:
    """Return the column that an estimand reads."""
    return column(estimand.measure, estimand.population, estimand.month)


def effect_of(claim: Claim, estimand: Estimand, outcome: Callable[[Arm], Floats]) -> Floats:
    """Return an estimand's effect from the outcomes of its arms; seeds are the last axis of their arrays."""
    weighed = [weight * outcome(claim.arms[name]) for name, weight in estimand.contrast]
    effect: Floats = np.add.reduce(weighed)
    if estimand.relative_to:
        reference = outcome(claim.arms[estimand.relative_to]).mean(axis=-1, keepdims=True)
        reference = np.broadcast_to(reference, effect.shape)
        effect = np.divide(effect, reference, out=np.full(effect.shape, np.nan), where=reference > 0.0)
    return effect


def refuse_untestable(claims: Sequence[Claim], country: str) -> None:
    """Refuse a claim of which fifteen years of this model say nothing: there is no effect to take apart or to turn.

    The claim's own probe decides, at the first points of the prior.
    """
    for claim in claims:
        if claim.testable is None:
            continue
        probe = Contrasts((replace(claim, estimands=(claim.testable,), testable=None),), country, PROBE_CITIZENS)
        runs = [[probe.run(arm, point, 1) for arm in probe.horizons] for point in prior_points(PROBE_POINTS)]
        with tempfile.TemporaryDirectory() as scratch, RunStore(Path(scratch) / "probe") as store:
            run_bundles([Bundle(number, tuple(part)) for number, part in enumerate(runs)], make_runs, store, workers=1)
            rows = store.rows(columns=["key", column_of(claim.testable)]).set_index("key")[column_of(claim.testable)]
        values = {arm: np.array([[rows[part[place].key]] for part in runs]) for place, arm in enumerate(probe.horizons)}
        effects = effect_of(claim, claim.testable, values.__getitem__).ravel()
        if not is_testable(effects[~np.isnan(effects)], claim.testable.margin):
            raise ScenarioError(f"claim {claim.number} ({claim.name}) is not testable: {claim.untestable_because}")


def refuse_same_names(claim: Claim) -> None:
    """Refuse a claim two of whose estimands have one name: nobody could tell what is said of which."""
    names = [estimand.name for estimand in claim.estimands]
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"{claim.source_file}: estimands have the name '{name}' twice; give each its own")


def _population(estimand: Estimand) -> str:
    return "everyone" if estimand.measure in NATIONAL_MEASURES else estimand.population

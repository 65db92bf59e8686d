"""The essay's test: which runs the claims need, and what their outcomes say.

`plan` turns claims into bundles of runs: one at each point of the prior and each of its seeds, for all arms of all
claims and their structural variants, and one for each seed at the default point. `judge` reads the finished runs and
returns a `Finding` for each claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd

from experiments.memory import BYTES_A_ROW, refuse_too_many, refuse_too_many_citizens
from experiments.prior import prior_points
from experiments.runs import MARKS, POPULATIONS, Bundle, Run, column
from experiments.verdicts import (
    Floats,
    Interval,
    Shares,
    Signs,
    Verdict,
    agreed,
    interval,
    is_provisional,
    is_testable,
    judged,
    shares,
    together,
    verdict_over,
)
from model.measures import MEASURES, NATIONAL_MEASURES
from scenarios import ScenarioError, names
from scenarios.claim import VARIANTS, Arm, Claim, Estimand, read_claim
from scenarios.parameters import Parameters

Place = tuple[Arm, str, int, int]
"""Where a run stands in a plan: arm, structural variant, point, and the number of the point's seed, from 1."""

DEFAULT_POINT = -1
BASE = "base"

SHOWN_ARMS: Mapping[str, Arm] = {
    name: Arm(name)
    for name in ("status_quo", "coercion", "welfare", "institutions", "better_life", "media", "contact", "mixed")
}
"""The arms that the report shows whatever the claims need."""

SHOWN_HORIZON = 180


SEEDS_APART = 1_000_000
"""From one seed of a point to its next, so that more points or more seeds keep what was made."""


def seed_of(point: int, number: int) -> int:
    """Return the seed of this number, from 0, at a point: its own, so that no two points of the prior share one."""
    return 1 + number if point == DEFAULT_POINT else 1 + point + number * SEEDS_APART


@dataclass(frozen=True)
class Size:
    """How large a test is: citizens and seeds over the prior and at the default point."""

    points: int
    seeds: int
    citizens: int = 1000
    default_citizens: int = 4000
    default_seeds: int = 8

    def __post_init__(self) -> None:
        for part in fields(self):
            value = getattr(self, part.name)
            if value < 1:
                raise ScenarioError(f"claim: {part.name} = {value} is not allowed; it must be at least 1")

    def seeds_at(self, point: int) -> list[int]:
        """Return the seeds of a point."""
        seeds = self.default_seeds if point == DEFAULT_POINT else self.seeds
        return [seed_of(point, number) for number in range(seeds)]


@dataclass(frozen=True)
class Plan:
    """The runs of a test, and where each arm of each variant is found."""

    claims: tuple[Claim, ...]
    country: str
    size: Size
    points: tuple[Parameters, ...]
    horizons: Mapping[Arm, int]
    marks: tuple[int, ...]
    bundles: tuple[Bundle, ...]
    keys: Mapping[Place, str] = field(repr=False)

    def run(self, arm: Arm, variant: str, point: int, seed: int) -> Run:
        """Return the run of an arm under a structural variant at a point (or the default point) with a seed."""
        at_default = point == DEFAULT_POINT
        settings = {**VARIANTS[variant], **dict(arm.settings)}
        return Run(
            replace(arm, settings=tuple(sorted(settings.items()))),
            self.horizons[arm],
            Parameters() if at_default else self.points[point],
            self.country,
            self.size.default_citizens if at_default else self.size.citizens,
            seed,
            keeps_series=at_default,
            marks=self.marks,
        )


@dataclass(frozen=True)
class Part:
    """What the runs say of one estimand."""

    estimand: Estimand
    default: Interval
    over_prior: Mapping[str, Shares]  # by structural variant
    mean: float  # over the prior, base variant
    quantiles: tuple[float, float, float]  # 5, 50, 95 %
    verdict: Verdict
    effects: Floats = field(repr=False)  # [points], base variant, mean over seeds
    default_effects: Floats = field(repr=False)  # [seeds]


@dataclass(frozen=True)
class Finding:
    """What the runs say of one claim."""

    claim: Claim
    verdict: Verdict
    reason: str
    provisional: bool
    parts: tuple[Part, ...]
    over_prior: Mapping[str, Shares]
    seed_spread: float  # sd across seeds of the first estimand, beside its sd across points
    failed: int


def read_claims(wanted: Sequence[str] = ()) -> list[Claim]:
    """Return shipped claims (all, or those wanted by name, number or path) in the order of their numbers."""
    measures = {**MEASURES, **NATIONAL_MEASURES}
    shipped = [read_claim(name, measures, POPULATIONS) for name in names("claims")]
    by_number = {str(claim.number): claim for claim in shipped}
    for name in wanted:
        if name.isdecimal() and name not in by_number:
            numbers = ", ".join(sorted(by_number, key=int))
            raise ScenarioError(f"claim: no shipped claim has the number {name}; allowed: {numbers}, names and paths")
    chosen = [by_number.get(name) or read_claim(name, measures, POPULATIONS) for name in wanted] if wanted else shipped
    return sorted({claim.name: claim for claim in chosen}.values(), key=lambda claim: (claim.number, claim.name))


def plan(claims: Sequence[Claim], country: str, size: Size) -> Plan:
    """Return the runs that these claims need, at the same points for all of them, each with seeds of its own."""
    horizons = dict.fromkeys(SHOWN_ARMS.values(), SHOWN_HORIZON)
    tested: dict[Arm, None] = {}
    for claim in claims:
        for estimand in claim.all_estimands:
            arms = [arm for arm, _ in estimand.contrast] + ([estimand.relative_to] if estimand.relative_to else [])
            for name in arms:
                arm = claim.arms[name]
                tested[arm] = None
                horizons[arm] = max(horizons.get(arm, 0), estimand.month)
    for name in ("citizens", "default_citizens"):
        refuse_too_many_citizens(f"claim: {name} =", getattr(size, name))
    lives = {"points": size.points, "points x seeds": size.points * size.seeds, "default_seeds": size.default_seeds}
    for name, count in lives.items():
        refuse_too_many(f"claim: {name} =", count, BYTES_A_ROW * len(VARIANTS) * len(horizons))
    marks = tuple(sorted({0, *MARKS, *(estimand.month for claim in claims for estimand in claim.all_estimands)}))
    made = Plan(tuple(claims), country, size, tuple(prior_points(size.points)), horizons, marks, (), {})
    bundles = []
    keys: dict[Place, str] = {}
    for point in (DEFAULT_POINT, *range(size.points)):
        for number, seed in enumerate(size.seeds_at(point), start=1):
            wanted = [(arm, BASE) for arm in horizons]
            wanted += [(arm, variant) for variant in VARIANTS for arm in tested if variant != BASE]
            runs = [made.run(arm, variant, point, seed) for arm, variant in wanted]
            keys |= {(*place, point, number): run.key for place, run in zip(wanted, runs, strict=True)}
            bundles.append(Bundle(point, tuple(runs)))
    return replace(made, bundles=tuple(bundles), keys=keys)


class Outcomes:
    """The finished runs of a plan, read by arm, variant, point and seed."""

    def __init__(self, plan: Plan, rows: pd.DataFrame) -> None:
        self.plan = plan
        self.rows = rows.set_index("key")
        self._positions = {key: position for position, key in enumerate(self.rows.index)}
        self._columns: dict[str, Floats] = {}
        self.failed = int((self.rows["status"] != "ok").sum())

    def values(self, arm: Arm, variant: str, measure: str, population: str, month: int, *, default: bool) -> Floats:
        """Return one outcome of an arm, [points, seeds], or [1, seeds] at the default point."""
        points = [DEFAULT_POINT] if default else range(self.plan.size.points)
        name = column(measure, population, month)
        if name not in self._columns:
            self._columns[name] = (
                self.rows[name].to_numpy(dtype=float) if name in self.rows else np.full(len(self.rows), np.nan)
            )
        found = self._columns[name]
        seeds = self.plan.size.default_seeds if default else self.plan.size.seeds
        return np.array([[found[self._where(arm, variant, p, n)] for n in range(1, seeds + 1)] for p in points])

    def _where(self, arm: Arm, variant: str, point: int, number: int) -> int:
        return self._positions[self.plan.keys[arm, variant, point, number]]

    def row(self, arm: Arm, seed: int) -> pd.Series:
        """Return the whole row of an arm at the default point."""
        return self.rows.iloc[self._where(arm, BASE, DEFAULT_POINT, seed)]

    def effects(self, claim: Claim, estimand: Estimand, variant: str, *, default: bool = False) -> Floats:
        """Return an estimand's effect, [points, seeds]."""
        effect: Floats | float = 0.0
        for name, weight in estimand.contrast:
            effect = effect + weight * self._outcome(claim, name, estimand, variant, default)
        if estimand.relative_to:
            reference = self._outcome(claim, estimand.relative_to, estimand, variant, default)
            if default:
                reference = np.broadcast_to(reference.mean(), reference.shape)
            else:
                reference = np.broadcast_to(reference.mean(axis=1, keepdims=True), reference.shape)
            effect = np.divide(effect, reference, out=np.full(reference.shape, np.nan), where=reference > 0.0)
        return np.asarray(effect)

    def _outcome(self, claim: Claim, arm: str, estimand: Estimand, variant: str, default: bool) -> Floats:
        return self.values(
            claim.arms[arm], variant, estimand.measure, estimand.population, estimand.month, default=default
        )


def judge(outcomes: Outcomes) -> list[Finding]:
    """Return the finding of each claim."""
    return [_judge_claim(claim, outcomes) for claim in outcomes.plan.claims]


def _judge_claim(claim: Claim, outcomes: Outcomes) -> Finding:
    size = outcomes.plan.size
    parts: list[Part] = []
    signs: dict[str, list[Signs]] = {variant: [] for variant in VARIANTS}
    known_points = {variant: np.ones(size.points, dtype=bool) for variant in VARIANTS}
    seed_spread = float("nan")
    for estimand in claim.estimands:
        over_prior = {}
        for variant in VARIANTS:
            effects = outcomes.effects(claim, estimand, variant).mean(axis=1)
            sign = judged(effects, estimand.direction, estimand.margin)
            signs[variant].append(sign)
            known_points[variant] &= ~np.isnan(effects)
            over_prior[variant] = shares(sign[~np.isnan(effects)])
        base = outcomes.effects(claim, estimand, BASE)
        whole = base[~np.isnan(base).any(axis=1)]
        if not parts and size.seeds > 1 and len(whole):
            seed_spread = float(np.sqrt(whole.var(axis=1, ddof=1).mean()))
        means = base.mean(axis=1)
        default = outcomes.effects(claim, estimand, BASE, default=True)[0]
        known = means[~np.isnan(means)]
        low, middle, high = np.quantile(known, [0.05, 0.5, 0.95]) if known.size else (np.nan,) * 3
        parts.append(
            Part(
                estimand,
                interval(default),
                over_prior,
                float(known.mean()) if known.size else float("nan"),
                (float(low), float(middle), float(high)),
                verdict_over(over_prior),
                means,
                default,
            )
        )
    joint = {variant: shares(together(found)[known_points[variant]]) for variant, found in signs.items()}
    verdict = agreed([part.verdict for part in parts]) if claim.each_alone else verdict_over(joint)
    reason = ""
    if claim.testable:
        probe = outcomes.effects(claim, claim.testable, BASE).mean(axis=1)
        if not is_testable(probe[~np.isnan(probe)], claim.testable.margin):
            verdict, reason = "not testable", claim.untestable_because
    provisional = is_provisional(size.points, size.seeds, size.citizens)
    return Finding(claim, verdict, reason, provisional, tuple(parts), joint, seed_spread, outcomes.failed)

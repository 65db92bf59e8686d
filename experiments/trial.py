"""The trial of the essay: from a folder's name to verdicts, tables, pictures and a page."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments.claims import Finding, Outcomes, Part, Plan, Size, judge, plan, read_claims
from experiments.conditions import Condition
from experiments.folders import STORE as STORE
from experiments.folders import Kind, refuse_other_results
from experiments.history import PATTERNS, History
from experiments.progress import Progress
from experiments.provenance import revision, versions
from experiments.register import Registered, equations_digest, standings
from experiments.runner import run_bundles
from experiments.runs import country_of, describe_runs, make_runs, warm_up
from experiments.scope import Scope, Scopes, scopes_of
from experiments.selection import Selection, selection
from experiments.store import RunStore
from experiments.verdicts import CITIZENS_NEEDED, POINTS_NEEDED, SEEDS_NEEDED, Shares
from model.compiling import source_digest
from scenarios.claim import Arm

KIND: Final[Kind] = "trial"
RUNS = "runs.parquet"
VERDICTS = "verdicts.json"

QUICK = Size(points=8, seeds=1, citizens=400, default_citizens=1000, default_seeds=2)
DEFAULT = Size(points=128, seeds=2)


@dataclass(frozen=True)
class Trial:
    """Everything that the report shows."""

    plan: Plan
    outcomes: Outcomes
    findings: tuple[Finding, ...]
    scopes: Scopes
    provenance: Mapping[str, Any]
    quick: bool
    folder: Path
    selection: tuple[Selection, ...]


def chosen_size(points: int | None, seeds: int | None, citizens: int | None, *, quick: bool) -> Size:
    """Return the size of a trial: the default or the quick one, with what the user chose put in its place."""
    size = QUICK if quick else DEFAULT
    chosen = {"points": points, "seeds": seeds, "citizens": citizens}
    return replace(size, **{name: value for name, value in chosen.items() if value is not None})


def hold_trial(
    out: str | Path,
    *,
    claims: Sequence[str] = (),
    country: str = "kazakhstan-2021",
    size: Size = DEFAULT,
    quick: bool = False,
    workers: int | None = None,
    progress: Progress,
) -> Trial:
    """Make the runs that the claims need, or those still missing in the folder, and judge.

    Raises
    ------
    ScenarioError, StoreError
        For bad input, before any work.
    """
    folder = Path(out)
    chosen = read_claims(claims)
    country_of(country)
    refuse_other_results(folder, KIND)
    progress.phase("planning the runs")
    planned = plan(chosen, country, size)
    made_of = provenance(planned)
    with RunStore(folder / STORE, produced_by=made_of) as store:
        progress.phase("compiling the engine (the first time only)")
        warm_up()
        counts = run_bundles(
            planned.bundles,
            make_runs,
            store,
            workers=workers,
            initializer=warm_up,
            describe=describe_runs,
            progress=progress,
        )
        keys = {key for bundle in planned.bundles for key in bundle.keys}
        progress.phase("writing the table of runs")
        store.finish(Path("..") / RUNS, sort_by=("point", "seed"), first=("point", "seed", "policy"), keys=keys)
        rows = store.rows(keys)
    progress.phase("weighing the claims")
    outcomes = Outcomes(planned, rows)
    stayers = tuple(selection(country, size.default_citizens))
    findings = tuple(judge(outcomes))
    made_of |= {"runs": len(keys), "failed": counts.failed}
    trial = Trial(planned, outcomes, findings, scopes_of(outcomes, findings), made_of, quick, folder, stayers)
    write_verdicts(trial, folder / VERDICTS)
    return trial


def provenance(planned: Plan) -> dict[str, Any]:
    """Return what the verdicts rest on: code, versions, country, sizes and the digests of the claims."""
    return {
        "kind": KIND,
        "code": source_digest(),
        "equations": equations_digest(),
        "revision": revision(),
        "python": platform.python_version(),
        "versions": versions(),
        "country": planned.country,
        "country_digest": country_of(planned.country).digest(),
        "points": planned.size.points,
        "seeds": planned.size.seeds,
        "citizens": planned.size.citizens,
        "default_citizens": planned.size.default_citizens,
        "default_seeds": planned.size.default_seeds,
        "claims": {claim.name: claim.digest() for claim in planned.claims},
        "date": datetime.now(UTC).date().isoformat(),
    }


def write_verdicts(trial: Trial, path: Path) -> None:
    """Write the verdicts of a trial as JSON, whole or not at all."""
    registered = standings(trial.plan.claims, trial.plan.country)
    content = {
        "format": 1,
        "backs_a_verdict": not trial.quick,
        "needed": {"points": POINTS_NEEDED, "seeds": SEEDS_NEEDED, "citizens": CITIZENS_NEEDED},
        "provenance": dict(trial.provenance),
        "claims": [
            _claim(finding, scope, trial.quick, registered[finding.claim.name])
            for finding, scope in zip(trial.findings, trial.scopes.claims, strict=True)
        ],
        "history": _history(trial.scopes.history),
        "idle_parameters": trial.scopes.idle,
        "who_is_counted": [asdict(row) for row in trial.selection],
    }
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


def _claim(finding: Finding, scope: Scope, quick: bool, registered: Registered) -> dict[str, Any]:
    claim = finding.claim
    return {
        "number": claim.number,
        "name": claim.name,
        "title": claim.title,
        "claim": claim.claim,
        "essay": claim.essay,
        "registered": claim.digest(),
        "registration": asdict(registered),
        "arms": {name: _arm(arm) for name, arm in claim.arms.items()},
        "verdict": None if quick else finding.verdict,
        "indication": finding.verdict,
        "provisional": finding.provisional,
        "reason": finding.reason,
        "all_parts_together": {name: _shares(found) for name, found in finding.over_prior.items()},
        "all_parts_matched": _shares(scope.matched_together),
        "chance": scope.chance,
        "seed_spread": _number(finding.seed_spread),
        "each_alone": claim.each_alone,
        "failed_runs": finding.failed,
        "estimands": [
            _part(part, conditions, matched)
            for part, conditions, matched in zip(finding.parts, scope.conditions, scope.matched, strict=True)
        ],
    }


def _history(found: History) -> dict[str, Any]:
    return {
        "points": int(found.matched.size),
        "matched": int(found.matched.sum()),
        "patterns": {
            name: {**asdict(pattern), "high": _number(pattern.high), "fits": int(found.fits[name].sum())}
            for name, pattern in PATTERNS.items()
        },
    }


def _arm(arm: Arm) -> dict[str, Any]:
    return {"policy": arm.policy, "budget": arm.budget, "settings": dict(arm.settings), "shock": arm.shock}


def _part(part: Part, conditions: Sequence[Condition], matched: Shares) -> dict[str, Any]:
    estimand = part.estimand
    return {
        "name": estimand.name,
        "measure": estimand.measure,
        "population": estimand.population,
        "month": estimand.month,
        "direction": estimand.direction,
        "margin": estimand.margin,
        "contrast": dict(estimand.contrast),
        "relative_to": estimand.relative_to,
        "verdict": part.verdict,
        "effect_at_default": {
            "mean": _number(part.default.mean),
            "low": _number(part.default.low),
            "high": _number(part.default.high),
            "seeds": part.default.seeds,
        },
        "effect_over_prior": {
            "mean": _number(part.mean),
            "q05": _number(part.quantiles[0]),
            "q50": _number(part.quantiles[1]),
            "q95": _number(part.quantiles[2]),
        },
        "shares": {name: _shares(found) for name, found in part.over_prior.items()},
        "matched": _shares(matched),
        "conditions": [
            {
                "parameter": condition.parameter,
                "correlation": condition.correlation,
                "low_third": _shares(condition.low),
                "high_third": _shares(condition.high),
            }
            for condition in conditions
        ],
    }


def _shares(found: Shares) -> dict[str, Any]:
    return {
        "holds": _number(found.holds),
        "neutral": _number(found.neutral),
        "contradicted": _number(found.contradicted),
        "draws": found.draws,
        "errors": [_number(round(found.error(share), 4)) for share in (found.holds, found.neutral, found.contradicted)],
    }


def _number(value: float) -> float | None:
    """Return a number as JSON can hold it: not-a-number and infinity as null."""
    return float(value) if np.isfinite(value) else None

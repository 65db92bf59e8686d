"""From claims and mechanisms to runs, effects, ablations and Shapley values."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.claims import read_claims
from experiments.contrasts import Contrasts, column_of, effect_of, refuse_same_names, refuse_untestable
from experiments.explanation.explanation import AT_DEFAULT, OVER_PRIOR, Explanation
from experiments.explanation.mechanisms import read_mechanisms
from experiments.explanation.page import write_page
from experiments.explanation.shapley import shapley_values
from experiments.explanation.study import Study
from experiments.folders import STORE, Kind, refuse_other_results
from experiments.memory import BYTES_A_ROW, refuse_too_many, refuse_too_many_citizens
from experiments.pages import write_tables
from experiments.progress import Progress, Quiet
from experiments.provenance import revision, versions
from experiments.runner import run_bundles
from experiments.runs import country_of, describe_runs, make_runs, warm_up
from experiments.store import RunStore
from experiments.verdicts import Floats, interval, judged
from model.compiling import source_digest
from scenarios import ScenarioError
from scenarios.claim import Arm, Estimand

KIND: Final[Kind] = "explanation"
RUNS: Final = "runs.parquet"


def explain(
    wanted: Sequence[str],
    out: str | Path,
    *,
    points: int = 8,
    seeds: int = 4,
    citizens: int = 1000,
    country: str = "kazakhstan-2021",
    mechanisms: str | Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Take the effects of claims apart, and write tables, pictures and a page into `out`.

    Parameters
    ----------
    wanted
        Claims by name, number or path.
    points
        Points of the prior, each with one seed; 0 looks at the default point only.
    seeds
        Seeds at the default point.
    mechanisms
        A file that says what can be switched off; the shipped one by default.

    Raises
    ------
    ScenarioError, StoreError
        For bad input, before anything is written.
    """
    progress = progress or Quiet()
    for name, value, low in (("points", points, 0), ("seeds", seeds, 1), ("citizens", citizens, 1)):
        if value < low:
            raise ScenarioError(f"--{name} {value} is not allowed; it must be at least {low}")
    if not wanted:
        raise ScenarioError("explain: name at least one claim (see: run.py scenarios)")
    folder = Path(out)
    claims = tuple(read_claims(wanted))
    for claim in claims:
        refuse_same_names(claim)
    # The probe of testability is not part of what is explained.
    looked_at = tuple(replace(claim, testable=None) for claim in claims)
    study = Study(Contrasts(looked_at, country, citizens), read_mechanisms(mechanisms), points, seeds)
    country_of(country)
    refuse_too_many_citizens("--citizens", citizens)
    for name, value in (("points", points), ("seeds", seeds)):
        refuse_too_many(f"--{name}", value, BYTES_A_ROW * len(study.worlds) * len(study.contrasts.horizons))
    refuse_other_results(folder, KIND)
    progress.phase("compiling the engine (the first time only)")
    warm_up()
    refuse_untestable(claims, country)
    progress.phase("planning the runs")
    bundles, keys = study.bundles()
    with RunStore(folder / STORE, produced_by=_provenance(study)) as store:
        counts = run_bundles(
            bundles,
            make_runs,
            store,
            workers=workers,
            initializer=warm_up,
            describe=describe_runs,
            progress=progress,
        )
        progress.phase("writing the table of runs")
        distinct = {key for bundle in bundles for key in bundle.keys}
        store.finish(Path("..") / RUNS, sort_by=("point", "seed"), first=("point", "seed", "policy"), keys=distinct)
        columns = sorted({column_of(estimand) for claim in looked_at for estimand in claim.estimands})
        known = {name for name in columns if counts.failed < counts.total}
        rows = store.rows(distinct, ["key", *sorted(known)]).set_index("key")
    progress.phase("weighing the mechanisms")
    tables = tables_of(study, effects_of(study, rows, keys))
    done = Explanation(study, folder, tables, counts.total, counts.failed)
    write_tables(folder, tables)
    progress.phase("drawing the pictures")
    write_page(done)
    return done


def effects_of(study: Study, rows: pd.DataFrame, keys: Mapping[Arm, list[list[str]]]) -> dict[tuple[str, str], Floats]:
    """Return every estimand's effect, by names of claim and estimand: [worlds, places]; NaN where a run failed."""
    where = {key: place for place, key in enumerate(rows.index)}
    at = {arm: np.array([[where[key] for key in part] for part in found]) for arm, found in keys.items()}
    seeds = study.seeds
    found = {}
    for claim in study.contrasts.claims:
        for estimand in claim.estimands:
            name = column_of(estimand)
            values = rows[name].to_numpy(dtype=float) if name in rows else np.full(len(rows), np.nan)
            default = effect_of(claim, estimand, lambda arm, values=values: values[at[arm][:, :seeds]])  # type: ignore[misc]
            prior = effect_of(claim, estimand, lambda arm, values=values: values[at[arm][:, seeds:, None]])  # type: ignore[misc]
            found[claim.name, estimand.name] = np.hstack([default, prior[:, :, 0]])
    return found


def tables_of(study: Study, effects: Mapping[tuple[str, str], Floats]) -> dict[str, pd.DataFrame]:
    """Return the tables `ablations`, `shapley` and `effects`."""
    ablations: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    every = []
    kinds = np.array([kind for kind, _ in study.worlds])
    for claim in study.contrasts.claims:
        for estimand in claim.estimands:
            found = effects[claim.name, estimand.name]
            names = {"claim": claim.name, "estimand": estimand.name}
            for where, chosen in ((AT_DEFAULT, slice(0, study.seeds)), (OVER_PRIOR, slice(study.seeds, None))):
                part = found[:, chosen]
                if not part.shape[1]:
                    continue
                head = {**names, "where": where}
                ablations += [{**head, **row} for row in _ablations(study, estimand, part[kinds != "coalition"])]
                values += [{**head, **row} for row in _shapley(study, part[kinds == "coalition"])]
            every.append(_every(study, found).assign(**names))
    weighed = pd.DataFrame(ablations)
    order = weighed.assign(first=weighed["mean"].abs().fillna(-1.0))
    order = order.sort_values(
        ["claim", "estimand", "where", "first"], ascending=[True, True, True, False], kind="stable"
    )
    effects_table = pd.concat(every, ignore_index=True)
    columns = ["claim", "estimand", "point", "seed", "kind", "off", "effect"]
    return {
        "ablations": order.drop(columns="first").reset_index(drop=True),
        "shapley": pd.DataFrame(values),
        "effects": effects_table[columns],
    }


def _ablations(study: Study, estimand: Estimand, effects: Floats) -> list[dict[str, Any]]:
    """Return what each mechanism adds, from effects [full and each ablation, places]."""
    full, rest = effects[0], effects[1:]
    verdict = judged(full, estimand.direction, estimand.margin)
    rows = []
    for mechanism, without in zip(study.mechanisms.ablations, rest, strict=True):
        added = full - without
        known = ~np.isnan(added)
        found = interval(added)
        other = judged(without, estimand.direction, estimand.margin)
        rows.append(
            {
                "mechanism": mechanism.name,
                "effect": _mean(full[known]),
                "effect_without": _mean(without[known]),
                "mean": found.mean,
                "low": found.low,
                "high": found.high,
                "mean_abs": _mean(np.abs(added[known])),
                "sign_flips": _mean((np.sign(full) != np.sign(without))[known]),
                "verdict_changes": _mean((verdict != other)[known]),
                "of": found.seeds,
            }
        )
    return rows


def _shapley(study: Study, worth: Floats) -> list[dict[str, Any]]:
    """Return the groups' Shapley values, and the effect with all off and all on, from effects [coalitions, places]."""
    values = shapley_values(worth)
    named = [(group.name, True, found) for group, found in zip(study.mechanisms.groups, values, strict=True)]
    rows = []
    for name, player, found in [*named, ("all groups off", False, worth[0]), ("all groups on", False, worth[-1])]:
        known = found[~np.isnan(found)]
        spread = interval(found)
        rows.append(
            {
                "group": name,
                "player": player,
                "mean": spread.mean,
                "low": spread.low,
                "high": spread.high,
                "mean_abs": _mean(np.abs(known)),
                "of": spread.seeds,
            }
        )
    return rows


def _every(study: Study, effects: Floats) -> pd.DataFrame:
    worlds, places = study.worlds, study.places
    return pd.DataFrame(
        {
            "point": np.tile([point for point, _ in places], len(worlds)),
            "seed": np.tile([seed for _, seed in places], len(worlds)),
            "kind": np.repeat([kind for kind, _ in worlds], len(places)),
            "off": np.repeat([mechanism.name for _, mechanism in worlds], len(places)),
            "effect": effects.ravel(),
        }
    )


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _provenance(study: Study) -> dict[str, Any]:
    contrasts = study.contrasts
    return {
        "kind": KIND,
        "claims": {claim.name: claim.digest() for claim in contrasts.claims},
        "country": contrasts.country,
        "country_digest": country_of(contrasts.country).digest(),
        "citizens": contrasts.citizens,
        "points": study.points,
        "seeds": study.seeds,
        "ablations": [mechanism.name for mechanism in study.mechanisms.ablations],
        "groups": [group.name for group in study.mechanisms.groups],
        "code": source_digest(),
        "revision": revision(),
        "python": platform.python_version(),
        "versions": versions(),
        "date": datetime.now(UTC).date().isoformat(),
    }

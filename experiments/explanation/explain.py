"""From claims and mechanisms to runs, effects, ablations and Shapley values.

Everything is done at the default point with several seeds, and at points of the prior with a seed each. At one point
and seed all worlds, whatever is switched off in them, share citizens, ties and luck.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.claims import DEFAULT_POINT, read_claims
from experiments.contrasts import (
    Contrasts,
    column_of,
    effect_of,
    refuse_same_names,
    refuse_untestable,
)
from experiments.explanation.mechanisms import Mechanism, Mechanisms, read_mechanisms
from experiments.explanation.shapley import shapley_values
from experiments.folders import STORE, Kind, refuse_other_results
from experiments.pages import write_tables
from experiments.prior import prior_points
from experiments.progress import Progress, Quiet
from experiments.provenance import revision, versions
from experiments.runner import run_bundles
from experiments.runs import Bundle, Run, country_of, describe_runs, make_runs, warm_up
from experiments.store import RunStore
from experiments.verdicts import Floats, interval, judged
from model.compiling import source_digest
from scenarios import DECLARATIONS, Parameters, ScenarioError
from scenarios.claim import Arm, Claim, Estimand

KIND: Final[Kind] = "explanation"
RUNS: Final = "runs.parquet"
PAGE: Final = "explanation.html"
AT_DEFAULT: Final = "default"
OVER_PRIOR: Final = "prior"
TEXT_ROWS: Final = 8
"""Ablations that the terminal shows; the files and the page have them all."""

WITH_ALL: Final = Mechanism("nothing")
World = tuple[str, Mechanism]
"""What a world is for ("full", "ablation" or "coalition") and what is switched off in it."""


@dataclass(frozen=True)
class Study:
    """What is to be run: claims, mechanisms, points, seeds."""

    contrasts: Contrasts
    mechanisms: Mechanisms
    points: int
    seeds: int

    @cached_property
    def worlds(self) -> list[World]:
        """The full world, one without each mechanism, and one for each coalition of the groups, in this order."""
        coalitions = range(1 << len(self.mechanisms.groups))
        return [
            ("full", WITH_ALL),
            *(("ablation", mechanism) for mechanism in self.mechanisms.ablations),
            *(("coalition", self.mechanisms.coalition(members)) for members in coalitions),
        ]

    @cached_property
    def stays(self) -> list[tuple[int, tuple[int, ...]]]:
        """Every point with its seeds: the default point with all, then the prior's points with one of their own."""
        return [
            (DEFAULT_POINT, tuple(range(1, self.seeds + 1))),
            *((point, (point + 1,)) for point in range(self.points)),
        ]

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Every point and seed, in order."""
        return [(point, seed) for point, seeds in self.stays for seed in seeds]

    @cached_property
    def _parameters(self) -> list[Parameters]:
        # Counted from the end, the default point is the last.
        return [*prior_points(self.points), Parameters()] if self.points else [Parameters()]

    def run(self, arm: Arm, world: World, point: int, seed: int) -> Run:
        """Return the run of an arm in a world at a point with a seed."""
        _, mechanism = world
        return self.contrasts.run(arm, self._parameters[point], seed, dict(mechanism.off), shock=mechanism.shock)

    def bundles(self) -> tuple[list[Bundle], dict[Arm, list[list[str]]]]:
        """Return the work, each run once, and the key of every arm's run in each world and place.

        Runs that share the months before policy begins are bundled, so that these are lived once.
        """
        trunks: dict[tuple[tuple[int, int], bool, tuple[float, ...]], dict[str, Run]] = {}
        keys: dict[Arm, list[list[str]]] = {arm: [] for arm in self.contrasts.horizons}
        known: set[str] = set()
        for arm, found in keys.items():
            for world in self.worlds:
                found.append([])
                for point, seeds in self.stays:
                    run = self.run(arm, world, point, seeds[0])
                    values = run.values._asdict().items()
                    shared = tuple(value for name, value in values if DECLARATIONS[name].lever is None)
                    for seed, key in zip(seeds, run.keys(seeds), strict=True):
                        found[-1].append(key)
                        if key not in known:
                            known.add(key)
                            trunk = trunks.setdefault(((point, seed), run.arm.shock, shared), {})
                            trunk[key] = replace(run, seed=seed)
        return [Bundle(point, tuple(runs.values())) for ((point, _), _, _), runs in trunks.items()], keys


@dataclass(frozen=True)
class Explanation:
    """What a claim's effect is made of; every table is also a file."""

    study: Study
    folder: Path
    tables: Mapping[str, pd.DataFrame]
    runs: int
    failed: int

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / PAGE

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims explained."""
        return self.study.contrasts.claims

    def table(self, name: str, claim: Claim, estimand: Estimand, where: str = AT_DEFAULT) -> pd.DataFrame:
        """Return the rows of a table for one estimand, at the default point or over the prior."""
        table = self.tables[name]
        chosen = (table["claim"] == claim.name) & (table["estimand"] == estimand.name) & (table["where"] == where)
        return table[chosen].reset_index(drop=True)

    @property
    def wheres(self) -> tuple[str, ...]:
        """Where the effect was looked at."""
        return (AT_DEFAULT, OVER_PRIOR) if self.study.points else (AT_DEFAULT,)

    def text(self) -> str:
        """Return the tables for the terminal."""
        lines = []
        for claim in self.claims:
            for estimand in claim.estimands:
                lines += ["", f"{claim.number}. {claim.title}: {estimand.name}", *self._about(claim, estimand)]
        if self.failed:
            lines.append(f"\n{self.failed} runs failed; seeds and points that need them are left out")
        return "\n".join(lines).lstrip("\n")

    def _about(self, claim: Claim, estimand: Estimand) -> list[str]:
        wheres = self.wheres
        units = {AT_DEFAULT: f"default, {self.study.seeds} seeds", OVER_PRIOR: f"prior, {self.study.points} points"}
        found = {where: self.table("shapley", claim, estimand, where) for where in wheres}
        head = f"  {'Shapley value':34s}" + "".join(f"{units[where]:>32s}" for where in wheres)
        lines = [head]
        groups = found[AT_DEFAULT].iloc[_ranked(found[AT_DEFAULT])]["group"].tolist()
        for name in groups:
            cells = [_cell(part[part["group"] == name].iloc[0]) for part in found.values()]
            lines.append(f"  {name:34s}" + "".join(f"{cell:>32s}" for cell in cells))
        for row in ("all groups off", "all groups on"):
            cells = [_cell(part[part["group"] == row].iloc[0]) for part in found.values()]
            lines.append(f"  {row:34s}" + "".join(f"{cell:>32s}" for cell in cells))
        last = wheres[-1]
        ablations = self.table("ablations", claim, estimand, last)
        lines.append(f"  {'ablation (effect minus without)':34s}" + "".join(f"{units[where]:>32s}" for where in wheres))
        for name in ablations["mechanism"].head(TEXT_ROWS):
            cells = []
            for where in wheres:
                part = self.table("ablations", claim, estimand, where)
                cells.append(_cell(part[part["mechanism"] == name].iloc[0]))
            lines.append(f"  {name:34s}" + "".join(f"{cell:>32s}" for cell in cells))
        return lines


def _ranked(table: pd.DataFrame) -> list[int]:
    """Return the positions of the groups, weightiest first, without the rows of all on and all off."""
    players = np.flatnonzero(table["player"].to_numpy(dtype=bool))
    weight = table["mean"].abs().fillna(0.0).to_numpy()[players]
    return [int(place) for place in players[np.argsort(-weight, kind="stable")]]


def _cell(row: Any) -> str:
    # Adding 0 takes the sign from a zero.
    mean, low, high = (round(float(row[name]), 4) + 0.0 for name in ("mean", "low", "high"))
    return f"{mean:+.4f}" if math.isnan(low) else f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"


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
    from experiments.explanation.page import write_page

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

"""What a sweep's folder says."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from experiments.designs import Contrast, Design, series_outcomes
from experiments.errors import StoreError
from experiments.runs import Run, column
from experiments.store import RUNS_FILE
from experiments.sweep import SERIES_FILE, read_sweep_design
from experiments.verdicts import Floats
from lab.explorer.pairs import OUTCOME, Followed, RunPlace, Stored, folder_in_words
from lab.explorer.results import BASE, SHOWN, Monthly, Place, Question, Results, Side, Span
from scenarios import LEVERS, Parameters, names, read_policy

MONTHLY_VALUES = 6_000_000
"""Most numbers by month that a page carries; beyond, every third month, then sincere loyalty alone."""


def results_of_sweep(folder: Path) -> Results:
    """Return the results of a finished sweep.

    Raises
    ------
    StoreError
        If the folder holds no finished sweep.
    """
    design = read_sweep_design(folder)
    path = folder / RUNS_FILE
    if not path.is_file():
        raise StoreError(f"{folder}: the sweep is not finished (no {RUNS_FILE}); the sweep command resumes it")
    marks = tuple(sorted({month for month in (*design.marks, design.months) if month <= design.months}))
    asked = [contrast for contrast in design.contrasts if pair_of(contrast.estimand.contrast) is not None]
    asked = [contrast for contrast in asked if contrast.estimand.relative_to is None]
    read = [(contrast.estimand.measure, contrast.estimand.population) for contrast in asked]
    with pq.ParquetFile(path) as file:
        present = set(file.schema_arrow.names)
        wanted = dict.fromkeys([*read, *(design.outcomes or SHOWN)])
        outcomes = tuple(o for o in wanted if any(column(*o, month) in present for month in marks))
        cells = {
            (number, mark): column(*outcome, month)
            for number, outcome in enumerate(outcomes)
            for mark, month in enumerate(marks)
            if column(*outcome, month) in present
        }
        levers = [f"lever.{name}" for name in LEVERS if f"lever.{name}" in present]
        rows: pd.DataFrame = file.read(columns=["status", *levers, *cells.values()]).to_pandas()
    if len(rows) != design.runs:
        raise StoreError(f"{path}: has {len(rows)} rows, and the design has {design.runs}; the sweep command renews it")
    shape = design.points, design.lives, len(design.arms)
    values = {
        Place(BASE, arm, *cell): _by_arm(rows[name], shape)[:, :, arm].mean(axis=1)
        for cell, name in cells.items()
        for arm in range(len(design.arms))
    }
    return Results(
        "sweep",
        design.title,
        design.country,
        design.country in names("countries"),
        design.citizens,
        design.months,
        tuple(design.seeds_at(point) for point in range(design.points)),
        len(design.populations),
        tuple(Span(a.name, a.group, *_ends(a.values, a.low, a.high), a.values) for a in design.axes),
        design.coordinates,
        design.fixed,
        (("base", {}),),
        tuple(_side(design, number, label, rows, shape) for number, label in enumerate(design.arms)),
        outcomes,
        marks,
        values,
        tuple(_question(contrast, design, outcomes, marks) for contrast in asked),
        _monthly(design, folder, outcomes),
        len(rows),
        int((rows["status"] != "ok").sum()),
        len(design.contrasts) - len(asked),
    )


def stored_of_sweep(folder: Path) -> Stored:
    """Return the months that a finished sweep keeps, of the arms that are a policy and nothing else.

    Raises
    ------
    StoreError
        If the folder holds no sweep.
    """
    design = read_sweep_design(folder)
    path = folder / SERIES_FILE
    parameters: dict[int, Parameters | None] = {}
    lives: dict[Followed, dict[RunPlace, Floats]] = {}
    stored = Stored(folder_in_words(folder), design.citizens, False, parameters, lives)
    if not design.monthly or OUTCOME not in series_outcomes(design) or not path.is_file():
        return stored
    pulled = any(axis.group == "levers" for axis in design.axes)
    arms = [label for label, arm in design.arms.items() if not arm.settings and not (pulled and label in design.own)]
    crossed = ["population"] if design.populations else []
    name = ".".join(OUTCOME)
    frame = pq.read_table(path, columns=["point", *crossed, "seed", "arm", name]).to_pandas()
    lines = frame[name].to_numpy(dtype=float).reshape(-1, design.months + 1)
    heads = frame.iloc[:: design.months + 1]
    populations = heads["population"].tolist() if crossed else [None] * len(heads)
    places = map(RunPlace, heads["point"].tolist(), populations, heads["seed"].tolist())
    runs: dict[str, Run] = {}
    for place, label, line in zip(places, heads["arm"], lines, strict=True):
        if place.point not in parameters:
            runs = design.runs_at(design.coordinates[place.point].tolist(), place.seed, labels=arms)
            parameters[place.point] = next((None if r.figures else r.values for r in runs.values()), None)
        if label in runs:
            arm = runs[label].arm
            done = Followed(runs[label].country, arm.policy, arm.budget, arm.shock)
            lives.setdefault(done, {}).setdefault(place, line)
    return stored


def pair_of(contrast: tuple[tuple[str, float], ...]) -> tuple[str, str] | None:
    """Return the arms (a, b) of a plain difference b - a, None if a contrast is anything else."""
    weights = {weight: arm for arm, weight in contrast}
    return (weights[-1.0], weights[1.0]) if len(contrast) == 2 and set(weights) == {-1.0, 1.0} else None


def _by_arm(values: pd.Series, shape: tuple[int, int, int]) -> Floats:
    return np.asarray(values.to_numpy(dtype=float).reshape(shape))


def _ends(values: tuple[float | str | bool, ...], low: float, high: float) -> tuple[float, float]:
    return (0.0, len(values) - 1.0) if values else (low, high)


def _side(design: Design, number: int, label: str, rows: pd.DataFrame, shape: tuple[int, int, int]) -> Side:
    arm = design.arms[label]
    moved = label in design.own and any(axis.group in ("budget", "levers") for axis in design.axes)
    scaled = moved or arm.budget is not None or (label in design.own and design.budget is not None)
    levels = {}
    if scaled:
        found = {name: rows[f"lever.{name}"] for name in LEVERS if f"lever.{name}" in rows}
        levels = {name: np.nan_to_num(_by_arm(column, shape)[:, 0, number]) for name, column in found.items()}
    return Side(label, arm, read_policy(arm.policy), arm.policy in names("policies"), scaled, levels)


def _question(
    contrast: Contrast, design: Design, outcomes: tuple[tuple[str, str], ...], marks: tuple[int, ...]
) -> Question:
    estimand = contrast.estimand
    pair = pair_of(estimand.contrast)
    assert pair is not None
    labels = list(design.arms)
    outcome = outcomes.index((estimand.measure, estimand.population))
    a, b = (labels.index(arm) for arm in pair)
    return Question(contrast.name, a, b, outcome, marks.index(estimand.month), estimand.margin)


def _monthly(design: Design, folder: Path, outcomes: tuple[tuple[str, str], ...]) -> Monthly | None:
    """Return the months that the sweep kept, thinned if they are too many for a page."""
    path = folder / SERIES_FILE
    if not design.monthly or not path.is_file():
        return None
    kept = [outcome for outcome in series_outcomes(design) if outcome in outcomes]
    every = 1
    size = design.points * len(design.arms) * (design.months + 1)
    if size * len(kept) > MONTHLY_VALUES:
        every = 3
    if size * len(kept) > every * MONTHLY_VALUES:
        kept = kept[:1]
    months = tuple(range(0, design.months + 1, every))
    frame = pq.read_table(path, columns=["point", "arm", "month", *(f"{m}.{p}" for m, p in kept)]).to_pandas()
    means = frame[frame["month"].isin(months)].groupby(["arm", "point", "month"], sort=False).mean()
    wanted = pd.MultiIndex.from_tuples(itertools.product(design.arms, range(design.points), months))
    found = means.reindex(wanted).to_numpy(dtype=float)
    found = found.reshape(len(design.arms), design.points, len(months), len(kept))
    return Monthly(tuple(outcomes.index(outcome) for outcome in kept), months, np.moveaxis(found, 3, 1))

"""Sweeps: from a design to a folder with one finished table, whatever happens in between.

The folder is a run store (shards and manifest, see `experiments.store`) that ends with `runs.parquet`, one row for each
point, seed and arm of the design, and with `series.parquet` where the design keeps months.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from experiments.designs import Design, design_of, read_design, series_outcomes
from experiments.errors import StoreError
from experiments.folders import Kind, held_in, refuse_other_results, with_article
from experiments.progress import Progress, Quiet
from experiments.provenance import revision, versions
from experiments.runner import Counts, available_cores, run_bundles
from experiments.runs import ALL_OUTCOMES, Bundle, describe_runs, make_runs, refuse_other_code, warm_up
from experiments.store import MANIFEST, RUNS_FILE, Row, RunStore, read_manifest
from experiments.verdicts import Floats
from model.compiling import source_digest
from model.society import Society
from scenarios import Parameters, Policy
from scenarios.claim import VARIANTS

SERIES_FILE: Final = "series.parquet"
KIND: Final[Kind] = "sweep"
SAMPLERS: Final = ("SALib",)
FIRST: Final = ("point", "population", "seed", "arm", "policy")
"""Columns at the front of the finished table; `population` is there where the design crosses populations with seeds."""

_BYTES_OF_VALUE: Final = 8
_ROW_SECONDS: Final = 0.01
"""What a run costs beside living its months: measures, its row, the way to the store."""


@dataclass(frozen=True, eq=False)
class PointBundle:
    """The runs of one point with one seed (and population), by what they are made of.

    `keys` are those that no other bundle makes.
    """

    design: Design
    code: str
    point: int
    coordinates: Floats
    seed: int
    keys: tuple[str, ...]
    population: int | None = None

    def expanded(self) -> Bundle:
        """Return the runs themselves."""
        made = self.design.runs_at(self.coordinates.tolist(), self.seed, self.population)
        return Bundle(self.point, tuple(run for run in made.values() if run.key in self.keys))


def make_point(bundle: PointBundle) -> list[Row]:
    """Live the runs of a bundle and return their rows."""
    refuse_other_code(bundle.code)
    return make_runs(bundle.expanded())


def describe_point(bundle: PointBundle) -> list[Row]:
    """Return rows with what identifies each run, for runs that failed."""
    return describe_runs(bundle.expanded())


class SweepPlan:
    """The bundles of a design, and where each run stands in the finished table.

    Rows are ordered by point, population, seed and arm, in the design's order; a run that serves several of them is
    made once.
    """

    def __init__(self, design: Design, progress: Progress | None = None) -> None:
        self.design = design
        self.labels = list(design.arms)
        self.keys: list[str] = []
        self.bundles: list[PointBundle] = []
        seen: set[str] = set()
        code = source_digest()
        # What a worker has no use for stays here.
        light = replace(design, content={}, contrasts=(), cut_short=())
        for point, coordinates in enumerate(design.coordinates):
            seeds = design.seeds_at(point)
            for population in design.populations or (None,):
                runs = design.runs_at(coordinates.tolist(), seeds[0], population)
                found = [run.keys(seeds) for run in runs.values()]
                for seed, keys in zip(seeds, zip(*found, strict=True), strict=True):
                    self.keys += keys
                    if new := tuple(dict.fromkeys(key for key in keys if key not in seen)):
                        seen.update(new)
                        self.bundles.append(PointBundle(light, code, point, coordinates, seed, new, population))
        self.distinct = seen

    def digest(self) -> str:
        """Return a digest of what stands at every place of the finished table."""
        found = hashlib.blake2b(digest_size=16)
        for key in self.keys:
            found.update(key.encode())
        return found.hexdigest()

    def table(self, start: int, stop: int) -> Any:
        """Return what the design says of rows of the finished table: point, seed, arm and where the axes stand."""
        design, arms = self.design, len(self.labels)
        rows = np.arange(start, stop)
        points = rows // (arms * design.lives)
        labels = [self.labels[row % arms] for row in rows]
        seeds = [
            design.seeds_at(point)[row // arms % len(design.seeds)]
            for row, point in zip(rows.tolist(), points.tolist(), strict=True)
        ]
        columns: dict[str, Any] = {
            "point": pa.array(points, pa.int64()),
            **self._populations(rows // (arms * len(design.seeds))),
            "seed": pa.array(seeds, pa.int64()),
            "arm": pa.array(labels, pa.string()),
            "policy": pa.array([design.arms[label].policy for label in labels], pa.string()),
        }
        # Where a run serves several points, its own row knows only one of them.
        found = {
            axis: axis.settings(design.coordinates[points, number])
            for number, axis in enumerate(design.axes)
            if axis.group in ("parameters", "choices", "budget") and axis.name != "shock"
        }
        variants = next((values for axis, values in found.items() if axis.name == "variant"), ["base"] * len(rows))
        settings = [
            {**VARIANTS[variant], **dict(design.arms[label].settings)}
            for variant, label in zip(variants, labels, strict=True)
        ]
        for axis, values in found.items():
            if axis.group == "choices":
                columns[axis.column] = pa.array(values.tolist(), pa.string())
            elif axis.group == "budget":
                own = [label in design.own and design.arms[label].budget is None for label in labels]
                fixed = [design.arms[label].budget for label in labels]
                columns["budget"] = pa.array(
                    [x if mine else y for x, y, mine in zip(values.tolist(), fixed, own, strict=True)], pa.float64()
                )
            else:
                held = [setting.get(axis.name, x) for setting, x in zip(settings, values.tolist(), strict=True)]
                columns[axis.column] = pa.array(held, pa.float64())
        return pa.table(columns)

    def _populations(self, blocks: NDArray[np.int64]) -> dict[str, Any]:
        """Return the column of populations, by blocks of seeds; none where a seed decides the people too."""
        chosen = self.design.populations
        return {"population": pa.array(np.array(chosen)[blocks % len(chosen)], pa.int64())} if chosen else {}


@dataclass(frozen=True)
class Sweep:
    """A finished sweep."""

    design: Design
    folder: Path
    counts: Counts

    @property
    def table(self) -> Path:
        """The finished table."""
        return self.folder / RUNS_FILE


def hold_sweep(
    design: str | Path | Design,
    out: str | Path | None = None,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    fail_fast: bool = False,
    progress: Progress | None = None,
) -> Sweep:
    """Make the runs of a design that the folder does not hold yet, and write the finished table.

    Parameters
    ----------
    design
        A shipped name, a path, or a design.
    out
        The folder, `results/sweeps/NAME` by default.
    workers
        Local processes, one a core by default; with an executor, how many bundles it does at once.
    executor
        Any executor of the `concurrent.futures` kind, such as a Dask client's; it is left open.

    Raises
    ------
    ScenarioError, StoreError
        For bad input, before any work.
    """
    progress = progress or Quiet()
    design = design if isinstance(design, Design) else read_design(design)
    folder = default_folder(design) if out is None else Path(out)
    refuse_other_results(folder, KIND)
    before = _earlier(folder)
    plan = SweepPlan(design)
    for line in design.cut_short:
        progress.say(f"cannot be judged: {line}")
    with RunStore(folder, produced_by=provenance(plan)) as store:
        for line in _changes(plan, before, store):
            progress.say(line)
        if executor is None and (workers or available_cores()) > 1 and plan.distinct - store.finished():
            # Once, here, so that the workers find the compiled engine stored.
            progress.phase("compiling the engine (the first time only)")
            warm_up()
        counts = run_bundles(
            plan.bundles,
            make_point,
            store,
            executor=executor,
            workers=workers,
            initializer=warm_up,
            describe=describe_point,
            progress=progress,
            fail_fast=fail_fast,
        )
        progress.phase("writing the table of runs")
        first = [name for name in FIRST if name != "population" or design.populations]
        table = store.finish(first=first, places=plan)
        if design.monthly:
            write_series(table, folder / SERIES_FILE, design)
        else:
            (folder / SERIES_FILE).unlink(missing_ok=True)  # of an earlier design
        store.note_finished(plan.digest())
    return Sweep(design, folder, counts)


def default_folder(design: Design) -> Path:
    """Return where a design's sweep goes if nobody says otherwise."""
    return Path("results") / "sweeps" / design.name


def read_sweep_design(folder: str | Path) -> Design:
    """Return the design of a sweep's folder.

    Raises
    ------
    StoreError
        If the folder holds no sweep, or a finished table that is of another one than was begun since.
    """
    if (held := held_in(Path(folder))) not in (None, KIND):
        raise StoreError(f"{folder}: holds {with_article(held)} that is no sweep; make one with: run.py sweep DESIGN")
    made_by = _earlier(Path(folder))
    if made_by is None:
        raise StoreError(f"{folder}: there is no sweep here (no {MANIFEST}); make one with: run.py sweep DESIGN")
    plan, finished = made_by.get("plan"), (read_manifest(Path(folder)) or {}).get("finished")
    # Folders of earlier versions do not say which plan is theirs.
    if plan is not None and plan != finished and (Path(folder) / RUNS_FILE).is_file():
        raise StoreError(
            f"{folder}: {RUNS_FILE} is of another design or code than the sweep that was begun since; "
            "the sweep command finishes it"
        )
    return design_of(made_by["design"], made_by["file"])


def provenance(plan: SweepPlan) -> dict[str, Any]:
    """Return what the runs rest on: design, code, versions, and how many there are."""
    design = plan.design
    return {
        "kind": KIND,
        "design": dict(design.content),
        "file": f"{design.name}.toml",
        "digest": design.digest(),
        "plan": plan.digest(),
        "code": source_digest(),
        "revision": revision(),
        "python": platform.python_version(),
        "versions": {**versions(), **_sampler_versions()},
        "points": design.points,
        "seeds": len(design.seeds),
        "populations": len(design.populations),
        "arms": list(design.arms),
        "rows": len(plan.keys),
        "runs": len(plan.distinct),
        "cannot_be_judged": list(design.cut_short),
    }


def _sampler_versions() -> dict[str, str]:
    found = {}
    for name in SAMPLERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _earlier(folder: Path) -> Mapping[str, Any] | None:
    """Return what made the runs that the folder holds, None if it holds nothing yet or does not say."""
    manifest = read_manifest(folder) if (folder / MANIFEST).is_file() else None
    return (manifest or {}).get("produced_by") or None


def _changes(plan: SweepPlan, before: Mapping[str, Any] | None, store: RunStore) -> Iterator[str]:
    """Yield what has changed since the folder was last written to, and what that costs."""
    if before is None:
        return
    kept = len(store.finished() & plan.distinct)
    left = len(plan.distinct) - kept
    count = f"{kept} of {len(plan.distinct)} runs stay as they are, {left} are made"
    if before["code"] != source_digest():
        yield f"the code has changed since ({before['code'][:12]} to {source_digest()[:12]}): {count}"
    elif before["digest"] != plan.design.digest():
        yield f"the design has changed since: {count}"
    elif before.get("plan", plan.digest()) != plan.digest():
        yield f"a country, policy or claim that the design names has changed since: {count}"


# Months


def write_series(table: Path, path: Path, design: Design) -> None:
    """Write the months of all runs as one table: point, (population,) seed, arm, month, then each outcome."""
    places = [("point", pa.int64()), ("seed", pa.int64()), ("arm", pa.string())]
    if design.populations:
        places.insert(1, ("population", pa.int64()))
    names = [f"{measure}.{population}" for measure, population in series_outcomes(design)]
    schema = pa.schema(
        [
            *places,
            ("month", pa.int64()),
            *((name, pa.float64()) for name in names),
        ]
    )
    partial = path.with_name(f".tmp-{path.name}")
    try:
        with (
            pq.ParquetFile(table) as runs,
            pq.ParquetWriter(partial, schema, compression="zstd", use_dictionary=["arm"]) as writer,
        ):
            wanted = [name for name in (*dict(places), "status", "series") if name in runs.schema_arrow.names]
            for batch in runs.iter_batches(batch_size=256, columns=wanted):
                rows = [row for row in batch.to_pylist() if row["status"] == "ok"]
                if rows:
                    writer.write_table(_months(rows, list(dict(places)), names, schema))
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {os.strerror(error.errno or 0)}; the runs are intact") from error
    finally:
        partial.unlink(missing_ok=True)


def _months(rows: Sequence[Mapping[str, Any]], places: Sequence[str], names: Sequence[str], schema: Any) -> Any:
    series = [json.loads(row["series"]) for row in rows]
    lengths = [len(found[names[0]]) for found in series]
    columns = {name: np.repeat([row[name] for row in rows], lengths) for name in places}
    columns["month"] = np.concatenate([np.arange(length) for length in lengths])
    columns |= {name: np.concatenate([np.array(found[name], dtype=float) for found in series]) for name in names}
    return pa.table({name: pa.array(values, schema.field(name).type) for name, values in columns.items()}, schema)


# Before the first run


def preview(design: Design, workers: int | None = None, rows: int = 5) -> str:
    """Return what a sweep would make: number of runs, time and disk, and its first rows. Writes nothing."""
    plan = SweepPlan(design)
    workers = workers or available_cores()
    seconds = len(plan.distinct) * seconds_a_run(design) / workers
    size = len(plan.keys) * bytes_a_run(design)
    lines = [
        f"{design.title} ({design.name})",
        f"{_counted(len(plan.keys), 'row')}: {_counted(design.points, 'point')} x "
        + (f"{_counted(len(design.populations), 'population')} x " if design.populations else "")
        + f"{_counted(len(design.seeds), 'seed')} x {_counted(len(design.arms), 'arm')} "
        f"({', '.join(design.arms)})",
        f"{_counted(len(plan.distinct), 'run')} of {design.citizens} citizens over {design.months} months"
        + (f"; {len(plan.keys) - len(plan.distinct)} rows share a run" if len(plan.keys) > len(plan.distinct) else ""),
        f"time: about {tqdm.format_interval(seconds)} on {workers} {'core' if workers == 1 else 'cores'} like these",
        f"disk: at most about {tqdm.format_sizeof(size, 'B', 1024)}",
        *(f"cannot be judged: {line}" for line in design.cut_short),
        "",
        "first rows:",
    ]
    shown = plan.table(0, min(rows, len(plan.keys))).to_pylist()
    for place, row in enumerate(shown):
        settings = {**row, **design.settings(int(row["point"]))}
        named = {name: value for name, value in settings.items() if name != "policy" or value != row["arm"]}
        cells = [f"{name}={_shown(value)}" for name, value in named.items()]
        more = f" ... ({len(cells) - 12} more)" if len(cells) > 12 else ""
        lines.append(f"  {plan.keys[place][:8]}  {' '.join(cells[:12])}{more}")
    return "\n".join(lines)


def seconds_a_run(design: Design) -> float:
    """Return about how long one run takes here, from living a small society a while."""
    warm_up()
    citizens, months = min(design.citizens, 1000), min(design.months, 36)
    policy = Policy.of("timing", coercion=1.0, welfare=1.0)
    began = time.perf_counter()
    Society(citizens=citizens, months=months, policy=policy, seed=1, **Parameters()._asdict()).run()
    rate = (time.perf_counter() - began) / (citizens * months)
    return rate * design.citizens * design.months + _ROW_SECONDS


def bytes_a_run(design: Design) -> float:
    """Return about how much disk one run takes, uncompressed."""
    marks = len({mark for mark in (*design.marks, design.months) if mark <= design.months})
    outcomes = len(ALL_OUTCOMES if design.outcomes is None else design.outcomes)
    series = 10 * (design.months + 1) * len(series_outcomes(design)) if design.monthly else 0
    return float(_BYTES_OF_VALUE * (marks * outcomes + len(Parameters._fields) + 20) + series)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)

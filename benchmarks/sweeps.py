"""Measure the runner: against Mesa's own, against the bare runs it makes, and with very many runs behind it.

Everything that is compared is measured several times in turn, so that a busy moment hits all alike, and told as medians
with their range. Rates are by processor time, which a busy machine disturbs least; by the clock stands beside it.
Nothing here fails for being slow.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A clone works as it stands, installed or not.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil
from machine import ROOT, load, machine, output_of, say
from mesa import DataCollector
from mesa.batchrunner import batch_run

from experiments.designs import Design, design_of
from experiments.runner import WorkerPool, run_bundles
from experiments.runs import warm_up
from experiments.store import RunStore
from experiments.sweep import PointBundle, SweepPlan, make_point, provenance
from model.society import Society

POLICIES = ("status_quo", "coercion", "better_life", "mixed")
WORKERS = 2
ROWS_AT_ONCE = 2000

TARGETS = {
    "ours_to_batch_run_reference": ("at least", 100.0),
    "ours_to_batch_run_fast": ("at least", 2.0),
    "overhead_percent": ("at most", 10.0),
    "decide_seconds": ("at most", 10.0),
    "peak_megabytes": ("at most", 500.0),
}

BARE = """
import json, sys, time
from experiments.runs import warm_up
from experiments.sweep import SweepPlan, make_point
sys.path.insert(0, "benchmarks")
from sweeps import bundles_of
first, count, citizens, months = map(int, sys.argv[1:])
warm_up()
bundles = bundles_of(first, count, citizens, months)
print("ready", flush=True)
sys.stdin.readline()
began, worked = time.perf_counter(), time.process_time()
for bundle in bundles:
    make_point(bundle)
json.dump({"wall": time.perf_counter() - began, "processor": time.process_time() - worked}, sys.stdout)
"""

DECIDE = """
import json, sys, time
from pathlib import Path
from experiments.sweep import SweepPlan
from experiments.store import RunStore
sys.path.insert(0, "benchmarks")
from sweeps import long_design
points, folder = int(sys.argv[1]), sys.argv[2]
began = time.perf_counter()
plan = SweepPlan(long_design(points))
planned = time.perf_counter()
with RunStore(Path(folder), read_only=True) as store:
    left = len(plan.distinct - store.finished())
json.dump({"left": left, "plan": planned - began, "all": time.perf_counter() - began}, sys.stdout)
"""

RESUME = """
import io, json, resource, sys, time
import psutil
from experiments.progress import Quiet
from experiments.runs import warm_up
from experiments.sweep import hold_sweep
sys.path.insert(0, "benchmarks")
from sweeps import long_design
points, folder = int(sys.argv[1]), sys.argv[2]
design = long_design(points)
imported = psutil.Process().memory_info().rss
warm_up()
began = time.perf_counter()
done = hold_sweep(design, folder, workers=1, progress=Quiet(io.StringIO()))
json.dump({
    "made": done.counts.ok, "resumed": done.counts.resumed, "seconds": time.perf_counter() - began,
    "imported_bytes": imported, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}, sys.stdout)
"""


@dataclass(frozen=True)
class Sizes:
    """How much is measured: all of it, or just enough to see that it works."""

    quick: bool

    @property
    def repetitions(self) -> int:
        """How often everything that is compared is measured."""
        return 1 if self.quick else 5

    @property
    def citizens(self) -> int:
        """Citizens of each society."""
        return 200 if self.quick else 2000

    @property
    def months(self) -> int:
        """Months of each society."""
        return 34 if self.quick else 120

    @property
    def seeds(self) -> int:
        """Seeds that each measurement of a rate makes with every policy."""
        return 1 if self.quick else 3

    @property
    def bundles(self) -> int:
        """Bundles that each measurement of the overhead makes."""
        return 4 if self.quick else 30

    @property
    def finished(self) -> int:
        """Runs behind a sweep that is resumed."""
        return 400 if self.quick else 100_000


@dataclass
class Spent:
    """Seconds by the clock and of the processor."""

    wall: float = 0.0
    processor: float = 0.0


class Uncollected(Society):
    """The society without anything for Mesa to collect, to see what collecting costs."""

    @property
    def datacollector(self) -> DataCollector:
        """An empty collector."""
        return DataCollector()


def main() -> None:
    """Measure, print a table and write `sweeps.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that everything works; the figures mean little")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "benchmarks", help="folder of sweeps.json")
    options = parser.parse_args()
    found = measure(Sizes(options.quick))
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "sweeps.json"
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(table(found))
    print(f"\nwritten to {path}")


def measure(sizes: Sizes) -> dict[str, Any]:
    """Return everything measured, as written to the JSON file."""
    before = load()
    warm_up()
    rates = _rates(sizes)
    overhead = _overheads(sizes)
    resumed = _resumed(sizes)
    medians = {name: statistics.median(values) for name, values in rates["processor"].items()}
    against = {
        "ours_to_batch_run_reference": _ratio(rates["processor"], "ours", "batch_run_reference"),
        "ours_to_batch_run_fast": _ratio(rates["processor"], "ours", "batch_run_fast"),
        "ours_to_batch_run_fast_uncollected": _ratio(rates["processor"], "ours", "batch_run_fast_uncollected"),
        "overhead_percent": _range(overhead["percent"]),
        "overhead_percent_beside_another": _range(overhead["percent_beside_another"]),
        "decide_seconds": _range(resumed["decide_seconds"]),
        "peak_megabytes": _range([resumed["peak_bytes"] / 2**20]),
    }
    for name, value in against.items():
        bound, target = TARGETS.get(name, ("", None))
        if target is None:
            value |= {"target": None, "met": None}
        else:
            met = value["median"] >= target if bound == "at least" else value["median"] <= target
            value |= {"target": f"{bound} {target:g}", "met": met}
    return {
        "machine": machine(),
        "load_average": {"before": before, "after": load()},
        "quick": sizes.quick,
        "repetitions": sizes.repetitions,
        "citizens": sizes.citizens,
        "months": sizes.months,
        "unit": "runs a second and a core",
        "medians": medians,
        "rates": rates,
        "overhead": overhead,
        "resumed": resumed,
        "compared": against,
    }


# Rates


def _rates(sizes: Sizes) -> dict[str, dict[str, list[float]]]:
    """Return runs a second and a core of each way to make them, by processor time and by the clock."""
    cases: dict[str, Callable[[int], int]] = {
        "ours": lambda turn: _ours(sizes, turn),
        "batch_run_fast": lambda turn: _mesas(sizes, turn, Society, "fast", POLICIES),
        "batch_run_fast_uncollected": lambda turn: _mesas(sizes, turn, Uncollected, "fast", POLICIES),
        "batch_run_reference": lambda turn: _mesas(sizes, turn, Society, "reference", ("coercion",)),
    }
    found: dict[str, dict[str, list[float]]] = {clock: {name: [] for name in cases} for clock in ("processor", "wall")}
    for turn in range(-1, sizes.repetitions):
        if turn >= 0:
            say(f"rates: repetition {turn + 1} of {sizes.repetitions}")
        for name, case in cases.items():
            if turn < 0 and name == "batch_run_reference":
                continue
            with _clock() as spent:
                runs = case(turn)
            if turn >= 0:  # The turn before counts for nothing: it loads what is loaded once.
                found["processor"][name].append(runs / spent.processor)
                found["wall"][name].append(runs / spent.wall)
    return found


def _ours(sizes: Sizes, turn: int) -> int:
    """Make runs as a sweep does, in this process, rows stored."""
    bundles = bundles_of(_first(turn), sizes.seeds, sizes.citizens, sizes.months)
    with tempfile.TemporaryDirectory() as folder, RunStore(Path(folder) / "store") as store:
        return run_bundles(bundles, make_point, store, workers=1).ok


def _mesas(sizes: Sizes, turn: int, kind: type[Society], engine: str, policies: tuple[str, ...]) -> int:
    """Make the same runs, or with fewer policies one seed of them, as Mesa does."""
    seeds = [_first(turn) + number for number in range(sizes.seeds if len(policies) > 1 else 1)]
    parameters: dict[str, Any] = {
        "policy": list(policies),
        "citizens": sizes.citizens,
        "months": sizes.months,
        "engine": engine,
    }
    # Mesa 3.5 takes seeds as `rng`, Mesa 3.3 as one of the parameters.
    by_name = "rng" in inspect.signature(batch_run).parameters
    chosen = {"rng": seeds} if by_name else {}
    parameters |= {} if by_name else {"seed": seeds}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = batch_run(kind, parameters, number_processes=1, max_steps=sizes.months, display_progress=False, **chosen)
    return len(made)


def bundles_of(first: int, count: int, citizens: int, months: int) -> list[PointBundle]:
    """Return one bundle of all policies for each of `count` seeds from `first` on."""
    content = {
        "kind": "list",
        "policies": list(POLICIES),
        "citizens": citizens,
        "months": months,
        "seeds": list(range(first, first + count)),
    }
    return SweepPlan(design_of(content, "benchmark.toml")).bundles


def _first(turn: int) -> int:
    """Return the first seed of a turn; no two share one, so that nothing is kept from one to the next."""
    return 1 + (turn + 1) * 1000


# Overhead


def _overheads(sizes: Sizes) -> dict[str, Any]:
    """Return what the runner costs with two workers, over the same bundles made bare.

    `percent` is the processor time of the runner and its workers over that of bare runs in one process.
    `percent_beside_another` is the same over bare runs in two processes at once, which a machine whose cores share
    their memory and caches makes slower, with or without a runner.
    """
    times: dict[str, list[dict[str, float]]] = {"bare": [], "bare_beside_another": [], "runner": []}
    with WorkerPool(WORKERS, warm_up) as pool:
        _through(pool, bundles_of(900_000, 2 * WORKERS, sizes.citizens, sizes.months))
        for turn in range(sizes.repetitions):
            say(f"overhead: repetition {turn + 1} of {sizes.repetitions}")
            first = 100_000 * (turn + 1)
            times["bare"].append(_bare(sizes, first, 1))
            times["bare_beside_another"].append(_bare(sizes, first, WORKERS))
            times["runner"].append(
                _through(pool, bundles_of(first + 50_000, sizes.bundles, sizes.citizens, sizes.months))
            )
    processor = {name: [time["processor"] for time in found] for name, found in times.items()}
    return {
        "bundles": sizes.bundles,
        "runs_a_bundle": len(POLICIES),
        "seconds": times,
        "percent": _over(processor["runner"], processor["bare"]),
        "percent_beside_another": _over(processor["runner"], processor["bare_beside_another"]),
    }


def _over(more: list[float], less: list[float]) -> list[float]:
    return [100.0 * (one / other - 1.0) for one, other in zip(more, less, strict=True)]


def _through(pool: WorkerPool, bundles: list[PointBundle]) -> dict[str, float]:
    """Return the time that bundles take through the runner with warm workers, their rows stored."""
    with tempfile.TemporaryDirectory() as folder, RunStore(Path(folder) / "store") as store:
        workers = psutil.Process().children(recursive=True)
        before = _processor_time(workers)
        with _clock() as spent:
            run_bundles(bundles, make_point, store, executor=pool, workers=WORKERS)
        return {"wall": spent.wall, "processor": spent.processor + _processor_time(workers) - before}


def _processor_time(processes: list[psutil.Process]) -> float:
    return sum(process.cpu_times().user + process.cpu_times().system for process in processes)


def _bare(sizes: Sizes, first: int, processes: int) -> dict[str, float]:
    """Return the time that bundles take without a runner, shared among processes that work at the same moment."""
    share = sizes.bundles // processes
    started = []
    for number in range(processes):
        arguments = (first + number * share, share, sizes.citizens, sizes.months)
        started.append(
            psutil.Popen([sys.executable, "-c", BARE, *map(str, arguments)], cwd=ROOT, stdin=-1, stdout=-1, text=True)
        )
    for process in started:
        process.stdout.readline()
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    times = [json.loads(process.communicate()[0]) for process in started]
    return {
        "wall": max(time["wall"] for time in times),
        "processor": sum(time["processor"] for time in times),
    }


# Very many finished runs


def long_design(points: int) -> Design:
    """Return a design over the whole prior with four runs a point."""
    return design_of(
        {
            "kind": "sobol",
            "points": points,
            "policies": list(POLICIES),
            "citizens": 60,
            "months": 34,
            "parameters": {"all": "prior"},
        },
        "long.toml",
    )


def _resumed(sizes: Sizes) -> dict[str, Any]:
    """Return how long a sweep with very many finished runs takes to see what is left, and the memory it needs.

    The rows are one real row under the keys of all runs: what is measured does not look at their numbers. The memory is
    that of a process that has also loaded the compiled engine, as it has where some run is left.
    """
    points = sizes.finished // len(POLICIES)
    with tempfile.TemporaryDirectory() as folder:
        say(f"writing {points * len(POLICIES)} finished runs")
        plan = SweepPlan(long_design(points))
        row = make_point(plan.bundles[0])[0]
        with RunStore(Path(folder), produced_by=provenance(plan)) as store:
            for start in range(0, len(plan.keys), ROWS_AT_ONCE):
                store.append({**row, "key": key} for key in plan.keys[start : start + ROWS_AT_ONCE])
        say("deciding what is left")
        environment = dict(os.environ)
        decided = [json.loads(output_of(DECIDE, environment, str(points), folder)) for _ in range(sizes.repetitions)]
        say("resuming, up to the finished table")
        whole = json.loads(output_of(RESUME, environment, str(points), folder))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return {
        "runs": len(plan.distinct),
        "left": decided[0]["left"],
        "decide_seconds": [found["all"] for found in decided],
        "plan_seconds": [found["plan"] for found in decided],
        "disk_bytes": size,
        **whole,
    }


# What is said of it


@contextmanager
def _clock() -> Iterator[Spent]:
    spent = Spent()
    began, worked = time.perf_counter(), time.process_time()
    yield spent
    spent.wall, spent.processor = time.perf_counter() - began, time.process_time() - worked


def _ratio(rates: dict[str, list[float]], above: str, below: str) -> dict[str, Any]:
    """Return the median of the ratios within each repetition."""
    return _range([one / other for one, other in zip(rates[above], rates[below], strict=True)])


def _range(values: list[float]) -> dict[str, Any]:
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def table(found: dict[str, Any]) -> str:
    """Return what was measured for people to read."""
    where = found["machine"]
    lines = [
        f"{where['processor']}, {where['processors']} processors, Python {where['python']}, "
        f"load {found['load_average']['before']} to {found['load_average']['after']}",
        "",
        f"{found['unit']}, {found['citizens']} citizens x {found['months']} months, median of {found['repetitions']} "
        "(by the clock)",
    ]
    for name, median in found["medians"].items():
        lines.append(f"  {name:36s} {median:10.3f}   ({statistics.median(found['rates']['wall'][name]):.3f})")
    lines += ["", f"{'':38s} {'median':>10s}   lowest to highest   asked for"]
    for name, value in found["compared"].items():
        verdict = "" if value["met"] is None else f"{value['target']}: {'met' if value['met'] else 'NOT MET'}"
        lines.append(
            f"  {name:36s} {value['median']:10.2f}   {value['lowest']:.2f} to {value['highest']:.2f}   {verdict}"
        )
    resumed = found["resumed"]
    lines += [
        "",
        f"{resumed['runs']} finished runs, {resumed['disk_bytes'] / 2**20:.0f} MB on disk: planned in "
        f"{statistics.median(resumed['plan_seconds']):.1f} s, what is left known after "
        f"{statistics.median(resumed['decide_seconds']):.1f} s, table rewritten after {resumed['seconds']:.1f} s; "
        f"memory {resumed['imported_bytes'] / 2**20:.0f} MB before, {resumed['peak_bytes'] / 2**20:.0f} MB at its peak",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

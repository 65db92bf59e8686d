"""Measure the engines against each other and against their peers, in one run on one machine.

From a thousand citizens to one for every person of a country, beside a yardstick: the memory traffic that nobody can
avoid (`yardstick.py`), in the same run and with the same threads. Everything is measured several times in turn, so that
a busy moment hits all alike, and told as medians with their range. Seconds belong to a machine and an hour; the ratios
are what a change of the code should be judged by. Nothing here fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# A clone works as it stands, installed or not.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from machine import ROOT, load, machine, output_of, say
from numpy_pass import EXPOSURES, exposures, rows_of
from peers import agentpy_months
from yardstick import pass_over

from model import month
from model.crew import Crew
from model.network import make_network
from model.society import Society
from model.tables import in_memory
from scenarios import read_country

POLICY = "mixed"
SEED = 1
WARM_UP_MONTHS = 30
COUNTRY = "kazakhstan-2021"
THREADS = (1, 2)
MOST_MONTHS = 400
TIES_DRAWN = 200_000
WHERE = ("when", "sources", "processor")
"""What is kept with the run of everybody of the machine that made it."""

TARGETS = {
    "reference_to_fast": ("at least", 100.0),
    "reference_to_mesa_example": ("at most", 10.0),
    "numpy_to_compiled": ("at least", 3.0),
    "everybody_to_memory": ("at most", 4.0),
    "network_nanoseconds": ("at most", 400.0),
    "small_runs_a_second": ("at least", 60.0),
    "everybody_seconds": ("at most", 600.0),
    "everybody_gigabytes": ("at most", 8.0),
    "help_seconds": ("at most", 0.5),
    "first_start_seconds": ("at most", 30.0),
    "second_start_seconds": ("at most", 3.0),
}
"""What the house asks for."""

FRESH_PROCESS = """
import json, os, sys, time
began, worked = time.perf_counter(), time.process_time()
from model.society import Society
imported = time.perf_counter()
society = Society(citizens=1000, policy="coercion")
made = time.perf_counter()
society.run()
json.dump({
    "import_seconds": imported - began,
    "make_seconds": made - imported,
    "run_seconds": time.perf_counter() - made,
    "all_seconds": time.perf_counter() - began,
    "processor_seconds": time.process_time() - worked,
    "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
}, sys.stdout)
"""


class Sizes:
    """How much is measured: all of it, or just enough to see that it works."""

    def __init__(self, quick: bool) -> None:
        self.quick = quick
        self.everybody = 5_000 if quick else round(float(read_country(COUNTRY).counts().sum()))
        self.citizens = (
            (500, self.everybody) if quick else (1_000, 10_000, 100_000, 1_000_000, 4_000_000, self.everybody)
        )
        self.repetitions = 2 if quick else 5
        self.compared = 500 if quick else 10_000
        self.citizen_months = 5_000 if quick else 2_000_000
        self.slow_months = 1 if quick else 2
        self.example_steps = 2 if quick else 10
        self.passes = 3 if quick else 20
        self.small_runs = 2 if quick else 60

    def months(self, citizens: int) -> int:
        """Return how many months of so many citizens one measurement lives."""
        return min(MOST_MONTHS, max(2, self.citizen_months // citizens))


def main() -> None:
    """Measure, print a table, write `results.json` and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that everything works; the figures mean little")
    parser.add_argument("--out", type=Path, help="folder of results.json and scale.png (default: benchmarks, docs)")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="keep the figures of everybody of an earlier run, with their hour, code and processor",
    )
    options = parser.parse_args()
    folder = options.out or ROOT / "benchmarks"
    found = measure(Sizes(options.quick), _kept(folder / "results.json") if options.keep else {})
    picture = (options.out or ROOT / "docs" / "pictures") / "scale.png"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(found, picture)
    print(table(found))
    print(f"\nwritten to {folder / 'results.json'} and {picture}")


def _kept(path: Path) -> dict[str, Any]:
    """Return what the run of everybody took, with its hour, code and processor, if a file of results holds it."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {name: found["machine"][name] for name in WHERE} | found["everybody"]


def measure(sizes: Sizes, everybody: dict[str, Any]) -> dict[str, Any]:
    """Return everything measured, as written to the JSON file; `everybody` is what is kept of an earlier run."""
    before = load()
    if not everybody and not sizes.quick:
        # First, while no other society takes memory.
        everybody = _everybody()
    starts = _starts(sizes.quick)
    scales = [Scale(citizens, sizes) for citizens in sizes.citizens]
    cases = {name: case for scale in scales for name, case in scale.cases().items()}
    peers, difference = _peers(sizes)
    cases |= peers
    times: dict[str, list[float]] = {name: [] for name in cases}
    for repetition in range(sizes.repetitions):
        say(f"repetition {repetition + 1} of {sizes.repetitions}")
        for name, case in cases.items():
            times[name].append(case())
    return {
        "machine": machine(),
        "load_average": {"before": before, "after": load()},
        "quick": sizes.quick,
        "repetitions": sizes.repetitions,
        "unit": "nanoseconds per citizen and month; memory: a citizen and pass; ties: a citizen; Mesa: an agent",
        "medians": {name: statistics.median(values) for name, values in times.items()},
        "times": times,
        "scale": [scale.described() for scale in scales],
        "numpy_pass": {"citizens": sizes.compared, "largest_difference": difference},
        "everybody": everybody,
        "start": starts,
        "compared": _compared(sizes, times, everybody, starts),
    }


class Scale:
    """A society of one size that has lived through the outbreak of the conflict, and how it was made."""

    def __init__(self, citizens: int, sizes: Sizes) -> None:
        self.citizens = citizens
        self.months = sizes.months(citizens)
        say(f"making {citizens:,} citizens")
        began = time.perf_counter()
        self.society = Society(
            country=COUNTRY,
            citizens=citizens,
            months=WARM_UP_MONTHS + (self.months + 1) * sizes.repetitions * len(THREADS),
            policy=POLICY,
            seed=SEED,
            shock_month=1,
            threads=THREADS[-1],
        )
        self.seconds = time.perf_counter() - began
        self.society.run(WARM_UP_MONTHS)

    def cases(self) -> dict[str, Callable[[], float]]:
        """Return what is measured of it, by name."""
        found: dict[str, Callable[[], float]] = {}
        for threads in THREADS:
            found[f"fast_{self.citizens}_{threads}"] = lambda threads=threads: self._living(threads)  # type: ignore[misc]
            found[f"memory_{self.citizens}_{threads}"] = lambda threads=threads: self._passing(threads)  # type: ignore[misc]
        found[f"ties_{self.citizens}_{THREADS[-1]}"] = self._drawing_ties
        return found

    def _drawing_ties(self) -> float:
        c, p = self.society.world.columns, self.society.parameters
        times = max(1, TIES_DRAWN // self.citizens)
        with Crew(THREADS[-1]) as crew:
            arguments = (SEED, c.region, c.group, p.tie_degree, p.tie_region_share, p.tie_homophily, crew)
            return _nanoseconds(lambda: [make_network(*arguments) for _ in range(times)]) / (self.citizens * times)

    def _living(self, threads: int) -> float:
        """Live some months; the first, before which the census is taken again, is not counted."""
        self.society.threads = threads
        ends: list[int] = []
        self.society.run(self.months + 1, watch=lambda month: ends.append(time.perf_counter_ns()))
        return (ends[-1] - ends[0]) / (self.citizens * self.months)

    def _passing(self, threads: int) -> float:
        passes = self.months
        with Crew(threads) as crew:
            pass_over(self.society.world, crew)
            return _nanoseconds(lambda: [pass_over(self.society.world, crew) for _ in range(passes)]) / (
                self.citizens * passes
            )

    def described(self) -> dict[str, float]:
        """Return how it was made and how much memory its arrays take."""
        return {
            "citizens": self.citizens,
            "setup_nanoseconds_per_citizen": 1e9 * self.seconds / self.citizens,
            "array_bytes_per_citizen": sum(array.nbytes for array in _arrays(self.society.world)) / self.citizens,
        }


def _peers(sizes: Sizes) -> tuple[dict[str, Callable[[], float]], float]:
    """Return measurements of the peers, by name, warm; and how far the NumPy pass is from the compiled one."""
    cases: dict[str, Callable[[], float]] = {}
    months = sizes.slow_months
    work = sizes.compared * months
    life = 1 + months * sizes.repetitions
    made = {"citizens": sizes.compared, "policy": POLICY, "seed": SEED, "shock_month": 1, "engine": "reference"}
    say(f"making {sizes.compared:,} agents of Mesa, and of AgentPy")
    plain = Society(months=life, **made).run(1)
    cases["reference"] = lambda: _nanoseconds(lambda: plain.run(months)) / work
    live = agentpy_months(Society(months=life, **made).run(1), months)
    if live is None:
        say("AgentPy is not installed and not measured: pip install -e '.[bench]'")
    else:
        cases["agentpy"] = lambda: _nanoseconds(live) / work
    cases["mesa_example"] = _mesa_example(sizes)
    cases["compiled_pass"], cases["numpy_pass"], difference = _passes(sizes)
    cases["small_run"] = _small_runs(sizes)
    return cases, difference


def _small_runs(sizes: Sizes) -> Callable[[], float]:
    """Return a measurement of whole runs of 2,000 citizens over 12 months, people, ties and all, each with its own."""
    seeds = iter(range(10**9))

    def runs() -> None:
        for _ in range(sizes.small_runs):
            Society(citizens=2000, months=12, policy=POLICY, seed=next(seeds)).run()

    return lambda: _nanoseconds(runs) / (sizes.small_runs * 2000 * 12)


def _mesa_example(sizes: Sizes) -> Callable[[], float]:
    """Return a measurement of the civil violence example that ships with Mesa, as it ships."""
    from mesa.examples.advanced.epstein_civil_violence.model import EpsteinCivilViolence

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        example = EpsteinCivilViolence(seed=SEED)
    agents = len(example.agents)
    example.step()

    def steps() -> None:
        for _ in range(sizes.example_steps):
            example.step()

    return lambda: _nanoseconds(steps) / (agents * sizes.example_steps)


def _passes(sizes: Sizes) -> tuple[Callable[[], float], Callable[[], float], float]:
    """Return measurements of the compiled pass and the NumPy pass, and the largest difference of what they find.

    The compiled pass also decides who is sanctioned and harassed, which NumPy is spared: the ratio is a lower bound.
    """
    citizens = sizes.compared
    society = Society(citizens=citizens, months=WARM_UP_MONTHS + 1, policy=POLICY, seed=SEED, shock_month=1)
    society.run(WARM_UP_MONTHS)
    world, rates = society.world, in_memory(society.rates)
    table, p = in_memory(world), in_memory(society.parameters)
    step = WARM_UP_MONTHS
    now = month.open_step(table, p, rates, step, step)
    rows = rows_of(world)
    weight = society.parameters.public_space_weight

    def compiled() -> None:
        for _ in range(sizes.passes):
            month.look_around(table, p, rates, now, step, 0, citizens)

    def vectorised() -> None:
        for _ in range(sizes.passes):
            exposures(world, rows, weight, now.believed)

    compiled()
    present = world.columns.present
    difference = max(
        float(np.abs(getattr(world.columns, name) - values)[present].max())
        for name, values in zip(EXPOSURES, exposures(world, rows, weight, now.believed), strict=True)
    )
    work = citizens * sizes.passes
    return lambda: _nanoseconds(compiled) / work, lambda: _nanoseconds(vectorised) / work, difference


def _everybody() -> dict[str, Any]:
    """Live everybody of the country for fifteen years by the command line, as a user would."""
    say("everybody of the country, 180 months")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "run.py", "simulate", "--country", COUNTRY, "--citizens", "all", "--months", "180"]
        began = time.perf_counter()
        subprocess.run(
            [*command, "--policy", "better_life", "--out", f"{folder}/all"], cwd=ROOT, check=True, stdout=sys.stderr
        )
        seconds = time.perf_counter() - began
    # The largest of all children so far, and no other has been near it.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    here = machine()
    return {name: here[name] for name in WHERE} | {"seconds": seconds, "peak_bytes": peak}


def _compared(
    sizes: Sizes,
    times: dict[str, list[float]],
    everybody: dict[str, Any],
    starts: dict[str, Any],
) -> dict[str, Any]:
    """Return ratios within each repetition and single figures, beside what the house asks for."""

    def ratios(above: str, below: str) -> list[float]:
        return [one / other for one, other in zip(times[above], times[below], strict=True)]

    many, last = sizes.everybody, THREADS[-1]
    fast = f"fast_{sizes.compared}_1"
    found = {
        "reference_to_fast": ratios("reference", fast),
        "reference_to_mesa_example": ratios("reference", "mesa_example"),
        "numpy_to_compiled": ratios("numpy_pass", "compiled_pass"),
        "everybody_to_memory": ratios(f"fast_{many}_{last}", f"memory_{many}_{last}"),
        "everybody_to_10_000": ratios(f"fast_{many}_1", fast),
        "one_thread_to_two": ratios(f"fast_{many}_1", f"fast_{many}_2"),
        "network_to_memory": ratios(f"ties_{many}_{last}", f"memory_{many}_{last}"),
        "network_nanoseconds": times[f"ties_{many}_{last}"],
        "small_runs_a_second": [1e9 / (time * 2000 * 12) for time in times["small_run"]],
    }
    if "agentpy" in times:
        found["agentpy_to_fast"] = ratios("agentpy", fast)
    if everybody:
        found["everybody_seconds"] = [everybody["seconds"]]
        found["everybody_gigabytes"] = [everybody["peak_bytes"] / 1e9]
    for name in ("help", "first", "second"):
        if starts[name] is not None:
            found[f"{name}_seconds" if name == "help" else f"{name}_start_seconds"] = [starts[name]["all_seconds"]]
    compared = {}
    for name, each in found.items():
        bound, target = TARGETS.get(name, ("", None))
        middle = statistics.median(each)
        met = None if target is None else middle >= target if bound == "at least" else middle <= target
        compared[name] = {"median": middle, "lowest": min(each), "highest": max(each)}
        compared[name] |= {"target": None if target is None else f"{bound} {target:g}", "met": met}
    return compared


def _starts(quick: bool) -> dict[str, Any]:
    """Return how long fresh processes take: for help, and to make and run a small society, at first and again."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "run.py", "--help"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    starts: dict[str, Any] = {"help": {"all_seconds": time.perf_counter() - began}, "first": None}
    if quick:
        return starts | {"second": _fresh_process(dict(os.environ))}
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CIVIC_LOYALTY_CACHE": folder}
        say("first start, compiling")
        starts["first"] = _fresh_process(environment)
        say("second start")
        return starts | {"second": _fresh_process(environment)}


def _fresh_process(environment: dict[str, str]) -> dict[str, float]:
    found: dict[str, float] = json.loads(output_of(FRESH_PROCESS, environment))
    return found


def _arrays(values: tuple[Any, ...]) -> Iterator[np.ndarray[Any, Any]]:
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from _arrays(value)


def _nanoseconds(work: Callable[[], Any]) -> int:
    began = time.perf_counter_ns()
    work()
    return time.perf_counter_ns() - began


def draw(found: dict[str, Any], path: Path) -> None:
    """Draw what a citizen's month costs from small to large, beside the yardstick and the peers."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    blue, orange, grey = "#0072B2", "#D55E00", "#6B6B6B"
    sizes = [scale["citizens"] for scale in found["scale"]]
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(8, 5), layout="constrained")
        axis = figure.subplots()
        for kind, colour, label in (("fast", blue, "compiled engine"), ("memory", grey, "memory traffic alone")):
            for threads in THREADS:
                names = [f"{kind}_{size}_{threads}" for size in sizes]
                middle = [found["medians"][name] for name in names]
                ends = [[min(found["times"][name]) for name in names], [max(found["times"][name]) for name in names]]
                style = "-o" if threads == 1 else "--s"
                plural = "thread" if threads == 1 else "threads"
                axis.fill_between(sizes, *ends, color=colour, alpha=0.15, linewidth=0)
                axis.plot(sizes, middle, style, color=colour, markersize=4, label=f"{label}, {threads} {plural}")
        compared = found["numpy_pass"]["citizens"]
        # Mesa and AgentPy stand close together: one name above, one below.
        peers = {
            "reference": ("Mesa, all rules", 7),
            "agentpy": ("AgentPy, all rules", -7),
            "numpy_pass": ("NumPy, what ties show only", 0),
        }
        for name, (label, above) in peers.items():
            if name in found["medians"]:
                at = (compared, found["medians"][name])
                axis.plot(*at, "D", color=orange, markersize=5)
                axis.annotate(label, at, (8, above), textcoords="offset points", va="center")
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel("citizens")
        axis.set_ylabel("nanoseconds per citizen and month")
        axis.set_title("What a month of one citizen costs", loc="left")
        axis.legend(frameon=False, loc="upper right")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=130)


def table(found: dict[str, Any]) -> str:
    """Return what was measured for people to read."""
    machine = found["machine"]
    lines = [
        f"{machine['processor']}, {machine['processors']} processors, Python {machine['python']}, "
        f"load {found['load_average']['before']} to {found['load_average']['after']}",
        "",
        f"{found['unit']}, median of {found['repetitions']} (lowest to highest)",
    ]
    for name, times in found["times"].items():
        lines.append(f"  {name:28s} {statistics.median(times):12,.1f}   ({min(times):,.1f} to {max(times):,.1f})")
    lines += ["", f"{'citizens':>12s} {'set-up':>10s} {'arrays':>10s}"]
    lines += [
        f"{scale['citizens']:12,d} {scale['setup_nanoseconds_per_citizen']:7,.0f} ns "
        f"{scale['array_bytes_per_citizen']:8.0f} B"
        for scale in found["scale"]
    ]
    lines += ["", f"{'compared':30s} {'median':>9s}   lowest to highest   asked for"]
    for name, one in found["compared"].items():
        verdict = "" if one["met"] is None else f"{one['target']}: {'met' if one['met'] else 'NOT MET'}"
        lines.append(f"  {name:28s} {one['median']:9.2f}   {one['lowest']:.2f} to {one['highest']:.2f}   {verdict}")
    lines += ["", f"NumPy pass differs by at most {found['numpy_pass']['largest_difference']:.1e}"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

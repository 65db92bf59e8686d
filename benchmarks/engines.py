"""Measure the engines against each other and against their peers, in one run on one machine.

Everything is measured several times in turn, so that a busy moment hits all alike, and told as medians. Seconds belong
to a machine and an hour; the ratios are what a change of the code should be judged by. Nothing
here fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
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

from model import month
from model.society import Society
from model.tables import in_memory

POLICY = "mixed"
SEED = 1
WARM_UP_MONTHS = 30

TARGETS = {
    "reference_to_fast": ("at least", 100.0),
    "reference_to_mesa_example": ("at most", 10.0),
    "numpy_to_compiled": ("at least", 3.0),
}

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

GROWING_PROCESS = """
import json, sys, psutil
from model.society import Society
few, many, months = map(int, sys.argv[1:])
def resident(citizens):
    society = Society(citizens=citizens, months=months).run()
    return psutil.Process().memory_info().rss, society
little, small = resident(few)
much, large = resident(many)
json.dump((much - little) / (many - few), sys.stdout)
"""


class Sizes:
    """How much is measured: all of it, or just enough to see that it works."""

    def __init__(self, quick: bool) -> None:
        self.quick = quick
        self.repetitions = 2 if quick else 9
        self.citizens = (500, 1000) if quick else (1_000, 10_000, 100_000)
        self.threaded = self.citizens[-1]
        self.compared = 1000 if quick else 10_000
        self.citizen_months = 20_000 if quick else 600_000
        self.reference_months = 1 if quick else 2
        self.example_steps = 2 if quick else 10
        self.passes = 3 if quick else 20


def main() -> None:
    """Measure, print a table and write `engines.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that everything works; the figures mean little")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "benchmarks", help="folder of engines.json")
    options = parser.parse_args()
    found = measure(Sizes(options.quick))
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "engines.json"
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(table(found))
    print(f"\nwritten to {path}")


def measure(sizes: Sizes) -> dict[str, Any]:
    """Return everything measured, as written to the JSON file."""
    before = load()
    cases, difference = _cases(sizes)
    times: dict[str, list[float]] = {name: [] for name in cases}
    for repetition in range(sizes.repetitions):
        say(f"repetition {repetition + 1} of {sizes.repetitions}")
        for name, case in cases.items():
            times[name].append(case())
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {
        "machine": machine(),
        "load_average": {"before": before, "after": load()},
        "quick": sizes.quick,
        "repetitions": sizes.repetitions,
        "unit": "nanoseconds per citizen and month (of the Mesa example: per agent and step)",
        "medians": medians,
        "times": times,
        "ratios": _ratios(sizes, times),
        "numpy_pass": {"citizens": sizes.compared, "largest_difference": difference},
        "start": _starts(sizes.quick),
        "bytes_per_citizen": _memory(sizes),
    }


def _cases(sizes: Sizes) -> tuple[dict[str, Callable[[], float]], float]:
    """Return what is measured, by name, warm; and how far the NumPy pass is from the compiled one."""
    cases: dict[str, Callable[[], float]] = {}
    for citizens in sizes.citizens:
        cases[f"fast_{citizens}"] = _living(sizes, citizens, max(1, sizes.citizen_months // citizens))
    cases[f"fast_{sizes.threaded}_2_threads"] = _living(
        sizes, sizes.threaded, max(1, sizes.citizen_months // sizes.threaded), threads=2
    )
    cases[f"reference_{sizes.compared}"] = _living(sizes, sizes.compared, sizes.reference_months, engine="reference")
    cases["mesa_example"] = _mesa_example(sizes)
    cases["compiled_pass"], cases["numpy_pass"], difference = _passes(sizes)
    return cases, difference


def _living(sizes: Sizes, citizens: int, months: int, **kind: Any) -> Callable[[], float]:
    """Return a measurement of `months` more months of a society that has lived through the outbreak of the conflict."""
    say(" ".join(["making", str(citizens), "citizens", *(f"{name}={value}" for name, value in kind.items())]))
    warm_up = 1 if kind.get("engine") == "reference" else WARM_UP_MONTHS
    society = Society(
        citizens=citizens, months=warm_up + months * sizes.repetitions, policy=POLICY, seed=SEED, shock_month=1, **kind
    )
    society.run(warm_up)
    return lambda: _nanoseconds(lambda: society.run(months)) / (citizens * months)


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


def _ratios(sizes: Sizes, times: dict[str, list[float]]) -> dict[str, Any]:
    """Return medians of the ratios within each repetition, beside what the house asks for."""
    pairs = {
        "reference_to_fast": (f"reference_{sizes.compared}", f"fast_{sizes.compared}"),
        "reference_to_mesa_example": (f"reference_{sizes.compared}", "mesa_example"),
        "numpy_to_compiled": ("numpy_pass", "compiled_pass"),
        "one_thread_to_two": (f"fast_{sizes.threaded}", f"fast_{sizes.threaded}_2_threads"),
    }
    ratios = {}
    for name, (above, below) in pairs.items():
        each = [one / other for one, other in zip(times[above], times[below], strict=True)]
        bound, target = TARGETS.get(name, ("", None))
        ratio = statistics.median(each)
        met = None if target is None else ratio >= target if bound == "at least" else ratio <= target
        ratios[name] = {"ratio": ratio, "lowest": min(each), "highest": max(each)}
        ratios[name] |= {"target": None if target is None else f"{bound} {target:g}", "met": met}
    return ratios


def _starts(quick: bool) -> dict[str, Any]:
    """Return how long a fresh process takes to make and run a small society: with nothing compiled yet, and again."""
    if quick:
        return {"first": None, "second": _fresh_process(dict(os.environ))}
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CIVIC_LOYALTY_CACHE": folder}
        say("first start, compiling")
        first = _fresh_process(environment)
        say("second start")
        return {"first": first, "second": _fresh_process(environment)}


def _fresh_process(environment: dict[str, str]) -> dict[str, float]:
    found: dict[str, float] = json.loads(output_of(FRESH_PROCESS, environment))
    return found


def _memory(sizes: Sizes) -> dict[str, float]:
    """Return the memory of one citizen: of the arrays, and as a process grows."""
    society = Society(citizens=sizes.citizens[-1], months=1)
    arrays = sum(array.nbytes for array in _arrays(society.world))
    grown = json.loads(
        output_of(GROWING_PROCESS, dict(os.environ), *map(str, sizes.citizens[:: len(sizes.citizens) - 1]), "1")
    )
    return {"arrays": arrays / society.citizens, "process": grown}


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


def table(found: dict[str, Any]) -> str:
    """Return what was measured for people to read."""
    machine = found["machine"]
    lines = [
        f"{machine['processor']}, {machine['processors']} processors, Python {machine['python']}, "
        f"load {found['load_average']['before']} to {found['load_average']['after']}",
        "",
        f"{found['unit']}, median of {found['repetitions']}",
    ]
    lines += [f"  {name:28s} {median:12,.1f}" for name, median in found["medians"].items()]
    lines += ["", f"{'ratio':30s} {'median':>8s}   lowest to highest   asked for"]
    for name, ratio in found["ratios"].items():
        verdict = "" if ratio["met"] is None else f"{ratio['target']}: {'met' if ratio['met'] else 'NOT MET'}"
        lines.append(
            f"  {name:28s} {ratio['ratio']:8.2f}   {ratio['lowest']:.2f} to {ratio['highest']:.2f}   {verdict}"
        )
    lines += ["", f"NumPy pass differs by at most {found['numpy_pass']['largest_difference']:.1e}"]
    for name, start in found["start"].items():
        if start is not None:
            lines.append(
                f"{name} start: {start['all_seconds']:.1f} s ({start['processor_seconds']:.1f} s of processor time)"
            )
    memory = found["bytes_per_citizen"]
    lines.append(f"bytes per citizen: {memory['arrays']:.0f} in arrays, {memory['process']:.0f} as the process grows")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

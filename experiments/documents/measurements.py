"""The tables of docs/performance.md, out of the last full run of `benchmarks/engines.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from experiments.documents.tables import table
from scenarios import ScenarioError

RESULTS: Final = Path(__file__).resolve().parents[2] / "benchmarks" / "results.json"

COMPARED: Final = {
    "reference_to_fast": "plain Mesa (the reference engine) to the compiled engine, 10,000 citizens, one thread",
    "reference_to_mesa_example": "plain Mesa, a citizen's month, to an agent's step of Mesa's Epstein example",
    "agentpy_to_fast": "AgentPy on all rules to the compiled engine, 10,000 citizens, one thread",
    "numpy_to_compiled": "vectorised NumPy to compiled code, what ties show only (a reduced version)",
    "everybody_to_memory": "a month of everybody to the memory traffic alone, two threads",
    "everybody_to_10_000": "a citizen's month among everybody to one among 10,000, one thread",
    "one_thread_to_two": "a month of everybody on one thread to two",
    "network_to_memory": "drawing everybody's ties to one pass of the memory traffic alone, two threads",
    "network_nanoseconds": "drawing everybody's ties, nanoseconds a citizen, two threads",
    "small_runs_a_second": "runs a second of 2,000 citizens x 12 months, people and ties of their own, one thread",
    "everybody_seconds": "`simulate --citizens all --months 180`, seconds, set-up and picture included",
    "everybody_gigabytes": "the same, memory at most, gigabytes",
    "help_seconds": "`run.py --help`, seconds",
    "first_start_seconds": "a first run of 1,000 citizens, all code compiled, seconds",
    "second_start_seconds": "the same again in a new process, seconds",
}
"""What each comparison of the benchmark is, in words."""


def scale() -> str:
    """Return the table of sizes: a citizen's month, the yardstick, set-up and memory."""
    found = _results()
    rows = []
    for one in found["scale"]:
        size = one["citizens"]
        cells = [_median(found, f"{kind}_{size}_{threads}") for threads in (1, 2) for kind in ("fast", "memory")]
        made = (f"{one['setup_nanoseconds_per_citizen']:,.0f}", _median(found, f"ties_{size}_2"))
        rows.append((f"{size:,}", *cells, *made, f"{one['array_bytes_per_citizen']:.0f}"))
    head = (
        "citizens",
        "month, 1 thread",
        "memory alone",
        "month, 2 threads",
        "memory alone",
        "set-up",
        "ties",
        "bytes",
    )
    return f"{_where(found)}\n\n{table(head, rows)}"


def compared() -> str:
    """Return the table of comparisons beside what the house asks for."""
    rows = []
    for name, one in _results()["compared"].items():
        span = f"{one['lowest']:.3g} to {one['highest']:.3g}" if one["lowest"] != one["highest"] else ""
        met = "" if one["met"] is None else "yes" if one["met"] else "**no**"
        rows.append((COMPARED[name], f"{one['median']:.3g}", span, one["target"] or "", met))
    return table(("what", "median", "lowest to highest", "asked for", "met"), rows)


def peers() -> str:
    """Return the table of peers."""
    found = _results()
    named = {
        f"fast_{found['numpy_pass']['citizens']}_1": "compiled engine, all rules, one thread",
        "reference": "plain Mesa (reference engine), all rules",
        "agentpy": "AgentPy, all rules (the same methods of `Citizen`)",
        "compiled_pass": "compiled: what ties show, sanctions and incidents only",
        "numpy_pass": "vectorised NumPy: what ties show only",
        "mesa_example": "Mesa's Epstein example, an agent's step (other rules)",
    }
    rows = [
        (words, _median(found, name), f"{min(found['times'][name]):,.0f} to {max(found['times'][name]):,.0f}")
        for name, words in named.items()
        if name in found["medians"]
    ]
    return table(("who", "ns per citizen and month", "lowest to highest"), rows)


MEASUREMENTS: Final[dict[str, Callable[[], str]]] = {"scale": scale, "compared": compared, "peers": peers}
"""The tables by the name that a page's marker gives."""


@cache
def _results() -> dict[str, Any]:
    if not RESULTS.exists():
        raise ScenarioError(f"{RESULTS.name}: no such file in benchmarks/; `make bench` writes it")
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def _median(found: dict[str, Any], name: str) -> str:
    return f"{found['medians'][name]:,.0f}"


def _where(found: dict[str, Any]) -> str:
    machine = found["machine"]
    load = [f"{found['load_average'][when][0]:.1f}" for when in ("before", "after")]
    return (
        f"Measured on {machine['when'][:10]}: {machine['processor']}, {machine['processors']} processors, "
        f"{machine['memory_bytes'] / 2**30:.0f} GiB, Python {machine['python']}, numba {machine['versions']['numba']}; "
        f"load {load[0]} before and {load[1]} after. Medians of {found['repetitions']}, in nanoseconds per citizen and "
        f"month (of set-up and ties, on two threads: per citizen).{_everybody(found['everybody'])}"
    )


def _everybody(made: dict[str, Any]) -> str:
    """Return when and where the run of everybody was made, which may be kept of an earlier measurement."""
    if not made:
        return ""
    return f" The run of everybody from start to picture is of {made['when'][:10]}, on {made['processor']}."

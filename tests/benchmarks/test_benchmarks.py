"""The benchmarks run, say what they should, and measure the same work. Speed is asserted as wide ratios only."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from worlds import assert_same, differences

from model.columns import STATE, Columns
from model.crew import Crew
from model.society import Society

ROOT = Path(__file__).resolve().parents[2]


def loaded(name: str) -> Any:
    """Return a file of benchmarks/ as a module; the folder is not to be searched, for it has a lab.py."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # where stored machine code looks for it
    spec.loader.exec_module(module)
    return module


yardstick, peers = loaded("yardstick"), loaded("peers")


def measured(name: str, folder: Path, *options: str, wrote: str = "") -> tuple[dict[str, Any], str]:
    """Return what a benchmark wrote and what it said."""
    command = [sys.executable, f"benchmarks/{name}.py", "--quick", "--out", str(folder), *options]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / f"{wrote or name}.json").read_text(encoding="utf-8")), done.stdout


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("benchmarks")
    stored, said = measured("engines", folder, wrote="results")
    assert "reference_to_fast" in said
    assert (folder / "scale.png").stat().st_size > 20_000
    return stored


def test_says_what_was_measured_and_where(found: dict[str, Any]) -> None:
    assert {"processor", "processors", "python", "versions", "sources"} <= set(found["machine"])
    assert set(found["compared"]) >= {
        "reference_to_fast",
        "reference_to_mesa_example",
        "numpy_to_compiled",
        "everybody_to_memory",
        "everybody_to_10_000",
        "one_thread_to_two",
        "network_nanoseconds",
        "network_to_memory",
        "small_runs_a_second",
        "help_seconds",
        "second_start_seconds",
    }
    for one in found["compared"].values():
        assert one["lowest"] <= one["median"] <= one["highest"]
        assert (one["target"] is None) == (one["met"] is None)


def test_every_case_is_measured_equally_often(found: dict[str, Any]) -> None:
    assert set(found["times"]) == set(found["medians"])
    sizes = [scale["citizens"] for scale in found["scale"]]
    assert set(found["times"]) >= {
        f"{kind}_{size}_{threads}" for kind in ("fast", "memory") for size in sizes for threads in (1, 2)
    }
    assert set(found["times"]) >= {f"ties_{size}_2" for size in sizes}
    assert all(len(times) == found["repetitions"] for times in found["times"].values())
    assert all(time > 0 for times in found["times"].values() for time in times)


def test_numpy_pass_finds_what_the_compiled_pass_finds(found: dict[str, Any]) -> None:
    assert found["numpy_pass"]["largest_difference"] <= 1e-12


def test_the_yardstick_reads_everything_and_changes_nothing() -> None:
    one, other = (Society(citizens=3000, months=6, policy="mixed", shock_month=1).run(4) for _ in range(2))
    with Crew(2) as crew:
        before = yardstick.pass_over(one.world, crew)
        for column in (other.world.columns.kinship, other.world.columns.region):
            column[7] += 1
            assert yardstick.pass_over(other.world, crew) != before
            column[7] -= 1
        other.world.faces.voice.heard[other.world.ties[0]] += 1.0
        assert yardstick.pass_over(other.world, crew) != before
    assert set(re.findall(r"c\.(\w+)\[first:last\]", Path(yardstick.__file__).read_text(encoding="utf-8"))) == set(
        Columns._fields
    )
    assert_same(one.run(), Society(citizens=3000, months=6, policy="mixed", shock_month=1).run())


def test_agentpy_lives_the_same_months() -> None:
    """The peer is measured on the same rules only if it comes to the same numbers, to the last bit."""
    pytest.importorskip("agentpy", reason="a peer of the benchmarks only: pip install -e '.[bench]'")
    arguments = {"citizens": 150, "months": 9, "policy": "mixed", "shock_month": 1, "background_harassment": 0.2}
    society = Society(engine="reference", **arguments).run(1)
    live = peers.agentpy_months(society, 4)
    live()
    live()
    mine = Society(**arguments).run()
    assert (
        differences(
            {name: getattr(society.world.columns, name) for name in STATE},
            {name: getattr(mine.world.columns, name) for name in STATE},
        )
        == []
    )


def test_a_month_costs_no_multiple_of_what_it_did() -> None:
    """The guard: against the yardstick and the reference of the same minute, with a margin of two and more.

    When this was written, a month took some four passes of the yardstick and a hundredth of the reference.
    """
    society = Society(citizens=100_000, months=40, policy="mixed", shock_month=1)
    plain = Society(citizens=1000, months=4, policy="mixed", shock_month=1, engine="reference")

    def least(work: Callable[[], Any], times: int) -> float:
        spent = []
        for _ in range(times):
            began = time.process_time()
            work()
            spent.append(time.process_time() - began)
        return min(spent)

    with Crew(1) as crew:
        yardstick.pass_over(society.world, crew)
        society.run(8)
        month = least(lambda: society.run(4), 6) / 4 / society.citizens
        one_pass = least(lambda: yardstick.pass_over(society.world, crew), 6) / society.citizens
    assert month < 12.0 * one_pass
    assert least(plain.step, 3) / plain.citizens > 30.0 * month


@pytest.mark.proof
def test_the_runner_is_measured_against_mesas_and_against_bare_runs(tmp_path: Path) -> None:
    found, said = measured("sweeps", tmp_path)
    assert "ours_to_batch_run_fast" in said
    rates = found["rates"]["processor"]
    assert set(rates) == {"ours", "batch_run_fast", "batch_run_fast_uncollected", "batch_run_reference"}
    assert all(rate > 0.0 for each in rates.values() for rate in each)
    times = found["overhead"]["seconds"]
    assert all(len(each) == found["repetitions"] for each in times.values())
    resumed = found["resumed"]
    assert (resumed["runs"], resumed["left"], resumed["made"], resumed["resumed"]) == (400, 0, 0, 400)
    assert resumed["peak_bytes"] > resumed["imported_bytes"] > 0
    for name in ("ours_to_batch_run_reference", "ours_to_batch_run_fast", "overhead_percent", "peak_megabytes"):
        assert isinstance(found["compared"][name]["met"], bool)


@pytest.mark.proof
def test_pages_are_measured_in_a_browser(tmp_path: Path) -> None:
    pytest.importorskip("playwright")
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("no Chromium: `make browser` installs it")
    stored, said = measured("lab", tmp_path, "--without-mesa")
    assert "frozen_100000" in said
    assert list(stored["pages"]) == ["lab_500"]
    page = stored["pages"]["lab_500"]
    assert min(page[name] for name in ("first_picture_seconds", "living", "frozen", "step_milliseconds")) > 0
    assert page["pause_milliseconds"] >= 0
    assert {target["met"] for target in stored["targets"].values()} == {None}

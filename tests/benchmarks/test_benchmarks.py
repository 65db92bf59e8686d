"""The benchmark runs, says what it should, and its NumPy pass is right. No speed is asserted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def measured(name: str, folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Return what a benchmark wrote and what it said."""
    command = [sys.executable, f"benchmarks/{name}.py", "--quick", "--out", str(folder), *options]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8")), done.stdout


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    stored, said = measured("engines", tmp_path_factory.mktemp("benchmarks"))
    assert "reference_to_fast" in said
    return stored


def test_says_what_was_measured_and_where(found: dict[str, Any]) -> None:
    assert set(found) == {
        "machine",
        "load_average",
        "quick",
        "repetitions",
        "unit",
        "medians",
        "times",
        "ratios",
        "numpy_pass",
        "start",
        "bytes_per_citizen",
    }
    assert {"processor", "processors", "python", "versions", "sources"} <= set(found["machine"])
    assert set(found["ratios"]) == {
        "reference_to_fast",
        "reference_to_mesa_example",
        "numpy_to_compiled",
        "one_thread_to_two",
    }


def test_every_case_is_measured_equally_often(found: dict[str, Any]) -> None:
    assert set(found["times"]) == set(found["medians"])
    assert all(len(times) == found["repetitions"] for times in found["times"].values())
    assert all(time > 0 for times in found["times"].values() for time in times)


def test_numpy_pass_finds_what_the_compiled_pass_finds(found: dict[str, Any]) -> None:
    assert found["numpy_pass"]["largest_difference"] <= 1e-12


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

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


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("benchmarks")
    command = [sys.executable, "benchmarks/engines.py", "--quick", "--out", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "reference_to_fast" in done.stdout
    stored: dict[str, Any] = json.loads((folder / "engines.json").read_text(encoding="utf-8"))
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

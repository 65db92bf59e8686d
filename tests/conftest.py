"""What all tests share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A deadline for each example would measure the machine: where it is busy, a right answer would fail.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

LONGEST_FIRST = (
    "lab/test_page.py",
    "experiments/test_until.py",
    "lab/test_replay.py",
    "cli/test_command_line.py",
    "experiments/test_dask.py",
    "experiments/test_challenge.py",
    "lab/test_server.py",
    "lab/test_keyboard.py",
    "lab/test_explorer.py",
    "cli/test_folders.py",
    "benchmarks/test_benchmarks.py",
    "experiments/test_sweep.py",
    "experiments/test_runner.py",
    "lab/test_stored_pairs.py",
    "experiments/test_conformance.py",
    "documents/test_pages.py",
    "experiments/test_explanation.py",
    "model/test_compiling.py",
    "lab/test_controls.py",
)
"""The files that take longest."""


def pytest_configure(config: pytest.Config) -> None:
    """Let workers take the files in our order: the order of pytest-xdist knows how many tests a file has, no times."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first: one that comes last would keep one worker while the others are idle."""
    place = {name: number for number, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: place.get("/".join(item.path.parts[-2:]), len(place)))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install -e '.[dev]' brings Playwright")
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium: `make browser` (lab/install_chromium.sh) installs it")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()

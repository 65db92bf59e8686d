"""Mesa's own page: it comes up, steps and draws in a real browser, asks nobody, and reports to nobody."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("solara", reason="pip install -e '.[mesa-viz]' brings Mesa's page")
ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 120

WATCHED = """
import pathlib, sys
from solara.__main__ import main
from solara.server import telemetry

trap = pathlib.Path(sys.argv.pop())

class Trap:
    def __getattr__(self, name):
        trap.write_text(name)

telemetry.requests = Trap()
main()
"""
"""Solara's command line, with a trap where it would report its use."""


@pytest.fixture
def reported(tmp_path: Path) -> Path:
    """The file that is written if Solara reports anything to anyone."""
    return tmp_path / "reported"


@pytest.fixture
def address(reported: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-open", "--production"]
    server = subprocess.Popen(
        [sys.executable, "-c", WATCHED, "run", "lab/mesa_page.py", *options, str(reported)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end and server.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        assert server.poll() is None, "solara did not start"
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(20)


def test_the_page_steps_draws_and_reports_to_nobody(
    chromium: Any, address: str, reported: Path, tmp_path: Path
) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    wrongs: list[str] = []
    page.on("console", lambda message: message.type == "error" and wrongs.append(message.text))
    page.on(
        "request",
        lambda request: urlsplit(request.url).hostname in (None, "127.0.0.1") or wrongs.append(request.url),
    )
    page.goto(address, timeout=120_000)
    page.get_by_text("Citizens, month 0").wait_for(timeout=60_000)
    before = page.locator(".citizens img").get_attribute("src")
    page.get_by_role("button", name="Step").click()
    page.get_by_text("Citizens, month 1", exact=True).wait_for(timeout=60_000)
    assert page.locator(".citizens img").get_attribute("src") != before
    assert page.get_by_text("fairness weight").count() == 1
    page.wait_for_function("document.querySelectorAll('.solara-content-main img').length >= 4", timeout=60_000)
    folder = Path(os.environ.get("LAB_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / "mesa-page.png")
    page.get_by_role("button", name="Reset").click()
    page.get_by_text("Citizens, month 0").wait_for(timeout=60_000)
    page.close()
    assert wrongs == []
    assert not reported.exists()

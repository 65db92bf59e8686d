"""Measure the pages in a real browser: the laboratory's two worlds, living and frozen, and Mesa's own page beside it.

Frames a second, and how long a step and a pause take, as the browser sees them. The frozen model shows a month that it
has lived already: all the work but the model's. Seconds belong to a machine and an hour; Mesa's page is measured in the
same run, so that the ratio holds elsewhere. Nothing here fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

# A clone works as it stands, installed or not.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from machine import ROOT, load, machine, say

PAGES = ("starlette", "uvicorn", "websockets", "playwright")
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SCREEN = {"width": 1440, "height": 900}
PATIENCE = 900_000  # milliseconds: a million citizens take their time, and so does a busy machine

FEW = 3

TARGETS = {"frozen_100000": 30.0, "frozen_1000000": 15.0, "lab_to_mesa": 20.0}

WATCH = """
([selector, attribute, click, first, quiet, most]) => new Promise((done) => {
  // Times, in milliseconds from the click (or from now), at which something changed; ends after a while of quiet, the
  // first of which may be longer.
  // What changes may stand in an element that is made anew, so the whole page is watched.
  const state = () => document.querySelector(selector)?.getAttribute(attribute);
  let last = state();
  const from = performance.now();
  const times = [];
  const end = () => { observer.disconnect(); done(times); };
  let later = setTimeout(end, first);
  const stop = setTimeout(end, most);
  const observer = new MutationObserver(() => {
    const now = state();
    if (now === last || !now) return;
    last = now;
    times.push(performance.now() - from);
    if (quiet) { clearTimeout(later); later = setTimeout(() => { clearTimeout(stop); end(); }, quiet); }
  });
  observer.observe(document, { attributes: true, attributeFilter: [attribute], childList: true, subtree: true });
  if (click) [...document.querySelectorAll(click[0])].find((one) => one.textContent.includes(click[1]))?.click();
})
"""

FREEZE = """
async (on) => {
  const { laboratory } = await import("/static/js/main.js");
  clearInterval(window.frozen);
  // Ask for the same month again whenever it has been drawn.
  if (on) window.frozen = setInterval(() => { laboratory.stale = true; }, 1);
}
"""


class Sizes:
    """How much is measured: all of it, or just enough to see that it works."""

    def __init__(self, quick: bool) -> None:
        self.quick = quick
        self.citizens = (500,) if quick else (10_000, 100_000, 1_000_000)
        self.compared = 500 if quick else 10_000
        self.seconds = 1.5 if quick else 12.0
        self.mesa_seconds = 4.0 if quick else 40.0
        self.steps = 3 if quick else 12


class Shown(ABC):
    """A page that shows a society living."""

    frame: ClassVar[tuple[str, str]]
    """What changes with every frame: a selector, and the attribute."""

    step: ClassVar[tuple[str, str]]
    play: ClassVar[tuple[str, str]]
    pause: ClassVar[tuple[str, str]]
    """Buttons: a selector, and what they say."""

    quiet: ClassVar[float]
    """Milliseconds without a frame after which nothing more is to come."""

    def __init__(self, page: Any, citizens: int) -> None:
        self.page = page
        self.citizens = citizens

    @abstractmethod
    def open(self) -> None:
        """Open the page and wait for month 0."""

    def living(self, seconds: float) -> float:
        """Return frames a second while the society lives months that it has not lived before."""
        times = self._watch(self.play, seconds=seconds)
        self._watch(self.pause, first=self.quiet, quiet=self.quiet)
        return _rate(times, seconds)

    def steps(self, count: int) -> list[float]:
        """Return milliseconds from the click to the first frame, for single steps."""
        self._watch(None, first=self.quiet, quiet=self.quiet)
        found = []
        for _ in range(count):
            times = self._watch(self.step, quiet=self.quiet)
            found += times[:1]
        return found

    def pauses(self, count: int) -> list[float]:
        """Return milliseconds from the click on pause to the last frame that still came."""
        found = []
        for _ in range(count):
            shown = self._watch(self.play, seconds=0.5 + 2.0 * self.quiet / 1000.0)
            times = self._watch(self.pause, first=self.quiet, quiet=self.quiet)
            if shown:
                found.append(times[-1] if times else 0.0)
        return found

    def _watch(
        self, click: tuple[str, str] | None, *, seconds: float = 60.0, first: float | None = None, quiet: float = 0.0
    ) -> list[float]:
        most = 1000.0 * seconds
        options = [*self.frame, click, most if first is None else first, quiet, most]
        times: list[float] = self.page.evaluate(WATCH, options)
        return times


class LabPage(Shown):
    """The laboratory."""

    frame = ("html", "data-frames")
    step = ("#forward", "+1")
    play = ("#play", "Play")
    pause = ("#play", "Pause")
    quiet = 600.0

    def __init__(self, page: Any, citizens: int, address: str) -> None:
        super().__init__(page, citizens)
        self.address = address

    def open(self) -> None:
        self.page.goto(f"{self.address}#month=0", timeout=PATIENCE)
        self.page.locator('html[data-month="0"]').wait_for(state="attached", timeout=PATIENCE)
        self.page.locator("#speed").select_option("Infinity")

    def frozen(self, seconds: float) -> float:
        """Return frames a second of one month, shown again and again."""
        self.page.evaluate(FREEZE, True)
        times = self._watch(None, seconds=seconds)
        self.page.evaluate(FREEZE, False)
        return _rate(times, seconds)


class MesaPage(Shown):
    """Mesa's own page; a frame is another picture of the citizens."""

    frame = (".citizens img", "src")
    step = ("button", "Step")
    play = ("button", "▶")
    pause = ("button", "❚❚")
    quiet = 4000.0

    def __init__(self, page: Any, citizens: int, address: str) -> None:
        super().__init__(page, citizens)
        self.address = address

    def open(self) -> None:
        self.page.goto(self.address, timeout=PATIENCE)
        self.page.locator(".citizens img").wait_for(timeout=PATIENCE)


def main() -> None:
    """Measure, print a table and write `lab.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that everything works; the figures mean little")
    parser.add_argument("--without-mesa", action="store_true", help="leave Mesa's page out")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "benchmarks", help="folder of lab.json")
    options = parser.parse_args()
    found = measure(Sizes(options.quick), with_mesa=not options.without_mesa)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "lab.json"
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(table(found))
    print(f"\nwritten to {path}")


def measure(sizes: Sizes, *, with_mesa: bool) -> dict[str, Any]:
    """Return everything measured, as written to the JSON file."""
    from playwright.sync_api import sync_playwright

    before = load()
    pages = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        chromium = browser.version
        for citizens in sizes.citizens:
            say(f"the laboratory, two worlds of {citizens} citizens")
            pages[f"lab_{citizens}"] = measure_lab(browser, citizens, sizes)
        if with_mesa:
            say(f"Mesa's page, one world of {sizes.compared} citizens")
            pages[f"mesa_{sizes.compared}"] = measure_mesa(browser, sizes.compared, sizes)
        browser.close()
    return {
        "machine": {**machine(), "chromium": chromium, "pages": {name: version(name) for name in PAGES}},
        "load_average": {"before": before, "after": load()},
        "quick": sizes.quick,
        "screen": SCREEN,
        "pages": pages,
        "targets": _targets(pages, sizes),
    }


def measure_lab(browser: Any, citizens: int, sizes: Sizes) -> dict[str, Any]:
    """Return what the laboratory does with two worlds of so many citizens."""
    with _lab_server(citizens) as address, _page(browser) as page:
        began = time.perf_counter()
        lab = LabPage(page, citizens, address)
        lab.open()
        opened = time.perf_counter() - began
        steps = lab.steps(sizes.steps)
        pauses = lab.pauses(max(2, sizes.steps // 4))
        living = lab.living(sizes.seconds)
        return _described(lab, opened, living, steps, pauses) | {"frozen": lab.frozen(sizes.seconds)}


def measure_mesa(browser: Any, citizens: int, sizes: Sizes) -> dict[str, Any]:
    """Return what Mesa's page does with one world of so many citizens."""
    with _mesa_server(citizens) as address, _page(browser) as page:
        began = time.perf_counter()
        mesa = MesaPage(page, citizens, address)
        mesa.open()
        opened = time.perf_counter() - began
        steps = mesa.steps(min(4, sizes.steps))
        living = mesa.living(sizes.mesa_seconds)
        pauses = [] if sizes.quick else mesa.pauses(2)
        return _described(mesa, opened, living, steps, pauses) | {"frozen": None}


def _described(shown: Shown, opened: float, living: float, steps: list[float], pauses: list[float]) -> dict[str, Any]:
    return {
        "citizens": shown.citizens,
        "first_picture_seconds": opened,
        "living": living,
        "step_milliseconds": statistics.median(steps) if steps else None,
        "pause_milliseconds": statistics.median(pauses) if pauses else None,
    }


def _targets(pages: dict[str, Any], sizes: Sizes) -> dict[str, Any]:
    """Return what the house asks for, beside what was measured; None where it was not."""
    lab, mesa = pages.get(f"lab_{sizes.compared}"), pages.get(f"mesa_{sizes.compared}")
    found = {f"frozen_{page['citizens']}": page["frozen"] for page in pages.values() if page["frozen"] is not None}
    found["lab_to_mesa"] = lab["living"] / mesa["living"] if lab and mesa and mesa["living"] else None
    return {
        name: {
            "measured": found.get(name),
            "at_least": least,
            "met": None if found.get(name) is None or sizes.quick else found[name] >= least,
        }
        for name, least in TARGETS.items()
    }


def _rate(times: list[float], seconds: float) -> float:
    """Return frames a second: between the first and the last, or of the whole time where there are few."""
    return 1000.0 * (len(times) - 1) / (times[-1] - times[0]) if len(times) > FEW else len(times) / seconds


@contextmanager
def _page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport=SCREEN)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    try:
        yield page
    finally:
        context.close()


@contextmanager
def _lab_server(citizens: int) -> Iterator[str]:
    command = [sys.executable, "run.py", "lab", "--port", "0", "--no-open", "--citizens", str(citizens)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1)
    try:
        assert server.stdout is not None
        found = next((found for line in server.stdout if (found := re.search(r"http://\S+", line))), None)
        if found is None:
            raise SystemExit(f"the laboratory did not open (exit code {server.wait()})")
        yield found.group()
    finally:
        _end(server)


@contextmanager
def _mesa_server(citizens: int) -> Iterator[str]:
    """Serve Mesa's page with so many citizens, at the pace that Mesa starts with."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        app = Path(folder) / "app.py"
        settings = f"mesa_page.CITIZENS = {citizens}\n"
        app.write_text(f"from lab import mesa_page\n{settings}Page = mesa_page.Page\n", encoding="utf-8")
        command = [sys.executable, "-m", "solara", "run", str(app), "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(
            [*command, "--no-open", "--production"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if server.poll() is not None:
                    raise SystemExit("Mesa's page did not open; it needs: pip install -e '.[mesa-viz]'")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/"
        finally:
            _end(server)


def _end(server: subprocess.Popen[Any]) -> None:
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdout is not None:
        server.stdout.close()


def table(found: dict[str, Any]) -> str:
    """Return what was measured for people to read."""
    where, loads = found["machine"], found["load_average"]
    lines = [
        f"{where['processor']}, {where['processors']} processors, Python {where['python']}, "
        f"Chromium {where['chromium']}, load {loads['before']} to {loads['after']}",
        "",
        f"{'page':16s} {'first picture':>13s} {'living':>8s} {'frozen':>8s} {'step':>8s} {'pause':>8s}",
        f"{'':16s} {'s':>13s} {'frames/s':>8s} {'frames/s':>8s} {'ms':>8s} {'ms':>8s}",
    ]
    for name, page in found["pages"].items():
        cells = [page["frozen"], page["step_milliseconds"], page["pause_milliseconds"]]
        written = " ".join(f"{'-' if cell is None else format(cell, '.1f'):>8s}" for cell in cells)
        lines.append(f"{name:16s} {page['first_picture_seconds']:13.1f} {page['living']:8.1f} {written}")
    lines.append("")
    for name, target in found["targets"].items():
        measured = "not measured" if target["measured"] is None else f"{target['measured']:.1f}"
        verdict = "" if target["met"] is None else ": met" if target["met"] else ": NOT MET"
        lines.append(f"{name:16s} {measured:>12s}, asked for at least {target['at_least']:g}{verdict}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

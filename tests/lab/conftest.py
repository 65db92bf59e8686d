"""A laboratory of 2,000 citizens in a process of its own, and a page of Chromium that must not fail or call out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]
CITIZENS = 2000
SIZES = {"1440x900": (1440, 900), "1024x768": (1024, 768), "390x844": (390, 844)}


class Server:
    """A laboratory that listens."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, str(ROOT / "run.py"), "lab", "--port", "0", "--no-open", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=ROOT)
        self.said: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if found := re.search(r"http://\S+", line):
                self.address = found.group()
                return
        raise AssertionError(f"the laboratory did not open: {self.said}, exit code {self.process.wait()}")

    @property
    def origin(self) -> str:
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture(scope="session")
def start() -> type[Server]:
    """What starts a laboratory with other options."""
    return Server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server("--citizens", str(CITIZENS))
    yield server
    server.close()


class Tab:
    """A page of the laboratory, with what it did wrong."""

    def __init__(self, page: Any, server: Server) -> None:
        self.page = page
        self.server = server
        self.wrongs: list[str] = []
        page.on("console", lambda message: message.type == "error" and self.wrongs.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.wrongs.append(f"error: {error}"))
        page.on("request", lambda request: self._check(request.url))
        page.on("websocket", lambda socket: self._check(socket.url))

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in ("127.0.0.1", "localhost"):
            self.wrongs.append(f"request off loopback: {url}")

    def open(self, state: str = "") -> Tab:
        self.page.goto(self.server.address + state)
        return self

    def reach(self, month: int) -> None:
        """Wait until a month is drawn."""
        self.page.locator(f'html[data-month="{month}"]').wait_for(state="attached", timeout=60_000)

    def scrub(self, month: int) -> None:
        self.page.locator("#scrub").evaluate(
            "(bar, month) => { bar.value = month; bar.dispatchEvent(new Event('input')); "
            "bar.dispatchEvent(new Event('change')); }",
            month,
        )
        self.reach(month)

    def field(self, world: str) -> str:
        """Return the drawn field as text."""
        drawn: str = self.page.locator(f'[data-world="{world}"] canvas.cells').evaluate("c => c.toDataURL()")
        return drawn

    def figure(self, world: str, name: str) -> str:
        text: str = self.page.locator(f'[data-world="{world}"] [data-figure="{name}"]').inner_text()
        return text

    def ask(self, kind: str, content: dict[str, Any]) -> Any:
        """Ask the server over the page's own line."""
        return self.page.evaluate(
            "async ([kind, content]) => { const { laboratory } = await import('/static/js/main.js'); "
            "return (await laboratory.link.ask(kind, content)).head; }",
            [kind, content],
        )


@pytest.fixture
def open_tab(chromium: Any, server: Server) -> Iterator[Callable[..., Tab]]:
    tabs: list[Tab] = []
    contexts = []

    def opened(state: str = "#month=0", size: str = "1440x900", **options: Any) -> Tab:
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        tab = Tab(context.new_page(), server)
        tabs.append(tab)
        return tab.open(state)

    yield opened
    for context in contexts:
        context.close()
    assert [wrong for tab in tabs for wrong in tab.wrongs] == []

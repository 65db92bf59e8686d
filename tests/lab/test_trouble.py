"""When something breaks: the page says what, with the run that broke it, and everything else goes on."""

from __future__ import annotations

import json
import multiprocessing
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from websockets.sync.client import ClientConnection, connect

from lab.desk import Desk
from lab.history import History, Recipe
from lab.life import Life
from lab.messages import RefusedError
from lab.worlds import work

WORLDS = [{"policy": "coercion", "events": [[3, "media", 0.5]]}, {"policy": "better_life"}]
OPEN = {"country": "kazakhstan-2021", "citizens": 500, "months": 40, "seed": 6, "parameters": {"welfare_weight": 0.7},
        "worlds": WORLDS}  # fmt: skip


def seconds_worked(server: Any) -> dict[int, float]:
    """Return for how long each process of a server's worlds has worked so far, by process id."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    return {child.pid: child.cpu_times().user for child in children if "spawn_main" in " ".join(child.cmdline())}


def until_spares(server: Any) -> None:
    """Wait until no worlds are in the making."""
    deadline = time.monotonic() + 90
    while True:
        with urllib.request.urlopen(server.origin + "/status.json", timeout=10) as answer:
            if json.load(answer)["spares"] > 0:
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def ask(socket: ClientConnection, kind: str, **content: Any) -> dict[str, Any]:
    socket.send(json.dumps({"type": kind, "id": 1, **content}))
    answer = socket.recv(timeout=60)
    text = answer if isinstance(answer, str) else answer[4 : 4 + int.from_bytes(answer[:4], "little")].decode()
    head: dict[str, Any] = json.loads(text)
    return head


@pytest.fixture
def own_signal() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("own_signal")
def test_a_fault_of_the_model_is_told_and_the_world_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = multiprocessing.Pipe()
    recipe, history = Recipe("kazakhstan-2021", 500, 40, 6), History("coercion")
    regions = Life.regions

    def fails_in_month_2(self: Life, month: int) -> Any:
        if month == 2:
            raise ZeroDivisionError("a fault of the model")
        return regions(self, month)

    monkeypatch.setattr(Life, "regions", fails_in_month_2)
    ours.send(("open", (recipe, history)))
    ours.send(("resize", (300, 200, False)))
    for month in (1, 2, 3):
        ours.send(("frame", (month, "stance", month - 1, False)))
    ours.send(("frame", (41, "weather", 0, False)))
    answers: list[Any] = []

    def listen() -> None:
        answers.extend(ours.recv() for _ in range(6))
        ours.close()

    listener = threading.Thread(target=listen)
    listener.start()
    work(theirs)
    listener.join()
    kinds = [kind for kind, _ in answers]
    assert kinds == ["done", "done", "done", "failed", "done", "failed"]
    assert "ZeroDivisionError: a fault of the model (in fails_in_month_2)" in answers[3][1]


def test_a_world_says_what_it_must_be_told_first() -> None:
    desk = Desk()
    with pytest.raises(RefusedError, match="open a world first"):
        desk.levers()
    with pytest.raises(RefusedError, match="start a recording first"):
        desk.record(0.1)
    desk.open(Recipe("kazakhstan-2021", 50, 2, 6), History("coercion"))
    with pytest.raises(RefusedError, match="say first how large the field is"):
        desk.frame(1, "stance", -1, rarest=False)


def test_a_world_that_dies_is_told_to_its_own_tab_alone(open_tab: Callable[..., Any], server: Any) -> None:
    tab = open_tab("#month=50&set=welfare_weight:0.8")
    tab.reach(50)
    page = tab.page
    prints = tab.ask("fingerprint", {"month": 50})["worlds"]
    with connect(server.origin.replace("http", "ws") + "/worlds", origin=server.origin, compression=None) as other:
        assert ask(other, "open", **OPEN)["type"] == "opened"
        elsewhere = ask(other, "fingerprint", month=5)["worlds"]
        until_spares(server)
        before = seconds_worked(server)
        tab.ask("replicate", {"seed": 2, "months": 180})
        worked = {pid: seconds - before[pid] for pid, seconds in seconds_worked(server).items()}
        psutil.Process(max(worked, key=lambda pid: worked[pid])).kill()
        page.locator("#forward").click()
        notice = page.locator("#notice")
        notice.get_by_text("The model failed").wait_for()
        for words in ("exit code -9", "2000 citizens", "seed 1", "welfare_weight = 0.8", "A: coercion; B: better_life"):
            assert words in notice.inner_text()
        assert ask(other, "fingerprint", month=5)["worlds"] == elsewhere
        assert ask(other, "fingerprint", month=9)["type"] == "fingerprint"
    page.locator("#about-open").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Feeling threatened: Table").click()
    assert page.locator(".table tr").count() > 50
    notice.get_by_role("button", name="Start it again").click()
    page.locator('html[data-opened="2"]').wait_for(state="attached", timeout=60_000)
    tab.reach(51)
    assert tab.ask("fingerprint", {"month": 50})["worlds"] == prints
    assert notice.is_hidden()

"""The server: who is let in, what is refused, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from socket import SHUT_RDWR, create_connection
from typing import Any, TypeVar

import psutil
import pytest
from starlette.websockets import WebSocketDisconnect, WebSocketState
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lab.history import History, Recipe
from lab.limits import Limits, check_memory
from lab.saving import Saving
from lab.server import KEPT_CITIZENS, Laboratory, serve
from lab.session import PATIENCE, Session
from lab.worlds import World
from scenarios import ScenarioError

Result = TypeVar("Result")

WORLDS = [{"policy": "coercion"}, {"policy": "better_life"}]
OPEN = {"country": "kazakhstan-2021", "citizens": 500, "months": 40, "seed": 1, "worlds": WORLDS}


def line(server: Any, **options: Any) -> ClientConnection:
    address = server.origin.replace("http", "ws") + "/worlds"
    return connect(address, origin=options.pop("origin", server.origin), compression=None, max_size=None, **options)


def ask(socket: ClientConnection, kind: str, number: int = 1, **content: Any) -> dict[str, Any]:
    socket.send(json.dumps({"type": kind, "id": number, **content}))
    answer = socket.recv(timeout=60)
    text = answer if isinstance(answer, str) else answer[4 : 4 + int.from_bytes(answer[:4], "little")].decode()
    head: dict[str, Any] = json.loads(text)
    return head


def status(server: Any) -> dict[str, int]:
    with urllib.request.urlopen(server.origin + "/status.json", timeout=10) as answer:
        found: dict[str, int] = json.load(answer)
        return found


def until_sessions(server: Any, wanted: int) -> None:
    deadline = time.monotonic() + 15
    while status(server)["sessions"] != wanted or status(server)["pairs"] > wanted:
        assert time.monotonic() < deadline, status(server)
        time.sleep(0.05)


def test_only_its_own_page_is_answered(server: Any) -> None:
    for origin in ("http://evil.example", server.origin.replace("http", "https") + "0", None):
        with pytest.raises(InvalidStatus):
            line(server, origin=origin)
    request = urllib.request.Request(server.origin, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=10)


def test_every_answer_forbids_to_call_out(server: Any) -> None:
    for path in ("/", "/static/style.css", "/static/js/main.js", "/catalogue.json"):
        with urllib.request.urlopen(server.origin + path, timeout=10) as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_malformed_messages_do_no_harm(server: Any) -> None:
    with line(server) as socket:
        assert ask(socket, "show", month=1, layer="stance", have=[-1, -1])["type"] == "refused"
        assert ask(socket, "open", **OPEN)["type"] == "opened"
        socket.send("{")
        assert "JSON" in str(socket.recv(timeout=10))
        assert "colour" in ask(socket, "show", month=1, layer="colour", have=[-1, -1])["text"]
        assert ask(socket, "citizen", number=600, month=0)["type"] == "refused"
        assert ask(socket, "resize", width=300, height=200)["type"] == "field"
        assert ask(socket, "show", month=1, layer="stance", have=[-1, -1])["type"] == "frame"


def test_without_a_folder_nothing_is_stored(server: Any) -> None:
    with line(server) as socket:
        assert ask(socket, "stored")["type"] == "refused"
        assert ask(socket, "open", **OPEN)["type"] == "opened"
        assert "unknown key 'folder'" in ask(socket, "stored", folder="results")["text"]
        assert ask(socket, "stored") == {"type": "stored", "id": 1, "folder": None}


def test_who_only_talks_nonsense_is_shown_the_door(server: Any) -> None:
    with line(server) as socket:
        for _ in range(20):
            socket.send("nonsense")
            assert "JSON" in str(socket.recv(timeout=10))
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
    with line(server) as socket:
        socket.send("x" * 100_000)
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=10)
    until_sessions(server, 0)


class Talker:
    """A socket that says its texts one after the other, some after a pause, and hangs up."""

    client_state = WebSocketState.DISCONNECTED

    def __init__(self, texts: list[str], clock: list[float], pauses: dict[int, float]) -> None:
        self.texts, self.clock, self.pauses = texts, clock, pauses
        self.said = 0
        self.heard: list[str] = []

    async def receive_text(self) -> str:
        if self.said == len(self.texts):
            raise WebSocketDisconnect
        self.clock[0] += self.pauses.get(self.said, 0.0)
        self.said += 1
        return self.texts[self.said - 1]

    async def send_text(self, text: str) -> None:
        self.heard.append(json.loads(text)["text"])


def test_no_more_messages_a_second_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("lab.session.time.monotonic", lambda: clock[0])
    hello = json.dumps({"type": "fingerprint", "id": 1, "month": 0})
    talker = Talker([hello] * 12, clock, {5: 0.4, 9: 1.0})
    limits = Limits(messages_a_second=5, seconds_to_open=5.0)
    alone(Session(talker, never, never, make_none, limits).run())
    few, many = "open the worlds first", "at most 5 messages a second"
    assert talker.heard == [few] * 7 + [many] * 2 + [few] * 3
    flood = Talker([hello] * 100, clock, {})
    alone(Session(flood, never, never, make_none, limits).run())
    assert flood.said == PATIENCE


def alone(work: Coroutine[Any, Any, Result]) -> Result:
    """Do some work on a loop of its own; the browser's may be running in this thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


async def never(*_: Any) -> Any:
    raise AssertionError("nobody asked for worlds")


def make_none() -> Any:
    raise AssertionError("nobody asked for a replay")


def test_a_vanished_browser_frees_its_worlds(server: Any) -> None:
    with contextlib.suppress(ConnectionClosed, OSError), line(server) as socket:
        ask(socket, "open", **OPEN)
        until_sessions(server, 1)
        socket.socket.shutdown(SHUT_RDWR)
    until_sessions(server, 0)


def test_a_browser_that_falls_silent_frees_its_worlds(server: Any) -> None:
    host, _, port = server.origin.removeprefix("http://").partition(":")
    with create_connection((host, int(port)), timeout=20) as silent:
        lines = ("GET /worlds HTTP/1.1", f"Host: {host}:{port}", f"Origin: {server.origin}", "Upgrade: websocket",
                 "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + 22 * "A" + "==",
                 "", "")  # fmt: skip
        silent.sendall("\r\n".join(lines).encode())
        assert b" 101 " in silent.recv(4096)
        until_sessions(server, 1)
        text = json.dumps({"type": "open", "id": 1, **OPEN}).encode()
        silent.sendall(b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text)  # a text, masked with zeros
        assert b"opened" in silent.recv(65536)
        until_sessions(server, 0)  # it answers no ping


def test_frames_are_not_compressed(server: Any) -> None:
    address = server.origin.replace("http", "ws") + "/worlds"
    with connect(address, origin=server.origin, compression="deflate") as socket:
        assert socket.response is not None
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


def test_no_file_but_the_pages_is_served(server: Any) -> None:
    for path in ("/static/../server.py", "/static/%2e%2e/server.py", "/static//etc/passwd", "/lab/server.py"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(server.origin + path, timeout=10)


def test_large_worlds_wait_for_nobody() -> None:
    laboratory = Laboratory(Limits(), 3 * KEPT_CITIZENS, None, ())
    made: list[int] = []

    class Pretended:
        alive = True

        def __init__(self, _: Any, cores: int) -> None:
            assert cores >= 1
            self.worlds = (self, self)

        async def ask(self, name: str, *arguments: Any) -> None:
            if name == "open":
                made.append(arguments[0].citizens)

        def end(self) -> None:
            made.append(0)

    async def visited() -> None:
        await laboratory.ready(laboratory.usual)
        pair = await laboratory.take_pair()
        assert made == [3 * KEPT_CITIZENS] * 2
        assert laboratory.status()["spares"] == 0
        while not laboratory.status()["spares"]:
            await asyncio.sleep(0.01)
        assert made[2:] == [KEPT_CITIZENS] * 2
        await laboratory.give_back(pair, 3 * KEPT_CITIZENS)
        assert made[4:] == [0]
        await laboratory.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lab.server.Pair", Pretended)
        patch.setattr("lab.server.SECONDS_TO_SPARE", 0.2)
        alone(asyncio.wait_for(visited(), 20))


def test_a_replay_in_the_making_ends_with_its_tab(server: Any) -> None:
    laboratory = psutil.Process(server.process.pid)
    with line(server) as socket:
        ask(socket, "open", **OPEN | {"citizens": 5000, "months": 360})
        before = set(laboratory.children(recursive=True))
        said = ask(socket, "record")
        assert said["type"] == "recording"
        assert said["done"] < said["total"]
        making = set(laboratory.children(recursive=True)) - before
        assert making
        assert ask(socket, "rewrite", worlds=WORLDS[::-1])["type"] == "rewritten"
        _, alive = psutil.wait_procs(making, timeout=15)
        assert alive == []
        ask(socket, "record")
        making = set(laboratory.children(recursive=True)) - before
        assert making
    _, alive = psutil.wait_procs(making, timeout=15)
    assert alive == []
    until_sessions(server, 0)


def test_why_there_is_no_replay_is_said() -> None:
    async def tried() -> Saving:
        with ThreadPoolExecutor(1) as threads:
            world = World(threads)
            saving = Saving(world, Recipe("kazakhstan-2021", 100_001, 1, 1), (History("coercion"), History("welfare")))
            while saving.trouble is None:
                await asyncio.sleep(0.05)
            while world.alive:
                await asyncio.sleep(0.05)
            return saving

    saving = alone(asyncio.wait_for(tried(), 60))
    assert saving.page is None
    assert "at most 100000" in str(saving.trouble)


def test_too_many_tabs_are_told_so(server: Any) -> None:
    with contextlib.ExitStack() as tabs:
        for _ in range(4):
            tabs.enter_context(line(server))
        until_sessions(server, 4)
        fifth = tabs.enter_context(line(server))
        assert "at most 4" in json.loads(str(fifth.recv(timeout=10)))["text"]
    until_sessions(server, 0)


def test_worlds_can_be_made_again(server: Any) -> None:
    with line(server) as socket:
        ask(socket, "open", **OPEN)
        ask(socket, "resize", width=300, height=200)
        assert ask(socket, "show", month=2, layer="stance", have=[-1, -1])["type"] == "frame"
        again = ask(socket, "open", **OPEN | {"seed": 2})
        assert again["type"] == "opened"


def test_what_does_not_fit_into_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Small:
        available = 2 * 2**30

    monkeypatch.setattr("lab.limits.psutil.virtual_memory", Small)
    check_memory(100_000)
    with pytest.raises(
        ScenarioError, match=r"two worlds need about 2\.9 GiB of memory and 2\.0 GiB are free; 500000 fit"
    ):
        check_memory(1_000_000)
    with pytest.raises(ScenarioError, match="two worlds need about"):
        serve(citizens=1_000_000, open_browser=False)
    talker = Talker([json.dumps({"type": "open", "id": 1, **OPEN, "citizens": 1_000_000})], [0.0], {})
    alone(Session(talker, never, never, make_none, Limits()).run())
    assert "two worlds need about" in talker.heard[0]


def test_another_host_needs_to_be_meant() -> None:
    with pytest.raises(ScenarioError, match="--remote"):
        serve(host="0.0.0.0", open_browser=False)
    with pytest.raises(ScenarioError, match="--citizens"):
        serve(citizens=10**8, open_browser=False)


def test_from_outside_only_with_the_token(start: Callable[..., Any]) -> None:
    server = start("--host", "0.0.0.0", "--remote", "--citizens", "200")
    try:
        token = server.address.partition("token=")[2]
        assert len(token) > 16
        address = server.origin.replace("http", "ws") + "/worlds"
        with pytest.raises(InvalidStatus):
            connect(address, origin=server.origin)
        with connect(f"{address}?token={token}", origin=server.origin, compression=None) as socket:
            assert ask(socket, "open", **OPEN)["type"] == "opened"
    finally:
        server.close()


def test_a_killed_server_leaves_no_worlds_behind(start: Callable[..., Any]) -> None:
    server = start("--citizens", "200")
    workers = psutil.Process(server.process.pid).children(recursive=True)
    assert len(workers) >= 2
    server.process.kill()
    server.process.wait(10)
    server.process.stdout.close()
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []

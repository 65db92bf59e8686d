"""The server: who is let in, what is refused, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from socket import AF_INET6, SHUT_RDWR, create_connection, create_server
from typing import Any, TypeVar

import psutil
import pytest
import uvicorn
from starlette.websockets import WebSocketDisconnect, WebSocketState
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lab.history import History, Recipe
from lab.limits import Limits, check_memory
from lab.saving import Saving
from lab.server import KEPT_CITIZENS, Laboratory, serve
from lab.session import PATIENCE, Session
from lab.worlds import World, WorldError
from scenarios import ScenarioError

Result = TypeVar("Result")

WORLDS = [{"policy": "coercion"}, {"policy": "better_life"}]
OPEN = {"country": "kazakhstan-2021", "citizens": 500, "months": 40, "seed": 1, "worlds": WORLDS}


def line(server: Any, **options: Any) -> ClientConnection:
    address = server.origin.replace("http", "ws") + "/worlds"
    return connect(address, origin=options.pop("origin", server.origin), compression=None, max_size=None, **options)


def ask(socket: ClientConnection, kind: str, **content: Any) -> dict[str, Any]:
    socket.send(json.dumps({"type": kind, "id": 1, **content}))
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
        assert "there is no citizen 600" in ask(socket, "citizen", number=600, month=0)["text"]
        assert ask(socket, "resize", width=300, height=200)["type"] == "field"
        assert ask(socket, "show", month=1, layer="stance", have=[-1, -1])["type"] == "frame"


def test_without_a_folder_nothing_is_stored(server: Any) -> None:
    for path, code in (("/explore", 404), ("/results.json", 403)):
        with pytest.raises(urllib.error.HTTPError, match=str(code)):
            urllib.request.urlopen(server.origin + path, timeout=10)
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
    """A socket that says its texts one after the other, some after a pause, and hangs up or falls silent."""

    client_state = WebSocketState.DISCONNECTED

    def __init__(self, texts: list[str], clock: list[float], pauses: dict[int, float], hangs_up: bool = True) -> None:
        self.texts, self.clock, self.pauses, self.hangs_up = texts, clock, pauses, hangs_up
        self.said = 0
        self.heard: list[str] = []

    async def receive_text(self) -> str:
        if self.said == len(self.texts):
            if self.hangs_up:
                raise WebSocketDisconnect
            await asyncio.sleep(3600)
        for _ in range(5):
            await asyncio.sleep(0)  # what else there is to do has its turn
        self.clock[0] += self.pauses.get(self.said, 0.0)
        self.said += 1
        return self.texts[self.said - 1]

    async def send_text(self, text: str) -> None:
        content = json.loads(text)
        self.heard.append(content.get("text", content["type"]))


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


def test_what_is_too_long_is_refused_and_the_talk_goes_on() -> None:
    hello = json.dumps({"type": "fingerprint", "id": 1, "month": 0})
    talker: Any = Talker(["x" * 65, hello], [0.0], {})
    alone(Session(talker, never, never, make_none, Limits(message_bytes=64)).run())
    assert talker.heard == ["a message must not exceed 64 bytes", "open the worlds first"]


def test_who_opens_no_worlds_is_not_waited_for() -> None:
    talker: Any = Talker([], [0.0], {}, hangs_up=False)
    session = Session(talker, never, never, make_none, Limits(seconds_to_open=0.01))
    alone(asyncio.wait_for(session.run(), 20))
    assert not session.has_worlds


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


class Pretended:
    """A pair of worlds that does nothing, and remembers what it was asked; `fails` says to what it answers no more."""

    def __init__(self, *_: Any, fails: str = "") -> None:
        self.worlds = (self, self)
        self.alive = True
        self.ended = False
        self.fails = fails
        self.asked: list[tuple[str, Any]] = []

    async def ask(self, name: str, *arguments: Any) -> tuple[str, str]:
        await asyncio.sleep(0)
        self.asked.append((name, arguments))
        if name == self.fails:
            raise WorldError("no memory is left")
        return name, name

    async def ask_each(self, name: str, first: Any, second: Any) -> Any:
        return await self.ask(name, first, second)

    def end(self) -> None:
        self.ended = True


class Factory:
    """Stands for `Pair`: makes pretended pairs and keeps them; those of some numbers fail."""

    def __init__(self, *broken: int) -> None:
        self.made: list[Any] = []
        self._broken = broken

    def __call__(self, *_: Any) -> Pretended:
        self.made.append(Pretended(fails="open" if len(self.made) in self._broken else ""))
        return self.made[-1]


@pytest.fixture
def laboratory_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Laboratory]:
    """What makes a laboratory whose worlds a factory makes, and which makes spare ones at once."""

    def made(factory: Factory, citizens: int = 500, **others: Any) -> Laboratory:
        monkeypatch.setattr("lab.server.Pair", factory)
        monkeypatch.setattr("lab.server.SECONDS_TO_SPARE", 0.01)
        return Laboratory(Limits(), citizens, None, (), **others)

    return made


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def test_large_worlds_wait_for_nobody(laboratory_of: Callable[..., Laboratory]) -> None:
    factory = Factory()
    laboratory = laboratory_of(factory, 3 * KEPT_CITIZENS)

    def sizes() -> list[list[int]]:
        return [[asked[0].citizens for name, asked in pair.asked if name == "open"] for pair in factory.made]

    async def visited() -> None:
        await laboratory.ready(laboratory.usual)
        pair = await laboratory.take_pair()
        assert sizes() == [[3 * KEPT_CITIZENS] * 2]
        assert laboratory.status()["spares"] == 0
        await until(lambda: laboratory.status()["spares"] > 0)
        assert sizes()[1:] == [[KEPT_CITIZENS] * 2]
        await laboratory.give_back(pair, 3 * KEPT_CITIZENS)
        assert factory.made[0].ended
        await laboratory.close()
        assert factory.made[1].ended

    alone(asyncio.wait_for(visited(), 20))


def test_two_tabs_at_once_get_a_pair_each(laboratory_of: Callable[..., Laboratory]) -> None:
    factory = Factory()
    laboratory = laboratory_of(factory)

    async def visited() -> None:
        first, second = await asyncio.gather(laboratory.take_pair(), laboratory.take_pair())
        assert first is not second
        await laboratory.close()

    alone(asyncio.wait_for(visited(), 20))
    assert len(factory.made) == 2


def test_worlds_that_died_while_they_waited_are_not_given_to_a_tab(laboratory_of: Callable[..., Laboratory]) -> None:
    factory = Factory()
    laboratory = laboratory_of(factory)

    async def visited() -> None:
        await laboratory.ready()
        factory.made[0].alive = False
        assert await laboratory.take_pair() is factory.made[1]
        assert factory.made[0].ended
        await laboratory.close()

    alone(asyncio.wait_for(visited(), 20))


def test_a_tab_hears_why_it_gets_no_worlds_and_the_next_one_gets_some(
    laboratory_of: Callable[..., Laboratory],
) -> None:
    factory = Factory(0)
    laboratory = laboratory_of(factory)
    talker: Any = Talker([json.dumps({"type": "open", "id": 1, **OPEN})], [0.0], {})

    async def visited() -> None:
        await Session(talker, laboratory.take_pair, never, make_none, Limits()).run()
        assert talker.heard == ["no memory is left."]
        assert factory.made[0].ended
        assert await laboratory.take_pair() is factory.made[1]
        await laboratory.close()

    alone(asyncio.wait_for(visited(), 20))


def test_spare_worlds_that_could_not_be_made_are_no_trouble_of_the_next_tab(
    laboratory_of: Callable[..., Laboratory],
) -> None:
    factory = Factory(1)
    laboratory = laboratory_of(factory)

    async def visited() -> None:
        await laboratory.take_pair()
        await until(lambda: len(factory.made) == 2 and factory.made[1].ended)
        assert await laboratory.take_pair() is factory.made[2]
        await laboratory.close()

    alone(asyncio.wait_for(visited(), 20))


def test_worlds_given_back_wait_for_the_next_tab_unless_they_fail(laboratory_of: Callable[..., Laboratory]) -> None:
    factory = Factory()
    laboratory = laboratory_of(factory)

    async def visited() -> None:
        pairs: list[Any] = [Pretended(), Pretended(fails="open")]
        good, bad = pairs
        for pair in pairs:
            await laboratory.give_back(pair, 500)
        assert (good.ended, bad.ended) == (False, True)
        assert await laboratory.take_pair() is good
        await laboratory.close()

    alone(asyncio.wait_for(visited(), 20))


def test_a_laboratory_that_closes_ends_the_worlds_of_its_tabs(laboratory_of: Callable[..., Laboratory]) -> None:
    factory = Factory()
    laboratory = laboratory_of(factory)
    talker: Any = Talker([json.dumps({"type": "open", "id": 1, **OPEN})], [0.0], {}, hangs_up=False)

    async def visited() -> None:
        session = Session(talker, laboratory.take_pair, laboratory.give_back, make_none, Limits())
        laboratory.sessions.add(session)
        tab = asyncio.create_task(session.run())
        await until(lambda: talker.heard == ["opened"])
        assert laboratory.status() == {"sessions": 1, "pairs": 1, "spares": 0}
        await laboratory.close()
        assert factory.made[0].ended
        assert laboratory.status()["pairs"] == 0
        tab.cancel()

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


def test_what_a_world_failed_at_and_why_there_is_no_replay_is_said() -> None:
    async def tried() -> Saving:
        with ThreadPoolExecutor(1) as threads:
            world = World(threads)
            with pytest.raises(WorldError, match="AttributeError: 'Desk' object has no attribute 'dance'"):
                await world.ask("dance")
            saving = Saving(world, Recipe("kazakhstan-2021", 100_001, 1, 1), (History("coercion"), History("welfare")))
            while saving.trouble is None:
                await asyncio.sleep(0.05)
            while world.alive:
                await asyncio.sleep(0.05)
            return saving

    saving = alone(asyncio.wait_for(tried(), 60))
    assert saving.page is None
    assert "at most 100000" in str(saving.trouble)


def test_a_replay_that_fails_is_refused_with_its_reason_and_the_tab_goes_on(
    laboratory_of: Callable[..., Laboratory],
) -> None:
    laboratory = laboratory_of(Factory())
    record = json.dumps({"type": "record", "id": 2})
    opened = json.dumps({"type": "open", "id": 1, **OPEN})
    talker: Any = Talker([opened, record, record, opened], [0.0], {})
    makers: list[Any] = []

    def make() -> Any:
        makers.append(Pretended(fails="start_recording"))
        return makers[-1]

    alone(Session(talker, laboratory.take_pair, laboratory.give_back, make, Limits()).run())
    assert talker.heard == ["opened", "recording", "the replay could not be made: no memory is left", "opened"]
    assert [maker.ended for maker in makers] == [True]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_world_that_does_not_end_is_ended_by_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.worlds.SECONDS_TO_END", 0.2)
    with ThreadPoolExecutor(1) as threads:
        world = World(threads)
        process = world._process
        monkeypatch.setattr(process, "terminate", lambda: None)  # as if it were too busy to hear
        world.end()
    process.join(20)
    assert process.exitcode == -signal.SIGKILL


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


@pytest.fixture
def serves_nobody(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have servers start without worlds and end at once; returns the addresses that they open in the browser."""
    opened: list[str] = []

    async def startup(self: uvicorn.Server, sockets: list[Any]) -> None:
        self.started = True

    def serve_one(self: uvicorn.Server, sockets: list[Any]) -> None:
        alone(self.startup(sockets))
        sockets[0].close()

    monkeypatch.setattr("uvicorn.Server.startup", startup)
    monkeypatch.setattr("uvicorn.Server.run", serve_one)
    monkeypatch.setattr("webbrowser.open", opened.append)
    return opened


def test_the_browser_opens_what_was_asked_for(serves_nobody: list[str]) -> None:
    said: list[str] = []
    assert serve(port=0, say=said.append) == 0
    (address,) = re.findall(r"http://127\.0\.0\.1:\d+/", said[-1])
    alone(asyncio.wait_for(until(lambda: serves_nobody == [address]), 20))


def listens_by_ipv6() -> bool:
    try:
        create_server(("::1", 0), family=AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not listens_by_ipv6(), reason="no IPv6 here")
def test_an_address_of_ipv6_stands_in_brackets(serves_nobody: list[str]) -> None:
    said: list[str] = []
    assert serve(host="::1", port=0, open_browser=False, say=said.append) == 0
    assert re.search(r"http://\[::1\]:\d+/", said[-1])
    assert serves_nobody == []


def test_a_laboratory_that_does_not_start_is_status_1(
    serves_nobody: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_started(self: uvicorn.Server, sockets: list[Any]) -> None:
        assert not self.started

    said: list[str] = []
    monkeypatch.setattr("uvicorn.Server.startup", not_started)
    assert serve(port=0, say=said.append) == 1
    assert not any("is open" in text for text in said)
    assert serves_nobody == []


def test_a_port_in_use_is_told() -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ScenarioError, match=rf"--port {port}: cannot listen on 127\.0\.0\.1: .*; try --port 0"):
            serve(port=port, open_browser=False)


def test_a_port_that_cannot_be_is_told() -> None:
    with pytest.raises(ScenarioError, match="--port 99999 is not allowed; it must be a whole number from 0 to 65535"):
        serve(port=99_999, open_browser=False)


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

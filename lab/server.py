"""The laboratory's server: pages and modules of our own, and one websocket a tab."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from experiments.runner import available_cores
from lab.catalogue import DEFAULT_CITIZENS, DEFAULT_COUNTRY, DEFAULT_MONTHS, DEFAULT_SEED, catalogue
from lab.explorer.pairs import Stored
from lab.explorer.payload import payload
from lab.explorer.reading import read_results, read_stored
from lab.history import History, Recipe
from lab.limits import Limits, check_memory
from lab.messages import RefusedError
from lab.session import Session
from lab.worlds import Pair, World, WorldError
from scenarios import ScenarioError

STATIC = Path(__file__).parent / "static"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PING_SECONDS = 4.0
USUAL_POLICIES = ("coercion", "better_life")
SPARES = 2
KEPT_CITIZENS = 20_000
"""Worlds of more citizens are made when they are asked for, and ended when they are not needed, to save memory."""

SECONDS_TO_SPARE = 4.0
"""How long a tab has the machine for itself before worlds for the next one are made."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Laboratory:
    """The sessions of one server, and pairs of worlds that wait for the next tab."""

    def __init__(
        self,
        limits: Limits,
        citizens: int,
        token: str | None,
        hosts: tuple[str, ...],
        results: str | None = None,
        stored: Stored | None = None,
    ) -> None:
        self.limits = limits
        self.citizens = citizens
        self.token = token
        self.hosts = hosts
        self.results = results
        self.stored = stored
        self.sessions: set[Session] = set()
        self._threads = ThreadPoolExecutor(3 * limits.sessions + 2, thread_name_prefix="world")
        self.usual = Recipe(DEFAULT_COUNTRY, citizens, DEFAULT_MONTHS, DEFAULT_SEED)
        self._spare = replace(self.usual, citizens=min(citizens, KEPT_CITIZENS))
        self._cores = max(1, available_cores() // 2)  # there are two worlds
        self._spares: list[Pair] = []
        self._making: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None

    async def ready(self, recipe: Recipe | None = None) -> None:
        """Make a pair of worlds for the next tab."""
        pair = Pair(self._threads, self._cores)
        try:
            # One after the other: what the first compiles the second finds compiled.
            for world, policy in zip(pair.worlds, USUAL_POLICIES, strict=True):
                await world.ask("open", recipe or self._spare, History(policy))
                await world.ask("rehearse")
        except BaseException:
            pair.end()
            raise
        self._spares.append(pair)

    async def take_pair(self) -> Pair:
        """Return a pair of worlds for a tab, and see to it that another waits for the next one."""
        while not self._spares:
            # One pair at a time: two in the making would only slow each other down.
            if self._making is None or self._making.done():
                self._making = asyncio.get_running_loop().create_task(self.ready())
            await asyncio.shield(self._making)
        pair = self._spares.pop()
        if not pair.alive:
            pair.end()
            return await self.take_pair()
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(SECONDS_TO_SPARE, self._make_spare)
        return pair

    def _make_spare(self) -> None:
        self._later = None
        if not self._spares and (self._making is None or self._making.done()):
            self._making = asyncio.get_running_loop().create_task(self.ready())

    async def give_back(self, pair: Pair, citizens: int) -> None:
        """Take the worlds of a tab that has gone: keep them for the next one if few are waiting, end them if not.

        What the tab did with them goes: they are opened anew. Large worlds are ended, to give their memory back.
        """
        if len(self._spares) < SPARES and pair.alive and citizens <= KEPT_CITIZENS:
            try:
                first, second = (History(policy) for policy in USUAL_POLICIES)
                await pair.ask_each("open", (self._spare, first), (self._spare, second))
            except (RefusedError, WorldError):
                pair.end()
            else:
                self._spares.append(pair)
        else:
            pair.end()

    async def close(self) -> None:
        """End every world."""
        if self._later is not None:
            self._later.cancel()
        if self._making is not None:
            self._making.cancel()
            with contextlib.suppress(BaseException):
                await self._making
        for session in list(self.sessions):
            session.end()
        for pair in self._spares:
            pair.end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def connect(self, websocket: WebSocket) -> None:
        """Serve a tab, if it comes from our own page, brings the token and finds room."""
        origin = websocket.headers.get("origin", "")
        host = websocket.headers.get("host", "")
        if origin not in (f"http://{host}", f"https://{host}"):
            await websocket.close(1008, "the laboratory answers its own page only")
            return
        if not self.admits(websocket):
            await websocket.close(1008, "open the address with the token that the server printed")
            return
        await websocket.accept()
        if len(self.sessions) >= self.limits.sessions:
            text = f"this server keeps at most {self.limits.sessions} pairs of worlds; close another tab and try again"
            await websocket.send_json({"type": "full", "text": text})
            await websocket.close(1013)
            return
        session = Session(
            websocket, self.take_pair, self.give_back, lambda: World(self._threads), self.limits, self.stored
        )
        self.sessions.add(session)
        try:
            await session.run()
        finally:
            self.sessions.discard(session)

    def admits(self, visitor: HTTPConnection) -> bool:
        """Whether a visitor brings the token, if there is one."""
        brought = visitor.query_params.get("token", "")
        return self.token is None or secrets.compare_digest(brought.encode(), self.token.encode())

    def status(self) -> dict[str, int]:
        """Return how many tabs there are, how many of them have worlds, and how many pairs of worlds are waiting."""
        open_ = sum(session.has_worlds for session in self.sessions)
        return {"sessions": len(self.sessions), "pairs": open_, "spares": len(self._spares)}


def application(laboratory: Laboratory) -> Starlette:
    """Return the web application of a laboratory."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await laboratory.ready(laboratory.usual)
        try:
            yield
        finally:
            await laboratory.close()

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "index.html", headers=HEADERS)

    async def choices(request: Request) -> Response:
        return JSONResponse(catalogue(laboratory.limits, laboratory.citizens), headers=HEADERS)

    async def status(request: Request) -> Response:
        return JSONResponse(laboratory.status(), headers=HEADERS)

    async def explorer(request: Request) -> Response:
        if laboratory.results is None:
            return PlainTextResponse("no results: run.py lab RESULTS_DIR shows them\n", 404, headers=HEADERS)
        return FileResponse(STATIC / "explorer.html", headers=HEADERS)

    async def results(request: Request) -> Response:
        if laboratory.results is None or not laboratory.admits(request):
            return PlainTextResponse("open the address that the server printed\n", 403, headers=HEADERS)
        return Response(laboratory.results, media_type="application/json", headers=HEADERS)

    async def icon(request: Request) -> Response:
        return FileResponse(STATIC / "icon.svg", headers=HEADERS)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/catalogue.json", choices),
            Route("/status.json", status),
            Route("/explore", explorer),
            Route("/results.json", results),
            Route("/favicon.ico", icon),
            WebSocketRoute("/worlds", laboratory.connect),
            Mount("/static", _WithHeaders(StaticFiles(directory=STATIC))),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(laboratory.hosts))],
        lifespan=lifespan,
    )


class _WithHeaders:
    """Adds our headers to whatever an application sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self._app(scope, receive, headed)


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8700,
    citizens: int = DEFAULT_CITIZENS,
    remote: bool = False,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
    limits: Limits | None = None,
    results: str | Path | None = None,
) -> int:
    """Serve the laboratory until Ctrl-C; returns the exit status.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    citizens
        How many citizens a world starts with.
    remote
        Allow a host other than loopback; the address then carries a token, and only who has it gets worlds.
    open_browser
        Whether to open the user's browser.
    say
        Where to print the address.
    results
        A folder of results; its explorer stands beside the laboratory, and is what the browser opens. The main chart
        shows the months that it keeps of the two policies.

    Raises
    ------
    ScenarioError, StoreError
        For a host or size that is not allowed, a port in use, or a folder that holds no finished results.
    """
    limits = limits or Limits()
    if host not in LOOPBACK and not remote:
        raise ScenarioError(f"--host {host}: others could reach the laboratory; add --remote if that is meant")
    if not 100 <= citizens <= limits.citizens:
        raise ScenarioError(f"--citizens {citizens} is not allowed; it must be from 100 to {limits.citizens}")
    check_memory(citizens)
    explored = None if results is None else payload(read_results(results))
    stored = None if results is None else read_stored(results)
    token = None if host in LOOPBACK else secrets.token_urlsafe(16)
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    named = f"[{host}]" if ":" in host else host
    address = f"http://{named}:{port}/" + (f"?token={token}" if token else "")
    explorer = f"http://{named}:{port}/explore" + (f"?token={token}" if token else "")
    laboratory = Laboratory(limits, citizens, token, ("*",) if token else (*LOOPBACK, "[::1]"), explored, stored)
    config = uvicorn.Config(
        application(laboratory),
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=limits.message_bytes,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        log_level="warning",
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
    first = address if explored is None else explorer

    def started() -> None:
        say(f"the laboratory is open: {address}   (Ctrl-C closes it)")
        if explored is not None:
            say(f"the results are open: {explorer}")
        _announce(first, open_browser=open_browser)

    server = _Server(config, started)
    say("making two worlds ready (the first time the engine is compiled, which takes a minute)")
    server.run(sockets=[listener])
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._started()


def _announce(address: str, *, open_browser: bool) -> None:
    sys.stdout.flush()
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise ScenarioError(f"--port {port} is not allowed; it must be a whole number from 0 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ScenarioError(f"--port {port}: cannot listen on {host}: {error.strerror}; try --port 0") from error
    return listener


__all__: list[Any] = ["Laboratory", "application", "serve"]

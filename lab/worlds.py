"""Worlds in processes of their own, so that the server goes on listening while they live.

A worker does one request at a time and answers each. It ends when its pipe closes, so whatever becomes of the server,
no worker is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from lab.messages import RefusedError
from scenarios import ScenarioError

SECONDS_TO_END = 1.0


class WorldError(RuntimeError):
    """A world has failed; the text says how."""


def work(pipe: Connection, cores: int = 1) -> None:
    """Serve one world, which may use so many cores: the target of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from lab.desk import Desk

    desk = Desk(cores)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            name, arguments = pipe.recv()
            answer: tuple[str, Any]
            try:
                answer = "done", getattr(desk, name)(*arguments)
            except (ScenarioError, RefusedError) as error:
                answer = "refused", str(error)
            except Exception as error:  # a fault of the model must reach the page, whatever it is
                where = traceback.extract_tb(error.__traceback__)[-1]
                answer = "failed", f"{type(error).__name__}: {error} (in {where.name})"
            pipe.send(answer)


class World:
    """The server's end of one world."""

    def __init__(self, threads: ThreadPoolExecutor, cores: int = 1) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, cores), daemon=True, name="world")
        self._process.start()
        theirs.close()
        self._threads = threads
        self._turn = threading.Lock()

    async def ask(self, name: str, *arguments: Any) -> Any:
        """Let the world do something and return its answer.

        Raises
        ------
        RefusedError
            If the world cannot do that; it lives on.
        WorldError
            If the world has failed.
        """
        loop = asyncio.get_running_loop()
        try:
            kind, answer = await loop.run_in_executor(self._threads, self._exchange, name, arguments)
        except (EOFError, OSError) as error:
            await loop.run_in_executor(self._threads, self._process.join, SECONDS_TO_END)
            raise WorldError(f"the world's process has ended (exit code {self._process.exitcode})") from error
        if kind == "refused":
            raise RefusedError(answer)
        if kind == "failed":
            raise WorldError(answer)
        return answer

    def _exchange(self, name: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
        with self._turn:
            self._pipe.send((name, arguments))
            answer: tuple[str, Any] = self._pipe.recv()
            return answer

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def end(self) -> None:
        """End the process, at once if it is idle, by force if it is not."""
        self._process.terminate()
        self._process.join(SECONDS_TO_END)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(SECONDS_TO_END)
        self._pipe.close()


class Pair:
    """World A and world B."""

    def __init__(self, threads: ThreadPoolExecutor, cores: int = 1) -> None:
        self.worlds = (World(threads, cores), World(threads, cores))

    async def ask(self, name: str, *arguments: Any) -> tuple[Any, Any]:
        """Ask both worlds the same at the same time."""
        return await self.ask_each(name, arguments, arguments)

    async def ask_each(self, name: str, first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, Any]:
        """Ask both worlds at the same time, each with its own arguments; both have answered when this returns."""
        answers = await asyncio.gather(
            self.worlds[0].ask(name, *first), self.worlds[1].ask(name, *second), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return answers[0], answers[1]

    @property
    def alive(self) -> bool:
        """Whether both processes run."""
        return all(world.alive for world in self.worlds)

    def end(self) -> None:
        """End both processes."""
        for world in self.worlds:
            world.end()

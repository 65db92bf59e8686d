"""Executes bundles of runs on any executor and stores their rows within half a second.

Nothing here knows what a run is. A bundle names its runs by their content keys and `work(bundle)` returns their rows;
what is already in the store is not done again, so the same call resumes after any interruption.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import queue
import signal
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import FrameType, TracebackType
from typing import Any, Final, Generic, ParamSpec, Protocol, Self, TypeVar

from experiments.errors import RunnerError
from experiments.progress import Progress, Quiet
from experiments.store import Row, RunStore, Value

DEATHS: Final = 3
"""A bundle that has killed so many workers becomes failed rows; so many start-ups of a worker may fail in a row."""
_POLL_SECONDS: Final = 0.25
_STORE_SECONDS: Final = 0.5
"""Rows wait no longer for the next shard: writing one costs as much as ten small societies, however few rows it has."""


class FailedRunError(RunnerError):
    """A run failed and `fail_fast` was asked for."""


class Bundle(Protocol):
    """A picklable piece of work: some runs that are best made together."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The content keys of its runs."""


B = TypeVar("B", bound=Bundle)
P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[[B], Sequence[Row]]


@dataclass
class Counts:
    """How many runs were wanted, were there already, and ended well or badly in this session."""

    total: int
    resumed: int
    ok: int = 0
    failed: int = 0

    @property
    def left(self) -> int:
        """Runs without a row from this session or an earlier one."""
        return self.total - self.resumed - self.ok - self.failed


def available_cores() -> int:
    """Return the number of cores this process may use, which on shared machines is less than there are."""
    count = getattr(os, "process_cpu_count", None)
    if count is not None:
        return int(count() or 1)
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def run_bundles(
    bundles: Iterable[B],
    work: Work[B],
    store: RunStore,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    initializer: Callable[[], object] | None = None,
    describe: Work[B] | None = None,
    progress: Progress | None = None,
    fail_fast: bool = False,
) -> Counts:
    """Make the runs of all bundles that the store does not have yet, and return how they went.

    A bundle with a run left is done whole. Ctrl-C lets the bundles in work end and stores their rows; a second one, and
    SIGTERM, drops them. No worker outlives the call or this process.

    Parameters
    ----------
    bundles
        The work. Order and bundling do not show in the final table.
    work
        A module-level function: a bundle in, one row for each of its keys out. What it raises becomes failed rows.
    executor
        Any executor of the `concurrent.futures` kind, open; it is left open. By default, one process a core.
    workers
        Processes to use, all available cores by default; 1 works in this process. With an executor of your own: how
        many bundles it does at once.
    initializer
        A module-level function that each local worker calls first, for example to import and compile.
    describe
        A module-level function: rows with the columns that a failed run shall show too (parameters, seed).
    fail_fast
        Stop at the first failed run.

    Raises
    ------
    StoreError
        If rows cannot be stored.
    FailedRunError
        With `fail_fast`, after storing the failed run.
    RunnerError
        If workers do not start or the executor broke.
    KeyboardInterrupt, SystemExit
        After Ctrl-C or SIGTERM, with a message how to resume.
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers is {workers}, and it must be at least 1")
    bundles = list(bundles)
    progress = progress or Quiet()
    keys = {key for bundle in bundles for key in bundle.keys}
    finished = store.finished() & keys
    session = _Session(store, progress, Counts(len(keys), len(finished)), finished, describe, fail_fast)
    workers = workers or available_cores()
    progress.start(len(keys), len(finished))
    try:
        with _StopRequest(progress) as stop, ExitStack() as stack:
            while todo := [bundle for bundle in bundles if not session.finished.issuperset(bundle.keys)]:
                if executor is None:
                    executor = stack.enter_context(_local(workers, initializer))
                corrupt = len(store.set_aside)
                session.run(todo, work, executor, 1 if isinstance(executor, InProcess) else 2 * workers + 1, stop)
                if len(store.set_aside) == corrupt:
                    break
                # While shards were merged, one turned out corrupt: its runs are made once more.
                session.finished = store.finished() & keys
    finally:
        progress.close()
    return session.counts


@dataclass
class _Session(Generic[B]):
    """One call of `run_bundles`: what came back, and what that means."""

    store: RunStore
    progress: Progress
    counts: Counts
    finished: set[str]
    describe: Work[B] | None
    fail_fast: bool
    failed: set[str] = field(default_factory=set)
    _waiting: list[Row] = field(default_factory=list)
    _stored: float = -math.inf

    def run(self, bundles: Sequence[B], work: Work[B], executor: Executor, window: int, stop: _StopRequest) -> None:
        """Keep a window of bundles with the executor until all are done or a stop is asked for."""
        waiting = deque(enumerate(bundles))
        running: dict[Future[list[Row]], tuple[int, B]] = {}
        deaths: Counter[int] = Counter()
        try:
            while waiting or running:
                while waiting and len(running) < window and not stop.asked:
                    number, bundle = waiting.popleft()
                    try:
                        future = executor.submit(_attempt, work, bundle, self.describe)
                    except BrokenExecutor as error:
                        raise RunnerError(f"the executor broke ({error}); the same call resumes") from error
                    running[future] = number, bundle
                if stop.asked:
                    running = {future: bundle for future, bundle in running.items() if not future.cancel()}
                    if not running:
                        break
                rows: list[Row] = []
                for future in wait(running, 0 if stop.at_once else _POLL_SECONDS, FIRST_COMPLETED).done:
                    number, bundle = running.pop(future)
                    try:
                        rows += future.result()
                    except BrokenExecutor as error:
                        deaths[number] += 1
                        if deaths[number] < DEATHS:
                            self.progress.say("a worker died; its bundle will be repeated")
                            waiting.appendleft((number, bundle))
                        else:
                            died = WorkerDied(f"the bundle of this run killed its worker {DEATHS} times")
                            died.__cause__ = error
                            rows += _failed(bundle, died, self.describe)
                    except CancelledError as error:
                        raise RunnerError("the executor dropped a bundle; the same call resumes") from error
                    except RunnerError:
                        raise
                    except Exception as error:
                        rows += _failed(bundle, error, self.describe)
                self._take(rows)
                if stop.at_once:
                    break
            self._store()
            stop.leave(self.counts)
        finally:
            for future in running:
                future.cancel()
            self._store()

    def _take(self, rows: Sequence[Row]) -> None:
        """Count rows that came back, without those that were there, and store them with the next shard."""
        rows = [row for row in {row["key"]: row for row in rows}.values() if row["key"] not in self.finished]
        self._waiting += rows
        if time.monotonic() - self._stored >= _STORE_SECONDS:
            self._store()
        failed = [row for row in rows if row["status"] != "ok"]
        self.finished.update(str(row["key"]) for row in rows if row["status"] == "ok")
        self.failed.update(str(row["key"]) for row in failed)
        self.failed -= self.finished
        before = self.counts.ok, self.counts.failed
        self.counts.ok = len(self.finished) - self.counts.resumed
        self.counts.failed = len(self.failed)
        self.progress.advance(max(0, self.counts.ok - before[0]), max(0, self.counts.failed - before[1]))
        if failed and self.fail_fast:
            row = failed[0]
            raise FailedRunError(f"run {row['key']} failed: {row['error']}\n{row['traceback'] or ''}".rstrip())

    def _store(self) -> None:
        """Write the rows that wait as one shard."""
        rows, self._waiting = self._waiting, []
        if rows:
            self.store.append(rows)
            self._stored = time.monotonic()


class WorkerDied(Exception):  # noqa: N818 - it is what the column `error` shows
    """A worker process ended without an answer, for example killed for want of memory."""


class MissingRow(Exception):  # noqa: N818 - it is what the column `error` shows
    """The work function returned no row for a key."""


def failed_row(key: str, error: BaseException, columns: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """Return the row of a run that raised: key, status, error type and message, traceback, and the given columns."""
    text = "".join(traceback.format_exception(error))
    kind = type(error).__name__
    message = str(error)
    return {
        **(columns or {}),
        "key": key,
        "status": "failed",
        "error": _storable(f"{kind}: {message}" if message else kind),
        "traceback": _storable(text),
    }


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _failed(bundle: B, error: BaseException, describe: Work[B] | None) -> list[Row]:
    columns: dict[object, Row] = {}
    if describe is not None:
        try:
            columns = {row["key"]: row for row in describe(bundle)}
        except Exception as second:
            error.add_note(f"(and the runs cannot be described: {second!r})")
    return [failed_row(key, error, columns.get(key)) for key in bundle.keys]


def _attempt(work: Work[B], bundle: B, describe: Work[B] | None) -> list[Row]:
    """Do a bundle, in the worker. Failures become rows here, so that they read the same on every executor."""
    try:
        rows = {row["key"]: {"status": "ok", **row} for row in work(bundle)}
    except (Exception, SystemExit) as error:
        error = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)
        return _failed(bundle, error, describe)
    if strange := [key for key in rows if key not in bundle.keys]:
        return _failed(bundle, MissingRow(f"a row has the key {strange[0]!r}, which is not in its bundle"), describe)
    missing = {row["key"]: row for row in _failed(bundle, MissingRow("the work returned no row for it"), describe)}
    return [rows[key] if key in rows else missing[key] for key in bundle.keys]


# Executors


class InProcess(Executor):
    """Does each task at once, in this process."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call the function and return a finished future."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass
class _Task:
    future: Future[Any]
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class WorkerPool(Executor):
    """Processes that are replaced when they die; only the task of the dead one is lost.

    Each is a `ProcessPoolExecutor` of one: a larger pool breaks as a whole and cannot tell which task killed it. All
    are spawned, because the threads of compiled code make forking unsafe. They hold one end of a pipe whose other end
    is ours, so they end with us, however we end (once compiled code lets Python have a look: it should release the
    interpreter's lock).

    Parameters
    ----------
    workers
        Number of processes, all available cores by default.
    initializer
        A module-level function that each process calls before its first task.
    """

    def __init__(self, workers: int | None = None, initializer: Callable[[], object] | None = None) -> None:
        self._initializer = initializer
        self._context = multiprocessing.get_context("spawn")
        self._listener, self._lifeline = self._context.Pipe(duplex=False)
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closing = False
        workers = workers or available_cores()
        _allow_open_files(256 + 16 * workers)
        self._threads = [
            threading.Thread(target=self._serve, name=f"worker-{number}", daemon=True) for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a task. Its future raises `BrokenExecutor` if its worker dies; the pool goes on."""
        if self._closing:
            raise RuntimeError("the pool is closed")
        task = _Task(Future(), fn, args, kwargs)
        self._tasks.put(task)
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers after the tasks that were submitted, or after those in work."""
        if not self._closing:
            self._closing = True
            if cancel_futures:
                self._drop()
            for _ in self._threads:
                self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()
            self._lifeline.close()
            self._listener.close()

    def kill(self) -> None:
        """End the workers now, whatever they do."""
        self._closing = True
        self._lifeline.close()
        self._drop()
        for _ in self._threads:
            self._tasks.put(None)
        self.shutdown()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Shut down; after an error without waiting for tasks."""
        if kind is None:
            self.shutdown()
        else:
            self.kill()

    def _drop(self) -> None:
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return
            if task is not None:
                task.future.cancel()

    def _serve(self) -> None:
        """Feed one worker, and its successors, a task at a time."""
        process: ProcessPoolExecutor | None = None
        while (task := self._tasks.get()) is not None:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                process = process or self._start()
                result = process.submit(task.function, *task.args, **task.kwargs).result()
            except BaseException as error:
                if isinstance(error, BrokenExecutor) and process is not None:
                    process.shutdown()
                    process = None
                task.future.set_exception(error)
            else:
                task.future.set_result(result)
            del task
        if process is not None:
            process.shutdown()

    def _start(self) -> ProcessPoolExecutor:
        """Return a worker that has answered; a task must not be blamed for a worker that cannot start."""
        for _ in range(DEATHS):
            process = ProcessPoolExecutor(1, self._context, _enter_worker, (self._listener,))
            try:
                process.submit(self._initializer or _nothing).result()
            except BrokenExecutor:
                process.shutdown()
            except BaseException as error:
                process.shutdown()
                raise RunnerError(f"a worker could not start: {type(error).__name__}: {error}") from error
            else:
                return process
            if self._closing:
                raise CancelledError
        raise RunnerError(
            f"a worker process died {DEATHS} times while it started; "
            "a script that starts workers needs `if __name__ == '__main__':`"
        )


def _allow_open_files(number: int) -> None:
    """Raise our limit of open files as far as allowed: a worker takes nine, and 1,024 is a common limit."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _local(workers: int, initializer: Callable[[], object] | None) -> Executor:
    if workers > 1:
        return WorkerPool(workers, initializer)
    if initializer is not None:
        initializer()
    return InProcess()


def _nothing() -> None:
    pass


def _enter_worker(lifeline: Connection) -> None:
    """Leave Ctrl-C to the main process, and end when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), name="lifeline", daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        # The main process is gone or wants us gone; there is nobody to tidy up for.
        os._exit(1)


# Stopping


class _StopRequest:
    """Notes Ctrl-C and SIGTERM instead of letting them break in anywhere; a second Ctrl-C does break in."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._before: dict[int, Any] = {}
        self._signals: list[int] = []

    @property
    def asked(self) -> bool:
        """Whether to begin nothing new."""
        return bool(self._signals)

    @property
    def at_once(self) -> bool:
        """Whether to drop what is in work."""
        return signal.SIGTERM in self._signals

    def leave(self, counts: Counts) -> None:
        """End as the signal asked, saying how to resume; do nothing if there was none."""
        if not self._signals:
            return
        message = f"stopped: {counts.total - counts.left} of {counts.total} runs are stored; the same command resumes"
        self._progress.say(message)
        if self.at_once:
            raise SystemExit(128 + signal.SIGTERM)
        raise KeyboardInterrupt(message)

    def __enter__(self) -> Self:
        # Elsewhere (the laboratory runs sweeps in a thread) Python does not let us listen, and need not.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def _note(self, number: int, frame: FrameType | None) -> None:
        again = number in self._signals
        self._signals.append(number)
        if number == signal.SIGINT and again:
            raise KeyboardInterrupt("stopped at once; finished runs are stored and the same command resumes")
        if number == signal.SIGINT:
            self._progress.say("stopping when the bundles in work are done (Ctrl-C again: at once)")

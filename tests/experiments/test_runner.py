"""The runner: the same table whatever is killed, and failures as rows."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest
from killing import appends_in, wait_for_append

from experiments import runner as runner_module
from experiments.errors import StoreError, StoreWarning
from experiments.progress import Bar, Log, Quiet, progress
from experiments.runner import (
    Counts,
    FailedRunError,
    InProcess,
    RunnerError,
    WorkerPool,
    available_cores,
    failed_row,
    run_bundles,
)
from experiments.store import Row, RunStore, Value, content_key

ROOT = Path(runner_module.__file__).parents[1]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@dataclass(frozen=True)
class Toy:
    """A bundle of numbers; `trap` is a file or folder that some work functions look at."""

    numbers: tuple[int, ...]
    trap: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(content_key({"number": number}) for number in self.numbers)


def toys(count: int, size: int = 3, trap: Path | str = "") -> list[Toy]:
    return [Toy(tuple(range(start, min(start + size, count))), str(trap)) for start in range(0, count, size)]


def work(toy: Toy) -> list[Row]:
    return [
        {"key": key, "number": number, "outcome": random.Random(number).gauss(0, 1)}
        for key, number in zip(toy.keys, toy.numbers, strict=True)
    ]


def describe(toy: Toy) -> list[Row]:
    return [{"key": key, "number": number} for key, number in zip(toy.keys, toy.numbers, strict=True)]


def fail_on_seven(toy: Toy) -> list[Row]:
    if 7 in toy.numbers:
        raise ValueError("seven")
    return work(toy)


def die_on_seven(toy: Toy) -> list[Row]:
    if 7 in toy.numbers:
        with Path(toy.trap, f"{time.time_ns()}").open("w"):
            os.kill(os.getpid(), signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    return work(toy)


def die_once_on_seven(toy: Toy) -> list[Row]:
    return work(toy) if any(Path(toy.trap).iterdir()) else die_on_seven(toy)


def note_each(toy: Toy) -> list[Row]:
    Path(toy.trap, f"{toy.numbers[0]}").touch()
    return work(toy)


def forget(toy: Toy) -> list[Row]:
    return work(toy)[1:]


def overreach(toy: Toy) -> list[Row]:
    return [*work(toy), {"key": "strange"}]


def leave(toy: Toy) -> list[Row]:
    sys.exit(3)


def unpicklable(toy: Toy) -> list[Row]:
    return [{"key": key, "outcome": (lambda: 0)} for key in toy.keys]  # type: ignore[dict-item]


def refuse_to_start() -> None:
    raise ImportError("no such engine")


def die_at_start() -> None:
    os._exit(3)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], bytes]:
    def table(count: int) -> bytes:
        with RunStore(tmp_path_factory.mktemp("expected")) as store:
            store.append([row for toy in toys(count) for row in work(toy)])
            return store.finish().read_bytes()

    return table


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore(tmp_path / "store") as opened:
        yield opened


# The same table


def test_one_process_two_any_order_any_bundling_any_executor(tmp_path: Path, expected: Callable[[int], bytes]) -> None:
    mixed = toys(60, size=7)
    random.Random(1).shuffle(mixed)
    with ThreadPoolExecutor(2) as threads:
        variants: list[tuple[list[Toy], dict[str, object]]] = [
            (toys(60), {"workers": 1}),
            (mixed, {"workers": 2}),
            (mixed, {"executor": threads, "workers": 2}),
            (toys(60, size=60), {"executor": InProcess()}),
        ]
        for number, (bundles, how) in enumerate(variants):
            with RunStore(tmp_path / str(number)) as store:
                counts = run_bundles(bundles, work, store, **how)  # type: ignore[arg-type]
                assert counts == Counts(total=60, resumed=0, ok=60, failed=0)
                assert store.finish().read_bytes() == expected(60)


def test_finished_bundles_are_skipped_and_begun_ones_done_whole(tmp_path: Path, store: RunStore) -> None:
    store.append(work(Toy((0, 1, 2, 3))))
    (tmp_path / "notes").mkdir()
    counts = run_bundles(toys(9, trap=tmp_path / "notes"), note_each, store, workers=1)
    assert sorted(path.name for path in (tmp_path / "notes").iterdir()) == ["3", "6"]
    assert counts == Counts(total=9, resumed=4, ok=5, failed=0)
    assert store.counts() == {"ok": 9, "failed": 0}
    assert run_bundles(toys(9), fail_on_seven, store) == Counts(total=9, resumed=9)


@pytest.mark.parametrize(("patience", "expected"), [(0.0, [0, 3, 6]), (3600.0, [0, 3, 3])])
def test_rows_are_stored_when_a_bundle_is_back_and_wait_no_longer_than_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float, expected: list[int]
) -> None:
    """The first rows at once, later ones when their time has come, and all of them at the end."""
    monkeypatch.setattr("experiments.runner._STORE_SECONDS", patience)
    seen: list[int] = []

    def look(toy: Toy) -> list[Row]:
        with RunStore(tmp_path, read_only=True) as reader:
            seen.append(len(reader.finished()))
        return work(toy)

    with RunStore(tmp_path) as store:
        run_bundles(toys(9), look, store, workers=1)
        assert len(store.finished()) == 9
    assert seen == expected


def test_a_shard_that_rots_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: Callable[[int], bytes]
) -> None:
    monkeypatch.setattr("experiments.store.sizes.SMALL_SHARDS", 4)
    monkeypatch.setattr("experiments.store.sizes.RECENT_ROWS", 0)
    monkeypatch.setattr("experiments.runner._STORE_SECONDS", 0.0)
    rotten: list[Path] = []

    def rot(toy: Toy) -> list[Row]:
        if toy.numbers[0] == 9 and not rotten:
            rotten.append(min((tmp_path / "shards").glob("*.parquet")))
            os.truncate(rotten[0], 50)
        return work(toy)

    with RunStore(tmp_path) as store:
        with pytest.warns(StoreWarning, match="set aside"):
            counts = run_bundles(toys(30), rot, store, workers=1)
        assert counts == Counts(total=30, resumed=0, ok=30, failed=0)
        assert store.finish(keys={key for toy in toys(30) for key in toy.keys}).read_bytes() == expected(30)


# Failures


def test_an_exception_becomes_rows_that_read_the_same_everywhere(tmp_path: Path) -> None:
    tables = set()
    for workers in (1, 2):
        with RunStore(tmp_path / str(workers)) as store:
            counts = run_bundles(toys(12), fail_on_seven, store, workers=workers, describe=describe)
            assert counts == Counts(total=12, resumed=0, ok=9, failed=3)
            failed = store.rows().query("status == 'failed'").sort_values("number")
            assert failed["number"].tolist() == [6, 7, 8]
            assert set(failed["error"]) == {"ValueError: seven"}
            assert "in fail_on_seven" in failed["traceback"].iloc[0]
            assert "_attempt" not in failed["traceback"].iloc[0]
            tables.add(store.finish().read_bytes())
    assert len(tables) == 1


def test_failed_runs_are_tried_again_and_then_forgotten(store: RunStore, expected: Callable[[int], bytes]) -> None:
    run_bundles(toys(12), fail_on_seven, store, workers=1)
    counts = run_bundles(toys(12), work, store, workers=1)
    assert counts == Counts(total=12, resumed=9, ok=3, failed=0)
    assert store.finish().read_bytes() == expected(12)


@pytest.mark.parametrize(
    ("function", "failed", "error"),
    [
        (forget, 4, "MissingRow: the work returned no row for it"),
        (overreach, 12, "MissingRow: a row has the key 'strange'"),
        (leave, 12, "SystemExit: 3"),
        (unpicklable, 12, "ickl"),
    ],
)
def test_work_that_breaks_its_word_is_a_failure_too(
    store: RunStore, function: Callable[[Toy], Sequence[Row]], failed: int, error: str
) -> None:
    with WorkerPool(1) as pool:
        counts = run_bundles(toys(12), function, store, executor=pool, workers=1)
    assert counts.failed == failed
    assert store.rows(columns=["error"])["error"].dropna().str.contains(error, regex=False).all()


def test_fail_fast_stops_at_the_first_failure_and_keeps_it(store: RunStore) -> None:
    with pytest.raises(FailedRunError, match=r"ValueError: seven(?s:.)*in fail_on_seven"):
        run_bundles(toys(300), fail_on_seven, store, workers=1, fail_fast=True)
    assert store.counts() == {"ok": 6, "failed": 3}


def test_a_disk_that_refuses_stops_the_runs(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        run_bundles(toys(30), work, store, workers=1)


def test_a_row_that_cannot_be_text_is_made_text() -> None:
    row: dict[str, Value] = failed_row("k", ValueError("\udc80"), {"seed": 1})
    assert row["error"] == "ValueError: \\udc80"
    assert row["seed"] == 1


# Workers that die


def test_a_killed_worker_is_replaced_and_its_bundle_repeated(
    tmp_path: Path, store: RunStore, expected: Callable[[int], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deaths").mkdir()
    counts = run_bundles(toys(30, trap=tmp_path / "deaths"), die_once_on_seven, store, workers=2)
    assert counts == Counts(total=30, resumed=0, ok=30, failed=0)
    assert store.finish().read_bytes() == expected(30)
    assert "a worker died" in capfd.readouterr().err


def test_a_bundle_that_kills_three_workers_fails_alone(tmp_path: Path, store: RunStore) -> None:
    (tmp_path / "deaths").mkdir()
    counts = run_bundles(toys(30, trap=tmp_path / "deaths"), die_on_seven, store, workers=2, describe=describe)
    assert counts == Counts(total=30, resumed=0, ok=27, failed=3)
    assert len(list((tmp_path / "deaths").iterdir())) == 3
    failed = store.rows().query("status == 'failed'")
    assert sorted(failed["number"]) == [6, 7, 8]
    assert failed["error"].str.startswith("WorkerDied: the bundle of this run killed its worker 3 times").all()


@pytest.mark.parametrize(
    ("initializer", "message"), [(refuse_to_start, "ImportError: no such engine"), (die_at_start, "died 3 times")]
)
def test_workers_that_cannot_start_are_not_blamed_on_bundles(
    store: RunStore, initializer: Callable[[], None], message: str
) -> None:
    with pytest.raises(RunnerError, match=message):
        run_bundles(toys(30), work, store, workers=2, initializer=initializer)
    assert store.counts() == {"ok": 0, "failed": 0}


def test_a_foreign_pool_that_breaks_says_so(tmp_path: Path, store: RunStore) -> None:
    (tmp_path / "deaths").mkdir()
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(RunnerError, match="the executor broke"),
    ):
        run_bundles(toys(30, trap=tmp_path / "deaths"), die_on_seven, store, executor=pool, workers=1)
    assert store.finished() <= {key for toy in toys(30) for key in toy.keys}


def test_a_closed_pool_takes_nothing_and_drops_what_waits() -> None:
    pool = WorkerPool(1)
    tasks = [pool.submit(time.sleep, 0.1) for _ in range(3)]
    pool.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(RuntimeError, match="the pool is closed"):
        pool.submit(time.sleep, 0.1)
    pool.shutdown()
    assert tasks[2].cancelled()
    assert all(task.done() for task in tasks)


def test_a_pool_that_was_told_to_end_later_can_be_killed_now() -> None:
    pool = WorkerPool(1)
    task = pool.submit(time.sleep, 600)
    pool.shutdown(wait=False)
    pool.kill()
    assert task.done()


def test_runs_in_a_thread_leave_the_signals_alone(store: RunStore) -> None:
    before, seen = signal.getsignal(signal.SIGINT), []

    def look(toy: Toy) -> list[Row]:
        seen.append(signal.getsignal(signal.SIGINT))
        return work(toy)

    with ThreadPoolExecutor(1) as threads:
        counts = threads.submit(run_bundles, toys(6), look, store, workers=1).result()
    assert counts == Counts(total=6, resumed=0, ok=6, failed=0)
    assert seen == [before, before]


def test_as_many_workers_as_cores_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.13 says how many; before, Linux does."""
    for name in ("process_cpu_count", "sched_getaffinity"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert available_cores() == 5
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3}, raising=False)
    assert available_cores() == 2
    for count, cores in ((3, 3), (None, 1)):
        monkeypatch.setattr(os, "process_cpu_count", lambda count=count: count, raising=False)
        assert available_cores() == cores


@POSIX
@pytest.mark.parametrize(
    ("soft", "hard", "asked"), [(64, 4096, (288, 4096)), (64, 100, (100, 100)), (64, -1, (288, -1)), (512, 4096, None)]
)
def test_a_pool_asks_for_as_many_open_files_as_its_workers_take(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, asked: tuple[int, int] | None
) -> None:
    import resource

    found: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(resource, "getrlimit", lambda what: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda what, limits: found.append(limits))
    with WorkerPool(2):
        assert found == ([] if asked is None else [asked])


def test_no_worker_count_below_one(store: RunStore) -> None:
    with pytest.raises(ValueError, match="workers is 0"):
        run_bundles(toys(3), work, store, workers=0)


# Kills and signals: real processes

SCRIPT = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_runner import Toy, toys, work
from experiments.progress import Log
from experiments.runner import run_bundles
from experiments.store import RunStore

def slow(toy):
    Path(toy.trap, str(os.getpid())).touch()
    time.sleep(0.01 * len(toy.numbers))
    return work(toy)

if __name__ == "__main__":
    folder, workers, count, size = sys.argv[1], *map(int, sys.argv[2:])
    with RunStore(folder) as store:
        run_bundles(toys(count, size, folder + "-pids"), slow, store, workers=workers, progress=Log(30))
        store.finish()
"""


def start(folder: Path, workers: int = 2, count: int = 240, size: int = 3) -> subprocess.Popen[str]:
    script = folder.parent / "script.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)), encoding="utf-8")
    Path(f"{folder}-pids").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), str(workers), str(count), str(size)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )


def alive(folder: Path) -> list[int]:
    """Return the workers that still run; a zombie waits for its parent and does not."""
    pids = [int(path.name) for path in Path(f"{folder}-pids").iterdir()]
    states = {}
    for pid in pids:
        try:
            states[pid] = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return [pid for pid, state in states.items() if state != "Z"]


def assert_nobody_is_left(folder: Path, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while alive(folder) and time.monotonic() < end:
        time.sleep(0.02)
    assert not alive(folder)


@LINUX
def test_kill_9_at_random_moments_changes_nothing_and_leaves_no_orphans(
    tmp_path: Path, expected: Callable[[int], bytes]
) -> None:
    folder = tmp_path / "store"
    chance = random.Random(20211)
    for attempt in range(4):
        known = appends_in(folder)
        process = start(folder)
        if attempt == 0:
            time.sleep(chance.uniform(0.2, 1.0))
        else:
            wait_for_append(process, folder, known + 1)
            time.sleep(chance.uniform(0.0, 0.15))
        process.kill()
        process.communicate()
        assert_nobody_is_left(folder)
    process = start(folder)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "resumed: " in errors
    assert (folder / "runs.parquet").read_bytes() == expected(240)
    assert_nobody_is_left(folder)


@LINUX
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_in_order_and_the_same_command_resumes(tmp_path: Path, number: int, status: int) -> None:
    folder = tmp_path / "store"
    process = start(folder, count=3000)
    wait_for_append(process, folder, 1)
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode in {status, -number}
    assert "of 3000 runs are stored; the same command resumes" in errors
    assert_nobody_is_left(folder)
    with RunStore(folder) as store:
        stored = len(store.finished())
    assert f"stopped: {stored} of 3000 runs" in errors


@POSIX
def test_in_one_process_too_a_signal_stops_between_bundles(store: RunStore) -> None:
    def interrupt(toy: Toy) -> list[Row]:
        if 7 in toy.numbers:
            signal.raise_signal(signal.SIGINT)
        return work(toy)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match="stopped: 9 of 30 runs"):
        run_bundles(toys(30), interrupt, store, workers=1)
    assert signal.getsignal(signal.SIGINT) is before
    assert store.counts() == {"ok": 9, "failed": 0}


@POSIX
def test_a_second_ctrl_c_breaks_in(store: RunStore) -> None:
    def impatient(toy: Toy) -> list[Row]:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return work(toy)

    with pytest.raises(KeyboardInterrupt, match="at once"):
        run_bundles(toys(30), impatient, store, workers=1)
    assert store.counts() == {"ok": 0, "failed": 0}


# Progress


def test_the_bar_counts_runs_and_begins_at_what_was_there(store: RunStore) -> None:
    store.append(work(Toy((0, 1, 2))))
    stream = io.StringIO()
    bar = Bar(stream)
    bar.phase("compiling the engine")
    run_bundles(toys(12), fail_on_seven, store, workers=1, progress=bar)
    text = stream.getvalue()
    assert text.startswith("compiling the engine ...\nresumed: 3 of 12 runs were there\n")
    assert " 3/12 [" in text
    assert " 12/12 [" in text
    assert "3 failed" in text


def test_a_bar_that_was_not_begun_shows_nothing() -> None:
    stream = io.StringIO()
    bar = Bar(stream, unit="point")
    bar.advance(ok=1)
    assert stream.getvalue() == ""
    bar.start(4, 0)
    bar.advance(ok=4)
    bar.close()
    assert "resumed" not in stream.getvalue()
    assert "points: 100%" in stream.getvalue()


def test_a_display_has_the_kind_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [type(progress(mode)) for mode in ("quiet", "bar", "log")]
    assert kinds == [Quiet, Bar, Log]
    for terminal, kind in ((True, Bar), (False, Log)):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal)
        assert type(progress("auto")) is kind


def test_the_log_does_not_end_with_a_line_that_it_just_printed() -> None:
    now, stream = 0.0, io.StringIO()
    log = Log(every=30, stream=stream, clock=lambda: now)
    log.start(2, 0)
    now = 40.0
    log.advance(ok=2)
    log.close()
    assert [line.partition(" ")[2] for line in stream.getvalue().splitlines()] == [
        "2 runs to go",
        "2 of 2 runs, 0.05 a second, 0 failed",
    ]


def test_the_log_prints_a_line_now_and_then() -> None:
    now = 0.0
    stream = io.StringIO()
    log = Log(every=30, stream=stream, clock=lambda: now)
    log.phase("compiling the engine")
    log.start(600, 120)
    for _ in range(6):
        now += 10
        log.advance(ok=10, failed=1)
    log.advance(ok=4)
    log.close()
    log.close()
    lines = [line.partition(" ")[2] for line in stream.getvalue().splitlines()]
    assert lines == [
        "compiling the engine ...",
        "resumed: 120 of 600 runs were there",
        "153 of 600 runs, 1.1 a second, 06:46 left, 3 failed",
        "186 of 600 runs, 1.1 a second, 06:16 left, 6 failed",
        "190 of 600 runs, 1.17 a second, 05:51 left, 6 failed",
    ]


def test_quiet_is_quiet_and_still_says_what_must_be_said(store: RunStore) -> None:
    stream = io.StringIO()
    quiet = Quiet(stream)
    quiet.phase("compiling")
    run_bundles(toys(12), work, store, workers=1, progress=quiet)
    assert stream.getvalue() == ""
    quiet.say("stopped")
    assert stream.getvalue() == "stopped\n"

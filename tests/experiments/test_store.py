"""The run store: nothing lost, nothing double, whatever happens to process, disk and shards."""

from __future__ import annotations

import errno
import json
import math
import os
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.errors import StoreError, StoreWarning
from experiments.store import RunStore, Value, content_key, run_store, sizes
from experiments.store import shards as shard_module
from experiments.store.manifest import FORMAT

Rows = list[dict[str, Value]]


def row(number: int, **more: Value) -> dict[str, Value]:
    return {
        "key": content_key({"number": number}),
        "number": number,
        "root": math.sqrt(number),
        "name": f"n{number}",
        **more,
    }


def rows(numbers: Iterable[int]) -> Rows:
    return [row(number) for number in numbers]


def keys(numbers: Iterable[int]) -> set[str]:
    return {content_key({"number": number}) for number in numbers}


def table_of(folder: Path, numbers: Iterable[int], **how: Any) -> bytes:
    """Return the bytes of the final table of a fresh store that took the rows in one append."""
    with RunStore(folder) as store:
        store.append(rows(numbers))
        return store.finish(**how).read_bytes()


def shards(folder: Path) -> list[Path]:
    return sorted((folder / "shards").glob("*.parquet"))


# Keys


def test_key_ignores_the_order_of_names_and_nothing_else() -> None:
    assert content_key({"a": 1, "b": [1, 2]}) == content_key({"b": (1, 2), "a": 1})
    different: list[dict[str, object]] = [
        {"a": 1}, {"a": 1.0}, {"a": True}, {"a": "1"}, {"a": None}, {"a": [1]}, {"b": 1}, {"a": {"b": 1}},
        {"a": 0.1 + 0.2}, {"a": 0.3}, {"a": 0.0}, {"a": -0.0}, {"a": math.nan}, {"a": [1, 2]}, {"a": [2, 1]},
    ]  # fmt: skip
    assert len({content_key(content) for content in different}) == len(different)


def test_key_takes_numpy_numbers_for_what_they_are() -> None:
    plain = content_key({"x": 0.1, "n": 3, "b": True, "v": [1.5, 2.5]})
    assert (
        content_key({"x": np.float64(0.1), "n": np.int64(3), "b": np.bool_(True), "v": np.array([1.5, 2.5])}) == plain
    )


def test_key_is_the_same_on_every_machine_and_day() -> None:
    assert content_key({"welfare_weight": 0.8, "seed": 1}) == "f86e624b731809af4e491ebf11e96445"


@pytest.mark.parametrize("content", [{"a": object()}, {"a": {1: 2}}, {"a": [{1, 2}]}])
def test_key_refuses_what_has_no_canonical_text(content: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="content key"):
        content_key(content)


# Rows


def test_rows_come_back_as_they_went_in(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append([row(1, fair=True, note=None), row(2, fair=False, note="é\n")])
        store.append([row(3, status="failed", error="ValueError: no", traceback="...")])
        assert store.finished() == keys([1, 2])
        assert store.counts() == {"ok": 2, "failed": 1}
        frame = store.rows(columns=["number", "root", "fair", "note", "status"]).sort_values("number")
        assert frame["number"].tolist() == [1, 2, 3]
        assert frame["root"].tolist() == [1.0, math.sqrt(2), math.sqrt(3)]
        assert frame["fair"].tolist()[:2] == [True, False]
        assert frame["note"].isna().tolist() == [True, False, True]
        assert frame["status"].tolist() == ["ok", "ok", "failed"]
        assert store.rows(keys=keys([2]) | {"unknown"})["number"].tolist() == [2]


def test_an_ok_row_wins_over_failed_ones_and_the_latest_over_earlier_ones(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append([row(1, status="failed", error="first"), row(2, status="failed", error="first")])
        store.append([row(1), row(2, status="failed", error="second")])
        store.append([row(1, status="failed", error="late")])
        for _ in range(2):
            frame = store.rows().sort_values("number")
            assert frame["status"].tolist() == ["ok", "failed"]
            assert frame["error"].tolist()[1] == "second"
            store.compact()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"x": 1}, "key None"),
        ({"key": 7}, "key 7"),
        ({"key": "a", "status": "fine"}, "allowed: ok, failed"),
        ({"key": "a", "x": [1]}, "column 'x' has a list"),
        ({"key": "a", "x": 2**70}, "column 'x'"),
        ({"key": "a", "number": "text"}, "column 'number' mixes int and str"),
    ],
)
def test_a_row_that_cannot_be_stored_is_named_and_nothing_is_written(
    tmp_path: Path, bad: dict[str, Any], message: str
) -> None:
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
        with pytest.raises(StoreError, match=message):
            store.append([row(2), {"number": None, **bad}])
        assert store.finished() == keys([1])
        store.append(rows([2]))
        assert store.finished() == keys([1, 2])


def test_later_shards_may_have_more_columns_and_floats_for_integers(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append([row(1, level=1)])
        store.append([row(2, level=0.5, extra="x")])
        store.append([row(3, empty=None)])
        with pytest.raises(StoreError, match="column 'extra' holds string in earlier runs and bool in new ones"):
            store.append([row(4, extra=True)])
        table = pq.read_table(store.finish(sort_by=["number"], first=["number", "wish"]))
    assert table.column_names == [
        "key",
        "status",
        "number",
        "wish",
        "extra",
        "level",
        "name",
        "root",
        "error",
        "traceback",
    ]
    assert table["level"].to_pylist() == [1.0, 0.5, None]
    assert table["extra"].to_pylist() == [None, "x", None]
    assert table["wish"].type == pa.float64()


# The final table


def test_the_final_table_does_not_show_its_history(tmp_path: Path) -> None:
    expected = table_of(tmp_path / "plain", range(300))
    numbers = list(range(300))
    random.Random(1).shuffle(numbers)
    with RunStore(tmp_path / "other") as store:
        for start in range(0, 300, 3):
            if start == 150:
                store.compact()
            store.append(rows(numbers[start : start + 4]))
            store.append([row(numbers[start], status="failed", error="once")])
        assert store.finish().read_bytes() == expected
        assert len(shards(tmp_path / "other")) == 1
        assert store.finish("again.parquet").read_bytes() == expected


def test_the_final_table_of_many_row_groups_is_sorted_from_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "GROUP_ROWS", 8)
    monkeypatch.setattr(sizes, "BUCKETS", 5)
    numbers = list(range(203))
    random.Random(2).shuffle(numbers)
    expected = table_of(tmp_path / "plain", range(203), sort_by=["name", "number"])
    with RunStore(tmp_path / "other") as store:
        for start in range(0, 203, 20):
            store.append(rows(numbers[start : start + 20]))
        table = store.finish(sort_by=["name", "number"])
        assert table.read_bytes() == expected
        assert not list(store.folder.glob(".tmp-*"))
    read = pq.ParquetFile(table)
    assert read.metadata.num_row_groups == math.ceil(203 / 8)
    assert read.read()["name"].to_pylist() == sorted(f"n{number}" for number in range(203))
    read.close()


def test_the_final_table_holds_the_wanted_runs_and_only_these(tmp_path: Path) -> None:
    expected = table_of(tmp_path / "plain", range(10))
    with RunStore(tmp_path / "other") as store:
        store.append([{**row(number), "old": 1.0} for number in range(100, 120)])
        store.append(rows(range(10)))
        assert store.finish(keys=keys(range(10))).read_bytes() == expected
        with pytest.raises(StoreError, match="2 runs have no row yet"):
            store.finish(keys=keys(range(12)))


def test_the_final_table_of_no_runs_has_its_columns(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        assert store.finished() == set()
        assert store.rows().empty
        assert pq.read_table(store.finish()).column_names == ["key", "status", "error", "traceback"]


def test_an_unknown_column_is_named_with_its_neighbour(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
        with pytest.raises(StoreError, match=r"no column 'numbr'; did you mean 'number'\?"):
            store.finish(sort_by=["numbr"])
        with pytest.raises(StoreError, match="'roots'"):
            store.rows(columns=["roots"])


# Compaction


def test_shards_stay_few_and_no_row_is_lost(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        for number in range(300):
            store.append(rows([number]))
        assert len(shards(tmp_path)) <= 2 * sizes.SMALL_SHARDS
        assert store.finished() == keys(range(300))


def test_classes_of_size_are_merged_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "SMALL_SHARDS", 3)
    with RunStore(tmp_path) as store:
        for number in range(90):
            store.append(rows([number]))
            assert len(shards(tmp_path)) <= 12
        assert store.finished() == keys(range(90))
        assert store.rows()["number"].tolist() == [
            row(n)["number"] for n in sorted(range(90), key=lambda n: str(row(n)["key"]))
        ]


def test_full_shards_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RunStore(tmp_path) as store:
        for start in range(0, 100, 20):
            store.append(rows(range(start, start + 20)))
        monkeypatch.setattr(sizes, "FULL_SHARD", 1)
        store.compact()
        assert len(shards(tmp_path)) == 5
        table = pq.read_table(store.finish(keys=keys(range(30, 50)), sort_by=["number"]))
    assert table["number"].to_pylist() == list(range(30, 50)), "shards without a wanted run are passed over"


class Killed(BaseException):
    """Stands for a kill at this very call."""


@pytest.mark.parametrize("function", ["replace", "unlink", "fsync"])
def test_a_kill_at_any_step_of_a_compaction_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    expected = table_of(tmp_path / "plain", range(24))
    original: Callable[..., Any] = getattr(os, function)
    survived = False
    for step in range(12):
        folder = tmp_path / f"{function}{step}"
        store = RunStore(folder)
        for start in range(0, 24, 4):
            store.append(rows(range(start, start + 4)))
        calls = 0

        def deadly(*args: Any, step: int = step, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls > step:
                raise Killed
            return original(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(os, function, deadly)
            try:
                store.compact()
                survived = True
            except Killed:
                pass
        store._lock.release()  # type: ignore[union-attr] # as the system does for a killed process
        with RunStore(folder) as store:
            assert store.finished() == keys(range(24))
            assert len(store.rows()) == 24
            assert store.finish().read_bytes() == expected
            assert not list(folder.glob("**/.tmp-*"))
        if survived:
            break
    assert survived


# Damage


def damages() -> dict[str, Callable[[Path], object]]:
    return {
        "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
        "empty": lambda path: os.truncate(path, 0),
        "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
        "other": lambda path: pq.write_table(pa.table({"x": [1]}), path),
        "flipped": lambda path: path.write_bytes(path.read_bytes().replace(b"key", b"kex", 1)),
    }


@pytest.mark.parametrize("damage", damages())
def test_a_corrupt_shard_is_set_aside_and_only_its_runs_are_missing(tmp_path: Path, damage: str) -> None:
    expected = table_of(tmp_path / "plain", range(30))
    folder = tmp_path / "store"
    with RunStore(folder) as store:
        for start in range(0, 30, 10):
            store.append(rows(range(start, start + 10)))
    victim = shards(folder)[1]
    damages()[damage](victim)
    with pytest.warns(StoreWarning, match=victim.name):
        store = RunStore(folder)
    with store:
        assert store.finished() == keys([*range(10), *range(20, 30)])
        assert [path.name for path in store.set_aside] == [f"{victim.name}.corrupt"]
        assert store.set_aside[0].exists()
        store.append(rows(range(10, 20)))
        assert store.finish().read_bytes() == expected
    with RunStore(folder) as store:
        assert store.set_aside == [], "it is told once"
        assert store.finished() == keys(range(30))


def test_damage_anywhere_in_a_shard_is_noticed(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append(rows(range(50)))
    shard = shards(tmp_path)[0]
    content = shard.read_bytes()
    for place in range(0, len(content), 97):
        shard.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.warns(StoreWarning, match="corrupt"):
            store = RunStore(tmp_path, read_only=True)
        assert store.finished() == set()


def test_a_shard_damaged_while_the_store_is_open_stops_the_final_table(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append(rows(range(10)))
        store.append(rows(range(10, 20)))
    with RunStore(tmp_path) as store:
        os.truncate(shards(tmp_path)[0], 100)
        with pytest.warns(StoreWarning), pytest.raises(StoreError, match="repeats its runs"):
            store.finish()
        assert store.finished() == keys(range(10, 20))
        store.append(rows(range(10)))
        store.finish(keys=keys(range(20)))


def test_a_shard_found_damaged_while_sorting_stops_the_final_table(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append(rows(range(10)))
    with RunStore(tmp_path) as store:
        os.truncate(shards(tmp_path)[0], 100)
        with pytest.warns(StoreWarning), pytest.raises(StoreError, match="repeats its runs"):
            store.finish()
        assert not list(tmp_path.glob("**/.tmp-*"))


def test_a_disk_that_fails_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard that cannot be read just now is not set aside."""

    def fail(path: Path) -> str:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with RunStore(tmp_path) as store:
        store.append(rows([1]))
    with monkeypatch.context() as patch:
        patch.setattr(shard_module, "file_digest", fail)
        with pytest.raises(StoreError, match="cannot be read"):
            RunStore(tmp_path, read_only=True)
    with RunStore(tmp_path) as store:
        assert store.finished() == keys([1])


def test_a_shard_that_somebody_removed_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "RECENT_ROWS", 0)
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
        store.append(rows([2]))
        shards(tmp_path)[0].unlink()
        with pytest.raises(StoreError, match="a shard has vanished"):
            store.finished()
        assert store.finished() == keys([2])


def test_what_is_no_shard_is_left_where_it_lies(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
    note = tmp_path / "shards" / "note.txt"
    note.write_text("mine")
    with RunStore(tmp_path) as store:
        store.append(rows([2]))
        store.compact()
        assert store.finished() == keys([1, 2])
    assert note.read_text() == "mine"


def test_a_reader_counts_a_merged_shard_once_and_removes_nothing(tmp_path: Path) -> None:
    """As after a kill between the merged shard's rename and the removal of the older ones."""
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
        store.append(rows([2]))
        older = {path: path.read_bytes() for path in shards(tmp_path)}
        store.compact()
    for path, content in older.items():
        path.write_bytes(content)
    with RunStore(tmp_path, read_only=True) as reader:
        assert reader.counts() == {"ok": 2, "failed": 0}
    assert len(shards(tmp_path)) == 3
    RunStore(tmp_path).close()
    assert len(shards(tmp_path)) == 1


def test_half_written_files_of_a_killed_process_are_swept(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
    (tmp_path / "shards" / ".tmp-00000002-00000002.parquet").write_bytes(b"half")
    (tmp_path / ".tmp-bucket").mkdir()
    (tmp_path / ".tmp-bucket" / "0.arrow").write_bytes(b"half")
    with RunStore(tmp_path) as store:
        assert store.finished() == keys([1])
        assert not list(tmp_path.glob("**/.tmp-*"))


# The disk refuses


def test_a_full_disk_is_one_clear_error_and_harms_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with RunStore(tmp_path) as store:
        store.append(rows([1]))
        before = {path: path.read_bytes() for path in tmp_path.glob("**/*.parquet")}
        actions: list[Callable[[], object]] = [lambda: store.append(rows([2])), store.finish, store.close]
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            for action in actions[:2]:
                with pytest.raises(StoreError, match="No space left on device"):
                    action()
        assert {path: path.read_bytes() for path in tmp_path.glob("**/*.parquet")} == before
        store.append(rows([2]))
        assert store.finished() == keys([1, 2])


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of this kind")
def test_a_write_that_really_fails_half_way_leaves_nothing_behind(tmp_path: Path) -> None:
    import resource
    import signal

    big = [row(number, text=f"{number:0>4000}") for number in range(2, 500)]
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
            with pytest.raises(StoreError, match="everything stored before is intact"):
                store.append(big)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, handler)
        assert not list(tmp_path.glob("**/.tmp-*"))
        assert store.finished() == keys([1])


def test_a_read_only_folder_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return original(path, flags, *rest, **more)

    original = os.open
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
    monkeypatch.setattr(os, "open", refuse)  # the tests may run as root, whom no permission stops
    with pytest.raises(StoreError, match=f"(?s){tmp_path.name}.*ermission"):
        RunStore(tmp_path)
    with RunStore(tmp_path, read_only=True) as store:
        assert store.finished() == keys([1])
        with pytest.raises(StoreError, match="read-only"):
            store.append(rows([2]))


# Folder, lock, manifest


@pytest.mark.parametrize("content", ["thesis.docx", "shards/x.parquet", "manifest.json", ".git/config"])
def test_a_folder_that_holds_something_else_is_refused_untouched(tmp_path: Path, content: str) -> None:
    place = tmp_path / content
    place.parent.mkdir(exist_ok=True)
    place.write_text("{}")
    before = sorted(tmp_path.glob("**/*"))
    for read_only in (False, True):
        with pytest.raises(StoreError, match="something else"):
            RunStore(tmp_path, read_only=read_only)
    assert sorted(tmp_path.glob("**/*")) == before


def test_a_place_that_cannot_be_a_store_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(StoreError, match="is a file"):
        RunStore(file)
    with pytest.raises(StoreError, match="cannot"):
        RunStore(file / "below")
    with pytest.raises(StoreError, match="no runs here"):
        RunStore(tmp_path / "missing", read_only=True)
    assert not (tmp_path / "missing").exists()
    RunStore(tmp_path / "later").close()
    (tmp_path / "later" / "manifest.json").write_text(json.dumps({"format": FORMAT, "version": 99}))
    with pytest.raises(StoreError, match="version 99"):
        RunStore(tmp_path / "later")
    (tmp_path / "later" / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="not readable as JSON"):
        RunStore(tmp_path / "later")


def test_two_writers_are_kept_apart_and_readers_are_not(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append(rows([1]))
        with pytest.raises(StoreError, match="another process is writing"):
            RunStore(tmp_path)
        with RunStore(tmp_path, read_only=True) as reader:
            store.append(rows([2]))
            store.compact()
            assert reader.finished() == keys([1, 2])
    with pytest.raises(StoreError, match="closed"):
        store.append(rows([3]))
    with RunStore(tmp_path) as store:
        store.append(rows([3]))


def test_a_reader_that_opens_while_shards_are_merged_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = run_store.open_shard

    def merge_first(path: Path, *rest: Any) -> Any:
        if len(shards(tmp_path)) > 1:
            writer.compact()
        return original(path, *rest)

    with RunStore(tmp_path) as writer:
        writer.append(rows([1]))
        writer.append(rows([2]))
        monkeypatch.setattr(run_store, "open_shard", merge_first)
        with RunStore(tmp_path, read_only=True) as reader:
            assert reader.finished() == keys([1, 2])


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from experiments.store import RunStore; store = RunStore(sys.argv[1]);"
        "print(1, flush=True); time.sleep(60)"
    )
    root = Path(run_store.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)}
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StoreError, match="another process is writing"):
            RunStore(tmp_path)
        other.kill()
        other.wait()
    RunStore(tmp_path).close()


def test_the_manifest_tells_who_what_when_and_how_many(tmp_path: Path) -> None:
    with RunStore(tmp_path, produced_by={"revision": "abc", "design": {"points": 3}}) as store:
        assert store.previously is None
        store.append([*rows([1, 2]), row(3, status="failed", error="E")])
    with RunStore(tmp_path, produced_by={"revision": "def"}) as store:
        assert store.previously == {"revision": "abc", "design": {"points": 3}}
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["produced_by"] == {"revision": "def"}
    assert manifest["counts"] == {"ok": 2, "failed": 1}
    assert len(manifest["sessions"]) == 2
    assert all(session.keys() == {"host", "started", "ended"} for session in manifest["sessions"])


# Size


def test_a_hundred_thousand_runs_are_resumed_in_seconds(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with RunStore(tmp_path) as store:
        for start in range(0, 100_000, 20_000):
            store.append({"key": f"{number:032x}", "x": float(number)} for number in range(start, start + 20_000))
        begin = time.perf_counter()
        finished = store.finished()
        record_property("seconds_to_resume", round(time.perf_counter() - begin, 3))
        assert len(finished) == 100_000


def test_the_final_table_is_made_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow counts what it holds, Python's own memory is traced; with small batches both are a part of the table."""
    monkeypatch.setattr(sizes, "BATCH_VALUES", 2**15)
    monkeypatch.setattr(sizes, "GROUP_ROWS", 256)
    outcomes, runs = 50, 6_000
    with RunStore(tmp_path) as store:
        for start in range(0, runs, 1_500):
            values = np.random.default_rng(start).random((1_500, outcomes)).tolist()
            store.append(
                {"key": content_key({"n": start + n}), **{f"outcome_{j}": x for j, x in enumerate(line)}}
                for n, line in enumerate(values)
            )
        pool, before = pa.system_memory_pool(), pa.default_memory_pool()
        pa.set_memory_pool(pool)
        tracemalloc.start()
        try:
            store.finish()
            python = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            pa.set_memory_pool(before)
    whole = runs * outcomes * 8
    assert pool.max_memory() < whole / 2
    assert python < whole / 2


# Values


def test_values_of_numpy_are_stored_as_the_plain_ones_they_are(tmp_path: Path) -> None:
    odd: dict[str, Any] = {"count": np.int64(3), "share": np.float32(0.5), "yes": np.bool_(True), "gap": None}
    with RunStore(tmp_path) as store:
        store.append([])
        store.append([row(1, **odd, word=np.str_("a")), row(2, count=4, share=1, yes=False, gap=0.25, word="b")])
        assert len(shards(tmp_path)) == 1, "an append of nothing leaves nothing"
        table = pq.read_table(store.finish())
    kinds = {name: str(table.schema.field(name).type) for name in ("count", "share", "yes", "gap", "word")}
    assert kinds == {"count": "int64", "share": "double", "yes": "bool", "gap": "double", "word": "string"}
    assert sorted(table.select(list(kinds)).to_pylist(), key=lambda line: line["count"]) == [
        {"count": 3, "share": 0.5, "yes": True, "gap": None, "word": "a"},
        {"count": 4, "share": 1.0, "yes": False, "gap": 0.25, "word": "b"},
    ]


def test_a_column_has_one_type_from_the_first_row_that_knows_it(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.append([row(1, later=None)])
        store.append([row(2, later=2)])
        store.append([row(3, later=0.5)])
        with pytest.raises(StoreError, match="column 'later' mixes int and str"):
            store.append([row(4, later=1), row(5, later="x")])
        with pytest.raises(StoreError, match=r"column 'later' holds double in earlier runs and string in new ones"):
            store.append([row(6, later="x")])
        found = pq.read_table(store.finish()).to_pylist()
    assert {line["number"]: line["later"] for line in found} == {1: None, 2: 2.0, 3: 0.5}

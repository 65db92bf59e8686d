"""Content-keyed store of runs: append-only Parquet shards, a manifest, and one final table.

A folder holds `manifest.json`, `shards/*.parquet` and, once finished, `runs.parquet`. A shard is written whole or not
at all and never rewritten. Its name (`00000001-00000065-1f0c7e0a5b3d9e42.parquet`) is the range of appends it holds
and a digest of its content: a merged shard says which older ones it replaces, so that a kill between writing it and
removing them does no harm, and any damage shows when the folder is opened.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import re
import shutil
import socket
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, ParamSpec, Protocol, Self, TypeAlias, TypeVar

import filelock
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from experiments.errors import StoreError, StoreWarning

if TYPE_CHECKING:
    import pandas as pd

Value: TypeAlias = float | int | str | bool | None
Row: TypeAlias = Mapping[str, Value]
T = TypeVar("T")
P = ParamSpec("P")

FORMAT: Final = "civic-loyalty runs"
VERSION: Final = 1
LEADING: Final = ("key", "status")
TRAILING: Final = ("error", "traceback")
STATUSES: Final = ("ok", "failed")
RUNS_FILE: Final = "runs.parquet"
MANIFEST: Final = "manifest.json"

SMALL_SHARDS: Final = 64
"""More shards than this of one size class are merged into one of the next class."""
FULL_SHARD: Final = 128 * 2**20
"""Bytes from which `compact` leaves a shard alone, so that a resumed large store is not rewritten whole."""
GROUP_ROWS: Final = 4096
"""Rows of a Parquet row group. Fixed, because the bytes of the final table must follow from its rows only."""
BATCH_VALUES: Final = 2**20
"""Values read at once, rows times columns; with `GROUP_ROWS` it bounds the memory that does not grow with the runs."""
RECENT_ROWS: Final = 256
"""Rows up to which an appended shard is also kept in memory until it is merged."""
BUCKETS: Final = 128
"""Most scratch files open at once while the final table is sorted (the usual limit of open files is 256 or more)."""

_PLAIN: Final = frozenset({float, int, str, bool, type(None)})
_TEMPORARY: Final = ".tmp-"
_HARMLESS: Final = {".lock", ".DS_Store", ".gitignore"}
_SHARD_NAME: Final = re.compile(r"(\d{8,})-(\d{8,})-([0-9a-f]{16})\.parquet(\.corrupt)?")
_FIXED: Final = (*LEADING, *TRAILING)
_RANK: Final = "·rank"


class Places(Protocol):
    """The rows of a final table that is laid out by a plan: one run may stand at several places."""

    @property
    def keys(self) -> Sequence[str]:
        """The key of the run at each place, in order."""

    def table(self, start: int, stop: int) -> Any:
        """Return an Arrow table of what the plan says of these places; its columns replace those of the runs."""


class _CorruptShardError(Exception):
    """A shard does not read back."""

    def __init__(self, shard: _Shard, reason: object) -> None:
        super().__init__(f"{shard.path}: {reason}")
        self.shard = shard
        self.reason = reason


def content_key(content: Mapping[str, object]) -> str:
    """Return the key of what a run is made of: 32 hex digits, blake2b of its canonical JSON.

    The order of mappings does not matter, that of lists does. Floats enter by their shortest exact text, so keys differ
    exactly when values do; 1, 1.0 and True are three different things.

    Raises
    ------
    TypeError
        If a value is not a number, text, None, list or mapping with text as keys.
    """
    return text_key(canonical_text(content))


def canonical_text(content: Mapping[str, object]) -> str:
    """Return the canonical JSON of which `text_key` makes the content key."""
    return json.dumps(_canonical(content, "content"), sort_keys=True, separators=(",", ":"))


def text_key(text: str) -> str:
    """Return the key of a canonical text."""
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def _canonical(value: object, where: str) -> object:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return _canonical(value.tolist(), where)
    if isinstance(value, Mapping):
        if type(value) is dict and all(type(x) in _PLAIN for x in value.values()) and {type(x) for x in value} == {str}:
            return value
        if bad := [name for name in value if not isinstance(name, str)]:
            raise TypeError(f"{where}: the name {bad[0]!r} is not text, so it cannot be part of a content key")
        return {str.__str__(name): _canonical(part, f"{where}.{name}") for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(part, f"{where}[{place}]") for place, part in enumerate(value)]
    raise TypeError(f"{where}: {type(value).__name__} cannot be part of a content key")


@dataclass(frozen=True)
class _Shard:
    """One Parquet file of runs and the appends, first to last, that it holds."""

    path: Path
    first: int
    last: int
    size: int
    schema: Any
    recent: Any = field(default=None, compare=False, repr=False)
    """The rows themselves, kept while they are few and new: reading a tiny file costs more than writing it."""

    def covers(self, other: _Shard) -> bool:
        """Tell whether the other shard was merged into this one."""
        if (self.first, self.last) == (other.first, other.last):
            return self.path.name < other.path.name
        return self.first <= other.first and other.last <= self.last


class RunStore:
    """A folder of runs that survives kills, power loss and a full disk; use it in a `with` block.

    Parameters
    ----------
    folder
        Created if missing. A folder with other content, or one that another process writes to, is refused.
    produced_by
        What makes the runs (design, versions, git revision, code digest); kept in the manifest.
    read_only
        Take no lock and change nothing, so that a store can be read while it grows.

    Raises
    ------
    StoreError
        If the folder cannot be used; nothing has been written then.
    """

    def __init__(
        self, folder: str | Path, *, produced_by: Mapping[str, object] | None = None, read_only: bool = False
    ) -> None:
        self.folder = Path(folder)
        self.read_only = read_only
        self.set_aside: list[Path] = []
        """Corrupt shards met since the store was opened, under their new names."""
        self._missed: list[Path] = []
        self._lock: filelock.BaseFileLock | None = None
        manifest = read_manifest(self.folder)
        if read_only and manifest is None:
            raise StoreError(f"{self.folder}: there are no runs here (no manifest.json)")
        self.previously: Mapping[str, object] | None = None if manifest is None else manifest.get("produced_by")
        """What the manifest said before this session about what produced the runs."""
        self._next = 1
        self._shards: list[_Shard] = []
        self._types = _union([])
        self._manifest: dict[str, Any] = {}
        if read_only:
            self._manifest = manifest or {}
            self._scan()
            return
        self._lock = self._acquire()
        try:
            # Read again: until the lock was ours, another process may have been writing.
            manifest = read_manifest(self.folder) or {}
            self._manifest = {
                "format": FORMAT,
                "version": VERSION,
                "produced_by": dict(produced_by if produced_by is not None else manifest.get("produced_by") or {}),
                "sessions": [*manifest.get("sessions", []), {"host": socket.gethostname(), "started": _now()}],
                "counts": manifest.get("counts", dict.fromkeys(STATUSES, 0)),
            }
            self._write_manifest()
            with disk_errors(self._shard_folder):
                self._shard_folder.mkdir(exist_ok=True)
                _sweep(self.folder)
                _sweep(self._shard_folder)
            self._scan()
        except BaseException:
            self._lock.release()
            raise

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the store; on the way out of an error that error is the one to see."""
        with suppress(*(() if kind is None else (StoreError,))):
            self.close()

    def close(self) -> None:
        """Note end and counts in the manifest and let the folder go."""
        if self._lock is None or not self._lock.is_locked:
            return
        try:
            self._manifest["counts"] = self.counts()
            self._manifest["sessions"][-1]["ended"] = _now()
            self._write_manifest()
        finally:
            self._lock.release()

    # Reading

    def finished(self) -> set[str]:
        """Return the keys of the runs with status ok, reading no other column."""
        index = self._patiently(self._stored)
        self._missed.clear()
        found = set(index["key"].filter(pc.equal(index["status"], "ok")).to_pylist())
        del index
        _give_memory_back()
        return found

    def counts(self) -> dict[str, int]:
        """Return the number of runs by status."""
        index = self._patiently(self._stored)
        status = index["status"].filter(pa.array(_winners(index)))
        return {name: pc.sum(pc.equal(status, name)).as_py() or 0 for name in STATUSES}

    def rows(self, keys: Collection[str] | None = None, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return runs as a table, one row a run, sorted by key.

        Parameters
        ----------
        keys
            The runs wanted, all by default; keys without a run are skipped.
        columns
            The columns wanted, all by default. Integers with gaps become floats, as pandas does.
        """
        return self._patiently(self._rows, keys, columns)

    def _rows(self, keys: Collection[str] | None, columns: Sequence[str] | None) -> pd.DataFrame:
        types = self._types
        names = _ordered(types) if columns is None else list(columns)
        self._refuse_unknown(names, types)
        index = self._index(self._shards)
        wanted = _winners(index)
        if keys is not None:
            wanted &= _among(index["key"], keys)
        schema = pa.schema([(name, types[name]) for name in dict.fromkeys(["key", *names])])
        parts = [_aligned(batch, schema) for batch in _kept(self._shards, wanted, schema.names)]
        table = pa.Table.from_batches(parts, schema).sort_by("key").select(names)
        frame: pd.DataFrame = table.to_pandas()
        return frame

    # Writing

    def append(self, rows: Iterable[Row]) -> None:
        """Store rows, all or none, in a new shard; merge small shards when there are many.

        A row needs a `key`; `status` is ok unless given. A column may be new, and is null in the rows before.

        Raises
        ------
        StoreError
            If a value is not a number, text, bool or None, if a column changes its type, or if the disk refuses.
        """
        self._refuse_read_only()
        table = _table(list(rows))
        if not table.num_rows:
            return
        types = _union([table.schema], self._types)
        number, self._next = self._next, self._next + 1
        shard = self._write_shard(number, number, table.schema, [table])
        self._shards.append(replace(shard, recent=table) if table.num_rows <= RECENT_ROWS else shard)
        self._types = types
        self._merge_small()

    def compact(self) -> None:
        """Merge the shards into one, except those that are full already. A kill at any instant loses nothing."""
        self._refuse_read_only()
        self._patiently(self._compact)

    def _compact(self) -> None:
        full = 0
        while full < len(self._shards) and self._shards[full].size >= FULL_SHARD:
            full += 1
        self._merge(self._shards[full:])

    def finish(
        self,
        path: str | Path = RUNS_FILE,
        *,
        sort_by: Sequence[str] = (),
        first: Sequence[str] = (),
        keys: Collection[str] | None = None,
        places: Places | None = None,
    ) -> Path:
        """Write the final table and return its path. Its bytes follow from its rows alone, whatever their history.

        Columns are `key`, `status`, those of `first`, the others by name, `error` and `traceback`. A column without any
        value is left out unless it is one of these named ones. Memory grows with the keys, not with the rows.

        Parameters
        ----------
        path
            The table's file, relative to the store's folder.
        sort_by
            Columns that order the rows; the key decides the rest.
        first
            Columns that stand at the front.
        keys
            The runs that belong to the table, all by default. A store may hold others, of another design or code.
        places
            A plan that lays out the table instead of `keys` and `sort_by`.

        Raises
        ------
        StoreError
            If one of `keys` has no row, if a corrupt shard came to light, or if the disk refuses.
        """
        self.compact()
        if self._missed and keys is None:
            names = ", ".join(place.name for place in self._missed)
            raise StoreError(f"{self._shard_folder}: set aside {names}; the same command again repeats its runs")
        types = self._types
        plan = None if places is None else places.table(0, 0).schema
        planned = {} if plan is None else {column.name: column.type for column in plan}
        named = list(dict.fromkeys([*_FIXED, *first, *planned]))
        self._refuse_unknown(sort_by, types)
        target = self.folder / path
        with disk_errors(target), tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=self.folder) as scratch:
            try:
                sources = self._sources(types, sort_by, keys) if places is None else self._placed(places.keys)
                buckets, used, size = _into_buckets(self._shards, types, sources, Path(scratch))
            except _CorruptShardError as corrupt:
                self._put_aside(corrupt)
                raise StoreError(
                    f"{corrupt.shard.path}: does not read back; the same command again repeats its runs"
                ) from corrupt
            _give_memory_back()
            kinds = {**types, **planned}
            final = {name: kinds.get(name, pa.null()) for name in _ordered({*used, *named}, first)}
            # A type that every reader of Parquet opens, for a column that was asked for and has no value.
            schema = pa.schema(
                [(name, pa.float64() if pa.types.is_null(kind) else kind) for name, kind in final.items()]
            )
            with _replacing(target) as output, _writer(output.file, schema) as writer:
                for number, bucket in enumerate(buckets):
                    table = _read_bucket(bucket)
                    if places is not None:
                        begin = number * size
                        table = _overlaid(table, places.table(begin, begin + table.num_rows))
                    table = _aligned_table(table, schema)
                    for start in range(0, table.num_rows, GROUP_ROWS):
                        writer.write_table(table.slice(start, GROUP_ROWS).combine_chunks(), row_group_size=GROUP_ROWS)
        return target

    def _sources(
        self, types: Mapping[str, Any], sort_by: Sequence[str], keys: Collection[str] | None
    ) -> npt.NDArray[np.int64]:
        """Return for each place of the final table the number of the stored row that stands there."""
        index = self._index(self._shards, sort_by)
        wanted = _winners(index)
        if keys is not None:
            wanted &= _among(index["key"], keys)
            self._refuse_missing(len(set(keys)) - int(wanted.sum()))
        chosen = np.flatnonzero(wanted)
        ordering = [
            (name, "ascending") for name in dict.fromkeys([*sort_by, "key"]) if not pa.types.is_null(types[name])
        ]
        if not chosen.size:
            return chosen
        order = pc.sort_indices(index.take(pa.array(chosen)), sort_keys=ordering).to_numpy()
        return np.asarray(chosen[order])

    def _placed(self, keys: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return for each planned place the number of the stored row that stands there."""
        index = self._index(self._shards)
        chosen = np.flatnonzero(_winners(index))
        known = index["key"].take(pa.array(chosen)).combine_chunks()
        found = pc.index_in(pa.array(keys, pa.string()), value_set=known)
        self._refuse_missing(found.null_count)
        return np.asarray(chosen[found.to_numpy()]) if len(found) else chosen[:0]

    def _refuse_missing(self, missing: int) -> None:
        if missing:
            raise StoreError(f"{self.folder}: {missing} runs have no row yet; the same command again makes them")

    # Shards

    @property
    def _shard_folder(self) -> Path:
        return self.folder / "shards"

    def _scan(self) -> None:
        """Take stock of the shards: set corrupt ones aside and drop those that were merged into another."""
        shards: list[_Shard] = []
        self._next = 1
        for path in sorted(self._shard_folder.glob("*")):
            if not (match := _SHARD_NAME.fullmatch(path.name)):
                continue
            first, last = int(match[1]), int(match[2])
            self._next = max(self._next, last + 1)
            if match[4]:
                continue
            try:
                shards.append(_open_shard(path, first, last, match[3]))
            except _CorruptShardError as corrupt:
                self._put_aside(corrupt)
            except FileNotFoundError:
                # Reading beside a writer: it merged this shard into one that the list above may not have yet.
                self._scan()
                return
        self._shards = []
        for shard in sorted(shards, key=lambda shard: shard.first):
            if not any(other.covers(shard) for other in shards):
                self._shards.append(shard)
            elif not self.read_only:
                _remove(shard.path)
        self._types = _union(shard.schema for shard in self._shards)

    def _put_aside(self, corrupt: _CorruptShardError) -> None:
        path = corrupt.shard.path
        aside = path.with_name(f"{path.name}.corrupt")
        if not self.read_only:
            with disk_errors(path):
                path.replace(aside)
        self._shards = [shard for shard in self._shards if shard.path != path]
        self.set_aside.append(aside)
        self._missed.append(aside)
        warnings.warn(
            f"{path}: corrupt ({corrupt.reason}); {'skipped' if self.read_only else f'set aside as {aside.name}'}, "
            "its runs will be repeated",
            StoreWarning,
            stacklevel=2,
        )

    def _patiently(self, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do something with the shards, again without those that turn out to be corrupt."""
        while True:
            try:
                return action(*args, **kwargs)
            except _CorruptShardError as corrupt:
                self._put_aside(corrupt)
            except FileNotFoundError as error:
                # Reading beside a writer: it merged shards away since we looked.
                before = self._shards
                self._scan()
                if not self.read_only or self._shards == before:
                    raise StoreError(f"{self._shard_folder}: a shard has vanished: {error}") from error

    def _stored(self) -> Any:
        return self._index(self._shards)

    def _index(self, shards: Sequence[_Shard], columns: Sequence[str] = ()) -> Any:
        """Return key, status and the given columns of all stored rows, in order of storage."""
        types = _union(shard.schema for shard in shards)
        names = dict.fromkeys([*LEADING, *columns])
        schema = pa.schema([(name, types[name]) for name in names])
        batches = (_aligned(batch, schema) for shard in shards for batch in _read(shard, schema.names))
        return pa.Table.from_batches(batches, schema).combine_chunks()

    def _merge_small(self) -> None:
        """Merge the newest shards of one size class whenever there are many, so that no row is rewritten often."""
        appends = SMALL_SHARDS
        while len(self._tail(appends)) > SMALL_SHARDS:
            self._patiently(self._merge_tail, appends)
            appends *= SMALL_SHARDS

    def _merge_tail(self, appends: int) -> None:
        self._merge(self._tail(appends))

    def _tail(self, appends: int) -> list[_Shard]:
        """Return the newest shards up to the first that holds more appends than given."""
        start = len(self._shards)
        while start and self._shards[start - 1].last - self._shards[start - 1].first + 1 <= appends:
            start -= 1
        return self._shards[start:]

    def _merge(self, shards: Sequence[_Shard]) -> None:
        """Write one shard in place of neighbouring ones. Until its rename they count, and from then on it does."""
        if len(shards) < 2:
            return
        types = _union(shard.schema for shard in shards)
        schema = pa.schema(list(types.items()))
        wanted = _winners(self._index(shards))
        tables = _gathered((_aligned(batch, schema) for batch in _kept(shards, wanted)), schema)
        merged = self._write_shard(shards[0].first, shards[-1].last, schema, tables)
        self._shards = [shard for shard in self._shards if shard not in shards] + [merged]
        for shard in shards:
            _remove(shard.path)

    def _write_shard(self, first: int, last: int, schema: Any, tables: Iterable[Any]) -> _Shard:
        path = self._shard_folder / f"{first:08d}-{last:08d}.parquet"
        with _replacing(path, signed=True) as output, _writer(output.file, schema, small=first == last) as writer:
            for table in tables:
                writer.write_table(table, row_group_size=GROUP_ROWS)
        return _Shard(output.path, first, last, output.path.stat().st_size, schema)

    # Folder, manifest, lock

    def _write_manifest(self) -> None:
        text = json.dumps(self._manifest, indent=2, ensure_ascii=False, default=str)
        with _replacing(self.folder / MANIFEST) as output:
            output.file.write(f"{text}\n".encode())

    def _acquire(self) -> filelock.BaseFileLock:
        """Lock the folder. The lock is the operating system's, so that of a killed process is free at once."""
        lock = filelock.FileLock(self.folder / ".lock", timeout=0, thread_local=False)
        with disk_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire()
            except filelock.Timeout:
                raise StoreError(f"{self.folder}: another process is writing to this folder; wait for it") from None
        return lock

    def _refuse_read_only(self) -> None:
        if self._lock is None or not self._lock.is_locked:
            raise StoreError(f"{self.folder}: this store is {'read-only' if self.read_only else 'closed'}")

    def _refuse_unknown(self, names: Iterable[str], types: Mapping[str, Any]) -> None:
        for name in names:
            if name not in types:
                close = get_close_matches(name, types, n=1, cutoff=0.0)
                raise StoreError(f"{self.folder}: the runs have no column '{name}'; did you mean '{close[0]}'?")


# Rows and types


def _table(rows: Sequence[Row]) -> Any:
    """Return rows as a table with one type a column."""
    columns: dict[str, list[Value]] = {name: [None] * len(rows) for name in _FIXED}
    for place, row in enumerate(rows):
        for name, value in row.items():
            if name not in columns:
                columns[name] = [None] * len(rows)
            columns[name][place] = value if type(value) in _PLAIN else _plain(value, name)
        if not isinstance(columns["key"][place], str) or not columns["key"][place]:
            raise StoreError(f"a row has the key {columns['key'][place]!r}, and it must be text")
        status = columns["status"][place] = columns["status"][place] or "ok"
        if status not in STATUSES:
            raise StoreError(f"run {columns['key'][place]} has status {status!r}; allowed: {', '.join(STATUSES)}")
    arrays = {}
    for name, values in columns.items():
        kind = pa.string() if name in _FIXED else _kind(name, values)
        try:
            arrays[name] = pa.array(values, type=kind)
        except (pa.ArrowException, OverflowError, UnicodeError, TypeError) as error:
            raise StoreError(f"column '{name}' cannot be stored: {error}") from error
    return pa.table(arrays)


def _plain(value: object, name: str) -> Value:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    for kind in (int, float):
        if isinstance(value, kind):
            return kind(value)
    raise StoreError(f"column '{name}' has a {type(value).__name__}; allowed: numbers, text, bool and None")


def _kind(name: str, values: Iterable[Value]) -> Any:
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.null()
    if kinds == {int, float}:
        return pa.float64()
    if len(kinds) > 1:
        raise StoreError(f"column '{name}' mixes {' and '.join(sorted(kind.__name__ for kind in kinds))}")
    return {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string()}[kinds.pop()]


def _union(schemas: Iterable[Any], types: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return all columns and their common types; integers give way to floats, nothing to anything."""
    types = dict(types or dict.fromkeys(_FIXED, pa.string()))
    for schema in schemas:
        for column in schema:
            known = types.setdefault(column.name, column.type)
            if known != column.type:
                types[column.name] = _common(column.name, known, column.type)
    return types


def _common(name: str, known: Any, new: Any) -> Any:
    if pa.types.is_null(known) or pa.types.is_null(new):
        return new if pa.types.is_null(known) else known
    if {known, new} == {pa.int64(), pa.float64()}:
        return pa.float64()
    raise StoreError(f"column '{name}' holds {known} in earlier runs and {new} in new ones; a column has one type")


def _ordered(names: Iterable[str], first: Sequence[str] = ()) -> list[str]:
    """Return column names in the order of the final table."""
    middle = sorted(name for name in names if name not in {*_FIXED, *first})
    return [*LEADING, *(name for name in dict.fromkeys(first) if name not in _FIXED), *middle, *TRAILING]


def _aligned(batch: Any, schema: Any) -> Any:
    """Return a record batch with exactly the columns of a schema; missing ones are null."""
    present = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns = []
    for name, kind in zip(schema.names, schema.types, strict=True):
        column = present.get(name)
        if column is None:
            column = pa.nulls(batch.num_rows, kind)
        elif column.type != kind:
            # Not safe: an integer beyond 2**53 in a column that also has floats is rounded, as any float is.
            column = column.cast(kind, safe=False)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _aligned_table(table: Any, schema: Any) -> Any:
    return pa.Table.from_batches([_aligned(batch, schema) for batch in table.combine_chunks().to_batches()], schema)


def _winners(index: Any) -> npt.NDArray[np.bool_]:
    """Mark the one row of each key that counts: ok before failed, then the latest."""
    wanted = np.zeros(index.num_rows, dtype=np.bool_)
    if not index.num_rows:
        return wanted
    table = pa.table(
        {
            "key": index["key"],
            "failed": pc.not_equal(index["status"], "ok").cast(pa.int8()),
            "age": pa.array(np.arange(index.num_rows, 0, -1)),
        }
    )
    order = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in table.column_names])
    keys = table["key"].take(order).combine_chunks()
    new = np.ones(len(keys), dtype=np.bool_)
    new[1:] = pc.not_equal(keys[1:], keys[:-1]).to_numpy(zero_copy_only=False)
    wanted[order.to_numpy()[new]] = True
    return wanted


def _among(column: Any, keys: Collection[str]) -> npt.NDArray[np.bool_]:
    mask: npt.NDArray[np.bool_] = pc.is_in(column, value_set=pa.array(list(keys), pa.string())).to_numpy()
    return mask.copy()


# Files


def _open_shard(path: Path, first: int, last: int, digest: str) -> _Shard:
    shard = _Shard(path, first, last, path.stat().st_size, pa.schema([]))
    with _corrupt_if_unreadable(shard):
        if _digest(path) != digest:
            raise _CorruptShardError(shard, "its content is not what was written")
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow.remove_metadata()
    return _Shard(path, first, last, shard.size, schema)


@contextmanager
def _corrupt_if_unreadable(shard: _Shard) -> Iterator[None]:
    """Tell damaged content from a disk or system that fails; only the first is a reason to set a shard aside."""
    try:
        yield
    except MemoryError:
        raise
    except (OSError, UnicodeError, pa.ArrowException) as error:
        if isinstance(error, FileNotFoundError):
            raise
        # Arrow reports damaged content as OSError too, but without an error number of the system.
        if isinstance(error, OSError) and error.errno is not None:
            raise StoreError(f"{shard.path}: cannot be read: {error}") from error
        raise _CorruptShardError(shard, str(error).partition("\n")[0]) from error


def _read(shard: _Shard, columns: Sequence[str] | None = None) -> Iterator[Any]:
    """Yield the rows of a shard in small batches, with their checksums checked."""
    present = shard.schema.names if columns is None else [name for name in columns if name in shard.schema.names]
    if shard.recent is not None:
        yield from shard.recent.select(present).to_batches()
        return
    rows = max(256, min(4 * GROUP_ROWS, BATCH_VALUES // len(present)))
    with (
        _corrupt_if_unreadable(shard),
        pq.ParquetFile(shard.path, pre_buffer=False, page_checksum_verification=True) as file,
    ):
        yield from file.iter_batches(batch_size=rows, columns=present)


def _kept(
    shards: Iterable[_Shard], wanted: npt.NDArray[np.bool_], columns: Sequence[str] | None = None
) -> Iterator[Any]:
    """Yield the wanted rows of the shards; `wanted` marks them in order of storage."""
    start = 0
    for shard in shards:
        for batch in _read(shard, columns):
            mask = wanted[start : start + batch.num_rows]
            start += batch.num_rows
            if mask.any():
                yield batch if mask.all() else batch.filter(pa.array(mask))


def _gathered(batches: Iterable[Any], schema: Any) -> Iterator[Any]:
    """Yield the rows of small batches in tables of a row group or more."""
    waiting: list[Any] = []
    for batch in batches:
        waiting.append(batch)
        if sum(part.num_rows for part in waiting) >= GROUP_ROWS:
            yield pa.Table.from_batches(waiting, schema).combine_chunks()
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting, schema).combine_chunks()


def _into_buckets(
    shards: Sequence[_Shard], types: Mapping[str, Any], sources: npt.NDArray[np.int64], scratch: Path
) -> tuple[list[Path], set[str], int]:
    """Split the rows by their place in the final table into scratch files.

    Each file holds whole row groups of the final table and is small enough to be sorted in memory. Returned are the
    files, the columns with values, and the number of rows of a file.
    """
    size = GROUP_ROWS * max(1, math.ceil(sources.size / (GROUP_ROWS * BUCKETS)))
    paths = [scratch / f"{number}.arrow" for number in range(math.ceil(sources.size / size))]
    schema = pa.schema([*types.items(), (_RANK, pa.int64())])
    used: set[str] = set()
    by_source = np.argsort(sources, kind="stable")
    sources = sources[by_source]
    with ExitStack() as stack:
        writers = [stack.enter_context(pa.ipc.new_file(stack.enter_context(path.open("wb")), schema)) for path in paths]
        start = 0
        for batch in (batch for shard in shards for batch in _read(shard)):
            first, last = np.searchsorted(sources, (start, start + batch.num_rows))
            rows, ranks = sources[first:last] - start, by_source[first:last]
            start += batch.num_rows
            if not rows.size:
                continue
            order = np.argsort(ranks)
            ranks = ranks[order]
            batch = batch.take(pa.array(rows[order]))
            batch = _aligned(batch.append_column(_RANK, pa.array(ranks)), schema)
            used.update(name for name in types if batch.column(name).null_count < batch.num_rows)
            edges = np.searchsorted(ranks, np.arange(len(paths) + 1) * size)
            for number in np.flatnonzero(np.diff(edges)):
                writers[number].write_batch(batch.slice(edges[number], edges[number + 1] - edges[number]))
    return paths, used, size


def _overlaid(table: Any, plan: Any) -> Any:
    """Return a table with the columns of another of the same length put in place of its own."""
    for name in plan.column_names:
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, plan[name])
        else:
            table = table.append_column(name, plan[name])
    return table


def _give_memory_back() -> None:
    """Return what Arrow holds for later use; with very many runs that is a tenth of the memory of the process."""
    pa.default_memory_pool().release_unused()


def _read_bucket(path: Path) -> Any:
    with path.open("rb") as file, pa.ipc.open_file(file) as reader:
        return reader.read_all().sort_by(_RANK)


def _writer(file: BinaryIO, schema: Any, *, small: bool = False) -> Any:
    # Compression does not pay for a handful of rows: it doubles the time and saves a few bytes until the next merge.
    compression = "none" if small else "zstd"
    # Dictionaries pay for repeated text only; the key never repeats.
    repeated = [column.name for column in schema if pa.types.is_string(column.type) and column.name != "key"]
    return pq.ParquetWriter(file, schema, compression=compression, use_dictionary=repeated, write_page_checksum=True)


def contents(folder: Path) -> list[str]:
    """Return the names in a folder that matter, in order; none if it is missing or a file."""
    with disk_errors(folder, "open"):
        names = sorted(place.name for place in folder.iterdir()) if folder.is_dir() else []
    return [name for name in names if name not in _HARMLESS and not name.startswith(_TEMPORARY)]


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a store, None if its folder is missing or empty; refuse one that holds something else."""
    path = folder / MANIFEST
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: is a file, and runs need a folder")
    names = contents(folder)
    if MANIFEST not in names:
        if names:
            raise StoreError(
                f"{folder}: holds something else ('{names[0]}', but no {MANIFEST} of ours); name a new folder"
            )
        return None
    with disk_errors(path, "open"):
        text = path.read_bytes()
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise StoreError(
            f'{path}: is not readable as JSON ({error}); restore it, or put {{"format": "{FORMAT}", '
            f'"version": {VERSION}}} in its place if the folder holds runs'
        ) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise StoreError(f"{folder}: holds something else (its {MANIFEST} is not ours); name a new folder")
    if manifest.get("version") != VERSION:
        raise StoreError(f"{path}: has format version {manifest.get('version')}, and this code reads {VERSION}")
    return manifest


@contextmanager
def disk_errors(path: Path, verb: str = "write") -> Iterator[None]:
    """Turn a full disk, a read-only folder and their like into one clear error."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        advice = {
            errno.ENOSPC: "make room and give the same command again",
            errno.EDQUOT: "make room and give the same command again",
        }.get(error.errno or 0, "mend this and give the same command again")
        raise StoreError(
            f"{path}: cannot {verb} here: {reason}; everything stored before is intact, {advice}"
        ) from error


@dataclass
class _Output:
    file: BinaryIO
    path: Path


@contextmanager
def _replacing(path: Path, *, signed: bool = False) -> Iterator[_Output]:
    """Give a file to write that becomes `path` when the block ends, whole and on the disk, or not at all.

    A signed one gets its digest appended to its name; the output then tells its path.
    """
    temporary = path.with_name(f"{_TEMPORARY}{path.name}")
    with disk_errors(path):
        try:
            with temporary.open("wb") as file:
                output = _Output(file, path)
                yield output
                file.flush()
                os.fsync(file.fileno())
            if signed:
                output.path = path.with_name(f"{path.stem}-{_digest(temporary)}{path.suffix}")
            temporary.replace(output.path)
        except BaseException:
            _remove(temporary)
            raise
    _sync_folder(path.parent)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename durable. Not every system and file system can; the checksums notice what is lost."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(path: Path) -> None:
    """Remove a file nobody needs; if the system keeps it (Windows, while a reader has it open), the next scan will."""
    with suppress(OSError):
        path.unlink()


def _sweep(folder: Path) -> None:
    """Remove what a killed process left half written."""
    for path in folder.glob(f"{_TEMPORARY}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            _remove(path)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

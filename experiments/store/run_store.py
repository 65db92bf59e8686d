"""The store itself: open, append, merge, read and finish a folder of runs."""

from __future__ import annotations

import json
import socket
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar

import filelock
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from experiments.errors import StoreError, StoreWarning
from experiments.store import sizes
from experiments.store.files import TEMPORARY, disk_errors, remove, replacing, sweep
from experiments.store.manifest import FORMAT, MANIFEST, VERSION, read_manifest
from experiments.store.rows import (
    FIXED,
    LEADING,
    STATUSES,
    Row,
    aligned,
    aligned_table,
    among,
    common_types,
    ordered,
    table_of,
    winners,
)
from experiments.store.shards import (
    SHARD_NAME,
    SHARDS,
    CorruptShardError,
    Shard,
    batches_of,
    gathered,
    give_memory_back,
    kept_batches,
    open_shard,
    parquet_writer,
)
from experiments.store.sorting import Places, into_buckets, overlaid, read_bucket

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
P = ParamSpec("P")

RUNS_FILE: Final = "runs.parquet"


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
        self._shards: list[Shard] = []
        self._types = common_types([])
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
                **({"finished": manifest["finished"]} if "finished" in manifest else {}),
            }
            self._write_manifest()
            with disk_errors(self._shard_folder):
                self._shard_folder.mkdir(exist_ok=True)
                sweep(self.folder)
                sweep(self._shard_folder)
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
        give_memory_back()
        return found

    def counts(self) -> dict[str, int]:
        """Return the number of runs by status."""
        index = self._patiently(self._stored)
        status = index["status"].filter(pa.array(winners(index)))
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
        names = ordered(types) if columns is None else list(columns)
        self._refuse_unknown(names, types)
        index = self._index(self._shards)
        wanted = winners(index)
        if keys is not None:
            wanted &= among(index["key"], keys)
        schema = pa.schema([(name, types[name]) for name in dict.fromkeys(["key", *names])])
        parts = [aligned(batch, schema) for batch in kept_batches(self._shards, wanted, schema.names)]
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
        table = table_of(list(rows))
        if not table.num_rows:
            return
        types = common_types([table.schema], self._types)
        number, self._next = self._next, self._next + 1
        shard = self._write_shard(number, number, table.schema, [table])
        self._shards.append(replace(shard, recent=table) if table.num_rows <= sizes.RECENT_ROWS else shard)
        self._types = types
        self._merge_small()

    def compact(self) -> None:
        """Merge the shards into one, except those that are full already. A kill at any instant loses nothing."""
        self._refuse_read_only()
        self._patiently(self._compact)

    def _compact(self) -> None:
        full = 0
        while full < len(self._shards) and self._shards[full].size >= sizes.FULL_SHARD:
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
        named = list(dict.fromkeys([*FIXED, *first, *planned]))
        self._refuse_unknown(sort_by, types)
        target = self.folder / path
        with disk_errors(target), tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=self.folder) as scratch:
            try:
                sources = self._sources(types, sort_by, keys) if places is None else self._placed(places.keys)
                buckets, used, size = into_buckets(self._shards, types, sources, Path(scratch))
            except CorruptShardError as corrupt:
                self._put_aside(corrupt)
                raise StoreError(
                    f"{corrupt.shard.path}: does not read back; the same command again repeats its runs"
                ) from corrupt
            give_memory_back()
            kinds = {**types, **planned}
            final = {name: kinds.get(name, pa.null()) for name in ordered({*used, *named}, first)}
            # A type that every reader of Parquet opens, for a column that was asked for and has no value.
            schema = pa.schema(
                [(name, pa.float64() if pa.types.is_null(kind) else kind) for name, kind in final.items()]
            )
            with replacing(target) as output, parquet_writer(output.file, schema) as writer:
                for number, bucket in enumerate(buckets):
                    table = read_bucket(bucket)
                    if places is not None:
                        begin = number * size
                        table = overlaid(table, places.table(begin, begin + table.num_rows))
                    table = aligned_table(table, schema)
                    for start in range(0, table.num_rows, sizes.GROUP_ROWS):
                        group = table.slice(start, sizes.GROUP_ROWS).combine_chunks()
                        writer.write_table(group, row_group_size=sizes.GROUP_ROWS)
        return target

    def note_finished(self, plan: str) -> None:
        """Note of which plan the final table is; the manifest keeps it while later sessions follow another."""
        self._refuse_read_only()
        self._manifest["finished"] = plan

    def _sources(
        self, types: Mapping[str, Any], sort_by: Sequence[str], keys: Collection[str] | None
    ) -> npt.NDArray[np.int64]:
        """Return for each place of the final table the number of the stored row that stands there."""
        index = self._index(self._shards, sort_by)
        wanted = winners(index)
        if keys is not None:
            wanted &= among(index["key"], keys)
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
        chosen = np.flatnonzero(winners(index))
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
        return self.folder / SHARDS

    def _scan(self) -> None:
        """Take stock of the shards: set corrupt ones aside and drop those that were merged into another."""
        shards: list[Shard] = []
        self._next = 1
        for path in sorted(self._shard_folder.glob("*")):
            if not (match := SHARD_NAME.fullmatch(path.name)):
                continue
            first, last = int(match[1]), int(match[2])
            self._next = max(self._next, last + 1)
            if match[4]:
                continue
            try:
                shards.append(open_shard(path, first, last, match[3]))
            except CorruptShardError as corrupt:
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
                remove(shard.path)
        self._types = common_types(shard.schema for shard in self._shards)

    def _put_aside(self, corrupt: CorruptShardError) -> None:
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
            except CorruptShardError as corrupt:
                self._put_aside(corrupt)
            except FileNotFoundError as error:
                # Reading beside a writer: it merged shards away since we looked.
                before = self._shards
                self._scan()
                if not self.read_only or self._shards == before:
                    raise StoreError(f"{self._shard_folder}: a shard has vanished: {error}") from error

    def _stored(self) -> Any:
        return self._index(self._shards)

    def _index(self, shards: Sequence[Shard], columns: Sequence[str] = ()) -> Any:
        """Return key, status and the given columns of all stored rows, in order of storage."""
        types = common_types(shard.schema for shard in shards)
        names = dict.fromkeys([*LEADING, *columns])
        schema = pa.schema([(name, types[name]) for name in names])
        batches = (aligned(batch, schema) for shard in shards for batch in batches_of(shard, schema.names))
        return pa.Table.from_batches(batches, schema).combine_chunks()

    def _merge_small(self) -> None:
        """Merge the newest shards of one size class whenever there are many, so that no row is rewritten often."""
        appends = sizes.SMALL_SHARDS
        while len(self._tail(appends)) > sizes.SMALL_SHARDS:
            self._patiently(self._merge_tail, appends)
            appends *= sizes.SMALL_SHARDS

    def _merge_tail(self, appends: int) -> None:
        self._merge(self._tail(appends))

    def _tail(self, appends: int) -> list[Shard]:
        """Return the newest shards up to the first that holds more appends than given."""
        start = len(self._shards)
        while start and self._shards[start - 1].last - self._shards[start - 1].first + 1 <= appends:
            start -= 1
        return self._shards[start:]

    def _merge(self, shards: Sequence[Shard]) -> None:
        """Write one shard in place of neighbouring ones. Until its rename they count, and from then on it does."""
        if len(shards) < 2:
            return
        types = common_types(shard.schema for shard in shards)
        schema = pa.schema(list(types.items()))
        wanted = winners(self._index(shards))
        tables = gathered((aligned(batch, schema) for batch in kept_batches(shards, wanted)), schema)
        merged = self._write_shard(shards[0].first, shards[-1].last, schema, tables)
        self._shards = [shard for shard in self._shards if shard not in shards] + [merged]
        for shard in shards:
            remove(shard.path)

    def _write_shard(self, first: int, last: int, schema: Any, tables: Iterable[Any]) -> Shard:
        path = self._shard_folder / f"{first:08d}-{last:08d}.parquet"
        with replacing(path, signed=True) as output, parquet_writer(output.file, schema, small=first == last) as writer:
            for table in tables:
                writer.write_table(table, row_group_size=sizes.GROUP_ROWS)
        return Shard(output.path, first, last, output.path.stat().st_size, schema)

    # Folder, manifest, lock

    def _write_manifest(self) -> None:
        text = json.dumps(self._manifest, indent=2, ensure_ascii=False, default=str)
        with replacing(self.folder / MANIFEST) as output:
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

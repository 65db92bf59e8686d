"""Shards: the Parquet files that hold a range of appends each, and how they are read, in small batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.errors import StoreError
from experiments.store import sizes
from experiments.store.files import file_digest

SHARDS: Final = "shards"
SHARD_NAME: Final = re.compile(r"(\d{8,})-(\d{8,})-([0-9a-f]{16})\.parquet(\.corrupt)?")


@dataclass(frozen=True)
class Shard:
    """One Parquet file of runs and the appends, first to last, that it holds."""

    path: Path
    first: int
    last: int
    size: int
    schema: Any
    recent: Any = field(default=None, compare=False, repr=False)
    """The rows themselves, kept while they are few and new: reading a tiny file costs more than writing it."""

    def covers(self, other: Shard) -> bool:
        """Tell whether the other shard was merged into this one."""
        if (self.first, self.last) == (other.first, other.last):
            return self.path.name < other.path.name
        return self.first <= other.first and other.last <= self.last


class CorruptShardError(Exception):
    """A shard does not read back."""

    def __init__(self, shard: Shard, reason: object) -> None:
        super().__init__(f"{shard.path}: {reason}")
        self.shard = shard
        self.reason = reason


def open_shard(path: Path, first: int, last: int, digest: str) -> Shard:
    """Return the shard of a file that holds these appends; a content that is not what was written is corrupt."""
    shard = Shard(path, first, last, path.stat().st_size, pa.schema([]))
    with _corrupt_if_unreadable(shard):
        if file_digest(path) != digest:
            raise CorruptShardError(shard, "its content is not what was written")
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow.remove_metadata()
    return Shard(path, first, last, shard.size, schema)


@contextmanager
def _corrupt_if_unreadable(shard: Shard) -> Iterator[None]:
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
        raise CorruptShardError(shard, str(error).partition("\n")[0]) from error


def batches_of(shard: Shard, columns: Sequence[str] | None = None) -> Iterator[Any]:
    """Yield the rows of a shard in small batches, with their checksums checked."""
    present = shard.schema.names if columns is None else [name for name in columns if name in shard.schema.names]
    if shard.recent is not None:
        yield from shard.recent.select(present).to_batches()
        return
    rows = max(256, min(4 * sizes.GROUP_ROWS, sizes.BATCH_VALUES // len(present)))
    with (
        _corrupt_if_unreadable(shard),
        pq.ParquetFile(shard.path, pre_buffer=False, page_checksum_verification=True) as file,
    ):
        yield from file.iter_batches(batch_size=rows, columns=present)


def kept_batches(
    shards: Iterable[Shard], wanted: npt.NDArray[np.bool_], columns: Sequence[str] | None = None
) -> Iterator[Any]:
    """Yield the wanted rows of the shards; `wanted` marks them in order of storage."""
    start = 0
    for shard in shards:
        for batch in batches_of(shard, columns):
            mask = wanted[start : start + batch.num_rows]
            start += batch.num_rows
            if mask.any():
                yield batch if mask.all() else batch.filter(pa.array(mask))


def gathered(batches: Iterable[Any], schema: Any) -> Iterator[Any]:
    """Yield the rows of small batches in tables of a row group or more."""
    waiting: list[Any] = []
    for batch in batches:
        waiting.append(batch)
        if sum(part.num_rows for part in waiting) >= sizes.GROUP_ROWS:
            yield pa.Table.from_batches(waiting, schema).combine_chunks()
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting, schema).combine_chunks()


def parquet_writer(file: BinaryIO, schema: Any, *, small: bool = False) -> Any:
    """Return a writer of rows; a `small` file is not compressed."""
    # Compression does not pay for a handful of rows: it doubles the time and saves a few bytes until the next merge.
    compression = "none" if small else "zstd"
    # Dictionaries pay for repeated text only; the key never repeats.
    repeated = [column.name for column in schema if pa.types.is_string(column.type) and column.name != "key"]
    return pq.ParquetWriter(file, schema, compression=compression, use_dictionary=repeated, write_page_checksum=True)


def give_memory_back() -> None:
    """Return what Arrow holds for later use; with very many runs that is a tenth of the memory of the process."""
    pa.default_memory_pool().release_unused()

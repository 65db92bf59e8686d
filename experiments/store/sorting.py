"""The final table: all rows put in order with little memory, through scratch files that can be sorted one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc

from experiments.store import sizes
from experiments.store.rows import aligned
from experiments.store.shards import Shard, batches_of

_RANK: Final = "·rank"


class Places(Protocol):
    """The rows of a final table that is laid out by a plan: one run may stand at several places."""

    @property
    def keys(self) -> Sequence[str]:
        """The key of the run at each place, in order."""

    def table(self, start: int, stop: int) -> Any:
        """Return an Arrow table of what the plan says of these places; its columns replace those of the runs."""


def into_buckets(
    shards: Sequence[Shard], types: Mapping[str, Any], sources: npt.NDArray[np.int64], scratch: Path
) -> tuple[list[Path], set[str], int]:
    """Split the rows by their place in the final table into scratch files.

    Each file holds whole row groups of the final table and is small enough to be sorted in memory. Returned are the
    files, the columns with values, and the number of rows of a file.
    """
    size = sizes.GROUP_ROWS * max(1, math.ceil(sources.size / (sizes.GROUP_ROWS * sizes.BUCKETS)))
    paths = [scratch / f"{number}.arrow" for number in range(math.ceil(sources.size / size))]
    schema = pa.schema([*types.items(), (_RANK, pa.int64())])
    used: set[str] = set()
    by_source = np.argsort(sources, kind="stable")
    sources = sources[by_source]
    with ExitStack() as stack:
        writers = [stack.enter_context(pa.ipc.new_file(stack.enter_context(path.open("wb")), schema)) for path in paths]
        start = 0
        for batch in (batch for shard in shards for batch in batches_of(shard)):
            first, last = np.searchsorted(sources, (start, start + batch.num_rows))
            rows, ranks = sources[first:last] - start, by_source[first:last]
            start += batch.num_rows
            if not rows.size:
                continue
            order = np.argsort(ranks)
            ranks = ranks[order]
            batch = batch.take(pa.array(rows[order]))
            batch = aligned(batch.append_column(_RANK, pa.array(ranks)), schema)
            used.update(name for name in types if batch.column(name).null_count < batch.num_rows)
            edges = np.searchsorted(ranks, np.arange(len(paths) + 1) * size)
            for number in np.flatnonzero(np.diff(edges)):
                writers[number].write_batch(batch.slice(edges[number], edges[number + 1] - edges[number]))
    return paths, used, size


def overlaid(table: Any, plan: Any) -> Any:
    """Return a table with the columns of another of the same length put in place of its own."""
    for name in plan.column_names:
        if name in table.column_names:
            table = table.set_column(table.column_names.index(name), name, plan[name])
        else:
            table = table.append_column(name, plan[name])
    return table


def read_bucket(path: Path) -> Any:
    """Return the rows of a scratch file in the order of the final table."""
    with path.open("rb") as file, pa.ipc.open_file(file) as reader:
        return reader.read_all().sort_by(_RANK)

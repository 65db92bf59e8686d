"""How much is read, held and merged at once."""

from __future__ import annotations

from typing import Final

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

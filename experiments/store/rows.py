"""Rows of runs as Arrow tables: their types, the order of their columns, and which row of a key counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from experiments.errors import StoreError
from experiments.store.keys import PLAIN

Value: TypeAlias = float | int | str | bool | None
Row: TypeAlias = Mapping[str, Value]

LEADING: Final = ("key", "status")
TRAILING: Final = ("error", "traceback")
FIXED: Final = (*LEADING, *TRAILING)
STATUSES: Final = ("ok", "failed")


def table_of(rows: Sequence[Row]) -> Any:
    """Return rows as a table with one type a column."""
    columns: dict[str, list[Value]] = {name: [None] * len(rows) for name in FIXED}
    for place, row in enumerate(rows):
        for name, value in row.items():
            if name not in columns:
                columns[name] = [None] * len(rows)
            columns[name][place] = value if type(value) in PLAIN else _plain(value, name)
        if not isinstance(columns["key"][place], str) or not columns["key"][place]:
            raise StoreError(f"a row has the key {columns['key'][place]!r}, and it must be text")
        status = columns["status"][place] = columns["status"][place] or "ok"
        if status not in STATUSES:
            raise StoreError(f"run {columns['key'][place]} has status {status!r}; allowed: {', '.join(STATUSES)}")
    arrays = {}
    for name, values in columns.items():
        kind = pa.string() if name in FIXED else _kind(name, values)
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


def common_types(schemas: Iterable[Any], types: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return all columns and their common types; integers give way to floats, nothing to anything."""
    types = dict(types or dict.fromkeys(FIXED, pa.string()))
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


def ordered(names: Iterable[str], first: Sequence[str] = ()) -> list[str]:
    """Return column names in the order of the final table."""
    middle = sorted(name for name in names if name not in {*FIXED, *first})
    return [*LEADING, *(name for name in dict.fromkeys(first) if name not in FIXED), *middle, *TRAILING]


def aligned(batch: Any, schema: Any) -> Any:
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


def aligned_table(table: Any, schema: Any) -> Any:
    """Return a table with exactly the columns of a schema; missing ones are null."""
    return pa.Table.from_batches([aligned(batch, schema) for batch in table.combine_chunks().to_batches()], schema)


def winners(index: Any) -> npt.NDArray[np.bool_]:
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


def among(column: Any, keys: Collection[str]) -> npt.NDArray[np.bool_]:
    """Mark the values of a column that are among some keys."""
    mask: npt.NDArray[np.bool_] = pc.is_in(column, value_set=pa.array(list(keys), pa.string())).to_numpy()
    return mask.copy()

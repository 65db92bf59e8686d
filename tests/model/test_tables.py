"""A table is read by name in compiled code, and what is written into its arrays is written into the tuple's."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from model.compiling import compiled
from model.tables import in_memory

laid_out = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="without compilation a table is the tuple itself")


class Inner(NamedTuple):
    grid: NDArray[np.float64]
    flags: NDArray[np.bool_]
    weight: float


class Outer(NamedTuple):
    seed: int
    inner: Inner
    numbers: NDArray[np.int32]
    share: float


def outer(rows: int = 3, columns: int = 4) -> Outer:
    grid = np.arange(float(rows * columns)).reshape(rows, columns)
    return Outer(2**63 - 1, Inner(grid, np.ones(rows, dtype=bool), 0.5), np.arange(7, dtype=np.int32), 1)


@compiled
def visited(table: Outer) -> tuple[int, float]:
    """Read a field of every kind, and write into two of them."""
    total = table.share + table.inner.weight
    for row in range(table.inner.grid.shape[0]):
        for column in range(table.inner.grid.shape[1]):
            total += table.inner.grid[row, column]
        table.inner.flags[row] = row % 2 == 0
    for number in range(table.numbers.size):
        table.numbers[number] += 1
    return table.seed, total


@pytest.mark.parametrize("shape", [(3, 4), (1, 9), (5, 0)])
def test_compiled_code_reads_and_writes_fields_by_name(shape: tuple[int, int]) -> None:
    values = outer(*shape)
    expected = values.inner.grid.sum() + 1.5
    assert visited(in_memory(values)) == (2**63 - 1, expected)
    assert values.numbers.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert values.inner.flags.tolist() == [row % 2 == 0 for row in range(shape[0])]


def test_python_reads_fields_by_name() -> None:
    values = outer()
    table = in_memory(values)
    assert table.inner.grid is values.inner.grid
    assert table.seed == values.seed


@laid_out
def test_array_that_is_not_in_c_order_is_refused() -> None:
    values = outer()
    turned = values._replace(inner=values.inner._replace(grid=values.inner.grid.T))
    with pytest.raises(ValueError, match=r"Inner\.grid must be a writable array in C order"):
        in_memory(turned)


@laid_out
def test_array_that_must_not_be_written_is_refused() -> None:
    values = outer()
    values.numbers.flags.writeable = False
    with pytest.raises(ValueError, match=r"Outer\.numbers must be a writable array"):
        in_memory(values)

"""Where each citizen's cell stands: regions as blocks from north to south, area by population.

The layout depends on who lives where and on the size of the picture, never on a state, so a citizen has the same cell
in both worlds and in every month.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.columns import Columns, Ints
from scenarios import Country

LABEL_PIXELS = 15
GAP_PIXELS = 7
LARGEST_CELL = 22
SPREAD = 2_654_435_761  # Knuth's multiplier: neighbours in number become strangers in order


class Block(NamedTuple):
    """The cells of one region: left column, top row, columns, rows."""

    region: int
    left: int
    top: int
    columns: int
    rows: int


@dataclass(frozen=True)
class Layout:
    """A grid of cells.

    Attributes
    ----------
    cell
        Pixels of a cell's side.
    citizens
        [rows * columns] number of the citizen in each cell, row by row, -1 where there is none.
    represented
        How many citizens stand behind a cell: 1, or more when there are more citizens than pixels.
    """

    columns: int
    rows: int
    cell: int
    citizens: NDArray[np.int32]
    blocks: tuple[Block, ...]
    represented: int

    def described(self) -> dict[str, Any]:
        """Return what the page needs to draw it, apart from the citizens."""
        return {
            "columns": self.columns,
            "rows": self.rows,
            "cell": self.cell,
            "represented": self.represented,
            "blocks": [block._asdict() for block in self.blocks],
        }


def lay_out(country: Country, people: Columns, width: int, height: int) -> Layout:
    """Return the layout of all citizens in a picture of `width` by `height` pixels.

    Each region fills its block from the left, the kin camp first and the others in mixed order, so that no place tells
    an ethnicity. With more citizens than pixels, a fixed one in every k has a cell.
    """
    represented = 1
    while True:
        seats = _seats(people, represented)
        heads = [seat.size for seat in seats]
        for cell in range(LARGEST_CELL, 0, -1):
            found = _blocks(country, heads, width // cell, height // cell, cell)
            if found is not None:
                return _filled(found, seats, width // cell, height // cell, cell, represented)
        if represented > people.region.size:
            raise ValueError(f"a picture of {width} by {height} pixels has no room for {len(heads)} regions")
        represented = max(represented + 1, int(represented * 1.1))


def seating(people: Columns) -> Ints:
    """Return everybody's number in the order in which they are seated: by region, then camp, then mixed."""
    numbers = np.arange(people.region.size)
    mixed = (numbers * SPREAD) % 2**32
    return np.lexsort((mixed, people.camp, people.region))


def _seats(people: Columns, represented: int) -> list[Ints]:
    """Return, by region, the numbers of the citizens who get a cell, in their order."""
    order = seating(people)
    ends = np.searchsorted(people.region[order], np.arange(people.region.max() + 2))
    return [order[first:last][::represented] for first, last in itertools.pairwise(ends)]


def _blocks(country: Country, heads: list[int], columns: int, rows: int, cell: int) -> list[Block] | None:
    """Return the regions' blocks, or None if they do not fit with cells of this size."""
    label = -(-LABEL_PIXELS // cell)
    gap = max(1, round(GAP_PIXELS / cell))
    blocks = []
    top = 0
    for band in sorted({region.row for region in country.regions}):
        members = sorted(
            (number for number, region in enumerate(country.regions) if region.row == band and heads[number]),
            key=lambda number: country.regions[number].column,
        )
        free = columns - gap * (len(members) - 1)
        if free < len(members):
            return None
        deep = _depth([heads[number] for number in members], free)
        top += label
        left = 0
        for number in members:
            wide = -(-heads[number] // deep)
            blocks.append(Block(number, left, top, wide, deep))
            left += wide + gap
        top += deep
        if top > rows:
            return None
    return blocks


def _depth(heads: list[int], free: int) -> int:
    """Return the fewest rows in which regions of so many heads fit side by side into `free` columns."""
    low, high = 1, max(heads, default=1)
    while low < high:
        middle = (low + high) // 2
        if sum(-(-count // middle) for count in heads) <= free:
            high = middle
        else:
            low = middle + 1
    return low


def _filled(blocks: list[Block], seats: list[Ints], columns: int, rows: int, cell: int, represented: int) -> Layout:
    used = max(block.top + block.rows for block in blocks)
    grid = np.full((used, columns), -1, dtype=np.int32)
    for block in blocks:
        seat = seats[block.region]
        filled = np.full(block.columns * block.rows, -1, dtype=np.int32)
        filled[: seat.size] = seat
        part = filled.reshape(block.columns, block.rows).T
        grid[block.top : block.top + block.rows, block.left : block.left + block.columns] = part
    return Layout(columns, used, cell, grid.ravel(), tuple(blocks), represented)

"""Stubs, half-ties in search of a partner, and how those of a pool are put into random order.

A stub is one number: that of its citizen times `MOST_TIES`, plus its own among the citizen's stubs.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.chance import uniform
from model.compiling import compiled
from model.crew import Crew

FEWEST_TIES: Final = 5
MOST_TIES: Final = 30

# Stubs are put in order in stretches of about so many, which fit into the processor's own memory.
STRETCH: Final = 8192


@compiled
def put_in_random_order(stubs: NDArray[np.int64], streams: NDArray[np.uint64]) -> None:
    """Sort the stubs of a pool by their keyed draws, equal ones in the order in which they stood.

    Draws are uniform, so each goes to its likely place at once, and little is left to sort: first to its stretch of the
    pool, which fits into the processor's own memory, then to its place within the stretch.
    """
    size = stubs.size
    stretches = size // STRETCH + 1
    key = np.empty(size, np.float64)
    start = np.zeros(stretches + 1, np.int64)
    _draw_keys(stubs, streams, key, start[1:], 0, size)
    for stretch in range(stretches):
        start[stretch + 1] += start[stretch]
    filed = np.empty(size, np.int64)
    filed_key = np.empty(size, np.float64)
    _file_by_stretch(stubs, key, filed, filed_key, start[:stretches].copy(), 0, size)
    _order_stretches(filed, filed_key, start, stubs, key, 0, stretches)


def put_in_random_order_together(stubs: NDArray[np.int64], streams: NDArray[np.uint64], crew: Crew) -> None:
    """Do what `put_in_random_order` does, shared out among a crew."""
    if crew.threads == 1:
        put_in_random_order(stubs, streams)
        return
    size = stubs.size
    stretches = size // STRETCH + 1
    blocks = crew.blocks(size)
    key = np.empty(size, np.float64)
    counts = np.zeros((len(blocks), stretches), np.int64)
    crew.each(_draw_keys, [(stubs, streams, key, counts[number], *block) for number, block in enumerate(blocks)])
    start = np.zeros(stretches + 1, np.int64)
    np.cumsum(counts.sum(axis=0), out=start[1:])
    # In every stretch the stubs of the first block come first.
    free = np.cumsum(counts, axis=0) - counts + start[:-1]
    filed = np.empty(size, np.int64)
    filed_key = np.empty(size, np.float64)
    in_blocks = [(stubs, key, filed, filed_key, free[number], *block) for number, block in enumerate(blocks)]
    crew.each(_file_by_stretch, in_blocks)
    in_stretches = [(filed, filed_key, start, stubs, key, *block) for block in crew.blocks(stretches, fewest=8)]
    crew.each(_order_stretches, in_stretches)


@compiled
def _draw_keys(
    stubs: NDArray[np.int64],
    streams: NDArray[np.uint64],
    key: NDArray[np.float64],
    count: NDArray[np.int64],
    first: int,
    last: int,
) -> None:
    """Draw the key of each of some stubs of a pool, and count how many belong to each stretch."""
    stretches = count.size
    for k in range(first, last):
        key[k] = uniform(streams[stubs[k] % MOST_TIES], stubs[k] // MOST_TIES)
        count[min(int(key[k] * stretches), stretches - 1)] += 1


@compiled
def _file_by_stretch(
    stubs: NDArray[np.int64],
    key: NDArray[np.float64],
    filed: NDArray[np.int64],
    filed_key: NDArray[np.float64],
    free: NDArray[np.int64],
    first: int,
    last: int,
) -> None:
    """Enter some stubs of a pool, with their keys, into their stretches, from the first free place of each."""
    stretches = free.size
    for k in range(first, last):
        stretch = min(int(key[k] * stretches), stretches - 1)
        filed[free[stretch]] = stubs[k]
        filed_key[free[stretch]] = key[k]
        free[stretch] += 1


@compiled
def _order_stretches(
    filed: NDArray[np.int64],
    filed_key: NDArray[np.float64],
    start: NDArray[np.int64],
    stubs: NDArray[np.int64],
    key: NDArray[np.float64],
    first: int,
    last: int,
) -> None:
    """Put the stubs of some stretches into the order of their keys."""
    stretches = start.size - 1
    for stretch in range(first, last):
        begin = start[stretch]
        size = start[stretch + 1] - begin
        free = np.zeros(size + 1, np.int64)
        for k in range(begin, begin + size):
            free[_likely_place(filed_key[k], stretches, stretch, size) + 1] += 1
        for place in range(size):
            free[place + 1] += free[place]
        for k in range(begin, begin + size):
            place = _likely_place(filed_key[k], stretches, stretch, size)
            stubs[begin + free[place]] = filed[k]
            key[begin + free[place]] = filed_key[k]
            free[place] += 1
        for k in range(begin + 1, begin + size):
            moving = stubs[k]
            moving_key = key[k]
            place = k
            while place > begin and key[place - 1] > moving_key:
                stubs[place] = stubs[place - 1]
                key[place] = key[place - 1]
                place -= 1
            stubs[place] = moving
            key[place] = moving_key


@compiled
def _likely_place(key: float, stretches: int, stretch: int, size: int) -> int:
    """Return where in a stretch of so many a uniform key most likely belongs."""
    return max(0, min(int((key * stretches - stretch) * size), size - 1))

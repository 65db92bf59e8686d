"""Stubs, half-ties in search of a partner, and how those of a pool are put into random order.

A stub is one number: that of its citizen times `MOST_TIES`, plus its own among the citizen's stubs. As long as it waits
for its place in a pool, the leading bits of the draw that decides the place stand above that number: a ticket.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.chance import interval, uniform
from model.compiling import compiled
from model.crew import Crew

FEWEST_TIES: Final = 5
MOST_TIES: Final = 30

STUB_BITS: Final = 35  # the stubs of a thousand million citizens
STUB: Final = (1 << STUB_BITS) - 1
PLACE_BITS: Final = 63 - STUB_BITS
PLACES: Final = 1 << PLACE_BITS

# Stubs are put in order in stretches of about so many, which fit into the processor's own memory.
STRETCH: Final = 2048


@compiled
def ticket(stub: int, stream: int, citizen: int) -> int:
    """Return a citizen's stub with the leading bits of the draw of its place."""
    return (int(np.int64(interval(stream, citizen) >> 52 - PLACE_BITS)) << STUB_BITS) | stub


@compiled
def draw_tickets(stubs: NDArray[np.int64], streams: NDArray[np.uint64]) -> None:
    """Draw the place of each of some stubs in a pool."""
    for k in range(stubs.size):
        stubs[k] = ticket(stubs[k], streams[stubs[k] % MOST_TIES], stubs[k] // MOST_TIES)


@compiled
def put_in_random_order(tickets: NDArray[np.int64], aside: NDArray[np.int64], streams: NDArray[np.uint64]) -> None:
    """Sort the tickets of a pool by their draws, equal ones by their stubs, and leave the stubs alone.

    Draws are uniform, so each goes to its likely place at once, and little is left to sort: first to its stretch of the
    pool, which fits into the processor's own memory, then to its place within the stretch. `aside` is at least as long
    as the pool, and what it holds does not matter.
    """
    stretches = tickets.size // STRETCH + 1
    start = np.zeros(stretches + 1, np.int64)
    _count_by_stretch(tickets, start[1:], 0, tickets.size)
    for stretch in range(stretches):
        start[stretch + 1] += start[stretch]
    _file_by_stretch(tickets, aside, start[:stretches].copy(), 0, tickets.size)
    _order_stretches(aside, start, streams, tickets, 0, stretches)


def put_in_random_order_together(tickets: NDArray[np.int64], streams: NDArray[np.uint64], crew: Crew) -> None:
    """Do what `put_in_random_order` does, shared out among a crew."""
    stretches = tickets.size // STRETCH + 1
    blocks = crew.blocks(tickets.size)
    counts = np.zeros((len(blocks), stretches), np.int64)
    crew.each(_count_by_stretch, [(tickets, count, *block) for count, block in zip(counts, blocks, strict=True)])
    start = np.zeros(stretches + 1, np.int64)
    np.cumsum(counts.sum(axis=0), out=start[1:])
    # In every stretch the tickets of the first block come first.
    free = np.cumsum(counts, axis=0) - counts + start[:-1]
    aside = np.empty_like(tickets)
    crew.each(_file_by_stretch, [(tickets, aside, here, *block) for here, block in zip(free, blocks, strict=True)])
    in_stretches = [(aside, start, streams, tickets, *block) for block in crew.blocks(stretches, fewest=8)]
    crew.each(_order_stretches, in_stretches)


@compiled
def _count_by_stretch(tickets: NDArray[np.int64], count: NDArray[np.int64], first: int, last: int) -> None:
    """Count how many of some tickets of a pool belong to each stretch."""
    for k in range(first, last):
        count[(tickets[k] >> STUB_BITS) * count.size >> PLACE_BITS] += 1


@compiled
def _file_by_stretch(
    tickets: NDArray[np.int64], filed: NDArray[np.int64], free: NDArray[np.int64], first: int, last: int
) -> None:
    """Enter some tickets of a pool into their stretches, from the first free place of each."""
    for k in range(first, last):
        stretch = (tickets[k] >> STUB_BITS) * free.size >> PLACE_BITS
        filed[free[stretch]] = tickets[k]
        free[stretch] += 1


@compiled
def _order_stretches(
    filed: NDArray[np.int64],
    start: NDArray[np.int64],
    streams: NDArray[np.uint64],
    stubs: NDArray[np.int64],
    first: int,
    last: int,
) -> None:
    """Write the stubs of some stretches in their order."""
    stretches = start.size - 1
    longest = 0
    for stretch in range(first, last):
        longest = max(longest, start[stretch + 1] - start[stretch])
    free = np.empty(longest + 1, np.int32)
    for stretch in range(first, last):
        begin = start[stretch]
        end = start[stretch + 1]
        free[: end - begin + 1] = 0
        for k in range(begin, end):
            free[_likely_place(filed[k], stretches, end - begin) + 1] += 1
        for place in range(end - begin):
            free[place + 1] += free[place]
        for k in range(begin, end):
            place = _likely_place(filed[k], stretches, end - begin)
            stubs[begin + free[place]] = filed[k]
            free[place] += 1
        for k in range(begin + 1, end):
            moving = stubs[k]
            place = k
            while place > begin:
                before = stubs[place - 1]
                apart = before ^ moving > STUB  # in their leading bits, as nearly always
                if not (before > moving if apart else _stands_behind(before & STUB, moving & STUB, streams)):
                    break
                stubs[place] = before
                place -= 1
            stubs[place] = moving
        for k in range(begin, end):
            stubs[k] &= STUB


@compiled
def _likely_place(ticket: int, stretches: int, size: int) -> int:
    """Return where in its stretch, one of so many, a ticket most likely belongs."""
    return (((ticket >> STUB_BITS) * stretches) & (PLACES - 1)) * size >> PLACE_BITS


@compiled
def _stands_behind(one: int, other: int, streams: NDArray[np.uint64]) -> bool:
    """Say whether the first of two stubs has the later place, by all bits of their draws."""
    place = uniform(streams[one % MOST_TIES], one // MOST_TIES)
    other_place = uniform(streams[other % MOST_TIES], other // MOST_TIES)
    return place > other_place or (place == other_place and one > other)

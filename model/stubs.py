"""Stubs, half-ties in search of a partner, and how those of a pool are put into random order.

A stub is one number: that of its citizen, followed by five bits for its own among the citizen's stubs. As long as it
waits for its place in a pool, the leading bits of the draw that decides the place stand above that number: a ticket.
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

NUMBER_BITS: Final = 5
NUMBER: Final = (1 << NUMBER_BITS) - 1
STUB_BITS: Final = 30 + NUMBER_BITS  # the stubs of a thousand million citizens
STUB: Final = (1 << STUB_BITS) - 1
PLACE_BITS: Final = 63 - STUB_BITS

# Stubs are put in order in stretches of about so many, which fit into the processor's own memory, digit by digit.
STRETCH: Final = 2048
DIGIT_BITS: Final = 8
DIGIT: Final = (1 << DIGIT_BITS) - 1


@compiled
def stub_of(citizen: int, number: int) -> int:
    """Return a citizen's stub of this number, from 0 to `MOST_TIES` - 1."""
    return citizen << NUMBER_BITS | number


@compiled
def citizen_of(stub: int) -> int:
    """Return the citizen whose stub it is."""
    return stub >> NUMBER_BITS


@compiled
def place_of(stub: int, streams: NDArray[np.uint64]) -> float:
    """Return the draw of a stub's place in a pool, by the streams of stubs of each number."""
    return uniform(streams[stub & NUMBER], citizen_of(stub))


@compiled
def ticket(stub: int, stream: int, citizen: int) -> int:
    """Return a citizen's stub with the leading bits of the draw of its place."""
    return int(np.int64(interval(stream, citizen) >> 52 - PLACE_BITS)) << STUB_BITS | stub


@compiled
def draw_tickets(stubs: NDArray[np.int64], streams: NDArray[np.uint64]) -> None:
    """Draw the place of each of some stubs in a pool."""
    for k in range(stubs.size):
        stubs[k] = ticket(stubs[k], streams[stubs[k] & NUMBER], citizen_of(stubs[k]))


@compiled
def put_in_random_order(tickets: NDArray[np.int64], aside: NDArray[np.int64], streams: NDArray[np.uint64]) -> None:
    """Sort the tickets of a pool by their draws, equal ones by their stubs, and leave the stubs alone.

    Draws are uniform, so each can go to its stretch of the pool at once, and is put in order there. `aside` is at least
    as long as the pool, and what it holds does not matter.
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
    aside = np.empty(longest, np.int64)
    free = np.empty((2, 1 << DIGIT_BITS), np.uint32)
    for stretch in range(first, last):
        here = slice(start[stretch], start[stretch + 1])
        _order_stretch(filed[here], stretches, streams, aside, free[0], free[1], stubs[here])


@compiled
def _order_stretch(
    filed: NDArray[np.int64],
    stretches: int,
    streams: NDArray[np.uint64],
    aside: NDArray[np.int64],
    free_by_second: NDArray[np.uint32],
    free_by_first: NDArray[np.uint32],
    stubs: NDArray[np.int64],
) -> None:
    """Write the stubs of one stretch in their order: by the second digit of their place in it, then by the first.

    What two digits do not tell is little, and is left to exchanges of neighbours.
    """
    free_by_second[:] = 0
    free_by_first[:] = 0
    for ticket in filed:
        free_by_second[_second_digit(ticket, stretches)] += 1
        free_by_first[_first_digit(ticket, stretches)] += 1
    _add_up(free_by_second)
    _add_up(free_by_first)
    for ticket in filed:
        digit = _second_digit(ticket, stretches)
        aside[free_by_second[digit]] = ticket
        free_by_second[digit] += 1
    for ticket in aside[: filed.size]:
        digit = _first_digit(ticket, stretches)
        stubs[free_by_first[digit]] = ticket
        free_by_first[digit] += 1
    for k in range(1, stubs.size):
        place = k
        while place > 0 and stubs[place - 1] >> STUB_BITS >= stubs[place] >> STUB_BITS:
            before = stubs[place - 1]
            moving = stubs[place]
            alike = before >> STUB_BITS == moving >> STUB_BITS
            if alike and not _stands_behind(before & STUB, moving & STUB, streams):
                break
            stubs[place - 1] = moving
            stubs[place] = before
            place -= 1
    for k in range(stubs.size):
        stubs[k] &= STUB


@compiled
def _first_digit(ticket: int, stretches: int) -> int:
    """Return the first digit of a ticket's place in its stretch, one of so many."""
    return (ticket >> STUB_BITS) * stretches >> PLACE_BITS - DIGIT_BITS & DIGIT


@compiled
def _second_digit(ticket: int, stretches: int) -> int:
    """Return the second digit of a ticket's place in its stretch, one of so many."""
    return (ticket >> STUB_BITS) * stretches >> PLACE_BITS - 2 * DIGIT_BITS & DIGIT


@compiled
def _add_up(counts: NDArray[np.uint32]) -> None:
    """Replace each count by the sum of those before it."""
    total = 0
    for k in range(counts.size):
        count = counts[k]
        counts[k] = total
        total += count


@compiled
def _stands_behind(one: int, other: int, streams: NDArray[np.uint64]) -> bool:
    """Say whether the first of two stubs has the later place, by all bits of their draws."""
    place = place_of(one, streams)
    other_place = place_of(other, streams)
    return place > other_place or (place == other_place and one > other)

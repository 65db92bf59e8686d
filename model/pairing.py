"""Who is tied to whom, while ties are still being drawn: rows of partners, and how two find or lose each other."""

from __future__ import annotations

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.compiling import compiled
from model.crew import Crew
from model.prefetching import prefetch
from model.stubs import citizen_of, place_of

# The ties drawn so far are rows of integers, one a citizen: its degree, the row where its partners go on, and the first
# of them, in no order. A row is as long as what a processor fetches at a time; few citizens need a second one.
DEGREE: Final = 0
GOES_ON: Final = 1
FIRST_PARTNER: Final = 2
NOWHERE: Final = 0
ROW_LENGTH: Final = 16
AT_HAND: Final = ROW_LENGTH - FIRST_PARTNER

# How many other pairs a pair that must not be tied asks before it looks further afield; how many citizens at the end.
PAIRS_ASKED: Final = 100
CITIZENS_ASKED: Final = 10_000

# How many pairs ahead the rows of those to be tied are asked for, and of those to exchange partners, who are fewer.
PAIRS_AHEAD: Final = 16
EXCHANGES_AHEAD: Final = 200

# Of how many stubs it is seen at a time to whom they belong.
STUBS_AT_ONCE: Final = 2048


def make_rows(stubs_of: NDArray[np.int8], crew: Crew) -> NDArray[np.int32]:
    """Return empty rows for citizens with so many stubs.

    There is room for a second row each, most of which is never touched and so costs no memory.
    """
    citizens = stubs_of.size
    room = np.zeros((2 * citizens + 1) * ROW_LENGTH, np.int32)
    begin = -(room.ctypes.data // room.itemsize) % ROW_LENGTH  # where the memory that is fetched at a time begins
    drawn = room[begin : begin + 2 * citizens * ROW_LENGTH].reshape(-1, ROW_LENGTH)
    blocks = crew.blocks(citizens)
    before = list(
        itertools.accumulate(crew.each(_count_long, [(stubs_of, *block) for block in blocks]), initial=citizens)
    )
    parts = zip(before, *zip(*blocks, strict=True), strict=False)
    crew.each(_open_second_rows, [(stubs_of, drawn, *part) for part in parts])
    return drawn


@compiled
def _count_long(stubs_of: NDArray[np.int8], first: int, last: int) -> int:
    """Return how many citizens of a block may need a second row."""
    long = 0
    for citizen in range(first, last):
        long += stubs_of[citizen] > AT_HAND
    return long


@compiled
def _open_second_rows(stubs_of: NDArray[np.int8], drawn: NDArray[np.int32], free: int, first: int, last: int) -> None:
    """Open a second row, from row `free` on, for those of a block who may need it."""
    for citizen in range(first, last):
        if stubs_of[citizen] > AT_HAND:
            drawn[citizen, GOES_ON] = free
            free += 1


@compiled
def pair_off(stubs: NDArray[np.int64], edges: NDArray[np.int64], drawn: NDArray[np.int32]) -> int:
    """Tie each stub of a pool to the next; return how many, now at the front of `stubs`, found nobody."""
    tied = np.empty(stubs.size // 2, np.bool_)
    _tie_pairs(stubs, drawn, tied)
    return _exchange_partners(stubs, False, edges, drawn, tied)


def pair_off_outside(
    stubs: NDArray[np.int64], edges: NDArray[np.int64], drawn: NDArray[np.int32], crew: Crew
) -> NDArray[np.int64]:
    """Tie each stub of a pool to the next if it is of another region; return those who found nobody."""
    tied = np.empty(stubs.size // 2, np.bool_)
    crew.each(_tell_regions_apart, [(stubs, edges, tied, *block) for block in crew.blocks(tied.size)])
    shares = itertools.pairwise(int(edges[-1]) * part // crew.threads for part in range(crew.threads + 1))
    crew.each(_tie_own, [(stubs, drawn, tied, *share) for share in shares])
    return stubs[: _exchange_partners(stubs, True, edges, drawn, tied)]


@compiled
def _tell_regions_apart(
    stubs: NDArray[np.int64], edges: NDArray[np.int64], apart: NDArray[np.bool_], first: int, last: int
) -> None:
    """Note which of some pairs are of two regions."""
    for pair in range(first, last):
        home = _region_of(citizen_of(stubs[2 * pair]), edges)
        apart[pair] = not edges[home] <= citizen_of(stubs[2 * pair + 1]) < edges[home + 1]


@compiled
def _region_of(citizen: int, edges: NDArray[np.int64]) -> int:
    """Return the region of a citizen; counting all edges costs less than a look at a column of everybody."""
    region = 0
    for edge in edges[1:]:
        region += edge <= citizen
    return region


@compiled
def _tie_pairs(stubs: NDArray[np.int64], drawn: NDArray[np.int32], tied: NDArray[np.bool_]) -> None:
    """Tie the pairs of a pool, and note in `tied` who could be."""
    pairs = tied.size
    for pair in range(pairs):
        ahead = 2 * min(pair + PAIRS_AHEAD, pairs - 1)
        prefetch(drawn, citizen_of(stubs[ahead]))
        prefetch(drawn, citizen_of(stubs[ahead + 1]))
        one = citizen_of(stubs[2 * pair])
        other = citizen_of(stubs[2 * pair + 1])
        tied[pair] = one != other and not _are_tied(one, other, drawn)
        if tied[pair]:
            _tie(one, other, drawn)


@compiled
def _tie_own(
    stubs: NDArray[np.int64], drawn: NDArray[np.int32], tied: NDArray[np.bool_], first: int, last: int
) -> None:
    """Enter the ties of a pool into the rows of the citizens of a block, and strike out of `tied` who may not be.

    Two blocks never disagree on a pair: all earlier pairs have been entered with both of it.
    """
    own = np.empty(STUBS_AT_ONCE, np.int64)
    for start in range(0, 2 * tied.size, STUBS_AT_ONCE):
        # First whose they are, since a guess at that would fail half the time.
        owned = 0
        for k in range(start, min(start + STUBS_AT_ONCE, 2 * tied.size)):
            own[owned] = k
            owned += tied[k // 2] & (first <= citizen_of(stubs[k])) & (citizen_of(stubs[k]) < last)
        for number in range(owned):
            prefetch(drawn, citizen_of(stubs[own[min(number + 2 * PAIRS_AHEAD, owned - 1)]]))
            k = own[number]
            citizen = citizen_of(stubs[k])
            partner = citizen_of(stubs[k ^ 1])
            if citizen == partner or _are_tied(citizen, partner, drawn):
                tied[k // 2] = False
            else:
                _enter(citizen, partner, drawn)


@compiled
def _exchange_partners(
    stubs: NDArray[np.int64],
    outside: bool,
    edges: NDArray[np.int64],
    drawn: NDArray[np.int32],
    tied: NDArray[np.bool_],
) -> int:
    """Let pairs that may not be tied exchange partners; return how many stubs, now at the front, found nobody."""
    pairs = tied.size
    for pair in range(pairs):
        ahead = min(pair + EXCHANGES_AHEAD, pairs - 1)
        if not tied[ahead]:
            for k in range(2 * ahead, min(2 * ahead + 4, stubs.size)):
                prefetch(drawn, citizen_of(stubs[k]))
        if not tied[pair]:
            _exchange(pair, stubs, outside, edges, drawn, tied)
    unmatched = 0
    for pair in range(pairs):
        if not tied[pair]:
            stubs[unmatched] = stubs[2 * pair]
            stubs[unmatched + 1] = stubs[2 * pair + 1]
            unmatched += 2
    if stubs.size % 2 == 1:
        stubs[unmatched] = stubs[stubs.size - 1]
        unmatched += 1
    return unmatched


@compiled
def _exchange(
    pair: int,
    stubs: NDArray[np.int64],
    outside: bool,
    edges: NDArray[np.int64],
    drawn: NDArray[np.int32],
    tied: NDArray[np.bool_],
) -> None:
    """Let an untied pair and the first one after it, tied or not, for which that may be, exchange partners."""
    pairs = tied.size
    a = citizen_of(stubs[2 * pair])
    b = citizen_of(stubs[2 * pair + 1])
    home = _region_of(a, edges)
    other_home = _region_of(b, edges)
    asked = pair
    for _ in range(min(pairs - 1, PAIRS_ASKED)):
        asked = asked + 1 if asked + 1 < pairs else 0
        for turn in range(2):
            partner = stubs[2 * asked + turn]
            left = stubs[2 * asked + 1 - turn]
            c = citizen_of(partner)
            d = citizen_of(left)
            # What costs least comes first: of a group that lives in one region hardly anybody may be tied.
            at_home = edges[home] <= c < edges[home + 1] or edges[other_home] <= d < edges[other_home + 1]
            if not (outside and at_home) and _may_exchange(a, b, c, d, drawn):
                if tied[asked]:
                    _untie(c, d, drawn)
                _tie(a, c, drawn)
                _tie(b, d, drawn)
                stubs[2 * asked] = stubs[2 * pair + 1]
                stubs[2 * asked + 1] = left
                stubs[2 * pair + 1] = partner
                tied[pair] = True
                tied[asked] = True
                return


@compiled
def place_between_others(
    stubs: NDArray[np.int64], streams: NDArray[np.uint64], citizens: int, drawn: NDArray[np.int32]
) -> None:
    """Put each pair of stubs that found nobody between two citizens who are tied, from a random citizen on."""
    for pair in range(stubs.size // 2):
        one = stubs[2 * pair]
        other = stubs[2 * pair + 1]
        start = int(place_of(one, streams) * citizens)
        for step in range(min(citizens, CITIZENS_ASKED)):
            if _goes_between(citizen_of(one), citizen_of(other), (start + step) % citizens, drawn):
                break


@compiled
def _goes_between(a: int, b: int, c: int, drawn: NDArray[np.int32]) -> bool:
    """Replace a tie c-d by a-c and b-d if there is one for which that may be; say whether there was."""
    for number in range(drawn[c, DEGREE]):
        d = _partner(c, number, drawn)
        if _may_exchange(a, b, c, d, drawn):
            _untie(c, d, drawn)
            _tie(a, c, drawn)
            _tie(b, d, drawn)
            return True
    return False


@compiled
def fill_up(fewest: int, most: int, stubs_of: NDArray[np.int8], drawn: NDArray[np.int32]) -> None:
    """Give those who came off with too few ties as many as everybody must have."""
    citizens = stubs_of.size
    free = citizens + _count_long(stubs_of, 0, citizens)
    for citizen in range(citizens):
        partner = 0
        while partner >= 0 and drawn[citizen, DEGREE] < fewest:
            partner = _find_partner(citizen, citizens, fewest, most, drawn)
            if partner >= 0:
                # Nowhere else can somebody come to have more ties than stubs.
                if drawn[partner, DEGREE] >= AT_HAND and drawn[partner, GOES_ON] == NOWHERE:
                    drawn[partner, GOES_ON] = free
                    free += 1
                _tie(citizen, partner, drawn)


@compiled
def _find_partner(citizen: int, citizens: int, fewest: int, most: int, drawn: NDArray[np.int32]) -> int:
    """Return the next citizen with room for this one, or one who gives up another tie for it; -1 if there is none."""
    for step in range(1, citizens):
        c = (citizen + step) % citizens
        if drawn[c, DEGREE] < most and not _are_tied(citizen, c, drawn):
            return c
    for step in range(1, citizens):
        c = (citizen + step) % citizens
        if not _are_tied(citizen, c, drawn):
            for number in range(drawn[c, DEGREE]):
                d = _partner(c, number, drawn)
                if drawn[d, DEGREE] > fewest:
                    _untie(c, d, drawn)
                    return c
    return -1


@compiled
def _may_exchange(a: int, b: int, c: int, d: int, drawn: NDArray[np.int32]) -> bool:
    """Say whether a-c and b-d may both be tied, as far as those who are the same or tied already go."""
    same = (a == c) | (b == d) | ((a == b) & (c == d)) | ((a == d) & (b == c))
    return not (same | _are_tied(a, c, drawn) | _are_tied(b, d, drawn))


@compiled
def _are_tied(one: int, other: int, drawn: NDArray[np.int32]) -> bool:
    """Say whether two citizens are tied already."""
    degree = drawn[one, DEGREE]
    tied = False
    for place in range(FIRST_PARTNER, FIRST_PARTNER + min(degree, AT_HAND)):
        tied |= drawn[one, place] == other
    for place in range(degree - AT_HAND):
        tied |= drawn[drawn[one, GOES_ON], place] == other
    return tied


@compiled
def _partner(citizen: int, number: int, drawn: NDArray[np.int32]) -> int:
    """Return one of a citizen's partners, counted from 0."""
    if number < AT_HAND:
        return int(np.int64(drawn[citizen, FIRST_PARTNER + number]))
    return int(np.int64(drawn[drawn[citizen, GOES_ON], number - AT_HAND]))


@compiled
def _set_partner(citizen: int, number: int, partner: int, drawn: NDArray[np.int32]) -> None:
    """Write one of a citizen's partners, counted from 0."""
    if number < AT_HAND:
        drawn[citizen, FIRST_PARTNER + number] = partner
    else:
        drawn[drawn[citizen, GOES_ON], number - AT_HAND] = partner


@compiled
def _tie(one: int, other: int, drawn: NDArray[np.int32]) -> None:
    """Enter a tie with both."""
    _enter(one, other, drawn)
    _enter(other, one, drawn)


@compiled
def _enter(citizen: int, partner: int, drawn: NDArray[np.int32]) -> None:
    """Enter a partner of a citizen."""
    _set_partner(citizen, drawn[citizen, DEGREE], partner, drawn)
    drawn[citizen, DEGREE] += 1


@compiled
def _untie(one: int, other: int, drawn: NDArray[np.int32]) -> None:
    """Strike out a tie with both."""
    _forget(one, other, drawn)
    _forget(other, one, drawn)


@compiled
def _forget(citizen: int, partner: int, drawn: NDArray[np.int32]) -> None:
    """Strike out a partner of a citizen; the last of the row takes the place."""
    last = drawn[citizen, DEGREE] - 1
    second = drawn[citizen, GOES_ON]
    moving = _partner(citizen, last, drawn)
    for place in range(FIRST_PARTNER, FIRST_PARTNER + min(last, AT_HAND)):
        if drawn[citizen, place] == partner:
            drawn[citizen, place] = moving
    for place in range(last - AT_HAND):
        if drawn[second, place] == partner:
            drawn[second, place] = moving
    drawn[citizen, DEGREE] = last


@compiled
def sum_degrees(fewest: int, drawn: NDArray[np.int32], first: int, last: int) -> tuple[int, int]:
    """Return how many ties the citizens of a block have, and how many of them have too few."""
    total = 0
    short = 0
    for citizen in range(first, last):
        total += drawn[citizen, DEGREE]
        short += drawn[citizen, DEGREE] < fewest
    return total, short


@compiled
def write_ties(
    drawn: NDArray[np.int32], first: NDArray[np.int64], ties: NDArray[np.int32], row: int, start: int, end: int
) -> None:
    """Write the neighbours of the citizens of a block into compressed rows from `row` on, each in ascending order."""
    for citizen in range(start, end):
        first[citizen] = row
        degree = drawn[citizen, DEGREE]
        second = drawn[citizen, GOES_ON]
        for number in range(degree):
            partner = drawn[citizen, FIRST_PARTNER + number] if number < AT_HAND else drawn[second, number - AT_HAND]
            # Counting is faster than sorting: it guesses nothing, and eight are compared at a time.
            smaller = np.int32(0)
            for place in range(FIRST_PARTNER, FIRST_PARTNER + min(degree, AT_HAND)):
                smaller += np.int32(drawn[citizen, place] < partner)
            for place in range(degree - AT_HAND):
                smaller += np.int32(drawn[second, place] < partner)
            ties[row + smaller] = partner
        row += degree

"""Who is tied to whom, while ties are still being drawn: rows of partners, and how two find or lose each other."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from model.chance import uniform
from model.compiling import compiled
from model.prefetching import prefetch
from model.stubs import MOST_TIES

# The ties drawn so far are rows of integers, one a citizen: its degree, its region, then its neighbours in no order.
DEGREE_PLACE: Final = 0
REGION_PLACE: Final = 1
FIRST_PARTNER: Final = 2
ROW_LENGTH: Final = FIRST_PARTNER + MOST_TIES

# How many other pairs a pair that must not be tied asks before it looks further afield; how many citizens at the end.
PAIRS_ASKED: Final = 100
CITIZENS_ASKED: Final = 10_000

# How many pairs ahead the rows of those to be tied are asked for.
PAIRS_AHEAD: Final = 16


@compiled
def open_rows(drawn: NDArray[np.int32], region: NDArray[np.int16], first: int, last: int) -> None:
    """Open a row for every citizen of a block."""
    for citizen in range(first, last):
        drawn[citizen, DEGREE_PLACE] = 0
        drawn[citizen, REGION_PLACE] = region[citizen]


@compiled
def pair_off(stubs: NDArray[np.int64], outside: bool, drawn: NDArray[np.int32]) -> int:
    """Tie each stub of a pool to the next; return how many, now at the front of `stubs`, found nobody."""
    pairs = stubs.size // 2
    tied = np.zeros(pairs, np.bool_)
    for pair in range(pairs):
        ahead = 2 * min(pair + PAIRS_AHEAD, pairs - 1)
        prefetch(drawn, stubs[ahead] // MOST_TIES)
        prefetch(drawn, stubs[ahead + 1] // MOST_TIES)
        one = stubs[2 * pair] // MOST_TIES
        other = stubs[2 * pair + 1] // MOST_TIES
        if _may_tie(one, other, outside, drawn):
            _tie(one, other, drawn)
            tied[pair] = True
    for pair in range(pairs):
        asked = 0
        while not tied[pair] and asked < min(pairs - 1, PAIRS_ASKED):
            asked += 1
            _exchange(pair, (pair + asked) % pairs, stubs, tied, outside, drawn)
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
    asked: int,
    stubs: NDArray[np.int64],
    tied: NDArray[np.bool_],
    outside: bool,
    drawn: NDArray[np.int32],
) -> None:
    """Let an untied pair and another one, tied or not, exchange partners if both new pairs may be tied."""
    a = stubs[2 * pair]
    b = stubs[2 * pair + 1]
    for turn in range(2):
        c = stubs[2 * asked + turn]
        d = stubs[2 * asked + 1 - turn]
        if _may_exchange(a // MOST_TIES, b // MOST_TIES, c // MOST_TIES, d // MOST_TIES, outside, drawn):
            if tied[asked]:
                _untie(c // MOST_TIES, d // MOST_TIES, drawn)
            _tie(a // MOST_TIES, c // MOST_TIES, drawn)
            _tie(b // MOST_TIES, d // MOST_TIES, drawn)
            stubs[2 * pair + 1] = c
            stubs[2 * asked] = b
            stubs[2 * asked + 1] = d
            tied[pair] = True
            tied[asked] = True
            return


@compiled
def place_between_others(stubs: NDArray[np.int64], streams: NDArray[np.uint64], drawn: NDArray[np.int32]) -> None:
    """Put each pair of stubs that found nobody between two citizens who are tied, from a random citizen on."""
    citizens = drawn.shape[0]
    for pair in range(stubs.size // 2):
        one = stubs[2 * pair]
        other = stubs[2 * pair + 1]
        start = int(uniform(streams[one % MOST_TIES], one // MOST_TIES) * citizens)
        for step in range(min(citizens, CITIZENS_ASKED)):
            if _goes_between(one // MOST_TIES, other // MOST_TIES, (start + step) % citizens, drawn):
                break


@compiled
def _goes_between(a: int, b: int, c: int, drawn: NDArray[np.int32]) -> bool:
    """Replace a tie c-d by a-c and b-d if there is one for which that may be; say whether there was."""
    for place in range(drawn[c, DEGREE_PLACE]):
        d = int(np.int64(drawn[c, FIRST_PARTNER + place]))
        if _may_exchange(a, b, c, d, False, drawn):
            _untie(c, d, drawn)
            _tie(a, c, drawn)
            _tie(b, d, drawn)
            return True
    return False


@compiled
def fill_up(fewest: int, most: int, drawn: NDArray[np.int32]) -> None:
    """Give those who came off with too few ties as many as everybody must have."""
    for citizen in range(drawn.shape[0]):
        searching = True
        while searching and drawn[citizen, DEGREE_PLACE] < fewest:
            searching = _finds_partner(citizen, fewest, most, drawn)


@compiled
def _finds_partner(citizen: int, fewest: int, most: int, drawn: NDArray[np.int32]) -> bool:
    """Tie a citizen to the next one with room for it, or to one who gives up another; say whether there was any."""
    citizens = drawn.shape[0]
    for step in range(1, citizens):
        c = (citizen + step) % citizens
        if drawn[c, DEGREE_PLACE] < most and not _are_tied(citizen, c, drawn):
            _tie(citizen, c, drawn)
            return True
    for step in range(1, citizens):
        c = (citizen + step) % citizens
        if not _are_tied(citizen, c, drawn):
            for place in range(drawn[c, DEGREE_PLACE]):
                d = int(np.int64(drawn[c, FIRST_PARTNER + place]))
                if drawn[d, DEGREE_PLACE] > fewest:
                    _untie(c, d, drawn)
                    _tie(citizen, c, drawn)
                    return True
    return False


@compiled
def _may_exchange(a: int, b: int, c: int, d: int, outside: bool, drawn: NDArray[np.int32]) -> bool:
    """Say whether a-c and b-d may both be tied."""
    same = (a == b and c == d) or (a == d and b == c)
    return not same and _may_tie(a, c, outside, drawn) and _may_tie(b, d, outside, drawn)


@compiled
def _may_tie(one: int, other: int, outside: bool, drawn: NDArray[np.int32]) -> bool:
    """Say whether two citizens are not the same, nor of one region if they look outside, and not tied yet."""
    if one == other or (outside and drawn[one, REGION_PLACE] == drawn[other, REGION_PLACE]):
        return False
    return not _are_tied(one, other, drawn)


@compiled
def _are_tied(one: int, other: int, drawn: NDArray[np.int32]) -> bool:
    """Say whether two citizens are tied already."""
    tied = False
    for place in range(drawn[one, DEGREE_PLACE]):
        tied = tied or drawn[one, FIRST_PARTNER + place] == other
    return tied


@compiled
def _tie(one: int, other: int, drawn: NDArray[np.int32]) -> None:
    """Enter a tie with both."""
    drawn[one, FIRST_PARTNER + drawn[one, DEGREE_PLACE]] = other
    drawn[one, DEGREE_PLACE] += 1
    drawn[other, FIRST_PARTNER + drawn[other, DEGREE_PLACE]] = one
    drawn[other, DEGREE_PLACE] += 1


@compiled
def _untie(one: int, other: int, drawn: NDArray[np.int32]) -> None:
    """Strike out a tie with both."""
    _forget(one, other, drawn)
    _forget(other, one, drawn)


@compiled
def _forget(citizen: int, partner: int, drawn: NDArray[np.int32]) -> None:
    """Strike out a partner of a citizen; the last of the row takes the place."""
    last = drawn[citizen, DEGREE_PLACE] - 1
    for place in range(last):
        if drawn[citizen, FIRST_PARTNER + place] == partner:
            drawn[citizen, FIRST_PARTNER + place] = drawn[citizen, FIRST_PARTNER + last]
    drawn[citizen, DEGREE_PLACE] = last


@compiled
def sum_degrees(drawn: NDArray[np.int32], first: int, last: int) -> int:
    """Return how many ties the citizens of a block have."""
    total = 0
    for citizen in range(first, last):
        total += drawn[citizen, DEGREE_PLACE]
    return total


@compiled
def write_ties(
    drawn: NDArray[np.int32], first: NDArray[np.int64], ties: NDArray[np.int32], row: int, start: int, end: int
) -> None:
    """Write the neighbours of the citizens of a block into compressed rows from `row` on, each in ascending order."""
    for citizen in range(start, end):
        first[citizen] = row
        for number in range(drawn[citizen, DEGREE_PLACE]):
            partner = drawn[citizen, FIRST_PARTNER + number]
            place = row + number
            while place > row and ties[place - 1] > partner:
                ties[place] = ties[place - 1]
                place -= 1
            ties[place] = partner
        row += drawn[citizen, DEGREE_PLACE]

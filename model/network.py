"""Who knows whom: a fixed network of ties, drawn from keyed chance (specification, ruling 14).

Each citizen has a number of stubs, half-ties in search of a partner. A stub looks inside the citizen's region or
outside, and for somebody of the own group or for anybody. Stubs that look for the same thing form a pool; the pool is
put in random order and its neighbours are tied. Pairs that must not be tied (a citizen with himself, two who are tied
already, two of one region who look outside) exchange partners with another pair of the pool. Those for whom that fails
too, and the odd one out, look further afield: from the group to the region, from there to the nation.
"""

from __future__ import annotations

import itertools
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.chance import DEGREE, TIE, poisson_ladder, poisson_step, stream, uniform
from model.compiling import compiled
from model.crew import Crew, largest_first
from model.prefetching import prefetch

FEWEST_TIES: Final = 5
MOST_TIES: Final = 30

# What the draws of one stub decide: where and among whom it looks, and its place in the pools it passes through.
LOOKS_INSIDE: Final = 0
INSISTS_ON_GROUP: Final = 1
PLACE_IN_GROUP: Final = 2
PLACE_AMONG_ALL: Final = 3
PLACE_IN_NATION: Final = 4
DRAWS_PER_STUB: Final = 5

# How many other pairs a pair that must not be tied asks before it looks further afield; how many citizens at the end.
PAIRS_ASKED: Final = 100
CITIZENS_ASKED: Final = 10_000


class Network(NamedTuple):
    """Symmetric ties without loops or doubles, in compressed rows.

    Attributes
    ----------
    first
        int64[N + 1]; the ties of citizen i are `ties[first[i]:first[i + 1]]`.
    ties
        int32[M]; each citizen's neighbours in ascending order. Every tie stands twice, once with each of the two.
    """

    first: NDArray[np.int64]
    ties: NDArray[np.int32]


# The ties drawn so far are rows of integers, one a citizen: its degree, its region, then its neighbours in no order.
DEGREE_PLACE: Final = 0
REGION_PLACE: Final = 1
FIRST_PARTNER: Final = 2
ROW_LENGTH: Final = FIRST_PARTNER + MOST_TIES

# How many pairs ahead the rows of those to be tied are asked for.
PAIRS_AHEAD: Final = 16

# Stubs are put in order in stretches of about so many, which fit into the processor's own memory.
STRETCH: Final = 8192


def make_network(
    seed: int,
    region: ArrayLike,
    group: ArrayLike,
    degree: float,
    region_share: float,
    homophily: float,
    crew: Crew | None = None,
) -> Network:
    """Return the network of a society; it depends on the arguments alone, never on names.

    Nobody has fewer than 5 ties or more than 30, as far as the population allows.

    Parameters
    ----------
    seed
        0 to 2**63-1.
    region, group
        Index numbers from 0, one for each citizen, who are numbered by region, then by group.
    degree
        Mean of the Poisson law of ties before it is truncated to 5 to 30, above 0.
    region_share
        Share of ties within the region. It cannot be kept in a country of one region, or where one region has most of
        the people and the others cannot take all who look outside.
    homophily
        Share of stubs that insist on the own group; the others meet it by chance as well.
    crew
        Threads that share out the work; the network does not depend on them.

    Raises
    ------
    ValueError
        For indices that are negative or not one of each kind for each citizen, or a number out of its range.
    """
    regions = np.array(region, dtype=np.int16, order="C")
    groups = np.array(group, dtype=np.int16, order="C")
    if regions.ndim != 1 or regions.shape != groups.shape:
        raise ValueError(f"region and group must be two lists of one length, not {regions.shape} and {groups.shape}")
    if regions.size and min(regions.min(), groups.min()) < 0:
        raise ValueError("region and group must be index numbers from 0")
    if not (degree > 0.0 and 0.0 <= region_share <= 1.0 and 0.0 <= homophily <= 1.0):
        raise ValueError(
            f"degree {degree!r} must be above 0, region_share {region_share!r} and homophily {homophily!r} from 0 to 1"
        )
    citizens = regions.size
    most = max(0, min(MOST_TIES, citizens - 1))
    fewest = min(FEWEST_TIES, most)
    drawn = np.empty((citizens, ROW_LENGTH), np.int32)
    crew = crew or Crew(1)
    blocks = crew.blocks(citizens)
    crew.each(_open_rows, [(drawn, regions, *block) for block in blocks])
    if most > 0:
        stubs_of = _stubs_of_citizens(int(seed), citizens, float(degree), fewest, most, crew)
        _draw_ties(int(seed), stubs_of, regions, groups, float(region_share), float(homophily), drawn, crew)
        _fill_up(fewest, most, drawn)
    before = list(itertools.accumulate(crew.each(_sum_degrees, [(drawn, *block) for block in blocks]), initial=0))
    first = np.empty(citizens + 1, np.int64)
    first[citizens] = before[-1]
    ties = np.empty(before[-1], np.int32)
    crew.each(
        _write_ties, [(drawn, first, ties, *part) for part in zip(before, *zip(*blocks, strict=True), strict=False)]
    )
    return Network(first, ties)


@compiled
def _open_rows(drawn: NDArray[np.int32], region: NDArray[np.int16], first: int, last: int) -> None:
    """Open a row for every citizen of a block."""
    for citizen in range(first, last):
        drawn[citizen, DEGREE_PLACE] = 0
        drawn[citizen, REGION_PLACE] = region[citizen]


def _stubs_of_citizens(seed: int, citizens: int, degree: float, fewest: int, most: int, crew: Crew) -> NDArray[np.int8]:
    """Return the number of stubs of each citizen; their sum is even, so that nobody need be left over."""
    stubs_of = np.empty(citizens, np.int8)
    ladder = np.empty(most - fewest + 1)
    _write_ladder(degree, fewest, ladder)
    in_blocks = [(seed, ladder, fewest, stubs_of, *block) for block in crew.blocks(citizens)]
    if sum(crew.each(_draw_degrees, in_blocks)) % 2 == 1:
        below = np.flatnonzero(stubs_of < most)
        if below.size:
            stubs_of[below[0]] += 1
        else:
            # Everybody has `most`; with fewest == most the total is N (N - 1), which is even.
            stubs_of[0] -= 1
    return stubs_of


@compiled
def _write_ladder(degree: float, fewest: int, ladder: NDArray[np.float64]) -> None:
    poisson_ladder(degree, fewest, ladder)


@compiled
def _draw_degrees(
    seed: int, ladder: NDArray[np.float64], fewest: int, stubs_of: NDArray[np.int8], first: int, last: int
) -> int:
    """Draw how many stubs the citizens of a block have; return the sum."""
    of_degree = stream(seed, DEGREE, 0)
    total = 0
    for citizen in range(first, last):
        stubs = fewest + poisson_step(uniform(of_degree, citizen), ladder)
        stubs_of[citizen] = stubs
        total += stubs
    return total


def _draw_ties(
    seed: int,
    stubs_of: NDArray[np.int8],
    region: NDArray[np.int16],
    group: NDArray[np.int16],
    region_share: float,
    homophily: float,
    drawn: NDArray[np.int32],
    crew: Crew,
) -> None:
    """Tie all stubs, pool by pool from narrow to wide, then whoever is left."""
    # The areas are the regions and, last, "outside"; each has a pool for every group and, last, one for all.
    areas = int(region.max()) + 2
    pools = int(group.max()) + 2
    streams = _streams(seed)
    stubs, ends = _stubs_by_pool(streams, stubs_of, region, group, areas, pools, region_share, homophily, crew)
    # Within their regions citizens meet nobody else, so regions need not wait for each other.
    within = largest_first(np.diff(ends[pools - 1 :: pools], prepend=0)[:-1])
    parts = [(stubs, ends, area, pools, streams, drawn) for area in within]
    found = dict(zip(within, crew.each(_match_region, parts), strict=True))
    found[areas - 1] = _match_outside(stubs, ends, areas - 1, pools, streams, drawn, crew)
    left = 0
    for area in range(areas):
        start, unmatched = found[area]
        stubs[left : left + unmatched] = stubs[start : start + unmatched]
        left += unmatched
    left = _match(stubs[:left], streams[PLACE_IN_NATION], False, drawn)
    _place_between_others(stubs[:left], streams[PLACE_IN_NATION], drawn)


@compiled
def _match_region(
    stubs: NDArray[np.int64],
    ends: NDArray[np.int64],
    area: int,
    pools: int,
    streams: NDArray[np.uint64],
    drawn: NDArray[np.int32],
) -> tuple[int, int]:
    """Tie the stubs of a region; return where those who found nobody stand in `stubs`, and how many they are."""
    among_all = area * pools + pools - 1
    start = ends[among_all - 1]
    # The last group first, so that those whom a group leaves over can be moved to the front of the pool for all.
    for pool in range(among_all - 1, among_all - pools, -1):
        front = ends[pool - 1] if pool > 0 else 0
        unmatched = _match(stubs[front : ends[pool]], streams[PLACE_IN_GROUP], False, drawn)
        for k in range(unmatched - 1, -1, -1):
            start -= 1
            stubs[start] = stubs[front + k]
    return start, _match(stubs[start : ends[among_all]], streams[PLACE_AMONG_ALL], False, drawn)


def _match_outside(
    stubs: NDArray[np.int64],
    ends: NDArray[np.int64],
    area: int,
    pools: int,
    streams: NDArray[np.uint64],
    drawn: NDArray[np.int32],
    crew: Crew,
) -> tuple[int, int]:
    """Do for those who look outside what `_match_region` does for a region, where order is made by all threads."""
    among_all = area * pools + pools - 1
    start = int(ends[among_all - 1])
    for pool in range(among_all - 1, among_all - pools, -1):
        front = int(ends[pool - 1]) if pool > 0 else 0
        here = stubs[front : ends[pool]]
        _put_in_random_order_together(here, streams[PLACE_IN_GROUP], crew)
        unmatched = _pair_off(here, True, drawn)
        stubs[start - unmatched : start] = stubs[front : front + unmatched]
        start -= unmatched
    here = stubs[start : ends[among_all]]
    _put_in_random_order_together(here, streams[PLACE_AMONG_ALL], crew)
    return start, _pair_off(here, True, drawn)


@compiled
def _streams(seed: int) -> NDArray[np.uint64]:
    """Return the streams of draws by what the draw decides and by the stub's number."""
    streams = np.empty((DRAWS_PER_STUB, MOST_TIES), np.uint64)
    for draw in range(DRAWS_PER_STUB):
        for number in range(MOST_TIES):
            streams[draw, number] = stream(seed, TIE, number * DRAWS_PER_STUB + draw)
    return streams


def _stubs_by_pool(
    streams: NDArray[np.uint64],
    stubs_of: NDArray[np.int8],
    region: NDArray[np.int16],
    group: NDArray[np.int16],
    areas: int,
    pools: int,
    region_share: float,
    homophily: float,
    crew: Crew,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all stubs, pool after pool, and where each pool ends; a stub is citizen * MOST_TIES + number."""
    blocks = crew.blocks(region.size)
    crowd = np.bincount(region, minlength=areas) == region.size
    first_stub = np.zeros(region.size + 1, np.int64)
    np.cumsum(stubs_of, out=first_stub[1:])
    pool_of = np.empty(first_stub[-1], np.int16)
    size = np.zeros((len(blocks), areas * pools), np.int64)
    chosen = (streams, first_stub, region, group, crowd, pools, region_share, homophily, pool_of)
    crew.each(_choose_pools, [(*chosen, size[number], *block) for number, block in enumerate(blocks)])
    # In every pool the stubs of the first block come first.
    ends = np.cumsum(size.sum(axis=0))
    free = np.cumsum(size, axis=0) - size + (ends - size.sum(axis=0))
    stubs = np.empty(first_stub[-1], np.int64)
    crew.each(_file_stubs, [(first_stub, pool_of, stubs, free[number], *block) for number, block in enumerate(blocks)])
    return stubs, ends


@compiled
def _choose_pools(
    streams: NDArray[np.uint64],
    first_stub: NDArray[np.int64],
    region: NDArray[np.int16],
    group: NDArray[np.int16],
    crowd: NDArray[np.bool_],
    pools: int,
    region_share: float,
    homophily: float,
    pool_of: NDArray[np.int16],
    size: NDArray[np.int64],
    first: int,
    last: int,
) -> None:
    """Draw the pool of every stub of a block, and count the stubs of each pool; a `crowd` has nobody outside."""
    outside = crowd.size - 1
    for citizen in range(first, last):
        here = int(region[citizen])
        for number in range(first_stub[citizen + 1] - first_stub[citizen]):
            looks_inside = uniform(streams[LOOKS_INSIDE, number], citizen) < region_share or crowd[here]
            insists = uniform(streams[INSISTS_ON_GROUP, number], citizen) < homophily
            pool = (here if looks_inside else outside) * pools + (int(group[citizen]) if insists else pools - 1)
            pool_of[first_stub[citizen] + number] = pool
            size[pool] += 1


@compiled
def _file_stubs(
    first_stub: NDArray[np.int64],
    pool_of: NDArray[np.int16],
    stubs: NDArray[np.int64],
    free: NDArray[np.int64],
    first: int,
    last: int,
) -> None:
    """Enter the stubs of a block into their pools, from the block's first free place in each."""
    for citizen in range(first, last):
        for number in range(first_stub[citizen + 1] - first_stub[citizen]):
            pool = pool_of[first_stub[citizen] + number]
            stubs[free[pool]] = citizen * MOST_TIES + number
            free[pool] += 1


@compiled
def _match(stubs: NDArray[np.int64], streams: NDArray[np.uint64], outside: bool, drawn: NDArray[np.int32]) -> int:
    """Tie the stubs of a pool in random pairs; return how many, now at the front of `stubs`, found nobody."""
    _put_in_random_order(stubs, streams)
    return _pair_off(stubs, outside, drawn)


@compiled
def _pair_off(stubs: NDArray[np.int64], outside: bool, drawn: NDArray[np.int32]) -> int:
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
def _put_in_random_order(stubs: NDArray[np.int64], streams: NDArray[np.uint64]) -> None:
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


def _put_in_random_order_together(stubs: NDArray[np.int64], streams: NDArray[np.uint64], crew: Crew) -> None:
    """Do what `_put_in_random_order` does, shared out among a crew."""
    if crew.threads == 1:
        _put_in_random_order(stubs, streams)
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
def _place_between_others(stubs: NDArray[np.int64], streams: NDArray[np.uint64], drawn: NDArray[np.int32]) -> None:
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
def _fill_up(fewest: int, most: int, drawn: NDArray[np.int32]) -> None:
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
def _sum_degrees(drawn: NDArray[np.int32], first: int, last: int) -> int:
    """Return how many ties the citizens of a block have."""
    total = 0
    for citizen in range(first, last):
        total += drawn[citizen, DEGREE_PLACE]
    return total


@compiled
def _write_ties(
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

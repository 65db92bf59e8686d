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
from model.pairing import ROW_LENGTH, fill_up, open_rows, pair_off, place_between_others, sum_degrees, write_ties
from model.stubs import FEWEST_TIES, MOST_TIES, put_in_random_order, put_in_random_order_together

# What the draws of one stub decide: where and among whom it looks, and its place in the pools it passes through.
LOOKS_INSIDE: Final = 0
INSISTS_ON_GROUP: Final = 1
PLACE_IN_GROUP: Final = 2
PLACE_AMONG_ALL: Final = 3
PLACE_IN_NATION: Final = 4
DRAWS_PER_STUB: Final = 5


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
    crew.each(open_rows, [(drawn, regions, *block) for block in blocks])
    if most > 0:
        stubs_of = _stubs_of_citizens(int(seed), citizens, float(degree), fewest, most, crew)
        _draw_ties(int(seed), stubs_of, regions, groups, float(region_share), float(homophily), drawn, crew)
        fill_up(fewest, most, drawn)
    before = list(itertools.accumulate(crew.each(sum_degrees, [(drawn, *block) for block in blocks]), initial=0))
    first = np.empty(citizens + 1, np.int64)
    first[citizens] = before[-1]
    ties = np.empty(before[-1], np.int32)
    crew.each(
        write_ties, [(drawn, first, ties, *part) for part in zip(before, *zip(*blocks, strict=True), strict=False)]
    )
    return Network(first, ties)


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
    place_between_others(stubs[:left], streams[PLACE_IN_NATION], drawn)


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
        put_in_random_order_together(here, streams[PLACE_IN_GROUP], crew)
        unmatched = pair_off(here, True, drawn)
        stubs[start - unmatched : start] = stubs[front : front + unmatched]
        start -= unmatched
    here = stubs[start : ends[among_all]]
    put_in_random_order_together(here, streams[PLACE_AMONG_ALL], crew)
    return start, pair_off(here, True, drawn)


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
    pool_of = np.empty(first_stub[-1], np.int16 if areas * pools < 2**15 else np.int32)
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
    put_in_random_order(stubs, streams)
    return pair_off(stubs, outside, drawn)

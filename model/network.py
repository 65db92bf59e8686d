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

from model.chance import DEGREE, TIE, interval, intervals_below, poisson_ladder, poisson_step, stream, uniform
from model.compiling import compiled
from model.crew import Crew, largest_first
from model.pairing import (
    fill_up,
    make_rows,
    pair_off,
    pair_off_outside,
    place_between_others,
    sum_degrees,
    write_ties,
)
from model.stubs import (
    FEWEST_TIES,
    MOST_TIES,
    draw_tickets,
    put_in_random_order,
    put_in_random_order_together,
    stub_of,
    ticket,
)

# What the draws of one stub decide: where and among whom it looks, and its place in the pools it passes through.
LOOKS_INSIDE: Final = 0
INSISTS_ON_GROUP: Final = 1
PLACE_IN_GROUP: Final = 2
PLACE_AMONG_ALL: Final = 3
PLACE_IN_NATION: Final = 4
DRAWS_PER_STUB: Final = 5

# Where a stub looks for a partner.
INSIDE_IN_GROUP: Final = 0
INSIDE: Final = 1
OUTSIDE_IN_GROUP: Final = 2
OUTSIDE: Final = 3
PLACES_TO_LOOK: Final = 4


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
        For indices that are negative, out of order or not one of each kind for each citizen, or a number out of range.
    """
    regions = np.array(region, dtype=np.int16, order="C")
    groups = np.array(group, dtype=np.int16, order="C")
    if regions.ndim != 1 or regions.shape != groups.shape:
        raise ValueError(f"region and group must be two lists of one length, not {regions.shape} and {groups.shape}")
    if regions.size and min(regions.min(), groups.min()) < 0:
        raise ValueError("region and group must be index numbers from 0")
    if not _are_in_order(regions, groups):
        raise ValueError("citizens must be numbered by region, then by group")
    if not (degree > 0.0 and 0.0 <= region_share <= 1.0 and 0.0 <= homophily <= 1.0):
        raise ValueError(
            f"degree {degree!r} must be above 0, region_share {region_share!r} and homophily {homophily!r} from 0 to 1"
        )
    citizens = regions.size
    most = max(0, min(MOST_TIES, citizens - 1))
    fewest = min(FEWEST_TIES, most)
    crew = crew or Crew(1)
    blocks = crew.blocks(citizens)
    stubs_of = _stubs_of_citizens(int(seed), citizens, float(degree), fewest, most, crew)
    drawn = make_rows(stubs_of, crew)
    if most > 0:
        _draw_ties(int(seed), stubs_of, regions, groups, float(region_share), float(homophily), drawn, crew)
    degrees, short = zip(*crew.each(sum_degrees, [(fewest, drawn, *block) for block in blocks]), strict=True)
    if any(short):
        fill_up(fewest, most, stubs_of, drawn)
        degrees, _ = zip(*crew.each(sum_degrees, [(fewest, drawn, *block) for block in blocks]), strict=True)
    before = list(itertools.accumulate(degrees, initial=0))
    first = np.empty(citizens + 1, np.int64)
    first[citizens] = before[-1]
    ties = np.empty(before[-1], np.int32)
    crew.each(
        write_ties, [(drawn, first, ties, *part) for part in zip(before, *zip(*blocks, strict=True), strict=False)]
    )
    return Network(first, ties)


@compiled
def _are_in_order(region: NDArray[np.int16], group: NDArray[np.int16]) -> bool:
    """Say whether citizens are numbered by region, then by group."""
    fit = True
    for citizen in range(1, region.size):
        fit &= region[citizen - 1] < region[citizen] or (
            region[citizen - 1] == region[citizen] and group[citizen - 1] <= group[citizen]
        )
    return bool(fit)


def _stubs_of_citizens(seed: int, citizens: int, degree: float, fewest: int, most: int, crew: Crew) -> NDArray[np.int8]:
    """Return the number of stubs of each citizen; their sum is even, so that nobody need be left over."""
    stubs_of = np.empty(citizens, np.int8)
    ladder = np.empty(most - fewest + 1)
    _write_ladder(degree, fewest, ladder)
    in_blocks = [(seed, ladder, fewest, stubs_of, *block) for block in crew.blocks(citizens)]
    if sum(crew.each(_draw_degrees, in_blocks)) % 2 == 1:
        below = int(np.argmax(stubs_of < most))
        if stubs_of[below] < most:
            stubs_of[below] += 1
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
    streams = _streams(seed)
    groups = int(group.max()) + 1
    edges = np.searchsorted(region, np.arange(int(region.max()) + 2, dtype=np.int16)).astype(np.int64)
    room = int(np.add.reduceat(stubs_of, edges[:-1][np.diff(edges) > 0], dtype=np.int64).max())
    benches: list[NDArray[np.int64]] = []
    shares = (region_share, homophily)
    # Within their regions citizens meet nobody else, so regions need not wait for each other.
    order = largest_first(np.diff(edges))
    parts = [
        (int(edges[r]), int(edges[r + 1]), streams, stubs_of, edges, group, shares, groups, drawn, room, benches)
        for r in order
    ]
    regions = [left for _, left in sorted(zip(order, crew.each(_tie_region, parts), strict=True))]
    alone = []
    for g in range(groups):
        insisting = np.concatenate([here.insist_on_group[g] for here in regions])
        alone.append(_tie_outside(insisting, streams[PLACE_IN_GROUP], edges, drawn, crew))
        draw_tickets(alone[-1], streams[PLACE_AMONG_ALL])
    outside = np.concatenate([*(here.look_outside for here in regions), *alone])
    alone = [_tie_outside(outside, streams[PLACE_AMONG_ALL], edges, drawn, crew)]
    left = np.concatenate([*(here.found_nobody for here in regions), *alone])
    draw_tickets(left, streams[PLACE_IN_NATION])
    left = left[: _tie(left, np.empty_like(left), streams[PLACE_IN_NATION], edges, drawn)]
    place_between_others(left, streams[PLACE_IN_NATION], region.size, drawn)


class _Left(NamedTuple):
    """What a region leaves to be tied: stubs that found nobody, and tickets of those who look outside."""

    found_nobody: NDArray[np.int64]
    insist_on_group: list[NDArray[np.int64]]
    look_outside: NDArray[np.int64]


def _tie_region(
    first: int,
    last: int,
    streams: NDArray[np.uint64],
    stubs_of: NDArray[np.int8],
    edges: NDArray[np.int64],
    group: NDArray[np.int16],
    shares: tuple[float, float],
    groups: int,
    drawn: NDArray[np.int32],
    room: int,
    benches: list[NDArray[np.int64]],
) -> _Left:
    """Tie those of the citizens of a region who look for partners in it, on one of the benches that lie about."""
    bench = benches.pop() if benches else np.empty((PLACES_TO_LOOK + 1, room), np.int64)
    region_share, homophily = shares
    if last - first == edges[-1]:
        region_share = 1.0  # there is nobody outside
    end = np.zeros(groups, np.int64)
    left, outsiders = _tie_within(
        first, last, streams, stubs_of, edges, group, region_share, homophily, bench, end, drawn
    )
    found = _Left(
        bench[INSIDE, :left].copy(),
        np.split(bench[OUTSIDE_IN_GROUP, : end[-1]].copy(), end[:-1]),
        bench[OUTSIDE, :outsiders].copy(),
    )
    benches.append(bench)
    return found


@compiled
def _tie_within(
    first: int,
    last: int,
    streams: NDArray[np.uint64],
    stubs_of: NDArray[np.int8],
    edges: NDArray[np.int64],
    group: NDArray[np.int16],
    region_share: float,
    homophily: float,
    bench: NDArray[np.int64],
    end: NDArray[np.int64],
    drawn: NDArray[np.int32],
) -> tuple[int, int]:
    """Sort out the stubs of a region by where they look, group by group, and tie those who look inside.

    Returns how many of `INSIDE` on the bench found nobody and how many stand at `OUTSIDE`; `end` says where those of
    each group end at `OUTSIDE_IN_GROUP`. The last place of the bench is for what is set aside.
    """
    aside = bench[PLACES_TO_LOOK]
    pools = np.empty(MOST_TIES, np.int64)
    tickets = np.empty(MOST_TIES, np.int64)
    look_inside = intervals_below(region_share)
    insist_on_group = intervals_below(homophily)
    size = np.zeros(PLACES_TO_LOOK, np.int64)
    citizen = first
    for g in range(end.size):
        size[INSIDE_IN_GROUP] = 0
        while citizen < last and group[citizen] == g:
            stubs = stubs_of[citizen]
            # First all draws, of which several are made at a time, as long as nothing has to be guessed.
            for number in range(stubs):
                stub = stub_of(citizen, number)
                inside = interval(streams[LOOKS_INSIDE, number], citizen) < look_inside
                insists = interval(streams[INSISTS_ON_GROUP, number], citizen) < insist_on_group
                among_own = ticket(stub, streams[PLACE_IN_GROUP, number], citizen)
                among_all = ticket(stub, streams[PLACE_AMONG_ALL, number], citizen)
                tickets[number] = among_own if insists else among_all
                pools[number] = (INSIDE if inside else OUTSIDE) - (1 if insists else 0)
            for number in range(stubs):
                pool = pools[number]
                bench[pool, size[pool]] = tickets[number]
                size[pool] += 1
            citizen += 1
        end[g] = size[OUTSIDE_IN_GROUP]
        in_group = bench[INSIDE_IN_GROUP, : size[INSIDE_IN_GROUP]]
        alone = in_group[: _tie(in_group, aside, streams[PLACE_IN_GROUP], edges, drawn)]
        draw_tickets(alone, streams[PLACE_AMONG_ALL])
        bench[INSIDE, size[INSIDE] : size[INSIDE] + alone.size] = alone
        size[INSIDE] += alone.size
    everybody = bench[INSIDE, : size[INSIDE]]
    return _tie(everybody, aside, streams[PLACE_AMONG_ALL], edges, drawn), size[OUTSIDE]


@compiled
def _streams(seed: int) -> NDArray[np.uint64]:
    """Return the streams of draws by what the draw decides and by the stub's number."""
    streams = np.empty((DRAWS_PER_STUB, MOST_TIES), np.uint64)
    for draw in range(DRAWS_PER_STUB):
        for number in range(MOST_TIES):
            streams[draw, number] = stream(seed, TIE, number * DRAWS_PER_STUB + draw)
    return streams


def _tie_outside(
    tickets: NDArray[np.int64],
    streams: NDArray[np.uint64],
    edges: NDArray[np.int64],
    drawn: NDArray[np.int32],
    crew: Crew,
) -> NDArray[np.int64]:
    """Tie the stubs of a pool in random pairs of two regions; return those who found nobody."""
    put_in_random_order_together(tickets, streams, crew)
    return pair_off_outside(tickets, edges, drawn, crew)


@compiled
def _tie(
    tickets: NDArray[np.int64],
    aside: NDArray[np.int64],
    streams: NDArray[np.uint64],
    edges: NDArray[np.int64],
    drawn: NDArray[np.int32],
) -> int:
    """Tie the stubs of a pool in random pairs; return how many, now at the front of the pool, found nobody."""
    put_in_random_order(tickets, aside, streams)
    return pair_off(tickets, edges, drawn)

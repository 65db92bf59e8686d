"""Who knows whom: a fixed network of ties, drawn from keyed chance (specification, ruling 14).

Each citizen has a number of stubs, half-ties in search of a partner. A stub looks inside the citizen's region or
outside, and for somebody of the own group or for anybody. Stubs that look for the same thing form a pool; the pool is
put in random order and its neighbours are tied. Pairs that must not be tied (a citizen with himself, two who are tied
already, two of one region who look outside) exchange partners with another pair of the pool. Those for whom that fails
too, and the odd one out, look further afield: from the group to the region, from there to the nation.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.chance import DEGREE, TIE, poisson_quantile, stream, uniform
from model.compiling import compiled

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


class Drawn(NamedTuple):
    """The ties drawn so far: the first `degree[i]` entries of row i of `partners` are the neighbours of citizen i."""

    partners: NDArray[np.int32]
    degree: NDArray[np.int32]


def make_network(
    seed: int, region: ArrayLike, group: ArrayLike, degree: float, region_share: float, homophily: float
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

    Raises
    ------
    ValueError
        For indices that are negative or not one of each kind for each citizen, or a number out of its range.
    """
    regions = np.array(region, dtype=np.int32, order="C")
    groups = np.array(group, dtype=np.int32, order="C")
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
    drawn = Drawn(np.empty((citizens, most), np.int32), np.zeros(citizens, np.int32))
    if most > 0:
        stubs_of = _stubs_of_citizens(int(seed), citizens, float(degree), fewest, most)
        _draw_ties(int(seed), stubs_of, regions, groups, float(region_share), float(homophily), drawn)
        _fill_up(fewest, most, drawn)
    return Network(*_compressed(drawn))


def _draw_ties(
    seed: int,
    stubs_of: NDArray[np.int32],
    region: NDArray[np.int32],
    group: NDArray[np.int32],
    region_share: float,
    homophily: float,
    drawn: Drawn,
) -> None:
    """Tie all stubs, pool by pool from narrow to wide, then whoever is left."""
    # The areas are the regions and, last, "outside"; each has a pool for every group and, last, one for all.
    areas = int(region.max()) + 2
    pools = int(group.max()) + 2
    streams = _streams(seed)
    stubs, ends = _stubs_by_pool(streams, stubs_of, region, group, areas, pools, region_share, homophily)
    # Two with the same number here must not be tied: everybody differs from himself, and outside in region too.
    oneself = np.arange(region.size, dtype=np.int32)
    left = 0
    for area in range(areas):
        apart = region if area == areas - 1 else oneself
        among_all = area * pools + pools - 1
        start = ends[among_all - 1]
        # The last group first, so that those whom a group leaves over can be moved to the front of the pool for all.
        for pool in range(among_all - 1, among_all - pools, -1):
            front = ends[pool - 1] if pool > 0 else 0
            unmatched = _match(stubs[front : ends[pool]], streams[PLACE_IN_GROUP], apart, drawn)
            stubs[start - unmatched : start] = stubs[front : front + unmatched]
            start -= unmatched
        unmatched = _match(stubs[start : ends[among_all]], streams[PLACE_AMONG_ALL], apart, drawn)
        stubs[left : left + unmatched] = stubs[start : start + unmatched]
        left += unmatched
    left = _match(stubs[:left], streams[PLACE_IN_NATION], oneself, drawn)
    _place_between_others(stubs[:left], streams[PLACE_IN_NATION], oneself, drawn)


@compiled
def _streams(seed: int) -> NDArray[np.uint64]:
    """Return the streams of draws by what the draw decides and by the stub's number."""
    streams = np.empty((DRAWS_PER_STUB, MOST_TIES), np.uint64)
    for draw in range(DRAWS_PER_STUB):
        for number in range(MOST_TIES):
            streams[draw, number] = stream(seed, TIE, number * DRAWS_PER_STUB + draw)
    return streams


@compiled
def _stubs_of_citizens(seed: int, citizens: int, degree: float, fewest: int, most: int) -> NDArray[np.int32]:
    """Return the number of stubs of each citizen; their sum is even, so that nobody need be left over."""
    stubs_of = np.empty(citizens, np.int32)
    of_degree = stream(seed, DEGREE, 0)
    total = 0
    for citizen in range(citizens):
        stubs_of[citizen] = poisson_quantile(uniform(of_degree, citizen), degree, fewest, most)
        total += stubs_of[citizen]
    if total % 2 == 1:
        for citizen in range(citizens):
            if stubs_of[citizen] < most:
                stubs_of[citizen] += 1
                return stubs_of
        # Everybody has `most`; with fewest == most the total is N (N - 1), which is even.
        stubs_of[0] -= 1
    return stubs_of


@compiled
def _stubs_by_pool(
    streams: NDArray[np.uint64],
    stubs_of: NDArray[np.int32],
    region: NDArray[np.int32],
    group: NDArray[np.int32],
    areas: int,
    pools: int,
    region_share: float,
    homophily: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all stubs, pool after pool, and where each pool ends; a stub is citizen * MOST_TIES + number."""
    population = np.zeros(areas, np.int64)
    total = 0
    for citizen in range(region.size):
        population[region[citizen]] += 1
        total += int(stubs_of[citizen])
    pool_of = np.empty(total, np.int64)
    size = np.zeros(areas * pools, np.int64)
    position = 0
    for citizen in range(region.size):
        nobody_outside = population[region[citizen]] == region.size
        for number in range(stubs_of[citizen]):
            area = areas - 1
            if nobody_outside or uniform(streams[LOOKS_INSIDE, number], citizen) < region_share:
                area = int(region[citizen])
            pool = pools - 1
            if uniform(streams[INSISTS_ON_GROUP, number], citizen) < homophily:
                pool = int(group[citizen])
            pool_of[position] = area * pools + pool
            size[pool_of[position]] += 1
            position += 1
    ends = np.zeros(areas * pools, np.int64)
    for pool in range(1, areas * pools):
        ends[pool] = ends[pool - 1] + size[pool - 1]
    stubs = np.empty(total, np.int64)
    position = 0
    for citizen in range(region.size):
        for number in range(stubs_of[citizen]):
            pool = pool_of[position]
            stubs[ends[pool]] = citizen * MOST_TIES + number
            ends[pool] += 1
            position += 1
    return stubs, ends


@compiled
def _match(stubs: NDArray[np.int64], streams: NDArray[np.uint64], apart: NDArray[np.int32], drawn: Drawn) -> int:
    """Tie the stubs of a pool in random pairs; return how many, now at the front of `stubs`, found nobody."""
    _put_in_random_order(stubs, streams)
    pairs = stubs.size // 2
    tied = np.zeros(pairs, np.bool_)
    for pair in range(pairs):
        one = stubs[2 * pair] // MOST_TIES
        other = stubs[2 * pair + 1] // MOST_TIES
        if _may_tie(one, other, apart, drawn):
            _tie(one, other, drawn)
            tied[pair] = True
    for pair in range(pairs):
        asked = 0
        while not tied[pair] and asked < min(pairs - 1, PAIRS_ASKED):
            asked += 1
            _exchange(pair, (pair + asked) % pairs, stubs, tied, apart, drawn)
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
    """Sort the stubs of a pool by their keyed draws.

    Draws are uniform, so each goes to its likely place at once, and little is left to sort.
    """
    size = stubs.size
    key = np.empty(size, np.float64)
    start = np.zeros(size + 1, np.int64)
    for k in range(size):
        key[k] = uniform(streams[stubs[k] % MOST_TIES], stubs[k] // MOST_TIES)
        start[min(int(key[k] * size), size - 1) + 1] += 1
    for k in range(size):
        start[k + 1] += start[k]
    unordered = stubs.copy()
    unordered_key = key.copy()
    for k in range(size):
        bucket = min(int(unordered_key[k] * size), size - 1)
        stubs[start[bucket]] = unordered[k]
        key[start[bucket]] = unordered_key[k]
        start[bucket] += 1
    for k in range(1, size):
        moving = stubs[k]
        moving_key = key[k]
        place = k
        while place > 0 and key[place - 1] > moving_key:
            stubs[place] = stubs[place - 1]
            key[place] = key[place - 1]
            place -= 1
        stubs[place] = moving
        key[place] = moving_key


@compiled
def _exchange(
    pair: int,
    asked: int,
    stubs: NDArray[np.int64],
    tied: NDArray[np.bool_],
    apart: NDArray[np.int32],
    drawn: Drawn,
) -> None:
    """Let an untied pair and another one, tied or not, exchange partners if both new pairs may be tied."""
    a = stubs[2 * pair]
    b = stubs[2 * pair + 1]
    for turn in range(2):
        c = stubs[2 * asked + turn]
        d = stubs[2 * asked + 1 - turn]
        if _may_exchange(a // MOST_TIES, b // MOST_TIES, c // MOST_TIES, d // MOST_TIES, apart, drawn):
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
def _place_between_others(
    stubs: NDArray[np.int64], streams: NDArray[np.uint64], apart: NDArray[np.int32], drawn: Drawn
) -> None:
    """Put each pair of stubs that found nobody between two citizens who are tied, from a random citizen on."""
    citizens = apart.size
    for pair in range(stubs.size // 2):
        one = stubs[2 * pair]
        other = stubs[2 * pair + 1]
        start = int(uniform(streams[one % MOST_TIES], one // MOST_TIES) * citizens)
        for step in range(min(citizens, CITIZENS_ASKED)):
            if _goes_between(one // MOST_TIES, other // MOST_TIES, (start + step) % citizens, apart, drawn):
                break


@compiled
def _goes_between(a: int, b: int, c: int, apart: NDArray[np.int32], drawn: Drawn) -> bool:
    """Replace a tie c-d by a-c and b-d if there is one for which that may be; say whether there was."""
    for place in range(drawn.degree[c]):
        d = int(np.int64(drawn.partners[c, place]))
        if _may_exchange(a, b, c, d, apart, drawn):
            _untie(c, d, drawn)
            _tie(a, c, drawn)
            _tie(b, d, drawn)
            return True
    return False


@compiled
def _fill_up(fewest: int, most: int, drawn: Drawn) -> None:
    """Give those who came off with too few ties as many as everybody must have."""
    for citizen in range(drawn.degree.size):
        searching = True
        while searching and drawn.degree[citizen] < fewest:
            searching = _finds_partner(citizen, fewest, most, drawn)


@compiled
def _finds_partner(citizen: int, fewest: int, most: int, drawn: Drawn) -> bool:
    """Tie a citizen to the next one with room for it, or to one who gives up another; say whether there was any."""
    citizens = drawn.degree.size
    for step in range(1, citizens):
        c = (citizen + step) % citizens
        if drawn.degree[c] < most and not _are_tied(citizen, c, drawn):
            _tie(citizen, c, drawn)
            return True
    for step in range(1, citizens):
        c = (citizen + step) % citizens
        if not _are_tied(citizen, c, drawn):
            for place in range(drawn.degree[c]):
                d = int(np.int64(drawn.partners[c, place]))
                if drawn.degree[d] > fewest:
                    _untie(c, d, drawn)
                    _tie(citizen, c, drawn)
                    return True
    return False


@compiled
def _may_exchange(a: int, b: int, c: int, d: int, apart: NDArray[np.int32], drawn: Drawn) -> bool:
    """Say whether a-c and b-d may both be tied."""
    same = (a == b and c == d) or (a == d and b == c)
    return not same and _may_tie(a, c, apart, drawn) and _may_tie(b, d, apart, drawn)


@compiled
def _may_tie(one: int, other: int, apart: NDArray[np.int32], drawn: Drawn) -> bool:
    """Say whether two citizens keep apart as they must and are not tied yet."""
    return apart[one] != apart[other] and not _are_tied(one, other, drawn)


@compiled
def _are_tied(one: int, other: int, drawn: Drawn) -> bool:
    """Say whether two citizens are tied already."""
    tied = False
    for place in range(drawn.degree[one]):
        tied = tied or drawn.partners[one, place] == other
    return tied


@compiled
def _tie(one: int, other: int, drawn: Drawn) -> None:
    """Enter a tie with both."""
    drawn.partners[one, drawn.degree[one]] = other
    drawn.degree[one] += 1
    drawn.partners[other, drawn.degree[other]] = one
    drawn.degree[other] += 1


@compiled
def _untie(one: int, other: int, drawn: Drawn) -> None:
    """Strike out a tie with both."""
    _forget(one, other, drawn)
    _forget(other, one, drawn)


@compiled
def _forget(citizen: int, partner: int, drawn: Drawn) -> None:
    """Strike out a partner of a citizen; the last of the row takes the place."""
    last = drawn.degree[citizen] - 1
    for place in range(last):
        if drawn.partners[citizen, place] == partner:
            drawn.partners[citizen, place] = drawn.partners[citizen, last]
    drawn.degree[citizen] = last


@compiled
def _compressed(drawn: Drawn) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the ties in compressed rows."""
    citizens = drawn.degree.size
    first = np.zeros(citizens + 1, np.int64)
    for citizen in range(citizens):
        first[citizen + 1] = first[citizen] + drawn.degree[citizen]
    ties = np.empty(first[citizens], np.int32)
    free = first.copy()
    # Citizens in ascending order enter themselves with their neighbours, so each row comes out sorted.
    for citizen in range(citizens):
        for place in range(drawn.degree[citizen]):
            partner = drawn.partners[citizen, place]
            ties[free[partner]] = citizen
            free[partner] += 1
    return first, ties

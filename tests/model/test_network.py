"""The network is a simple graph of the declared shape, and depends on its arguments alone."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from numpy.typing import NDArray
from scipy import stats

from model.chance import TIE, stream, uniform
from model.crew import Crew
from model.network import FEWEST_TIES, MOST_TIES, Network, make_network
from model.stubs import (
    STUB_BITS,
    citizen_of,
    draw_tickets,
    place_of,
    put_in_random_order,
    put_in_random_order_together,
    stub_of,
)

ROOT = Path(__file__).parents[2]

# Kazakhstan in 2021, roughly: shares of eight groups; Russians in each of 16 regions against their national share.
GROUPS = np.array([0.704, 0.155, 0.020, 0.012, 0.011, 0.032, 0.015, 0.051])
RUSSIANS = np.array([2.2, 0.7, 1.2, 0.4, 2.1, 0.5, 1.9, 2.6, 0.2, 0.3, 2.3, 2.9, 0.2, 0.9, 1.0, 1.3])
POPULATION = np.array(
    [0.04, 0.05, 0.04, 0.035, 0.075, 0.06, 0.075, 0.045, 0.045, 0.04, 0.04, 0.03, 0.15, 0.065, 0.11, 0.1]
)


def kazakhstan(citizens: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the region and group of each citizen, in the order of regions, then groups."""
    region = np.repeat(np.arange(16), np.diff(np.round(np.cumsum([0.0, *POPULATION]) * citizens).astype(int)))
    group = np.empty(citizens, np.int32)
    for r in range(16):
        shares = GROUPS.copy()
        shares[1] *= RUSSIANS[r]
        shares[0] += 1.0 - shares.sum()
        size = int((region == r).sum())
        group[region == r] = np.repeat(np.arange(8), np.diff(np.round(np.cumsum([0.0, *shares]) * size).astype(int)))
    return region.astype(np.int32), group


def ends(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the two ends of every tie, each tie once from either side."""
    degrees = np.diff(network.first)
    return np.repeat(np.arange(degrees.size), degrees), network.ties.astype(np.int64)


def check_shape(network: Network, citizens: int) -> None:
    """Fail unless the network is symmetric and simple, with sorted rows and nobody out of bounds."""
    assert (network.first.dtype.name, network.ties.dtype.name) == ("int64", "int32")
    assert (network.first.size, network.first[0], network.first[-1]) == (citizens + 1, 0, network.ties.size)
    one, other = ends(network)
    assert not (one == other).any()
    code = one * citizens + other
    assert (np.diff(code) > 0).all()  # rows ascend, and no tie stands twice
    assert np.array_equal(np.sort(other * citizens + one), code)
    degrees = np.diff(network.first)
    assert (degrees >= min(FEWEST_TIES, citizens - 1)).all()
    assert (degrees <= min(MOST_TIES, citizens - 1)).all()


def fingerprint(network: Network) -> str:
    return hashlib.sha256(network.first.astype("<i8").tobytes() + network.ties.astype("<i4").tobytes()).hexdigest()[:16]


@pytest.fixture(scope="module", params=[1, 2, 3])
def network(request: pytest.FixtureRequest) -> Network:
    return make_network(request.param, *kazakhstan(4000), 10.0, 0.85, 0.45)


def test_ties_are_symmetric_and_simple(network: Network) -> None:
    check_shape(network, 4000)


def test_degrees_follow_the_truncated_poisson_law(network: Network) -> None:
    degrees = np.diff(network.first)
    numbers = np.arange(FEWEST_TIES, MOST_TIES + 1)
    law = stats.poisson.pmf(numbers, 10.0)
    law /= law.sum()
    assert degrees.mean() == pytest.approx(numbers @ law, rel=0.01)
    # The tail in one class, so that each expects at least five.
    counts = np.bincount(degrees, minlength=MOST_TIES + 1)[FEWEST_TIES:]
    observed, expected = np.append(counts[:14], counts[14:].sum()), 4000 * np.append(law[:14], law[14:].sum())
    assert stats.chisquare(observed, expected).pvalue > 1e-3


def test_the_declared_share_of_ties_lies_within_the_region(network: Network) -> None:
    region, _ = kazakhstan(4000)
    one, other = ends(network)
    assert (region[one] == region[other]).mean() == pytest.approx(0.85, abs=0.01)


def test_ties_outside_go_to_regions_in_proportion_to_their_people(network: Network) -> None:
    region, _ = kazakhstan(4000)
    one, other = ends(network)
    outside = region[one] != region[other]
    found = np.bincount(region[other[outside & (region[one] == 0)]], minlength=16)
    expected = np.bincount(region) * (region != 0).sum() / (region != 0).sum()
    expected[0] = 0.0
    np.testing.assert_allclose(found / found.sum(), expected / expected.sum(), atol=0.06)


@pytest.mark.parametrize(("citizens", "tolerance"), [(4000, 0.03), (40_000, 0.005)])
def test_in_group_preference_comes_on_top_of_composition(citizens: int, tolerance: float) -> None:
    """With 4,000 citizens many cells have two to ten people, who run out of own group in their region."""
    region, group = kazakhstan(citizens)
    one, other = ends(make_network(3, region, group, 10.0, 0.85, 0.45))
    count = np.zeros((16, 8))
    np.add.at(count, (region, group), 1.0)
    people = count.sum(axis=1)
    inside = count / people[:, None]
    outside = (count.sum(axis=0) - count) / (citizens - people)[:, None]
    expected = (0.45 + 0.55 * (0.85 * inside + 0.15 * outside)) * count
    for kind in (0, 1):
        found = (group[other[group[one] == kind]] == kind).mean()
        assert found == pytest.approx(expected[:, kind].sum() / count[:, kind].sum(), abs=tolerance)
    assert (group[one] == group[other]).mean() == pytest.approx(expected.sum() / citizens, abs=tolerance)


def test_no_preference_leaves_composition_alone() -> None:
    region, group = kazakhstan(4000)
    alike = np.sort(group)
    one, other = ends(make_network(4, np.zeros(4000, int), alike, 10.0, 0.85, 0.0))
    shares = np.bincount(group) / 4000
    assert (alike[one] == alike[other]).mean() == pytest.approx((shares * shares).sum(), abs=0.01)
    one, other = ends(make_network(4, region, group, 10.0, 0.0, 0.0))
    assert (region[one] == region[other]).mean() < 0.001


def test_chance_decides_who_is_tied_to_whom() -> None:
    """Among the like, no pair is favoured: distances in the order of citizens are those of random pairs."""
    one, other = ends(make_network(5, np.zeros(3000, int), np.zeros(3000, int), 10.0, 0.85, 0.45))
    distance = (np.abs(one - other)[one < other] - 0.5) / 3000
    assert stats.kstest(distance, stats.triang(0.0).cdf).pvalue > 1e-3


def test_clustering_is_what_chance_gives(network: Network) -> None:
    """Ties are drawn by stubs, so a region of 600 people has few closed triangles: about degree / people."""
    one, other = ends(network)
    neighbours = [set(other[one == citizen].tolist()) for citizen in range(500)]
    closed = [
        len(neighbours[friend] & neighbours[citizen])
        for citizen in range(500)
        for friend in neighbours[citizen]
        if friend < 500
    ]
    assert 0.0 < np.mean(closed) < 3.0


def test_the_seed_decides() -> None:
    region, group = kazakhstan(300)
    arguments = (region, group, 10.0, 0.85, 0.45)
    assert fingerprint(make_network(8, *arguments)) == fingerprint(make_network(8, *arguments))
    assert fingerprint(make_network(8, *arguments)) != fingerprint(make_network(9, *arguments))


GOLDEN_CODE = """
import sys
sys.path.insert(0, "tests/model")
from test_network import fingerprint, kazakhstan
from model.network import make_network
print(fingerprint(make_network(2**63 - 1, *kazakhstan(120), 10.0, 0.85, 0.45)))
"""


def test_a_small_network_never_changes() -> None:
    """It is part of every stored result; this fingerprint may change with a new major version only."""
    assert fingerprint(make_network(2**63 - 1, *kazakhstan(120), 10.0, 0.85, 0.45)) == "0a0de2bc8b8a1e45"


@pytest.mark.slow
@pytest.mark.parametrize("plain", ["0", "1"])
def test_another_process_and_plain_python_give_the_same(plain: str) -> None:
    here = make_network(2**63 - 1, *kazakhstan(120), 10.0, 0.85, 0.45)
    environment = os.environ | {"NUMBA_DISABLE_JIT": plain, "PYTHONHASHSEED": "77"}
    there = subprocess.run(
        [sys.executable, "-W", "error", "-c", GOLDEN_CODE],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert there.stdout.strip() == fingerprint(here)


@pytest.mark.parametrize(
    ("region", "group"),
    [
        ([0], [0]),
        ([0, 0], [0, 0]),
        ([0, 1], [0, 1]),
        ([0] * 10, [0] * 10),
        ([0] * 5 + [3] * 5, [0] * 4 + [7] + [2] * 5),
        (list(range(40)), [0] * 40),
        ([0] * 40, list(range(40))),
        ([0] * 39 + [1], [0] * 40),
    ],
    ids=["one", "two", "two apart", "ten", "empty cells", "regions of one", "groups of one", "a region of one"],
)
def test_tiny_societies_work(region: list[int], group: list[int]) -> None:
    for seed in range(20):
        check_shape(make_network(seed, region, group, 10.0, 0.85, 0.45), len(region))


def test_nobody_at_all_has_no_ties() -> None:
    assert make_network(1, [], [], 10.0, 0.85, 0.45).first.tolist() == [0]


@settings(max_examples=300)
@given(
    seed=some.integers(0, 2**63 - 1),
    citizens=some.lists(some.tuples(some.integers(0, 4), some.integers(0, 3)), min_size=1, max_size=60).map(sorted),
    degree=some.floats(1.0, 30.0),
    region_share=some.floats(0.0, 1.0),
    homophily=some.floats(0.0, 1.0),
)
def test_any_small_society_gets_a_network(
    seed: int, citizens: list[tuple[int, int]], degree: float, region_share: float, homophily: float
) -> None:
    region, group = zip(*citizens, strict=True)
    check_shape(make_network(seed, region, group, degree, region_share, homophily), len(citizens))


@pytest.mark.parametrize("citizens", [30, 31, 32, 33, 40])
def test_crowded_societies_keep_the_bounds(citizens: int) -> None:
    for seed in range(50):
        check_shape(make_network(seed, np.zeros(citizens, int), np.zeros(citizens, int), 30.0, 0.85, 0.45), citizens)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [0], 10.0, 0.85, 0.45), "one length"),
        (([0, -1], [0, 0], 10.0, 0.85, 0.45), "from 0"),
        (([1, 0], [0, 0], 10.0, 0.85, 0.45), "by region, then by group"),
        (([0, 0, 1], [1, 0, 0], 10.0, 0.85, 0.45), "by region, then by group"),
        (([0, 1], [0, 0], 0.0, 0.85, 0.45), "above 0"),
        (([0, 1], [0, 0], 10.0, 1.5, 0.45), "region_share 1.5"),
        (([0, 1], [0, 0], 10.0, 0.85, float("nan")), "homophily nan"),
    ],
)
def test_bad_arguments_are_refused(arguments: tuple[list[int], list[int], float, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_network(1, *arguments)


def test_skewed_groups_and_regions_of_a_handful_meet_their_targets() -> None:
    """Three regions of thousands and eight of five, a group of nearly everybody and one of a hundredth."""
    regions = [20_000, 18_000, 12_000, *[5] * 8]
    shares = np.array([0.94, 0.05, 0.01])
    region = np.repeat(np.arange(len(regions)), regions)
    group = np.concatenate(
        [np.repeat(np.arange(3), np.diff(np.round(np.cumsum([0, *shares]) * n)).astype(int)) for n in regions]
    )
    network = make_network(6, region, group, 10.0, 0.85, 0.45)
    check_shape(network, region.size)
    one, other = ends(network)
    degrees = np.diff(network.first)
    law = stats.poisson.pmf(np.arange(FEWEST_TIES, MOST_TIES + 1), 10.0)
    assert degrees.mean() == pytest.approx(np.arange(FEWEST_TIES, MOST_TIES + 1) @ law / law.sum(), rel=0.005)
    inside = region[one] == region[other]
    for place in range(3):
        assert inside[region[one] == place].mean() == pytest.approx(0.85, abs=0.015)
    # A handful has four others at home and ten ties: most must lie outside.
    assert (degrees[region > 2] >= FEWEST_TIES).all()
    assert 0.0 < inside[region[one] > 2].mean() < 0.5
    for kind, share in enumerate(shares):
        same = (group[other[(group[one] == kind) & (region[one] < 3)]] == kind).mean()
        assert same == pytest.approx(0.45 + 0.55 * share, abs=0.02)


def in_order(stubs: NDArray[np.int64], streams: NDArray[np.uint64]) -> list[int]:
    """Return stubs by their whole draws, which the leading bits of a ticket stand for."""
    return sorted(stubs.tolist(), key=lambda stub: (float(place_of(stub, streams)), stub))


def some_stubs(number: int) -> NDArray[np.int64]:
    """Return as many stubs, in order, of citizens who have all they may have."""
    return np.array([stub_of(k // MOST_TIES, k % MOST_TIES) for k in range(number)], np.int64)


def test_a_stub_is_its_citizens_and_has_its_own_place() -> None:
    streams = np.array([stream(5, TIE, number) for number in range(MOST_TIES)], np.uint64)
    stub = stub_of(1_000_000_000, MOST_TIES - 1)
    assert stub < 1 << STUB_BITS
    assert citizen_of(stub) == 1_000_000_000
    assert place_of(stub, streams) == uniform(int(streams[MOST_TIES - 1]), 1_000_000_000)


def test_a_pool_stands_in_the_order_of_its_draws_where_leading_bits_are_equal() -> None:
    streams = np.array([stream(5, TIE, number) for number in range(MOST_TIES)], np.uint64)
    stubs = np.random.default_rng(1).permutation(some_stubs(100_000))
    tickets = stubs.copy()
    draw_tickets(tickets, streams)
    assert np.unique(tickets >> STUB_BITS).size < tickets.size
    together = tickets.copy()
    put_in_random_order(tickets, np.empty_like(tickets), streams)
    assert tickets.tolist() == in_order(stubs, streams)
    with Crew(3) as crew:
        put_in_random_order_together(together, streams, crew)
    assert np.array_equal(together, tickets)


def test_any_small_pool_whose_leading_bits_say_nothing_stands_in_the_order_of_its_draws() -> None:
    streams = np.array([stream(6, TIE, number) for number in range(MOST_TIES)], np.uint64)
    stubs = some_stubs(40)
    tickets = stubs.copy()
    put_in_random_order(tickets, np.empty_like(tickets), streams)
    assert tickets.tolist() == in_order(stubs, streams)

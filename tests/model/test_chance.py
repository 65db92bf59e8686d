"""Keyed chance: one stream of numbers in plain Python and in machine code, and good ones."""

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from model import chance
from model.compiling import compiled

PURPOSES = (
    chance.KINSHIP,
    chance.EXPOSURE,
    chance.INCOME,
    chance.LOYALTY,
    chance.DISPLAY,
    chance.REVISE,
    chance.CHOOSE,
    chance.SANCTION,
    chance.HARASS,
    chance.DEPART,
    chance.TIE,
    chance.DEGREE,
)
GREATEST_SEED = 2**63 - 1


@compiled
def draws_of_keys(
    seeds: NDArray[np.int64],
    purposes: NDArray[np.int64],
    steps: NDArray[np.int64],
    citizens: NDArray[np.int64],
    streams: NDArray[np.uint64],
    draws: NDArray[np.float64],
) -> None:
    for key in range(seeds.size):
        streams[key] = chance.stream(seeds[key], purposes[key], steps[key])
        for k in range(citizens.shape[1]):
            draws[key, k] = chance.uniform(streams[key], citizens[key, k])


@compiled
def draws_of_stream(stream: np.uint64, draws: NDArray[np.float64]) -> None:
    for citizen in range(draws.size):
        draws[citizen] = chance.uniform(stream, citizen)  # type: ignore[arg-type]


@compiled
def normals(draws: NDArray[np.float64], found: NDArray[np.float64]) -> None:
    for k in range(draws.size):
        found[k] = chance.normal(draws[k])


@compiled
def poissons(
    draws: NDArray[np.float64], mean: float, low: int, ladder: NDArray[np.float64], found: NDArray[np.int64]
) -> None:
    chance.poisson_ladder(mean, low, ladder)
    for k in range(draws.size):
        found[k] = low + chance.poisson_step(draws[k], ladder)


def uniforms(seed: int, purpose: int, step: int, number: int) -> NDArray[np.float64]:
    draws = np.empty(number)
    draws_of_stream(np.uint64(chance.stream(seed, purpose, step)), draws)
    return draws


def test_python_and_compiled_code_agree_on_a_million_keys() -> None:
    some = np.random.default_rng(1)
    seeds = some.integers(0, GREATEST_SEED, 1000, endpoint=True)
    seeds[:4] = 0, 1, 2**62, GREATEST_SEED
    purposes = some.integers(1, 12, 1000, endpoint=True)
    steps = some.integers(0, 2 ** some.integers(1, 41, 1000))
    steps[:4] = 2**40, 0, 1, 2**40
    citizens = some.integers(0, 2 ** some.integers(1, 41, (1000, 1000)))
    citizens[:, 0] = 2**40
    streams = np.empty(1000, np.uint64)
    draws = np.empty((1000, 1000))
    draws_of_keys(seeds, purposes, steps, citizens, streams, draws)
    for key, (seed, purpose, step) in enumerate(zip(seeds.tolist(), purposes.tolist(), steps.tolist(), strict=True)):
        stream = chance.stream(seed, purpose, step)
        assert stream == int(streams[key])
        assert [chance.uniform(stream, citizen) for citizen in citizens[key].tolist()] == draws[key].tolist()


@pytest.mark.parametrize("kind", [np.int64, np.uint64, int])
def test_numpy_integers_in_plain_python_give_the_same_and_no_warning(kind: type) -> None:
    stream = chance.stream(GREATEST_SEED, chance.TIE, 2**40)
    assert chance.stream(kind(GREATEST_SEED), kind(chance.TIE), kind(2**40)) == stream
    assert chance.uniform(np.uint64(stream), kind(2**40)) == chance.uniform(stream, 2**40)  # type: ignore[arg-type]
    assert type(stream) is int
    assert 0 <= stream < 2**64


def test_words_are_mixed_as_in_the_published_generator() -> None:
    # The first outputs of splitmix64 from state 1234567, as given with the reference implementation's ports.
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [chance.mixed((1234567 + k * chance.GOLDEN) & chance.WORD) for k in range(1, 5)] == published


def test_draws_never_change() -> None:
    """They are part of every stored result: these numbers may change with a new major version only."""
    assert chance.stream(1, chance.TIE, 2) == 14896164661766474379
    assert chance.uniform(chance.stream(1, chance.TIE, 2), 3) == 0.5460839766634474
    assert list(PURPOSES) == list(range(1, 13))


def test_the_greatest_draw_stays_below_one() -> None:
    assert (float(2**52 - 1) + 0.5) * 2.0**-52 < 1.0
    # Why not 53 bits:
    assert (float(2**53 - 1) + 0.5) * 2.0**-53 == 1.0


@pytest.mark.parametrize("probability", [0.0, 1e-300, 2.0**-53, 2.0**-52, 0.1, 0.45, 0.5, 0.85, 1.0 - 2.0**-53, 1.0])
def test_a_draw_is_less_than_a_probability_where_its_interval_lies_below(probability: float) -> None:
    below = chance.intervals_below(probability)
    assert 0 <= below <= 2**52
    if below > 0:
        assert (float(below - 1) + 0.5) * 2.0**-52 < probability
    if below < 2**52:
        assert (float(below) + 0.5) * 2.0**-52 >= probability


@pytest.mark.parametrize("purpose", PURPOSES)
def test_draws_are_uniform(purpose: int) -> None:
    draws = uniforms(20, purpose, 7, 1_000_000)
    assert 0.0 < draws.min() < 1e-5
    assert 1.0 - 1e-5 < draws.max() < 1.0
    counts = np.bincount((draws * 1000).astype(int), minlength=1000)
    assert 1e-4 < stats.chisquare(counts).pvalue < 1 - 1e-4


@pytest.fixture(
    params=[
        "citizen",
        "citizen 64 on",
        "step",
        "purpose",
        "seed",
        "seed 2**32 on",
        "seed up, step down",
        "seeds",
        "steps",
    ]
)
def neighbours(request: pytest.FixtureRequest) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two series of draws whose keys differ in one part by little."""
    number = 100_000
    here = uniforms(5, chance.REVISE, 10, number)
    match request.param:
        case "citizen":
            return here[:-1], here[1:]
        case "citizen 64 on":
            return here[:-64], here[64:]
        case "step":
            return here, uniforms(5, chance.REVISE, 11, number)
        case "purpose":
            return here, uniforms(5, chance.CHOOSE, 10, number)
        case "seed":
            return here, uniforms(6, chance.REVISE, 10, number)
        case "seed 2**32 on":
            return here, uniforms(5 + 2**32, chance.REVISE, 10, number)
        case "seed up, step down":
            return here, uniforms(6, chance.REVISE, 9, number)
        case "seeds":
            some = np.array([chance.uniform(chance.stream(seed, 1, 0), 0) for seed in range(20_000)])
        case _:
            some = np.array([chance.uniform(chance.stream(1, 1, step), 0) for step in range(20_000)])
    return some[:-1], some[1:]


def test_neighbouring_keys_are_independent(neighbours: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    one, other = neighbours
    assert abs(np.corrcoef(one, other)[0, 1]) < 4.0 / math.sqrt(one.size)
    table = np.histogram2d(one, other, bins=16, range=[[0, 1], [0, 1]])[0]
    assert 1e-4 < stats.chisquare(table.ravel()).pvalue < 1 - 1e-4


def test_neighbouring_keys_never_collide() -> None:
    streams = {
        chance.stream(seed, purpose, step) for seed, purpose, step in itertools.product(range(40), PURPOSES, range(200))
    }
    assert len(streams) == 40 * len(PURPOSES) * 200
    assert np.unique(uniforms(0, chance.KINSHIP, 0, 1_000_000)).size == 1_000_000


def test_normal_quantiles_are_right_to_the_last_digits() -> None:
    tails = np.array([2.0**-53, 1e-15, 1e-11, 1.3e-11, 1.4e-11, 0.0749, 0.075, 0.0751, 0.5 - 1e-12, 0.4, 1e-300])
    draws = np.concatenate([uniforms(3, chance.INCOME, 0, 200_000), tails, 1.0 - tails[:-1]])
    found = np.empty_like(draws)
    normals(draws, found)
    np.testing.assert_allclose(found, special.ndtri(draws), rtol=2e-15, atol=0.0)
    assert [chance.normal(draw) for draw in draws.tolist()] == found.tolist()
    assert chance.normal(0.5) == 0.0
    assert stats.kstest(found[:200_000], "norm").pvalue > 1e-3


@pytest.mark.parametrize(
    ("mean", "low", "high"), [(10.0, 5, 30), (30.0, 5, 30), (1.0, 5, 30), (10.0, 0, 1), (10.0, 3, 3)]
)
def test_truncated_poisson_quantiles_invert_the_law(mean: float, low: int, high: int) -> None:
    draws = uniforms(3, chance.DEGREE, 0, 50_000)
    found = np.empty(draws.size, np.int64)
    ladder, plain = np.empty(high - low + 1), [0.0] * (high - low + 1)
    poissons(draws, mean, low, ladder, found)
    law = stats.poisson.pmf(np.arange(low, high + 1), mean)
    assert found.tolist() == (low + np.searchsorted(np.cumsum(law) / law.sum(), draws)).clip(low, high).tolist()
    chance.poisson_ladder(mean, low, plain)
    assert plain == ladder.tolist()
    assert [low + chance.poisson_step(draw, plain) for draw in draws[:5000].tolist()] == found[:5000].tolist()
    assert chance.poisson_step(2.0**-53, plain) == 0
    assert found.max() <= low + chance.poisson_step(1.0 - 2.0**-53, plain) <= high

"""The arithmetic of verdicts, at its edges and by its symmetries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.verdicts import (
    Shares,
    agreed,
    interval,
    is_provisional,
    is_testable,
    judged,
    shares,
    together,
    verdict_of,
    verdict_over,
)

EDGES = np.array([-0.03, -0.02, 0.0, 0.02, 0.03])


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("greater", [-1, 0, 0, 0, 1]),
        ("less", [1, 0, 0, 0, -1]),
        ("none", [-1, 1, 1, 1, -1]),
        ("not_greater", [1, 1, 1, 1, -1]),
        ("not_less", [-1, 1, 1, 1, 1]),
    ],
)
def test_each_direction_at_the_edges_of_its_margin(direction, expected):
    assert judged(EDGES, direction, 0.02).tolist() == expected


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.floats(0, 0.5))
def test_turning_the_effect_round_turns_the_direction_round(effects, margin):
    found = np.array(effects)
    assert (judged(found, "greater", margin) == judged(-found, "less", margin)).all()
    assert (judged(found, "not_greater", margin) == judged(-found, "not_less", margin)).all()
    assert (judged(found, "none", margin) == judged(-found, "none", margin)).all()


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=50))
def test_shares_sum_to_one_and_count(signs):
    found = shares(np.array(signs, dtype=np.int8))
    assert found.holds + found.neutral + found.contradicted == pytest.approx(1.0, abs=1e-12)
    assert found.holds == signs.count(1) / len(signs)
    assert found.contradicted == signs.count(-1) / len(signs)
    assert found.draws == len(signs)


def test_no_draws_decide_nothing():
    found = shares(np.array([], dtype=np.int8))
    assert np.isnan(found.holds)
    assert verdict_of(found) == "conditional"
    assert np.isnan(found.error(0.5))


def test_error_of_a_share_is_binomial():
    assert Shares(0.5, 0.3, 0.2, 100).error(0.5) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Shares(0.90, 0.10, 0.0, 10), "supported"),
        (Shares(0.89, 0.11, 0.0, 10), "conditional"),
        (Shares(0.0, 0.10, 0.90, 10), "refuted"),
        (Shares(0.11, 0.0, 0.89, 10), "conditional"),
        (Shares(0.05, 0.90, 0.05, 10), "equivalent"),
        (Shares(0.05, 0.89, 0.06, 10), "conditional"),
    ],
)
def test_nine_tenths_decide(found, verdict):
    assert verdict_of(found) == verdict


def test_one_variant_that_differs_makes_it_conditional():
    yes, no = Shares(1.0, 0.0, 0.0, 10), Shares(0.0, 0.0, 1.0, 10)
    assert verdict_over({"base": yes, "other": yes}) == "supported"
    assert verdict_over({"base": no, "other": no}) == "refuted"
    assert verdict_over({"base": yes, "other": no}) == "conditional"
    assert agreed(["equivalent", "equivalent"]) == "equivalent"


def test_parts_hold_together_only_in_the_same_draw():
    first, second = np.array([1, 1, 0, -1], np.int8), np.array([1, 0, -1, 1], np.int8)
    assert together([first, second]).tolist() == [1, 0, -1, -1]
    assert together([first]).tolist() == first.tolist()


def test_a_probe_that_stays_in_its_margin_tests_nothing():
    inside, outside = np.full(90, 0.005), np.full(10, 0.05)
    assert not is_testable(np.concatenate([inside, outside]), 0.01)
    assert is_testable(np.concatenate([inside, outside, outside]), 0.01)
    assert not is_testable(np.array([0.01, -0.01]), 0.01)


@pytest.mark.parametrize(
    ("points", "seeds", "citizens", "provisional"),
    [(512, 2, 4000, False), (511, 2, 4000, True), (512, 1, 4000, True), (512, 2, 3999, True)],
)
def test_few_points_seeds_or_citizens_make_a_verdict_provisional(points, seeds, citizens, provisional):
    assert is_provisional(points, seeds, citizens) is provisional


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=20))
def test_interval_is_students(effects):
    found = interval(np.array(effects))
    assert found.mean == pytest.approx(np.mean(effects), abs=1e-12)
    half = stats.sem(effects) * stats.t.ppf(0.975, len(effects) - 1)
    assert found.high - found.mean == pytest.approx(half, abs=1e-12)
    assert found.mean - found.low == pytest.approx(half, abs=1e-12)


def test_interval_of_few_seeds():
    for effects, mean, seeds in (([0.3, np.nan], 0.3, 1), ([0.3, 0.5], 0.4, 2)):
        few = interval(np.array(effects))
        assert (few.mean, few.seeds) == (mean, seeds)
        assert np.isnan([few.low, few.high]).all()
    assert interval(np.array([np.nan])).seeds == 0

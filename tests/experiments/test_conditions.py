"""Conditions and history on numbers that are planted, so that each answer can be worked out by hand."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from experiments.conditions import SHOWN, by_chance, conditions, idle, spearman
from experiments.history import PATTERNS, match_history
from experiments.verdicts import judged

NAMES = ("planted", "opposed", "idle")
CHANCE = by_chance(300, 3)
MONTHS = (0, 30, 60, 120, 180)


@pytest.fixture
def values():
    return np.random.default_rng(1).random((300, 3))


def test_what_decides_a_comparison_is_found_with_its_direction_and_who_wins_at_its_ends(values):
    effects = values[:, 0] - 0.5
    found = conditions(NAMES, values, effects, judged(effects, "greater", 0.05), CHANCE)
    assert [condition.parameter for condition in found] == ["planted"]
    assert found[0].correlation == pytest.approx(1.0)
    assert (found[0].low.holds, found[0].low.contradicted, found[0].low.draws) == (0.0, 1.0, 100)
    assert (found[0].high.holds, found[0].high.contradicted, found[0].high.draws) == (1.0, 0.0, 100)


def test_the_strongest_condition_stands_first_and_its_sign_is_kept(values):
    effects = values[:, 0] - 2.0 * values[:, 1]
    found = conditions(NAMES, values, effects, judged(effects, "greater", 0.0), CHANCE)
    assert [condition.parameter for condition in found] == ["opposed", "planted"]
    assert found[0].correlation < 0.0 < found[1].correlation
    assert found[0].low.holds > found[0].high.holds


def test_chance_alone_is_no_condition_in_nineteen_trials_of_twenty():
    alarms = 0
    for seed in range(400):
        chance = np.random.default_rng(seed)
        values, effects = chance.random((64, 20)), chance.normal(size=64)
        names = tuple(map(str, range(20)))
        told = conditions(names, values, effects, judged(effects, "greater", 0.1), by_chance(64, 20))
        assert len(told) <= SHOWN
        assert bool(told) == (len(idle(names, values, [effects], by_chance(64, 20))) < 20)
        alarms += bool(told)
    # .05 of 400, give or take three standard errors; ranks make Bonferroni's bound a little strict.
    assert 5 <= alarms <= 33


def test_an_effect_that_is_unknown_at_some_points_is_judged_at_the_others(values):
    effects = values[:, 0] - 0.5
    effects[::3] = math.nan
    found = conditions(NAMES, values, effects, judged(effects, "greater", 0.05), CHANCE)
    assert [condition.parameter for condition in found] == ["planted"]
    assert found[0].low.draws + found[0].high.draws < 140
    assert found[0].high.holds == 1.0
    assert conditions(NAMES, values, np.full(300, math.nan), np.zeros(300, dtype=np.int8), CHANCE) == ()


def test_few_points_decide_nothing():
    values = np.arange(9.0).reshape(3, 3)
    effects = values[:, 0]
    assert conditions(NAMES, values, effects, judged(effects, "greater", 0.0), by_chance(3, 3)) == ()


def test_spearman_knows_order_ties_and_gaps():
    x = np.array([1.0, 2.0, 3.0, 4.0, np.nan])
    assert spearman(x, x**3) == pytest.approx(1.0)
    assert spearman(x, -x) == pytest.approx(-1.0)
    assert math.isnan(spearman(x, np.ones(5)))
    assert math.isnan(spearman(x[:2], x[:2]))
    assert spearman(x[:3], x[:3]) == pytest.approx(1.0)


def test_an_idle_assumption_goes_with_no_effect_at_all(values):
    first, second = values[:, 0] - 0.5, values[:, 1] * 2.0
    assert idle(NAMES, values, [first], CHANCE) == ("opposed", "idle")
    assert idle(NAMES, values, [first, second], CHANCE) == ("idle",)
    assert idle(NAMES, values, [first, np.full(300, math.nan)], CHANCE) == ("opposed", "idle")
    assert idle(NAMES, values, [], CHANCE) == NAMES


def test_at_most_three_are_told_and_only_what_passes_the_bound():
    names = tuple("abcde")
    values = np.random.default_rng(7).random((400, 5))
    effects = values[:, :4].sum(axis=1)
    signs = judged(effects, "greater", 0.0)
    told = conditions(names, values, effects, signs, by_chance(400, 5))
    assert len(told) == SHOWN == 3
    bound = abs(told[1].correlation)
    assert [found.parameter for found in conditions(names, values, effects, signs, bound)] == [told[0].parameter]
    assert told[0].parameter not in idle(names, values, [effects], bound)
    assert told[1].parameter in idle(names, values, [effects], bound)


def test_what_was_found_cannot_be_changed():
    values = np.arange(30.0).reshape(30, 1)
    (condition,) = conditions(("a",), values, values[:, 0], judged(values[:, 0], "greater", 0.0), 0.5)
    for found, name in ((condition, "low"), (PATTERNS["fall"], "low"), (match_history(world(), MONTHS), "fits")):
        with pytest.raises(FrozenInstanceError):
            setattr(found, name, None)


def test_more_tests_and_fewer_points_ask_for_more():
    assert by_chance(0, 1) == by_chance(1, 1) > by_chance(2, 1)
    assert by_chance(100, 0) == by_chance(100, 1)
    assert by_chance(100, 1) == pytest.approx(0.196, abs=1e-3)
    assert by_chance(100, 1) < by_chance(100, 84) < by_chance(50, 84)


# Histories


def world(**changed):
    """Return a course with one point that matches, with one series put in its place."""
    series = {
        "kin_display": [0.02, 0.11, 0.05, 0.03, 0.03],
        "loyalty": [0.25, 0.15, 0.16, 0.20, 0.22],
        "hostility": [0.15, 0.22, 0.18, 0.16, 0.15],
    } | changed
    populations = {"kin_display": "kin_camp", "loyalty": "kin_camp", "hostility": "other_camp"}

    def course(measure, population, month):
        assert population == populations[measure]
        return np.array([series[measure][MONTHS.index(month)]])

    return course


def test_a_course_like_the_one_expected_matches():
    found = match_history(world(), MONTHS)
    assert set(found.fits) == set(PATTERNS)
    assert found.matched.tolist() == [True]
    edges = {"kin_display": [0.02, 0.5, 0.05, 0.03, 0.03], "loyalty": [0.0, -0.35, -0.2, -0.2, -0.2]}
    assert match_history(world(**edges), MONTHS).matched.tolist() == [True]


@pytest.mark.parametrize(
    ("pattern", "changed"),
    [
        ("outburst", {"kin_display": [0.02, 0.039, 0.03, 0.03, 0.03]}),
        ("outburst", {"kin_display": [0.02, 0.11, 0.51, 0.03, 0.03]}),
        ("fall", {"loyalty": [0.25, 0.22, 0.23, 0.24, 0.25]}),
        ("fall", {"loyalty": [0.25, -0.11, 0.0, 0.1, 0.2]}),
        ("irritation", {"hostility": [0.15, 0.16, 0.15, 0.15, 0.15]}),
        ("irritation", {"hostility": [0.15, 0.41, 0.18, 0.16, 0.15]}),
        ("recovery", {"loyalty": [0.25, 0.20, 0.19, 0.18, 0.17]}),
        ("recovery", {"loyalty": [0.25, 0.15, 0.20, math.nan, 0.20]}),
    ],
)
def test_a_course_that_breaks_one_pattern_does_not(pattern, changed):
    found = match_history(world(**changed), MONTHS)
    assert not found.matched.any()
    assert not found.fits[pattern].any()


def test_a_pattern_says_what_it_measures_and_has_room():
    for pattern in PATTERNS.values():
        assert pattern.meaning
        assert pattern.low < pattern.high

"""From outcomes to verdicts, on outcomes that are planted: nothing is simulated here.

`planted` gives every run of a plan the value that a function of (arm, variant, point, seed, month) says, so that each
expected number can be worked out by hand.
"""

from dataclasses import FrozenInstanceError, fields, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.claims import BASE, DEFAULT_POINT, SHOWN_ARMS, Outcomes, Size, judge, plan
from experiments.conditions import by_chance
from experiments.memory import BYTES_A_ROW
from experiments.runs import MARKS, POPULATIONS
from experiments.scope import scopes_of
from experiments.verdicts import Shares
from model.measures import MEASURES, NATIONAL_MEASURES
from scenarios import UNCERTAIN, ScenarioError
from scenarios.claim import VARIANTS, Arm, read_claim

SIZE = Size(points=20, seeds=2, citizens=60, default_citizens=80, default_seeds=3)
HEAD = """
number = 99
title = "A test"
claim = "One is more than two."
essay = "No part."
{head}
[arms.one]
policy = "coercion"
set = {{ loyalty_half_life = 11 }}
[arms.two]
policy = "status_quo"
set = {{ loyalty_half_life = 11 }}
[arms.three]
policy = "better_life"
set = {{ loyalty_half_life = 11 }}
"""
PART = """
[[estimands]]
name = "{name}"
measure = "loyalty"
month = {month}
margin = 0.02
contrast = {{ one = 1, two = -1 }}
"""


def planned(tmp_path, *parts, head="", size=SIZE):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD.format(head=head) + "".join(parts))
    claim = read_claim(path, {**MEASURES, **NATIONAL_MEASURES}, POPULATIONS)
    return plan([claim], "kazakhstan-2021", size)


def planted(made, value, status="ok"):
    """Return the outcomes in which `value(arm, variant, point, number of the seed, month)` is every run's loyalty."""
    named = {arm: name for name, arm in made.claims[0].arms.items()}
    months = list(made.marks)
    rows = {}
    for (arm, variant, point, number), key in made.keys.items():
        if arm in named:
            row = {"key": key, "status": status}
            row |= {f"loyalty.kin_camp.{month}": value(named[arm], variant, point, number, month) for month in months}
            # Arms without the lever of a variant are one run under all of them: the base value stands for them.
            rows[key] = rows.get(key, row)
        elif key not in rows:
            rows[key] = {"key": key, "status": status}
    return Outcomes(made, pd.DataFrame(rows.values()))


def ahead(by):
    """Arm one is ahead of arm two by `by(variant, point, month)`; seeds differ by a hundredth and cancel."""
    return lambda arm, variant, point, seed, month: 0.01 * seed + (by(variant, point, month) if arm == "one" else 0.0)


# --- what is planned --------------------------------------------------------------------------------------------------


def test_a_plan_has_every_arm_that_is_compared_at_every_point_and_seed(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40), PART.format(name="b", month=70))
    arms = made.claims[0].arms
    assert {made.horizons[arms["one"]], made.horizons[arms["two"]]} == {70}
    assert arms["three"] not in made.horizons
    assert {made.horizons[arm] for arm in SHOWN_ARMS.values()} == {180}
    assert made.marks == tuple(sorted({0, *MARKS, 40, 70}))
    assert [bundle.point for bundle in made.bundles] == [DEFAULT_POINT] * 3 + [p for p in range(20) for _ in range(2)]
    expected = {(arm, BASE) for arm in made.horizons}
    expected |= {(arms[name], variant) for name in ("one", "two") for variant in VARIANTS}
    assert {place[:2] for place in made.keys} == expected
    assert {run.key for bundle in made.bundles for run in bundle.runs} == set(made.keys.values())
    places = {(point, number) for _, _, point, number in made.keys}
    assert places == {(-1, 1), (-1, 2), (-1, 3)} | {(point, number) for point in range(20) for number in (1, 2)}
    lived = {(bundle.point, run.seed) for bundle in made.bundles for run in bundle.runs}
    own = {(point, seed) for point in range(20) for seed in (1 + point, 1_000_001 + point)}
    assert lived == {(-1, 1), (-1, 2), (-1, 3)} | own


def test_no_two_points_share_a_seed_and_more_of_either_keeps_what_was_made():
    small, large = Size(points=3, seeds=2), Size(points=512, seeds=5)
    every = [seed for point in range(large.points) for seed in large.seeds_at(point)]
    assert len(set(every)) == 512 * 5
    for point in range(small.points):
        assert set(small.seeds_at(point)) < set(large.seeds_at(point))


def test_runs_stand_where_the_plan_says(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40))
    one = made.claims[0].arms["one"]
    usual = made.run(one, BASE, DEFAULT_POINT, 2)
    assert (usual.citizens, usual.seed, usual.months, usual.keeps_series) == (80, 2, 40, True)
    assert usual.parameters == type(usual.parameters)()
    drawn = made.run(one, "everybody believes compelled speech", 3, 1)
    assert (drawn.citizens, drawn.seed, drawn.months, drawn.keeps_series) == (60, 1, 40, False)
    assert drawn.parameters == made.points[3]
    assert dict(drawn.arm.settings) == {"credulity": 1.0, "loyalty_half_life": 11.0}
    assert drawn.marks == usual.marks == made.marks


def test_an_arm_that_is_only_divided_by_or_only_probed_is_lived_too(tmp_path):
    part = PART.format(name="a", month=40) + 'relative_to = "three"\n'
    made = planned(tmp_path, part)
    assert made.horizons[made.claims[0].arms["three"]] == 40
    probe = '[testable]\nname = "p"\nmeasure = "loyalty"\nmonth = 90\nmargin = 0.1\notherwise = "too short"\n'
    made = planned(tmp_path, PART.format(name="a", month=40), probe + "contrast = { two = 1, three = -1 }\n")
    arms = made.claims[0].arms
    assert [made.horizons[arms[name]] for name in ("one", "two", "three")] == [40, 90, 90]


def test_a_month_before_all_others_is_still_a_month(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=0))
    assert made.horizons[made.claims[0].arms["one"]] == 0


def test_a_shown_arm_lives_as_long_as_a_claim_needs(tmp_path):
    path = tmp_path / "mine.toml"
    text = HEAD.format(head="").replace("set = { loyalty_half_life = 11 }", "") + PART.format(name="a", month=200)
    path.write_text(text)
    claim = read_claim(path, MEASURES, POPULATIONS)
    made = plan([claim], "kazakhstan-2021", SIZE)
    assert made.horizons[Arm("coercion")] == made.horizons[Arm("status_quo")] == 200
    assert made.horizons[Arm("welfare")] == 180


def test_the_registered_sizes():
    assert Size(512, 2) == Size(512, 2, citizens=1000, default_citizens=4000, default_seeds=8)


def test_what_is_planned_or_found_cannot_be_changed(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40))
    (finding,) = judge(planted(made, ahead(lambda *_: 0.1)))
    kept = (SIZE, made, finding, finding.parts[0], finding.over_prior[BASE], finding.parts[0].default)
    for thing in kept:
        with pytest.raises(FrozenInstanceError):
            thing.draws = 1
    # What is long is not shown.
    quiet = [part.name for thing in (made, finding.parts[0]) for part in fields(thing) if not part.repr]
    assert quiet == ["keys", "effects", "default_effects"]


# --- effects ----------------------------------------------------------------------------------------------------------


def test_effects_are_weighted_differences_by_point_and_seed(tmp_path):
    part = PART.format(name="a", month=40).replace("one = 1, two = -1", "one = 1, two = 0.5, three = -1.5")
    made = planned(tmp_path, part)
    value = {"one": 0.3, "two": 0.2, "three": 0.1}
    outcomes = planted(made, lambda arm, v, point, seed, m: value[arm] * (1 + point) * seed)
    claim = made.claims[0]
    weighted = 0.3 + 0.5 * 0.2 - 1.5 * 0.1
    expected = weighted * np.outer(np.arange(1, 21), [1, 2])
    assert outcomes.effects(claim, claim.estimands[0], BASE) == pytest.approx(expected, rel=1e-12)
    usual = outcomes.effects(claim, claim.estimands[0], BASE, default=True)
    assert usual.shape == (1, 3)
    assert usual == pytest.approx(0.0, abs=1e-15)


def test_relative_effects_divide_by_the_mean_over_seeds(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40) + 'relative_to = "three"\n')

    def value(arm, variant, point, seed, month):
        if arm == "three":
            return 0.0 if point == 4 else (2 + point) * seed
        return float(seed) if arm == "one" else 0.0

    claim = made.claims[0]
    outcomes = planted(made, value)
    found = outcomes.effects(claim, claim.estimands[0], BASE)
    points = np.arange(20)
    expected = np.outer(1 / (1.5 * (2 + points)), [1, 2])
    expected[4] = np.nan
    assert found == pytest.approx(expected, nan_ok=True)
    # At the default point: seeds 1, 2, 3 over the mean of 1, 2, 3.
    assert outcomes.effects(claim, claim.estimands[0], BASE, default=True)[0] == pytest.approx([0.5, 1.0, 1.5])
    (finding,) = judge(outcomes)
    assert finding.over_prior[BASE].draws == 19


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_a_finding_says_what_was_planted(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40), head="each_alone = true")
    spread = {1: 0.0, 2: 0.03, 3: 0.09}

    def value(arm, variant, point, seed, month):
        return 0.1 + 0.01 * point + spread[seed] if arm == "one" else 0.0

    (finding,) = judge(planted(made, value))
    (part,) = finding.parts
    assert finding.verdict == part.verdict == "supported"
    assert finding.reason == ""
    assert finding.provisional
    assert finding.failed == 0
    assert part.effects == pytest.approx(0.115 + 0.01 * np.arange(20))
    assert part.mean == pytest.approx(0.115 + 0.01 * 9.5)
    assert part.quantiles == pytest.approx((0.1245, 0.21, 0.2955))
    assert part.default_effects == pytest.approx([0.09, 0.12, 0.18])
    half = 4.302652729749464 * np.std([0.0, 0.03, 0.09], ddof=1) / np.sqrt(3)
    assert part.default.seeds == 3
    assert [part.default.mean, part.default.low, part.default.high] == pytest.approx([0.13, 0.13 - half, 0.13 + half])
    assert finding.seed_spread == pytest.approx(0.03 / np.sqrt(2))
    assert finding.over_prior == dict.fromkeys(VARIANTS, Shares(1.0, 0.0, 0.0, 20))


def test_the_spread_over_seeds_is_that_of_the_first_part_in_the_points_that_are_known(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40), PART.format(name="b", month=70))

    def value(arm, variant, point, seed, month):
        if month == 40 and point == 0:
            return np.nan
        return (0.1 * point if month == 40 else 5.0) * seed if arm == "one" else 0.0

    (finding,) = judge(planted(made, value))
    variances = (0.1 * np.arange(1, 20)) ** 2 / 2
    assert finding.seed_spread == pytest.approx(np.sqrt(variances.mean()))
    assert [part.over_prior[BASE].draws for part in finding.parts] == [19, 20]
    assert finding.over_prior[BASE].draws == 19


def test_one_seed_has_no_spread(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40), size=replace(SIZE, seeds=1, default_seeds=1))
    (finding,) = judge(planted(made, ahead(lambda *_: 0.1)))
    assert np.isnan(finding.seed_spread)
    found = finding.parts[0].default
    assert (found.mean, found.seeds) == (pytest.approx(0.1), 1)
    assert np.isnan([found.low, found.high]).all()


def test_parts_of_one_statement_must_hold_in_the_same_draw(tmp_path):
    parts = PART.format(name="a", month=40), PART.format(name="b", month=70)
    # Each part fails in two of twenty draws, and in other draws than its sibling: alone 90 %, together 80 %.
    by = ahead(lambda variant, point, month: 0.0 if point // 2 == (0 if month == 40 else 1) else 0.1)
    (together,) = judge(planted(planned(tmp_path, *parts), by))
    assert together.verdict == "conditional"
    assert together.over_prior[BASE] == Shares(0.8, 0.2, 0.0, 20)
    assert [part.verdict for part in together.parts] == ["supported", "supported"]
    (alone,) = judge(planted(planned(tmp_path, *parts, head="each_alone = true"), by))
    assert alone.verdict == "supported"


def test_parts_that_disagree_make_a_claim_conditional(tmp_path):
    parts = PART.format(name="a", month=40), PART.format(name="b", month=70)
    made = planned(tmp_path, *parts, head="each_alone = true")
    (finding,) = judge(planted(made, ahead(lambda variant, point, month: 0.1 if month == 40 else -0.1)))
    assert [part.verdict for part in finding.parts] == ["supported", "refuted"]
    assert finding.verdict == "conditional"


@pytest.mark.parametrize(("lead", "verdict"), [(0.1, "supported"), (-0.1, "refuted"), (0.01, "equivalent")])
def test_the_verdict_is_whatever_was_planted(tmp_path, lead, verdict):
    made = planned(tmp_path, PART.format(name="a", month=40))
    (finding,) = judge(planted(made, ahead(lambda *_: lead)))
    assert finding.verdict == finding.parts[0].verdict == verdict


@pytest.mark.parametrize("odd", [variant for variant in VARIANTS if variant != BASE])
def test_a_verdict_must_hold_in_every_variant(tmp_path, odd):
    made = planned(tmp_path, PART.format(name="a", month=40))
    (finding,) = judge(planted(made, ahead(lambda variant, *_: -0.1 if variant == odd else 0.1)))
    assert finding.verdict == "conditional"
    assert {variant for variant, share in finding.over_prior.items() if share.contradicted == 1.0} == {odd}
    assert {variant for variant, share in finding.parts[0].over_prior.items() if share.holds == 0.0} == {odd}


@pytest.mark.parametrize(("within", "testable"), [(17, True), (18, False), (20, False)])
def test_a_probe_that_stays_within_its_margin_decides_nothing(tmp_path, within, testable):
    probe = '[testable]\nname = "p"\nmeasure = "loyalty"\nmonth = 90\nmargin = 0.1\notherwise = "too short"\n'
    made = planned(tmp_path, PART.format(name="a", month=40), probe + "contrast = { two = 1, three = -1 }\n")

    def value(arm, variant, point, seed, month):
        if month == 90:
            # Seeds point in opposite directions and must be averaged first; one unknown point says nothing.
            return (0.05 if point < within else 0.5) + (0.3 if seed == 1 else -0.3) if arm == "two" else 0.0
        return 0.1 if arm == "one" else 0.0

    (finding,) = judge(planted(made, value))
    assert finding.verdict == ("supported" if testable else "not testable")
    assert finding.reason == ("" if testable else "too short")


def test_shares_are_told_also_of_the_draws_that_match_history(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40), PART.format(name="b", month=70))
    rows = planted(made, ahead(lambda variant, point, month: 0.1 if point < 8 or month == 70 else -0.1)).rows
    past = {"kin_display.kin_camp": (0.02, 0.11), "loyalty.kin_camp": (0.25, 0.15), "hostility.other_camp": (0.1, 0.2)}
    for name, (before, after) in past.items():
        for month in made.marks:
            rows[f"{name}.{month}"] = rows.get(f"{name}.{month}", np.nan)
            for place in ((p, n) for p in range(4, 20) for n in (1, 2)):
                key = made.keys[SHOWN_ARMS["status_quo"], BASE, *place]
                rows.loc[key, f"{name}.{month}"] = after if month else before
    outcomes = Outcomes(made, rows.reset_index())
    finding = judge(outcomes)[0]
    scopes = scopes_of(outcomes, [finding])
    assert scopes.history.matched.tolist() == [False] * 4 + [True] * 16
    (scope,) = scopes.claims
    assert scope.matched == (Shares(0.25, 0.0, 0.75, 16), Shares(1.0, 0.0, 0.0, 16))
    assert scope.matched_together == Shares(0.25, 0.0, 0.75, 16)
    assert finding.parts[0].over_prior[BASE] == Shares(0.4, 0.0, 0.6, 20)


def test_a_plan_that_memory_cannot_hold_is_refused_by_what_is_too_much(tmp_path, monkeypatch):
    made = planned(tmp_path, PART.format(name="a", month=40))
    each = BYTES_A_ROW * len(VARIANTS) * len(made.horizons)

    def with_room_for(bytes_free, **changed):
        monkeypatch.setattr("experiments.memory.psutil.virtual_memory", lambda: SimpleNamespace(available=bytes_free))
        return plan(made.claims, "kazakhstan-2021", replace(SIZE, **changed))

    with_room_for(40 * each)
    with pytest.raises(ScenarioError, match=r"claim: points x seeds = 40 is too many; at most 39 fit into memory"):
        with_room_for(40 * each - 1)
    with pytest.raises(ScenarioError, match=r"claim: points = 21 is too many; at most 20 fit into memory"):
        with_room_for(20 * each, points=21)
    with pytest.raises(ScenarioError, match=r"claim: default_seeds = 41 is too many"):
        with_room_for(40 * each, default_seeds=41)
    for name in ("citizens", "default_citizens"):
        with pytest.raises(ScenarioError, match=rf"claim: {name} = 1000000000 is too many"):
            with_room_for(40 * each, **{name: 1_000_000_000})


def test_where_a_claim_holds_is_told_by_the_assumption_that_was_planted(tmp_path):
    size = replace(SIZE, points=120)
    made = planned(tmp_path, PART.format(name="a", month=40), PART.format(name="b", month=70), size=size)
    wanted = [point.welfare_weight for point in made.points]
    middle = float(np.median(wanted))

    def lead(variant, point, month):
        return wanted[point] - middle if point >= 0 and month == 40 else 0.0

    outcomes = planted(made, ahead(lead))
    scopes = scopes_of(outcomes, judge(outcomes))
    (scope,) = scopes.claims
    (condition,), nothing = scope.conditions
    assert (condition.parameter, nothing) == ("welfare_weight", ())
    assert condition.correlation == pytest.approx(1.0)
    assert (condition.low.holds, condition.high.holds) == (0.0, 1.0)
    assert [shares.draws for shares in (*scope.matched, scope.matched_together)] == [0, 0, 0]
    assert set(UNCERTAIN) - set(scopes.idle) == {"welfare_weight"}
    assert scope.chance == by_chance(120, 2 * len(UNCERTAIN))
    for found in (scope, scopes):
        with pytest.raises(FrozenInstanceError):
            found.claims = ()


def test_failed_runs_are_counted(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40))
    outcomes = planted(made, ahead(lambda *_: 0.1), status="failed")
    assert outcomes.failed == len(outcomes.rows)
    assert judge(outcomes)[0].failed == len(outcomes.rows)


def test_an_outcome_that_no_run_has_is_unknown(tmp_path):
    made = planned(tmp_path, PART.format(name="a", month=40))
    outcomes = planted(made, ahead(lambda *_: 0.1))
    arm = made.claims[0].arms["one"]
    found = outcomes.values(arm, BASE, "threat", "kin_camp", 40, default=False)
    assert found.shape == (20, 2)
    assert np.isnan(found).all()

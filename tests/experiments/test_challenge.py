"""Challenges: numbers whose nearest turn is known, and small real societies."""

import html
import json
import math
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from killing import kill_in_mid_work

from experiments.challenge import challenge
from experiments.challenge.search import Search, design_point
from experiments.challenge.target import Space, acting, target_of
from experiments.claims import read_claims
from experiments.errors import StoreError
from experiments.store import RunStore
from run import main
from scenarios import DECLARATIONS, UNCERTAIN, Parameters, ScenarioError
from scenarios.claim import Estimand

ROOT = Path(__file__).parents[2]
WIDE = 8.0
CLAIM = """
number = 99
title = "A small one"
claim = "One is better than the other."
essay = "No part."
[arms.better_life]
policy = "better_life"
budget = 0.01
[arms.coercion]
policy = "coercion"
set = { loyalty_half_life = 4.0 }
[[estimands]]
name = "felt"
measure = "loyalty"
month = 38
margin = 0.02
contrast = { better_life = 1, coercion = -1 }
"""


ESTIMAND = """
[[estimands]]
name = "{}"
measure = "loyalty"
month = 38
margin = 0.02
contrast = {{ better_life = 1, coercion = -1 }}
"""


def searched(function, dimensions=40, evaluations=600, width=WIDE, seed=1):
    box = np.full(dimensions, width)
    return Search(-box, box, lambda points: np.array([function(point) for point in points]), evaluations, seed)


def test_the_nearest_turn_of_a_linear_number_is_at_its_value_over_its_gradient():
    gradient = np.random.default_rng(3).normal(size=40)
    search = searched(lambda z: 0.5 + gradient @ z)
    search.screen()
    found = search.nearest(0.0, 300)
    assert found.value < 0.0
    closest = 0.5 / np.linalg.norm(gradient)
    assert closest <= found.distance < 1.02 * closest
    assert found.point @ gradient / (found.distance * np.linalg.norm(gradient)) < -0.98


def test_a_curved_number_is_followed_to_its_own_nearest_turn():
    # Below 0 outside a sphere of radius 1 around a point at distance .3: the nearest turn is at .7.
    centre = np.zeros(12)
    centre[:2] = 0.18, 0.24
    search = searched(lambda z: 1.0 - float(np.sum((z - centre) ** 2)), 12, 900)
    search.screen()
    found = search.nearest(0.0, 700)
    assert 0.7 <= found.distance < 0.8


def test_noise_is_no_obstacle():
    generator = np.random.default_rng(5)
    gradient = generator.normal(size=60) * (np.arange(60) < 8)
    search = searched(lambda z: 0.6 + gradient @ z + 0.02 * generator.normal(), 60, 800)
    search.screen()
    found = search.nearest(-0.03, 400)
    assert found.distance < 1.3 * 0.63 / np.linalg.norm(gradient)


def test_a_number_that_cannot_turn_has_no_turn_and_a_lowest():
    search = searched(lambda z: 1.0 + 0.5 * math.tanh(z[0]) + 0.01 * abs(z[1]), 20, 500, width=1.5)
    search.screen()
    assert search.nearest(0.0, 200) is None
    worst = search.lowest(search.left)
    assert worst.value == pytest.approx(1.0 + 0.5 * math.tanh(-1.5), abs=0.02)


def test_the_lowest_of_a_linear_number_is_in_its_corner():
    gradient = np.random.default_rng(3).normal(size=40)
    search = searched(lambda z: float(gradient @ z), width=1.7)
    search.screen()
    assert search.lowest(search.left).value < -0.99 * 1.7 * np.abs(gradient).sum()


def test_what_is_not_needed_is_reset():
    gradient = np.full(30, 0.001)
    gradient[[4, 11, 23]] = 1.0, -0.8, 0.6
    search = searched(lambda z: 0.5 + gradient @ z, 30, 700)
    search.screen()
    found = search.nearest(0.0, 300)
    sparse = search.sparse(found, 0.0, 200)
    assert set(np.flatnonzero(sparse.point)) <= {4, 11, 23}
    assert sparse.value < 0.0
    assert sparse.distance <= 1.3 * found.distance
    for place in np.flatnonzero(sparse.point):
        without = sparse.point.copy()
        without[place] = 0.0
        assert 0.5 + gradient @ without >= 0.0


def test_where_one_coordinate_is_enough_the_others_are_reset():
    gradient = np.full(10, 0.001)
    gradient[4] = 1.0
    search = searched(lambda z: 0.5 + gradient @ z, 10, 400)
    search.screen()
    sparse = search.sparse(search.nearest(0.0, 100), 0.0, 100)
    assert np.flatnonzero(sparse.point).tolist() == [4]
    assert search.left > 0


def test_a_search_that_may_try_one_point_knows_that_one():
    search = searched(lambda z: 1.0 + float(z.sum()), 25, 1)
    search.screen()
    assert search.nearest(0.0, 4) is None
    assert search.lowest(4).value == 1.0
    assert (len(search.points), search.left) == (1, 0)


def test_the_same_numbers_give_the_same_search_and_the_budget_is_kept():
    asked = []
    for _ in range(2):
        tried = []

        def number(z, tried=tried):
            tried.append(z.copy())
            return 0.4 + float(np.tanh(z).sum()) / 10.0

        search = searched(number, 25, 240, width=1.5, seed=7)
        search.screen()
        search.nearest(0.0, 80)
        search.lowest(search.left)
        assert len(tried) + search.left == 240
        assert search.left < 20
        asked.append(np.array(tried))
    assert (asked[0] == asked[1]).all()
    assert (np.abs(asked[0]) <= 1.5).all()
    few = searched(lambda z: float(z.sum()) + 1.0, 25, 10)
    few.screen()
    few.nearest(0.0, 4)
    assert len(few.points) <= 10


def test_unknown_numbers_are_walked_around():
    search = searched(lambda z: math.nan if z[0] < -0.1 else 0.3 + z[0] + 0.7 * z[1], 6, 500)
    search.screen()
    found = search.nearest(0.0, 400)
    assert found.value < 0.0
    assert found.point[0] >= -0.1
    assert found.distance < 0.45


def test_the_design_point_stays_in_its_box():
    gradient = np.array([3.0, 1.0, 0.0])
    low, high = np.array([-0.1, -2.0, -1.0]), np.array([1.0, 2.0, 1.0])
    point = design_point(gradient, 1.0, np.zeros(3), 0.0, low, high)
    assert point == pytest.approx([-0.1, -0.7, 0.0])
    assert design_point(gradient, 9.0, np.zeros(3), 0.0, low, high) == pytest.approx([-0.1, -2.0, 0.0])
    assert not design_point(gradient, -1.0, np.zeros(3), 0.0, low, high).any()
    free = design_point(gradient, 1.0, np.zeros(3), 0.0, np.full(3, -9.0), np.full(3, 9.0))
    assert np.linalg.norm(free) == pytest.approx(1.0 / np.linalg.norm(gradient))


# What turning means


def estimand(direction, margin=0.02):
    return Estimand("e", "loyalty", "kin_camp", 120, direction, margin, (("a", 1.0), ("b", -1.0)))


@pytest.mark.parametrize(
    ("direction", "effect", "flip", "turned", "not_turned"),
    [
        ("greater", 0.05, "verdict", -0.021, -0.019),
        ("greater", 0.05, "sign", -0.001, 0.001),
        ("greater", -0.05, "verdict", 0.021, 0.019),
        ("greater", -0.01, "sign", 0.001, -0.001),
        ("less", -0.05, "verdict", 0.021, 0.019),
        ("less", 0.05, "verdict", -0.021, -0.019),
        ("not_greater", 0.01, "verdict", 0.021, 0.019),
        ("not_greater", 0.05, "verdict", 0.019, 0.021),
        ("not_less", -0.05, "verdict", -0.019, -0.021),
        ("none", 0.01, "verdict", 0.021, 0.019),
        ("none", -0.01, "verdict", -0.021, -0.019),
        ("none", 0.05, "verdict", 0.019, 0.021),
    ],
)
def test_what_turns_an_estimand_follows_from_its_direction(direction, effect, flip, turned, not_turned):
    target = target_of(estimand(direction), effect, flip)
    assert target.orientation * turned < target.level
    assert target.orientation * not_turned > target.level
    assert target.orientation * effect > target.level


def test_only_what_can_act_is_changed_and_stays_in_its_prior():
    (claim,) = read_claims(["1"])
    names = acting(claim, claim.estimands[0])
    assert "falsification" in names
    assert not {"contact_reassurance", "media_ban_threat", "national_television_weight"} & set(names)
    space = Space.of(UNCERTAIN)
    for point in (space.low, space.high, np.zeros(len(UNCERTAIN)), space.low / 3.0):
        parameters = space.parameters(point)
        for name, value in parameters._asdict().items():
            if (prior := DECLARATIONS[name].prior) is not None:
                assert prior[0] <= value <= prior[1]
        assert space.point(space.changes(point)) == pytest.approx(point, abs=1e-4)
    assert space.parameters(np.zeros(len(UNCERTAIN))) == Parameters()
    assert space.deviation[UNCERTAIN.index("fairness_weight")] == pytest.approx(1.2 / math.sqrt(12))


# A planted effect, through the runner and the store

SLOPES = {"fairness_weight": 0.03, "welfare_weight": 0.02, "threat_weight": -0.01, "initial_loyalty": 0.005}
LUCK = 0.002


def planted(level, fails=lambda run: False):
    """Return work whose effect is linear in a few parameters, counted in deviations, with some luck."""
    space = Space.of(SLOPES)

    def work(bundle):
        rows = []
        for run in bundle.runs:
            at = space.point({name: getattr(run.values, name) for name in SLOPES})
            effect = level + float(at @ list(SLOPES.values())) + LUCK * math.sin(7.0 * run.seed)
            value = effect if run.arm.policy == "better_life" else 0.0
            rows.append({"key": run.key, "point": bundle.point, "seed": run.seed, "policy": run.arm.policy})
            failed = fails(run)
            rows[-1] |= {"status": "failed" if failed else "ok", "loyalty.kin_camp.38": math.nan if failed else value}
        return rows

    return work


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(CLAIM)
    return str(path)


def test_a_planted_effect_is_turned_where_it_should_be(small, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.challenge.trials.make_runs", planted(0.03))
    done = challenge(small, tmp_path / "out", budget=1800, seeds=2, workers=1)
    (answer,) = done.answers
    closest = (0.03 + 0.02) / np.linalg.norm(list(SLOPES.values()))
    assert closest - 0.2 < answer.with_all.distance < 1.25 * closest
    found = answer.nearest
    assert found.confirmed
    assert found.effect.high < -0.02
    assert set(found.changes) <= set(SLOPES)
    assert {"fairness_weight", "welfare_weight"} <= set(found.changes)
    assert found.distance < 1.45 * closest
    box = Space.of(SLOPES)
    lowest = 0.03 + sum(min(g * low, g * high) for g, low, high in zip(SLOPES.values(), box.low, box.high, strict=True))
    assert answer.worst.effect.mean == pytest.approx(lowest, abs=0.006)
    assert answer.worst.confirmed
    assert answer.default_fresh.mean == pytest.approx(0.03, abs=LUCK)
    page = done.page.read_text()
    assert f"Turned at {found.distance:.2f} prior-sd" in page
    assert all(name in page for name in found.changes)
    assert "not confirmed" not in page
    assert done.runs <= done.budget
    assert "confirmed" in done.text()
    assert "NOT confirmed" not in done.text()


def test_a_claim_that_cannot_be_turned_is_said_to_be_so_with_its_nearest_miss(small, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.challenge.trials.make_runs", planted(0.3))
    done = challenge(small, tmp_path / "out", budget=700, seeds=2, workers=1)
    (answer,) = done.answers
    assert answer.nearest is None
    assert answer.worst.effect.mean > 0.15
    assert not answer.worst.confirmed
    assert "none found" in done.text()
    assert "Not turned in" in done.page.read_text()
    assert "the counter-example" not in done.page.read_text()
    assert "nearest miss: +0.1" in done.text() or "nearest miss: +0.2" in done.text()
    assert json.loads(done.answer_file.read_text())["estimands"][0]["found"] is False


def test_where_nothing_comes_nearer_than_the_default_point_the_miss_changes_nothing(small, tmp_path, monkeypatch):
    space = Space.of(UNCERTAIN)

    def bowl(bundle):
        rows = planted(0.0)(bundle)
        for row, run in zip(rows, bundle.runs, strict=True):
            at = space.point({name: getattr(run.values, name) for name in UNCERTAIN if name != "loyalty_half_life"})
            row["loyalty.kin_camp.38"] = (run.arm.policy == "better_life") * (0.3 + float(np.linalg.norm(at)))
        return rows

    monkeypatch.setattr("experiments.challenge.trials.make_runs", bowl)
    done = challenge(small, tmp_path / "out", budget=500, seeds=1, workers=1)
    (answer,) = done.answers
    assert (answer.nearest, answer.miss.deviations, answer.miss.distance) == (None, {}, 0.0)
    commands = {replay.arm: replay.command for replay in answer.miss.replays}
    assert "--set" not in commands["better_life"]
    assert "--set loyalty_half_life=4.0" in commands["coercion"]
    assert "nearest miss: +0.3000 [+0.3000, +0.3000], 0.00 prior-sd" in done.text()
    assert "Not turned in" in done.page.read_text()


def test_the_nearest_miss_of_a_claim_that_is_contradicted_goes_towards_it_and_not_against(small, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.challenge.trials.make_runs", planted(-0.3))
    done = challenge(small, tmp_path / "out", budget=900, seeds=2, workers=1)
    (answer,) = done.answers
    assert (answer.judged, answer.nearest) == ("contradicted", None)
    assert answer.worst.effect.mean < -0.35 < -0.27 < answer.miss.effect.mean < -0.02
    assert f"nearest miss: {answer.miss.effect.mean:+.4f}" in done.text()
    assert f"furthest against it: {answer.worst.effect.mean:+.4f}" in done.text()
    told = json.loads(done.answer_file.read_text())["estimands"][0]
    assert told["nearest_miss"]["effect_in_fresh_seeds"]["mean"] == answer.miss.effect.mean
    page = done.page.read_text()
    assert "the nearest miss" in page
    assert "the furthest against the claim" in page


def test_a_default_point_on_the_edge_is_told_to_be_there(small, tmp_path, monkeypatch):
    level = -0.0207  # the luck of seed 1 lifts it over the margin's edge, that of many seeds does not
    assert level + LUCK * math.sin(7.0) > -0.02
    monkeypatch.setattr("experiments.challenge.trials.make_runs", planted(level))
    done = challenge(small, tmp_path / "out", budget=600, seeds=1, workers=1)
    assert done.answers[0].judged == "within the margin"
    assert done.answers[0].default_fresh.mean < -0.02
    assert "careful: the search's seeds judge the default point otherwise" in done.text()
    assert "Careful: the search" in done.page.read_text()


def test_failed_runs_are_counted_and_a_default_point_that_fails_ends_the_search(small, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "experiments.challenge.trials.make_runs", planted(0.03, lambda run: run.values.fairness_weight < 0.3)
    )
    done = challenge(small, tmp_path / "some", budget=400, seeds=1, workers=1)
    assert 0 < done.failed < done.runs
    assert f"{done.failed} runs failed; points that need them count as unknown" in done.text()
    monkeypatch.setattr("experiments.challenge.trials.make_runs", planted(0.03, lambda run: True))
    with pytest.raises(StoreError, match="the runs at the default point failed"):
        challenge(small, tmp_path / "all", budget=400, seeds=1, workers=1)


def test_one_estimand_is_chosen_by_number_or_name_and_nothing_is_made_twice(small, tmp_path, monkeypatch):
    more = (tmp_path / "small.toml").read_text() + ESTIMAND.format("shown")
    (tmp_path / "small.toml").write_text(more.replace("[arms.coercion]", "[arms.coercion]\nshock = false"))
    monkeypatch.setattr("experiments.challenge.trials.make_runs", planted(0.03))
    settings = {"budget": 400, "seeds": 1, "workers": 1}
    first = challenge(small, tmp_path / "out", estimands=["2", "shown"], **settings)
    assert [answer.estimand.name for answer in first.answers] == ["shown"]
    commands = json.loads(first.answer_file.read_text())["estimands"][0]["furthest_against"]["replay"]
    assert ["--shock-month never" in replay["command"] for replay in commands] == [
        replay["arm"] == "coercion" for replay in commands
    ]
    monkeypatch.setattr("experiments.challenge.trials.make_runs", None)
    again = challenge(small, tmp_path / "out", estimands=["shown"], **settings)
    assert again.text() == first.text()


def test_a_sign_may_turn_long_before_a_verdict(small, tmp_path, monkeypatch):
    monkeypatch.setattr("experiments.challenge.trials.make_runs", planted(0.01))
    done = challenge(small, tmp_path / "out", budget=1400, seeds=4, flip="sign", workers=1)
    assert done.answers[0].nearest.effect.high < 0.0
    assert done.answers[0].with_all.distance < 0.9


# Small societies

SETTINGS = {"budget": 300, "seeds": 1, "citizens": 60}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("challenge")
    (folder / "small.toml").write_text(CLAIM)
    return challenge(str(folder / "small.toml"), folder / "out", workers=1, **SETTINGS)


def test_the_commands_replay_what_is_quoted(done):
    content = json.loads(done.answer_file.read_text())["estimands"][0]
    told = [content[name] for name in ("counter_example", "furthest_against") if content[name]]
    for replay in told[0]["replay"]:
        words = shlex.split(replay["command"])
        assert words[:3] == ["python", "run.py", "simulate"]
        assert main(words[2:]) == 0
        series = pd.read_parquet(Path(words[-1]) / "series.parquet")
        row = series[(series["month"] == 38) & (series["population"] == "kin_camp") & (series["region"] == "all")]
        assert row["loyalty"].item() == replay["outcome"]
    assert {replay["arm"] for replay in told[0]["replay"]} == {"better_life", "coercion"}
    assert list((done.folder / "policies").glob("better_life-*.toml"))


def test_the_page_has_pictures_tables_and_commands_and_needs_nothing_else(done):
    page = done.page.read_text()
    assert page.count("<svg") == 3 * len(done.answers)
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "@import" not in page
    for replay in done.answers[0].shown.replays:
        assert replay.command in html.unescape(page)
        assert f"{replay.arm}: {replay.outcome:+.6f}" in page
    assert {path.stem for path in done.folder.glob("*.svg")} == {"changes_1", "effects_1", "path_1"}
    assert all(path.with_suffix(".png").stat().st_size > 5000 for path in done.folder.glob("*.svg"))
    before = done.answers[0].default_fresh
    assert before.seeds == 16
    assert f"{before.mean:+.4f}" in page


def test_the_budget_holds_and_every_point_is_told(done):
    assert done.runs <= SETTINGS["budget"]
    assert len(pd.read_parquet(done.folder / "runs.parquet")) == done.runs
    points = pd.read_parquet(done.folder / "points.parquet")
    assert len(points) == done.answers[0].points
    assert points["distance"].iloc[0] == 0.0
    assert set(pd.read_parquet(done.folder / "runs.parquet", columns=["seed"])["seed"]) >= {1, 1001, 1016}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_it_resumes_and_finds_the_same(done, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(CLAIM)
    arguments = ["challenge", "small.toml", "--out", "out"]
    arguments += [word for name, value in SETTINGS.items() for word in (f"--{name}", str(value))]
    store = tmp_path / "out" / "store"
    command = [sys.executable, str(ROOT / "run.py"), *arguments, "--workers", "1"]
    kill_in_mid_work(command, store, within=0.3)
    with RunStore(store, read_only=True) as found:
        assert 0 < len(found.finished()) < done.runs
    folder = tmp_path / "out"
    assert main([*arguments, "--workers", "2"]) == 0
    for name in ("runs.parquet", "points.csv", "changes_1.svg", "effects_1.svg", "path_1.svg", "path_1.png"):
        assert (folder / name).read_bytes() == (done.folder / name).read_bytes()
    mine, theirs = (json.loads((place / "counterexamples.json").read_text()) for place in (folder, done.folder))
    for content in (mine, theirs):
        for part in content["estimands"]:
            for example in (part["counter_example"], part["nearest_of_all"], part["furthest_against"]):
                for replay in (example or {"replay": []})["replay"]:
                    replay.pop("command")
    assert mine == theirs


# Refusals


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["better_life_beats_coertion"], ["better_life_beats_coertion", "did you mean 'better_life_beats_coercion'"]),
        (["1", "--budget", "0"], ["--budget 0", "needs at least"]),
        (["1", "--seeds", "0"], ["--seeds 0", "at least 1"]),
        (["1", "--seed", "-1"], ["--seed -1", "at least 0"]),
        (["1", "--flip", "verdit"], ["--flip verdit", "did you mean 'verdict'"]),
        (["1", "--estimand", "5"], ["--estimand 5", "no such estimand"]),
        (["1", "--estimand", "end of policy, equal budgets"], ["did you mean 'end of policy, equal budget'"]),
        (["1", "--country", "kazakhstan-2020"], ["kazakhstan-2020", "did you mean"]),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2_and_writes_nothing(tmp_path, capsys, arguments, words):
    assert main(["challenge", *arguments, "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    for word in words:
        assert word in line
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_refused_and_left_alone(small, tmp_path):
    with pytest.raises(StoreError, match="holds something that is no challenge"):
        challenge(small, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


def test_a_claim_that_cannot_be_tested_is_refused(tmp_path):
    probe = """
    [testable]
    name = "what it would do"
    measure = "loyalty"
    month = 32
    margin = 0.5
    contrast = { better_life = 1, coercion = -1 }
    otherwise = "two months are too short"
    """
    (tmp_path / "short.toml").write_text(CLAIM + probe)
    with pytest.raises(ScenarioError, match="not testable: two months are too short"):
        challenge(str(tmp_path / "short.toml"), tmp_path / "out")
    assert not (tmp_path / "out").exists()

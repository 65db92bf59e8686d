"""Ablations and Shapley values: known games, and small real societies."""

import itertools
import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from killing import kill_in_mid_work

from experiments.claims import read_claims
from experiments.contrasts import refuse_untestable
from experiments.errors import StoreError
from experiments.explanation import explain
from experiments.explanation.mechanisms import read_mechanisms
from experiments.explanation.pictures import pictures
from experiments.explanation.shapley import shapley_values
from experiments.prior import prior_points
from experiments.store import RunStore
from model.society import Society
from run import main
from scenarios import ScenarioError

ROOT = Path(__file__).parents[2]
CLAIM = """
number = 99
title = "A small one"
claim = "One is better than the other."
essay = "No part."
[arms.better_life]
policy = "better_life"
[arms.coercion]
policy = "coercion"
[[estimands]]
name = "felt"
measure = "loyalty"
month = 44
margin = 0.02
contrast = { better_life = 1, coercion = -1 }
[[estimands]]
name = "hostility, relative"
measure = "hostility"
month = 40
margin = 0.1
contrast = { better_life = 1, coercion = -1 }
relative_to = "coercion"
"""
MECHANISMS = """
[[ablations]]
name = "fairness felt"
off = { fairness_weight = 0.0 }
[[ablations]]
name = "contact"
off = { contact_reassurance = 0.0, contact_conciliation = 0.0 }
[[ablations]]
name = "the conflict itself"
shock = false
[[groups]]
name = "fairness"
off = { fairness_weight = 0.0 }
[[groups]]
name = "contact"
off = { contact_reassurance = 0.0 }
[[groups]]
name = "self-persuasion"
off = { internalisation_weight = 0.0 }
"""


# Games whose answer is known


def worth_of(players, value):
    """Return the worth of every coalition, as the function takes it."""
    coalitions = [frozenset(p for p in range(players) if m >> p & 1) for m in range(1 << players)]
    return np.array([[value(coalition)] for coalition in coalitions], dtype=float)


def test_in_an_additive_game_everybody_gets_what_he_brings():
    brought = [0.3, -1.2, 0.0, 2.5]
    values = shapley_values(worth_of(4, lambda coalition: 7.0 + sum(brought[p] for p in coalition)))
    assert values[:, 0] == pytest.approx(brought, abs=1e-12)
    assert values[2, 0] == 0.0


def test_an_interaction_is_shared_by_those_who_make_it():
    values = shapley_values(worth_of(3, lambda c: 1.0 * ({0, 1} <= c) + 6.0 * (c == {0, 1, 2})))
    assert values[:, 0] == pytest.approx([0.5 + 2.0, 0.5 + 2.0, 2.0])
    gloves = shapley_values(worth_of(3, lambda c: 1.0 * (0 in c and len(c) > 1)))
    assert gloves[:, 0] == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_any_game_is_shared_out_whole_and_as_all_orders_say():
    worth = np.random.default_rng(4).normal(size=(32, 3))
    values = shapley_values(worth)
    assert values.sum(axis=0) == pytest.approx(worth[-1] - worth[0], abs=1e-12)
    expected = np.zeros((5, 3))
    for order in itertools.permutations(range(5)):
        members = 0
        for player in order:
            expected[player] += worth[members | 1 << player] - worth[members]
            members |= 1 << player
    assert values == pytest.approx(expected / math.factorial(5), abs=1e-12)


def test_equals_get_the_same_and_who_changes_nothing_gets_nothing():
    values = shapley_values(worth_of(4, lambda c: len(c & {0, 1}) ** 2 - 3.0 * (2 in c)))
    assert values[0, 0] == pytest.approx(values[1, 0], abs=1e-15)
    assert values[3, 0] == 0.0


def test_an_unknown_worth_leaves_its_game_unknown_and_no_other():
    worth = np.random.default_rng(1).normal(size=(4, 2))
    worth[2, 1] = np.nan
    values = shapley_values(worth)
    assert np.isfinite(values[:, 0]).all()
    assert np.isnan(values[:, 1]).all()
    with pytest.raises(ValueError, match="3 coalitions"):
        shapley_values(worth[:3])


# Mechanisms


def test_the_shipped_mechanisms_switch_off_what_they_say():
    shipped = read_mechanisms()
    assert len(shipped.groups) == 9
    assert len(shipped.ablations) > 25
    everything = shipped.coalition(0)
    assert dict(everything.off).keys() == {name for group in shipped.groups for name, _ in group.off}
    assert shipped.coalition(2**9 - 1).off == ()
    assert {name for name, _ in shipped.coalition(2**9 - 2).off} == {name for name, _ in shipped.groups[0].off}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("contact_reassurance = 0.0 }", "contact_reasurance = 0.0 }", ["contact_reasurance", "'contact_reassurance'"]),
        ("off = { internalisation_weight = 0.0 }", "off = { fairness_weight = 0.0 }", ["'fairness_weight' twice"]),
        (
            'name = "contact"\noff = { contact_reassurance = 0.0 }',
            'name = "fairness"\nshock = false',
            ["'fairness' twice"],
        ),
        ("shock = false", "", ["ablations[3]", "switches nothing off"]),
        ("shock = false", "shock = 0", ["shock", "true or false"]),
        ("fairness_weight = 0.0", "fairness_weight = 1e9", ["fairness_weight", "prior 0 to 1.2"]),
    ],
)
def test_bad_mechanisms_are_refused_by_place(tmp_path, old, new, words):
    assert old in MECHANISMS
    (tmp_path / "mine.toml").write_text(MECHANISMS.replace(old, new, 1))
    with pytest.raises(ScenarioError, match=r"mine\.toml") as error:
        read_mechanisms(tmp_path / "mine.toml")
    for word in words:
        assert word in str(error.value)


def test_more_groups_than_can_be_combined_are_refused(tmp_path):
    names = ("fairness_weight", "welfare_weight", "threat_weight", "hostility_weight", "own_past_welfare_weight")
    names += ("social_influence_weight", "credulity", "falsification", "retaliation", "candour", "chilling")
    groups = "".join(f'[[groups]]\nname = "{name}"\noff = {{ {name} = 0.0 }}\n' for name in names)
    (tmp_path / "mine.toml").write_text(MECHANISMS.partition("[[groups]]")[0] + groups)
    with pytest.raises(ScenarioError, match="11; every combination is tried, so 10 at most"):
        read_mechanisms(tmp_path / "mine.toml")


# Small societies


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "small.toml").write_text(CLAIM)
    (folder / "mechanisms.toml").write_text(MECHANISMS)
    return folder


def made(files, out, **changes):
    settings = {
        "points": 2,
        "seeds": 2,
        "citizens": 60,
        "mechanisms": files / "mechanisms.toml",
        "workers": 1,
        **changes,
    }
    return explain([str(files / "small.toml")], out, **settings)


@pytest.fixture(scope="module")
def done(files, tmp_path_factory):
    return made(files, tmp_path_factory.mktemp("explain") / "out")


def test_effects_are_those_of_societies_lived_by_hand(done):
    table = done.tables["effects"]
    for point, seed, kind, off, settings in (
        (-1, 2, "ablation", "fairness felt", {"fairness_weight": 0.0}),
        (1, 2, "coalition", "contact + self-persuasion", {"contact_reassurance": 0.0, "internalisation_weight": 0.0}),
        (0, 1, "ablation", "the conflict itself", {"shock_month": math.inf}),
    ):
        values = {} if point < 0 else prior_points(2)[point]._asdict()
        lived = {
            arm: Society(policy=arm, citizens=60, months=44, seed=seed, **{**values, **settings}).run()
            for arm in ("better_life", "coercion")
        }
        rows = table[
            (table["point"] == point) & (table["seed"] == seed) & (table["kind"] == kind) & (table["off"] == off)
        ]
        felt = lived["better_life"].measure("loyalty")[44] - lived["coercion"].measure("loyalty")[44]
        assert rows.set_index("estimand").loc["felt", "effect"] == felt


def test_a_relative_effect_is_divided_by_the_mean_over_the_seeds_of_its_point(done):
    table = done.tables["effects"]
    rows = table[(table["estimand"] == "hostility, relative") & (table["point"] == -1) & (table["kind"] == "full")]
    shown = [
        [Society(policy=arm, citizens=60, months=40, seed=seed).run().measure("hostility")[40] for seed in (1, 2)]
        for arm in ("better_life", "coercion")
    ]
    expected = (np.array(shown[0]) - np.array(shown[1])) / np.mean(shown[1])
    assert rows["effect"].tolist() == expected.tolist()


def test_a_mechanism_that_no_arm_uses_adds_exactly_nothing(done):
    ablations = done.tables["ablations"]
    contact = ablations[ablations["mechanism"] == "contact"]
    assert len(contact) == 4
    assert (contact[["mean", "mean_abs", "sign_flips", "verdict_changes"]] == 0.0).all().all()
    fairness = ablations[(ablations["mechanism"] == "fairness felt") & (ablations["estimand"] == "felt")]
    assert (fairness["mean_abs"] > 0.0).all()
    values = done.tables["shapley"]
    assert (values[values["group"] == "contact"]["mean_abs"] == 0.0).all()


def test_shapley_values_sum_to_the_effect_with_all_on_minus_all_off(done):
    for _, part in done.tables["shapley"].groupby(["claim", "estimand", "where"]):
        rest = part[~part["player"]].set_index("group")["mean"]
        whole = rest["all groups on"] - rest["all groups off"]
        assert part.loc[part["player"], "mean"].sum() == pytest.approx(whole, abs=1e-14)
        assert len(part) == 5
    full = done.tables["ablations"].groupby(["estimand", "where"])["effect"].first()
    on = done.tables["shapley"].query("group == 'all groups on'").set_index(["estimand", "where"])["mean"]
    assert full.to_dict() == pytest.approx(on.to_dict(), abs=1e-15)


def test_files_and_page_are_whole_and_say_what_was_done(done):
    names = {path.name for path in done.folder.iterdir()}
    assert names >= {
        "runs.parquet",
        "explanation.html",
        "shapley_small.png",
        "shapley_small.svg",
        "ablations_small.svg",
    }
    assert not [name for name in names if name.endswith(".part")]
    for name, table in done.tables.items():
        assert pd.read_parquet(done.folder / f"{name}.parquet").equals(table)
        assert len(pd.read_csv(done.folder / f"{name}.csv")) == len(table)
    page = done.page.read_text()
    assert not [word for word in ("src=", 'href="http', "url(http", "@import", "<script", "<link") if word in page]
    for words in ("A small one", "self-persuasion", "fairness_weight = 0", "the conflict never comes"):
        assert words in page
    assert "self-persuasion" in done.text()
    manifest = json.loads((done.folder / "store" / "manifest.json").read_text())["produced_by"]
    assert manifest["kind"] == "explanation"
    assert manifest["groups"] == ["fairness", "contact", "self-persuasion"]


def test_more_seeds_or_points_make_only_what_is_new(done, files, tmp_path):
    made(files, tmp_path / "out", points=1, seeds=1)
    first = len(pd.read_parquet(tmp_path / "out" / "runs.parquet"))
    more = made(files, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "store" / "manifest.json").read_text())
    assert 0 < first < more.runs == manifest["counts"]["ok"]
    for name, table in more.tables.items():
        assert table.equals(done.tables[name])
    alone = made(files, tmp_path / "out", points=0, seeds=1)
    assert alone.tables["shapley"]["low"].isna().all()
    assert "nan" not in alone.text()
    assert "default, 1 seed\n" in alone.text()


def test_where_no_seed_has_a_value_that_is_said(done):
    """A relative effect has none where its reference is nothing."""
    values = done.tables["shapley"].copy()
    values.loc[values["estimand"] == "felt", ["mean", "low", "high", "mean_abs"]] = np.nan
    none = replace(done, tables={**done.tables, "shapley": values})
    assert "nan" not in none.text()
    assert "no value" in none.text()
    name, _, figure = next(pictures(none))
    assert name == "shapley_small"
    said = {axis.get_title("left"): [text.get_text() for text in axis.texts] for axis in figure.axes}
    assert said["felt"] == ["no value"]
    assert [texts for title, texts in said.items() if title and title != "felt"] == [[]] * (len(said) - 1)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_killed_it_ends_with_the_same_tables(done, files, tmp_path):
    arguments = ["explain", str(files / "small.toml"), "--mechanisms", str(files / "mechanisms.toml"), "--points", "2"]
    arguments += ["--seeds", "2", "--citizens", "60", "--out", str(tmp_path / "out")]
    store = tmp_path / "out" / "store"
    command = [sys.executable, str(ROOT / "run.py"), *arguments, "--workers", "1"]
    kill_in_mid_work(command, store, within=0.1)
    with RunStore(store, read_only=True) as found:
        assert 0 < len(found.finished()) <= done.runs
    assert main([*arguments, "--workers", "2"]) == 0
    for name in ("shapley.csv", "ablations.csv", "effects.csv", "runs.parquet", "shapley_small.svg"):
        assert (tmp_path / "out" / name).read_bytes() == (done.folder / name).read_bytes()


def test_a_failed_run_takes_away_its_place_and_is_told(files, tmp_path, monkeypatch):
    live = Society.run

    def fail(self, months=None):
        if self.seed == 2 and self.parameters.fairness_weight == 0.0 and self.policy.name == "coercion":
            raise FloatingPointError("planted")
        return live(self, months)

    monkeypatch.setattr(Society, "run", fail)
    done = made(files, tmp_path / "out", points=0)
    assert done.failed > 0
    assert "runs failed" in done.text()
    values = done.tables["shapley"]
    assert values.query("player").groupby("estimand")["of"].unique().to_dict() == {
        "felt": [1],
        "hostility, relative": [0],
    }
    assert "runs failed" in done.page.read_text()


def test_each_estimand_has_a_panel_and_a_margin_only_if_it_has_one(files, tmp_path):
    third = '[[estimands]]\nname = "shown"\nmeasure = "kin_display"\nmonth = 40\nmargin = 0.0\n'
    (tmp_path / "three.toml").write_text(CLAIM + third + "contrast = { better_life = 1, coercion = -1 }\n")
    settings = {"points": 0, "seeds": 1, "citizens": 40, "workers": 1, "mechanisms": files / "mechanisms.toml"}
    done = explain([str(tmp_path / "three.toml")], tmp_path / "out", **settings)
    for _, _, figure in pictures(done):
        panels = {axis.get_title(loc="left"): axis for axis in figure.axes if axis.axison}
        assert list(panels) == ["felt", "hostility, relative", "shown"]
        bands = {name: sum(patch.get_alpha() == 0.12 for patch in axis.patches) for name, axis in panels.items()}
        assert bands == {"felt": 1, "hostility, relative": 1, "shown": 0}


# Refusals


def test_two_groups_cannot_both_switch_the_conflict_off(tmp_path):
    path = tmp_path / "twice.toml"
    path.write_text(MECHANISMS + '[[groups]]\nname = "war"\nshock = false\n[[groups]]\nname = "peace"\nshock = false\n')
    with pytest.raises(ScenarioError, match=r"twice.toml: groups more than one switches the conflict off"):
        read_mechanisms(path)


def test_an_explanation_of_nothing_is_refused(tmp_path):
    with pytest.raises(ScenarioError, match="name at least one claim"):
        explain([], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_estimands_of_one_name_are_refused(tmp_path):
    path = tmp_path / "twice.toml"
    path.write_text(CLAIM.replace('"hostility, relative"', '"felt"'))
    with pytest.raises(ScenarioError, match=r"twice.toml: estimands have the name 'felt' twice"):
        explain([str(path)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


PROBE = """
[testable]
name = "what contact would do"
measure = "loyalty"
month = 32
margin = {margin}
contrast = {{ better_life = 1, coercion = -1 }}
otherwise = "two months are too short"
"""


def test_a_claim_that_cannot_be_tested_is_refused_and_nothing_written(tmp_path, capsys):
    (tmp_path / "short.toml").write_text(CLAIM + PROBE.format(margin=0.5))
    assert main(["explain", "1", str(tmp_path / "short.toml"), "--out", str(tmp_path / "out"), "--quiet"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "claim 99 (short) is not testable: two months are too short" in line
    assert not (tmp_path / "out").exists()
    (tmp_path / "short.toml").write_text(CLAIM + PROBE.format(margin=0.0))
    refuse_untestable(read_claims([str(tmp_path / "short.toml")]), "kazakhstan-2021")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["better_life_beats_coertion"], ["better_life_beats_coertion", "did you mean 'better_life_beats_coercion'"]),
        (["1", "--points", "-1"], ["--points -1", "at least 0"]),
        (["1", "--seeds", "0"], ["--seeds 0", "at least 1"]),
        (["1", "--citizens", "0"], ["--citizens 0", "at least 1"]),
        (["1", "--mechanisms", "no/such.toml"], ["no/such.toml", "cannot be read"]),
        (["1", "--country", "kazakhstan-2020"], ["kazakhstan-2020", "did you mean"]),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2_and_writes_nothing(tmp_path, capsys, arguments, words):
    assert main(["explain", *arguments, "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    for word in words:
        assert word in line
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_refused_and_left_alone(files, tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(StoreError, match="holds something that is no explanation"):
        made(files, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with RunStore(tmp_path / "trial" / "store", produced_by={"what": "a trial"}):
        pass
    before = (tmp_path / "trial" / "store" / "manifest.json").read_bytes()
    with pytest.raises(StoreError, match="holds something that is no explanation"):
        made(files, tmp_path / "trial")
    assert (tmp_path / "trial" / "store" / "manifest.json").read_bytes() == before

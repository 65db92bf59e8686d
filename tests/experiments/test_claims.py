"""Claims from file to finding, on small real societies."""

import json
import math
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from agents.rules import fairness
from experiments import docking, findings
from experiments.claims import (
    BASE,
    DEFAULT_POINT,
    SHOWN_ARMS,
    Outcomes,
    Size,
    judge,
    plan,
    read_claims,
)
from experiments.errors import StoreError
from experiments.findings import findings_page
from experiments.prior import assumed, prior_point, prior_points
from experiments.progress import Quiet
from experiments.runs import Bundle, Run, column, describe_runs, make_runs
from experiments.selection import always_stayers, selection
from experiments.trial import chosen_size, hold_trial
from model.measures import MEASURES, NATIONAL_MEASURES
from model.society import Society
from scenarios import DECLARATIONS, UNCERTAIN, Parameters, ScenarioError
from scenarios.claim import VARIANTS, Arm, read_claim

TINY = Size(points=2, seeds=2, citizens=60, default_citizens=80, default_seeds=2)
POPULATIONS = ("everyone", "kin_camp", "other_camp")
CLAIM = """
number = 99
title = "A test"
claim = "Nothing differs from itself."
essay = "No part."
[arms.one]
policy = "coercion"
[arms.two]
policy = "coercion"
[[estimands]]
name = "the same arm twice"
measure = "loyalty"
month = 40
margin = 0.02
contrast = { one = 1, two = -1 }
"""


def claim_from(tmp_path, text=CLAIM, name="mine.toml"):
    path = tmp_path / name
    path.write_text(text)
    return read_claim(path, {**MEASURES, **NATIONAL_MEASURES}, POPULATIONS)


def test_the_twelve_claims_of_the_essay_are_there_in_order():
    claims = read_claims()
    assert [claim.number for claim in claims] == list(range(1, 13))
    assert all(claim.claim and claim.essay for claim in claims)
    assert len({claim.digest() for claim in claims}) == 12


def test_claim_one_has_its_four_cells():
    (claim,) = read_claims(["1"])
    cells = {(part.month, claim.arms[part.contrast[0][0]].budget) for part in claim.estimands}
    assert cells == {(120, None), (180, None), (120, 0.004), (180, 0.004)}
    assert claim.each_alone
    assert claim.testable is None


def test_a_number_that_no_claim_has_is_refused_with_those_that_are():
    with pytest.raises(ScenarioError, match=r"no shipped claim has the number 13; allowed: 1, 2, .* 11, 12, names"):
        read_claims(["1", "13"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('measure = "loyalty"', 'measure = "loyality"', ["mine.toml", "measure", "'loyality'", "loyalty"]),
        ("one = 1, two = -1", "one = 1, three = -1", ["unknown arm 'three'"]),
        ("one = 1, two = -1", "one = 1, two = 1", ["weights must sum to 0"]),
        ("month = 40", "month = -1", ["month", "-1"]),
        ("margin = 0.02", "margin = nan", ["margin", "nan"]),
        ('policy = "coercion"\n[arms.two]', 'policy = "coertion"\n[arms.two]', ["coertion", "did you mean 'coercion'"]),
        ("[arms.two]", "[arms.two]\nset = { credulty = 1 }", ["credulty", "did you mean 'credulity'"]),
        ("number = 99", "numbr = 99", ["number"]),
        ("margin = 0.02", 'margin = 0.02\ndirection = "up"', ["direction", "'up'", "greater"]),
        ("number = 99", "number = 99\neach_alone = 1", ["mine.toml", "each_alone = 1", "true or false"]),
        ('policy = "coercion"\n[arms.two]', 'policy = "coercion"\nshock = "no"\n[arms.two]', ["shock = 'no'"]),
    ],
)
def test_bad_claims_are_refused_by_place(tmp_path, old, new, words):
    assert old in CLAIM
    with pytest.raises(ScenarioError) as caught:
        claim_from(tmp_path, CLAIM.replace(old, new))
    for word in words:
        assert word in str(caught.value)


def test_digest_is_the_registered_rule_and_not_its_words(tmp_path):
    before = claim_from(tmp_path)
    assert claim_from(tmp_path, CLAIM.replace("A test", "Other words")).digest() == before.digest()
    assert claim_from(tmp_path, CLAIM.replace("margin = 0.02", "margin = 0.03")).digest() != before.digest()
    assert claim_from(tmp_path, CLAIM.replace("month = 40", "month = 41")).digest() != before.digest()


def test_points_fill_the_prior_and_can_be_continued():
    few, more = prior_points(8), prior_points(32)
    assert few == more[:8]
    for name in UNCERTAIN:
        low, high = DECLARATIONS[name].prior
        values = [getattr(point, name) for point in more]
        assert low <= min(values)
        assert max(values) <= high
        assert max(values) - min(values) > 0.8 * (high - low)


def test_no_assumption_of_a_trial_stands_for_another():
    """Of 3,486 pairs the furthest correlates by some 3.8 standard errors; a space-filling sequence had .85 here."""
    for points in (128, 512):
        found = np.corrcoef(assumed(prior_points(points)), rowvar=False)
        assert np.abs(found[~np.eye(len(found), dtype=bool)]).max() < 5.0 / math.sqrt(points)


def test_the_points_are_those_that_were_registered():
    """The register says that each is drawn for itself; what was drawn stands here."""
    first, last = prior_point(0), prior_point(511)
    assert (first.welfare_weight, first.fairness_weight) == pytest.approx((0.0537048244201731, 1.113874188606651))
    assert (last.welfare_weight, last.initial_hostility) == pytest.approx((0.9709528081883192, 0.09388181729405982))


def test_points_are_uniform_in_every_dimension():
    bounds = np.array([DECLARATIONS[name].prior for name in UNCERTAIN], dtype=float)
    unit = (assumed(prior_points(512)) - bounds[:, 0]) / (bounds[:, 1] - bounds[:, 0])
    assert min(kstest(column, "uniform").pvalue for column in unit.T) > 0.001
    assert kstest(unit.ravel(), "uniform").pvalue > 0.05


def run_of(arm, parameters=None, **changes):
    made = {"months": 40, "country": "kazakhstan-2021", "citizens": 60, "seed": 1} | changes
    return Run(arm, parameters=parameters or Parameters(), **made)


def test_key_is_the_society_and_nothing_else():
    quiet, loud = run_of(Arm("status_quo")), run_of(Arm("coercion"))
    assert quiet.key != loud.key
    assert run_of(Arm("status_quo"), Parameters(credulity=1.0)).key == quiet.key
    assert run_of(Arm("coercion"), Parameters(credulity=1.0)).key != loud.key
    assert run_of(Arm("status_quo", settings=(("threat_weight", 0.45),))).key == quiet.key
    for change in ({"seed": 2}, {"citizens": 61}, {"months": 41}, {"country": "kazakhstan-2009"}):
        assert run_of(Arm("status_quo"), **change).key != quiet.key
    assert run_of(Arm("status_quo", shock=False)).key != quiet.key


def test_runs_branched_from_a_shared_past_equal_runs_from_month_0():
    arms = [
        Arm("status_quo"),
        Arm("coercion"),
        Arm("better_life", budget=0.004),
        Arm("coercion", None, (("credulity", 0.0),)),
    ]
    runs = [run_of(arm, months=50) for arm in arms]
    rows = make_runs(Bundle(0, tuple(runs)))
    for run, row in zip(runs, rows, strict=True):
        alone = Society(citizens=60, months=50, seed=1, policy=run.policy, **run.values._asdict()).run()
        for population in POPULATIONS:
            for measure in MEASURES:
                expected = float(alone.measure(measure, population)[50])
                assert row[column(measure, population, 50)] == expected or math.isnan(expected)
        assert row["output.50"] == float(alone.national("output")[50])


def test_rows_say_what_they_were_made_of():
    bundle = Bundle(7, (run_of(Arm("coercion", budget=0.004)),))
    (row,), (described,) = make_runs(bundle), describe_runs(bundle)
    assert set(described.items()) <= set(row.items())
    assert (row["point"], row["policy"], row["seed"], row["lever.coercion"]) == (7, "coercion", 1, 1.0)
    assert row["p.credulity"] == 0.5


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    return hold_trial(folder / "out", size=TINY, workers=1, progress=Quiet())


def test_a_trial_leaves_its_verdicts_and_runs(trial):
    verdicts = json.loads((trial.folder / "verdicts.json").read_text())
    assert [claim["number"] for claim in verdicts["claims"]] == list(range(1, 13))
    assert all(
        claim["verdict"] in ("supported", "refuted", "equivalent", "conditional", "not testable")
        for claim in verdicts["claims"]
    )
    assert all(claim["provisional"] for claim in verdicts["claims"])
    runs = pd.read_parquet(trial.folder / "runs.parquet")
    assert len(runs) == len({key for bundle in trial.plan.bundles for key in bundle.keys})
    assert (runs["status"] == "ok").all()


def test_effects_are_the_contrasts_of_the_stored_rows(trial):
    finding = trial.findings[0]
    runs = pd.read_parquet(trial.folder / "runs.parquet").set_index("key")
    part = finding.parts[0]
    claim = finding.claim
    for point in range(TINY.points):
        by_hand = np.mean(
            [
                runs.loc[trial.plan.run(claim.arms["better_life"], BASE, point, seed).key, "loyalty.kin_camp.120"]
                - runs.loc[trial.plan.run(claim.arms["coercion"], BASE, point, seed).key, "loyalty.kin_camp.120"]
                for seed in TINY.seeds_at(point)
            ]
        )
        assert part.effects[point] == pytest.approx(by_hand, abs=1e-15)


def test_variants_change_arms_with_coercion_only(trial):
    for variant in VARIANTS:
        quiet = trial.plan.run(SHOWN_ARMS["better_life"], variant, 0, 1)
        assert quiet.key == trial.plan.run(SHOWN_ARMS["better_life"], BASE, 0, 1).key
    keys = {trial.plan.run(Arm("coercion"), variant, 0, 1).key for variant in VARIANTS}
    assert len(keys) == len(VARIANTS)


def test_the_default_point_has_its_own_size_and_series(trial):
    row = trial.outcomes.row(SHOWN_ARMS["coercion"], seed=1)
    assert row["citizens"] == TINY.default_citizens
    assert row["point"] == DEFAULT_POINT
    assert len(json.loads(row["series"])["loyalty.kin_camp"]) == 181


def test_equal_arms_differ_by_exactly_nothing(tmp_path):
    claim = claim_from(tmp_path)
    made = plan([claim], "kazakhstan-2021", Size(1, 1, 60, 60, 1))
    rows = pd.DataFrame([row for bundle in made.bundles for row in make_runs(bundle)])
    (finding,) = judge(Outcomes(made, rows))
    assert finding.parts[0].effects.tolist() == [0.0]
    assert finding.verdict == "equivalent"


def test_points_without_an_outcome_are_left_out_of_the_shares(tmp_path):
    relative = CLAIM.replace('measure = "loyalty"', 'measure = "kin_display"\nrelative_to = "two"')
    made = plan([claim_from(tmp_path, relative)], "kazakhstan-2021", Size(3, 1, 60, 60, 1))
    rows = pd.DataFrame([row for bundle in made.bundles for row in make_runs(bundle)])
    outcome = "kin_display.kin_camp.40"
    rows[outcome] = np.where(rows["point"] == 1, 0.0, 0.1)
    (finding,) = judge(Outcomes(made, rows))
    assert np.isnan(finding.parts[0].effects).tolist() == [False, True, False]
    assert finding.over_prior[BASE].draws == 2
    rows[outcome] = 0.0
    (nothing,) = judge(Outcomes(made, rows))
    assert nothing.verdict == "conditional"
    assert nothing.over_prior[BASE].draws == 0


def test_a_second_trial_makes_no_run_again(trial, monkeypatch):
    monkeypatch.setattr("experiments.trial.make_runs", None)
    again = hold_trial(trial.folder, size=TINY, workers=1, progress=Quiet())
    assert [f.verdict for f in again.findings] == [f.verdict for f in trial.findings]


def test_the_page_of_findings_says_what_the_verdicts_say(trial, monkeypatch, capsys):
    verdicts = json.loads((trial.folder / "verdicts.json").read_text())
    page = findings_page(verdicts)
    for claim in verdicts["claims"]:
        assert f"| {claim['number']}. {claim['title']} | **{claim['verdict']}**" in page
    assert "provisional" in page
    final = verdicts | {"provenance": verdicts["provenance"] | {"points": 512, "seeds": 2, "citizens": 4000}}
    assert "final by the registered rule" in findings_page(final)
    part = verdicts["claims"][1]["estimands"][0]
    part["matched"] = {"holds": 0.5, "neutral": 0.25, "contradicted": 0.25}
    assert f"| 2 | {part['name']} | nothing beyond chance |  |  | 50 / 25 / 25 |" in findings_page(verdicts)
    third = {"holds": 0.125, "neutral": 0.0, "contradicted": 0.875}
    part["conditions"] = [{"parameter": "credulity", "correlation": -0.5, "low_third": third, "high_third": third}]
    assert f"| 2 | {part['name']} | `credulity` (-0.50) | 13 / 0 / 88 | 13 / 0 / 88 |" in findings_page(verdicts)
    monkeypatch.setattr("sys.argv", ["findings", str(trial.folder)])
    runpy.run_path(findings.__file__, run_name="__main__")
    assert capsys.readouterr().out == page


def test_findings_of_an_older_version_are_refused(tmp_path, monkeypatch):
    (tmp_path / "verdicts.json").write_text('{"claims": []}')
    monkeypatch.setattr("sys.argv", ["findings", str(tmp_path)])
    with pytest.raises(SystemExit, match="an older version wrote it"):
        runpy.run_path(findings.__file__, run_name="__main__")


def test_docking_compares_base_arms_and_finds_the_rule_that_it_undoes(trial):
    runs = pd.read_parquet(trial.folder / "runs.parquet")
    table = docking.share_table(runs)
    part = trial.findings[0].parts[0]
    line = next(line for line in table.splitlines() if line.startswith("| equal intensity | 120"))
    assert f"{np.mean(part.effects):+.3f} | 2 x 2 |" in line
    assert docking.PROMISE_GAP in Path(fairness.__file__).read_text()


def test_docking_sets_every_number_of_the_prototype_beside_ours(trial, monkeypatch, capsys):
    monkeypatch.setattr(docking, "SEEDS", (1, 2))
    monkeypatch.setattr(docking, "Society", lambda **settings: Society(**{**settings, "citizens": 60}))
    monkeypatch.setattr(docking, "paths_without_ruling_1", docking.paths)
    monkeypatch.setattr("sys.argv", ["docking", str(trial.folder)])
    docking.main()
    told = capsys.readouterr().out
    here = Society(citizens=60, seed=1).run().measure("loyalty"), Society(citizens=60, seed=2).run().measure("loyalty")
    line = next(line for line in told.splitlines() if line.startswith("| status quo: loyalty, kin camp | 120"))
    assert f"| 0.213 | {np.mean([loyalty[120] for loyalty in here]):.3f} (" in line
    assert told.count(": prototype |") == told.count(": here (s.e.) |") == len(docking.PATHS)
    assert told.count("ruling 1 undone |") == 3
    assert told.count("36 log points richer") == 1
    assert told.count("intensity |") + told.count("budget |") == len(docking.SHARES) + len(docking.MATCHED)


def test_docking_sets_matched_draws_beside_those_of_the_prototype(trial):
    verdicts = json.loads((trial.folder / "verdicts.json").read_text())
    part = verdicts["claims"][0]["estimands"][1]
    part["matched"] = {
        "holds": 0.7,
        "neutral": 0.2,
        "contradicted": 0.1,
        "draws": 9,
        "errors": [0.1, 0.2, 0.3],
    }
    verdicts["claims"][0]["estimands"][0]["matched"]["draws"] = 0
    verdicts["history"] |= {"matched": 9, "points": 20}
    table = docking.matched_table(verdicts)
    wanted = (
        "| 60 months after, equal intensity | 0.726 / 0.198 / 0.076 | 0.700 (0.100) / 0.200 (0.200) / 0.100 (0.300) |"
    )
    assert wanted in table
    assert "| end of policy, equal intensity | 0.567 / 0.143 / 0.290 | unknown |" in table
    assert "Of the prototype's draws .55 match, here 0.45;" in table


def test_docking_without_a_trial_compares_no_shares(monkeypatch, capsys):
    for name in ("history_table", "path_table", "rich_kin_table"):
        monkeypatch.setattr(docking, name, lambda name=name: f"the {name}")
    monkeypatch.setattr("sys.argv", ["docking"])
    docking.main()
    told = capsys.readouterr().out
    assert [line for line in told.splitlines() if line.startswith("the ")] == [
        "the history_table",
        "the path_table",
        "the rich_kin_table",
    ]
    assert "Shares over the prior" not in told


def test_a_comparison_whose_rule_has_been_rewritten_is_refused(monkeypatch):
    monkeypatch.setattr(docking, "PROMISE_GAP", "broken_promise = 0.0")
    with pytest.raises(ValueError, match="the promise gap is not written as this comparison expects"):
        docking.paths_without_ruling_1(("coercion",))


def test_quick_backs_no_verdict(tmp_path):
    made = hold_trial(tmp_path / "q", claims=["4"], size=TINY, quick=True, workers=1, progress=Quiet())
    written = json.loads((made.folder / "verdicts.json").read_text())
    assert written["backs_a_verdict"] is False
    assert written["claims"][0]["verdict"] is None


def test_a_foreign_folder_is_refused_untouched(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(StoreError, match="holds something that is no trial"):
        hold_trial(tmp_path, size=TINY, workers=1, progress=Quiet())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_bad_sizes_and_names_are_refused_before_any_work(tmp_path):
    with pytest.raises(ScenarioError, match="points = 0"):
        chosen_size(0, None, None, quick=False)
    with pytest.raises(ScenarioError, match="did you mean 'campaign_raises_tension'"):
        hold_trial(tmp_path / "x", claims=["campain_raises_tension"], size=TINY, progress=Quiet())
    with pytest.raises(ScenarioError, match="kazakhstan-2021"):
        hold_trial(tmp_path / "x", country="kazakhstan-2020", size=TINY, progress=Quiet())
    assert not (tmp_path / "x").exists()


def test_size_takes_what_the_user_chose():
    assert chosen_size(7, None, None, quick=False).points == 7
    assert chosen_size(None, None, 50, quick=True).citizens == 50


def test_always_stayers_are_those_who_stay_in_every_arm():
    arms = [
        Society(citizens=400, months=60, seed=1, policy=name, departure_rate=0.2).run()
        for name in ("coercion", "better_life")
    ]
    first, second = (society.world.columns for society in arms)
    stay = first.present & second.present & (first.camp == 0)
    assert 0 < stay.sum() < (first.camp == 0).sum()
    for society, found in zip(arms, always_stayers(arms), strict=True):
        assert found == pytest.approx(society.world.columns.loyalty[stay].mean(), abs=1e-15)


def test_selection_compares_the_same_people():
    rows = selection("kazakhstan-2021", 300, seeds=(1, 2))
    assert [(row.month, row.arm) for row in rows] == [
        (month, arm) for month in (120, 180) for arm in ("status_quo", "coercion", "better_life")
    ]
    alone = [Society(citizens=300, seed=seed, policy="coercion").run() for seed in (1, 2)]
    expected = np.mean([society.measure("loyalty")[120] for society in alone])
    assert rows[1].cohort == pytest.approx(expected, abs=1e-15)
    assert rows[1].stayers != rows[1].cohort

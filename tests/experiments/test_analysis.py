"""The analysis on known answers: indices, boxes and splits that mathematics knows, and arms that are the same."""

import math
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("SALib")
pytest.importorskip("ema_workbench")

from experiments.analysis import analyze
from experiments.analysis.discovery import Box, find_box, grow_tree
from experiments.analysis.page import write_page
from experiments.analysis.pictures import _tick, pictures
from experiments.analysis.sensitivity import (
    morris_effects,
    rank_correlations,
    ratio_by_chance,
    sobol_indices,
    variance_between,
    variance_parts,
    variance_split,
)
from experiments.analysis.study import mean_interval, sensitivity_of, study
from experiments.claims import read_claims
from experiments.designs import design_of
from experiments.errors import StoreError
from experiments.runs import column
from experiments.sweep import hold_sweep
from experiments.verdicts import whole_percent
from model.society import Society
from run import main
from scenarios import UNCERTAIN

THREE = ["fairness_weight", "welfare_weight", "threat_weight"]
LETTERS = list("abcdef")


def ishigami(unit):
    x = -np.pi + 2 * np.pi * unit
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def unit_of(design):
    return np.column_stack([axis.unit(x) for axis, x in zip(design.axes, design.coordinates.T, strict=True)])


def sampled(kind, points, names=THREE, **more):
    content = {"kind": kind, "points": points, "policies": ["coercion"], "parameters": dict.fromkeys(names, "prior")}
    return design_of({**content, **more}, "mine.toml")


def row(table, axis):
    return table[table["axis"] == axis].iloc[0]


# Sensitivity


@pytest.mark.parametrize("second_order", [False, True])
def test_sobol_indices_of_ishigami_through_our_own_saltelli_design(second_order):
    design = sampled("saltelli", 1024, second_order=second_order)
    table = sobol_indices(ishigami(unit_of(design)), LETTERS[:3], second_order=second_order)
    for axis, first, total in (("a", 0.3139, 0.5576), ("b", 0.4424, 0.4424), ("c", 0.0, 0.2437)):
        found = row(table, axis)
        assert abs(found["first"] - first) < max(0.02, 1.5 * found["first_half"])
        assert abs(found["total"] - total) < max(0.02, 1.5 * found["total_half"])
        assert 0.0 < found["total_half"] < 0.1


def test_indices_of_a_constant_are_zero_and_failed_runs_cost_their_block_only():
    design = sampled("saltelli", 256)
    assert (sobol_indices(np.full(design.points, 3.0), LETTERS[:3])[["first", "total"]] == 0.0).all().all()
    y = ishigami(unit_of(design))
    y[7] = np.nan
    without = sobol_indices(y[np.repeat(np.arange(256) != 1, 5)], LETTERS[:3])
    pd.testing.assert_frame_equal(sobol_indices(y, LETTERS[:3]), without)


def test_where_no_run_has_an_outcome_there_is_nothing_to_tell():
    none = np.empty((0, 3))
    assert morris_effects(none, np.empty(0), LETTERS[:3], 4)[["mu", "sigma"]].isna().all().all()
    assert sobol_indices(np.empty(0), LETTERS[:3])[["first", "total"]].isna().all().all()
    assert np.isnan(mean_interval(np.full((4, 2), np.nan))).all()


def test_morris_finds_linear_curved_and_inert_axes():
    design = sampled("morris", 20)
    unit = unit_of(design)
    table = morris_effects(unit, 3 * unit[:, 0] - 2 * unit[:, 1], LETTERS[:3], design.levels)
    assert table["axis"].tolist() == ["a", "b", "c"]
    assert np.allclose(table["mu"], [3.0, -2.0, 0.0])
    assert np.allclose(table["mu_star"], [3.0, 2.0, 0.0])
    assert np.allclose(table["sigma"], 0.0, atol=1e-12)
    assert row(morris_effects(unit, unit[:, 0] * unit[:, 1], LETTERS[:3], design.levels), "a")["sigma"] > 0.1


def test_partial_rank_correlation_sees_through_confounding_and_noise():
    x = np.random.default_rng(1).random((500, 6))
    x[:, 2] = 0.8 * x[:, 0] + 0.2 * x[:, 2]
    table = rank_correlations(x, np.exp(2 * x[:, 0]) - x[:, 1], LETTERS)
    assert row(table, "c")["spearman"] > 0.8
    assert abs(row(table, "c")["partial"]) < 0.15
    assert row(table, "a")["partial"] > 0.8
    assert row(table, "b")["partial"] < -0.8
    assert row(table, "b")["partial_low"] < row(table, "b")["partial"] < row(table, "b")["partial_high"] < -0.7
    noise = row(table, "f")
    assert noise["partial_low"] < 0.0 < noise["partial_high"]
    assert (rank_correlations(x, np.zeros(500), LETTERS)["partial"] == 0.0).all()
    assert rank_correlations(x[:5], x[:5, 0], LETTERS)["partial"].isna().all()


def test_variance_is_split_into_parameters_seed_and_luck():
    rng = np.random.default_rng(2)
    values = 2 * rng.normal(size=(2000, 1)) + rng.normal(size=(1, 400)) + 0.5 * rng.normal(size=(2000, 400))
    split = variance_split(values)
    assert (split.parameters, split.seeds, split.luck) == pytest.approx((4 / 5.25, 1 / 5.25, 0.25 / 5.25), abs=0.03)
    fresh = 2 * rng.normal(size=(4000, 1)) + rng.normal(size=(4000, 3))
    assert variance_split(fresh, shared_seeds=False).parameters == pytest.approx(0.8, abs=0.03)
    assert np.isnan(variance_split(values[:, :1]).parameters)
    assert variance_split(np.zeros((4, 2))).sd == 0.0


def test_values_without_an_order_weigh_by_what_they_differ_in_and_not_by_their_place():
    variants = ["base", "no self-persuasion", "strong self-persuasion"]
    design = sampled("latin_hypercube", 300, choices={"variant": variants})
    at = design.coordinates[:, [axis.name for axis in design.axes].index("variant")].astype(int)
    noise = np.random.default_rng(3).normal(size=300)
    table = sensitivity_of(design, np.array([0.0, 4.0, 0.0])[at] + noise)
    found = row(table, "variant")
    assert table["axis"].iloc[0] == "variant"
    assert found["weight"] == pytest.approx(math.sqrt(found["between_values"]))
    assert found["weight"] > 0.8 > found["chance"]
    assert np.isnan(found[["partial", "partial_low", "spearman"]].to_numpy(dtype=float)).all()
    assert row(table, "p.fairness_weight")["weight"] == row(table, "p.fairness_weight")["partial"]
    # Two values have a direction whatever they are called.
    pair = sampled("latin_hypercube", 300, choices={"variant": variants[:2]})
    assert not np.isnan(row(sensitivity_of(pair, noise), "variant")["partial"])


def test_chance_alone_seldom_makes_a_correlation_ratio_as_large():
    chance = np.random.default_rng(4)
    groups = chance.integers(0, 3, size=(2000, 60)).astype(float)
    ratios = np.array([math.sqrt(variance_between(group, chance.normal(size=60))) for group in groups])
    assert np.mean(ratios > ratio_by_chance(3, 60, 1)) == pytest.approx(0.05, abs=0.016)
    assert ratio_by_chance(3, 60, 1) < ratio_by_chance(3, 60, 84)
    assert math.isnan(ratio_by_chance(3, 3, 1))


def test_variance_between_values_and_intervals():
    assert variance_between(np.array([0, 0, 1, 1.0]), np.array([1, 1, 3, 3.0])) == 1.0
    assert variance_between(np.array([0, 1, 0, 1.0]), np.array([1, 1, 3, 3.0])) == 0.0
    three = np.array([[1.0, 3.0], [2.0, 4.0], [3.0, 5.0]])
    assert mean_interval(three) == pytest.approx((3.0, 3.0 - 2.4841, 3.0 + 2.4841), abs=1e-3)
    assert mean_interval(three[:2]) == pytest.approx((2.5, np.nan, np.nan), nan_ok=True)
    rng = np.random.default_rng(3)
    covered = [low < 0.0 < high for _, low, high in (mean_interval(rng.normal(size=(10, 1))) for _ in range(1000))]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.025)


# Discovery


def test_prim_finds_a_planted_box_and_validates_it_on_held_out_points():
    x = np.random.default_rng(4).random((600, 6))
    cases = (x[:, 0] > 0.6) & (x[:, 1] < 0.4)
    box = find_box(x, cases, LETTERS)
    limits = {limit.axis: limit for limit in box.limits}
    assert set(limits) == {"a", "b"}
    assert limits["a"].low == pytest.approx(0.6, abs=0.03)
    assert limits["b"].high == pytest.approx(0.4, abs=0.03)
    assert min(box.coverage, box.density, box.held_out_coverage, box.held_out_density) > 0.9
    assert box.replicates


def test_where_cases_are_nowhere_dense_there_is_no_box():
    x = np.random.default_rng(7).random((300, 6))
    assert find_box(x, np.arange(300) % 30 == 0, LETTERS) is None


def test_a_box_without_held_out_points_replicates_nothing():
    box = Box((), 1.0, 1.0, 0.1, 0.1, 1.0, 0.9, 0.1, 100)
    assert box.replicates
    assert not replace(box, held_out_points=0).replicates
    assert not replace(box, held_out_density=math.nan).replicates


def test_a_tree_tells_a_planted_box_apart():
    x = np.random.default_rng(5).random((600, 6))
    answers = np.where((x[:, 0] > 0.6) & (x[:, 1] < 0.4), "yes", "no")
    tree = grow_tree(x, answers, LETTERS)
    assert tree.accuracy > 0.97 > tree.commonest
    assert tree.held_out_points == 200
    assert tree.replicates
    assert re.search(r"a <= 0\.(59|60|61)", tree.text)


def test_what_noise_shows_does_not_replicate():
    rng = np.random.default_rng(6)
    found = [find_box(rng.random((300, 6)), rng.random(300) < 0.4, LETTERS) for _ in range(12)]
    assert sum(box is not None and box.replicates for box in found) <= 2
    trees = [grow_tree(rng.random((300, 6)), rng.random(300) < 0.4, LETTERS) for _ in range(12)]
    assert sum(tree is not None and tree.replicates for tree in trees) <= 1
    assert find_box(rng.random((20, 6)), rng.random(20) < 0.5, LETTERS) is None
    assert grow_tree(rng.random((100, 6)), np.full(100, "no"), LETTERS) is None


# Whole sweeps

SMALL = {
    "kind": "sobol",
    "points": 64,
    "seeds": 2,
    "citizens": 60,
    "months": 40,
    "marks": [40],
    "outcomes": ["loyalty.kin_camp", "threat.kin_camp"],
    "arms": {"one": {"policy": "coercion"}, "other": {"policy": "coercion"}, "better": {"policy": "better_life"}},
    "parameters": {"fairness_weight": "prior", "threat_weight": "prior"},
    "contrasts": [{"name": "itself less itself", "weights": {"one": 1, "other": -1}}],
}


@pytest.fixture(scope="module")
def analysed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("analysis") / "out"
    done = hold_sweep(design_of(SMALL, "mine.toml"), folder, workers=1)
    assert done.counts.ok == 64 * 2 * 2
    return analyze(folder)


def test_arms_that_are_the_same_differ_by_exactly_zero(analysed):
    found = analysed.tables["contrasts"].set_index("quantity").loc["itself less itself"]
    assert found[["mean", "low", "high", "holds", "contradicted"]].tolist() == [0.0] * 5
    assert found["neutral"] == 1.0
    assert (analysed.table("sensitivity", "itself less itself")["weight"] == 0.0).all()
    assert analysed.table("variance", "itself less itself")["sd"].tolist() == [0.0]


def test_contrasts_and_outcomes_are_those_of_the_table(analysed):
    table = pd.read_parquet(analysed.folder.parent / "runs.parquet")
    wide = table.pivot(index=["point", "seed"], columns="arm", values="loyalty.kin_camp.40")
    found = {quantity.name: quantity for quantity in analysed.quantities}
    effect = (wide["better"] - wide["one"]).to_numpy().reshape(64, 2)
    assert np.array_equal(found["better - one"].values, effect)
    assert np.array_equal(found["better: loyalty, kin_camp, month 40"].values, wide["better"].to_numpy().reshape(64, 2))
    assert analysed.table("contrasts", "better - one")["mean"].tolist() == [pytest.approx(effect.mean())]


def test_tables_pictures_and_a_page_of_its_own_are_written(analysed):
    names = {path.name for path in analysed.folder.iterdir()}
    for table in ("contrasts", "sensitivity", "variance", "responses", "maps", "boxes"):
        assert {f"{table}.csv", f"{table}.parquet"} <= names
    for picture in ("sensitivity", "variance", "responses", "maps"):
        assert {f"{picture}.png", f"{picture}.svg"} <= names
    page = analysed.page.read_text()
    assert page.count("<svg") == 4
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "itself less itself" in page
    short = page[page.index('<table class="short">') : page.index("</table>")]
    for row in analysed.tables["contrasts"].to_dict("records"):
        shares = " / ".join(str(whole_percent(row[word])) for word in ("holds", "neutral", "contradicted"))
        assert f"<td>{row['quantity']}</td><td>{row['month']}</td><td>{row['mean']:+.4f}" in short
        assert f"</span> {shares}</td>" in short
    assert not [name for name in names if name.startswith(".") or name.endswith(".part")]


@pytest.mark.parametrize(
    ("changes", "intervals", "shared"),
    [({}, True, True), ({"fresh_seeds": True}, True, False), ({"kind": "morris"}, False, False)],
)
def test_the_page_says_what_its_intervals_leave_out_where_it_has_any(tmp_path, changes, intervals, shared):
    design = design_of({**SMALL, "points": 4, **changes}, "mine.toml")
    found = study(design, lived(design, np.arange(design.points) / 100.0), tmp_path)
    page = write_page(found).read_text()
    assert ("Intervals say how much the choice of points matters" in page) is intervals
    assert ("All points share the same seeds" in page) is shared


def test_the_page_follows_the_systems_light_and_its_pictures_with_it(analysed):
    style, body = analysed.page.read_text().split("</style>", 1)
    assert "@media (prefers-color-scheme: dark)" in style
    assert not re.findall("#000000|#ffffff", body)
    assert body.count("var(--surface)") >= body.count("<svg")
    assert "#000000" in (analysed.folder / "sensitivity.svg").read_text()


def test_a_panel_in_which_no_axis_weighs_anything_says_so(analysed):
    panels = {axis.get_title("left"): axis for axis in figure_of(analysed, "sensitivity").axes}
    constant, moved = panels["itself less itself"], panels["better - one"]
    assert not constant.axison
    assert [text.get_text() for text in constant.texts] == ["no axis moves it"]
    assert moved.axison
    assert not moved.texts


def test_an_analysis_repeated_is_the_same_to_the_byte(analysed):
    before = {path.name: path.read_bytes() for path in analysed.folder.iterdir() if path.suffix != ".png"}
    analyze(analysed.folder.parent)
    assert {name: (analysed.folder / name).read_bytes() for name in before} == before


def test_a_failed_run_is_left_out_and_counted(analysed):
    rows = pd.read_parquet(analysed.folder.parent / "runs.parquet")
    rows.loc[3, ["status", "loyalty.kin_camp.40"]] = ["failed", np.nan]
    again = study(analysed.design, rows, analysed.folder)
    assert again.failed == 1
    assert again.table("contrasts", "itself less itself")["points"].tolist() == [
        63 if rows["arm"][3] != "better" else 64
    ]
    assert "1 rows failed; points that need them are left out" in again.text()


def test_a_table_that_is_not_the_designs_is_refused(analysed, tmp_path):
    shutil.copytree(analysed.folder.parent, tmp_path / "out")
    pd.read_parquet(tmp_path / "out" / "runs.parquet").iloc[1:].to_parquet(tmp_path / "out" / "runs.parquet")
    with pytest.raises(StoreError, match="has 383 rows, and the design has 384; the sweep command renews it"):
        analyze(tmp_path / "out")


def test_what_was_kept_is_analysed_and_what_was_not_is_left_out():
    design = design_of({**SMALL, "outcomes": ["output"], "points": 4}, "mine.toml")
    keys = pd.MultiIndex.from_product([range(4), (1, 2), design.arms], names=["point", "seed", "arm"])
    rows = keys.to_frame(index=False).assign(status="ok", **{"output.40": np.arange(len(keys), dtype=float)})
    names = [quantity.name for quantity in study(design, rows, Path("nowhere")).quantities]
    assert names == [f"{arm}: output, month 40" for arm in design.arms]


def test_a_relative_contrast_is_a_share_of_its_reference_and_unknown_where_that_is_nothing():
    (claim,) = read_claims(["2"])
    design = design_of({"kind": "grid", "claims": ["2"], "parameters": {"credulity": [0.0, 1.0]}}, "mine.toml")
    contrast = next(each for each in design.contrasts if each.estimand.relative_to)
    estimand = contrast.estimand
    name = column(estimand.measure, estimand.population, estimand.month)
    keys = pd.MultiIndex.from_product([range(2), (1,), design.arms], names=["point", "seed", "arm"])
    rows = keys.to_frame(index=False).assign(status="ok")
    rows[name] = np.where(rows["arm"] == estimand.relative_to, np.where(rows["point"] == 0, 0.0, 0.5), 0.25)
    found = next(each for each in study(design, rows, Path("nowhere")).quantities if each.name == contrast.name)
    expected = sum(weight * (0.5 if arm == estimand.relative_to else 0.25) for arm, weight in estimand.contrast) / 0.5
    assert claim.name == "coercion_changes_display_not_conviction"
    assert np.isnan(found.values[0]).all()
    assert found.values[1] == pytest.approx([expected])


def test_a_difference_without_a_value_is_said_to_have_none_and_not_drawn(analysed, tmp_path):
    rows = pd.read_parquet(analysed.folder.parent / "runs.parquet")
    rows.loc[rows["arm"] == "better", "loyalty.kin_camp.40"] = np.nan
    (tmp_path / "analysis").mkdir()
    found = study(analysed.design, rows, tmp_path / "analysis")
    assert "better - one (month 40): no value at any point" in found.text()
    assert "nan" not in found.text()
    write_page(found)
    short = found.page.read_text().split("</table>")[0]
    assert "no value at any point" in short
    assert "nan" not in short
    for name in ("sensitivity", "responses", "maps"):
        picture = (tmp_path / "analysis" / f"{name}.svg").read_text()
        assert "itself less itself" in picture
        assert "better - one" not in picture


def lived(design, better):
    """Return the table of a sweep in which loyalty is 0, and of the better life's arm what is given at each point."""
    keys = pd.MultiIndex.from_product([range(design.points), (1, 2), design.arms], names=["point", "seed", "arm"])
    rows = keys.to_frame(index=False).assign(status="ok", **{"threat.kin_camp.40": 0.0})
    rows["loyalty.kin_camp.40"] = np.where(rows["arm"] == "better", np.asarray(better)[rows["point"]], 0.0)
    return rows


def figure_of(found, wanted):
    return next(figure for name, _, figure in pictures(found) if name == wanted)


def test_cells_of_a_map_in_which_a_contrast_holds_are_framed():
    design = design_of(SMALL, "mine.toml")
    found = study(design, lived(design, np.full(64, 0.5)), Path("nowhere"))
    framed = {axis.get_title(loc="left"): len(axis.lines) for axis in figure_of(found, "maps").axes}
    cells = found.table("maps", "better - one").dropna(subset=["mean"])
    assert (cells["holds"] == 1.0).all()
    assert framed["better - one"] == len(cells) > 0
    assert framed["itself less itself"] == 0


def test_a_response_is_drawn_along_the_axes_that_decide_it_and_no_others():
    names = ["fairness_weight", "threat_weight", "welfare_weight", "credulity", "hostility_weight"]
    design = design_of({**SMALL, "parameters": dict.fromkeys(names, "prior")}, "mine.toml")
    decisive = design.coordinates[:, names.index("hostility_weight")]
    found = study(design, lived(design, decisive), Path("nowhere"))
    drawn = {
        axis.get_xlabel(): {label for line in axis.lines if not (label := line.get_label()).startswith("_")}
        for axis in figure_of(found, "responses").axes
    }
    assert "better - one" in drawn["hostility_weight"]
    assert "itself less itself" not in drawn["hostility_weight"]


@pytest.mark.parametrize("kind", ["morris", "saltelli", "grid", "list"])
def test_every_kind_of_design_is_analysed(tmp_path, kind):
    content = {**SMALL, "kind": kind, "points": 4, "citizens": 40, "months": 33, "seeds": 1, "marks": [33]}
    if kind in ("grid", "list"):
        del content["points"]
        content["parameters"] = {"fairness_weight": [0.1, 0.9], "threat_weight": [0.2, 0.8]}
    done = hold_sweep(design_of(content, "mine.toml"), tmp_path / "out", workers=1)
    found = study(done.design, pd.read_parquet(done.table), tmp_path)
    by = {"morris": "mu_star", "saltelli": "total", "grid": "between_values"}.get(kind, "spearman")
    assert set(found.table("sensitivity", "better - one")["weighed_by"]) == {by}
    captions = {name: caption for name, caption, _ in pictures(found)}
    assert captions.keys() >= {"sensitivity", "responses"}
    assert "with 95 % intervals" not in captions["responses"]


@pytest.mark.parametrize("kind", ["list", "grid", "latin_hypercube"])
def test_values_weigh_by_what_they_are_wherever_they_stand(kind):
    """Neither their order in the file nor one that is named twice changes what is said of them."""
    named = {"fairness_weight": [0.9, 0.1, 0.5, 0.5, 0.7], "threat_weight": [0.2, 0.8, 0.2, 0.4, 0.3]}
    content = {**SMALL, "kind": kind, "points": 40, "parameters": named}
    if kind == "latin_hypercube":
        content["parameters"] = {name: {"values": values} for name, values in named.items()}
    else:
        del content["points"]
    design = design_of(content, "mine.toml")
    fairness = np.array([design.settings(point)["p.fairness_weight"] for point in range(design.points)])
    found = study(design, lived(design, fairness), Path("nowhere"))
    weights = found.table("sensitivity", "better - one").set_index("axis")
    assert weights.loc["p.fairness_weight", "spearman"] == pytest.approx(1.0)
    assert weights.loc["p.fairness_weight", "between_values"] == pytest.approx(1.0)
    assert abs(weights.loc["p.threat_weight", "spearman"]) < 0.9
    assert weights.loc["p.threat_weight", "between_values"] < 0.95
    responses = found.table("responses", "better - one").set_index("axis").loc["p.fairness_weight"]
    assert responses["at"].tolist() == [0.1, 0.5, 0.7, 0.9]
    assert responses["mean"].tolist() == pytest.approx([0.1, 0.5, 0.7, 0.9])
    assert {name for name, _, _ in pictures(found)} >= {"sensitivity", "responses"}


def test_of_few_points_and_many_axes_only_what_is_beyond_chance_is_called_decisive():
    design = design_of({**SMALL, "points": 16, "parameters": {"all": "prior"}}, "mine.toml")
    noise = study(design, lived(design, np.random.default_rng(2).random(16)), Path("nowhere"))
    assert noise.table("sensitivity", "better - one")["weight"].abs().max() > 0.5
    assert not len(noise.decisive("better - one", 5))
    assert "most decisive: no axis is beyond chance, which reaches 0.75 for one of 84" in noise.text()
    told = study(design, lived(design, design.coordinates[:, 7]), Path("nowhere"))
    assert told.decisive("better - one", 5)["axis"].iloc[0] == design.axes[7].column


def test_chance_exceeds_the_largest_rank_correlation_of_noise_once_in_twenty():
    rng = np.random.default_rng(5)
    for points, axes in ((40, 6), (12, 20)):
        tables = [
            rank_correlations(rng.random((points, axes)), rng.random(points), [str(n) for n in range(axes)])
            for _ in range(400)
        ]
        by = "partial" if points > axes else "spearman"
        beyond = np.mean([(table[by].abs() > table["chance"]).any() for table in tables])
        assert 0.015 < beyond < 0.085


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_a_sweep_of_one_point_is_analysed(tmp_path, seeds):
    content = {"kind": "grid", "policies": ["status_quo", "coercion"], "seeds": seeds, "citizens": 40, "months": 33}
    hold_sweep(design_of(content, "mine.toml"), tmp_path / "out", workers=1)
    found = analyze(tmp_path / "out")
    assert found.text().startswith(f"mine: 1 point, {seeds} seed")
    assert ("(no interval)" in found.text()) is (seeds < 3)
    assert "coercion - status_quo" in found.page.read_text()


@pytest.mark.parametrize(("value", "shown"), [(-6.938893903907228e-18, "0"), (-0.04, "-0.04"), (1e-5, "1e-05")])
def test_a_cell_around_zero_is_called_zero(value, shown):
    assert _tick(value) == shown


def test_the_command_line_analyses_and_refuses(analysed, tmp_path, capsys):
    assert main(["analyze", str(analysed.folder.parent)]) == 0
    assert "itself less itself (month 40): +0.0000 [+0.000, +0.000]" in capsys.readouterr().out
    assert main(["analyze", str(tmp_path)]) == 2
    assert "there is no sweep here" in capsys.readouterr().err
    (analysed.folder.parent / "runs.parquet").rename(tmp_path / "kept")
    with pytest.raises(StoreError, match="not finished"):
        analyze(analysed.folder.parent)
    (tmp_path / "kept").rename(analysed.folder.parent / "runs.parquet")


def test_a_screening_of_all_parameters_has_an_axis_for_each():
    design = sampled("morris", 2, UNCERTAIN)
    assert len(morris_effects(unit_of(design), np.arange(170.0), UNCERTAIN, 4)) == 84


def components(rng, sizes, shape):
    """Return values [points, populations, seeds] of planted effects; names say along which axes an effect varies."""
    values = np.zeros(shape)
    for name, size in sizes.items():
        values = values + size * rng.normal(
            size=[n if letter in name else 1 for letter, n in zip("pkm", shape, strict=True)]
        )
    return values


def test_variance_is_split_into_parameters_people_interaction_and_luck():
    rng = np.random.default_rng(7)
    sizes = {"p": 2.0, "k": 1.0, "m": 0.6, "pk": 0.8, "pm": 0.5, "km": 0.4, "pkm": 0.7}
    found = [variance_parts(components(rng, sizes, (40, 12, 10))) for _ in range(300)]
    luck = sum(size**2 for name, size in sizes.items() if "m" in name)
    expected = np.array([4.0, 1.0, 0.64, luck])
    shares = np.array([(f.parameters, f.population, f.interaction, f.luck) for f in found])
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert shares.mean(axis=0) == pytest.approx(expected / expected.sum(), abs=0.02)


@pytest.mark.parametrize(
    ("name", "part"), [("p", "parameters"), ("k", "population"), ("pk", "interaction"), ("m", "luck")]
)
def test_a_number_that_only_one_thing_moves_is_all_of_its_part(name, part):
    values = components(np.random.default_rng(8), {name: 1.0}, (30, 6, 5))
    for axes in [(1, 2), (0, 2)] if name == "pk" else []:
        values = values - values.mean(axis=axes, keepdims=True)
    assert getattr(variance_parts(values), part) == pytest.approx(1.0)


def test_variance_parts_of_few_points_populations_or_seeds():
    rng = np.random.default_rng(9)
    one = [variance_parts(components(rng, {"k": 1.0, "pkm": 1.0}, (1, 30, 20))) for _ in range(50)]
    assert {(part.parameters, part.interaction) for part in one} == {(0.0, 0.0)}
    assert np.mean([part.population for part in one]) == pytest.approx(0.5, abs=0.05)
    values = components(rng, {"p": 1.0, "pkm": 1.0}, (6, 3, 3))
    assert np.isnan(variance_parts(values[:, :1]).population)
    assert np.isnan(variance_parts(values[:, :, :1]).luck)
    broken = np.concatenate([values, np.full((1, 3, 3), np.nan)])
    assert variance_parts(broken) == variance_parts(values)
    assert variance_parts(np.zeros((3, 3, 3))).luck == 0.0


def test_populations_are_crossed_with_seeds_and_their_part_is_told(tmp_path):
    content = {**SMALL, "kind": "list", "populations": 3, "seeds": [7, 8], "monthly": True}
    del content["points"]
    content["parameters"] = {"fairness_weight": [0.1, 0.6, 1.1]}
    design = design_of(content, "mine.toml")
    done = hold_sweep(design, tmp_path / "out", workers=1)
    rows = pd.read_parquet(done.table)
    assert rows.columns[:7].tolist() == ["key", "status", "point", "population", "seed", "arm", "policy"]
    order = [(p, k, s, arm) for p in range(3) for k in (1, 2, 3) for s in (7, 8) for arm in SMALL["arms"]]
    assert list(zip(rows["point"], rows["population"], rows["seed"], rows["arm"], strict=True)) == order
    row = rows[(rows["point"] == 1) & (rows["population"] == 3) & (rows["seed"] == 8) & (rows["arm"] == "better")].iloc[
        0
    ]
    values = {name[2:]: row[name] for name in rows if name.startswith("p.")}
    society = Society(policy="better_life", citizens=60, months=40, seed=8, population_seed=3, **values).run()
    assert row["loyalty.kin_camp.40"] == society.measure("loyalty")[40]
    series = pd.read_parquet(tmp_path / "out" / "series.parquet")
    assert series.columns[:5].tolist() == ["point", "population", "seed", "arm", "month"]
    found = analyze(tmp_path / "out")
    split = found.table("variance", "better - one").iloc[0]
    assert found.tables["variance"].columns.tolist() == [
        "quantity", "sd", "parameters", "population", "interaction", "luck"
    ]  # fmt: skip
    wide = rows.pivot(index=["point", "population", "seed"], columns="arm", values="loyalty.kin_camp.40")
    effect = (wide["better"] - wide["one"]).to_numpy().reshape(3, 3, 2)
    assert split["population"] == variance_parts(effect).population
    assert "3 points, 3 populations x 2 seeds" in found.text()
    assert "variance: parameters" in found.text()

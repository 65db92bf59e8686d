"""Pairs of a folder of results in the laboratory: found as they were stored, drawn while they are the worlds shown."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.claims import Size
from experiments.designs import design_of
from experiments.progress import Quiet
from experiments.sweep import hold_sweep
from experiments.trial import hold_trial
from lab.explorer.pairs import MOST_PAIRS, Followed, Pairs, RunPlace, Stored
from lab.explorer.reading import read_stored
from lab.history import Event, History, Recipe
from scenarios import Parameters

CITIZENS = 100
SEEDS = 6
COUNTRY = "kazakhstan-2021"
POLICIES = ("coercion", "better_life")
HELD = f"{SEEDS} pairs (thin lines; band: 90 % of them) from the folder"
BAND = ".main-chart path[fill-opacity='0.18']"
THIN = ".main-chart path[stroke-opacity='0.45']"


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs") / "trial"
    size = Size(points=1, seeds=1, citizens=60, default_citizens=CITIZENS, default_seeds=SEEDS)
    hold_trial(folder, claims=["1"], size=size, quick=True, workers=1, progress=Quiet())
    return folder


def swept(folder: Path, **content: Any) -> Path:
    usual = {
        "kind": "grid",
        "seeds": 2,
        "citizens": 60,
        "months": 40,
        "policies": list(POLICIES),
        "outcomes": ["departures.kin_camp", "loyalty.kin_camp"],
        "monthly": True,
        "parameters": {"fairness_weight": [0.2, 0.8]},
    }
    hold_sweep(design_of({**usual, **content}, "small.toml"), folder, workers=1)
    return folder


def recipe(**others: Any) -> Recipe:
    return Recipe(**{"country": COUNTRY, "citizens": CITIZENS, "months": 180, "seed": 1, **others})


def between(stored: Stored, *policies: str, **others: Any) -> Pairs:
    a, b = (History(policy) for policy in policies or POLICIES)
    return stored.pairs(recipe(**others), (a, b))


# What is found


@pytest.mark.parametrize("policies", [POLICIES, ("media", "status_quo")])
def test_a_trials_pairs_are_its_default_points_to_the_last_bit(trial: Path, policies: tuple[str, str]) -> None:
    found = between(read_stored(trial), *policies)
    rows = pd.read_parquet(trial / "runs.parquet")
    rows = rows[(rows["point"] == -1) & rows["budget"].isna() & rows["shock"] & (rows["months"] == 180)]
    rows = rows[(rows["p.credulity"] == Parameters().credulity)]
    rows = rows[(rows["p.internalisation_weight"] == Parameters().internalisation_weight)]
    rows = rows[(rows["p.direct_coercion_weight"] == Parameters().direct_coercion_weight)]
    assert found.places == tuple(RunPlace(-1, None, seed) for seed in range(1, SEEDS + 1))
    assert found.values.shape == (SEEDS, 181)
    for place, line in zip(found.places, found.values, strict=True):
        texts = (
            rows[(rows["policy"] == policy) & (rows["seed"] == place.seed)]["series"].item() for policy in policies
        )
        a, b = (np.array(json.loads(text)["loyalty.kin_camp"]) for text in texts)
        np.testing.assert_array_equal(line, b - a)
    assert np.ptp(found.values[:, -1]) > 0.0


def test_equal_budgets_are_the_folders_own_arms(trial: Path) -> None:
    stored = read_stored(trial)
    scaled, plain = between(stored, budget=0.004), between(stored)
    assert scaled.of == plain.of == SEEDS
    assert not np.array_equal(scaled.values[:, :121], plain.values[:, :121])
    assert between(stored, budget=0.005).of == 0


@pytest.mark.parametrize("crossed", [False, True])
def test_a_sweeps_pairs_are_paired_by_point_population_and_seed(tmp_path: Path, crossed: bool) -> None:
    folder = swept(tmp_path / "sweep", **({"populations": 2} if crossed else {}))
    found = between(read_stored(folder))
    series = pd.read_parquet(folder / "series.parquet")
    keys = ["point", *(["population"] if crossed else []), "seed"]
    wide = series.pivot(index=keys, columns=["arm", "month"], values="loyalty.kin_camp")
    assert len(found.places) == found.of == len(wide) == (8 if crossed else 4)
    for place, line in zip(found.places, found.values, strict=True):
        row = wide.loc[tuple(part for part in place if part is not None)]
        np.testing.assert_array_equal(line, row["better_life"].to_numpy() - row["coercion"].to_numpy())
    assert found.points == 2


def test_an_arm_that_is_more_than_its_policy_is_no_policys(tmp_path: Path) -> None:
    arms = {"plain": {"policy": "coercion"}, "gullible": {"policy": "better_life", "set": {"credulity": 1.0}}}
    stored = read_stored(swept(tmp_path / "arms", policies=[], arms=arms))
    assert set(stored.lives) == {Followed(COUNTRY, "coercion", None, True)}
    stored = read_stored(swept(tmp_path / "levers", parameters={}, levers={"coercion": [0.3, 0.9]}, months=3))
    assert stored.lives == {}
    stored = read_stored(swept(tmp_path / "peace", parameters={}, choices={"shock": [True, False]}, months=3))
    assert between(stored).of == between(stored, shock_month=math.inf).of == 2
    assert between(stored, shock_month=30.0).of == 0


def test_without_months_of_what_is_shown_there_are_no_pairs(tmp_path: Path, trial: Path) -> None:
    assert read_stored(swept(tmp_path / "a", monthly=False, months=3)).lives == {}
    assert read_stored(swept(tmp_path / "b", outcomes=["departures.kin_camp"], months=3)).lives == {}
    stored = read_stored(trial)
    moved = History("better_life", (Event(40, "welfare", 0.5),))
    assert stored.pairs(recipe(), (History("coercion"), moved)).of == 0
    assert between(stored, country="kazakhstan-2009").of == 0
    assert between(stored, "coercion", "better_life_targeted").of == 0


def test_it_is_said_in_what_they_differ_from_the_worlds_shown(trial: Path, tmp_path: Path) -> None:
    stored = read_stored(trial)
    assert between(stored).differs == ()
    assert between(stored, seed=SEEDS + 1).differs == ("seed",)
    assert between(stored, citizens=101, parameters={"fairness_weight": 0.2}).differs == ("size", "parameters")
    stored = read_stored(swept(tmp_path / "sweep", populations=2))
    assert between(stored, citizens=60, parameters={"fairness_weight": 0.8}).differs == ()
    assert between(stored, citizens=60, parameters={"fairness_weight": 0.7}, seed=9).differs == ("seed", "parameters")


def test_of_too_many_pairs_some_are_taken_evenly() -> None:
    lives = {RunPlace(0, None, seed): np.array([0.0, float(seed)]) for seed in range(1, 1001)}
    done = [Followed(COUNTRY, policy, None, True) for policy in POLICIES]
    still = {place: np.zeros(2) for place in lives}
    found = between(Stored("a/b", CITIZENS, False, {0: Parameters()}, {done[0]: still, done[1]: lives}))
    assert found.of == 1000
    assert len(found.places) == len(set(found.places)) == MOST_PAIRS
    assert (found.places[0].seed, found.places[-1].seed) == (1, 1000)
    assert found.values[:, 1].mean() == pytest.approx(500.5, abs=1.0)


# What is shown


@pytest.fixture(scope="module")
def server(start: Any, trial: Path) -> Iterator[Any]:
    server = start("--citizens", str(CITIZENS), str(trial))
    yield server
    server.close()


def note(tab: Any) -> str:
    text: str = tab.page.locator(".main-chart .row .note").inner_text()
    return text


def test_the_folders_pairs_are_drawn_until_a_world_is_another(
    open_tab: Callable[..., Any], trial: Path, tmp_path: Path
) -> None:
    tab = open_tab("#month=120")
    tab.reach(120)
    page = tab.page
    page.get_by_text(HELD).wait_for()
    assert note(tab) == (
        f"{SEEDS} pairs (thin lines; band: 90 % of them) from the folder {trial.parent.name}/trial, default point, "
        f"{CITIZENS} citizens; the pair shown is one of them"
    )
    assert (page.locator(BAND).count(), page.locator(THIN).count()) == (1, SEEDS)
    drawn, shown = page.evaluate(
        "async () => { const { laboratory } = await import('/static/js/main.js'); "
        "return [laboratory.dashboard.replicates, laboratory.series.difference('kin_camp.loyalty')]; }"
    )
    np.testing.assert_array_equal(drawn, between(read_stored(trial)).values)
    np.testing.assert_allclose(drawn[0][:121], shown, atol=1e-6)  # series are stored to six digits

    page.locator('[data-levers="B"] [data-lever="welfare"]').fill("0.5")
    page.get_by_text("keeps no months of these two countries").wait_for()
    tab.reach(120)
    assert page.locator(f"{BAND}, {THIN}").count() == 0
    page.locator('[data-act="undo"]').click()
    page.get_by_text(HELD).wait_for()
    page.locator(BAND).wait_for(state="attached")

    tab.scrub(0)
    page.locator('[data-world="B"] select').first.select_option("better_life_targeted")
    page.get_by_text("keeps no months of these two countries").wait_for()
    tab.reach(0)
    assert page.locator(f"{BAND}, {THIN}").count() == 0
    page.locator('[data-world="B"] select').first.select_option("media")
    page.get_by_text(HELD).wait_for()
    page.locator(BAND).wait_for(state="attached")

    page.locator("#pairs").click()
    page.get_by_text("20 other seeds").wait_for(timeout=120_000)
    assert "folder" not in note(tab)
    assert page.locator(THIN).count() == 20
    page.locator("#seed").fill("99")
    page.locator("#remake").click()
    page.get_by_text("other citizens than those shown (other seed)").wait_for()
    page.locator(THIN).nth(SEEDS).wait_for(state="detached")
    assert page.locator(THIN).count() == SEEDS


def test_the_folder_does_not_give_the_guess_away(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("")
    page = tab.page
    page.get_by_text(HELD).wait_for()
    page.locator("#speed").select_option(label="fastest")
    page.locator("#guess").wait_for(timeout=60_000)
    lengths = (
        "async () => { const { laboratory } = await import('/static/js/main.js'); "
        "laboratory.pause(); laboratory.dashboard.draw(); "
        "const { lines, band } = laboratory.dashboard.main.picture; "
        "return [...lines.map((line) => line.values.length), band.high.length]; }"
    )
    lived = page.evaluate(lengths)[SEEDS]
    assert 108 < lived <= 121
    assert page.evaluate(lengths) == [lived] * (SEEDS + 2)
    page.locator("#guess").get_by_role("button").last.click()
    found = page.evaluate(lengths)
    assert [*found[:SEEDS], found[-1]] == [181] * (SEEDS + 1)


@pytest.mark.parametrize("size", ["1440x900", "390x844"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sentence_fits_its_screen(open_tab: Callable[..., Any], size: str, scheme: str, tmp_path: Path) -> None:
    folder = Path(os.environ.get("LAB_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    tab = open_tab("#month=150&citizens=400&set=fairness_weight:0.3", size, color_scheme=scheme)
    tab.reach(150)
    tab.page.get_by_text("other size and parameters").wait_for()
    tab.page.locator(".main-chart").get_by_text("B − A").wait_for()
    tab.page.locator(".main-chart").scroll_into_view_if_needed()
    tab.page.screenshot(path=folder / f"stored-pairs-{size}-{scheme}.png")
    assert tab.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

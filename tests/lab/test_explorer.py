"""The results explorer: what it reads from folders, what it says of them in a real browser, and where it leads."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from experiments.claims import Size
from experiments.designs import design_of
from experiments.errors import StoreError
from experiments.progress import Quiet
from experiments.report.texts.numbers import percent
from experiments.runs import column
from experiments.sweep import hold_sweep
from experiments.trial import hold_trial
from experiments.verdicts import judged, shares
from lab.explorer.payload import payload
from lab.explorer.reading import read_results, read_stored
from lab.explorer.results import BASE, Monthly, Place, Question, Results, Side, Span
from lab.explorer.trials import label_of
from lab.single_file import single_file
from run import main
from scenarios import read_policy
from scenarios.claim import VARIANTS, Arm

POINTS = 1000
MARKS = (30, 120)
EVIL = "<script>document.title='caught'</script>"
NAMES = ("fairness_weight", "welfare_weight", "threat_weight")


@pytest.fixture(scope="module")
def planted() -> Results:
    """A thousand points where it is known what decides: the first much, the second less, the third nothing."""
    rng = np.random.default_rng(3)
    points = rng.random((POINTS, 3))
    noise = rng.normal(0.0, 0.03, POINTS)
    a = 0.2 + 0.02 * rng.normal(size=POINTS)
    effect = 0.6 * (points[:, 0] - 0.5) - 0.3 * (points[:, 1] - 0.5) + noise
    b = a + effect
    b[7] = np.nan
    months = np.arange(0, 121)
    ramp = np.clip((months - 30) / 90, 0.0, 1.0)
    series = np.stack([np.broadcast_to(a[:, None], (POINTS, months.size)), a[:, None] + effect[:, None] * ramp])[
        :, None
    ]
    values = {Place(BASE, 0, 0, 0): a, Place(BASE, 1, 0, 0): a, Place(BASE, 0, 0, 1): a, Place(BASE, 1, 0, 1): b}
    sides = tuple(
        Side(label, Arm(policy), read_policy(policy), True, False, {})
        for label, policy in (("coercion", "coercion"), (f"better life {EVIL}", "better_life"))
    )
    return Results(
        "sweep",
        f"Planted {EVIL}",
        "kazakhstan-2021",
        True,
        400,
        120,
        ((1,),) * POINTS,
        0,
        tuple(Span(name, "parameters", 0.0, 1.0) for name in NAMES),
        points,
        {},
        (("base", {}),),
        sides,
        (("loyalty", "kin_camp"),),
        MARKS,
        values,
        (Question("the question", 0, 1, 0, 1, 0.02),),
        Monthly((0,), tuple(months.tolist()), series),
        2 * POINTS,
        1,
        0,
    )


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real sweep: few points, a budget axis for one half of its questions."""
    content = {
        "kind": "sobol",
        "points": 5,
        "seeds": 1,
        "citizens": 200,
        "months": 48,
        "marks": [30],
        "policies": ["coercion", "better_life"],
        "outcomes": ["loyalty.kin_camp", "departures.kin_camp"],
        "monthly": True,
        "parameters": {"fairness_weight": "prior", "sanction_threat": "prior", "welfare_weight": "prior"},
        "fixed": {"credulity": 0.25},
    }
    folder = tmp_path_factory.mktemp("explorer") / "sweep"
    hold_sweep(design_of(content, "small.toml"), folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def budgeted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep whose levers stand at levels of their own at every point."""
    content = {
        "kind": "grid",
        "seeds": 1,
        "citizens": 150,
        "months": 36,
        "marks": [30],
        "policies": ["coercion", "better_life"],
        "outcomes": ["loyalty.kin_camp"],
        "budget": {"values": [0.002, 0.008]},
        "parameters": {"welfare_weight": [0.2, 0.8]},
    }
    folder = tmp_path_factory.mktemp("explorer") / "budgeted"
    hold_sweep(design_of(content, "budgeted.toml"), folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explorer") / "trial"
    size = Size(points=4, seeds=2, citizens=100, default_citizens=100, default_seeds=1)
    hold_trial(folder, claims=["1"], size=size, quick=True, workers=1, progress=Quiet())
    return folder


# What is read


def test_a_sweep_is_read_as_its_table_has_it(sweep: Path) -> None:
    results = read_results(sweep)
    rows = pd.read_parquet(sweep / "runs.parquet")
    assert results.marks == (30, 48)
    assert [side.label for side in results.sides] == ["coercion", "better_life"]
    for place, values in results.values.items():
        name = column(*results.outcomes[place.outcome], results.marks[place.mark])
        own = rows[rows["arm"] == results.sides[place.arm].label].groupby("point")[name].mean()
        np.testing.assert_array_equal(values, own.to_numpy())
    for number, span in enumerate(results.spans):
        own = rows.groupby("point")[f"p.{span.name}"].first()
        np.testing.assert_array_equal(results.points[:, number], own.to_numpy())
    assert results.monthly is not None
    loyalty = results.monthly.outcomes.index(results.outcomes.index(("loyalty", "kin_camp")))
    end = results.values[Place(BASE, 1, 0, 1)]
    np.testing.assert_allclose(results.monthly.values[1, loyalty, :, -1], end, atol=1e-6)


def test_populations_crossed_with_seeds_are_means_too(tmp_path: Path, open_page: Callable[..., Page]) -> None:
    content = {
        "kind": "grid",
        "seeds": 2,
        "populations": 2,
        "citizens": 60,
        "months": 31,
        "policies": ["coercion", "better_life"],
        "outcomes": ["loyalty.kin_camp"],
        "parameters": {"welfare_weight": [0.2, 0.8], "fairness_weight": [0.2, 0.8]},
    }
    hold_sweep(design_of(content, "crossed.toml"), tmp_path / "crossed", workers=1)
    results = read_results(tmp_path / "crossed")
    rows = pd.read_parquet(tmp_path / "crossed" / "runs.parquet")
    assert len(rows) == 4 * 2 * 2 * 2
    wanted = rows[rows["arm"] == "better_life"].groupby("point")["loyalty.kin_camp.31"].mean()
    np.testing.assert_allclose(results.values[Place(BASE, 1, 0, len(results.marks) - 1)], wanted, rtol=1e-15)
    page = open_page(tmp_path / "crossed", "#point=1").page
    assert "crosses populations with seeds" in page.locator("[data-why]").inner_text()
    assert page.locator("[data-copy]").count() == 0


def test_a_trial_is_read_to_the_shares_of_its_verdicts_in_every_variant(trial: Path) -> None:
    results = read_results(trial)
    claim = json.loads((trial / "verdicts.json").read_text(encoding="utf-8"))["claims"][0]
    assert results.title == f"{claim['title']} (a rehearsal, which backs no verdict)"
    assert [name for name, _ in results.variants] == list(VARIANTS)
    assert len(results.questions) == len(claim["estimands"]) == 4
    for question, estimand in zip(results.questions, claim["estimands"], strict=True):
        assert question.title.endswith(estimand["name"])
        for variant, name in enumerate(VARIANTS):
            a, b = (
                results.values[Place(variant, arm, question.outcome, question.mark)] for arm in (question.a, question.b)
            )
            found = shares(judged(b - a, estimand["direction"], question.margin))
            kept = estimand["shares"][name]
            assert (found.holds, found.neutral, found.contradicted) == (
                kept["holds"],
                kept["neutral"],
                kept["contradicted"],
            )


def test_a_trial_of_other_code_is_read_by_what_its_runs_are_made_of(trial: Path, tmp_path: Path) -> None:
    """The keys of runs change with the code; what they are made of does not."""
    folder = tmp_path / "older"
    folder.mkdir()
    rows = pd.read_parquet(trial / "runs.parquet")
    rows["key"] = [f"{number:032x}" for number in range(len(rows))]
    rows.to_parquet(folder / "runs.parquet")
    (folder / "verdicts.json").write_bytes((trial / "verdicts.json").read_bytes())
    again, first = read_results(folder), read_results(trial)
    assert again.values.keys() == first.values.keys()
    assert all(np.array_equal(again.values[place], values) for place, values in first.values.items())


def older(trial: Path, folder: Path, rows: Callable[[pd.DataFrame], pd.DataFrame], **changes: Any) -> Path:
    """Return a copy of a trial with other rows, and with changes in what its verdicts keep of its one claim."""
    folder.mkdir()
    rows(pd.read_parquet(trial / "runs.parquet")).to_parquet(folder / "runs.parquet")
    verdicts = json.loads((trial / "verdicts.json").read_text(encoding="utf-8"))
    claim = verdicts["claims"][0] | changes
    verdicts["claims"] = [{key: value for key, value in claim.items() if value is not None}]
    (folder / "verdicts.json").write_text(json.dumps(verdicts), encoding="utf-8")
    return folder


def as_it_was(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


def test_a_trial_that_does_not_name_its_arms_has_those_of_the_shipped_claim(trial: Path, tmp_path: Path) -> None:
    again, first = read_results(older(trial, tmp_path / "older", as_it_was, arms=None)), read_results(trial)
    assert again.questions == first.questions
    assert [side.arm for side in again.sides] == [side.arm for side in first.sides]
    for changes, words in (
        ({"name": "of_my_own"}, "does not say what the arms of of_my_own are; the same claim command renews it"),
        ({"registered": "another"}, "the claim better_life_beats_coercion has changed since; the same claim command"),
    ):
        folder = older(trial, tmp_path / str(*changes), as_it_was, arms=None, **changes)
        with pytest.raises(StoreError, match=words):
            read_results(folder)


def test_a_trial_from_before_a_policy_was_shown_is_read_without_it(trial: Path, tmp_path: Path) -> None:
    folder = older(trial, tmp_path / "older", lambda rows: rows[rows["policy"] != "contact"])
    again, first = read_results(folder), read_results(trial)
    assert [side.label for side in again.sides] == [side.label for side in first.sides if side.label != "contact"]
    assert [question.title for question in again.questions] == [question.title for question in first.questions]


def test_a_trial_from_before_months_were_kept_stores_none(trial: Path, tmp_path: Path) -> None:
    stored = read_stored(older(trial, tmp_path / "older", lambda rows: rows.drop(columns="series")))
    assert stored.lives
    assert not any(stored.lives.values())
    assert any(read_stored(trial).lives.values())


def test_questions_of_more_than_a_difference_are_counted_and_left_to_the_report(trial: Path, tmp_path: Path) -> None:
    claim = json.loads((trial / "verdicts.json").read_text(encoding="utf-8"))["claims"][0]
    relative = [claim["estimands"][0] | {"relative_to": "coercion"}, *claim["estimands"][1:]]
    results = read_results(older(trial, tmp_path / "older", as_it_was, estimands=relative))
    assert (len(results.questions), results.unasked) == (3, 1)


@pytest.mark.parametrize(
    ("arm", "label"),
    [
        (Arm("better_life"), "better life"),
        (Arm("coercion", budget=0.004), "coercion, at 0.4 % of output"),
        (Arm("own/mild.toml", shock=False), "mild, without the war"),
        (Arm("media", settings=(("credulity", 0.5),)), "media, credulity = 0.5"),
    ],
)
def test_an_arm_is_called_what_sets_it_apart(arm: Arm, label: str) -> None:
    assert label_of(arm) == label


def test_a_folder_that_asks_nothing_compares_its_last_society_with_its_first(planted: Results) -> None:
    (question,) = json.loads(payload(replace(planted, questions=())))["head"]["questions"]
    assert question == {
        "title": f"better life {EVIL} - coercion", "a": 0, "b": 1, "outcome": 0, "mark": 1, "margin": 0.02,
    }  # fmt: skip
    alone = replace(planted, questions=(), sides=planted.sides[:1])
    assert json.loads(payload(alone))["head"]["questions"] == []


def test_months_that_are_too_many_for_a_page_are_thinned(sweep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_results(sweep).monthly
    assert whole is not None
    assert (whole.outcomes, len(whole.months)) == ((0, 1), 49)
    for room, outcomes in ((whole.values.size - 1, (0, 1)), (whole.values.size // 4, (0,))):
        monkeypatch.setattr("lab.explorer.sweeps.MONTHLY_VALUES", room)
        thin = read_results(sweep).monthly
        assert thin is not None
        assert (thin.outcomes, thin.months) == (outcomes, tuple(range(0, 49, 3)))
        np.testing.assert_array_equal(thin.values, whole.values[:, : len(outcomes), :, ::3])


@pytest.mark.parametrize(("column", "moved"), [("p.fairness_weight", 0.001), ("seed", 1)])
def test_a_trial_of_other_priors_or_seeds_is_refused(
    column: str, moved: float, trial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "older"
    folder.mkdir()
    rows = pd.read_parquet(trial / "runs.parquet")
    rows[column] += moved
    rows.to_parquet(folder / "runs.parquet")
    (folder / "verdicts.json").write_bytes((trial / "verdicts.json").read_bytes())
    assert main(["explore", str(folder)]) == 2
    assert "rests on other parameters, priors or seeds" in capsys.readouterr().err
    assert not (folder / "explore.html").exists()


def read_manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["produced_by"]


@pytest.mark.parametrize("command", [["explore"], ["lab", "--no-open", "--port", "0"]])
@pytest.mark.parametrize(
    "holds",
    [
        "nothing",
        "something else",
        "an unfinished trial",
        "spoilt verdicts",
        "an unfinished sweep",
        "a table that is too short",
        "a spoilt table",
    ],
)
def test_a_folder_without_results_is_refused_in_one_line(
    command: list[str], holds: str, sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("starlette")
    folder = tmp_path / "folder"
    if holds != "nothing":
        folder.mkdir()
    if holds == "something else":
        (folder / "notes.txt").write_text("mine", encoding="utf-8")
    if holds in ("an unfinished trial", "spoilt verdicts"):
        (folder / "verdicts.json").write_text("{", encoding="utf-8")
    if holds == "spoilt verdicts":
        (folder / "runs.parquet").write_bytes(b"")
    if holds in ("an unfinished sweep", "a table that is too short", "a spoilt table"):
        manifest = {"format": "civic-loyalty runs", "version": 1, "produced_by": read_manifest(sweep)}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        (folder / "shards").mkdir()
    if holds == "a table that is too short":
        pd.read_parquet(sweep / "runs.parquet")[1:].to_parquet(folder / "runs.parquet")
    if holds == "a spoilt table":
        (folder / "runs.parquet").write_bytes((sweep / "runs.parquet").read_bytes()[:-100])
    before = sorted(folder.iterdir()) if folder.exists() else None
    assert main([command[0], str(folder), *command[1:]]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(folder) in said
    assert (sorted(folder.iterdir()) if folder.exists() else None) == before


def test_a_page_is_written_whole_or_not_at_all(sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explore", str(sweep), "--out", str(tmp_path)]) == 2
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert main(["explore", str(sweep), "--out", str(tmp_path / "file")]) == 2
    assert main(["explore", str(sweep), "--out", str(tmp_path / "file" / "page.html")]) == 2
    assert capsys.readouterr().err.count("--out") == 3
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
    for _ in range(2):
        assert main(["explore", str(sweep), "--out", str(tmp_path / "page.html")]) == 0


def test_no_name_gets_out_of_the_data(planted: Results) -> None:
    text = payload(planted)
    assert "<" not in text
    assert json.loads(text)["head"]["title"].endswith(EVIL)
    with pytest.raises(ValueError, match="could end its script"):
        single_file("explorer.html", {"results": "</script>"})


def test_a_page_without_its_character_set_cannot_be_made_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain.html").write_text("<!doctype html>\n<title>Plain</title>\n", encoding="utf-8")
    monkeypatch.setattr("lab.single_file.STATIC", tmp_path)
    with pytest.raises(ValueError, match=r"plain\.html: has no line that says its character set"):
        single_file("plain.html", {})


# What is said


class Page:
    """An explorer opened from disk, with networking off."""

    def __init__(self, browser: Any, file: Path, size: tuple[int, int] = (1440, 900), **options: Any) -> None:
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, offline=True, accept_downloads=True, **options
        )
        self.page = self.context.new_page()
        self.wrongs: list[str] = []
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.wrongs.append(f"console: {m.text}"))
        self.page.on("pageerror", lambda error: self.wrongs.append(f"error: {error}"))
        self.page.on("request", lambda r: r.url.startswith(("file:", "data:", "blob:")) or self.wrongs.append(r.url))
        self.file = file

    def open(self, state: str = "") -> Page:
        self.page.goto(self.file.as_uri() + state)
        self.page.locator("html[data-redraws]").wait_for(state="attached", timeout=30_000)
        return self

    def answer(self) -> str:
        text: str = self.page.locator("#answer").inner_text()
        return text

    def narrow(self, name: str, end: str, step: int) -> None:
        redraws = int(self.page.locator("html").get_attribute("data-redraws"))
        self.page.locator(f'.range[data-span="{name}"] input[data-end="{end}"]').evaluate(
            "(input, step) => { input.value = step; input.dispatchEvent(new Event('input')); }", step
        )
        assert int(self.page.locator("html").get_attribute("data-redraws")) == redraws + 1


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def opened(results: Results | Path, state: str = "", **options: Any) -> Page:
        file = tmp_path / f"page-{len(pages)}.html"
        if isinstance(results, Path):
            assert main(["explore", str(results), "--out", str(file)]) == 0
        else:
            file.write_text(single_file("explorer.html", {"results": payload(results)}), encoding="utf-8")
        pages.append(Page(chromium, file, **options))
        return pages[-1].open(state)

    yield opened
    for page in pages:
        page.context.close()
    assert [wrong for page in pages for wrong in page.wrongs] == []


def test_the_sentence_counts_the_points_kept(open_page: Callable[..., Page], planted: Results) -> None:
    page = open_page(planted)
    effect = planted.values[Place(BASE, 1, 0, 1)] - planted.values[Place(BASE, 0, 0, 1)]
    assert f"In {(effect > 0.02).sum()} of {POINTS - 1} points kept" in page.answer()
    assert f"in {(effect < -0.02).sum()} (" in page.answer()
    assert "1 more are unknown" in page.answer()
    assert EVIL in page.answer()
    assert EVIL in page.page.title()
    page.narrow("fairness_weight", "from", 120)
    page.narrow("welfare_weight", "to", 90)
    kept = (planted.points[:, 0] >= 0.6) & (planted.points[:, 1] <= 0.45) & ~np.isnan(effect)
    share = round(100 * (effect[kept] > 0.02).mean())
    assert f"In {(effect[kept] > 0.02).sum()} of {kept.sum()} points kept ({share} %)" in page.answer()
    page.page.locator("#margin").fill("0.1")
    assert f"In {(effect[kept] > 0.1).sum()} of {kept.sum()} points kept" in page.answer()
    page.narrow("threat_weight", "to", 0)
    page.page.get_by_text("No point lies within these ranges").wait_for()
    page.page.locator("#keep-all").click()
    assert f"of {POINTS - 1} points kept" in page.answer()


def test_shares_are_rounded_as_the_report_rounds_them(open_page: Callable[..., Page], planted: Results) -> None:
    wholes = (8, 128, 200, 512, 1000)
    written = open_page(planted).page.evaluate(
        """async (wholes) => {
            const { percent } = await import("lab/js/explorer/format.js");
            return wholes.map((whole) => Array.from({ length: whole + 1 }, (_, part) => percent(part, whole)));
        }""",
        wholes,
    )
    for whole, found in zip(wholes, written, strict=True):
        assert found == [percent(part / whole).replace("\N{NO-BREAK SPACE}", " ") for part in range(whole + 1)]
    assert written[0][1] == "13 %"
    assert written[2][29] == "15 %"


def test_what_decides_is_the_rank_correlation_over_the_points_kept(
    open_page: Callable[..., Page], planted: Results
) -> None:
    page = open_page(planted)
    page.narrow("fairness_weight", "from", 100)
    effect = planted.values[Place(BASE, 1, 0, 1)] - planted.values[Place(BASE, 0, 0, 1)]
    kept = (planted.points[:, 0] >= 0.5) & ~np.isnan(effect)
    wanted = [spearmanr(planted.points[kept, number], effect[kept]).statistic for number in range(3)]
    rows = page.page.locator(".reasons li")
    order = rows.evaluate_all("rows => rows.map((row) => row.dataset.span)")
    assert order == [NAMES[number] for number in np.argsort(-np.abs(wanted))]
    for name, value in zip(NAMES, wanted, strict=True):
        row = page.page.locator(f'.reasons li[data-span="{name}"]')
        assert float(row.locator(".weight").inner_text().replace("−", "-")) == pytest.approx(value, abs=0.0051)
        assert ("chance" in (row.get_attribute("class") or "")) == (name == "threat_weight")


def test_fans_are_quantiles_of_the_points_kept(open_page: Callable[..., Page], planted: Results) -> None:
    assert planted.monthly is not None
    a, b = planted.monthly.values[:, 0].astype(np.float32).astype(float)
    for results, month in ((planted, 75), (replace(planted, monthly=None), 120)):
        page = open_page(results)
        page.narrow("fairness_weight", "to", 60)
        kept = planted.points[:, 0] <= 0.3
        page.page.get_by_role("button", name="B minus A: Sincere loyalty, kin camp: Table").click()
        row = page.page.locator("#fans .chart").first.locator("tr").nth(month + 1).locator("td").all_inner_texts()
        found = [float(text.replace("−", "-")) for text in row]
        difference = (b - a)[kept, month]
        if results.monthly is None:
            difference = (planted.values[Place(BASE, 1, 0, 1)] - planted.values[Place(BASE, 0, 0, 1)])[kept]
            assert "keeps months 30, 120" in page.page.locator("#fans .note").inner_text()
        quantiles = np.nanquantile(difference, [0.05, 0.25, 0.5, 0.75, 0.95])
        np.testing.assert_allclose(found, [month, *quantiles], rtol=1e-4, atol=2e-7)


def test_a_thousand_points_are_redrawn_in_a_tenth_of_a_second(open_page: Callable[..., Page], planted: Results) -> None:
    page = open_page(planted)
    took = page.page.evaluate(
        """async () => {
            const { explorer } = await import("lab/js/explorer/main.js");
            const inputs = [...document.querySelectorAll(".double input")];
            explorer.took.length = 0;
            for (let i = 0; i < 60; i++) {
                const input = inputs[i % inputs.length];
                input.value = String(input.dataset.end === "from" ? i : 200 - i);
                input.dispatchEvent(new Event("input"));
                await new Promise(requestAnimationFrame);
            }
            return explorer.took;
        }"""
    )
    assert len(took) == 60
    print(f"redrawn in {np.median(took):.1f} ms, nine in ten within {np.quantile(took, 0.9):.1f} ms")
    assert np.median(took) < 100


def test_the_map_opens_a_point_by_mouse_and_by_keyboard(open_page: Callable[..., Page], planted: Results) -> None:
    page = open_page(planted).page
    assert page.locator("#across").input_value() == "0"
    assert page.locator("#up").input_value() == "1"
    page.locator(".map-frame").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    said = page.locator("#map [role=status]").inner_text()
    page.keyboard.press("Enter")
    point = int(said.removeprefix("Point ").partition(":")[0])
    assert page.locator(".run-panel h3").inner_text() == f"Point {point}"
    effect = planted.values[Place(BASE, 1, 0, 1)] - planted.values[Place(BASE, 0, 0, 1)]
    assert page.locator('[data-run="difference"]').inner_text() == f"{effect[point - 1]:+.3f}".replace("-", "−")
    page.locator('[data-find="largest"]').click()
    assert page.locator(".run-panel h3").inner_text() == f"Point {np.nanargmax(effect) + 1}"
    ring = page.locator(".map-frame .chosen")
    x, y = (float(ring.get_attribute(name)) for name in ("cx", "cy"))
    page.locator('[data-find="smallest"]').click()
    page.locator(".map-frame svg").click(position={"x": x, "y": y})
    assert page.locator(".run-panel h3").inner_text() == f"Point {np.nanargmax(effect) + 1}"
    page.get_by_role("button", name="threat weight: put across the map").click()
    assert page.locator("#across").input_value() == "2"


def test_what_can_matter_to_neither_side_is_not_offered(open_page: Callable[..., Page], planted: Results) -> None:
    status_quo = Side("status_quo", Arm("status_quo"), read_policy("status_quo"), True, False, {})
    contact = Side("contact", Arm("contact"), read_policy("contact"), True, False, {})
    held = Side("held", Arm("contact", settings=(("fairness_weight", 0.5),)), read_policy("contact"), True, False, {})
    unpaid = Side("unpaid", Arm("contact"), read_policy("contact"), True, True, {"contact": np.zeros(POINTS)})
    names = ("fairness_weight", "contact_reassurance", "sanction_threat")
    results = replace(
        planted,
        spans=tuple(Span(name, "parameters", 0.0, 1.0) for name in names),
        sides=(*planted.sides, status_quo, contact, held, unpaid),
        values={Place(BASE, side, 0, 1): planted.values[Place(BASE, side % 2, 0, 1)] for side in range(6)},
        variants=(("base", {}), ("no fairness", {"fairness_weight": 0.0})),
    )
    page = open_page(results).page

    def offered(a: int, b: int) -> set[str]:
        page.locator("#side-a").select_option(str(a))
        page.locator("#side-b").select_option(str(b))
        axes = page.locator("#across option").evaluate_all("all => all.map((option) => Number(option.value))")
        rows = page.locator("#ranges .range").evaluate_all("rows => rows.map((row) => row.dataset.span)")
        reasons = page.locator(".reasons li[data-span]").evaluate_all("rows => rows.map((row) => row.dataset.span)")
        assert set(reasons) <= set(rows)
        assert set(rows) <= {names[number] for number in axes}
        return set(rows)

    assert offered(0, 1) == {"fairness_weight", "sanction_threat"}
    assert "1 more cannot matter here" in page.locator("#ranges").inner_text()
    assert {page.locator(axis).input_value() for axis in ("#across", "#up")} == {"0", "2"}
    assert offered(0, 3) == set(names)
    assert "cannot matter" not in page.locator("#ranges").inner_text()
    assert offered(2, 3) == {"fairness_weight", "contact_reassurance"}
    assert offered(4, 4) == {"contact_reassurance"}
    assert offered(2, 5) == {"fairness_weight"}
    page.locator("#variant").select_option("1")
    assert offered(2, 3) == {"contact_reassurance"}


def test_what_is_narrowed_can_be_widened_again_where_it_cannot_matter(
    open_page: Callable[..., Page], planted: Results
) -> None:
    spans = (Span("contact_reassurance", "parameters", 0.0, 1.0), *planted.spans[1:])
    page = open_page(replace(planted, spans=spans), "#keep=contact_reassurance~0.5~Infinity")
    kept = int((planted.points[:, 0] >= 0.5).sum())
    assert f"{kept} of {POINTS} points kept" in page.page.locator("#ranges").inner_text()
    page.narrow("contact_reassurance", "from", 0)
    assert f"{POINTS} of {POINTS} points kept" in page.page.locator("#ranges").inner_text()


def test_the_address_holds_the_view(open_page: Callable[..., Page], planted: Results) -> None:
    page = open_page(planted)
    page.narrow("welfare_weight", "from", 50)
    page.page.locator("#month").select_option("0")
    page.page.locator("#up").select_option("2")
    page.page.locator('[data-find="largest"]').click()
    page.page.locator("#share").click()
    kept, answer = page.page.evaluate("location.hash"), page.answer()
    again = open_page(planted, kept)
    assert again.answer() == answer
    assert again.page.locator("#up").input_value() == "2"
    assert again.page.locator(".run-panel h3").inner_text() == page.page.locator(".run-panel h3").inner_text()


def test_more_marks_than_can_be_told_apart_are_thinned_and_shares_are_not(
    open_page: Callable[..., Page], planted: Results
) -> None:
    times = 4
    many = replace(
        planted,
        points=np.tile(planted.points, (times, 1)),
        seeds=planted.seeds * times,
        values={place: np.tile(values, times) for place, values in planted.values.items()},
        monthly=None,
    )
    page = open_page(many)
    assert "Of 4000 points every so many is drawn (" in page.page.locator("#map").inner_text()
    effect = many.values[Place(BASE, 1, 0, 1)] - many.values[Place(BASE, 0, 0, 1)]
    assert f"In {(effect > 0.02).sum()} of {times * (POINTS - 1)} points kept" in page.answer()


def test_what_is_missing_is_said(open_page: Callable[..., Page], planted: Results, trial: Path) -> None:
    page = open_page(replace(planted, spans=(), points=np.zeros((POINTS, 0))))
    assert "This design varies nothing" in page.page.locator("#ranges").inner_text()
    assert "A map needs two things" in page.page.locator("#map").inner_text()
    page = open_page(trial)
    page.page.locator("#variant").select_option("3")
    assert "points kept" in page.answer()
    page.page.locator("#outcome").select_option(label="Threat, kin camp")
    assert "does not hold this outcome for both sides" in page.answer()
    page.page.locator("#variant").select_option("0")
    assert "stands above" in page.answer()


@pytest.mark.parametrize("folder", ["sweep", "budgeted"])
def test_the_commands_live_both_worlds_again(
    open_page: Callable[..., Page],
    folder: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = read_results(request.getfixturevalue(folder))
    page = open_page(request.getfixturevalue(folder), "#point=2").page
    monkeypatch.chdir(tmp_path)
    saved = 0
    for button in page.get_by_role("button", name="Save ").all():
        with page.expect_download() as download:
            button.click()
        download.value.save_as(download.value.suggested_filename)
        saved += 1
    assert saved == (2 if folder == "budgeted" else 0)
    for number, command in enumerate(page.locator('[data-copy="commands"]').inner_text().splitlines()):
        words = shlex.split(command)
        assert words[:2] == ["python", "run.py"]
        assert main([*words[2:], "--out", f"world-{number}"]) == 0
        series = pd.read_parquet(f"world-{number}/series.parquet")
        own = series.query("population == 'kin_camp' and region == 'all' and month == @results.months")
        assert own["loyalty"].item() == results.values[Place(BASE, number, 0, len(results.marks) - 1)][1]


def test_the_replay_command_is_accepted(
    open_page: Callable[..., Page], sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = shlex.split(open_page(sweep, "#point=2").page.locator('[data-copy="replay"]').inner_text())
    monkeypatch.chdir(tmp_path)
    assert main([*words[2:], "--quiet", "--lives", "5"]) == 0
    assert (tmp_path / "point-2.html").stat().st_size > 100_000


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)])
def test_the_page_fits_its_screen(
    open_page: Callable[..., Page], planted: Results, trial: Path, size: tuple[int, int], tmp_path: Path
) -> None:
    folder = Path(os.environ.get("LAB_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    for name, results, scheme in (("planted", planted, "light"), ("trial", trial, "dark")):
        page = open_page(results, "#point=2", size=size, color_scheme=scheme).page
        page.screenshot(path=folder / f"explorer-{name}-{size[0]}x{size[1]}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_point_opens_its_two_worlds_live(start: Any, chromium: Any, sweep: Path) -> None:
    results = read_results(sweep)
    server = start("--citizens", "100", str(sweep))
    context = chromium.new_context()
    wrongs: list[str] = []
    try:
        page = context.new_page()
        context.on("console", lambda message: message.type == "error" and wrongs.append(message.text))
        context.on("request", lambda r: r.url.startswith((server.origin, "blob:", "data:")) or wrongs.append(r.url))
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{server.origin}/explore#point=3")
        page.get_by_role("link", name="To the laboratory").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        with context.expect_page() as opened:
            page.get_by_role("link", name="Open its two worlds live").click()
        lab = opened.value
        lab.locator('html[data-month="48"]').wait_for(state="attached", timeout=60_000)
        a, b = (results.values[Place(BASE, arm, 0, 1)][2] for arm in (0, 1))
        shown = lab.locator('[data-world="B"] [data-figure="difference"]').inner_text().replace("−", "-")
        assert shown == f"{b - a:+.2f}"
        assert page.request.get(f"{server.origin}/results.json").ok
    finally:
        context.close()
        server.close()
    assert wrongs == []


@pytest.mark.parametrize(
    ("files", "named", "words"),
    [
        (
            {"store/manifest.json": "{}", "verdicts.json": "{}"},
            "store",
            "is the store of a trial; name the trial's folder",
        ),
        ({"verdicts.json": '{"format": 2, "claims": [1]}', "runs.parquet": ""}, ".", "cannot be read as verdicts"),
        ({"verdicts.json": '{"format": 1, "claims": []}', "runs.parquet": ""}, ".", "cannot be read as verdicts"),
    ],
)
def test_a_trials_store_and_verdicts_of_another_format_are_refused(
    tmp_path: Path, files: dict[str, str], named: str, words: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=words):
        read_results(tmp_path / named)

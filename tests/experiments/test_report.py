"""The report: numbers as judged, pictures, and a page that needs nothing but itself."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.claims import SHOWN_ARMS, Outcomes, Size, judge, plan, read_claims
from experiments.report import verdict_table, write_report
from experiments.report.page import HERE
from experiments.report.pictures import gallery, paths, saving
from experiments.report.pictures.labels import spaced
from experiments.report.pictures.theme import COLOURS, MAIN_ARMS, THEME
from experiments.report.pictures.what_decides import drivers_note
from experiments.report.readings import MAIN_CLAIM, Readings, mean_and_band
from experiments.report.texts.captions import NUMBERS, PICTURES
from experiments.report.texts.headings import HEADINGS, TABLE
from experiments.report.texts.numbers import MINUS, NO_NUMBER
from experiments.report.texts.parameters import parameter_words
from experiments.report.texts.vocabulary import ARMS
from experiments.report.views import claim_views, compose_answer, decimals
from experiments.runs import POPULATIONS, SERIES, Run, column
from experiments.scope import scopes_of
from experiments.selection import Selection
from experiments.trial import DEFAULT, Trial, write_verdicts
from model.measures import MEASURES, NATIONAL_MEASURES
from scenarios import UNCERTAIN

VOID = {"meta", "br", "hr", "img", "input", "link", "path", "use", "circle"}

# --- the arithmetic ---


def test_bands_are_intervals_ranges_or_nothing() -> None:
    rows = np.array([[1.0, 1.0, 1.0], [3.0, 3.0, np.nan], [5.0, np.nan, np.nan]])
    mean, low, high = mean_and_band(rows)
    assert mean.tolist() == [3.0, 2.0, 1.0]
    assert high[0] - mean[0] == pytest.approx(4.3027 * 2.0 / math.sqrt(3.0), rel=1e-4)
    assert (low[1], high[1]) == (1.0, 3.0)
    assert math.isnan(low[2])


def test_labels_keep_their_distance_and_their_order() -> None:
    assert spaced([0.1, 0.5, 0.9], 0.1, 0.0, 1.0) == pytest.approx([0.1, 0.5, 0.9])
    crowded = spaced([0.95, 0.95, 0.96, 0.99], 0.1, 0.0, 1.0)
    assert np.diff(crowded).min() >= 0.1 - 1e-12
    assert max(crowded) <= 1.0 + 1e-12
    assert spaced([], 0.1, 0.0, 1.0) == []


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "surface"), ("ink", "page"), ("ink", "neutral"), ("ink", "shade"), ("muted", "surface"),
        ("muted", "page"), ("muted", "shade"), ("accent", "page"), ("accent", "shade"), ("supported", "surface"),
        ("refuted", "surface"), ("conditional", "surface"), ("on-better-life", "better-life"),
        ("on-coercion", "coercion"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_level_aa(ink: str, ground: str, scheme: str) -> None:
    colours = palette(scheme)
    assert contrast(colours[ink], colours[ground]) >= 4.5


def test_every_arm_has_one_colour_of_its_own() -> None:
    assert len(set(COLOURS.values())) == len(COLOURS)
    variables = {value.removeprefix("var(--").removesuffix(")") for value in THEME.values()}
    assert variables <= set(palette("light"))


# --- the page ---

SELECTION = (Selection("coercion", 120, 0.2, 0.21, 0.22), Selection("better_life", 120, 0.25, 0.27, 0.29))


def fabricate(
    names: tuple[str, ...] = (),
    points: int = 4,
    seeds: int = 1,
    citizens: int = 400,
    *,
    country: str = "kazakhstan-2021",
    default_seeds: int = 3,
    broken: bool = False,
    quick: bool = False,
    change: Callable[[Run, dict[str, object]], None] = lambda run, row: None,
) -> Trial:
    """Return a trial whose outcomes were made up, all of them failures if `broken`; `change` has the last word."""
    size = Size(points=points, seeds=seeds, citizens=citizens, default_citizens=1000, default_seeds=default_seeds)
    planned = plan(read_claims(names), country, size)
    months = [0, 30, 48, 60, 120, 180]
    columns = [column(measure, who, month) for measure in MEASURES for who in POPULATIONS for month in months]
    columns += [column(measure, "everyone", month) for measure in NATIONAL_MEASURES for month in months]
    rows = []
    for bundle in planned.bundles:
        for run, key in zip(bundle.runs, bundle.keys, strict=True):
            chance = np.random.default_rng(zlib.crc32(key.encode()))
            row: dict[str, object] = {"key": key, "point": bundle.point, "seed": run.seed, "status": "ok"}
            if broken:
                rows.append({**row, "status": "failed", **dict.fromkeys(columns, math.nan), "series": None})
                continue
            row |= dict(zip(columns, chance.uniform(0.0, 0.3, len(columns)).tolist(), strict=True))
            if run.keeps_series:
                level = chance.uniform(0.0, 0.3)
                series = {f"{name}.{who}": (level + 0.001 * np.arange(181)).tolist() for name, who in SERIES}
                row["series"] = json.dumps(series)
            change(run, row)
            rows.append(row)
    outcomes = Outcomes(planned, pd.DataFrame(rows))
    made_of = {
        "code": "c0de", "revision": "r1", "python": "3", "versions": {"numpy": "2"}, "country": country,
        "points": points, "seeds": seeds, "failed": outcomes.failed, "runs": len(rows), "date": "2026-01-01",
    }  # fmt: skip
    findings = tuple(judge(outcomes))
    return Trial(planned, outcomes, findings, scopes_of(outcomes, findings), made_of, quick, Path(), SELECTION)


@dataclass(frozen=True)
class Written:
    trial: Trial
    folder: Path
    html: str


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("report")
    trial = fabricate()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving, "DPI", 60)
        return Written(trial, folder, write_report(trial, folder).read_text(encoding="utf-8"))


class WellFormed(HTMLParser):
    """Fails on a tag that is closed wrongly, an identifier used twice, or anything that asks for something outside."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.identifiers: set[str] = set()
        self.targets: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in {"link", "script", "iframe", "object", "embed"}
        for name, value in attrs:
            assert "://" not in (value or ""), f"<{tag} {name}={value}>"
            if name == "id":
                assert value not in self.identifiers, f"id {value} is used twice"
                self.identifiers.add(value or "")
            if name in {"href", "src"}:
                assert value is not None
                assert value.startswith("#"), f"<{tag} {name}={value}>"
                self.targets.add(value[1:])
            if name == "aria-labelledby":
                self.targets.update((value or "").split())
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parse(html: str) -> WellFormed:
    parser = WellFormed()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert parser.targets <= parser.identifiers
    return parser


def test_the_page_is_well_formed_and_needs_nothing_but_itself(written: Written) -> None:
    parse(written.html)
    assert "http://" not in written.html
    assert "https://" not in written.html
    assert "@import" not in written.html
    assert not re.search(r"url\((?!#)", written.html)
    assert "var(--better-life)" in written.html, "pictures take the page's colours"
    assert ">nan<" not in written.html
    assert "#0072b2" not in written.html.split("</style>")[1]


def test_a_picture_that_is_wider_than_the_screen_says_so(written: Written, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto((written.folder / "report.html").as_uri())
    for width, wider in ((360, True), (690, True), (700, False), (1280, False)):
        page.set_viewport_size({"width": width, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for picture in page.locator(".picture").all():
            cut = picture.locator("> .scroll").evaluate("scroll => scroll.scrollWidth > scroll.clientWidth")
            assert cut == wider
            assert picture.get_by_text("move it sideways").is_visible() == wider
    page.close()


INTERVAL = r"\d \[[+\N{MINUS SIGN}-]?\d|0\.\d{3} ±"


def test_fewer_than_three_seeds_have_no_intervals_and_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Written
) -> None:
    monkeypatch.setattr(saving, "DPI", 30)
    trial = fabricate((MAIN_CLAIM,), default_seeds=2)
    page = write_report(trial, tmp_path).read_text(encoding="utf-8").split("</style>")[1]
    table = verdict_table(trial)
    for said, with_intervals in ((page, written.html), (table, verdict_table(written.trial))):
        assert said.count("means over 2 seeds, too few for an interval") == 1
        assert "95 % interval" not in said
        assert not re.search(INTERVAL, said)
        assert "too few for an interval" not in with_intervals
        assert "95 % interval" in with_intervals
        assert re.search(INTERVAL, with_intervals)


def test_every_picture_is_written_as_png_and_svg(written: Written) -> None:
    folder = written.folder / "pictures"
    assert {path.name for path in folder.iterdir()} == {
        f"{name}.{kind}" for name in PICTURES for kind in ("png", "svg")
    }
    for path in folder.iterdir():
        assert path.stat().st_size > 5_000
        start = path.read_bytes()[:8]
        assert start == b"\x89PNG\r\n\x1a\n" if path.suffix == ".png" else start.startswith(b"<?xml")


def test_the_numbers_on_the_page_are_those_of_the_verdicts(written: Written) -> None:
    write_verdicts(written.trial, written.folder / "verdicts.json")
    verdicts = json.loads((written.folder / "verdicts.json").read_text(encoding="utf-8"))
    assert len(verdicts["claims"]) == 12
    bodies = re.findall(
        r'<tbody class="claim" id="claim-([^"]+)">(.*?)</tbody>\n(?=<tbody|</table>)', written.html, re.S
    )
    assert [name for name, _ in bodies] == [claim["name"] for claim in verdicts["claims"]]
    for claim, (_, body) in zip(verdicts["claims"], bodies, strict=True):
        assert claim["registered"] in body
        assert claim["registration"]["standing"] == "registered"
        assert f"registered, version {claim['registration']['version']} of" in body
        said = re.search(r'class="verdict ([\w-]+)"', body)
        assert said is not None
        assert said.group(1) == claim["verdict"].replace(" ", "-")
        effects = re.findall(r'<td class="effect"[^>]*>(\S+) \[(\S+), (\S+)\]', body)
        finding = next(found for found in written.trial.findings if found.claim.name == claim["name"])
        assert len(effects) == len(claim["estimands"])
        for found, estimand, part in zip(effects, claim["estimands"], finding.parts, strict=True):
            places = decimals(part.estimand)
            for text, key in zip(found, ("mean", "low", "high"), strict=True):
                value = float(text.replace(MINUS, "-"))
                assert value == pytest.approx(estimand["effect_at_default"][key], abs=0.51 * 10.0**-places)
            for shares in estimand["shares"].values():
                said_shares = [shares[name] for name in ("holds", "neutral", "contradicted")]
                errors = [math.sqrt(share * (1.0 - share) / shares["draws"]) for share in said_shares]
                assert errors == pytest.approx(shares["errors"], abs=1e-4)
                assert (
                    " / ".join(
                        f"{100 * share:.1f} ±{100 * error:.1f}"
                        for share, error in zip(said_shares, errors, strict=True)
                    )
                    in body
                )


def test_the_page_says_the_answer_and_that_it_is_provisional(written: Written) -> None:
    words = " ".join(parse(written.html).words)
    answer = compose_answer(Readings(written.trial))
    assert all(sentence in words for sentence in answer.sentences)
    assert answer.note in words
    assert "512 × 2 of 4,000 are needed" in words
    counted = re.search(r"who stay under every policy.*?</table>", written.html, re.DOTALL)
    assert counted is not None
    assert [cell in counted.group() for cell in ("+0.050", "+0.060", "+0.070")] == [True] * 3
    for section in ("disagreements", "limits", "ethics", "inputs"):
        assert HEADINGS[section] in words
    assert all(name in written.html for name in UNCERTAIN)


def test_the_terminal_table_names_every_claim_within_its_width(written: Written) -> None:
    table = verdict_table(written.trial)
    assert max(map(len, table.splitlines())) <= 110
    assert table.isascii()
    assert "All 12 claims ran in the newest registered version." in table
    for finding in written.trial.findings:
        assert finding.claim.title in table


def test_failed_runs_leave_a_page_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "_write_png", lambda figure, path: None)
    trial = fabricate((MAIN_CLAIM, "coercion_changes_display_not_conviction"), points=3, broken=True)
    html = write_report(trial, tmp_path).read_text(encoding="utf-8")
    words = " ".join(parse(html).words)
    assert f"{trial.outcomes.failed} runs failed" in words
    assert "no outcome at 3 of 3 points" in words
    assert not re.search(r"\bnan\b", words)
    assert NO_NUMBER in words
    assert "runs failed" in verdict_table(trial)


def test_an_assumption_that_decides_is_named_and_arms_without_a_path_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Better life's lead is the weight of fairness, many margins wide; of the main arms no history was kept."""

    def decided(run: Run, row: dict[str, object]) -> None:
        if run.arm.policy == "better_life":
            row |= {column("loyalty", "kin_camp", month): 4.0 * run.parameters.fairness_weight for month in (120, 180)}
        if run.arm.policy in MAIN_ARMS:
            row["series"] = None

    monkeypatch.setattr(gallery, "write", lambda figure, stem: "<svg></svg>")
    trial = fabricate((MAIN_CLAIM,), 20, 2, DEFAULT.citizens, country="kazakhstan-2009", change=decided)
    trial = replace(trial, selection=SELECTION[:1])
    html = write_report(trial, tmp_path).read_text(encoding="utf-8")
    words = " ".join(parse(html).words)
    assert f"Beyond chance: {parameter_words('fairness_weight')} (+)" in words
    assert TABLE["seed_spread"] in words
    assert re.search(r"end of policy, equal intensity\s+fairness_weight\s+\+[01]\.\d\d\s", words)
    assert f"matched draws, {trial.scopes.history.matched.sum()} set" in words
    note = re.search(r"Of (\d+) of the 84 uncertain parameters nothing can be told.*?These are (.*?)\.", words)
    assert note is not None
    assert int(note[1]) == len(trial.scopes.idle) == len(note[2].split(", "))
    assert "fairness_weight" not in note[2].split(", ")
    counted = re.search(r"who stay under every policy.*?</table>", html, re.DOTALL)
    assert counted is not None
    assert "0.210" in counted.group()
    assert NUMBERS["better_minus_coercion"] not in counted.group(), "there is no better life to compare with"
    command = "python run.py claim --points 20 --seeds 2 --claim better_life_beats_coercion --country kazakhstan-2009"
    assert command in html
    rows = paths.numbers(Readings(trial))[0].rows
    assert {row[0]: row[1] == NO_NUMBER for row in rows} == {ARMS[arm]: arm in MAIN_ARMS for arm in SHOWN_ARMS}


def test_of_many_points_it_is_said_what_a_correlation_must_pass() -> None:
    note = drivers_note(Readings(fabricate((MAIN_CLAIM,), 20)))
    assert note.startswith("With 20 points this is noise: a correlation must pass ±0.8")


def test_the_terminal_table_says_why_a_claim_cannot_be_tested(written: Written) -> None:
    finding = replace(written.trial.findings[0], verdict="not testable", reason="Nothing happens in these years.")
    table = verdict_table(
        replace(
            written.trial,
            findings=(finding,),
            scopes=replace(written.trial.scopes, claims=written.trial.scopes.claims[:1]),
        )
    )
    assert "\n    Nothing happens in these years.\n" in table


def test_a_rehearsal_without_the_main_claim_backs_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "_write_png", lambda figure, path: None)
    trial = fabricate(("campaign_raises_tension",), points=2, quick=True)
    html = write_report(trial, tmp_path).read_text(encoding="utf-8")
    words = " ".join(parse(html).words)
    assert "was not tried" in words
    assert "backs no verdict" in words
    assert f"({TABLE['not_decisive']})" in words
    readings = Readings(trial)
    assert readings.cells == ()
    view = claim_views(readings)[0]
    assert view.name == "campaign_raises_tension"


def test_the_commands_to_run_it_again_name_what_was_chosen(written: Written) -> None:
    assert "python run.py claim --points 4 --seeds 1 --citizens 400" in written.html


# --- helpers ---


def palette(scheme: str) -> dict[str, str]:
    style = (HERE / "colours.css").read_text(encoding="utf-8")
    light, rest = style.split("@media (prefers-color-scheme: dark)")
    dark = rest.split("@media print")[0]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return found if scheme == "light" else {**found, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))}


def contrast(first: str, second: str) -> float:
    lights = sorted((_luminance(first), _luminance(second)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

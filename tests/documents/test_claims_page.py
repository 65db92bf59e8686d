"""The page of claims says what the stored verdicts say, and nothing is written from a run that backs none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reading import ROOT, anchors, links

from experiments.claims import read_claims
from experiments.documents.__main__ import main
from experiments.documents.claims import EVIDENCE, claims_page, read_verdicts
from experiments.register import read_register
from experiments.report.texts.caveats import DISAGREEMENTS, LIMITS
from experiments.report.texts.claims import VARIANTS_ALIKE

DOCS = ROOT / "docs"
STORED = read_verdicts(DOCS / EVIDENCE)


def test_the_page_is_that_of_the_stored_verdicts() -> None:
    """If this fails: python -m experiments.documents claims."""
    assert (DOCS / "claims.md").read_text(encoding="utf-8") == claims_page(STORED)


def test_the_stored_verdicts_are_final_and_of_registered_claims() -> None:
    made, needed = STORED["provenance"], STORED["needed"]
    assert made["points"] >= needed["points"]
    assert made["seeds"] >= needed["seeds"]
    register = read_register()
    for claim in STORED["claims"]:
        assert claim["registered"] in [version.hash for version in register.of(claim["name"])]
    assert [claim["name"] for claim in STORED["claims"]] == [claim.name for claim in read_claims()]


def test_every_part_of_the_essay_leads_to_its_evidence() -> None:
    page = DOCS / "claims.md"
    text = page.read_text(encoding="utf-8")
    overview = text.partition("## From essay to verdict")[2].partition("\n## ")[0]
    for claim in STORED["claims"]:
        assert claim["essay"] in overview
        for part in claim["estimands"]:
            assert part["name"] in overview
        verdict = f"**{claim['verdict'][:1].upper()}{claim['verdict'][1:]}**"
        assert verdict in text.partition(f"## {claim['number']}. ")[2].partition("\n## ")[0]
    targets = [target for target in links(page) if target.startswith("#")]
    assert {target[1:] for target in targets} <= anchors(page)
    assert len(set(targets) - {"#what-it-depends-on", "#matched-draws"}) == len(STORED["claims"])
    assert all(limit in text for limit in LIMITS)
    assert all(item.evidence in text for item in DISAGREEMENTS)


def test_the_page_says_where_variants_cannot_differ() -> None:
    page = (DOCS / "claims.md").read_text(encoding="utf-8")
    for claim in STORED["claims"]:
        section = page.partition(f"\n## {claim['number']}. ")[2].partition("\n## ")[0]
        coerces = any(arm["policy"] == "coercion" for arm in claim["arms"].values())
        assert (VARIANTS_ALIKE in section) is not coerces


def test_the_page_tells_what_each_comparison_depends_on_and_how_it_stands_in_matched_draws() -> None:
    page = (DOCS / "claims.md").read_text(encoding="utf-8")
    depends = page.partition("## What it depends on")[2]
    assert all(f"`{name}`" in depends for name in STORED["idle_parameters"])
    for claim in STORED["claims"]:
        section = page.partition(f"\n## {claim['number']}. ")[2].partition("\n## ")[0]
        assert f"{STORED['history']['matched']} [matched draws](#matched-draws) |" in section
        for part in claim["estimands"]:
            for found in part["conditions"]:
                assert abs(found["correlation"]) > claim["chance"]
                assert f"| `{found['parameter']}` | {found['correlation']:+.2f} |" in section
                assert found["parameter"] not in STORED["idle_parameters"]


def test_the_readme_says_what_came_out() -> None:
    """If this fails: change the README's paragraph by hand, and its picture's caption."""
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split()).partition("**What came out:**")[2]
    assert {claim["verdict"] for claim in STORED["claims"]} == {"conditional"}, "the paragraph says so"
    ended, later, ended_at_cost, later_at_cost = (part["shares"]["base"] for part in STORED["claims"][0]["estimands"])
    assert f"in {ended['holds']:.0%} of".replace("%", " %") in text
    assert f"and in {later['holds']:.0%} five years later".replace("%", " %") in text
    assert (
        f"at equal cost in {100 * ended_at_cost['holds']:.0f} and {100 * later_at_cost['holds']:.0f} %, coercion in "
        f"{100 * ended_at_cost['contradicted']:.0f} and {100 * later_at_cost['contradicted']:.0f} %"
    ) in text


def test_a_new_run_replaces_page_and_evidence(tmp_path: Path) -> None:
    run, docs = tmp_path / "run", tmp_path / "docs"
    run.mkdir()
    docs.mkdir()
    changed = json.loads(json.dumps(STORED))
    first, second = changed["claims"][:2]
    first["verdict"] = "refuted"
    first["registration"] = {**first["registration"], "standing": "edited", "changed": ["the equations"]}
    second["registration"] = {"standing": "unregistered", "version": None, "date": None, "hash": "", "changed": []}
    changed["provenance"]["points"] = 100
    (run / "verdicts.json").write_text(json.dumps(changed), encoding="utf-8")
    assert main(["--docs", str(docs), "claims", "--from", str(run)]) == 0
    assert json.loads((docs / EVIDENCE).read_text(encoding="utf-8")) == changed
    text = (docs / "claims.md").read_text(encoding="utf-8")
    assert "**Refuted**" in text
    assert "The verdicts are provisional." in text
    assert "ran the claims 1 (edited), 2 (unregistered), but since then changed: the equations." in text
    assert f"Not registered: edited since version {first['registration']['version']}" in text
    (docs / "claims.md").write_text("old", encoding="utf-8")
    assert main(["--docs", str(docs), "claims"]) == 0
    assert (docs / "claims.md").read_text(encoding="utf-8") == text, "from what is stored"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda stored: stored.update(backs_a_verdict=False), "rehearsal"),
        (lambda stored: stored["claims"][0].pop("registration"), "an older version wrote it"),
        (lambda stored: stored.pop("history"), "an older version wrote it"),
        (lambda stored: stored.pop("claims"), "not the verdicts of a trial"),
        (None, "cannot be read"),
    ],
)
def test_a_run_that_backs_no_verdict_is_refused_and_nothing_written(tmp_path, change, words, capsys) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    if change:
        stored = json.loads(json.dumps(STORED))
        change(stored)
        (tmp_path / "verdicts.json").write_text(json.dumps(stored), encoding="utf-8")
    assert main(["--docs", str(docs), "claims", "--from", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert str(tmp_path / "verdicts.json") in error
    assert list(docs.iterdir()) == []

"""The register: what was fixed before a run, what has changed since, and that nobody can change it in silence."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.claims import read_claims
from experiments.register import (
    REGISTER,
    current_state,
    equations_digest,
    read_register,
    register_claims,
    standing,
    standings,
)
from experiments.report.texts.registration import registration_note, registration_said
from scenarios import ScenarioError
from scenarios.files import SHIPPED

ROOT = SHIPPED.parent
COUNTRY = "kazakhstan-2021"


@pytest.fixture
def own_claim(tmp_path):
    text = (SHIPPED / "claims" / "campaign_raises_tension.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("margin = 0.01", "margin = 0.05"), encoding="utf-8")
    return path


def test_every_shipped_claim_runs_as_the_register_says():
    """An edited claim or decision rule needs a new version: `python run.py register --why "..."`."""
    register = read_register()
    state = current_state()
    for claim in read_claims():
        newest = register.of(claim.name)[-1]
        assert claim.digest() == newest.hash, f"{claim.name} was edited; run.py register --why says so"
        assert newest.registration.state.rule == state.rule, "the decision rule was edited"
        assert standing(claim, state, register).version == newest.version


def test_a_changed_claim_a_changed_prior_and_changed_equations_are_called_so():
    (claim,) = read_claims(["1"])
    register, state = read_register(), current_state()
    first = replace(claim.estimands[0], margin=0.03)
    edited = standing(replace(claim, estimands=(first, *claim.estimands[1:])), state, register)
    newest = register.of("better_life_beats_coercion")[-1].version
    assert (edited.standing, edited.version) == ("edited", newest)
    assert f"not registered: edited since version {newest}" in registration_said(edited)
    assert standing(replace(claim, name="of_my_own"), state, register).standing == "unregistered"

    moved = {**state.parameters, "fairness_weight": (0.6, 0.0, 1.3), "welfare_weight": (0.5, 0.0, 1.5)}
    others = {"coercion": "another", "media": "another, but of no arm of this claim"}
    now = replace(
        state, parameters=moved, equations="others", policies={**state.policies, **others}, country="elsewhere"
    )
    changed = standing(claim, now, register).changed
    assert "the equations" in changed
    assert "the parameters welfare_weight, fairness_weight" in changed
    assert "the policy coercion" in changed
    assert not any("media" in words for words in changed)
    assert any("elsewhere" in words for words in changed)
    assert standing(claim, replace(state, rule="laxer"), register).changed == ("the decision rule",)
    counted_anew = replace(state, country_digest="other numbers")
    assert standing(claim, counted_anew, register).changed == (f"the data of {state.country}",)


def test_a_version_is_added_with_a_reason_and_the_old_one_stays(tmp_path, own_claim):
    path = tmp_path / "register.toml"
    shutil.copy(REGISTER, path)
    before = path.read_text(encoding="utf-8")
    for why in (None, "", "  "):
        with pytest.raises(ScenarioError, match="say why"):
            register_claims([str(own_claim)], why, path)
    with pytest.raises(ScenarioError, match="nothing to register"):
        register_claims([], "again", path)
    assert path.read_text(encoding="utf-8") == before

    (first,) = register_claims([str(own_claim)], 'a "wider" margin', path)
    assert (first.name, first.version) == ("mine", 1)
    own_claim.write_text(own_claim.read_text(encoding="utf-8").replace("month = 60", "month = 66"), encoding="utf-8")
    claims = read_claims([str(own_claim)])
    assert standings(claims, COUNTRY, path)["mine"].standing == "edited"
    (second,) = register_claims([str(own_claim)], "later", path)
    register = read_register(path)
    assert [version.hash for version in register.of("mine")] == [first.hash, second.hash]
    assert [entry.why for entry in register.registrations[-2:]] == ['a "wider" margin', "later"]
    assert register.versions[: len(read_register().versions)] == read_register().versions
    assert standings(claims, COUNTRY, path)["mine"].as_fixed
    older = own_claim.read_text(encoding="utf-8").replace("month = 66", "month = 60")
    own_claim.write_text(older, encoding="utf-8")
    found = standings(read_claims([str(own_claim)]), COUNTRY, path)["mine"]
    assert (found.standing, found.version) == ("replaced", 1)


def test_a_copy_under_a_shipped_name_cannot_take_its_place(tmp_path, own_claim):
    copy = own_claim.rename(tmp_path / "campaign_raises_tension.toml")
    with pytest.raises(ScenarioError, match="bears the name of a shipped claim"):
        register_claims([str(copy)], "mine is better", tmp_path / "register.toml")
    assert not (tmp_path / "register.toml").exists()
    assert standings(read_claims([str(copy)]), COUNTRY)["campaign_raises_tension"].standing == "edited"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("version = 1", "version = 2", "has version 2 where 1 is due"),
        ("hash = ", "hush = ", "not a register"),
        ("registration = 1", "registration = 99", "not a register"),
        ("[[claims]]", "[[claims]", "not valid TOML"),
    ],
)
def test_a_register_that_was_meddled_with_is_refused_by_file(tmp_path, old, new, words):
    path = tmp_path / "register.toml"
    path.write_text(REGISTER.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError, match=words) as caught:
        read_register(path)
    assert str(path) in str(caught.value)


def test_the_digest_of_the_equations_sees_numbers_and_no_comments(tmp_path):
    for package in ("agents", "model", "scenarios"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    assert equations_digest(tmp_path) == equations_digest()

    def digest_after(file: str, old: str, new: str, copy: Path) -> str:
        shutil.copytree(tmp_path, copy)
        path = copy / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return equations_digest(copy)

    words = digest_after(
        "agents/rules/fairness.py", '"""Return F,', '# why\n    """Say F,', tmp_path.with_name("words")
    )
    prior = digest_after("scenarios/parameters.py", "(3.7, 4.8)", "(3.7, 4.9)", tmp_path.with_name("prior"))
    number = digest_after("agents/rules/budget.py", "math.log(1.0 - tax", "math.log(1.1 - tax", tmp_path.with_name("n"))
    assert (words, prior) == (equations_digest(), equations_digest())
    assert number != equations_digest()


def test_the_note_names_every_claim_that_is_not_as_registered():
    claims = read_claims()
    as_registered = standings(claims, COUNTRY)
    assert registration_note(as_registered).startswith("All 12 claims ran in the newest registered version.")
    own = replace(next(iter(as_registered.values())), standing="unregistered", version=None, date=None)
    note = registration_note({**as_registered, "mine": own})
    assert "1 of 13 claims is not as registered: mine (not in the register)." in note
    assert registration_note({"mine": own}) == "The claim is not as registered: mine (not in the register)."
    both = registration_note({"mine": own, "yours": replace(own, standing="edited", version=2, date="2026-01-01")})
    assert both.startswith("None of the 2 claims is as registered: mine (not in the register), yours (edited).")
    moved = {name: replace(found, changed=("the equations",)) for name, found in as_registered.items()}
    assert registration_note(moved).endswith("Changed since registration: the equations.")

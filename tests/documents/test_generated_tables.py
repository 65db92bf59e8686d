"""The protocol describes what is there: nothing missing, nothing invented, every value within the range it states."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from reading import ROOT

from agents.rules.conditions import Conditions
from experiments.documents import measurements, tables, words
from experiments.documents.__main__ import main
from experiments.documents.pages import refresh, rewritten
from experiments.prior import prior_points
from model.books import NATION
from model.columns import Columns
from model.society import Society
from scenarios import DECLARATIONS, ScenarioError, names

THEORY = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")


def test_the_theory_names_every_parameter_and_every_rule() -> None:
    named = set(re.findall(r"`(\w+)`", THEORY))
    assert set(DECLARATIONS) - named == set()
    rules = set()
    for path in (ROOT / "agents" / "rules").glob("*.py"):
        module = import_module(f"agents.rules.{path.stem}")
        found = inspect.getmembers(module, inspect.isfunction)
        rules |= {name for name, function in found if function.__module__ == module.__name__ and path.stem != "rule"}
    assert rules - named == set()
    known = set(DECLARATIONS) | rules
    assert {name for name in named if "_" in name} - known == set(), "names that mean nothing in the code"


def test_every_work_that_the_theory_cites_is_listed_and_every_listed_one_is_cited() -> None:
    prose, _, listed = THEORY.partition("## References")
    surnames = [re.match(r"- ([\w' -]+?),", line)[1] for line in listed.splitlines() if line.startswith("- ")]  # type: ignore[index]
    assert surnames == sorted(surnames)
    for surname in surnames:
        assert surname in prose, f"{surname} is listed and never cited"
    cited = set(
        re.findall(
            r"([A-Z][\w]+)(?: and others|, [A-Z]\w+ and [A-Z]\w+| and [A-Z]\w+)? \(?(?:19|20)\d\d",
            " ".join(prose.split()),
        )
    )
    assert {name for name in cited if name not in surnames} <= {"April"}, cited


@pytest.fixture(scope="module")
def lives() -> list[Society]:
    """Small societies at points of the prior, under every policy that pulls another lever, looked at as they live."""
    policies = [name for name in names("policies") if name != "status_quo"]
    made = []
    for number, (policy, point) in enumerate(zip(policies, prior_points(len(policies)), strict=True)):
        made.append(Society(policy=policy, citizens=240, months=48, seed=number, shock_month=3.0, **point._asdict()))
    return made


def test_every_variable_keeps_the_range_that_the_protocol_states(lives: list[Society]) -> None:
    moved: dict[str, set[float]] = {name: set() for name in Columns._fields}
    for society in lives:
        for _ in range(48):
            society.step()
            for name, said in words.CITIZEN.items():
                column = getattr(society.world.columns, name)
                assert np.isfinite(column).all(), name
                assert said.range[0] <= column.min(), (society.policy.name, name, column.min())
                assert column.max() <= said.range[1], (society.policy.name, name, column.max())
                moved[name].update((column.min(), column.max()))
        for name in set(NATION) & set(words.NATION):
            low, high = words.NATION[name].range
            assert low <= society.world.history.nation[:, NATION.index(name)].min(), name
            assert society.world.history.nation[:, NATION.index(name)].max() <= high, name
    still = {name for name, values in moved.items() if len(values) < 2}
    assert still == set(), "a variable that never varied proves nothing about its range"


def test_what_the_protocol_calls_people_does_not_change_with_luck() -> None:
    """The table of streams: columns of month 0 follow from the people's seed alone, the first month from luck."""
    one, other = (Society(citizens=300, months=30, seed=luck, population_seed=7) for luck in (1, 2))
    for name in Columns._fields:
        assert (getattr(one.world.columns, name) == getattr(other.world.columns, name)).all(), name
    assert (one.world.ties == other.world.ties).all()
    assert (one.run().world.columns.display != other.run().world.columns.display).any()


def test_the_schedule_is_the_order_of_the_code() -> None:
    phases = re.findall(r"\| \*\*`(\w+)`\*\*", tables.schedule())
    assert phases == ["open_step", "look_around", "count_victims", "live", "close_step", "take_census"]
    rules = re.findall(r"^\|  \| `(\w+)`", tables.schedule(), re.MULTILINE)
    assert rules.index("is_sanctioned") < rules.index("threat_next") < rules.index("loyalty_next")
    assert rules.count("salience") == 2, "once for the nation, once for a citizen's own group"


@pytest.mark.parametrize(
    ("made", "store"),
    [(tables.citizen_variables, "CITIZEN"), (tables.national_variables, "NATION"), (tables.streams, "STREAMS")],
)
def test_a_variable_without_words_and_words_without_a_variable_are_refused(made, store, monkeypatch) -> None:
    told = dict(getattr(words, store))
    gone = next(iter(told))
    monkeypatch.setattr(tables, store, {name: said for name, said in told.items() if name != gone})
    with pytest.raises(ScenarioError, match=f"not described: {gone}"):
        made()
    monkeypatch.setattr(tables, store, {**told, "phlogiston": told[gone]})
    with pytest.raises(ScenarioError, match="not there: phlogiston"):
        made()


def test_a_page_that_is_out_of_date_is_found_and_brought_up_to_date(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n\n<!-- generated: policies -->\nold\n<!-- end -->\n\nafter\n", encoding="utf-8")
    assert refresh(tmp_path, write=False) == [page]
    assert "old" in page.read_text(encoding="utf-8")
    assert refresh(tmp_path, write=True) == [page]
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before")
    assert "`better_life`" in text
    assert text.endswith("after\n")
    assert refresh(tmp_path, write=False) == []
    assert [path.name for path in tmp_path.iterdir()] == ["page.md"]
    with pytest.raises(ScenarioError, match="no generated part 'polices'; did you mean 'policies'"):
        rewritten("<!-- generated: polices -->\n<!-- end -->", "page.md")
    with pytest.raises(ScenarioError, match="no line '<!-- end -->'"):
        rewritten("<!-- generated: policies -->\n", "page.md")


def test_the_command_looks_or_rewrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- generated: policies -->\nold\n<!-- end -->\n", encoding="utf-8")
    command = ["--docs", str(tmp_path)]
    assert main(["--check", *command]) == 1
    assert capsys.readouterr().out == f"not up to date: {page}\n"
    assert main(command) == 0
    assert capsys.readouterr().out == f"rewritten: {page}\n"
    assert main(["--check", *command]) == 0
    assert capsys.readouterr().out == ""


def test_measurements_that_nobody_made_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measurements._results.cache_clear()
    monkeypatch.setattr(measurements, "RESULTS", tmp_path / "results.json")
    with pytest.raises(ScenarioError, match="no such file in benchmarks/; `make bench` writes it"):
        measurements.scale()


def test_conditions_are_described_field_by_field() -> None:
    assert tuple(words.NATION) == Conditions._fields


def test_a_state_that_the_code_does_not_call_one_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(tables, "STATE", tables.STATE[:-1])
    with pytest.raises(ScenarioError, match=r"model.columns: STATE names .*, the section says"):
        tables.citizen_variables()

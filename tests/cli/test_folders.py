"""Folders of results: no command writes into one that holds something else's."""

import pytest

from experiments.folders import MARKS, held_in
from experiments.store import RunStore
from run import main

SMALL = """
number = 99
title = "A small one"
claim = "One is better than the other."
essay = "No part."
[arms.one]
policy = "better_life"
[arms.two]
policy = "coercion"
[[estimands]]
name = "felt"
measure = "loyalty"
month = 24
margin = 0.02
contrast = { one = 1, two = -1 }
"""
DESIGN = 'kind = "grid"\ncitizens = 20\nmonths = 2\npolicies = ["status_quo"]\n'
COMMANDS = {
    "trial": "claim --claim c.toml --quick --points 1 --seeds 1 --citizens 40 --workers 1 --quiet --out {}",
    "search": "claim --claim c.toml --until decided --budget 160 --seeds 1 --citizens 40 --workers 1 --quiet --out {}",
    "sweep": "sweep d.toml --workers 1 --quiet --out {}",
    "explanation": (
        "explain c.toml --mechanisms m.toml --points 0 --seeds 1 --citizens 40 --workers 1 --quiet --out {}"
    ),
    "challenge": "challenge c.toml --budget 300 --seeds 1 --citizens 40 --workers 1 --quiet --out {}",
    "simulation": "simulate --citizens 20 --months 2 --out {}",
    "conformance report": "check --quick --only bounds --quiet --out {}",
}
MECHANISMS = '[[ablations]]\nname = "threat"\noff = { threat_weight = 0.0 }\n'
MECHANISMS += MECHANISMS.replace("ablations", "groups")


def give(kind, folder):
    return main(COMMANDS[kind].format(folder).split())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with the results of every command, each in one of its own."""
    folder = tmp_path_factory.mktemp("results")
    for name, text in (("c", SMALL), ("d", DESIGN), ("m", MECHANISMS)):
        (folder / f"{name}.toml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for kind in COMMANDS:
            assert give(kind, kind.replace(" ", "_")) == 0, kind
    return folder


def everything(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("held", COMMANDS)
@pytest.mark.parametrize("kind", COMMANDS)
def test_results_of_another_command_are_refused_before_any_work(place, monkeypatch, capsys, kind, held):
    monkeypatch.chdir(place)
    folder = held.replace(" ", "_")
    assert held_in(place / folder) == held
    if kind == held:
        assert give(kind, folder) == 0  # the same command again is welcome
        return
    monkeypatch.setattr("model.society.Society.__init__", None)
    before = everything(place)
    assert give(kind, folder) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith(f"error: --out {folder}: holds a")
    assert f"{held} that is no {kind}" in line
    assert everything(place) == before


@pytest.mark.parametrize("kind", COMMANDS)
def test_files_of_somebody_and_places_that_are_no_folder_are_refused(place, tmp_path, monkeypatch, capsys, kind):
    monkeypatch.chdir(place)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("mine")
    for folder, words in (("mine", "('thesis.tex')"), ("mine/thesis.tex", "is a file"), ("mine/thesis.tex/out", "")):
        assert give(kind, tmp_path / folder) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert str(tmp_path / folder) in line
        assert words in line
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("held", COMMANDS)
def test_only_sweeps_are_analysed(place, monkeypatch, capsys, held):
    before = everything(place)
    if held == "sweep":
        assert main(["analyze", str(place / held)]) == 0
        said = capsys.readouterr().out
        monkeypatch.chdir(place)
        assert main([*COMMANDS[held].format(place / held).split(), "--analyze"]) == 0
        assert capsys.readouterr().out.endswith(said)
        return
    assert main(["analyze", str(place / held.replace(" ", "_"))]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert f"{held} that is no sweep" in line
    assert everything(place) == before


def test_a_manifest_that_was_restored_by_hand_does_not_say_of_what_kind_the_results_are(tmp_path):
    with RunStore(tmp_path / "store"):
        pass
    assert held_in(tmp_path) is None


def test_what_a_kill_leaves_before_the_first_run_is_taken_up_again(tmp_path):
    assert held_in(tmp_path / "missing") is None
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / ".lock").touch()
    assert held_in(tmp_path) is None
    with RunStore(tmp_path / "store", produced_by={"claims": {}, "points": 8}):
        pass
    assert held_in(tmp_path) == "trial"  # as trials were written before they said so
    for kind, marks in MARKS.items():
        for mark in marks:
            (tmp_path / kind).mkdir(exist_ok=True)
            (tmp_path / kind / mark).touch()
            assert held_in(tmp_path / kind) == kind
            (tmp_path / kind / mark).unlink()

"""The conformance suite proves itself: a sound model passes, and each planted fault is caught with its witness."""

from __future__ import annotations

import json
import os
import pickle
import re
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import planted
import planted_scenario
import pyarrow.lib
import pytest
from mesa.examples import EpsteinCivilViolence, VirusOnNetwork

import run
from experiments.conformance import Outcome, Subject, SubjectError, check_model, report, society
from experiments.conformance import parameters as parameter_checks
from experiments.conformance.adapter import Trial, inferred_ranges, mesa_observers, mesa_state
from experiments.conformance.reads import listening
from experiments.conformance.suite import NAMES
from experiments.conformance.witness import first_difference, shrunk
from model.society import Society

HERE = [name for name in NAMES if name != "processes"]
NEW_MESA = tuple(map(int, mesa.__version__.split(".")[:2])) >= (3, 5)
LABELS = {"groups": planted.GROUPS}
LAWS = {"coins": planted.coins}
COURAGE: dict[str, Any] = {"parameters": {"courage": (0.0, 1.0)}}
NUMBERS = {"scales": planted.SCALES, "per_head": planted.per_head}


def outcome(name: str, make_model: Any, **adapter: Any) -> Outcome:
    held = check_model(make_model, quick=True, only=[name], **{**planted.SOUND, **adapter})
    return held.outcome(name)


def test_a_sound_model_passes_whatever_can_be_checked() -> None:
    held = check_model(
        planted.Walkers,
        quick=True,
        only=HERE,
        **planted.SOUND,
        labels=LABELS,
        streams=planted.STREAMS,
        bounds={"Walker.place": (-100.0, 100.0)},
        laws={"nobody is lost": planted.missing},
        **NUMBERS,
    )
    assert [result.name for result in held.results] == HERE
    assert held.ok, held
    unsaid = {result.name for result in held.results if result.outcome.verdict == "not applicable"}
    assert unsaid == {"alternatives", "regions", "silent parameters", "undeclared reads", "documentation"}


FAULTS = [
    ("repetition", planted.ByTheClock, {}, "Walker.place"),
    ("repetition", planted.ByGlobalLuck, {}, "Walker.news[0]"),
    ("repetition", planted.ByWhatWentBefore, {}, "model.speed"),
    ("alternatives", planted.ByEngine, {"alternatives": {"quick engine": {"engine": "quick"}}}, "quick engine"),
    ("observers", planted.LeakingReporter, {}, "watched by 'collect data'"),
    ("checkpoints", planted.Unpicklable, {}, "saved at the beginning"),
    ("checkpoints", planted.Forgetful, {}, "saved at step 1"),
    ("streams", planted.OneStream, {"streams": planted.STREAMS}, "'look' draws once more"),
    ("streams", planted.SharesLuck, {"streams": planted.LISTENED}, "'move' at (1, 1) drew"),
    ("streams", planted.KeepsLuck, {"streams": planted.LISTENED}, "no draw of its own moved"),
    ("order", planted.Queue, {}, "agents in another order"),
    ("order", planted.QueueOfAChoir, {}, "agents in another order"),
    ("stopping", planted.Tireless, {}, "stopped after step 1; "),
    ("groups", planted.NamesAGroup, {"labels": LABELS}, "'north' and 'south' swapped"),
    ("dead parameters", planted.DeadParameter, COURAGE, "'courage' from 0.0 to 1.0"),
    ("dead parameters", planted.Walkers, {"inert": {"speed": "so they say"}}, "'speed' is declared inert"),
    (
        "dead parameters",
        planted.Humped,
        {**COURAGE, "inert": {"courage": "so they say"}},
        "is declared inert and is not",
    ),
    ("silent parameters", planted.Walkers, {"silent": {"as set": ["pull"]}}, "'pull' ="),
    ("undeclared reads", planted.ReadsInSecret, {"containers": ("p",)}, "'hidden_speed' is read and not declared"),
    ("documentation", planted.DeadParameter, {}, "'wisdom' is documented and does not exist"),
    ("documentation", planted.Walkers, {"documented": ["speed"]}, "'pull' exists and is not documented"),
    ("bounds", planted.Runaway, {"bounds": {"Walker.place": (-1e3, 1e3)}}, "Walker.place[0] = 1000000.0"),
    ("bounds", planted.Walkers, {"bounds": {"Walker.plaice": (0.0, 1.0)}}, "no state is called 'Walker.plaice'"),
    ("bounds", planted.Asserting, {"bounds": {"Walker.place": (-1e3, 1e3)}}, "AssertionError: nobody walks that far"),
    ("conservation", planted.Spendthrift, {"laws": LAWS}, "coins: missed by -0.1"),
    ("scale", planted.Crowded, NUMBERS, "'place' per head"),
]


@pytest.mark.parametrize(("name", "kind", "adapter", "words"), FAULTS, ids=[f"{f[0]}: {f[1].__name__}" for f in FAULTS])
def test_a_planted_fault_is_caught_with_its_witness(name: str, kind: Any, adapter: dict[str, Any], words: str) -> None:
    found = outcome(name, kind, **adapter)
    assert found.verdict == "fail"
    assert any(words in str(witness) for witness in found.witnesses), found


def test_the_same_checks_find_nothing_where_nothing_is_wrong() -> None:
    """Settings and ranges in which the planted faults do not show."""
    assert outcome("alternatives", planted.ByEngine, alternatives={"the same": {"engine": "plain"}}).verdict == "pass"
    thrifty = {"laws": LAWS, "parameters": {"pull": (0.05, 0.1)}}
    assert outcome("conservation", planted.Spendthrift, **thrifty).verdict == "pass"
    assert (
        outcome("silent parameters", planted.DeadParameter, **COURAGE, silent={"as set": ["courage"]}).verdict == "pass"
    )
    inert = {"inert": {"courage": "nothing reads it"}}
    assert outcome("dead parameters", planted.DeadParameter, **COURAGE, **inert).verdict == "pass"


@pytest.mark.parametrize("name", ["alternatives", "observers", "checkpoints"])
def test_a_difference_that_does_not_come_again_is_told_all_the_same(name: str) -> None:
    """It cannot be made smaller, and it is not forgotten."""
    once = planted.Once(planted.hurried)

    def make(engine: str = "plain", **settings: Any) -> Any:
        return once(planted.Walkers(**settings)) if engine == "another" else planted.Walkers(**settings)

    ways: dict[str, dict[str, Any]] = {
        "alternatives": {"alternatives": {"another engine": {"engine": "another"}}},
        "observers": {"observers": {"meddle": once}},
        "checkpoints": {"load": lambda saved: once(pickle.loads(saved))},
    }
    found = outcome(name, make, **ways[name])
    assert found.verdict == "fail"
    (witness,) = found.witnesses
    assert witness.steps == planted.SOUND["steps"]


def test_a_parameter_that_acts_in_a_crowd_is_tried_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome("dead parameters", planted.Crowd, **COURAGE).verdict == "pass"
    large = {**COURAGE, "settings": {"walkers": 4, "crowd": 200}, "steps": 2}
    assert outcome("dead parameters", planted.Crowd, **large).verdict == "pass"
    monkeypatch.setattr(parameter_checks, "PATIENCE", 0.0)
    found = outcome("dead parameters", planted.Crowd, **large)
    assert [witness.what for witness in found.witnesses] == ["'courage' from 0.0 to 1.0 changes nothing"]


def test_a_parameter_is_alive_although_the_model_refuses_some_of_its_values() -> None:
    for settings in ({"walkers": 8}, {"walkers": 8, "speed": 2.0}):
        found = outcome("dead parameters", planted.Moody, parameters={"speed": (0.5, 2.0)}, settings=settings)
        assert found.detail == "each of 1 parameters changes some output; none is declared inert"


def test_what_can_be_seen_of_a_model_is_what_it_has() -> None:
    class Weather(planted.Walkers):
        def __init__(self) -> None:
            super().__init__(walkers=2)
            self.wind, self.names = np.array([1.0, 2.0]), np.array(["a", "b"])

    seen = mesa_state(Weather())
    assert seen["model.wind"].tolist() == [1.0, 2.0]
    assert "model.names" not in seen
    assert set(mesa_observers(Weather())) == {"read every number", "collect data", "read the collected data"}
    assert set(mesa_observers(planted.clock(1))) == {"read every number"}


def test_sources_are_read_once_and_those_without_text_are_passed_over() -> None:
    twice = [planted, planted, pyarrow.lib]
    (witness,) = outcome("undeclared reads", planted.ReadsInSecret, containers=("p",), sources=twice).witnesses
    assert (witness.what, witness.evidence.count("planted.py")) == ("'hidden_speed' is read and not declared", 1)


def test_a_class_that_was_listened_to_is_as_it_was() -> None:
    class Shy:
        secret, name = 1, "shy"

        def __getattribute__(self, name: str) -> Any:
            return 2 if name == "secret" else super().__getattribute__(name)

    before = vars(Shy)["__getattribute__"]
    with listening(Shy) as heard:
        assert Shy().secret == 2
    assert heard == {"secret"}
    assert vars(Shy)["__getattribute__"] is before
    with listening(planted.Clock) as heard:
        assert planted.clock(3).pace == 0.5
    assert heard >= {"pace"}
    assert "__getattribute__" not in vars(planted.Clock)


def test_other_luck_in_one_mechanism_that_leaves_the_others_alone_passes() -> None:
    found = outcome("streams", planted.Heard, streams=planted.LISTENED)
    assert (found.verdict, "left every draw of the others as it was" in found.detail) == ("pass", True)


def test_a_model_that_ends_by_itself_is_lived_to_its_end_and_no_longer() -> None:
    checks = ["repetition", "checkpoints", "stopping", "groups", "scale"]
    held = check_model(planted.EndsEarly, quick=True, only=checks, **planted.SOUND, labels=LABELS, **NUMBERS)
    assert [(result.name, result.outcome.verdict) for result in held.results] == [(name, "pass") for name in checks]
    assert "3 checkpoints" in held.outcome("checkpoints").detail


def test_choices_are_tried_each_and_points_that_a_model_refuses_are_left_out() -> None:
    ranges = {"mood": ["calm", "wild"], "bold": [False, True], "speed": (0.5, 2.0)}
    limits = {"bounds": {"Walker.place": (-100.0, 100.0)}}
    assert outcome("dead parameters", planted.Moody, parameters=ranges).verdict == "pass"
    assert "points refused by the model" in outcome("bounds", planted.Moody, parameters=ranges, **limits).detail
    found = outcome("bounds", planted.Moody, parameters={"speed": (1.95, 2.0)}, settings={"speed": 2.0}, **limits)
    assert (found.verdict, "refuses all" in found.detail) == ("not applicable", True)
    assert outcome("bounds", planted.Walkers, parameters={}, **limits).verdict == "pass"
    assert outcome("documentation", planted.Moody, parameters=ranges).detail == "2 documented parameters exist"
    assert outcome("documentation", planted.Walkers, documented=["speed", "pull"]).verdict == "pass"


def test_ranges_that_nobody_gives_are_guessed_about_the_defaults() -> None:
    guessed = inferred_ranges(planted.Moody)
    assert guessed == {"mood": ["calm", "wild"], "bold": [False, True]}, "0 has no range about it"
    assert inferred_ranges(planted.Walkers) == {
        "walkers": (4, 12),
        "speed": (0.5, 1.0),
        "pull": (0.05, pytest.approx(0.15)),
    }
    assert inferred_ranges(planted.clock) == {"pace": (0.25, 0.75)}


def test_a_model_that_is_not_mesas_needs_its_state_and_its_step() -> None:
    told = {"state": planted.hand, "step": planted.tick, "steps": 5, "observers": {}}
    held = check_model(
        planted.clock, quick=True, only=["repetition", "observers", "stopping", "dead parameters"], **told
    )
    verdicts = {result.name: (result.outcome.verdict, result.outcome.detail) for result in held.results}
    assert verdicts["repetition"][0] == verdicts["dead parameters"][0] == "pass"
    assert verdicts["observers"] == ("not applicable", "the adapter names no observers")
    assert verdicts["stopping"] == ("not applicable", "the model has no `run_model` or no `running`")


def test_a_scenario_of_mesas_says_what_the_parameters_are(monkeypatch: pytest.MonkeyPatch) -> None:
    planted_scenario.know_scenarios(monkeypatch)
    leaves = planted_scenario.Leaves
    assert inferred_ranges(leaves) == {"leaves": (2, 6), "wind": (0.5, 1.0), "sun": (0.25, 0.75)}
    assert inferred_ranges(planted.Walkers).keys() == {"walkers", "speed", "pull"}, (
        "a model without one is read as ever"
    )
    checks = ["repetition", "dead parameters", "undeclared reads", "documentation"]
    adapter: dict[str, Any] = {"settings": {"leaves": 4}, "steps": 4}
    held = check_model(leaves, quick=True, only=checks, **adapter)
    assert held.outcome("repetition").verdict == "pass"
    (sun,) = held.outcome("dead parameters").witnesses
    assert sun.what == "'sun' from 0.25 to 0.75 changes nothing"
    assert "no agent and no step reads it; no line of the sources reads it" in sun.evidence
    (gust,) = held.outcome("undeclared reads").witnesses
    assert gust.what == "'gust' is read and not declared"
    assert gust.evidence.startswith("planted_scenario.py:")
    assert held.outcome("documentation").detail == "3 documented parameters exist"
    allowed = check_model(leaves, quick=True, only=["undeclared reads"], allowed=["gust"], **adapter)
    assert allowed.outcome("undeclared reads").detail == "3 names read as scenario.NAME, all declared"


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ([{"a": 1.0}], [{"a": 1.0}, {"a": 2.0}], "steps lived"),
        ([{"a": 1.0}], [{}], "missing"),
        ([{}], [{"a": 1.0}], "missing"),
        ([{"a": np.zeros(2)}], [{"a": np.zeros(3)}], "of shape (3,)"),
        ([{"a": 1.0}, {"a": np.array([0.5, np.nan])}], [{"a": 1.0}, {"a": np.array([0.5, 2.0])}], "a[1]"),
    ],
)
def test_where_two_lives_part_is_told(one: list[Any], other: list[Any], words: str) -> None:
    assert words in str(first_difference(one, other))
    assert first_difference(one, one) is None


def test_witnesses_are_the_smallest() -> None:
    """Two walkers, the second in the named group; one step; and of all parameters the one that matters."""
    (named,) = outcome("groups", planted.NamesAGroup, labels=LABELS).witnesses
    assert (named.steps, named.settings) == (1, {"walkers": 1})
    (runaway,) = outcome("bounds", planted.Runaway, bounds={"Walker.place": (-1e3, 1e3)}).witnesses
    assert runaway.settings is not None
    assert (runaway.steps, set(runaway.settings), runaway.settings["walkers"]) == (1, {"walkers", "speed"}, 1)
    (queue,) = outcome("order", planted.Queue).witnesses
    assert queue.settings == {"walkers": 2}


@pytest.mark.parametrize(
    ("lived", "walkers", "steps", "smallest"),
    [
        (700, 5, 3, Trial(1, 3, {"walkers": 6})),
        (700, 40, 20, Trial(1, 24, {"walkers": 40})),
        (700, 1, 700, Trial(1, 700, {"walkers": 4})),
        (7, 1, 7, Trial(1, 7, {"walkers": 4})),
        (700, 41, 3, None),
    ],
)
def test_a_witness_has_as_few_agents_and_steps_as_still_fail(
    lived: int, walkers: int, steps: int, smallest: Trial | None
) -> None:
    subject = Subject(planted.Walkers, size="walkers", smallest=4)

    def fails(trial: Trial) -> str | None:
        return "it fails" if trial.settings["walkers"] >= walkers and trial.steps >= steps else None

    found = shrunk(subject, Trial(1, lived, {"walkers": 40, "speed": 1.0}), fails)
    assert found == (None if smallest is None else (smallest, "it fails"))


def test_without_a_size_a_witness_keeps_its_agents() -> None:
    (witness,) = outcome("repetition", planted.ByTheClock, size=None).witnesses
    assert (witness.steps, witness.settings) == (1, {})


@pytest.mark.slow
def test_another_hash_seed_in_another_process_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    found = outcome("processes", planted.BySetOrder)
    assert found.verdict == "fail"
    (witness,) = found.witnesses
    assert "PYTHONHASHSEED" in witness.what
    assert (witness.steps, "Walker.place" in witness.evidence) == (1, True)
    assert outcome("processes", planted.Walkers).verdict == "pass"
    assert os.environ["OMP_NUM_THREADS"] == "7", "the environment is left as it was"
    at_a_prompt = outcome("processes", planted.Walkers, state=lambda model: {"speed": model.speed})
    assert (at_a_prompt.verdict, "define it in a module" in at_a_prompt.detail) == ("not applicable", True)


def test_what_the_adapter_does_not_say_is_not_applicable() -> None:
    assert "walkers 8 and 32" in outcome("scale", planted.Walkers, per_head=planted.per_head).detail
    for name in (
        "alternatives",
        "streams",
        "groups",
        "regions",
        "bounds",
        "conservation",
        "scale",
        "silent parameters",
    ):
        found = outcome(name, planted.Walkers, size=None)
        assert found.verdict == "not applicable"
        assert "adapter" in found.detail
    assert outcome("order", planted.Walkers, synchronous=False).verdict == "not applicable"
    assert "no agent was called" in outcome("order", planted.ByHand).detail
    assert "declares no parameters" in outcome("dead parameters", planted.Walkers, parameters={}).detail
    assert "no docstring lists parameters" in outcome("documentation", planted.clock, settings={}).detail
    found = outcome("repetition", planted.ByTheClock, exempt={"repetition": "it is a clock"})
    assert (found.verdict, found.detail) == ("not applicable", "exempt: it is a clock")


def test_a_model_that_does_not_repeat_itself_is_not_compared() -> None:
    """A parameter would seem alive, and an observer to blame, where it was only luck."""
    held = check_model(planted.ByGlobalLuck, quick=True, only=["repetition", "dead parameters"], **planted.SOUND)
    assert held.outcome("dead parameters").verdict == "not applicable"


def test_a_model_that_raises_fails_with_the_error() -> None:
    def broken(seed: int, **settings: Any) -> Any:
        raise ZeroDivisionError("no walkers")

    (witness,) = outcome("repetition", broken).witnesses
    assert witness.what == "ZeroDivisionError: no walkers"


@pytest.mark.parametrize(
    ("adapter", "words"),
    [
        ({"parameters": {"speed": 3.0}}, "parameters: speed = 3.0 is not allowed"),
        ({"parameters": {"speed": (2.0, 1.0)}}, "parameters: speed = (2.0, 1.0)"),
        ({"inert": dict.fromkeys("abcd", "")}, "at most three"),
        ({"inert": {"sped": "why"}}, "'sped' is no parameter"),
        ({"steps": 0}, "steps = 0"),
        ({"exempt": {"bonds": "why"}}, "did you mean 'bounds'"),
        ({"stride": 3}, "stride"),
        ({"make_model": "Walkers"}, "make_model = 'Walkers' is not allowed"),
    ],
)
def test_an_adapter_that_is_wrong_is_refused(adapter: dict[str, Any], words: str) -> None:
    with pytest.raises(SubjectError, match=re.escape(words)):
        check_model(**{"make_model": planted.Walkers, **planted.SOUND, **adapter})


# --- Mesa's own examples ----------------------------------------------------------------------------------------------

VILLAGE: dict[str, Any] = {"settings": {"width": 8, "height": 8}, "steps": 6}
VISIONS = {"citizen_vision": (1, 4), "cop_vision": (1, 4), "legitimacy": (0.1, 0.9), "max_jail_term": (1, 30)}


def test_the_dead_parameter_of_epsteins_civil_violence_is_found() -> None:
    """Mesa 3.5 ships `citizen_vision` and reads it nowhere; in Mesa 3.3 citizens still looked through it."""
    held = check_model(EpsteinCivilViolence, quick=True, only=["dead parameters"], parameters=VISIONS, **VILLAGE)
    found = held.outcome("dead parameters")
    if not NEW_MESA:
        assert found.verdict == "pass", found
        return
    assert found.verdict == "fail"
    (witness,) = found.witnesses
    assert witness.what == "'citizen_vision' from 1 to 4 changes nothing"
    assert "no agent and no step reads it; no line of the sources reads it" in witness.evidence


def test_the_luck_that_mesas_virus_takes_from_elsewhere_is_found() -> None:
    """Mesa's virus model draws its network from the global generator, whatever the seed."""
    large = {"num_nodes": 40}  # of ten nodes two outbreaks may look alike
    held = check_model(VirusOnNetwork, quick=True, only=["repetition"], settings=large, steps=10)
    (witness,) = held.outcome("repetition").witnesses
    assert "VirusAgent" in witness.evidence


# --- our society, by the command line ---------------------------------------------------------------------------------


def check(*arguments: Any) -> int:
    return run.main(["check", *map(str, arguments)])


def test_every_state_of_the_society_has_a_range() -> None:
    """What is compared and not bounded could leave its range unseen; what is bounded and not there, too."""
    assert set(society.state(Society(citizens=20, months=31))) == set(society.BOUNDS)


def test_the_laws_hold_when_the_last_citizen_has_gone() -> None:
    eager = {"departure_rate": 1.0, "conflict_deterrence": -5.0, "welfare_departure": 0.0}
    village = Society(citizens=1, months=30, seed=5, policy="better_life", **eager)
    heads = []
    for _ in range(30):
        village.run(1)
        heads.append(village.world.history.stocks[village.month, :, :, 0].sum())
        assert {name: law(village) for name, law in society.LAWS.items()} == pytest.approx(
            dict.fromkeys(society.LAWS, 0.0), abs=1e-9
        )
    assert (heads[0], heads[-1]) == (1.0, 0.0)


IN_CI = ("processes", "dead parameters", "scale")
"""The longest checks of the society: `.ci/run` makes them, beside the tests."""


@pytest.mark.slow
def test_the_society_conforms_and_the_command_writes_a_record_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = [name for name in NAMES if name not in IN_CI]
    assert check("--quick", "--only", *checks, "--out", tmp_path / "a") == 0
    said = capsys.readouterr()
    assert "Society: 14 passed, 0 failed" in said.out
    assert "14 of 14: conservation: pass" in said.err
    record = json.loads((tmp_path / "a" / "check.json").read_text())
    assert [check["verdict"] for check in record["checks"]] == ["pass"] * 14
    page = (tmp_path / "a" / "check.html").read_text()
    assert "Conforms" in page
    assert "http" not in page
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["check.html", "check.json"]


def test_a_failed_check_is_exit_status_1(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(society.LAWS, "the moon is made of cheese", lambda society: float(society.month > 2))
    assert check("--quick", "--quiet", "--only", "conservation") == 1
    said = capsys.readouterr()
    assert "the moon is made of cheese: missed by 1" in " ".join(said.out.split())
    assert "citizens=1" in said.out
    assert said.err == ""


def test_a_stopped_suite_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is finished is on the disk after every check, and only for the same code."""
    subject = Subject(planted.Walkers, **planted.SOUND)
    monkeypatch.setattr(report, "revision", lambda: "abc")
    stop = iter([None, KeyboardInterrupt()])

    def say(text: str) -> None:
        if (now := next(stop)) is not None:
            raise now

    with pytest.raises(KeyboardInterrupt):
        report.hold_check(subject, tmp_path, quick=True, only=("repetition", "order", "stopping"), say=say)
    assert [path.name for path in tmp_path.iterdir()] == ["begun.json"]
    heard: list[str] = []
    done = report.hold_check(subject, tmp_path, quick=True, only=("repetition", "order", "stopping"), say=heard.append)
    assert heard[0] == "resumed: 2 checks were made"
    assert (len(heard), [result.name for result in done.results]) == (2, ["repetition", "order", "stopping"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["check.html", "check.json"]


@pytest.mark.parametrize(("begun", "now"), [("abc", "def"), ("abc+", "abc+")])
def test_a_suite_of_other_code_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: str, now: str
) -> None:
    """A revision with changes may be any code."""
    subject = Subject(planted.Walkers, **planted.SOUND)

    def stop(text: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "revision", lambda: begun)
    with pytest.raises(KeyboardInterrupt):
        report.hold_check(subject, tmp_path, quick=True, only=("repetition", "stopping"), say=stop)
    monkeypatch.setattr(report, "revision", lambda: now)
    heard: list[str] = []
    report.hold_check(subject, tmp_path, quick=True, only=("repetition", "stopping"), say=heard.append)
    assert [line.partition(":")[0] for line in heard] == [" 1 of 2", " 2 of 2"]


def test_bad_input_is_refused_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    for arguments, words in (
        (("--only", "grups"), "did you mean 'groups'"),
        (("--out", tmp_path), "holds something that is no conformance report"),
    ):
        assert check("--quick", *arguments) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert words in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]

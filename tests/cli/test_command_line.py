"""The command line as its users meet it: each command once in a process of its own, and what it refuses in this one."""

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from experiments.errors import StoreWarning
from experiments.register import read_register, register_claims
from experiments.simulation import simulate
from run import _plainly, main
from scenarios import ScenarioError

ROOT = Path(__file__).parents[2]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-W", "error::UserWarning", str(ROOT / "run.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_simulate_writes_series_record_and_picture(tmp_path):
    done = run("simulate", "--policy", "better_life", "--citizens", 200, "--months", 40, "--out", tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert "sincere loyalty, kin camp" in done.stdout
    series = pd.read_parquet(tmp_path / "a" / "series.parquet")
    assert series["month"].max() == 40
    assert set(series["population"]) >= {"everyone", "kin_camp", "other_camp", "kazakh", "russian"}
    record = json.loads((tmp_path / "a" / "run.json").read_text())
    assert (record["policy"], record["citizens"], record["seed"]) == ("better_life", 200, 1)
    assert record["parameters"]["fairness_weight"] == 0.6
    assert (tmp_path / "a" / "history.png").stat().st_size > 20_000
    assert not list((tmp_path / "a").glob(".*"))


def test_both_engines_write_the_same_csv_and_a_setting_is_used(tmp_path):
    common = [
        "simulate",
        "--policy",
        "coercion",
        "--citizens",
        "150",
        "--months",
        "35",
        "--format",
        "csv",
        "--seed",
        "5",
    ]
    for name, more in (
        ("fast", []),
        ("reference", ["--engine", "reference"]),
        ("other", ["--set", "welfare_weight=0.1", "threat_weight=0.9"]),
    ):
        assert main([*common, "--out", str(tmp_path / name), *more]) == 0
    fast, reference, other = ((tmp_path / name / "series.csv").read_text() for name in ("fast", "reference", "other"))
    assert fast == reference
    assert fast != other


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--policy", "betterlife"], ["betterlife", "did you mean 'better_life'"]),
        (["--set", "welfare_wieght=1"], ["welfare_wieght", "did you mean 'welfare_weight'"]),
        (["--set", "welfare_weight=nan"], ["welfare_weight = nan", "prior 0 to 1.5"]),
        (["--set", "welfare_weight=much"], ["welfare_weight=much", "no number"]),
        (["--set", "welfare_weight"], ["NAME=VALUE"]),
        (["--set", "credulity=1.5"], ["credulity = 1.5", "from 0 to 1"]),
        (["--citizens", "0"], ["citizens = 0", "whole number"]),
        (["--citizens", "900000000"], ["citizens = 900000000", "GiB"]),
        (["--country", "no/such.toml"], ["no/such.toml", "no such file"]),
        (["--conflict", "cold-war"], ["cold-war", "russia-ukraine"]),
        (["--seed", "-1"], ["seed = -1"]),
    ],
)
def test_bad_input_is_one_clear_line_and_status_2_and_writes_nothing(tmp_path, capsys, arguments, words):
    assert main(["simulate", "--citizens", "50", *arguments, "--out", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    for word in words:
        assert word in line
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_refused(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    for command in (["simulate", "--citizens", "50"], ["claim", "--quick"]):
        assert main([*command, "--out", str(tmp_path)]) == 2
        assert "holds something" in capsys.readouterr().err
        assert main([*command, "--out", str(tmp_path / "thesis.txt")]) == 2
        assert "thesis.txt: is a file; name a folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_own_countries_and_policies_are_files(tmp_path, capsys):
    policy = tmp_path / "mild.toml"
    policy.write_text('title = "Mild"\ndescription = "Half of it."\n[levers.coercion]\nlevel = 0.5\n')
    country = tmp_path / "mine.toml"
    country.write_text((ROOT / "scenarios/countries/kazakhstan-2021.toml").read_text())
    done = run("simulate", "--policy", policy, "--country", country, "--citizens", 60, "--months", 35)
    assert done.returncode == 0, done.stderr
    country.write_text(country.read_text().replace("kin_television", "kin_televsion", 1))
    assert main(["simulate", "--country", str(country), "--citizens", "60"]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "mine.toml" in line
    assert "kin_televsion" in line


def test_nothing_is_registered_without_a_reason(tmp_path, capsys):
    assert "registered, version" in run("register").stdout
    shipped = ROOT / "scenarios/claims/campaign_raises_tension.toml"
    own = tmp_path / "mine.toml"
    own.write_text(shipped.read_text().replace("number = 5", "number = 20"))
    register = (ROOT / "scenarios/register.toml").read_bytes()
    assert main(["register", str(own)]) == 2
    said = capsys.readouterr().err
    assert said == 'error: register: say why: run.py register --why "what changed, and what for"\n'
    assert (ROOT / "scenarios/register.toml").read_bytes() == register


def test_a_claim_is_registered_with_its_reason(tmp_path, monkeypatch, capsys):
    own, register = tmp_path / "mine.toml", tmp_path / "register.toml"
    shipped = (ROOT / "scenarios/claims/campaign_raises_tension.toml").read_text()
    own.write_text(shipped.replace("number = 5", "number = 20"))
    shutil.copy(ROOT / "scenarios/register.toml", register)
    monkeypatch.setattr("experiments.register.register_claims", partial(register_claims, path=register))
    assert main(["register", str(own), "--why", "a claim of my own"]) == 0
    newest = read_register(register).of("mine")[-1]
    assert capsys.readouterr().out == f"registered: mine, version 1, hash {newest.hash}\n"
    assert newest.registration.why == "a claim of my own"


@pytest.mark.parametrize(
    ("stop", "said"),
    [(KeyboardInterrupt(), "stopped\n"), (KeyboardInterrupt("stopped: 3 of 9 runs"), "stopped: 3 of 9 runs\n")],
)
def test_ctrl_c_says_what_was_done_and_is_status_130(monkeypatch, capsys, stop, said):
    def stopped(*_):
        raise stop

    monkeypatch.setattr("experiments.catalogue.parameters_table", stopped)
    assert main(["parameters"]) == 130
    assert capsys.readouterr().err == said


def test_a_laboratory_without_its_libraries_says_how_to_get_them(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "lab.server", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["lab", "--no-open"]) == 2
    assert capsys.readouterr().err == "error: the laboratory needs uvicorn: pip install -e '.[lab]'\n"


def test_a_war_comes_when_it_is_told_to_or_never(tmp_path):
    small = ["simulate", "--citizens", "20", "--months", "2", "--quiet"]
    for told, month in (("never", None), ("1", 1.0)):
        assert main([*small, "--shock-month", told, "--out", str(tmp_path / told)]) == 0
        assert json.loads((tmp_path / told / "run.json").read_text())["shock_month"] == month


def test_it_is_said_that_a_value_lies_outside_its_prior(capsys):
    small = ["simulate", "--citizens", "20", "--months", "1", "--quiet", "--set"]
    assert main([*small, "welfare_weight=99", "credulity=0.5"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Outside")]
    assert line.endswith(": welfare_weight = 99")


def test_jobs_without_a_batch_system_are_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", "first_look", "--jobs", "3"]) == 2
    assert "--jobs says how many jobs --jobqueue starts" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_it_is_said_that_nobody_has_kin_in_the_war(capsys):
    assert main(["simulate", "--citizens", "5", "--months", "1", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "Nobody has kin in the warring country" in said
    assert "nan" not in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("explain 1 --points 99999999999", "--points 99999999999 is too many; at most"),
        ("explain 1 --seeds 99999999999", "--seeds 99999999999 is too many; at most"),
        ("explain 1 --citizens 99999999999", "--citizens 99999999999 is too many; at most"),
        ("challenge 1 --citizens 99999999999", "--citizens 99999999999 is too many; at most"),
        ("challenge 1 --budget 99999999999", "--budget 99999999999 is too many; at most"),
        ("challenge 1 --seed 4294967296", "--seed 4294967296 is not allowed; it must be at most 4294967295"),
        ("claim --points 99999999999", "claim: points = 99999999999 is too many; at most"),
        ("claim --citizens 99999999999", "claim: citizens = 99999999999 is too many; at most"),
        ("claim --until decided --citizens 99999999999", "--citizens 99999999999 is too many; at most"),
        ("claim --until decided --seeds 99999999999", "--seeds 99999999999 is too many; at most"),
    ],
)
def test_more_than_memory_holds_is_refused_before_anything_is_made(tmp_path, capsys, arguments, words):
    assert main([*arguments.split(), "--out", str(tmp_path / "out"), "--quiet"]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("simulate --shock-month soon", "'soon' is no month; write a number or 'never'"),
        ("sweep first_look --workers 0", "'0' is not allowed; write a whole number from 1 on"),
        ("claim --workers 0", "'0' is not allowed; write a whole number from 1 on"),
        ("claim --until decided --budget much", "'much' is not allowed; write a whole number from 1 on"),
    ],
)
def test_options_that_are_no_numbers_are_refused(capsys, arguments, words):
    with pytest.raises(SystemExit) as refused:
        main(arguments.split())
    assert refused.value.code == 2
    assert words in capsys.readouterr().err


def test_warnings_of_stores_are_told_without_a_place_in_our_code():
    told = (str(ROOT / "run.py"), 1)
    assert _plainly("a shard is gone", StoreWarning, *told) == "warning: a shard is gone\n"
    assert "run.py:1: RuntimeWarning: overflow" in _plainly("overflow", RuntimeWarning, *told)


def test_parameters_and_scenarios_are_listed(capsys):
    def said(*arguments):
        assert main(arguments) == 0
        return capsys.readouterr().out

    assert "fairness_weight (wF) = 0.6 [0 to 1.2]" in run("parameters").stdout
    assert len(said("parameters", "--format", "csv").strip().splitlines()) == 94
    head, rule, *rows = said("parameters", "--format", "markdown").strip().splitlines()
    assert head.startswith("| name | symbol | default | prior |")
    assert rule == "|---|---|---|---|---|---|---|---|"
    assert len(rows) == 93
    assert any(row.startswith("| fairness_weight | wF | 0.6 | 0 to 1.2 |") for row in rows)
    listed = said("scenarios")
    for name in ("kazakhstan-2009", "better_life", "better_life_beats_coercion"):
        assert name in listed
        assert name in said("scenarios", name)
    assert main(["scenarios", "coertion"]) == 2
    assert "did you mean 'coercion'" in capsys.readouterr().err


def test_simulate_in_a_script_refuses_what_the_command_could_not_be_asked_and_is_quiet_if_told(tmp_path, capsys):
    with pytest.raises(ScenarioError, match="--format json: must be parquet or csv"):
        simulate(tmp_path / "out", settings={}, form="json")
    with pytest.raises(ScenarioError, match="--lives -1: must be 0 or more"):
        simulate(tmp_path / "out", settings={}, lives=-1)
    assert not (tmp_path / "out").exists()
    society = simulate(None, settings={"fairness_weight": 0.5}, threads=1, quiet=True, citizens=20, months=2)
    assert (society.month, society.parameters.fairness_weight) == (2, 0.5)
    assert capsys.readouterr() == ("", "")


def test_simulate_lives_everybody_of_a_country_and_keeps_some_lives(tmp_path, capsys):
    """`--citizens all` of a country of 1,500; the lives are those of the reference engine, to the last bit."""
    country = tmp_path / "small.toml"
    text = (ROOT / "scenarios/countries/kazakhstan-2021.toml").read_text()
    of_persons = r"(?m)^((?:population = \{ )?value = )(\d{5,})"
    country.write_text(re.sub(of_persons, lambda found: f"{found[1]}{int(found[2]) // 12000}", text))
    lives = {}
    for engine in ("fast", "reference"):
        out = tmp_path / engine
        asked = f"simulate --citizens all --months 30 --lives 7 --policy coercion --engine {engine} --country"
        assert main([*asked.split(), str(country), "--out", str(out)]) == 0
        lives[engine] = pd.read_parquet(out / "lives.parquet")
    citizens = json.loads((tmp_path / "fast" / "run.json").read_text())["citizens"]
    assert 1500 < citizens < 1700
    pd.testing.assert_frame_equal(lives["fast"], lives["reference"])
    assert lives["fast"].groupby("citizen").size().tolist() == [31] * 7
    assert lives["fast"]["citizen"].max() < citizens
    series = pd.read_parquet(tmp_path / "fast" / "series.parquet")
    people = series.query("month == 0 and population == 'everyone'").set_index("region")["present"]
    assert people["all"] == people.drop("all").sum() == citizens
    capsys.readouterr()
    with pytest.raises(SystemExit) as refused:
        main(["simulate", "--citizens", "some", "--out", str(tmp_path / "out")])
    assert refused.value.code == 2
    assert "'some'" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
@pytest.mark.parametrize(
    ("arguments", "buffered"),
    [(["parameters"], True), (["parameters"], False), (["scenarios"], True), (["sweep", "--help"], True)],
)
def test_who_reads_the_output_may_leave_before_its_end(arguments, buffered):
    """The reader is gone before the first word, as the last of `run.py parameters | head` is before the last."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        done = subprocess.run(
            [sys.executable, str(ROOT / "run.py"), *arguments],
            stdout=closed,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "" if buffered else "1"},
            text=True,
            check=False,
            timeout=600,
        )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_damaged_shard_is_told_in_one_line_set_aside_and_made_again(tmp_path):
    (tmp_path / "d.toml").write_text('kind = "grid"\ncitizens = 20\nmonths = 2\npolicies = ["status_quo"]\n')
    arguments = ["sweep", str(tmp_path / "d.toml"), "--workers", "1", "--quiet", "--out", str(tmp_path / "out")]
    assert main(arguments) == 0
    table = (tmp_path / "out" / "runs.parquet").read_bytes()
    (shard,) = (tmp_path / "out" / "shards").glob("*.parquet")
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 0xFF
    shard.write_bytes(content)
    command = [sys.executable, str(ROOT / "run.py"), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("cannot be judged")]
    assert line.startswith(f"warning: {shard}: corrupt")
    assert "its runs will be repeated" in line
    assert (tmp_path / "out" / "runs.parquet").read_bytes() == table
    assert shard.with_name(f"{shard.name}.corrupt").read_bytes() == bytes(content)

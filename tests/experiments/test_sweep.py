"""Sweeps on small real societies: one table, whatever happens on the way to it."""

import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from killing import kill_in_mid_work

from experiments import provenance, runs
from experiments.designs import design_of
from experiments.errors import StoreError
from experiments.progress import Log
from experiments.runner import FailedRunError
from experiments.runs import OtherCodeError, Run, column, make_runs_as_planned
from experiments.store import RunStore
from experiments.sweep import SweepPlan, hold_sweep, make_point, preview, read_sweep_design
from model.society import Society
from run import main
from scenarios import find

ROOT = Path(__file__).parents[2]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
CONTENT = {
    "kind": "sobol",
    "points": 6,
    "seeds": 2,
    "citizens": 60,
    "months": 34,
    "monthly": True,
    "marks": [32],
    "outcomes": ["loyalty", "kin_display.kin_camp", "institutions"],
    "policies": ["status_quo", "coercion", "better_life"],
    "parameters": {"fairness_weight": "prior", "sanction_deterrence": [5.0, 15.0]},
}
COERCIVE = {**CONTENT, "parameters": {"sanction_deterrence": [5.0, 15.0], "falsification": "prior"}}


def design(**changes):
    return design_of({name: value for name, value in {**CONTENT, **changes}.items() if value is not None}, "mine.toml")


def said():
    lines = []

    class Listener(Log):
        def say(self, text):
            lines.append(text)

    return lines, Listener()


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return hold_sweep(design(), tmp_path_factory.mktemp("sweep") / "out", workers=1)


@pytest.fixture(scope="module")
def table(done):
    return pd.read_parquet(done.table)


def test_one_row_for_each_point_seed_and_arm(done, table):
    assert len(table) == done.design.runs == 36
    assert table.columns[:6].tolist() == ["key", "status", "point", "seed", "arm", "policy"]
    assert (table["status"] == "ok").all()
    order = [(p, s, arm) for p in range(6) for s in (1, 2) for arm in CONTENT["policies"]]
    assert list(zip(table["point"], table["seed"], table["arm"], strict=True)) == order
    for point in range(6):
        rows = table[table["point"] == point]
        for name, value in done.design.settings(point).items():
            assert (rows[name] == value).all()


def test_a_row_is_what_its_society_says(table):
    row = table[(table["point"] == 4) & (table["arm"] == "coercion") & (table["seed"] == 2)].iloc[0]
    values = {name[2:]: row[name] for name in table if name.startswith("p.")}
    society = Society(policy="coercion", citizens=60, months=34, seed=2, **values).run()
    assert row["loyalty.kin_camp.32"] == society.measure("loyalty")[32]
    assert row["loyalty.other_camp.34"] == society.measure("loyalty", "other_camp")[34]
    assert row["institutions.34"] == society.national("institutions")[34]


def test_choices_and_budgets_are_columns_of_the_plan():
    varied = {"choices": {"variant": ["base", "strong self-persuasion"]}, "budget": [0.004, 0.008], "parameters": {}}
    plan = SweepPlan(design(kind="grid", points=None, seeds=1, policies=["coercion"], **varied))
    rows = plan.table(0, len(plan.keys)).to_pylist()
    assert sorted((row["variant"], row["budget"]) for row in rows) == [
        ("base", 0.004),
        ("base", 0.008),
        ("strong self-persuasion", 0.004),
        ("strong self-persuasion", 0.008),
    ]


def test_only_the_outcomes_asked_for_are_kept(table):
    kept = {name for name in table if name.endswith((".32", ".34"))}
    pairs = [("loyalty", p) for p in ("everyone", "kin_camp", "other_camp")]
    pairs += [("kin_display", "kin_camp"), ("institutions", "everyone")]
    assert kept == {column(name, population, month) for name, population in pairs for month in (32, 34)}


def test_months_are_a_table_of_their_own(done, table):
    series = pd.read_parquet(done.folder / "series.parquet")
    assert len(series) == 36 * 35
    last = series[series["month"] == 34].reset_index(drop=True)
    assert (last[["point", "seed", "arm"]] == table[["point", "seed", "arm"]]).all().all()
    assert abs(last["loyalty.kin_camp"] - table["loyalty.kin_camp.34"]).max() < 1e-6


def test_a_run_that_serves_many_points_is_made_once_and_stands_at_each(tmp_path):
    shared = design_of(COERCIVE, "mine.toml")
    plan = SweepPlan(shared)
    # Without coercion neither parameter can act: two arms x two seeds are made once for all six points.
    assert (len(plan.keys), len(plan.distinct)) == (36, 12 + 4)
    done = hold_sweep(shared, tmp_path / "out", workers=1)
    assert done.counts.ok == 16
    table = pd.read_parquet(done.table)
    quiet = table[table["arm"] == "status_quo"]
    assert quiet["loyalty.kin_camp.34"].nunique() == 2
    assert quiet["p.falsification"].nunique() == 6
    assert quiet.groupby("point")["p.falsification"].nunique().eq(1).all()


def test_one_worker_two_threads_or_any_order_give_the_same_bytes(done, tmp_path, monkeypatch):
    two = hold_sweep(design(), tmp_path / "two", workers=2)
    assert two.table.read_bytes() == done.table.read_bytes()
    make = SweepPlan.__init__

    def shuffled(self, *arguments):
        make(self, *arguments)
        random.Random(3).shuffle(self.bundles)

    monkeypatch.setattr(SweepPlan, "__init__", shuffled)
    with ThreadPoolExecutor(2) as pool:
        other = hold_sweep(design(), tmp_path / "threads", executor=pool, workers=2)
    assert other.table.read_bytes() == done.table.read_bytes()
    assert (other.folder / "series.parquet").read_bytes() == (done.folder / "series.parquet").read_bytes()


def test_a_changed_design_makes_just_what_is_new_and_says_so(tmp_path):
    hold_sweep(design(points=3), tmp_path / "out", workers=1)
    lines, progress = said()
    more = hold_sweep(design(), tmp_path / "out", workers=1, progress=progress)
    assert (more.counts.resumed, more.counts.ok) == (18, 18)
    assert "the design has changed since: 18 of 36 runs stay as they are, 18 are made" in lines
    again = hold_sweep(design(points=3, title="Other words"), tmp_path / "out", workers=1)
    assert (again.counts.resumed, again.counts.ok) == (18, 0)
    assert len(pd.read_parquet(again.table)) == 18


def test_what_a_design_names_can_change_too_and_it_is_said(tmp_path):
    policy = tmp_path / "mine.toml"
    text = find("policies", "coercion").read_text()
    policy.write_text(text)
    hold_sweep(design(points=1, policies=["status_quo", str(policy)]), tmp_path / "out", workers=1)
    policy.write_text(text.replace("level = 1.0", "level = 0.5"))
    runs._policy.cache_clear()  # a file is read once a process
    lines, progress = said()
    again = design(points=1, policies=["status_quo", str(policy)])
    assert hold_sweep(again, tmp_path / "out", workers=1, progress=progress).counts.ok == 2
    assert lines[0] == (
        "a country, policy or claim that the design names has changed since: 2 of 4 runs stay as they are, 2 are made"
    )


class Killed(BaseException):
    """Stands for a kill in the midst of a session."""


def test_a_table_is_not_taken_for_that_of_a_design_begun_after_it(tmp_path, monkeypatch):
    """Both have as many rows, so only what is in them tells them apart."""
    out = tmp_path / "out"
    hold_sweep(design(points=1, policies=["status_quo"]), out, workers=1)
    other = design(points=1, policies=["status_quo"], seeds=[3, 4])

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("experiments.sweep.run_bundles", killed)
        with pytest.raises(Killed):
            hold_sweep(other, out, workers=1)
    with pytest.raises(StoreError, match=r"runs.parquet is of another design or code than the sweep that was begun"):
        read_sweep_design(out)
    hold_sweep(other, out, workers=1)
    assert read_sweep_design(out).seeds == (3, 4)


def test_months_of_an_earlier_design_do_not_outlive_it(tmp_path):
    hold_sweep(design(points=1), tmp_path / "out", workers=1)
    hold_sweep(design(points=1, monthly=False), tmp_path / "out", workers=1)
    assert sorted(place.name for place in (tmp_path / "out").iterdir() if place.name != ".lock") == [
        "manifest.json",
        "runs.parquet",
        "shards",
    ]


def test_runs_without_their_manifest_are_not_called_something_to_empty(tmp_path):
    hold_sweep(design(points=1), tmp_path / "out", workers=1)
    (tmp_path / "out" / "manifest.json").unlink()
    for attempt in (
        lambda: hold_sweep(design(points=1), tmp_path / "out", workers=1),
        lambda: read_sweep_design(tmp_path / "out"),
    ):
        with pytest.raises(StoreError, match=r"holds runs, but no manifest.json; restore it, or put \{"):
            attempt()
    (tmp_path / "out" / "manifest.json").write_text('{"format": "civic-loyalty runs", "version": 1}')
    assert hold_sweep(design(points=1), tmp_path / "out", workers=1).counts.ok == 0


def test_changed_code_makes_all_anew_and_says_so(tmp_path, monkeypatch):
    hold_sweep(design(points=1), tmp_path / "out", workers=1)
    lines, progress = said()
    for module in ("experiments.sweep", "experiments.runs"):
        monkeypatch.setattr(f"{module}.source_digest", lambda: "0" * 32)
    assert hold_sweep(design(points=1), tmp_path / "out", workers=1, progress=progress).counts.ok == 6
    assert any("the code has changed" in line and "0 of 6 runs stay as they are, 6 are made" in line for line in lines)


def test_the_manifest_says_what_the_runs_rest_on(done):
    manifest = json.loads((done.folder / "manifest.json").read_text())
    made_by = manifest["produced_by"]
    assert made_by["design"] == CONTENT
    assert {"code", "revision", "python", "versions", "points", "cannot_be_judged"} <= set(made_by)
    assert manifest["counts"] == {"ok": 36, "failed": 0}
    assert {"host", "started", "ended"} <= set(manifest["sessions"][0])


def test_what_made_the_code_is_unknown_outside_a_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "experiments" / "provenance.py"))
    assert provenance.revision() == "unknown"
    (tmp_path / ".git").touch()
    assert provenance.revision() == "unknown", "what lies there is no repository"
    monkeypatch.setattr(provenance, "PACKAGES", ("numpy", "no-such-package"))
    assert provenance.versions() == {"numpy": np.__version__, "no-such-package": "unknown"}


def test_a_failing_run_is_one_row_and_its_bundle_goes_on(tmp_path, monkeypatch):
    live = Society.run

    def fail(self, months=None):
        if self.policy.name == "coercion" and self.seed == 2 and self.parameters.fairness_weight > 0.9:
            raise FloatingPointError("planted")
        return live(self, months)

    monkeypatch.setattr(Society, "run", fail)
    done = hold_sweep(design(), tmp_path / "out", workers=1)
    table = pd.read_parquet(done.table)
    failed = table[table["status"] == "failed"]
    assert 0 < len(failed) == done.counts.failed < 6
    assert (failed["arm"] == "coercion").all()
    assert (failed["seed"] == 2).all()
    assert (failed["p.fairness_weight"] > 0.9).all()
    assert (failed["error"] == "FloatingPointError: planted").all()
    assert failed["traceback"].str.contains("in fail").all()
    with pytest.raises(FailedRunError, match="planted"):
        hold_sweep(design(), tmp_path / "fast", workers=1, fail_fast=True)
    monkeypatch.setattr(Society, "run", live)
    again = hold_sweep(design(), tmp_path / "out", workers=1)
    assert (again.counts.ok, again.counts.failed) == (len(failed), 0)
    assert (pd.read_parquet(again.table)["status"] == "ok").all()


def test_where_every_run_failed_the_tables_are_written_all_the_same(tmp_path, monkeypatch):
    live = Society.run

    def fail(self, months=None):
        if self.citizens == CONTENT["citizens"]:
            raise FloatingPointError("planted")
        return live(self, months)  # one that only warms the engine up

    monkeypatch.setattr(Society, "run", fail)
    done = hold_sweep(design(points=2, seeds=1), tmp_path / "out", workers=1)
    assert (done.counts.ok, done.counts.failed) == (0, 6)
    assert pd.read_parquet(done.table)["error"].tolist() == ["FloatingPointError: planted"] * 6
    months = pd.read_parquet(done.folder / "series.parquet")
    assert len(months) == 0
    assert list(months.columns[:4]) == ["point", "seed", "arm", "month"]


def test_a_worker_with_other_code_is_found_out(monkeypatch):
    bundle = SweepPlan(design()).bundles[0]
    monkeypatch.setattr("experiments.runs.source_digest", lambda: "f" * 32)
    with pytest.raises(OtherCodeError, match="same checkout"):
        make_point(bundle)
    with pytest.raises(OtherCodeError, match="same checkout"):
        make_runs_as_planned(bundle.code, bundle.expanded())


def test_a_folder_with_other_runs_is_refused_and_left_alone(tmp_path):
    with RunStore(tmp_path / "store", produced_by={"what": "a trial"}):
        pass
    before = (tmp_path / "store" / "manifest.json").read_bytes()
    with pytest.raises(StoreError, match="holds something that is no sweep"):
        hold_sweep(design(), tmp_path / "store", workers=1)
    assert (tmp_path / "store" / "manifest.json").read_bytes() == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(StoreError, match=r"thesis.tex"):
        hold_sweep(design(), tmp_path / "mine", workers=1)


def test_preview_counts_and_shows_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = preview(design_of(COERCIVE, "mine.toml"), workers=2)
    assert "36 rows: 6 points x 2 seeds x 3 arms (status_quo, coercion, better_life)" in text
    assert "16 runs of 60 citizens over 34 months; 20 rows share a run" in text
    assert "time: about" in text
    assert "disk: at most about" in text
    assert "point=0 seed=1 arm=coercion p.sanction_deterrence=" in text
    assert not list(tmp_path.iterdir())


def test_keys_of_whole_rows_are_what_claims_use():
    plain = Run(design().arms["coercion"], 34, design().run("coercion", [0.5, 6.0], 1).values, "kazakhstan-2021", 60, 1)
    kept = design(outcomes="all", monthly=False, marks=[30]).run("coercion", [0.5, 6.0], 1)
    assert kept.marks == (30, 34)
    assert Run(**{**plain.__dict__, "marks": (30, 34)}).key == kept.key
    assert plain.keys([1]) == [plain.key]
    whole = design(outcomes="all")
    assert whole.run("coercion", [0.5, 6.0], 3).keys([5, 6])[0] == whole.run("coercion", [0.5, 6.0], 5).key


@POSIX
def test_killed_again_and_again_it_ends_with_the_same_bytes(tmp_path):
    content = {**CONTENT, "points": 60}
    (tmp_path / "mine.toml").write_text(as_toml(content))
    expected = hold_sweep(design_of(content, "mine.toml"), tmp_path / "expected", workers=1).table.read_bytes()
    command = [sys.executable, str(ROOT / "run.py"), "sweep", "mine.toml", "--out", "out", "--workers"]
    store, stored = tmp_path / "out", [0]
    for workers in ("2", "1"):
        kill_in_mid_work([*command, workers], store, within=0.4, cwd=tmp_path)
        stored.append(len(rows_in(store)))
    assert stored == sorted(stored)
    assert 0 < stored[1] < 360
    done = subprocess.run([*command, "1"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert f"{stored[-1]} of 360 runs were there" in done.stderr
    assert (store / "runs.parquet").read_bytes() == expected
    assert not list(store.glob(".tmp-*"))


def rows_in(folder):
    """Return the keys of the rows stored so far, read beside whoever writes."""
    try:
        with RunStore(folder, read_only=True) as store:
            return store.finished()
    except StoreError:
        return set()


def as_toml(content):
    tables = {key: value for key, value in content.items() if isinstance(value, dict)}
    lines = [f"{key} = {json.dumps(value)}" for key, value in content.items() if key not in tables]
    for name, part in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in part.items())]
    return "\n".join(lines)


def test_the_command_line_from_design_to_table(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(as_toml({**CONTENT, "points": 1, "seeds": 1}))
    assert main(["sweep", "mine.toml", "--workers", "1"]) == 0
    said = capsys.readouterr()
    assert "3 runs, 0 failed" in said.out
    assert "cannot be judged: claim 1 (better_life_beats_coercion) looks at month 120 and 180" in said.err
    assert pq.read_table(tmp_path / "results" / "sweeps" / "mine" / "runs.parquet").num_rows == 3
    assert main(["sweep", "mine.toml", "--dry-run"]) == 0
    assert "3 rows: 1 point x 1 seed x 3 arms" in capsys.readouterr().out

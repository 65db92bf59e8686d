"""Sweeps on a real Dask cluster: a scheduler and two workers, each a process of its own on loopback."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from experiments.designs import design_of
from experiments.errors import RunnerError
from experiments.executors import executor_of
from experiments.progress import Quiet
from experiments.store import RunStore
from experiments.sweep import hold_sweep
from run import main
from scenarios import ScenarioError

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:distributed.*"),
]
DESIGN = {
    "kind": "sobol",
    "points": 24,
    "seeds": 2,
    "citizens": 80,
    "months": 40,
    "outcomes": ["loyalty"],
    "policies": ["status_quo", "coercion", "better_life"],
    "parameters": {"fairness_weight": "prior"},
}
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def processes():
    started = []
    yield started
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, processes):
    """Start a scheduler and two workers, of which one test kills one; return its address and the workers' processes."""
    folder = tmp_path_factory.mktemp("cluster")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}

    def start(module, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
        )
        processes.append(process)
        return process

    found = folder / "scheduler.json"
    start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(found))
    until = time.monotonic() + 60
    while time.monotonic() < until and not (found.exists() and found.read_text().strip()):
        time.sleep(0.05)
    address = json.loads(found.read_text())["address"]
    options = (
        "--nthreads",
        "1",
        "--no-nanny",
        "--no-dashboard",
        "--host",
        "127.0.0.1",
        "--local-directory",
        str(folder),
    )
    return address, [start("dask_worker", address, *options) for _ in range(2)]


def test_the_same_bytes_though_a_worker_is_killed_in_mid_sweep(tmp_path, cluster):
    address, workers = cluster
    design = design_of(DESIGN, "mine.toml")
    expected = hold_sweep(design, tmp_path / "expected", workers=1).table.read_bytes()
    out, seen = tmp_path / "out", []

    def kill():
        until = time.monotonic() + 60
        while time.monotonic() < until and len(seen) < 20:
            if (out / "manifest.json").exists():
                with RunStore(out, read_only=True) as store:
                    seen[:] = store.finished()
            time.sleep(0.02)
        workers[0].send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with executor_of(address, None, 1, Quiet()) as (executor, _):
        done = hold_sweep(design, out, executor=executor, workers=2)
    killer.join()
    workers[0].wait(timeout=10)
    assert 20 <= len(seen) < design.runs
    assert workers[0].returncode == -signal.SIGKILL
    assert workers[1].poll() is None
    assert (done.counts.ok, done.counts.failed) == (design.runs, 0)
    assert done.table.read_bytes() == expected


ONE_ARM = 'kind = "list"\ncitizens = 60\nmonths = 32\nseeds = 4\npolicies = ["coercion"]\noutcomes = ["loyalty"]\n'


@pytest.mark.parametrize("address", ["nonsense", "tcp://here", "tcp://127.0.0.1:x", "foo://127.0.0.1:1"])
def test_an_address_that_is_none_is_refused_at_once(address):
    began = time.monotonic()
    with (
        pytest.raises(ScenarioError, match=f"--scheduler {address}: .*; write tcp://HOST:PORT"),
        executor_of(address, None, 1, Quiet()),
    ):
        pass
    assert time.monotonic() - began < 10.0


def test_the_command_line_takes_a_scheduler(tmp_path, cluster, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(ONE_ARM)
    assert main(["sweep", "mine.toml", "--out", "out", "--quiet", "--scheduler", cluster[0]]) == 0
    assert "4 runs, 0 failed" in capsys.readouterr().out
    assert len(pd.read_parquet("out/runs.parquet")) == 4


def test_dask_jobqueue_starts_workers_by_its_own_configuration(tmp_path):
    """In a process of its own: dask-jobqueue leaves pipes to the garbage collector."""
    pytest.importorskip("dask_jobqueue")
    (tmp_path / "mine.toml").write_text(ONE_ARM)
    settings = {"cores": "1", "processes": "1", "memory": "1GB", "interface": "lo", "local_directory": str(tmp_path)}
    environment = {f"DASK_JOBQUEUE__LOCAL__{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), "sweep", "mine.toml", "--out", "out", "--quiet", "--jobqueue", "local"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert len(pd.read_parquet(tmp_path / "out" / "runs.parquet")) == 4


def test_nobody_there_and_a_system_nobody_knows_are_said_clearly(monkeypatch):
    monkeypatch.setattr("experiments.executors.CONNECT_SECONDS", 1)
    with (
        pytest.raises(RunnerError, match=r"tcp://127.0.0.1:9: no Dask scheduler answers"),
        executor_of("tcp://127.0.0.1:9", None, 1, Quiet()),
    ):
        pass
    with pytest.raises(ScenarioError, match="did you mean 'slurm'"), executor_of(None, "slrum", 1, Quiet()):
        pass

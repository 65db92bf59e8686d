"""A sweep on a real Slurm (`make slurm`): its controller, its node and its keys, started here for the test."""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from experiments.store import RunStore

pytestmark = pytest.mark.proof
ROOT = Path(__file__).parents[2]
DESIGN = """
kind = "sobol"
points = 64
seeds = 2
citizens = 80
months = 40
outcomes = ["loyalty"]
policies = ["status_quo", "coercion", "better_life"]

[parameters]
fairness_weight = "prior"
"""
RUNS = 64 * 2 * 3
SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
"""Where Debian puts what only an administrator starts."""
SLURM = """
ClusterName=proof
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=normal Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""
"""One node of two cores."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def slurm(tmp_path):
    """Start Slurm; return the environment in which its commands, and dask-jobqueue, find it."""
    missing = [
        name for name in ("munged", "slurmctld", "slurmd", "sbatch") if shutil.which(name, path=SEARCHED) is None
    ]
    assert not missing, f"{', '.join(missing)}: not installed; `make slurm` does it"
    folder = tmp_path / "slurm"
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    key = folder / "munge.key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    configuration = folder / "slurm.conf"
    configuration.write_text(
        SLURM.format(
            host=socket.gethostname().split(".")[0],
            controller=free_port(),
            node=free_port(),
            user=getpass.getuser(),
            folder=folder,
        )
    )
    environment = {**os.environ, "PATH": SEARCHED, "SLURM_CONF": str(configuration)}
    files = {name: folder / f"munge.{name}" for name in ("socket", "pid", "log", "seed")}
    munge = [
        "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={files['socket']}",
        f"--pid-file={files['pid']}", f"--log-file={files['log']}", f"--seed-file={files['seed']}",
    ]  # fmt: skip
    daemons = []
    try:
        for command in (munge, ["slurmctld", "-D"], ["slurmd", "-D"]):
            with (folder / f"{command[0]}.out").open("wb") as said:
                daemons.append(subprocess.Popen(command, env=environment, stdout=said, stderr=said))
            until = time.monotonic() + 10
            while not files["socket"].exists() and time.monotonic() < until:
                time.sleep(0.05)
        until = time.monotonic() + 60
        while state_of_node(environment) != "idle":
            logs = "\n".join(path.read_text() for path in folder.glob("*.out"))
            assert time.monotonic() < until, f"Slurm's node does not come up:\n{logs}"
            time.sleep(0.2)
        yield environment
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            daemon.wait(timeout=30)


def state_of_node(environment) -> str:
    return asked(environment, "sinfo", "--noheader", "--format=%T")


def asked(environment, *command: str) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout.strip()


def test_the_same_bytes_from_slurm_though_a_job_is_cancelled_in_mid_sweep(tmp_path, slurm):
    (tmp_path / "mine.toml").write_text(DESIGN)
    sweep = [sys.executable, str(ROOT / "run.py"), "sweep", "mine.toml", "--quiet"]
    subprocess.run([*sweep, "--out", "expected"], cwd=tmp_path, check=True, timeout=300)
    settings = {
        "cores": "1", "processes": "1", "memory": "1GB", "queue": "normal", "walltime": "00:10:00",
        "interface": "lo", "local_directory": str(tmp_path),
    }  # fmt: skip
    environment = {
        **slurm,
        "PYTHONPATH": str(ROOT),
        **{f"DASK_JOBQUEUE__SLURM__{name.upper()}": value for name, value in settings.items()},
    }
    out, cancelled = tmp_path / "out", []

    def cancel() -> None:
        """Cancel one of two running jobs once some runs are stored."""
        until = time.monotonic() + 120
        while time.monotonic() < until and not cancelled:
            time.sleep(0.1)
            if (out / "manifest.json").exists():
                with RunStore(out, read_only=True) as store:
                    stored = len(store.finished())
                jobs = asked(slurm, "squeue", "--noheader", "--states=RUNNING", "--format=%A").split()
                if 0 < stored < RUNS and len(jobs) == 2:
                    asked(slurm, "scancel", "--signal=KILL", "--full", jobs[0])
                    cancelled.append((stored, jobs[0]))

    canceller = threading.Thread(target=cancel)
    canceller.start()
    done = subprocess.run(
        [*sweep, "--out", "out", "--jobqueue", "slurm", "--jobs", "2"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    canceller.join()
    assert done.returncode == 0, done.stderr
    assert cancelled, "the sweep was over before a job could be cancelled"
    assert f"{RUNS} runs, 0 failed" in done.stdout
    assert (out / "runs.parquet").read_bytes() == (tmp_path / "expected" / "runs.parquet").read_bytes()
    assert asked(slurm, "squeue", "--noheader") == "", "the command leaves no job behind"

"""Where bundles are done when not on this machine's cores: a Dask cluster, running or started for the purpose.

Both are used through the executor of their client (`concurrent.futures` style), so that nothing else knows of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from experiments.errors import MissingExtraError, RunnerError
from experiments.progress import Progress
from scenarios import ScenarioError
from scenarios.errors import nearest

SYSTEMS: Final = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "htcondor": "HTCondorCluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
    "local": "LocalCluster",
}
"""Batch systems that dask-jobqueue starts workers on; `local` runs its job scripts here, to try a configuration."""

CONNECT_SECONDS: Final = 30


@contextmanager
def executor_of(
    scheduler: str | None, jobqueue: str | None, jobs: int, progress: Progress
) -> Iterator[tuple[Executor | None, int | None]]:
    """Give an executor and how many bundles it does at once, or (None, None) for this machine's cores.

    Parameters
    ----------
    scheduler
        Address of a running Dask scheduler, such as `tcp://127.0.0.1:8786`.
    jobqueue
        A batch system of `SYSTEMS`, set up in Dask's own configuration (docs/cluster.md).
    jobs
        Jobs to submit to it.

    Raises
    ------
    ScenarioError
        For an address that is none, or a system that is not known.
    RunnerError
        If Dask is not installed, the scheduler does not answer, or the cluster cannot be made.
    """
    if scheduler is None and jobqueue is None:
        yield None, None
        return
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError("dask[distributed]", "sweeps on a cluster") from error
    with ExitStack() as stack:
        address: Any = scheduler
        if jobqueue is not None:
            address = stack.enter_context(_cluster(jobqueue, jobs, progress))
        client = stack.enter_context(_client(distributed, address))
        progress.phase("waiting for the first worker")
        client.wait_for_workers(1)
        threads = sum(client.nthreads().values())
        yield client.get_executor(), max(threads, jobs * _cores_a_job(jobqueue) if jobqueue else 1)


def _client(distributed: Any, address: Any) -> Any:
    if isinstance(address, str):
        # A client that was made of something else would take a minute to fail once more when it is thrown away.
        try:
            importlib.import_module("distributed.comm").get_address_host_port(address)
        except ValueError as error:
            raise ScenarioError(f"--scheduler {address}: {error}; write tcp://HOST:PORT") from error
    try:
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise RunnerError(f"--scheduler {address}: no Dask scheduler answers there ({error})") from error


def _cores_a_job(system: str) -> int:
    """Return the cores of one job, as Dask's configuration has them."""
    return int(importlib.import_module("dask.config").get(f"jobqueue.{system}.cores") or 1)


def _cluster(system: str, jobs: int, progress: Progress) -> Any:
    if system not in SYSTEMS:
        raise ScenarioError(f"--jobqueue {system}: unknown system{nearest(system, SYSTEMS)}")
    try:
        import dask_jobqueue
    except ImportError as error:
        raise MissingExtraError("dask-jobqueue", "sweeps on a batch system") from error
    home = importlib.import_module("dask_jobqueue.local") if system == "local" else dask_jobqueue
    try:
        cluster = getattr(home, SYSTEMS[system])()
    except (ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise RunnerError(
            f"--jobqueue {system}: Dask's configuration does not do ({reason}); see docs/cluster.md"
        ) from error
    cluster.scale(jobs=jobs)
    progress.say(f"{jobs} jobs submitted to {system}; workers connect to {cluster.scheduler_address}")
    return cluster

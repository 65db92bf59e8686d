"""Tests without the wait for imports: one process loads the libraries, each test run is a fork of it.

`python tests/proof/warm.py serve SOCKET` loads them and waits; `python tests/proof/warm.py SOCKET TESTS...` has a fork
run pytest in the caller's folder, in silence, and ends with its exit status. The project's own code is never loaded
before the fork, so a fault planted in it is seen.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LIBRARIES = ("numba", "numpy", "scipy.optimize", "scipy.stats", "pandas", "pyarrow.parquet", "mesa", "networkx",
             "hypothesis", "matplotlib.figure", "jinja2", "tqdm", "filelock", "psutil", "pytest")  # fmt: skip


class NearestFirst:
    """A pytest plugin that puts the tests first which name the rule that holds the fault: they most often find it."""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Put them first, and change nothing else."""
        rules = [path.relative_to(ROOT) for path in (ROOT / "agents" / "rules").glob("*.py")]
        faulty = {rule.stem for rule in rules if rule.read_bytes() != (ROOT / rule).read_bytes()}

        def is_far(item: Any) -> bool:
            inner = getattr(getattr(item.function, "hypothesis", None), "inner_test", item.function)
            return faulty.isdisjoint(inner.__code__.co_names)

        items.sort(key=is_far)


def serve(place: str) -> None:
    """Load the libraries once, then run each request in a fork."""
    os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in LIBRARIES:
        __import__(name)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(place)
        door.listen()
        while True:
            caller, _ = door.accept()
            with caller:
                if os.fork() == 0:
                    door.close()
                    run(caller)
            _reap()


def run(caller: socket.socket) -> None:
    """Run pytest as the caller asks; end at once if the caller does."""
    import pytest
    from hypothesis import HealthCheck, Phase, settings

    # Whether a test fails is all that is asked: not on which smallest example, nor on a machine that is busy.
    phases = (Phase.explicit, Phase.generate)
    checks = list(HealthCheck)
    settings.register_profile("brief", phases=phases, database=None, deadline=None, suppress_health_check=checks)
    settings.load_profile("brief")
    with caller.makefile("rw") as line:
        asked = json.loads(line.readline())
        os.chdir(asked["folder"])
        sys.path.insert(0, asked["folder"])
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        threading.Thread(target=lambda: (caller.recv(1), os._exit(9)), daemon=True).start()
        # Nobody reads what an assertion says, and rewriting them all takes as long as the tests.
        plain = ["--assert=plain", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
        code = int(pytest.main([*plain, *asked["tests"]], plugins=[NearestFirst()]))
        line.write(f"{code}\n")
    os._exit(code)


def _reap() -> None:
    """Let the system forget forks that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def ask(place: str, tests: list[str]) -> int:
    """Have a fork of the server run these tests; return pytest's exit status."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(place)
        with server.makefile("rw") as line:
            line.write(json.dumps({"folder": str(Path.cwd()), "tests": tests}) + "\n")
            line.flush()
            return int(line.readline() or 1)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    sys.exit(ask(sys.argv[1], sys.argv[2:]))

"""How many branches do the tests take? `python tests/proof/branches.py [--quick]`.

Two passes, put together: the tests of the compiled code with compilation switched off, for a tracer does not see into
machine code; then all tests, in worker processes too. What only a test of another package takes counts as taken.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).parents[2]
WORK = ROOT / "results" / "proof" / "branches"
PACKAGES = ("scenarios", "agents", "model", "experiments", "lab", "run.py")
BRANCHES_NEEDED = 95.0

INTERPRETED = (
    "tests/agents", "tests/model/test_chance.py", "tests/model/test_compiling.py", "tests/model/test_tables.py",
    "tests/model/test_network.py", "tests/model/test_engines.py", "tests/golden",
)  # fmt: skip
QUICK = ("tests/agents/test_rules.py", "-k", "display or speech")


def passed(name: str, environment: dict[str, str], *tests: str) -> bool:
    """Run tests under coverage and tell whether they pass."""
    print(f"--- {name}", flush=True)
    place = {**os.environ, **environment, "COVERAGE_FILE": str(WORK / "data")}
    command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=ROOT, env=place, check=False).returncode == 0


def taken() -> dict[str, float | dict[str, float]]:
    """Return the share of branches that were taken, in per cent, in all and by package."""
    measured = Coverage(data_file=str(WORK / "data"), config_file=str(ROOT / "pyproject.toml"))
    measured.combine([str(WORK)], keep=True)
    measured.save()
    measured.json_report(outfile=str(WORK / "report.json"), ignore_errors=True)
    measured.html_report(directory=str(WORK / "page"), ignore_errors=True)
    counts: dict[str, list[int]] = {name: [0, 0] for name in PACKAGES}
    for path, found in json.loads((WORK / "report.json").read_text())["files"].items():
        parts = Path(path).parts
        if parts[0] in counts:
            counts[parts[0]][0] += found["summary"]["covered_branches"]
            counts[parts[0]][1] += found["summary"]["num_branches"]
    shares = {name: round(100.0 * done / of, 2) for name, (done, of) in counts.items() if of}
    done, of = (sum(column) for column in zip(*counts.values(), strict=True))
    return {"branch_percent": round(100.0 * done / of, 2), "by_package": shares}


def main() -> int:
    """Measure, write, and say whether the proof holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few tests: shows that the machinery works")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "proof" / "coverage.json")
    chosen = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    for left in WORK.glob("data*"):
        left.unlink()
    good = passed("compilation off", {"NUMBA_DISABLE_JIT": "1"}, *(QUICK if chosen.quick else INTERPRETED))
    if not chosen.quick:
        good &= passed("all tests", {})
    found = taken()
    if not good:
        print("tests fail; nothing is written")
        return 1
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"{found['branch_percent']} % of branches taken: {found['by_package']}")
    return 0 if chosen.quick or float(str(found["branch_percent"])) >= BRANCHES_NEEDED else 1


if __name__ == "__main__":
    sys.exit(main())

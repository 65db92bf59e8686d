"""How many branches do the tests take? `python tests/proof/branches.py [--quick]`.

Each file of tests runs under coverage by itself, in worker processes too; those of the compiled code run with
compilation switched off as well, for a tracer does not see into machine code. Killed at any moment, the same command
resumes: a file whose tests passed is run again only when it or the code has changed. What only a test of another
package takes counts as taken.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).parents[2]
WORK = ROOT / "results" / "proof" / "branches"
PACKAGES = ("scenarios", "agents", "model", "experiments", "lab", "run.py")
BRANCHES_NEEDED = 95.0

INTERPRETED = {
    "tests/model/test_engines.py": "small",
    "tests/model/test_network.py": "tiny or crowded or any_small",
}
"""Tests of what is compiled, and the words in the names of those that end soon without compilation."""

LEFT_OUT = ("tests/benchmarks", "tests/known_answers")
"""Long runs of what others run shortly: they take no branch of their own."""


def pieces() -> list[tuple[str, str]]:
    """Return every file of tests to run, and the words that choose those to run without compilation."""
    files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))
    return [*INTERPRETED.items(), *((file, "") for file in files if not file.startswith(LEFT_OUT))]


def digest(paths: Iterable[Path]) -> str:
    """Return the digest of files."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return found.hexdigest()[:16]


def code() -> str:
    """Return the digest of what is measured, and of what the tests share."""
    folders = [*PACKAGES[:-1], *(f"tests/{name}" for name in ("documents", "experiments", "golden", "lab", "model"))]
    paths = [
        ROOT / PACKAGES[-1],
        ROOT / "tests" / "worlds.py",
        *(p for name in folders for p in (ROOT / name).rglob("*")),
    ]
    kinds = {".py", ".toml", ".js", ".html", ".css", ".j2", ".sh"}
    return digest(path for path in paths if path.suffix in kinds and not path.name.startswith("test_"))


def measured(file: str, words: str, of: str) -> Path | None:
    """Run a file of tests under coverage, unless that was done; return where the data lies if the tests pass."""
    name = f"{file.removesuffix('.py').replace('/', '.')}{' interpreted' if words else ''}"
    place = WORK / f"{of} {name} {digest([ROOT / file])}"
    if (place / "passed").exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    environment = {**os.environ, "NUMBA_DISABLE_JIT": str(int(bool(words))), "COVERAGE_FILE": str(place / "data")}
    command = [
        sys.executable,
        "-m",
        "coverage",
        "run",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        file,
        "-k",
        words,
    ]
    with (place / "log.txt").open("w") as log:
        good = subprocess.run(command, cwd=ROOT, env=environment, check=False, stdout=log, stderr=log).returncode == 0
    print(f"{'passed' if good else 'FAILED'}: {name}", flush=True)
    if good:
        (place / "passed").touch()
    else:
        print((place / "log.txt").read_text()[-4000:], flush=True)
    return place if good else None


def taken(places: Iterable[Path]) -> dict[str, float | dict[str, float]]:
    """Return the share of branches that were taken, in per cent, in all and by package."""
    together = Coverage(data_file=str(WORK / "all"), config_file=str(ROOT / "pyproject.toml"))
    together.combine([str(path) for place in places for path in place.glob("data*")], keep=True)
    together.save()
    together.json_report(outfile=str(WORK / "report.json"), ignore_errors=True)
    together.html_report(directory=str(WORK / "page"), ignore_errors=True)
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
    parser.add_argument("--quick", action="store_true", help="one file of tests: shows that the machinery works")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "proof" / "coverage.json")
    chosen = parser.parse_args()
    of = code()
    wanted = [("tests/scenarios/test_parameters.py", "")] if chosen.quick else pieces()
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        places = list(workers.map(lambda piece: measured(*piece, of), wanted))
    found = taken(place for place in places if place is not None)
    print(f"{found['branch_percent']} % of branches taken: {found['by_package']}")
    if None in places:
        print("tests fail; nothing is written")
        return 1
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if chosen.quick or float(str(found["branch_percent"])) >= BRANCHES_NEEDED else 1


if __name__ == "__main__":
    sys.exit(main())

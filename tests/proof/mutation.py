"""How many planted faults do the tests find? `python tests/proof/mutation.py [--quick] [--afresh]`.

cosmic-ray plants one fault at a time in a copy of the tree and runs the tests that should notice. It does what mutmut
cannot: mutmut 3 leaves decorated functions alone, and every rule is decorated. Killed at any moment, the same command
resumes. Changed code begins anew; changed tests get another try at the faults that survived (`--afresh`: at all).
`survivors.toml` holds the faults that no test can find, each with the reason; a survivor without a reason fails the
proof, and so does a reason without a survivor.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

ROOT = Path(__file__).parents[2]
WORK = ROOT / "results" / "proof" / "mutation"
REASONS = Path(__file__).parent / "survivors.toml"
WARM = Path(__file__).parent / "warm.py"
KILLED_NEEDED = 0.90
QUICK_MUTANTS = 6
TIMEOUT = 600.0

SWAPS = {
    ("Mul", "Div"), ("Mul", "Add"), ("Div", "Mul"), ("Add", "Sub"), ("Sub", "Add"), ("Pow", "Mul"), ("Mod", "Div"),
    ("BitAnd", "BitOr"), ("BitOr", "BitAnd"),
}  # fmt: skip
"""Binary operators and what replaces them; the other pairs raise on floats or say the same again."""

TURNS = {
    ("Lt", "LtE"), ("Lt", "GtE"), ("LtE", "Lt"), ("LtE", "Gt"), ("Gt", "GtE"), ("Gt", "LtE"), ("GtE", "Gt"),
    ("GtE", "Lt"), ("Eq", "NotEq"), ("NotEq", "Eq"), ("Is", "IsNot"), ("IsNot", "Is"), ("In", "NotIn"), ("NotIn", "In"),
}  # fmt: skip
"""Comparisons and what replaces them: the edge moved, the answer turned round."""


@dataclass(frozen=True)
class Subject:
    """Code that is mutated, and the tests that should notice."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    environment: Mapping[str, str]


SUBJECTS = {
    "agents/rules": Subject(
        ("agents/rules",),
        ("tests/agents/test_rules.py",),
        # A rule is the same text for both engines: without compilation a fault is planted in seconds.
        {"NUMBA_DISABLE_JIT": "1"},
    ),
    "experiments: verdicts, conditions, history, scope, claims": Subject(
        tuple(f"experiments/{name}.py" for name in ("verdicts", "conditions", "history", "scope", "claims")),
        (
            "tests/experiments/test_verdicts.py",
            "tests/experiments/test_conditions.py",
            "tests/experiments/test_judging.py",
            "tests/experiments/test_claims.py",
        ),
        {},
    ),
}


def is_wanted(operator: str) -> bool:
    """Tell whether a fault of this kind is planted."""
    kind, _, pair = operator.removeprefix("core/").partition("Operator_")
    if kind == "ReplaceBinary":
        return tuple(pair.split("_")) in SWAPS
    if kind == "ReplaceComparison":
        return tuple(pair.split("_")) in TURNS
    # Without its mark a rule is still the same Python; `~` and `-` on masks raise.
    return kind != "RemoveDecorator" and "Invert" not in pair


def digest(parts: Iterable[str]) -> str:
    """Return the digest of files and folders of code, and of this file."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for part in parts:
        place = ROOT / part
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def copied(into: Path) -> None:
    """Copy the tree, as git lists it, into a folder of its own: the working tree is never mutated."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, into / name)


def session_of(subject: Subject, place: Path, quick: bool) -> Path:
    """Return the session of a subject with its faults listed, begun anew unless one of this code is there."""
    session = place / "session.sqlite"
    tests = digest(test for test in subject.tests if not test.startswith("-"))
    ready = place / "ready"
    if ready.exists() and not quick:
        # A killed run may have left a fault in the copy.
        copied(place / "tree")
        if ready.read_text() != tests:
            with use_db(session) as faults:
                survived = [job for job, result in faults.results if result.test_outcome == TestOutcome.SURVIVED]
            forgotten(session, survived)
            ready.write_text(tests)
        return session
    for left in place.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    copied(place / "tree")
    modules = ", ".join(f'"{module}"' for module in subject.modules)
    command = " ".join(
        ["python", str(WARM), str(socket_of(place)), "-x", "-q", "-p", "no:cacheprovider", *subject.tests]
    )
    (place / "cosmic-ray.toml").write_text(
        f'[cosmic-ray]\nmodule-path = [{modules}]\ntimeout = {TIMEOUT}\nexcluded-modules = ["agents/rules/rule.py"]\n'
        f'test-command = "{command}"\n[cosmic-ray.distributor]\nname = "local"\n'
    )
    called(subject, place, "init", "../cosmic-ray.toml", "../session.sqlite")
    with use_db(session) as faults:
        for item in faults.pending_work_items:
            if not is_wanted(item.mutations[0].operator_name):
                faults.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED, "not planted"))
    called(subject, place, "baseline", "../cosmic-ray.toml")
    ready.write_text(tests)
    return session


def forgotten(session: Path, jobs: Iterable[str]) -> None:
    """Make faults pending again: cosmic-ray has no call for it."""
    with contextlib.closing(sqlite3.connect(session)) as store, store:
        store.executemany("delete from work_results where job_id = ?", [(job,) for job in jobs])


def called(subject: Subject, place: Path, *arguments: str) -> None:
    """Call cosmic-ray in the copy of the tree."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **subject.environment, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    tool = Path(sys.executable).parent / "cosmic-ray"
    subprocess.run([str(tool), *arguments], cwd=place / "tree", check=True, env=environment)


@contextlib.contextmanager
def warm(subject: Subject, place: Path) -> Iterator[None]:
    """Keep a process with the libraries loaded, of which each test run is a fork: most of a run is imports."""
    place.mkdir(parents=True, exist_ok=True)
    door = socket_of(place)
    door.unlink(missing_ok=True)
    server = subprocess.Popen(
        [sys.executable, str(WARM), "serve", str(door)], env={**os.environ, **subject.environment}
    )
    try:
        while not door.exists():
            if server.poll() is not None:
                raise RuntimeError("the process with the libraries did not start")
            time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


def socket_of(place: Path) -> Path:
    """Return the socket of a session's warm process; short, for sockets have short names."""
    return Path(tempfile.gettempdir()) / f"warm-{place.name}"


def planted(name: str, quick: bool) -> list[tuple[WorkItem, WorkResult]]:
    """Plant the faults of a subject, or the first few, and return each with what the tests made of it."""
    subject = SUBJECTS[name]
    place = WORK / f"{digest(subject.modules)}{'-quick' if quick else ''}"
    with warm(subject, place):
        session = session_of(subject, place, quick)
        if quick:
            thinned(session)
        called(subject, place, "exec", "../cosmic-ray.toml", "../session.sqlite")
    with use_db(session) as faults:
        items = {item.job_id: item for item in faults.work_items}
        return [
            (items[job], result) for job, result in faults.results if result.worker_outcome != WorkerOutcome.SKIPPED
        ]


def stop(_: int, frame: object) -> None:
    """End with everything that was started: a fault planted by a process left over would disturb the next run."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.terminate()
    sys.exit(1)


def thinned(session: Path) -> None:
    """Leave a handful of faults to plant, spread over the code."""
    with use_db(session) as faults:
        pending = list(faults.pending_work_items)
        kept = {item.job_id for item in pending[:: max(1, len(pending) // QUICK_MUTANTS)]}
        for item in pending:
            if item.job_id not in kept:
                faults.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED, "not planted"))


def changed_line(result: WorkResult) -> str:
    """Return the line that holds the fault."""
    lines = (result.diff or "").splitlines()
    return next((line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")), "")


def account(name: str, found: list[tuple[WorkItem, WorkResult]], reasons: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many faults of a subject were found, and what is known of those that were not."""
    survivors = []
    for item, result in found:
        if result.test_outcome == TestOutcome.SURVIVED:
            fault = item.mutations[0]
            where = f"{fault.module_path.as_posix()}: {changed_line(result)}"
            survivors.append({"where": where, "why": reasons.get(where, "")})
    return {"mutants": len(found), "killed": len(found) - len(survivors), "survivors": sorted(survivors, key=str)}


def main() -> int:
    """Plant, count, write, and say whether the proof holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a handful of faults: shows that the machinery works")
    parser.add_argument("--afresh", action="store_true", help="forget what earlier runs found")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "proof" / "mutation.json")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, stop)
    if chosen.afresh:
        shutil.rmtree(WORK, ignore_errors=True)
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))["reasons"]
    subjects = list(SUBJECTS)[:1] if chosen.quick else list(SUBJECTS)
    with ThreadPoolExecutor() as workers:
        outcomes = dict(zip(subjects, workers.map(lambda name: planted(name, chosen.quick), subjects), strict=True))
    counts = {name: account(name, found, reasons) for name, found in outcomes.items()}
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = chosen.out.with_suffix(".part")
    unfinished.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(chosen.out)
    good = True
    for name, count in counts.items():
        share = count["killed"] / count["mutants"]
        silent = [survivor["where"] for survivor in count["survivors"] if not survivor["why"]]
        print(f"{name}: {count['killed']} of {count['mutants']} faults found, {share:.1%}")
        print("".join(f"  survives without a reason: {where}\n" for where in silent), end="")
        good &= bool(chosen.quick or (share >= KILLED_NEEDED and not silent))
    if not chosen.quick:
        known = {survivor["where"] for count in counts.values() for survivor in count["survivors"]}
        for where in sorted(set(reasons) - known):
            print(f"  a reason for a fault that the tests find: {where}")
            good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""The report: a table for the terminal, a file for machines, a page for people; and where a stopped suite goes on."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from experiments.conformance.adapter import Subject, SubjectError
from experiments.conformance.outcome import Effort, Outcome
from experiments.conformance.suite import NAMES, Report, Result, check_subject
from experiments.conformance.witness import Witness, shown
from experiments.errors import StoreError
from experiments.folders import refuse_other_results
from experiments.provenance import revision, versions
from model.compiling import source_digest
from scenarios.errors import nearest

RECORD: Final = "check.json"
PAGE: Final = "check.html"
BEGUN: Final = "begun.json"
WIDTH: Final = 110
HERE: Final = Path(__file__).resolve().parent
SIGNS: Final = {"pass": "pass", "fail": "FAIL", "not applicable": "n/a"}


def hold_check(
    subject: Subject,
    out: str | Path | None,
    *,
    quick: bool = False,
    only: tuple[str, ...] = (),
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """Check a subject and write record and page into `out`, if that is given; a suite that was stopped goes on.

    Raises
    ------
    SubjectError, StoreError
        For bad input, before any work.
    """
    for name in only:
        if name not in NAMES:
            raise SubjectError(f"--only {name}: unknown check{nearest(name, NAMES)}")
    folder = None if out is None else Path(out)
    known: dict[str, Result] = {}
    begun = None
    if folder is not None:
        refuse_other_results(folder, "conformance report")
        begun = folder / BEGUN
        key = {"code": source_digest(), "revision": revision(), "quick": quick, "versions": versions()}
        known = _begun(begun, key)
        if known:
            say(f"resumed: {len(known)} checks were made")

    def progress(result: Result, done: int, total: int, left: float) -> None:
        known[result.name] = result
        if begun is not None:
            _write(begun, json.dumps({**key, "results": [asdict(each) for each in known.values()]}))
        estimate = f", about {left:.0f} s left" if done < total else ""
        say(f"{done:2d} of {total}: {result.name}: {SIGNS[result.outcome.verdict]} ({result.seconds:.1f} s){estimate}")

    effort = Effort.quickly() if quick else Effort()
    report = check_subject(subject, effort=effort, only=only, progress=progress, made=dict(known))
    if folder is not None and begun is not None:
        _write(folder / PAGE, page(report))
        _write(folder / RECORD, json.dumps(record(report), indent=2) + "\n")
        with suppress(OSError):
            begun.unlink()
    return report


def _begun(path: Path, key: Mapping[str, Any]) -> dict[str, Result]:
    """Return what a stopped suite of the same code had finished."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if any(stored[name] != value for name, value in key.items()) or str(key["revision"]).endswith("+"):
            return {}
        return {row["name"]: _result(row) for row in stored["results"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _result(row: dict[str, Any]) -> Result:
    outcome = row["outcome"]
    witnesses = tuple(Witness(**witness) for witness in outcome["witnesses"])
    return Result(row["name"], row["reason"], Outcome(outcome["verdict"], outcome["detail"], witnesses), row["seconds"])


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {os.strerror(error.errno or 0)}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def record(report: Report) -> dict[str, Any]:
    """Return the report as plain data."""
    return {
        "model": report.model,
        "quick": report.quick,
        "ok": report.ok,
        "checks": [
            {
                "name": result.name,
                "reason": result.reason,
                "verdict": result.outcome.verdict,
                "detail": result.outcome.detail,
                "seconds": round(result.seconds, 2),
                "witnesses": [_plain(witness) for witness in result.outcome.witnesses],
            }
            for result in report.results
        ],
        "code": source_digest(),
        "revision": revision(),
        "versions": versions(),
    }


def _plain(witness: Witness) -> dict[str, Any]:
    made = None if witness.settings is None else {name: shown(value) for name, value in witness.settings.items()}
    return {
        "what": witness.what,
        "seed": witness.seed,
        "steps": witness.steps,
        "settings": made,
        "evidence": witness.evidence,
    }


def table(report: Report) -> str:
    """Return the report as a table for the terminal."""
    width = max(len(result.name) for result in report.results)
    lines = [f"{report.model}: {summary(report)}", ""]
    for result in report.results:
        head = f"{SIGNS[result.outcome.verdict]:4s}  {result.name:{width}s}  "
        lines += textwrap.wrap(result.outcome.detail, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))
        for witness in result.outcome.witnesses:
            indent = " " * (len(head) + 2)
            lines += textwrap.wrap(str(witness), WIDTH, initial_indent=" " * len(head) + "- ", subsequent_indent=indent)
    return "\n".join(lines)


def summary(report: Report) -> str:
    """Return the counts of verdicts in words."""
    counts = dict.fromkeys(SIGNS, 0)
    for result in report.results:
        counts[result.outcome.verdict] += 1
    words = f"{counts['pass']} passed, {counts['fail']} failed, {counts['not applicable']} not applicable"
    return f"{words}{' (quick: fewer points, lives and seeds)' if report.quick else ''}"


def page(report: Report) -> str:
    """Return the report as one page that needs nothing else."""
    templates = Environment(
        loader=FileSystemLoader([HERE, HERE.parent / "report"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return templates.get_template("page.html.j2").render(
        report=report, summary=summary(report), signs=SIGNS, record=record(report)
    )

"""Write `docs/verification.md` from a run of the known answers: `make verification`.

With `--proof` the long proofs run instead, and what they find is kept in `docs/proof/known_answers.json`. The page
quotes that file and the others beside it; `--quote` does so anew without running anything. Where a test fails nothing
is written.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from laws import LAWS, VERIFY_SEED, Finding, Law
from matplotlib.figure import Figure

from experiments.simulation import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION
from model.compiling import source_digest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "verification.md"
PICTURES = ROOT / "docs" / "pictures" / "verification"
PROOFS = ROOT / "docs" / "proof"
OWN_PROOF = "known_answers.json"
COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
MOST_POINTS = 150
MANY_PARAMETERS = 12

HEAD = """# Known answers

<!-- Written by `make verification`; edit the tests, not this page. -->

Where all mechanisms but one are switched off, the model is small enough for a pencil. Each law below says what must
then come out; the tests compare it with what the society does. Parameters are **drawn anew in every run** from the
ranges given, beside the points that the specification lists. A law that rests on chance is allowed five standard
errors, which chance alone exceeds once in 1.7 million checks.
"""

QUOTES = "## Long proofs"

UNREACHED = """## What the rules cannot be made to do

Some limits of the literature need mechanisms that this model does not have, so no switch leads there:

- **Thresholds** (Granovetter, Kuran, Epstein): symbols are shown by a logit with revision, not by crossing a
  threshold, and no sanction depends on how many police see how many citizens.
- **Consensus** (DeGroot): everybody keeps an anchor, and influence weighs less than one.
- **Copying** (voters with zealots, concealed voters, the emperor's dilemma): nobody takes over another's
  whole opinion or symbol, and nobody punishes for a norm.
- **Bounded confidence, evolution, assimilation games**: no such rule.
- **Break-even of two policies** belongs to other equations; its counterpart here is the balance sheet.
"""


class Collector:
    """A pytest plugin that keeps what the laws' tests found."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.pictures: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep findings and pictures of a test that ran."""
        if report.when != "call":
            return
        for name, note in report.user_properties:
            if name == "finding":
                self.findings.append(Finding(**note))  # type: ignore[arg-type]
            elif name == "picture":
                self.pictures[note["law"]] = note  # type: ignore[index,call-overload]


def number(value: float) -> str:
    """Return a number as the page shows it."""
    return "0" if value == 0.0 else f"{value:.6g}"


def small(value: float) -> str:
    """Return an error or a tolerance as the page shows it."""
    return "0" if value == 0.0 else f"{value:.1e}" if value < 1e-4 else f"{value:.2g}"


def percent(share: float) -> str:
    """Return the share of a tolerance that is used up."""
    return f"{100.0 * share:.0f} %" if math.isfinite(share) else "all"


def place(key: str) -> tuple[str, int, str]:
    """Return where a law stands on the page: C2 before C10."""
    letters = key.rstrip("0123456789.abcdefghijklmnopqrstuvwxyz")
    digits = "".join(character for character in key if character.isdigit())
    return letters, int(digits or 0), key


def rows(findings: Iterable[Finding]) -> list[str]:
    """Return a table's rows: one for each thing checked, with the check that came nearest to its tolerance."""
    checks: dict[str, list[Finding]] = {}
    for finding in findings:
        checks.setdefault(finding.what, []).append(finding)
    lines = [
        "| check | hardest case | expected | got | error | allowed | used | checks |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for what, found in checks.items():
        if found[0].bound:
            hardest = (min if found[0].bound == "above" else max)(found, key=lambda finding: finding.got)
            sign = "&gt; " if hardest.bound == "above" else "&lt; "
            told = [f"{sign}{number(hardest.expected)}", number(hardest.got), "", "", ""]
        else:
            hardest = max(found, key=lambda finding: finding.used)
            told = [number(hardest.expected), number(hardest.got), small(hardest.error), small(hardest.tolerance)]
            told.append(percent(hardest.used))
        many = sum(finding.compared for finding in found)
        times = f"{len(found)}" if many == len(found) else f"{len(found)} of {many:,} numbers"
        lines.append("| " + " | ".join([what, hardest.where, *told, times]) + " |")
    return lines


def about(law: Law) -> list[str]:
    """Return what the page says of a law whatever a run finds: title, source, formula, ranges, limits."""
    lines = [
        f"## {law.key}: {law.title}",
        "",
        f"From {law.source}.",
        "",
        "```text",
        *law.formula.split("\n"),
        "```",
        "",
    ]
    if len(law.ranges) > MANY_PARAMETERS:
        lines += [f"Drawn from the priors of {len(law.ranges)} parameters.", ""]
    elif law.ranges:
        told = [f"`{name}` {number(low)} to {number(high)}" for name, (low, high) in law.ranges.items()]
        lines += [f"Drawn from {', '.join(told)}.", ""]
    if law.limits:
        lines += [f"*How far it goes.* {law.limits}", ""]
    return lines


def page(findings: Sequence[Finding], pictures: Mapping[str, Mapping[str, Any]], proofs: Sequence[str]) -> str:
    """Return the page."""
    by_law = {key: [finding for finding in findings if finding.law == key] for key in sorted(LAWS, key=place)}
    packages = ", ".join(f"{name} {version(name)}" for name in ("mesa", "numpy", "numba"))
    lines = [
        HEAD,
        f"This page was written from {len(findings)} checks with `VERIFY_SEED={VERIFY_SEED}`, equations "
        f"`{source_digest()[:12]}`, Python {platform.python_version()}, {packages}. Every check held. "
        f"`make verification VERIFY_SEED={VERIFY_SEED}` repeats it, `make verification` draws anew.",
        "",
        "| law | checks | nearest to its tolerance |",
        "|---|---|---|",
    ]
    for key, found in by_law.items():
        if found:
            used = max(finding.used for finding in found)
            lines.append(f"| {key}: {LAWS[key].title} | {len(found)} | {percent(used)} |")
    lines.append("")
    for key, found in by_law.items():
        if not found:
            continue
        lines += about(LAWS[key])
        if key in pictures:
            lines += [f"![{LAWS[key].title}](pictures/verification/{key}.svg)", "", f"*{pictures[key]['caption']}*", ""]
        lines += ["Each row is the hardest of its checks.", "", *rows(found), ""]
    lines.append(UNREACHED)
    lines += proofs
    return "\n".join(lines).rstrip() + "\n"


def drawn(picture: Mapping[str, Any]) -> Figure:
    """Return the picture of a law: formulas as lines, what the simulator did as points."""
    figure = Figure(figsize=(5.6, 3.4), layout="constrained")
    axes = figure.add_subplot()
    for line, colour in zip(picture["lines"], COLOURS, strict=False):
        every = max(1, math.ceil(len(line["x"]) / MOST_POINTS))
        x, y = line["x"][::every], line["y"][::every]
        if line["points"]:
            axes.plot(x, y, "o", color=colour, markersize=4.0 if len(x) < 40 else 2.5, alpha=0.8, label=line["label"])
        else:
            axes.plot(x, y, color=colour, linewidth=1.6, label=line["label"])
    axes.set_xlabel(picture["x_label"])
    axes.set_ylabel(picture["y_label"])
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return figure


# --- the long proofs --------------------------------------------------------------------------------------------------


def quoted(folder: Path) -> list[str]:
    """Return what the page says of the long proofs whose results lie in a folder."""
    lines = [
        QUOTES,
        "",
        "`make proof` runs what takes too long for every change; its results are kept and quoted.",
        "",
    ]
    tellers = {
        OWN_PROOF: _tell_known_answers,
        "conformance.json": _tell_conformance,
        "mutation.json": _tell_mutation,
        "coverage.json": _tell_coverage,
    }
    for name in [*tellers, *sorted(path.name for path in folder.glob("*.json") if path.name not in tellers)]:
        path = folder / name
        if path.is_file():
            lines += tellers.get(name, _tell_anything)(path.stem, json.loads(path.read_text(encoding="utf-8")))
        else:
            lines += [f"Not run yet: {name.removesuffix('.json').replace('_', ' ')}.", ""]
    return lines


def _tell_known_answers(_: str, content: Mapping[str, Any]) -> list[str]:
    findings = [Finding(**finding) for finding in content["findings"]]
    named = [Finding(**{**finding, "what": f"{finding['law']}: {finding['what']}"}) for finding in content["findings"]]
    told = f"{len(findings)} checks with `VERIFY_SEED={content['seed']}`, equations `{content['equations']}`."
    return ["### Known answers, at length", "", told, "", *rows(named), "", *content.get("remarks", []), ""]


def _tell_conformance(_: str, content: Mapping[str, Any]) -> list[str]:
    told = "What any agent-based model should keep, with full effort: `python run.py check` (docs/conformance.md)."
    lines = ["### Conformance, at length", "", told, "", "| check | verdict | what was tried |", "|---|---|---|"]
    lines += [f"| {check['name']} | {check['verdict']} | {check['detail']} |" for check in content["checks"]]
    return [*lines, ""]


def _tell_mutation(_: str, content: Mapping[str, Any]) -> list[str]:
    lines = ["### Planted faults", "", "Faults planted one at a time in the code, and how many the tests noticed.", ""]
    lines += ["| code | faults | noticed | share |", "|---|---|---|---|"]
    survivors = []
    for package, found in content.items():
        share = f"{100.0 * found['killed'] / found['mutants']:.1f} %" if found["mutants"] else "none planted"
        lines.append(f"| {package} | {found['mutants']} | {found['killed']} | {share} |")
        survivors += [f"- `{survivor['where']}`: {survivor['why']}" for survivor in found.get("survivors", [])]
    if survivors:
        lines += ["", "Those that no test notices, each looked at:", "", *survivors]
    return [*lines, ""]


def _tell_coverage(_: str, content: Mapping[str, Any]) -> list[str]:
    share = f"{content['branch_percent']:.1f} % of branches; what is compiled was run without compilation."
    lines = ["### Branches taken", "", share, ""]
    lines += ["| package | branches taken |", "|---|---|"]
    lines += [f"| {package} | {share:.1f} % |" for package, share in content.get("by_package", {}).items()]
    return [*lines, ""]


def _tell_anything(name: str, content: Any) -> list[str]:
    lines = [f"### {name.replace('_', ' ').capitalize()}", ""]
    if isinstance(content, Mapping):
        plain = {key: value for key, value in content.items() if isinstance(value, str | int | float)}
        lines += ["| | |", "|---|---|", *(f"| {key.replace('_', ' ')} | {value} |" for key, value in plain.items())]
    return [*lines, ""]


# --- the command ------------------------------------------------------------------------------------------------------


def collect(arguments: Sequence[str]) -> Collector | None:
    """Run the known answers, but for the tests of the page itself; return what they found, or nothing if one failed."""
    collector = Collector()
    own = HERE / "test_verification_page.py"
    arguments = [str(HERE), f"--ignore={own}", "-p", "no:cacheprovider", *arguments]
    return collector if pytest.main(arguments, plugins=[collector]) == 0 else None


def write_page(collector: Collector) -> None:
    """Write the page and its pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "verification", "font.size": 9.0}):
        for key, picture in collector.pictures.items():
            drawn(picture).savefig(PICTURES / f"{key}.svg", metadata={"Date": None})
    PAGE.write_text(page(collector.findings, collector.pictures, quoted(PROOFS)), encoding="utf-8")


def write_proof(collector: Collector) -> None:
    """Keep what the long proofs found."""
    PROOFS.mkdir(parents=True, exist_ok=True)
    told = [vars(finding) for finding in collector.findings]
    content = {"seed": VERIFY_SEED, "equations": source_digest()[:12], "findings": told}
    (PROOFS / OWN_PROOF).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def quote_anew() -> None:
    """Put what lies in the folder of proofs in the place of what the page quotes."""
    told, _, _ = PAGE.read_text(encoding="utf-8").partition(QUOTES)
    PAGE.write_text("\n".join([told + quoted(PROOFS)[0], *quoted(PROOFS)[1:]]).rstrip() + "\n", encoding="utf-8")


def main() -> int:
    """Run the known answers or their long proofs, and write down what they found."""
    parser = argparse.ArgumentParser(prog="make verification", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--proof", action="store_true", help="run the long proofs, and keep and quote their results")
    what.add_argument("--quote", action="store_true", help="quote the kept results anew, and run nothing")
    asked = parser.parse_args()
    if asked.quote:
        quote_anew()
        return 0
    proof = asked.proof
    collector = collect(["-q", "-m", "proof" if proof else "not proof"])
    if collector is None:
        print("verification: a known answer does not hold; nothing is written", file=sys.stderr)
        return 1
    if proof:
        write_proof(collector)
        quote_anew()
    else:
        write_page(collector)
    print(f"{(PROOFS / OWN_PROOF if proof else PAGE).relative_to(ROOT)} is written")
    return 0


if __name__ == "__main__":
    sys.exit(main())

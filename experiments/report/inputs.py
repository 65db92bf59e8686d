"""What went into a trial: parameters, figures of the country, code and versions, and the command for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from experiments.report.readings import Readings
from experiments.report.texts import headings
from experiments.report.texts.headings import TABLE
from experiments.report.texts.numbers import RANGE, Numbers
from experiments.trial import DEFAULT, Trial
from scenarios import DECLARATIONS, UNCERTAIN, names

DEFAULT_COUNTRY = "kazakhstan-2021"


def parameter_table() -> Numbers:
    """List every parameter with its default and prior."""
    head = tuple(
        TABLE[key] for key in ("name", "symbol", "value", "prior", "unit", "meaning", "source")
    )  # fmt: skip
    rows = tuple(
        (
            declared.name + (f" ({TABLE['structural']})" if declared.structural else ""),
            declared.symbol,
            f"{declared.default:g}",
            f"{declared.prior[0]:g}{RANGE}{declared.prior[1]:g}" if declared.prior else headings.FIXED,
            declared.unit,
            declared.meaning,
            declared.source,
        )
        for declared in DECLARATIONS.values()
    )
    return Numbers("", head, rows)


def figure_table(readings: Readings) -> Numbers:
    """List the figures of the country that are assumed or approximate; the template of shares is one line a region."""
    head = tuple(TABLE[key] for key in ("place", "kind", "value", "prior", "source"))
    rows = []
    shares: Counter[str] = Counter()
    for place, figure in readings.country.figures():
        if figure.kind not in ("assumed", "approximate"):
            continue
        if ".shares." in place:
            shares[figure.source] += 1
            continue
        prior = f"{figure.prior[0]:g}{RANGE}{figure.prior[1]:g}" if figure.prior else ""
        source = figure.source + (f". {figure.note}" if figure.note else "")
        rows.append((place, headings.FIGURE_KINDS[figure.kind], _plain(figure.number), prior, source))
    approximate = headings.FIGURE_KINDS["approximate"]
    rows += [
        (headings.TEMPLATE_SHARES, approximate, headings.FIGURES.format(count=count), "", source)
        for source, count in shares.items()
    ]
    return Numbers("", head, tuple(rows))


def _plain(value: float) -> str:
    """Write a figure of any size without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:g}"


def figures_note(readings: Readings) -> str:
    """Say how many figures of the country are how well founded."""
    kinds = Counter(figure.kind for _, figure in readings.country.figures())
    return headings.FIGURES_NOTE.format(
        sourced=kinds["sourced"] + kinds["parameter"], assumed=kinds["assumed"], approximate=kinds["approximate"]
    )


def idle_note(trial: Trial) -> str:
    """Say which uncertain parameters go with no comparison; nothing where there is none, or where all do."""
    found = trial.scopes.idle
    if not 0 < len(found) < len(UNCERTAIN):
        return ""
    return headings.IDLE_NOTE.format(count=len(found), uncertain=len(UNCERTAIN), names=", ".join(found))


def provenance_rows(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """List what the runs were made with, in words."""
    rows = []
    for key, title in headings.PROVENANCE.items():
        if key not in found:
            continue
        value = found[key]
        if isinstance(value, Mapping):
            value = ", ".join(f"{name} {version}" for name, version in value.items())
        rows.append((title, str(value)))
    return tuple(rows)


def commands(trial: Trial) -> tuple[str, ...]:
    """Return the commands that make the page again."""
    if trial.quick:
        return ("python run.py claim --quick", "make claim")
    size, default = trial.plan.size, DEFAULT
    command = f"python run.py claim --points {size.points} --seeds {size.seeds}"
    if size.citizens != default.citizens:
        command += f" --citizens {size.citizens}"
    shipped = set(names("claims"))
    chosen = {finding.claim.name: finding.claim for finding in trial.findings}
    if set(chosen) != shipped:
        said = " ".join(name if name in shipped else claim.source_file for name, claim in chosen.items())
        command += f" --claim {said}"
    if trial.plan.country != DEFAULT_COUNTRY:
        command += f" --country {trial.plan.country}"
    return ("make claim", command)

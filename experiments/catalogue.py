"""What there is to choose from: parameters, countries, policies and claims, printed."""

from __future__ import annotations

import csv
import io
import textwrap
from typing import Literal

from experiments.claims import read_claims
from experiments.register import COUNTRY, read_register, standings
from scenarios import DECLARATIONS, ScenarioError, names, read_country, read_policy
from scenarios.errors import nearest

Format = Literal["text", "markdown", "csv"]
HEAD = ("name", "symbol", "default", "prior", "unit", "meaning", "source", "kind")


def parameters_table(form: Format = "text") -> str:
    """Return every parameter: name, symbol, default, prior, unit, meaning, source, and whether it is structural."""
    rows = [
        (
            declared.name,
            declared.symbol,
            f"{declared.default:g}",
            f"{declared.prior[0]:g} to {declared.prior[1]:g}" if declared.prior else "fixed",
            declared.unit,
            declared.meaning,
            declared.source,
            "structural" if declared.structural else "",
        )
        for declared in DECLARATIONS.values()
    ]
    if form == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([HEAD, *rows])
        return text.getvalue().rstrip("\n")
    if form == "markdown":
        lines = [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}"]
        return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])
    lines = []
    for name, symbol, default, prior, unit, meaning, source, kind in rows:
        marks = f", {kind}" if kind else ""
        lines.append(f"{name} ({symbol or 'no symbol'}{marks}) = {default} [{prior}] {unit}")
        lines += textwrap.wrap(f"{meaning}; {source}", 110, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def scenarios_text(name: str | None = None) -> str:
    """Return the list of shipped countries, policies and claims, or what one of them says."""
    kinds = {kind: names(kind) for kind in ("countries", "policies", "claims")}
    if name is None:
        return "\n\n".join([_countries(), _policies(), _claims()])
    for kind, known in kinds.items():
        if name in known:
            return {"countries": _country, "policies": _policy, "claims": _claim}[kind](name)
    every = [item for known in kinds.values() for item in known]
    raise ScenarioError(f"scenarios: there is no '{name}'{nearest(name, every)}")


def register_text() -> str:
    """Return how each shipped claim stands to the register."""
    # Here, because the report loads the plotting library.
    from experiments.report.texts.registration import registration_said

    register, claims = read_register(), read_claims()
    found = standings(claims, COUNTRY)
    lines = [f"{len(register.versions)} versions of claims in {len(register.registrations)} registrations"]
    lines += [f"  {claim.number:2d} {claim.name:42s} {registration_said(found[claim.name])}" for claim in claims]
    return "\n".join(lines)


def _countries() -> str:
    lines = ["countries (--country)"]
    for name in names("countries"):
        country = read_country(name)
        lines.append(f"  {name:24s} {country.title}: {len(country.groups)} groups, {len(country.regions)} regions")
    return "\n".join(lines)


def _policies() -> str:
    lines = ["policies (--policy)"]
    for name in names("policies"):
        policy = read_policy(name)
        lines.append(f"  {name:24s} {policy.title}: {policy.description}")
    return "\n".join(lines)


def _claims() -> str:
    lines = (f"  {claim.number:2d} {claim.name}: {claim.claim}" for claim in read_claims())
    return "\n".join(["claims (--claim)", *lines])


def _country(name: str) -> str:
    country = read_country(name)
    lines = [f"{country.title} ({name})", "groups:"]
    counts = country.counts()
    total = counts.sum()
    for number, group in enumerate(country.groups):
        kin = f"kin state {group.kin_state}" if group.kin_state else "no kin state"
        lines.append(f"  {group.label:24s} {counts[:, number].sum() / total:6.1%}  {kin}")
    lines.append("regions:")
    for number, region in enumerate(country.regions):
        lines.append(f"  {region.label:24s} {counts[number].sum() / total:6.1%} of the population")
    lines.append("figures that are not sourced:")
    for where, figure in country.figures():
        if figure.kind in ("assumed", "approximate"):
            prior = f", prior {figure.prior[0]:g} to {figure.prior[1]:g}" if figure.prior else ""
            lines.append(f"  {where} = {figure.value:g} ({figure.kind}{prior})")
    return "\n".join(lines)


def _policy(name: str) -> str:
    policy = read_policy(name)
    lines = [f"{policy.title} ({name})", policy.description]
    for lever, setting in policy.levers.items():
        lines.append(
            f"  {lever}: level {setting.level:g}, months {setting.start:g} to {setting.end:g}, ramp {setting.ramp:g}, "
            f"for {setting.target}"
        )
    return "\n".join(lines)


def _claim(name: str) -> str:
    from experiments.report.texts.registration import registration_said

    (claim,) = read_claims([name])
    lines = [f"{claim.number}. {claim.title} ({name})", claim.claim, f"essay: {claim.essay}", "estimands:"]
    for part in claim.estimands:
        terms = " ".join(f"{weight:+g} {arm}" for arm, weight in part.contrast)
        scale = f" as a share of {part.relative_to}" if part.relative_to else ""
        lines.append(
            f"  {part.name}: {part.measure} of {part.population} in month {part.month}, {terms}{scale}; "
            f"{part.direction.replace('_', ' ')}, margin {part.margin:g}"
        )
    found = standings([claim], COUNTRY)[claim.name]
    lines.append(f"{registration_said(found)}, hash {found.hash}")
    return "\n".join(lines)

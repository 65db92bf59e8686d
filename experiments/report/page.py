"""The page of a trial, and the same verdicts as a table for the terminal."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from experiments.claims import BASE, SHOWN_ARMS, Finding, Part
from experiments.register import Registered, standings
from experiments.report.pictures.gallery import FOLDER, draw_pictures
from experiments.report.readings import Readings, missing, spread
from experiments.report.texts import caveats, claims, headings, vocabulary
from experiments.report.texts.answer import Answer, Driver, answer_from
from experiments.report.texts.captions import LABELS, NUMBERS
from experiments.report.texts.claims import claims_count
from experiments.report.texts.headings import HEADINGS, TABLE, TERMINAL
from experiments.report.texts.numbers import (
    INTERVAL_SEEDS,
    MINUS,
    NO_NUMBER,
    RANGE,
    SPACE,
    Numbers,
    interval_text,
    number,
    percent,
    shares_text,
)
from experiments.report.texts.registration import registration_note, registration_said
from experiments.report.texts.standing import Standing, effects_text, failed_note, missing_note, points_text, seeds_text
from experiments.report.texts.vocabulary import DIRECTIONS, POPULATIONS, variant_title
from experiments.trial import DEFAULT, RUNS, VERDICTS, Trial
from experiments.verdicts import Shares, Verdict, whole_percent
from model.measures import MEASURES, NATIONAL_MEASURES
from scenarios import DECLARATIONS, UNCERTAIN, names
from scenarios.claim import SHARE_NEEDED, VARIANTS, Arm, Estimand
from scenarios.policy import read_policy

PAGE = "report.html"
DEFAULT_COUNTRY = "kazakhstan-2021"
HERE = Path(__file__).resolve().parent
WIDTH = 110
PLAIN = {
    ord(MINUS): "-",
    ord(SPACE): " ",
    ord("\N{EN DASH}"): "-",
    ord("\N{MULTIPLICATION SIGN}"): "x",
    ord("\N{PLUS-MINUS SIGN}"): "+-",
}
"""What a terminal without these signs can show in their place."""

MARKS: Final[Mapping[Verdict, str]] = {
    "supported": '<path d="M8 1.5 15 14.5H1z" fill="currentColor"/>',
    "refuted": '<path d="M8 14.5 1 1.5h14z" fill="currentColor"/>',
    "equivalent": '<path d="M1.5 3.5h13v3.2h-13zM1.5 9.3h13v3.2h-13z" fill="currentColor"/>',
    "conditional": '<path d="M8 1 15 8 8 15 1 8z" fill="none" stroke="currentColor" stroke-width="1.8"/>'
    '<path d="M8 1v14L1 8z" fill="currentColor"/>',
    "not testable": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.8" '
    'stroke-dasharray="3 2"/>',
}
"""A shape for each verdict, so that colour is never alone."""


@dataclass(frozen=True)
class PartView:
    """One estimand, written out."""

    name: str
    verdict: Verdict
    effect: str
    unit: str
    base: Shares
    across: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ClaimView:
    """One claim, written out."""

    number: int
    name: str
    title: str
    claim: str
    essay: str
    verdict: Verdict
    reason: str
    each_alone: bool
    parts: tuple[PartView, ...]
    joint: Shares | None
    joint_across: str
    variants: Numbers
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    registered: bool


def write_report(trial: Trial, folder: Path) -> Path:
    """Write the pictures of a trial into `folder/pictures` and its page into `folder`, and return the page's path."""
    readings = Readings(trial)
    registered = registered_claims(trial)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = draw_pictures(readings, folder / FOLDER)
    page = _environment().get_template("page.html.j2").render(
        HEADINGS=HEADINGS,
        TABLE=TABLE,
        LABELS=LABELS,
        headings=headings,
        vocabulary=vocabulary,
        caveats=caveats,
        percent=percent,
        marks={verdict: Markup(mark) for verdict, mark in MARKS.items()},
        answer=compose_answer(readings),
        standing=standing_of(trial),
        cells=readings.cells,
        margin=f"±{readings.margin:g}" if readings.cells else "",
        claims=[claim_view(finding, readings, registered[finding.claim.name]) for finding in trial.findings],
        registration_note=registration_note(registered),
        claims_count=claims_count(Counter(finding.verdict for finding in trial.findings), standing_of(trial)),
        pictures=[{"picture": picture, "svg": Markup(picture.svg)} for picture in pictures],
        failed_note=failed_note(trial.outcomes.failed) if trial.outcomes.failed else "",
        needed=percent(SHARE_NEEDED),
        effect=_effect_heading(TABLE, trial),
        effects=effects_text(trial.plan.size.default_seeds),
        points=points_text(trial.plan.size.points),
        parameters=_parameters(),
        parameters_title=HEADINGS["parameters"].format(count=len(DECLARATIONS), uncertain=len(UNCERTAIN)),
        figures=_figures(readings),
        figures_note=_figures_note(readings),
        country=readings.country.title,
        provenance=_provenance(trial.provenance),
        commands=_commands(trial),
        footer=headings.FOOTER.format(files=", ".join((VERDICTS, RUNS, f"{FOLDER}/"))),
    )  # fmt: skip
    path = folder / PAGE
    partial = path.with_suffix(".part")
    partial.write_text(page, encoding="utf-8")
    partial.replace(path)
    return path


def verdict_table(trial: Trial) -> str:
    """Return the answer and the verdicts as plain text, at most 110 characters wide."""
    readings = Readings(trial)
    answer = compose_answer(readings)
    lines = [headings.QUESTION, f"{answer.word}. {answer.note}", ""]
    lines += [line for sentence in answer.sentences for line in textwrap.wrap(sentence, WIDTH)]
    effect = _effect_heading(TERMINAL, trial)
    head = f"{'':36}{effect:>29}{TERMINAL['shares']:>26}{TERMINAL['range']:>19}"
    lines += ["", head, "-" * WIDTH]
    registered = registered_claims(trial)
    for view in (claim_view(finding, readings, registered[finding.claim.name]) for finding in trial.findings):
        word = vocabulary.VERDICTS[view.verdict]
        word = f"({word})" if trial.quick else word
        lines.append(f"{view.number:>2}  {textwrap.shorten(view.title, WIDTH - 22, placeholder=' ...'):<88}{word:>18}")
        for part in view.parts:
            name, *rest = textwrap.wrap(part.name, 33)
            lines.append(f"    {name:<35}{part.effect:>27}{_split(part.base):>25}{part.across:>19}")
            lines += [f"    {line}" for line in rest]
        if view.joint is not None:
            lines.append(f"    {TABLE['together']:<62}{_split(view.joint):>25}{view.joint_across:>19}")
        if view.reason:
            lines += textwrap.wrap(view.reason, WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
    lines.append("-" * WIDTH)
    if trial.plan.size.default_seeds < INTERVAL_SEEDS:
        lines.append(TERMINAL["effects"].format(effects=effects_text(trial.plan.size.default_seeds)))
    lines += textwrap.wrap(registration_note(registered), WIDTH)
    if trial.outcomes.failed:
        lines.append(failed_note(trial.outcomes.failed))
    return "\n".join(line.rstrip() for line in lines).translate(PLAIN)


def compose_answer(readings: Readings) -> Answer:
    """Return the answer in two sentences."""
    drivers = [Driver(*found) for found in readings.drivers.beyond_chance] if readings.cells else []
    return answer_from(readings.cells, drivers, standing_of(readings.trial))


def standing_of(trial: Trial) -> Standing:
    """Return what the runs of a trial are good for."""
    return Standing(trial.quick, trial.plan.size.points, trial.plan.size.seeds, trial.plan.size.citizens)


def registered_claims(trial: Trial) -> dict[str, Registered]:
    """Return how the claims of a trial stand to the register, by name."""
    return standings(trial.plan.claims, trial.plan.country)


def claim_view(finding: Finding, readings: Readings, registered: Registered) -> ClaimView:
    """Write a finding out."""
    claim = finding.claim
    joint = finding.over_prior if len(finding.parts) > 1 and not claim.each_alone else None
    head = ("", *(part.estimand.name for part in finding.parts))
    rows = []
    for variant in VARIANTS:
        cells = [shares_text(part.over_prior[variant]) for part in finding.parts]
        title = variant_title(variant)
        rows.append((title, *cells, *([shares_text(joint[variant])] if joint else [])))
    if joint:
        head = (*head, TABLE["together"])
    rule = claims.DECISION_RULE.format(
        needed=percent(SHARE_NEEDED),
        grouping="" if len(finding.parts) == 1 else claims.EACH_ALONE if claim.each_alone else claims.TOGETHER,
    )
    if claim.testable:
        rule += " " + claims.TESTABLE.format(
            name=claim.testable.name, margin=f"{claim.testable.margin:g}", rest=percent(1.0 - SHARE_NEEDED)
        )
    if not any(read_policy(arm.policy).pulls("coercion") for arm in claim.arms.values()):
        rule += " " + claims.VARIANTS_ALIKE
    facts = [
        (TABLE["decision"], rule.strip()),
        (TABLE["arms"], "; ".join(f"{name}: {_arm(arm)}" for name, arm in claim.arms.items())),
        (TABLE["registration"], registration_said(registered)),
        (TABLE["registered"], claim.digest()),
    ]
    if claim.name in caveats.CAVEATS:
        facts.insert(0, (TABLE["caveat"], caveats.CAVEATS[claim.name]))
    if not math.isnan(finding.seed_spread):
        across = TABLE["seed_spread_beside"].format(across=number(spread(finding.parts[0]), 4))
        facts.append((TABLE["seed_spread"], f"{number(finding.seed_spread, 4)}, {across}"))
    notes = [
        f"{part.estimand.name}: {missing_note(missing(part), len(part.effects))}"
        for part in finding.parts
        if missing(part)
    ]
    return ClaimView(
        claim.number,
        claim.name,
        claim.title,
        claim.claim,
        claim.essay,
        finding.verdict,
        finding.reason,
        claim.each_alone and len(finding.parts) > 1,
        tuple(_part_view(part, claim.arms) for part in finding.parts),
        joint[BASE] if joint else None,
        _across(joint) if joint else "",
        Numbers(NUMBERS["variants"], head, tuple(rows)),
        tuple(facts),
        tuple(notes),
        registered.standing == "registered",
    )


def _part_view(part: Part, arms: Mapping[str, Arm]) -> PartView:
    estimand = part.estimand
    places = decimals(estimand)
    low, median, high = (number(value, places, sign=True) for value in part.quantiles)
    margin = f"{estimand.margin:g}"
    facts = (
        (TABLE["estimand"], estimand.name),
        (TABLE["measure"], f"{estimand.measure}: {_meaning(estimand)}"),
        (TABLE["population"], POPULATIONS.get(estimand.population, estimand.population)),
        (TABLE["month"], str(estimand.month)),
        (TABLE["contrast"], _contrast(estimand)),
        (TABLE["predicted"], f"{DIRECTIONS[estimand.direction].format(margin=margin)} ({_unit(estimand)})"),
        (TABLE["verdict"], vocabulary.VERDICTS[part.verdict]),
        (TABLE["default"], f"{effect_text(part)}, {seeds_text(part.default.seeds)}"),
        (TABLE["prior_mean"], number(part.mean, places, sign=True)),
        (TABLE["prior_quantiles"], f"{low} / {median} / {high}"),
    )
    predicted = f"{TABLE['predicted'].lower()} {DIRECTIONS[estimand.direction].format(margin=margin)}"
    unit = f"{_unit(estimand).split(',')[0]}; {predicted}"
    return PartView(
        estimand.name,
        part.verdict,
        effect_text(part),
        unit,
        part.over_prior[BASE],
        _across(part.over_prior),
        facts,
    )


def decimals(estimand: Estimand) -> int:
    """Return how many decimals an effect needs so that its margin has two digits, and at least three."""
    return 3 if estimand.margin <= 0.0 else max(3, math.ceil(-math.log10(estimand.margin)) + 1)


def effect_text(part: Part) -> str:
    """Write an effect at the default point with its 95 % interval, if it has one."""
    return interval_text(part.default, decimals(part.estimand), sign=True)


def _effect_heading(words: Mapping[str, str], trial: Trial) -> str:
    return words["effect" if trial.plan.size.default_seeds >= INTERVAL_SEEDS else "effect_alone"]


def _unit(estimand: Estimand) -> str:
    if estimand.relative_to:
        return claims.RELATIVE.format(arm=estimand.relative_to.replace("_", " "))
    if estimand.measure in MEASURES:
        return MEASURES[estimand.measure].unit
    return claims.NATIONAL_UNITS.get(estimand.measure, NATIONAL_MEASURES.get(estimand.measure, ""))


def _meaning(estimand: Estimand) -> str:
    measure = MEASURES.get(estimand.measure)
    return measure.meaning if measure else NATIONAL_MEASURES.get(estimand.measure, "")


def _contrast(estimand: Estimand) -> str:
    terms = " ".join(
        f"{'+' if weight > 0 else MINUS} {'' if abs(weight) == 1 else f'{abs(weight):g} × '}{arm}"
        for arm, weight in estimand.contrast
    )
    terms = terms.removeprefix("+ ")
    return f"({terms}) / {estimand.relative_to}" if estimand.relative_to else terms


def _arm(arm: Arm) -> str:
    said = [arm.policy]
    if arm.budget is not None:
        said.append(claims.ARM_BUDGET.format(budget=f"{100.0 * arm.budget:g}"))
    said += [f"{name} = {value:g}" for name, value in arm.settings]
    if not arm.shock:
        said.append(claims.ARM_NO_SHOCK)
    return ", ".join(said)


def _across(over_prior: Mapping[str, Shares]) -> str:
    known = [found.holds for found in over_prior.values() if not math.isnan(found.holds)]
    if not known:
        return NO_NUMBER
    low, high = (whole_percent(share) for share in (min(known), max(known)))
    if low == high:
        return percent(min(known))
    return f"{low}\N{EN DASH}{high}{SPACE}%"


def _split(found: Shares) -> str:
    if math.isnan(found.holds):
        return NO_NUMBER
    return (
        " / ".join(str(whole_percent(share)) for share in (found.holds, found.neutral, found.contradicted))
        + f"{SPACE}%"
    )


def _parameters() -> Numbers:
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


def _figures(readings: Readings) -> Numbers:
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


def _figures_note(readings: Readings) -> str:
    kinds = Counter(figure.kind for _, figure in readings.country.figures())
    return headings.FIGURES_NOTE.format(
        sourced=kinds["sourced"] + kinds["parameter"], assumed=kinds["assumed"], approximate=kinds["approximate"]
    )


def _provenance(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    rows = []
    for key, title in headings.PROVENANCE.items():
        if key not in found:
            continue
        value = found[key]
        if isinstance(value, Mapping):
            value = ", ".join(f"{name} {version}" for name, version in value.items())
        rows.append((title, str(value)))
    return tuple(rows)


def _commands(trial: Trial) -> tuple[str, ...]:
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


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["split"] = _split
    environment.filters["css"] = lambda verdict: verdict.replace(" ", "-")
    environment.globals["arms"] = tuple(SHOWN_ARMS)
    return environment

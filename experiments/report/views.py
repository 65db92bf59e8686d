"""Claims written out for page and terminal: what was compared, what came out, by which rule."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from experiments.claims import BASE, Finding, Part
from experiments.register import Registered, standings
from experiments.report.readings import Readings, missing, spread
from experiments.report.texts import claims, vocabulary
from experiments.report.texts.answer import Answer, Driver, answer_from
from experiments.report.texts.captions import NUMBERS
from experiments.report.texts.caveats import CAVEATS
from experiments.report.texts.headings import TABLE
from experiments.report.texts.numbers import (
    MINUS,
    NO_NUMBER,
    SPACE,
    Numbers,
    interval_text,
    number,
    percent,
    shares_text,
    whole_shares,
)
from experiments.report.texts.registration import registration_said
from experiments.report.texts.standing import Standing, missing_note, points_text, seeds_text
from experiments.report.texts.vocabulary import DIRECTIONS, POPULATIONS, variant_title
from experiments.scope import Scope
from experiments.trial import Trial
from experiments.verdicts import FEWEST_IN_INTERVAL, Shares, Verdict, whole_percent
from model.measures import MEASURES, NATIONAL_MEASURES
from scenarios.claim import SHARE_NEEDED, VARIANTS, Arm, Estimand
from scenarios.policy import read_policy


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
    conditions: Numbers
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    registered: bool


def claim_view(finding: Finding, scope: Scope, readings: Readings, registered: Registered) -> ClaimView:
    """Write a finding out."""
    claim = finding.claim
    joint = finding.over_prior if len(finding.parts) > 1 and not claim.each_alone else None
    head = ("", *(part.estimand.name for part in finding.parts))
    rows = []
    for variant in VARIANTS:
        cells = [shares_text(part.over_prior[variant]) for part in finding.parts]
        title = variant_title(variant)
        rows.append((title, *cells, *([shares_text(joint[variant])] if joint else [])))
    matches = [shares_text(found) for found in scope.matched]
    count = points_text(int(readings.trial.scopes.history.matched.sum()))
    rows.append(
        (
            claims.MATCHED_DRAWS.format(count=count),
            *matches,
            *([shares_text(scope.matched_together)] if joint else []),
        )
    )
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
    if claim.name in CAVEATS:
        facts.insert(0, (TABLE["caveat"], CAVEATS[claim.name]))
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
        Numbers(NUMBERS["conditions"], claims.CONDITIONS, tuple(_conditions(finding, scope))),
        tuple(facts),
        tuple(notes),
        registered.standing == "registered",
    )


def _conditions(finding: Finding, scope: Scope) -> Iterator[tuple[str, ...]]:
    for part, found in zip(finding.parts, scope.conditions, strict=True):
        if not found:
            yield part.estimand.name, claims.DEPENDS_ON_NOTHING, "", "", ""
        for place, condition in enumerate(found):
            yield (
                part.estimand.name if place == 0 else "",
                condition.parameter,
                number(condition.correlation, 2, sign=True),
                whole_shares(condition.low),
                whole_shares(condition.high),
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


def effect_heading(words: Mapping[str, str], trial: Trial) -> str:
    """Return what stands above the effects: with their interval, or alone where too few seeds stand behind them."""
    return words["effect" if trial.plan.size.default_seeds >= FEWEST_IN_INTERVAL else "effect_alone"]


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


def compose_answer(readings: Readings) -> Answer:
    """Return the answer in two sentences."""
    drivers = [Driver(*found) for found in readings.drivers.beyond_chance] if readings.cells else []
    return answer_from(readings.cells, drivers, standing_of(readings.trial))


def standing_of(trial: Trial) -> Standing:
    """Return what the runs of a trial are good for."""
    return Standing(trial.quick, trial.plan.size.points, trial.plan.size.seeds, trial.plan.size.citizens)


def claim_views(readings: Readings) -> list[ClaimView]:
    """Write all findings of a trial out."""
    trial, registered = readings.trial, registered_claims(readings.trial)
    return [
        claim_view(finding, scope, readings, registered[finding.claim.name])
        for finding, scope in zip(trial.findings, trial.scopes.claims, strict=True)
    ]


def registered_claims(trial: Trial) -> dict[str, Registered]:
    """Return how the claims of a trial stand to the register, by name."""
    return standings(trial.plan.claims, trial.plan.country)

"""The differences between arms that an analysis looks at: a design's own, those of claims, and the obvious ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from experiments.claims import read_claims
from experiments.designs.checks import refuse_unknown
from experiments.runs import POPULATIONS
from model.measures import MEASURES, NATIONAL_MEASURES
from scenarios.claim import DIRECTIONS, Arm, Claim, Direction, Estimand
from scenarios.files import Table

MARGIN: Final = 0.02
"""Half-width of the region of practical equivalence where a contrast names none (specification, section 6)."""


@dataclass(frozen=True)
class Contrast:
    """A difference between arms of the design, in one measure at one month; its arms are labels of the design."""

    name: str
    estimand: Estimand
    claim: str = ""


def contrast_of(part: Table, arms: Mapping[str, Arm], months: int) -> Contrast:
    """Return a contrast of the design's own, from one of its `[[contrasts]]`."""
    weights = part.table("weights")
    found = []
    for label in weights:
        refuse_unknown(weights, "arm", label, arms)
        found.append((label, weights.number(label)))
    if not found or not all(math.isfinite(weight) and weight for _, weight in found):
        raise part.error(f"= {dict(found)} is not allowed; it must be finite numbers other than 0, by arm", "weights")
    if abs(sum(weight for _, weight in found)) > 1e-12:
        raise part.error("must sum to 0, so that equal arms differ by 0", "weights")
    name = part.text("name")
    month = part.integer("month", months)
    if month > months:
        raise part.error(f"= {month} is not allowed; the design ends at month {months}", "month")
    estimand = Estimand(
        name,
        part.choice("measure", [*MEASURES, *NATIONAL_MEASURES], "loyalty"),
        part.choice("population", POPULATIONS, "kin_camp"),
        month,
        cast(Direction, part.choice("direction", DIRECTIONS, "greater")),
        part.number("margin", MARGIN, low=0.0),
        tuple(found),
    )
    part.end()
    return Contrast(name, estimand, "design")


def add_arms(claim: Claim, arms: dict[str, Arm], bare: bool) -> dict[str, str]:
    """Add a claim's arms that are not there yet and return the design's label of each."""
    labels = {}
    for name, arm in claim.arms.items():
        same = [label for label, own in arms.items() if bare and own == arm]
        label = same[0] if same else name if name not in arms else f"{claim.name}.{name}"
        arms.setdefault(label, arm)
        labels[name] = label
    return labels


def kept_contrasts(claim: Claim, labels: Mapping[str, str], months: int, cut_short: list[str]) -> Iterator[Contrast]:
    """Yield the estimands that the horizon reaches, in the design's labels, and note the others."""
    beyond = [estimand for estimand in claim.estimands if estimand.month > months]
    if beyond:
        when = " and ".join(map(str, sorted({estimand.month for estimand in beyond})))
        what = "; ".join(estimand.name for estimand in beyond)
        cut_short.append(
            f"claim {claim.number} ({claim.name}) looks at month {when} ({what}), and the design ends at month {months}"
        )
    for estimand in claim.estimands:
        if estimand.month <= months:
            contrast = tuple((labels[arm], weight) for arm, weight in estimand.contrast)
            relative = labels[estimand.relative_to] if estimand.relative_to else None
            name = f"claim {claim.number}: {estimand.name}"
            yield Contrast(name, replace(estimand, contrast=contrast, relative_to=relative), claim.name)


def shipped_contrasts(arms: Mapping[str, Arm], months: int, cut_short: list[str]) -> Iterator[Contrast]:
    """Yield the estimands of shipped claims whose arms the design happens to have."""
    by_arm = {arm: label for label, arm in reversed(list(arms.items()))}
    for claim in read_claims():
        within = []
        for estimand in claim.estimands:
            names = [name for name, _ in estimand.contrast] + ([estimand.relative_to] if estimand.relative_to else [])
            if all(claim.arms[name] in by_arm for name in names):
                within.append(estimand)
        labels = {name: by_arm[arm] for name, arm in claim.arms.items() if arm in by_arm}
        yield from kept_contrasts(replace(claim, estimands=tuple(within)), labels, months, cut_short)


def differences(labels: list[str], months: int, known: list[Contrast]) -> Iterator[Contrast]:
    """Yield sincere loyalty at the horizon: each arm less the first, and a better life less coercion."""
    pairs = [(label, labels[0]) for label in labels[1:]]
    if {"better_life", "coercion"} <= set(labels):
        pairs.append(("better_life", "coercion"))
    taken = {(c.estimand.measure, c.estimand.month, c.estimand.contrast) for c in known}
    for more, less in dict.fromkeys(pairs):
        weights = ((more, 1.0), (less, -1.0))
        if ("loyalty", months, weights) in taken or more == less:
            continue
        name = f"{more} - {less}"
        yield Contrast(name, Estimand(name, "loyalty", "kin_camp", months, "greater", MARGIN, weights))

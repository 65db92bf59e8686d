"""Where a claim holds: what each of its comparisons depends on, and how it stands where the past is like the country's.

Told beside a verdict; none rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.claims import BASE, SHOWN_ARMS, SHOWN_HORIZON, Finding, Outcomes
from experiments.conditions import Bystanders, Condition, bystanders, conditions
from experiments.history import History, match_history
from experiments.prior import assumed
from experiments.verdicts import Floats, Shares, judged, shares, together
from scenarios import UNCERTAIN, Parameters


@dataclass(frozen=True)
class Where:
    """Where a claim holds, with all assumptions varied.

    Attributes
    ----------
    conditions
        What each part depends on.
    alike
        Shares of each part among the points whose past is like the country's.
    alike_together
        The same of all parts in the same draw.
    """

    conditions: tuple[tuple[Condition, ...], ...]
    alike: tuple[Shares, ...]
    alike_together: Shares


def history_of(outcomes: Outcomes) -> History:
    """Return at which points of the prior the country's past comes about where there is no policy."""

    def past(measure: str, population: str, month: int) -> Floats:
        found = outcomes.values(SHOWN_ARMS["status_quo"], BASE, measure, population, month, default=False)
        return np.asarray(found.mean(axis=1))

    return match_history(past, [month for month in outcomes.plan.marks if month <= SHOWN_HORIZON])


def where_it_holds(finding: Finding, points: Sequence[Parameters], history: History) -> Where:
    """Return where a claim holds."""
    effects = [part.effects for part in finding.parts]
    signs = [judged(part.effects, part.estimand.direction, part.estimand.margin) for part in finding.parts]
    told = [~np.isnan(effect) & history.matched for effect in effects]
    values = assumed(points)
    return Where(
        tuple(conditions(UNCERTAIN, values, effect, sign) for effect, sign in zip(effects, signs, strict=True)),
        tuple(shares(sign[kept]) for sign, kept in zip(signs, told, strict=True)),
        shares(together(signs)[np.logical_and.reduce(told)]),
    )


def idle_parameters(findings: Sequence[Finding], points: Sequence[Parameters]) -> Bystanders:
    """Return the uncertain parameters that go with no comparison of any claim beyond chance."""
    return bystanders(UNCERTAIN, assumed(points), [part.effects for finding in findings for part in finding.parts])

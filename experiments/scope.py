"""Scope conditions: on what each comparison of a claim depends, and how it stands in the draws that match history.

Told beside a verdict; none rests on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.claims import BASE, SHOWN_ARMS, SHOWN_HORIZON, Finding, Outcomes
from experiments.conditions import Condition, by_chance, conditions, idle
from experiments.history import History, match_history
from experiments.prior import assumed
from experiments.runs import MARKS
from experiments.verdicts import Floats, Shares, judged, shares, together
from scenarios import UNCERTAIN


@dataclass(frozen=True)
class Scope:
    """Where one claim holds, with all assumptions varied.

    Attributes
    ----------
    chance
        The rank correlation that the largest of all, of every parameter with every part, passes by chance in 1 claim of
        20; only what passes it is told.
    conditions
        What each part depends on.
    matched
        Shares of each part in the draws that match history.
    matched_together
        The same of all parts in the same draw.
    """

    chance: float
    conditions: tuple[tuple[Condition, ...], ...]
    matched: tuple[Shares, ...]
    matched_together: Shares


@dataclass(frozen=True)
class Scopes:
    """Where the claims of a trial hold.

    Attributes
    ----------
    idle
        Uncertain parameters of which no rank correlation is beyond the chance of its claim.
    claims
        The scope of each finding.
    """

    history: History
    idle: tuple[str, ...]
    claims: tuple[Scope, ...]


def scopes_of(outcomes: Outcomes, findings: Sequence[Finding]) -> Scopes:
    """Return where the claims of a trial hold."""
    history, values = history_of(outcomes), assumed(outcomes.plan.points)
    claims = tuple(_scope(finding, values, history) for finding in findings)
    silent = [
        idle(UNCERTAIN, values, [part.effects for part in finding.parts], scope.chance)
        for finding, scope in zip(findings, claims, strict=True)
    ]
    return Scopes(history, tuple(name for name in UNCERTAIN if all(name in names for names in silent)), claims)


def history_of(outcomes: Outcomes) -> History:
    """Return which draws match history where there is no policy."""

    def course(measure: str, population: str, month: int) -> Floats:
        found = outcomes.values(SHOWN_ARMS["status_quo"], BASE, measure, population, month, default=False)
        return np.asarray(found.mean(axis=1))

    return match_history(course, [0, *(month for month in MARKS if month <= SHOWN_HORIZON)])


def _scope(finding: Finding, values: Floats, history: History) -> Scope:
    effects = [part.effects for part in finding.parts]
    signs = [judged(part.effects, part.estimand.direction, part.estimand.margin) for part in finding.parts]
    chance = by_chance(len(values), len(UNCERTAIN) * len(effects))
    told = [~np.isnan(effect) & history.matched for effect in effects]
    return Scope(
        chance,
        tuple(conditions(UNCERTAIN, values, effect, sign, chance) for effect, sign in zip(effects, signs, strict=True)),
        tuple(shares(sign[kept]) for sign, kept in zip(signs, told, strict=True)),
        shares(together(signs)[np.logical_and.reduce(told)]),
    )

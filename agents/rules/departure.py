"""Leaving the country (specification 3.11)."""

from __future__ import annotations

import math

from agents.rules.rates import DEPARTURE_CAP
from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def departure_weight(p: Parameters, kinship: float, loyalty: float, group_loyalty: float) -> float:
    """Return the unnormalised month-0 propensity of a citizen to leave."""
    return kinship * math.exp(-p.loyalty_departure * (loyalty - group_loyalty))


@rule
def departure_probability(
    p: Parameters,
    base: float,
    kinship: float,
    welfare: float,
    kin_welfare: float,
    conflict: float,
    threat: float,
    loyalty: float,
    group_loyalty: float,
    diaspora_excess: float,
    step: float,
) -> float:
    """Return the probability of leaving within one step.

    `base` is the citizen's monthly hazard in a calm month at average loyalty; `group_loyalty` the group's month-0
    mean; `diaspora_excess` the pull of departed ties above what a calm world would have built up.
    """
    reasons = (
        p.welfare_departure * kinship * (kin_welfare - welfare)
        - p.conflict_deterrence * conflict
        + p.threat_departure * (threat - p.initial_threat)
        - p.loyalty_departure * (loyalty - group_loyalty)
        + p.diaspora_departure * diaspora_excess
    )
    if reasons > 700.0:
        return DEPARTURE_CAP * step if base > 0.0 else 0.0
    return min(DEPARTURE_CAP * step, step * base * math.exp(reasons))

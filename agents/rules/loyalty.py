"""Sincere civic loyalty: every reason in one sum (specification 3.10)."""

from __future__ import annotations

import math

from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def loyalty_target(
    p: Parameters,
    anchor: float,
    kinship: float,
    welfare: float,
    kin_welfare: float,
    aspiration: float,
    fairness: float,
    hostility_seen: float,
    threat: float,
    conflict: float,
    peers: float,
    speech_memory: float,
    pressure: float,
    kin_display_change: float,
    coercion: float,
    national_television: float,
    media: float,
) -> float:
    """Return A, the loyalty that this month's reasons call for.

    `anchor` is the atanh of initial loyalty; `peers` what ties feel and say against month 0; `kin_display_change` the
    exposure to in-group kin symbols against its month-0 expectation; `coercion` and `pressure` as felt by this
    citizen.
    """
    return math.tanh(
        anchor
        + p.welfare_weight * kinship * (welfare - kin_welfare)
        + p.own_past_welfare_weight * (welfare - aspiration)
        + p.fairness_weight * fairness
        - p.hostility_weight * (hostility_seen - p.initial_hostility)
        - p.threat_weight * (threat - p.initial_threat)
        - p.conflict_kin_weight * kinship * conflict
        + p.social_influence_weight * peers
        + p.internalisation_weight * (1.0 - p.over_justification * pressure) * speech_memory
        - p.flag_erosion_weight * kin_display_change
        + p.direct_coercion_weight * coercion
        + p.national_television_weight * national_television * media
    )


@rule
def loyalty_next(loyalty: float, target: float, loyalty_moved: float) -> float:
    """Return next step's loyalty, a step of the way to its target."""
    return loyalty + loyalty_moved * (target - loyalty)

"""Harassment in the street by hostile neighbours (specification 3.4)."""

from __future__ import annotations

import math

from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def protection(p: Parameters, institutions: float, initial_institutions: float) -> float:
    """Return the factor that institutions leave of the hazard: 1 at their initial level, 1 - prot at perfection."""
    return 1.0 - p.institutional_protection * (institutions - initial_institutions) / (1.0 - initial_institutions)


@rule
def harassment_probability(
    p: Parameters,
    other_camp_share: float,
    shows_kin_symbol: bool,
    hostility_seen: float,
    protected: float,
    coercion: float,
    step: float,
) -> float:
    """Return the probability of being harassed within one step.

    `other_camp_share` is the other camp's share of the region's present citizens, `protected` the factor of
    `protection`, `coercion` the lever as felt by this citizen (0 outside the target camp).
    """
    hazard = p.background_harassment
    if shows_kin_symbol:
        hazard += p.displayer_harassment
    licence = max(0.0, 1.0 + p.campaign_licence * coercion)
    return 1.0 - math.exp(-step * other_camp_share * hazard * hostility_seen * protected * licence)

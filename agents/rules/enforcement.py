"""The state's sanctions on kin-state symbols and on those taken for their owners (specification 3.3)."""

from __future__ import annotations

import math

from agents.rules.rates import FINE_MONTHS, within_step
from agents.rules.rule import rule
from scenarios.parameters import Parameters

FINE_LIMIT = 0.5


@rule
def sanction_probability(p: Parameters, coercion: float) -> float:
    """Return pi, the monthly probability that a displayer of the target camp is sanctioned."""
    return p.sanction_probability * coercion


@rule
def repressive_pressure(p: Parameters, sanction: float) -> float:
    """Return rep in [0, 1), the credible pressure of a monthly sanction probability `sanction`."""
    return 1.0 - math.exp(-p.sanction_deterrence * sanction)


@rule
def is_sanctioned(p: Parameters, draw: float, sanction: float, shows_kin_symbol: bool, step: float) -> bool:
    """Say whether this draw sanctions a member of the target camp, for a symbol or by profiling."""
    if shows_kin_symbol:
        return draw < within_step(sanction, step)
    return draw < within_step(p.profiling_ratio * sanction, step)


@rule
def injustice(p: Parameters, shows_kin_symbol: bool) -> float:
    """Return the weight of injustice of one sanction: what is not legitimate for a displayer, 1 for the innocent."""
    if shows_kin_symbol:
        return 1.0 - p.sanction_legitimacy
    return 1.0


@rule
def fine_next(p: Parameters, fine: float, sanctioned: bool, fine_kept: float) -> float:
    """Return the fine being paid next, as a share of income."""
    due = fine * fine_kept
    if sanctioned:
        due += p.fine_size / FINE_MONTHS
    return min(FINE_LIMIT, due)

"""Half-lives and monthly probabilities turned into what happens in one step (specification, section 1)."""

from __future__ import annotations

import math
from typing import NamedTuple

from agents.rules.rule import rule
from scenarios.parameters import Parameters

LOG_TWO = 0.6931471805599453
FINE_MONTHS = 12.0
DEPARTURE_CAP = 0.2


class Rates(NamedTuple):
    """What one step keeps or moves, worked out once for a society; `step` is its length dt in months."""

    step: float
    threat_kept: float
    hostility_kept: float
    loyalty_moved: float
    aspiration_moved: float
    speech_moved: float
    injustice_kept: float
    reform_lost: float
    diaspora_kept: float
    fine_kept: float
    revision: float
    threat_at_rest: float
    hostility_at_rest: float


@rule
def logit(probability: float) -> float:
    """Return the log-odds of a probability in (0, 1)."""
    return math.log(probability / (1.0 - probability))


@rule
def sigmoid(log_odds: float) -> float:
    """Return the probability in [0, 1] of a log-odds value, without overflow."""
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    grown = math.exp(log_odds)
    return grown / (1.0 + grown)


@rule
def kept(half_life: float, months: float) -> float:
    """Return the share of a memory left after `months`: 2^(-months / half_life)."""
    return math.exp(-(months / half_life) * LOG_TWO)


@rule
def within_step(monthly_probability: float, step: float) -> float:
    """Return the probability of an event within one step of `step` months: 1 - (1 - q)^dt."""
    if step == 1.0 or monthly_probability >= 1.0:
        return monthly_probability
    return 1.0 - math.exp(step * math.log(1.0 - monthly_probability))


@rule
def rates(p: Parameters, step: float) -> Rates:
    """Return the rates of a society whose steps last `step` months."""
    return Rates(
        step,
        kept(p.threat_half_life, step),
        kept(p.hostility_half_life, step),
        1.0 - kept(p.loyalty_half_life, step),
        1.0 - kept(p.aspiration_half_life, step),
        1.0 - kept(p.speech_half_life, step),
        kept(p.injustice_half_life, step),
        1.0 - kept(p.reform_half_life, step),
        kept(p.diaspora_half_life, step),
        math.exp(-step / FINE_MONTHS),
        within_step(p.display_revision, step),
        logit(p.initial_threat),
        logit(p.initial_hostility),
    )

"""Hostility to the other camp: irritation by symbols, retaliation, resentment, conciliation (specification 3.6)."""

from __future__ import annotations

from agents.rules.rates import Rates
from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def hostility_next(
    p: Parameters,
    rates: Rates,
    hostility_log_odds: float,
    provocation: float,
    provocation_expected: float,
    salience: float,
    frustration: float,
    victim_rate: float,
    victim_rate_expected: float,
    left_out: float,
    contact_met: float,
) -> float:
    """Return next step's log-odds of hostility to the other camp.

    `provocation` is the exposure to kin symbols of the other camp, `frustration` how far aspiration exceeds welfare
    (log), `victim_rate` the share of one's own camp in the region harassed in this step, `left_out` the welfare lever
    of a programme that leaves this citizen out, `contact_met` the contact lever times the share of other-camp ties;
    `..._expected` are month-0 expectations.
    """
    irritation = salience * provocation - p.peace_salience * provocation_expected
    drift = (
        p.symbol_irritation * irritation * (1.0 + p.frustration_irritation * max(0.0, frustration))
        + p.targeting_resentment * left_out
        - p.contact_conciliation * contact_met
    )
    return (
        rates.hostility_at_rest
        + rates.hostility_kept * (hostility_log_odds - rates.hostility_at_rest)
        + rates.step * drift
        + p.retaliation * (victim_rate - victim_rate_expected)
    )

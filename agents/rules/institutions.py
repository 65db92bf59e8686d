"""Institutions and output: what policy builds, wears down and yields (specification 3.12)."""

from __future__ import annotations

from agents.rules.rates import Rates
from agents.rules.rule import rule
from scenarios.parameters import Parameters

MONTHS_A_YEAR = 12.0


@rule
def institutions_next(
    p: Parameters, rates: Rates, institutions: float, initial_institutions: float, reform: float, coercion: float
) -> float:
    """Return next step's institutions Q in [0, 1]: reform builds, coercion corrodes, unsupported gains are lost."""
    change = p.reform_speed * reform * (1.0 - institutions) - p.coercion_corrosion * coercion * institutions
    return institutions + rates.step * change - rates.reform_lost * (institutions - initial_institutions)


@rule
def output_next(
    p: Parameters,
    rates: Rates,
    output: float,
    institutions_gain: float,
    welfare: float,
    diversity_gain: float,
    victims_excess: float,
    departures_excess: float,
) -> float:
    """Return a region's next log output since month 0.

    Growth comes with institutions, the welfare programme (sign free) and diversity (sign free); incidents and
    departures above their month-0 expectation, per present head and step, cost output.
    """
    growth = (
        p.institutions_growth * institutions_gain + p.welfare_growth * welfare + p.diversity_growth * diversity_gain
    )
    return (
        output
        + rates.step / MONTHS_A_YEAR * growth
        - p.unrest_cost * victims_excess
        - p.departure_cost * departures_excess
    )

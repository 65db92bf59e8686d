"""What policy costs, who pays and what arrives (specification 3.7)."""

from __future__ import annotations

import math

from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def policy_cost(
    p: Parameters, coercion: float, welfare: float, institutions: float, media: float, contact: float
) -> float:
    """Return the cost of the levers as a share of output: welfare linear, the others quadratic (capacity)."""
    return (
        p.welfare_cost * welfare
        + p.institutions_cost * institutions * institutions
        + p.coercion_cost * coercion * coercion
        + p.media_cost * media * media
        + p.contact_cost * contact * contact
    )


@rule
def tax_rate(p: Parameters, cost: float, fine_revenue: float) -> float:
    """Return the tax, as a share of income, that pays what rents and fines do not; below 0 it is a dividend."""
    return cost * (1.0 - p.resource_rent_share) - fine_revenue


@rule
def delivered_welfare(p: Parameters, welfare: float, institutions: float, initial_institutions: float) -> float:
    """Return what arrives of the welfare programme, as a share of income; leakage falls as institutions improve."""
    leaked = p.transfer_leakage * (1.0 - institutions) / (1.0 - initial_institutions)
    return p.welfare_cost * welfare * (1.0 - leaked)


@rule
def welfare_change(output: float, tax: float, fine: float, transfer: float, mean_income: float, income: float) -> float:
    """Return w, the log change of disposable income since month 0.

    `output` is the region's log output since month 0; `tax`, `fine` are shares of own income; `transfer` is a share of
    the national `mean_income`, paid per head.
    """
    return output + math.log(1.0 - tax - fine + transfer * mean_income / income)


@rule
def aspiration_next(aspiration: float, welfare: float, aspiration_moved: float) -> float:
    """Return next step's aspiration, which follows log welfare."""
    return aspiration + aspiration_moved * (welfare - aspiration)

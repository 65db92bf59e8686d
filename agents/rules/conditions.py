"""The conditions that everybody shares in one step: levers, conflict, pressure, budget, institutions."""

from __future__ import annotations

from typing import NamedTuple

from agents.rules.budget import delivered_welfare, policy_cost, tax_rate
from agents.rules.conflict import salience
from agents.rules.enforcement import repressive_pressure, sanction_probability
from agents.rules.rates import kept
from agents.rules.rule import rule
from agents.rules.speech import share_believed
from agents.rules.street import protection
from scenarios.parameters import Parameters


class Conditions(NamedTuple):
    """One step's national conditions; every number is that of month t.

    Levers are in [0, 1]; `sanction` is pi and `pressure` rep of the kin camp, `believed` the share of falsified speech
    that listeners believe; transfers are shares of mean income per head; `left_out` is the lever of a welfare programme
    that leaves the other camp out.
    """

    coercion: float
    welfare: float
    reform: float
    media: float
    contact: float
    conflict: float
    salience: float
    kin_welfare_shock: float
    sanction: float
    pressure: float
    believed: float
    institutions_gain: float
    accustomed_gain: float
    protected: float
    cost: float
    tax: float
    mean_income: float
    transfer_to_kin_camp: float
    transfer_to_others: float
    left_out: float
    diaspora_built_up: float


@rule
def conditions(
    p: Parameters,
    month: float,
    coercion: float,
    welfare: float,
    reform: float,
    media: float,
    contact: float,
    conflict: float,
    kin_welfare_shock: float,
    institutions: float,
    initial_institutions: float,
    accustomed_gain: float,
    fine_revenue: float,
    mean_income: float,
    kin_camp_share: float,
    targeted: bool,
) -> Conditions:
    """Return the conditions of the step that starts at `month`.

    `fine_revenue` is a share of present citizens' income, `kin_camp_share` the kin camp's share of present heads; a
    `targeted` welfare programme is paid to the kin camp only.
    """
    sanction = sanction_probability(p, coercion)
    pressure = repressive_pressure(p, sanction)
    cost = policy_cost(p, coercion, welfare, reform, media, contact)
    delivered = delivered_welfare(p, welfare, institutions, initial_institutions)
    to_kin_camp = delivered
    to_others = delivered
    if targeted:
        to_others = 0.0
        if kin_camp_share > 0.0:
            to_kin_camp = delivered / kin_camp_share
    return Conditions(
        coercion,
        welfare,
        reform,
        media,
        contact,
        conflict,
        salience(p, conflict),
        kin_welfare_shock,
        sanction,
        pressure,
        share_believed(p, pressure),
        institutions - initial_institutions,
        accustomed_gain,
        protection(p, institutions, initial_institutions),
        cost,
        tax_rate(p, cost, fine_revenue),
        mean_income,
        to_kin_camp,
        to_others,
        welfare if targeted else 0.0,
        1.0 - kept(p.diaspora_half_life, month),
    )

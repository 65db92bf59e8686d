"""Showing symbols in public: the kin state's, none, or the national one (specification 3.2).

Kin attachment drives kin-state symbols and loyalty moderates them; what others show, hostile surroundings and the
threat of sanctions add to the reckoning. One reconsiders now and then, and at once after being punished for a symbol.
"""

from __future__ import annotations

import math

from agents.rules.rule import rule
from scenarios.parameters import Parameters

KIN_SYMBOL = -1
NO_SYMBOL = 0
NATIONAL_SYMBOL = 1


@rule
def kin_symbol_utility(
    p: Parameters,
    salience: float,
    kinship: float,
    loyalty: float,
    kin_display_seen: float,
    hostility_seen: float,
    sanction: float,
) -> float:
    """Return U-, the utility of the kin-state symbol against none; `sanction` is the monthly probability pi."""
    return (
        salience * (p.kinship_expression * kinship - p.loyalty_expression * loyalty)
        + p.display_conformity * kin_display_seen
        - p.hostility_restraint * (hostility_seen - p.initial_hostility)
        - p.display_cost
        - p.sanction_deterrence * sanction
    )


@rule
def national_symbol_utility(p: Parameters, loyalty: float, national_display_seen: float, coercion: float) -> float:
    """Return U+, the utility of the national symbol against none; `coercion` is the lever as felt by this citizen."""
    return (
        p.loyalty_expression * loyalty
        + p.display_conformity * national_display_seen
        - p.display_cost
        + p.compelled_display * coercion
    )


@rule
def display_shares(kin_utility: float, national_utility: float, has_kin_symbol: bool) -> tuple[float, float, float]:
    """Return the choice probabilities (kin symbol, none, national symbol) of a multinomial logit."""
    top = max(0.0, national_utility)
    if has_kin_symbol:
        top = max(top, kin_utility)
        kin = math.exp(kin_utility - top)
    else:
        kin = 0.0
    none = math.exp(-top)
    national = math.exp(national_utility - top)
    total = kin + none + national
    return kin / total, none / total, national / total


@rule
def chosen(draw: float, kin: float, none: float) -> int:
    """Return the symbol that a uniform draw selects, in the order kin symbol, none, national symbol."""
    if draw < kin:
        return KIN_SYMBOL
    if draw < kin + none:
        return NO_SYMBOL
    return NATIONAL_SYMBOL


@rule
def reconsiders(draw: float, revision: float, shows_kin_symbol: bool, punished: bool) -> bool:
    """Say whether a citizen reconsiders: by chance, or at once if punished or harassed while showing a kin symbol."""
    return (shows_kin_symbol and punished) or draw < revision


@rule
def stationary_shares(
    kin: float, none: float, national: float, revision: float, harassment: float
) -> tuple[float, float, float]:
    """Return the long-run shares where every choice has these probabilities but harassed displayers revise at once.

    `harassment` is a displayer's probability of being harassed in one step (specification, section 4.5).
    """
    kin_weight = kin / (1.0 - (1.0 - revision) * (1.0 - harassment))
    none_weight = none / revision
    national_weight = national / revision
    total = kin_weight + none_weight + national_weight
    return kin_weight / total, none_weight / total, national_weight / total

"""The balance sheet of the mean field (C10): what each policy is worth to the kin camp's loyalty, without a simulation.

Chance is replaced by its expectation, ties by the region's means, and the kin camp by a few representative citizens of
every region. Nothing here is shared with the rules of the model: every equation is written down a second time, from the
specification, over arrays [points, regions, representatives].
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.stats import norm, qmc
from worlds import sigmoid

from model.population import loyalty_shift
from scenarios import DECLARATIONS, Country, Policy

REPRESENTATIVES = 16
DEGREE, HOMOPHILY = 10.0, 0.45

Point = dict[str, float]


def mean_field(points: list[Point], country: Country, policy: Policy, months: int) -> np.ndarray:
    """Return the kin camp's mean loyalty at the end of each month, [points, months + 1]."""
    p = SimpleNamespace(
        **{
            name: np.array([point.get(name, declared.default) for point in points])[:, None, None]
            for name, declared in DECLARATIONS.items()
        }
    )
    conflict = country.conflict(None)
    kin_camp = np.array(country.kin_camp(conflict))
    heads = country.counts()
    ours, others = heads[:, kin_camp].sum(axis=1), heads[:, ~kin_camp].sum(axis=1)
    inhabited = ours > 0.0
    ours, others = ours[inhabited], others[inhabited]
    share = (ours / (ours + others))[:, None]  # of the kin camp in the region
    met = HOMOPHILY + (1.0 - HOMOPHILY) * share  # share of a kin citizen's ties in the own camp
    met_by_others = (1.0 - HOMOPHILY) * share  # share of another citizen's ties in the kin camp
    (group,) = np.nonzero(kin_camp)[0]
    kin = country.groups[group]
    in_nation = float((ours / (ours + others)) @ (ours + others) / heads.sum())

    # Representatives: loyalty, kinship, television and income of the kin camp, spread evenly over their laws.
    grid = qmc.Sobol(4, scramble=False).random(REPRESENTATIVES) + 0.5 / REPRESENTATIVES
    around = 1.0 + 0.8 * (grid - 0.5)
    means = [point.get("initial_loyalty", DECLARATIONS["initial_loyalty"].default) for point in points]
    shift = np.array([loyalty_shift(mean, 0.45) for mean in means])[:, None, None]
    anchor = shift + 0.45 * norm.ppf(grid[:, 0])
    kinship = np.clip(p.kin_tie_strength * around[:, 1], 0.0, 1.0)
    television = np.clip(kin.kin_television.number * around[:, 2], 0.0, 1.0 - country.independent_share)
    spread = country.income_spread.number
    income = np.exp(spread * norm.ppf(grid[:, 3]) - 0.5 * spread**2)
    start = np.tanh(anchor) * np.ones((1, share.size, 1))

    q0 = country.institutions.number
    shape = (len(points), share.size, REPRESENTATIVES)
    theta0, eta0 = (np.log(x / (1.0 - x)) for x in (p.initial_threat, p.initial_hostility))
    loyalty, threat = start.copy(), np.broadcast_to(theta0, shape).copy()
    hostile = np.broadcast_to(eta0, (len(points), share.size, 1)).copy()  # of the others, to the kin camp
    resentful = hostile.copy()  # of the kin camp, to the others
    memory, spoken, injustice, fine, aspiration = (np.zeros(shape) for _ in range(5))
    welfare = np.zeros(shape)
    output = np.zeros((len(points), 1, 1))
    institutions = np.full((len(points), 1, 1), q0)
    accustomed = np.zeros((len(points), 1, 1))

    def kept(half_life: Any) -> Any:
        return 2.0 ** (-1.0 / half_life)

    def symbols(salience: Any, seen: Any, hostility: Any, sanction: Any, now: np.ndarray) -> np.ndarray:
        """Return the probability of choosing the kin symbol; the national symbol's conformity is left out."""
        kin_utility = salience * (p.kinship_expression * kinship - p.loyalty_expression * now) - p.display_cost
        kin_utility = kin_utility + p.display_conformity * seen - p.sanction_deterrence * sanction
        kin_utility = kin_utility - p.hostility_restraint * (hostility - p.initial_hostility)
        odds = np.exp(kin_utility)
        return np.asarray(odds / (1.0 + odds + np.exp(p.loyalty_expression * now - p.display_cost)))

    def hazards(hostility: Any, protected: Any, licence: Any) -> tuple[Any, Any]:
        """Return the monthly probability that a displayer and that another of the kin camp is harassed."""
        base = (1.0 - share) * hostility * protected * licence
        return (
            1.0 - np.exp(-base * (p.background_harassment + p.displayer_harassment)),
            1.0 - np.exp(-base * p.background_harassment),
        )

    # Month 0: the shares that a calm world settles at, and what it expects.
    shown = np.full(shape, 0.02)
    loud0, silent0 = hazards(p.initial_hostility, 1.0, 1.0)
    for _ in range(60):
        choice = symbols(p.peace_salience, shown.mean(axis=2, keepdims=True), p.initial_hostility, 0.0, start)
        lost = 1.0 - (1.0 - p.display_revision) * (1.0 - loud0)
        weight, rest = choice / lost, (1.0 - choice) / p.display_revision
        shown = weight / (weight + rest)
    seen0 = shown.mean(axis=2, keepdims=True)
    harassed0 = (shown * loud0 + (1.0 - shown) * silent0).mean(axis=2, keepdims=True)
    struck0 = 1.0 - np.exp(-share * p.background_harassment * p.initial_hostility)

    path = [start]
    for month in range(months):
        u = {lever: policy.level(lever, float(month)) for lever in ("coercion", "welfare", "institutions", "media")}
        since = month - float(conflict.month)
        war = p.conflict_floor + (1.0 - p.conflict_floor) * 2.0 ** (-since / p.conflict_half_life)
        war = war if since >= 0.0 else 0.0 * war
        salience = p.peace_salience + (1.0 - p.peace_salience) * war
        sanction = p.sanction_probability * u["coercion"]
        pressure = 1.0 - np.exp(-p.sanction_deterrence * sanction)
        gain = institutions - q0
        seen = shown.mean(axis=2, keepdims=True)
        hostility, resentment = sigmoid(hostile), sigmoid(resentful)

        # Events, as expected.
        protected = 1.0 - p.institutional_protection * gain / (1.0 - q0)
        loud, silent = hazards(hostility, protected, np.maximum(0.0, 1.0 + p.campaign_licence * u["coercion"]))
        harassed = (shown * loud + (1.0 - shown) * silent).mean(axis=2, keepdims=True)
        struck = 1.0 - np.exp(-share * p.background_harassment * resentment * protected)
        unjust = shown * sanction * (1.0 - p.sanction_legitimacy) + (1.0 - shown) * p.profiling_ratio * sanction
        sanctioned = shown * sanction + (1.0 - shown) * p.profiling_ratio * sanction
        near = 1.0 / (1.0 + DEGREE * met)
        unjust_near = near * unjust + (1.0 - near) * unjust.mean(axis=2, keepdims=True)

        # Money.
        cost = p.welfare_cost * u["welfare"] + p.institutions_cost * u["institutions"] ** 2
        cost = cost + p.coercion_cost * u["coercion"] ** 2 + p.media_cost * u["media"] ** 2
        fines = in_nation * np.average((fine * income).mean(axis=2), axis=1, weights=ours)[:, None, None]
        tax = cost * (1.0 - p.resource_rent_share) - fines
        arrives = p.welfare_cost * u["welfare"] * (1.0 - p.transfer_leakage * (1.0 - institutions) / (1.0 - q0))
        welfare_next = output + np.log(1.0 - tax - fine + arrives / income)

        # Loyalty's reasons, all of this month.
        shock = p.kin_welfare_shock * min(1.0, since / 12.0) if since >= 0.0 else 0.0
        abroad = shock + (1.0 - p.letter_correction * kinship) * television * p.television_hype * war * (
            1.0 - 0.7 * u["media"]
        )
        fair = (1.0 - p.reform_discount * television) * (gain - p.institution_adaptation * accustomed)
        fair = fair - u["institutions"] * np.maximum(0.0, p.reform_promise - gain) - injustice
        believed = (1.0 - p.candour * (1.0 - p.chilling * pressure)) * p.credulity
        peers = met * ((loyalty - start) + believed * spoken).mean(axis=2, keepdims=True)
        reasons = (
            p.welfare_weight * kinship * (welfare - abroad)
            + p.own_past_welfare_weight * (welfare - aspiration)
            + p.fairness_weight * fair
            - p.hostility_weight * (hostility - p.initial_hostility)
            - p.threat_weight * (sigmoid(threat) - p.initial_threat)
            - p.conflict_kin_weight * kinship * war
            + p.social_influence_weight * peers
            + p.internalisation_weight * (1.0 - p.over_justification * pressure) * memory
            - p.flag_erosion_weight * (seen - seen0)
            + p.direct_coercion_weight * u["coercion"]
            + p.national_television_weight * (1.0 - country.independent_share - television) * u["media"]
        )
        loyalty_next = loyalty + (1.0 - kept(p.loyalty_half_life)) * (np.tanh(anchor + reasons) - loyalty)

        # Beliefs and memories.
        drift = p.television_threat * television * war * (1.0 - 0.7 * u["media"])
        drift = drift + p.campaign_threat * u["coercion"] + p.media_ban_threat * u["media"]
        events = p.sanction_threat * unjust_near + p.harassment_threat * (harassed - harassed0)
        threat = theta0 + kept(p.threat_half_life) * (threat - theta0) + drift + events
        provoked = p.public_space_weight * share + (1.0 - p.public_space_weight) * met_by_others
        irritation = p.symbol_irritation * provoked * (salience * seen - p.peace_salience * seen0)
        calmer = kept(p.hostility_half_life)
        hostile = eta0 + calmer * (hostile - eta0) + irritation + p.retaliation * (struck - struck0)
        resentful = eta0 + calmer * (resentful - eta0) + p.retaliation * (harassed - harassed0)
        falsified = p.falsification * pressure * np.maximum(0.0, p.official_loyalty - loyalty)
        memory = memory + (1.0 - kept(p.speech_half_life)) * (spoken - memory)
        injustice = kept(p.injustice_half_life) * injustice + p.injustice_jump * unjust * (1.0 - injustice)
        fine = np.minimum(0.5, fine * math.exp(-1.0 / 12.0) + p.fine_size / 12.0 * sanctioned)
        aspiration = aspiration + (1.0 - kept(p.aspiration_half_life)) * (welfare - aspiration)
        accustomed = accustomed + (1.0 - kept(p.aspiration_half_life)) * (gain - accustomed)

        # Symbols: who was punished for one reconsiders at once.
        choice = symbols(salience, seen, hostility, sanction, loyalty)
        reconsidered = 1.0 - (1.0 - p.display_revision) * (1.0 - sanction) * (1.0 - loud)
        shown = shown * (1.0 - reconsidered) + (shown * reconsidered + (1.0 - shown) * p.display_revision) * choice

        # Output and institutions.
        output = output + (p.institutions_growth * gain + p.welfare_growth * u["welfare"]) / 12.0
        change = p.reform_speed * u["institutions"] * (1.0 - institutions)
        change = change - p.coercion_corrosion * u["coercion"] * institutions
        institutions = institutions + change - (1.0 - kept(p.reform_half_life)) * gain
        loyalty, spoken, welfare = loyalty_next, falsified, welfare_next
        path.append(loyalty)
    by_region = np.array(path).mean(axis=3)  # [months + 1, points, regions]
    return np.asarray(np.average(by_region, axis=2, weights=ours).T)

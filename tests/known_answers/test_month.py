"""A whole month by matrices: hostility, speech and loyalty of a busy society, worked out a second time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from laws import Law, Verify, prior
from scipy import sparse
from worlds import sigmoid, state, tie_matrix

from model.columns import KIN_CAMP
from model.society import Society
from scenarios import LEVERS, UNCERTAIN, Lever, Policy

MONTH = Law(
    key="M",
    title="A busy month, worked out a second time",
    formula=(
        "eta, fal, s and L of every citizen as in sections 3.1, 3.6, 3.8, 3.9 and 3.10,\n"
        "exposures as products of tie matrices instead of loops over ties"
    ),
    source="specification 3.1 to 3.10, rulings 1, 11 and 12",
    ranges=prior(*UNCERTAIN),
)
BUSY = {"displayer_harassment": 1.0, "background_harassment": 0.1, "departure_rate": 0.2, "candour": 0.5}


@pytest.mark.parametrize("draw", [None, 0, 1, 2], ids=str)
def test_a_month_of_hostility_and_loyalty_is_that_of_the_equations(verify: Verify, draw: int | None) -> None:
    """3.1, 3.6, 3.9 and 3.10 with matrices instead of loops: eta, speech and L of 36 months, to 1e-12.

    Exposures blend ties and region, victims count by region and camp, ties are believed as ruling 11 says.
    """
    policy = Policy("all", "all", "", {name: Lever(0.8, 3.0, 24.0, 4.0) for name in LEVERS})
    values, seed = (BUSY, 1) if draw is None else (MONTH.draw(draw), MONTH.seed(draw))
    society = Society(citizens=1500, months=36, shock_month=5.0, policy=policy, seed=seed, **values)
    c, p, setting = society.world.columns, society.parameters, society.world.setting
    ties = tie_matrix(society)
    same = ties.multiply(c.group[:, None] == c.group[None, :]).tocsr()
    across = ties.multiply(c.camp[:, None] != c.camp[None, :]).tocsr()
    at_war = setting.group_at_war[c.group]
    kin = (c.camp == KIN_CAMP).astype(float)
    omega = p.public_space_weight
    largest = dict.fromkeys(("eta", "L", "fal", "s"), 0.0)

    def blend(matrix: sparse.csr_matrix, shown: np.ndarray, among: sparse.csr_matrix, region: np.ndarray) -> np.ndarray:
        number = among @ here
        own = (matrix @ (here * shown)) / np.maximum(number, 1.0)
        return np.where(number > 0.0, (1.0 - omega) * own + omega * region, region)

    def regional(who: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Return for each citizen the mean of `values` among present citizens of the region for whom `who` holds."""
        heads = np.bincount(c.region, who * here, 16)
        return (np.bincount(c.region, who * here * values, 16) / np.maximum(heads, 1e-300))[c.region]

    def by_camp(values: np.ndarray, other: bool) -> np.ndarray:
        """Return the regional mean in one's own camp, or in the other; 0 where nobody of it lives."""
        of_kin, of_rest = regional(kin, values), regional(1.0 - kin, values)
        return np.where((kin == 1.0) != other, of_kin, of_rest)

    for _ in range(36):
        here = c.present.astype(float)
        old = state(society)
        u = society.government.levers
        war, hostile = society.conflict_now, sigmoid(old["hostility_log_odds"])
        institutions = society.world.economy.national.copy()
        society.step()

        flag = (old["display"] == -1).astype(float)
        seen = blend(
            same,
            flag,
            same,
            np.array([regional((c.group == g).astype(float), flag) for g in range(8)])[c.group, range(1500)],
        )
        nobody = by_camp(np.ones(1500), other=True) == 0.0
        there = np.where(nobody, p.initial_hostility, by_camp(hostile, other=True))  # ruling 12
        hout = blend(across, hostile, across, there)
        others = regional(np.ones(1500), (1.0 - kin) * flag) * kin + regional(np.ones(1500), kin * flag) * (1.0 - kin)
        provoked = blend(across, flag, ties, others)

        rest = math.log(p.initial_hostility / (1.0 - p.initial_hostility))
        salience = p.peace_salience + (1.0 - p.peace_salience) * war
        frustrated = 1.0 + p.frustration_irritation * np.maximum(0.0, old["aspiration"] - old["welfare"])
        irritation = (
            p.symbol_irritation * (salience * provoked - p.peace_salience * c.provocation_expected) * frustrated
        )
        victims = by_camp(c.harassed.astype(float), other=False) - setting.victims_expected[c.region, c.camp]
        eta = rest + 2.0 ** (-1.0 / p.hostility_half_life) * (old["hostility_log_odds"] - rest) + irritation
        eta += p.retaliation * victims - p.contact_conciliation * c.other_camp_ties * u["contact"]

        pressure = 1.0 - math.exp(-p.sanction_deterrence * p.sanction_probability * u["coercion"])
        fal = p.falsification * pressure * np.maximum(0.0, p.official_loyalty - old["loyalty"]) * kin
        s = old["speech_memory"] + (1.0 - 2.0 ** (-1.0 / p.speech_half_life)) * (
            old["falsified"] - old["speech_memory"]
        )
        believed = (1.0 - p.candour * (1.0 - p.chilling * pressure)) * p.credulity
        number = ties @ here
        heard = (ties @ (here * (old["loyalty"] - c.initial_loyalty + believed * old["falsified"]))) / np.maximum(
            number, 1.0
        )
        gain = institutions[0] - setting.initial_institutions
        fair = (1.0 - p.reform_discount * c.kin_television) * (gain - p.institution_adaptation * institutions[1])
        fair -= u["institutions"] * max(0.0, p.reform_promise - gain) + old["injustice_memory"]
        shock = p.kin_welfare_shock * min(1.0, max(0.0, society.month - 1.0 - 5.0) / 12.0)
        hype = (
            (1.0 - p.letter_correction * c.kinship)
            * c.kin_television
            * p.television_hype
            * war
            * (1.0 - 0.7 * u["media"])
        )
        argument = (
            c.anchor
            + p.welfare_weight * c.kinship * (old["welfare"] - kin * (shock + hype))
            + p.own_past_welfare_weight * (old["welfare"] - old["aspiration"])
            + p.fairness_weight * fair
            - p.hostility_weight * (hout - p.initial_hostility)
            - p.threat_weight * (sigmoid(old["threat_log_odds"]) - p.initial_threat)
            - p.conflict_kin_weight * c.kinship * war * at_war
            + p.social_influence_weight * heard
            + p.internalisation_weight * (1.0 - p.over_justification * pressure * kin) * old["speech_memory"]
            - p.flag_erosion_weight * (seen - c.kin_display_expected)
            + p.direct_coercion_weight * u["coercion"] * kin
            + p.national_television_weight * c.national_television * u["media"]
        )
        loyal = old["loyalty"] + (1.0 - 2.0 ** (-1.0 / p.loyalty_half_life)) * (np.tanh(argument) - old["loyalty"])
        for name, found, expected in (
            ("eta", c.hostility_log_odds, eta),
            ("L", c.loyalty, loyal),
            ("fal", c.falsified, fal),
            ("s", c.speech_memory, s),
        ):
            largest[name] = max(largest[name], float(np.abs(here * (found - expected)).max()))
    assert draw is not None or society.counts().flow("harassed")[-1] > 50.0
    for name, gap in largest.items():
        where = "all levers at .8, 1,500 citizens" + (", busy" if draw is None else ", prior")
        verify(MONTH, f"{name} after every one of 36 months", gap, 0.0, 1e-12, where)

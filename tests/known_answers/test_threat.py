"""C4: threat, its memory, and the persuasion rate of a medium that spreads it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from countries import FOREVER, two_peoples
from laws import SURE, Law, Line, Verify, prior
from scipy.optimize import brentq
from worlds import CALM, held, sigmoid, tie_matrix

from model.columns import KIN_CAMP
from model.society import Society
from scenarios import Country, Group, Lever, Policy

MEMORY = Law(
    key="C4",
    title="Threat: what is said and seen, less what is forgotten",
    formula=(
        "camp A:  theta(t) = theta0 + [mu e c (1 - .7 u_m) + zM u_m + zA u_c] (1 - rho^t) / (1 - rho)\n"
        "rho = 2^(-1/hlT);  camp B stays at theta0\n"
        "with events, a month adds  zS sa + zH (ha - he0) - zC ct u_k"
    ),
    source="specification 9 (C4)",
    ranges={
        **prior("television_threat", "threat_half_life", "initial_threat", "media_ban_threat", "campaign_threat"),
        "media": (0.0, 1.0),
        "months": (1.0, 400.0),
    },
)
PERSUASION = Law(
    key="P",
    title="The persuasion rate is recovered",
    formula=(
        "f = (y_T - y_C) / (e_T - e_C) / (1 - y_0)\n"
        "belief:   y = sigmoid(theta0 + mu e / (1 - rho));  mu is solved for the f drawn, then f is read off\n"
        "symbols:  y = e^U- / (1 + e^U- + e^U+),  U- = bK kappa - bL L - c0,  U+ = bL L - c0,\n"
        "          L = tanh(l0 - wT (sigmoid(theta) - T0))"
    ),
    source="DellaVigna and Gentzkow",
    ranges={
        "rate": (0.03, 0.12),
        "rate of symbols": (0.02, 0.05),
        "treated": (0.4, 0.8),
        "control": (0.0, 0.2),
        "threat_weight": (0.7, 0.9),
        "loyalty_expression": (1.8, 2.5),
        "base_share": (0.1, 0.3),
    },
    limits=(
        "The model has no persuasion rate of its own: a medium adds to log-odds, so f depends on exposure and on where "
        "belief starts. So the law is that the rate read off two groups is the one that the equations were solved for."
    ),
)


@pytest.mark.parametrize("draw", range(8))
def test_threat_builds_up_to_what_television_says(verify: Verify, draw: int) -> None:
    """theta(t) = theta0 + [mu e c (1 - .7 u_m) + zM u_m + zA u_c] (1 - rho^t) / (1 - rho) in A, theta0 in B."""
    point = MEMORY.draw(draw)
    months, media = int(point.pop("months")), point.pop("media")
    society = Society(
        country=two_peoples(kin_television=0.6),
        citizens=200,
        months=400,
        shock_month=0.0,
        policy=held(media=media, coercion=1.0),
        **CALM | point | {"conflict_floor": 1.0, "sanction_probability": 0.0},
    ).run(months)
    columns = society.world.columns
    kin = columns.camp == KIN_CAMP
    kept = 2.0 ** (-1.0 / point["threat_half_life"])
    at_rest = math.log(point["initial_threat"] / (1.0 - point["initial_threat"]))
    pull = point["television_threat"] * columns.kin_television * (1.0 - 0.7 * media)
    pull += point["media_ban_threat"] * media + point["campaign_threat"]
    expected = at_rest + pull * kin * (1.0 - kept**months) / (1.0 - kept)
    where = point | {"media": media, "months": months}
    verify(MEMORY, "everybody's log-odds, drawn", columns.threat_log_odds, expected, 1e-11, where)


def test_threat_rests_where_television_holds_it(verify: Verify) -> None:
    """T* = sigmoid(theta0 + mu e c / (1 - rho_T)); 1e-7 after 400 months, at the default point."""
    society = Society(citizens=2000, months=400, shock_month=0.0, conflict_floor=1.0, **CALM).run()
    columns = society.world.columns
    kin = columns.camp == KIN_CAMP
    at_rest = math.log(0.2 / 0.8) + 0.05 * columns.kin_television[kin] / (1.0 - 2.0 ** (-1.0 / 18.0))
    verify(MEMORY, "mean T after 400 months", society.measure("threat")[-1], sigmoid(at_rest).mean(), 2e-7)


@pytest.mark.parametrize("policy", ["status_quo", "coercion", "contact"])
def test_threat_learns_from_what_happens_to_oneself_and_ones_own(verify: Verify, policy: str) -> None:
    """A month adds zS sa + zH (ha - he0) - zC ct u_k; sa, ha means over oneself and present ties of the own group.

    Worked out here with matrices from who was sanctioned and harassed, for 48 months of events, to 1e-12.
    """
    society = Society(
        citizens=1500,
        months=48,
        shock_month=6.0,
        policy=Policy(policy, policy, "", {} if policy == "status_quo" else {policy: Lever(1.0, 3.0, FOREVER, 0.0)}),
        displayer_harassment=1.0,
        background_harassment=0.2,
        profiling_ratio=0.1,
        departure_rate=0.3,
    )
    c = society.world.columns
    p = society.parameters
    ties = tie_matrix(society)
    own = ties.multiply(c.group[:, None] == c.group[None, :]).tocsr()
    kept = 2.0 ** (-1.0 / p.threat_half_life)
    at_rest = math.log(p.initial_threat / (1.0 - p.initial_threat))
    largest = 0.0
    sanctions = incidents = 0
    for _ in range(48):
        before, present = c.threat_log_odds.copy(), c.present.copy()
        coerced = society.government.levers["coercion"]
        contact = society.government.levers["contact"]
        conflict = society.conflict_now
        society.step()
        assert not (c.injustice + c.harassed)[~present].any()  # nothing happens to those who left
        circle = 1.0 + own @ present
        sa = (c.injustice + own @ c.injustice) / circle
        ha = (c.harassed + own @ c.harassed.astype(float)) / circle
        kin = c.camp == KIN_CAMP
        expected = at_rest + kept * (before - at_rest)
        expected += kin * (p.television_threat * c.kin_television * conflict + p.campaign_threat * coerced)
        expected -= p.contact_reassurance * c.other_camp_ties * contact
        expected += p.sanction_threat * sa + p.harassment_threat * (ha - c.harassment_expected)
        largest = max(largest, np.abs(np.where(present, c.threat_log_odds - expected, 0.0)).max())
        sanctions += int(c.sanctioned.sum())
        incidents += int(c.harassed.sum())
    assert sanctions > 50 if policy == "coercion" else sanctions == 0
    assert incidents > 100
    verify(MEMORY, "48 months of events, largest gap", largest, 0.0, 1e-12, {"policy": policy})


# --- the persuasion rate ----------------------------------------------------------------------------------------------


def persuasion_rate(treated: float, control: float, exposed: float, less: float, base: float) -> float:
    """Return f from the shares who say yes, the exposures, and the share who would without any exposure."""
    return (treated - control) / (exposed - less) / (1.0 - base)


def test_the_persuasion_rate_is_the_arithmetic_of_the_literature(verify: Verify) -> None:
    """An example: y_T = .30, y_C = .25, e_T = .6, e_C = .1, y_0 = .22 give 12.82 %."""
    verify(
        PERSUASION,
        "the arithmetic of an example",
        persuasion_rate(0.30, 0.25, 0.6, 0.1, 0.22),
        0.1282,
        5e-5,
        "as printed",
    )


def trial(treated: float, control: float, drift: float, base: float, seed: int, **more: float) -> Society:
    """Return a society whose kin camp is two groups alike but for their television, at rest under a lasting war."""
    alike: dict[str, object] = {"kin_state": "abroad", "kinship": 0.5, "mean_loyalty": 0.2}
    country = Country.of(
        [
            Group.of(0, "others", 2e5),
            Group.of(1, "treated", 4e5, kin_television=treated, **alike),
            Group.of(2, "control", 4e5, kin_television=control, **alike),
        ]
    )
    settings: dict[str, float] = {"static_spread": 0.0, "loyalty_spread": 0.0, "conflict_floor": 1.0}
    settings |= {"television_threat": drift, "threat_half_life": 6.0, "loyalty_half_life": 1.0, "initial_threat": base}
    settings |= {"symbol_irritation": 0.0, "hostility_restraint": 0.0, "display_conformity": 0.0}
    settings |= {"display_revision": 1.0}
    return Society(country=country, citizens=3000, months=400, seed=seed, shock_month=0.0, **CALM | settings | more)


@pytest.mark.parametrize("draw", range(4))
def test_a_belief_of_known_persuasion_rate_gives_it_back(verify: Verify, draw: int) -> None:
    """The rate read off the two groups' mean belief is the rate that mu was solved for, to 1e-9."""
    point = PERSUASION.draw(draw)
    rate, treated, control, base = point["rate"], point["treated"], point["control"], point["base_share"]
    built_up = 1.0 / (1.0 - 2.0 ** (-1.0 / 6.0))
    at_rest = math.log(base / (1.0 - base))

    def belief(exposure: float, drift: float) -> float:
        return float(sigmoid(at_rest + drift * exposure * built_up))

    def missed(drift: float) -> float:
        return persuasion_rate(belief(treated, drift), belief(control, drift), treated, control, base) - rate

    drift = brentq(missed, 0.0, 1.0, xtol=1e-15)
    society = trial(treated, control, drift, base, PERSUASION.seed(draw)).run(330)
    says = [society.measure("threat", group)[-1] for group in ("treated", "control")]
    found = persuasion_rate(*says, treated, control, base)
    where = {name: point[name] for name in ("rate", "treated", "control", "base_share")}
    verify(PERSUASION, "rate of belief", found, rate, 1e-9, where)


@pytest.mark.parametrize("draw", range(3))
def test_symbols_shown_give_the_persuasion_rate_back_within_sampling_error(verify: Verify, draw: int) -> None:
    """Television, threat, loyalty, symbol: the rate read off who shows symbols is the rate solved for, within 5 se."""
    point = {name: value for name, value in PERSUASION.draw(draw).items() if name != "rate"}
    rate, treated, control = point["rate of symbols"], point["treated"], point["control"]
    weight, expression, base = point["threat_weight"], point["loyalty_expression"], 0.2
    built_up = 1.0 / (1.0 - 2.0 ** (-1.0 / 6.0))
    at_rest = math.log(base / (1.0 - base))

    def shows(threat: float, cost: float) -> float:
        loyalty = math.tanh(math.atanh(0.2) - weight * (threat - base))
        kin, national = math.exp(1.0 - expression * loyalty - cost), math.exp(expression * loyalty - cost)
        return kin / (1.0 + kin + national)

    cost = brentq(lambda c: shows(base, c) - point["base_share"], -10.0, 10.0)

    def share(exposure: float, drift: float) -> float:
        return shows(float(sigmoid(at_rest + drift * exposure * built_up)), cost)

    def missed(drift: float) -> float:
        shown = share(treated, drift), share(control, drift)
        return persuasion_rate(*shown, treated, control, point["base_share"]) - rate

    drift = brentq(missed, 0.0, 1.0)
    settings = {"threat_weight": weight, "loyalty_expression": expression, "kinship_expression": 2.0}
    seed = PERSUASION.seed(100 + draw)
    society = trial(treated, control, drift, base, seed, display_cost=cost, **settings).run(300)
    months = 200
    shown = [society.measure("kin_display", group)[-months:].mean() for group in ("treated", "control")]
    heads = [float(society.counts(group).cohort) for group in ("treated", "control")]
    true = [share(treated, drift), share(control, drift)]
    spread = sum(y * (1.0 - y) / n / months for y, n in zip(true, heads, strict=True))
    allowed = SURE * math.sqrt(spread) / (treated - control) / (1.0 - point["base_share"])
    found = persuasion_rate(*shown, treated, control, point["base_share"])
    verify(PERSUASION, "rate of symbols", found, rate, allowed, point)
    if draw == 1:
        exposures = np.linspace(0.0, 0.9, 40)
        verify.draw(
            PERSUASION,
            "exposure to the medium",
            "share who show the kin symbol",
            f"Two groups exposed unequally, and the share that the equations expect at every exposure; f = {rate:.3f}.",
            Line("equations", exposures, [share(e, drift) for e in exposures]),
            Line("simulated", [control, treated], shown[::-1], points=True),
        )

"""C7 and C8: institutions, output, and where the money of a policy comes from and goes to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from countries import two_peoples
from laws import Law, Verify, prior
from worlds import CALM, held, held_for_kin_camp

from model.columns import KIN_CAMP
from model.society import Society
from scenarios import Country, Group, Policy

SET = prior("reform_speed", "coercion_corrosion", "reform_half_life", "institutions_growth", "welfare_growth")

GROWTH = Law(
    key="C7",
    title="Institutions and output follow their closed forms",
    formula=(
        "Q(t) = Q* + (Q0 - Q*) (1 - kQ u_q - kCQ u_c - dQ)^t,   Q* = (kQ u_q + dQ Q0) / (kQ u_q + kCQ u_c + dQ)\n"
        "Y(t) = sum [gQ (Q - Q0) + gW u_w] / 12"
    ),
    source="specification 9 (C7)",
    ranges={
        "reform": (0.0, 1.0),
        "coercion": (0.0, 1.0),
        "welfare": (0.0, 1.0),
        "Q0": (0.1, 0.9),
        **SET,
    },
)
BUDGET = Law(
    key="C8",
    title="What is paid is what arrives, leaks and is taxed",
    formula=(
        "tax + rents + fines = cost = cw u_w + cq u_q^2 + cc u_c^2 + cm u_m^2 + ck u_k^2\n"
        "sum of transfers = cw u_w (1 - leak (1 - Q) / (1 - Q0)) sum of income\n"
        "w = Y + log(1 - tax - fine + transfer / income)"
    ),
    source="specification 9 (C8) and 3.7",
    ranges={
        "welfare": (0.05, 1.0),
        "institutions": (0.0, 1.0),
        "coercion": (0.0, 1.0),
        **prior("welfare_cost", "transfer_leakage", "resource_rent_share", "fine_size"),
    },
)


@pytest.mark.parametrize("draw", range(8))
def test_institutions_and_output_follow_their_closed_forms(verify: Verify, draw: int) -> None:
    """Both to 1e-14 in every month of 15 years."""
    point = GROWTH.draw(draw)
    reform, coercion, welfare, q0 = (point[name] for name in ("reform", "coercion", "welfare", "Q0"))
    society = Society(
        country=Country.of([Group.of(0, "people", 1e6, kin_state="abroad")], institutions=q0),
        citizens=30,
        months=180,
        policy=held(institutions=reform, coercion=coercion, welfare=welfare),
        unrest_cost=0.0,
        departure_cost=0.0,
        diversity_growth=0.0,
        **{name: point[name] for name in SET},
    ).run()
    lost = 1.0 - 2.0 ** (-1.0 / point["reform_half_life"])
    rate = point["reform_speed"] * reform + point["coercion_corrosion"] * coercion + lost
    rest = (point["reform_speed"] * reform + lost * q0) / rate
    months = np.arange(181)
    expected = rest + (q0 - rest) * (1.0 - rate) ** months
    got = society.measure("institutions")
    verify(GROWTH, "institutions in every month", got, expected, 1e-14, point)
    growth = (point["institutions_growth"] * (expected - q0) + point["welfare_growth"] * welfare) / 12.0
    grown = np.concatenate([[0.0], np.cumsum(growth[:-1])])
    verify(GROWTH, "output in every month", society.measure("output"), grown, 1e-14, point)


@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("draw", range(5))
def test_what_is_paid_is_what_arrives_leaks_and_is_taxed(verify: Verify, draw: int, targeted: bool) -> None:
    """Transfers are worked back from each citizen's welfare and fines from each citizen's own, not from the books."""
    point = BUDGET.draw(draw)
    levels = {name: point[name] for name in ("welfare", "institutions", "coercion")} | {"media": 0.5, "contact": 0.5}
    society = Society(
        citizens=400,
        months=30,
        seed=BUDGET.seed(draw),
        policy=held_for_kin_camp(**levels) if targeted else held(**levels),
        profiling_ratio=0.5,
        departure_rate=0.2,
        **{name: value for name, value in point.items() if name not in levels},
    ).run(29)
    c, p, economy = society.world.columns, society.parameters, society.world.economy
    here = c.present.copy()
    output = economy.output[c.region].copy()
    income = np.exp(output + c.log_income)
    fines = c.fine.copy()
    institutions = society.figure("institutions")
    society.step()

    where = point | {"targeted": targeted}
    welfare, reform, coercion = point["welfare"], point["institutions"], point["coercion"]
    spent = p.welfare_cost * welfare + p.institutions_cost * reform**2 + p.coercion_cost * coercion**2
    spent += p.media_cost * 0.25 + p.contact_cost * 0.25
    fine_revenue = (fines * income)[here].sum() / income[here].sum()
    assert (fine_revenue > 0.0) == (coercion * p.sanction_probability > 0.0) or fine_revenue == 0.0
    verify(BUDGET, "cost", society.figure("cost"), spent, 1e-13 * spent, where)
    paid = society.figure("tax") + society.figure("rents") + fine_revenue
    verify(BUDGET, "tax, rents and fines", paid, spent, 1e-15, where)
    verify(BUDGET, "fine revenue", society.figure("fine_revenue"), fine_revenue, 1e-15, where)

    transfer = (np.exp(c.welfare - output) - 1.0 + society.figure("tax") + fines) * income
    q0 = society.world.setting.initial_institutions
    arrives = p.welfare_cost * welfare * (1.0 - p.transfer_leakage * (1.0 - institutions) / (1.0 - q0))
    expected = arrives * income[here].sum()
    verify(BUDGET, "sum of transfers", transfer[here].sum(), expected, 1e-11 * expected, where)
    kin = c.camp == KIN_CAMP
    receivers = here & kin if targeted else here
    each = expected / receivers.sum()
    verify(BUDGET, "equal per head", transfer[receivers], each, 1e-11 * each, where)
    if targeted:
        verify(BUDGET, "nothing for those left out", transfer[here & ~kin], 0.0, 1e-13, where)


def test_a_targeted_programme_is_resented_by_those_left_out_and_by_nobody_else(verify: Verify) -> None:
    """3.6: eta moves by etaD u_w for the others, not the targets; a universal programme moves nobody."""

    def hostility(policy: Policy, **more: float) -> np.ndarray:
        calm = CALM | {"symbol_irritation": 0.0, "retaliation": 0.0, "targeting_resentment": 0.02}
        society = Society(country=two_peoples(), citizens=200, months=1, policy=policy, **calm | more).run()
        return np.asarray(society.world.columns.hostility_log_odds - math.log(0.15 / 0.85))

    kin = Society(country=two_peoples(), citizens=200, months=1).world.columns.camp == KIN_CAMP
    targeted = hostility(held_for_kin_camp(welfare=0.8))
    verify(BUDGET, "resentment of a targeted programme", targeted, np.where(kin, 0.0, 0.016), 1e-14, "u_w 0.8")
    universal = [
        hostility(held(welfare=0.8)),
        hostility(held(welfare=0.8), welfare_cost=0.0),
        hostility(held(welfare=0.8), transfer_leakage=1.0),
    ]
    verify(BUDGET, "resentment of a universal programme", universal, 0.0, 1e-14, "u_w 0.8")

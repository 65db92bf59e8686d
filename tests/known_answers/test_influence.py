"""C3: what ties do to loyalty; Friedkin and Johnsen, with and without a medium, and the response to a small push."""

from __future__ import annotations

import numpy as np
import pytest
from countries import FOREVER, one_people
from laws import Law, Line, Verify, prior
from scipy import sparse
from scipy.sparse.linalg import spsolve
from worlds import CALM, held, tie_matrix

from model.columns import KIN_CAMP
from model.society import Society

RESPONSE = Law(
    key="C3",
    title="Linear response: a push spreads over ties",
    formula=(
        "dL = (I - wS D P)^-1 D delta + O(|delta|^2),   D = diag(1 - L0^2),   P = ties by row\n"
        "(dL(+delta) - dL(-delta)) / 2 = the same + O(|delta|^3)\n"
        "among equals:  dL = (1 - L^2) delta / (1 - wS (1 - L^2)),   at rate lambda (1 - wS (1 - L^2))"
    ),
    source="specification 9 (C3)",
    ranges={
        **prior("social_influence_weight", "loyalty_half_life"),
        "push": (0.001, 0.01),
        "mean_loyalty": (-0.6, 0.6),
    },
)
MEDIUM = Law(
    key="C3m",
    title="Friedkin and Johnsen with a stubborn medium",
    formula=(
        "L* = tanh(l0 + wS P (L* - L0) + wN e u),   everybody's own exposure e to a medium at strength u\n"
        "for small wN e u:  L* - L0 = (I - W)^-1 D wN e u,   W = wS D P;   off by at most c |wN e u|^2"
    ),
    source="Friedkin and Johnsen",
    ranges={**prior("social_influence_weight", "national_television_weight"), "media": (0.1, 1.0)},
    limits=(
        "The textbook's matrices are unreachable: here ties weigh alike, nobody has fewer than five, and nobody lists "
        "himself. Its numbers test the solver that the check uses. Nor is the law x = a mean(x) + m M + s x(0) "
        "reachable other than for small deviations: loyalty goes through a tanh and listens to ties, not to the mean."
    ),
)


def under_influence(weight: float, seed: int = 1, **more: object) -> Society:
    """Return a society where only ties move loyalty."""
    settings = {**CALM, "social_influence_weight": weight, "loyalty_half_life": 1.0, **more}
    return Society(citizens=600, months=400, seed=seed, shock_month=FOREVER, **settings)


def by_row(society: Society) -> sparse.csr_matrix:
    """Return the ties as shares of each citizen's attention."""
    ties = tie_matrix(society)
    return sparse.csr_matrix(sparse.diags(1.0 / np.asarray(ties.sum(axis=1)).ravel()) @ ties)


def answer(heard: sparse.csr_matrix, yielding: np.ndarray, push: np.ndarray) -> np.ndarray:
    """Return (I - diag(yielding) heard)^-1 push."""
    return np.asarray(spsolve((sparse.eye(push.size) - sparse.diags(yielding) @ heard).tocsc(), push))


def response(society: Society, weight: float, push: np.ndarray) -> np.ndarray:
    """Return (I - wS D P)^-1 D push, where D = diag(1 - L0^2) and P are the ties by row."""
    loyalty = society.world.columns.initial_loyalty
    slope = 1.0 - loyalty * loyalty
    return answer(by_row(society), weight * slope, slope * push)


@pytest.mark.parametrize("weight", [0.0, 0.35, 0.65])
def test_a_small_push_spreads_by_the_inverse_of_the_influence_matrix(verify: Verify, weight: float) -> None:
    """The kin camp pushed by delta answers (I - wS D P)^-1 D delta, to O(delta); others only through their ties.

    Relative error at delta = .002: -3.9e-4, -5.7e-4, -8.8e-4 in the prototype; -4.1e-4, -5.5e-4, -8.1e-4 here. The
    lever coercion carries the push, with all its other effects switched off.
    """
    push = 0.002
    silent_coercion = {"sanction_probability": 0.0, "campaign_threat": 0.0, "coercion_corrosion": 0.0}
    silent_coercion |= {"coercion_cost": 0.0, "compelled_display": 0.0, "campaign_licence": 0.0}
    pushed = silent_coercion | {"direct_coercion_weight": push}
    society = under_influence(weight, policy=held(coercion=1.0), **pushed)
    columns = society.world.columns
    kin = columns.camp == KIN_CAMP
    expected = response(society, weight, push * kin)
    society.run(200)
    moved = columns.loyalty - columns.initial_loyalty
    where = {"wS": weight, "delta": push}
    verify(RESPONSE, "the pushed, relative", moved[kin].mean() / expected[kin].mean(), 1.0, 1.2e-3, where)
    spill = expected[~kin].mean()
    verify(RESPONSE, "spill-over to the others", moved[~kin].mean(), spill, max(2e-3 * spill, 1e-12), where)
    if weight == 0.0:
        assert (moved[~kin] == 0.0).all()


@pytest.mark.parametrize("draw", range(6))
def test_influence_is_linear_to_second_order_for_anyone_pushed(verify: Verify, draw: int) -> None:
    """Whoever is pushed, (L(+delta) - L(-delta)) / 2 is everybody's linear answer to O(delta^3)."""
    point = {name: RESPONSE.draw(draw)[name] for name in ("social_influence_weight", "push")}
    weight, push = point["social_influence_weight"], point["push"]
    pushed = RESPONSE.rng(100 + draw).random(600) < 0.2
    moved = []
    for sign in (1.0, -1.0):
        society = under_influence(weight, RESPONSE.seed(draw))
        society.world.columns.anchor[pushed] += sign * push
        society.run()
        moved.append(society.world.columns.loyalty - society.world.columns.initial_loyalty)
    expected = response(society, weight, push * pushed)
    measured = 0.5 * (moved[0] - moved[1])
    verify(RESPONSE, "everybody's answer, drawn", measured, expected, 4.0 * push**3 + 1e-14, point)
    if draw == 1:
        verify.draw(
            RESPONSE,
            "expected dL",
            "measured dL",
            "600 citizens, a fifth of them pushed: what the formula says of each, and what each did.",
            Line("equal", [0.0, expected.max()], [0.0, expected.max()]),
            Line("citizens", expected, measured, points=True),
        )


@pytest.mark.parametrize("draw", range(8))
def test_loyalty_approaches_its_reasons_by_its_half_life(verify: Verify, draw: int) -> None:
    """Without peers: L(t) - L0 = (1 - 2^(-t/hlL)) (tanh(l0 + delta) - L0), to 1e-14 a month."""
    half_life = RESPONSE.draw(draw)["loyalty_half_life"]
    rng = RESPONSE.rng(200 + draw)
    months, push = int(rng.integers(1, 25)), float(rng.uniform(-1.0, 1.0))
    society = under_influence(0.0, loyalty_half_life=half_life)
    columns = society.world.columns
    columns.anchor[:] += push
    society.run(months)
    expected = (1.0 - 2.0 ** (-months / half_life)) * (np.tanh(columns.anchor) - columns.initial_loyalty)
    where = {"hlL": half_life, "months": months, "delta": push}
    moved = columns.loyalty - columns.initial_loyalty
    verify(RESPONSE, "the way after t months", moved, expected, 1e-14 * months, where)


def test_half_of_the_way_takes_one_half_life(verify: Verify) -> None:
    """L(6) / L(infinity) = .50000 for hlL = 6."""
    society = under_influence(0.0, loyalty_half_life=6.0)
    columns = society.world.columns
    columns.anchor[:] += 0.1
    society.run(6)
    half = (columns.loyalty - columns.initial_loyalty) / (np.tanh(columns.anchor) - columns.initial_loyalty)
    verify(RESPONSE, "share of the way after a half-life", half, 0.5, 1e-13, {"hlL": 6.0})


@pytest.mark.parametrize("draw", range(8))
def test_among_equals_influence_multiplies_and_slows(verify: Verify, draw: int) -> None:
    """The multiplier is 1 / (1 - wS (1-L^2)), the rate lambda (1 - wS (1-L^2)); relative O(delta)."""
    point = {name: value for name, value in RESPONSE.draw(draw).items() if name != "push"}
    weight, half_life, loyalty = point["social_influence_weight"], point["loyalty_half_life"], point["mean_loyalty"]
    push = 1e-6
    society = Society(
        country=one_people(mean_loyalty=loyalty),
        citizens=60,
        months=2000,
        **{**CALM, "social_influence_weight": weight, "loyalty_half_life": half_life, "loyalty_spread": 0.0},
    )
    society.world.columns.anchor[:] += push
    society.run(2000)
    slope = 1.0 - loyalty * loyalty
    path = society.measure("loyalty", "everyone") - loyalty
    settled = slope * push / (1.0 - weight * slope)
    verify(RESPONSE, "among equals, settled", path[-1], settled, 1e-5 * settled, point)
    gap = path[-1] - path[:13]
    kept = 1.0 - (1.0 - 2.0 ** (-1.0 / half_life)) * (1.0 - weight * slope)
    verify(RESPONSE, "among equals, kept a month", gap[1:] / gap[:-1], kept, 1e-5 * kept, point)


def test_the_solver_finds_the_answer_of_the_literature(verify: Verify) -> None:
    """A textbook example: x* = (I - A W)^-1 (I - A) x(0) = (.366667, .116667, .200000), A = diag(.8, .5, .9)."""
    heard = sparse.csr_matrix(np.array([[0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [0.1, 0.6, 0.3]]))
    yielding, start = np.array([0.8, 0.5, 0.9]), np.array([1.0, 0.0, 0.5])
    settled = answer(heard, yielding, (1.0 - yielding) * start)
    verify(
        MEDIUM, "the textbook's example, by the check's solver", settled, [0.366667, 0.116667, 0.2], 5e-7, "as printed"
    )


@pytest.mark.parametrize("draw", range(4))
def test_a_stubborn_medium_and_ties_settle_where_friedkin_and_johnsen_say(verify: Verify, draw: int) -> None:
    """Everybody is at the fixed point to 1e-13; the linear law is off by at most second order.

    The second derivative of tanh is at most .77, and no push counts for more than 1 / (1 - wS): hence c = .385
    / (1 - wS)^3.
    """
    point = MEDIUM.draw(draw)
    weight, medium = point["social_influence_weight"], point["national_television_weight"]
    society = under_influence(
        weight, MEDIUM.seed(draw), policy=held(media=point["media"]), national_television_weight=medium
    )
    columns = society.world.columns
    push = medium * columns.national_television * point["media"]
    linear = response(society, weight, push)
    heard, start = by_row(society), columns.initial_loyalty.copy()
    settled = start.copy()
    for _ in range(400):
        settled = np.tanh(columns.anchor + weight * (heard @ (settled - start)) + push)
    society.run()
    verify(MEDIUM, "everybody's loyalty", columns.loyalty, settled, 1e-13, point)
    allowed = 0.385 * push.max() ** 2 / (1.0 - weight) ** 3 + 1e-13
    verify(MEDIUM, "the linear law", columns.loyalty - start, linear, allowed, point)

"""C2: one symbol that people show because others do; Brock and Durlauf, with hysteresis."""

from __future__ import annotations

import math

import numpy as np
import pytest
from countries import FOREVER, one_people
from laws import SURE, Law, Line, Verify, prior
from scipy.optimize import brentq
from worlds import CALM, sigmoid

from model.society import Society

ONE_SYMBOL = Law(
    key="C2",
    title="One symbol: Brock and Durlauf",
    formula=(
        "p = sigmoid(bP p - c0)                     one root where bP < 4, since bP p (1 - p) < 1\n"
        "p = E[sigmoid(bL L + bP p - c0)]           where loyalties differ\n"
        "se^2 = p (1 - p) nu (2 - nu) / (1 - k^2) (1 + k) / (1 - k) / N / months,   k = 1 - nu (1 - bP p (1 - p))"
    ),
    source="specification 9 (C2), after Brock and Durlauf",
    ranges={"display_conformity": (0.0, 3.0), "display_cost": (1.0, 3.5), **prior("display_revision")},
)
HYSTERESIS = Law(
    key="C2h",
    title="Strong conformity remembers: the hysteresis loop",
    formula=(
        "m = 2p - 1 = tanh(bJ m + bh),   bJ = bP / 4,   bh = (bP / 2 - c0) / 2\n"
        "two stable roots while |bh| < bh_c = bJ m_s - artanh(m_s),   m_s = sqrt(1 - 1/bJ);   one beyond"
    ),
    source="specification 9 (C2), after Brock and Durlauf",
    ranges={"bJ": (1.3, 1.9), "inside": (0.3, 0.6), "beyond": (1.5, 2.5), "display_revision": (0.5, 1.0)},
    limits=(
        "Between .6 and 1.5 of the spinodal field nothing is tested: close to it a finite society leaves its branch by "
        "chance, and beyond it lingers."
    ),
)


def one_symbol(
    conformity: float, cost: float, *, revision: float = 1.0, citizens: int = 20_000, seed: int = 1
) -> Society:
    """Return a society of which everybody sees everybody and chooses one symbol for conformity alone."""
    return Society(
        country=one_people(),
        citizens=citizens,
        months=600,
        seed=seed,
        **{
            "display_conformity": conformity,
            "display_cost": cost,
            "display_revision": revision,
            "loyalty_expression": 0.0,
            "public_space_weight": 1.0,
            "loyalty_half_life": FOREVER,
            **CALM,
        },
    )


def roots(conformity: float, cost: float) -> list[float]:
    """Return every p = sigmoid(conformity p - cost), in ascending order."""
    grid = np.linspace(-1e-4, 1.0 + 1e-4, 2003)  # no root falls on a point of it
    gap = sigmoid(conformity * grid - cost) - grid
    crossings = np.nonzero(gap[:-1] * gap[1:] < 0.0)[0]
    return [
        float(brentq(lambda p: 1.0 / (1.0 + math.exp(cost - conformity * p)) - p, grid[k], grid[k + 1]))
        for k in crossings
    ]


def sampling_error(p: float, conformity: float, revision: float, citizens: int, months: int) -> float:
    """Return the standard error of a mean share over time, which returns to the root at rate nu (1 - bP p(1-p))."""
    kept = 1.0 - revision * (1.0 - conformity * p * (1.0 - p))
    spread = p * (1.0 - p) / citizens * revision * (2.0 - revision) / (1.0 - kept * kept)
    return math.sqrt(spread * (1.0 + kept) / (1.0 - kept) / months)


def crowding(p: float, conformity: float, revision: float, citizens: int) -> float:
    """Return how far a finite society's mean lies from the root: f'' var / (2 (1 - f')), the curvature of sigmoid."""
    slope = conformity * p * (1.0 - p)
    kept = 1.0 - revision * (1.0 - slope)
    spread = p * (1.0 - p) / citizens * revision * (2.0 - revision) / (1.0 - kept * kept)
    return 0.5 * conformity * slope * (1.0 - 2.0 * p) * spread / (1.0 - slope)


@pytest.mark.parametrize(("conformity", "cost"), [(0.0, 2.0), (1.5, 2.0), (2.5, 2.0), (3.5, 2.2)])
def test_display_settles_at_the_root_of_brock_and_durlauf(verify: Verify, conformity: float, cost: float) -> None:
    """p = sigmoid(bP p - c0), within 1e-3; N = 20,000, 200 months."""
    (root,) = roots(conformity, cost)
    share = one_symbol(conformity, cost).run(200).measure("national_display", "everyone")[1:].mean()
    verify(ONE_SYMBOL, "mean share, listed points", share, root, 1e-3, {"bP": conformity, "c0": cost})


@pytest.mark.parametrize("draw", range(5))
def test_display_settles_at_the_root_wherever_that_is_unique(verify: Verify, draw: int) -> None:
    """Below bP = 4 there is one root; the mean share is there within 5 se, whatever nu."""
    point = ONE_SYMBOL.draw(draw)
    conformity, cost, revision = point["display_conformity"], point["display_cost"], point["display_revision"]
    (root,) = roots(conformity, cost)
    society = one_symbol(conformity, cost, revision=revision, citizens=6000, seed=ONE_SYMBOL.seed(draw)).run(250)
    share = society.measure("national_display", "everyone")[1:].mean()
    allowed = SURE * sampling_error(root, conformity, revision, 6000, 250)
    allowed += abs(crowding(root, conformity, revision, 6000))
    verify(ONE_SYMBOL, "mean share, drawn", share, root, allowed, point)


def test_the_root_is_unique_below_conformity_4(verify: Verify) -> None:
    """bP p(1-p) < 1 for every p where bP < 4, so one root; at bP = 6, c0 = 3.2 there are three."""
    for conformity in np.linspace(0.0, 3.99, 40):
        for cost in np.linspace(0.013, 5.0, 40):
            assert len(roots(conformity, cost)) == 1
    where = {"bP": 6.0, "c0": 3.2}
    verify(ONE_SYMBOL, "the three roots", roots(6.0, 3.2), [0.053, 0.603, 0.901], 5e-4, where)


@pytest.mark.parametrize("revision", [0.1, 0.3, 1.0])
def test_the_settled_share_does_not_depend_on_the_revision_rate(verify: Verify, revision: float) -> None:
    """The revision rate sets the pace, 1 / (nu (1 - bP p(1-p))), not the root; within 4 se."""
    (root,) = roots(2.5, 2.0)
    society = one_symbol(2.5, 2.0, revision=revision, citizens=6000).run(300)
    share = society.measure("national_display", "everyone")[1:].mean()
    error = sampling_error(root, 2.5, revision, 6000, 300)
    verify(ONE_SYMBOL, "mean share at any pace", share, root, 4.0 * error, {"bP": 2.5, "c0": 2.0, "nu": revision})


@pytest.mark.parametrize(("start", "end"), [(None, 0.053), (0.5, 0.053), (0.7, 0.901), (1.0, 0.901)])
def test_strong_conformity_remembers_where_it_started(verify: Verify, start: float | None, end: float) -> None:
    """Hysteresis at bP = 6, c0 = 3.2: below the middle root .603 a share falls to .053, above it rises to .901.

    Left to itself a society starts at the lowest root.
    """
    society = one_symbol(6.0, 3.2, revision=0.5, citizens=8000)
    if start is not None:
        display = society.world.columns.display
        display[:] = np.arange(display.size) < start * display.size
    share = society.run(200).measure("national_display", "everyone")[100:].mean()
    where = {"bP": 6.0, "c0": 3.2, "started at": "rest" if start is None else start}
    verify(HYSTERESIS, "share after 200 months", share, end, 3e-3, where)


def spinodal(strength: float) -> float:
    """Return the field bh_c at which a branch of m = tanh(bJ m + bh) ends."""
    turning = math.sqrt(1.0 - 1.0 / strength)
    return strength * turning - math.atanh(turning)


def test_the_loop_is_that_of_the_literature(verify: Verify) -> None:
    """The logit of conformity: m at no field and the spinodal field, for bJ = 1.2, 1.5, 2 and 3."""
    strengths = np.array([1.2, 1.5, 2.0, 3.0])
    upper = [2.0 * roots(4.0 * s, 2.0 * s)[-1] - 1.0 for s in strengths]
    verify(HYSTERESIS, "m at no field", upper, [0.6586, 0.8586, 0.9575, 0.9949], 6e-5, "four strengths, as printed")
    fields = [spinodal(s) for s in strengths]
    verify(HYSTERESIS, "spinodal field", fields, [0.0564, 0.2075, 0.5328, 1.3033], 6e-5, "four strengths, as printed")


def test_a_branch_holds_within_the_loop_and_ends_beyond_it(verify: Verify) -> None:
    """Started on either branch a society stays there inside the loop, and is on the only root beyond it; 5 se."""
    found: dict[str, list[tuple[float, float]]] = {"started high": [], "started low": []}
    strengths = []
    for draw in range(2):
        point = HYSTERESIS.draw(draw)
        strength, revision, citizens, months = point["bJ"], point["display_revision"], 5000, 100
        strengths.append(strength)
        for name, side in (("inside", 1.0), ("beyond", 1.0), ("inside", -1.0), ("beyond", -1.0)):
            conformity = 4.0 * strength
            cost = conformity / 2.0 + 2.0 * side * point[name] * spinodal(strength)
            all_roots = roots(conformity, cost)
            assert len(all_roots) == (3 if name == "inside" else 1)
            high = side > 0.0  # a high cost draws downwards, so the branch at risk is the upper one
            root = all_roots[-1] if high else all_roots[0]
            society = one_symbol(conformity, cost, revision=revision, citizens=citizens, seed=HYSTERESIS.seed(draw))
            society.world.columns.display[:] = 1 if high else 0
            share = society.run(250).measure("national_display", "everyone")[-months:].mean()
            allowed = SURE * sampling_error(root, conformity, revision, citizens, months)
            allowed += 2.0 * abs(crowding(root, conformity, revision, citizens))
            where = point | {"started": "high" if high else "low", "c0": cost}
            verify(HYSTERESIS, f"share {name} the loop", share, root, allowed, where)
            if draw == 1:
                found["started high" if high else "started low"].append((cost, share))
    conformity = 4.0 * strengths[1]
    shares = np.linspace(0.004, 0.996, 400)
    costs = conformity * shares - np.log(shares / (1.0 - shares))
    verify.draw(
        HYSTERESIS,
        "cost of showing, c0",
        "share who show",
        f"Every root of p = sigmoid(bP p - c0) at bP = {conformity:.2f}, and where societies ended that started at one "
        "end or the other: within the loop both branches hold, beyond it one is left.",
        Line("roots", costs, shares),
        *(Line(name, *zip(*ends, strict=True), points=True) for name, ends in found.items()),
    )


def test_display_settles_where_loyalties_differ(verify: Verify) -> None:
    """p = E[sigmoid(bL L + bP p - c0)], over these citizens and over tanh(m + .45 Z) alike."""
    society = Society(
        country=one_people(mean_loyalty=0.3),
        citizens=20_000,
        months=200,
        **{
            "display_conformity": 1.5,
            "display_cost": 2.0,
            "loyalty_expression": 1.2,
            "display_revision": 1.0,
            "public_space_weight": 1.0,
            "loyalty_half_life": FOREVER,
            **CALM,
        },
    )
    loyalty = society.world.columns.loyalty.copy()

    def root(values: np.ndarray, weights: np.ndarray) -> float:
        return float(brentq(lambda p: weights @ sigmoid(1.2 * values + 1.5 * p - 2.0) - p, 0.0, 1.0))

    here = root(loyalty, np.full(loyalty.size, 1.0 / loyalty.size))
    points, weights = np.polynomial.hermite_e.hermegauss(64)
    shift = brentq(lambda m: weights @ np.tanh(m + 0.45 * points) / weights.sum() - 0.3, -3.0, 3.0)
    anywhere = root(np.tanh(shift + 0.45 * points), weights / weights.sum())
    share = society.run().measure("national_display", "everyone")[1:].mean()
    where = {"bL": 1.2, "bP": 1.5, "c0": 2.0}
    verify(ONE_SYMBOL, "share among these citizens", share, here, 1e-3, where)
    verify(ONE_SYMBOL, "share under the law of loyalties", share, anywhere, 2e-3, where)

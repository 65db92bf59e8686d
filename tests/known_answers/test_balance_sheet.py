"""C10: does the balance sheet of the mean field tell which policy wins? Section 8.5's check, against the simulator."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from balance_sheet import mean_field
from laws import SURE, Law, Line, Verify, prior
from scipy.stats import binom, binomtest, norm

from model.society import Society
from scenarios import UNCERTAIN, read_country, read_policy

BALANCE = Law(
    key="C10",
    title="The balance sheet of the mean field tells who wins",
    formula=(
        "gain(u_c = 1) = wI (1 - chi rep) phi rep (Loff - L) + wS r_in believed phi rep (Loff - L)\n"
        "                + wD (p_sq - p_co) + wB (H_sq - H_co) + wA\n"
        "loss(u_c = 1) = wT [T(theta + (zS sigma + zA) / (1 - rho_T)) - T]\n"
        "                + wF [.3 sigma / (.3 sigma + 1 - rho_J) + (1 - disc e) (Q0 - Q_c)]\n"
        "iterated month by month with expectations for chance, regional means for ties, 16 representatives a region"
    ),
    source="specification 8.5 and 9 (C10)",
    ranges=prior(*UNCERTAIN),
    limits=(
        "The mean field leaves out departure, unrest's cost, the others' loyalty and their symbols, and the spread of "
        "luck; it is an explanation of the simulator, not a copy. The prototype's agreed in sign in 93 % of points for "
        "the two policies against each other, 92 % for coercion and 98 % for a better life against none."
    ),
)
ROPE = 0.02
END = 120
ARMS = ("status_quo", "coercion", "better_life")
CONTRASTS = {
    "better life less coercion": ("better_life", "coercion", 0.93),
    "coercion less no policy": ("coercion", "status_quo", 0.92),
    "better life less no policy": ("better_life", "status_quo", 0.98),
}
"""Two arms, and the share of points in which the prototype's balance sheet had the simulator's sign."""


@lru_cache(maxsize=2)
def both(points: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the kin camp's mean loyalty at the end of policy, by mean field and by simulator, over drawn points."""
    drawn = [BALANCE.draw(1 + number) for number in range(points)]
    country = read_country("kazakhstan-2021")
    found = {}
    for arm in ARMS:
        policy = read_policy(arm)
        simulated = [
            Society(country=country, policy=policy, citizens=1000, months=END, seed=BALANCE.seed(number), **point).run()
            for number, point in enumerate(drawn)
        ]
        expected = mean_field(drawn, country, policy, END)[:, END]
        found[arm] = expected, np.array([society.measure("loyalty")[END] for society in simulated])
    return found


def check_signs(verify: Verify, points: int) -> None:
    """Compare signs wherever the simulator's difference is outside the ROPE, for each contrast.

    The prototype's share is what is expected; fewer agreements are allowed than chance would give once in millions.
    """
    found = both(points)
    for name, (one, other, prototype) in CONTRASTS.items():
        expected, simulated = (found[one][k] - found[other][k] for k in (0, 1))
        decided = np.abs(simulated) > ROPE
        agreed = int((np.sign(expected) == np.sign(simulated))[decided].sum())
        counted = int(decided.sum())
        interval = binomtest(agreed, counted).proportion_ci()
        correlation = float(np.corrcoef(expected, simulated)[0, 1])
        where = f"{agreed} of {counted} points, 95 % interval {interval.low:.2f} to {interval.high:.2f}"
        where += f", r^2 {correlation**2:.2f}"
        least = float(binom.ppf(norm.sf(SURE), counted, prototype)) / counted
        verify.above(BALANCE, f"same sign over {points} points, {name}", agreed / counted, least, where)
    expected, simulated = (found["better_life"][k] - found["coercion"][k] for k in (0, 1))
    ends = [float(simulated.min()), float(simulated.max())]
    verify.draw(
        BALANCE,
        "better life less coercion, simulated",
        "by the balance sheet",
        f"{points} points of the prior, mean loyalty of the kin camp at the end of policy.",
        Line("equal", ends, ends),
        Line("points of the prior", simulated, expected, points=True),
    )


def test_the_balance_sheet_has_the_simulators_sign(verify: Verify) -> None:
    """At a few points of the prior."""
    check_signs(verify, points=20)


@pytest.mark.proof
def test_the_balance_sheet_has_the_simulators_sign_over_the_prior(verify: Verify) -> None:
    """At many points of the prior."""
    check_signs(verify, points=512)

"""C6: who leaves and when, and what their leaving does to the mean of those who stay."""

from __future__ import annotations

import math

import numpy as np
import pytest
from countries import FOREVER, two_peoples
from laws import SURE, Law, Line, Verify, prior
from worlds import NO_INCIDENTS, NO_REASONS

from experiments.selection import always_stayers
from model.columns import KIN_CAMP
from model.society import Society

NO_PULL = dict.fromkeys(
    ("welfare_departure", "threat_departure", "loyalty_departure", "diaspora_departure", "conflict_deterrence"), 0.0
)
SURVIVAL = Law(
    key="C6",
    title="Departures follow the survival curve of their hazards",
    formula=(
        "S(t) = mean_i (1 - h_i)^t,   h_i = base kappa_i / mean(kappa) / 12\nmean hazard of a calm month = base / 12"
    ),
    source="specification 9 (C6) and 3.11",
    ranges={
        "base": (0.005, 0.1),
        "kin share": (0.2, 0.9),
        **prior("loyalty_departure", "departure_rate", "initial_loyalty"),
    },
)
SELECTION = Law(
    key="S",
    title="Exit and selection: stayers look more loyal though nobody changed",
    formula=(
        "S_i(t) = (1 - h_i)^t,   h_i = base/12 kappa_i / Z exp(-eL (L_i - mean L0))\n"
        "stayers - cohort = sum L_i S_i / sum S_i - mean L      the bias, with L frozen\n"
        "two arms, one luck:   P(i stays in both) = prod_t (1 - max(h_i1, h_i2))\n"
        "always-stayers' effect = sum d_i P_i / sum P_i,   d_i the effect planted in citizen i"
    ),
    source="specification 3.11; principal strata under shared luck",
    ranges={"base": (0.02, 0.08), "loyalty_departure": (0.5, 2.0), "initial_loyalty": (0.0, 0.5), "effect": (0.1, 0.4)},
    limits=(
        "The textbook's form (a normal L, exit where L + e < c) is unreachable: departure is a monthly hazard, "
        "exponential in L, and L is a tanh. The law is the same with this model's hazard in it."
    ),
)


@pytest.mark.parametrize("base", [0.005, 0.03, 0.1])
def test_departures_follow_the_survival_curve_of_their_hazards(verify: Verify, base: float) -> None:
    """S(t) = mean_i (1 - h_i)^t, within 3.5 se in any month; the eager leave first."""
    stayed, survival, heads = lived(base, 0.9, seed=0)
    error = np.sqrt(np.maximum(survival * (1.0 - survival), 1e-12) / heads)
    verify(SURVIVAL, "share who stayed, any month", stayed[1:], survival[1:], 3.5 * error[1:], {"base": base})
    assert 1.0 - survival[-1] < 1.0 - math.exp(-base / 12.0 * 180)


@pytest.mark.parametrize("draw", range(2))
def test_departures_follow_their_curve_at_any_rate(verify: Verify, draw: int) -> None:
    """The same at a rate and a share of the kin camp drawn anew, within 5 se in any of 180 months."""
    point = {name: SURVIVAL.draw(draw)[name] for name in ("base", "kin share")}
    stayed, survival, heads = lived(point["base"], point["kin share"], SURVIVAL.seed(draw), citizens=6000)
    # Few leave in the first months: a Poisson count strays further than its standard error says.
    error = np.sqrt(survival * (1.0 - survival) / heads) + SURE / heads
    verify(SURVIVAL, "share who stayed, drawn", stayed[1:], survival[1:], SURE * error[1:], point)
    if draw == 1:
        verify.draw(
            SURVIVAL,
            "month",
            "share still here",
            f"The curve of the kin camp's hazards at {100 * point['base']:.1f} % a year, and who was there.",
            Line("formula", np.arange(181), survival),
            Line("simulated", np.arange(0, 181, 12), stayed[::12], points=True),
        )


def lived(base: float, share: float, seed: int, citizens: int = 12_000) -> tuple[np.ndarray, np.ndarray, int]:
    """Return who of the kin camp stayed in 180 months, the curve of their hazards, and their number."""
    society = Society(
        country=two_peoples(share),
        citizens=citizens,
        months=180,
        seed=seed,
        shock_month=FOREVER,
        departure_rate=base,
        **NO_PULL,
    )
    columns = society.world.columns
    kinship = columns.kinship[columns.camp == KIN_CAMP]
    hazard = base * kinship / kinship.mean() / 12.0
    survival = np.array([((1.0 - hazard) ** month).mean() for month in np.arange(181)])
    return 1.0 - society.run().measure("departures"), survival, kinship.size


@pytest.mark.parametrize("draw", range(8))
def test_the_mean_hazard_of_a_calm_month_is_the_groups_own(verify: Verify, draw: int) -> None:
    """mean_i (base_g/12)(kappa_i/Z_g) exp(-eL (L_i - Lbar)) = base_g / 12 for every group, to 1e-12."""
    names = ("loyalty_departure", "departure_rate", "initial_loyalty")
    point = {name: SURVIVAL.draw(draw)[name] for name in names}
    society = Society(citizens=1000, seed=SURVIVAL.seed(draw), **point)
    c, p = society.world.columns, society.parameters
    means, expected = [], []
    for number, group in enumerate(society.country.groups):
        own = c.group == number
        hazard = c.departure_base[own] * np.exp(-p.loyalty_departure * (c.loyalty[own] - c.loyalty[own].mean()))
        means.append(hazard.mean())
        expected.append(group.departure_ratio.resolve(p) * p.departure_rate / 12.0)
    verify(SURVIVAL, "mean hazard of every group, relative", np.array(means) / expected, 1.0, 1e-12, point)


# --- selection --------------------------------------------------------------------------------------------------------


def frozen_minds(point: dict[str, float], seed: int, citizens: int, months: int) -> tuple[Society, np.ndarray]:
    """Return a society where nothing moves loyalty and the less loyal leave first, and everybody's monthly hazard."""
    society = Society(
        country=two_peoples(0.8, mean_loyalty=point["initial_loyalty"]),
        citizens=citizens,
        months=months,
        seed=seed,
        shock_month=FOREVER,
        departure_rate=point["base"],
        loyalty_half_life=FOREVER,
        **NO_REASONS | NO_INCIDENTS | NO_PULL | {"loyalty_departure": point["loyalty_departure"]},
    )
    return society, hazards(society)


def hazards(society: Society) -> np.ndarray:
    """Return everybody's monthly hazard, from kinship and loyalty as they are now against those of month 0."""
    c, p = society.world.columns, society.parameters
    found = np.zeros(society.citizens)
    for group in range(2):
        own = c.group == group
        mean = c.initial_loyalty[own].mean()
        weight = c.kinship[own] * np.exp(-p.loyalty_departure * (c.initial_loyalty[own] - mean))
        pull = np.exp(-p.loyalty_departure * (c.loyalty[own] - mean))
        found[own] = np.minimum(0.2, p.departure_rate / 12.0 * c.kinship[own] / weight.mean() * pull)
    return found


def mean_of(values: np.ndarray, chance: np.ndarray) -> tuple[float, float]:
    """Return the expected mean of `values` over those who are drawn with `chance`, and its standard error."""
    mean = float(values @ chance / chance.sum())
    return mean, float(np.sqrt((chance * (1.0 - chance) * (values - mean) ** 2).sum()) / chance.sum())


@pytest.mark.parametrize("draw", range(3))
def test_stayers_seem_to_gain_what_selection_gives_them(verify: Verify, draw: int) -> None:
    """With L frozen the cohort's mean does not move at all, and the stayers' rises by the bias of the formula, 5 se."""
    point = {name: SELECTION.draw(draw)[name] for name in ("base", "loyalty_departure", "initial_loyalty")}
    society, hazard = frozen_minds(point, SELECTION.seed(draw), citizens=8000, months=120)
    kin = society.world.columns.camp == KIN_CAMP
    loyalty = society.world.columns.initial_loyalty[kin].copy()
    society.run()
    cohort = society.measure("loyalty")
    verify(SELECTION, "the cohort's mean does not move", cohort, cohort[0], 1e-12, point)
    months = np.array([12, 60, 120])
    expected, errors = zip(*(mean_of(loyalty, (1.0 - hazard[kin]) ** month) for month in months), strict=True)
    bias = np.array(expected) - loyalty.mean()
    got = society.measure("loyalty_stayers")[months] - cohort[0]
    verify(SELECTION, "stayers less cohort, months 12, 60, 120", got, bias, SURE * np.array(errors), point)
    if draw == 1:
        path = np.arange(0, 121, 4)
        formula = [mean_of(loyalty, (1.0 - hazard[kin]) ** month)[0] - loyalty.mean() for month in path]
        simulated = society.measure("loyalty_stayers")[path] - cohort[0]
        verify.draw(
            SELECTION,
            "month",
            "loyalty gained, though nobody changed",
            "Nobody's loyalty moves. The mean of those still present rises, because the less loyal leave first.",
            Line("formula", path, formula),
            Line("stayers, simulated", path, simulated, points=True),
            Line("cohort, simulated", path, cohort[path] - cohort[0], points=True),
        )


@pytest.mark.parametrize("draw", range(2))
def test_always_stayers_show_the_effect_of_their_stratum(verify: Verify, draw: int) -> None:
    """Two arms share their luck; one planted an effect in every citizen. Each estimator is at its own formula, 5 se."""
    point = SELECTION.draw(draw)
    months = 120
    plain, hazard = frozen_minds(point, SELECTION.seed(50 + draw), citizens=8000, months=months)
    moved, _ = frozen_minds(point, SELECTION.seed(50 + draw), citizens=8000, months=months)
    c = moved.world.columns
    kin = c.camp == KIN_CAMP
    # The effect differs in sign between citizens, so that either arm keeps some whom the other loses.
    effect = point["effect"] * np.where(SELECTION.rng(200 + draw).random(8000) < 0.5, 1.0, -0.6) * (1.0 - c.loyalty**2)
    start = c.loyalty.copy()
    c.loyalty[:] += effect
    other = hazards(moved)
    for society in (plain, moved):
        society.run()
    shift = effect[kin]
    intended = moved.measure("loyalty")[-1] - plain.measure("loyalty")[-1]
    verify(SELECTION, "effect by intention to treat", intended, shift.mean(), 1e-12, point)
    both = (1.0 - np.maximum(hazard, other)[kin]) ** months
    expected, error = mean_of(shift, both)
    without, with_effect = always_stayers([plain, moved])
    verify(SELECTION, "effect among always-stayers", with_effect - without, expected, SURE * error, point)
    one, one_error = mean_of(start[kin], (1.0 - hazard[kin]) ** months)
    two, two_error = mean_of(start[kin] + shift, (1.0 - other[kin]) ** months)
    seeming = moved.measure("loyalty_stayers")[-1] - plain.measure("loyalty_stayers")[-1]
    verify(SELECTION, "seeming effect among stayers", seeming, two - one, SURE * (one_error + two_error), point)

"""Month 0: who the citizens are, whom they know, and the calm world they start from (specification, section 4)."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from agents.rules.conflict import conflict_intensity, kin_welfare_after_shock, salience
from agents.rules.departure import departure_probability, departure_weight
from agents.rules.display import (
    KIN_SYMBOL,
    NATIONAL_SYMBOL,
    NO_SYMBOL,
    display_shares,
    kin_symbol_utility,
    national_symbol_utility,
    stationary_shares,
)
from agents.rules.exposure import seen
from agents.rules.rates import Rates
from agents.rules.street import harassment_probability
from model.chance import DISPLAY, EXPOSURE, INCOME, KINSHIP, LOYALTY, normal, stream, uniform
from model.columns import KIN_CAMP, OTHER_CAMP, Columns, Floats, Ints, Schedule, Setting, Surroundings, empty_columns
from model.compiling import compiled
from model.network import Network
from model.tables import in_memory
from scenarios import LEVERS, Conflict, Country, Policy
from scenarios.parameters import Parameters

SWEEPS = 40
TOLERANCE = 1e-10
QUADRATURE_POINTS = 64
SCHEDULE_NAMES = {"institutions": "reform"}  # the lever's column, apart from the institutions themselves
MONTHS_A_YEAR = 12.0


class GroupTraits(NamedTuple):
    """What data say of each group; arrays [groups]."""

    loyalty_shift: Floats  # atanh scale: m_g
    kinship: Floats
    kin_television: Floats
    departures: Floats  # per year


def seats(counts: Floats, citizens: int) -> Ints:
    """Return how many of `citizens` fall into each cell of `counts` [regions, groups], by largest remainder.

    Equal remainders go to the smaller region number, then the smaller group number, in key order.
    """
    quota = counts / counts.sum() * citizens
    whole = np.floor(quota).astype(np.int64)
    remainder = (quota - whole).ravel()
    missing = citizens - int(whole.sum())
    order = np.lexsort((np.arange(remainder.size), -remainder))
    filled = whole.ravel()
    filled[order[:missing]] += 1
    return np.asarray(filled.reshape(counts.shape))


@lru_cache(maxsize=4096)
def loyalty_shift(mean: float, spread: float) -> float:
    """Return m such that E[tanh(m + spread Z)] = `mean` for standard normal Z, by Gauss-Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(QUADRATURE_POINTS)
    total = math.fsum(weights)

    def excess(shift: float) -> float:
        means = (w * math.tanh(shift + spread * x) for x, w in zip(points, weights, strict=True))
        return math.fsum(means) / total - mean

    return float(brentq(excess, -20.0, 20.0, xtol=1e-14))


def group_traits(country: Country, p: Parameters) -> GroupTraits:
    """Return the traits of each group in key order, with parameters put in where the data refer to them."""
    groups = country.groups
    return GroupTraits(
        np.array([loyalty_shift(group.mean_loyalty.resolve(p), p.loyalty_spread) for group in groups]),
        np.array([group.kinship.resolve(p) for group in groups]),
        np.array([group.kin_television.resolve(p) for group in groups]),
        np.array([group.departure_ratio.resolve(p) * p.departure_rate for group in groups]),
    )


def make_schedule(policy: Policy, shock_month: float, p: Parameters, steps: int, step: float) -> Schedule:
    """Return what comes from outside at each of `steps` steps of `step` months; an infinite shock never comes."""
    months = [step * number for number in range(steps)]
    since_shock = [month - shock_month for month in months]
    levers = {
        lever: np.array([policy.level(lever, month) for month in months]) if policy.pulls(lever) else np.zeros(steps)
        for lever in LEVERS
    }
    return Schedule(
        **{SCHEDULE_NAMES.get(lever, lever): column for lever, column in levers.items()},
        conflict=np.array([conflict_intensity(p, since) for since in since_shock], dtype=np.float64),
        kin_welfare_shock=np.array([kin_welfare_after_shock(p, since) for since in since_shock], dtype=np.float64),
        targeted=(levers["welfare"] > 0.0) & policy.targeted,
    )


def kin_welfare_series(country: Country, steps: int, step: float) -> Floats:
    """Return the scenario's log kin welfare of each group, [steps, groups], linear between its breakpoints."""
    series = np.zeros((steps, len(country.groups)))
    for number, group in enumerate(country.groups):
        if group.kin_welfare:
            series[:, number] = [group.kin_welfare_at(step * at) for at in range(steps)]
    return series


@compiled
def draw_citizens(
    c: Columns,
    seed: int,
    loyalty_shifts: Floats,
    kinship: Floats,
    kin_television: Floats,
    income_spread: float,
    independent_share: float,
    p: Parameters,
) -> None:
    """Draw what is fixed for life: kinship, media diet, income and initial loyalty."""
    for i in range(c.loyalty.size):
        g = c.group[i]
        kin_width = 1.0 + p.static_spread * (uniform(stream(seed, KINSHIP, 0), i) - 0.5)
        diet_width = 1.0 + p.static_spread * (uniform(stream(seed, EXPOSURE, 0), i) - 0.5)
        c.kinship[i] = min(1.0, max(0.0, kinship[g] * kin_width))
        c.kin_television[i] = min(1.0 - independent_share, max(0.0, kin_television[g] * diet_width))
        c.national_television[i] = 1.0 - independent_share - c.kin_television[i]
        shock = normal(uniform(stream(seed, INCOME, 0), i))
        c.log_income[i] = income_spread * shock - 0.5 * income_spread * income_spread
        anchor = loyalty_shifts[g] + p.loyalty_spread * normal(uniform(stream(seed, LOYALTY, 0), i))
        c.loyalty[i] = math.tanh(anchor)
        c.initial_loyalty[i] = c.loyalty[i]
        c.anchor[i] = anchor


@compiled
def count_heads(c: Columns, setting: Setting, around: Surroundings) -> None:
    """Count month-0 heads by region and camp, and each region's diversity."""
    regions, groups = around.kin_display.shape
    heads = np.zeros((regions, groups))
    for i in range(c.loyalty.size):
        heads[c.region[i], c.group[i]] += 1.0
    for r in range(regions):
        total = 0.0
        around.camp_heads[r, :] = 0.0
        for g in range(groups):
            total += heads[r, g]
            around.camp_heads[r, setting.group_camp[g]] += heads[r, g]
        concentration = 0.0
        for g in range(groups):
            share = heads[r, g] / total if total > 0.0 else 0.0
            concentration += share * share
        for camp in range(2):
            around.camp_share[r, camp] = around.camp_heads[r, camp] / total if total > 0.0 else 0.0
        setting.initial_diversity[r] = 1.0 - concentration if total > 0.0 else 0.0


@compiled
def weigh_departures(c: Columns, setting: Setting, departures: Floats, p: Parameters) -> None:
    """Give everybody a base hazard of departure, so that each group's mean at month 0 is that of its data."""
    groups = departures.size
    heads = np.zeros(groups)
    weights = np.zeros(groups)
    setting.group_loyalty[:] = 0.0
    for i in range(c.loyalty.size):
        heads[c.group[i]] += 1.0
        setting.group_loyalty[c.group[i]] += c.loyalty[i]
    for g in range(groups):
        if heads[g] > 0.0:
            setting.group_loyalty[g] /= heads[g]
    for i in range(c.loyalty.size):
        g = c.group[i]
        weights[g] += departure_weight(p, c.kinship[i], c.loyalty[i], setting.group_loyalty[g])
    for i in range(c.loyalty.size):
        g = c.group[i]
        if weights[g] > 0.0:
            c.departure_base[i] = departures[g] / MONTHS_A_YEAR * c.kinship[i] / (weights[g] / heads[g])


@compiled
def settle_display(
    c: Columns,
    first_tie: Ints,
    ties: NDArray[np.int32],
    setting: Setting,
    around: Surroundings,
    p: Parameters,
    rates: Rates,
) -> Floats:
    """Return the stationary shares [citizens, 2] of kin and national symbols, exposures being expected shares.

    Leaves in the columns what each citizen expects to see, and in `harassment_expected` the citizen's own expected
    harassment of one step.
    """
    citizens = c.loyalty.size
    regions, groups = around.kin_display.shape
    shares = np.zeros((citizens, 2))
    following = np.zeros((citizens, 2))
    for _ in range(SWEEPS):
        kin_by_group = np.zeros((regions, groups))
        group_heads = np.zeros((regions, groups))
        kin_by_camp = np.zeros((regions, 2))
        national = np.zeros(regions)
        for i in range(citizens):
            r = c.region[i]
            kin_by_group[r, c.group[i]] += shares[i, 0]
            group_heads[r, c.group[i]] += 1.0
            kin_by_camp[r, c.camp[i]] += shares[i, 0]
            national[r] += shares[i, 1]
        largest = 0.0
        for i in range(citizens):
            r = c.region[i]
            g = c.group[i]
            camp = c.camp[i]
            heads = around.camp_heads[r, 0] + around.camp_heads[r, 1]
            in_group_ties = 0
            in_group_kin = 0.0
            other_camp_kin = 0.0
            all_national = 0.0
            for k in range(first_tie[i], first_tie[i + 1]):
                j = ties[k]
                all_national += shares[j, 1]
                if c.group[j] == g:
                    in_group_ties += 1
                    in_group_kin += shares[j, 0]
                if c.camp[j] != camp:
                    other_camp_kin += shares[j, 0]
            degree = first_tie[i + 1] - first_tie[i]
            kin_seen = seen(p, in_group_kin, in_group_ties, kin_by_group[r, g] / group_heads[r, g])
            national_seen = seen(p, all_national, degree, national[r] / heads)
            c.kin_display_expected[i] = kin_seen
            c.provocation_expected[i] = seen(p, other_camp_kin, degree, kin_by_camp[r, 1 - camp] / heads)
            kin, none, national_share = display_shares(
                kin_symbol_utility(p, salience(p, 0.0), c.kinship[i], c.loyalty[i], kin_seen, p.initial_hostility, 0.0),
                national_symbol_utility(p, c.loyalty[i], national_seen, 0.0),
                setting.group_has_symbol[g],
            )
            other_share = around.camp_share[r, 1 - camp]
            displayer = harassment_probability(p, other_share, True, p.initial_hostility, 1.0, 0.0, rates.step)
            silent = harassment_probability(p, other_share, False, p.initial_hostility, 1.0, 0.0, rates.step)
            kin, none, national_share = stationary_shares(kin, none, national_share, rates.revision, displayer)
            c.harassment_expected[i] = kin * displayer + (1.0 - kin) * silent
            following[i, 0] = kin
            following[i, 1] = national_share
            largest = max(largest, abs(kin - shares[i, 0]), abs(national_share - shares[i, 1]))
        shares, following = following, shares
        if largest < TOLERANCE:
            break
    return shares


@compiled
def expect(
    c: Columns,
    first_tie: Ints,
    ties: NDArray[np.int32],
    setting: Setting,
    around: Surroundings,
    p: Parameters,
    rates: Rates,
) -> None:
    """Work out the month-0 expectations of everything that varies by chance, so that a calm world stays calm."""
    citizens = c.loyalty.size
    regions = around.camp_heads.shape[0]
    own_harassment = c.harassment_expected.copy()
    hazard = np.zeros(citizens)
    setting.victims_expected[:] = 0.0
    setting.departures_expected[:] = 0.0
    for i in range(citizens):
        g = c.group[i]
        hazard[i] = departure_probability(
            p,
            c.departure_base[i],
            c.kinship[i],
            0.0,
            setting.group_kin_welfare[0, g],
            0.0,
            p.initial_threat,
            c.loyalty[i],
            setting.group_loyalty[g],
            0.0,
            rates.step,
        )
        setting.victims_expected[c.region[i], c.camp[i]] += own_harassment[i]
        setting.departures_expected[c.region[i]] += hazard[i]
    for r in range(regions):
        heads = around.camp_heads[r, 0] + around.camp_heads[r, 1]
        if heads > 0.0:
            setting.region_victims_expected[r] = (
                setting.victims_expected[r, 0] + setting.victims_expected[r, 1]
            ) / heads
            setting.departures_expected[r] /= heads
        for camp in range(2):
            if around.camp_heads[r, camp] > 0.0:
                setting.victims_expected[r, camp] /= around.camp_heads[r, camp]
    for i in range(citizens):
        in_group_ties = 0
        near = own_harassment[i]
        other_camp_ties = 0
        leaving = 0.0
        for k in range(first_tie[i], first_tie[i + 1]):
            j = ties[k]
            if c.group[j] == c.group[i]:
                in_group_ties += 1
                near += own_harassment[j]
            if c.camp[j] != c.camp[i]:
                other_camp_ties += 1
            leaving += hazard[j]
        degree = first_tie[i + 1] - first_tie[i]
        c.harassment_expected[i] = near / (1 + in_group_ties)
        if degree > 0:
            c.other_camp_ties[i] = other_camp_ties / degree
            c.diaspora_expected[i] = leaving / degree / (1.0 - rates.diaspora_kept)


@compiled
def show_symbols(c: Columns, shares: Floats, seed: int, rates: Rates) -> None:
    """Draw what everybody shows at month 0 from the stationary shares, and set beliefs at rest."""
    for i in range(c.loyalty.size):
        draw = uniform(stream(seed, DISPLAY, 0), i)
        if draw < shares[i, 0]:
            c.display[i] = KIN_SYMBOL
        elif draw < 1.0 - shares[i, 1]:
            c.display[i] = NO_SYMBOL
        else:
            c.display[i] = NATIONAL_SYMBOL
        c.threat_log_odds[i] = rates.threat_at_rest
        c.hostility_log_odds[i] = rates.hostility_at_rest


def settle(
    country: Country,
    conflict: Conflict | None,
    p: Parameters,
    rates: Rates,
    regions: Ints,
    groups: Ints,
    network: Network,
    population_seed: int,
    seed: int,
    steps: int,
) -> tuple[Columns, Setting, Surroundings]:
    """Return the citizens at month 0, the society's fixed setting, and surroundings for the first step to fill."""
    citizens = regions.size
    kin_camp = country.kin_camp(conflict) if conflict else (False,) * len(country.groups)
    at_war = country.at_war(conflict) if conflict else (False,) * len(country.groups)
    camp = np.where(np.array(kin_camp), KIN_CAMP, OTHER_CAMP).astype(np.int64)
    region_count, group_count = len(country.regions), len(country.groups)
    traits = group_traits(country, p)

    columns = empty_columns(citizens)
    columns.region[:] = regions
    columns.group[:] = groups
    columns.camp[:] = camp[groups]
    setting = Setting(
        group_camp=camp,
        group_has_symbol=np.array([group.kin_state is not None for group in country.groups]),
        group_at_war=np.array(at_war),
        group_loyalty=np.zeros(group_count),
        group_kin_welfare=kin_welfare_series(country, steps, rates.step),
        victims_expected=np.zeros((region_count, 2)),
        region_victims_expected=np.zeros(region_count),
        departures_expected=np.zeros(region_count),
        region_first=np.searchsorted(regions, np.arange(region_count + 1)).astype(np.int64),
        initial_diversity=np.zeros(region_count),
        initial_institutions=country.institutions.resolve(p),
        initial_hostility=p.initial_hostility,
        seed=seed,
    )
    around = Surroundings(
        kin_display=np.zeros((region_count, group_count)),
        national_display=np.zeros(region_count),
        kin_display_per_head=np.zeros((region_count, 2)),
        hostility=np.zeros((region_count, 2)),
        camp_share=np.zeros((region_count, 2)),
        camp_heads=np.zeros((region_count, 2)),
        victims=np.zeros((region_count, 2)),
        diversity=np.zeros(region_count),
    )
    c, fixed, here = in_memory(columns), in_memory(setting), in_memory(around)
    compact, compact_rates = in_memory(p), in_memory(rates)
    draw_citizens(
        c,
        population_seed,
        traits.loyalty_shift,
        traits.kinship,
        traits.kin_television,
        country.income_spread.resolve(p),
        country.independent_share,
        compact,
    )
    count_heads(c, fixed, here)
    weigh_departures(c, fixed, traits.departures, compact)
    shares = settle_display(c, network.first, network.ties, fixed, here, compact, compact_rates)
    expect(c, network.first, network.ties, fixed, here, compact, compact_rates)
    show_symbols(c, shares, population_seed, compact_rates)
    return columns, setting, around

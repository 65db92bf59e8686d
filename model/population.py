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
from model.columns import (
    KIN_CAMP,
    OTHER_CAMP,
    Columns,
    Floats,
    Ints,
    Numbers,
    Schedule,
    Setting,
    Surroundings,
    empty_columns,
    glances,
)
from model.compiling import compiled
from model.crew import Crew, largest_first
from model.network import Network
from model.prefetching import prefetch
from model.tables import in_memory
from scenarios import LEVERS, Conflict, Country, Policy
from scenarios.parameters import Parameters

SWEEPS = 40
TOLERANCE = 1e-10
QUADRATURE_POINTS = 64
TIES_AHEAD = 64  # how far ahead what ties show is asked for
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
    first: int,
    last: int,
) -> None:
    """Draw what is fixed for life, for citizens in a block: kinship, media diet, income and initial loyalty."""
    for i in range(first, last):
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
    """Count month-0 heads by region, group and camp, and each region's diversity."""
    heads = setting.cohort
    regions, groups = heads.shape
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
    shares: Floats,
    following: Floats,
    r: int,
) -> float:
    """Bring the shares [citizens, 2] of kin and national symbols in one region a sweep nearer to the stationary ones.

    Exposures are expected shares. Reads `shares`, writes `following`, and returns the largest change. Leaves in the
    columns what each citizen expects to see, and in `harassment_expected` the citizen's own expected harassment of one
    step.
    """
    groups = around.kin_display.shape[1]
    here = range(setting.region_first[r], setting.region_first[r + 1])
    last_tie = ties.size - 1
    kin_by_group = np.zeros(groups)
    group_heads = np.zeros(groups)
    kin_by_camp = np.zeros(2)
    national = 0.0
    for i in here:
        kin_by_group[c.group[i]] += shares[i, 0]
        group_heads[c.group[i]] += 1.0
        kin_by_camp[c.camp[i]] += shares[i, 0]
        national += shares[i, 1]
    heads = around.camp_heads[r, 0] + around.camp_heads[r, 1]
    displayer = np.zeros(2)
    silent = np.zeros(2)
    for camp in range(2):
        other_share = around.camp_share[r, 1 - camp]
        displayer[camp] = harassment_probability(p, other_share, True, p.initial_hostility, 1.0, 0.0, rates.step)
        silent[camp] = harassment_probability(p, other_share, False, p.initial_hostility, 1.0, 0.0, rates.step)
    largest = 0.0
    for i in here:
        g = c.group[i]
        camp = c.camp[i]
        in_group_ties = 0
        in_group_kin = 0.0
        other_camp_kin = 0.0
        all_national = 0.0
        for k in range(first_tie[i], first_tie[i + 1]):
            ahead = ties[min(k + TIES_AHEAD, last_tie)]
            prefetch(c.group, ahead)
            prefetch(shares, ahead)
            j = ties[k]
            is_in_group = c.group[j] == g
            all_national += shares[j, 1]
            in_group_ties += 1 if is_in_group else 0
            in_group_kin += shares[j, 0] if is_in_group else 0.0
            other_camp_kin += shares[j, 0] if setting.group_camp[c.group[j]] != camp else 0.0
        degree = first_tie[i + 1] - first_tie[i]
        kin_seen = seen(p, in_group_kin, in_group_ties, kin_by_group[g] / group_heads[g])
        national_seen = seen(p, all_national, degree, national / heads)
        c.kin_display_expected[i] = kin_seen
        c.provocation_expected[i] = seen(p, other_camp_kin, degree, kin_by_camp[1 - camp] / heads)
        kin, none, national_share = display_shares(
            kin_symbol_utility(p, salience(p, 0.0), c.kinship[i], c.loyalty[i], kin_seen, p.initial_hostility, 0.0),
            national_symbol_utility(p, c.loyalty[i], national_seen, 0.0),
            setting.group_has_symbol[g],
        )
        kin, none, national_share = stationary_shares(kin, none, national_share, rates.revision, displayer[camp])
        c.harassment_expected[i] = kin * displayer[camp] + (1.0 - kin) * silent[camp]
        following[i, 0] = kin
        following[i, 1] = national_share
        largest = max(largest, abs(kin - shares[i, 0]), abs(national_share - shares[i, 1]))
    return largest


@compiled
def expect_events(
    c: Columns, setting: Setting, around: Surroundings, p: Parameters, rates: Rates, expected: Floats, r: int
) -> None:
    """Work out how many of a region should be harassed and leave in a step of month 0.

    Fills in `expected` [citizens, 2], everybody's own probability of either.
    """
    setting.victims_expected[r] = 0.0
    setting.departures_expected[r] = 0.0
    for i in range(setting.region_first[r], setting.region_first[r + 1]):
        g = c.group[i]
        expected[i, 0] = c.harassment_expected[i]
        expected[i, 1] = departure_probability(
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
        setting.victims_expected[r, c.camp[i]] += expected[i, 0]
        setting.departures_expected[r] += expected[i, 1]
    heads = around.camp_heads[r, 0] + around.camp_heads[r, 1]
    if heads > 0.0:
        setting.region_victims_expected[r] = (setting.victims_expected[r, 0] + setting.victims_expected[r, 1]) / heads
        setting.departures_expected[r] /= heads
    for camp in range(2):
        if around.camp_heads[r, camp] > 0.0:
            setting.victims_expected[r, camp] /= around.camp_heads[r, camp]


@compiled
def expect_from_ties(
    c: Columns,
    first_tie: Ints,
    ties: NDArray[np.int32],
    setting: Setting,
    rates: Rates,
    expected: Floats,
    first: int,
    last: int,
) -> None:
    """Work out what citizens in a block should see happen to their ties, so that a calm world stays calm."""
    last_tie = ties.size - 1
    for i in range(first, last):
        g = c.group[i]
        camp = c.camp[i]
        in_group_ties = 0
        near = expected[i, 0]
        other_camp_ties = 0
        leaving = 0.0
        for k in range(first_tie[i], first_tie[i + 1]):
            ahead = ties[min(k + TIES_AHEAD, last_tie)]
            prefetch(c.group, ahead)
            prefetch(expected, ahead)
            j = ties[k]
            is_in_group = c.group[j] == g
            in_group_ties += 1 if is_in_group else 0
            near += expected[j, 0] if is_in_group else 0.0
            other_camp_ties += 1 if setting.group_camp[c.group[j]] != camp else 0
            leaving += expected[j, 1]
        degree = first_tie[i + 1] - first_tie[i]
        c.harassment_expected[i] = near / (1 + in_group_ties)
        if degree > 0:
            c.other_camp_ties[i] = other_camp_ties / degree
            c.diaspora_expected[i] = leaving / degree / (1.0 - rates.diaspora_kept)


@compiled
def show_symbols(c: Columns, shares: Floats, seed: int, rates: Rates, first: int, last: int) -> None:
    """Draw what citizens in a block show at month 0 from the stationary shares, and set beliefs at rest."""
    for i in range(first, last):
        draw = uniform(stream(seed, DISPLAY, 0), i)
        if draw < shares[i, 0]:
            c.display[i] = KIN_SYMBOL
        elif draw < 1.0 - shares[i, 1]:
            c.display[i] = NO_SYMBOL
        else:
            c.display[i] = NATIONAL_SYMBOL
        c.threat_log_odds[i] = rates.threat_at_rest
        c.hostility_log_odds[i] = rates.hostility_at_rest


@compiled
def draw_lots(lots: np.uint64, luck: Floats) -> None:
    """Write everybody's draw of a stream."""
    for i in range(luck.size):
        luck[i] = uniform(lots, i)  # type: ignore[arg-type]


def settle(
    country: Country,
    conflict: Conflict | None,
    p: Parameters,
    rates: Rates,
    regions: Numbers,
    groups: Numbers,
    network: Network,
    population_seed: int,
    seed: int,
    steps: int,
    crew: Crew,
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
        glances=glances(camp),
        group_has_symbol=np.array([group.kin_state is not None for group in country.groups]),
        group_at_war=np.array(at_war),
        group_loyalty=np.zeros(group_count),
        group_kin_welfare=kin_welfare_series(country, steps, rates.step),
        victims_expected=np.zeros((region_count, 2)),
        region_victims_expected=np.zeros(region_count),
        departures_expected=np.zeros(region_count),
        cohort=np.zeros((region_count, group_count)),
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
    blocks = crew.blocks(citizens)
    places = largest_first(np.diff(setting.region_first))
    drawn = (
        population_seed,
        traits.loyalty_shift,
        traits.kinship,
        traits.kin_television,
        country.income_spread.resolve(p),
        country.independent_share,
    )
    crew.each(draw_citizens, [(c, *drawn, compact, *block) for block in blocks])
    count_heads(c, fixed, here)
    weigh_departures(c, fixed, traits.departures, compact)
    shares, following = np.zeros((citizens, 2)), np.zeros((citizens, 2))
    around_ties = (c, network.first, network.ties)
    for _ in range(SWEEPS):
        in_each = [(*around_ties, fixed, here, compact, compact_rates, shares, following, r) for r in places]
        change = max(crew.each(settle_display, in_each))
        shares, following = following, shares
        if change < TOLERANCE:
            break
    expected = following
    crew.each(expect_events, [(c, fixed, here, compact, compact_rates, expected, r) for r in places])
    crew.each(expect_from_ties, [(*around_ties, fixed, compact_rates, expected, *block) for block in blocks])
    crew.each(show_symbols, [(c, shares, population_seed, compact_rates, *block) for block in blocks])
    return columns, setting, around

"""The books of a society: what is counted every month, by region and group.

A census counts *stocks* at the end of a month, a tally counts *flows* of events within it. Both are plain sums over
citizens in the order of their numbers, so every mean, share and national figure follows from them exactly.
"""

from __future__ import annotations

import math

from agents.rules.display import KIN_SYMBOL, NATIONAL_SYMBOL
from agents.rules.enforcement import repressive_pressure, sanction_probability
from agents.rules.rates import sigmoid
from agents.rules.speech import share_believed
from model.columns import GONE, KIN_CAMP, World, look_of
from model.compiling import compiled
from scenarios.parameters import Parameters

STOCKS: tuple[str, ...] = (
    "present",  # heads
    "loyalty_cohort",  # sum of L over the month-0 cohort, leavers at their value when they left
    "loyalty",  # sums over those present, here and below
    "loyalty_squared",
    "kin_display",  # heads showing the kin symbol
    "national_display",
    "suppressed",  # kin display that the threat of sanctions suppresses, in heads
    "falsified",
    "threat",
    "hostility",
    "injustice_memory",
    "fairness",
    "welfare",
    "kin_welfare",
    "fine",
    "income",
    "fines_paid",
    "disposable",
    "disposable_log",  # disposable income times its log, for the Theil index
)
FLOWS: tuple[str, ...] = (
    "sanctions_just",
    "sanctions_unjust",
    "harassed",
    "departed",
)
NATION: tuple[str, ...] = (
    "institutions",
    "accustomed_gain",
    "conflict",
    "coercion",
    "welfare_lever",
    "reform",
    "media",
    "contact",
    "cost",
    "tax",
    "rents",
    "fine_revenue",
    "transfer_to_kin_camp",
    "transfer_to_others",
)

PRESENT = STOCKS.index("present")
LOYALTY_COHORT = STOCKS.index("loyalty_cohort")
LOYALTY = STOCKS.index("loyalty")
LOYALTY_SQUARED = STOCKS.index("loyalty_squared")
KIN_DISPLAY = STOCKS.index("kin_display")
NATIONAL_DISPLAY = STOCKS.index("national_display")
SUPPRESSED = STOCKS.index("suppressed")
FALSIFIED = STOCKS.index("falsified")
THREAT = STOCKS.index("threat")
HOSTILITY = STOCKS.index("hostility")
INJUSTICE_MEMORY = STOCKS.index("injustice_memory")
FAIRNESS = STOCKS.index("fairness")
WELFARE = STOCKS.index("welfare")
KIN_WELFARE = STOCKS.index("kin_welfare")
FINE = STOCKS.index("fine")
INCOME = STOCKS.index("income")
FINES_PAID = STOCKS.index("fines_paid")
DISPOSABLE = STOCKS.index("disposable")
DISPOSABLE_LOG = STOCKS.index("disposable_log")

SANCTIONS_JUST = FLOWS.index("sanctions_just")
SANCTIONS_UNJUST = FLOWS.index("sanctions_unjust")
HARASSED = FLOWS.index("harassed")
DEPARTED = FLOWS.index("departed")


@compiled
def take_census(world: World, p: Parameters, row: int, step: int) -> None:
    """Count every citizen's state into row `row` of the books; refresh what it implies and what ties see of it."""
    for r in range(world.economy.output.size):
        count_region(world, p, row, step, r)


@compiled
def count_region(world: World, p: Parameters, row: int, step: int, r: int) -> None:
    """Take the census of one region; refresh what the state implies (T, H, income) and the faces for step `step`."""
    c = world.columns
    schedule = world.schedule
    pressure = repressive_pressure(p, sanction_probability(p, schedule.coercion[min(step, schedule.coercion.size - 1)]))
    believed = share_believed(p, pressure)
    output = world.economy.output[r]
    cells = world.history.stocks[row]
    cells[r] = 0.0
    for i in range(world.setting.region_first[r], world.setting.region_first[r + 1]):
        cell = cells[r, c.group[i]]
        loyalty = c.loyalty[i]
        cell[LOYALTY_COHORT] += loyalty
        voice = world.faces.voice[i]
        if not c.present[i]:
            world.faces.look[i] = GONE
            voice.heard = c.diaspora_pull[i]
            voice.hostility = 0.0
            continue
        threat = sigmoid(c.threat_log_odds[i])
        hostility = sigmoid(c.hostility_log_odds[i])
        income = math.exp(output + c.log_income[i])
        disposable = math.exp(c.log_income[i] + c.welfare[i])
        world.faces.look[i] = look_of(c.group[i], c.display[i])
        voice.heard = (loyalty - c.initial_loyalty[i]) + believed * c.falsified[i]
        voice.hostility = hostility
        c.threat[i] = threat
        c.hostility[i] = hostility
        c.income[i] = income
        cell[PRESENT] += 1.0
        cell[LOYALTY] += loyalty
        cell[LOYALTY_SQUARED] += loyalty * loyalty
        if c.display[i] == KIN_SYMBOL:
            cell[KIN_DISPLAY] += 1.0
        elif c.display[i] == NATIONAL_SYMBOL:
            cell[NATIONAL_DISPLAY] += 1.0
        cell[SUPPRESSED] += c.suppressed[i]
        cell[FALSIFIED] += c.falsified[i]
        cell[THREAT] += threat
        cell[HOSTILITY] += hostility
        cell[INJUSTICE_MEMORY] += c.injustice_memory[i]
        cell[FAIRNESS] += c.fairness[i]
        cell[WELFARE] += c.welfare[i]
        cell[KIN_WELFARE] += c.kin_welfare[i]
        cell[FINE] += c.fine[i]
        cell[INCOME] += income
        cell[FINES_PAID] += c.fine[i] * income
        cell[DISPOSABLE] += disposable
        cell[DISPOSABLE_LOG] += disposable * (c.log_income[i] + c.welfare[i])


@compiled
def survey(world: World, row: int) -> None:
    """Work out, from the census in row `row`, what each region shows its citizens."""
    cells = world.history.stocks[row]
    s = world.surroundings
    regions, groups, _ = cells.shape
    for r in range(regions):
        heads = 0.0
        national = 0.0
        concentration = 0.0
        s.camp_heads[r, :] = 0.0
        s.hostility[r, :] = 0.0
        s.kin_display_per_head[r, :] = 0.0
        for g in range(groups):
            camp = world.setting.group_camp[g]
            present = cells[r, g, PRESENT]
            heads += present
            national += cells[r, g, NATIONAL_DISPLAY]
            s.camp_heads[r, camp] += present
            s.hostility[r, camp] += cells[r, g, HOSTILITY]
            s.kin_display_per_head[r, camp] += cells[r, g, KIN_DISPLAY]
            s.kin_display[r, g] = cells[r, g, KIN_DISPLAY] / present if present > 0.0 else 0.0
        s.national_display[r] = national / heads if heads > 0.0 else 0.0
        for camp in range(2):
            camp_heads = s.camp_heads[r, camp]
            s.camp_share[r, camp] = camp_heads / heads if heads > 0.0 else 0.0
            s.kin_display_per_head[r, camp] = s.kin_display_per_head[r, camp] / heads if heads > 0.0 else 0.0
            if camp_heads > 0.0:
                s.hostility[r, camp] = s.hostility[r, camp] / camp_heads
            else:
                s.hostility[r, camp] = world.setting.initial_hostility
        for g in range(groups):
            share = cells[r, g, PRESENT] / heads if heads > 0.0 else 0.0
            concentration += share * share
        s.diversity[r] = 1.0 - concentration if heads > 0.0 else world.setting.initial_diversity[r]


@compiled
def count_victims(world: World) -> None:
    """Work out, by region and camp, the share harassed in this step, and mark whom an event came near."""
    c = world.columns
    s = world.surroundings
    s.victims[:] = 0.0
    for i in range(c.loyalty.size):
        if c.harassed[i]:
            s.victims[c.region[i], c.camp[i]] += 1.0
        if c.harassed[i] or c.sanctioned[i]:
            c.event_near[i] = True
            for k in range(world.first_tie[i], world.first_tie[i + 1]):
                c.event_near[world.ties[k]] = True
    for r in range(s.victims.shape[0]):
        for camp in range(2):
            if s.camp_heads[r, camp] > 0.0:
                s.victims[r, camp] = s.victims[r, camp] / s.camp_heads[r, camp]


@compiled
def tally_events(world: World, row: int, r: int) -> None:
    """Add this step's events in one region to row `row` of the books."""
    c = world.columns
    cells = world.history.flows[row, r]
    for i in range(world.setting.region_first[r], world.setting.region_first[r + 1]):
        if c.sanctioned[i]:
            cell = cells[c.group[i]]
            cell[SANCTIONS_JUST] += 1.0 - c.injustice[i]
            cell[SANCTIONS_UNJUST] += c.injustice[i]
        if c.harassed[i]:
            cells[c.group[i], HARASSED] += 1.0
        if c.departed[i]:
            cells[c.group[i], DEPARTED] += 1.0


@compiled
def kin_camp_share(world: World) -> float:
    """Return the kin camp's share of present citizens, from the last survey."""
    kin_camp = 0.0
    heads = 0.0
    for r in range(world.surroundings.camp_heads.shape[0]):
        kin_camp += world.surroundings.camp_heads[r, KIN_CAMP]
        heads += world.surroundings.camp_heads[r, 0] + world.surroundings.camp_heads[r, 1]
    return kin_camp / heads if heads > 0.0 else 0.0

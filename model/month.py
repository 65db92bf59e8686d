"""The fast engine: a month of every citizen's life, compiled over columns.

Read `live_months` first: it is the month, in the order of the specification (section 3, ruling 3). `look_around` and
`live` are what `agents.citizen.Citizen` does under the same names, rule by rule; citizens may be taken in blocks and by
several threads, because each writes only its own row.
"""

from __future__ import annotations

from agents.rules.budget import aspiration_next, welfare_change
from agents.rules.conditions import Conditions, conditions
from agents.rules.conflict import kin_welfare_seen, salience
from agents.rules.departure import departure_probability
from agents.rules.display import (
    KIN_SYMBOL,
    chosen,
    display_shares,
    kin_symbol_utility,
    national_symbol_utility,
    reconsiders,
)
from agents.rules.enforcement import fine_next, injustice, is_sanctioned
from agents.rules.exposure import seen
from agents.rules.fairness import fairness_felt, injustice_memory_next
from agents.rules.hostility import hostility_next
from agents.rules.institutions import institutions_next, output_next
from agents.rules.loyalty import loyalty_next, loyalty_target
from agents.rules.rates import Rates
from agents.rules.speech import falsification, speech_memory_next
from agents.rules.street import harassment_probability
from agents.rules.threat import threat_next
from model.books import (
    FINES_PAID,
    INCOME,
    PRESENT,
    count_victims,
    kin_camp_share,
    survey,
    take_census,
    tally_events,
)
from model.chance import CHOOSE, DEPART, HARASS, REVISE, SANCTION, stream, uniform
from model.columns import (
    GONE,
    IN_GROUP_KIN_DISPLAY,
    IN_GROUP_TIES,
    KIN_CAMP,
    NATIONAL_DISPLAY,
    OTHER_CAMP_KIN_DISPLAY,
    OTHER_CAMP_TIES,
    PRESENT_TIES,
    World,
    counted,
)
from model.compiling import compiled
from model.prefetching import prefetch
from scenarios.parameters import Parameters

INSTITUTIONS = 0
ACCUSTOMED_GAIN = 1

TIES_AHEAD = 64
"""How far ahead the faces of ties are asked for: some six citizens, as long as memory takes to answer."""


@compiled
def open_step(world: World, p: Parameters, rates: Rates, step: int, row: int) -> Conditions:
    """Survey the regions from the census in row `row` and return the conditions of step `step`."""
    survey(world, row)
    income = 0.0
    fines_paid = 0.0
    heads = 0.0
    cells = world.history.stocks[row]
    for r in range(cells.shape[0]):
        for g in range(cells.shape[1]):
            income += cells[r, g, INCOME]
            fines_paid += cells[r, g, FINES_PAID]
            heads += cells[r, g, PRESENT]
    s = world.schedule
    return conditions(
        p,
        step * rates.step,
        s.coercion[step],
        s.welfare[step],
        s.reform[step],
        s.media[step],
        s.contact[step],
        s.conflict[step],
        s.kin_welfare_shock[step],
        world.economy.national[INSTITUTIONS],
        world.setting.initial_institutions,
        world.economy.national[ACCUSTOMED_GAIN],
        fines_paid / income if income > 0.0 else 0.0,
        income / heads if heads > 0.0 else 1.0,
        kin_camp_share(world),
        s.targeted[step],
    )


@compiled
def look_around(world: World, p: Parameters, rates: Rates, now: Conditions, step: int, first: int, last: int) -> None:
    """See what ties and the region show, and meet the state and the street (3.1, 3.3, 3.4), for citizens in a block."""
    c = world.columns
    around = world.surroundings
    setting = world.setting
    faces = world.faces
    last_tie = world.ties.size - 1
    sanction_luck = stream(setting.seed, SANCTION, step)
    harass_luck = stream(setting.seed, HARASS, step)
    for i in range(first, last):
        if i < 0:  # Never. Told so, the compiler need not ask at each column whether i counts from its end.
            continue  # pragma: no cover
        c.event_near[i] = False
        if not c.present[i]:
            c.sanctioned[i] = False
            c.injustice[i] = 0.0
            c.harassed[i] = False
            continue
        region = c.region[i]
        group = c.group[i]
        camp = c.camp[i]
        other_camp = 1 - camp
        glances = 0
        other_camp_hostility = 0.0
        peers = 0.0
        diaspora = 0.0
        for k in range(world.first_tie[i], world.first_tie[i + 1]):
            ahead = world.ties[min(k + TIES_AHEAD, last_tie)]
            prefetch(faces.look, ahead)
            prefetch(faces.voice, ahead)
            look = faces.look[world.ties[k]]
            voice = faces.voice[world.ties[k]]
            glance = setting.glances[group, look]
            glances += glance
            # Adding nothing instead of leaving out: what a tie is cannot be foreseen, and a wrong guess costs dearly.
            other_camp_hostility += voice.hostility if counted(glance, OTHER_CAMP_TIES) == 1 else 0.0
            peers += 0.0 if look == GONE else voice.heard
            diaspora += voice.heard if look == GONE else 0.0
        ties = world.first_tie[i + 1] - world.first_tie[i]
        present_ties = counted(glances, PRESENT_TIES)
        c.kin_display_seen[i] = seen(
            p,
            counted(glances, IN_GROUP_KIN_DISPLAY),
            counted(glances, IN_GROUP_TIES),
            around.kin_display[region, group],
        )
        c.national_display_seen[i] = seen(
            p, counted(glances, NATIONAL_DISPLAY), present_ties, around.national_display[region]
        )
        c.hostility_seen[i] = seen(
            p, other_camp_hostility, counted(glances, OTHER_CAMP_TIES), around.hostility[region, other_camp]
        )
        c.provocation[i] = seen(
            p,
            counted(glances, OTHER_CAMP_KIN_DISPLAY),
            present_ties,
            around.kin_display_per_head[region, other_camp],
        )
        c.peers[i] = peers / present_ties if present_ties > 0 else 0.0
        c.diaspora[i] = diaspora / ties if ties > 0 else 0.0

        in_kin_camp = camp == KIN_CAMP
        shows_kin_symbol = c.display[i] == KIN_SYMBOL
        c.sanctioned[i] = (
            in_kin_camp
            and now.sanction > 0.0
            and is_sanctioned(p, uniform(sanction_luck, i), now.sanction, shows_kin_symbol, rates.step)
        )
        c.injustice[i] = injustice(p, shows_kin_symbol) if c.sanctioned[i] else 0.0
        c.harassed[i] = uniform(harass_luck, i) < harassment_probability(
            p,
            around.camp_share[region, other_camp],
            shows_kin_symbol,
            c.hostility_seen[i],
            now.protected,
            now.coercion if in_kin_camp else 0.0,
            rates.step,
        )


@compiled
def live(world: World, p: Parameters, rates: Rates, now: Conditions, step: int, first: int, last: int) -> None:
    """Move every state of the citizens in a block from month t to the next (3.2, 3.5 to 3.11)."""
    c = world.columns
    around = world.surroundings
    setting = world.setting
    revise_luck = stream(setting.seed, REVISE, step)
    choose_luck = stream(setting.seed, CHOOSE, step)
    depart_luck = stream(setting.seed, DEPART, step)
    for i in range(first, last):
        if i < 0:  # Never. Told so, the compiler need not ask at each column whether i counts from its end.
            continue  # pragma: no cover
        if not c.present[i]:
            c.diaspora_pull[i] *= rates.diaspora_kept
            c.departed[i] = False
            continue
        region = c.region[i]
        group = c.group[i]
        camp = c.camp[i]
        in_kin_camp = camp == KIN_CAMP
        coercion = now.coercion if in_kin_camp else 0.0
        sanction = now.sanction if in_kin_camp else 0.0
        pressure = now.pressure if in_kin_camp else 0.0
        conflict = now.conflict if setting.group_at_war[group] else 0.0
        loyalty = c.loyalty[i]
        shows_kin_symbol = c.display[i] == KIN_SYMBOL

        injustice_near = 0.0
        harassment_near = 0.0
        if c.event_near[i]:
            in_group_ties = 0
            injustices = c.injustice[i]
            harassments = 1 if c.harassed[i] else 0
            for k in range(world.first_tie[i], world.first_tie[i + 1]):
                j = world.ties[k]
                if c.present[j] and c.group[j] == group:
                    in_group_ties += 1
                    injustices += c.injustice[j]
                    if c.harassed[j]:
                        harassments += 1
            injustice_near = injustices / (1 + in_group_ties)
            harassment_near = harassments / (1 + in_group_ties)

        kin_welfare = setting.group_kin_welfare[step, group]
        if in_kin_camp:
            kin_welfare = kin_welfare_seen(
                p,
                kin_welfare + now.kin_welfare_shock,
                c.kinship[i],
                c.kin_television[i],
                now.conflict,
                now.media,
            )

        kin_utility = kin_symbol_utility(
            p,
            salience(p, conflict),
            c.kinship[i],
            loyalty,
            c.kin_display_seen[i],
            c.hostility_seen[i],
            sanction,
        )
        national_utility = national_symbol_utility(p, loyalty, c.national_display_seen[i], coercion)
        has_kin_symbol = setting.group_has_symbol[group]
        revises = reconsiders(
            uniform(revise_luck, i), rates.revision, shows_kin_symbol, c.sanctioned[i] or c.harassed[i]
        )
        display = c.display[i]
        suppressed = 0.0
        if revises or sanction > 0.0:
            kin_share, none_share, _ = display_shares(kin_utility, national_utility, has_kin_symbol)
            if revises:
                display = chosen(uniform(choose_luck, i), kin_share, none_share)
            if sanction > 0.0:
                unafraid, _, _ = display_shares(
                    kin_utility + p.sanction_deterrence * sanction, national_utility, has_kin_symbol
                )
                suppressed = unafraid - kin_share

        threat_log_odds = threat_next(
            p,
            rates,
            c.threat_log_odds[i],
            in_kin_camp,
            c.kin_television[i],
            now.conflict,
            c.other_camp_ties[i],
            now.coercion,
            now.media,
            now.contact,
            injustice_near,
            harassment_near,
            c.harassment_expected[i],
        )
        transfer = now.transfer_to_kin_camp if in_kin_camp else now.transfer_to_others
        left_out = 0.0 if in_kin_camp else now.left_out
        hostility_log_odds = hostility_next(
            p,
            rates,
            c.hostility_log_odds[i],
            c.provocation[i],
            c.provocation_expected[i],
            now.salience,
            c.aspiration[i] - c.welfare[i],
            around.victims[region, camp],
            setting.victims_expected[region, camp],
            left_out,
            now.contact * c.other_camp_ties[i],
        )
        welfare = welfare_change(
            world.economy.output[region], now.tax, c.fine[i], transfer, now.mean_income, c.income[i]
        )
        aspiration = aspiration_next(c.aspiration[i], c.welfare[i], rates.aspiration_moved)
        fine = fine_next(p, c.fine[i], c.sanctioned[i], rates.fine_kept)
        fairness = fairness_felt(
            p, now.institutions_gain, now.accustomed_gain, c.kin_television[i], now.reform, c.injustice_memory[i]
        )
        injustice_memory = injustice_memory_next(p, c.injustice_memory[i], c.injustice[i], rates.injustice_kept)
        falsified = falsification(p, pressure, loyalty)
        speech_memory = speech_memory_next(c.speech_memory[i], c.falsified[i], rates.speech_moved)
        target = loyalty_target(
            p,
            c.anchor[i],
            c.kinship[i],
            c.welfare[i],
            kin_welfare,
            c.aspiration[i],
            fairness,
            c.hostility_seen[i],
            c.threat[i],
            conflict,
            c.peers[i],
            c.speech_memory[i],
            pressure,
            c.kin_display_seen[i] - c.kin_display_expected[i],
            coercion,
            c.national_television[i],
            now.media,
        )
        leaves = uniform(depart_luck, i) < departure_probability(
            p,
            c.departure_base[i],
            c.kinship[i],
            c.welfare[i],
            kin_welfare,
            conflict,
            c.threat[i],
            loyalty,
            setting.group_loyalty[group],
            c.diaspora[i] - c.diaspora_expected[i] * now.diaspora_built_up,
            rates.step,
        )

        c.display[i] = display
        c.suppressed[i] = suppressed
        c.threat_log_odds[i] = threat_log_odds
        c.hostility_log_odds[i] = hostility_log_odds
        c.welfare[i] = welfare
        c.aspiration[i] = aspiration
        c.fine[i] = fine
        c.fairness[i] = fairness
        c.kin_welfare[i] = kin_welfare
        c.injustice_memory[i] = injustice_memory
        c.falsified[i] = falsified
        c.speech_memory[i] = speech_memory
        c.loyalty[i] = loyalty_next(loyalty, target, rates.loyalty_moved)
        c.departed[i] = leaves


@compiled
def close_region(world: World, p: Parameters, rates: Rates, now: Conditions, row: int, r: int) -> None:
    """Let a region's departed go, move its output (3.12), and write its events into the books."""
    c = world.columns
    setting = world.setting
    around = world.surroundings
    tally_events(world, row, r)
    departures = 0.0
    for i in range(setting.region_first[r], setting.region_first[r + 1]):
        if c.departed[i]:
            departures += 1.0
            c.present[i] = False
            c.diaspora_pull[i] = 1.0
    heads = around.camp_heads[r, 0] + around.camp_heads[r, 1]
    victims = around.victims[r, 0] * around.camp_heads[r, 0] + around.victims[r, 1] * around.camp_heads[r, 1]
    if heads > 0.0:
        world.economy.output[r] = output_next(
            p,
            rates,
            world.economy.output[r],
            now.institutions_gain,
            now.welfare,
            around.diversity[r] - setting.initial_diversity[r],
            victims / heads - setting.region_victims_expected[r],
            departures / heads - setting.departures_expected[r],
        )
    world.history.output[row, r] = world.economy.output[r]


@compiled
def close_nation(world: World, p: Parameters, rates: Rates, now: Conditions, step: int, row: int) -> None:
    """Move institutions (3.12) and write the budget into the books."""
    economy = world.economy
    setting = world.setting
    institutions = economy.national[INSTITUTIONS]
    economy.national[INSTITUTIONS] = institutions_next(
        p, rates, institutions, setting.initial_institutions, now.reform, now.coercion
    )
    economy.national[ACCUSTOMED_GAIN] = aspiration_next(
        now.accustomed_gain, now.institutions_gain, rates.aspiration_moved
    )
    nation = world.history.nation[row]
    nation[0] = economy.national[INSTITUTIONS]
    nation[1] = economy.national[ACCUSTOMED_GAIN]
    nation[2] = world.schedule.conflict[step]
    nation[3] = now.coercion
    nation[4] = now.welfare
    nation[5] = now.reform
    nation[6] = now.media
    nation[7] = now.contact
    nation[8] = now.cost
    nation[9] = now.tax
    nation[10] = now.cost * p.resource_rent_share
    nation[11] = now.cost * (1.0 - p.resource_rent_share) - now.tax
    nation[12] = now.transfer_to_kin_camp
    nation[13] = now.transfer_to_others


@compiled
def close_step(world: World, p: Parameters, rates: Rates, now: Conditions, step: int, row: int) -> None:
    """Let the departed go, move institutions and output (3.12), and write events and budget into the books."""
    for r in range(world.economy.output.size):
        close_region(world, p, rates, now, row, r)
    close_nation(world, p, rates, now, step, row)


@compiled
def live_months(world: World, p: Parameters, rates: Rates, start: int, months: int, steps_a_month: int) -> None:
    """Live `months` months from month `start`, in one thread; the books get a row for each."""
    everybody = world.columns.loyalty.size
    for month in range(start, start + months):
        row = month + 1
        world.history.flows[row] = 0.0
        for step in range(month * steps_a_month, row * steps_a_month):
            # Within a month of several steps each step reads the census of the one before.
            census = month if step == month * steps_a_month else row
            now = open_step(world, p, rates, step, census)
            look_around(world, p, rates, now, step, 0, everybody)
            count_victims(world)
            live(world, p, rates, now, step, 0, everybody)
            close_step(world, p, rates, now, step, row)
            take_census(world, p, row, step + 1)

"""A citizen, in plain Python: what one person sees, meets and becomes in a month.

This is the model as people read it. The fast engine (`model.month`) does the same over columns, rule by rule, and a
test holds the two to the same numbers, to the last bit.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Protocol

from mesa import Agent

from agents.rules.budget import aspiration_next, welfare_change
from agents.rules.conditions import Conditions
from agents.rules.conflict import kin_welfare_seen, salience
from agents.rules.departure import departure_probability
from agents.rules.display import (
    KIN_SYMBOL,
    NATIONAL_SYMBOL,
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
from agents.rules.loyalty import loyalty_next, loyalty_target
from agents.rules.rates import Rates, logit, sigmoid
from agents.rules.speech import falsification, speech_memory_next
from agents.rules.street import harassment_probability
from agents.rules.threat import threat_next
from scenarios.parameters import Parameters

KIN_CAMP = 0


class Place(NamedTuple):
    """What a region shows in this step; the lists are indexed by group or by camp (0 kin camp, 1 the others)."""

    kin_display: list[float]
    national_display: float
    kin_display_per_head: list[float]
    hostility: list[float]
    camp_share: list[float]
    victims: list[float]
    victims_expected: list[float]
    output: float


class Community(NamedTuple):
    """What a group shares: whether it has a kin symbol, whether its kin state is at war, and its month-0 loyalty."""

    has_symbol: bool
    at_war: bool
    loyalty: float
    kin_welfare: float


class Luck(Protocol):
    """One step's draws, each a number in (0, 1) that depends on the citizen's number alone."""

    def revise(self, citizen: int) -> float: ...  # noqa: D102
    def choose(self, citizen: int) -> float: ...  # noqa: D102
    def sanction(self, citizen: int) -> float: ...  # noqa: D102
    def harass(self, citizen: int) -> float: ...  # noqa: D102
    def depart(self, citizen: int) -> float: ...  # noqa: D102


class Circumstances(NamedTuple):
    """Everything outside a citizen that one step depends on."""

    parameters: Parameters
    rates: Rates
    now: Conditions
    places: list[Place]
    communities: list[Community]
    luck: Luck


class Citizen(Agent):  # type: ignore[misc]
    """One person. Attributes carry the names, units and ranges of `model.columns.Columns`."""

    number: int
    ties: list[Citizen]

    region: int
    group: int
    camp: int
    kinship: float
    kin_television: float
    national_television: float
    log_income: float
    initial_loyalty: float
    anchor: float
    other_camp_ties: float
    departure_base: float
    kin_display_expected: float
    provocation_expected: float
    harassment_expected: float
    diaspora_expected: float

    loyalty: float
    display: int
    falsified: float
    speech_memory: float
    threat_log_odds: float
    hostility_log_odds: float
    injustice_memory: float
    welfare: float
    aspiration: float
    fine: float
    present: bool
    diaspora_pull: float

    kin_display_seen: float
    national_display_seen: float
    hostility_seen: float
    provocation: float
    peers: float
    diaspora: float
    sanctioned: bool
    injustice: float
    harassed: bool
    departed: bool
    suppressed: float
    fairness: float
    kin_welfare: float

    def __init__(self, model: Any, number: int) -> None:
        super().__init__(model)
        self.number = number
        self.ties = []

    @property
    def threat(self) -> float:
        """The belief in [0, 1] that people like me are oppressed here."""
        return sigmoid(self.threat_log_odds)

    @threat.setter
    def threat(self, probability: float) -> None:
        self.threat_log_odds = logit(probability)

    @property
    def hostility(self) -> float:
        """Hostility in [0, 1] to the other camp."""
        return sigmoid(self.hostility_log_odds)

    @hostility.setter
    def hostility(self, probability: float) -> None:
        self.hostility_log_odds = logit(probability)

    @property
    def public_loyalty(self) -> float:
        """Loyalty as spoken in public: sincere loyalty plus what is falsified."""
        return self.loyalty + self.falsified

    def look_around(self, around: Circumstances) -> None:
        """See what ties and the region show (3.1), and meet the state (3.3) and the street (3.4)."""
        if not self.present:
            self.sanctioned = False
            self.injustice = 0.0
            self.harassed = False
            return
        p, rates, now, places, _, luck = around
        here = places[self.region]
        group = self.group
        camp = self.camp
        other_camp = 1 - camp
        present_ties = 0
        in_group_ties = 0
        in_group_kin_display = 0
        national_display = 0
        other_camp_ties = 0
        other_camp_kin_display = 0
        other_camp_hostility = 0.0
        peers = 0.0
        diaspora = 0.0
        for tie in self.ties:
            if not tie.present:
                diaspora += tie.diaspora_pull
                continue
            present_ties += 1
            shows_kin_symbol = tie.display == KIN_SYMBOL
            if tie.display == NATIONAL_SYMBOL:
                national_display += 1
            if tie.group == group:
                in_group_ties += 1
                if shows_kin_symbol:
                    in_group_kin_display += 1
            if tie.camp != camp:
                other_camp_ties += 1
                other_camp_hostility += tie.hostility
                if shows_kin_symbol:
                    other_camp_kin_display += 1
            peers += (tie.loyalty - tie.initial_loyalty) + now.believed * tie.falsified
        self.kin_display_seen = seen(p, in_group_kin_display, in_group_ties, here.kin_display[group])
        self.national_display_seen = seen(p, national_display, present_ties, here.national_display)
        self.hostility_seen = seen(p, other_camp_hostility, other_camp_ties, here.hostility[other_camp])
        self.provocation = seen(p, other_camp_kin_display, present_ties, here.kin_display_per_head[other_camp])
        self.peers = peers / present_ties if present_ties > 0 else 0.0
        self.diaspora = diaspora / len(self.ties) if self.ties else 0.0

        in_kin_camp = camp == KIN_CAMP
        shows_kin_symbol = self.display == KIN_SYMBOL
        self.sanctioned = (
            in_kin_camp
            and now.sanction > 0.0
            and is_sanctioned(p, luck.sanction(self.number), now.sanction, shows_kin_symbol, rates.step)
        )
        self.injustice = injustice(p, shows_kin_symbol) if self.sanctioned else 0.0
        self.harassed = luck.harass(self.number) < harassment_probability(
            p,
            here.camp_share[other_camp],
            shows_kin_symbol,
            self.hostility_seen,
            now.protected,
            now.coercion if in_kin_camp else 0.0,
            rates.step,
        )

    def live(self, around: Circumstances) -> None:
        """Move every state from month t to the next (3.2, 3.5 to 3.11), reading only month t and this step's events."""
        p, rates, now, places, communities, luck = around
        if not self.present:
            self.diaspora_pull *= rates.diaspora_kept
            self.departed = False
            return
        here = places[self.region]
        community = communities[self.group]
        camp = self.camp
        in_kin_camp = camp == KIN_CAMP
        coercion = now.coercion if in_kin_camp else 0.0
        sanction = now.sanction if in_kin_camp else 0.0
        pressure = now.pressure if in_kin_camp else 0.0
        conflict = now.conflict if community.at_war else 0.0
        threat = self.threat
        loyalty = self.loyalty
        shows_kin_symbol = self.display == KIN_SYMBOL

        in_group_ties = 0
        injustice_near = self.injustice
        harassed_near = 1 if self.harassed else 0
        for tie in self.ties:
            if tie.present and tie.group == self.group:
                in_group_ties += 1
                injustice_near += tie.injustice
                if tie.harassed:
                    harassed_near += 1

        kin_welfare = community.kin_welfare
        if in_kin_camp:
            kin_welfare = kin_welfare_seen(
                p, kin_welfare + now.kin_welfare_shock, self.kinship, self.kin_television, now.conflict, now.media
            )

        kin_utility = kin_symbol_utility(
            p,
            salience(p, conflict),
            self.kinship,
            loyalty,
            self.kin_display_seen,
            self.hostility_seen,
            sanction,
        )
        national_utility = national_symbol_utility(p, loyalty, self.national_display_seen, coercion)
        revises = reconsiders(
            luck.revise(self.number), rates.revision, shows_kin_symbol, self.sanctioned or self.harassed
        )
        display = self.display
        suppressed = 0.0
        if revises or sanction > 0.0:
            kin_share, none_share, _ = display_shares(kin_utility, national_utility, community.has_symbol)
            if revises:
                display = chosen(luck.choose(self.number), kin_share, none_share)
            if sanction > 0.0:
                unafraid, _, _ = display_shares(
                    kin_utility + p.sanction_deterrence * sanction, national_utility, community.has_symbol
                )
                suppressed = unafraid - kin_share

        threat_log_odds = threat_next(
            p,
            rates,
            self.threat_log_odds,
            in_kin_camp,
            self.kin_television,
            now.conflict,
            self.other_camp_ties,
            now.coercion,
            now.media,
            now.contact,
            injustice_near / (1 + in_group_ties),
            harassed_near / (1 + in_group_ties),
            self.harassment_expected,
        )
        transfer = now.transfer_to_kin_camp if in_kin_camp else now.transfer_to_others
        left_out = 0.0 if in_kin_camp else now.left_out
        hostility_log_odds = hostility_next(
            p,
            rates,
            self.hostility_log_odds,
            self.provocation,
            self.provocation_expected,
            now.salience,
            self.aspiration - self.welfare,
            here.victims[camp],
            here.victims_expected[camp],
            left_out,
            now.contact * self.other_camp_ties,
        )
        income = math.exp(here.output + self.log_income)
        welfare = welfare_change(here.output, now.tax, self.fine, transfer, now.mean_income, income)
        aspiration = aspiration_next(self.aspiration, self.welfare, rates.aspiration_moved)
        fine = fine_next(p, self.fine, self.sanctioned, rates.fine_kept)
        fairness = fairness_felt(
            p, now.institutions_gain, now.accustomed_gain, self.kin_television, now.reform, self.injustice_memory
        )
        injustice_memory = injustice_memory_next(p, self.injustice_memory, self.injustice, rates.injustice_kept)
        falsified = falsification(p, pressure, loyalty)
        speech_memory = speech_memory_next(self.speech_memory, self.falsified, rates.speech_moved)
        target = loyalty_target(
            p,
            self.anchor,
            self.kinship,
            self.welfare,
            kin_welfare,
            self.aspiration,
            fairness,
            self.hostility_seen,
            threat,
            conflict,
            self.peers,
            self.speech_memory,
            pressure,
            self.kin_display_seen - self.kin_display_expected,
            coercion,
            self.national_television,
            now.media,
        )
        self.departed = luck.depart(self.number) < departure_probability(
            p,
            self.departure_base,
            self.kinship,
            self.welfare,
            kin_welfare,
            conflict,
            threat,
            loyalty,
            community.loyalty,
            self.diaspora - self.diaspora_expected * now.diaspora_built_up,
            rates.step,
        )

        self.display = display
        self.suppressed = suppressed
        self.threat_log_odds = threat_log_odds
        self.hostility_log_odds = hostility_log_odds
        self.welfare = welfare
        self.aspiration = aspiration
        self.fine = fine
        self.fairness = fairness
        self.kin_welfare = kin_welfare
        self.injustice_memory = injustice_memory
        self.falsified = falsified
        self.speech_memory = speech_memory
        self.loyalty = loyalty_next(loyalty, target, rates.loyalty_moved)

    def leave(self) -> None:
        """Leave the country if this step's draw said so; loyalty stays what it was at the door."""
        if self.departed:
            self.present = False
            self.diaspora_pull = 1.0

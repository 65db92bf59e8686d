"""The reference engine: plain Mesa, where every citizen is an agent that lives its month in readable Python.

The books, the surroundings and the economy are those of the fast engine; what citizens see, suffer, do and believe is
worked out here by `agents.citizen.Citizen`, one agent after the other.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from mesa.agent import AgentSet

from agents.citizen import Circumstances, Citizen, Community, Place
from agents.rules.conditions import Conditions
from agents.rules.rates import Rates
from model.books import count_victims, take_census
from model.chance import CHOOSE, DEPART, HARASS, REVISE, SANCTION, stream, uniform
from model.columns import EVENTS, STATE, Columns, World
from model.month import close_step, open_step
from model.tables import in_memory
from scenarios.parameters import Parameters

DERIVED = ("threat", "hostility", "income", "event_near")
WRITABLE = tuple(name for name in Columns._fields if name not in DERIVED)
"""What somebody may have written into an agent between two months."""


class StepLuck(NamedTuple):
    """One step's draws, by purpose."""

    revise_stream: int
    choose_stream: int
    sanction_stream: int
    harass_stream: int
    depart_stream: int

    @classmethod
    def of(cls, seed: int, step: int) -> StepLuck:
        """Return the draws of a society's step."""
        return cls(*(stream(seed, purpose, step) for purpose in (REVISE, CHOOSE, SANCTION, HARASS, DEPART)))

    def revise(self, citizen: int) -> float:
        """Return the draw on whether to reconsider one's symbol."""
        return uniform(self.revise_stream, citizen)

    def choose(self, citizen: int) -> float:
        """Return the draw on which symbol to show."""
        return uniform(self.choose_stream, citizen)

    def sanction(self, citizen: int) -> float:
        """Return the draw on being sanctioned."""
        return uniform(self.sanction_stream, citizen)

    def harass(self, citizen: int) -> float:
        """Return the draw on being harassed."""
        return uniform(self.harass_stream, citizen)

    def depart(self, citizen: int) -> float:
        """Return the draw on leaving the country."""
        return uniform(self.depart_stream, citizen)


def make_citizens(model: Any, world: World) -> list[Citizen]:
    """Return one agent a citizen, with the state of the columns and ties to other agents."""
    citizens = [Citizen(model, number) for number in range(world.columns.loyalty.size)]
    first = world.first_tie.tolist()
    ties = world.ties.tolist()
    for citizen in citizens:
        citizen.ties = [citizens[j] for j in ties[first[citizen.number] : first[citizen.number + 1]]]
    scatter(citizens, world.columns)
    return citizens


def scatter(citizens: list[Citizen], columns: Columns) -> None:
    """Copy the columns into the agents' attributes."""
    for name in Columns._fields:
        if name not in DERIVED:
            for citizen, value in zip(citizens, getattr(columns, name).tolist(), strict=True):
                setattr(citizen, name, value)


def gather(citizens: list[Citizen], columns: Columns, names: tuple[str, ...]) -> None:
    """Copy these attributes of the agents into the columns."""
    for name in names:
        getattr(columns, name)[:] = [getattr(citizen, name) for citizen in citizens]


def live_months(
    citizens: list[Citizen],
    world: World,
    p: Parameters,
    rates: Rates,
    start: int,
    months: int,
    steps_a_month: int,
) -> None:
    """Live `months` months from month `start`; `model.month.live_months` in plain Mesa."""
    people = AgentSet(citizens, random=citizens[0].model.random)
    tables, compact, compact_rates = in_memory(world), in_memory(p), in_memory(rates)
    for month in range(start, start + months):
        row = month + 1
        world.history.flows[row] = 0.0
        for step in range(month * steps_a_month, row * steps_a_month):
            census = month if step == month * steps_a_month else row
            now = open_step(tables, compact, compact_rates, step, census)
            around = circumstances(world, p, rates, now, step)
            people.do("look_around", around)
            gather(citizens, world.columns, ("sanctioned", "injustice", "harassed"))
            count_victims(tables)
            people.do("live", circumstances(world, p, rates, now, step))
            gather(citizens, world.columns, STATE + EVENTS)
            close_step(tables, compact, compact_rates, now, step, row)
            people.do("leave")
            take_census(tables, compact, row, step + 1)


def circumstances(world: World, p: Parameters, rates: Rates, now: Conditions, step: int) -> Circumstances:
    """Return what a step's citizens find around them, as plain Python numbers."""
    around = world.surroundings
    setting = world.setting
    places = [
        Place(*row)
        for row in zip(
            around.kin_display.tolist(),
            around.national_display.tolist(),
            around.kin_display_per_head.tolist(),
            around.hostility.tolist(),
            around.camp_share.tolist(),
            around.victims.tolist(),
            setting.victims_expected.tolist(),
            world.economy.output.tolist(),
            strict=True,
        )
    ]
    communities = [
        Community(*row)
        for row in zip(
            setting.group_has_symbol.tolist(),
            setting.group_at_war.tolist(),
            setting.group_loyalty.tolist(),
            setting.group_kin_welfare[step].tolist(),
            strict=True,
        )
    ]
    plain = Conditions(*(float(np.float64(value)) for value in now))
    return Circumstances(p, rates, plain, places, communities, StepLuck.of(setting.seed, step))

"""The same society in other houses: what a month costs where frameworks, not columns, hold the citizens.

AgentPy's agents live the very methods of `agents.citizen.Citizen`: the same rules, the same draws, the same numbers (a
test compares them). So does plain Mesa, which is the reference engine.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from agents.citizen import Citizen
from model import reference
from model.society import Society

WITH_AGENTPY = "AgentPy, all rules"


def agentpy_months(society: Society, months: int) -> Callable[[], Any] | None:
    """Return what lives `months` months of a society of the reference engine in AgentPy; None if it is not installed.

    The society itself goes along, as the columns and books that both share; its own agents stay where they are.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import agentpy
    except ImportError:
        return None

    class Person(agentpy.Agent):  # type: ignore[misc]
        """A citizen as an agent of AgentPy."""

        threat = Citizen.threat
        hostility = Citizen.hostility
        look_around = Citizen.look_around
        live = Citizen.live
        leave = Citizen.leave

    house = agentpy.Model()
    people = agentpy.AgentList(house, society.citizens, Person)
    for number, person in enumerate(people):
        person.number = number
    ties = society.world.ties.tolist()
    first = society.world.first_tie.tolist()
    for person in people:
        person.ties = [people[j] for j in ties[first[person.number] : first[person.number + 1]]]
    persons = list(people)
    reference.gather(society._people, society.world.columns, reference.WRITABLE)
    reference.scatter(persons, society.world.columns)

    class Everybody:
        """The one call that the reference engine makes of Mesa's AgentSet, made of AgentPy."""

        def __init__(self, persons: list[Any], random: Any) -> None:
            pass

        def do(self, method: str, *arguments: Any) -> None:
            getattr(people, method)(*arguments)

    month = society.month

    def live() -> None:
        nonlocal month
        with patch.object(reference, "AgentSet", Everybody):
            reference.live_months(
                persons,
                society.world,
                society.parameters,
                society.rates,
                month,
                months,
                society.steps_a_month,
            )
        month += months

    return live

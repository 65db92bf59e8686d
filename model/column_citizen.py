"""A citizen of the fast engine: an agent whose attributes are its row of the columns."""

from __future__ import annotations

from typing import Any

from agents.citizen import Citizen
from model.columns import Columns
from model.reference import DERIVED


class Cell:
    """A descriptor that reads and writes one citizen's entry of one column."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, citizen: Any, owner: type) -> Any:
        if citizen is None:
            return self
        return getattr(citizen.columns, self.name)[citizen.number].item()

    def __set__(self, citizen: Any, value: Any) -> None:
        getattr(citizen.columns, self.name)[citizen.number] = value


class ColumnCitizen(Citizen):
    """A citizen over columns, made when somebody asks for it; what it reads and writes is live."""

    def __init__(self, model: Any, number: int) -> None:
        # Before Mesa's constructor, which announces the agent.
        self.columns: Columns = model.world.columns
        super().__init__(model, number)

    @property
    def ties(self) -> list[Citizen]:
        """The citizens this one is tied to."""
        world = self.model.world
        numbers = world.ties[world.first_tie[self.number] : world.first_tie[self.number + 1]]
        return [self.model.citizen(int(number)) for number in numbers]

    @ties.setter
    def ties(self, ties: list[Citizen]) -> None:
        if ties:
            raise AttributeError("ties are fixed when the society is made")


for _name in Columns._fields:
    if _name not in DERIVED:
        setattr(ColumnCitizen, _name, Cell(_name))

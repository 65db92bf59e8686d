"""What a folder's runs were month by month, as pairs: two policies at the same point with the same seed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np

from experiments.verdicts import Floats
from lab.history import History, Recipe
from scenarios import Parameters

OUTCOME: Final = ("loyalty", "kin_camp")
"""What the laboratory's main chart compares."""

MOST_PAIRS: Final = 50
"""Most pairs that a chart shows, so that lines can be told apart; of more, so many are taken evenly."""

Difference = Literal["size", "seed", "parameters"]


class Followed(NamedTuple):
    """What was done to a society; `budget` is a share of output, None where its policy stands as it was written."""

    country: str
    policy: str
    budget: float | None
    shock: bool


class RunPlace(NamedTuple):
    """Where a run stands in its folder; `population` is None where the seed decides the people too."""

    point: int
    population: int | None
    seed: int


@dataclass(frozen=True, eq=False)
class Pairs:
    """Differences between two societies, B minus A.

    Attributes
    ----------
    places
        Where each pair stands in the folder.
    values
        [pairs, months], as far as both were lived.
    of
        How many pairs the folder holds; more than there are here if there were too many.
    differs
        In what the pair most like the worlds shown differs from them; empty if it is the same.
    """

    places: tuple[RunPlace, ...]
    values: Floats
    of: int
    differs: tuple[Difference, ...]

    @property
    def points(self) -> int:
        """At how many points these pairs stand."""
        return len({place.point for place in self.places})


@dataclass(frozen=True, eq=False)
class Stored:
    """The lives of a folder whose months it keeps.

    Attributes
    ----------
    parameters
        By point; None where figures of the country are others than its file's, so that no parameters tell it all.
    at_default
        Whether all stand at the default point.
    lives
        Months of `OUTCOME` by what was done and where the run stands.
    """

    folder: str
    citizens: int
    at_default: bool
    parameters: Mapping[int, Parameters | None]
    lives: Mapping[Followed, Mapping[RunPlace, Floats]]

    def pairs(self, recipe: Recipe, histories: tuple[History, History]) -> Pairs:
        """Return the pairs that lived what these two worlds live; none if a world does what no run did."""
        a, b = (self._lives(recipe, history) for history in histories)
        places = [place for place in a if place in b]
        every = np.linspace(0, len(places) - 1, min(len(places), MOST_PAIRS)).round().astype(int)
        taken = tuple(places[at] for at in every)
        if not taken:
            return Pairs((), np.zeros((0, 0)), 0, ())
        months = min(len(lives[place]) for place in taken for lives in (a, b))
        values = np.array([b[place][:months] - a[place][:months] for place in taken])
        shown = Parameters.of(recipe.parameters, source="parameters")
        differs = min((self._differences(recipe, shown, place) for place in taken), key=len)
        return Pairs(taken, values, len(places), differs)

    def _lives(self, recipe: Recipe, history: History) -> Mapping[RunPlace, Floats]:
        if history.events or recipe.shock_month not in (None, math.inf):
            return {}
        done = Followed(recipe.country, history.policy, recipe.budget, recipe.shock_month is None)
        return self.lives.get(done, {})

    def _differences(self, recipe: Recipe, parameters: Parameters, place: RunPlace) -> tuple[Difference, ...]:
        found: dict[Difference, bool] = {
            "size": recipe.citizens != self.citizens,
            "seed": recipe.seed != place.seed or place.population not in (None, place.seed),
            "parameters": self.parameters[place.point] != parameters,
        }
        return tuple(name for name, differs in found.items() if differs)


def folder_in_words(folder: Path) -> str:
    """Return a folder's name with that of the folder it lies in: enough to know it, and no path of the machine."""
    return "/".join(folder.resolve().parts[1:][-2:])

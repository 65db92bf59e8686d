"""What a world's process can be asked to do."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.history import History, Recipe
from lab.layers import FIRST, SCALES
from lab.life import FIGURES, Life
from lab.messages import RefusedError
from lab.packing import pack


class Desk:
    """Takes the requests for one world."""

    def __init__(self) -> None:
        self.life: Life | None = None

    def open(self, recipe: Recipe, history: History) -> dict[str, Any]:
        """Make a world; the one at hand serves if it is made of the same."""
        if self.life is None or self.life.recipe != recipe:
            self.life = Life(recipe, history)
        else:
            self.life.rewrite(history)
            self.life.seek(0)
        society = self.life.society
        country = society.country
        conflict = society.conflict
        return {
            "country": country.title,
            "regions": [region.label for region in country.regions],
            "places": [[region.row, region.column] for region in country.regions],
            "groups": [group.label for group in country.groups],
            "kinCamp": [group.label for group in country.groups if group.name in society.kin_camp],
            "camps": [int(camp) for camp in society.world.setting.group_camp],
            "conflict": conflict.label if conflict else None,
            "shockMonth": None if math.isinf(society.shock_month) else society.shock_month,
            "cohort": int((society.world.columns.camp == 0).sum()),
            "figures": [f"{population}.{name}" for name, population in FIGURES],
            "scales": {name: scale._asdict() for name, scale in SCALES.items()},
            "diaryEvery": self.life.diary.every,
        }

    def rehearse(self) -> None:
        """Live one month and go back, so that whatever has to be compiled is."""
        self._life.resize(600, 400)
        self.frame(1, "stance", -1)
        self._life.rewrite(self._life.history)
        self._life.seek(0)

    def rewrite(self, history: History) -> int:
        """Put another history in place; returns the last month that stays as it was."""
        return self._life.rewrite(history)

    def resize(self, width: int, height: int, describe: bool) -> dict[str, Any] | None:
        """Lay the citizens out; returns the layout, its citizens and their groups if asked to."""
        layout = self._life.resize(width, height)
        if not describe:
            return None
        people = self._life.society.world.columns
        groups = np.append(people.group + FIRST, 0)[layout.citizens].astype(np.uint8)
        return {"layout": layout.described(), "citizens": layout.citizens.tobytes(), "groups": groups.tobytes()}

    def frame(self, month: int, layer: str, have: int) -> dict[str, Any]:
        """Return a layer of a month, and the rows of the series that the page does not have yet."""
        life = self._life
        if life.layout is None:
            raise RefusedError("say first how large the field is: resize")
        fresh = month > life.lived
        pace = life.seek(month) if fresh else 0.0
        cells = life.cells(month, layer)
        rows = life.rows(have + 1, month) if have < month else np.zeros((0, len(FIGURES)))
        return {
            "cells": cells,
            "rows": rows.astype("<f8").tobytes(),
            "regions": life.regions(month).astype("<f8").tobytes(),
            "first": have + 1,
            "pace": pace,
        }

    def levers(self) -> list[list[float]]:
        """Return the levers and the conflict as they stand and are planned, by month."""
        return self._life.levers()

    def citizen(self, number: int, month: int) -> dict[str, Any]:
        """Return one citizen in a month."""
        if number >= self._life.recipe.citizens:
            raise RefusedError(f"there is no citizen {number}; numbers run from 0 to {self._life.recipe.citizens - 1}")
        self._life.seek(month)
        return self._life.citizen(number)

    def fingerprint(self, month: int) -> str:
        """Return a digest of a month's whole state."""
        self._life.seek(month)
        return self._life.fingerprint()

    def columns(self, month: int, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
        """Return columns of a month."""
        self._life.seek(month)
        return {name: self._life.column(name) for name in names}

    def layer(self, month: int, layer: str) -> bytes:
        """Return a layer of a month for all citizens in the order of their numbers."""
        self._life.seek(month)
        people = self._life.society.world.columns
        return pack(layer, people, np.arange(people.loyalty.size, dtype=np.int32))

    def replicate(self, seed: int, months: int) -> bytes:
        """Live this world's history once more with another seed; returns its series to `months`."""
        life = self._life
        other = Life(replace(life.recipe, seed=seed), life.history)
        other.seek(months)
        return bytes(other.rows(0, months).astype("<f8").tobytes())

    @property
    def _life(self) -> Life:
        if self.life is None:
            raise RefusedError("open a world first")
        return self.life

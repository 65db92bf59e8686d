"""What a world's process can be asked to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.history import History, Recipe
from lab.layers import FIRST
from lab.life import FIGURES, Life
from lab.messages import RefusedError
from lab.recording import Recorder
from lab.replay import page


class Desk:
    """Takes the requests for one world."""

    def __init__(self, cores: int = 1) -> None:
        self._cores = cores
        self.life: Life | None = None
        self._recorder: Recorder | None = None
        self._work: Iterator[None] = iter(())
        self._steps = 0

    def open(self, recipe: Recipe, history: History) -> dict[str, Any]:
        """Make a world; the one at hand serves if it is made of the same."""
        if self.life is None or self.life.recipe != recipe:
            self.life = Life(recipe, history, self._cores)
        else:
            self.life.rewrite(history)
            self.life.seek(0)
        return self.life.described()

    def rehearse(self) -> None:
        """Live one month and go back, so that whatever has to be compiled is."""
        self._life.resize(600, 400)
        self.frame(1, "stance", -1, rarest=False)
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

    def frame(self, month: int, layer: str, have: int, rarest: bool) -> dict[str, Any]:
        """Return a layer of a month, and the rows of the series that the page does not have yet."""
        life = self._life
        if life.layout is None:
            raise RefusedError("say first how large the field is: resize")
        fresh = month > life.lived
        pace = life.seek(month) if fresh else 0.0
        cells = life.cells(month, layer, rarest=rarest)
        rows = life.rows(have + 1, month) if have < month else np.zeros((0, len(FIGURES)))
        return {
            "cells": cells,
            "rows": rows.astype("<f8").tobytes(),
            "regions": life.regions(month).astype("<f8").tobytes(),
            "groups": life.groups(month).astype("<f8").tobytes(),
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

    def replicate(self, seed: int, months: int) -> bytes:
        """Live this world's history once more with another seed; returns its series to `months`."""
        life = self._life
        other = Life(replace(life.recipe, seed=seed), life.history, self._cores)
        other.seek(months)
        return bytes(other.rows(0, months).astype("<f8").tobytes())

    def start_recording(self, recipe: Recipe, histories: tuple[History, History]) -> int:
        """Make two worlds to write down; returns how many steps that takes."""
        self._recorder = Recorder(recipe, histories)
        self._work = self._recorder.work()
        self._steps = 0
        return self._recorder.total

    def record(self, seconds: float) -> tuple[int, bytes | None]:
        """Go on writing down for so long; returns how many steps are done, and the replay's page after the last."""
        if self._recorder is None:
            raise RefusedError("start a recording first")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                next(self._work)
            except StopIteration:
                break
            self._steps += 1
        recording = self._recorder.recording
        return self._steps, page(recording).encode() if recording else None

    @property
    def _life(self) -> Life:
        if self.life is None:
            raise RefusedError("open a world first")
        return self.life

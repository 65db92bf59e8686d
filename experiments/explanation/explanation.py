"""What a claim's effect is made of, and how it is told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.explanation.study import Study
from experiments.report.texts.numbers import plural
from scenarios.claim import Claim, Estimand

PAGE: Final = "explanation.html"
AT_DEFAULT: Final = "default"
OVER_PRIOR: Final = "prior"
TEXT_ROWS: Final = 8
"""Ablations that the terminal shows; the files and the page have them all."""


@dataclass(frozen=True)
class Explanation:
    """What a claim's effect is made of; every table is also a file."""

    study: Study
    folder: Path
    tables: Mapping[str, pd.DataFrame]
    runs: int
    failed: int

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / PAGE

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims explained."""
        return self.study.contrasts.claims

    def table(self, name: str, claim: Claim, estimand: Estimand, where: str = AT_DEFAULT) -> pd.DataFrame:
        """Return the rows of a table for one estimand, at the default point or over the prior."""
        table = self.tables[name]
        chosen = (table["claim"] == claim.name) & (table["estimand"] == estimand.name) & (table["where"] == where)
        return table[chosen].reset_index(drop=True)

    @property
    def wheres(self) -> tuple[str, ...]:
        """Where the effect was looked at."""
        return (AT_DEFAULT, OVER_PRIOR) if self.study.points else (AT_DEFAULT,)

    def text(self) -> str:
        """Return the tables for the terminal."""
        lines = []
        for claim in self.claims:
            for estimand in claim.estimands:
                lines += ["", f"{claim.number}. {claim.title}: {estimand.name}", *self._about(claim, estimand)]
        if self.failed:
            lines.append(f"\n{self.failed} runs failed; seeds and points that need them are left out")
        return "\n".join(lines).lstrip("\n")

    def _about(self, claim: Claim, estimand: Estimand) -> list[str]:
        wheres = self.wheres
        units = {
            AT_DEFAULT: f"default, {self.study.seeds} {plural(self.study.seeds, 'seed')}",
            OVER_PRIOR: f"prior, {self.study.points} {plural(self.study.points, 'point')}",
        }
        found = {where: self.table("shapley", claim, estimand, where) for where in wheres}
        head = f"  {'Shapley value':34s}" + "".join(f"{units[where]:>32s}" for where in wheres)
        lines = [head]
        groups = found[AT_DEFAULT].iloc[_ranked(found[AT_DEFAULT])]["group"].tolist()
        for name in groups:
            cells = [_cell(part[part["group"] == name].iloc[0]) for part in found.values()]
            lines.append(f"  {name:34s}" + "".join(f"{cell:>32s}" for cell in cells))
        for row in ("all groups off", "all groups on"):
            cells = [_cell(part[part["group"] == row].iloc[0]) for part in found.values()]
            lines.append(f"  {row:34s}" + "".join(f"{cell:>32s}" for cell in cells))
        last = wheres[-1]
        ablations = self.table("ablations", claim, estimand, last)
        lines.append(f"  {'ablation (effect minus without)':34s}" + "".join(f"{units[where]:>32s}" for where in wheres))
        for name in ablations["mechanism"].head(TEXT_ROWS):
            cells = []
            for where in wheres:
                part = self.table("ablations", claim, estimand, where)
                cells.append(_cell(part[part["mechanism"] == name].iloc[0]))
            lines.append(f"  {name:34s}" + "".join(f"{cell:>32s}" for cell in cells))
        return lines


def _ranked(table: pd.DataFrame) -> list[int]:
    """Return the positions of the groups, weightiest first, without the rows of all on and all off."""
    players = np.flatnonzero(table["player"].to_numpy(dtype=bool))
    weight = table["mean"].abs().fillna(0.0).to_numpy()[players]
    return [int(place) for place in players[np.argsort(-weight, kind="stable")]]


def _cell(row: Any) -> str:
    if math.isnan(row["mean"]):
        return "no value"
    # Adding 0 takes the sign from a zero.
    mean, low, high = (round(float(row[name]), 4) + 0.0 for name in ("mean", "low", "high"))
    return f"{mean:+.4f}" if math.isnan(low) else f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]"

"""Who is counted: the same comparison by intention to treat, among stayers, and among those who stay in every arm.

Departure is not random: the disloyal leave first, so those present look more loyal whatever a policy does. With shared
luck every citizen lives in all arms, and those who stay in every one of them (the principal stratum of always-stayers)
are known exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.runs import country_of
from model.columns import KIN_CAMP
from model.society import Society

ARMS = ("status_quo", "coercion", "better_life")
MONTHS = (120, 180)
SEEDS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Selection:
    """Mean sincere loyalty of the kin camp in one arm and month, by who is counted; means over seeds."""

    arm: str
    month: int
    cohort: float  # intention to treat, leavers included
    stayers: float
    always_stayers: float


def always_stayers(societies: Sequence[Society]) -> list[float]:
    """Return each society's mean loyalty, in the kin camp, of those present in all of them; they share their luck."""
    stay = np.logical_and.reduce([society.world.columns.present for society in societies])
    chosen = stay & (societies[0].world.columns.camp == KIN_CAMP)
    return [float(society.world.columns.loyalty[chosen].mean()) if chosen.any() else np.nan for society in societies]


def selection(country: str, citizens: int, arms: Sequence[str] = ARMS, seeds: Sequence[int] = SEEDS) -> list[Selection]:
    """Return the comparison at the default point, for every month of `MONTHS` and every arm."""
    found: dict[tuple[int, str], list[tuple[float, float, float]]] = {}
    for seed in seeds:
        start = Society(country=country_of(country), citizens=citizens, months=max(MONTHS), seed=seed).run(30)
        societies = [start.branch(arm) for arm in arms]
        for month in MONTHS:
            for society in societies:
                society.run(month - society.month)
            for arm, society, always in zip(arms, societies, always_stayers(societies), strict=True):
                counts = (float(society.measure("loyalty")[-1]), float(society.measure("loyalty_stayers")[-1]), always)
                found.setdefault((month, arm), []).append(counts)
    return [Selection(arm, month, *np.mean(values, axis=0).tolist()) for (month, arm), values in found.items()]

"""Conditions: which assumptions a comparison depends on, and who wins where each of them is low and where it is high.

Pure functions of arrays; nothing here knows what was simulated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from experiments.verdicts import Floats, Shares, Signs, shares

ERROR_RATE: Final = 0.05
SHOWN: Final = 3
"""At most so many conditions of one comparison are told."""


@dataclass(frozen=True)
class Condition:
    """An assumption on which a comparison depends.

    Attributes
    ----------
    correlation
        Spearman's, of the assumption with the effect over the points of the prior.
    low, high
        Who wins in the lowest and in the highest third of the assumption's values.
    """

    parameter: str
    correlation: float
    low: Shares
    high: Shares


def conditions(
    names: Sequence[str], values: Floats, effects: Floats, signs: Signs, chance: float
) -> tuple[Condition, ...]:
    """Return the assumptions that go with an effect more than chance explains, the strongest first.

    Parameters
    ----------
    values
        Tried values of the assumptions, [points, names].
    effects, signs
        The effect at each point and what it says of the claim, [points]; an unknown effect is not a number.
    chance
        What a rank correlation must pass.
    """
    found = np.array([spearman(column, effects) for column in values.T])
    strength = np.nan_to_num(np.abs(found))
    known = ~np.isnan(effects)
    told = []
    for position in np.argsort(-strength, kind="stable")[:SHOWN]:
        if strength[position] > chance:
            third = thirds(values[known, position])
            low, high = (shares(signs[known][chosen]) for chosen in (third[0], third[-1]))
            told.append(Condition(names[position], float(found[position]), low, high))
    return tuple(told)


def idle(names: Sequence[str], values: Floats, effects: Sequence[Floats], chance: float) -> tuple[str, ...]:
    """Return the assumptions of which no rank correlation with any of these effects, [points] each, passes `chance`."""
    found = np.array([[spearman(column, effect) for effect in effects] for column in values.T])
    strongest = np.nan_to_num(np.abs(found)).max(axis=1, initial=0.0)
    return tuple(np.array(names)[strongest <= chance].tolist())


def thirds(values: Floats) -> list[NDArray[np.int64]]:
    """Return the positions of the lowest, the middle and the highest third of values."""
    return np.array_split(np.argsort(values, kind="stable"), 3)


def by_chance(points: int, tests: int) -> float:
    """Return what the largest of so many rank correlations exceeds by chance in 1 of 20 (Bonferroni)."""
    return float(norm.ppf(1.0 - ERROR_RATE / 2.0 / max(1, tests))) / math.sqrt(max(1, points))


def spearman(first: Floats, second: Floats) -> float:
    """Return Spearman's rank correlation of the pairs that are known; not a number below three or without spread."""
    known = ~(np.isnan(first) | np.isnan(second))
    if int(known.sum()) < 3:
        return math.nan
    x = rankdata(first[known])
    y = rankdata(second[known])
    x = x - x.mean()
    y = y - y.mean()
    scale = math.sqrt(float(x @ x) * float(y @ y))
    return float(x @ y) / scale if scale > 0.0 else math.nan

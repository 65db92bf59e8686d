"""Where a claim holds and where it flips, in words a person can check: boxes (PRIM) and a small tree.

PRIM is the EMA Workbench's, the tree is scikit-learn's. Both are found on two thirds of the points and judged on the
third that they never saw.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.errors import MissingExtraError
from experiments.verdicts import Floats

FEWEST: Final = 60
"""Points below which nothing is searched for: a third of them could not refute a box."""
HELD_OUT: Final = 1.0 / 3.0
SEED: Final = 1
PEEL: Final = 0.05
SMALLEST_BOX: Final = 0.05
MOST_LIMITS: Final = 4
"""Axes that a box may limit: more can be found by chance, and nobody can read them."""


@dataclass(frozen=True)
class Limit:
    """One side of a box: an axis and the range of it that belongs to the box."""

    axis: str
    low: float
    high: float


@dataclass(frozen=True)
class Box:
    """A box and what it holds: coverage is the share of the cases in it, density the share of it that are cases."""

    limits: tuple[Limit, ...]
    coverage: float
    density: float
    mass: float
    base: float
    held_out_coverage: float
    held_out_density: float
    held_out_base: float
    held_out_points: int

    @property
    def replicates(self) -> bool:
        """Whether cases are denser in the box than outside it on held-out points, by more than two standard errors."""
        if not self.held_out_points or math.isnan(self.held_out_density):
            return False
        error = math.sqrt(self.held_out_base * (1.0 - self.held_out_base) / self.held_out_points)
        return self.held_out_density > self.held_out_base + 2.0 * error


@dataclass(frozen=True)
class Tree:
    """A decision tree as text, and how often it is right on held-out points against the commonest answer."""

    text: str
    accuracy: float
    commonest: float
    held_out_points: int

    @property
    def replicates(self) -> bool:
        """Whether the tree is right more often than the commonest answer, by more than two standard errors."""
        error = math.sqrt(self.commonest * (1.0 - self.commonest) / self.held_out_points)
        return self.accuracy > self.commonest + 2.0 * error


def find_box(x: Floats, cases: NDArray[np.bool_], names: Sequence[str]) -> Box | None:
    """Return the box in which cases are densest, None where there are too few points or cases to look.

    Parameters
    ----------
    x
        [points, axes].
    cases
        [points], true where what is looked for happens.
    """
    train, test = _parts(len(cases))
    if len(cases) < FEWEST or not 5 <= cases[train].sum() < train.size:
        return None
    frame = pd.DataFrame(x[train], columns=list(names))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # The workbench warns of optional parts and of pandas' future.
        warnings.simplefilter("ignore")
        search = _prim()(frame, cases[train].astype(int), threshold=0.5, peel_alpha=PEEL, mass_min=SMALLEST_BOX)
        found = search.find_box()
    best, score = None, -math.inf
    for number, limits in enumerate(found.box_lims):
        row = found.peeling_trajectory.iloc[number]
        kept = _limits(limits, frame)
        value = float(row["density"]) * math.sqrt(float(row["coverage"]))
        if 0 < len(kept) <= MOST_LIMITS and value > score:
            best, score = kept, value
    if best is None:
        return None
    inside, held = _inside(best, x[train], names), _inside(best, x[test], names)
    return Box(
        best,
        _share(cases[train], inside),
        _share(inside, cases[train]),
        float(inside.mean()),
        float(cases[train].mean()),
        _share(cases[test], held),
        _share(held, cases[test]),
        float(cases[test].mean()),
        int(held.sum()),
    )


def grow_tree(x: Floats, answers: NDArray[Any], names: Sequence[str], depth: int = 3) -> Tree | None:
    """Return a tree that tells the answers apart, None where there are too few points or one answer only."""
    train, test = _parts(len(answers))
    if len(answers) < FEWEST or len(set(answers[train].tolist())) < 2:
        return None
    try:
        from sklearn.tree import DecisionTreeClassifier, export_text
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "decision trees") from error
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=max(5, len(train) // 20), random_state=SEED)
    tree.fit(x[train], answers[train])
    values, counts = np.unique(answers[train], return_counts=True)
    commonest = values[counts.argmax()]
    text = export_text(tree, feature_names=list(names), decimals=3, show_weights=True)
    accuracy = float(tree.score(x[test], answers[test]))
    return Tree(text, accuracy, float((answers[test] == commonest).mean()), len(test))


def _parts(points: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.random.default_rng(SEED).permutation(points)
    held = round(points * HELD_OUT)
    return np.sort(order[held:]), np.sort(order[:held])


def _limits(limits: pd.DataFrame, frame: pd.DataFrame) -> tuple[Limit, ...]:
    """Return the sides that leave some of the sample outside."""
    found = []
    for name in frame.columns:
        low, high = float(limits[name].iloc[0]), float(limits[name].iloc[1])
        cuts_low, cuts_high = low > frame[name].min(), high < frame[name].max()
        if cuts_low or cuts_high:
            found.append(Limit(str(name), low if cuts_low else -math.inf, high if cuts_high else math.inf))
    return tuple(found)


def _inside(limits: Sequence[Limit], x: Floats, names: Sequence[str]) -> NDArray[np.bool_]:
    inside = np.ones(len(x), dtype=bool)
    for limit in limits:
        column = x[:, list(names).index(limit.axis)]
        inside &= (column >= limit.low) & (column <= limit.high)
    return inside


def _share(of: NDArray[np.bool_], which: NDArray[np.bool_]) -> float:
    return float(which[of].mean()) if of.any() else math.nan


def _prim() -> Any:
    try:
        from ema_workbench.analysis.prim import Prim
    except ImportError as error:
        raise MissingExtraError("ema_workbench", "boxes of scenarios") from error
    return Prim

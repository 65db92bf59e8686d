"""The search: from the origin to the nearest point of a box where a number falls below a level, and to its minimum.

Nothing here knows what a point means or how its number comes about. Points are standard deviations from the default;
numbers come in batches from `evaluate`. A two-level screening gives a gradient, the linear model's nearest point a
start, and separable CMA-ES (cmaes) goes on from there; the linear model, fitted anew, has one candidate in each
generation. Given its seed and the numbers, every step is the same again: a search is resumed by repeating it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.linalg import hadamard

from experiments.errors import MissingExtraError
from experiments.verdicts import Floats

STEP: Final = 0.3
"""Half-width of the screening, in standard deviations."""
PENALTY: Final = 2.0
"""Price of missing the level, in deviations of the linear model; above 1 the best point does not miss it."""
SPREAD: Final = 0.3
"""First spread of the search around its start, as a share of its distance (for the minimum, in deviations)."""
PATIENCE: Final = 12
"""Generations without an improvement by a hundredth after which a search ends."""
RAY: Final = (0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0)
LONGER: Final = (0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
"""Lengths, as multiples of the nearest point's, at which a sparser direction is tried."""
DECIMALS: Final = 6


@dataclass(frozen=True)
class Found:
    """A point and its number."""

    point: Floats
    value: float

    @property
    def distance(self) -> float:
        """Its distance from the default point, in standard deviations of the prior."""
        return float(np.linalg.norm(self.point))


class Search:
    """All that was tried, and what may still be.

    Parameters
    ----------
    low, high
        The box, [dimensions]; it holds the origin.
    evaluate
        Numbers of points, [points, dimensions] to [points]; not a number where there is none.
    evaluations
        How many points may be tried.
    """

    def __init__(
        self, low: Floats, high: Floats, evaluate: Callable[[Floats], Floats], evaluations: int, seed: int
    ) -> None:
        self.low = low
        self.high = high
        self.left = evaluations
        self._evaluate = evaluate
        self._seed = seed
        self.points = np.empty((0, low.size))
        self.values = np.empty(0)
        self.gradient = np.zeros(low.size)

    def at(self, points: Sequence[Floats] | Floats) -> Floats:
        """Return the numbers of points, as many as may still be tried; infinity stands for none."""
        wanted = np.asarray(points, dtype=float).reshape(-1, self.low.size)[: max(0, self.left)]
        wanted = np.round(np.clip(wanted, self.low, self.high), DECIMALS)
        wanted = np.clip(wanted, self.low, self.high)
        if not len(wanted):
            return np.empty(0)
        found = self._evaluate(wanted)
        self.left -= len(wanted)
        self.points = np.vstack([self.points, wanted])
        self.values = np.concatenate([self.values, found])
        return np.where(np.isnan(found), np.inf, found)

    def screen(self) -> None:
        """Learn the gradient around the origin from a two-level design; half the evaluations at most go there."""
        size = 1 << self.low.size.bit_length()
        signs = hadamard(size)[:, 1 : self.low.size + 1]
        order = np.random.default_rng(self._seed).permutation(size)
        chosen = signs[order[: max(1, min(size, self.left // 2))]]
        design = np.where(chosen > 0, np.minimum(STEP, self.high), np.maximum(-STEP, self.low))
        self.at([np.zeros(self.low.size), *design])
        self.gradient = self._fit(np.zeros(self.low.size), math.inf)

    def nearest(self, level: float, evaluations: int) -> Found | None:
        """Return the nearest point found with a number below the level, None if there is none."""
        end = self.left - min(self.left, evaluations)
        start = design_point(self.gradient, self._origin(), np.zeros(self.low.size), level, self.low, self.high)
        self.at([factor * start for factor in RAY])
        best = self.best_below(level)
        start = best.point if best else self.lowest_yet().point
        length = max(float(np.linalg.norm(start)), STEP)

        def cost(points: Floats, values: Floats) -> Floats:
            slope = max(float(np.linalg.norm(self.gradient)), 1e-12)
            missed = np.maximum(0.0, values - level) / slope
            return np.asarray(np.linalg.norm(points, axis=1) + PENALTY * missed)

        def candidate() -> Floats:
            found = self.best_below(level) or self.lowest_yet()
            gradient = self._fit(found.point, 2.0 * max(found.distance, STEP))
            return design_point(gradient, found.value, found.point, level, self.low, self.high)

        self._evolve(start, SPREAD * length / math.sqrt(self.low.size), cost, candidate, end)
        return self.best_below(level)

    def lowest(self, evaluations: int) -> Found:
        """Look for the point with the lowest number anywhere in the box, and return the lowest found."""
        end = self.left - min(self.left, evaluations)

        def corner() -> Floats:
            gradient = self._fit(np.zeros(self.low.size), math.inf)
            return np.where(gradient > 0.0, self.low, np.where(gradient < 0.0, self.high, 0.0))

        first = corner()
        telling = np.abs(self.gradient) >= np.median(np.abs(self.gradient))
        self.at([factor * first for factor in (0.25, 0.5, 0.75, 1.0)] + [np.where(telling, first, 0.0)])
        self._evolve(self.lowest_yet().point, SPREAD, lambda _, values: values, corner, end)
        return self.lowest_yet()

    def sparse(self, found: Found, level: float, evaluations: int) -> Found:
        """Return a point below the level that changes as few coordinates as it can without going much farther.

        The coordinates that help least are reset, the rest go a little farther if they must; then each that turns out
        not to be needed is reset, one at a time.
        """
        end = self.left - min(self.left, evaluations)
        gradient = self._fit(found.point, 2.0 * max(found.distance, STEP))
        order = np.argsort(gradient * found.point, kind="stable")
        order = order[found.point[order] != 0.0]
        enough, short, best = order.size, 0, found
        while enough - short > 1 and self.left > end:
            kept = (enough + short) // 2 if short else max(1, enough // 2)
            part = np.zeros(self.low.size)
            part[order[:kept]] = found.point[order[:kept]]
            length = float(np.linalg.norm(part))
            tries = [part * (factor * found.distance / length) for factor in LONGER] if length > 0.0 else []
            tries = [np.clip(point, self.low, self.high) for point in tries]
            values = self.at(tries[: self.left - end])
            fits = [Found(point, float(v)) for point, v in zip(tries, values, strict=False) if v < level]
            fits = [one for one in fits if one.distance <= LONGER[-1] * found.distance]
            if fits:
                enough, best = kept, min(fits, key=lambda one: one.distance)
            else:
                short = kept
            if kept == 1:
                break
        while self.left > end:
            kept_now = np.flatnonzero(best.point)
            if kept_now.size < 2:
                break
            without = np.repeat(best.point[None, :], kept_now.size, axis=0)
            without[np.arange(kept_now.size), kept_now] = 0.0
            values = self.at(without[: self.left - end])
            if not (values < level).any():
                break
            number = int(np.argmin(values))
            best = Found(without[number], float(values[number]))
        return best

    def best_below(self, level: float) -> Found | None:
        """Return the nearest point so far with a number below the level."""
        below = np.flatnonzero(self.values < level)
        if not below.size:
            return None
        chosen = below[np.argmin(np.linalg.norm(self.points[below], axis=1))]
        return Found(self.points[chosen], float(self.values[chosen]))

    def _origin(self) -> float:
        return float(self.values[0])

    def lowest_yet(self) -> Found:
        """Return the point with the lowest number so far."""
        chosen = int(np.nanargmin(self.values)) if np.isfinite(self.values).any() else 0
        return Found(self.points[chosen], float(self.values[chosen]))

    def _fit(self, around: Floats, radius: float) -> Floats:
        """Return the gradient of a linear model, fitted to the points within a radius; it leans on the last one."""
        known = np.isfinite(self.values) & (np.linalg.norm(self.points - around, axis=1) <= radius)
        if known.sum() < 2:
            return self.gradient
        x = self.points[known] - self.points[known].mean(axis=0)
        rest = self.values[known] - self.values[known].mean() - x @ self.gradient
        # A ridge as strong as the screening's own information per coordinate, over ten.
        ridge = 0.1 * STEP * STEP * len(x)
        if not self.gradient.any():
            ridge = 1e-9
        moved = np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ rest)
        return np.asarray(self.gradient + moved)

    def _evolve(
        self,
        start: Floats,
        spread: float,
        cost: Callable[[Floats, Floats], Floats],
        candidate: Callable[[], Floats],
        end: int,
    ) -> None:
        """Let a population look for lower costs until `left` falls to `end` or nothing gets better."""
        optimizer = _optimizer()(mean=start.copy(), sigma=max(spread, 1e-3), seed=self._seed)
        size = optimizer.population_size
        best, waited = math.inf, 0
        while self.left - size >= end and waited < PATIENCE:
            asked = [*(optimizer.ask() for _ in range(size - 1)), candidate()]
            inside = np.clip(np.asarray(asked), self.low, self.high)
            values = self.at(inside)
            outside = np.linalg.norm(np.asarray(asked) - inside, axis=1)
            costs = cost(inside, values)
            # Out of the box costs a little, so that the population comes back; what is tried is always inside.
            scale = float(np.ptp(costs[np.isfinite(costs)])) if np.isfinite(costs).any() else 1.0
            told = np.where(np.isfinite(costs), costs, 1e9) + scale * outside * outside
            optimizer.tell(list(zip(asked, told.tolist(), strict=True)))
            lowest = float(costs.min())
            if lowest < best - 0.01 * abs(best if math.isfinite(best) else lowest):
                best, waited = lowest, 0
            else:
                waited += 1


def design_point(gradient: Floats, value: float, at: Floats, level: float, low: Floats, high: Floats) -> Floats:
    """Return the point of a box nearest to the origin where a linear model falls to a level, or comes closest to it.

    The model has `value` at the point `at`. Without a box the distance is (model at the origin - level) / |gradient|.
    """
    origin = value - float(gradient @ at)
    corner = np.where(gradient > 0.0, low, np.where(gradient < 0.0, high, 0.0))
    if not gradient.any() or origin <= level:
        return np.zeros_like(low)
    if origin + float(gradient @ corner) >= level:
        return np.asarray(corner, dtype=float)

    def reached(length: float) -> float:
        return origin + float(gradient @ np.clip(-length * gradient, low, high)) - level

    longest = 1.0
    while reached(longest) > 0.0:
        longest *= 2.0
    shortest = 0.0
    for _ in range(80):
        middle = 0.5 * (shortest + longest)
        shortest, longest = (middle, longest) if reached(middle) > 0.0 else (shortest, middle)
    return np.clip(-longest * gradient, low, high)


def _optimizer() -> Any:
    try:
        from cmaes import SepCMA
    except ModuleNotFoundError:
        raise MissingExtraError("cmaes", "challenges") from None
    return SepCMA

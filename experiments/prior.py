"""Points of the prior: where the parameters that nobody knows are tried.

Each point is drawn for itself, uniform and independent in all 84 dimensions (section 7). More points leave those that
were tried as they are, a search may stop when it likes, and the standard error of a share is that of independent draws.
Points that fill the space more evenly do not pay here: among the first 128 of a scrambled Sobol' sequence in 84
dimensions some pairs of parameters correlate with .85, so that one is taken for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from experiments.verdicts import Floats
from scenarios import DECLARATIONS, UNCERTAIN, Parameters

PRIOR_SEED: Final = 20_220_224
"""Seed of the points; part of the registered rule."""


def prior_points(count: int) -> list[Parameters]:
    """Return the first `count` points of the prior."""
    return [prior_point(number) for number in range(count)]


@lru_cache(maxsize=4096)
def prior_point(number: int) -> Parameters:
    """Return the point of this number, from 0."""
    bounds = np.array([DECLARATIONS[name].prior for name in UNCERTAIN], dtype=float)
    unit = np.random.default_rng([PRIOR_SEED, number]).random(len(UNCERTAIN))
    values = bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) * unit
    return Parameters.of(dict(zip(UNCERTAIN, values.tolist(), strict=True)))


def assumed(points: Sequence[Parameters]) -> Floats:
    """Return the values of the uncertain parameters at points, [points, parameters]."""
    rows = [[getattr(point, name) for name in UNCERTAIN] for point in points]
    return np.array(rows, dtype=float).reshape(len(points), len(UNCERTAIN))

"""Points of the prior: where the parameters that nobody knows are tried."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from scenarios import DECLARATIONS, UNCERTAIN, Parameters

PRIOR_SEED = 20_220_224
"""Seed of the scrambled sequence; part of the registered design."""


def unit_points(count: int, dimensions: int, seed: int = PRIOR_SEED) -> NDArray[np.float64]:
    """Return the first `count` points of a scrambled Sobol' sequence in the unit cube, [count, dimensions].

    The sequence can be lengthened: its first points stay what they were, so more points add to what is stored.
    """
    sampler = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    with warnings.catch_warnings():
        # Balance at powers of two matters to integrals; shares of draws are reported with their error at any count.
        warnings.filterwarnings("ignore", message=".*balance properties.*", category=UserWarning)
        return np.asarray(sampler.random(count))


def independent_points(first: int, last: int) -> list[Parameters]:
    """Return the points of the prior numbered from `first` up to `last`, each drawn for itself.

    Sobol' points fill the space better; independent ones let the number of points depend on what the earlier ones said.
    """
    rows = [np.random.default_rng([PRIOR_SEED, number]).random(len(UNCERTAIN)) for number in range(first, last)]
    return _scaled(np.array(rows).reshape(-1, len(UNCERTAIN)))


def prior_points(count: int) -> list[Parameters]:
    """Return `count` points of the prior: all 84 uncertain parameters, uniform and independent (ruling 19)."""
    return _scaled(unit_points(count, len(UNCERTAIN)))


def _scaled(unit: NDArray[np.float64]) -> list[Parameters]:
    low = np.array([DECLARATIONS[name].prior[0] for name in UNCERTAIN])  # type: ignore[index]
    high = np.array([DECLARATIONS[name].prior[1] for name in UNCERTAIN])  # type: ignore[index]
    values = low + (high - low) * unit
    return [Parameters.of(dict(zip(UNCERTAIN, row.tolist(), strict=True))) for row in values]

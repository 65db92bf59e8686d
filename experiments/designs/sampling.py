"""Where the points of a design lie: every combination, row by row, or a sample."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from scipy.stats import qmc

from experiments.designs.axes import Axis, Kind
from experiments.errors import MissingExtraError
from experiments.verdicts import Floats


def coordinates_of(
    axes: Sequence[Axis], kind: Kind, count: int, levels: int, second_order: bool, sample_seed: int
) -> Floats:
    """Return the coordinates of all points, [points, axes]; see `Axis.setting`.

    Parameters
    ----------
    count
        Points, base samples (saltelli) or trajectories (morris); grids and lists have as many as their axes say.
    levels
        Levels of Morris's grid.
    second_order
        Whether a Saltelli sample lets pairs of axes be estimated too.
    """
    if kind == "grid":
        # Without an axis there is one combination: nothing varied.
        rows = list(product(*(range(len(axis.values)) for axis in axes)))
        return np.array(rows, dtype=float).reshape(len(rows), len(axes))
    if kind == "list":
        count = len(axes[0].values) if axes else 1
        return np.repeat(np.arange(float(count))[:, np.newaxis], len(axes), axis=1)
    unit = _unit_sample(axes, kind, count, levels, second_order, sample_seed)
    return np.column_stack([axis.coordinates(unit[:, number]) for number, axis in enumerate(axes)])


def _unit_sample(
    axes: Sequence[Axis], kind: Kind, count: int, levels: int, second_order: bool, sample_seed: int
) -> Floats:
    if kind == "sobol":
        sampler = qmc.Sobol(len(axes), scramble=True, rng=np.random.default_rng(sample_seed))
        with warnings.catch_warnings():
            # Balance at powers of two matters to integrals; shares of draws are reported with their error at any count.
            warnings.filterwarnings("ignore", message=".*balance properties.*", category=UserWarning)
            return np.asarray(sampler.random(count))
    if kind == "latin_hypercube":
        sampler = qmc.LatinHypercube(len(axes), rng=np.random.default_rng(sample_seed))
        return np.asarray(sampler.random(count))
    with warnings.catch_warnings():
        # SALib's own use of what NumPy and SciPy are about to rename.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        try:
            from SALib.sample import morris, sobol
        except ImportError as error:
            raise MissingExtraError("SALib", f"designs of kind '{kind}'") from error
        if kind == "saltelli":
            sample = sobol.sample(_problem(axes), count, calc_second_order=second_order, seed=sample_seed)
        else:
            sample = morris.sample(_problem(axes), count, num_levels=levels, seed=sample_seed)
    return np.asarray(sample)


def _problem(axes: Sequence[Axis]) -> dict[str, Any]:
    """Return SALib's description of the axes, each from 0 to 1."""
    return {
        "num_vars": len(axes),
        "names": [axis.column for axis in axes],
        "bounds": [[0.0, 1.0]] * len(axes),
    }

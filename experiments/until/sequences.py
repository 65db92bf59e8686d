"""Bounds that hold at every look at once (confidence sequences), however often and whenever one looks.

An ordinary 95 % interval errs in 5 % of the times it is looked at; who looks after every batch and stops when the
interval says something errs far more often. These intervals err, over all looks together, in at most the stated share
of the experiments. Both invert a mixture of likelihood ratios, a martingale M with M = 1 before the first observation:
that it ever reaches 1 / error has at most the probability `error` (Ville 1939). Pure functions of numbers.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import betaln, xlog1py, xlogy

from experiments.verdicts import Floats

PRIOR = 0.5
"""Both parameters of the Beta mixture: Jeffreys's, which is nearly as sharp as if the share had been known."""
UNIT = 1.0
"""Weight of the normal mixture over the effect in standard deviations, in observations: its variance is 1 / UNIT."""


def share_evidence(count: Floats | float, draws: Floats | float, share: Floats | float) -> Floats:
    """Return the log of M against a share, after `count` of `draws` independent draws had the property.

    The Beta mixture of Bernoulli likelihoods (Robbins 1970, Annals of Mathematical Statistics 41:1397; Howard, Ramdas,
    McAuliffe and Sekhon 2021, Annals of Statistics 49:1055). Exact for any number of draws.
    """
    count, draws, share = (np.asarray(value, dtype=float) for value in (count, draws, share))
    return np.asarray(_mixture(count, draws) - xlogy(count, share) - xlog1py(draws - count, -share))


@lru_cache(maxsize=2**16)
def lowest_share(count: int, draws: int, error: float) -> float:
    """Return the lower bound of a share: over all looks, it is above the true share with at most that probability."""
    if count == 0:
        return 0.0
    beyond, rest = float(_mixture(count, draws)) + math.log(error), draws - count

    def evidence(share: float) -> float:
        return beyond - count * math.log(share) - (rest * math.log1p(-share) if rest else 0.0)

    return float(brentq(evidence, 1e-300, count / draws))


def highest_share(count: int, draws: int, error: float) -> float:
    """Return the upper bound of a share, likewise; 1 before the first draw."""
    return 1.0 - lowest_share(draws - count, draws, error)


def mean_bounds(values: Floats, error: float) -> tuple[float, float]:
    """Return bounds of the mean of normal observations of unknown spread; infinite while they are too few.

    The normal mixture over the standardised effect with the spread integrated out (Lai 1976, Annals of Statistics
    4:265; Wang and Ramdas 2025, Sequential Analysis 44:56): with t the t statistic against a mean, n observations and
    c = UNIT, M^2 = c / (n + c) * ((1 + t^2 / (n - 1)) / (1 + t^2 / (n - 1) * c / (n + c)))^n. Exact for normal
    observations; means over a thousand citizens are close to normal, and the tests measure the error on such data.
    """
    n = values.size
    if n < 2:
        return -math.inf, math.inf
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    kept = UNIT / (n + UNIT)
    ratio = math.exp(-(math.log(kept) + 2.0 * math.log(error)) / n)
    if ratio * kept >= 1.0:
        return -math.inf, math.inf
    half = spread * math.sqrt((n - 1) / n * (ratio - 1.0) / (1.0 - ratio * kept))
    return mean - half, mean + half


def _mixture(count: Floats | float, draws: Floats | float) -> Floats:
    """Return the log of the Beta mixture of the likelihoods of all shares."""
    return np.asarray(betaln(count + PRIOR, draws - count + PRIOR) - betaln(PRIOR, PRIOR))

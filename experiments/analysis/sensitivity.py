"""Sensitivity of one number to what a design varies. Pure functions of arrays; nothing here knows what was simulated.

Morris's elementary effects and Sobol' indices are SALib's; rank correlations serve the space-filling designs.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.stats import f as f_law
from scipy.stats import norm, rankdata

from experiments.errors import MissingExtraError
from experiments.verdicts import Floats

RESAMPLES: Final = 500
SEED: Final = 1
"""Seed of the bootstrap, so that an analysis repeated is the same."""
Z: Final = 1.959963984540054
"""Half-width of a 95 % normal interval, in standard errors."""
SPEARMAN: Final = 1.06
"""Variance of Fisher's z of Spearman's correlation, times n - 3 (Fieller, Hartley and Pearson 1957)."""


def morris_effects(unit: Floats, y: Floats, names: Sequence[str], levels: int) -> pd.DataFrame:
    """Return Morris's elementary effects, in units of y per whole range of an axis.

    Parameters
    ----------
    unit
        The sample, [trajectories x (axes + 1), axes], from 0 to 1; trajectories in which y is not a number are left
        out whole.

    Returns
    -------
    pandas.DataFrame
        axis, mu, mu_star with its 95 % half-width, sigma; the largest mu_star first.
    """
    analyze = _salib("morris").analyze
    unit, y = _whole_blocks(unit, y, len(names) + 1)
    if not y.size:
        return _nothing(names, ("mu", "mu_star", "mu_star_half", "sigma"))
    found = _quietly(
        analyze, _problem(names), unit, y, num_levels=levels, num_resamples=RESAMPLES, conf_level=0.95, seed=SEED
    )
    table = pd.DataFrame(
        {
            "axis": list(names),
            "mu": np.asarray(found["mu"], dtype=float),
            "mu_star": np.asarray(found["mu_star"], dtype=float),
            "mu_star_half": np.asarray(found["mu_star_conf"], dtype=float),
            "sigma": np.asarray(found["sigma"], dtype=float),
        }
    )
    return ranked(table, "mu_star")


def sobol_indices(y: Floats, names: Sequence[str], *, second_order: bool = False) -> pd.DataFrame:
    """Return first and total Sobol' indices of a Saltelli sample, with bootstrapped 95 % half-widths.

    Base samples in which y is not a number are left out whole; indices of a constant y are 0.
    """
    analyze = _salib("sobol").analyze
    block = (2 if second_order else 1) * len(names) + 2
    _, y = _whole_blocks(np.zeros((y.size, 1)), y, block)
    columns = ("first", "first_half", "total", "total_half")
    if not y.size:
        return _nothing(names, columns)
    if np.ptp(y) == 0.0:
        return pd.DataFrame({"axis": list(names), **dict.fromkeys(columns, 0.0)})
    found = _quietly(
        analyze,
        _problem(names),
        y,
        calc_second_order=second_order,
        num_resamples=RESAMPLES,
        conf_level=0.95,
        seed=SEED,
    )
    keys = ("S1", "S1_conf", "ST", "ST_conf")
    table = pd.DataFrame({"axis": list(names), **{c: found[k] for c, k in zip(columns, keys, strict=True)}})
    return ranked(table, "total")


def rank_correlations(x: Floats, y: Floats, names: Sequence[str]) -> pd.DataFrame:
    """Return Spearman's and the partial rank correlation of y with each column of x, the largest first.

    The partial one holds all other columns fixed (linearly, in ranks); its 95 % interval is Fisher's. It needs more
    points than columns and is not a number otherwise. `chance` is what the largest of all stays below in 95 % of the
    samples in which no column matters (Fisher, Bonferroni): of the partial ones, or of Spearman's where these are none.
    """
    known = ~np.isnan(y)
    x, y = x[known], y[known]
    ranks = np.column_stack([rankdata(column) for column in [*x.T, y]]) if y.size else np.zeros((0, len(names) + 1))
    moving = ranks.std(axis=0) > 0.0 if y.size else np.zeros(len(names) + 1, dtype=bool)
    spearman = np.full(len(names), 0.0 if y.size else np.nan)
    partial = spearman.copy()
    half, chance = math.inf, math.nan
    if moving[-1]:
        used = np.flatnonzero(moving)
        correlation = np.corrcoef(ranks[:, used], rowvar=False)
        spearman[used[:-1]] = correlation[-1, :-1]
        free = y.size - 3 - (used.size - 2)
        partial[used[:-1]] = np.nan
        if free > 0:
            precision = np.linalg.pinv(correlation, hermitian=True)
            scale = np.sqrt(np.abs(np.diag(precision)))
            partial[used[:-1]] = np.clip(-precision[-1, :-1] / (scale[-1] * scale[:-1]), -1.0, 1.0)
            half = Z / math.sqrt(free)
        if used.size > 1:
            variance = 1.0 / free if free > 0 else SPEARMAN / (y.size - 3) if y.size > 3 else math.inf
            chance = math.tanh(float(norm.ppf(1.0 - 0.025 / (used.size - 1))) * math.sqrt(variance))
    with np.errstate(divide="ignore"):
        z = np.arctanh(partial)
    table = pd.DataFrame(
        {
            "axis": list(names),
            "spearman": spearman,
            "partial": partial,
            "partial_low": np.tanh(z - half) if math.isfinite(half) else np.full(len(names), np.nan),
            "partial_high": np.tanh(z + half) if math.isfinite(half) else np.full(len(names), np.nan),
            "chance": np.full(len(names), chance),
        }
    )
    return ranked(table, "partial" if math.isfinite(half) else "spearman")


def ratio_by_chance(values: int, points: int, tests: int) -> float:
    """Return what the largest correlation ratio of so many axes exceeds by chance in 1 of 20 samples (F, Bonferroni).

    `values` are those of the axis; without more points than values it is not a number.
    """
    if points <= values:
        return math.nan
    found = (values - 1) * float(f_law.ppf(1.0 - 0.05 / tests, values - 1, points - values))
    return math.sqrt(found / (found + points - values))


def variance_between(groups: Floats, y: Floats) -> float:
    """Return the share of y's variance that lies between groups (eta squared); 0 for a constant y."""
    known = ~np.isnan(y)
    groups, y = groups[known], y[known]
    total = float(((y - y.mean()) ** 2).sum()) if y.size else 0.0
    if total == 0.0:
        return 0.0
    between = sum((groups == g).sum() * (y[groups == g].mean() - y.mean()) ** 2 for g in np.unique(groups))
    return float(between / total)


@dataclass(frozen=True)
class Split:
    """Where the variance of a number comes from, in shares that sum to 1, and its standard deviation.

    `seeds` is what one seed does at every point alike (its citizens, ties and luck); `luck` is what it does at one
    point and not at another.
    """

    sd: float
    parameters: float
    seeds: float
    luck: float


def variance_split(values: Floats, *, shared_seeds: bool = True) -> Split:
    """Return the split of values [points, seeds], by the analysis of variance with random effects.

    With one seed, or one point, only the standard deviation is known. Points with a failed run are left out.
    """
    values = values[~np.isnan(values).any(axis=1)]
    points, seeds = values.shape
    sd = float(values.std()) if values.size else math.nan
    if points < 2 or seeds < 2:
        return Split(sd, math.nan, math.nan, math.nan)
    grand, rows, columns = values.mean(), values.mean(axis=1), values.mean(axis=0)
    between_points = seeds * ((rows - grand) ** 2).sum() / (points - 1)
    if shared_seeds:
        between_seeds = points * ((columns - grand) ** 2).sum() / (seeds - 1)
        rest = values - rows[:, np.newaxis] - columns[np.newaxis, :] + grand
        luck = (rest**2).sum() / ((points - 1) * (seeds - 1))
        seed = max(0.0, float((between_seeds - luck) / points))
    else:
        luck = ((values - rows[:, np.newaxis]) ** 2).sum() / (points * (seeds - 1))
        seed = 0.0
    point = max(0.0, float((between_points - luck) / seeds))
    total = point + seed + float(luck)
    if total == 0.0:
        return Split(sd, 0.0, 0.0, 0.0)
    return Split(sd, point / total, seed / total, float(luck) / total)


@dataclass(frozen=True)
class Parts:
    """Where the variance of a number comes from, in shares that sum to 1, and its standard deviation.

    `population` is what the people and ties at month 0 do at every point alike, `interaction` what they do at one point
    and not at another, and `luck` all that changes when the same people live again.
    """

    sd: float
    parameters: float
    population: float
    interaction: float
    luck: float


def variance_parts(values: Floats) -> Parts:
    """Return the parts of values [points, populations, seeds], all crossed, as variances of random effects.

    Each component is its mean square less what the effects within it add to that (Henderson's first method; Searle,
    Casella and McCulloch 1992, Variance Components, chapter 4), and 0 if that is negative. At one point, parameters and
    interaction are 0. With one population or one seed only the standard deviation is known. Points with a failed run
    are left out.
    """
    values = values[~np.isnan(values).any(axis=(1, 2))]
    points, populations, seeds = values.shape
    sd = float(values.std()) if values.size else math.nan
    if points < 1 or populations < 2 or seeds < 2:
        return Parts(sd, math.nan, math.nan, math.nan, math.nan)
    p, k, m = values.shape
    a, b, c = (values.mean(axis=axes, keepdims=True) for axes in ((1, 2), (0, 2), (0, 1)))
    ab, ac, bc = (values.mean(axis=axis, keepdims=True) for axis in (2, 1, 0))
    grand = values.mean()

    def square(effect: Floats, times: int, freedom: int) -> float:
        return times * float((effect**2).sum()) / freedom

    people = square(b - grand, p * m, k - 1)
    people_by_seed = square(bc - b - c + grand, p, (k - 1) * (m - 1))
    # Whatever changes with the seed, at all points and for all people alike or not.
    luck = float(values.var(axis=2, ddof=1).mean())
    if p == 1:
        population = max(0.0, (people - people_by_seed) / m)
        point = interaction = 0.0
    else:
        rest = square(values - ab - ac - bc + a + b + c - grand, 1, (p - 1) * (k - 1) * (m - 1))
        point_by_people = square(ab - a - b + grand, m, (p - 1) * (k - 1))
        point_by_seed = square(ac - a - c + grand, k, (p - 1) * (m - 1))
        interaction = max(0.0, (point_by_people - rest) / m)
        population = max(0.0, (people - point_by_people - people_by_seed + rest) / (p * m))
        point = max(0.0, (square(a - grand, k * m, p - 1) - point_by_people - point_by_seed + rest) / (k * m))
    total = point + population + interaction + luck
    shares = (point, population, interaction, luck)
    return Parts(sd, *(share / total if total else 0.0 for share in shares))


def _whole_blocks(x: Floats, y: Floats, size: int) -> tuple[Floats, Floats]:
    """Return the rows of the blocks in which every y is a number."""
    whole = np.repeat(~np.isnan(y.reshape(-1, size)).any(axis=1), size)
    return x[whole], y[whole]


def _nothing(names: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"axis": list(names), **dict.fromkeys(columns, np.nan)})


def ranked(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows of a table with the largest absolute value of a column first."""
    order = table[column].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _problem(names: Sequence[str]) -> Mapping[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def _quietly(function: Any, *arguments: Any, **options: Any) -> Any:
    """Call SALib, whose use of NumPy and SciPy warns of names that are about to change, and of 0 / 0 in a bootstrap."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


def _salib(method: str) -> Any:
    try:
        from SALib.analyze import morris, sobol
    except ImportError as error:
        raise MissingExtraError("SALib", "sensitivity indices") from error
    return {"morris": morris, "sobol": sobol}[method]

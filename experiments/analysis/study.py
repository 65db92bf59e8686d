"""What the numbers of a sweep say, in tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.analysis.discovery import Box, Tree, find_box, grow_tree
from experiments.analysis.sensitivity import (
    morris_effects,
    rank_correlations,
    ranked,
    ratio_by_chance,
    sobol_indices,
    variance_between,
    variance_parts,
    variance_split,
)
from experiments.designs import SPACE_FILLING, Axis, Contrast, Design
from experiments.runs import column
from experiments.verdicts import Floats, interval, judged, shares, whole_percent
from model.measures import NATIONAL_MEASURES

FOLDER: Final = "analysis"
RATIO: Final = "correlation_ratio"
"""What weighs an axis of values without an order: the root of the share of variance between them."""
PAGE: Final = "analysis.html"
SHOWN: Final = (
    ("loyalty", "kin_camp"),
    ("kin_display", "kin_camp"),
    ("threat", "kin_camp"),
    ("hostility", "other_camp"),
    ("departures", "kin_camp"),
)
"""Outcomes at the horizon that are analysed for every arm, where the sweep kept them; else all that it kept."""
DEPENDENT: Final = ("morris", "saltelli")
"""Kinds whose points share coordinates: a mean over them has no interval that takes them for independent."""
BINS: Final = 8
MAP_BINS: Final = 5
MAPPED_AXES: Final = 2
DOSE_AXES: Final = 3
"""Continuous axes, the most influential ones, along which a dose-response is drawn."""
_WORDS: Final = {1: "holds", 0: "within the margin", -1: "contradicted"}


@dataclass(frozen=True)
class Quantity:
    """A number that every point and seed of a sweep gives: an outcome of an arm, or a contrast between arms."""

    name: str
    measure: str
    values: Floats  # [points, seeds], or [points, populations x seeds]
    contrast: Contrast | None = None

    @property
    def means(self) -> Floats:
        """The mean over seeds at each point; not a number where a run failed."""
        return np.asarray(self.values.mean(axis=1))


@dataclass(frozen=True)
class Discovery:
    """Where a contrast holds and where it is contradicted."""

    contrast: str
    holds: Box | None
    contradicted: Box | None
    tree: Tree | None


@dataclass(frozen=True)
class Analysis:
    """What the numbers of a sweep say; every table is also a file."""

    design: Design
    folder: Path
    quantities: tuple[Quantity, ...]
    tables: Mapping[str, pd.DataFrame]
    discoveries: tuple[Discovery, ...]
    failed: int

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / PAGE

    def table(self, name: str, quantity: str | None = None) -> pd.DataFrame:
        """Return a table, or its rows of one quantity."""
        table = self.tables[name]
        return table if quantity is None else table[table["quantity"] == quantity].reset_index(drop=True)

    def decisive(self, quantity: str, most: int) -> pd.DataFrame:
        """Return the weightiest axes of a quantity; of rank correlations, those that are beyond chance."""
        found = self.table("sensitivity", quantity)
        beyond = found["chance"].fillna(math.inf) if "chance" in found else 0.0
        return found[found["weight"].abs() > beyond].head(most)

    def by_chance(self, quantity: str) -> str:
        """Return in words that no axis is beyond chance; nothing where the method does not say what chance does."""
        found = self.table("sensitivity", quantity)
        if "chance" not in found or found.empty:
            return ""
        reach = found["chance"].max()
        reaches = "" if math.isnan(reach) else f", which reaches {reach:.2f} for one of {len(found)}"
        return f"no axis is beyond chance{reaches}"

    def text(self) -> str:
        """Return a summary for the terminal."""
        people = f"{len(self.design.populations)} populations x " if self.design.populations else ""
        seeds = f"{len(self.design.seeds)} {'seed' if len(self.design.seeds) == 1 else 'seeds'}"
        points = f"{self.design.points} {'point' if self.design.points == 1 else 'points'}"
        lines = [f"{self.design.title}: {points}, {people}{seeds}"]
        if self.failed:
            lines.append(f"{self.failed} rows failed; points that need them are left out")
        for row in self.tables["contrasts"].to_dict("records"):
            if math.isnan(row["mean"]):
                lines += ["", f"{row['quantity']} (month {row['month']}): no value at any point"]
                continue
            interval = f"[{row['low']:+.3f}, {row['high']:+.3f}]" if not math.isnan(row["low"]) else "(no interval)"
            lines += [
                "",
                f"{row['quantity']} (month {row['month']}): {row['mean']:+.4f} {interval}",
                f"  holds at {whole_percent(row['holds'])}% of {row['points']} points, within the margin at "
                f"{whole_percent(row['neutral'])}%, contradicted at {whole_percent(row['contradicted'])}%",
            ]
            lines += self._variance(str(row["quantity"]))
            found = self.decisive(str(row["quantity"]), 5)
            if len(found):
                shown = ", ".join(f"{row['axis']} {weight_text(row)}" for row in found.to_dict("records"))
                lines.append(f"  most decisive ({common_weight(found)}): {shown}")
            elif chance := self.by_chance(str(row["quantity"])):
                lines.append(f"  most decisive: {chance}")
        lines += [f"cannot be judged: {line}" for line in self.design.cut_short]
        return "\n".join(lines)

    def _variance(self, quantity: str) -> list[str]:
        """Return a line of where the variance comes from, none where that cannot be told."""
        (row,) = self.table("variance", quantity)[list(split_columns(self.design))].to_dict("records")
        if any(math.isnan(share) for share in row.values()) or not any(row.values()):
            return []
        return ["  variance: " + ", ".join(f"{name} {share:.0%}" for name, share in row.items())]


def common_weight(sensitivity: pd.DataFrame) -> str:
    """Return what weighs the axes: a correlation ratio only if nothing else does."""
    others = sensitivity.loc[sensitivity["weighed_by"] != RATIO, "weighed_by"]
    return str(others.iloc[0]) if len(others) else RATIO


def weight_text(row: Mapping[Hashable, Any]) -> str:
    """Write the weight of an axis; a correlation ratio has no sign, and says what it is."""
    return f"{row['weight']:.2f} (correlation ratio)" if row["weighed_by"] == RATIO else f"{row['weight']:+.2f}"


def study(design: Design, rows: pd.DataFrame, folder: Path) -> Analysis:
    """Return the analysis of a finished table's rows, in the table's order; writes nothing."""
    quantities = (*_contrasts(design, rows), *_outcomes(design, rows))
    sensitivity = _stacked(quantities, lambda quantity: sensitivity_of(design, quantity.means))
    contrasts = pd.DataFrame(
        [_judged(design, quantity) for quantity in quantities if quantity.contrast is not None], columns=_JUDGED
    )
    splits = pd.DataFrame(
        [_split(design, quantity) for quantity in quantities], columns=["quantity", "sd", *split_columns(design)]
    )
    chosen = {quantity.name: _axes_for(design, sensitivity, quantity.name) for quantity in quantities}
    main = [quantity for quantity in quantities if quantity.contrast is not None] or list(quantities)
    tables = {
        "contrasts": contrasts,
        "sensitivity": sensitivity,
        "variance": splits,
        "responses": _stacked(quantities, lambda quantity: responses(design, quantity, chosen[quantity.name])),
        "maps": _stacked(main, lambda quantity: verdict_map(design, quantity, chosen[quantity.name])),
    }
    discoveries = [_discover(design, quantity) for quantity in main if quantity.contrast is not None]
    failed = int((rows["status"] != "ok").sum())
    found = tuple(d for d in discoveries if d.holds or d.contradicted or d.tree)
    return Analysis(design, folder, quantities, {**tables, "boxes": _boxes(found)}, found, failed)


# What is analysed


def _values(design: Design, rows: pd.DataFrame, arm: str, name: str) -> Floats:
    """Return an outcome of an arm, [points, lives]."""
    shape = design.points, design.lives, len(design.arms)
    values = rows[name].to_numpy(dtype=float).reshape(shape)
    return np.asarray(values[:, :, list(design.arms).index(arm)])


def _outcomes(design: Design, rows: pd.DataFrame) -> Iterator[Quantity]:
    names = [column(*outcome, design.months) for outcome in SHOWN]
    if not any(name in rows for name in names):
        names = [column(*outcome, design.months) for outcome in design.outcomes or ()]
    for arm in design.arms:
        for name in names:
            if name in rows:
                measure, _, rest = name.partition(".")
                whose = "" if measure in NATIONAL_MEASURES else f", {rest.partition('.')[0]}"
                title = f"{arm}: {measure}{whose}, month {design.months}"
                yield Quantity(title, measure, _values(design, rows, arm, name))


def _contrasts(design: Design, rows: pd.DataFrame) -> Iterator[Quantity]:
    for contrast in design.contrasts:
        estimand = contrast.estimand
        name = column(estimand.measure, estimand.population, estimand.month)
        if name not in rows:
            continue
        effect = np.zeros((design.points, design.lives))
        for arm, weight in estimand.contrast:
            effect = effect + weight * _values(design, rows, arm, name)
        if estimand.relative_to:
            reference = _values(design, rows, estimand.relative_to, name).mean(axis=1, keepdims=True)
            reference = np.broadcast_to(reference, effect.shape)
            effect = np.divide(effect, reference, out=np.full(effect.shape, np.nan), where=reference > 0.0)
        measure = f"{estimand.measure}, relative" if estimand.relative_to else estimand.measure
        yield Quantity(contrast.name, measure, effect, contrast)


# What is said of it

_JUDGED: Final = ["quantity", "month", "margin", "mean", "low", "high", "holds", "neutral", "contradicted", "points"]


def sensitivity_of(design: Design, y: Floats) -> pd.DataFrame:
    """Return how a number depends on each axis, by the method that the design was made for.

    `weight` is what the rows are ordered by and `weighed_by` its name: mu_star (Morris), total (Saltelli), the partial
    rank correlation (space-filling), or the share of variance between the values of an axis (grids). Values without an
    order have no rank: of three or more, the weight is the correlation ratio, the root of that share.
    """
    axes = design.axes
    names = [axis.column for axis in axes]
    along = list(zip(axes, design.coordinates.T, strict=True))
    if not axes or len(y) < 2:
        return pd.DataFrame(columns=["axis", "weight", "weighed_by"])
    if design.kind == "morris":
        unit = np.column_stack([axis.unit(x) for axis, x in along])
        table = morris_effects(unit, y, names, design.levels)
        by = "mu_star"
    elif design.kind == "saltelli":
        table = sobol_indices(y, names, second_order=design.second_order)
        by = "total"
    else:
        standing = {axis.column: _standing(axis, x) for axis, x in along}
        table = rank_correlations(np.column_stack(list(standing.values())), y, names)
        by = "partial" if table["partial"].notna().any() else "spearman"
        between = {axis.column: variance_between(standing[axis.column], y) for axis in axes if axis.values}
        table["between_values"] = table["axis"].map(between).astype(float)
        unordered = {axis.column: len(set(axis.values)) for axis in axes if not axis.is_numeric}
        for column_name, values in unordered.items():
            if values > 2:
                told = table["axis"] == column_name
                table.loc[told, ["spearman", "partial", "partial_low", "partial_high"]] = math.nan
                table.loc[told, "chance"] = ratio_by_chance(values, int((~np.isnan(y)).sum()), len(axes))
        if design.kind == "grid":
            by = "between_values"
            table = table.sort_values(by, ascending=False, kind="stable").reset_index(drop=True)
            table = table.drop(columns="chance")
        else:
            ratio = np.sqrt(table["between_values"])
            table["weighed_by"] = np.where(table[by].isna() & ratio.notna(), RATIO, by)
            table["weight"] = table[by].fillna(ratio)
            return ranked(table, "weight")
    return table.assign(weight=table[by], weighed_by=by)


def _standing(axis: Axis, coordinates: Floats) -> Floats:
    """Return where points stand along an axis: at a number, or at the place of a category among all."""
    if axis.is_numeric:
        return np.asarray(axis.settings(coordinates), dtype=float)
    # A list may name a category in several rows.
    places = np.array([axis.values.index(value) for value in axis.values], dtype=float)
    return np.asarray(places[coordinates.astype(int)])


def _judged(design: Design, quantity: Quantity) -> dict[str, Any]:
    assert quantity.contrast is not None
    estimand = quantity.contrast.estimand
    known = quantity.means[~np.isnan(quantity.means)]
    found = shares(judged(known, estimand.direction, estimand.margin))
    mean, low, high = mean_interval(quantity.values)
    if design.kind in DEPENDENT:
        low = high = math.nan
    return dict(
        zip(
            _JUDGED,
            (
                quantity.name,
                estimand.month,
                estimand.margin,
                mean,
                low,
                high,
                found.holds,
                found.neutral,
                found.contradicted,
                found.draws,
            ),
            strict=True,
        )
    )


def mean_interval(values: Floats) -> tuple[float, float, float]:
    """Return the mean of values [points, seeds] and its 95 % interval: over points, or over seeds at one point."""
    values = values[~np.isnan(values).any(axis=1)]
    found = interval(values.mean(axis=1) if len(values) > 1 else values.ravel())
    return found.mean, found.low, found.high


def split_columns(design: Design) -> tuple[str, ...]:
    """Return the names of the parts that a quantity's variance is split into."""
    return (
        ("parameters", "population", "interaction", "luck") if design.populations else ("parameters", "seeds", "luck")
    )


def _split(design: Design, quantity: Quantity) -> dict[str, Any]:
    if design.populations:
        shape = design.points, len(design.populations), len(design.seeds)
        return {"quantity": quantity.name, **asdict(variance_parts(quantity.values.reshape(shape)))}
    return {
        "quantity": quantity.name,
        **asdict(variance_split(quantity.values, shared_seeds=not design.fresh_seeds)),
    }


def _axes_for(design: Design, sensitivity: pd.DataFrame, quantity: str) -> list[Axis]:
    """Return the numeric axes in the order of their weight for a quantity."""
    by_column = {axis.column: axis for axis in design.axes if axis.is_numeric}
    ranked = sensitivity.loc[sensitivity["quantity"] == quantity, "axis"]
    return [by_column[name] for name in ranked if name in by_column]


def _binned(design: Design, axis: Axis, bins: int) -> tuple[NDArray[np.int64], Floats]:
    """Return the bin of each point along an axis, and where each bin stands; separate values are bins of their own."""
    x = design.coordinates[:, design.axes.index(axis)]
    if axis.values:
        at, bin_of = np.unique(_standing(axis, x), return_inverse=True)
        return bin_of, at
    edges = np.linspace(axis.low, axis.high, bins + 1)
    return np.clip(np.searchsorted(edges, x, side="right") - 1, 0, bins - 1), (edges[:-1] + edges[1:]) / 2.0


def responses(design: Design, quantity: Quantity, ranked: Sequence[Axis]) -> pd.DataFrame:
    """Return the mean of a quantity with its 95 % interval along axes of separate values, and the weightiest others."""
    whole = [axis for axis in ranked if axis.values or axis.group in ("budget", "levers", "figures")]
    chosen = [*whole, *[axis for axis in ranked if axis not in whole][:DOSE_AXES]]
    found = []
    for axis in chosen:
        bins, centres = _binned(design, axis, BINS)
        for number in np.unique(bins):
            mean, low, high = mean_interval(quantity.values[bins == number])
            if design.kind in DEPENDENT:
                low = high = math.nan
            found.append((axis.column, centres[number], mean, low, high, int((bins == number).sum())))
    return pd.DataFrame(found, columns=["axis", "at", "mean", "low", "high", "points"])


def verdict_map(design: Design, quantity: Quantity, ranked: Sequence[Axis]) -> pd.DataFrame:
    """Return a quantity over the two weightiest axes: its mean, and where it is a contrast how often it holds."""
    columns = ["axis_x", "axis_y", "x", "y", "mean", "holds", "contradicted", "points"]
    if len(ranked) < MAPPED_AXES or design.kind in ("morris", "list"):
        return pd.DataFrame(columns=columns)
    first, second = sorted(ranked[:MAPPED_AXES], key=design.axes.index)
    (bins_x, at_x), (bins_y, at_y) = (_binned(design, axis, MAP_BINS) for axis in (first, second))
    found = []
    for x in range(at_x.size):
        for y in range(at_y.size):
            means = quantity.means[(bins_x == x) & (bins_y == y)]
            means = means[~np.isnan(means)]
            holds = contradicted = math.nan
            if quantity.contrast is not None and means.size:
                estimand = quantity.contrast.estimand
                verdict = shares(judged(means, estimand.direction, estimand.margin))
                holds, contradicted = verdict.holds, verdict.contradicted
            mean = float(means.mean()) if means.size else math.nan
            found.append((first.column, second.column, at_x[x], at_y[y], mean, holds, contradicted, means.size))
    return pd.DataFrame(found, columns=columns)


def _discover(design: Design, quantity: Quantity) -> Discovery:
    """Look for boxes and a tree where points fill a space."""
    assert quantity.contrast is not None
    numeric = [number for number, axis in enumerate(design.axes) if axis.is_numeric]
    known = ~np.isnan(quantity.means)
    if design.kind not in SPACE_FILLING or not numeric:
        return Discovery(quantity.name, None, None, None)
    names = [design.axes[number].column for number in numeric]
    columns = [design.axes[n].settings(design.coordinates[known, n]).astype(float) for n in numeric]
    x = np.column_stack(columns)
    estimand = quantity.contrast.estimand
    signs = judged(quantity.means[known], estimand.direction, estimand.margin)
    return Discovery(
        quantity.name,
        find_box(x, signs == 1, names),
        find_box(x, signs == -1, names),
        grow_tree(x, np.array([_WORDS[int(sign)] for sign in signs]), names),
    )


def _boxes(discoveries: Sequence[Discovery]) -> pd.DataFrame:
    found = []
    for discovery in discoveries:
        for looked_for, box in (("holds", discovery.holds), ("contradicted", discovery.contradicted)):
            for limit in box.limits if box else ():
                assert box is not None
                found.append(
                    (
                        discovery.contrast,
                        looked_for,
                        limit.axis,
                        limit.low,
                        limit.high,
                        box.coverage,
                        box.density,
                        box.mass,
                        box.base,
                        box.held_out_coverage,
                        box.held_out_density,
                        box.held_out_base,
                        box.replicates,
                    )
                )
    columns = ["quantity", "looked_for", "axis", "low", "high", "coverage", "density", "mass", "base"]
    columns += ["held_out_coverage", "held_out_density", "held_out_base", "replicates"]
    return pd.DataFrame(found, columns=columns)


def _stacked(quantities: Sequence[Quantity], of: Callable[[Quantity], pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of all quantities as one, with the quantity's name in front."""
    parts = [of(quantity) for quantity in quantities]
    parts = [part.assign(quantity=q.name) for part, q in zip(parts, quantities, strict=True) if len(part)]
    if not parts:
        return pd.DataFrame({"quantity": [], "axis": [], "weight": [], "weighed_by": []})
    table: pd.DataFrame = pd.concat(parts, ignore_index=True)
    table.insert(0, "quantity", table.pop("quantity"))
    return table

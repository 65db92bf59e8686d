"""Pictures of an analysis, each for one question."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from experiments.analysis.study import RATIO, Analysis, common_weight, split_columns
from experiments.simulation import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION

COLOURS: Final = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, GREY)
STYLE: Final[Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "civic-loyalty",
    "svg.fonttype": "none",
}
ON_MAP: Final = "#1b1b1f"
"""What is drawn over a map's cells, which keep their colours on a dark page, where black turns light."""
MOST_BARS: Final = 12
MOST_PANELS: Final = 9
NOTHING: Final = 1e-12
"""A weight within this is a zero that arithmetic left something of."""
PARTS: Final = {
    "parameters": ("axes of the design", BLUE),
    "seeds": ("seed", ORANGE),
    "population": ("people at month 0", ORANGE),
    "interaction": ("people x axes", VERMILION),
    "luck": ("luck", GREY),
}
LABELS: Final = {
    "mu_star": "mean absolute elementary effect over the axis's whole range (mu*)",
    "total": "share of variance: first (dark) and total (light) Sobol' index",
    "partial": "partial rank correlation",
    "spearman": "rank correlation",
    "between_values": "share of variance between the axis's values",
    RATIO: "correlation ratio",
}


def pictures(analysis: Analysis) -> Iterator[tuple[str, str, Figure]]:
    """Yield name, caption and figure of every picture that the analysis has something to show for."""
    with mpl.rc_context(STYLE):
        if _shown(analysis, "sensitivity", "weight"):
            yield (
                "sensitivity",
                "What decides each difference: the weightiest axes, with 95 % intervals where the method gives them.",
                _bars(analysis),
            )
        if analysis.tables["variance"]["parameters"].notna().any():
            caption = (
                "Where the variance comes from: the design's axes, the people and ties at month 0 (at every point "
                "alike, and beyond that), and the luck of the same people living again."
                if analysis.design.populations
                else "Where the variance comes from: the design's axes, the seed at every point alike, and luck."
            )
            yield "variance", caption, _variance(analysis)
        if _shown(analysis, "responses", "mean"):
            caption = (
                "Dose and response: means with 95 % intervals."
                if analysis.tables["responses"]["low"].notna().any()
                else "Dose and response: means. An interval needs three points that do not share their coordinates."
            )
            yield "responses", caption, _responses(analysis)
        if _shown(analysis, "maps", "mean"):
            caption = (
                "Maps over the two weightiest axes: means; a square marks a cell in which the statement holds at 90 % "
                "of the points, and a hatched cell has no point."
            )
            yield "maps", caption, _maps(analysis)


def _shown(analysis: Analysis, table: str, column: str) -> list[str]:
    """Return the quantities to draw, those with a number in a column: contrasts, or else outcomes; not too many."""
    names = [quantity.name for quantity in analysis.quantities]
    rows = analysis.tables[table]
    present = set(rows.loc[rows[column].notna(), "quantity"]) if len(rows) else set()
    contrasts = [q.name for q in analysis.quantities if q.contrast is not None and q.name in present]
    return (contrasts or [name for name in names if name in present])[:MOST_PANELS]


def _grid(count: int, width: float, height: float, columns: int = 2) -> tuple[Figure, list[Any]]:
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel().tolist()
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, axes[:count]


def _bars(analysis: Analysis) -> Figure:
    names = _shown(analysis, "sensitivity", "weight")
    figure, axes = _grid(len(names), 6.0, 3.4)
    for axis, name in zip(axes, names, strict=True):
        table = analysis.table("sensitivity", name).head(MOST_BARS).iloc[::-1]
        by = common_weight(table)
        place = np.arange(len(table))
        weight = table["weight"].to_numpy(dtype=float)
        axis.set_title(_wrapped(name), loc="left", fontsize=9)
        if np.allclose(weight, 0.0, atol=NOTHING):
            axis.set_axis_off()
            axis.text(0.5, 0.5, "no axis moves it", ha="center", va="center", transform=axis.transAxes)
            continue
        if by == "total":
            axis.barh(place, weight, color=SKY, xerr=table["total_half"], error_kw={"elinewidth": 0.8})
            axis.barh(place, table["first"], color=BLUE, height=0.45)
        elif by == "mu_star":
            colours = np.where(table["mu"].to_numpy(dtype=float) < 0.0, VERMILION, BLUE)
            axis.barh(place, weight, color=colours.tolist(), xerr=table["mu_star_half"], error_kw={"elinewidth": 0.8})
        else:
            axis.barh(place, weight, color=np.where(weight < 0.0, VERMILION, BLUE).tolist())
            if by == "partial":
                sides = np.abs(table[["partial_low", "partial_high"]].to_numpy(dtype=float).T - weight)
                axis.errorbar(weight, place, xerr=sides, fmt="none", ecolor="black", elinewidth=0.8)
            if "chance" in table:
                reach = table["chance"].fillna(0.0)
                axis.barh(place, 2.0 * reach, left=-reach, height=1.0, color=GREY, alpha=0.18, linewidth=0, zorder=0)
        axis.set_yticks(place, table["axis"].str.removeprefix("p."))
        axis.axvline(0.0, color="black", linewidth=0.6)
        label = LABELS[by] + ("; orange: negative" if by in ("mu_star", "partial", "spearman") else "")
        label += "; grey: within chance" if "chance" in table and table["chance"].notna().any() else ""
        label += "; without interval: correlation ratio" if by != RATIO and (table["weighed_by"] == RATIO).any() else ""
        axis.set_xlabel(_wrapped(label, 72), fontsize=8)
    return figure


def _variance(analysis: Analysis) -> Figure:
    table = analysis.tables["variance"].dropna(subset=["parameters"]).iloc[::-1]
    figure = Figure(figsize=(9.0, 0.9 + 0.26 * len(table)), layout="constrained")
    axis = figure.subplots()
    left = np.zeros(len(table))
    for part in split_columns(analysis.design):
        label, colour = PARTS[part]
        axis.barh(np.arange(len(table)), table[part], left=left, color=colour, label=label)
        left = left + table[part].to_numpy(dtype=float)
    axis.set_yticks(np.arange(len(table)), table["quantity"].tolist(), fontsize=7)
    axis.set_xlim(0.0, 1.0)
    axis.set_xlabel("share of variance")
    axis.legend(frameon=False, ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0))
    return figure


def _responses(analysis: Analysis) -> Figure:
    """Draw a panel for each axis and measure, so that lines of one panel share a unit."""
    table = analysis.tables["responses"]
    measure_of = {quantity.name: quantity.measure for quantity in analysis.quantities}
    names = _shown(analysis, "responses", "mean")
    chosen = table[table["quantity"].isin(names)]
    panels = list(
        dict.fromkeys(
            (column, measure_of[name]) for name, column in zip(chosen["quantity"], chosen["axis"], strict=True)
        )
    )
    panels = panels[:MOST_PANELS]
    figure, axes = _grid(len(panels), 6.0, 3.4)
    for axis, (column, measure) in zip(axes, panels, strict=True):
        lines = [name for name in names if measure_of[name] == measure]
        for number, name in enumerate(lines):
            part = chosen[(chosen["axis"] == column) & (chosen["quantity"] == name)]
            if len(part):
                colour = COLOURS[number % len(COLOURS)]
                axis.plot(part["at"], part["mean"], color=colour, marker="o", markersize=3, label=name)
                axis.fill_between(part["at"], part["low"], part["high"], color=colour, alpha=0.15, linewidth=0)
        axis.axhline(0.0, color="black", linewidth=0.6)
        axis.set_xlabel(column.removeprefix("p.").removeprefix("figure."))
        axis.set_ylabel(measure)
    _add_legends(figure, axes, of_all=len({measure for _, measure in panels}) == 1)
    return figure


def _add_legends(figure: Figure, axes: Sequence[Any], *, of_all: bool) -> None:
    """Give one legend above all panels where they have the same lines, or else each its own, with room for it."""
    if of_all:
        lines = {label: line for axis in axes for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
        figure.legend(list(lines.values()), list(lines), loc="outside upper left", ncols=2, frameon=False)
        return
    for axis in axes:
        axis.margins(y=0.2)
        axis.legend(frameon=False, fontsize=7)


def _maps(analysis: Analysis) -> Figure:
    names = _shown(analysis, "maps", "mean")
    figure, axes = _grid(len(names), 5.0, 4.0)
    for axis, name in zip(axes, names, strict=True):
        table = analysis.table("maps", name)
        means = table.pivot(index="y", columns="x", values="mean")
        holds = table.pivot(index="y", columns="x", values="holds").to_numpy(dtype=float)
        widest = max(float(np.nanmax(np.abs(means.to_numpy(dtype=float)), initial=0.0)), 1e-9)
        axis.patch.set(facecolor="0.9", edgecolor="0.6", hatch="////")  # seen where a cell has no point
        image = axis.imshow(means, origin="lower", aspect="auto", cmap="RdBu", norm=TwoSlopeNorm(0.0, -widest, widest))
        for row, column in np.argwhere(holds >= 0.9):
            axis.plot(column, row, marker="s", markersize=13, fillstyle="none", color=ON_MAP, markeredgewidth=1.0)
        axis.set_xticks(range(means.shape[1]), [_tick(float(value)) for value in means.columns])
        axis.set_yticks(range(means.shape[0]), [_tick(float(value)) for value in means.index])
        axis.set_xlabel(str(table["axis_x"].iloc[0]).removeprefix("p."))
        axis.set_ylabel(str(table["axis_y"].iloc[0]).removeprefix("p."))
        axis.set_title(_wrapped(name), loc="left", fontsize=9)
        figure.colorbar(image, ax=axis, shrink=0.8)
    return figure


def _tick(value: float) -> str:
    """Return the middle of a cell; what arithmetic left of a zero is a zero."""
    return f"{round(value, 12) + 0.0:.3g}"


def _wrapped(text: str, width: int = 60) -> str:
    return textwrap.fill(text, width)


def frame_html(table: pd.DataFrame, most: int = 60) -> str:
    """Return a table as HTML, numbers rounded."""
    shown = table.head(most)
    html = str(shown.to_html(index=False, border=0, na_rep="", float_format=lambda value: f"{value:.3g}"))
    rest = len(table) - len(shown)
    return html + (f"<p class='note'>{rest} more rows in the files.</p>" if rest else "")

"""How large the difference is: its histogram over the prior in each comparison."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.report.pictures.labels import empty, not_tried
from experiments.report.pictures.shares import sides
from experiments.report.pictures.theme import COLOURS, INK, MUTED, NEUTRAL, SURFACE
from experiments.report.readings import Cell, Readings, span
from experiments.report.texts.captions import AXES, LABELS, NO_RUNS, NUMBERS
from experiments.report.texts.headings import TABLE
from experiments.report.texts.numbers import Numbers, interval_text, number
from experiments.report.texts.vocabulary import cell_title
from experiments.verdicts import Floats


def draw(readings: Readings) -> Figure:
    """Draw a histogram for each comparison."""
    figure = Figure(figsize=(9.4, 5.4))
    cells = readings.cells
    if not cells:
        not_tried(figure)
        return figure
    columns = 2
    rows = math.ceil(len(cells) / columns)
    grid = figure.add_gridspec(rows, columns, left=0.075, right=0.985, top=0.86, bottom=0.1, hspace=0.4, wspace=0.12)
    margin = readings.margin
    low, high = span(np.concatenate([cell.part.effects for cell in cells] + [np.array([-2 * margin, 2 * margin])]))
    step = 2.0 * margin
    while (high - low) / step > 60:
        step *= 2.0
    lowest, highest = math.floor((low + margin) / step), math.ceil((high + margin) / step)
    edges: Floats = np.arange(lowest, highest + 1, dtype=np.float64) * step - margin
    for position, cell in enumerate(cells):
        shared = figure.axes[0] if figure.axes else None
        axes = figure.add_subplot(grid[divmod(position, columns)], sharex=shared, sharey=shared)
        axes.set_title(cell_title(cell.months_after, cell.budget))
        _histogram(axes, cell, edges, margin)
        axes.tick_params(labelleft=position % columns == 0)
        if position % columns == 0:
            axes.set_ylabel(AXES["draws"])
        if position // columns == rows - 1:
            axes.set_xlabel(AXES["difference_line"])
        else:
            axes.tick_params(labelbottom=False)
    first = figure.axes[0]
    top = first.get_ylim()[1]
    first.set_ylim(-0.16 * top, top * 1.04)
    first.set_yticks([tick for tick in first.get_yticks() if tick >= 0 and tick <= top and tick == round(tick)])
    marks = [
        Line2D(
            [], [], color=INK, linewidth=1.6, marker="|", markersize=13, markeredgewidth=1.8,
            label=LABELS["median_and_range"],
        ),
        Line2D(
            [], [], linestyle="none", marker="D", markersize=5.5, markerfacecolor=SURFACE, markeredgecolor=INK,
            label=LABELS["default"],
        ),
    ]  # fmt: skip
    figure.legend(handles=[*sides(), *marks], loc="upper center", ncols=5, fontsize=8.8, bbox_to_anchor=(0.53, 0.995))
    return figure


def numbers(readings: Readings) -> tuple[Numbers, ...]:
    """List the mean, the quantiles and the default effect of each comparison."""
    rows = []
    for cell in readings.cells:
        low, median, high = cell.part.quantiles
        rows.append(
            (
                cell_title(cell.months_after, cell.budget),
                number(cell.part.mean, sign=True),
                number(low, sign=True),
                number(median, sign=True),
                number(high, sign=True),
                interval_text(cell.part.default, sign=True),
            )
        )
    head = ("", TABLE["prior_mean"], "5 %", "50 %", "95 %", TABLE["default"])
    return (Numbers(NUMBERS["differences"], head, tuple(rows)),) if rows else ()


def _histogram(axes: Axes, cell: Cell, edges: Floats, margin: float) -> None:
    effects = cell.part.effects[~np.isnan(cell.part.effects)]
    axes.axvline(0.0, color=MUTED, linewidth=0.7, zorder=1)
    if not effects.size:
        empty(axes, NO_RUNS)
        return
    counts, _ = np.histogram(effects, edges)
    middles = (edges[:-1] + edges[1:]) / 2.0
    for chosen, colour, hatch in (
        (middles > margin, COLOURS["better_life"], ""),
        (np.abs(middles) <= margin, NEUTRAL, ""),
        (middles < -margin, COLOURS["coercion"], "////"),
    ):
        width = (edges[1] - edges[0]) * 0.94
        axes.bar(middles[chosen], counts[chosen], width=width, color=colour, linewidth=0, zorder=2)
        if hatch and chosen.any():
            axes.bar(
                middles[chosen], counts[chosen], width=width, facecolor="none", edgecolor=SURFACE, hatch=hatch,
                linewidth=0, alpha=0.35, zorder=3,
            )  # fmt: skip
    low, median, high = cell.part.quantiles
    beneath: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "color": INK}
    axes.plot([low, high], [0.065, 0.065], linewidth=1.6, zorder=4, **beneath)
    axes.plot([median], [0.065], "|", markersize=13, markeredgewidth=1.8, zorder=5, **beneath)
    axes.plot([cell.part.default.mean], [0.065], "D", markerfacecolor=SURFACE, markersize=5.5, zorder=6, **beneath)

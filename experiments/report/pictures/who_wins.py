"""In which share of the assumptions each side wins, by structural variant."""

from __future__ import annotations

import math

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.report.pictures.labels import not_tried, wrapped
from experiments.report.pictures.shares import shares_bar, sides
from experiments.report.pictures.theme import INK
from experiments.report.readings import Readings
from experiments.report.texts.captions import AXES, LABELS, NUMBERS
from experiments.report.texts.numbers import Numbers, shares_text
from experiments.report.texts.vocabulary import cell_title, variant_title
from scenarios.claim import SHARE_NEEDED, VARIANTS


def draw(readings: Readings) -> Figure:
    """Draw a bar of shares for each variant, in each comparison."""
    figure = Figure(figsize=(9.4, 5.7))
    cells = readings.cells
    if not cells:
        not_tried(figure)
        return figure
    columns = 2
    rows = math.ceil(len(cells) / columns)
    grid = figure.add_gridspec(rows, columns, left=0.215, right=0.905, top=0.875, bottom=0.1, hspace=0.36, wspace=0.42)
    for position, cell in enumerate(cells):
        axes = figure.add_subplot(grid[divmod(position, columns)])
        axes.set_title(cell_title(cell.months_after, cell.budget))
        for place, variant in enumerate(VARIANTS):
            shares_bar(axes, place, cell.over_prior[variant])
        axes.set_ylim(len(VARIANTS) - 0.45, -0.55)
        axes.set_yticks(range(len(VARIANTS)))
        axes.set_yticklabels([wrapped(variant_title(v), 26) for v in VARIANTS] if position % columns == 0 else [])
        axes.tick_params(axis="y", length=0, labelsize=8.5)
        axes.spines["left"].set_visible(False)
        axes.set_xlim(0, 100)
        axes.set_xticks([0, 25, 50, 75, 100])
        for needed_at in (100 * SHARE_NEEDED, 100 * (1 - SHARE_NEEDED)):
            axes.axvline(needed_at, color=INK, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
        if position // columns == rows - 1:
            axes.set_xlabel(AXES["share"])
        else:
            axes.tick_params(labelbottom=False)
    needed = Line2D([], [], color=INK, linewidth=0.9, linestyle=(0, (2, 2)), label=LABELS["needed"])
    figure.legend(handles=[*sides(), needed], loc="upper center", ncols=4, fontsize=9, bbox_to_anchor=(0.53, 0.995))
    return figure


def numbers(readings: Readings) -> tuple[Numbers, ...]:
    """List the shares by variant and comparison."""
    head = ("", *(cell_title(cell.months_after, cell.budget) for cell in readings.cells))
    rows = tuple(
        (variant_title(variant), *(shares_text(cell.over_prior[variant]) for cell in readings.cells))
        for variant in VARIANTS
    )
    return (Numbers(NUMBERS["who_wins"], head, rows),) if readings.cells else ()

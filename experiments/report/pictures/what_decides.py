"""What decides it: the assumptions that go with the difference, and who wins at the thirds of the strongest two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.report.pictures.labels import not_tried, wrapped
from experiments.report.pictures.shares import shares_bar, sides
from experiments.report.pictures.theme import GRID, INK, MUTED, SHADE_DARKER, SURFACE
from experiments.report.readings import Cell, Readings, span
from experiments.report.texts.captions import (
    AXES,
    LABELS,
    NOISE_WARNING,
    NUMBERS,
    SIGNS,
    SOME_SIGNAL,
    TOO_FEW,
)
from experiments.report.texts.headings import TABLE
from experiments.report.texts.numbers import Numbers, number, shares_text
from experiments.report.texts.parameters import parameter_phrase, parameter_words
from experiments.report.texts.vocabulary import cell_title

SHOWN_DRIVERS: Final = 12


def draw(readings: Readings) -> Figure:
    """Draw the strongest correlations, and who wins at the thirds of the two strongest assumptions."""
    figure = Figure(figsize=(9.4, 6.2))
    drivers, cells = readings.drivers, readings.cells
    if not cells:
        not_tried(figure)
        return figure
    axes = figure.add_axes((0.235, 0.1, 0.36, 0.76))
    shown = drivers.order[:SHOWN_DRIVERS]
    axes.axvspan(-min(drivers.band, 1.0), min(drivers.band, 1.0), color=SHADE_DARKER, linewidth=0, zorder=0)
    for side in (-1.0, 1.0):
        if drivers.chance < 1.0:
            axes.axvline(side * drivers.chance, color=MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1)
    axes.axvline(0.0, color=MUTED, linewidth=0.8, zorder=1)
    styles = _cell_styles(cells)
    for place, position in enumerate(shown):
        values = drivers.correlations[position]
        known = values[~np.isnan(values)]
        if known.size:
            axes.plot([known.min(), known.max()], [place, place], color=GRID, linewidth=2.0, zorder=2)
        for value, style in zip(values, styles, strict=True):
            axes.plot([value], [place], linestyle="none", zorder=3, **style)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks(range(len(shown)))
    axes.set_yticklabels([wrapped(parameter_words(drivers.names[p]), 27) for p in shown])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    limit = max(0.5, min(1.0, 1.08 * max(abs(value) for value in span(drivers.correlations))))
    axes.set_xlim(-limit, limit)
    axes.set_xlabel(AXES["correlation"])
    axes.text(0.0, 1.005, LABELS["favours_coercion"], transform=axes.transAxes, fontsize=8.5, color=MUTED, va="bottom")
    axes.text(
        1.0, 1.005, LABELS["favours_better_life"], transform=axes.transAxes, fontsize=8.5, color=MUTED,
        ha="right", va="bottom",
    )  # fmt: skip
    handles = [
        Line2D([], [], linestyle="none", label=cell_title(cell.months_after, cell.budget), **style)
        for cell, style in zip(cells, styles, strict=True)
    ]
    figure.legend(handles=handles, loc="upper left", ncols=2, fontsize=8.5, bbox_to_anchor=(0.2, 0.995))
    _thirds(figure, readings)
    return figure


def numbers(readings: Readings) -> tuple[Numbers, ...]:
    """List the correlations of all uncertain parameters, and who wins at the thirds of the two strongest."""
    if not readings.cells:
        return ()
    drivers = readings.drivers
    head = ("", *(cell_title(cell.months_after, cell.budget) for cell in readings.cells), TABLE["meaning"])
    rows = tuple(
        (
            parameter_words(drivers.names[position]),
            *(number(float(value), 2, sign=True) for value in drivers.correlations[position]),
            parameter_phrase(drivers.names[position]),
        )
        for position in drivers.order
    )
    thirds = tuple(
        (
            f"{parameter_words(parameter)}, {cell_title(cell.months_after, cell.budget)}",
            *(shares_text(found) for found in readings.wins_by_third(parameter, cell)),
        )
        for parameter in (drivers.names[position] for position in drivers.order[:2])
        for cell in readings.cells
    )
    thirds_head = ("", LABELS["low"], LABELS["middle"], LABELS["high"])
    return (
        Numbers(NUMBERS["drivers"], head, rows),
        Numbers(NUMBERS["thirds"], thirds_head, thirds),
    )


def drivers_note(readings: Readings) -> str:
    """Say which correlations mean something, or that none does."""
    if not readings.cells:
        return ""
    drivers = readings.drivers
    if drivers.beyond_chance:
        found = ", ".join(f"{parameter_words(name)} ({SIGNS[favours]})" for name, favours in drivers.beyond_chance)
        return SOME_SIGNAL.format(names=found)
    if drivers.chance >= 1.0:
        return TOO_FEW.format(points=drivers.points, parameters=len(drivers.names))
    return NOISE_WARNING.format(points=drivers.points, chance=f"{drivers.chance:.2f}", parameters=len(drivers.names))


def _cell_styles(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return markers: round at the end, square later; filled for equal effort, open for equal money."""
    return [
        {
            "marker": "o" if cell.months_after == 0 else "s",
            "markersize": 6.0 if cell.months_after == 0 else 5.4,
            "markerfacecolor": SURFACE if cell.budget else (INK if cell.months_after == 0 else MUTED),
            "markeredgecolor": INK if cell.months_after == 0 else MUTED,
            "markeredgewidth": 1.2,
        }
        for cell in cells
    ]


def _thirds(figure: Figure, readings: Readings) -> None:
    """Draw who wins in the thirds of the two strongest assumptions, at equal effort."""
    cells = [cell for cell in readings.cells if not cell.budget] or list(readings.cells)
    strongest = [readings.drivers.names[p] for p in readings.drivers.order[:2]]
    grid = figure.add_gridspec(len(strongest), 1, left=0.735, right=0.985, top=0.83, bottom=0.1, hspace=0.36)
    names = (LABELS["low"], LABELS["middle"], LABELS["high"])
    for row, parameter in enumerate(strongest):
        axes = figure.add_subplot(grid[row])
        ticks, labels, place = [], [], 0.0
        for cell in cells:
            axes.text(
                0.0,
                place - 0.62,
                cell_title(cell.months_after, cell.budget),
                fontsize=8.5,
                color=MUTED,
                va="bottom",
            )
            for name, found in zip(names, readings.wins_by_third(parameter, cell), strict=True):
                shares_bar(axes, place, found, height=0.78, with_error=False)
                ticks.append(place)
                labels.append(name)
                place += 0.95
            place += 0.85
        axes.set_ylim(place - 1.2, -1.35)
        axes.set_yticks(ticks)
        axes.set_yticklabels(labels)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlim(0, 100)
        axes.set_xticks([0, 50, 100])
        axes.set_title(wrapped(parameter_words(parameter), 30), x=-0.2, pad=3)
        if row == len(strongest) - 1:
            axes.set_xlabel(AXES["share"])
        else:
            axes.tick_params(labelbottom=False)
    figure.legend(
        handles=sides(), loc="upper right", ncols=1, fontsize=8.2, bbox_to_anchor=(0.99, 1.005), labelspacing=0.25
    )

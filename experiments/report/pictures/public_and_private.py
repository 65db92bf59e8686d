"""What is shown, and what is felt: symbols and spoken loyalty under three policies."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.report.pictures.labels import empty
from experiments.report.pictures.months import path_numbers, phases
from experiments.report.pictures.theme import COLOURS, MUTED
from experiments.report.readings import Readings, mean_and_band
from experiments.report.texts.captions import AXES, LABELS, NO_RUNS, NUMBERS
from experiments.report.texts.numbers import Numbers
from experiments.report.texts.vocabulary import ARMS

SHOWN_AND_FELT: Final = ("status_quo", "coercion", "better_life")


def draw(readings: Readings) -> Figure:
    """Draw what is shown above what is felt, a column for each policy."""
    figure = Figure(figsize=(9.4, 5.9))
    grid = figure.add_gridspec(2, 3, left=0.085, right=0.985, top=0.9, bottom=0.085, hspace=0.2, wspace=0.13)
    upper: list[Axes] = []
    lower: list[Axes] = []
    for column, arm in enumerate(SHOWN_AND_FELT):
        above = figure.add_subplot(grid[0, column], sharey=upper[0] if upper else None)
        below = figure.add_subplot(grid[1, column], sharex=above, sharey=lower[0] if lower else None)
        upper.append(above)
        lower.append(below)
        _shown(above, readings, arm)
        _felt(below, readings, arm)
        above.set_title(ARMS[arm], pad=16)
        above.tick_params(labelbottom=False, labelleft=column == 0)
        below.tick_params(labelleft=column == 0)
        below.set_xlim(0, readings.timeline.horizon)
        below.set_xticks(np.arange(0, readings.timeline.horizon + 1, 60))
        below.set_xlabel(AXES["month"])
    upper[0].set_ylabel(AXES["shown"])
    lower[0].set_ylabel(AXES["spoken"])
    upper[0].set_ylim(bottom=0.0)
    low, high = lower[0].get_ylim()
    lower[0].set_ylim(low, high + 0.12 * (high - low))
    above_legend = [
        Patch(facecolor=MUTED, edgecolor=MUTED, label=LABELS["shown"]),
        Patch(facecolor="none", edgecolor=MUTED, hatch="////", label=LABELS["suppressed"]),
    ]
    below_legend = [
        Line2D([], [], color=MUTED, linewidth=1.5, linestyle=(0, (4, 1.5)), label=LABELS["spoken"]),
        Line2D([], [], color=MUTED, linewidth=2.2, label=LABELS["felt"]),
    ]
    upper[2].legend(handles=above_legend, loc="upper right", fontsize=8.5)
    lower[2].legend(handles=below_legend, loc="upper left", fontsize=8.5, ncols=2)
    return figure


def numbers(readings: Readings) -> tuple[Numbers, ...]:
    """List by month what is shown, hidden, spoken and falsified."""
    return tuple(
        path_numbers(readings, NUMBERS[measure], f"{measure}.kin_camp")
        for measure in ("kin_display", "suppressed_display", "public_loyalty", "falsified_speech")
    )


def _shown(axes: Axes, readings: Readings, arm: str) -> None:
    shown = 100.0 * mean_and_band(readings.path(arm, "kin_display.kin_camp"))[0]
    hidden = 100.0 * mean_and_band(readings.path(arm, "suppressed_display.kin_camp"))[0]
    months = np.arange(shown.size)
    phases(axes, readings, labels=False)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if np.isnan(shown).all():
        empty(axes, NO_RUNS)
        return
    axes.fill_between(months, 0.0, shown, color=COLOURS[arm], alpha=0.75, linewidth=0, zorder=2)
    axes.fill_between(
        months, shown, shown + hidden, facecolor="none", edgecolor=COLOURS[arm], hatch="////", linewidth=0, zorder=2
    )
    axes.plot(months, shown, color=COLOURS[arm], linewidth=1.2, zorder=3)


def _felt(axes: Axes, readings: Readings, arm: str) -> None:
    spoken = mean_and_band(readings.path(arm, "public_loyalty.kin_camp"))[0]
    felt = spoken - mean_and_band(readings.path(arm, "falsified_speech.kin_camp"))[0]
    months = np.arange(spoken.size)
    phases(axes, readings, labels=False)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if np.isnan(spoken).all():
        empty(axes, NO_RUNS)
        return
    axes.fill_between(months, felt, spoken, color=COLOURS[arm], alpha=0.22, linewidth=0, zorder=2)
    axes.plot(months, spoken, color=COLOURS[arm], linewidth=1.5, linestyle=(0, (4, 1.5)), zorder=3)
    axes.plot(months, felt, color=COLOURS[arm], linewidth=2.2, zorder=3)

"""The human cost in the kin camp, by policy."""

from __future__ import annotations

import math

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.claims import SHOWN_ARMS
from experiments.report.pictures.theme import COLOURS, MUTED
from experiments.report.readings import COSTS, COUNTS, Readings
from experiments.report.texts.captions import COST_TEXTS, LABELS
from experiments.report.texts.headings import TABLE
from experiments.report.texts.numbers import Numbers, interval_text, number
from experiments.report.texts.vocabulary import ARMS


def draw(readings: Readings) -> Figure:
    """Draw a panel for each cost: every policy at the default values and over the prior."""
    figure = Figure(figsize=(9.4, 6.0))
    grid = figure.add_gridspec(2, 3, left=0.145, right=0.98, top=0.885, bottom=0.085, hspace=0.42, wspace=0.1)
    arms = list(SHOWN_ARMS)
    for position, measure in enumerate(COSTS):
        row, column = divmod(position, 3)
        axes = figure.add_subplot(grid[row, column])
        scale = _cost_scale(measure)
        highest = 0.0
        for place, arm in enumerate(arms):
            cost = readings.costs[arm][measure]
            low, median, high = (scale * value for value in (cost.low, cost.median, cost.high))
            axes.plot([low, high], [place, place], color=COLOURS[arm], linewidth=1.8, alpha=0.55, zorder=2)
            axes.plot([median], [place], "|", color=COLOURS[arm], markersize=9, markeredgewidth=1.6, zorder=3)
            axes.plot([scale * cost.default.mean], [place], "o", color=COLOURS[arm], markersize=6, zorder=4)
            highest = max([highest, *(v for v in (high, scale * cost.default.mean) if not math.isnan(v))])
        text = COST_TEXTS[measure]
        axes.set_title(text.title, pad=5)
        axes.set_xlabel(text.unit, labelpad=1)
        axes.set_ylim(len(arms) - 0.5, -0.5)
        axes.set_yticks(range(len(arms)))
        axes.set_yticklabels([ARMS[arm] for arm in arms] if column == 0 else [])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlim(-0.02 * (highest or 1.0), 1.06 * (highest or 1.0))
        axes.locator_params(axis="x", nbins=5)
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        if highest == 0.0:
            axes.set_xticks([0.0])
    handles = [
        Line2D([], [], linestyle="none", marker="o", color=MUTED, markersize=6, label=LABELS["default"]),
        Line2D([], [], color=MUTED, linewidth=1.8, alpha=0.7, label=LABELS["prior"]),
        Line2D(
            [],
            [],
            linestyle="none",
            marker="|",
            color=MUTED,
            markersize=9,
            markeredgewidth=1.6,
            label=LABELS["median"],
        ),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=3, fontsize=9, bbox_to_anchor=(0.55, 0.995))
    return figure


def numbers(readings: Readings) -> tuple[Numbers, ...]:
    """List a table for each cost."""
    tables = []
    for measure in COSTS:
        scale, text = _cost_scale(measure), COST_TEXTS[measure]
        rows = []
        for arm in SHOWN_ARMS:
            cost = readings.costs[arm][measure]
            default = interval_text(cost.default, 2, scale=scale)
            prior = (number(scale * value, 2) for value in (cost.low, cost.median, cost.high))
            rows.append((ARMS[arm], default, *prior))
        head = ("", TABLE["level"], "5 %", "50 %", "95 %")
        tables.append(Numbers(f"{text.title}, {text.unit}", head, tuple(rows)))
    return tuple(tables)


def _cost_scale(measure: str) -> float:
    return 1000.0 if measure in COUNTS else 100.0

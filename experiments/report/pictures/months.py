"""What pictures over months share: the phases, a line for each policy, and the numbers at some months."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from experiments.claims import SHOWN_ARMS
from experiments.report.pictures.labels import empty, label_ends
from experiments.report.pictures.theme import COLOURS, DASHES, GRID, MAIN_ARMS, MUTED, SHADE, SHADE_DARKER
from experiments.report.readings import Readings, mean_and_band, span
from experiments.report.texts.captions import LABELS, NO_RUNS
from experiments.report.texts.numbers import Numbers, number
from experiments.report.texts.vocabulary import ARMS
from experiments.verdicts import FEWEST_IN_INTERVAL, Floats, interval

SHOWN_MONTHS: Final = (0, 24, 30, 48, 60, 90, 120, 150, 180)


def arm_paths(axes: Axes, readings: Readings, series: str, height_inches: float) -> None:
    """Draw a series of every policy, the main ones with bands over seeds, and name each line at its end."""
    months = np.arange(readings.timeline.horizon + 1)
    phases(axes, readings)
    ends, means, bands = [], [], []
    for arm in sorted(SHOWN_ARMS, key=lambda arm: arm in MAIN_ARMS):
        mean, low, high = mean_and_band(readings.path(arm, series))
        if np.isnan(mean).all():
            continue
        is_main = arm in MAIN_ARMS
        if is_main:
            axes.fill_between(months, low, high, color=COLOURS[arm], alpha=0.16, linewidth=0, zorder=3)
            bands += [low, high]
        axes.plot(
            months,
            mean,
            color=COLOURS[arm],
            linewidth=2.3 if is_main else 1.3,
            linestyle=DASHES.get(arm, "-"),
            zorder=5 if is_main else 4,
        )
        means.append(mean)
        ends.append((float(mean[-1]), f"{ARMS[arm]} {number(float(mean[-1]))}", arm))
    axes.set_xlim(0, readings.timeline.horizon)
    axes.set_xticks(np.arange(0, readings.timeline.horizon + 1, 30))
    axes.locator_params(axis="y", nbins=7)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if not means:
        empty(axes, NO_RUNS)
        return
    axes.set_ylim(*limits(span(np.concatenate(means)), span(np.concatenate(bands)) if bands else None))
    label_ends(axes, ends, readings.timeline.horizon, height_inches)


def limits(inner: tuple[float, float], bands: tuple[float, float] | None = None) -> tuple[float, float]:
    """Return limits that hold the means, and bands as far as they do not dwarf the means."""
    low, high = inner
    size = max(high - low, 1e-3)
    if bands is not None:
        low, high = max(min(low, bands[0]), low - 0.5 * size), min(max(high, bands[1]), high + 0.5 * size)
    return low - 0.06 * size, high + 0.06 * size


def phases(axes: Axes, readings: Readings, *, labels: bool = True) -> None:
    """Shade calm, conflict, policy and what comes after, and name them above the axes."""
    line = readings.timeline
    axes.axvspan(line.shock, line.start, color=SHADE_DARKER, linewidth=0, zorder=0)
    axes.axvspan(line.start, line.end, color=SHADE, linewidth=0, zorder=0)
    for month in (line.shock, line.start, line.end):
        axes.axvline(month, color=GRID, linewidth=0.8, zorder=1)
    if not labels:
        return
    above = axes.get_xaxis_transform()
    style: dict[str, Any] = {"transform": above, "va": "bottom", "fontsize": 8.5, "color": MUTED}
    axes.text(line.shock / 2, 1.012, LABELS["calm"], ha="center", **style)
    axes.text(line.shock, 1.012, LABELS["conflict"], ha="left", **style)
    axes.text((line.start + line.end) / 2, 1.012, LABELS["policy"], ha="center", **style)
    axes.text((line.end + line.horizon) / 2, 1.012, LABELS["withdrawn"], ha="center", **style)


def path_numbers(readings: Readings, title: str, series: str, decimals: int = 3) -> Numbers:
    """List a series of every policy at the shown months."""
    rows = tuple((ARMS[arm], *at_months(readings.path(arm, series), decimals)) for arm in SHOWN_ARMS)
    return Numbers(title, ("", *map(str, SHOWN_MONTHS)), rows)


def at_months(rows: Floats, decimals: int = 3, *, sign: bool = False) -> list[str]:
    """Write means over seeds at the shown months, each with half its 95 % interval where there is one."""
    cells = []
    for month in SHOWN_MONTHS:
        found = interval(rows[:, month]) if month < rows.shape[1] else interval(np.array([]))
        text = number(found.mean, decimals, sign=sign)
        known = found.seeds >= FEWEST_IN_INTERVAL
        cells.append(f"{text} ±{found.high - found.mean:.{decimals}f}" if known else text)
    return cells

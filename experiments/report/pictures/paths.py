"""How sincere loyalty moves under each policy, and a better life minus coercion beneath."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from experiments.report.pictures.labels import empty, label_ends
from experiments.report.pictures.months import SHOWN_MONTHS, arm_paths, at_months, limits, path_numbers, phases
from experiments.report.pictures.theme import COLOURS, MUTED, NEUTRAL
from experiments.report.readings import Readings, mean_and_band, span
from experiments.report.texts.captions import AXES, LABELS, NO_RUNS, NUMBERS
from experiments.report.texts.numbers import Numbers, number
from experiments.report.texts.vocabulary import ARMS
from experiments.verdicts import FEWEST_IN_INTERVAL


def draw(readings: Readings) -> Figure:
    """Draw a line for each policy, and beneath the difference with its margin."""
    figure = Figure(figsize=(9.4, 7.0))
    upper = figure.add_axes((0.105, 0.42, 0.695, 0.535))
    lower = figure.add_axes((0.105, 0.075, 0.695, 0.27), sharex=upper)
    arm_paths(upper, readings, "loyalty.kin_camp", height_inches=0.535 * 7.0)
    upper.set_ylabel(AXES["loyalty"])
    upper.tick_params(labelbottom=False)

    difference = readings.path("better_life", "loyalty.kin_camp") - readings.path("coercion", "loyalty.kin_camp")
    mean, low, high = mean_and_band(difference)
    margin = readings.margin
    months = np.arange(mean.size)
    phases(lower, readings, labels=False)
    lower.axhspan(-margin, margin, color=NEUTRAL, alpha=0.45, linewidth=0, zorder=1)
    lower.axhline(0.0, color=MUTED, linewidth=0.8, zorder=2)
    if np.isnan(mean).all():
        empty(lower, NO_RUNS)
    else:
        lower.fill_between(months, low, high, color=COLOURS["better_life"], alpha=0.2, linewidth=0, zorder=3)
        lower.plot(months, mean, color=COLOURS["better_life"], linewidth=2.0, zorder=4)
        bottom, top = span(np.concatenate([mean, [-1.6 * margin, 1.6 * margin]]))
        edges = span(np.concatenate([low, high]))
        bottom, top = limits((bottom, top), edges)
        lower.set_ylim(bottom, top)
        lower.text(2, top, " " + LABELS["better_life_leads"], va="top", fontsize=8.5, color=MUTED)
        lower.text(2, bottom, " " + LABELS["coercion_leads"], va="bottom", fontsize=8.5, color=MUTED)
        label_ends(
            lower,
            [(float(mean[-1]), number(float(mean[-1]), 3, sign=True), "better_life")],
            readings.timeline.horizon,
            0.27 * 7.0,
        )
    lower.set_xlabel(AXES["month"])
    lower.set_ylabel(AXES["difference"])
    return figure


def numbers(readings: Readings) -> tuple[Numbers, ...]:
    """List loyalty and the difference by month, and loyalty by who is counted."""
    half = NUMBERS["half_interval"] if readings.plan.size.default_seeds >= FEWEST_IN_INTERVAL else ""
    difference = readings.path("better_life", "loyalty.kin_camp") - readings.path("coercion", "loyalty.kin_camp")
    return (
        path_numbers(readings, NUMBERS["loyalty"] + half, "loyalty.kin_camp"),
        Numbers(
            NUMBERS["difference"],
            ("", *map(str, SHOWN_MONTHS)),
            ((NUMBERS["better_minus_coercion"], *at_months(difference, sign=True)),),
        ),
        *_who_is_counted(readings),
    )


def _who_is_counted(readings: Readings) -> tuple[Numbers, ...]:
    """List loyalty by who is counted, and better life minus coercion beneath."""
    rows = []
    for month in dict.fromkeys(found.month for found in readings.trial.selection):
        here = {found.arm: found for found in readings.trial.selection if found.month == month}
        values = {arm: (found.cohort, found.stayers, found.always_stayers) for arm, found in here.items()}
        for arm, counted in values.items():
            rows.append((ARMS.get(arm, arm), str(month), *(number(value) for value in counted)))
        if "better_life" in values and "coercion" in values:
            gaps = (a - b for a, b in zip(values["better_life"], values["coercion"], strict=True))
            rows.append((NUMBERS["better_minus_coercion"], str(month), *(number(gap, sign=True) for gap in gaps)))
    columns = tuple(NUMBERS[key] for key in ("all", "stayers", "always_stayers"))
    return (Numbers(NUMBERS["who_is_counted"], ("", AXES["month"], *columns), tuple(rows)),) if rows else ()

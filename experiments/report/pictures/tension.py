"""Tension between the camps, month by month."""

from __future__ import annotations

from matplotlib.figure import Figure

from experiments.report.pictures.months import arm_paths, path_numbers
from experiments.report.readings import Readings
from experiments.report.texts.captions import AXES, NUMBERS
from experiments.report.texts.numbers import Numbers


def draw(readings: Readings) -> Figure:
    """Draw the other camp's hostility, a line for each policy."""
    figure = Figure(figsize=(9.4, 4.6))
    axes = figure.add_axes((0.105, 0.12, 0.695, 0.81))
    arm_paths(axes, readings, "hostility.other_camp", height_inches=0.81 * 4.6)
    axes.set_ylabel(AXES["hostility"])
    axes.set_xlabel(AXES["month"])
    return figure


def numbers(readings: Readings) -> tuple[Numbers, ...]:
    """List the hostility by month."""
    return (path_numbers(readings, NUMBERS["hostility"], "hostility.other_camp"),)

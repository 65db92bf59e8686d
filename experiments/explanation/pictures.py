"""Pictures of an explanation: the groups' Shapley values, and what each mechanism adds."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from experiments.analysis.pictures import STYLE
from experiments.explanation.explanation import AT_DEFAULT, OVER_PRIOR, Explanation
from experiments.report.texts.numbers import plural
from experiments.simulation import BLUE, GREY, ORANGE
from scenarios.claim import Claim, Estimand

MOST_BARS: Final = 14
COLOURS: Final = {AT_DEFAULT: BLUE, OVER_PRIOR: ORANGE}
PANEL_WIDTH: Final = 6.0
LINE_HEIGHT: Final = 0.27


def pictures(explanation: Explanation) -> Iterator[tuple[str, str, Figure]]:
    """Yield name, caption and figure: for each claim the Shapley values and the ablations of all its estimands."""
    with mpl.rc_context(STYLE):
        for claim in explanation.claims:
            yield (
                f"shapley_{claim.name}",
                f"{claim.title}: what each group of mechanisms adds to the effect (Shapley values, which sum to the "
                "effect with all groups on minus that with all off), with 95 % intervals from three seeds or points "
                "on.",
                _drawn(explanation, claim, "shapley", "contribution to the effect"),
            )
            yield (
                f"ablations_{claim.name}",
                f"{claim.title}: what each mechanism adds to the effect when all others work (the effect minus the "
                "effect without it), with 95 % intervals from three seeds or points on.",
                _drawn(explanation, claim, "ablations", "effect minus effect without it"),
            )


def _drawn(explanation: Explanation, claim: Claim, table: str, label: str) -> Figure:
    columns = min(2, len(claim.estimands))
    rows = -(-len(claim.estimands) // columns)
    lines = max(len(_order(explanation, claim, estimand, table)) for estimand in claim.estimands)
    figure = Figure(
        figsize=(PANEL_WIDTH * columns, rows * (1.3 + LINE_HEIGHT * lines)), layout=ConstrainedLayoutEngine(h_pad=0.12)
    )
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel().tolist()
    for axis in axes[len(claim.estimands) :]:
        axis.set_axis_off()
    for number, estimand in enumerate(claim.estimands):
        _panel(axes[number], explanation, claim, estimand, table)
        axes[number].set_xlabel(label)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels), frameon=False)
    return figure


def _order(explanation: Explanation, claim: Claim, estimand: Estimand, table: str) -> list[str]:
    """Return the bars of a panel from the top: groups as the default point ranks them, mechanisms as the prior does."""
    if table == "shapley":
        found = explanation.table(table, claim, estimand)
        players = found[found["player"]]
        return [*players.loc[_by_weight(players), "group"], "all groups off", "all groups on"]
    found = explanation.table(table, claim, estimand, explanation.wheres[-1])
    return list(found["mechanism"].head(MOST_BARS))


def _by_weight(table: pd.DataFrame) -> Any:
    return table["mean"].abs().sort_values(ascending=False, kind="stable").index


def _panel(axis: Any, explanation: Explanation, claim: Claim, estimand: Estimand, table: str) -> None:
    names = _order(explanation, claim, estimand, table)
    column = "group" if table == "shapley" else "mechanism"
    place = np.arange(len(names))
    height = 0.8 / len(explanation.wheres)
    for number, where in enumerate(explanation.wheres):
        found = explanation.table(table, claim, estimand, where).set_index(column).loc[names]
        mean = found["mean"].to_numpy(dtype=float)
        sides = np.abs(found[["low", "high"]].to_numpy(dtype=float).T - mean)
        at = place + (number - (len(explanation.wheres) - 1) / 2.0) * height
        label = (
            f"default point ({explanation.study.seeds} {plural(explanation.study.seeds, 'seed')})"
            if where == AT_DEFAULT
            else f"over the prior ({explanation.study.points} {plural(explanation.study.points, 'point')})"
        )
        bars = axis.barh(at, mean, height=height, color=COLOURS[where], label=label)
        for bar, name in zip(bars, names, strict=True):
            if name.startswith("all groups"):
                bar.set_alpha(0.45)
        if np.isfinite(sides).any():
            axis.errorbar(mean, at, xerr=sides, fmt="none", ecolor="black", elinewidth=0.8, capsize=1.5)
    if not any(np.isfinite(bar.get_width()) for bar in axis.patches):
        axis.text(0.5, 0.5, "no value", ha="center", va="center", transform=axis.transAxes)
    axis.axvline(0.0, color="black", linewidth=0.6)
    if estimand.margin > 0.0:
        axis.axvspan(-estimand.margin, estimand.margin, color=GREY, alpha=0.12, linewidth=0)
    axis.set_yticks(place, names)
    axis.invert_yaxis()
    axis.set_title(textwrap.fill(estimand.name, 60), loc="left", fontsize=9)

"""What pictures of who wins share: a bar of three shares, and the key to its sides."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from experiments.report.pictures.theme import COLOURS, INK, MUTED, NEUTRAL, ON_BETTER, ON_WORSE, SURFACE
from experiments.report.texts.captions import LABELS
from experiments.report.texts.numbers import NO_NUMBER
from experiments.verdicts import Shares, whole_percent


def sides() -> list[Patch]:
    """Return the key: a better life wins, neither, coercion wins."""
    return [
        Patch(facecolor=COLOURS["better_life"], label=LABELS["better_life_wins"]),
        Patch(facecolor=NEUTRAL, label=LABELS["within"]),
        Patch(
            facecolor=COLOURS["coercion"],
            edgecolor=SURFACE,
            hatch="////",
            linewidth=0,
            label=LABELS["coercion_wins"],
        ),
    ]


def shares_bar(axes: Axes, place: float, found: Shares, *, height: float = 0.72, with_error: bool = True) -> None:
    """Draw a stacked bar; numbers stand inside where they fit, and the largest standard error beside it."""
    if not found.draws or math.isnan(found.holds):
        axes.text(50, place, NO_NUMBER, ha="center", va="center", color=MUTED, fontsize=8.5)
        return
    left = 0.0
    parts = (
        (found.holds, COLOURS["better_life"], ON_BETTER, ""),
        (found.neutral, NEUTRAL, INK, ""),
        (found.contradicted, COLOURS["coercion"], ON_WORSE, "////"),
    )
    for share, colour, ink, hatch in parts:
        width = 100.0 * share
        if width > 0.0:
            axes.barh(place, width, left=left, height=height, color=colour, linewidth=0, zorder=2)
            if hatch:
                axes.barh(
                    place, width, left=left, height=height, facecolor="none", edgecolor=SURFACE, hatch=hatch,
                    linewidth=0, alpha=0.35, zorder=3,
                )  # fmt: skip
        if width >= 9.0:
            axes.text(
                left + width / 2, place, str(whole_percent(share)), ha="center", va="center", color=ink, fontsize=8.5,
                zorder=4, bbox={"facecolor": colour, "edgecolor": "none", "pad": 0.8} if hatch else None,
            )  # fmt: skip
        left += width
    if with_error:
        worst = max(found.error(share) for share in (found.holds, found.neutral, found.contradicted))
        axes.text(102, place, f"±{whole_percent(worst)}", va="center", fontsize=8.5, color=MUTED)

"""Words set into a picture: broken into lines, kept apart at the ends of lines, or in place of what is not there."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.report.pictures.theme import COLOURS, MAIN_ARMS, MUTED
from experiments.report.texts.captions import NO_MAIN_CLAIM


def empty(axes: Axes, text: str) -> None:
    """Say in the middle of the axes why they are empty."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED, fontsize=11)


def not_tried(figure: Figure) -> None:
    """Say in place of a whole picture that the main claim was not tried."""
    empty(figure.add_axes((0.1, 0.1, 0.8, 0.8), frameon=False, xticks=[], yticks=[]), NO_MAIN_CLAIM)


def wrapped(text: str, width: int) -> str:
    """Break a text into lines of at most `width` letters, where its words allow it."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]], horizon: int, height_inches: float) -> None:
    """Label lines at their right ends, moved apart so that no two labels touch, each tied to its line's end."""
    low, high = axes.get_ylim()
    gap = (high - low) * (13.0 / 72.0) / height_inches
    ordered = sorted(ends)
    places = spaced([end for end, _, _ in ordered], gap, low, high)
    for (end, label, arm), place in zip(ordered, places, strict=True):
        axes.plot(
            [horizon, horizon * 1.018, horizon * 1.03],
            [end, place, place],
            color=COLOURS[arm],
            linewidth=1.6 if arm in MAIN_ARMS else 1.1,
            clip_on=False,
            zorder=6,
        )
        weight = "bold" if arm in MAIN_ARMS else "normal"
        axes.text(horizon * 1.036, place, label, va="center", fontsize=9, fontweight=weight, clip_on=False)


def spaced(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return ascending places at least `gap` apart, moved as little as possible (pooled like an isotonic fit)."""
    blocks: list[tuple[float, int]] = []  # mean of the places less their steps, count
    for position, place in enumerate(places):
        mean, count = place - position * gap, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    found = [mean for mean, count in blocks for _ in range(count)]
    result = [mean + position * gap for position, mean in enumerate(found)]
    if result:
        shift = max(0.0, low - result[0]) or min(0.0, max(high - result[-1], low - result[0]))
        result = [place + shift for place in result]
    return result

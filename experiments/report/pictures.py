"""The pictures of the report: drawn once, written as PNG and SVG, and returned as SVG that a page can colour.

Colours are Okabe and Ito's, one for each policy throughout. Inside the page every colour is a CSS variable, so that the
same picture serves a light and a dark screen and paper.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.claims import SHOWN_ARMS
from experiments.report.readings import COSTS, COUNTS, Cell, Readings, mean_and_band, span
from experiments.report.texts import captions
from experiments.report.texts.captions import (
    AXES,
    DASHED,
    LABELS,
    NO_MAIN_CLAIM,
    NO_RUNS,
    NOISE_WARNING,
    NUMBERS,
    PICTURES,
    SIGNS,
    SOME_SIGNAL,
    TOO_FEW,
)
from experiments.report.texts.headings import TABLE
from experiments.report.texts.numbers import (
    INTERVAL_SEEDS,
    NO_NUMBER,
    Numbers,
    interval_text,
    number,
    percent,
    shares_text,
)
from experiments.report.texts.parameters import parameter_phrase, parameter_words
from experiments.report.texts.standing import band_text, points_text, seeds_text
from experiments.report.texts.vocabulary import ARMS, cell_title, variant_title
from experiments.verdicts import Floats, Shares, interval, whole_percent
from scenarios import UNCERTAIN
from scenarios.claim import SHARE_NEEDED, VARIANTS

FOLDER = "pictures"
DPI = 144

INK: Final = "#1b1b1f"
MUTED: Final = "#565a61"
GRID: Final = "#d8dbe0"
SHADE: Final = "#eef0f3"
SHADE_DARKER: Final = "#e2e5ea"
SURFACE: Final = "#fffffe"
NEUTRAL: Final = "#c6c9cf"
ON_BETTER: Final = "#fffffd"
ON_WORSE: Final = "#16161a"

COLOURS: Final[Mapping[str, str]] = {
    "status_quo": "#1b1b1e",
    "coercion": "#d55e00",
    "welfare": "#56b4e9",
    "institutions": "#009e73",
    "better_life": "#0072b2",
    "media": "#e69f00",
    "contact": "#cc79a7",
    "mixed": "#8c8c8c",
}
DASHES: Final[Mapping[str, Any]] = {
    "status_quo": (0, (1.2, 1.2)),
    "welfare": (0, (5, 1.5)),
    "institutions": (0, (5, 1.5, 1.2, 1.5)),
    "media": (0, (3, 1.2)),
    "contact": (0, (3, 1.2, 1, 1.2)),
    "mixed": (0, (6, 2, 1.2, 2, 1.2, 2)),
}
MAIN_ARMS: Final = ("better_life", "coercion", "status_quo")

THEME: Final[Mapping[str, str]] = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    SHADE: "var(--shade)",
    SHADE_DARKER: "var(--shade-darker)",
    SURFACE: "var(--surface)",
    NEUTRAL: "var(--neutral)",
    ON_BETTER: "var(--on-better-life)",
    ON_WORSE: "var(--on-coercion)",
    **{colour: f"var(--{arm.replace('_', '-')})" for arm, colour in COLOURS.items()},
}
"""Which CSS variable stands for each colour of a drawing inside the page."""

STYLE: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.facecolor": SURFACE,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.unicode_minus": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "figure.facecolor": SURFACE,
    "savefig.facecolor": SURFACE,
    "legend.frameon": False,
    "hatch.linewidth": 0.8,
    "svg.fonttype": "path",
    "svg.hashsalt": "civic loyalty",
    "path.simplify": True,
}


@dataclass(frozen=True)
class Picture:
    """A picture of the page: SVG without outer references, its words, and its numbers."""

    name: str
    title: str
    reading: str
    note: str
    svg: str
    numbers: tuple[Numbers, ...]


def draw_pictures(readings: Readings, folder: Path) -> tuple[Picture, ...]:
    """Draw every picture, write it into `folder` as PNG and SVG, and return them in the page's order."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings: Mapping[str, Callable[[Readings], Figure]] = {
        "paths": _paths,
        "public_and_private": _public_and_private,
        "who_wins": _who_wins,
        "differences": _differences,
        "what_decides": _what_decides,
        "human_cost": _human_cost,
        "tension": _tension,
    }
    numbers: Mapping[str, Callable[[Readings], tuple[Numbers, ...]]] = {
        "paths": _paths_numbers,
        "public_and_private": _public_and_private_numbers,
        "who_wins": _who_wins_numbers,
        "differences": _differences_numbers,
        "what_decides": _what_decides_numbers,
        "human_cost": _human_cost_numbers,
        "tension": _tension_numbers,
    }
    words = _words(readings)
    pictures = []
    with matplotlib.rc_context(STYLE):
        for name, draw in drawings.items():
            figure = draw(readings)
            svg = _write(figure, folder / name)
            text = PICTURES[name]
            note = drivers_note(readings) if name == "what_decides" else ""
            pictures.append(
                Picture(
                    name, text.title, text.reading.format(**words), note, for_page(svg, name), numbers[name](readings)
                )
            )
    return tuple(pictures)


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


def for_page(svg: str, name: str) -> str:
    """Return an SVG as part of a page: no header, own identifiers, colours as variables, no address of anything."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\sxmlns(:\w+)?=\"[^\"]*\"", "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    for colour, variable in THEME.items():
        svg = svg.replace(colour, variable)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", svg, count=1)
    svg = re.sub(r'(<svg [^>]*?)height="[^"]*"', r"\1", svg, count=1)
    return svg.replace("<svg ", f'<svg role="img" aria-labelledby="{name}-title {name}-reading" ', 1)


def _write(figure: Figure, stem: Path) -> str:
    _write_png(figure, stem.with_suffix(".png"))
    FigureCanvasSVG(figure)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    stem.with_suffix(".svg").write_text(svg, encoding="utf-8")
    return svg


def _write_png(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=DPI)


def _words(readings: Readings) -> dict[str, str]:
    size, drivers = readings.plan.size, readings.drivers
    return {
        "seeds": seeds_text(size.default_seeds),
        "points": points_text(size.points),
        "band": band_text(size.default_seeds),
        "margin": f"{_margin(readings):g}",
        "needed": percent(SHARE_NEEDED),
        "parameters": str(len(UNCERTAIN)),
        "band_of_chance": f"{drivers.band:.2f}",
        "dashed": DASHED.format(chance=f"{drivers.chance:.2f}") if drivers.chance < 1.0 else "",
        "years": f"{readings.timeline.horizon / 12:g}",
    }


def _margin(readings: Readings) -> float:
    return readings.cells[0].part.estimand.margin if readings.cells else 0.02


# --- (a) paths, (g) tension ---


def _paths(readings: Readings) -> Figure:
    figure = Figure(figsize=(9.4, 7.0))
    upper = figure.add_axes((0.105, 0.42, 0.695, 0.535))
    lower = figure.add_axes((0.105, 0.075, 0.695, 0.27), sharex=upper)
    _arm_paths(upper, readings, "loyalty.kin_camp", height_inches=0.535 * 7.0)
    upper.set_ylabel(AXES["loyalty"])
    upper.tick_params(labelbottom=False)

    difference = readings.path("better_life", "loyalty.kin_camp") - readings.path("coercion", "loyalty.kin_camp")
    mean, low, high = mean_and_band(difference)
    margin = _margin(readings)
    months = np.arange(mean.size)
    _phases(lower, readings, labels=False)
    lower.axhspan(-margin, margin, color=NEUTRAL, alpha=0.45, linewidth=0, zorder=1)
    lower.axhline(0.0, color=MUTED, linewidth=0.8, zorder=2)
    if np.isnan(mean).all():
        _empty(lower, NO_RUNS)
    else:
        lower.fill_between(months, low, high, color=COLOURS["better_life"], alpha=0.2, linewidth=0, zorder=3)
        lower.plot(months, mean, color=COLOURS["better_life"], linewidth=2.0, zorder=4)
        bottom, top = span(np.concatenate([mean, [-1.6 * margin, 1.6 * margin]]))
        edges = span(np.concatenate([low, high]))
        bottom, top = _limits((bottom, top), edges)
        lower.set_ylim(bottom, top)
        lower.text(2, top, " " + LABELS["better_life_leads"], va="top", fontsize=8.5, color=MUTED)
        lower.text(2, bottom, " " + LABELS["coercion_leads"], va="bottom", fontsize=8.5, color=MUTED)
        _label_ends(
            lower,
            [(float(mean[-1]), number(float(mean[-1]), 3, sign=True), "better_life")],
            readings.timeline.horizon,
            0.27 * 7.0,
        )
    lower.set_xlabel(AXES["month"])
    lower.set_ylabel(AXES["difference"])
    return figure


def _tension(readings: Readings) -> Figure:
    figure = Figure(figsize=(9.4, 4.6))
    axes = figure.add_axes((0.105, 0.12, 0.695, 0.81))
    _arm_paths(axes, readings, "hostility.other_camp", height_inches=0.81 * 4.6)
    axes.set_ylabel(AXES["hostility"])
    axes.set_xlabel(AXES["month"])
    return figure


def _arm_paths(axes: Axes, readings: Readings, series: str, height_inches: float) -> None:
    months = np.arange(readings.timeline.horizon + 1)
    _phases(axes, readings)
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
        _empty(axes, NO_RUNS)
        return
    axes.set_ylim(*_limits(span(np.concatenate(means)), span(np.concatenate(bands)) if bands else None))
    _label_ends(axes, ends, readings.timeline.horizon, height_inches)


def _limits(inner: tuple[float, float], bands: tuple[float, float] | None = None) -> tuple[float, float]:
    """Return limits that hold the means, and bands as far as they do not dwarf the means."""
    low, high = inner
    size = max(high - low, 1e-3)
    if bands is not None:
        low, high = max(min(low, bands[0]), low - 0.5 * size), min(max(high, bands[1]), high + 0.5 * size)
    return low - 0.06 * size, high + 0.06 * size


def _phases(axes: Axes, readings: Readings, *, labels: bool = True) -> None:
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


def _label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]], horizon: int, height_inches: float) -> None:
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


def _empty(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=MUTED, fontsize=11)


# --- (b) shown against felt ---

SHOWN_AND_FELT: Final = ("status_quo", "coercion", "better_life")


def _public_and_private(readings: Readings) -> Figure:
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


def _shown(axes: Axes, readings: Readings, arm: str) -> None:
    shown = 100.0 * mean_and_band(readings.path(arm, "kin_display.kin_camp"))[0]
    hidden = 100.0 * mean_and_band(readings.path(arm, "suppressed_display.kin_camp"))[0]
    months = np.arange(shown.size)
    _phases(axes, readings, labels=False)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if np.isnan(shown).all():
        _empty(axes, NO_RUNS)
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
    _phases(axes, readings, labels=False)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if np.isnan(spoken).all():
        _empty(axes, NO_RUNS)
        return
    axes.fill_between(months, felt, spoken, color=COLOURS[arm], alpha=0.22, linewidth=0, zorder=2)
    axes.plot(months, spoken, color=COLOURS[arm], linewidth=1.5, linestyle=(0, (4, 1.5)), zorder=3)
    axes.plot(months, felt, color=COLOURS[arm], linewidth=2.2, zorder=3)


# --- (c) who wins ---


def _who_wins(readings: Readings) -> Figure:
    figure = Figure(figsize=(9.4, 5.7))
    cells = readings.cells
    if not cells:
        _empty(figure.add_axes((0.1, 0.1, 0.8, 0.8), frameon=False, xticks=[], yticks=[]), NO_MAIN_CLAIM)
        return figure
    columns = 2
    rows = math.ceil(len(cells) / columns)
    grid = figure.add_gridspec(rows, columns, left=0.215, right=0.905, top=0.875, bottom=0.1, hspace=0.36, wspace=0.42)
    for position, cell in enumerate(cells):
        axes = figure.add_subplot(grid[divmod(position, columns)])
        axes.set_title(cell_title(cell.months_after, cell.budget))
        for place, variant in enumerate(VARIANTS):
            _shares_bar(axes, place, cell.over_prior[variant])
        axes.set_ylim(len(VARIANTS) - 0.45, -0.55)
        axes.set_yticks(range(len(VARIANTS)))
        axes.set_yticklabels([_wrapped(variant_title(v), 26) for v in VARIANTS] if position % columns == 0 else [])
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
    figure.legend(handles=[*_sides(), needed], loc="upper center", ncols=4, fontsize=9, bbox_to_anchor=(0.53, 0.995))
    return figure


def _sides() -> list[Patch]:
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


def _shares_bar(axes: Axes, place: float, found: Shares, *, height: float = 0.72, with_error: bool = True) -> None:
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


def _wrapped(text: str, width: int) -> str:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


# --- (d) differences over the prior ---


def _differences(readings: Readings) -> Figure:
    figure = Figure(figsize=(9.4, 5.4))
    cells = readings.cells
    if not cells:
        _empty(figure.add_axes((0.1, 0.1, 0.8, 0.8), frameon=False, xticks=[], yticks=[]), NO_MAIN_CLAIM)
        return figure
    columns = 2
    rows = math.ceil(len(cells) / columns)
    grid = figure.add_gridspec(rows, columns, left=0.075, right=0.985, top=0.86, bottom=0.1, hspace=0.4, wspace=0.12)
    margin = _margin(readings)
    low, high = span(np.concatenate([cell.part.effects for cell in cells] + [np.array([-2 * margin, 2 * margin])]))
    step = 2.0 * margin
    while (high - low) / step > 60:
        step *= 2.0
    lowest, highest = math.floor((low + margin) / step), math.ceil((high + margin) / step)
    edges: Floats = np.arange(lowest, highest + 1, dtype=np.float64) * step - margin
    for position, cell in enumerate(cells):
        shared = figure.axes[0] if figure.axes else None
        axes = figure.add_subplot(grid[divmod(position, columns)], sharex=shared, sharey=shared)
        axes.set_title(cell_title(cell.months_after, cell.budget))
        _histogram(axes, cell, edges, margin)
        axes.tick_params(labelleft=position % columns == 0)
        if position % columns == 0:
            axes.set_ylabel(AXES["draws"])
        if position // columns == rows - 1:
            axes.set_xlabel(AXES["difference_line"])
        else:
            axes.tick_params(labelbottom=False)
    first = figure.axes[0]
    top = first.get_ylim()[1]
    first.set_ylim(-0.16 * top, top * 1.04)
    first.set_yticks([tick for tick in first.get_yticks() if tick >= 0 and tick <= top and tick == round(tick)])
    marks = [
        Line2D(
            [], [], color=INK, linewidth=1.6, marker="|", markersize=13, markeredgewidth=1.8,
            label=LABELS["median_and_range"],
        ),
        Line2D(
            [], [], linestyle="none", marker="D", markersize=5.5, markerfacecolor=SURFACE, markeredgecolor=INK,
            label=LABELS["default"],
        ),
    ]  # fmt: skip
    figure.legend(handles=[*_sides(), *marks], loc="upper center", ncols=5, fontsize=8.8, bbox_to_anchor=(0.53, 0.995))
    return figure


def _histogram(axes: Axes, cell: Cell, edges: Floats, margin: float) -> None:
    effects = cell.part.effects[~np.isnan(cell.part.effects)]
    axes.axvline(0.0, color=MUTED, linewidth=0.7, zorder=1)
    if not effects.size:
        _empty(axes, NO_RUNS)
        return
    counts, _ = np.histogram(effects, edges)
    middles = (edges[:-1] + edges[1:]) / 2.0
    for chosen, colour, hatch in (
        (middles > margin, COLOURS["better_life"], ""),
        (np.abs(middles) <= margin, NEUTRAL, ""),
        (middles < -margin, COLOURS["coercion"], "////"),
    ):
        width = (edges[1] - edges[0]) * 0.94
        axes.bar(middles[chosen], counts[chosen], width=width, color=colour, linewidth=0, zorder=2)
        if hatch and chosen.any():
            axes.bar(
                middles[chosen], counts[chosen], width=width, facecolor="none", edgecolor=SURFACE, hatch=hatch,
                linewidth=0, alpha=0.35, zorder=3,
            )  # fmt: skip
    low, median, high = cell.part.quantiles
    beneath: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "color": INK}
    axes.plot([low, high], [0.065, 0.065], linewidth=1.6, zorder=4, **beneath)
    axes.plot([median], [0.065], "|", markersize=13, markeredgewidth=1.8, zorder=5, **beneath)
    axes.plot([cell.part.default.mean], [0.065], "D", markerfacecolor=SURFACE, markersize=5.5, zorder=6, **beneath)


# --- (e) what decides it ---

SHOWN_DRIVERS: Final = 12


def _what_decides(readings: Readings) -> Figure:
    figure = Figure(figsize=(9.4, 6.2))
    drivers, cells = readings.drivers, readings.cells
    if not cells:
        _empty(figure.add_axes((0.1, 0.1, 0.8, 0.8), frameon=False, xticks=[], yticks=[]), NO_MAIN_CLAIM)
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
    axes.set_yticklabels([_wrapped(parameter_words(drivers.names[p]), 27) for p in shown])
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
                _shares_bar(axes, place, found, height=0.78, with_error=False)
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
        axes.set_title(_wrapped(parameter_words(parameter), 30), x=-0.2, pad=3)
        if row == len(strongest) - 1:
            axes.set_xlabel(AXES["share"])
        else:
            axes.tick_params(labelbottom=False)
    figure.legend(
        handles=_sides(), loc="upper right", ncols=1, fontsize=8.2, bbox_to_anchor=(0.99, 1.005), labelspacing=0.25
    )


# --- (f) human cost ---


def _human_cost(readings: Readings) -> Figure:
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
        text = captions.COSTS[measure]
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


def _cost_scale(measure: str) -> float:
    return 1000.0 if measure in COUNTS else 100.0


# --- the numbers behind ---

SHOWN_MONTHS: Final = (0, 24, 30, 48, 60, 90, 120, 150, 180)


def _path_numbers(readings: Readings, title: str, series: str, decimals: int = 3) -> Numbers:
    rows = tuple((ARMS[arm], *_at_months(readings.path(arm, series), decimals)) for arm in SHOWN_ARMS)
    return Numbers(title, ("", *map(str, SHOWN_MONTHS)), rows)


def _at_months(rows: Floats, decimals: int = 3, *, sign: bool = False) -> list[str]:
    """Write means over seeds at the shown months, each with half its 95 % interval where there is one."""
    cells = []
    for month in SHOWN_MONTHS:
        found = interval(rows[:, month]) if month < rows.shape[1] else interval(np.array([]))
        text = number(found.mean, decimals, sign=sign)
        known = found.seeds >= INTERVAL_SEEDS
        cells.append(f"{text} ±{found.high - found.mean:.{decimals}f}" if known else text)
    return cells


def _paths_numbers(readings: Readings) -> tuple[Numbers, ...]:
    half = NUMBERS["half_interval"] if readings.plan.size.default_seeds >= INTERVAL_SEEDS else ""
    difference = readings.path("better_life", "loyalty.kin_camp") - readings.path("coercion", "loyalty.kin_camp")
    return (
        _path_numbers(readings, NUMBERS["loyalty"] + half, "loyalty.kin_camp"),
        Numbers(
            NUMBERS["difference"],
            ("", *map(str, SHOWN_MONTHS)),
            ((NUMBERS["better_minus_coercion"], *_at_months(difference, sign=True)),),
        ),
        *_who_is_counted(readings),
    )


def _who_is_counted(readings: Readings) -> tuple[Numbers, ...]:
    """List loyalty by who is counted, and better life minus coercion beneath."""
    rows = []
    for month in dict.fromkeys(found.month for found in readings.trial.selection):
        here = {found.arm: found for found in readings.trial.selection if found.month == month}
        values = {arm: (found.cohort, found.stayers, found.always_stayers) for arm, found in here.items()}
        for arm, numbers in values.items():
            rows.append((ARMS.get(arm, arm), str(month), *(number(value) for value in numbers)))
        if "better_life" in values and "coercion" in values:
            gaps = (a - b for a, b in zip(values["better_life"], values["coercion"], strict=True))
            rows.append((NUMBERS["better_minus_coercion"], str(month), *(number(gap, sign=True) for gap in gaps)))
    columns = tuple(NUMBERS[key] for key in ("all", "stayers", "always_stayers"))
    return (Numbers(NUMBERS["who_is_counted"], ("", AXES["month"], *columns), tuple(rows)),) if rows else ()


def _public_and_private_numbers(readings: Readings) -> tuple[Numbers, ...]:
    return tuple(
        _path_numbers(readings, NUMBERS[measure], f"{measure}.kin_camp")
        for measure in ("kin_display", "suppressed_display", "public_loyalty", "falsified_speech")
    )


def _tension_numbers(readings: Readings) -> tuple[Numbers, ...]:
    return (_path_numbers(readings, NUMBERS["hostility"], "hostility.other_camp"),)


def _who_wins_numbers(readings: Readings) -> tuple[Numbers, ...]:
    head = ("", *(cell_title(cell.months_after, cell.budget) for cell in readings.cells))
    rows = tuple(
        (variant_title(variant), *(shares_text(cell.over_prior[variant]) for cell in readings.cells))
        for variant in VARIANTS
    )
    return (Numbers(NUMBERS["who_wins"], head, rows),) if readings.cells else ()


def _differences_numbers(readings: Readings) -> tuple[Numbers, ...]:
    rows = []
    for cell in readings.cells:
        low, median, high = cell.part.quantiles
        rows.append(
            (
                cell_title(cell.months_after, cell.budget),
                number(cell.part.mean, sign=True),
                number(low, sign=True),
                number(median, sign=True),
                number(high, sign=True),
                interval_text(cell.part.default, sign=True),
            )
        )
    head = ("", TABLE["prior_mean"], "5 %", "50 %", "95 %", TABLE["default"])
    return (Numbers(NUMBERS["differences"], head, tuple(rows)),) if rows else ()


def _what_decides_numbers(readings: Readings) -> tuple[Numbers, ...]:
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


def _human_cost_numbers(readings: Readings) -> tuple[Numbers, ...]:
    tables = []
    for measure in COSTS:
        scale, text = _cost_scale(measure), captions.COSTS[measure]
        rows = []
        for arm in SHOWN_ARMS:
            cost = readings.costs[arm][measure]
            default = interval_text(cost.default, 2, scale=scale)
            prior = (number(scale * value, 2) for value in (cost.low, cost.median, cost.high))
            rows.append((ARMS[arm], default, *prior))
        head = ("", TABLE["level"], "5 %", "50 %", "95 %")
        tables.append(Numbers(f"{text.title}, {text.unit}", head, tuple(rows)))
    return tuple(tables)

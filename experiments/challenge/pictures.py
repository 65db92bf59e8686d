"""Pictures of a challenge: what had to change, what that did to the effect, and how the search came there."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.analysis.pictures import STYLE
from experiments.challenge.answers import WORDS, Answer, Challenge, word_of
from experiments.challenge.target import Space
from experiments.simulation import BLUE, GREEN, GREY, PURPLE, VERMILION
from experiments.verdicts import Floats, Interval
from scenarios import DECLARATIONS

MOST_CHANGES: Final = 24
WIDTH: Final = 7.8
NEAR: Final = 2.5
"""How far the picture of the way reaches, in distances of the counter-example."""
ROW: Final = 0.3
COLOURS: Final = dict(zip(WORDS.values(), (GREEN, GREY, PURPLE), strict=True))
MARKERS: Final[dict[str, Any]] = dict(zip(WORDS.values(), ("o", "s", "D"), strict=True))


def pictures(done: Challenge) -> Iterator[tuple[str, str, Figure]]:
    """Yield name, caption and figure, three for each estimand, by its number in the claim."""
    with mpl.rc_context(STYLE):
        for answer in done.answers:
            number = number_of(done, answer)
            yield f"changes_{number}", _about_changes(answer), _changes(answer)
            yield f"effects_{number}", _about_effects(answer), _effects(answer)
            yield f"path_{number}", _about_path(answer), _path(done, answer)


def _about_changes(answer: Answer) -> str:
    what = "What had to change" if answer.nearest else "What the nearest miss changes"
    left_out = len(answer.shown.deviations) - MOST_CHANGES
    more = f" {left_out} smaller changes are in the table only." if left_out > 0 else ""
    return (
        f"{what}, in standard deviations of each parameter's prior from its default, weightiest first. The grey bar is "
        f"what the prior allows; right, the default and the value in its place.{more}"
    )


def _about_effects(answer: Answer) -> str:
    return (
        "The effect before and after, with 95 % intervals over seeds. Grey: within the margin. Beyond the dashed line, "
        f"{answer.target.words}."
    )


def _about_path(answer: Answer) -> str:
    left = "The way of the search. Left: points tried, later ones stronger; beyond the dashed line the claim is turned"
    if answer.nearest is None:
        return f"{left}. Right: the effect that came closest to the line so far."
    return (
        f"{left} (points farther out than {NEAR:g} times the counter-example are not drawn). Right: how near the "
        "nearest point beyond the line was. The counter-example lies farther out: it keeps clear of the line by twice "
        "the standard error of luck, and changes no more parameters than it needs."
    )


def number_of(done: Challenge, answer: Answer) -> int:
    """Return the number of an estimand in its claim, from 1 on."""
    return 1 + [estimand.name for estimand in done.claim.estimands].index(answer.estimand.name)


def threshold(answer: Answer) -> float:
    """Return the effect beyond which the claim is turned."""
    return answer.target.level * answer.target.orientation


def _changes(answer: Answer) -> Figure:
    example = answer.shown
    names = list(example.deviations)[:MOST_CHANGES]
    space = Space.of(names)
    figure = Figure(figsize=(WIDTH, 1.3 + ROW * max(len(names), 1)), layout="constrained")
    axis = figure.subplots()
    for place, (name, low, high) in enumerate(zip(names, space.low, space.high, strict=True)):
        z = example.deviations[name]
        colour, marker = (BLUE, ">") if z > 0.0 else (VERMILION, "<")
        axis.barh(place, high - low, left=low, height=0.62, color=GREY, alpha=0.16, linewidth=0)
        axis.plot([0.0, z], [place, place], color=colour, linewidth=2.4, solid_capstyle="butt")
        axis.plot(z, place, marker=marker, color=colour, markersize=7)
    axis.axvline(0.0, color="black", linewidth=0.8)
    axis.set_yticks(range(len(names)), names)
    values = [f"{DECLARATIONS[name].default:g} → {example.changes[name]:.4g}" for name in names]
    right = axis.secondary_yaxis("right")
    right.set_yticks(range(len(names)), values)
    right.tick_params(length=0)
    right.spines["right"].set_visible(False)
    axis.set_ylim(len(names) - 0.4, -0.6)
    axis.set_xlabel("standard deviations of the prior from the default")
    handles = [
        Line2D([], [], color=BLUE, marker=">", linewidth=2.4, label="raised"),
        Line2D([], [], color=VERMILION, marker="<", linewidth=2.4, label="lowered"),
        Patch(color=GREY, alpha=0.16, linewidth=0, label="range of the prior"),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False)
    return figure


def _effects(answer: Answer) -> Figure:
    rows: list[tuple[str, Interval]] = [
        (f"default point, {_seeds(answer.default)} of the search", answer.default),
        (f"default point, {_seeds(answer.default_fresh)}, fresh", answer.default_fresh),
    ]
    if answer.nearest:
        rows.append((f"counter-example, {_seeds(answer.nearest.effect)}, fresh", answer.nearest.effect))
    if answer.with_all:
        rows.append((f"nearest point of all, {_seeds(answer.with_all.effect)}, fresh", answer.with_all.effect))
    if answer.nearest is None:
        rows.append((f"nearest miss, {_seeds(answer.miss.effect)}, fresh", answer.miss.effect))
    figure = Figure(figsize=(WIDTH, 1.3 + 0.36 * len(rows)), layout="constrained")
    axis = figure.subplots()
    margin = answer.estimand.margin
    axis.axvspan(-margin, margin, color=GREY, alpha=0.16, linewidth=0)
    axis.axvline(0.0, color="black", linewidth=0.6)
    axis.axvline(threshold(answer), color="black", linewidth=1.0, linestyle="--")
    for place, (_, found) in enumerate(rows):
        word = word_of(answer.estimand, found.mean)
        axis.plot([found.low, found.high], [place, place], color=COLOURS[word], linewidth=2.0)
        axis.plot(found.mean, place, marker=MARKERS[word], color=COLOURS[word], markersize=7)
    axis.set_yticks(range(len(rows)), [label for label, _ in rows])
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlabel(textwrap.fill(f"effect: {answer.estimand.name}", 80))
    handles = [
        Line2D([], [], color=COLOURS[word], marker=MARKERS[word], linewidth=2.0, label=word) for word in WORDS.values()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=3, frameon=False)
    return figure


def _seeds(found: Interval) -> str:
    return f"{found.seeds} {'seed' if found.seeds == 1 else 'seeds'}"


def _path(done: Challenge, answer: Answer) -> Figure:
    distance, effect = _tried(done, answer)
    figure = Figure(figsize=(WIDTH, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.scatter(distance, effect, s=9, color=BLUE, alpha=np.linspace(0.15, 1.0, len(effect)), linewidth=0)
    left.axhline(threshold(answer), color="black", linewidth=1.0, linestyle="--")
    left.axhline(0.0, color="black", linewidth=0.6)
    example = answer.shown
    origin, star = (
        Line2D(
            [x], [y], marker=marker, color=colour, markeredgecolor="black", markersize=size, linestyle="", label=label
        )
        for x, y, marker, colour, size, label in (
            (0.0, effect[0], "o", "white", 8, "default point"),
            (example.distance, example.search_effect, "*", VERMILION, 14, _named(answer)),
        )
    )
    left.add_line(origin)
    left.add_line(star)
    if answer.nearest:
        drawn = distance <= NEAR * example.distance
        left.set_xlim(-0.04 * NEAR * example.distance, NEAR * example.distance)
        least, most = np.nanmin(effect[drawn]), np.nanmax(effect[drawn])
        left.set_ylim(least - 0.08 * (most - least), most + 0.08 * (most - least))
    left.set_xlabel("distance from the default point, prior-sd")
    left.set_ylabel("effect in the search")
    label, best = _so_far(answer, distance, effect)
    right.step(np.arange(1, len(best) + 1), best, where="post", color=BLUE, linewidth=1.6)
    right.set_xlabel("points tried")
    right.set_ylabel(textwrap.fill(label, 34))
    right.set_xlim(0, len(best) + 1)
    figure.legend(handles=[origin, star], loc="outside upper left", ncols=2, frameon=False)
    return figure


def _named(answer: Answer) -> str:
    return "counter-example" if answer.nearest else "nearest miss"


def _tried(done: Challenge, answer: Answer) -> tuple[Floats, Floats]:
    """Return distance and effect of every point that was tried for an estimand, in order."""
    tried = done.tried[done.tried["estimand"] == answer.estimand.name]
    return tried["distance"].to_numpy(dtype=float), tried["effect"].to_numpy(dtype=float)


def _so_far(answer: Answer, distance: Floats, effect: Floats) -> tuple[str, Floats]:
    """Return what the search had come to after each point, and what that is called."""
    oriented = answer.target.orientation * effect
    if answer.nearest:
        turned = np.where(oriented < answer.target.level, distance, np.nan)
        return "nearest point beyond the line so far, prior-sd", np.fmin.accumulate(turned)
    return "effect closest to the line so far", answer.target.orientation * np.fmin.accumulate(oriented)

"""What a search found: a table for the terminal, a record, a picture of how the bounds closed in, and one page."""

from __future__ import annotations

import json
import math
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.analysis.pictures import STYLE
from experiments.pages import Drawn, render, write_pictures, write_whole
from experiments.simulation import BLUE, GREY, ORANGE, VERMILION
from experiments.until.decisions import ERROR, WORDS
from experiments.until.search import RUNS, Decisions, Effect, Search
from scenarios.claim import SHARE_NEEDED

RECORD: Final = "decisions.json"
PAGE: Final = "decisions.html"
PICTURE: Final = "decisions"
CAPTION: Final = (
    "How the bounds closed in. Each band holds, at every look at once, the smallest share that a word has over the "
    "cells of the claim's rule. A verdict is decided when its band lies above 90 %, “conditional” when all "
    "three lie below."
)
COLOURS: Final = {"supported": BLUE, "refuted": VERMILION, "equivalent": GREY, "not testable": ORANGE}
LINES: Final[Any] = {"supported": "-", "refuted": "--", "equivalent": ":", "not testable": "-."}
COLUMNS: Final = 3
WIDTH: Final = 100


def write_decisions(decisions: Decisions) -> Path:
    """Write record, picture (PNG and SVG) and page into the search's folder, each whole or not at all."""
    folder = decisions.folder
    with mpl.rc_context(STYLE):
        drawn = write_pictures(folder, [(PICTURE, CAPTION, _picture(decisions))])
    write_whole(folder / RECORD, _json(decisions))
    write_whole(folder / PAGE, _html(decisions, drawn))
    return folder / PAGE


def decision_table(decisions: Decisions) -> str:
    """Return what was decided and how many pairs it took, as plain text."""
    lines = [f"{'':4}{'claim':54}{'decided':>14}{'points':>8}{'pairs':>8}"]
    for search in decisions.searches:
        title = textwrap.shorten(search.claim.title, 52, placeholder=" ...")
        lines.append(f"{search.claim.number:>2}  {title:54}{_word(search):>14}{search.points:>8}{pairs(search):>8}")
        for effect in search.effects:
            name = textwrap.shorten(effect.name, 50, placeholder=" ...")
            lines.append(f"      {name:52}{_bounds(effect):>28}{_told(effect):>16}")
    lines += ["", *textwrap.wrap(_summary(decisions), WIDTH)]
    return "\n".join(lines)


def pairs(search: Search) -> int:
    """Return at how many points and seeds of the prior a claim's arms were compared."""
    return search.points * search.seeds


def _word(search: Search) -> str:
    return search.verdict or "open"


def _told(effect: Effect) -> str:
    return f"{effect.seeds} seeds" + ("" if effect.told else ", open")


def _bounds(effect: Effect) -> str:
    if math.isinf(effect.low) or math.isnan(effect.mean):
        return "no bounds yet"
    return f"{effect.mean:+.4f} [{effect.low:+.4f}, {effect.high:+.4f}]"


def _summary(decisions: Decisions) -> str:
    still = [search for search in decisions.searches if search.verdict is None]
    vague = [search for search in decisions.searches if not search.told]
    parts = [
        *filter(None, [decisions.assumptions.reservation]),
        f"{decisions.runs} runs of at most {decisions.pace.budget}, {decisions.failed} failed.",
        f"A decision is false with at most {ERROR:.0%} probability, however often one looks.",
    ]
    if decisions.spent and still:
        parts.append(f"The budget ended before {_list(still)} could be decided: --budget sets it.")
    if decisions.spent and vague:
        parts.append(f"The effect at the default point is not told apart from its margin in {_list(vague)}.")
    return " ".join(parts)


def _list(searches: list[Search]) -> str:
    return f"claim{'s' if len(searches) > 1 else ''} {', '.join(str(search.claim.number) for search in searches)}"


def _json(decisions: Decisions) -> str:
    content = {
        "format": 1,
        "error": ERROR,
        "share_needed": SHARE_NEEDED,
        "runs": decisions.runs,
        "failed": decisions.failed,
        "budget_spent": decisions.spent,
        "provenance": dict(decisions.provenance),
        "claims": [_claim(search) for search in decisions.searches],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _claim(search: Search) -> dict[str, Any]:
    return {
        "number": search.claim.number,
        "name": search.claim.name,
        "title": search.claim.title,
        "registered": search.claim.digest(),
        "decided": search.verdict,
        "points": search.points,
        "seeds": search.seeds,
        "pairs": pairs(search),
        "default_seeds": search.default_seeds,
        "smallest_shares": [
            {"points": look.points, **{word: asdict(reach) for word, reach in look.reaches.items()}}
            for look in search.looks
        ],
        "effects_at_default": [
            {name: _number(value) for name, value in asdict(effect).items()} for effect in search.effects
        ],
    }


def _number(value: Any) -> Any:
    """Return a value as JSON can hold it: what is no finite number as null."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _picture(decisions: Decisions) -> Figure:
    searches = decisions.searches
    columns = min(COLUMNS, len(searches))
    rows = -(-len(searches) // columns)
    figure = Figure(figsize=(4.0 * columns, 2.5 * rows + 0.5), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, columns, sharey=True)).ravel().tolist()
    for axis in axes[len(searches) :]:
        axis.set_axis_off()
    for axis, search in zip(axes, searches, strict=False):
        points = [0, *(look.points for look in search.looks)]
        for word in search.looks[-1].reaches:
            low = [0.0, *(look.reaches[word].low for look in search.looks)]
            high = [1.0, *(look.reaches[word].high for look in search.looks)]
            colour = COLOURS[word]
            axis.fill_between(points, low, high, color=colour, alpha=0.15, linewidth=0)
            for side in (low, high):
                axis.plot(points, side, color=colour, linestyle=LINES[word], linewidth=1.4, marker="o", markersize=2.5)
        axis.axhline(SHARE_NEEDED, color="black", linewidth=0.8)
        axis.set_ylim(-0.02, 1.02)
        axis.set_xlim(0, max(points) + 1)
        title = textwrap.fill(f"{search.claim.number}. {search.claim.title}", 42)
        axis.set_title(f"{title}\n{_word(search)} after {search.points} points", loc="left", fontsize=8.5)
        axis.set_xlabel("points of the prior", fontsize=8)
    axes[0].set_ylabel("smallest share", fontsize=8)
    handles = [
        Line2D([], [], color=COLOURS[word], linestyle=LINES[word], label=word)
        for word in (*WORDS, "not testable")
        if any(word in search.looks[-1].reaches for search in searches)
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False, fontsize=8.5)
    return figure


def _html(decisions: Decisions, drawn: Drawn) -> str:
    return render(
        Path(__file__).with_name("page.html.j2"),
        decisions=decisions,
        summary=_summary(decisions),
        drawn=drawn.values(),
        word=_word,
        pairs=pairs,
        bounds=_bounds,
        told=_told,
        files=", ".join((RECORD, RUNS, f"{PICTURE}.png", f"{PICTURE}.svg")),
    )

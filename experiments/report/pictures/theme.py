"""Colours, dashes and type of the pictures: Okabe and Ito's colours, one for each policy throughout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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

"""One self-contained page of an analysis, and its pictures as files."""

from __future__ import annotations

import math
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from experiments.analysis.pictures import frame_html, pictures
from experiments.analysis.study import RATIO, Analysis, common_weight, weight_text
from experiments.pages import render, write_pictures, write_whole
from experiments.report.texts.numbers import percent
from experiments.verdicts import whole_percent

TEMPLATE: Final = "page.html.j2"
DECISIVE: Final = 4
WEIGHED_BY: Final = {
    "mu_star": "mu*",
    "total": "total Sobol' index",
    "partial": "partial rank correlation",
    "spearman": "rank correlation",
    "between_values": "share of variance",
    RATIO: "correlation ratio",
}
"""What the weights of axes are, in a word or two."""
TABLES: Final = {
    "contrasts": "Differences between arms: mean over points, 95 % interval, and at which share of points each holds",
    "sensitivity": "Sensitivity",
    "variance": "Where the variance comes from, in shares",
    "responses": "Dose and response",
    "boxes": "Boxes: where a statement holds or is contradicted, found on two thirds of the points",
}


def write_page(analysis: Analysis) -> Path:
    """Write the pictures as PNG and SVG, and the page, each whole or not at all."""
    drawn = write_pictures(analysis.folder, pictures(analysis))
    tables = [
        (title, name, Markup(frame_html(analysis.tables[name])))
        for name, title in TABLES.items()
        if len(analysis.tables[name])
    ]
    page = render(
        Path(__file__).with_name(TEMPLATE),
        design=analysis.design,
        analysis=analysis,
        drawn=drawn.values(),
        tables=tables,
        percent=percent,
        differences=[_in_short(analysis, row) for row in analysis.tables["contrasts"].to_dict("records")],
    )
    write_whole(analysis.page, page)
    return analysis.page


def _in_short(analysis: Analysis, row: dict[Hashable, Any]) -> dict[str, Any]:
    """Return what a page shows first of a difference between arms."""
    found = analysis.decisive(str(row["quantity"]), DECISIVE)
    return {
        **{str(name): value for name, value in row.items()},
        "interval": "" if math.isnan(row["low"]) else f"[{row['low']:+.3f}, {row['high']:+.3f}]",
        "shares": not math.isnan(row["mean"])
        and [
            (word, str(whole_percent(row[column])), 100.0 * row[column])
            for word, column in (("holds", "holds"), ("near", "neutral"), ("contradicted", "contradicted"))
        ],
        "decisive": [f"{row['axis'].removeprefix('p.')} {weight_text(row)}" for row in found.to_dict("records")],
        "weighed_by": WEIGHED_BY[common_weight(found)] if len(found) else "",
        "by_chance": "" if len(found) else analysis.by_chance(str(row["quantity"])),
    }

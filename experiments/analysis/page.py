"""One self-contained page of an analysis, and its pictures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from markupsafe import Markup

from experiments.analysis.pictures import frame_html, pictures
from experiments.analysis.study import Analysis
from experiments.pages import render, write_pictures, write_whole

TEMPLATE: Final = "page.html.j2"
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
        summary=analysis.text(),
    )
    write_whole(analysis.page, page)
    return analysis.page

"""One self-contained page of an analysis, and its pictures as files."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Final

import jinja2
from markupsafe import Markup
from matplotlib.figure import Figure

from experiments.analysis.pictures import frame_html, pictures
from experiments.analysis.study import Analysis
from experiments.errors import StoreError

TEMPLATE: Final = "page.html.j2"
TABLES: Final = {
    "contrasts": "Differences between arms: mean over points, 95 % interval, and at which share of points each holds",
    "sensitivity": "Sensitivity",
    "variance": "Where the variance comes from, in shares",
    "responses": "Dose and response",
    "boxes": "Boxes: where a statement holds or is contradicted, found on two thirds of the points",
}


def write_page(analysis: Analysis) -> Path:
    """Write the pictures as PNG and SVG, and the page, whole or not at all."""
    drawn = []
    try:
        for name, caption, figure in pictures(analysis):
            figure.savefig(analysis.folder / f"{name}.png", dpi=120, metadata={"Software": None})
            svg = _svg(figure)
            (analysis.folder / f"{name}.svg").write_text(svg, encoding="utf-8")
            drawn.append((caption, Markup(svg[svg.index("<svg") :])))
        partial = analysis.page.with_suffix(".part")
        partial.write_text(_html(analysis, drawn), encoding="utf-8")
        partial.replace(analysis.page)
    except OSError as error:
        raise StoreError(f"{analysis.folder}: cannot write: {os.strerror(error.errno or 0)}") from error
    return analysis.page


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _html(analysis: Analysis, drawn: list[tuple[str, Markup]]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    tables = [
        (title, name, Markup(frame_html(analysis.tables[name])))
        for name, title in TABLES.items()
        if len(analysis.tables[name])
    ]
    return environment.get_template(TEMPLATE).render(
        design=analysis.design, analysis=analysis, drawn=drawn, tables=tables, summary=analysis.text()
    )

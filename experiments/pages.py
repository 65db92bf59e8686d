"""What studies share when they write results: tables, pictures, self-contained pages; each file whole or not at all."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import jinja2
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from experiments.errors import StoreError
from experiments.simulation import BLUE, GREY, VERMILION

FRAME: Final = Path(__file__).parent / "report"
"""Where the frame stands that the studies' templates extend."""
Drawn = dict[str, tuple[str, Markup]]
"""Caption and SVG of each picture, by name."""
THEME: Final = {
    "#000000": "var(--ink)",
    "#ffffff": "var(--surface)",
    BLUE.lower(): "var(--better-life)",
    VERMILION.lower(): "var(--coercion)",
    GREY.lower(): "var(--muted)",
}
"""What a page has in place of a drawing's colours, so that they are readable in the dark too."""


def write_pictures(folder: Path, pictures: Iterable[tuple[str, str, Figure]]) -> Drawn:
    """Write pictures, given as name, caption and figure, as PNG and SVG; return what a page shows of them.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    drawn = {}
    for name, caption, figure in pictures:
        svg = svg_of(figure)
        write_whole(folder / f"{name}.png", png_of(figure))
        write_whole(folder / f"{name}.svg", svg)
        inline = svg[svg.index("<svg") :]
        for colour, variable in THEME.items():
            inline = inline.replace(colour, variable)
        drawn[name] = caption, Markup(inline)
    return drawn


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write tables, by name, as CSV and Parquet, each whole or not at all.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    for name, table in tables.items():
        write_whole(folder / f"{name}.csv", table.to_csv(index=False))
        write_whole(folder / f"{name}.parquet", table.to_parquet(index=False))


def render(template: Path, **values: Any) -> str:
    """Return a template, which may extend the studies' frame, filled in."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([template.parent, FRAME]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(**values)


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG; equal figures give equal bytes."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120, metadata={"Software": None})
    return content.getvalue()


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG; equal figures give equal texts."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file, and the folders above it, whole or not at all.

    Raises
    ------
    StoreError
        If the disk refuses.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content if isinstance(content, bytes) else content.encode())
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {os.strerror(error.errno or 0)}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)

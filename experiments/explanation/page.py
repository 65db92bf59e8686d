"""One self-contained page of an explanation, and its pictures as files."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, Final

import jinja2
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from experiments.analysis.pictures import frame_html
from experiments.errors import StoreError
from experiments.explanation.explain import Explanation
from experiments.explanation.pictures import pictures
from scenarios.claim import Claim

TEMPLATE: Final = "page.html.j2"


def write_page(explanation: Explanation) -> Path:
    """Write the pictures as PNG and SVG, and the page, each file whole or not at all."""
    drawn: dict[str, tuple[str, Markup]] = {}
    folder = explanation.folder
    try:
        for name, caption, figure in pictures(explanation):
            svg = _svg(figure)
            _replace(folder / f"{name}.png", _png(figure))
            _replace(folder / f"{name}.svg", svg.encode())
            drawn[name] = caption, Markup(svg[svg.index("<svg") :])
        _replace(explanation.page, _html(explanation, drawn).encode())
    except OSError as error:
        raise StoreError(f"{folder}: cannot write: {os.strerror(error.errno or 0)}") from error
    return explanation.page


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(content)
    partial.replace(path)


def _png(figure: Figure) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120, metadata={"Software": None})
    return content.getvalue()


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue()


def _html(explanation: Explanation, drawn: dict[str, tuple[str, Markup]]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    parts = [
        {
            "claim": claim,
            "drawn": [drawn[f"{kind}_{claim.name}"] for kind in ("shapley", "ablations")],
            "tables": [_tables(explanation, claim, name) for name in ("shapley", "ablations")],
        }
        for claim in explanation.claims
    ]
    return environment.get_template(TEMPLATE).render(
        explanation=explanation, study=explanation.study, parts=parts, summary=explanation.text()
    )


def _tables(explanation: Explanation, claim: Claim, name: str) -> Markup:
    table: pd.DataFrame = explanation.tables[name]
    shown: Any = table[table["claim"] == claim.name].drop(columns=["claim", "player"], errors="ignore")
    return Markup(frame_html(shown, most=400))

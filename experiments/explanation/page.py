"""One self-contained page of an explanation, and its pictures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from experiments.analysis.pictures import frame_html
from experiments.explanation.explanation import Explanation
from experiments.explanation.pictures import pictures
from experiments.pages import render, write_pictures, write_whole
from scenarios.claim import Claim

TEMPLATE: Final = "page.html.j2"


def write_page(explanation: Explanation) -> Path:
    """Write the pictures as PNG and SVG, and the page, each file whole or not at all."""
    drawn = write_pictures(explanation.folder, pictures(explanation))
    parts = [
        {
            "claim": claim,
            "drawn": [drawn[f"{kind}_{claim.name}"] for kind in ("shapley", "ablations")],
            "tables": [_tables(explanation, claim, name) for name in ("shapley", "ablations")],
        }
        for claim in explanation.claims
    ]
    page = render(
        Path(__file__).with_name(TEMPLATE),
        explanation=explanation,
        study=explanation.study,
        parts=parts,
        summary=explanation.text(),
    )
    write_whole(explanation.page, page)
    return explanation.page


def _tables(explanation: Explanation, claim: Claim, name: str) -> Markup:
    table: pd.DataFrame = explanation.tables[name]
    shown: Any = table[table["claim"] == claim.name].drop(columns=["claim", "player"], errors="ignore")
    return Markup(frame_html(shown, most=400))

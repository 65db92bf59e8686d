"""Pages with parts that are generated: found by their markers, and rewritten or compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from experiments.documents.measurements import MEASUREMENTS
from experiments.documents.tables import TABLES
from scenarios import ScenarioError
from scenarios.errors import nearest

BLOCK: Final = re.compile(r"<!-- generated: ([\w-]+) -->\n(.*?)<!-- end -->", re.DOTALL)
"""A generated part: between a marker that names the table and an end marker, each on a line of its own."""


PARTS: Final[Mapping[str, Callable[[], str]]] = {**TABLES, **MEASUREMENTS}


def rewritten(text: str, place: str, tables: Mapping[str, Callable[[], str]] = PARTS) -> str:
    """Return a page's text with every generated part as the code now says.

    Raises
    ------
    ScenarioError
        For a marker that names no table, or one that is never closed; `place` is the file the message names.
    """

    def made(found: re.Match[str]) -> str:
        name = found[1]
        if name not in tables:
            raise ScenarioError(f"{place}: there is no generated part '{name}'{nearest(name, tables)}")
        return f"<!-- generated: {name} -->\n\n{tables[name]()}\n\n<!-- end -->"

    if text.count("<!-- generated: ") != len(BLOCK.findall(text)):
        raise ScenarioError(f"{place}: a generated part has no line '<!-- end -->'")
    return BLOCK.sub(made, text)


def refresh(folder: Path, *, write: bool) -> list[Path]:
    """Bring the pages of a folder up to date, or only look; return those that differed."""
    differing = []
    for path in sorted(folder.glob("*.md")):
        before = path.read_text(encoding="utf-8")
        after = rewritten(before, str(path))
        if after != before:
            differing.append(path)
            if write:
                partial = path.with_suffix(".part")
                partial.write_text(after, encoding="utf-8")
                partial.replace(path)
    return differing

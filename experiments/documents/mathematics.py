"""Formulas on the documentation site: LaTeX between dollars becomes MathML, which browsers draw without any script.

A hook of MkDocs, named in `mkdocs.yml`. Code hosts draw the same dollars by themselves.
"""

from __future__ import annotations

import re
from typing import Any, Final

from latex2mathml.converter import convert

CODE: Final = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
DISPLAY: Final = re.compile(r"^\$\$\n(.*?)\n\$\$$", re.MULTILINE | re.DOTALL)
INLINE: Final = re.compile(r"(?<![\\$])\$([^$\n]+)\$")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return a page's text with its formulas as MathML; code is left as it is."""
    return "".join(part if CODE.fullmatch(part) else _drawn(part) for part in CODE.split(markdown))


def _drawn(text: str) -> str:
    text = DISPLAY.sub(lambda found: f'<div class="formula">{convert(found[1], display="block")}</div>', text)
    return INLINE.sub(lambda found: convert(found[1]), text)

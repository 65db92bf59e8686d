"""Reading the project's own pages: code, commands, links and headings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_EXECUTED = re.compile(r"<!-- not executed: (.+?) -->\n+$")
"""Stands right before a block that no test can run, and says why."""
FILE = re.compile(r"<!-- file: (\S+) -->\n+$")
"""Stands right before a block that is a file of this name."""


class Block(NamedTuple):
    """A fenced block of code: its language, text and line, the file it is, and why it is not executed, if it is not."""

    language: str
    text: str
    line: int
    file: str
    not_executed: str


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        before = text[: found.start()]
        file, reason = FILE.search(before), NOT_EXECUTED.search(before)
        line = before.count("\n") + 1
        yield Block(found[1], found[2], line, file[1] if file else "", reason[1] if reason else "")


def prose(page: Path) -> str:
    """Return a page's text without its code."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^    .*$", "", text, flags=re.MULTILINE))


def spans(page: Path) -> list[str]:
    """Return the inline code of a page."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)


def commands(page: Path) -> list[str]:
    """Return the lines of shell that a page shows, in fences, indented or inline, without their comments."""
    shell = [line for block in blocks(page) if block.language in ("", "sh", "bash") for line in block.text.splitlines()]
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    shell += [line.strip() for line in text.splitlines() if line.startswith("    ")]
    shell += spans(page)
    return [line for line in shell if line.startswith(("python ", "make ", "solara "))]


def words(command: str) -> list[str]:
    """Return a command's words; brackets of a usage line are opened, and placeholders for numbers filled."""
    plain = re.sub(
        r"\b(?:[A-Z]|RUNS|POINTS|SEED)\b", "2", command.replace(" [", " ").replace("]", "").replace(" ...", "")
    )
    return shlex.split(plain, comments=True)


def links(page: Path) -> list[str]:
    """Return the targets of a page's links and pictures that lie in the repository."""
    found = re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", prose(page))
    return [target for target in found if "://" not in target and not target.startswith("mailto:")]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as the site and code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {slug(heading) for heading in headings}


def slug(heading: str) -> str:
    """Return the anchor of a heading."""
    kept = re.sub(r"[^\w\s-]", "", heading.lower()).strip()
    return re.sub(r"[\s]", "-", kept)

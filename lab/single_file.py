"""A page of the laboratory as one file that needs no server: its styles, modules, icon and data written into it.

Modules are not joined: each stays what it is, as a data address under a name of its own, and an import map leads from
the name to it. So a page opened from disk runs the very modules that the server would send.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"

POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""What a page from disk may do: run what is written in it, and fetch nothing."""

_IMPORT: Final = re.compile(r'(?m)^(import\b[^"\n]*?|export\b[^"\n]*?\bfrom\s+)"(\.{1,2}/[^"\n]+)"')
_LINK: Final = re.compile(r'<link rel="(stylesheet|icon)"[^>]*href="/static/([^"]+)"[^>]*>')
_SCRIPT: Final = re.compile(r'<script type="module" src="/static/([^"]+)"></script>')


def single_file(page: str, data: Mapping[str, str], *, script: str | None = None) -> str:
    """Return a page of `lab/static` with everything that it links to written into it.

    Parameters
    ----------
    page
        File name of the page.
    data
        JSON texts by the id under which the page's modules find them; they must hold no `<`.
    script
        A module of `lab/static` to run instead of the page's own.
    """
    text = (STATIC / page).read_text(encoding="utf-8")
    if script is not None:
        text = _SCRIPT.sub(f'<script type="module" src="/static/{script}"></script>', text)
    scripts = _SCRIPT.findall(text)
    modules = {name: source for entry in scripts for name, source in _modules(STATIC / entry)}
    text = _LINK.sub(lambda found: _linked(found[1], found[2]), text)
    text = _SCRIPT.sub(lambda found: f'<script type="module">import "{_name(STATIC / found[1])}";</script>', text)
    imports = {name: _data("text/javascript", source) for name, source in modules.items()}
    head = f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">\n'
    head += f'<script type="importmap">{json.dumps({"imports": imports})}</script>\n'
    for name, content in data.items():
        if "<" in content:
            raise ValueError(f"the data '{name}' could end its script")
        head += f'<script type="application/json" id="{html.escape(name)}">{content}</script>\n'
    before, mark, after = text.partition('<meta charset="utf-8">\n')
    if not mark:
        raise ValueError(f"{page}: has no line that says its character set")
    return before + mark + head + after


def _modules(entry: Path) -> Iterator[tuple[str, str]]:
    """Yield the names and sources of a module and of all that it imports, each once."""
    waiting, seen = [entry.resolve()], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        source = path.read_text(encoding="utf-8")
        waiting += [(path.parent / found[1]).resolve() for found in _IMPORT.findall(source)]
        yield _name(path), _IMPORT.sub(partial(_named, path.parent), source)


def _named(folder: Path, found: re.Match[str]) -> str:
    return f'{found[1]}"{_name(folder / found[2])}"'


def _name(path: Path) -> str:
    """Return the bare name of a module: what an import map can lead from."""
    return "lab/" + path.resolve().relative_to(STATIC.resolve()).as_posix()


def _linked(kind: str, name: str) -> str:
    source = (STATIC / name).read_text(encoding="utf-8")
    if kind == "stylesheet":
        return f"<style>\n{source}</style>"
    return f'<link rel="icon" href="{_data("image/svg+xml", source)}">'


def _data(kind: str, source: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(source.encode()).decode()}"

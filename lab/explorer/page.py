"""The explorer as one file."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from experiments.errors import StoreError
from lab.explorer.payload import payload
from lab.explorer.reading import read_results
from lab.single_file import single_file

PAGE: Final = "explore.html"
TEMPLATE: Final = "explorer.html"
DATA: Final = "results"
MARK: Final = '<meta name="generator" content="civic-loyalty explorer">'
"""By this a file is known to be an explorer, and may be written over."""


def write_page(folder: str | Path, out: str | Path | None = None) -> Path:
    """Write the explorer of a folder of results as a page that needs no server, whole or not at all.

    Parameters
    ----------
    folder
        A finished sweep or trial.
    out
        The page's file; `explore.html` in the folder by default.

    Raises
    ------
    StoreError
        If the folder cannot be read, or the page not be written.
    """
    page = Path(folder) / PAGE if out is None else Path(out)
    if page.is_dir():
        raise StoreError(f"--out {page}: is a folder; name a file, such as {page / PAGE}")
    if page.is_file() and MARK.encode() not in page.read_bytes():
        raise StoreError(f"--out {page}: holds something that is no explorer; name another file")
    text = single_file(TEMPLATE, {DATA: payload(read_results(folder))})
    partial = page.with_name(f".tmp-{page.name}")
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(page)
    except OSError as error:
        raise StoreError(f"--out {page}: cannot write: {os.strerror(error.errno or 0)}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return page

"""A replay: one file that plays two recorded worlds in a browser, without Python, a server or a network."""

from __future__ import annotations

import html
import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tqdm import tqdm

from experiments.errors import StoreError
from lab.history import History, Recipe
from lab.recording import LIVES, MEGABYTES, Recorder, Recording
from lab.single_file import single_file
from scenarios import ScenarioError

MARK = '<meta name="generator" content="civic-loyalty replay">'
"""By this a file is known to be a replay, and may be written over."""

TITLE = re.compile("<title>.*?</title>")
LOG_SECONDS = 10.0
MOST_LIVES = 5000
MOST_MONTHS = 360


def write_replay(
    out: str | Path,
    policies: tuple[str, str],
    *,
    country: str,
    citizens: int,
    months: int,
    seed: int,
    shock_month: float | None = None,
    budget: float | None = None,
    settings: Mapping[str, float] | None = None,
    lives: int = LIVES,
    megabytes: float = MEGABYTES,
    quiet: bool = False,
) -> Path:
    """Live two worlds under two policies and write their replay, whole or not at all.

    Parameters
    ----------
    out
        File to write; it may exist if it is a replay.
    policies
        Names or paths of A's and B's policy.
    country, citizens, months, seed, shock_month, settings
        What both worlds are made of.
    budget
        Share of output to which both policies are scaled; by default they stand as written.
    lives
        How many citizens' lives to write down in full.
    megabytes
        How large the tables may become; the default colouring and the lives are there whatever their size.
    quiet
        Whether to show no progress.

    Raises
    ------
    ScenarioError, StoreError
        For bad input, before any work.
    """
    path = Path(out)
    _refuse_foreign_file(path)
    if not 0 <= lives <= MOST_LIVES:
        raise ScenarioError(f"--lives {lives} is not allowed; it must be from 0 to {MOST_LIVES}")
    if not megabytes > 0.0:
        raise ScenarioError(f"--megabytes {megabytes:g} is not allowed; it must be above 0")
    if not 1 <= months <= MOST_MONTHS:
        raise ScenarioError(f"--months {months} is not allowed; a replay holds from 1 to {MOST_MONTHS}")
    if citizens < 1:
        raise ScenarioError(f"--citizens {citizens} is not allowed; it must be above 0")
    if budget is not None and not 0.0 <= budget <= 1.0:
        raise ScenarioError(f"--budget {budget:g} is not allowed; it is a share of output, from 0 to 1")
    recipe = Recipe(country, citizens, months, seed, shock_month, dict(settings or {}), budget)
    recorder = Recorder(recipe, (History(policies[0]), History(policies[1])), lives=lives, megabytes=megabytes)
    every = 0.1 if sys.stderr.isatty() else LOG_SECONDS
    for _ in tqdm(recorder.work(), "recording", recorder.total, unit="step", mininterval=every, disable=quiet):
        pass
    assert recorder.recording is not None
    _write(path, page(recorder.recording))
    return path


def page(recording: Recording) -> str:
    """Return the page of a replay."""
    content = {"head": recording.head, "blocks": [block.described() for block in recording.blocks]}
    tables = {f"block-{place}": f'"{block.text()}"' for place, block in enumerate(recording.blocks)}
    text = single_file("index.html", {"recording": _json(content), **tables}, script="js/play.js")
    titles = " / ".join(html.escape(policy["title"]) for policy in recording.head["policies"])
    return TITLE.sub(lambda _: f"{MARK}\n<title>Civic Loyalty: {titles}</title>", text)


def _json(content: Any) -> str:
    """Return JSON that cannot end the element it stands in."""
    return json.dumps(content, allow_nan=False).replace("<", "\\u003c")


def _refuse_foreign_file(path: Path) -> None:
    if path.suffix.lower() != ".html":
        raise StoreError(f"--out {path}: a replay is a page; name a file that ends in .html")
    if path.is_dir():
        raise StoreError(f"--out {path}: is a folder; name a file")
    if path.exists() and MARK.encode() not in path.read_bytes():
        raise StoreError(f"--out {path}: there is a file that is no replay; name another one")


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"--out {path}: cannot write: {os.strerror(error.errno or 0)}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)

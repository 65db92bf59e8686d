"""Folders of results: what each of them holds, and the refusal to write into one that holds something else."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from experiments.errors import StoreError
from experiments.store import MANIFEST, RESTORE, contents, has_lost_manifest, read_manifest

Kind = Literal["sweep", "trial", "search", "explanation", "challenge", "simulation", "conformance report"]

STORE: Final = "store"
"""Where a study keeps its runs; a sweep is its store."""
MARKS: Final[dict[str, tuple[str, ...]]] = {
    "simulation": ("run.json",),
    "conformance report": ("check.json", "begun.json"),
}
"""Files by which results without a store are known."""
SOMETHING: Final = "something"


def refuse_other_results(folder: Path, kind: Kind) -> None:
    """Refuse an output folder that holds something else than results of this kind.

    Raises
    ------
    StoreError
        Names the folder and what it holds; nothing has been written.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"--out {folder}: is a file; name a folder")
    held = held_in(folder)
    if held not in (None, kind):
        example = f" ('{contents(folder)[0]}')" if held == SOMETHING else ""
        raise StoreError(
            f"--out {folder}: holds {with_article(held)} that is no {kind}{example}; "
            "name another folder or empty this one"
        )


def held_in(folder: Path) -> str | None:
    """Return the kind of results in a folder; "something" if they are not ours, None if nothing says what they are.

    Raises
    ------
    StoreError
        If a manifest cannot be read, or is missing beside runs.
    """
    names = contents(folder)
    if names == [STORE] and not contents(folder / STORE):
        return None  # a study that was killed before its first run
    for place in (folder, folder / STORE):
        if (place / MANIFEST).is_file() and (manifest := read_manifest(place)) is not None:
            made_by = manifest.get("produced_by")
            if not made_by:
                return None  # a manifest that was restored by hand
            # Trials did not always say what they are.
            return str(made_by.get("kind") or ("trial" if "claims" in made_by else SOMETHING))
        if has_lost_manifest(place):
            raise StoreError(f"{place}: holds runs, but no {MANIFEST}; {RESTORE}")
    for kind, marks in MARKS.items():
        if any(mark in names for mark in marks):
            return kind
    return SOMETHING if names else None


def with_article(held: str) -> str:
    """Return what a folder holds as a sentence has it."""
    return held if held == SOMETHING else f"{'an' if held[0] in 'aeiou' else 'a'} {held}"

"""The manifest of a store: what made its runs, when, and how many there are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from experiments.errors import StoreError
from experiments.store.files import contents, disk_errors
from experiments.store.shards import SHARD_NAME, SHARDS

FORMAT: Final = "civic-loyalty runs"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
RESTORE: Final = (
    f'restore it, or put {{"format": "{FORMAT}", "version": {VERSION}}} in its place if the folder holds runs'
)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a store, None if its folder is missing or empty; refuse one that holds something else."""
    path = folder / MANIFEST
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: is a file, and runs need a folder")
    names = contents(folder)
    if MANIFEST not in names:
        if names:
            if has_lost_manifest(folder):
                raise StoreError(f"{folder}: holds runs, but no {MANIFEST}; {RESTORE}")
            raise StoreError(
                f"{folder}: holds something else ('{names[0]}', but no {MANIFEST} of ours); name a new folder"
            )
        return None
    with disk_errors(path, "open"):
        text = path.read_bytes()
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise StoreError(f"{path}: is not readable as JSON ({error}); {RESTORE}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise StoreError(f"{folder}: holds something else (its {MANIFEST} is not ours); name a new folder")
    if manifest.get("version") != VERSION:
        raise StoreError(f"{path}: has format version {manifest.get('version')}, and this code reads {VERSION}")
    return manifest


def has_lost_manifest(folder: Path) -> bool:
    """Tell whether a folder holds shards of ours without the manifest that was written before them."""
    shards = (SHARD_NAME.fullmatch(name) for name in contents(folder / SHARDS))
    return MANIFEST not in contents(folder) and any(shards)

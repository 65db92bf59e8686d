"""Files that are there whole or not at all, and what a disk that refuses is called."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from experiments.errors import StoreError

TEMPORARY: Final = ".tmp-"
_HARMLESS: Final = {".lock", ".DS_Store", ".gitignore"}


def contents(folder: Path) -> list[str]:
    """Return the names in a folder that matter, in order; none if it is missing or a file."""
    with disk_errors(folder, "open"):
        names = sorted(place.name for place in folder.iterdir()) if folder.is_dir() else []
    return [name for name in names if name not in _HARMLESS and not name.startswith(TEMPORARY)]


@contextmanager
def disk_errors(path: Path, verb: str = "write") -> Iterator[None]:
    """Turn a full disk, a read-only folder and their like into one clear error."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        advice = {
            errno.ENOSPC: "make room and give the same command again",
            errno.EDQUOT: "make room and give the same command again",
        }.get(error.errno or 0, "mend this and give the same command again")
        raise StoreError(
            f"{path}: cannot {verb} here: {reason}; everything stored before is intact, {advice}"
        ) from error


@dataclass
class Output:
    """A file that is being written, and the path that it will have."""

    file: BinaryIO
    path: Path


@contextmanager
def replacing(path: Path, *, signed: bool = False) -> Iterator[Output]:
    """Give a file to write that becomes `path` when the block ends, whole and on the disk, or not at all.

    A signed one gets its digest appended to its name; the output then tells its path.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}")
    with disk_errors(path):
        try:
            with temporary.open("wb") as file:
                output = Output(file, path)
                yield output
                file.flush()
                os.fsync(file.fileno())
            if signed:
                output.path = path.with_name(f"{path.stem}-{file_digest(temporary)}{path.suffix}")
            temporary.replace(output.path)
        except BaseException:
            remove(temporary)
            raise
    _sync_folder(path.parent)


def file_digest(path: Path) -> str:
    """Return a digest of a file's content, 16 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename durable. Not every system and file system can; the checksums notice what is lost."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove(path: Path) -> None:
    """Remove a file nobody needs; if the system keeps it (Windows, while a reader has it open), the next scan will."""
    with suppress(OSError):
        path.unlink()


def sweep(folder: Path) -> None:
    """Remove what a killed process left half written."""
    for path in folder.glob(f"{TEMPORARY}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            remove(path)

"""Compiled functions, and the stored machine code that never outlives the sources it was made from.

numba stores machine code beside a stamp of the outermost function's file only: edit a rule that a kernel calls, and
numba still loads the old kernel. Here stored code lives in a folder named after a digest of every source that can end
up in a kernel, so that an edit anywhere means another folder (specification, ruling 7).

The folder is `<base>/numba/<digest>`; `<base>` is `$CIVIC_LOYALTY_CACHE`, else `$NUMBA_CACHE_DIR/civic-loyalty`, else
the user's cache folder. Digests that nobody used for 30 days are removed.

Arguments of one compiled function should keep to one set of types: numba compiles anew for each, and two processes that
store *different* signatures of one function at the same moment may mix them up. A 64-bit stream (`model.chance`) goes
in as `numpy.uint64`, or better, is computed inside. Named tuples go in as `model.tables.in_memory` gives them.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

# First, because it settles how numba is loaded.
import agents.rules.rule  # noqa: F401

# isort: split
import numba
import platformdirs

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

PACKAGES = ("agents", "model", "scenarios")
"""The packages whose sources can change a number; what stands above them only asks and shows."""

UNUSED_SECONDS = 30 * 24 * 3600
DIGEST_LENGTH = 32

# Only newer numbas ship types, and mypy must pass with either kind.
_njit: Any = numba.njit
_config: Any = numba.config

_decorating = threading.Lock()


def compiled(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Return `function` as machine code, compiled at its first call and stored for the next process.

    It releases the interpreter lock, divides as NumPy does and never reorders floating-point arithmetic. With
    `NUMBA_DISABLE_JIT=1` it is `function` itself.
    """
    if _config.DISABLE_JIT:
        return function
    options = {"nogil": True, "error_model": "numpy", "fastmath": False, "no_cfunc_wrapper": True}
    folder = cache_folder()
    if folder is not None:
        with _numba_stores_in(folder):
            try:
                dispatcher = _njit(cache=True, **options)(function)
            except RuntimeError:  # a function without a file, typed at a prompt
                dispatcher = None
        if dispatcher is not None and folder in Path(dispatcher.stats.cache_path).parents:
            return cast("Callable[Arguments, Result]", dispatcher)
    return cast("Callable[Arguments, Result]", _njit(**options)(function))


@cache
def source_digest() -> str:
    """Return the digest of all sources that decide a number: the version of the code that a stored run names.

    It covers every Python file of `PACKAGES`; line endings, folders above the packages and the order in which files are
    found do not matter, comments do.
    """
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in _sources(root)):
        text = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        digest.update(f"{name}\n{len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest()[:DIGEST_LENGTH]


@cache
def cache_folder() -> Path | None:
    """Return the folder for machine code of exactly these sources and this compiler, or None if none is writable."""
    name = _compiler_digest()
    for base in (_chosen_base(), _private_temporary_folder()):
        if base is None:
            continue
        folder = base / "numba" / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            os.utime(folder)
            _remove_unused(folder.parent)
        except OSError:
            continue
        return folder
    warnings.warn(
        f"cannot write compiled code to {_chosen_base()} nor to a temporary folder, so every process compiles again; "
        "set CIVIC_LOYALTY_CACHE to a writable folder",
        RuntimeWarning,
        stacklevel=3,
    )
    return None


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        yield from (root / package).rglob("*.py")


def _compiler_digest() -> str:
    # numba keys stored code by signature and processor, but not by these settings.
    parts = (
        source_digest(),
        platform.python_implementation(),
        platform.python_version(),
        numba.__version__,
        version("llvmlite"),
        *(str(getattr(_config, name, None)) for name in ("USING_SVML", "BOUNDSCHECK", "OPT", "LOOP_VECTORIZE")),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:DIGEST_LENGTH]


def _chosen_base() -> Path:
    if own := os.environ.get("CIVIC_LOYALTY_CACHE"):
        return Path(own).absolute()
    if of_numba := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(of_numba).absolute() / "civic-loyalty"
    return Path(platformdirs.user_cache_dir("civic-loyalty", appauthor=False)).absolute()


def _private_temporary_folder() -> Path | None:
    """Return a folder under the system's temporary one that nobody else can write to, or None.

    Stored machine code is run as it is found, so a folder of someone else's making will not do.
    """
    try:
        user = os.getuid() if hasattr(os, "getuid") else os.getlogin()
        folder = Path(tempfile.gettempdir()) / f"civic-loyalty-{user}"
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    if hasattr(os, "getuid") and (folder.is_symlink() or status.st_uid != user or status.st_mode & 0o022):
        return None
    return folder


def _remove_unused(parent: Path) -> None:
    """Remove sibling digests whose time stamp, renewed by each process that uses them, is 30 days old."""
    oldest = time.time() - UNUSED_SECONDS
    for folder in parent.iterdir():
        try:
            stale = len(folder.name) == DIGEST_LENGTH and folder.is_dir() and folder.stat().st_mtime < oldest
        except OSError:  # another process was faster
            continue
        if stale:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _numba_stores_in(folder: Path) -> Iterator[None]:
    """Point numba's cache at `folder` while a function is decorated: the function keeps it, others are unaffected."""
    with _decorating:
        before = _config.CACHE_DIR
        _config.CACHE_DIR = str(folder)
        try:
            yield
        finally:
            _config.CACHE_DIR = before

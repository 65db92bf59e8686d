"""From a folder to results: a sweep's, or a trial's of claims."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from experiments.errors import StoreError
from experiments.trial import STORE, VERDICTS
from lab.explorer.pairs import Stored
from lab.explorer.results import Results

T = TypeVar("T")


def read_results(folder: str | Path) -> Results:
    """Return what a finished sweep or trial says.

    Raises
    ------
    StoreError
        If the folder holds neither, or what it holds is not finished.
    """
    from lab.explorer.sweeps import results_of_sweep
    from lab.explorer.trials import results_of_trial

    return _read(Path(folder), results_of_trial, results_of_sweep)


def read_stored(folder: str | Path) -> Stored:
    """Return the months that a finished sweep or trial keeps, none if it keeps none.

    Raises
    ------
    StoreError
        If the folder holds neither, or what it holds is not finished.
    """
    from lab.explorer.sweeps import stored_of_sweep
    from lab.explorer.trials import stored_of_trial

    return _read(Path(folder), stored_of_trial, stored_of_sweep)


def _read(folder: Path, of_trial: Callable[[Path], T], of_sweep: Callable[[Path], T]) -> T:
    if not folder.is_dir():
        raise StoreError(f"{folder}: there is no such folder; name one that `run.py sweep` or `run.py claim` wrote")
    if folder.name == STORE and (folder.parent / VERDICTS).is_file():
        raise StoreError(f"{folder}: is the store of a trial; name the trial's folder, {folder.parent}")
    is_trial = (folder / STORE / "manifest.json").is_file() or (folder / VERDICTS).is_file()
    try:
        return of_trial(folder) if is_trial else of_sweep(folder)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{folder}: its table does not read ({error}); the same command again renews it") from error

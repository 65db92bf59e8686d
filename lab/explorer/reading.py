"""From a folder to results: a sweep's, or a trial's of claims."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from experiments.errors import StoreError
from experiments.trial import STORE, VERDICTS
from lab.explorer.results import Results


def read_results(folder: str | Path) -> Results:
    """Return what a finished sweep or trial says.

    Raises
    ------
    StoreError
        If the folder holds neither, or what it holds is not finished.
    """
    from lab.explorer.sweeps import results_of_sweep
    from lab.explorer.trials import results_of_trial

    folder = Path(folder)
    if not folder.is_dir():
        raise StoreError(f"{folder}: there is no such folder; name one that `run.py sweep` or `run.py claim` wrote")
    if folder.name == STORE and (folder.parent / VERDICTS).is_file():
        raise StoreError(f"{folder}: is the store of a trial; name the trial's folder, {folder.parent}")
    is_trial = (folder / STORE / "manifest.json").is_file() or (folder / VERDICTS).is_file()
    try:
        return results_of_trial(folder) if is_trial else results_of_sweep(folder)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{folder}: its table does not read ({error}); the same command again renews it") from error

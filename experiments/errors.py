"""The errors that end a command: what the store and the runner say to whoever called them."""

from pathlib import Path


class StoreError(ValueError):
    """A folder of results cannot be used; the message names it, and nothing that was written before is harmed."""


class RunnerError(RuntimeError):
    """The runs cannot go on; what is finished is stored and the same call resumes."""


class MissingExtraError(RunnerError):
    """A part of the project needs a package that is not installed."""

    def __init__(self, package: str, use: str, extra: str = "sweep") -> None:
        super().__init__(f"{use} need {package}, which is not installed: pip install -e '.[{extra}]'")


def refuse_foreign_folder(folder: Path, mark: str, kind: str) -> None:
    """Refuse an output folder that holds something, but not the file `mark` by which a folder of this `kind` is known.

    Raises
    ------
    StoreError
        Names the folder; nothing has been written.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"--out {folder}: is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / mark).is_file():
        raise StoreError(f"--out {folder}: holds something that is no {kind}; name another folder or empty this one")

"""The errors that end a command: what the store and the runner say to whoever called them."""


class StoreError(ValueError):
    """A folder of results cannot be used; the message names it, and nothing that was written before is harmed."""


class StoreWarning(UserWarning):
    """Something in a store was damaged and has been set aside."""


class RunnerError(RuntimeError):
    """The runs cannot go on; what is finished is stored and the same call resumes."""


class MissingExtraError(RunnerError):
    """A part of the project needs a package that is not installed."""

    def __init__(self, package: str, use: str, extra: str = "sweep") -> None:
        super().__init__(f"{use} need {package}, which is not installed: pip install -e '.[{extra}]'")

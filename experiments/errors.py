"""The errors that end a command: what the store and the runner say to whoever called them."""


class StoreError(ValueError):
    """A folder of results cannot be used; the message names it, and nothing that was written before is harmed."""


class RunnerError(RuntimeError):
    """The runs cannot go on; what is finished is stored and the same call resumes."""

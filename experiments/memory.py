"""What fits into memory: too much of it is refused before any of it is made."""

from __future__ import annotations

from typing import Final

import psutil

from model.society import BYTES_A_CITIZEN
from scenarios import ScenarioError

BYTES_A_ROW: Final = 300
"""About what the plan of many runs holds of each: key, bundle, place."""


def refuse_too_many(what: str, count: int, bytes_each: int = BYTES_A_ROW) -> None:
    """Refuse a number of things that would not fit into memory; `what` is how the message calls it, with the sign."""
    most = psutil.virtual_memory().available // bytes_each
    if count > most:
        raise ScenarioError(f"{what} {count} is too many; at most {most} fit into memory")


def refuse_too_many_citizens(what: str, citizens: int) -> None:
    """Refuse a society that would not fit into memory."""
    refuse_too_many(what, citizens, BYTES_A_CITIZEN)

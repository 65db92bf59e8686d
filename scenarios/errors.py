"""The one error that bad input raises, and the hint it gives."""

from collections.abc import Iterable
from difflib import get_close_matches


class ScenarioError(ValueError):
    """Bad input: the message names file, key, value, what is allowed and the nearest valid name."""


def nearest(name: str, allowed: Iterable[str]) -> str:
    """Return '; did you mean ...?' for the closest allowed name, or the whole list if none is close."""
    names = list(allowed)
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    if 0 < len(names) <= 20:
        return f"; allowed: {', '.join(names)}"
    return ""

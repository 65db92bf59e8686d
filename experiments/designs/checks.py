"""What several parts of a design's file are checked by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from scenarios import ScenarioError
from scenarios.errors import nearest
from scenarios.files import Table


@contextmanager
def named_by(table: Table, key: str) -> Iterator[None]:
    """Tell what is wrong with something that a key names together with the key."""
    try:
        yield
    except ScenarioError as error:
        raise ScenarioError(f"{table.where(key)}: {error}") from error


def refuse_unknown(table: Table, what: str, name: str, known: Iterable[str]) -> None:
    """Refuse a key that is none of those known."""
    known = list(known)
    if name not in known:
        hint = nearest(name, known) or f"; allowed: {', '.join(known)}"
        raise ScenarioError(f"{table.where()}: unknown {what} '{name}'{hint}")


def flag(table: Table, key: str, default: bool = False) -> bool:
    """Return the true or false of a key."""
    value = table.take(key, default)
    if not isinstance(value, bool):
        raise table.error(f"= {value!r} is not allowed; it must be true or false", key)
    return value

"""What the page may ask for, checked to the last key: nothing else passes.

A message is a JSON object with a `type`, an `id` that comes back with the answer, and the keys of one of the classes
below.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lab.finding import FINDS
from lab.history import CONFLICT, Event, History, Recipe
from lab.layers import LAYERS
from lab.limits import Limits
from scenarios import DECLARATIONS, LEVERS, ScenarioError, names
from scenarios.errors import nearest
from scenarios.parameters import Parameters

WORLDS = 2


class RefusedError(ValueError):
    """A message that asks for something not allowed; the text says what is."""

    number: int | None = None
    """The message's id, if it could be read."""


@dataclass(frozen=True)
class Open:
    """Make both worlds."""

    recipe: Recipe
    histories: tuple[History, History]


@dataclass(frozen=True)
class Rewrite:
    """Put other histories in place; the past they share with the old ones stays."""

    histories: tuple[History, History]


@dataclass(frozen=True)
class Resize:
    """Lay the citizens out for a field of this many pixels."""

    width: int
    height: int


@dataclass(frozen=True)
class Show:
    """Send a month; `have` is the last month of which the page has each world's series.

    With `rarest`, a cell that many citizens share shows what is rarest among them.
    """

    month: int
    layer: str
    have: tuple[int, int]
    rarest: bool = False


@dataclass(frozen=True)
class Citizen:
    """Send one citizen's two lives."""

    number: int
    month: int


@dataclass(frozen=True)
class Find:
    """Look for a citizen of whom something is true."""

    what: str
    month: int


@dataclass(frozen=True)
class Fingerprint:
    """Send digests of both worlds' states."""

    month: int


@dataclass(frozen=True)
class Replicate:
    """Live both histories with another seed."""

    seed: int
    months: int


@dataclass(frozen=True)
class Stored:
    """Send what the server's folder of results holds of these two worlds, lived with its seeds."""


@dataclass(frozen=True)
class Record:
    """Write both worlds down for a replay; asked again and again until it is there."""


Message = Open | Rewrite | Resize | Show | Citizen | Find | Fingerprint | Replicate | Stored | Record


@dataclass
class Reader:
    """Reads the keys of one message, and refuses those nobody asked for."""

    content: dict[str, Any]
    taken: set[str] = field(default_factory=set)

    def take(self, key: str, default: Any = None) -> Any:
        """Return a key's value."""
        self.taken.add(key)
        return self.content.get(key, default)

    def integer(self, key: str, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        return _integer(key, self.take(key), low, high)

    def choice(self, key: str, allowed: tuple[str, ...] | list[str]) -> str:
        """Return one of the allowed texts."""
        return _choice(key, self.take(key), allowed)

    def truth(self, key: str) -> bool:
        """Return true or false; false if the key is not there."""
        value = self.take(key, default=False)
        if not isinstance(value, bool):
            raise RefusedError(f"{key} = {value!r:.40} is not allowed; it must be true or false")
        return value

    def end(self) -> None:
        """Refuse keys that were not taken."""
        for key in self.content.keys() - self.taken:
            raise RefusedError(f"unknown key '{key}'{nearest(str(key), sorted(self.taken))}")


def read(text: str, limits: Limits) -> tuple[int, Message]:
    """Return a message's id and what it asks for.

    Raises
    ------
    RefusedError
        If it is not one of the messages above.
    """
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise RefusedError("a message must be JSON") from error
    if not isinstance(content, dict):
        raise RefusedError("a message must be a JSON object")
    reader = Reader(content)
    number = reader.integer("id", 0, 2**53)
    readers: dict[str, Callable[[], Message]] = {
        "open": lambda: Open(_recipe(reader, limits), _histories(reader, limits)),
        "rewrite": lambda: Rewrite(_histories(reader, limits)),
        "resize": lambda: _resize(reader, limits),
        "show": lambda: Show(
            reader.integer("month", 0, limits.months),
            reader.choice("layer", LAYERS),
            _have(reader.take("have"), limits),
            reader.truth("rarest"),
        ),
        "citizen": lambda: Citizen(
            reader.integer("number", 0, limits.citizens - 1), reader.integer("month", 0, limits.months)
        ),
        "find": lambda: Find(reader.choice("what", FINDS), reader.integer("month", 0, limits.months)),
        "fingerprint": lambda: Fingerprint(reader.integer("month", 0, limits.months)),
        "replicate": lambda: Replicate(
            reader.integer("seed", 0, 2**53), reader.integer("months", 1, limits.months)
        ),
        "stored": Stored,
        "record": Record,
    }  # fmt: skip
    try:
        message = readers[reader.choice("type", list(readers))]()
        reader.end()
    except RefusedError as error:
        error.number = number
        raise
    return number, message


def _recipe(reader: Reader, limits: Limits) -> Recipe:
    shock = reader.take("shockMonth")
    if shock == "never":
        shock = math.inf
    elif shock is not None:
        shock = float(_integer("shockMonth", shock, 0, limits.months))
    return Recipe(
        reader.choice("country", names("countries")),
        reader.integer("citizens", 100, limits.citizens),
        reader.integer("months", 1, limits.months),
        reader.integer("seed", 0, 2**53),
        shock,
        _parameters(reader.take("parameters", {})),
        _budget(reader.take("budget")),
    )


def _parameters(values: Any) -> dict[str, float]:
    if not isinstance(values, dict):
        raise RefusedError("parameters must be an object of names and numbers")
    found = {}
    for name, value in values.items():
        if name not in DECLARATIONS:
            raise RefusedError(f"unknown parameter '{name}'{nearest(str(name), DECLARATIONS)}")
        found[name] = _number(name, value)
    try:
        Parameters.of(found, source="parameters")
    except ScenarioError as error:
        raise RefusedError(str(error)) from error
    return found


def _budget(value: Any) -> float | None:
    if value is None:
        return None
    budget = _number("budget", value)
    if not 0.0 <= budget <= 1.0:
        raise RefusedError(f"budget = {budget!r} is not allowed; it must be a share of output, from 0 to 1")
    return budget


def _histories(reader: Reader, limits: Limits) -> tuple[History, History]:
    worlds = reader.take("worlds")
    if not isinstance(worlds, list) or len(worlds) != WORLDS:
        raise RefusedError("worlds must be a list of two, A and B")
    first, second = (_history(world, limits) for world in worlds)
    return first, second


def _history(world: Any, limits: Limits) -> History:
    if not isinstance(world, dict):
        raise RefusedError("a world must be an object with a policy and events")
    reader = Reader(world)
    policy = reader.choice("policy", names("policies"))
    events = reader.take("events", [])
    reader.end()
    if not isinstance(events, list) or len(events) > limits.events:
        raise RefusedError(f"events must be a list of at most {limits.events}")
    # Stable: of several events in one month the later in the list has the last word.
    return History(policy, tuple(sorted((_event(event, limits) for event in events), key=lambda event: event.month)))


def _event(event: Any, limits: Limits) -> Event:
    if not isinstance(event, list) or len(event) != 3:
        raise RefusedError("an event must be [month, lever, level] or [month, 'policy', name]")
    month = _integer("an event's month", event[0], 0, limits.months)
    what = _choice("an event", event[1], ("policy", CONFLICT, *LEVERS))
    if what == "policy":
        return Event(month, what, _choice("an event's policy", event[2], names("policies")))
    level = _number(what, event[2])
    if not 0.0 <= level <= 1.0:
        raise RefusedError(f"{what} = {level!r} is not allowed; a lever, or the conflict, stands between 0 and 1")
    return Event(month, what, level)


def _resize(reader: Reader, limits: Limits) -> Resize:
    size = Resize(reader.integer("width", 100, 8192), reader.integer("height", 100, 8192))
    if size.width * size.height > limits.pixels:
        raise RefusedError(f"a field of {size.width} by {size.height} is too large; at most {limits.pixels} pixels")
    return size


def _have(have: Any, limits: Limits) -> tuple[int, int]:
    if not isinstance(have, list) or len(have) != WORLDS:
        raise RefusedError("have must be a list of two months")
    first, second = (_integer("have", month, -1, limits.months) for month in have)
    return first, second


def _integer(key: str, value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise RefusedError(f"{key} = {value!r:.40} is not allowed; it must be a whole number from {low} to {high}")
    return value


def _number(key: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise RefusedError(f"{key} = {value!r:.40} is not allowed; it must be a number")
    return float(value)


def _choice(key: str, value: Any, allowed: tuple[str, ...] | list[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise RefusedError(f"{key} = {value!r:.40} is not allowed{nearest(str(value)[:40], allowed)}")
    return value

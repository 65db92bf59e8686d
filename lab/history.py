"""What a world is made of and what is done to it: all that its every month follows from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Event(NamedTuple):
    """From `month` on a lever is held at a level, or another policy is followed."""

    month: int
    what: str
    value: float | str


@dataclass(frozen=True)
class Recipe:
    """What a world is made of."""

    country: str
    citizens: int
    months: int
    seed: int
    shock_month: float | None = None
    parameters: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class History:
    """What is done to a world: its policy from the start, and events in the order of their months."""

    policy: str
    events: tuple[Event, ...] = ()

    def differs_from(self, other: History) -> float:
        """Return the first month in which this history and another lead to different lives; infinity if none."""
        if self.policy != other.policy:
            return 0.0
        mine, theirs = list(self.events), list(other.events)
        while mine and theirs and mine[0] == theirs[0]:
            del mine[0], theirs[0]
        return min([event.month for event in mine[:1] + theirs[:1]], default=float("inf"))

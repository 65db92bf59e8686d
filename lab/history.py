"""What a world is made of and what is done to it: all that its every month follows from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Event(NamedTuple):
    """From `month` on a lever or the conflict is held at a level, or another policy is followed."""

    month: int
    what: str
    value: float | str


CONFLICT = "conflict"
"""What an event names when it holds the intensity of the conflict."""


@dataclass(frozen=True)
class Recipe:
    """What a world is made of.

    With a `budget`, a share of output, its policies are scaled to what the budget pays for; without one they stand as
    they were written.
    """

    country: str
    citizens: int
    months: int
    seed: int
    shock_month: float | None = None
    parameters: dict[str, float] = field(default_factory=dict)
    budget: float | None = None

    def told(self) -> str:
        """Return what it takes to make the same world again, in a line."""
        said = [f"country {self.country}", f"{self.citizens} citizens", f"{self.months} months", f"seed {self.seed}"]
        if self.shock_month is not None:
            said.append(f"shock in month {self.shock_month:g}")
        if self.budget is not None:
            said.append(f"budget {self.budget:g}")
        changed = [f"{name} = {value:g}" for name, value in self.parameters.items()]
        return ", ".join([*said, *changed] if changed else [*said, "parameters as declared"])


@dataclass(frozen=True)
class History:
    """What is done to a world: its policy from the start, and events in the order of their months."""

    policy: str
    events: tuple[Event, ...] = ()

    def told(self) -> str:
        """Return the policy and the events in a line."""
        return "; ".join([self.policy, *(f"month {event.month}: {event.what} {event.value}" for event in self.events)])

    def differs_from(self, other: History) -> float:
        """Return the first month in which this history and another lead to different lives; infinity if none."""
        if self.policy != other.policy:
            return 0.0
        mine, theirs = list(self.events), list(other.events)
        while mine and theirs and mine[0] == theirs[0]:
            del mine[0], theirs[0]
        return min([event.month for event in mine[:1] + theirs[:1]], default=float("inf"))

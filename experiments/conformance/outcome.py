"""What a check says in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiments.conformance.witness import Witness

Verdict = Literal["pass", "fail", "not applicable"]


@dataclass(frozen=True)
class Outcome:
    """A verdict, what was done or why not, and the smallest witnesses of a failure."""

    verdict: Verdict
    detail: str
    witnesses: tuple[Witness, ...] = ()


@dataclass(frozen=True)
class Effort:
    """How much is tried."""

    quick: bool = False
    points: int = 24
    examples: int = 120
    seeds: int = 16
    workers: tuple[int, ...] = (1, 2, 3)
    checkpoints: int | None = None
    orders: int = 5
    others: int = 6
    watch_every: int = 1
    situations: int | None = None

    @classmethod
    def quickly(cls) -> Effort:
        """Return the effort of a first look."""
        return cls(
            True,
            points=6,
            examples=25,
            seeds=5,
            workers=(1, 2),
            checkpoints=5,
            orders=2,
            others=2,
            watch_every=6,
            situations=1,
        )


def passed(detail: str) -> Outcome:
    """Return a pass that says what was tried."""
    return Outcome("pass", detail)


def failed(detail: str, *witnesses: Witness) -> Outcome:
    """Return a failure with its witnesses."""
    return Outcome("fail", detail, witnesses)


def not_applicable(why: str) -> Outcome:
    """Return why a check says nothing of this model."""
    return Outcome("not applicable", why)

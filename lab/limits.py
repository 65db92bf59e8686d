"""How much a visitor may ask for."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from scenarios import ScenarioError

KEYFRAME_BYTES = 512 * 2**20
"""How much of a world's past is kept to go back to."""

BYTES_A_CITIZEN = 1000
"""Memory of a citizen in one world: the society, its lives as they are written down, and month 0."""

SIZES = (100, 1_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000)
"""Numbers of citizens to propose where there is no room for more."""

BYTES_A_PAST = 3600
"""Memory of a citizen's past at the most, as far as `KEYFRAME_BYTES` allow."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one server; what goes beyond them is refused with a sentence that names the bound."""

    citizens: int = 1_000_000
    months: int = 360
    sessions: int = 4
    events: int = 200
    message_bytes: int = 64 * 1024
    messages_a_second: int = 400
    pixels: int = 2_000_000
    seconds_to_open: float = 30.0
    """How long a connection may stay without opening worlds."""


def check_memory(citizens: int) -> None:
    """Raise ScenarioError if two worlds of so many citizens do not fit into the memory that is free."""
    free = psutil.virtual_memory().available

    def needed(number: int) -> int:
        return 2 * (number * BYTES_A_CITIZEN + min(KEYFRAME_BYTES, number * BYTES_A_PAST))

    if needed(citizens) > free:
        fit = max(number for number in (0, *SIZES) if needed(number) <= free)
        raise ScenarioError(
            f"citizens = {citizens}: two worlds need about {needed(citizens) / 2**30:.1f} GiB of memory and "
            f"{free / 2**30:.1f} GiB are free; {fit} fit"
        )

"""How much a visitor may ask for."""

from __future__ import annotations

from dataclasses import dataclass


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

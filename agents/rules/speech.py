"""Falsified public speech, what ties hear of it and what speakers come to believe (specification 3.9)."""

from __future__ import annotations

from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def falsification(p: Parameters, pressure: float, loyalty: float) -> float:
    """Return how far public speech exceeds sincere loyalty under repressive `pressure`, on the scale of loyalty."""
    return p.falsification * pressure * max(0.0, p.official_loyalty - loyalty)


@rule
def speech_memory_next(memory: float, falsified: float, speech_moved: float) -> float:
    """Return next step's memory of one's own falsified speech."""
    return memory + speech_moved * (falsified - memory)


@rule
def share_believed(p: Parameters, pressure: float) -> float:
    """Return the share of a tie's falsified speech that reaches a listener and is believed.

    `pressure` is what the speaker is under; it chills candid talk (ruling 11).
    """
    return (1.0 - p.candour * (1.0 - p.chilling * pressure)) * p.credulity

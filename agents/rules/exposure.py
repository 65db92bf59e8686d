"""What a citizen sees around: personal ties blended with regional public space (specification 3.1)."""

from __future__ import annotations

from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def seen(p: Parameters, among_ties: float, ties: int, in_region: float) -> float:
    """Return the mean over `ties` of a sum `among_ties`, blended with the regional mean; without ties, the region's."""
    if ties == 0:
        return in_region
    return (1.0 - p.public_space_weight) * (among_ties / ties) + p.public_space_weight * in_region

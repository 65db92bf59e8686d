"""The conflict abroad, and what it does to the salience of symbols (specification, section 2)."""

from __future__ import annotations

from agents.rules.rates import kept
from agents.rules.rule import rule
from scenarios.parameters import Parameters

SETTLING_MONTHS = 12.0


@rule
def conflict_intensity(p: Parameters, months_since_shock: float) -> float:
    """Return c(t) in [0, 1]: 0 before the shock, 1 at it, then falling to the floor."""
    if months_since_shock < 0.0:
        return 0.0
    return p.conflict_floor + (1.0 - p.conflict_floor) * kept(p.conflict_half_life, months_since_shock)


@rule
def salience(p: Parameters, conflict: float) -> float:
    """Return how salient symbols are, from `peace_salience` to 1, at conflict intensity `conflict`."""
    return p.peace_salience + (1.0 - p.peace_salience) * conflict


@rule
def kin_welfare_after_shock(p: Parameters, months_since_shock: float) -> float:
    """Return the log change of welfare in the belligerent state, reached over the year after the shock."""
    if months_since_shock < 0.0:
        return 0.0
    return p.kin_welfare_shock * min(1.0, months_since_shock / SETTLING_MONTHS)


@rule
def television_left(p: Parameters, media: float) -> float:
    """Return the share of kin-state television's influence that media policy leaves."""
    return 1.0 - p.media_lever_strength * media


@rule
def kin_welfare_seen(
    p: Parameters, kin_welfare: float, kinship: float, kin_television: float, conflict: float, media: float
) -> float:
    """Return dv, the log change of kin welfare abroad as a citizen of the kin camp sees it.

    Television overstates it while the conflict lasts; letters of relatives correct the picture, the more the closer
    the kin.
    """
    believed = 1.0 - p.letter_correction * kinship
    return kin_welfare + believed * kin_television * p.television_hype * conflict * television_left(p, media)

"""The belief "people like me are oppressed here" (specification 3.5).

Kin-state television projects the fate of kin elsewhere onto oneself; sanctions and harassment of oneself and of
in-group ties are evidence for it, contact is evidence against it; it is forgotten slowly.
"""

from __future__ import annotations

from agents.rules.conflict import television_left
from agents.rules.rates import Rates
from agents.rules.rule import rule
from scenarios.parameters import Parameters


@rule
def threat_next(
    p: Parameters,
    rates: Rates,
    threat_log_odds: float,
    in_kin_camp: bool,
    kin_television: float,
    conflict: float,
    other_camp_ties: float,
    coercion: float,
    media: float,
    contact: float,
    injustice_near: float,
    harassment_near: float,
    harassment_expected: float,
) -> float:
    """Return next step's log-odds of threat.

    `injustice_near` and `harassment_near` are means over oneself and present in-group ties of this step's events,
    `harassment_expected` the month-0 expectation of the latter; `coercion`, `media`, `contact` are levers.
    """
    drift = -p.contact_reassurance * other_camp_ties * contact
    if in_kin_camp:
        drift += p.television_threat * kin_television * conflict * television_left(p, media)
        drift += p.campaign_threat * coercion + p.media_ban_threat * media
    return (
        rates.threat_at_rest
        + rates.threat_kept * (threat_log_odds - rates.threat_at_rest)
        + rates.step * drift
        + p.sanction_threat * injustice_near
        + p.harassment_threat * (harassment_near - harassment_expected)
    )

"""Countries small enough for a pencil."""

from __future__ import annotations

import math

from scenarios import Country, Group

FOREVER = math.inf


def one_people(**traits: float) -> Country:
    """Return a country of one region and one people without kin abroad, hence without a kin symbol.

    A country must know a conflict, so there is a second group, too small for a seat.
    """
    return Country.of([Group.of(0, "people", 1e9, **traits), Group.of(1, "nobody", 1e-3, kin_state="abroad")])


def two_peoples(share: float = 0.4, **traits: object) -> Country:
    """Return a country of one region where `share` have kin in a belligerent state; `traits` are those of the kin."""
    return Country.of(
        [
            Group.of(0, "majority", 1e6 * (1.0 - share), kin_television=0.2),
            Group.of(1, "kin", 1e6 * share, kin_state="abroad", **{"mean_loyalty": 0.25, "kinship": 0.5, **traits}),
        ]
    )

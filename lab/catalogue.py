"""What there is to choose from, as the page needs it."""

from __future__ import annotations

from typing import Any

from lab.limits import Limits
from scenarios import DECLARATIONS, LEVERS, names, read_country, read_policy

DEFAULT_CITIZENS = 10_000
DEFAULT_MONTHS = 180
DEFAULT_COUNTRY = "kazakhstan-2021"
DEFAULT_SEED = 1
EQUAL_BUDGET = 0.004
"""Share of output that both governments have when the page compares equal budgets, as in the first claim."""


def catalogue(limits: Limits, citizens: int) -> dict[str, Any]:
    """Return policies, countries, levers and parameters with their meaning, and this server's defaults."""
    policies = {name: read_policy(name) for name in names("policies")}
    return {
        "policies": [
            {
                "name": name,
                "title": policy.title,
                "description": policy.description,
                "start": policy.first_month() if policy.levers else None,
                "end": max((lever.end for lever in policy.levers.values()), default=None),
                "ramp": max((lever.ramp for lever in policy.levers.values()), default=None),
            }
            for name, policy in policies.items()
        ],
        "countries": [{"name": name, "title": read_country(name).title} for name in names("countries")],
        "levers": list(LEVERS),
        "parameters": [
            {
                "name": declaration.name,
                "symbol": declaration.symbol,
                "default": declaration.default,
                "prior": declaration.prior,
                "bounds": [bound if abs(bound) < 1e6 else None for bound in declaration.bounds],
                "unit": declaration.unit,
                "meaning": declaration.meaning,
                "source": declaration.source,
            }
            for declaration in DECLARATIONS.values()
        ],
        "limits": {"citizens": limits.citizens, "months": limits.months},
        "defaults": {"citizens": citizens, "months": DEFAULT_MONTHS, "country": DEFAULT_COUNTRY, "seed": DEFAULT_SEED},
        "budget": EQUAL_BUDGET,
    }

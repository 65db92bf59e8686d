"""What is tried, as data: countries, policies and parameters, and the typed readers that check them."""

from scenarios.country import Conflict, Country, Figure, Group, Outlet, Region, read_country
from scenarios.errors import ScenarioError
from scenarios.files import find, names, read_toml
from scenarios.parameters import DECLARATIONS, UNCERTAIN, Declaration, Parameters
from scenarios.policy import LEVERS, Lever, Policy, read_policy

__all__ = [
    "DECLARATIONS",
    "LEVERS",
    "UNCERTAIN",
    "Conflict",
    "Country",
    "Declaration",
    "Figure",
    "Group",
    "Lever",
    "Outlet",
    "Parameters",
    "Policy",
    "Region",
    "ScenarioError",
    "find",
    "names",
    "read_country",
    "read_policy",
    "read_toml",
]

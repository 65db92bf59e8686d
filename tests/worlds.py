"""What the tests of the model share: ways to switch mechanisms off, policies that begin at once, and comparisons.

A half-life of infinity freezes a state; a weight of 0 cuts a mechanism. What is left is small enough for a pencil.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import sparse

from agents.citizen import Citizen
from model.books import STOCKS
from model.columns import STATE
from model.society import Society
from scenarios import DECLARATIONS, Lever, Policy

REASONS = (
    "welfare_weight",
    "own_past_welfare_weight",
    "fairness_weight",
    "hostility_weight",
    "threat_weight",
    "conflict_kin_weight",
    "social_influence_weight",
    "internalisation_weight",
    "flag_erosion_weight",
    "direct_coercion_weight",
    "national_television_weight",
)
NO_REASONS: dict[str, float] = dict.fromkeys(REASONS, 0.0)
"""No reason moves loyalty; a test puts back the one it is about."""

NO_INCIDENTS: dict[str, float] = {"displayer_harassment": 0.0, "background_harassment": 0.0}
NO_DEPARTURES: dict[str, float] = {"departure_rate": 0.0}
CALM: dict[str, float] = NO_REASONS | NO_INCIDENTS | NO_DEPARTURES
"""Nothing happens to anybody, nobody leaves, loyalty rests."""


def held(**levels: float) -> Policy:
    """Return a policy that holds levers from month 0 on, without ramps, for ever."""
    levers = {name: Lever(level, start=0.0, end=math.inf, ramp=0.0) for name, level in levels.items()}
    return Policy("held", "held", "", levers)


def held_for_kin_camp(**levels: float) -> Policy:
    """Return the same with welfare for the kin camp only."""
    levers = {
        name: Lever(level, start=0.0, end=math.inf, ramp=0.0, target="kin_camp" if name == "welfare" else None)
        for name, level in levels.items()
    }
    return Policy("held_for_kin_camp", "held for the kin camp", "", levers)


def brief(name: str, start: float = 6.0, end: float = 30.0, ramp: float = 4.0, **levels: float) -> Policy:
    """Return a policy that comes and goes within a few years; `targeted=1` pays welfare to the kin camp only."""
    targeted = bool(levels.pop("targeted", 0.0))
    levers = {
        lever: Lever(level, start, end, ramp, "kin_camp" if targeted and lever == "welfare" else None)
        for lever, level in levels.items()
    }
    return Policy(name, name, "", levers)


def from_prior(rng: np.random.Generator) -> dict[str, float]:
    """Return one point of the prior."""
    point = {}
    for name, declared in DECLARATIONS.items():
        if declared.prior is not None:
            point[name] = float(rng.uniform(*declared.prior))
    return point


def sigmoid(log_odds: Any) -> Any:
    """Return the probability of log-odds; written here anew, so that the tests do not lean on the rules they test."""
    return 1.0 / (1.0 + np.exp(-np.asarray(log_odds)))


def tie_matrix(society: Society) -> sparse.csr_matrix:
    """Return the ties as a matrix of zeros and ones."""
    world = society.world
    size = society.citizens
    return sparse.csr_matrix((np.ones(world.ties.size), world.ties, world.first_tie), shape=(size, size))


def people(society: Society) -> list[Citizen]:
    """Return the citizens as agents, in the order of their numbers."""
    citizens = society.agents.select(agent_type=Citizen)
    return sorted(citizens, key=lambda citizen: citizen.number)


def state(society: Society) -> dict[str, np.ndarray]:
    """Return every state variable of every citizen, in the order of their numbers; read from agents where they live."""
    if society.engine == "reference":
        citizens = people(society)
        return {name: np.array([getattr(citizen, name) for citizen in citizens]) for name in STATE}
    return {name: getattr(society.world.columns, name).copy() for name in STATE}


def books(society: Society) -> dict[str, np.ndarray]:
    """Return the books of the months lived."""
    upto = slice(0, society.month + 1)
    history = society.world.history
    economy = {"institutions": society.world.economy.national, "regional output": society.world.economy.output}
    written = {name: getattr(history, name)[upto] for name in history._fields}
    return {name: np.array(values) for name, values in (written | economy).items()}


def differences(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
    """Return the names under which two societies differ in any bit of any number."""
    assert one.keys() == other.keys()
    return [name for name in one if not np.array_equal(one[name], other[name], equal_nan=True)]


def assert_same(one: Society, other: Society, when: object = "") -> None:
    """Fail unless two societies are the same, to the last bit: citizens and books."""
    assert (one.month, one.citizens) == (other.month, other.citizens)
    assert differences(state(one), state(other)) == [], when
    assert differences(books(one), books(other)) == [], when


def stock(society: Society, name: str) -> np.ndarray:
    """Return one stock of the books, [months, regions, groups]."""
    return society.world.history.stocks[: society.month + 1, :, :, STOCKS.index(name)]


def standard_error(values: Any) -> float:
    """Return the standard error of a mean of independent values."""
    values = np.asarray(values, dtype=float)
    return float(values.std(ddof=1) / math.sqrt(values.size))

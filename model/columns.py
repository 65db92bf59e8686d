"""The society as columns: one array a variable, one row a citizen, and the small tables around them.

Everything here is a named tuple of NumPy arrays, so that compiled code reads `columns.loyalty[i]` by the same names
as a citizen reads `self.loyalty`.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

Table = TypeVar("Table", "Columns", "Surroundings", "Economy", "History")

KIN_CAMP = 0
OTHER_CAMP = 1


class Columns(NamedTuple):
    """All that is known of the citizens; every array has one entry a citizen, numbered by region and group key.

    Symbols of the specification stand in brackets.
    """

    # fixed for life
    region: Ints
    group: Ints
    camp: Ints  # 0 kin camp (A), 1 other camp (B)
    kinship: Floats  # (kappa)
    kin_television: Floats  # (e)
    national_television: Floats  # (e_nat)
    log_income: Floats  # (y)
    initial_loyalty: Floats  # (L0)
    anchor: Floats  # (l0) atanh of initial loyalty
    other_camp_ties: Floats  # (ct)
    departure_base: Floats  # monthly hazard at average loyalty in a calm month
    kin_display_expected: Floats  # (pm0)
    provocation_expected: Floats  # (prov0)
    harassment_expected: Floats  # (he0)
    diaspora_expected: Floats  # (em0)
    # state
    loyalty: Floats  # (L)
    display: Ints  # (x)
    falsified: Floats  # (fal)
    speech_memory: Floats  # (s)
    threat_log_odds: Floats  # (theta)
    hostility_log_odds: Floats  # (eta)
    injustice_memory: Floats  # (J)
    welfare: Floats  # (w)
    aspiration: Floats  # (asp)
    fine: Floats  # (fs)
    present: Flags
    diaspora_pull: Floats  # (left)
    # this step
    threat: Floats  # (T)
    hostility: Floats  # (H)
    income: Floats  # (inc)
    kin_display_seen: Floats  # (pm)
    national_display_seen: Floats  # (pp)
    hostility_seen: Floats  # (hout)
    provocation: Floats  # (prov)
    peers: Floats  # (dM)
    diaspora: Floats  # (em)
    sanctioned: Flags
    injustice: Floats  # (sf)
    harassed: Flags  # (hf)
    departed: Flags
    event_near: Flags  # something happened to this citizen or to a tie
    suppressed: Floats  # suppressed display
    fairness: Floats  # (F)
    kin_welfare: Floats  # (dv)


STATE: tuple[str, ...] = (
    "loyalty",
    "display",
    "falsified",
    "speech_memory",
    "threat_log_odds",
    "hostility_log_odds",
    "injustice_memory",
    "welfare",
    "aspiration",
    "fine",
    "present",
    "diaspora_pull",
)
"""The state variables: what a month changes and the next month reads."""

EVENTS: tuple[str, ...] = ("sanctioned", "injustice", "harassed", "departed", "suppressed", "fairness", "kin_welfare")
"""What one step leaves behind for the books."""


FACE = np.dtype(
    [
        ("present", np.bool_),
        ("display", np.int8),
        ("group", np.int16),
        ("camp", np.int32),
        ("hostility", np.float64),
        ("loyalty_change", np.float64),
        ("falsified", np.float64),
    ]
)
"""What a citizen's ties see and hear of it in one month, in 32 bytes: half a cache line instead of seven of them."""


class Setting(NamedTuple):
    """What does not change in a society: groups, camps, the starting point and month-0 expectations."""

    group_camp: Ints  # [groups]
    group_has_symbol: Flags  # [groups] has a kin state, hence a kin symbol
    group_at_war: Flags  # [groups] its kin state takes part in the conflict
    group_loyalty: Floats  # [groups] mean initial loyalty (Lbar0)
    group_kin_welfare: Floats  # [steps, groups] scenario series of log kin welfare (vextra)
    victims_expected: Floats  # [regions, camps] (V0)
    region_victims_expected: Floats  # [regions] (victims_r0)
    departures_expected: Floats  # [regions] (exit_r0)
    region_first: Ints  # [regions + 1] number of each region's first citizen
    initial_diversity: Floats  # [regions] (Div_r0)
    initial_institutions: float
    initial_hostility: float
    seed: int


class Schedule(NamedTuple):
    """What comes from outside, by step: levers as set, the conflict, kin welfare after the shock. Arrays [steps]."""

    coercion: Floats
    welfare: Floats
    reform: Floats
    media: Floats
    contact: Floats
    conflict: Floats
    kin_welfare_shock: Floats
    targeted: Flags


class Surroundings(NamedTuple):
    """What a region shows its citizens in the current step; shares are of present citizens."""

    kin_display: Floats  # [regions, groups] share of the group showing a kin symbol
    national_display: Floats  # [regions] share of all showing the national symbol
    kin_display_per_head: Floats  # [regions, camps] a camp's kin symbols per head of the whole region
    hostility: Floats  # [regions, camps] mean hostility of a camp
    camp_share: Floats  # [regions, camps] share of the region's heads
    camp_heads: Floats  # [regions, camps] present citizens
    victims: Floats  # [regions, camps] share of a camp harassed in this step
    diversity: Floats  # [regions] fractionalisation


class Economy(NamedTuple):
    """Institutions and output."""

    national: Floats  # [2] institutions (Q), accustomed gain (aspQ)
    output: Floats  # [regions] log output since month 0 (Y)


class History(NamedTuple):
    """The books: one row a month, month 0 first. Cells are [regions, groups]; measures are named in `model.books`."""

    stocks: Floats  # [months + 1, regions, groups, stocks]
    flows: Floats  # [months + 1, regions, groups, flows]
    nation: Floats  # [months + 1, national figures]
    output: Floats  # [months + 1, regions]


class World(NamedTuple):
    """One society, whole: all that compiled code needs to live a month."""

    columns: Columns
    faces: NDArray[np.void]  # of FACE; the census refreshes them
    first_tie: Ints
    ties: NDArray[np.int32]
    setting: Setting
    schedule: Schedule
    surroundings: Surroundings
    economy: Economy
    history: History


def empty_columns(citizens: int) -> Columns:
    """Return zeroed columns for this many citizens, all present."""
    hints = get_type_hints(Columns)
    numbers: dict[Any, type] = {Floats: np.float64, Ints: np.int64, Flags: np.bool_}
    columns = Columns(*(np.zeros(citizens, dtype=numbers[hints[name]]) for name in Columns._fields))
    columns.present[:] = True
    return columns


def copied(table: Table) -> Table:
    """Return a table of the society with every array copied."""
    arrays: Any = (array.copy() for array in table)
    return type(table)(*arrays)

"""The society as columns: one array a variable, one row a citizen, and the small tables around them.

Everything here is a named tuple of NumPy arrays, so that compiled code reads `columns.loyalty[i]` by the same names
as a citizen reads `self.loyalty`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from agents.rules.display import KIN_SYMBOL, NATIONAL_SYMBOL, NO_SYMBOL
from agents.rules.rule import rule

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = NDArray[np.int16]  # of regions and groups
Choices = NDArray[np.int8]
Looks = NDArray[np.uint8]
Flags = NDArray[np.bool_]

Table = TypeVar("Table", "Columns", "Faces", "Surroundings", "Economy", "History")

KIN_CAMP = 0
OTHER_CAMP = 1


class Columns(NamedTuple):
    """All that is known of the citizens; every array has one entry a citizen, numbered by region and group key.

    Symbols of the specification stand in brackets.
    """

    # fixed for life
    region: Numbers
    group: Numbers
    camp: Choices  # 0 kin camp (A), 1 other camp (B)
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
    display: Choices  # (x)
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


VOICE = np.dtype([("heard", np.float64), ("hostility", np.float64)])
"""What a citizen's ties hear of it in one month: what it says against month 0, and its hostility.

Of those who have left, `heard` is the pull on those who stay. With the look, 17 bytes fetched from anywhere for every
tie: gathering them is what a month of a large society would wait for.
"""

GONE = 0


class Faces(NamedTuple):
    """What citizens' ties see and hear of them in the current month; the census refreshes it."""

    voice: NDArray[np.void]  # of VOICE
    look: Looks  # group and symbol in one number, as `look_of` gives it; `GONE` of those who have left


@rule
def look_of(group: int, display: int) -> int:
    """Return the look of a present citizen: one number for each pair of group and symbol, from 1."""
    return 2 + 3 * group + display


MOST_GROUPS = 84
"""So many groups have looks within a byte."""


# What one look tells a citizen, as counts of a byte each in one word; the words of all ties are added up.
PRESENT_TIES = 0
NATIONAL_DISPLAY = 8
IN_GROUP_TIES = 16
IN_GROUP_KIN_DISPLAY = 24
OTHER_CAMP_TIES = 32
OTHER_CAMP_KIN_DISPLAY = 40


@rule
def counted(glances: int, what: int) -> int:
    """Return one of the counts that a sum of glances holds."""
    return (glances >> what) & 255


def glances(group_camp: Ints) -> Ints:
    """Return what a tie's look tells a citizen, [groups, looks]: who it is to the citizen and what it shows."""
    groups = group_camp.size
    table = np.zeros((groups, 1 + 3 * groups), dtype=np.int64)
    for own in range(groups):
        for other in range(groups):
            for display in (KIN_SYMBOL, NO_SYMBOL, NATIONAL_SYMBOL):
                glance = 1 << PRESENT_TIES
                if display == NATIONAL_SYMBOL:
                    glance += 1 << NATIONAL_DISPLAY
                if other == own:
                    glance += 1 << IN_GROUP_TIES
                    glance += (display == KIN_SYMBOL) << IN_GROUP_KIN_DISPLAY
                if group_camp[other] != group_camp[own]:
                    glance += 1 << OTHER_CAMP_TIES
                    glance += (display == KIN_SYMBOL) << OTHER_CAMP_KIN_DISPLAY
                table[own, look_of(other, display)] = glance
    return table


class Setting(NamedTuple):
    """What does not change in a society: groups, camps, the starting point and month-0 expectations."""

    group_camp: Ints  # [groups]
    glances: Ints  # [groups, looks] what a tie's look tells a member of a group
    group_has_symbol: Flags  # [groups] has a kin state, hence a kin symbol
    group_at_war: Flags  # [groups] its kin state takes part in the conflict
    group_loyalty: Floats  # [groups] mean initial loyalty (Lbar0)
    group_kin_welfare: Floats  # [steps, groups] scenario series of log kin welfare (vextra)
    victims_expected: Floats  # [regions, camps] (V0)
    region_victims_expected: Floats  # [regions] (victims_r0)
    departures_expected: Floats  # [regions] (exit_r0)
    cohort: Floats  # [regions, groups] heads at month 0
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
    faces: Faces
    first_tie: Ints
    ties: NDArray[np.int32]
    setting: Setting
    schedule: Schedule
    surroundings: Surroundings
    economy: Economy
    history: History


def empty_columns(citizens: int) -> Columns:
    """Return zeroed columns for this many citizens, all present."""
    columns = Columns(*(np.zeros(citizens, dtype=kind) for kind in _column_types()))
    columns.present[:] = True
    return columns


@cache
def _column_types() -> list[type]:
    numbers: dict[Any, type] = {Floats: np.float64, Numbers: np.int16, Choices: np.int8, Flags: np.bool_}
    return [numbers[hint] for hint in get_type_hints(Columns).values()]


def empty_faces(citizens: int) -> Faces:
    """Return faces for this many citizens, for a census to fill."""
    return Faces(np.rec.array(np.zeros(citizens, dtype=VOICE)), np.zeros(citizens, dtype=np.uint8))


def copied(table: Table) -> Table:
    """Return a table of the society with every array copied."""
    arrays: Any = (array.copy() for array in table)
    return type(table)(*arrays)

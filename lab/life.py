"""One world: a society, what was done to it, and every month it has lived, any of which can be seen again.

A world is its recipe: a society and a list of events. The state of any month follows from these alone, so going back
is exact: the nearest keyframe before it is restored and the months since are lived again.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab.crowds import Crowds, crowds
from lab.history import CONFLICT, History, Recipe
from lab.layers import SCALES
from lab.layout import Layout, lay_out
from lab.limits import KEYFRAME_BYTES
from lab.packing import pack, shown
from model.books import LOYALTY_COHORT
from model.columns import EVENTS, KIN_CAMP, STATE, Columns, Flags, Floats, Schedule
from model.measures import MEASURES, NATIONAL_MEASURES, Counts
from model.population import SCHEDULE_NAMES, make_schedule
from model.society import Society
from scenarios import LEVERS, Parameters, Policy, read_policy

RECORD_BYTES = 64 * 2**20
SHARED_FROM = 50_000
"""From how many citizens on a world lives on all the cores it may use; the result does not depend on it."""

DIARY_EVERY = ((20_000, 1), (200_000, 12), (10**9, 60))
"""Up to how many citizens one month in how many is written down of every life."""

FROM_OUTSIDE = {"conflict", "kin_welfare_shock"}
"""Columns of a schedule that no policy moves."""

MUTABLE = Columns._fields[Columns._fields.index("loyalty") :]
CARRIED = (*STATE, *EVENTS)
"""The columns that the next month follows from, and this month's books; the others are worked out anew every month."""

POPULATIONS = ("kin_camp", "other_camp", "everyone")
FIGURES: tuple[tuple[str, str], ...] = tuple(
    [(name, population) for population in POPULATIONS for name in MEASURES]
    + [(name, "nation") for name in NATIONAL_MEASURES]
)
"""What a row of a world's series holds: (measure, population)."""

DIARY: tuple[str, ...] = (
    "loyalty",
    "falsified",
    "threat",
    "hostility",
    "welfare",
    "kin_welfare",
    "fairness",
    "injustice_memory",
)
"""What a citizen's diary keeps of a month, besides what was shown and what happened."""


def marks(people: Columns) -> NDArray[np.uint8]:
    """Return what each citizen shows (2 bits), whether they are present, and what happened to them (a bit each)."""
    marked = shown(people).astype(np.uint8)
    flags: tuple[tuple[Flags, int], ...] = (
        (people.present, 4),
        (people.sanctioned, 8),
        (people.sanctioned & (people.injustice >= 1.0), 16),
        (people.harassed, 32),
    )
    for flag, bit in flags:
        marked |= np.where(flag, bit, 0).astype(np.uint8)
    return marked


class Diary:
    """Lives as they were lived, in single precision: [months, citizens] by variable."""

    def __init__(self, months: int, citizens: int) -> None:
        self.every = next(every for most, every in DIARY_EVERY if citizens <= most)
        kept = months // self.every + 1
        self.values = np.zeros((kept, citizens, len(DIARY)), dtype=np.float32)
        self.marks = np.zeros((kept, citizens), dtype=np.uint8)

    def write(self, month: int, people: Columns) -> None:
        """Write down one month."""
        if month % self.every:
            return
        row = month // self.every
        for number, name in enumerate(DIARY):
            self.values[row, :, number] = getattr(people, name)
        self.marks[row] = marks(people)

    def read(self, number: int, month: int, people: Columns) -> dict[str, Any]:
        """Return one life from month 0 to `month`, the present one: lists by variable."""
        rows = month // self.every + 1
        months = [row * self.every for row in range(rows)]
        values, marked = self.values[:rows, number], self.marks[:rows, number]
        if months[-1] < month:
            columns: Any = (column[number : number + 1] for column in people)
            one = Columns(*columns)
            now = np.array([[getattr(one, name)[0] for name in DIARY]], dtype=np.float32)
            months, values, marked = [*months, month], np.append(values, now, axis=0), np.append(marked, marks(one))
        life = values.astype(float).round(5)
        return {
            "months": months,
            **{name: life[:, at].tolist() for at, name in enumerate(DIARY)},
            "shown": (marked & 3).tolist(),
            "present": ((marked & 4) > 0).tolist(),
            "sanctioned": ((marked & 8) > 0).tolist(),
            "unjustly": ((marked & 16) > 0).tolist(),
            "harassed": ((marked & 32) > 0).tolist(),
        }


class Keyframe(NamedTuple):
    """A month to live on from: the columns that carry over, or, of month 0, all that ever change."""

    month: int
    columns: dict[str, NDArray[Any]]
    schedule: tuple[NDArray[Any], ...]
    national: Floats
    output: Floats


class Life:
    """A world that is lived, and can be gone back in."""

    def __init__(self, recipe: Recipe, history: History, cores: int = 1) -> None:
        self.recipe = recipe
        self.history = history
        made_of: dict[str, Any] = {**asdict(recipe), **recipe.parameters, "policy": self._policy(history.policy)}
        made_of["threads"] = cores if recipe.citizens >= SHARED_FROM else 1
        del made_of["parameters"], made_of["budget"]
        self.society = Society(**made_of)
        self.diary = Diary(recipe.months, recipe.citizens)
        self.lived = 0
        """The last month that has been lived under this history; later rows of the books are void."""
        self.layout: Layout | None = None
        self._crowds: Crowds | None = None
        self._keyframes: dict[int, Keyframe] = {}
        self._record: OrderedDict[tuple[int, str, bool], bytes] = OrderedDict()
        self._recorded_bytes = 0
        people = self.society.world.columns
        size = sum(getattr(people, name).nbytes for name in CARRIED)
        self._keyframe_every = max(6, -(-recipe.months * size // KEYFRAME_BYTES))
        self._arrive()

    # --- living -------------------------------------------------------------------------------------------------

    def seek(self, month: int) -> float:
        """Bring the society to a month, forward or back; returns the seconds it took a month, 0 if none was lived."""
        month = min(month, self.recipe.months)
        before = self._keyframe_before(month)
        if month < self.society.month or before > self.society.month:
            self._restore(before)
        months = month - self.society.month
        began = time.perf_counter()
        while self.society.month < month:
            self._obey()
            self.society.step()
            self._arrive()
        return (time.perf_counter() - began) / months if months else 0.0

    def rewrite(self, history: History) -> int:
        """Put another history in place; returns the last month that stays as it was lived."""
        first = min(self.history.differs_from(history), float(self.lived))
        same = int(first)
        self.history = history
        self._keyframes = {month: kept for month, kept in self._keyframes.items() if month <= same}
        for key in [key for key in self._record if key[0] > same]:
            self._recorded_bytes -= len(self._record.pop(key))
        self.lived = min(self.lived, same)
        if same == 0:
            self._restore(0)
            self._follow(history.policy, 0)
            self._keyframes[0] = self._keyframe()
        elif self.society.month > same:
            # The schedule ahead was written by events that may be void now: take it up again from the past.
            self._restore(self._keyframe_before(same))
            self.seek(same)
        return same

    def _arrive(self) -> None:
        """Write down the month that has just begun."""
        month = self.society.month
        self.lived = max(self.lived, month)
        self.diary.write(month, self.society.world.columns)
        if month % self._keyframe_every == 0 and month not in self._keyframes:
            self._keyframes[month] = self._keyframe()

    def _obey(self) -> None:
        """Do what the history asks for in this month."""
        for event in self.history.events:
            if event.month == self.society.month:
                if event.what == "policy":
                    self._follow(str(event.value), event.month)
                elif event.what == CONFLICT:
                    start = event.month * self.society.steps_a_month
                    self.society.world.schedule.conflict[start:] = float(event.value)
                else:
                    self.society.government.set_lever(event.what, float(event.value))

    def _follow(self, policy: str, month: int) -> None:
        """Let the levers follow a policy from a month on."""
        start = month * self.society.steps_a_month
        schedule = self.society.world.schedule
        planned = self._schedule(policy)
        for name in set(schedule._fields) - FROM_OUTSIDE:
            getattr(schedule, name)[start:] = getattr(planned, name)[start:]

    def _keyframe_before(self, month: int) -> int:
        """Return the last month before this one to live on from: what is seen of a month is there once it is lived."""
        return max(at for at in self._keyframes if at < month or at == 0)

    def _keyframe(self) -> Keyframe:
        world = self.society.world
        names = CARRIED if self.society.month else MUTABLE
        return Keyframe(
            self.society.month,
            {name: getattr(world.columns, name).copy() for name in names},
            tuple(array.copy() for array in world.schedule),
            world.economy.national.copy(),
            world.economy.output.copy(),
        )

    def _restore(self, month: int) -> None:
        keyframe = self._keyframes[month]
        world = self.society.world
        for name, kept in keyframe.columns.items():
            getattr(world.columns, name)[:] = kept
        schedule: tuple[NDArray[Any], ...] = world.schedule
        for column, kept in zip(schedule, keyframe.schedule, strict=True):
            column[:] = kept
        world.economy.national[:] = keyframe.national
        world.economy.output[:] = keyframe.output
        self.society.month = self.society.steps = keyframe.month
        self.society.running = keyframe.month < self.society.months

    # --- looking ------------------------------------------------------------------------------------------------

    def described(self) -> dict[str, Any]:
        """Return what a page needs to know of the society besides its months."""
        society = self.society
        country = society.country
        conflict = society.conflict
        return {
            "country": country.title,
            "regions": [region.label for region in country.regions],
            "places": [[region.row, region.column] for region in country.regions],
            "groups": [group.label for group in country.groups],
            "kinCamp": [group.label for group in country.groups if group.name in society.kin_camp],
            "camps": [int(camp) for camp in society.world.setting.group_camp],
            "conflict": conflict.label if conflict else None,
            "shockMonth": None if math.isinf(society.shock_month) else society.shock_month,
            "cohort": int(society.world.setting.cohort[:, _members(society, "kin_camp")].sum()),
            "figures": [f"{population}.{name}" for name, population in FIGURES],
            "scales": {name: scale._asdict() for name, scale in SCALES.items()},
            "diaryEvery": self.diary.every,
        }

    def resize(self, width: int, height: int) -> Layout:
        """Lay the citizens out anew."""
        self.layout = lay_out(self.society.country, self.society.world.columns, width, height)
        self._crowds = crowds(self.society.world.columns, self.layout) if self.layout.represented > 1 else None
        self._record.clear()
        self._recorded_bytes = 0
        return self.layout

    def cells(self, month: int, layer: str, *, rarest: bool = False) -> bytes:
        """Return a layer of a month, a byte a cell; the society goes there if it is not on record.

        A cell shows its own citizen, or, if `rarest` is asked for, what is rarest among all who stand behind it.
        """
        rarest = rarest and self._crowds is not None
        key = (month, layer, rarest)
        if key in self._record:
            self._record.move_to_end(key)
            return self._record[key]
        self.seek(month)
        assert self.layout is not None, "resize first"
        people = self.society.world.columns
        if rarest and self._crowds is not None:
            packed = self._crowds.rarest(pack(layer, people, self._crowds.everyone))
        else:
            packed = pack(layer, people, self.layout.citizens)
        self._record[key] = packed
        self._recorded_bytes += len(packed)
        while self._recorded_bytes > RECORD_BYTES and len(self._record) > 1:
            self._recorded_bytes -= len(self._record.popitem(last=False)[1])
        return packed

    def rows(self, first: int, last: int) -> Floats:
        """Return the series of months `first` to `last`, both included: [months, FIGURES]."""
        society = self.society
        parts = []
        for population in POPULATIONS:
            members = _members(society, population)
            counts = _counts(society, members, float(society.world.setting.cohort[:, members].sum()), first, last)
            parts += [MEASURES[name].of(counts) for name in MEASURES]
        for name in NATIONAL_MEASURES:
            parts.append(_national(society, name, last)[first:])
        return np.array(parts).T

    def regions(self, month: int) -> Floats:
        """Return the change since month 0 of the kin camp's mean sincere loyalty, by region; NaN where there is none.

        As in the measure, leavers count at their value at the door.
        """
        world = self.society.world
        kin = world.setting.group_camp == KIN_CAMP
        sums = world.history.stocks[[0, month]][:, :, kin, LOYALTY_COHORT].sum(axis=2)
        heads = world.setting.cohort[:, kin].sum(axis=1)
        change: Floats = np.divide(sums[1] - sums[0], heads, out=np.full(heads.size, np.nan), where=heads > 0)
        return change

    def groups(self, month: int) -> Floats:
        """Return the change since month 0 of each group's mean sincere loyalty, leavers at their value at the door."""
        world = self.society.world
        sums = world.history.stocks[[0, month]][:, :, :, LOYALTY_COHORT].sum(axis=1)
        heads = world.setting.cohort.sum(axis=0)
        change: Floats = np.divide(sums[1] - sums[0], heads, out=np.full(heads.size, np.nan), where=heads > 0)
        return change

    def levers(self) -> list[list[float]]:
        """Return the levers, in the order of `LEVERS`, and the conflict, as this history has them: months by row.

        What has not been lived yet is there too, as far as it is planned.
        """
        society = self.society
        steps = society.steps_a_month
        rows = self._plan(self.history.policy)
        conflict = np.array(self._schedule(self.history.policy).conflict)
        for event in self.history.events:
            if event.what == "policy":
                for row, planned in zip(rows, self._plan(str(event.value)), strict=True):
                    row[event.month * steps :] = planned[event.month * steps :]
            elif event.what == CONFLICT:
                conflict[event.month * steps :] = float(event.value)
            else:
                rows[LEVERS.index(event.what)][event.month * steps :] = float(event.value)
        return [row[::steps].round(4).tolist() for row in (*rows, conflict)]

    def _plan(self, policy: str) -> list[Floats]:
        """Return a policy's levers by step."""
        planned = self._schedule(policy)
        return [np.array(getattr(planned, SCHEDULE_NAMES.get(lever, lever))) for lever in LEVERS]

    def _schedule(self, policy: str) -> Schedule:
        society = self.society
        steps = society.world.schedule.conflict.size
        return make_schedule(self._policy(policy), society.shock_month, society.parameters, steps, society.rates.step)

    def _policy(self, name: str) -> Policy:
        """Return a policy at the intensity that this world's budget pays for, if there is a budget."""
        policy = read_policy(name)
        if self.recipe.budget is None:
            return policy
        return policy.at_budget(self.recipe.budget, Parameters.of(self.recipe.parameters, source="parameters"))

    def fingerprint(self) -> str:
        """Return a digest of the whole state of the present month, to the last bit."""
        world = self.society.world
        digest = hashlib.sha256(str(self.society.month).encode())
        for name in STATE:
            digest.update(np.ascontiguousarray(getattr(world.columns, name)).tobytes())
        digest.update(world.economy.national.tobytes() + world.economy.output.tobytes())
        return digest.hexdigest()

    def citizen(self, number: int) -> dict[str, Any]:
        """Return who a citizen is, their ties, their state this month and their life so far."""
        society = self.society
        people = society.world.columns
        citizen = society.citizen(number)
        country = society.country
        world = society.world
        ties = world.ties[world.first_tie[number] : world.first_tie[number + 1]]
        traits = ("kinship", "kin_television", "national_television", "initial_loyalty", "other_camp_ties")
        state = (
            "loyalty", "falsified", "threat", "hostility", "hostility_seen", "injustice_memory", "welfare",
            "kin_welfare", "fine", "fairness", "kin_display_seen", "national_display_seen", "suppressed",
        )  # fmt: skip
        return {
            "number": number,
            "region": country.regions[citizen.region].label,
            "group": country.groups[citizen.group].label,
            "camp": int(citizen.camp),
            "income": float(np.exp(people.log_income[number])),
            **{name: float(getattr(people, name)[number]) for name in traits},
            "state": {name: float(getattr(people, name)[number]) for name in state}
            | {
                "present": bool(people.present[number]),
                "shown": int(shown(people)[number]),
                "sanctioned": bool(people.sanctioned[number]),
                "unjustly": bool(people.sanctioned[number] and people.injustice[number] >= 1.0),
                "harassed": bool(people.harassed[number]),
            },
            "ties": [
                {
                    "number": int(tie),
                    "camp": int(people.camp[tie]),
                    "region": int(people.region[tie]),
                    "present": bool(people.present[tie]),
                    "loyalty": float(people.loyalty[tie]),
                    "shown": int(shown_one),
                }
                for tie, shown_one in zip(ties, shown(people)[ties], strict=True)
            ],
            "life": self.diary.read(number, self.society.month, people),
        }

    def column(self, name: str) -> NDArray[Any]:
        """Return a copy of one column of the present month."""
        return np.array(getattr(self.society.world.columns, name))


def _members(society: Society, population: str) -> Flags:
    """Return which groups a population consists of."""
    camp = society.world.setting.group_camp
    members: dict[str, Flags] = {"kin_camp": camp == 0, "other_camp": camp == 1, "everyone": camp >= 0}
    return members[population]


def _counts(society: Society, members: Flags, cohort: float, first: int, last: int) -> Counts:
    """Return the counts of a population for the months asked for, which may lie ahead of the society's own."""
    history = society.world.history
    stocks = history.stocks[first : last + 1].sum(axis=1)[:, members].sum(axis=1)
    flows = history.flows[: last + 1].sum(axis=1)[:, members].sum(axis=1).cumsum(axis=0)[first:]
    return Counts(stocks, flows, cohort)


def _national(society: Society, name: str, last: int) -> Floats:
    month, society.month = society.month, last
    try:
        return society.national(name)
    finally:
        society.month = month

"""The society: a Mesa model of citizens, a government and media, lived month by month."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
import psutil
from mesa import DataCollector, Model
from mesa.agent import AgentSet

from agents.citizen import Citizen
from agents.government import Government
from agents.media_outlet import MediaOutlet
from agents.rules.rates import Rates, rates
from model import month as fast
from model import reference
from model.books import FLOWS, NATION, STOCKS, count_region, count_victims, take_census
from model.chance import TIE, stream
from model.column_citizen import ColumnCitizen
from model.columns import MOST_GROUPS, Columns, Economy, Floats, History, Numbers, World, copied, empty_faces
from model.crew import Crew, largest_first
from model.measures import MEASURES, NATIONAL_MEASURES, Counts
from model.network import Network, make_network
from model.population import SCHEDULE_NAMES, draw_lots, make_schedule, seats, settle
from model.tables import in_memory
from scenarios import DECLARATIONS, Country, Parameters, Policy, ScenarioError, read_country, read_policy
from scenarios.errors import nearest
from scenarios.files import is_number

Engine = Literal["fast", "reference"]
ENGINES = ("fast", "reference")

LARGEST_KEPT_NETWORK = 100_000
"""The largest society whose ties are kept for the next one of the same people."""

FULL_AGENT_SET = 100_000
"""The largest society whose citizens are all made into agents; above it, `Society.sample` serves."""

BYTES_A_CITIZEN = 420
"""Memory of one citizen with ten ties in the fast engine, at most, while the society is made."""

BYTES_OF_AN_AGENT = 7000
"""Memory of one citizen of the reference engine."""

MADE_OF = (
    "parameters",
    "rates",
    "country",
    "policy",
    "citizens",
    "months",
    "seed",
    "population_seed",
    "engine",
    "threads",
    "steps_a_month",
    "conflict",
    "shock_month",
)
"""The attributes that say what a society was made of."""

COLLECTED = ("loyalty", "kin_display", "threat", "hostility", "departures")


class Society(Model):  # type: ignore[misc]
    """Citizens of one country under one policy.

    Parameters
    ----------
    country, policy
        A shipped name, a path of a TOML file, or an object.
    citizens
        Number of citizens at month 0, or "all": one for each person of the country's data.
    months
        How long the society lives; `running` turns false then.
    seed
        Key of all chance, 0 to 2**63 - 1. Same arguments, same result to the last bit, whatever the engine.
    population_seed
        Key of who the citizens are at month 0 and whom they know; `seed` if not given. Two societies with one
        population seed and two seeds are the same people with other luck.
    engine
        "fast" (compiled over columns) or "reference" (plain Mesa, every citizen an agent).
    threads
        Threads of the fast engine; the result does not depend on it.
    steps_a_month
        Steps in a month: 1, or more for a finer time step.
    conflict
        Name of one of the country's conflicts; the first if not given. It decides who the kin camp is.
    shock_month
        When the conflict breaks out; the conflict's own month if not given, never if infinite.
    rng
        What Mesa calls the seed; used if `seed` is not given.
    **parameters
        Values of parameters by name, as declared in `scenarios.parameters`.

    Raises
    ------
    ScenarioError
        For anything that is not allowed, before any work.

    Notes
    -----
    Nothing that matters is drawn from `model.random`: every draw is keyed by seed, purpose, step and citizen.
    """

    def __init__(
        self,
        *,
        country: str | Path | Country = "kazakhstan-2021",
        policy: str | Path | Policy = "status_quo",
        citizens: int | Literal["all"] = 4000,
        months: int = 180,
        seed: int | None = None,
        population_seed: int | None = None,
        engine: Engine = "fast",
        threads: int = 1,
        steps_a_month: int = 1,
        conflict: str | None = None,
        shock_month: float | None = None,
        rng: int | None = None,
        **parameters: float,
    ) -> None:
        chosen = seed if seed is not None else rng if rng is not None else 0
        self.country = country if isinstance(country, Country) else read_country(country)
        heads = round(float(self.country.counts().sum())) if citizens == "all" else citizens
        _check_count("citizens", heads, 1, 1_000_000_000)
        _check_count("months", months, 0, 12_000)
        _check_count("seed", chosen, 0, 2**63 - 1)
        people = chosen if population_seed is None else population_seed
        _check_count("population_seed", people, 0, 2**63 - 1)
        _check_count("threads", threads, 1, 1024)
        _check_count("steps_a_month", steps_a_month, 1, 32)
        if engine not in ENGINES:
            raise ScenarioError(f"society: unknown engine '{engine}'{nearest(str(engine), ENGINES)}")
        if shock_month is not None and not (is_number(shock_month) and shock_month >= 0):
            raise ScenarioError(f"society: shock_month = {shock_month!r} is not allowed; it must be 0 or later")
        if len(self.country.groups) > MOST_GROUPS:
            raise ScenarioError(
                f"{self.country.name}: groups = {len(self.country.groups)} is not allowed; at most {MOST_GROUPS} are"
            )
        _check_memory(heads, engine)
        self.parameters = Parameters.of(parameters, source="society")
        self.policy = policy if isinstance(policy, Policy) else read_policy(policy)
        self.conflict = self.country.conflict(conflict) if self.country.conflicts else None
        if shock_month is None:
            shock_month = float(self.conflict.month) if self.conflict else math.inf
        self.seed = int(chosen)
        self.population_seed = int(people)
        self.citizens = int(heads)
        self.months = int(months)
        self.engine: Engine = engine
        self.threads = int(threads)
        self.steps_a_month = int(steps_a_month)
        self.shock_month = float(shock_month)
        self.rates = rates(self.parameters, 1.0 / self.steps_a_month)
        self._begin(self._make_world())
        with Crew(self.threads) as crew:
            self._take_census(crew)
        self._open_books()

    def _begin(self, world: World) -> None:
        """Start Mesa's model around a world, at month 0 and with no agents yet but those that live by themselves."""
        super().__init__(rng=self.seed)
        self.world = world
        self._tables = in_memory(world), in_memory(self.parameters), in_memory(self.rates)
        self.month = 0
        self.running = self.months > 0
        self._by_number: dict[int, Citizen] = {}
        self._government: Government | None = None
        self._outlets: list[MediaOutlet] = []
        self._collector: DataCollector | None = None
        self._collected = -1
        self._collecting = 0
        self._measured: dict[str, list[float]] = {}
        self._people: list[Citizen] = []
        if self.engine == "reference":
            self._people = reference.make_citizens(self, world)
            self._by_number = {citizen.number: citizen for citizen in self._people}

    # --- how it is made -----------------------------------------------------------------------------------------

    def _make_world(self) -> World:
        steps = max(1, self.months * self.steps_a_month)
        cells = seats(self.country.counts(), self.citizens)
        regions, groups = cells.shape
        region = np.repeat(np.arange(regions, dtype=np.int16), cells.sum(axis=1))
        group = np.repeat(np.tile(np.arange(groups, dtype=np.int16), regions), cells.ravel())
        p = self.parameters
        with Crew(self.threads) as crew:
            network = _network(
                self.population_seed, region, group, p.tie_degree, p.tie_region_share, p.tie_homophily, crew
            )
            columns, setting, around = settle(
                self.country,
                self.conflict,
                p,
                self.rates,
                region,
                group,
                network,
                self.population_seed,
                self.seed,
                steps,
                crew,
            )
        return World(
            columns,
            empty_faces(self.citizens),
            network.first,
            network.ties,
            setting,
            make_schedule(self.policy, self.shock_month, p, steps, self.rates.step),
            around,
            Economy(np.array([setting.initial_institutions, 0.0]), np.zeros(regions)),
            History(
                np.zeros((self.months + 1, regions, groups, len(STOCKS))),
                np.zeros((self.months + 1, regions, groups, len(FLOWS))),
                np.zeros((self.months + 1, len(NATION))),
                np.zeros((self.months + 1, regions)),
            ),
        )

    def _open_books(self) -> None:
        nation = self.world.history.nation[0]
        nation[NATION.index("institutions")] = self.world.setting.initial_institutions
        nation[NATION.index("conflict")] = self.world.schedule.conflict[0]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what the society was made of and its state; everything else follows from them."""
        if self.engine == "reference":
            reference.gather(self._people, self.world.columns, reference.WRITABLE)
        made_of = {name: getattr(self, name) for name in MADE_OF if name not in ("parameters", "rates", "conflict")}
        made_of |= {"conflict": self.conflict.name if self.conflict else None, **self.parameters._asdict()}
        world = self.world
        state = (self.month, self.steps, self.running, world.columns, world.schedule, world.economy, world.history)
        return _restored, (type(self), made_of, state)

    def _restore(self, state: tuple[Any, ...]) -> None:
        self.month, self.steps, self.running, *tables = state
        mine = (self.world.columns, self.world.schedule, self.world.economy, self.world.history)
        for own, stored in zip(mine, tables, strict=True):
            for array, values in zip(own, stored, strict=True):
                array[:] = values
        if self.engine == "reference":
            reference.scatter(self._people, self.world.columns)

    def branch(self, policy: str | Path | Policy, **parameters: float) -> Self:
        """Return a copy of this society that lives on from this month under another policy.

        `parameters` may change those that act only through a lever that has not been pulled yet.

        Raises
        ------
        ScenarioError
            If the copy's past would be false: a lever has already moved that the other policy leaves alone, or the
            other way round, or a parameter has already acted.
        """
        other = policy if isinstance(policy, Policy) else read_policy(policy)
        changed = Parameters.of({**self.parameters._asdict(), **parameters}, source="society")
        steps = self.world.schedule.conflict.size
        schedule = make_schedule(other, self.shock_month, changed, steps, self.rates.step)
        lived = self.month * self.steps_a_month
        if any(
            (own[:lived] != planned[:lived]).any() for own, planned in zip(self.world.schedule, schedule, strict=True)
        ):
            raise ScenarioError(
                f"society: policy '{other.name}' and '{self.policy.name}' differ before month {self.month}; "
                "branch before the first month in which they differ"
            )
        for name, value in changed._asdict().items():
            lever = DECLARATIONS[name].lever
            if value != getattr(self.parameters, name) and (lever is None or self._pulled(lever)):
                raise ScenarioError(f"society: {name} has already acted by month {self.month}; make a new society")
        if self.engine == "reference":
            reference.gather(self._people, self.world.columns, reference.WRITABLE)
        world = self.world
        copy = object.__new__(type(self))
        for name in MADE_OF:
            setattr(copy, name, getattr(self, name))
        copy.policy, copy.parameters = other, changed
        copy.rates = rates(changed, self.rates.step)
        copy._begin(
            world._replace(
                columns=copied(world.columns),
                faces=copied(world.faces),
                schedule=schedule,
                surroundings=copied(world.surroundings),
                economy=copied(world.economy),
                history=copied(world.history),
            )
        )
        copy.month, copy.steps, copy.running = self.month, self.steps, self.running
        return copy

    def _pulled(self, lever: str) -> bool:
        """Tell whether a lever has stood above 0 in the months lived."""
        column = getattr(self.world.schedule, SCHEDULE_NAMES.get(lever, lever))
        return bool(column[: self.month * self.steps_a_month].any())

    # --- how it lives -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Live one month."""
        self.advance(1)

    def run(self, months: int | None = None, watch: Callable[[int], None] = lambda month: None) -> Self:
        """Live this many months, or to the end, at full speed; returns the society itself.

        `watch` is called after each month with its number; it sees the society between two months.
        """
        left = self.months - self.month
        wanted = left if months is None else min(months, left)
        before = self.month
        try:
            self.advance(max(0, wanted), watch)
        finally:
            self.steps += self.month - before
        return self

    def run_model(self) -> None:
        """Live, step by step, until `running` is false: to the end, or to where a subclass stops itself."""
        while self.running:
            self.step()

    def advance(self, months: int, watch: Callable[[int], None] = lambda month: None) -> None:
        """Live `months` months without counting Mesa steps; `step` and `run` are the ways to call it."""
        if self.month + months > self.months:
            raise ScenarioError(
                f"society: months = {self.months} is this society's life, and month {self.month} is over; "
                "make it with more months"
            )
        world, p, step_rates = self._tables
        if self.engine == "reference":
            reference.gather(self._people, self.world.columns, reference.WRITABLE)
        with Crew(self.threads) as crew:
            # Of this month again, which somebody may have written into since.
            self._take_census(crew)
            for month in range(self.month, self.month + months):
                if self.engine == "reference":
                    reference.live_months(
                        self._people, self.world, self.parameters, self.rates, month, 1, self.steps_a_month
                    )
                elif crew.threads > 1:
                    _live_in_threads(crew, world, p, step_rates, month, 1, self.steps_a_month)
                else:
                    fast.live_months(world, p, step_rates, month, 1, self.steps_a_month)
                self.month = month + 1
                self.running = self.month < self.months
                watch(self.month)

    def _take_census(self, crew: Crew) -> None:
        """Count this month's state into the books."""
        world, p, _ = self._tables
        now = (world, p, self.month, self.month * self.steps_a_month)
        if crew.threads > 1:
            crew.each(count_region, [(*now, r) for r in largest_first(np.diff(world.setting.region_first))])
        else:
            take_census(*now)

    # --- whom it holds ------------------------------------------------------------------------------------------

    @property
    def government(self) -> Government:
        """The government."""
        if self._government is None:
            self._government = Government(self, self.policy)
        return self._government

    @property
    def outlets(self) -> list[MediaOutlet]:
        """The media outlets, in the order of their keys."""
        if not self._outlets:
            self._outlets = [MediaOutlet(self, outlet) for outlet in self.country.outlets]
        return self._outlets

    def citizen(self, number: int) -> Citizen:
        """Return the citizen of this number, from 0; its attributes are live."""
        if not 0 <= number < self.citizens:
            raise ScenarioError(f"society: no citizen {number}; numbers run from 0 to {self.citizens - 1}")
        if number not in self._by_number:
            self._by_number[number] = ColumnCitizen(self, number)
        return self._by_number[number]

    @property
    def agents(self) -> AgentSet:
        """Every agent: citizens, government and media outlets, as a live AgentSet.

        Raises
        ------
        ScenarioError
            Above `FULL_AGENT_SET` citizens in the fast engine; take a `sample` instead.
        """
        self._make_agents()
        return self._all_agents

    @agents.setter
    def agents(self, agents: Any) -> None:
        raise AttributeError("the agents of a society are its own; use agents.set or a citizen's attributes")

    @property
    def agents_by_type(self) -> dict[type, AgentSet]:
        """Agents by class: `Citizen` (in either engine), `Government` and `MediaOutlet`; see `agents`."""
        self._make_agents()
        return {Citizen if kind is ColumnCitizen else kind: found for kind, found in self._agents_by_type.items()}

    def _make_agents(self) -> None:
        if self.engine == "fast" and len(self._by_number) < self.citizens:
            if self.citizens > FULL_AGENT_SET:
                raise ScenarioError(
                    f"society: {self.citizens} citizens are too many for a full AgentSet (at most {FULL_AGENT_SET}); "
                    "use society.sample(n), or society.world.columns for all of them"
                )
            for number in range(self.citizens):
                self.citizen(number)
        _ = self.government, self.outlets

    def sample(self, size: int) -> AgentSet:
        """Return `size` citizens drawn without replacement, the same for the same seed; their attributes are live."""
        return AgentSet([self.citizen(number) for number in self.sample_numbers(size)], random=self.random)

    def sample_numbers(self, size: int) -> list[int]:
        """Return the numbers of the citizens of a `sample`, in ascending order."""
        _check_count("sample", size, 0, self.citizens)
        luck = np.empty(self.citizens)
        draw_lots(np.uint64(stream(self.seed, TIE, 2**40)), luck)
        drawn: list[int] = np.sort(np.argsort(luck, kind="stable")[:size]).tolist()
        return drawn

    # --- what the government and the media can ask of it ----------------------------------------------------------

    def lever(self, name: str) -> float:
        """Return where a lever stands this month."""
        column = getattr(self.world.schedule, SCHEDULE_NAMES.get(name, name))
        return float(column[min(self.month * self.steps_a_month, column.size - 1)])

    def hold_lever(self, name: str, level: float) -> None:
        """Hold a lever at `level` from this month on."""
        column = getattr(self.world.schedule, SCHEDULE_NAMES.get(name, name))
        column[self.month * self.steps_a_month :] = level

    @property
    def conflict_now(self) -> float:
        """Intensity of the conflict abroad this month, 0 to 1."""
        column = self.world.schedule.conflict
        return float(column[min(self.month * self.steps_a_month, column.size - 1)])

    def diet_share(self, kind: str) -> float:
        """Return the mean share of one kind of outlet in the media diet of present citizens."""
        columns = self.world.columns
        if kind == "independent":
            return self.country.independent_share
        shares = columns.kin_television if kind == "kin_state" else columns.national_television
        return float(shares[columns.present].mean()) if columns.present.any() else math.nan

    def figure(self, name: str) -> float:
        """Return one national figure of this month, as named in `model.books.NATION`."""
        return float(self.world.history.nation[self.month, NATION.index(name)])

    # --- what one reads off it ------------------------------------------------------------------------------------

    @property
    def kin_camp(self) -> list[str]:
        """Names of the groups of the kin camp."""
        return [
            group.name
            for group, camp in zip(self.country.groups, self.world.setting.group_camp, strict=True)
            if camp == 0
        ]

    def counts(self, population: str = "everyone", *, region: str | None = None) -> Counts:
        """Return the counts, month by month, of a population: "everyone", "kin_camp", "other_camp" or a group.

        `region` narrows it to one region.
        """
        names = [group.name for group in self.country.groups]
        camp = self.world.setting.group_camp
        chosen = {
            "everyone": np.ones(len(names), dtype=bool),
            "kin_camp": camp == 0,
            "other_camp": camp == 1,
        } | {name: np.arange(len(names)) == number for number, name in enumerate(names)}
        if population not in chosen:
            raise ScenarioError(f"society: unknown population '{population}'{nearest(population, chosen)}")
        regions = [region.name for region in self.country.regions]
        if region is not None and region not in regions:
            raise ScenarioError(f"society: unknown region '{region}'{nearest(region, regions)}")
        rows = slice(None) if region is None else slice(regions.index(region), regions.index(region) + 1)
        history = self.world.history
        upto = slice(0, self.month + 1)
        stocks = history.stocks[upto, rows].sum(axis=1)[:, chosen[population]].sum(axis=1)
        flows = history.flows[upto, rows].sum(axis=1)[:, chosen[population]].sum(axis=1).cumsum(axis=0)
        cohort = self.world.setting.cohort[rows].sum(axis=0)[chosen[population]].sum()
        return Counts(stocks, flows, float(cohort))

    def measure(self, name: str, population: str = "kin_camp", *, region: str | None = None) -> Floats:
        """Return one measure for every month lived so far, month 0 first."""
        if name in NATIONAL_MEASURES:
            return self.national(name)
        if name not in MEASURES:
            raise ScenarioError(f"society: unknown measure '{name}'{nearest(name, [*MEASURES, *NATIONAL_MEASURES])}")
        return MEASURES[name].of(self.counts(population, region=region))

    def national(self, name: str) -> Floats:
        """Return one national measure for every month lived so far, month 0 first."""
        history = self.world.history
        upto = slice(0, self.month + 1)
        if name == "output":
            heads = self.world.setting.cohort.sum(axis=1)
            return np.asarray(history.output[upto] @ (heads / heads.sum()))
        if name == "spending":
            return np.asarray(history.nation[upto, NATION.index("cost")].cumsum() / 12.0)
        if name == "conflict":
            column = self.world.schedule.conflict
            return column[np.minimum(np.arange(self.month + 1) * self.steps_a_month, column.size - 1)]
        return np.asarray(history.nation[upto, NATION.index(name)])

    def series(self) -> pd.DataFrame:
        """Return every measure by month for everyone, both camps and every group, in the country and in every region.

        Columns: month, population, region ("all" for the country), then the measures and, on rows of everyone, the
        national measures.
        """
        frames = []
        populations = ["everyone", "kin_camp", "other_camp", *(group.name for group in self.country.groups)]
        places: list[tuple[str, str | None]] = [(population, None) for population in populations]
        for region in self.country.regions:
            places += [(population, region.name) for population in populations]
        for population, region_name in places:
            counts = self.counts(population, region=region_name)
            table: dict[str, Any] = {
                "month": np.arange(self.month + 1),
                "population": population,
                "region": region_name or "all",
                "present": counts.stock("present"),
            }
            table |= {name: measure.of(counts) for name, measure in MEASURES.items()}
            if population == "everyone" and region_name is None:
                table |= {name: self.national(name) for name in NATIONAL_MEASURES}
            frames.append(pd.DataFrame(table))
        return pd.concat(frames, ignore_index=True)

    @property
    def datacollector(self) -> DataCollector:
        """Mesa's data collector, filled for every month lived so far."""
        if self._collector is None:
            self._collector = DataCollector(model_reporters={name: _reporter(name) for name in COLLECTED})
        if self._collected < self.month:
            # Each measure once, not once a month: a measure is worked out for all months at a time.
            self._measured = {name: self.measure(name).tolist() for name in COLLECTED}
        for month in range(self._collected + 1, self.month + 1):
            self._collecting = month
            self._collector.collect(self)
            if hasattr(self._collector, "_collection_steps"):
                # Mesa 3.5 files a row under its own clock, which stands still while earlier months are filled in.
                self._collector._collection_steps[-1] = month
        self._collected = self.month
        return self._collector


def _reporter(name: str) -> Callable[[Society], float]:
    """Return a reporter, in Mesa's sense, of one measure of the kin camp in the month being collected."""

    def report(society: Society) -> float:
        return society._measured[name][society._collecting]

    return report


def _restored(kind: type[Society], made_of: dict[str, Any], state: tuple[Any, ...]) -> Society:
    society = kind(**made_of)
    society._restore(state)
    return society


def _network(
    seed: int, region: Numbers, group: Numbers, degree: float, region_share: float, homophily: float, crew: Crew
) -> Network:
    """Return the ties of a society; arms and parameter points of one seed share those of small ones, which are kept."""
    if region.size > LARGEST_KEPT_NETWORK:
        return make_network(seed, region, group, degree, region_share, homophily, crew)
    return _kept_network(seed, region.tobytes(), group.tobytes(), degree, region_share, homophily)


@lru_cache(maxsize=64)
def _kept_network(
    seed: int, region: bytes, group: bytes, degree: float, region_share: float, homophily: float
) -> Network:
    return make_network(
        seed, np.frombuffer(region, np.int16), np.frombuffer(group, np.int16), degree, region_share, homophily
    )


def _live_in_threads(
    crew: Crew, world: World, p: Parameters, step_rates: Rates, start: int, months: int, steps_a_month: int
) -> None:
    """Do what `model.month.live_months` does, shared out among a crew."""
    blocks = crew.blocks(world.columns.loyalty.size)
    regions = largest_first(np.diff(world.setting.region_first))
    for month in range(start, start + months):
        row = month + 1
        world.history.flows[row] = 0.0
        for step in range(month * steps_a_month, row * steps_a_month):
            census = month if step == month * steps_a_month else row
            now = fast.open_step(world, p, step_rates, step, census)
            crew.each(fast.look_around, [(world, p, step_rates, now, step, *block) for block in blocks])
            count_victims(world)
            crew.each(fast.live, [(world, p, step_rates, now, step, *block) for block in blocks])
            crew.each(fast.close_region, [(world, p, step_rates, now, row, r) for r in regions])
            fast.close_nation(world, p, step_rates, now, step, row)
            crew.each(count_region, [(world, p, row, step + 1, r) for r in regions])


def _check_count(name: str, value: Any, low: int, high: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise ScenarioError(
            f"society: {name} = {value!r} is not allowed; it must be a whole number from {low} to {high}"
        )


def _check_memory(citizens: int, engine: str) -> None:
    needed = citizens * (BYTES_OF_AN_AGENT if engine == "reference" else BYTES_A_CITIZEN)
    free = psutil.virtual_memory().available
    if needed > free:
        most = free // (needed // citizens)
        raise ScenarioError(
            f"society: citizens = {citizens} needs about {needed / 2**30:.1f} GiB and {free / 2**30:.1f} GiB are free; "
            f"at most {most} fit"
        )


__all__ = ["Columns", "Society"]

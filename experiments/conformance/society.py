"""The adapter of our own society: everything that the suite can check is checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np

import agents
import model
from experiments.conformance.adapter import Labels, Scale, Settings, Streams, Subject
from experiments.simulation import history_picture
from model import reference
from model.books import NATION, STOCKS
from model.chance import uniform
from model.columns import STATE
from model.measures import MEASURES
from model.society import Society
from scenarios import DECLARATIONS, Country, Lever, Parameters, Policy, read_country
from scenarios.policy import LEVERS, TARGETS

CITIZENS: Final = 160
MONTHS: Final = 30
COUNTRY: Final = "kazakhstan-2021"
COUNTRIES: Final = (COUNTRY, "kazakhstan-2009")

INERT: Final[dict[str, str]] = {}
"""Parameters that change nothing, with the reason; the suite proves it, and at most three may stand here."""

PURPOSES: Final = ("revise", "choose", "sanction", "harass", "depart")
FIXED_SPREAD: Final = 0.2
"""How far a parameter without a prior is moved from its default, relatively."""

EVENTFUL: Final[dict[str, float]] = {
    "displayer_harassment": 0.2,
    "background_harassment": 0.02,
    "departure_rate": 0.012,
    "profiling_ratio": 0.03,
}
"""The eventful ends of their priors, so that few citizens in few months see much; the rest stands at its default."""


def policy(name: str, start: float = 3.0, end: float = 20.0, ramp: float = 3.0, **levels: float) -> Policy:
    """Return a policy that comes and goes early; `targeted=1` pays welfare to the kin camp only."""
    targeted = bool(levels.pop("targeted", 0.0))
    levers = {
        lever: Lever(level, start, end, ramp, "kin_camp" if targeted and lever == "welfare" else None)
        for lever, level in levels.items()
    }
    return Policy(name, name, "", levers)


def any_policy(luck: Random) -> Policy:
    """Return a policy drawn at random: any levers, levels (0 and 1 likely), windows and ramps."""
    levers = {}
    for name in LEVERS:
        start = luck.choice([0.0, luck.uniform(0.0, MONTHS)])
        end = luck.choice([math.inf, luck.uniform(start, 1.5 * MONTHS), start])
        target = luck.choice(TARGETS[name])
        if luck.random() < 0.7:
            levers[name] = Lever(
                luck.choice([0.0, 1.0, luck.random()]), start, end, luck.choice([0.0, 1.0, 6.0]), target
            )
    return Policy("drawn at random", "drawn at random", "", levers)


SITUATIONS: Final[dict[str, Settings]] = {
    "every lever": {
        "policy": policy(
            "every lever", coercion=1.0, welfare=0.9, institutions=0.8, media=0.7, contact=0.6, targeted=1.0
        )
    },
    "coercion": {"policy": policy("coercion", coercion=1.0)},
    "no policy": {"policy": policy("no policy")},
    "better life": {"policy": policy("better life", welfare=1.0, institutions=1.0)},
}


def society_subject(observers: Mapping[str, Callable[[Any], Any]] | None = None) -> Subject:
    """Return the adapter of `model.society.Society`, watched by `observers` besides its own."""
    return Subject(
        Society,
        name="Society",
        parameters=ranges(),
        state=state,
        settings={"citizens": CITIZENS, "months": MONTHS, "shock_month": 4.0, "country": country(), **EVENTFUL},
        steps=MONTHS,
        size="citizens",
        situations=SITUATIONS,
        inert=INERT,
        silent={"no policy": [name for name, declared in DECLARATIONS.items() if declared.lever is not None]},
        alternatives={
            "reference engine": {"engine": "reference"},
            "2 threads": {"threads": 2},
            "3 threads": {"threads": 3},
        },
        observers={**OBSERVERS, **(observers or {})},
        synchronous=True,
        order_settings={"engine": "reference", "citizens": 80},
        labels={
            "groups": Labels(tuple(group.name for group in country().groups), relabel_groups, by_group),
            "regions": Labels(tuple(region.name for region in country().regions), relabel_regions, by_region),
        },
        streams=Streams(PURPOSES, extra_draw, other_luck, listening, {"engine": "reference", "citizens": 80}),
        scales=SCALES,
        bounds=BOUNDS,
        laws=LAWS,
        law_tolerance=1e-9,
        drawn={
            "policy": any_policy,
            "citizens": lambda luck: luck.choice([1, 2, 7, 40, CITIZENS]),
            "shock_month": lambda luck: luck.choice([0.0, 4.0, math.inf]),
            "country": lambda luck: read_country(luck.choice(COUNTRIES)),
        },
        per_head=per_head,
        documented=documented(),
        containers=("p",),
        sources=(agents, model),
        allowed=Parameters._fields,
    )


@cache
def country() -> Country:
    """Return the country that is checked."""
    return read_country(COUNTRY)


def ranges() -> dict[str, tuple[float, float]]:
    """Return every parameter's prior; where the specification fixes a value, a range about it."""
    found = {}
    for name, declared in DECLARATIONS.items():
        if declared.prior is not None:
            found[name] = declared.prior
            continue
        spread = FIXED_SPREAD * abs(declared.default)
        low, high = declared.bounds
        found[name] = (max(low, declared.default - spread), min(high, declared.default + spread))
    return found


def documented() -> list[str]:
    """Return the parameters that the project's own documentation lists."""
    from experiments.catalogue import parameters_table

    rows = parameters_table("csv").splitlines()
    return [row.split(",")[0] for row in rows[1:] if row and row[0] != '"']


# --- state ------------------------------------------------------------------------------------------------------------


def state(society: Society) -> dict[str, Any]:
    """Return every state variable of every citizen, and this month's row of the books."""
    world = society.world
    found: dict[str, Any] = {name: getattr(world.columns, name) for name in STATE}
    history = world.history
    for number, name in enumerate(STOCKS):
        found[f"books.{name}"] = history.stocks[society.month, :, :, number]
    found["books.flows"] = history.flows[society.month]
    found["books.output"] = history.output[society.month]
    for number, name in enumerate(NATION):
        found[f"nation.{name}"] = history.nation[society.month, number]
    found["month"] = society.month
    return found


def by_group(society: Society) -> dict[tuple[str | None, str], Any]:
    """Return what is known of each group by its name, and of the nation."""
    found = _of_nation(society)
    history, month = society.world.history, society.month
    for group in society.country.groups:
        number = society.country.groups.index(group)
        found[(group.name, "stocks")] = history.stocks[month, :, number]
        found[(group.name, "flows")] = history.flows[month, :, number]
        if month == society.months:
            found[(group.name, "loyalty")] = society.measure("loyalty", group.name)
        found[(group.name, "camp")] = group.name in society.kin_camp
    return found


def by_region(society: Society) -> dict[tuple[str | None, str], Any]:
    """Return what is known of each region by its name, and of the nation."""
    found = _of_nation(society)
    history, month = society.world.history, society.month
    for number, region in enumerate(society.country.regions):
        found[(region.name, "stocks")] = history.stocks[month, number]
        found[(region.name, "flows")] = history.flows[month, number]
        found[(region.name, "output")] = history.output[month, number]
        if month == society.months:
            found[(region.name, "threat")] = society.measure("threat", "everyone", region=region.name)
    return found


def _of_nation(society: Society) -> dict[tuple[str | None, str], Any]:
    found: dict[tuple[str | None, str], Any] = {(None, "nation"): society.world.history.nation[society.month]}
    if society.month == society.months:
        for camp in ("everyone", "kin_camp", "other_camp"):
            for name in MEASURES:
                found[(None, f"{name} of {camp}")] = society.measure(name, camp)
    return found


def relabel_groups(settings: Settings, mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return settings whose country calls every group by another's name and lists them in another order."""
    plain = settings["country"]
    groups = [replace(group, name=mapping[group.name], label=mapping[group.name]) for group in plain.groups]
    regions = [
        replace(region, shares={mapping[name]: share for name, share in region.shares.items()})
        for region in plain.regions
    ]
    return {**settings, "country": replace(plain, groups=_listed(groups), regions=tuple(regions))}


def relabel_regions(settings: Settings, mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return settings whose country calls every region by another's name and lists them in another order."""
    plain = settings["country"]
    regions = [replace(region, name=mapping[region.name], label=mapping[region.name]) for region in plain.regions]
    return {**settings, "country": replace(plain, regions=_listed(regions))}


def _listed(things: list[Any]) -> tuple[Any, ...]:
    """Return groups or regions in the alphabetical order of their new names."""
    return tuple(sorted(things, key=lambda thing: thing.name))


# --- watching ---------------------------------------------------------------------------------------------------------


def _ask_agents(society: Society) -> None:
    for agent in society.agents:
        _ = agent.unique_id
    society.agents_by_type.keys()
    society.sample(min(10, society.citizens)).agg("loyalty", max)
    _ = society.citizen(0).threat


OBSERVERS: Final[dict[str, Callable[[Any], Any]]] = {
    "measures": lambda society: [society.measure(name, "everyone") for name in MEASURES],
    "series": lambda society: society.series(),
    "data collector": lambda society: society.datacollector.get_model_vars_dataframe(),
    "picture": lambda society: history_picture(society).canvas,
    "agents and a sample": _ask_agents,
}


# --- chance -----------------------------------------------------------------------------------------------------------


class _Luck(NamedTuple):
    """A step's draws, each of which is told to whoever listens."""

    step: int
    plain: reference.StepLuck
    heard: list[tuple[str, Any, float]] | None = None
    twice: str | None = None
    moved: str | None = None

    def draw(self, purpose: str, citizen: int) -> float:
        draw = getattr(self.plain, purpose)
        if purpose == self.twice:
            draw(citizen)
        value: float = draw(citizen)
        if purpose == self.moved:
            value = uniform(getattr(self.plain, f"{purpose}_stream") ^ 1, citizen)
        if self.heard is not None:
            self.heard.append((purpose, (self.step, citizen), value))
        return value

    def revise(self, citizen: int) -> float:
        return self.draw("revise", citizen)

    def choose(self, citizen: int) -> float:
        return self.draw("choose", citizen)

    def sanction(self, citizen: int) -> float:
        return self.draw("sanction", citizen)

    def harass(self, citizen: int) -> float:
        return self.draw("harass", citizen)

    def depart(self, citizen: int) -> float:
        return self.draw("depart", citizen)


@contextmanager
def _luck(**changes: Any) -> Iterator[None]:
    """Let the reference engine draw through another kind of luck, on top of the one it has."""
    plain: Any = reference.StepLuck

    class Changed:
        @staticmethod
        def of(seed: int, step: int) -> _Luck:
            luck = plain.of(seed, step)
            return luck._replace(**changes) if isinstance(luck, _Luck) else _Luck(step, luck, **changes)

    reference.StepLuck = Changed  # type: ignore[misc, assignment]
    try:
        yield
    finally:
        reference.StepLuck = plain  # type: ignore[misc]


def extra_draw(purpose: str) -> Any:
    """Return a context in which one purpose draws twice and takes the second draw."""
    return _luck(twice=purpose)


def other_luck(purpose: str) -> Any:
    """Return a context in which one purpose draws from another stream."""
    return _luck(moved=purpose)


@contextmanager
def listening() -> Iterator[list[tuple[str, Any, float]]]:
    """Give a list to which every draw is added."""
    heard: list[tuple[str, Any, float]] = []
    with _luck(heard=heard):
        yield heard


# --- what always holds ------------------------------------------------------------------------------------------------

BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "loyalty": (-1.0, 1.0),
    "display": (-1.0, 1.0),
    "falsified": (0.0, 1.8),
    "speech_memory": (0.0, 1.8),
    "threat_log_odds": (-1e3, 1e3),
    "hostility_log_odds": (-1e3, 1e3),
    "injustice_memory": (0.0, 1.0),
    "welfare": (-1e3, 1e3),
    "aspiration": (-1e3, 1e3),
    "fine": (0.0, 0.5),
    "present": (0.0, 1.0),
    "diaspora_pull": (0.0, 1.0),
    **{f"books.{name}": (0.0, math.inf) for name in STOCKS},
    **{f"books.{name}": (-1e9, 1e9) for name in ("loyalty", "loyalty_cohort", "fairness", "welfare", "kin_welfare")},
    "books.suppressed": (-1e-12, math.inf),
    "books.disposable_log": (-1e9, math.inf),
    "books.flows": (0.0, math.inf),
    "books.output": (-1e3, 1e3),
    **{f"nation.{name}": (0.0, 1.0) for name in NATION},
    "nation.accustomed_gain": (-1.0, 1.0),
    "nation.tax": (-0.5, 1.0),
    "nation.transfer_to_kin_camp": (0.0, math.inf),
    "month": (0.0, MONTHS),
}


def _population(society: Society) -> float:
    """Return by how much present and departed miss the cohort, in the worst cell of region and group."""
    columns, history = society.world.columns, society.world.history
    month, cells = society.month, history.stocks[0, :, :, 0].shape
    cohort = np.zeros(cells)
    np.add.at(cohort, (columns.region, columns.group), 1.0)
    departed = history.flows[: month + 1, :, :, 3].sum(axis=0)
    return float(np.abs(cohort - history.stocks[month, :, :, 0] - departed).max())


def _budget(society: Society) -> float:
    """Return cost - rents - tax - fines of this month, with the fines counted from the citizens who pay them."""
    history, month = society.world.history, society.month
    if month == 0:
        return 0.0
    before = history.stocks[month - 1]
    income = before[..., STOCKS.index("income")].sum()
    fines = before[..., STOCKS.index("fines_paid")].sum() / income if income > 0.0 else 0.0
    nation = dict(zip(NATION, history.nation[month].tolist(), strict=True))
    return float(nation["cost"] - nation["rents"] - nation["tax"] - fines)


def _delivered(society: Society) -> float:
    """Return by how much what citizens receive misses what the welfare programme delivers."""
    history, month = society.world.history, society.month
    if month == 0:
        return 0.0
    nation = dict(zip(NATION, history.nation[month].tolist(), strict=True))
    p = society.parameters
    heads = history.stocks[month - 1, :, :, 0].sum(axis=0)
    if heads.sum() == 0.0:
        return 0.0
    in_camp = society.world.setting.group_camp == 0
    share = heads[in_camp].sum() / heads.sum()
    if society.policy.targeted and share == 0.0:
        return 0.0
    received = nation["transfer_to_kin_camp"] * share + nation["transfer_to_others"] * (1.0 - share)
    institutions = history.nation[month - 1, NATION.index("institutions")]
    leaked = p.transfer_leakage * (1.0 - institutions) / (1.0 - society.world.setting.initial_institutions)
    return float(received - p.welfare_cost * nation["welfare_lever"] * (1.0 - leaked))


def _displays(society: Society) -> float:
    """Return by how much the shares showing a kin symbol, nothing and the national symbol miss one."""
    columns = society.world.columns
    here = society.world.history.stocks[society.month]
    heads = here[..., 0].sum()
    if heads == 0.0:
        return 0.0
    silent = float((columns.present & (columns.display == 0)).sum())
    shown = here[..., STOCKS.index("kin_display")].sum() + here[..., STOCKS.index("national_display")].sum()
    return float((shown + silent) / heads - 1.0)


def _camps(society: Society) -> float:
    """Return by how much the camps' shares of a region miss one."""
    if society.month == 0:
        return 0.0
    around = society.world.surroundings
    lived_in = around.camp_heads.sum(axis=1) > 0.0
    return float(np.abs(around.camp_share[lived_in].sum(axis=1) - 1.0).max(initial=0.0))


def _media(society: Society) -> float:
    """Return by how much a citizen's media diet misses one."""
    columns = society.world.columns
    diet = columns.kin_television + columns.national_television + society.country.independent_share
    return float(np.abs(diet - 1.0).max(initial=0.0))


LAWS: Final[dict[str, Callable[[Any], float]]] = {
    "present and departed are the population": _population,
    "tax, rents and fines pay the cost": _budget,
    "what is received is what is delivered": _delivered,
    "displays sum to one": _displays,
    "camps sum to one": _camps,
    "media diets sum to one": _media,
}


# --- scale ------------------------------------------------------------------------------------------------------------


def per_head(society: Society) -> dict[str, float]:
    """Return the results whose dependence on scale would mislead, at the end of the trial."""
    kin = {name: float(society.measure(name)[-1]) for name in ("loyalty", "threat", "kin_display", "departures")}
    others = float(society.measure("hostility", "other_camp")[-1])
    return {**kin, "hostility of others": others, "output": float(society.national("output")[-1])}


TOLERANCE: Final = {
    "loyalty": 0.01,
    "threat": 0.01,
    "kin_display": 0.01,
    "departures": 0.01,
    "hostility of others": 0.01,
    "output": 0.01,
}
"""Stated noise: half of the margin within which the claims call two policies equal (0.02 in L)."""

_PLAIN: Final = {name: DECLARATIONS[name].default for name in EVENTFUL}
_TOWN: Final = {"citizens": 4000, "policy": SITUATIONS["every lever"]["policy"], **_PLAIN}

SCALES: Final = (
    Scale("4,000 or 16,000 citizens", _TOWN, {**_TOWN, "citizens": 16_000}, TOLERANCE),
    Scale("10 or 20 ties", {**_TOWN, "tie_degree": 10.0}, {**_TOWN, "tie_degree": 20.0}, TOLERANCE),
    Scale("steps of a month or half a month", {**_TOWN, "steps_a_month": 1}, {**_TOWN, "steps_a_month": 2}, TOLERANCE),
)

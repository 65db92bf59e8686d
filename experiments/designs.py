"""Designs: which societies a sweep makes, as a file that anyone can write.

A design names its arms, what it varies and how (a grid, a list, or one of the samplings of the sensitivity literature),
what it holds fixed, and what it keeps. `read_design` checks everything before anything is made; `points` are its rows.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal, cast

import numpy as np
import psutil
from numpy.typing import NDArray
from scipy.stats import qmc

from experiments.claims import read_claims
from experiments.errors import MissingExtraError
from experiments.figures import Figures, assumed_figures, figure_prior, with_figures
from experiments.prior import PRIOR_SEED, unit_points
from experiments.runs import MARKS, POPULATIONS, SERIES, Run, country_of
from experiments.verdicts import Floats
from model.measures import MEASURES, NATIONAL_MEASURES
from model.society import BYTES_A_CITIZEN
from scenarios import DECLARATIONS, LEVERS, UNCERTAIN, Parameters, ScenarioError, find, read_policy, read_toml
from scenarios.claim import DIRECTIONS, VARIANTS, Arm, Claim, Direction, Estimand
from scenarios.errors import nearest
from scenarios.files import Table, digest, is_number
from scenarios.parameters import check_value

Kind = Literal["grid", "list", "latin_hypercube", "sobol", "saltelli", "morris"]
KINDS: Final = ("grid", "list", "latin_hypercube", "sobol", "saltelli", "morris")
SAMPLED: Final = ("latin_hypercube", "sobol", "saltelli", "morris")
SPACE_FILLING: Final = ("latin_hypercube", "sobol")

Group = Literal["parameters", "levers", "figures", "choices", "budget"]
Setting = float | str | bool

MARGIN: Final = 0.02
"""Half-width of the region of practical equivalence where a contrast names none (specification, section 6)."""

MOST_MONTHS: Final = 12_000
"""The longest life of a society."""
BYTES_A_COORDINATE: Final = 16
BYTES_A_ROW: Final = 300
"""About what the plan of a sweep holds of each row: key, bundle, place."""

COLUMNS: Final[Mapping[Group, str]] = {
    "parameters": "p.",
    "levers": "lever.",
    "figures": "figure.",
    "choices": "",
    "budget": "",
}
"""What stands before an axis's name in the column of the finished table."""


@dataclass(frozen=True)
class Axis:
    """Something that a design varies: a range from `low` to `high`, or `values` one by one."""

    name: str
    group: Group
    low: float = math.nan
    high: float = math.nan
    values: tuple[Setting, ...] = ()

    @property
    def column(self) -> str:
        """The column of the finished table that holds it."""
        return f"{COLUMNS[self.group]}{self.name}"

    @property
    def is_numeric(self) -> bool:
        """Whether its settings are numbers."""
        return not any(isinstance(value, str | bool) for value in self.values)

    def coordinates(self, unit: Floats) -> Floats:
        """Return the coordinates of numbers from 0 to 1: a value of the range, or the place among the values."""
        if self.values:
            return np.minimum(np.floor(unit * len(self.values)), len(self.values) - 1.0)
        return self.low + (self.high - self.low) * unit

    def setting(self, coordinate: float) -> Setting:
        """Return what a coordinate stands for."""
        return self.values[int(coordinate)] if self.values else float(coordinate)

    def settings(self, coordinates: Floats) -> NDArray[Any]:
        """Return what many coordinates stand for."""
        return np.array(self.values)[coordinates.astype(int)] if self.values else coordinates

    def unit(self, coordinates: Floats) -> Floats:
        """Return coordinates as numbers from 0 to 1: the place among the values, or along the range."""
        if self.values:
            return coordinates / max(1, len(self.values) - 1)
        return np.asarray((coordinates - self.low) / (self.high - self.low))


@dataclass(frozen=True)
class Contrast:
    """A difference between arms of the design, in one measure at one month; its arms are labels of the design."""

    name: str
    estimand: Estimand
    claim: str = ""


@dataclass(frozen=True)
class _Standing:
    """What the axes come to at a point, for all arms alike."""

    parameters: Parameters
    levers: tuple[tuple[str, float], ...]
    figures: Figures
    country: str
    variant: str
    is_shocked: bool
    budget: float | None


@dataclass(frozen=True)
class Design:
    """A checked design.

    Attributes
    ----------
    arms, own
        Societies that are compared at every point, by label; `own` are those that the design's budget and levers act
        on, the others come from claims.
    count
        The number that `points` gives: points, base samples (saltelli) or trajectories (morris).
    seeds
        Seeds of every point; with `fresh_seeds` their number counts, and no two points share one.
    populations
        Population seeds, each crossed with every seed: the same people with other luck. Empty where a seed decides
        both.
    cut_short
        What the horizon keeps from being judged, in words.
    """

    name: str
    title: str
    kind: Kind
    country: str
    arms: Mapping[str, Arm]
    own: frozenset[str]
    axes: tuple[Axis, ...]
    fixed: Mapping[str, float]
    budget: float | None
    count: int
    levels: int
    second_order: bool
    sample_seed: int
    citizens: int
    months: int
    seeds: tuple[int, ...]
    fresh_seeds: bool
    populations: tuple[int, ...]
    marks: tuple[int, ...]
    outcomes: tuple[tuple[str, str], ...] | None
    monthly: bool
    contrasts: tuple[Contrast, ...]
    cut_short: tuple[str, ...]
    content: Mapping[str, Any]

    def digest(self) -> str:
        """Return a digest of the file's content."""
        return digest(self.content)

    @cached_property
    def coordinates(self) -> Floats:
        """The points, [points, axes]; see `Axis.setting`."""
        return _coordinates(self)

    @property
    def points(self) -> int:
        """Number of points."""
        return len(self.coordinates)

    @property
    def runs(self) -> int:
        """Number of rows of the finished table."""
        return self.points * self.lives * len(self.arms)

    @property
    def lives(self) -> int:
        """Number of times that each arm lives at a point: seeds, times populations where they are crossed."""
        return len(self.seeds) * max(1, len(self.populations))

    def settings(self, point: int) -> dict[str, Setting]:
        """Return what the axes are set to at a point, by column."""
        return {
            axis.column: axis.setting(x) for axis, x in zip(self.axes, self.coordinates[point].tolist(), strict=True)
        }

    def seeds_at(self, point: int) -> tuple[int, ...]:
        """Return the seeds of a point."""
        if not self.fresh_seeds:
            return self.seeds
        first = 1 + point * len(self.seeds)
        return tuple(range(first, first + len(self.seeds)))

    def run(self, label: str, coordinates: Iterable[float], seed: int, population: int | None = None) -> Run:
        """Return the run of an arm at a point's coordinates with a seed."""
        return self.runs_at(coordinates, seed, population, [label])[label]

    def runs_at(
        self,
        coordinates: Iterable[float],
        seed: int,
        population: int | None = None,
        labels: Iterable[str] | None = None,
    ) -> dict[str, Run]:
        """Return the run of every arm, or of those named, at a point's coordinates with a seed."""
        standing = self._standing(coordinates)
        return {
            label: self._run(self.arms[label], standing, seed, population, own=label in self.own)
            for label in (self.arms if labels is None else labels)
        }

    def run_of(self, arm: Arm, coordinates: Iterable[float], seed: int) -> Run:
        """Return the run of any arm, such as a claim's, at a point's coordinates with a seed."""
        return self._run(arm, self._standing(coordinates), seed, None, own=False)

    def _standing(self, coordinates: Iterable[float]) -> _Standing:
        at = list(coordinates)
        parameters = {**self.fixed, **{name: at[number] for number, name in self._ranges}}
        levers, figures = [], []
        country, variant, is_shocked, budget = self.country, "base", True, None
        for number, axis in self._other_axes:
            setting = axis.setting(at[number])
            match axis.group:
                case "parameters":
                    parameters[axis.name] = cast(float, setting)
                case "levers":
                    levers.append((axis.name, cast(float, setting)))
                case "figures":
                    figures.append((axis.name, cast(float, setting)))
                case "budget":
                    budget = cast(float, setting)
                case "choices" if axis.name == "country":
                    country = str(setting)
                case "choices" if axis.name == "variant":
                    variant = str(setting)
                case _:
                    is_shocked = is_shocked and bool(setting)
        return _Standing(Parameters(**parameters), tuple(levers), tuple(figures), country, variant, is_shocked, budget)

    def _run(self, arm: Arm, at: _Standing, seed: int, population: int | None, *, own: bool) -> Run:
        settings = {**VARIANTS[at.variant], **dict(arm.settings)}
        budget = self.budget if own and arm.budget is None else arm.budget
        if own and at.budget is not None:
            budget = at.budget
        return Run(
            Arm(arm.policy, budget, tuple(sorted(settings.items())), arm.shock and at.is_shocked),
            self.months,
            at.parameters,
            at.country,
            self.citizens,
            seed,
            keeps_series=self.monthly,
            marks=self.marks,
            levers=at.levers if own else (),
            figures=at.figures,
            outcomes=self.outcomes,
            population_seed=population,
        )

    @cached_property
    def _ranges(self) -> list[tuple[int, str]]:
        """The axes whose coordinate is a parameter's value as it stands."""
        return [(n, axis.name) for n, axis in enumerate(self.axes) if axis.group == "parameters" and not axis.values]

    @cached_property
    def _other_axes(self) -> list[tuple[int, Axis]]:
        ranges = {number for number, _ in self._ranges}
        return [(number, axis) for number, axis in enumerate(self.axes) if number not in ranges]


def read_design(name_or_path: str | Path) -> Design:
    """Return a shipped design by name, or the design of a TOML file.

    Raises
    ------
    ScenarioError
        Names the file, the key, the value, what is allowed and the nearest valid name.
    """
    path = find("designs", name_or_path)
    return design_of(read_toml(path), path)


def design_of(content: Mapping[str, Any], source: str | Path) -> Design:
    """Return the design of a file's content; `source` is what messages name."""
    table = Table(content, source)
    kind = cast(Kind, table.choice("kind", KINDS))
    title = table.text("title", Path(source).stem)
    table.text("description", "")
    extrapolate = _flag(table, "allow_extrapolation")
    country = table.text("country", "kazakhstan-2021")
    with _named_by(table, "country"):
        country_of(country)
    citizens = table.integer("citizens", 1000, low=1)
    free = psutil.virtual_memory().available
    if citizens * BYTES_A_CITIZEN > free:
        raise table.error(f"= {citizens} is too many; at most {free // BYTES_A_CITIZEN} fit into memory", "citizens")
    months = table.integer("months", 180, low=1)
    if months > MOST_MONTHS:
        raise table.error(f"= {months} is not allowed; it must be an integer from 1 to {MOST_MONTHS}", "months")
    seeds, fresh = _seeds(table)
    populations = _populations(table, fresh)
    marks = tuple(_integers(table, "marks", months)) if "marks" in table else MARKS
    outcomes = _outcomes(table)
    monthly = _flag(table, "monthly")
    sample_seed = table.integer("sample_seed", PRIOR_SEED)

    fixed = _fixed(table.table("fixed", {}), extrapolate)
    axes = [
        *_parameter_axes(table.table("parameters", {}), kind, fixed, extrapolate),
        *_lever_axes(table.table("levers", {}), kind),
        *_figure_axes(table.table("figures", {}), kind, country, extrapolate),
        *_choice_axes(table.table("choices", {})),
    ]
    budget: float | None = None
    if "budget" in table:
        if is_number(table.take("budget")):
            budget = table.number("budget", low=0.0, high=1.0)
        else:
            axes.append(_axis(table, "budget", "budget", kind, (0.0, 1.0), None))
    count, levels, second_order = _size(table, kind, axes)

    arms = _arms(table)
    own = frozenset(arms)
    with _named_by(table, "claims"):
        claims = read_claims(table.texts("claims")) if "claims" in table else []
    contrasts = [_contrast(part, arms, months) for part in (table.tables("contrasts") if "contrasts" in table else [])]
    table.end()
    bare = budget is None and not any(axis.group in ("budget", "levers") for axis in axes)
    asked = [name for claim in claims for name in [_add_arms(claim, arms, bare)]]
    if not arms:
        raise table.error("no arm to make: name policies, [arms] or claims")
    cut_short: list[str] = []
    for claim, labels in zip(claims, asked, strict=True):
        kept = [*_kept_contrasts(claim, labels, months, cut_short)]
        if not kept:
            raise table.error(
                f"= {months} is too short for claim {claim.number} ({claim.name}), whose first estimand is at month "
                f"{min(estimand.month for estimand in claim.estimands)}",
                "months",
            )
        contrasts += kept
    if not claims and bare:
        contrasts += _shipped_contrasts(arms, months, cut_short)
    contrasts += _differences([label for label in arms if label in own], months, contrasts)
    wanted = {contrast.estimand.month for contrast in contrasts}
    design = Design(
        Path(source).stem,
        title,
        kind,
        country,
        arms,
        own,
        tuple(axes),
        fixed,
        budget,
        count,
        levels,
        second_order,
        sample_seed,
        citizens,
        months,
        seeds,
        fresh,
        populations,
        tuple(sorted({*marks, *wanted})),
        _with_contrasts(outcomes, contrasts),
        monthly,
        tuple(contrasts),
        tuple(cut_short),
        dict(content),
    )
    _refuse_too_many(design, table)
    _check_reach(design, table)
    return design


# What is varied


def _parameter_axes(table: Table, kind: Kind, fixed: Mapping[str, float], extrapolate: bool) -> Iterator[Axis]:
    named = [name for name in table if name != "all"]
    for name in named:
        _refuse_unknown(table, "parameter", name, [*DECLARATIONS, "all"])
        if name in fixed:
            raise table.error("is varied and fixed at once", name)
    everything = table.take("all", None)
    for name in UNCERTAIN if everything is not None else ():
        if name not in named and name not in fixed:
            yield _axis(Table({name: everything}, table.file, "parameters.all"), name, "parameters", kind, *_span(name))
    for name in named:
        declared = DECLARATIONS[name]
        axis = _axis(table, name, "parameters", kind, declared.bounds, declared.prior)
        for value in axis.values or (axis.low, axis.high):
            check_value(name, value, source=table.where())
        _within_prior(table, name, axis, declared.prior, extrapolate)
        yield axis


def _span(name: str) -> tuple[tuple[float, float], tuple[float, float] | None]:
    return DECLARATIONS[name].bounds, DECLARATIONS[name].prior


def _lever_axes(table: Table, kind: Kind) -> Iterator[Axis]:
    for name in table:
        _refuse_unknown(table, "lever", name, LEVERS)
        yield _axis(table, name, "levers", kind, (0.0, 1.0), None)


def _figure_axes(table: Table, kind: Kind, country: str, extrapolate: bool) -> Iterator[Axis]:
    home, anywhere = country_of(country), (-math.inf, math.inf)
    named = [name for name in table if name != "all"]
    everything = table.take("all", None)
    assumed = assumed_figures(home) if everything is not None else {}
    if everything is not None and not assumed:
        raise table.error(f"= {everything!r} varies nothing: no figure of {country} is assumed within a range", "all")
    for name, prior in assumed.items():
        if name not in named:
            yield _axis(Table({name: everything}, table.file, "figures.all"), name, "figures", kind, anywhere, prior)
    for name in named:
        try:
            span = figure_prior(home, name)
        except ScenarioError as error:
            raise ScenarioError(f"{table.where()}: {error}") from error
        axis = _axis(table, name, "figures", kind, anywhere, span)
        if span is not None:
            _within_prior(table, name, axis, span, extrapolate)
        yield axis


def _choice_axes(table: Table) -> Iterator[Axis]:
    for name in table:
        _refuse_unknown(table, "choice", name, ("country", "variant", "shock"))
        values = table.take(name)
        if not isinstance(values, list) or not values:
            raise table.error(f"= {values!r} is not allowed; it must be a list", name)
        if len(set(map(str, values))) < len(values):
            raise table.error(f"= {values!r} names a value twice", name)
        for value in values:
            if name == "shock" and not isinstance(value, bool):
                raise table.error(f"= {value!r} is not allowed; it must be true or false", name)
            if name == "variant" and value not in VARIANTS:
                raise table.error(f"= {value!r} is not allowed{nearest(str(value), VARIANTS)}", name)
            if name == "country":
                with _named_by(table, name):
                    country_of(str(value))
        yield Axis(name, "choices", values=tuple(values))


def _axis(
    table: Table,
    name: str,
    group: Group,
    kind: Kind,
    bounds: tuple[float, float],
    prior: tuple[float, float] | None,
) -> Axis:
    """Return the axis that a key describes: "prior", a list, { low, high }, { values } or { levels }."""
    value = table.take(name)
    if value == "prior" or (isinstance(value, dict) and set(value) == {"levels"}):
        if prior is None:
            raise table.error(f"= {value!r} is not allowed: it has no prior; write [low, high]", name)
        value = {"low": prior[0], "high": prior[1], **(value if isinstance(value, dict) else {})}
    elif isinstance(value, list):
        value = {"values": value}
        if kind in SAMPLED:
            if len(value["values"]) != 2 or not all(map(is_number, value["values"])):
                raise table.error(
                    f'= {value["values"]!r} is not allowed; it must be "prior", a range [low, high], '
                    "or separate values { values = [...] }",
                    name,
                )
            value = dict(zip(("low", "high"), value["values"], strict=True))
    if not isinstance(value, dict):
        raise table.error(f'= {value!r} is not allowed; it must be "prior", [low, high] or {{ values = [...] }}', name)
    part = Table(value, table.file, ".".join(place for place in (table.place, name) if place))
    if "values" in part:
        values = _numbers(part, bounds)
        part.end()
        return Axis(name, group, values=values)
    low, high = part.number("low", low=bounds[0], high=bounds[1]), part.number("high", low=bounds[0], high=bounds[1])
    levels = part.integer("levels", 0, low=2) if "levels" in part else 0
    part.end()
    if not low < high or math.isinf(high - low):
        raise table.error(f"= [{low:g}, {high:g}] is not allowed; it must be a finite range with low below high", name)
    if kind in SAMPLED:
        if levels:
            raise table.error(f"has levels, and kind = '{kind}' samples the whole range", name)
        return Axis(name, group, low, high)
    if not levels:
        raise table.error(
            f"needs separate values with kind = '{kind}': write a list, or {{ levels = 5 }} to step through the prior",
            name,
        )
    return Axis(name, group, values=tuple(np.linspace(low, high, levels).tolist()))


def _numbers(part: Table, bounds: tuple[float, float]) -> tuple[float, ...]:
    values = part.take("values")
    if not isinstance(values, list) or not values:
        raise part.error(f"= {values!r} is not allowed; it must be a list of numbers", "values")
    for value in values:
        if not is_number(value) or math.isinf(value) or not bounds[0] <= value <= bounds[1]:
            allowed = "finite number" if math.isinf(bounds[0]) else f"number from {bounds[0]:g} to {bounds[1]:g}"
            raise part.error(f"= {value!r} is not allowed; it must be a {allowed}", "values")
    return tuple(map(float, values))


def _within_prior(table: Table, name: str, axis: Axis, prior: tuple[float, float] | None, extrapolate: bool) -> None:
    if extrapolate:
        return
    values = cast(tuple[float, ...], axis.values) or (axis.low, axis.high)
    shown = f"= {list(values)} is not allowed"
    if prior is None:
        raise table.error(f"{shown}: the parameter is fixed by the specification; allow_extrapolation = true", name)
    if min(values) < prior[0] or max(values) > prior[1]:
        raise table.error(
            f"{shown}; it must lie within the prior, {prior[0]:g} to {prior[1]:g}, unless allow_extrapolation = true",
            name,
        )


def _fixed(table: Table, extrapolate: bool) -> dict[str, float]:
    fixed = {}
    for name in table:
        _refuse_unknown(table, "parameter", name, DECLARATIONS)
        value = table.take(name)
        check_value(name, value, source=table.where())
        if value != DECLARATIONS[name].default:
            _within_prior(table, name, Axis(name, "parameters", value, value), DECLARATIONS[name].prior, extrapolate)
        fixed[name] = float(value)
    return fixed


@contextmanager
def _named_by(table: Table, key: str) -> Iterator[None]:
    """Tell what is wrong with something that a key names together with the key."""
    try:
        yield
    except ScenarioError as error:
        raise ScenarioError(f"{table.where(key)}: {error}") from error


def _refuse_unknown(table: Table, what: str, name: str, known: Iterable[str]) -> None:
    known = list(known)
    if name not in known:
        raise ScenarioError(f"{table.where()}: unknown {what} '{name}'{nearest(name, known)}")


# How much of it


def _refuse_too_many(design: Design, table: Table) -> None:
    """Refuse a design whose plan would not fit into memory."""
    per_point = BYTES_A_COORDINATE * len(design.axes) + BYTES_A_ROW * design.lives * len(design.arms)
    most = psutil.virtual_memory().available // per_point
    axes, points = len(design.axes), design.count
    match design.kind:
        case "grid" | "list":
            lengths = [len(axis.values) for axis in design.axes]
            if (math.prod(lengths) if design.kind == "grid" else max(lengths, default=1)) > most:
                raise table.error(f"has {math.prod(lengths)} combinations; at most {most} points fit into memory")
            return
        case "saltelli":
            most //= 2 * axes + 2 if design.second_order else axes + 2
        case "morris":
            most //= axes + 1
    if points > most:
        raise table.error(f"= {points} is too many; at most {most} fit into memory", "points")


def _size(table: Table, kind: Kind, axes: list[Axis]) -> tuple[int, int, bool]:
    """Return the number of points asked for, the levels of a Morris grid, and whether pairs are estimated too."""
    if kind in ("grid", "list"):
        lengths = {axis.name: len(axis.values) for axis in axes}
        if "points" in table:
            raise table.error(f"is not allowed with kind = '{kind}': its lists say how many there are", "points")
        if kind == "list" and len(set(lengths.values())) > 1:
            shown = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise table.error(f"a list needs as many values of each; {shown}")
        return 0, 0, False
    count = table.integer("points", low=1)
    if not axes:
        raise table.error(f"kind = '{kind}' varies something; name it under [parameters]")
    levels, second_order = 0, False
    if kind == "saltelli":
        second_order = _flag(table, "second_order")
        if count & (count - 1):
            below = 2 ** (count.bit_length() - 1)
            raise table.error(
                f"= {count} is not allowed; a Saltelli design needs a power of two, such as {below} or {2 * below}",
                "points",
            )
        if len(axes) < 2:
            raise table.error("kind = 'saltelli' needs at least two axes")
    if kind == "morris":
        levels = table.integer("levels", 4, low=2)
        if levels % 2:
            raise table.error(f"= {levels} is not allowed; it must be even, such as 4", "levels")
        for axis in axes:
            if axis.values:
                raise ScenarioError(
                    f"{table.where()}: {axis.group}.{axis.name} has separate values, and an elementary effect needs a "
                    "range: kind = 'morris' allows no categories"
                )
        if count < 2:
            raise table.error(f"= {count} is not allowed; Morris needs at least 2 trajectories", "points")
        if len(axes) < 2:
            raise table.error("kind = 'morris' needs at least two axes")
    return count, levels, second_order


def _coordinates(design: Design) -> Floats:
    axes = design.axes
    if design.kind == "grid":
        # Without an axis there is one combination: nothing varied.
        rows = list(product(*(range(len(axis.values)) for axis in axes)))
        return np.array(rows, dtype=float).reshape(len(rows), len(axes))
    if design.kind == "list":
        count = len(axes[0].values) if axes else 1
        return np.repeat(np.arange(float(count))[:, np.newaxis], len(axes), axis=1)
    unit = _unit_sample(design)
    return np.column_stack([axis.coordinates(unit[:, number]) for number, axis in enumerate(axes)])


def _unit_sample(design: Design) -> Floats:
    dimensions = len(design.axes)
    if design.kind == "sobol":
        return unit_points(design.count, dimensions, design.sample_seed)
    if design.kind == "latin_hypercube":
        sampler = qmc.LatinHypercube(dimensions, rng=np.random.default_rng(design.sample_seed))
        return np.asarray(sampler.random(design.count))
    with warnings.catch_warnings():
        # SALib's own use of what NumPy and SciPy are about to rename.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        try:
            from SALib.sample import morris, sobol
        except ImportError as error:
            raise MissingExtraError("SALib", f"designs of kind '{design.kind}'") from error
        if design.kind == "saltelli":
            sample = sobol.sample(
                problem(design), design.count, calc_second_order=design.second_order, seed=design.sample_seed
            )
        else:
            sample = morris.sample(problem(design), design.count, num_levels=design.levels, seed=design.sample_seed)
    return np.asarray(sample)


def problem(design: Design) -> dict[str, Any]:
    """Return SALib's description of the design's axes, each from 0 to 1."""
    return {
        "num_vars": len(design.axes),
        "names": [axis.column for axis in design.axes],
        "bounds": [[0.0, 1.0]] * len(design.axes),
    }


def _check_reach(design: Design, table: Table) -> None:
    """Refuse before the first run what some point would refuse: policies and figures at the ends of their axes."""
    for policy in dict.fromkeys(arm.policy for arm in design.arms.values()):
        read_policy(policy)
    for axis in design.axes:
        if axis.group == "figures":
            for value in cast(tuple[float, ...], axis.values) or (axis.low, axis.high):
                figures: Figures = ((axis.name, value),)
                try:
                    with_figures(country_of(design.country), figures)
                except ScenarioError as error:
                    raise ScenarioError(f"{table.where('figures')}: {axis.name} = {value:g}: {error}") from error


# Arms, seeds, outcomes


def _arms(table: Table) -> dict[str, Arm]:
    arms: dict[str, Arm] = {}
    for policy in table.texts("policies") if "policies" in table else ():
        with _named_by(table, "policies"):
            path = find("policies", policy)
            read_policy(policy)
        if path.stem in arms:
            raise table.error(f"names '{policy}' twice; two arms of one policy are two tables under [arms]", "policies")
        arms[path.stem] = Arm(policy)
    tables = table.table("arms", {})
    for label in tables:
        part = tables.table(label)
        if label in arms:
            raise tables.error("is already the name of a policy of the design", label)
        settings = part.table("set", {})
        values = tuple(sorted((name, _checked(settings, name)) for name in settings))
        budget = part.number("budget", low=0.0, high=1.0) if "budget" in part else None
        arms[label] = Arm(part.text("policy"), budget, values, _flag(part, "shock", True))
        with _named_by(part, "policy"):
            read_policy(arms[label].policy)
        part.end()
    return arms


def _checked(table: Table, name: str) -> float:
    value = table.take(name)
    check_value(name, value, source=table.where())
    return float(value)


def _flag(table: Table, key: str, default: bool = False) -> bool:
    value = table.take(key, default)
    if not isinstance(value, bool):
        raise table.error(f"= {value!r} is not allowed; it must be true or false", key)
    return value


def _seeds(table: Table) -> tuple[tuple[int, ...], bool]:
    fresh = _flag(table, "fresh_seeds")
    if isinstance(table.take("seeds", 1), list):
        if fresh:
            raise table.error("is a list, and fresh_seeds = true counts its own; give their number", "seeds")
        return tuple(_integers(table, "seeds", 2**63 - 1)), fresh
    return tuple(range(1, table.integer("seeds", 1, low=1) + 1)), fresh


def _populations(table: Table, fresh: bool) -> tuple[int, ...]:
    if "populations" not in table:
        return ()
    if fresh:
        raise table.error(
            "needs every point to share its seeds, and fresh_seeds = true; leave one of them out", "populations"
        )
    if isinstance(table.take("populations"), list):
        return tuple(_integers(table, "populations", 2**63 - 1))
    return tuple(range(1, table.integer("populations", low=1) + 1))


def _integers(table: Table, key: str, high: int) -> list[int]:
    values = table.take(key)
    whole = isinstance(values, list) and all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    if not whole or not values or not all(0 <= value <= high for value in values):
        raise table.error(f"= {values!r} is not allowed; it must be a list of integers from 0 to {high}", key)
    if len(set(values)) < len(values):
        raise table.error(f"= {values!r} names a number twice", key)
    return list(values)


def _outcomes(table: Table) -> tuple[tuple[str, str], ...] | None:
    """Return the (measure, population) pairs to keep, None for all; a bare measure stands for every population."""
    if "outcomes" not in table or table.take("outcomes") == "all":
        return None
    found: list[tuple[str, str]] = []
    known = [*MEASURES, *NATIONAL_MEASURES]
    for text in table.texts("outcomes"):
        measure, _, population = text.partition(".")
        if measure not in known:
            raise table.error(f"= {text!r} is not allowed{nearest(measure, known)}", "outcomes")
        if population and (measure in NATIONAL_MEASURES or population not in POPULATIONS):
            allowed = ["everyone"] if measure in NATIONAL_MEASURES else POPULATIONS
            raise table.error(f"= {text!r} is not allowed{nearest(population, allowed)}", "outcomes")
        if measure in NATIONAL_MEASURES:
            found.append((measure, "everyone"))
        else:
            found += [(measure, name) for name in ([population] if population else POPULATIONS)]
    if not found:
        raise table.error("= [] is not allowed; name at least one, or leave the key out for all", "outcomes")
    return tuple(dict.fromkeys(found))


def _with_contrasts(
    outcomes: tuple[tuple[str, str], ...] | None, contrasts: Iterable[Contrast]
) -> tuple[tuple[str, str], ...] | None:
    """Return the outcomes to keep with those that the contrasts read."""
    if outcomes is None:
        return None
    needed = [(contrast.estimand.measure, contrast.estimand.population) for contrast in contrasts if contrast.claim]
    return tuple(dict.fromkeys([*outcomes, *needed]))


# Contrasts


def _contrast(part: Table, arms: Mapping[str, Arm], months: int) -> Contrast:
    weights = part.table("weights")
    found = []
    for label in weights:
        _refuse_unknown(weights, "arm", label, arms)
        found.append((label, weights.number(label)))
    if abs(sum(weight for _, weight in found)) > 1e-12:
        raise part.error("must sum to 0, so that equal arms differ by 0", "weights")
    name = part.text("name")
    month = part.integer("month", months)
    if month > months:
        raise part.error(f"= {month} is not allowed; the design ends at month {months}", "month")
    estimand = Estimand(
        name,
        part.choice("measure", [*MEASURES, *NATIONAL_MEASURES], "loyalty"),
        part.choice("population", POPULATIONS, "kin_camp"),
        month,
        cast(Direction, part.choice("direction", DIRECTIONS, "greater")),
        part.number("margin", MARGIN, low=0.0),
        tuple(found),
    )
    part.end()
    return Contrast(name, estimand, "design")


def _add_arms(claim: Claim, arms: dict[str, Arm], bare: bool) -> dict[str, str]:
    """Add a claim's arms that are not there yet and return the design's label of each."""
    labels = {}
    for name, arm in claim.arms.items():
        same = [label for label, own in arms.items() if bare and own == arm]
        label = same[0] if same else name if name not in arms else f"{claim.name}.{name}"
        arms.setdefault(label, arm)
        labels[name] = label
    return labels


def _kept_contrasts(claim: Claim, labels: Mapping[str, str], months: int, cut_short: list[str]) -> Iterator[Contrast]:
    """Yield the estimands that the horizon reaches, in the design's labels, and note the others."""
    beyond = [estimand for estimand in claim.estimands if estimand.month > months]
    if beyond:
        when = " and ".join(map(str, sorted({estimand.month for estimand in beyond})))
        what = "; ".join(estimand.name for estimand in beyond)
        cut_short.append(
            f"claim {claim.number} ({claim.name}) looks at month {when} ({what}), and the design ends at month {months}"
        )
    for estimand in claim.estimands:
        if estimand.month <= months:
            contrast = tuple((labels[arm], weight) for arm, weight in estimand.contrast)
            relative = labels[estimand.relative_to] if estimand.relative_to else None
            name = f"claim {claim.number}: {estimand.name}"
            yield Contrast(name, replace(estimand, contrast=contrast, relative_to=relative), claim.name)


def _shipped_contrasts(arms: Mapping[str, Arm], months: int, cut_short: list[str]) -> Iterator[Contrast]:
    """Yield the estimands of shipped claims whose arms the design happens to have."""
    by_arm = {arm: label for label, arm in reversed(list(arms.items()))}
    for claim in read_claims():
        within = []
        for estimand in claim.estimands:
            names = [name for name, _ in estimand.contrast] + ([estimand.relative_to] if estimand.relative_to else [])
            if all(claim.arms[name] in by_arm for name in names):
                within.append(estimand)
        labels = {name: by_arm[arm] for name, arm in claim.arms.items() if arm in by_arm}
        yield from _kept_contrasts(replace(claim, estimands=tuple(within)), labels, months, cut_short)


def _differences(labels: list[str], months: int, known: list[Contrast]) -> Iterator[Contrast]:
    """Yield sincere loyalty at the horizon: each arm less the first, and a better life less coercion."""
    pairs = [(label, labels[0]) for label in labels[1:]]
    if {"better_life", "coercion"} <= set(labels):
        pairs.append(("better_life", "coercion"))
    taken = {(c.estimand.measure, c.estimand.month, c.estimand.contrast) for c in known}
    for more, less in dict.fromkeys(pairs):
        weights = ((more, 1.0), (less, -1.0))
        if ("loyalty", months, weights) in taken or more == less:
            continue
        name = f"{more} - {less}"
        yield Contrast(name, Estimand(name, "loyalty", "kin_camp", months, "greater", MARGIN, weights))


def series_outcomes(design: Design) -> tuple[tuple[str, str], ...]:
    """Return the (measure, population) pairs whose months a design with `monthly = true` keeps."""
    return SERIES if design.outcomes is None else design.outcomes

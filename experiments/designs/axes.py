"""What a design varies: parameters, levers, figures of the country, choices, the budget."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import numpy as np
from numpy.typing import NDArray

from experiments.designs.checks import named_by, refuse_unknown
from experiments.figures import assumed_figures, figure_prior
from experiments.memory import refuse_too_many
from experiments.runs import country_of
from experiments.verdicts import Floats
from scenarios import DECLARATIONS, LEVERS, UNCERTAIN, ScenarioError
from scenarios.claim import VARIANTS
from scenarios.errors import nearest
from scenarios.files import Table, is_number
from scenarios.parameters import check_value

Kind = Literal["grid", "list", "latin_hypercube", "sobol", "saltelli", "morris"]
KINDS: Final = ("grid", "list", "latin_hypercube", "sobol", "saltelli", "morris")
SAMPLED: Final = ("latin_hypercube", "sobol", "saltelli", "morris")
SPACE_FILLING: Final = ("latin_hypercube", "sobol")

Group = Literal["parameters", "levers", "figures", "choices", "budget"]
Setting = float | str | bool

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


def parameter_axes(table: Table, kind: Kind, fixed: Mapping[str, float], extrapolate: bool) -> Iterator[Axis]:
    """Yield the axes of `[parameters]`; `all` stands for every uncertain one that is neither named nor fixed."""
    named = [name for name in table if name != "all"]
    for name in named:
        refuse_unknown(table, "parameter", name, [*DECLARATIONS, "all"])
        if name in fixed:
            raise table.error("is varied and fixed at once", name)
    everything = table.take("all", None)
    for name in UNCERTAIN if everything is not None else ():
        if name not in named and name not in fixed:
            part = Table({name: everything}, table.file, "parameters.all")
            yield axis_of(part, name, "parameters", kind, *_span(name))
    for name in named:
        declared = DECLARATIONS[name]
        axis = axis_of(table, name, "parameters", kind, declared.bounds, declared.prior)
        for value in axis.values or (axis.low, axis.high):
            check_value(name, value, source=table.where())
        _within_prior(table, name, axis, declared.prior, extrapolate)
        yield axis


def _span(name: str) -> tuple[tuple[float, float], tuple[float, float] | None]:
    return DECLARATIONS[name].bounds, DECLARATIONS[name].prior


def lever_axes(table: Table, kind: Kind) -> Iterator[Axis]:
    """Yield the axes of `[levers]`."""
    for name in table:
        refuse_unknown(table, "lever", name, LEVERS)
        yield axis_of(table, name, "levers", kind, (0.0, 1.0), None)


def figure_axes(table: Table, kind: Kind, country: str, extrapolate: bool) -> Iterator[Axis]:
    """Yield the axes of `[figures]`; `all` stands for every figure of the country that is assumed and not named."""
    home, anywhere = country_of(country), (-math.inf, math.inf)
    named = [name for name in table if name != "all"]
    everything = table.take("all", None)
    assumed = assumed_figures(home) if everything is not None else {}
    if everything is not None and not assumed:
        raise table.error(f"= {everything!r} varies nothing: no figure of {country} is assumed within a range", "all")
    for name, prior in assumed.items():
        if name not in named:
            yield axis_of(Table({name: everything}, table.file, "figures.all"), name, "figures", kind, anywhere, prior)
    for name in named:
        if isinstance(table.take(name), dict) and name == "groups":
            raise table.error('is no figure: quote the whole name, as in "groups.russian.kin_television"', name)
        try:
            span = figure_prior(home, name)
        except ScenarioError as error:
            raise ScenarioError(f"{table.where()}: {error}") from error
        axis = axis_of(table, name, "figures", kind, anywhere, span)
        if span is not None:
            _within_prior(table, name, axis, span, extrapolate)
        yield axis


def choice_axes(table: Table) -> Iterator[Axis]:
    """Yield the axes of `[choices]`."""
    for name in table:
        refuse_unknown(table, "choice", name, ("country", "variant", "shock"))
        values = table.take(name)
        if not isinstance(values, list) or not values:
            raise table.error(f"= {values!r} is not allowed; it must be a list", name)
        if len(set(map(str, values))) < len(values):
            raise table.error(f"= {values!r} names a value twice", name)
        for value in values:
            if name == "shock" and not isinstance(value, bool):
                raise table.error(f"= {value!r} is not allowed; it must be true or false", name)
            if name == "variant" and value not in list(VARIANTS):
                raise table.error(f"= {value!r} is not allowed{nearest(str(value), VARIANTS)}", name)
            if name == "country":
                with named_by(table, name):
                    country_of(str(value))
        yield Axis(name, "choices", values=tuple(values))


def axis_of(
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
    refuse_too_many(f"{part.where('levels')} =", levels)
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


def fixed_values(table: Table, extrapolate: bool) -> dict[str, float]:
    """Return the parameters of `[fixed]`."""
    fixed = {}
    for name in table:
        refuse_unknown(table, "parameter", name, DECLARATIONS)
        value = table.take(name)
        check_value(name, value, source=table.where())
        if value != DECLARATIONS[name].default:
            _within_prior(table, name, Axis(name, "parameters", value, value), DECLARATIONS[name].prior, extrapolate)
        fixed[name] = float(value)
    return fixed

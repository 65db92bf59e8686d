"""Countries: groups, regions, conflicts and media, each figure with its source.

Numbering follows the neutral integer `key` of a group or region, never its name (specification, ruling 4): `Country`
sorts by key, and whatever asks for "group 3" means position 3 in that order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final, Literal, Protocol, TypeVar, cast

import numpy as np
import numpy.typing as npt

from scenarios.errors import ScenarioError, nearest
from scenarios.files import Pairs, Table, digest, find, is_number, parsed_toml, read_text
from scenarios.parameters import DECLARATIONS, Parameters

FigureKind = Literal["parameter", "assumed", "approximate", "sourced"]
OutletKind = Literal["kin_state", "national", "independent"]

OUTLET_KINDS: Final[tuple[OutletKind, ...]] = ("kin_state", "national", "independent")
INDEPENDENT_SHARE: Final = 0.1
"""Share of independent media in everybody's diet. They tell nothing here (ruling 8), but take their part."""

SHARES_TOLERANCE: Final = 0.005
"""How far a region's group shares may sum from 1: they are rounded in the sources."""

RAKING_TOLERANCE: Final = 1e-13
RAKING_SWEEPS: Final = 10_000


@dataclass(frozen=True)
class Figure:
    """A number with its source, or the name of the parameter that holds it.

    Attributes
    ----------
    value, parameter
        Exactly one of the two; a parameter is a name of `scenarios.parameters`.
    source
        Where the number was seen. It starts with "assumed" where there is no source, and then `prior` is required;
        with "approximate" for the regional template.
    prior
        Lower and upper end of the range in which the value may well lie.
    """

    value: float | None
    parameter: str | None
    source: str
    prior: tuple[float, float] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.parameter is None):
            raise ScenarioError("must have either a value or a parameter, not both")
        if self.parameter is not None:
            if self.parameter not in DECLARATIONS:
                raise ScenarioError(f"unknown parameter '{self.parameter}'{nearest(self.parameter, DECLARATIONS)}")
            if self.prior is not None:
                raise ScenarioError(f"parameter '{self.parameter}' brings its own prior; a second one is not allowed")
            return
        if not is_number(self.value) or math.isinf(cast(float, self.value)):
            raise ScenarioError(f"value = {self.value!r} is not allowed; it must be a finite number")
        if not self.source.strip():
            raise ScenarioError("missing source: name it, or write 'assumed' with a prior")
        if self.prior is None:
            if self.kind == "assumed":
                raise ScenarioError("source is 'assumed' without a prior; give prior = [low, high]")
        elif not self.prior[0] <= cast(float, self.value) <= self.prior[1]:
            raise ScenarioError(f"prior = {list(self.prior)} does not contain the value {self.value:g}")

    @classmethod
    def of(cls, value: float | Figure, source: str = "set in code") -> Figure:
        """Return a figure for a number set in code; a figure is returned as it is."""
        return value if isinstance(value, Figure) else cls(float(value), None, source)

    @classmethod
    def from_parameter(cls, name: str) -> Figure:
        """Return a figure that takes its value from a parameter."""
        return cls(None, name, f"parameter {name}")

    @property
    def kind(self) -> FigureKind:
        """How well founded the figure is."""
        if self.parameter is not None:
            return "parameter"
        if self.source.lower().startswith("assumed"):
            return "assumed"
        return "approximate" if self.source.lower().startswith("approximate") else "sourced"

    def resolve(self, parameters: Parameters) -> float:
        """Return the number."""
        if self.parameter is not None:
            return float(getattr(parameters, self.parameter))
        return float(cast(float, self.value))

    @property
    def number(self) -> float:
        """The number of a figure that is no parameter."""
        if self.value is None:
            raise ScenarioError(f"parameter = '{self.parameter}' is not allowed here; it must be a number")
        return float(self.value)


@dataclass(frozen=True)
class Group:
    """An ethnic group: how many, how they start, and whose kin they are.

    Attributes
    ----------
    population
        Persons in the country.
    mean_loyalty
        Mean sincere loyalty L at month 0, in (-0.95, 0.95).
    kinship
        Mean strength of ties to kin abroad, in [0, 1].
    kin_television
        Share of the kin state's television in the media diet, in [0, 1 - independent share].
    departure_ratio
        Departures relative to the parameter `departure_rate`, at least 0.
    kin_welfare
        Breakpoints (month, log points by which welfare of kin abroad, relative to this country's, exceeds the data's).
        A nonzero value at month 0 is a kin state richer from the start.
    """

    key: int
    name: str
    label: str
    kin_state: str | None
    population: Figure
    mean_loyalty: Figure
    kinship: Figure
    kin_television: Figure
    departure_ratio: Figure
    kin_welfare: Pairs = ()

    def __post_init__(self) -> None:
        _check_key(self.key, self.name)
        _check_span("population", self.population, 0.0, math.inf, parameter=False, low_open=True)
        _check_span("mean_loyalty", self.mean_loyalty, -0.95, 0.95, low_open=True, high_open=True)
        _check_span("kinship", self.kinship, 0.0, 1.0)
        _check_span("kin_television", self.kin_television, 0.0, 1.0)
        _check_span("departure_ratio", self.departure_ratio, 0.0, math.inf)
        previous = -math.inf
        for month, change in self.kin_welfare:
            if not (is_number(month) and is_number(change) and 0.0 <= month < math.inf and abs(change) < math.inf):
                raise ScenarioError(
                    f"kin_welfare: [{month}, {change}] is not allowed; months start at 0, all is finite"
                )
            if month <= previous:
                raise ScenarioError(f"kin_welfare: month {month:g} after month {previous:g}; months must increase")
            previous = month

    @classmethod
    def of(
        cls,
        key: int,
        name: str,
        population: float | Figure,
        *,
        kin_state: str | None = None,
        mean_loyalty: float | Figure = 0.5,
        kinship: float | Figure = 0.1,
        kin_television: float | Figure = 0.25,
        departure_ratio: float | Figure = 1.0,
        kin_welfare: Pairs = (),
        label: str = "",
    ) -> Group:
        """Return a group from plain numbers."""
        return cls(
            key,
            name,
            label or name,
            kin_state,
            Figure.of(population),
            Figure.of(mean_loyalty),
            Figure.of(kinship),
            Figure.of(kin_television),
            Figure.of(departure_ratio),
            kin_welfare,
        )

    def kin_welfare_at(self, month: float) -> float:
        """Return the log change of kin welfare at a month: linear between breakpoints, constant after the last."""
        if self.kin_welfare and month <= self.kin_welfare[0][0] == 0.0:
            return self.kin_welfare[0][1]
        before = (0.0, 0.0)
        for point in self.kin_welfare:
            if month < point[0]:
                return before[1] + (point[1] - before[1]) * (max(month, 0.0) - before[0]) / (point[0] - before[0])
            before = point
        return before[1]


@dataclass(frozen=True)
class Region:
    """A region: persons, the groups' shares of them, and where it stands on a map of tiles.

    `latitude_rank` counts from the north, 0 first. `row` and `column` place the region's tile, from the north-west.
    """

    key: int
    name: str
    label: str
    population: Figure
    shares: Mapping[str, float] = field(hash=False)
    latitude_rank: int = 0
    row: int = 0
    column: int = 0

    def __post_init__(self) -> None:
        _check_key(self.key, self.name)
        _check_span("population", self.population, 0.0, math.inf, parameter=False, low_open=True)
        for group, share in self.shares.items():
            if not is_number(share) or not 0.0 <= share <= 1.0:
                raise ScenarioError(f"shares.{group} = {share!r} is not allowed; it must be a number from 0 to 1")
        total = math.fsum(self.shares.values())
        if abs(total - 1.0) > SHARES_TOLERANCE:
            raise ScenarioError(f"shares sum to {total:.4f}; they must sum to 1 within {SHARES_TOLERANCE:g}")

    @classmethod
    def of(
        cls,
        key: int,
        name: str,
        population: float | Figure,
        shares: Mapping[str, float],
        *,
        label: str = "",
        latitude_rank: int | None = None,
        row: int | None = None,
        column: int = 0,
    ) -> Region:
        """Return a region from plain numbers, with rank and row taken from the key unless given."""
        return cls(
            key,
            name,
            label or name,
            Figure.of(population),
            shares,
            key if latitude_rank is None else latitude_rank,
            key if row is None else row,
            column,
        )


@dataclass(frozen=True)
class Conflict:
    """A conflict between kin states; the belligerent's kin in the country are camp A (ruling 9)."""

    name: str
    label: str
    month: int
    belligerent: str
    parties: tuple[str, ...]

    def __post_init__(self) -> None:
        if isinstance(self.month, bool) or not isinstance(self.month, int) or self.month < 0:
            raise ScenarioError(f"month = {self.month!r} is not allowed; it must be an integer from 0 on")
        if self.belligerent not in self.parties:
            raise ScenarioError(
                f"belligerent = '{self.belligerent}' is not among the parties{nearest(self.belligerent, self.parties)}"
            )
        if len(set(self.parties)) < len(self.parties):
            raise ScenarioError(f"parties = {list(self.parties)} names a party twice")


@dataclass(frozen=True)
class Outlet:
    """A media outlet: `kind` says which share of a diet it fills, `slant` runs from -1 (kin state) to 1 (nation)."""

    key: int
    name: str
    label: str
    kind: OutletKind
    slant: float

    def __post_init__(self) -> None:
        _check_key(self.key, self.name)
        if self.kind not in OUTLET_KINDS:
            raise ScenarioError(f"kind = '{self.kind}' is not allowed{nearest(self.kind, OUTLET_KINDS)}")
        if not is_number(self.slant) or not -1.0 <= self.slant <= 1.0:
            raise ScenarioError(f"slant = {self.slant!r} is not allowed; it must be a number from -1 to 1")


@dataclass(frozen=True)
class Country:
    """A country at month 0; groups, regions and outlets stand in the order of their keys.

    Attributes
    ----------
    conflicts
        The first is the default.
    institutions
        Quality of institutions Q0, in (0, 1).
    income_spread
        Standard deviation of log income, at least 0.
    template_source
        Source of the regional shares, which are raked to the groups' populations.
    """

    name: str
    title: str
    year: int
    groups: tuple[Group, ...]
    regions: tuple[Region, ...]
    conflicts: tuple[Conflict, ...]
    outlets: tuple[Outlet, ...]
    institutions: Figure
    income_spread: Figure
    independent_share: float = INDEPENDENT_SHARE
    source_file: str = "country"
    template_source: str = "set in code"

    def __post_init__(self) -> None:
        try:
            self._check()
        except ScenarioError as error:
            raise ScenarioError(f"{self.source_file}: {error}") from error
        for part in ("groups", "regions", "outlets"):
            object.__setattr__(self, part, tuple(sorted(getattr(self, part), key=lambda item: item.key)))

    @classmethod
    def of(
        cls,
        groups: Sequence[Group],
        regions: Sequence[Region] = (),
        *,
        name: str = "country",
        conflicts: Sequence[Conflict] = (),
        outlets: Sequence[Outlet] = (),
        institutions: float | Figure = 0.38,
        income_spread: float | Figure = 0.6,
        independent_share: float = INDEPENDENT_SHARE,
        year: int = 2021,
    ) -> Country:
        """Return a country from parts, for tests and examples.

        Without regions it is one region with the groups' own shares. Without conflicts, the first kin state among the
        groups is the belligerent of a conflict of its own in month 24; so one group at least needs a kin state.
        """
        if not regions:
            total = math.fsum(group.population.number for group in groups)
            regions = [
                Region.of(0, "country", total, {group.name: group.population.number / total for group in groups})
            ]
        if not conflicts:
            kin_states = [group.kin_state for group in groups if group.kin_state is not None]
            conflicts = [Conflict("conflict", "Conflict", 24, kin, (kin,)) for kin in kin_states[:1]]
        return cls(
            name,
            name,
            year,
            tuple(groups),
            tuple(regions),
            tuple(conflicts),
            tuple(outlets) or OUTLETS,
            Figure.of(institutions),
            Figure.of(income_spread),
            independent_share,
            f"country '{name}'",
        )

    def conflict(self, name: str | None = None) -> Conflict:
        """Return a conflict by name, or the default one."""
        if name is None:
            return self.conflicts[0]
        for conflict in self.conflicts:
            if conflict.name == name:
                return conflict
        known = [conflict.name for conflict in self.conflicts]
        raise ScenarioError(f"{self.source_file}: unknown conflict '{name}'{nearest(name, known)}")

    def kin_camp(self, conflict: Conflict) -> tuple[bool, ...]:
        """Tell for each group whether it is camp A: kin of the belligerent."""
        return tuple(group.kin_state == conflict.belligerent for group in self.groups)

    def at_war(self, conflict: Conflict) -> tuple[bool, ...]:
        """Tell for each group whether its kin state takes part."""
        return tuple(group.kin_state in conflict.parties for group in self.groups)

    def counts(self) -> npt.NDArray[np.float64]:
        """Return persons by region and group: the regional template raked to the census.

        Iterative proportional fitting keeps the template's odds ratios. Every group's column sums exactly to its
        population; every region's row sums to its template population scaled to the national total, to 1e-9 of it.
        The cells are multiples of a power of two fine enough for that and coarse enough that sums of them are exact
        in any order.

        Returns
        -------
        numpy.ndarray
            Float64, shape [regions, groups], in the order of the keys.

        Raises
        ------
        ScenarioError
            If no table with the template's zeros has these margins.
        """
        return self._counts

    @cached_property
    def _counts(self) -> npt.NDArray[np.float64]:
        columns = np.array([group.population.number for group in self.groups])
        rows = np.array([region.population.number for region in self.regions])
        rows = rows * (math.fsum(columns) / math.fsum(rows))
        shares = [[float(region.shares[group.name]) for group in self.groups] for region in self.regions]
        cells = rows[:, np.newaxis] * np.array(shares)
        for _ in range(RAKING_SWEEPS):
            cells = cells * _ratio(rows, cells.sum(axis=1))[:, np.newaxis]
            cells = cells * _ratio(columns, cells.sum(axis=0))
            if np.all(np.abs(cells.sum(axis=1) - rows) <= RAKING_TOLERANCE * rows):
                counts = _on_grid(cells, columns)
                counts.flags.writeable = False
                return counts
        raise ScenarioError(
            f"{self.source_file}: the regions' shares cannot be brought to the groups' populations; "
            "too many of them are 0"
        )

    def figures(self) -> Iterator[tuple[str, Figure]]:
        """Yield every figure with its place, such as `groups.russian.kinship` or `regions.akmola.shares.german`."""
        yield "institutions", self.institutions
        yield "income_spread", self.income_spread
        for group in self.groups:
            for name in ("population", "mean_loyalty", "kinship", "kin_television", "departure_ratio"):
                yield f"groups.{group.name}.{name}", getattr(group, name)
        for region in self.regions:
            yield f"regions.{region.name}.population", region.population
            for group in self.groups:
                share = Figure(float(region.shares[group.name]), None, self.template_source)
                yield f"regions.{region.name}.shares.{group.name}", share

    def digest(self) -> str:
        """Return a digest of all that can change a result: no titles, labels, sources, notes, priors or map places."""
        return digest(
            {
                "groups": [
                    [
                        group.key,
                        group.name,
                        group.kin_state,
                        *map(
                            _content,
                            (
                                group.population,
                                group.mean_loyalty,
                                group.kinship,
                                group.kin_television,
                                group.departure_ratio,
                            ),
                        ),
                        [[float(month), float(change)] for month, change in group.kin_welfare],
                    ]
                    for group in self.groups
                ],
                "regions": [
                    [
                        region.key,
                        region.name,
                        _content(region.population),
                        [float(region.shares[group.name]) for group in self.groups],
                    ]
                    for region in self.regions
                ],
                "conflicts": [
                    [conflict.name, conflict.month, conflict.belligerent, sorted(conflict.parties)]
                    for conflict in self.conflicts
                ],
                "outlets": [[outlet.key, outlet.name, outlet.kind, float(outlet.slant)] for outlet in self.outlets],
                "institutions": _content(self.institutions),
                "income_spread": _content(self.income_spread),
                "independent_share": float(self.independent_share),
            }
        )

    def _check(self) -> None:
        for part, items in (("groups", self.groups), ("regions", self.regions), ("outlets", self.outlets)):
            _check_distinct(part, "key", [item.key for item in cast(Iterable[_Named], items)])
            _check_distinct(part, "name", [item.name for item in cast(Iterable[_Named], items)])
        _check_distinct("regions", "latitude_rank", [region.latitude_rank for region in self.regions])
        _check_distinct("regions", "tile (row, column)", [(region.row, region.column) for region in self.regions])
        _check_distinct("conflicts", "name", [conflict.name for conflict in self.conflicts])
        for part, count in (("groups", 1), ("regions", 1), ("conflicts", 1)):
            if len(getattr(self, part)) < count:
                raise ScenarioError(f"{part} is empty; there must be at least one")
        kinds = sorted(outlet.kind for outlet in self.outlets)
        if kinds != sorted(OUTLET_KINDS):
            raise ScenarioError(
                f"outlets are of kind {', '.join(kinds)}; one of each is needed: {', '.join(OUTLET_KINDS)}"
            )
        _check_span("institutions", self.institutions, 0.0, 1.0, low_open=True, high_open=True)
        _check_span("income_spread", self.income_spread, 0.0, math.inf)
        if not is_number(self.independent_share) or not 0.0 <= self.independent_share <= 1.0:
            raise ScenarioError(
                f"independent_share = {self.independent_share!r} is not allowed; it must be a number from 0 to 1"
            )
        for group in self.groups:
            _check_span(f"groups.{group.name}.kin_television", group.kin_television, 0.0, 1.0 - self.independent_share)
        if Figure(1.0, None, self.template_source, (1.0, 1.0)).kind == "assumed":
            raise ScenarioError("template_source is 'assumed'; shares have no prior, so write 'approximate'")
        known = [group.name for group in self.groups]
        for region in self.regions:
            for name in region.shares:
                if name not in known:
                    raise ScenarioError(f"regions.{region.name}.shares: unknown group '{name}'{nearest(name, known)}")
            for name in known:
                if name not in region.shares:
                    raise ScenarioError(
                        f"regions.{region.name}.shares: missing group '{name}'; write 0 if there is nobody"
                    )
        kin_states = sorted({group.kin_state for group in self.groups if group.kin_state is not None})
        for conflict in self.conflicts:
            for party in conflict.parties:
                if party not in kin_states:
                    role = "belligerent" if party == conflict.belligerent else "parties"
                    hint = nearest(party, kin_states)
                    raise ScenarioError(f"conflicts.{conflict.name}.{role}: '{party}' is no group's kin_state{hint}")


def read_country(name_or_path: str | Path) -> Country:
    """Return a shipped country by name, or the country of a TOML file.

    Raises
    ------
    ScenarioError
        Names the file, the key, the value, what is allowed and the nearest valid name.
    """
    path = find("countries", name_or_path)
    return _country(path, read_text(path))


@lru_cache(maxsize=32)
def _country(path: Path, text: str) -> Country:
    """Return the country of a file with this text; every society asks for one, and to read it takes milliseconds."""
    table = Table(parsed_toml(text, path), path)
    title, year = table.text("title"), table.integer("year")
    institutions, income_spread = _figure(table, "institutions"), _figure(table, "income_spread")
    independent_share = table.number("independent_share", INDEPENDENT_SHARE, low=0.0, high=1.0)
    template_source = table.text("template_source")
    parts = {part: table.tables(part) for part in ("groups", "regions", "conflicts", "outlets")}
    table.end()
    return Country(
        path.stem,
        title,
        year,
        tuple(map(_group, parts["groups"])),
        tuple(map(_region, parts["regions"])),
        tuple(map(_conflict, parts["conflicts"])),
        tuple(map(_outlet, parts["outlets"])),
        institutions,
        income_spread,
        independent_share,
        str(path),
        template_source,
    )


class _Named(Protocol):
    @property
    def key(self) -> int: ...

    @property
    def name(self) -> str: ...


_Part = TypeVar("_Part")


def _group(table: Table) -> Group:
    name = table.text("name")
    content = {
        "key": table.integer("key"),
        "name": name,
        "label": table.text("label", name),
        "kin_state": table.text("kin_state", "") or None,
        "population": _figure(table, "population"),
        "mean_loyalty": _figure(table, "mean_loyalty"),
        "kinship": _figure(table, "kinship"),
        "kin_television": _figure(table, "kin_television"),
        "departure_ratio": _figure(table, "departure_ratio"),
        "kin_welfare": table.pairs("kin_welfare", ()),
    }
    return _made(Group, table, content)


def _region(table: Table) -> Region:
    name = table.text("name")
    shares = table.table("shares")
    content = {
        "key": table.integer("key"),
        "name": name,
        "label": table.text("label", name),
        "population": _figure(table, "population"),
        "shares": {group: shares.number(group, low=0.0, high=1.0) for group in shares},
        "latitude_rank": table.integer("latitude_rank"),
        "row": table.integer("row"),
        "column": table.integer("column"),
    }
    return _made(Region, table, content)


def _conflict(table: Table) -> Conflict:
    name = table.text("name")
    content = {
        "name": name,
        "label": table.text("label", name),
        "month": table.integer("month", 24),
        "belligerent": table.text("belligerent"),
        "parties": table.texts("parties"),
    }
    return _made(Conflict, table, content)


def _outlet(table: Table) -> Outlet:
    name = table.text("name")
    content = {
        "key": table.integer("key"),
        "name": name,
        "label": table.text("label", name),
        "kind": table.choice("kind", OUTLET_KINDS),
        "slant": table.number("slant", low=-1.0, high=1.0),
    }
    return _made(Outlet, table, content)


def _figure(outer: Table, key: str) -> Figure:
    if key in outer and is_number(outer.take(key)):
        raise outer.error(f'= {outer.take(key)!r} has no source; write {{ value = ..., source = "..." }}', key)
    table = outer.table(key)
    parameter = table.text("parameter", "") or None
    content = {
        "value": table.take("value", None),
        "parameter": parameter,
        "source": table.text("source", f"parameter {parameter}" if parameter else ""),
        "prior": table.pair("prior"),
        "note": table.text("note", ""),
    }
    return _made(Figure, table, content)


def _made(kind: Callable[..., _Part], table: Table, content: Mapping[str, object]) -> _Part:
    """Return a part built from a table's content; an error names the table."""
    table.end()
    try:
        return kind(**content)
    except ScenarioError as error:
        name = f" ({content['name']})" if "name" in content else ""
        raise ScenarioError(f"{table.where()}{name}: {error}") from error


def _content(figure: Figure) -> float | str:
    return figure.parameter if figure.parameter is not None else figure.number


def _check_key(key: int, name: str) -> None:
    if isinstance(key, bool) or not isinstance(key, int) or key < 0:
        raise ScenarioError(f"key = {key!r} is not allowed; it must be an integer from 0 on")
    if not name:
        raise ScenarioError("name is empty")


def _check_span(
    key: str,
    figure: Figure,
    low: float,
    high: float,
    *,
    parameter: bool = True,
    low_open: bool = False,
    high_open: bool = False,
) -> None:
    """Refuse a figure outside a range: its value, its prior, or the default and prior of its parameter."""
    if figure.parameter is None:
        values = [figure.number, *(figure.prior or ())]
        shown = f"{key} = {figure.number:g}" + (f" with prior {list(figure.prior)}" if figure.prior else "")
    else:
        declared = DECLARATIONS[figure.parameter]
        values = [declared.default, *(declared.prior or ())]
        shown = f"{key} = parameter '{figure.parameter}'"
        if not parameter:
            raise ScenarioError(f"{shown} is not allowed; it must be a number")
    for value in values:
        if not low <= value <= high or (low_open and value == low) or (high_open and value == high):
            if math.isinf(high):
                allowed = f"{'above' if low_open else 'at least'} {low:g}"
            else:
                allowed = f"{'above' if low_open else 'from'} {low:g} {'and below' if high_open else 'to'} {high:g}"
            raise ScenarioError(f"{shown} is not allowed; it must be {allowed}")


def _check_distinct(part: str, what: str, values: Sequence[object]) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise ScenarioError(f"{part}: {what} {value!r} is used twice")
        seen.add(value)


def _ratio(wanted: npt.NDArray[np.float64], found: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return wanted / found, and 0 where nothing was found."""
    return np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0.0)


def _on_grid(cells: npt.NDArray[np.float64], columns: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round cells to a binary grid on which sums are exact, and give each column's rest to its largest cell."""
    grid = 2.0 ** (math.frexp(math.fsum(columns))[1] - 52)
    cells = np.round(cells / grid) * grid
    for position, wanted in enumerate(columns):
        column = cells[:, position]
        column[int(np.argmax(column))] += wanted - math.fsum(column)
    return cells


OUTLETS: Final = (
    Outlet(0, "kin_state_television", "Television of the kin states", "kin_state", -1.0),
    Outlet(1, "national_television", "National television", "national", 1.0),
    Outlet(2, "independent_media", "Independent media", "independent", 0.0),
)
"""The outlets of a country built in code that names no others."""

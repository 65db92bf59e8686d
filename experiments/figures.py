"""Figures of a country that an experiment varies: a group's media diet, institutions, the size of the kin camp."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from scenarios import Country, Figure, ScenarioError
from scenarios.errors import nearest

Figures = tuple[tuple[str, float], ...]

KIN_CAMP_SHARE: Final = "kin_camp_share"
"""Share of the population whose kin state wages the (first) war; groups within a camp keep their proportions."""

_OF_GROUPS: Final = ("population", "mean_loyalty", "kinship", "kin_television", "departure_ratio")


def figure_names(country: Country) -> list[str]:
    """Return the names of the figures that can be varied."""
    return [
        KIN_CAMP_SHARE,
        "institutions",
        "income_spread",
        *(f"groups.{group.name}.{part}" for group in country.groups for part in _OF_GROUPS),
    ]


def assumed_figures(country: Country) -> dict[str, tuple[float, float]]:
    """Return the range of every figure that can be varied, is no parameter and has one: those that are assumed."""
    figures = dict(country.figures())
    known = [(name, figures[name]) for name in figure_names(country) if name != KIN_CAMP_SHARE]
    return {name: figure.prior for name, figure in known if figure.prior is not None and figure.parameter is None}


def figure_prior(country: Country, name: str) -> tuple[float, float] | None:
    """Return the range in which a figure may well lie, or None where the country gives none.

    Raises
    ------
    ScenarioError
        For an unknown name, or a figure that is a parameter and varies as such.
    """
    names = figure_names(country)
    if name not in names:
        raise ScenarioError(f"unknown figure '{name}'{nearest(name, names)}")
    if name == KIN_CAMP_SHARE:
        return None
    figure = dict(country.figures())[name]
    if figure.parameter is not None:
        raise ScenarioError(f"'{name}' is the parameter '{figure.parameter}'; vary it under [parameters]")
    return figure.prior


def with_figures(country: Country, figures: Figures) -> Country:
    """Return the country with other values of some figures; regions follow by raking."""
    for name, value in figures:
        country = _with_figure(country, name, value)
    country.counts()  # a country whose regions cannot follow is refused here
    return country


def _with_figure(country: Country, name: str, value: float) -> Country:
    figure_prior(country, name)
    varied = Figure.of(value, "varied by a design")
    if name in ("institutions", "income_spread"):
        return (
            replace(country, institutions=varied) if name == "institutions" else replace(country, income_spread=varied)
        )
    if name == KIN_CAMP_SHARE:
        return _with_kin_camp_share(country, value)
    _, group_name, part = name.split(".")
    changed: dict[str, Any] = {part: varied}
    groups = [replace(group, **changed) if group.name == group_name else group for group in country.groups]
    return replace(country, groups=tuple(groups))


def _with_kin_camp_share(country: Country, share: float) -> Country:
    if not 0.0 < share < 1.0:
        raise ScenarioError(f"{KIN_CAMP_SHARE} = {share!r} is not allowed; it must be above 0 and below 1")
    camp = country.kin_camp(country.conflict())
    total = sum(group.population.number for group in country.groups)
    inside = sum(group.population.number for group, kin in zip(country.groups, camp, strict=True) if kin)
    groups = []
    for group, kin in zip(country.groups, camp, strict=True):
        wanted, found = (share * total, inside) if kin else ((1.0 - share) * total, total - inside)
        persons = float(round(group.population.number * wanted / found))
        groups.append(replace(group, population=Figure.of(max(persons, 1.0), "varied by a design")))
    return replace(country, groups=tuple(groups))

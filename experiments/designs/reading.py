"""A design from its file: everything is checked before anything is made."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import psutil

from experiments.claims import read_claims
from experiments.designs.axes import (
    KINDS,
    Axis,
    Kind,
    axis_of,
    choice_axes,
    figure_axes,
    fixed_values,
    lever_axes,
    parameter_axes,
)
from experiments.designs.checks import flag, named_by, refuse_unknown
from experiments.designs.contrasts import (
    Contrast,
    add_arms,
    contrast_of,
    differences,
    kept_contrasts,
    shipped_contrasts,
)
from experiments.designs.design import Design
from experiments.figures import Figures, with_figures
from experiments.memory import BYTES_A_ROW, refuse_too_many, refuse_too_many_citizens
from experiments.prior import PRIOR_SEED
from experiments.runs import MARKS, POPULATIONS, country_of
from model.measures import MEASURES, NATIONAL_MEASURES
from scenarios import ScenarioError, find, read_policy, read_toml
from scenarios.claim import Arm
from scenarios.errors import nearest
from scenarios.files import Table, is_number
from scenarios.parameters import check_value

MOST_MONTHS: Final = 12_000
"""The longest life of a society."""
BYTES_A_COORDINATE: Final = 16
KEYS: Final = (
    "kind",
    "title",
    "description",
    "points",
    "seeds",
    "fresh_seeds",
    "populations",
    "citizens",
    "months",
    "country",
    "policies",
    "arms",
    "claims",
    "contrasts",
    "parameters",
    "levers",
    "budget",
    "figures",
    "choices",
    "fixed",
    "outcomes",
    "marks",
    "monthly",
    "levels",
    "second_order",
    "sample_seed",
    "allow_extrapolation",
)
ONLY_FOR: Final = {"levels": "morris", "second_order": "saltelli"}
"""Keys that one kind of design has."""


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
    extrapolate = flag(table, "allow_extrapolation")
    country = table.text("country", "kazakhstan-2021")
    with named_by(table, "country"):
        country_of(country)
    citizens = table.integer("citizens", 1000, low=1)
    refuse_too_many_citizens(f"{table.where('citizens')} =", citizens)
    months = table.integer("months", 180, low=1)
    if months > MOST_MONTHS:
        raise table.error(f"= {months} is not allowed; it must be an integer from 1 to {MOST_MONTHS}", "months")
    seeds, fresh = _seeds(table)
    populations = _populations(table, fresh)
    marks = tuple(_integers(table, "marks", months)) if "marks" in table else MARKS
    outcomes = _outcomes(table)
    monthly = flag(table, "monthly")
    sample_seed = table.integer("sample_seed", PRIOR_SEED)

    fixed = fixed_values(table.table("fixed", {}), extrapolate)
    axes = [
        *parameter_axes(table.table("parameters", {}), kind, fixed, extrapolate),
        *lever_axes(table.table("levers", {}), kind),
        *figure_axes(table.table("figures", {}), kind, country, extrapolate),
        *choice_axes(table.table("choices", {})),
    ]
    budget: float | None = None
    if "budget" in table:
        if is_number(table.take("budget")):
            budget = table.number("budget", low=0.0, high=1.0)
        else:
            axes.append(axis_of(table, "budget", "budget", kind, (0.0, 1.0), None))
    count, levels, second_order = _size(table, kind, axes)

    arms = _arms(table)
    own = frozenset(arms)
    wanted_claims = table.texts("claims") if "claims" in table else ()
    with named_by(table, "claims"):
        claims = read_claims(wanted_claims) if "claims" in table else []
    own_contrasts = table.tables("contrasts") if "contrasts" in table else []
    contrasts = [contrast_of(part, arms, months) for part in own_contrasts]
    for key in table:
        refuse_unknown(table, "key", key, KEYS)
    table.end()
    bare = budget is None and not any(axis.group in ("budget", "levers") for axis in axes)
    asked = [name for claim in claims for name in [add_arms(claim, arms, bare)]]
    if not arms:
        raise table.error("no arm to make: name policies, [arms] or claims")
    cut_short: list[str] = []
    for claim, labels in zip(claims, asked, strict=True):
        kept = [*kept_contrasts(claim, labels, months, cut_short)]
        if not kept:
            raise table.error(
                f"= {months} is too short for claim {claim.number} ({claim.name}), whose first estimand is at month "
                f"{min(estimand.month for estimand in claim.estimands)}",
                "months",
            )
        contrasts += kept
    if not claims and bare:
        contrasts += shipped_contrasts(arms, months, cut_short)
    contrasts += differences([label for label in arms if label in own], months, contrasts)
    _refuse_one_name_for_two(contrasts, table)
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


# How much of it


def _refuse_one_name_for_two(contrasts: Iterable[Contrast], table: Table) -> None:
    """Refuse two differences of one name: tables and pictures tell them apart by it."""
    for name, times in Counter(contrast.name for contrast in contrasts).items():
        if times > 1:
            raise table.error(
                f"{times} differences between arms are named '{name}'; give a contrast another name, or a claim "
                "another number"
            )


def _refuse_too_many(design: Design, table: Table) -> None:
    """Refuse a design whose plan would not fit into memory."""
    per_point = BYTES_A_COORDINATE * len(design.axes) + BYTES_A_ROW * design.lives * len(design.arms)
    most = psutil.virtual_memory().available // per_point
    axes, points = len(design.axes), design.count
    if not most:
        raise table.error(f"is too large: {design.lives} lives of {len(design.arms)} arms at a point fill the memory")
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
    for key, only in ONLY_FOR.items():
        if key in table and kind != only:
            raise table.error(f"is for kind = '{only}', and this design is of kind = '{kind}'", key)
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
        second_order = flag(table, "second_order")
        if count & (count - 1):
            below = 2 ** (count.bit_length() - 1)
            raise table.error(
                f"= {count} is not allowed; a Saltelli design needs a power of two, such as {below} or {2 * below}",
                "points",
            )
        if count < 2:
            raise table.error(f"= {count} is not allowed; Sobol' indices need at least 2 base samples", "points")
        if len(axes) < 2:
            raise table.error("kind = 'saltelli' needs at least two axes")
    if kind == "morris":
        levels = table.integer("levels", 4, low=2)
        refuse_too_many(f"{table.where('levels')} =", levels)
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
        with named_by(table, "policies"):
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
        budget = None if part.take("budget", None) is None else part.number("budget", low=0.0, high=1.0)
        arms[label] = Arm(part.text("policy"), budget, values, flag(part, "shock", True))
        with named_by(part, "policy"):
            read_policy(arms[label].policy)
        part.end()
    return arms


def _checked(table: Table, name: str) -> float:
    value = table.take(name)
    check_value(name, value, source=table.where())
    return float(value)


def _seeds(table: Table) -> tuple[tuple[int, ...], bool]:
    fresh = flag(table, "fresh_seeds")
    if isinstance(table.take("seeds", 1), list):
        if fresh:
            raise table.error("is a list, and fresh_seeds = true counts its own; give their number", "seeds")
        return tuple(_integers(table, "seeds", 2**63 - 1)), fresh
    return _counted(table, "seeds", 1), fresh


def _populations(table: Table, fresh: bool) -> tuple[int, ...]:
    if "populations" not in table:
        return ()
    if fresh:
        raise table.error(
            "needs every point to share its seeds, and fresh_seeds = true; leave one of them out", "populations"
        )
    if isinstance(table.take("populations"), list):
        return tuple(_integers(table, "populations", 2**63 - 1))
    return _counted(table, "populations", 1)


def _counted(table: Table, key: str, default: int) -> tuple[int, ...]:
    """Return the seeds from 1 to the number that a key gives."""
    count = table.integer(key, default, low=1)
    refuse_too_many(f"{table.where(key)} =", count)
    return tuple(range(1, count + 1))


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
            hint = nearest(measure, known) or f"; allowed: {', '.join(known)}"
            raise table.error(f"= {text!r} is not allowed{hint}", "outcomes")
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

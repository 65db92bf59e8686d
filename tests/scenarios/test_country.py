import itertools
import math
import pickle
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import Conflict, Country, Figure, Group, Parameters, Region, ScenarioError, names, read_country
from scenarios.country import SHARES_TOLERANCE

SHIPPED = ("kazakhstan-2009", "kazakhstan-2021")
SHIPPED_FOLDER = Path(__file__).parents[2] / "scenarios" / "countries"

# Exact census counts, typed here a second time from the source (evidence 1a, D1), in the order of the keys.
CENSUS = {
    "kazakhstan-2009": [10_096_763, 3_793_764, 333_031, 178_409, 204_229, 456_997, 224_713, 721_691],
    "kazakhstan-2021": [13_497_891, 2_981_946, 387_327, 226_092, 218_653, 614_047, 290_337, 969_722],
}
TOTAL = {"kazakhstan-2009": 16_009_597, "kazakhstan-2021": 19_186_015}

# Shares of the prototype (specification, section 4), in per cent.
PROTOTYPE = {
    "kazakhstan-2009": [63.1, 23.7, 2.1, 1.1, 1.3, 2.9, 1.4, 4.4],
    "kazakhstan-2021": [70.4, 15.5, 2.0, 1.2, 1.1, 3.2, 1.5, 5.1],
}


def two_groups(**changes: Any) -> Country:
    """A small country: two groups, three regions, regional shares that do not fit the groups' populations."""
    groups = [Group.of(7, "host", 700.0), Group.of(2, "kin", 300.0, kin_state="abroad")]
    regions = [
        Region.of(5, "north", 400.0, {"kin": 0.5, "host": 0.5}),
        Region.of(1, "middle", 500.0, {"kin": 0.25, "host": 0.75}),
        Region.of(9, "south", 600.0, {"kin": 0.0, "host": 1.0}),
    ]
    return Country.of(changes.pop("groups", groups), changes.pop("regions", regions), **changes)


# --- shipped files ---


@pytest.mark.parametrize("name", SHIPPED)
def test_census_counts_are_exact(name: str) -> None:
    country = read_country(name)
    assert [group.population.number for group in country.groups] == CENSUS[name]
    assert sum(CENSUS[name]) == TOTAL[name]
    shares = 100 * np.array(CENSUS[name]) / TOTAL[name]
    assert shares == pytest.approx(PROTOTYPE[name], abs=0.15)


@pytest.mark.parametrize("name", SHIPPED)
def test_raked_counts_keep_census_and_regional_totals(name: str) -> None:
    country = read_country(name)
    counts = country.counts()
    assert counts.shape == (16, 8)
    assert counts.min() >= 0.0
    assert counts.sum(axis=0).tolist() == CENSUS[name]
    assert counts[::-1].sum() == TOTAL[name]
    template = np.array([region.population.number for region in country.regions])
    assert counts.sum(axis=1) == pytest.approx(template * TOTAL[name] / template.sum(), rel=1e-9)


@pytest.mark.parametrize(("name", "points"), [("kazakhstan-2009", 0.8), ("kazakhstan-2021", 5.1)])
def test_raking_moves_russian_shares_little(name: str, points: float) -> None:
    country = read_country(name)
    counts = country.counts()
    russian = [group.name for group in country.groups].index("russian")
    shares = 100 * counts[:, russian] / counts.sum(axis=1)
    template = [100 * region.shares["russian"] for region in country.regions]
    assert np.max(np.abs(shares - template)) < points
    by_name = dict(zip([region.name for region in country.regions], shares, strict=True))
    assert min(by_name[north] for north in ("north_kazakhstan", "kostanay", "pavlodar", "karaganda")) > 30
    assert max(by_name[south] for south in ("turkistan", "kyzylorda", "atyrau")) < 7.5


@pytest.mark.parametrize("name", SHIPPED)
def test_camps_of_the_default_conflict(name: str) -> None:
    country = read_country(name)
    conflict = country.conflict()
    assert (conflict.name, conflict.month) == ("russia-ukraine", 24)
    groups = [group.name for group in country.groups]
    assert list(itertools.compress(groups, country.kin_camp(conflict))) == ["russian"]
    assert list(itertools.compress(groups, country.at_war(conflict))) == ["russian", "ukrainian"]


@pytest.mark.parametrize("name", SHIPPED)
def test_mean_loyalty_is_the_mean_of_the_prototypes_distribution(name: str) -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    prototype = {"kazakh": 0.75, "ukrainian": 0.35, "german": 0.5, "tatar": 0.55, "uzbek": 0.55, "uyghur": 0.55}
    for group in read_country(name).groups:
        if group.name in prototype:
            mean = float(weights @ np.tanh(prototype[group.name] + Parameters().loyalty_spread * nodes))
            assert group.mean_loyalty.number == round(mean, 3)


def test_the_two_years_differ_in_census_institutions_and_regions_only() -> None:
    first, second = map(read_country, SHIPPED)
    assert first.digest() != second.digest()
    assert (first.institutions.number, second.institutions.number) == (0.32, 0.38)
    for old, new in zip(first.groups, second.groups, strict=True):
        assert replace(old, population=new.population) == new
    for before, after in zip(first.regions, second.regions, strict=True):
        assert replace(before, population=after.population, shares=after.shares) == after


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_figure_is_founded(name: str) -> None:
    country = read_country(name)
    figures = dict(country.figures())
    assert len(figures) == 2 + 8 * 5 + 16 * 9
    kinds = {place: figure.kind for place, figure in figures.items()}
    assert all(kinds[place] == "approximate" for place in kinds if place.startswith("regions."))
    assert all(kinds[f"groups.{group.name}.population"] == "sourced" for group in country.groups)
    assert kinds["groups.russian.kinship"] == kinds["groups.russian.mean_loyalty"] == "parameter"
    assert kinds["groups.german.kinship"] == kinds["income_spread"] == "assumed"
    # Recalled and uncertain figures are never inputs of their own right.
    assert not any(
        "[R]" in figure.source or "[U]" in figure.source for figure in figures.values() if figure.kind == "sourced"
    )


# --- raking ---


def test_raking_keeps_odds_ratios_and_zeros() -> None:
    country = two_groups()
    middle, north, south = country.counts()
    assert [region.name for region in country.regions] == ["middle", "north", "south"]
    assert south[0] == 0.0
    template = (0.5 / 0.5) / (0.25 / 0.75)
    assert (north[0] / north[1]) / (middle[0] / middle[1]) == pytest.approx(template, rel=1e-9)


shares = st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3)


@given(st.lists(shares, min_size=1, max_size=6), st.lists(st.integers(1, 10**8), min_size=3, max_size=3), st.data())
def test_raking_meets_both_margins_for_any_positive_template(
    template: list[list[float]], populations: list[int], data: st.DataObject
) -> None:
    groups = [Group.of(key, f"g{key}", size, kin_state="abroad") for key, size in enumerate(populations)]
    sizes = data.draw(st.lists(st.floats(1.0, 1e7), min_size=len(template), max_size=len(template)))
    regions = [
        Region.of(key, f"r{key}", size, {f"g{group}": share / sum(row) for group, share in enumerate(row)})
        for key, (size, row) in enumerate(zip(sizes, template, strict=True))
    ]
    counts = Country.of(groups, regions).counts()
    assert counts.sum(axis=0).tolist() == populations
    expected = np.array(sizes) * sum(populations) / math.fsum(sizes)
    assert np.max(np.abs(counts.sum(axis=1) - expected)) <= 1e-9 * sum(populations)


def test_impossible_template_is_refused() -> None:
    regions = [Region.of(0, "all", 10.0, {"host": 1.0, "kin": 0.0})]
    with pytest.raises(ScenarioError, match="cannot be brought to the groups' populations"):
        two_groups(regions=regions).counts()


# --- order and identity ---


def reordered(text: str) -> str:
    """Reverse the [[...]] blocks of a shipped file; each group and region keeps its key."""
    head, *blocks = re.split(r"(?=^\[\[)", text, flags=re.MULTILINE)
    return head + "\n".join(block.rstrip() + "\n" for block in reversed(blocks))


@pytest.mark.parametrize("name", SHIPPED)
def test_order_in_the_file_does_not_matter(name: str, tmp_path: Path) -> None:
    shipped = read_country(name)
    (tmp_path / "reversed.toml").write_text(reordered((SHIPPED_FOLDER / f"{name}.toml").read_text()))
    again = read_country(tmp_path / "reversed.toml")
    assert again.groups == shipped.groups
    assert again.regions == shipped.regions
    assert again.digest() == shipped.digest()
    assert again.counts().tobytes() == shipped.counts().tobytes()


def test_order_of_shares_and_parts_in_code_does_not_matter() -> None:
    country = two_groups()
    regions = [replace(region, shares=dict(reversed(region.shares.items()))) for region in country.regions]
    same = Country.of(country.groups[::-1], regions[::-1], conflicts=country.conflicts)
    assert same.digest() == country.digest()
    assert same.counts().tobytes() == country.counts().tobytes()


def test_digest_ignores_words_and_sees_numbers() -> None:
    country = read_country("kazakhstan-2021")
    digest = country.digest()
    russian = country.groups[1]

    def with_group(**changes: Any) -> Country:
        return replace(country, groups=(*country.groups[:1], replace(russian, **changes), *country.groups[2:]))

    words = [
        replace(country, title="Another title", name="another", source_file="elsewhere", year=1999),
        replace(country, institutions=Figure(0.38, None, "assumed", (0.3, 0.5), "guess")),
        with_group(label="Ethnic Russians"),
        replace(country, regions=tuple(replace(region, row=region.row + 3) for region in country.regions)),
    ]
    assert {changed.digest() for changed in words} == {digest}
    numbers = [
        replace(country, institutions=Figure.of(0.39)),
        replace(country, income_spread=Figure.of(0.61)),
        replace(country, independent_share=0.05),
        with_group(population=Figure.of(2_981_947)),
        with_group(kinship=Figure.of(0.5)),
        with_group(kin_welfare=((12.0, 0.1),)),
        with_group(key=50),
        replace(country, conflicts=(replace(country.conflicts[0], month=25),)),
        replace(country, outlets=(replace(country.outlets[0], slant=-0.5), *country.outlets[1:])),
    ]
    assert len({changed.digest() for changed in numbers} | {digest}) == len(numbers) + 1


def test_country_can_be_a_key_and_cross_processes() -> None:
    country = read_country("kazakhstan-2021")
    assert {country: 1}[pickle.loads(pickle.dumps(country))] == 1


# --- figures and series ---


def test_figure_resolves_value_or_parameter() -> None:
    parameters = Parameters.of({"kin_tie_strength": 0.35})
    assert Figure.from_parameter("kin_tie_strength").resolve(parameters) == 0.35
    assert Figure.of(3).resolve(parameters) == 3.0
    assert Figure(0.1, None, "Assumed: a guess", (0.0, 1.0)).kind == "assumed"
    assert Figure(0.1, None, "approximate").kind == "approximate"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, None, "x"), "must have either a value or a parameter"),
        ((0.1, "kin_tie_strength", "x"), "must have either a value or a parameter"),
        ((None, "kin_tie_strenth", ""), "unknown parameter 'kin_tie_strenth'; did you mean 'kin_tie_strength'?"),
        ((None, "kin_tie_strength", "", (0.0, 1.0)), "parameter 'kin_tie_strength' brings its own prior"),
        ((math.nan, None, "x"), "value = nan is not allowed; it must be a finite number"),
        ((math.inf, None, "x"), "value = inf is not allowed; it must be a finite number"),
        ((0.1, None, " "), "missing source"),
        ((0.1, None, "assumed"), "source is 'assumed' without a prior"),
        ((0.1, None, "assumed", (0.2, 0.3)), "prior = [0.2, 0.3] does not contain the value 0.1"),
    ],
)
def test_unfounded_figures_are_refused(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        Figure(*arguments)


def test_kin_welfare_is_linear_between_breakpoints_and_constant_after() -> None:
    group = Group.of(0, "kin", 1.0, kin_welfare=((12.0, 0.2), (24.0, -0.1)))
    months = [-5.0, 0.0, 6.0, 12.0, 18.0, 24.0, 180.0]
    assert [group.kin_welfare_at(month) for month in months] == pytest.approx([0.0, 0.0, 0.1, 0.2, 0.05, -0.1, -0.1])
    assert Group.of(0, "kin", 1.0).kin_welfare_at(99.0) == 0.0
    begun = Group.of(0, "kin", 1.0, kin_welfare=((0.0, 0.3), (10.0, 0.1)))
    assert [begun.kin_welfare_at(month) for month in (-5.0, 0.0, 5.0, 10.0)] == pytest.approx([0.3, 0.3, 0.2, 0.1])


# --- errors ---

GOOD = """
title = "Small"
year = 2000
institutions = { value = 0.4, source = "made up" }
income_spread = { value = 0.6, source = "assumed", prior = [0.4, 0.8] }
template_source = "approximate"

[[conflicts]]
name = "war"
belligerent = "abroad"
parties = ["abroad"]

[[outlets]]
key = 0
name = "kin"
kind = "kin_state"
slant = -1
[[outlets]]
key = 1
name = "home"
kind = "national"
slant = 1
[[outlets]]
key = 2
name = "free"
kind = "independent"
slant = 0

[[groups]]
key = 1
name = "host"
population = { value = 80, source = "made up" }
mean_loyalty = { value = 0.5, source = "made up" }
kinship = { value = 0.1, source = "made up" }
kin_television = { value = 0.2, source = "made up" }
departure_ratio = { value = 1.0, source = "made up" }

[[groups]]
key = 2
name = "kin"
kin_state = "abroad"
population = { value = 20, source = "made up" }
mean_loyalty = { parameter = "initial_loyalty" }
kinship = { parameter = "kin_tie_strength" }
kin_television = { value = 0.5, source = "made up" }
departure_ratio = { value = 1.5, source = "made up" }

[[regions]]
key = 0
name = "only"
latitude_rank = 0
row = 0
column = 0
population = { value = 100, source = "made up" }
[regions.shares]
host = 0.8
kin = 0.2
"""


def read(folder: Path, text: str) -> Country:
    (folder / "small.toml").write_text(text, encoding="utf-8")
    return read_country(folder / "small.toml")


def test_small_file_takes_defaults(tmp_path: Path) -> None:
    country = read(tmp_path, GOOD)
    assert country.name == "small"
    assert country.conflict("war").month == 24
    assert country.independent_share == 0.1
    assert country.groups[0].label == "host"
    assert country.counts().tolist() == [[80.0, 20.0]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("year = 2000", 'year = "2000"', "small.toml: year = '2000' is not allowed; it must be an integer from 0 on"),
        ("year = 2000", "", "small.toml: missing key 'year'"),
        ('title = "Small"', 'titel = "Small"', "small.toml: missing key 'title'; is 'titel' meant to be it?"),
        ("year = 2000", "year = 2000\nincome = 3", "small.toml: unknown key 'income'; did you mean 'income_spread'?"),
        ("value = 0.4,", "value = 1.0,", "small.toml: institutions = 1 is not allowed; it must be above 0 and below 1"),
        (
            'institutions = { value = 0.4, source = "made up" }',
            "institutions = 0.4",
            'small.toml: institutions = 0.4 has no source; write { value = ..., source = "..." }',
        ),
        (
            "value = 0.4, source",
            "value = 0.4, sauce",
            "small.toml: institutions: unknown key 'sauce'; did you mean 'source'?",
        ),
        ('value = 0.4, source = "made up"', "value = 0.4", "small.toml: institutions: missing source"),
        ("prior = [0.4, 0.8]", "prior = [0.4]", "small.toml: income_spread.prior = [0.4] is not allowed"),
        (
            "prior = [0.4, 0.8]",
            "prior = [0.7, 0.8]",
            "small.toml: income_spread: prior = [0.7, 0.8] does not contain the value 0.6",
        ),
        (", prior = [0.4, 0.8]", "", "small.toml: income_spread: source is 'assumed' without a prior"),
        ('"approximate"', '"assumed"', "small.toml: template_source is 'assumed'; shares have no prior"),
        (
            'belligerent = "abroad"',
            'belligerent = "abraod"',
            "belligerent = 'abraod' is not among the parties; did you mean 'abroad'?",
        ),
        (
            'belligerent = "abroad"\nparties = ["abroad"]',
            'belligerent = "abraod"\nparties = ["abraod"]',
            "small.toml: conflicts.war.belligerent: 'abraod' is no group's kin_state; did you mean 'abroad'?",
        ),
        (
            'parties = ["abroad"]',
            'parties = ["abroad", "far"]',
            "small.toml: conflicts.war.parties: 'far' is no group's kin_state",
        ),
        ('parties = ["abroad"]', 'parties = ["abroad", "abroad"]', "small.toml: conflicts[1] (war): parties = "),
        ('parties = ["abroad"]', 'parties = "abroad"', "small.toml: conflicts[1].parties = 'abroad' is not allowed"),
        ('name = "war"', 'name = "war"\nmonth = 2.5', "small.toml: conflicts[1].month = 2.5 is not allowed"),
        (
            '"independent"',
            '"independant"',
            "small.toml: outlets[3].kind = 'independant' is not allowed; it must be one of",
        ),
        ('"independent"', '"national"', "small.toml: outlets are of kind kin_state, national, national; one of each"),
        (
            "slant = -1",
            "slant = -2",
            "small.toml: outlets[1].slant = -2 is not allowed; it must be a number from -1 to 1",
        ),
        ('key = 2\nname = "kin"', 'key = 1\nname = "kin"', "small.toml: groups: key 1 is used twice"),
        ('key = 2\nname = "kin"', 'key = 2\nname = "host"', "small.toml: groups: name 'host' is used twice"),
        ('key = 2\nname = "kin"', 'key = -2\nname = "kin"', "small.toml: groups[2].key = -2 is not allowed"),
        (
            'key = 2\nname = "kin"',
            'key = 2\nname = " "',
            "small.toml: groups[2].name = ' ' is not allowed; it must be a text",
        ),
        (
            "value = 80,",
            "value = 0,",
            "small.toml: groups[1] (host): population = 0 is not allowed; it must be above 0",
        ),
        ("value = 80,", "value = nan,", "small.toml: groups[1].population: value = nan is not allowed"),
        ("value = 80,", 'value = "80",', "small.toml: groups[1].population: value = '80' is not allowed"),
        (
            'population = { value = 20, source = "made up" }',
            'population = { parameter = "tie_degree" }',
            "small.toml: groups[2] (kin): population = parameter 'tie_degree' is not allowed; it must be a number",
        ),
        (
            "mean_loyalty = { value = 0.5,",
            "mean_loyalty = { value = 0.95,",
            "small.toml: groups[1] (host): mean_loyalty = 0.95 is not allowed; it must be above -0.95 and below 0.95",
        ),
        (
            'kinship = { value = 0.1, source = "made up" }',
            'kinship = { value = 0.1, source = "assumed", prior = [-0.1, 0.5] }',
            "small.toml: groups[1] (host): kinship = 0.1 with prior [-0.1, 0.5] is not allowed; it must be from 0 to 1",
        ),
        (
            '"kin_tie_strength"',
            '"kinship_expression"',
            "groups[2] (kin): kinship = parameter 'kinship_expression' is not allowed; it must be from 0 to 1",
        ),
        ('"kin_tie_strength"', '"kin_tie"', "small.toml: groups[2].kinship: unknown parameter 'kin_tie'; did you mean"),
        (
            "kin_television = { value = 0.5,",
            "kin_television = { value = 0.91,",
            "small.toml: groups.kin.kin_television = 0.91 is not allowed; it must be from 0 to 0.9",
        ),
        (
            "departure_ratio = { value = 1.0,",
            "departure_ratio = { value = -1,",
            "departure_ratio = -1 is not allowed; it must be at least 0",
        ),
        (
            'kin_state = "abroad"',
            'kin_state = "abroad"\nkin_welfare = [[9, 0.1], [9, 0.2]]',
            "kin_welfare: month 9 after month 9",
        ),
        (
            'kin_state = "abroad"',
            'kin_state = "abroad"\nkin_welfare = [[-1, 0.1]]',
            "kin_welfare: [-1.0, 0.1] is not allowed",
        ),
        (
            'kin_state = "abroad"',
            'kin_state = "abroad"\nkin_welfare = [12, 0.1]',
            "groups[2].kin_welfare = [12, 0.1] is not allowed",
        ),
        (
            "host = 0.8",
            "host = 0.78",
            "small.toml: regions[1] (only): shares sum to 0.9800; they must sum to 1 within 0.005",
        ),
        ("host = 0.8", "hots = 0.8", "small.toml: regions.only.shares: unknown group 'hots'; did you mean 'host'?"),
        (
            "host = 0.8\nkin = 0.2",
            "host = 1.0",
            "small.toml: regions.only.shares: missing group 'kin'; write 0 if there is nobody",
        ),
        (
            "host = 0.8",
            "host = nan",
            "small.toml: regions[1].shares.host = nan is not allowed; it must be a number from 0 to 1",
        ),
        ("row = 0", "row = 0.5", "small.toml: regions[1].row = 0.5 is not allowed"),
        (
            "value = 100,",
            "value = -100,",
            "small.toml: regions[1] (only): population = -100 is not allowed; it must be above 0",
        ),
    ],
)
def test_bad_countries_are_refused_by_place_and_hint(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError, match=re.escape(message)) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert "small.toml: " in str(caught.value)


def test_missing_parts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=re.escape("small.toml: groups must be a list of tables, written [[groups]]")
    ):
        read(tmp_path, "groups = []\n" + GOOD[: GOOD.index("[[groups]]")] + GOOD[GOOD.index("[[regions]]") :])
    with pytest.raises(ScenarioError, match="conflicts is empty"):
        Country.of([Group.of(0, "alone", 10.0)])


def test_unknown_names_are_refused() -> None:
    with pytest.raises(
        ScenarioError, match=re.escape("no shipped file 'kazakhstan-2012' in scenarios/countries; did you mean")
    ):
        read_country("kazakhstan-2012")
    with pytest.raises(ScenarioError, match="unknown conflict 'russia_ukraine'; did you mean 'russia-ukraine'"):
        read_country("kazakhstan-2021").conflict("russia_ukraine")
    assert names("countries") == list(SHIPPED)


def test_regions_may_not_share_a_tile_or_a_rank() -> None:
    regions = two_groups().regions
    with pytest.raises(ScenarioError, match=r"regions: tile \(row, column\) \(1, 0\) is used twice"):
        two_groups(regions=[replace(region, row=1) for region in regions])
    with pytest.raises(ScenarioError, match="regions: latitude_rank 4 is used twice"):
        two_groups(regions=[replace(region, latitude_rank=4) for region in regions])


@given(st.floats(-2 * SHARES_TOLERANCE, 2 * SHARES_TOLERANCE))
def test_rounded_shares_are_accepted_up_to_the_tolerance(excess: float) -> None:
    shares = {"host": 0.8 + excess, "kin": 0.2}
    if abs(math.fsum(shares.values()) - 1.0) > SHARES_TOLERANCE:
        with pytest.raises(ScenarioError, match="shares sum to"):
            Region.of(0, "r", 1.0, shares)
    else:
        assert Region.of(0, "r", 1.0, shares).shares == shares


def test_several_conflicts_the_first_is_the_default() -> None:
    groups = [Group.of(0, "a", 50.0, kin_state="x"), Group.of(1, "b", 50.0, kin_state="y")]
    conflicts = [Conflict("first", "", 10, "y", ("y",)), Conflict("second", "", 20, "x", ("x", "y"))]
    country = Country.of(groups, conflicts=conflicts)
    assert country.kin_camp(country.conflict()) == (False, True)
    assert country.kin_camp(country.conflict("second")) == (True, False)
    assert country.at_war(country.conflict("second")) == (True, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: replace(c.groups[0], key=True), "key = True is not allowed; it must be an integer from 0 on"),
        (lambda c: replace(c.groups[0], name=""), "name is empty"),
        (lambda c: replace(c.regions[0], shares={"kazakh": 1.5}), "shares.kazakh = 1.5 is not allowed"),
        (lambda c: replace(c.conflicts[0], month=2.5), "month = 2.5 is not allowed; it must be an integer from 0 on"),
        (
            lambda c: replace(c.outlets[0], kind="kin-state"),
            "kind = 'kin-state' is not allowed",
        ),
        (lambda c: replace(c.outlets[0], slant=-2), "slant = -2 is not allowed; it must be a number from -1 to 1"),
        (lambda c: replace(c, independent_share=1.5), "independent_share = 1.5 is not allowed"),
        (lambda _: Figure(None, "departure_rate", "registers", None).number, "it must be a number"),
    ],
)
def test_what_is_built_in_python_is_checked_like_a_file(change: Any, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        change(read_country("kazakhstan-2021"))

"""Designs from file to points, and every way to get one wrong."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from experiments.designs import MOST_MONTHS, design_of, read_design
from experiments.figures import with_figures
from experiments.runs import country_of
from experiments.store import content_key
from model.compiling import source_digest
from model.society import Society
from run import main
from scenarios import DECLARATIONS, UNCERTAIN, ScenarioError, find, names, read_country

DESIGN = """
kind = "latin_hypercube"
points = 60
seeds = 2
citizens = 800
months = 96
policies = ["status_quo", "coercion", "better_life"]
[parameters]
fairness_weight = "prior"
welfare_weight = [0.0, 1.0]
"""


def design_from(tmp_path, text=DESIGN, name="mine.toml"):
    path = tmp_path / name
    path.write_text(text)
    return read_design(path)


def values(design, column):
    return np.array([design.settings(point)[column] for point in range(design.points)])


def test_the_example_of_the_issue(tmp_path):
    design = design_from(tmp_path)
    assert (design.points, design.seeds, list(design.arms)) == (60, (1, 2), ["status_quo", "coercion", "better_life"])
    assert design.runs == 360
    fairness, welfare = values(design, "p.fairness_weight"), values(design, "p.welfare_weight")
    # A Latin hypercube has one point in each sixtieth of every axis.
    assert sorted(np.floor(fairness / 1.2 * 60)) == list(range(60))
    assert sorted(np.floor(welfare * 60)) == list(range(60))
    run = design.run("coercion", design.coordinates[3], 2)
    assert (run.seed, run.months, run.citizens, run.arm.policy) == (2, 96, 800, "coercion")
    assert run.values.fairness_weight == fairness[3]
    assert run.values.threat_weight == DECLARATIONS["threat_weight"].default


@pytest.mark.parametrize("name", names("designs"))
def test_shipped_designs_are_sound(name):
    design = read_design(name)
    assert design.points > 0
    for point in (0, design.points - 1):
        for label in design.arms:
            assert len(design.run(label, design.coordinates[point], 1).key) == 32


def test_a_grid_is_every_combination_and_a_list_is_row_by_row(tmp_path):
    text = """
kind = "{kind}"
policies = ["coercion"]
budget = 0.004
[parameters]
credulity = [0.0, 1.0]
[levers]
coercion = [0.25, 0.5]
[choices]
country = ["kazakhstan-2009", "kazakhstan-2021"]
"""
    grid = design_from(tmp_path, text.format(kind="grid"))
    assert grid.points == 8
    assert len({tuple(grid.settings(point).values()) for point in range(8)}) == 8
    rows = design_from(tmp_path, text.format(kind="list"))
    assert [tuple(rows.settings(point).values()) for point in range(2)] == [
        (0.0, 0.25, "kazakhstan-2009"),
        (1.0, 0.5, "kazakhstan-2021"),
    ]
    bare = design_from(tmp_path, 'kind = "grid"\npolicies = ["coercion"]')
    assert (bare.points, bare.coordinates.shape) == (1, (1, 0))
    run = rows.run("coercion", rows.coordinates[1], 1)
    assert (run.country, run.arm.budget, run.values.credulity) == ("kazakhstan-2021", 0.004, 1.0)


def test_choices_are_of_country_variant_and_conflict(tmp_path):
    text = """
kind = "grid"
policies = ["coercion"]
[choices]
variant = ["base", "strong self-persuasion"]
shock = [true, false]
"""
    design = design_from(tmp_path, text)
    runs = [design.run("coercion", coordinates, 1) for coordinates in design.coordinates]
    assert sorted((run.arm.shock, dict(run.arm.settings) == {}) for run in runs) == [
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    ]


def test_what_stands_by_itself_is_no_part_of_all(tmp_path):
    """A parameter with a range of its own keeps it, a fixed one is not varied, and one fixed at its default may be."""
    text = """
kind = "latin_hypercube"
points = 8
policies = ["coercion"]
[fixed]
fairness_weight = 0.6
[parameters]
all = "prior"
welfare_weight = [0.2, 0.4]
"""
    design = design_from(tmp_path, text)
    assert {axis.name for axis in design.axes} == set(UNCERTAIN) - {"fairness_weight"}
    assert len(design.axes) == len(UNCERTAIN) - 1
    welfare = values(design, "p.welfare_weight")
    assert 0.2 <= welfare.min() < welfare.max() <= 0.4


def test_levels_step_through_the_prior(tmp_path):
    design = design_from(
        tmp_path, 'kind = "grid"\npolicies = ["coercion"]\n[parameters]\nwelfare_weight = { levels = 4 }'
    )
    assert values(design, "p.welfare_weight").tolist() == [0.0, 0.5, 1.0, 1.5]


def test_sobol_can_be_lengthened(tmp_path):
    text = DESIGN.replace("latin_hypercube", "sobol")
    few = design_from(tmp_path, text.replace("points = 60", "points = 8"))
    many = design_from(tmp_path, text.replace("points = 60", "points = 32"))
    assert (few.coordinates == many.coordinates[:8]).all()


def test_saltelli_changes_one_axis_at_a_time(tmp_path):
    text = DESIGN.replace("latin_hypercube", "saltelli").replace("points = 60", "points = 8")
    design = design_from(tmp_path, text)
    assert design.points == 8 * (2 + 2)
    block = design.coordinates[:4]  # A, A with each axis of B, B
    assert (block[1] != block[0]).tolist() == [True, False]
    assert (block[2] != block[0]).tolist() == [False, True]
    assert design_from(tmp_path, text.replace("points = 8", "points = 8\nsecond_order = true")).points == 8 * (4 + 2)


def test_morris_moves_one_axis_at_a_time(tmp_path):
    text = DESIGN.replace("latin_hypercube", "morris").replace("points = 60", "points = 5")
    text = text.replace('fairness_weight = "prior"\nwelfare_weight = [0.0, 1.0]', 'all = "prior"')
    design = design_from(tmp_path, text)
    assert (design.points, len(design.axes)) == (5 * 85, len(UNCERTAIN))
    for trajectory in design.coordinates.reshape(5, 85, 84):
        assert ((np.diff(trajectory, axis=0) != 0).sum(axis=1) == 1).all()


def test_categories_in_a_sampling_come_equally_often(tmp_path):
    text = DESIGN + 'credulity = { values = [0.0, 0.5, 1.0] }\n[choices]\nvariant = ["base", "no self-persuasion"]\n'
    design = design_from(tmp_path, text)
    assert np.unique(values(design, "p.credulity"), return_counts=True)[1].tolist() == [20, 20, 20]
    assert np.unique(values(design, "variant"), return_counts=True)[1].tolist() == [30, 30]
    points = values(design, "variant") == "no self-persuasion"
    run = design.run("coercion", design.coordinates[np.flatnonzero(points)[0]], 1)
    assert run.values.internalisation_weight == 0.0


def test_arms_of_a_point_share_seeds_and_all_points_do_unless_the_design_says_otherwise(tmp_path):
    assert {design_from(tmp_path).seeds_at(point) for point in range(60)} == {(1, 2)}
    assert design_from(tmp_path, DESIGN.replace("seeds = 2", "seeds = [5, 9]")).seeds_at(7) == (5, 9)
    fresh = design_from(tmp_path, "fresh_seeds = true\n" + DESIGN)
    assert len({seed for point in range(60) for seed in fresh.seeds_at(point)}) == 120


def test_a_claim_brings_its_arms_and_a_horizon_that_cuts_it_short_is_flagged(tmp_path):
    text = 'kind = "list"\nmonths = {months}\nclaims = ["1"]\n'
    whole = design_from(tmp_path, text.format(months=180))
    assert list(whole.arms) == ["better_life", "coercion", "better_life_at_budget", "coercion_at_budget"]
    assert [contrast.estimand.month for contrast in whole.contrasts] == [120, 180, 120, 180]
    assert not whole.cut_short
    half = design_from(tmp_path, text.format(months=150))
    assert [c.estimand.month for c in half.contrasts if c.claim] == [120, 120]
    assert half.cut_short == (
        "claim 1 (better_life_beats_coercion) looks at month 180 (60 months after, equal intensity; 60 months after, "
        "equal budget), and the design ends at month 150",
    )
    assert "ends at month 96" in design_from(tmp_path).cut_short[0]
    with pytest.raises(ScenarioError, match="too short for claim 1"):
        design_from(tmp_path, text.format(months=60))


def test_a_figure_of_the_country_can_be_varied():
    country = read_country("kazakhstan-2021")
    changed = with_figures(country, (("kin_camp_share", 0.4), ("groups.russian.kin_television", 0.25)))
    camp = np.array(changed.kin_camp(changed.conflict()))
    assert changed.counts()[:, camp].sum() / changed.counts().sum() == pytest.approx(0.4, abs=1e-6)
    others = [group.population.number for group, kin in zip(changed.groups, camp, strict=True) if not kin]
    before = [group.population.number for group, kin in zip(country.groups, camp, strict=True) if not kin]
    assert np.allclose(np.array(others) / sum(others), np.array(before) / sum(before), atol=1e-6)


def test_all_assumed_figures_of_a_country_can_be_varied_at_once(tmp_path):
    """But those that are parameters, which vary as such, and what is known; a range of one's own comes before."""
    own = '[figures]\nall = "prior"\nincome_spread = [0.5, 0.6]\n[parameters]'
    design = design_from(tmp_path, DESIGN.replace("[parameters]", own))
    figures = dict(read_country("kazakhstan-2021").figures())
    ranges = {axis.name: (axis.low, axis.high) for axis in design.axes if axis.group == "figures"}
    assert ranges.pop("income_spread") == (0.5, 0.6)
    assert len(ranges) == 29
    assert ranges == {name: figures[name].prior for name in ranges}
    assert {figures[name].kind for name in ranges} == {"assumed"}
    run = design.run("coercion", design.coordinates[3], 1)
    assert dict(run.figures) == {name: design.settings(3)[f"figure.{name}"] for name in [*ranges, "income_spread"]}


def test_nothing_assumed_is_nothing_to_vary(tmp_path):
    text = find("countries", "kazakhstan-2021").read_text(encoding="utf-8")
    known = re.sub(r",? ?\bprior = \[.*?\]", "", text).replace('"assumed', '"measured')
    (tmp_path / "known.toml").write_text(known, encoding="utf-8")
    country = f'country = "{(tmp_path / "known.toml").as_posix()}"\n[figures]\nall = "prior"\n[parameters]'
    with pytest.raises(ScenarioError, match=r"figures.all = 'prior' varies nothing: no figure of .* is assumed"):
        design_from(tmp_path, DESIGN.replace("[parameters]", country))


CONTRAST = """
[[contrasts]]
name = "one less other"
weights = {{ {} }}
month = {}
[parameters]
"""
BAD = [
    ("seeds = 2", "sedes = 2", ["mine.toml", "unknown key 'sedes'", "'seeds'"]),
    ("fairness_weight", "fairnes_weight", ["parameters", "unknown parameter 'fairnes_weight'", "'fairness_weight'"]),
    ("[0.0, 1.0]", "[0.0, 2.0]", ["welfare_weight = [0.0, 2.0]", "prior, 0 to 1.5", "allow_extrapolation"]),
    ("[0.0, 1.0]", "[1.0, 0.0]", ["welfare_weight", "low below high"]),
    ("[0.0, 1.0]", "[0.0, nan]", ["welfare_weight", "nan"]),
    ("[0.0, 1.0]", "[0.0, 0.5, 1.0]", ["welfare_weight", "values = [...]"]),
    ("[0.0, 1.0]", '"priors"', ["welfare_weight = 'priors'", '"prior"']),
    ("points = 60", "points = 0", ["points = 0", "from 1 on"]),
    ('"latin_hypercube"', '"latin"', ["kind = 'latin'", "latin_hypercube"]),
    ('"latin_hypercube"', '"saltelli"', ["points = 60", "power of two", "32 or 64"]),
    ('"latin_hypercube"\n', '"morris"\n[choices]\nvariant = ["base"]\n', ["choices"]),
    ('"latin_hypercube"', '"grid"', ["fairness_weight", "kind = 'grid'", "levels"]),
    ("points = 60", "points = 1_000_000_000_000", ["points = 1000000000000", "memory"]),
    ("months = 96", "months = 0", ["months = 0"]),
    ("months = 96", "months = 12001", ["months = 12001", "1 to 12000"]),
    ("seeds = 2", "seeds = 0", ["seeds = 0"]),
    ("seeds = 2", "seeds = [1, 1]", ["seeds", "twice"]),
    ("citizens = 800", "citizens = 100_000_000_000", ["citizens", "memory"]),
    ('"coercion"', '"coertion"', ["mine.toml: policies: ", "coertion", "'coercion'"]),
    ('"coercion"', '"status_quo"', ["policies", "twice"]),
    ("months = 96", 'months = 96\noutcomes = ["loyality"]', ["outcomes", "loyality", "'loyalty'"]),
    ("months = 96", 'months = 96\noutcomes = ["loyalty.kin"]', ["outcomes", "'kin_camp'"]),
    ("months = 96", "months = 96\nmonthly = 1", ["monthly = 1", "true or false"]),
    ("months = 96", "months = 96\nbudget = 2.0", ["budget = 2.0", "from 0 to 1"]),
    ("months = 96", 'months = 96\ncountry = "kazakstan"', ["mine.toml: country: ", "kazakstan", "kazakhstan-2021"]),
    ("[parameters]", '[choices]\ncountry = ["kazakstan"]\n[parameters]', ["mine.toml: choices.country: ", "kazakstan"]),
    ("[parameters]", '[arms.x]\npolicy = "coertion"\n[parameters]', ["mine.toml: arms.x.policy: ", "'coercion'"]),
    (
        "months = 96",
        'months = 96\nclaims = ["better_life_beats_all"]',
        ["mine.toml: claims: ", "better_life_beats_all"],
    ),
    ("[parameters]", "[levers]\ncoersion = [0.0, 1.0]\n[parameters]", ["unknown lever 'coersion'", "'coercion'"]),
    ("[parameters]", "[figures]\nkin_share = [0.1, 0.2]\n[parameters]", ["unknown figure 'kin_share'"]),
    ("[parameters]", "[figures]\nkin_camp_share = [0.0, 0.2]\n[parameters]", ["kin_camp_share = 0.0", "above 0"]),
    (
        "[parameters]",
        '[figures]\n"groups.russian.kinship" = [0.1, 0.2]\n[parameters]',
        ["'groups.russian.kinship' is the parameter 'kin_tie_strength'", "vary it under [parameters]"],
    ),
    ("[parameters]", "[fixed]\nwelfare_weight = 0.1\n[parameters]", ["welfare_weight", "fixed at once"]),
    ("[parameters]", "[fixed]\nthreat_weight = 3.0\n[parameters]", ["threat_weight", "prior, 0.1 to 0.9"]),
    ("[parameters]", "[parameters]\nloyalty_spread = [0.4, 0.5]", ["loyalty_spread", "fixed by the specification"]),
    ("[parameters]", "[parameters]\nloyalty_spread = 'prior'", ["loyalty_spread", "no prior"]),
    ("[parameters]", "[choices]\nshock = 1\n[parameters]", ["choices.shock = 1 is not allowed", "a list"]),
    ("[parameters]", "[choices]\nshock = [true, true]\n[parameters]", ["shock", "names a value twice"]),
    ("[parameters]", "[choices]\nshock = [1, true]\n[parameters]", ["shock = 1", "true or false"]),
    ("[parameters]", '[choices]\nvariant = ["basis"]\n[parameters]', ["variant = 'basis'", "did you mean 'base'"]),
    ("[0.0, 1.0]", "{ levels = 3 }", ["welfare_weight", "samples the whole range"]),
    ("[0.0, 1.0]", "{ values = 0.5 }", ["values = 0.5 is not allowed", "a list of numbers"]),
    ("[0.0, 1.0]", "{ values = [0.5, true] }", ["values = True is not allowed", "a number from"]),
    ('fairness_weight = "prior"\nwelfare_weight = [0.0, 1.0]', "", ["varies something", "[parameters]"]),
    (
        'policies = ["status_quo", "coercion", "better_life"]\n',
        "",
        ["no arm to make", "[arms] or claims"],
    ),
    ("[parameters]", '[arms.coercion]\npolicy = "mixed"\n[parameters]', ["coercion", "already the name of a policy"]),
    ("seeds = 2", "seeds = [1, 2]\nfresh_seeds = true", ["seeds", "fresh_seeds = true counts its own"]),
    ("months = 96", "months = 96\noutcomes = []", ["outcomes = [] is not allowed", "leave the key out"]),
    ("[parameters]", CONTRAST.format("coercion = 1", 96), ["weights must sum to 0"]),
    ("[parameters]", CONTRAST.format("coercion = 1, status_quo = -1", 97), ["month = 97", "ends at month 96"]),
    ("[parameters]", CONTRAST.format("", 96), ["contrasts[1].weights = {}", "finite numbers other than 0"]),
    ("[parameters]", CONTRAST.format("coercion = inf, status_quo = -inf", 96), ["inf", "finite numbers other than 0"]),
    ("[parameters]", CONTRAST.format("coercion = 0, status_quo = 0", 96), ["finite numbers other than 0"]),
    (
        "[parameters]",
        CONTRAST.format("coercion = 1, status_quo = -1", 60).replace("one less other", "coercion - status_quo"),
        ["2 differences between arms are named 'coercion - status_quo'"],
    ),
    ("policies =", "policy =", ["unknown key 'policy'", "did you mean 'policies'"]),
    ("seeds = 2", "qqqq = 2", ["unknown key 'qqqq'", "allowed: kind,", "populations", "outcomes"]),
    ("seeds = 2", "levels = 4", ["levels is for kind = 'morris'", "kind = 'latin_hypercube'"]),
    ("seeds = 2", "second_order = true", ["second_order is for kind = 'saltelli'"]),
    ("seeds = 2", f"seeds = {10**30}", ["seeds = 1000", "too many", "memory"]),
    ("seeds = 2", "populations = 100_000_000_000", ["populations = 100000000000 is too many", "memory"]),
    ("seeds = 2", "claims = [1]", ["mine.toml: claims = [1] is not allowed", "a list of texts"]),
    ("seeds = 2", 'outcomes = ["qqqq"]', ["outcomes = 'qqqq'", "allowed: loyalty,"]),
    ("fairness_weight", "qqqqqqqqqq", ["unknown parameter 'qqqqqqqqqq'", "allowed: ", "fairness_weight"]),
    ("[parameters]", '[choices]\nvariant = [["base"]]\n[parameters]', ["choices.variant = ['base'] is not allowed"]),
    ("[parameters]", '[arms.x]\npolicy = "mixed"\nbudge = 0.1\n[parameters]', ["arms.x", "did you mean 'budget'"]),
    (
        "[parameters]",
        "[figures]\ngroups.russian.kin_television = [0.5, 0.6]\n[parameters]",
        ["figures.groups is no figure", 'quote the whole name, as in "groups.russian.kin_television"'],
    ),
]


@pytest.mark.parametrize(("old", "new", "words"), BAD)
def test_a_bad_design_is_refused_by_place(tmp_path, old, new, words):
    assert old in DESIGN
    with pytest.raises(ScenarioError) as caught:
        design_from(tmp_path, DESIGN.replace(old, new, 1))
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_morris_refuses_categories(tmp_path):
    text = DESIGN.replace("latin_hypercube", "morris").replace("[0.0, 1.0]", "{ values = [0.0, 1.0] }")
    with pytest.raises(ScenarioError, match=r"mine.toml: parameters.welfare_weight has separate values.*no categories"):
        design_from(tmp_path, text)


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("morris", "levels = 5", ["levels = 5 is not allowed", "even"]),
        ("morris", "points = 1", ["points = 1 is not allowed", "at least 2 trajectories"]),
        ("morris", "one axis", ["kind = 'morris' needs at least two axes"]),
        ("morris", "levels = 1000000000000", ["levels = 1000000000000 is too many", "memory"]),
        ("saltelli", "one axis", ["kind = 'saltelli' needs at least two axes"]),
        ("saltelli", "points = 1", ["points = 1 is not allowed", "at least 2 base samples"]),
    ],
)
def test_what_a_screening_cannot_do_without_is_asked_for(kind, change, words):
    content = {"kind": kind, "points": 4, "policies": ["coercion"], "parameters": {"credulity": "prior"}}
    if change != "one axis":
        name, _, number = change.partition(" = ")
        content |= {name: int(number), "parameters": {"credulity": "prior", "candour": "prior"}}
    with pytest.raises(ScenarioError) as caught:
        design_of(content, "mine.toml")
    for word in words:
        assert word in str(caught.value)


def test_national_outcomes_are_kept_for_everyone():
    content = {"kind": "grid", "policies": ["coercion"], "parameters": {"credulity": [0, 1]}}
    design = design_of({**content, "outcomes": ["output", "threat.kin_camp", "output"]}, "mine.toml")
    assert design.outcomes == (("output", "everyone"), ("threat", "kin_camp"))
    with pytest.raises(ScenarioError, match=r"outcomes = 'output.kin_camp' is not allowed"):
        design_of({**content, "outcomes": ["output.kin_camp"]}, "mine.toml")


def test_extrapolation_is_allowed_on_request_and_within_what_makes_sense(tmp_path):
    text = "allow_extrapolation = true\n" + DESIGN.replace("[0.0, 1.0]", "[0.0, 2.0]")
    assert values(design_from(tmp_path, text), "p.welfare_weight").max() > 1.5
    with pytest.raises(ScenarioError, match="credulity"):
        design_from(tmp_path, text + "credulity = [0.0, 1.5]")


def test_a_grid_counts_its_own_points():
    content = {"kind": "grid", "points": 4, "policies": ["coercion"], "parameters": {"credulity": [0, 1]}}
    with pytest.raises(ScenarioError, match=r"points is not allowed with kind = 'grid'"):
        design_of(content, "mine.toml")


def test_a_grid_that_no_memory_holds_is_refused_before_it_is_made():
    axes = dict.fromkeys(("credulity", "fairness_weight", "welfare_weight", "threat_weight", "falsification"), 0)
    values = {"values": [n / 2000.0 + 0.2 for n in range(400)]}
    content = {"kind": "grid", "policies": ["coercion"], "parameters": dict.fromkeys(axes, values)}
    with pytest.raises(ScenarioError, match=r"mine.toml: has 10240000000000 combinations; at most \d+ points fit"):
        design_of(content, "mine.toml")


def test_lives_and_levels_that_no_memory_holds_are_refused_before_they_are_made(monkeypatch):
    content = {"kind": "grid", "policies": ["coercion"], "parameters": {"credulity": {"levels": 10**10}}}
    with pytest.raises(ScenarioError, match=r"mine.toml: parameters.credulity.levels = 10000000000 is too many"):
        design_of(content, "mine.toml")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=10**6))
    with pytest.raises(
        ScenarioError, match=r"mine.toml: is too large: 3333 lives of 2 arms at a point fill the memory"
    ):
        design_of({"kind": "grid", "policies": ["coercion", "mixed"], "seeds": 3333, "citizens": 9}, "mine.toml")


def test_two_claims_of_one_number_are_told_apart_or_refused(tmp_path):
    """A copy of a shipped claim keeps its number and the names of its estimands."""
    copy = tmp_path / "copy.toml"
    copy.write_text(find("claims", "better_life_beats_coercion").read_text())
    content = {"kind": "grid", "claims": ["better_life_beats_coercion", str(copy)]}
    with pytest.raises(ScenarioError, match=r"2 differences between arms are named 'claim 1: .*a claim another number"):
        design_of(content, "mine.toml")


def test_the_longest_life_of_a_design_is_the_longest_of_a_society():
    Society(citizens=2, months=MOST_MONTHS)
    with pytest.raises(ScenarioError, match=f"0 to {MOST_MONTHS}"):
        Society(citizens=2, months=MOST_MONTHS + 1)


def test_a_list_needs_equal_lengths():
    content = {"kind": "list", "policies": ["coercion"], "parameters": {"credulity": [0, 1], "candour": [0.5]}}
    with pytest.raises(ScenarioError, match="credulity has 2, candour has 1"):
        design_of(content, "mine.toml")


def test_the_command_line_refuses_with_status_2_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text(DESIGN.replace("points = 60", "points = 0"))
    assert main(["sweep", "bad.toml", "--out", "out"]) == 2
    assert capsys.readouterr().err.startswith("error: bad.toml: points = 0 is not allowed")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.toml"]


def test_populations_are_counted_or_named_and_bad_ones_refused(tmp_path):
    assert design_from(tmp_path).populations == ()
    assert design_from(tmp_path).lives == 2
    counted = design_from(tmp_path, DESIGN.replace("seeds = 2", "seeds = 2\npopulations = 3"))
    assert (counted.populations, counted.lives, counted.runs) == ((1, 2, 3), 6, 60 * 6 * 3)
    assert design_from(tmp_path, DESIGN.replace("seeds = 2", "populations = [7, 4]")).populations == (7, 4)
    for text, words in (
        ("populations = 0", "populations = 0"),
        ("populations = [1, 1]", "twice"),
        ("populations = [-1]", "populations = "),
        ("populations = 2.5", "populations = 2.5"),
        ("populations = 2\nfresh_seeds = true", "fresh_seeds = true"),
    ):
        with pytest.raises(ScenarioError, match=words) as caught:
            design_from(tmp_path, DESIGN.replace("seeds = 2", f"seeds = 2\n{text}"))
        assert "populations" in str(caught.value)


def test_keys_are_made_of_everything_that_can_change_a_run_in_canonical_form(tmp_path):
    """The fast way to a key is the slow one: what was stored before keeps its name."""
    design = design_from(tmp_path)
    for label, run in design.runs_at(design.coordinates[3].tolist(), 5, None).items():
        content = {
            "code": source_digest(),
            "country": country_of(run.country).digest(),
            "policy": run.policy.digest(),
            "shock": True,
            "citizens": run.citizens,
            "seed": 5,
            "months": run.months,
            "series": False,
            "marks": run.outcome_months,
            "parameters": {
                name: value
                for name, value in run.values._asdict().items()
                if (lever := DECLARATIONS[name].lever) is None or run.policy.pulls(lever)
            },
        }
        assert run.key == content_key(content), label
        assert replace(run, population_seed=5).key == run.key
        assert replace(run, population_seed=6).key == content_key({**content, "population_seed": 6})
        assert replace(run, outcomes=(("threat", "kin_camp"), ("loyalty", "everyone"))).key == content_key(
            {**content, "outcomes": [["loyalty", "everyone"], ["threat", "kin_camp"]]}
        )
    alike = [replace(run, parameters=run.parameters._replace(welfare_weight=value)) for value in (0, 0.0, -0.0, False)]
    assert len({other.key for other in alike}) == 4

import math
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from scenarios import LEVERS, Lever, Parameters, Policy, ScenarioError, names, read_policy
from scenarios.policy import TARGETS

PARAMETERS = Parameters()
SHIPPED = {
    "status_quo": set(),
    "coercion": {"coercion"},
    "welfare": {"welfare"},
    "welfare_targeted": {"welfare"},
    "institutions": {"institutions"},
    "better_life": {"welfare", "institutions"},
    "better_life_targeted": {"welfare", "institutions"},
    "media": {"media"},
    "contact": {"contact"},
    "mixed": {"coercion", "welfare", "institutions"},
}

levels = st.just(0.0) | st.floats(1e-9, 1.0)
budgets = st.just(0.0) | st.floats(1e-9, 0.1)
policies = st.dictionaries(st.sampled_from(LEVERS), levels).map(lambda found: Policy.of("drawn", **found))
prices = st.fixed_dictionaries({f"{lever}_cost": st.floats(1e-4, 0.09) for lever in LEVERS}).map(Parameters.of)


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text('title = "Mine"\ndescription = "For a test."\n' + text, encoding="utf-8")
    return path


# --- shipped files ---


def test_shipped_policies_pull_what_the_specification_lists_from_month_30_to_120() -> None:
    assert set(names("policies")) == set(SHIPPED)
    for name, pulled in SHIPPED.items():
        policy = read_policy(name)
        assert policy.name == name
        assert {lever for lever in LEVERS if policy.pulls(lever)} == pulled
        assert policy.targeted == name.endswith("_targeted")
        assert policy.first_month() == (30.0 if pulled else math.inf)
        for lever in pulled:
            assert policy.level(lever, 36.0) == policy.level(lever, 120.0) == 1.0


# --- time ---


@pytest.mark.parametrize(
    ("month", "level"),
    [(29.9, 0.0), (30.0, 0.0), (33.0, 0.4), (36.0, 0.8), (120.0, 0.8), (121.5, 0.6), (126.0, 0.0), (180.0, 0.0)],
)
def test_ramps_rise_after_start_and_fall_after_end(month: float, level: float) -> None:
    assert Lever(0.8).at(month) == pytest.approx(level, abs=1e-15)


@pytest.mark.parametrize(("month", "level"), [(29.0, 0.0), (30.0, 0.8), (120.0, 0.8), (120.5, 0.0)])
def test_without_ramp_a_lever_is_a_step_with_both_ends(month: float, level: float) -> None:
    assert Lever(0.8, ramp=0.0).at(month) == level


def test_window_shorter_than_the_ramp_never_becomes_full() -> None:
    lever = Lever(1.0, start=10.0, end=13.0, ramp=6.0)
    assert max(lever.at(month / 4) for month in range(100)) == lever.at(13.0) == 0.5


def test_infinite_end_is_never_withdrawn() -> None:
    assert Lever(0.7, end=math.inf).at(1e5) == 0.7


@given(levels, st.floats(0, 100), st.floats(0, 100), st.floats(0, 20), st.floats(0, 300))
def test_a_lever_stays_within_its_level(level: float, start: float, length: float, ramp: float, month: float) -> None:
    lever = Lever(level, start, start + length, ramp)
    assert 0.0 <= lever.at(month) <= level
    if month < start or month > lever.end + ramp + 1e-9:
        assert lever.at(month) == 0.0


def test_first_month_counts_pulled_levers_only() -> None:
    levers = {"welfare": Lever(0.0, start=5.0), "media": Lever(0.2, start=50.0), "contact": Lever(0.1, start=40.0)}
    assert Policy("late", "", "", levers).first_month() == 40.0


# --- cost and budget ---


def test_cost_is_linear_in_welfare_and_quadratic_in_the_others() -> None:
    for lever in LEVERS:
        price = getattr(PARAMETERS, f"{lever}_cost")
        half = 0.5 if lever == "welfare" else 0.25
        assert Policy.of("one", **{lever: 0.5}).cost(PARAMETERS) == pytest.approx(half * price, rel=1e-14)
    mixed = read_policy("mixed")
    assert mixed.cost(PARAMETERS) == pytest.approx(0.03 + 0.006 + 0.004, rel=1e-14)
    assert mixed.cost(PARAMETERS, 0.5) == pytest.approx(0.015 + 0.0015 + 0.001, rel=1e-14)


def test_default_budget_is_full_coercion() -> None:
    assert read_policy("coercion").at_budget(0.004, PARAMETERS).level("coercion", 60.0) == 1.0


@given(policies, prices, st.floats(1e-6, 0.5))
def test_budget_is_spent_or_a_level_is_full(policy: Policy, parameters: Parameters, budget: float) -> None:
    assume(any(lever.level > 1e-3 for lever in policy.levers.values()))
    scaled = policy.at_budget(budget, parameters)
    highest = max(lever.level for lever in scaled.levers.values())
    cost = scaled.cost(parameters)
    assert highest <= 1.0
    if highest < 1.0 - 1e-12:
        assert cost == pytest.approx(budget, rel=1e-12, abs=1e-15)
    else:
        assert cost <= budget * (1 + 1e-12)
    factor = highest / max(lever.level for lever in policy.levers.values())
    for name, lever in policy.levers.items():
        assert scaled.levers[name].level == pytest.approx(factor * lever.level, rel=1e-12, abs=1e-15)


@given(policies, budgets, budgets)
def test_more_budget_never_lowers_a_level(policy: Policy, first: float, second: float) -> None:
    small, large = (policy.at_budget(budget, PARAMETERS) for budget in sorted((first, second)))
    assert all(small.levers[name].level <= large.levers[name].level * (1 + 1e-14) for name in policy.levers)


def test_budget_of_nothing_and_policy_of_nothing() -> None:
    assert not read_policy("mixed").at_budget(0.0, PARAMETERS).pulls("welfare")
    assert read_policy("status_quo").at_budget(0.01, PARAMETERS) == read_policy("status_quo")
    free = PARAMETERS._replace(coercion_cost=0.0)
    assert Policy.of("free", coercion=0.25).at_budget(0.0, free).level("coercion", 60.0) == 1.0


def test_scaled_stops_at_one() -> None:
    scaled = Policy.of("two", coercion=0.8, media=0.3).scaled(2.0)
    assert (scaled.level("coercion", 60.0), scaled.level("media", 60.0)) == (1.0, 0.6)


@pytest.mark.parametrize("bad", [-0.1, math.nan])
def test_bad_factor_and_budget_are_refused(bad: float) -> None:
    with pytest.raises(ScenarioError, match="factor = "):
        read_policy("mixed").scaled(bad)
    with pytest.raises(ScenarioError, match="budget = "):
        read_policy("mixed").at_budget(bad, PARAMETERS)


# --- identity ---


def test_digest_sees_pulled_levers_and_nothing_else(tmp_path: Path) -> None:
    shipped = read_policy("better_life")
    same = write(
        tmp_path,
        """
        [levers.contact]
        level = 0.0
        start = 3
        [levers.institutions]
        level = 1
        [levers.welfare]
        level = 1.0
        """,
    )
    assert read_policy(same).digest() == shipped.digest()
    digests = {read_policy(name).digest() for name in names("policies")}
    assert len(digests) == len(SHIPPED)
    for change in ("level = 1\nstart = 31", "level = 1\nend = 121", "level = 1\nramp = 5", "level = 0.9"):
        other = write(tmp_path, f"[levers.welfare]\nlevel = 1\n[levers.institutions]\n{change}")
        assert read_policy(other).digest() not in digests


def test_policy_can_be_a_key_and_cross_processes() -> None:
    policy = read_policy("mixed")
    assert {policy: 1}[pickle.loads(pickle.dumps(policy))] == 1


# --- errors ---


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[levers.wellfare]\nlevel = 1", "mine.toml: levers: unknown lever 'wellfare'; did you mean 'welfare'?"),
        (
            "[levers.media]\nlevel = 1.2",
            "mine.toml: levers.media.level = 1.2 is not allowed; it must be a number from 0 to 1",
        ),
        ("[levers.media]\nlevel = nan", "mine.toml: levers.media.level = nan is not allowed"),
        ("[levers.media]\nlevel = true", "mine.toml: levers.media.level = True is not allowed"),
        ("[levers.media]\nstart = 3", "mine.toml: levers.media: missing key 'level'"),
        ("[levers.media]\nlevle = 1", "mine.toml: levers.media: missing key 'level'; is 'levle' meant to be it?"),
        ("[levers.media]\nlevel = 1\nstrat = 3", "mine.toml: levers.media: unknown key 'strat'; did you mean 'start'?"),
        (
            "[levers.media]\nlevel = 1\nend = 20",
            "mine.toml: levers.media.end = 20.0 is not allowed; it must be a number of at least 30",
        ),
        ("[levers.media]\nlevel = 1\nramp = -1", "mine.toml: levers.media.ramp = -1.0 is not allowed"),
        ("[levers.media]\nlevel = 1\nstart = inf\nend = inf", "mine.toml: levers.media.start = inf is not allowed"),
        (
            '[levers.media]\nlevel = 1\ntarget = "everyone"',
            "mine.toml: levers.media.target = 'everyone' is not allowed; it must be kin_camp",
        ),
        (
            '[levers.welfare]\nlevel = 1\ntarget = "kincamp"',
            "mine.toml: levers.welfare.target = 'kincamp' is not allowed; it must be one of everyone, kin_camp; "
            "did you mean 'kin_camp'?",
        ),
        ("[lever.media]\nlevel = 1", "mine.toml: unknown key 'lever'; did you mean 'levers'?"),
        ("levers = 3", "mine.toml: levers = 3 is not allowed; it must be a table"),
        ("[levers.media\nlevel = 1", "mine.toml: not valid TOML: "),
    ],
)
def test_bad_files_are_refused_by_place_and_hint(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        read_policy(write(tmp_path, text))


def test_invalid_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"mine\.toml: not valid TOML: .*line 4"):
        read_policy(write(tmp_path, "[levers.media]\nlevel = = 1"))


def test_unknown_names_and_paths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match=re.escape("no shipped file 'coersion' in scenarios/policies; did you mean 'coercion'?")
    ):
        read_policy("coersion")
    with pytest.raises(ScenarioError, match=r"coercion\.toml: no such file; did you mean 'coercion'\?"):
        read_policy(tmp_path / "coercion.toml")
    with pytest.raises(ScenarioError, match=re.escape("no scenarios of kind 'polices'; did you mean 'policies'?")):
        names("polices")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(ScenarioError, match=r"latin\.toml: not UTF-8 text: .* at byte 9"):
        read_policy(str(tmp_path / "latin.toml"))


def test_policies_built_in_code_are_checked_too() -> None:
    with pytest.raises(ScenarioError, match=re.escape("levers: unknown lever 'force'")):
        Policy.of("bad", force=1.0)
    with pytest.raises(
        ScenarioError, match=re.escape("levers.contact.target = 'kin_camp' is not allowed; it must be everyone")
    ):
        Policy("bad", "", "", {"contact": Lever(1.0, target="kin_camp")})
    with pytest.raises(ScenarioError, match="unknown lever 'welfair'; did you mean 'welfare'"):
        read_policy("welfare").level("welfair", 60.0)
    made = Policy("usual", "", "", {lever: Lever(1.0) for lever in reversed(LEVERS)})
    assert tuple(made.levers) == LEVERS
    assert all(lever.target == TARGETS[name][0] for name, lever in made.levers.items())


def test_what_is_built_in_python_is_checked_like_a_file() -> None:
    with pytest.raises(ScenarioError, match="target = 'them' is not allowed; it must be everyone or kin_camp"):
        Lever(0.5, target="them")
    with pytest.raises(ScenarioError, match="levers: unknown lever 'coersion'; did you mean 'coercion'"):
        Policy("mine", "", "", {"coersion": Lever(0.5)})

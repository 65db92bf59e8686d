"""Two engines, one truth: the reference and the fast engine agree on every citizen, month after month, to the last bit.

Tests named `small` also run without a compiler, where the fast engine is plain Python as well:
`NUMBA_DISABLE_JIT=1 pytest tests/agents tests/model/test_engines.py -k small`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from worlds import assert_same, books, brief, differences, from_prior, people, state

from model import reference
from model.columns import STATE
from model.society import Society
from scenarios import Conflict, Country, Group, Policy, Region

BUSY = {"displayer_harassment": 0.4, "background_harassment": 0.1, "departure_rate": 0.05, "profiling_ratio": 0.03}
"""Many events, so that sixty months of a few hundred citizens see all of them."""

POLICIES = {
    "status_quo": brief("status_quo"),
    "coercion": brief("coercion", coercion=1.0),
    "better_life": brief("better_life", welfare=1.0, institutions=1.0),
    "mixed": brief("mixed", coercion=1.0, welfare=1.0, institutions=1.0),
    "media_and_contact": brief("media_and_contact", media=1.0, contact=1.0),
    "welfare_targeted": brief("welfare_targeted", welfare=1.0, targeted=1.0),
    "everything": brief(
        "everything", coercion=0.9, welfare=0.8, institutions=0.7, media=0.6, contact=0.5, targeted=1.0
    ),
}


def small_country() -> Country:
    """Return a country with a corner for every rule: three regions, one without the kin camp, a kin welfare series."""
    groups = [
        Group.of(0, "majority", 6e5, kin_television=0.2, mean_loyalty=0.7, kinship=0.05),
        Group.of(1, "kin", 3e5, kin_state="belligerent", kinship=0.6, kin_television=0.6, mean_loyalty=0.2),
        Group.of(2, "victims", 1e5, kin_state="attacked", kinship=0.4, kin_welfare=((0.0, 0.1), (20.0, -0.2))),
    ]
    regions = [
        Region.of(0, "north", 5e5, {"majority": 0.3, "kin": 0.5, "victims": 0.2}),
        Region.of(1, "south", 3e5, {"majority": 1.0, "kin": 0.0, "victims": 0.0}),
        Region.of(2, "west", 2e5, {"majority": 0.75, "kin": 0.25, "victims": 0.0}),
    ]
    war = Conflict("war", "War", 4, "belligerent", ("belligerent", "attacked"))
    return Country.of(groups, regions, conflicts=[war])


def pair(**arguments: Any) -> tuple[Society, Society]:
    """Return one society in both engines."""
    return Society(engine="reference", **arguments), Society(engine="fast", **arguments)


def live_side_by_side(months: int, **arguments: Any) -> Society:
    """Fail unless both engines agree in every state of every citizen after each month, and in the books; return one."""
    plain, fast = pair(months=months, **arguments)
    assert_same(plain, fast, "month 0")
    for month in range(1, months + 1):
        plain.step()
        fast.step()
        assert differences(state(plain), state(fast)) == [], f"month {month}"
    assert_same(plain, fast, "the end")
    return fast


@pytest.mark.parametrize("policy", POLICIES)
def test_engines_agree_on_every_citizen_for_sixty_months(policy: str) -> None:
    """Bit for bit, 12 state variables of 200 citizens, under a shock at month 4 and a policy from month 6 to 30."""
    fast = live_side_by_side(60, citizens=200, shock_month=4.0, seed=3, policy=POLICIES[policy], **BUSY)
    flows = fast.counts()
    assert flows.flow("departed")[-1] > 5.0
    assert flows.flow("harassed")[-1] > 20.0
    if "coercion" in POLICIES[policy].levers:
        assert flows.flow("sanctions_unjust")[-1] > 0.5


@pytest.mark.parametrize("draw", range(5))
def test_engines_agree_at_random_points_of_the_prior(draw: int) -> None:
    """84 parameters, levers, shock, seed and step drawn anew: still bit for bit, every month."""
    rng = np.random.default_rng((9, draw))
    levers = {name: float(rng.random()) for name in ("coercion", "welfare", "institutions", "media", "contact")}
    live_side_by_side(
        24,
        citizens=int(rng.integers(60, 160)),
        seed=int(rng.integers(2**62)),
        shock_month=float(rng.integers(0, 12)),
        steps_a_month=int(rng.integers(1, 4)),
        policy=brief("drawn", 2.0, 16.0, float(rng.integers(0, 6)), targeted=float(draw % 2), **levers),
        **from_prior(rng),
    )


@pytest.mark.parametrize("steps", [2, 4])
def test_engines_agree_with_several_steps_a_month(steps: int) -> None:
    """Rates, draws and books by step."""
    live_side_by_side(20, citizens=120, shock_month=4.0, steps_a_month=steps, policy=POLICIES["everything"], **BUSY)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("steps", [1, 2])
def test_the_fast_engine_does_not_depend_on_its_threads(threads: int, steps: int) -> None:
    """Blocks of citizens are independent within a step: 60 months of 997 citizens are the same to the last bit."""
    arguments = {"citizens": 997, "months": 60, "policy": POLICIES["mixed"], "shock_month": 4.0, "steps_a_month": steps}
    alone = Society(**arguments, **BUSY).run()
    assert_same(alone, Society(threads=threads, **arguments, **BUSY).run())


def test_more_threads_than_citizens_do_no_harm() -> None:
    """Blocks may be empty."""
    one, many = (Society(citizens=5, months=12, threads=threads).run() for threads in (1, 8))
    assert_same(one, many)


def test_months_at_once_are_months_one_by_one() -> None:
    """`run` and `step` are the same life, in both engines."""
    for engine in ("fast", "reference"):
        arguments = {"engine": engine, "citizens": 150, "months": 24, "policy": POLICIES["mixed"], **BUSY}
        at_once, by_steps, mixed = (Society(**arguments) for _ in range(3))
        at_once.run()
        for _ in range(24):
            by_steps.step()
        mixed.run(7).step()
        mixed.run()
        assert_same(at_once, by_steps)
        assert_same(at_once, mixed)


def test_the_order_of_citizens_in_the_reference_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Synchronous: everybody reads month t and writes t + 1, so agents may be called in any order."""
    arguments = {"citizens": 200, "months": 30, "policy": POLICIES["everything"], "shock_month": 4.0, **BUSY}
    fast = Society(**arguments).run()
    orders = []

    class Shuffled(reference.AgentSet):  # type: ignore[misc, name-defined]
        def do(self, method: Any, *args: Any, **kwargs: Any) -> Any:
            orders.append(method)
            return self.shuffle_do(method, *args, **kwargs)

    monkeypatch.setattr(reference, "AgentSet", Shuffled)
    shuffled = Society(engine="reference", **arguments)
    shuffled.random.seed(99)
    assert_same(fast, shuffled.run())
    assert orders.count("live") == 30


def test_engines_agree_after_somebody_has_written_into_them() -> None:
    """What agents are told from outside counts the same in both: states, and what is fixed for life."""
    plain, fast = pair(citizens=150, months=24, policy=POLICIES["coercion"], **BUSY)
    for society in (plain, fast):
        society.run(5)
        for citizen in people(society)[::3]:
            citizen.loyalty = -0.4
            citizen.display = -1
            citizen.threat = 0.7
            citizen.hostility = 0.6
            citizen.anchor = -0.5
            citizen.kinship = 0.9
            citizen.kin_television = 0.8
            citizen.log_income = -0.3
        society.run()
    assert_same(plain, fast)


def test_every_state_variable_moves() -> None:
    """The comparison above is not one of constants: each of the 12 states differs from month 0 for somebody."""
    society = Society(citizens=400, months=24, shock_month=2.0, policy=POLICIES["mixed"], **BUSY)
    before = state(society)
    society.run(20)
    assert sorted(differences(before, state(society))) == sorted(STATE)


def test_luck_depends_on_the_seed() -> None:
    """Two seeds are two worlds; one seed is one world."""
    one, again, other = (Society(citizens=200, months=12, seed=seed).run() for seed in (1, 1, 2))
    assert_same(one, again)
    assert set(differences(state(one), state(other))) >= {"loyalty", "display", "threat_log_odds"}


# --- small: these also run with NUMBA_DISABLE_JIT=1 -------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["status_quo", "mixed", "everything"])
def test_small_engines_agree(policy: str) -> None:
    """Bit for bit in a country of 45, with empty cells, two kin states and regions without the other camp."""
    live_side_by_side(14, country=small_country(), citizens=45, policy=brief_version(POLICIES[policy]), seed=5, **BUSY)


def test_small_fast_engine_in_threads_and_half_months() -> None:
    """The threaded path and the path of several steps, in a country of 45."""
    arguments = {"country": small_country(), "citizens": 45, "months": 8, "steps_a_month": 2, **BUSY}
    policy = brief_version(POLICIES["everything"])
    assert_same(Society(policy=policy, **arguments).run(), Society(policy=policy, threads=2, **arguments).run())


@pytest.mark.parametrize("citizens", [1, 2, 7])
def test_small_societies_of_a_handful(citizens: int) -> None:
    """Nobody to meet, nobody of the other camp, nobody left: no division by zero, nothing that is not a number."""
    for engine in ("fast", "reference"):
        society = Society(
            country=small_country(),
            citizens=citizens,
            months=12,
            engine=engine,
            policy=POLICIES["everything"],
            departure_rate=1.0,
            displayer_harassment=2.0,
        ).run()
        assert all(np.isfinite(values.astype(float)).all() for values in state(society).values())
        assert np.isfinite(books(society)["nation"]).all()
        assert np.isfinite(books(society)["stocks"]).all()


def test_small_society_that_everybody_leaves() -> None:
    """When the last has gone the months go on, in both engines alike."""
    arguments = {"country": small_country(), "citizens": 20, "months": 60, "departure_rate": 1.0}
    eager = {"welfare_departure": 0.0, "conflict_deterrence": -5.0, "policy": brief_version(POLICIES["mixed"])}
    plain, fast = pair(**arguments, **eager)
    assert_same(plain.run(), fast.run())
    counts = fast.counts()
    assert counts.stock("present")[-1] + counts.flow("departed")[-1] == 20.0
    assert counts.stock("present")[-1] < 5.0


def brief_version(policy: Policy) -> Policy:
    """Return the policy squeezed into a year."""
    levels = {name: lever.level for name, lever in policy.levers.items()}
    return brief(policy.name, 2.0, 8.0, 2.0, targeted=float(policy.targeted), **levels)

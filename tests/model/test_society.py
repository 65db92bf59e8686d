"""The society as a citizen of Mesa, as a thing to keep, copy and branch, and as a source of figures."""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import replace
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from worlds import assert_same, books, brief, differences, held, people, state

from agents.citizen import Citizen
from agents.government import Government
from agents.media_outlet import MediaOutlet
from model import society as society_module
from model.columns import KIN_CAMP, STATE
from model.measures import MEASURES, NATIONAL_MEASURES
from model.society import COLLECTED, Society
from scenarios import LEVERS, Country, Lever, Policy, ScenarioError, read_country

BOTH_ENGINES = pytest.mark.parametrize("engine", ["fast", "reference"])
BUSY = {"displayer_harassment": 0.4, "background_harassment": 0.1, "departure_rate": 0.1}


def small(engine: str = "fast", **arguments: Any) -> Society:
    """Return a society of 150 that lives three eventful years."""
    policy = brief("carrot_and_stick", 4.0, 20.0, 3.0, coercion=1.0, welfare=1.0)
    chosen: dict[str, Any] = {"citizens": 150, "months": 36, "shock_month": 3.0, "policy": policy, "seed": 11}
    return Society(engine=engine, **{**chosen, **BUSY, **arguments})


# --- Mesa: agents -----------------------------------------------------------------------------------------------------


@BOTH_ENGINES
def test_agents_are_the_citizens_the_government_and_the_outlets(engine: str) -> None:
    society = small(engine)
    kinds = [type(agent) for agent in society.agents]
    assert len(kinds) == 150 + 1 + 3
    assert sum(issubclass(kind, Citizen) for kind in kinds) == 150
    assert {len(society.agents_by_type[Government]), len(society.agents_by_type[MediaOutlet])} == {1, 3}
    by_type = society.agents_by_type
    assert sum(len(agents) for agents in by_type.values()) == len(society.agents)
    assert len({agent.unique_id for agent in society.agents}) == 154
    assert isinstance(society, mesa.Model)
    assert all(isinstance(agent, mesa.Agent) and agent.model is society for agent in society.agents)
    assert society.agents.select(agent_type=Citizen).get("number") == list(range(150))


@BOTH_ENGINES
def test_asking_for_agents_again_gives_the_same_ones(engine: str) -> None:
    society = small(engine)
    first = list(society.agents)
    society.run(3)
    assert list(society.agents) == first
    assert society.citizen(7) is society.citizen(7)
    assert society.citizen(7) in society.agents


@BOTH_ENGINES
def test_agents_read_live_state(engine: str) -> None:
    """get, agg, select and groupby say what the books say, after every month."""
    society = small(engine)
    for _ in range(6):
        society.run(3)
        citizens = society.agents.select(agent_type=Citizen)
        present = citizens.select(lambda citizen: citizen.present)
        kin = present.select(lambda citizen: citizen.camp == KIN_CAMP)
        assert len(present) == society.counts().stock("present")[-1]
        loyalty = present.agg("loyalty", np.sum)
        assert loyalty == pytest.approx(society.counts().stock("loyalty")[-1], rel=1e-13)
        assert kin.agg("threat", np.mean) == pytest.approx(society.measure("threat")[-1], rel=1e-13)
        assert kin.agg("hostility", np.mean) == pytest.approx(society.measure("hostility")[-1], rel=1e-13)
        shown = np.mean(np.array(kin.get("display")) == -1)
        assert shown == pytest.approx(society.measure("kin_display")[-1], rel=1e-13)
        groups = present.groupby("group").agg("loyalty", np.mean)
        for number, mean in groups.items():
            name = society.country.groups[number].name
            assert mean == pytest.approx(society.measure("loyalty_stayers", name)[-1], rel=1e-12)
        spoken = present.get(["loyalty", "falsified", "public_loyalty"])
        assert all(said == sincere + falsified for sincere, falsified, said in spoken)


@BOTH_ENGINES
def test_what_is_written_into_agents_is_read_back_and_changes_the_future(engine: str) -> None:
    quiet = small(engine, displayer_harassment=0.0).run(12)
    stirred = small(engine, displayer_harassment=0.0).run(6)
    citizens = stirred.agents.select(agent_type=Citizen)
    citizens.set("loyalty", -0.9)
    citizens.do(lambda citizen: setattr(citizen, "threat", 0.9))
    assert citizens.get("loyalty") == [-0.9] * 150
    assert citizens.get("threat") == pytest.approx([0.9] * 150, rel=1e-12)
    assert stirred.citizen(3).threat_log_odds == pytest.approx(math.log(9.0))
    stirred.run(1)
    assert stirred.measure("loyalty_stayers")[6] == pytest.approx(-0.9)  # the census of month 6 is taken anew
    stirred.run(5)
    assert stirred.measure("loyalty")[12] < quiet.measure("loyalty")[12] - 0.3
    assert stirred.measure("threat")[12] > quiet.measure("threat")[12] + 0.2


@BOTH_ENGINES
def test_writing_one_citizen_moves_only_who_is_near_in_a_month(engine: str) -> None:
    """A change of one citizen's loyalty reaches ties in one month and nobody else."""
    lone = {"displayer_harassment": 0.0, "background_harassment": 0.0, "departure_rate": 0.0, "policy": held()}
    plain, other = small(engine, **lone), small(engine, **lone)
    other.citizen(40).loyalty = 0.123
    plain.run(1)
    other.run(1)
    moved = np.nonzero(state(plain)["loyalty"] != state(other)["loyalty"])[0].tolist()
    assert moved == sorted([40, *(tie.number for tie in plain.citizen(40).ties)])


@BOTH_ENGINES
def test_ties_are_mutual_and_fixed(engine: str) -> None:
    society = small(engine)
    for citizen in people(society):
        assert all(citizen in tie.ties for tie in citizen.ties)
        assert citizen not in citizen.ties
    assert 5 <= np.mean([len(citizen.ties) for citizen in people(society)]) <= 15


@BOTH_ENGINES
def test_no_step_draws_from_the_generators_of_mesa(engine: str) -> None:
    """Keyed chance only: `model.random` and `model.rng` stand still, and drawing from them changes nothing."""
    society, disturbed = small(engine), small(engine)
    society.agents, society.datacollector  # noqa: B018
    before = society.random.getstate(), society.rng.bit_generator.state
    society.run(20).step()
    assert (society.random.getstate(), society.rng.bit_generator.state) == before
    for _ in range(21):
        disturbed.random.random()
        disturbed.rng.random()
        disturbed.step()
    assert_same(society, disturbed)


def test_a_sample_is_live_and_the_same_for_the_same_seed() -> None:
    society = small()
    sample = society.sample(20)
    numbers = sample.get("number")
    assert len(set(numbers)) == 20
    assert numbers == small().sample(20).get("number")
    assert numbers != small(seed=12).sample(20).get("number")
    assert set(society.sample(5).get("number")) < set(numbers)  # a larger sample holds the smaller
    assert len(society.sample(150)) == 150
    assert len(society.sample(0)) == 0
    sample.set("loyalty", 0.5)
    assert (society.world.columns.loyalty[numbers] == 0.5).all()
    society.run(4)
    assert sample.get("loyalty") == society.world.columns.loyalty[numbers].tolist()


def test_a_large_society_refuses_the_full_agent_set_but_not_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    assert society_module.FULL_AGENT_SET >= 50_000
    monkeypatch.setattr(society_module, "FULL_AGENT_SET", 100)
    society = small()
    with pytest.raises(ScenarioError, match=r"150 citizens are too many .*at most 100.*society\.sample"):
        _ = society.agents
    with pytest.raises(ScenarioError, match="sample"):
        _ = society.agents_by_type
    assert len(society.sample(10)) == 10
    society.run(2)
    assert len(small(citizens=100).agents) == 104


@BOTH_ENGINES
def test_agents_cannot_be_replaced(engine: str) -> None:
    with pytest.raises(AttributeError, match="agents"):
        small(engine).agents = []


# --- Mesa: steps and collection ---------------------------------------------------------------------------------------


@BOTH_ENGINES
def test_a_society_runs_until_its_months_are_over(engine: str) -> None:
    society = small(engine, months=5)
    assert (society.running, society.steps, society.month) == (True, 0, 0)
    society.step()
    assert (society.running, society.steps, society.month) == (True, 1, 1)
    society.run(2)
    assert (society.running, society.steps, society.month) == (True, 3, 3)
    society.run_model()
    assert (society.running, society.steps, society.month) == (False, 5, 5)
    with pytest.raises(ScenarioError, match="months = 5"):
        society.step()
    assert society.run().month == 5  # nothing left to live
    assert small(engine, months=0).running is False


@BOTH_ENGINES
def test_run_model_stops_where_a_society_says_so(engine: str) -> None:
    """Mesa's contract: run_model calls step until `running` is false, so that a subclass may stop early."""

    class Impatient(Society):
        def step(self) -> None:
            super().step()
            if self.month == 4:
                self.running = False

    society = Impatient(citizens=60, months=36, engine=engine)
    society.run_model()
    assert (society.month, society.steps, society.running) == (4, 4, False)


@BOTH_ENGINES
def test_the_data_collector_tells_every_month(engine: str) -> None:
    society = small(engine)
    assert society.datacollector.get_model_vars_dataframe().shape == (1, len(COLLECTED))
    society.run(10)
    society.step()
    frame = society.datacollector.get_model_vars_dataframe()
    assert list(frame.columns) == list(COLLECTED)
    assert len(frame) == 12
    for name in COLLECTED:
        assert frame[name].tolist() == society.measure(name).tolist()
    assert len(society.datacollector.get_model_vars_dataframe()) == 12


NEWER_MESA = tuple(int(part) for part in mesa.__version__.split(".")[:2]) >= (3, 5)


def batch_run(parameters: dict[str, Any], seeds: list[int], **options: Any) -> list[dict[str, Any]]:
    """Run a batch with these seeds.

    Mesa 3.3 takes them as one more parameter; 3.5 replaces a parameter `seed` by the entries of `rng`, without a word.
    """
    if NEWER_MESA:
        return mesa.batch_run(Society, parameters, rng=seeds, display_progress=False, **options)
    return mesa.batch_run(Society, {**parameters, "seed": seeds}, display_progress=False, **options)


def test_batch_run_takes_a_society_and_parameters_by_name() -> None:
    """mesa.batch_run: a grid over policy, seed and a parameter; the last row of each equals a run by hand."""
    grid = {"policy": ["status_quo", "coercion"], "fairness_weight": [0.0, 0.6], "citizens": 120, "months": 40}
    rows = batch_run(grid, [1, 2])
    assert len(rows) == 8
    assert {row["seed"] for row in rows} == {1, 2}
    for row in rows:
        by_hand = Society(**{name: row[name] for name in (*grid, "seed")}).run()
        month = 40 if NEWER_MESA else 39  # the last month collected; older Mesas ask for step number `steps - 1`
        assert [row[name] for name in COLLECTED] == [by_hand.measure(name)[month] for name in COLLECTED]
    assert len({row["loyalty"] for row in rows}) >= 6


def test_batch_run_collects_by_period() -> None:
    """Every month's row is that month's, not the last one's."""
    rows = batch_run({"citizens": 120, "months": 12}, [4], data_collection_period=1)
    path = Society(citizens=120, months=12, seed=4).run().measure("loyalty")
    assert len(rows) >= 12
    assert [row["loyalty"] for row in rows] == path[: len(rows)].tolist()
    assert len(set(path)) == 13


# --- keeping and copying ----------------------------------------------------------------------------------------------


@BOTH_ENGINES
def test_a_pickled_society_continues_identically(engine: str) -> None:
    """At any month, with agents and a collector made, after somebody's hand has moved a lever and an agent."""
    society = small(engine)
    society.run(5)
    society.agents, society.datacollector  # noqa: B018
    society.run(2)
    society.government.set_lever("media", 0.4)
    society.citizen(3).loyalty = -0.7
    society.citizen(4).anchor = 0.9
    copied = pickle.loads(pickle.dumps(society))
    assert type(copied) is Society
    assert (copied.month, copied.steps, copied.running) == (7, 7, True)
    assert copied.citizen(3).loyalty == -0.7
    assert copied.government.levers == society.government.levers
    assert_same(society, copied)
    society.run()
    copied.step()
    assert copied.steps == 8
    copied.run()
    assert_same(society, copied)
    assert pickle.loads(pickle.dumps(society)).running is False
    frames = [each.datacollector.get_model_vars_dataframe() for each in (society, copied)]
    pd.testing.assert_frame_equal(*frames)


@BOTH_ENGINES
def test_a_population_seed_keeps_the_people_and_the_seed_their_luck(engine: str) -> None:
    """The same people and ties with other luck, or others with the same luck; without it, one seed decides both."""
    one, lucky, strangers = (
        small(engine, seed=seed, population_seed=people) for seed, people in ((1, 1), (2, 1), (1, 2))
    )
    assert not differences(state(one), state(lucky))
    assert np.array_equal(one.world.ties, lucky.world.ties)
    assert differences(state(one), state(strangers))
    assert_same(one, small(engine, seed=1))
    copied = pickle.loads(pickle.dumps(lucky))
    assert "loyalty" in differences(state(one.run()), state(lucky.run()))
    assert_same(lucky, copied.run())


def test_a_deep_copy_is_another_society() -> None:
    society = small().run(5)
    other = copy.deepcopy(society)
    other.run()
    assert society.month == 5
    assert_same(society.run(), other)


@pytest.mark.parametrize("steps", [1, 2])
@BOTH_ENGINES
def test_a_branch_is_the_uninterrupted_run(engine: str, steps: int) -> None:
    """Twelve months together, then each under its own policy: the same, to the last bit, as alone from the start."""
    late = {
        "stick": brief("stick", 12.0, 24.0, 3.0, coercion=1.0),
        "carrot": brief("carrot", 13.0, 24.0, 3.0, welfare=1.0, institutions=1.0),
    }
    common = small(engine, policy="status_quo", steps_a_month=steps, months=30).run(12)
    for policy in late.values():
        branch = common.branch(policy)
        assert branch.policy is policy
        assert branch.month == 12
        alone = small(engine, policy=policy, steps_a_month=steps, months=30)
        assert_same(branch.run(), alone.run())
        assert branch.steps == 30
    assert common.month == 12  # the trunk lives on, untouched
    assert_same(common.run(), small(engine, policy="status_quo", steps_a_month=steps, months=30).run())


@BOTH_ENGINES
def test_a_branch_refuses_a_false_past(engine: str) -> None:
    society = small(engine, policy="status_quo").run(8)
    with pytest.raises(ScenarioError, match=r"differ before month 8"):
        society.branch(brief("too_late", 5.0, 20.0, coercion=1.0))
    society.branch(brief("in_time", 8.0, 20.0, coercion=1.0))
    coerced = small(engine, policy=brief("coercion", 2.0, 20.0, 0.0, coercion=1.0)).run(8)
    with pytest.raises(ScenarioError, match="differ before month 8"):
        coerced.branch("status_quo")


@BOTH_ENGINES
def test_a_branch_keeps_what_was_written_into_agents(engine: str) -> None:
    society = small(engine, policy="status_quo").run(4)
    society.citizen(3).loyalty = -0.7
    society.citizen(3).anchor = -0.7
    branch = society.branch("status_quo")
    assert_same(branch.run(), society.run())
    branch.citizen(3).loyalty = 0.7
    assert society.citizen(3).loyalty != 0.7  # two societies, nothing shared


def test_a_branch_may_change_parameters_that_have_not_acted() -> None:
    """A lever that was never pulled has left its parameters idle; any other parameter has already acted."""
    policy = brief("stick", 12.0, 24.0, 3.0, coercion=1.0)
    common = small(policy="status_quo", months=30).run(10)
    branch = common.branch(policy, sanction_threat=6.0).run()
    assert_same(branch, small(policy=policy, months=30, sanction_threat=6.0).run())
    with pytest.raises(ScenarioError, match="fairness_weight"):
        common.branch(policy, fairness_weight=0.1)
    with pytest.raises(ScenarioError, match="sanction_threat"):
        branch.branch(policy, sanction_threat=1.0)


# --- the government and the media -------------------------------------------------------------------------------------


@BOTH_ENGINES
def test_a_lever_set_by_hand_acts_from_this_month_on(engine: str) -> None:
    """set_lever at month 6 is a policy that starts in month 6 without a ramp."""
    by_hand = small(engine, policy="status_quo").run(6)
    by_hand.government.set_lever("coercion", 0.8)
    assert by_hand.government.levers == dict.fromkeys(LEVERS, 0.0) | {"coercion": 0.8}
    planned = Policy("planned", "", "", {"coercion": Lever(0.8, 6.0, math.inf, 0.0)})
    assert_same(by_hand.run(), small(engine, policy=planned).run())
    back = small(engine, policy=planned).run(10)
    back.government.set_lever("coercion", 0.0)
    ended = Policy("ended", "", "", {"coercion": Lever(0.8, 6.0, 9.0, 0.0)})
    assert_same(back.run(), small(engine, policy=ended).run())


def test_the_government_knows_its_levers_targets_and_budget() -> None:
    society = small(policy=held(coercion=1.0, welfare=0.5), months=10)
    government = society.government
    assert government.targets == {"coercion": "kin_camp", "welfare": "everyone"}
    society.run(3)
    assert government.cost == pytest.approx(0.004 + 0.015, rel=1e-12)
    assert government.tax < 0.6 * government.cost + 1e-15  # the rest are rents and fines
    for name, level in (("coercion", 1.5), ("coercion", -0.1), ("coercion", math.nan), ("welfare", math.inf)):
        with pytest.raises(ScenarioError, match=name):
            government.set_lever(name, level)
    with pytest.raises(ScenarioError, match=r"coertion.*did you mean 'coercion'"):
        government.set_lever("coertion", 0.5)


def test_outlets_fill_the_media_diet() -> None:
    """Shares of kin-state, national and independent media sum to 1; hype follows the conflict."""
    society = small().run(2)
    assert sum(outlet.reach for outlet in society.outlets) == pytest.approx(1.0, abs=1e-12)
    assert [outlet.hype for outlet in society.outlets] == [0.0, 0.0, 0.0]
    society.run(1)  # the shock is in month 3
    by_kind = {outlet.kind: outlet for outlet in society.outlets}
    assert by_kind["kin_state"].hype == pytest.approx(0.08)
    assert by_kind["national"].hype == 0.0
    assert by_kind["kin_state"].slant < 0.0 < by_kind["national"].slant


# --- labels ----------------------------------------------------------------------------------------------------------


def relabelled(country: Country) -> Country:
    """Return the same country with every name replaced and every list reversed; keys stay with their data."""
    groups = [
        replace(group, name=f"zz{9 - group.key}", label="?", kin_state=group.kin_state and f"s-{group.kin_state}")
        for group in country.groups
    ]
    regions = [
        replace(
            region, name=f"q{99 - region.key}", shares={f"zz{9 - g.key}": region.shares[g.name] for g in country.groups}
        )
        for region in country.regions
    ]
    conflicts = [
        replace(c, name=f"c-{c.name}", belligerent=f"s-{c.belligerent}", parties=tuple(f"s-{p}" for p in c.parties))
        for c in country.conflicts
    ]
    return replace(
        country,
        name="elsewhere",
        groups=tuple(groups[::-1]),
        regions=tuple(regions[::-1]),
        conflicts=tuple(conflicts),
        outlets=country.outlets[::-1],
    )


@pytest.mark.parametrize("name", ["kazakhstan-2021", "kazakhstan-2009"])
def test_labels_carry_nothing(name: str) -> None:
    """Ruling 4: names and their order permuted together with their data, every number stays, to the last bit."""
    country = read_country(name)
    arguments = {"citizens": 600, "months": 40, "policy": brief("all", coercion=1.0, welfare=1.0, targeted=1.0), **BUSY}
    plain = Society(country=country, **arguments).run()
    other = Society(country=relabelled(country), **arguments).run()
    assert [group.name for group in other.country.groups] != [group.name for group in plain.country.groups]
    assert_same(plain, other)
    for group in country.groups:
        there = other.measure("loyalty", f"zz{9 - group.key}")
        assert np.array_equal(plain.measure("loyalty", group.name), there, equal_nan=True)
    for region in country.regions:
        there = other.measure("threat", "everyone", region=f"q{99 - region.key}")
        assert np.array_equal(plain.measure("threat", "everyone", region=region.name), there, equal_nan=True)


# --- measures ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lived() -> Society:
    """Return a society of 2,000 after three eventful years."""
    return small(citizens=2000, departure_rate=0.2).run()


def test_nobody_is_lost(lived: Society) -> None:
    """Present + departed = cohort, in every month, group and region."""
    for population in ["everyone", "kin_camp", "other_camp", *(group.name for group in lived.country.groups)]:
        for region in [None, *(region.name for region in lived.country.regions)]:
            counts = lived.counts(population, region=region)
            assert (counts.stock("present") + counts.flow("departed") == counts.cohort).all()
    assert lived.counts().flow("departed")[-1] > 50.0
    assert lived.counts().cohort == 2000.0


def test_groups_and_regions_add_up_to_everyone(lived: Society) -> None:
    whole = lived.counts()
    for parts in (
        [lived.counts(group.name) for group in lived.country.groups],
        [lived.counts(camp) for camp in ("kin_camp", "other_camp")],
        [lived.counts("everyone", region=region.name) for region in lived.country.regions],
    ):
        assert np.sum([part.stocks for part in parts], axis=0) == pytest.approx(whole.stocks, rel=1e-12, abs=1e-12)
        assert np.sum([part.flows for part in parts], axis=0) == pytest.approx(whole.flows, rel=1e-12, abs=1e-12)
        assert sum(part.cohort for part in parts) == whole.cohort


def test_measures_are_what_one_counts_by_hand(lived: Society) -> None:
    """Means over those present, ITT over the cohort with leavers at their last value, from the columns."""
    c = lived.world.columns
    kin, here = c.camp == KIN_CAMP, c.present
    by_hand = {
        "loyalty": c.loyalty[kin].mean(),
        "loyalty_stayers": c.loyalty[kin & here].mean(),
        "loyalty_spread": c.loyalty[kin & here].std(),
        "kin_display": (c.display[kin & here] == -1).mean(),
        "national_display": (c.display[kin & here] == 1).mean(),
        "falsified_speech": c.falsified[kin & here].mean(),
        "public_loyalty": (c.loyalty + c.falsified)[kin & here].mean(),
        "threat": (1.0 / (1.0 + np.exp(-c.threat_log_odds[kin & here]))).mean(),
        "hostility": (1.0 / (1.0 + np.exp(-c.hostility_log_odds[kin & here]))).mean(),
        "injustice_memory": c.injustice_memory[kin & here].mean(),
        "fairness": c.fairness[kin & here].mean(),
        "welfare": c.welfare[kin & here].mean(),
        "welfare_against_kin": (c.welfare - c.kin_welfare)[kin & here].mean(),
        "fines": c.fine[kin & here].mean(),
        "departures": (~here)[kin].mean(),
    }
    income = np.exp(c.log_income + c.welfare)[kin & here]
    share = income / income.mean()
    by_hand["inequality"] = (share * np.log(share)).mean()
    for name, value in by_hand.items():
        assert lived.measure(name)[-1] == pytest.approx(value, rel=1e-10, abs=1e-12), name
    assert set(MEASURES) - set(by_hand) == {"suppressed_display", "sanctions_just", "sanctions_unjust", "incidents"}


def test_intention_to_treat_keeps_leavers_at_the_door() -> None:
    """A leaver's loyalty stands still from the month of leaving; stayers' mean differs by selection."""
    society = small(citizens=800, departure_rate=0.4, loyalty_departure=2.0)
    c = society.world.columns
    at_the_door: dict[int, float] = {}
    for _ in range(36):
        here = c.present.copy()
        society.step()
        for number in np.nonzero(here & ~c.present)[0]:
            at_the_door[int(number)] = float(c.loyalty[number])
    assert len(at_the_door) > 30
    assert all(c.loyalty[number] == value for number, value in at_the_door.items())
    assert society.measure("loyalty_stayers")[-1] > society.measure("loyalty")[-1] + 0.005


def test_flows_count_events(lived: Society) -> None:
    """Sanctions, harassments and departures in the books are those that happened, month by month."""
    society = small(citizens=500)
    c = society.world.columns
    kin = c.camp == KIN_CAMP
    just = unjust = incidents = 0.0
    for _ in range(30):
        society.step()
        just += float((1.0 - c.injustice)[c.sanctioned & kin].sum())
        unjust += float(c.injustice[c.sanctioned & kin].sum())
        incidents += float(c.harassed[kin].sum())
        assert not (c.sanctioned & ~kin).any()  # the campaign addresses the kin camp only
    assert unjust > 0.0
    assert incidents > 0.0
    assert society.measure("sanctions_just")[-1] * kin.sum() == pytest.approx(just, rel=1e-12)
    assert society.measure("sanctions_unjust")[-1] * kin.sum() == pytest.approx(unjust, rel=1e-12)
    assert society.measure("incidents")[-1] * kin.sum() == pytest.approx(incidents, rel=1e-12)
    assert (np.diff(lived.measure("incidents")) >= 0.0).all()


def test_suppressed_display_is_what_fear_alone_hides() -> None:
    """Section 6: P-(pi = 0) - P-(pi) at the same state: none without coercion, positive with it."""
    quo, coerced = (small(citizens=1500, policy=policy).run(12) for policy in (held(), held(coercion=1.0)))
    assert (quo.measure("suppressed_display") == 0.0).all()
    hidden = coerced.measure("suppressed_display")[6:]
    assert (hidden > 0.0).all()
    shown = quo.measure("kin_display")[6:].mean()
    assert hidden.mean() == pytest.approx(shown - coerced.measure("kin_display")[6:].mean(), rel=0.6)


def test_series_is_every_measure_of_every_population(lived: Society) -> None:
    frame = lived.series()
    assert list(frame.columns[:4]) == ["month", "population", "region", "present"]
    assert set(frame.columns[4:]) == set(MEASURES) | set(NATIONAL_MEASURES)
    populations = 3 + len(lived.country.groups)
    assert len(frame) == populations * (1 + len(lived.country.regions)) * 37
    assert not frame.duplicated(["month", "population", "region"]).any()
    kin = frame[(frame.population == "kin_camp") & (frame.region == "all")]
    assert kin["loyalty"].tolist() == lived.measure("loyalty").tolist()
    everyone = frame[(frame.population == "everyone") & (frame.region == "all")]
    assert everyone["institutions"].tolist() == lived.measure("institutions").tolist()
    assert everyone["tax"].notna().all()
    assert frame[frame.population == "kin_camp"]["institutions"].isna().all()
    north = frame[(frame.population == "kin_camp") & (frame.region == lived.country.regions[2].name)]
    expected = lived.measure("threat", "kin_camp", region=lived.country.regions[2].name)
    assert np.array_equal(north["threat"].to_numpy(), expected, equal_nan=True)


def test_a_population_of_nobody_has_no_mean() -> None:
    """An empty group in a small society gives not-a-number, not zero and no warning."""
    society = small(citizens=20).run(3)
    empty = [g.name for g in society.country.groups if society.counts(g.name).cohort == 0.0]
    assert empty
    assert np.isnan(society.measure("loyalty", empty[0])).all()


# --- errors -----------------------------------------------------------------------------------------------------------

BAD_ARGUMENTS = [
    ({"citizens": 0}, "citizens"),
    ({"citizens": -5}, "citizens"),
    ({"citizens": 10.5}, "citizens"),
    ({"citizens": "many"}, "citizens"),
    ({"citizens": True}, "citizens"),
    ({"citizens": 10**9}, "citizens"),
    ({"months": -1}, "months"),
    ({"months": 1.5}, "months"),
    ({"seed": -1}, "seed"),
    ({"seed": 2**63}, "seed"),
    ({"seed": 0.5}, "seed"),
    ({"rng": -1}, "seed"),
    ({"threads": 0}, "threads"),
    ({"steps_a_month": 0}, "steps_a_month"),
    ({"steps_a_month": 1000}, "steps_a_month"),
    ({"engine": "quick"}, "engine 'quick'"),
    ({"engine": "fst"}, "did you mean 'fast'"),
    ({"engine": None}, "engine"),
    ({"shock_month": -1.0}, "shock_month"),
    ({"shock_month": math.nan}, "shock_month"),
    ({"shock_month": "soon"}, "shock_month"),
    ({"conflict": "the other one"}, "the other one"),
    ({"country": "atlantis"}, "atlantis"),
    ({"country": 7}, "'7'"),
    ({"policy": "bread"}, "bread"),
    ({"policy": 7}, "'7'"),
    ({"policy": None}, "'None'"),
    ({"fairnes_weight": 1.0}, "did you mean 'fairness_weight'"),
    ({"fairness_weight": math.nan}, "fairness_weight"),
    ({"fairness_weight": math.inf}, "fairness_weight"),
    ({"fairness_weight": "high"}, "fairness_weight"),
    ({"public_space_weight": 1.2}, "public_space_weight = 1.2"),
    ({"loyalty_half_life": 0.0}, "loyalty_half_life"),
]


@pytest.mark.parametrize(("arguments", "named"), BAD_ARGUMENTS, ids=[str(bad) for bad, _ in BAD_ARGUMENTS])
def test_a_bad_argument_is_refused_by_name(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Society(**{"citizens": 50, "months": 2, **arguments})
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda society: society.measure("loyality"), "did you mean 'loyalty'"),
        (lambda society: society.measure("loyalty", "rusian"), "did you mean 'russian'"),
        (lambda society: society.measure("loyalty", region="nowhere"), "nowhere"),
        (lambda society: society.counts("nobody"), "nobody"),
        (lambda society: society.citizen(50), "no citizen 50"),
        (lambda society: society.citizen(-1), "no citizen -1"),
        (lambda society: society.sample(51), "sample"),
        (lambda society: society.sample(-1), "sample"),
        (lambda society: society.branch("bread"), "bread"),
    ],
)
def test_a_question_about_what_is_not_there_is_refused(ask: Any, named: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        ask(Society(citizens=50, months=2))
    assert named in str(caught.value)


def test_the_constructor_takes_names_only() -> None:
    with pytest.raises(TypeError):
        Society("kazakhstan-2021")  # type: ignore[misc]


def test_state_is_named_once() -> None:
    """The comparison of engines looks at exactly the states that the specification lists (section 1)."""
    assert set(STATE) == set(state(small()))
    assert differences(books(small()), books(small())) == []

"""A world and its every month: going back is exact, and what was done decides what follows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lab.finding import FINDS, NEEDED, best
from lab.history import Event, History, Recipe
from lab.layers import FIRST, GONE, LAYERS, SCALES
from lab.layout import lay_out
from lab.life import FIGURES, Life
from lab.limits import KEYFRAME_BYTES
from lab.packing import CODERS, pack
from model.society import Society
from scenarios import Parameters, names, read_policy

RECIPE = Recipe("kazakhstan-2021", 1000, 60, 7)
COERCION = History("coercion")
MILDER = History("coercion", (Event(40, "coercion", 0.25),))


def fingerprints(life: Life) -> list[str]:
    found = []
    for month in range(life.recipe.months + 1):
        life.seek(month)
        found.append(life.fingerprint())
    return found


@pytest.fixture(scope="module")
def lived() -> list[str]:
    return fingerprints(Life(RECIPE, COERCION))


def test_a_life_is_the_societys_own() -> None:
    life = Life(RECIPE, COERCION)
    life.seek(60)
    society = Society(citizens=1000, months=60, seed=7, policy="coercion").run()
    for name in society.world.columns._fields:
        np.testing.assert_array_equal(getattr(life.society.world.columns, name), getattr(society.world.columns, name))
    rows = life.rows(0, 60)
    for place, (name, population) in enumerate(FIGURES):
        wanted = society.national(name) if population == "nation" else society.measure(name, population)
        np.testing.assert_array_equal(rows[:, place], wanted, err_msg=f"{name} of {population}")
    np.testing.assert_array_equal(life.rows(31, 45), rows[31:46])


def test_regions_change_as_the_measure_says() -> None:
    life = Life(RECIPE, COERCION)
    life.seek(60)
    society = life.society
    for region, change in zip(society.country.regions, life.regions(50), strict=True):
        wanted = society.measure("loyalty", "kin_camp", region=region.name)
        np.testing.assert_allclose(change, wanted[50] - wanted[0], atol=1e-12)


@pytest.mark.parametrize("room", [KEYFRAME_BYTES, 400_000], ids=["often", "seldom"])
def test_going_back_is_exact(lived: list[str], room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.life.KEYFRAME_BYTES", room)
    life = Life(RECIPE, COERCION)
    everybody = np.arange(1000, dtype=np.int32)

    def seen() -> tuple[Any, ...]:
        people = life.society.world.columns
        told = [life.citizen(number) for number in range(0, 1000, 90) if people.present[number]]
        return [pack(layer, people, everybody) for layer in LAYERS], told, life.regions(life.society.month).tolist()

    months = []
    for month in range(61):
        life.seek(month)
        months.append(seen())
    rows = life.rows(0, 60)
    for month in (60, 3, 59, 0, 31, 30, 12, 48, 6, 60):
        life.seek(month)
        assert life.fingerprint() == lived[month]
        assert seen() == months[month]
    np.testing.assert_array_equal(life.rows(0, 60), rows)


def test_a_large_world_lives_on_all_its_cores(lived: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.life.SHARED_FROM", 1000)
    life = Life(RECIPE, COERCION, cores=3)
    assert life.society.threads == 3
    assert fingerprints(life) == lived
    life.seek(20)
    assert life.fingerprint() == lived[20]
    monkeypatch.undo()
    assert Life(RECIPE, COERCION, cores=3).society.threads == 1


def test_a_large_societys_lives_are_told_to_the_month_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Life(RECIPE, COERCION)
    monkeypatch.setattr("lab.life.DIARY_EVERY", ((10**9, 12),))
    life = Life(RECIPE, COERCION)
    for month, kept in ((31, [0, 12, 24, 31]), (48, [0, 12, 24, 36, 48]), (5, [0, 5])):
        whole.seek(month)
        life.seek(month)
        for number in (0, 14, 500, 999):
            told, wanted = life.citizen(number)["life"], whole.citizen(number)["life"]
            assert told.pop("months") == kept
            assert told == {name: [wanted[name][at] for at in kept] for name in told}


def test_the_past_takes_no_more_room_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.life.KEYFRAME_BYTES", 400_000)
    monkeypatch.setattr("lab.life.RECORD_BYTES", 30_000)
    life = Life(RECIPE, COERCION)
    life.resize(300, 200)
    for month in range(61):
        life.cells(month, "stance")
    later = [frame for frame in life._keyframes.values() if frame.month]
    assert len(later) > 1
    assert sum(array.nbytes for frame in later for array in frame.columns.values()) <= 400_000
    kept = [len(cells) for cells in life._record.values()]
    assert sum(kept) == life._recorded_bytes <= 30_000
    assert 3 < len(kept) < 61
    assert [month for month, _, _ in life._record] == list(range(61))[-len(kept) :]


def test_a_rewritten_life_is_as_if_it_had_always_been_so(lived: list[str]) -> None:
    wanted = fingerprints(Life(RECIPE, MILDER))
    assert wanted[:41] == lived[:41]
    assert wanted[41] != lived[41]
    life = Life(RECIPE, COERCION)
    life.seek(55)
    assert life.rewrite(MILDER) == 40
    assert fingerprints(life)[41:] == wanted[41:]
    life.seek(20)
    assert life.rewrite(COERCION) == 40
    assert fingerprints(life) == lived


def test_another_policy_from_a_month_on(lived: list[str]) -> None:
    turned = History("coercion", (Event(45, "policy", "better_life"),))
    life = Life(RECIPE, turned)
    found = fingerprints(life)
    assert found[:46] == lived[:46]
    assert life.society.lever("coercion") == 0.0
    assert life.society.lever("welfare") == 1.0
    other = Life(RECIPE, History("better_life"))
    other.seek(30)
    assert other.rewrite(COERCION) == 0
    assert fingerprints(other) == lived


@pytest.mark.parametrize("policy", names("policies"))
def test_equal_histories_are_equal_worlds(policy: str) -> None:
    first, second = Life(RECIPE, History(policy)), Life(RECIPE, COERCION)
    second.seek(17)
    second.rewrite(History(policy))
    for life in (first, second):
        life.seek(50)
    assert first.fingerprint() == second.fingerprint()


def test_levers_are_told_as_they_are_pulled() -> None:
    events = (Event(40, "coercion", 0.25), Event(45, "policy", "better_life"), Event(50, "welfare", 0.1))
    life = Life(RECIPE, History("coercion", events))
    told = life.levers()
    for month in range(60):
        life.seek(month)
        life.seek(month + 1)
        nation = life.society.world.history.nation[month + 1]
        np.testing.assert_allclose([row[month] for row in told[:5]], nation[3:8], atol=1e-4)
        np.testing.assert_allclose(told[5][month], nation[2], atol=1e-4)


def test_a_war_can_be_held_at_a_level(lived: list[str]) -> None:
    events = (Event(30, "conflict", 0.9), Event(40, "policy", "better_life"), Event(50, "conflict", 0.0))
    life = Life(RECIPE, History("coercion", events))
    found = fingerprints(life)
    assert found[:31] == lived[:31]
    assert found[31] != lived[31]
    conflict = life.society.world.history.nation[:, 2]
    np.testing.assert_array_equal(conflict[31:51], 0.9)
    np.testing.assert_array_equal(conflict[51:], 0.0)
    np.testing.assert_allclose(life.levers()[5][30:50], 0.9)
    life.seek(20)
    assert life.rewrite(COERCION) == 30
    assert fingerprints(life) == lived


def test_at_equal_budget_both_governments_spend_the_same() -> None:
    parameters = {"welfare_cost": 0.04}
    recipe = replace(RECIPE, budget=0.004, parameters=parameters)
    costs = []
    for policy in ("better_life", "contact"):
        life = Life(recipe, History("coercion", (Event(20, "policy", policy),)))
        life.seek(60)
        society = Society(
            citizens=1000, months=60, seed=7, policy=read_policy(policy).at_budget(0.004, Parameters.of(parameters)),
            **parameters,
        ).run()  # fmt: skip
        whole = Life(recipe, History(policy))
        whole.seek(60)
        for name in society.world.columns._fields:
            wanted = getattr(society.world.columns, name)
            np.testing.assert_array_equal(getattr(whole.society.world.columns, name), wanted)
        costs.append(life.society.national("cost")[60])
    assert costs[0] == pytest.approx(0.004)
    assert costs[1] == pytest.approx(
        min(0.004, Society(citizens=100, months=60, policy="contact").run().national("cost")[60])
    )


def test_groups_change_as_the_measure_says() -> None:
    life = Life(RECIPE, COERCION)
    life.seek(60)
    for number, change in enumerate(life.groups(50)):
        wanted = life.society.measure("loyalty", life.society.country.groups[number].name)
        np.testing.assert_allclose(change, wanted[50] - wanted[0], atol=1e-12)


def test_a_diary_says_what_was() -> None:
    life = Life(RECIPE, COERCION)
    loyalty, shown_kin = [], []
    for month in range(61):
        life.seek(month)
        people = life.society.world.columns
        loyalty.append(float(people.loyalty[5]))
        shown_kin.append(int(people.display[5]) == -1)
    page = life.citizen(5)
    np.testing.assert_allclose(page["life"]["loyalty"], loyalty, atol=2e-5)
    assert [mark == 2 for mark in page["life"]["shown"]] == shown_kin
    assert page["state"]["loyalty"] == loyalty[-1]
    assert len(page["ties"]) == life.society.world.first_tie[6] - life.society.world.first_tie[5]


@pytest.mark.parametrize(("width", "height"), [(680, 440), (180, 360), (1000, 240), (120, 160)])
def test_every_citizen_has_one_cell_if_there_is_room(width: int, height: int) -> None:
    life = Life(RECIPE, COERCION)
    people = life.society.world.columns
    layout = lay_out(life.society.country, people, width, height)
    assert layout.columns * layout.cell <= width
    assert layout.rows * layout.cell <= height
    placed = layout.citizens[layout.citizens >= 0]
    assert sorted(placed.tolist()) == list(range(1000))
    grid = layout.citizens.reshape(layout.rows, layout.columns)
    for block in layout.blocks:
        inside = grid[block.top : block.top + block.rows, block.left : block.left + block.columns]
        inhabited = inside[inside >= 0]
        assert (people.region[inhabited] == block.region).all()
        assert inhabited.size == (people.region == block.region).sum()


def test_more_citizens_than_pixels_share_cells() -> None:
    life = Life(Recipe("kazakhstan-2021", 60_000, 1, 1), COERCION)
    layout = life.resize(300, 100)
    assert layout.represented > 1
    assert layout.cell == 1
    assert layout.citizens.size <= 300 * 100


def test_a_picture_without_room_for_all_regions_is_refused() -> None:
    society = Society(citizens=50, months=1)
    with pytest.raises(ValueError, match="a picture of 30 by 20 pixels has no room for 16 regions"):
        lay_out(society.country, society.world.columns, 30, 20)


def test_the_rarest_behind_a_cell() -> None:
    life = Life(Recipe("kazakhstan-2021", 60_000, 30, 1), COERCION)
    layout = life.resize(300, 100)
    people = life.society.world.columns
    plain = np.frombuffer(life.cells(30, "events"), dtype=np.uint8)
    rarest = np.frombuffer(life.cells(30, "events", rarest=True), dtype=np.uint8)
    codes = np.frombuffer(pack("events", people, np.arange(60_000, dtype=np.int32)), dtype=np.uint8)
    counts = np.bincount(codes, minlength=256)
    present = plain > 0
    np.testing.assert_array_equal(rarest > 0, present)
    assert (counts[rarest[present]] <= counts[plain[present]]).all()
    assert (rarest != plain).sum() > 10
    for block in layout.blocks:  # each region shows the rarest code that anybody there carries
        inside = rarest.reshape(layout.rows, layout.columns)[
            block.top : block.top + block.rows, block.left : block.left + block.columns
        ]
        there = np.unique(codes[people.region == block.region])
        assert there[counts[there].argmin()] in inside
    few = Life(RECIPE, COERCION)
    few.resize(300, 200)
    assert few.cells(30, "events", rarest=True) == few.cells(30, "events")


def test_whom_to_look_at_is_the_one_of_the_kin_camp_of_whom_it_is_most_true() -> None:
    def world(**columns: list[float]) -> dict[str, Any]:
        usual = {name: [0.0] * 5 for name in NEEDED} | {"present": [True] * 5, "camp": [0, 0, 0, 0, 1]}
        return {name: np.array(column) for name, column in (usual | columns).items()}

    a = world(loyalty=[0.1, 0.2, 0.5, 0.0, -0.9], present=[True, True, True, False, True],
              falsified=[0.0, 0.3, 0.1, 0.9, 0.9], injustice_memory=[0.2, 0.1, 0.4, 0.9, 0.9])  # fmt: skip
    b = world(loyalty=[0.2, 0.6, 0.1, 0.3, 0.9])
    found = {what: best(what, a, b) for what in FINDS}
    assert found == {"parted": 1, "gained": 2, "silenced": 1, "sanctioned": 2, "left": 3}
    assert [best(what, world(), world()) for what in FINDS] == [None] * len(FINDS)
    with pytest.raises(ValueError, match="'richest' is none of"):
        best("richest", a, b)


def test_a_world_is_told_in_a_line_with_all_that_it_is_made_of() -> None:
    told = replace(RECIPE, shock_month=12.0, budget=0.004, parameters={"welfare_weight": 0.5}).told()
    assert told == (
        "country kazakhstan-2021, 1000 citizens, 60 months, seed 7, shock in month 12, budget 0.004, "
        "welfare_weight = 0.5"
    )
    assert RECIPE.told().endswith("seed 7, parameters as declared")
    assert MILDER.told() == "coercion; month 40: coercion 0.25"


def test_bytes_hold_what_they_say() -> None:
    assert tuple(CODERS) == LAYERS
    life = Life(RECIPE, COERCION)
    life.seek(60)
    people = life.society.world.columns
    everyone = np.arange(-1, 1000, dtype=np.int32)
    for layer in LAYERS:
        codes = np.frombuffer(pack(layer, people, everyone), dtype=np.uint8)
        assert codes[0] == 0
        if layer != "events":
            np.testing.assert_array_equal(codes[1:] == GONE, ~people.present)
        assert (codes[1:] >= GONE).all()
    low, high, steps = SCALES["threat"]
    codes = np.frombuffer(pack("threat", people, everyone[1:]), dtype=np.uint8)
    inside = people.present & (people.threat > low) & (people.threat < high)
    back = (codes[inside] - FIRST + 0.5) / steps * (high - low) + low
    np.testing.assert_allclose(back, people.threat[inside], atol=(high - low) / steps)

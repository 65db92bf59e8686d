"""What a visitor can do to the worlds, and how they look at them: each act is seen in the model's own figures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from lab.history import History, Recipe
from lab.life import Life
from model.society import Society
from scenarios import DECLARATIONS, Parameters, read_policy

CITIZENS = 2000


def signed(value: float) -> str:
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else ("−" if value < 0 else "+") + text


def pull(tab: Any, lever: str, level: float) -> None:
    tab.page.locator(f"{lever}").evaluate(
        "(slider, level) => { slider.value = level; slider.dispatchEvent(new Event('change')); }", level
    )


def test_the_war_is_a_lever_of_both_countries(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=40")
    tab.reach(40)
    pull(tab, '[data-lever="conflict"]', 0.9)
    for letter in "AB":
        tab.page.locator(f'[data-levers="{letter}"] .events').get_by_text(
            "month 40: Intensity of the war at 0.90"
        ).wait_for()
    tab.scrub(60)
    for letter, policy in (("A", "coercion"), ("B", "better_life")):
        society = Society(citizens=CITIZENS, seed=1, policy=policy).run(40)
        society.world.schedule.conflict[40:] = 0.9
        society.run(20)
        assert tab.figure(letter, "felt") == signed(society.measure("loyalty_stayers")[60])
    assert tab.page.locator('[data-lever="conflict"]').input_value() == "0.9"


def test_budgets_can_be_equal_and_all_is_undone(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=60")
    tab.reach(60)
    page = tab.page
    before = tab.ask("fingerprint", {"month": 60})["worlds"]
    pull(tab, '[data-levers="B"] [data-lever="media"]', 0.5)
    page.locator('[data-levers="B"] .events').get_by_text("Media").wait_for()
    page.locator("#at-budget").check()
    page.locator('html[data-opened="2"]').wait_for(state="attached", timeout=30_000)
    tab.reach(60)
    assert "budget=0.004" in page.evaluate("location.hash")
    society = Society(
        citizens=CITIZENS, seed=1, policy=read_policy("better_life").at_budget(0.004, Parameters.of({}))
    ).run(60)  # fmt: skip
    assert tab.figure("B", "felt") == signed(society.measure("loyalty_stayers")[60])
    page.locator('[data-act="branch"]').click()
    page.locator('[data-levers="B"] .events').get_by_text("follow 'A better life'").wait_for()
    prints = tab.ask("fingerprint", {"month": 60})["worlds"]
    assert prints[0] == prints[1]
    page.keyboard.press("Control+z")
    page.locator('[data-levers="B"] .events').get_by_text("Media").wait_for()
    page.locator('[data-act="undo"]').click()
    page.locator('html[data-opened="3"]').wait_for(state="attached", timeout=30_000)
    page.locator('[data-act="undo"]').click()
    page.locator('[data-levers="B"] .events').get_by_text("none").wait_for()
    assert tab.ask("fingerprint", {"month": 60})["worlds"] == before
    page.locator('[data-act="undo"]').click()
    page.get_by_text("There is nothing to undo").wait_for()


def test_parameters_are_searched(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=0")
    tab.reach(0)
    page = tab.page
    page.locator("#parameters summary").click()
    page.locator("#search").fill("procedural")
    shown = page.locator(".parameter:visible")
    assert shown.count() >= 1
    assert all("procedural" in text.lower() for text in shown.all_inner_texts())
    assert page.get_by_text("holds these words").is_hidden()
    page.locator("#search").fill("no such thing")
    page.get_by_text("holds these words").wait_for()
    page.locator("#search").fill("")
    assert shown.count() == len(DECLARATIONS)


def test_each_group_by_itself(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=60&show=each")
    tab.reach(60)
    page = tab.page
    society = Society(citizens=CITIZENS, seed=1, policy="better_life").run(60)
    for number, group in enumerate(society.country.groups):
        small = page.locator(".multiple").nth(number)
        assert small.locator("b").inner_text() == group.label
        change = society.measure("loyalty", group.name)
        small.get_by_text(f"B {signed(change[60] - change[0])}").wait_for()
        canvases = small.locator("canvas")
        inhabited = canvases.nth(1).evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
            ".filter((value, at) => at % 4 === 3 && value).length"
        )
        assert inhabited == (society.world.columns.group == number).sum()
    page.locator(".multiple canvas").first.click(position={"x": 5, "y": 5})
    page.locator(".who h3").wait_for()
    assert society.country.groups[0].label in page.locator(".who").inner_text()


def test_a_citizen_is_found_by_words(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=30")
    tab.reach(30)
    page = tab.page
    found = []
    for _ in range(2):
        page.locator("#citizen-search").fill("russ karaganda")
        page.locator("#citizen-search").press("Enter")
        page.locator(f".who h3:not(:text-is('Citizen {found[-1] if found else -1}'))").wait_for()
        found.append(int(page.locator("#citizen-number").input_value()))
        assert "Russians" in page.locator(".who").inner_text()
        assert "Karaganda" in page.locator(".who").inner_text()
    assert found[0] != found[1]
    page.locator("#citizen-search").fill("nobody")
    page.locator("#citizen-search").press("Enter")
    page.get_by_text("Nobody is found by 'nobody'").wait_for()


def test_the_rarest_behind_each_pixel(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=34&citizens=80000&layer=events&months=40", "390x844")
    tab.reach(34)
    page = tab.page
    fixed = tab.field("A")
    assert "One fixed citizen in" in page.locator("#legend").inner_text()
    page.locator("#rarest").check()
    page.locator("#legend").get_by_text("what is rarest").wait_for()
    page.wait_for_function("fixed => document.querySelector('canvas.cells').toDataURL() !== fixed", arg=fixed)
    assert "rarest=yes" in page.evaluate("location.hash")
    page.locator("#rarest").uncheck()
    page.wait_for_function("fixed => document.querySelector('canvas.cells').toDataURL() === fixed", arg=fixed)


def test_every_pixel_is_the_models(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=70")
    tab.reach(70)
    room = tab.page.evaluate(
        "async () => { const { laboratory } = await import('/static/js/main.js'); return laboratory.fields.room(); }"
    )
    lives = {letter: Life(Recipe("kazakhstan-2021", CITIZENS, 180, 1), History(policy))
             for letter, policy in (("A", "coercion"), ("B", "better_life"))}  # fmt: skip
    for layer in ("stance", "threat", "events"):
        tab.page.locator("#layer").select_option(layer)
        tab.page.locator(f'html[data-layer="{layer}"]').wait_for(state="attached")
        colours = tab.page.evaluate(
            "async layer => { const [{ palette }, { theme }] = await Promise.all([import('/static/js/palettes.js'), "
            "import('/static/js/theme.js')]); return Array.from(palette(layer, theme())); }",
            layer,
        )
        for letter, life in lives.items():
            life.resize(room["width"], room["height"])
            codes = np.frombuffer(life.cells(70, layer), dtype=np.uint8)
            wanted = hashlib.sha256(np.array(colours, dtype="<u4")[codes].tobytes()).hexdigest()
            drawn = tab.page.locator(f'[data-world="{letter}"] canvas.cells').evaluate(
                "async c => { const pixels = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; "
                "const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', pixels)); "
                "return [...digest].map(byte => byte.toString(16).padStart(2, '0')).join(''); }"
            )
            assert drawn == wanted, f"{layer} of {letter}"

"""The whole laboratory with nothing but the keyboard: everything is reached, seen to be reached, and left again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

STOPS = 260
"""More stops than the page has, with the parameters open."""

WHERE = """() => {
  const here = document.activeElement;
  if (here === document.body) return null;
  const box = here.getBoundingClientRect(), style = getComputedStyle(here);
  const bar = document.querySelector("#time-room");
  const x = Math.max(box.left, 0) + Math.min(box.width, 40) / 2, y = box.top + Math.min(box.height, 20) / 2;
  const top = document.elementFromPoint(x, y);
  return {
    name: here.id || here.getAttribute("aria-label") || here.textContent.trim().slice(0, 30),
    ring: style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2,
    box: [box.top, box.bottom, bar.getBoundingClientRect().top, scrollY],
    inSight: box.top >= 0 && (bar.contains(here) || y < bar.getBoundingClientRect().top),
    open: top !== null && (here.parentElement.contains(top) || top.contains(here)),
  };
}"""


class Hands:
    """Presses keys, and checks at every stop that the focus can be seen."""

    def __init__(self, tab: Any) -> None:
        self.page = tab.page
        self.passed: list[str] = []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def on(self, key: str = "Tab") -> str | None:
        """Go to the next stop and return its name, or None at the end of the page."""
        self.press(key)
        here = self.page.evaluate(WHERE)
        if here is None:
            return None
        assert here["ring"], f"the focus on {here['name']} cannot be seen"
        assert here["inSight"], f"{here['name']} is out of sight: {here['box']}"
        assert here["open"], f"{here['name']} is covered"
        self.passed.append(here["name"])
        return str(here["name"])

    def to(self, selector: str, key: str = "Tab") -> None:
        """Go on until something has the focus."""
        for _ in range(STOPS):
            self.on(key)
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is not reached; passed: {self.passed[-STOPS:]}")


@pytest.mark.parametrize("size", ["1440x900", "1024x768", "390x844"])
def test_every_control_is_a_stop_and_none_a_trap(open_tab: Callable[..., Any], size: str) -> None:
    tab = open_tab("#month=60&citizen=14", size)
    tab.reach(60)
    tab.page.locator(".who h3").wait_for()
    tab.page.evaluate("document.querySelector('#parameters').open = true")
    hands = Hands(tab)
    stops = [hands.on()]
    while stops[-1] is not None:
        stops.append(hands.on())
        assert len(stops) < STOPS
    end = len(stops) - 1
    assert [hands.on() for _ in range(4)] == stops[:4], "after the last stop comes the first"
    there = tab.page.evaluate(
        "() => [...document.querySelectorAll('button, select, input, summary, canvas.over, svg[tabindex]')]"
        ".filter(one => one.checkVisibility() && one.type !== 'radio').length"
    )
    extra = 3  # the skip link, the drawer that scrolls, and one of two radio buttons
    assert end == there + extra
    back = [hands.on("Shift+Tab") for _ in range(end)]
    assert None in back[:6] or len(set(back)) > 50


def test_a_journey_by_keyboard_alone(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("")
    page = tab.page
    hands = Hands(tab)
    page.locator("html[data-frames]").wait_for(state="attached", timeout=30_000)

    # time: pause, step, speed, scrub
    hands.to("#play")
    page.locator("#play", has_text="Pause").wait_for()
    hands.press("Enter")
    page.locator("#play", has_text="Play").wait_for()
    month = int(page.locator("#scrub").input_value())
    hands.press(".")
    tab.reach(month + 1)
    hands.press(",")
    tab.reach(month)
    hands.to("#forward")
    hands.press("Enter")
    tab.reach(month + 1)
    hands.to("#speed")
    hands.press("End")
    assert page.locator("#speed").input_value() == "Infinity"
    hands.to("#scrub")
    hands.press("Home")
    tab.reach(0)
    hands.press("PageUp", "ArrowRight", "ArrowLeft", "ArrowLeft")
    tab.reach(17)

    # guess, while time runs; then on to the end
    hands.to("#play", "Shift+Tab")
    hands.press("Enter")
    page.locator("#guess").wait_for(timeout=60_000)
    hands.press(" ", "Enter")
    assert page.locator("#guess").is_visible(), "a key pressed for something else must not guess"
    hands.to("#guess button:nth-of-type(3)")
    page.locator(".fuse").wait_for(state="detached")
    hands.press("Enter")
    tab.reach(180)
    assert page.locator(".mark").count() == 1
    assert page.evaluate("document.activeElement.id") == "play"
    hands.to("#scrub")
    hands.press("Home", *["PageUp"] * 4)
    tab.reach(72)

    # another policy for B
    hands.to('[data-world="B"] select')
    hands.press("End")
    page.locator('[data-levers="B"] .events').get_by_text("month 72: follow").wait_for()
    tab.reach(72)

    # a citizen, whom they know, and away
    hands.to('[data-world="A"] canvas.over', "Shift+Tab")
    hands.press("ArrowRight", "ArrowRight", "ArrowDown")
    page.locator(".who h3").wait_for()
    page.locator('[data-world="A"] canvas.over:focus').wait_for()
    before = page.locator(".who h3").inner_text()
    hands.press("Enter")
    page.locator(".who h3:focus").wait_for()
    hands.to("[data-tie]")
    known = page.evaluate("document.activeElement.dataset.tie")
    hands.press("Enter")
    page.locator(".who h3", has_text=f"Citizen {known}").wait_for()
    assert before != f"Citizen {known}"
    page.locator(".who h3:focus").wait_for()
    hands.on()
    hands.on()
    hands.press("Enter")
    page.locator(".who h3", has_text=f"Citizen {int(known) + 1}").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Next"
    hands.press("Escape")
    page.locator(".who h3").wait_for(state="hidden")
    page.locator('[data-world="A"] canvas.over:focus').wait_for()

    # colours, and whose life differs
    colours = tab.field("A")
    hands.to("#layer")
    hands.press("ArrowDown", "ArrowDown")
    page.wait_for_function("was => document.querySelector('canvas.cells').toDataURL() !== was", arg=colours)
    hands.press("Home")
    page.wait_for_function("was => document.querySelector('canvas.cells').toDataURL() === was", arg=colours)
    hands.to("#differs")
    hands.press(" ")
    page.wait_for_function("was => document.querySelector('canvas.cells').toDataURL() !== was", arg=colours)

    # a replay and the address
    hands.to("#save")
    with page.expect_download(timeout=120_000) as download:
        hands.press("Enter")
    assert download.value.suggested_filename.endswith(".html")
    hands.to("#share")
    hands.press("Enter")
    page.get_by_text("The address now holds this whole state").wait_for()
    assert "differs=yes" in page.evaluate("location.hash")

    # a lever, and back
    hands.to('[data-levers="A"] [data-lever="coercion"]')
    hands.press("ArrowLeft")
    page.locator('[data-levers="A"] .events').get_by_text("month 72: Coercion at").wait_for()
    hands.to('[data-act="undo"]', "Shift+Tab")
    hands.press("Enter")
    page.locator('[data-levers="A"] .events').get_by_text("none").wait_for()

    # a parameter, and back
    hands.to("#parameters summary")
    hands.press("Enter")
    hands.to("#search")
    page.keyboard.type("fairness_weight")
    hands.to('[data-parameter="fairness_weight"]')
    hands.press("Control+a")
    page.keyboard.type("1.1")
    hands.press("Enter")
    page.locator('html[data-opened="2"]').wait_for(state="attached", timeout=30_000)
    assert "set=fairness_weight:1.1" in page.evaluate("location.hash")
    tab.reach(72)
    hands.to('[data-act="undo"]', "Shift+Tab")
    hands.press("Enter")
    page.locator('html[data-opened="3"]').wait_for(state="attached", timeout=30_000)
    assert "set=" not in page.evaluate("location.hash")

    # what it is, and what it cannot say
    hands.to("#about-open", "Shift+Tab")
    hands.press("Enter")
    page.get_by_role("dialog", name="A model, not a forecast").wait_for()
    hands.press("Escape")
    assert page.evaluate("document.activeElement.id") == "about-open"

"""The page in a real browser: what one sees, does and gets back. Counters on the page, never sleeps."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.society import Society

CITIZENS = 2000
EQUAL = "#a=coercion&b=coercion"


@pytest.fixture(scope="module")
def societies() -> dict[str, Society]:
    return {
        letter: Society(citizens=CITIZENS, seed=1, policy=policy).run()
        for letter, policy in (("A", "coercion"), ("B", "better_life"))
    }


def signed(value: float) -> str:
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else ("−" if value < 0 else "+") + text


def test_the_first_picture_moves_by_itself(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("")
    page = tab.page
    first = page.wait_for_function(
        "() => 'frames' in document.documentElement.dataset && {"
        "headline: document.querySelector('#headline').innerText, "
        "fields: [...document.querySelectorAll('canvas.cells')].map(cells => cells.toDataURL()) }",
        timeout=30_000,
    ).json_value()
    assert "what keeps citizens sincerely loyal" in page.locator("h1").inner_text()
    assert "Nothing differs yet" in first["headline"]
    assert first["fields"][0] == first["fields"][1]
    page.get_by_text("A looks more loyal than it is").wait_for(timeout=60_000)
    page.locator("#play").click()
    assert tab.field("A") != tab.field("B")
    assert "Play" in page.locator("#play").inner_text()


def test_months_are_asked_for_one_at_a_time(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=120")
    tab.reach(120)
    page = tab.page
    page.evaluate(
        "async () => { const { laboratory } = await import('/static/js/main.js'); const { link, fields } = laboratory; "
        "const ask = link.ask.bind(link), draw = fields.draw.bind(fields); "
        "window.seen = { asked: 0, drawn: 0, most: 0, months: [] }; let under = 0; "
        "link.ask = async (type, content) => { if (type !== 'show') return ask(type, content); "
        "  seen.asked += 1; seen.most = Math.max(seen.most, ++under); "
        "  try { return await ask(type, content); } finally { under -= 1; } }; "
        "fields.draw = () => { const end = performance.now() + 60; while (performance.now() < end); "
        "  seen.drawn += 1; seen.months.push(laboratory.shown); draw(); }; }"
    )
    page.locator("#speed").select_option("Infinity")
    page.locator("#play").click()
    tab.reach(180)
    page.locator("#play", has_text="Play").wait_for()
    seen = page.evaluate("window.seen")
    assert seen["most"] == 1, "a slow page must not pile up months"
    assert seen["asked"] - 2 <= 2 * seen["drawn"], "at most one month is passed over for each that is drawn"
    assert seen["months"] == sorted(seen["months"])
    assert seen["months"][-1] == 180


def test_under_reduced_motion_a_still_picture_says_the_same(
    open_tab: Callable[..., Any], societies: dict[str, Society]
) -> None:
    tab = open_tab("", reduced_motion="reduce")
    tab.reach(180)
    by = societies["B"].measure("loyalty")[180] - societies["A"].measure("loyalty")[180]
    assert tab.page.locator("#headline").inner_text() == (
        f"While its policy lasted, A looked more loyal than it was. What is felt stays: B ahead of A by {by:.2f}."
    )
    assert "Play" in tab.page.locator("#play").inner_text()


def test_figures_are_the_models(open_tab: Callable[..., Any], societies: dict[str, Society]) -> None:
    tab = open_tab("#month=60")
    tab.reach(60)
    for month in (60, 110, 24):
        tab.scrub(month)
        for letter, society in societies.items():
            felt = society.measure("loyalty_stayers")[month]
            said = society.measure("public_loyalty")[month]
            assert tab.figure(letter, "felt") == signed(felt)
            assert tab.figure(letter, "shown") == signed(said)
            assert tab.figure(letter, "gap") == signed(said - felt)
            assert tab.figure(letter, "left") == f"{100 * society.measure('departures')[month]:.1f} %"
        a, b = (society.measure("loyalty")[month] for society in societies.values())
        assert tab.figure("B", "difference") == signed(b - a)


@pytest.mark.parametrize(
    ("lived", "policy", "said"),
    [
        ("a=contact", "Contact", ""),
        ("a=coercion;0:policy:contact", "Contact", ""),
        ("a=coercion;40:policy:coercion;60:policy:contact", "Contact", "until month 60: Coercion"),
        ("a=coercion;40:policy:media;60:policy:contact", "Contact", "until month 60: Media campaign and 1 more"),
        ("a=media;50:contact:0.4;60:contact:0.1;70:conflict:0", "Media campaign", "Contact by hand"),
        (
            "a=coercion;50:media:0.4;60:policy:contact;90:welfare:1",
            "Contact",
            "until month 60: Coercion; 2 levers by hand",
        ),
    ],
)
def test_the_heading_says_what_a_world_lived(open_tab: Callable[..., Any], lived: str, policy: str, said: str) -> None:
    tab = open_tab(f"#{lived}&month=0", "390x844")
    tab.reach(0)
    world = tab.page.locator('[data-world="A"]')
    assert world.locator("h2 select option:checked").inner_text().strip() == policy
    assert world.locator(".lived").inner_text() == said
    tops = [tab.page.locator(f'[data-world="{name}"] .field').bounding_box()["y"] for name in "AB"]
    assert tops[0] == tops[1]


def test_equal_policies_are_equal_worlds_exactly(open_tab: Callable[..., Any]) -> None:
    tab = open_tab(f"{EQUAL}&month=75")
    tab.reach(75)
    assert "equal, citizen by citizen" in tab.page.locator("#headline").inner_text()
    assert tab.field("A") == tab.field("B")
    prints = tab.ask("fingerprint", {"month": 75})["worlds"]
    assert prints[0] == prints[1]
    tab.page.locator("#differs").check()
    assert tab.figure("B", "difference") == "0.00"


def test_a_step_back_shows_what_was(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=40")
    tab.reach(40)
    seen = {}
    for month in (40, 41, 42):
        tab.reach(month)
        seen[month] = (tab.field("A"), tab.field("B"), tab.ask("fingerprint", {"month": month})["worlds"])
        tab.page.locator("#forward").click()
    tab.reach(43)
    for month in (42, 41, 40):
        tab.page.locator("#back").click()
        tab.reach(month)
        assert seen[month] == (tab.field("A"), tab.field("B"), tab.ask("fingerprint", {"month": month})["worlds"])


def test_a_lever_changes_its_own_world_alone(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=80")
    tab.reach(80)
    before = tab.ask("fingerprint", {"month": 80})["worlds"]
    tab.scrub(60)
    tab.page.locator('[data-levers="A"] [data-lever="coercion"]').evaluate(
        "slider => { slider.value = 0.25; slider.dispatchEvent(new Event('change')); }"
    )
    tab.page.locator('[data-levers="A"] .events').get_by_text("month 60: Coercion at 0.25").wait_for()
    tab.scrub(80)
    after = tab.ask("fingerprint", {"month": 80})["worlds"]
    assert after[0] != before[0]
    assert after[1] == before[1]
    society = Society(citizens=CITIZENS, seed=1, policy="coercion").run(60)
    society.government.set_lever("coercion", 0.25)
    society.run(20)
    assert tab.figure("A", "felt") == signed(society.measure("loyalty_stayers")[80])
    tab.page.locator('[data-act="undo"]').click()
    tab.page.locator('[data-levers="A"] .events').get_by_text("none").wait_for()
    tab.reach(80)
    assert tab.ask("fingerprint", {"month": 80})["worlds"] == before


def test_copying_a_to_b_makes_them_equal(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#a=mixed;50:media:0.4&b=contact&month=70")
    tab.reach(70)
    tab.page.locator('[data-act="copy"]').click()
    tab.page.locator('[data-levers="B"] .events').get_by_text("Media").wait_for()
    prints = tab.ask("fingerprint", {"month": 70})["worlds"]
    assert prints[0] == prints[1]


def test_a_cell_opens_the_citizen(open_tab: Callable[..., Any], societies: dict[str, Society]) -> None:
    tab = open_tab("#month=90")
    tab.reach(90)
    page = tab.page
    page.locator('[data-world="A"] canvas.over').click(position={"x": 30, "y": 30})
    page.locator(".who h3").wait_for()
    number = int(page.locator("#citizen-number").input_value())
    for letter, policy in (("A", "coercion"), ("B", "better_life")):
        society = Society(citizens=CITIZENS, seed=1, policy=policy).run(90)
        citizen = society.citizen(number)
        state = page.locator(f'[data-life="{letter}"]')
        if citizen.present:
            assert state.locator('[data-state="Felt"]').inner_text() == signed(citizen.loyalty)
            assert state.locator('[data-state="Said"]').inner_text() == signed(citizen.public_loyalty)
            assert state.locator('[data-state="Feels threatened"]').inner_text() == f"{citizen.threat:.2f}"
        assert state.locator("blockquote p").count() >= 3
    region = societies["A"].country.regions[societies["A"].citizen(number).region].label
    group = societies["A"].country.groups[societies["A"].citizen(number).group].label
    over = page.locator('[data-world="A"] canvas.over')
    assert over.get_attribute("aria-description") == f"Citizen {number}: {group}, {region}"
    over.hover(position={"x": 30, "y": 30})
    assert over.get_attribute("title") == f"Citizen {number}: {group}, {region}"
    assert region in page.locator(".who").inner_text()
    page.locator('[data-world="A"] canvas.over').press("ArrowRight")
    page.locator(f"#citizen-number:not([value='{number}'])").wait_for()
    page.get_by_role("button", name="most silenced in A").click()
    page.get_by_text("says more than is felt").first.wait_for()


def test_letters_say_what_their_writers_live_through(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=120")
    tab.reach(120)
    letters = tab.page.evaluate(
        "async () => { const [{ laboratory }, { letter }] = await Promise.all([import('/static/js/main.js'), "
        "import('/static/js/letter.js')]); const all = []; "
        "for (const month of [40, 120]) for (let number = 0; number < 2000; number += 6) { "
        "  const { head } = await laboratory.link.ask('citizen', { number, month }); "
        "  for (const life of head.lives) { "
        "    all.push([letter(life, month).join('\\n'), life.camp, life.initial_loyalty, life.state]); } } "
        "return all; }"
    )
    told: dict[str, int] = {}
    for text, camp, start, now in letters:
        change = now["loyalty"] - start
        here = now["present"]
        ours = here and now["loyalty"] >= -0.25
        wanted = {
            "Dear cousin": camp == 0,
            "I have been gone": not here,
            "more to live on": here and now["welfare"] > 0.01,
            "less to live on": here and now["welfare"] < -0.01,
            "nobody to complain to": here and now["fairness"] < -0.02 and now["injustice_memory"] <= 0.05,
            "I am afraid": here and now["threat"] > 0.35,
            "I sleep well": here and now["threat"] < 0.15,
            "spat": here and now["harassed"],
            "This month somebody": here and now["harassed"],
            "than I mean": here and 0.05 < now["falsified"] <= 0.15,
            "You know what I think": here and now["falsified"] > 0.15,
            "your flag in the window": here and now["shown"] == 2 and now["falsified"] <= 0.05,
            "more than it was.": ours and change > 0.02,
            "That makes me sad": ours and change < -0.06,
            "all it ever was": here and not ours and -0.06 <= change <= 0.02,
        }
        for words, said in wanted.items():
            assert (words in text) == said, f"{words!r}: {now}\n{text}"
            told[words] = told.get(words, 0) + said
    assert len([words for words, count in told.items() if count]) >= 11, told
    assert len({text for text, *_ in letters}) > 30


def test_the_address_holds_everything(open_tab: Callable[..., Any]) -> None:
    worlds = "#a=coercion;40:welfare:0.5&b=media;60:policy:contact"
    tab = open_tab(f"{worlds}&month=66&seed=5&set=welfare_weight:0.9&layer=threat&citizen=17")
    tab.reach(66)
    tab.page.locator("#share").click()
    prints = tab.ask("fingerprint", {"month": 66})["worlds"]
    kept = tab.page.evaluate("location.hash")
    again = open_tab(kept)
    again.reach(66)
    assert again.ask("fingerprint", {"month": 66})["worlds"] == prints
    assert again.page.locator("#layer").input_value() == "threat"
    assert again.page.locator(".who h3").inner_text() == "Citizen 17"
    wanted = Society(citizens=CITIZENS, seed=5, policy="coercion", welfare_weight=0.9).run(40)
    wanted.government.set_lever("welfare", 0.5)
    wanted.run(26)
    assert again.figure("A", "felt") == signed(wanted.measure("loyalty_stayers")[66])


def test_a_month_beyond_the_end_is_the_last(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=999")
    tab.reach(180)
    assert tab.page.locator("#scrub").input_value() == "180"


def test_it_is_said_that_nothing_follows_the_last_month(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=180")
    tab.reach(180)
    tab.page.get_by_label("B: Policy").select_option("contact")
    tab.page.locator("#notice", has_text="This is the last month").wait_for()


def test_what_is_refused_is_said_and_can_be_mended(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#a=welfare&citizens=2000000&month=0")
    page = tab.page
    page.locator("#notice", has_text="it must be a whole number from 100 to 1000000").wait_for()
    assert page.locator('[data-world="A"] h2 select').input_value() == "welfare"
    page.locator("#citizens").fill("500")
    page.locator("#remake").click()
    tab.reach(0)
    assert page.locator("#notice").is_hidden()
    assert "the same 500 people" in page.locator("#setting").inner_text()


def test_two_tabs_live_their_own_lives(open_tab: Callable[..., Any]) -> None:
    first, second = open_tab("#month=50"), open_tab("#a=welfare&b=media&month=70")
    first.reach(50)
    second.reach(70)
    prints = first.ask("fingerprint", {"month": 50})["worlds"]
    second.scrub(90)
    second.page.locator('[data-world="A"] h2 select').select_option("contact")
    second.page.locator('[data-levers="A"] .events').get_by_text("Contact").wait_for()
    assert first.ask("fingerprint", {"month": 50})["worlds"] == prints
    assert first.page.locator("html").get_attribute("data-month") == "50"


def test_a_dropped_line_is_taken_up_again(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=50")
    tab.reach(50)
    prints = tab.ask("fingerprint", {"month": 50})["worlds"]
    field = tab.field("A")
    tab.page.evaluate(
        "async () => { const { laboratory } = await import('/static/js/main.js'); laboratory.link.socket.close(); }"
    )
    tab.page.locator('html[data-opened="2"]').wait_for(state="attached", timeout=30_000)
    tab.reach(50)
    assert tab.ask("fingerprint", {"month": 50})["worlds"] == prints
    assert tab.field("A") == field


def test_the_keyboard_is_enough(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=10")
    tab.reach(10)
    page = tab.page
    page.keyboard.press(".")
    tab.reach(11)
    page.keyboard.press(",")
    tab.reach(10)
    page.locator("#scrub").focus()
    page.keyboard.press("ArrowRight")
    tab.reach(11)
    page.locator('[data-world="B"] canvas.over').focus()
    page.keyboard.press("ArrowDown")
    page.locator(".who h3").wait_for()
    page.locator("#play").focus()
    page.keyboard.press("Enter")
    assert "Pause" in page.locator("#play").inner_text()


def test_charts_give_their_numbers(open_tab: Callable[..., Any], societies: dict[str, Society]) -> None:
    tab = open_tab("#month=100")
    tab.reach(100)
    page = tab.page
    page.get_by_role("button", name="Feeling threatened: Table").click()
    rows = page.locator(".chart", has_text="Feeling threatened").locator(".table tr")
    assert rows.count() == 102
    cells = rows.nth(101).locator("td").all_inner_texts()
    wanted = [society.measure("threat")[100] for society in societies.values()]
    np.testing.assert_allclose([float(cell) for cell in cells[1:]], wanted, rtol=1e-5)
    with page.expect_download() as download:
        page.get_by_role("button", name="What is felt: B minus A: CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert text[0] == "month,B - A"
    difference = societies["B"].measure("loyalty") - societies["A"].measure("loyalty")
    assert float(text[101].split(",")[1]) == pytest.approx(difference[100], rel=1e-5)
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Feeling threatened: {kind}").click()
        assert Path(download.value.path()).read_bytes().startswith(start)


def test_charts_out_of_sight_are_drawn_when_seen_or_when_time_stands_still(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=0")
    tab.reach(0)
    page = tab.page
    chart = page.get_by_role("slider", name="Budget")
    page.locator("#play").click()
    page.wait_for_function("() => Number(document.documentElement.dataset.month) > 20")
    assert chart.get_attribute("aria-valuenow") == "0"
    page.locator("#play").click()
    page.locator("#play", has_text="Play").wait_for()
    month = page.locator("#scrub").input_value()
    page.locator(f'[aria-label="Budget"][aria-valuenow="{month}"]').wait_for()
    page.locator("#play").click()
    chart.scroll_into_view_if_needed()
    page.locator(f'[aria-label="Budget"]:not([aria-valuenow="{month}"])').wait_for()
    assert page.locator("#play", has_text="Pause").is_visible()


def test_every_colouring_draws(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=60")
    tab.reach(60)
    layers = tab.page.locator("#layer option").evaluate_all("options => options.map(option => option.value)")
    pictures = set()
    for layer in layers:
        tab.page.locator("#layer").select_option(layer)
        tab.page.locator(f'html[data-layer="{layer}"]').wait_for(state="attached")
        pictures.add(tab.field("A"))
    assert len(pictures) == len(layers)


def test_the_map_tells_each_region(open_tab: Callable[..., Any], societies: dict[str, Society]) -> None:
    tab = open_tab("#month=100")
    tab.reach(100)
    for number, region in enumerate(societies["A"].country.regions):
        a, b = (society.measure("loyalty", "kin_camp", region=region.name) for society in societies.values())
        tiles = tab.page.locator(f'.tile[data-region="{number}"]')
        titles = tiles.evaluate_all("tiles => tiles.map(tile => tile.title)")
        shown = [title.rpartition(": ")[2].replace("−", "-") for title in titles]
        numbers = [float("nan") if text == "–" else float(text) for text in shown]
        np.testing.assert_allclose(numbers, (a[100] - a[0], b[100] - b[0], b[100] - a[100]), atol=0.0051)


def test_parameters_and_seed_make_other_worlds(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#month=0")
    tab.reach(0)
    page = tab.page
    page.locator("#seed").fill("9")
    page.locator("#parameters summary").click()
    page.locator("#search").fill("rw")
    page.locator('[data-parameter="fairness_weight"]').evaluate("input => { input.value = 1.1; }")
    page.locator("#remake").click()
    page.locator("#notice").wait_for(state="hidden", timeout=30_000)
    tab.scrub(100)
    society = Society(citizens=CITIZENS, seed=9, policy="better_life", fairness_weight=1.1).run(100)
    assert tab.figure("B", "felt") == signed(society.measure("loyalty_stayers")[100])


def test_the_guess_is_asked_once_and_marked(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("")
    page = tab.page
    page.locator("#speed").select_option("Infinity")
    page.locator("#guess").wait_for(timeout=60_000)
    page.locator("#guess").get_by_role("button", name="In A").click()
    tab.reach(180)
    assert page.locator("#guess").is_hidden()
    assert page.locator(".mark").count() == 1


def test_twenty_pairs_give_a_band(open_tab: Callable[..., Any]) -> None:
    tab = open_tab("#citizens=300&month=120")
    tab.reach(120)
    tab.page.locator("#pairs").click()
    tab.page.get_by_text("20 other seeds").wait_for(timeout=120_000)
    assert tab.page.locator(".main-chart path[fill-opacity='0.18']").count() == 1


def test_no_script_asks_for_what_is_not_ours() -> None:
    static = Path(__file__).parents[2] / "lab" / "static"
    for file in static.rglob("*"):
        if file.suffix in (".js", ".css", ".html"):
            found = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", re.sub(r"(?m)^\s*//.*$", "", file.read_text("utf-8")))
            assert [url for url in found if "www.w3.org" not in url] == [], file


@pytest.mark.parametrize("size", ["1440x900", "1024x768", "390x844"])
def test_every_view_fits_its_screen(open_tab: Callable[..., Any], size: str, tmp_path: Path) -> None:
    folder = Path(os.environ.get("LAB_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    tab = open_tab("#month=0", size)
    tab.reach(0)
    page = tab.page

    def look(name: str, *schemes: str) -> None:
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=folder / f"{name}-{size}-{scheme}.png")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} at {size} is {wide} pixels too wide"
        page.emulate_media(color_scheme="light")

    look("start", "light")
    tab.scrub(180)
    look("end", "light")
    tab.scrub(60)
    look("policy", "light", "dark")
    page.locator("#group").select_option("each")
    page.locator("#citizen-number").fill("14")
    page.locator("#citizen-number").press("Enter")
    page.locator(".who h3").wait_for()
    for name, part in (
        ("groups", "#multiples"),
        ("lives", "#lives"),
        ("charts", "#charts"),
        ("controls", "#workbench"),
    ):
        page.locator(part).evaluate("part => part.scrollIntoView()")
        look(name, "light", "dark")

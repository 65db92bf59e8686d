"""A replay opened from disk, with the network off, against the laboratory and the model it was recorded from."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab.blocks import squeeze
from lab.history import History, Recipe
from lab.layout import lay_out
from lab.life import Life
from lab.recording import FIRST_LAYER, OTHER_LAYERS, Recorder
from lab.replay import MARK
from model.society import Society
from run import main
from scenarios import ScenarioError

ROOT = Path(__file__).parents[2]
CITIZENS = 2000
SIZES = {"1440x900": (1440, 900), "1024x768": (1024, 768), "390x844": (390, 844)}


def write(out: Path, *options: str, policies: tuple[str, str] = ("coercion", "better_life")) -> int:
    return main(["replay", *policies, "--quiet", "--out", str(out), *options])


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A replay of what the laboratory of the tests opens with."""
    file = tmp_path_factory.mktemp("replay") / "usual.html"
    assert write(file, "--citizens", str(CITIZENS)) == 0
    return file


@pytest.fixture(scope="module")
def societies() -> dict[str, Society]:
    return {
        letter: Society(citizens=CITIZENS, seed=1, policy=policy).run()
        for letter, policy in (("A", "coercion"), ("B", "better_life"))
    }


class Disk:
    """A page opened from a file, without network; whatever it asks for is a wrong."""

    def __init__(self, context: Any, file: Path, state: str) -> None:
        self.page = context.new_page()
        self.wrongs: list[str] = []
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.wrongs.append(said.text))
        self.page.on("pageerror", lambda error: self.wrongs.append(str(error)))
        self.page.on("request", lambda request: self._check(request.url, file))
        self.page.on("websocket", lambda socket: self.wrongs.append(socket.url))
        self.page.goto(file.as_uri() + state)

    def _check(self, url: str, file: Path) -> None:
        if url.partition("#")[0] != file.as_uri() and not url.startswith(("data:", "blob:")):
            self.wrongs.append(url)

    def reach(self, month: int) -> None:
        self.page.locator(f'html[data-month="{month}"]').wait_for(state="attached", timeout=60_000)

    def scrub(self, month: int) -> None:
        self.page.locator("#scrub").evaluate(
            "(bar, month) => { bar.value = month; bar.dispatchEvent(new Event('input')); "
            "bar.dispatchEvent(new Event('change')); }",
            month,
        )
        self.reach(month)

    def field(self, world: str) -> str:
        drawn: str = self.page.locator(f'[data-world="{world}"] canvas.cells').evaluate("c => c.toDataURL()")
        return drawn

    def figure(self, world: str, name: str) -> str:
        text: str = self.page.locator(f'[data-world="{world}"] [data-figure="{name}"]').inner_text()
        return text


@pytest.fixture
def from_disk(chromium: Any) -> Iterator[Callable[..., Disk]]:
    pages: list[Disk] = []
    contexts = []

    def opened(file: Path, state: str = "#month=0", size: str = "1440x900", **options: Any) -> Disk:
        width, height = SIZES[size]
        context = chromium.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        contexts.append(context)
        pages.append(Disk(context, file, state))
        return pages[-1]

    yield opened
    for context in contexts:
        context.close()
    assert [wrong for page in pages for wrong in page.wrongs] == []


def signed(value: float) -> str:
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else ("−" if value < 0 else "+") + text


def lives_of(page: Any) -> list[str]:
    """Return what the page tells of a citizen."""
    # In one go: the page may tell them anew at any moment.
    told: list[str] = page.evaluate(
        "[...document.querySelectorAll('.who dl, .letter-home, .state, .happened')].map(part => part.innerText.trim())"
    )
    return told


# --- the page ---------------------------------------------------------------------------------------------------------


def test_frames_are_those_of_the_laboratory(
    recorded: Path, from_disk: Callable[..., Disk], open_tab: Callable[..., Any]
) -> None:
    replay, tab = from_disk(recorded), open_tab()
    for page in (replay, tab):
        page.reach(0)
    seen = {}
    for month in (0, 29, 77, 180):
        for page in (replay, tab):
            page.scrub(month)
        seen[month] = [tab.field("A"), tab.field("B")]
        assert [replay.field("A"), replay.field("B")] == seen[month], f"month {month}"
    assert seen[77][0] != seen[77][1]
    for month in (77, 29, 0, 180):
        replay.scrub(month)
        assert [replay.field("A"), replay.field("B")] == seen[month], f"back to month {month}"


def test_every_recorded_colouring_is_that_of_the_laboratory(
    recorded: Path, from_disk: Callable[..., Disk], open_tab: Callable[..., Any]
) -> None:
    pages = [from_disk(recorded, "#month=70", "390x844"), open_tab("#month=70", "390x844")]
    for page in pages:
        page.reach(70)
    pictures = {pages[0].field("B")}
    for layer in OTHER_LAYERS:
        for page in pages:
            frames = int(page.page.locator("html").get_attribute("data-frames"))
            page.page.locator("#layer").select_option(layer)
            page.page.locator(f'html[data-frames="{frames + 1}"]').wait_for(state="attached")
        assert pages[0].field("B") == pages[1].field("B"), layer
        pictures.add(pages[0].field("B"))
    assert len(pictures) == 1 + len(OTHER_LAYERS)


def test_figures_and_charts_are_the_models(
    recorded: Path, from_disk: Callable[..., Disk], societies: dict[str, Society]
) -> None:
    replay = from_disk(recorded, "#month=110")
    replay.reach(110)
    for letter, society in societies.items():
        assert replay.figure(letter, "felt") == signed(society.measure("loyalty_stayers")[110])
        assert replay.figure(letter, "shown") == signed(society.measure("public_loyalty")[110])
        assert replay.figure(letter, "left") == f"{100 * society.measure('departures')[110]:.1f} %"
    page = replay.page
    with page.expect_download() as download:
        page.get_by_role("button", name="What is felt: B minus A: CSV").click()
    rows = Path(download.value.path()).read_text(encoding="utf-8").splitlines()[1:]
    wanted = societies["B"].measure("loyalty") - societies["A"].measure("loyalty")
    np.testing.assert_allclose([float(row.split(",")[1]) for row in rows], wanted[:111], rtol=1e-5, atol=1e-12)
    tile = page.locator('.map:nth-child(2) .tile[data-region="3"]').get_attribute("title")
    region = societies["B"].country.regions[3]
    change = societies["B"].measure("loyalty", "kin_camp", region=region.name)
    assert tile == f"{region.label}: {signed(change[110] - change[0])}"


def test_lives_are_told_as_in_the_laboratory(
    recorded: Path, from_disk: Callable[..., Disk], open_tab: Callable[..., Any]
) -> None:
    replay, tab = from_disk(recorded), open_tab()
    for page in (replay, tab):
        page.reach(0)
    for month in (50, 100):
        for button, what in (("gained most by B", "parted"), ("left A, stayed in B", "left")):
            told = []
            number = tab.ask("find", {"what": what, "month": month})["citizen"]
            for page in (replay, tab):
                page.scrub(month)
                page.page.get_by_role("button", name=button).click()
                page.page.locator(f'.page[data-month="{month}"][data-citizen="{number}"]').wait_for()
                told.append(lives_of(page.page))
            assert told[0] == told[1]


def test_who_has_no_recorded_life_is_said_to_and_the_nearest_offered(
    recorded: Path, from_disk: Callable[..., Disk]
) -> None:
    replay = from_disk(recorded, "#month=60")
    replay.reach(60)
    page = replay.page
    told = page.evaluate("JSON.parse(document.querySelector('#recording').textContent).head.lives.count")
    assert told == 500
    page.locator("#group").select_option("told")
    offer = page.locator('[data-act="nearest"]')
    for number in range(CITIZENS):
        page.locator("#citizen-number").fill(str(number))
        page.locator(".byNumber button").click()
        page.locator(".who h3, [data-act='nearest']").first.wait_for()
        if offer.is_visible():
            break
    assert f"Citizen {number}" in page.locator("#lives .note").inner_text()
    assert page.locator(".who h3").is_hidden()
    nearest = re.findall(r"\d+", offer.inner_text())[-1]
    offer.click()
    page.get_by_role("heading", name=f"Citizen {nearest}").wait_for()
    page.get_by_role("button", name="Next").click()
    page.locator(f".who h3:not(:text-is('Citizen {nearest}'))").wait_for()
    page.locator("#citizen-number").fill("999999")
    page.locator(".byNumber button").click()
    page.get_by_text(f"from 0 to {CITIZENS - 1}").wait_for()


def test_it_plays_by_itself_and_by_keyboard(recorded: Path, from_disk: Callable[..., Disk]) -> None:
    replay = from_disk(recorded, "")
    page = replay.page
    page.get_by_text("A looks more loyal than it is").wait_for(timeout=60_000)
    page.locator("#play").press("Enter")
    assert "Play" in page.locator("#play").inner_text()
    month = int(page.locator("html").get_attribute("data-month"))
    page.locator('[data-world="A"] canvas.over').focus()
    page.keyboard.press(".")
    replay.reach(month + 1)
    page.keyboard.press("ArrowRight")
    page.locator(".who h3, [data-act='nearest']").first.wait_for()
    assert page.locator("#save, #share, #reset, #pairs").count() == 0
    assert page.locator('[data-levers="A"] [data-lever="coercion"]').evaluate("meter => meter.value") > 0


def test_what_was_done_in_the_laboratory_is_in_its_replay(
    open_tab: Callable[..., Any], from_disk: Callable[..., Disk], tmp_path: Path
) -> None:
    tab = open_tab(
        "#a=coercion;40:welfare:0.5;50:conflict:0.3&b=media;50:conflict:0.3;60:policy:contact"
        "&month=66&seed=5&set=welfare_weight:0.9&budget=0.004"
    )
    tab.reach(66)
    page = tab.page
    with page.expect_download(timeout=120_000) as download:
        page.locator("#save").click()
        page.locator("#forward").click()
        tab.reach(67)
    assert download.value.suggested_filename == "civic-loyalty-coercion-and-media.html"
    file = tmp_path / "saved.html"
    download.value.save_as(file)
    page.get_by_text("Saved as").wait_for()
    replay = from_disk(file, "#month=67&show=each")
    replay.reach(67)
    tab.page.locator("#group").select_option("each")
    for each in (replay.page, tab.page):
        each.locator("#multiples").wait_for()
    notes = [each.locator("#multiples .note").all_inner_texts() for each in (replay.page, tab.page)]
    assert notes[0] == notes[1]
    assert notes[0][0] != ""
    assert [replay.field("A"), replay.field("B")] == [tab.field("A"), tab.field("B")]
    assert replay.page.locator(".mark").count() == 4
    assert "Welfare at 0.50" in replay.page.locator('[data-levers="A"] .events').inner_text()
    assert "welfare weight 0.9" in replay.page.locator(".holds").first.inner_text()
    assert "0.4 % of output" in replay.page.locator(".holds").first.inner_text()
    address = replay.page.locator("#workbench code").inner_text()
    again = open_tab(address)
    again.reach(0)
    again.scrub(67)
    assert again.field("B") == replay.field("B")


def test_words_from_files_stay_words(from_disk: Callable[..., Disk], tmp_path: Path) -> None:
    title = "</script><script>document.title='taken'</script><b id='taken'>"
    policy = tmp_path / "coercion.toml"
    policy.write_text(f'title = "{title}"\ndescription = "{title}"\n[levers]\nmedia = {{ level = 0.5 }}\n', "utf-8")
    file = tmp_path / "mine.html"
    options = ("--citizens", "300", "--months", "40", "--lives", "5", "--megabytes", "0.001")
    assert write(file, *options, policies=(str(policy), "coercion")) == 0
    assert str(tmp_path) not in file.read_text("utf-8")
    replay = from_disk(file, "#month=40")
    replay.reach(40)
    assert replay.page.locator("#taken").count() == 0
    assert replay.page.locator('[data-world="A"] .policy').inner_text() == title
    assert replay.page.locator('[data-world="B"] .policy').inner_text() == "Coercion"
    assert replay.field("A") != replay.field("B")
    left = replay.page.locator(".holds").nth(1).inner_text()
    assert "feeling threatened" in left
    assert "lives of the other 295" in left
    assert replay.page.locator("#layer option:disabled").count() == len(OTHER_LAYERS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_fits_its_screen(
    recorded: Path, from_disk: Callable[..., Disk], scheme: str, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("LAB_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    replay = from_disk(recorded, "#month=90", color_scheme=scheme)
    page = replay.page
    replay.reach(90)
    page.get_by_role("button", name="gained most by B").click()
    page.locator(".who h3").wait_for()
    for name, (width, height) in SIZES.items():
        before = page.locator("canvas.cells").first.evaluate("canvas => canvas.width")
        page.set_viewport_size({"width": width, "height": height})
        if name != next(iter(SIZES)):
            page.wait_for_function("before => document.querySelector('canvas.cells').width !== before", arg=before)
        page.screenshot(path=folder / f"replay-{name}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_axe_finds_nothing_serious(recorded: Path, from_disk: Callable[..., Disk]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -e '.[dev]' brings axe")
    for size, scheme in (("1440x900", "light"), ("390x844", "dark")):
        replay = from_disk(recorded, "#month=90", size, color_scheme=scheme)
        replay.reach(90)
        replay.page.get_by_role("button", name="gained most by B").click()
        replay.page.locator(".who h3").wait_for()
        found = axe.Axe().run(replay.page).response
        assert len(found["passes"]) > 20
        serious = [rule for rule in found["violations"] if rule["impact"] in ("serious", "critical")]
        wrong = [(rule["id"], node["html"][:120]) for rule in serious for node in rule["nodes"]]
        assert wrong == [], f"{size}, {scheme}"


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "options", "words"),
    [
        ("x.html", ["--country", "kazakhstan-2020"], "kazakhstan-2021"),
        ("x.html", ["--set", "welfare_wait=1"], "welfare_weight"),
        ("x.html", ["--citizens", "200000"], "at most 100000"),
        ("x.html", ["--citizens", "0"], "--citizens 0"),
        ("x.html", ["--months", "0"], "--months 0"),
        ("x.html", ["--lives", "-1"], "--lives -1"),
        ("x.html", ["--budget", "2"], "--budget 2"),
        ("x.html", ["--megabytes", "0"], "--megabytes 0"),
        ("x.txt", [], "ends in .html"),
        (".", [], "html"),
        ("mine.html", [], "no replay"),
    ],
)
def test_bad_input_is_refused_in_a_line(
    out: str, options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.html").write_text("my thesis", "utf-8")
    assert write(tmp_path / out, *options) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.html"]
    assert (tmp_path / "mine.html").read_text("utf-8") == "my thesis"


def test_a_place_that_takes_no_file_is_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "mine.txt").write_text("my thesis", "utf-8")
    for out, words in (("folder.html", "is a folder; name a file"), ("mine.txt/x.html", "cannot write")):
        assert write(tmp_path / out, "--citizens", "50", "--months", "1") == 2
        said = capsys.readouterr().err
        assert f"--out {tmp_path / out}: {words}" in said
        assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder.html", "mine.txt"]


def test_an_unknown_policy_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write(tmp_path / "x.html", policies=("coercion", "beter_life")) == 2
    assert "better_life" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "x.html"
    file.write_text(f"{MARK} an older replay", "utf-8")
    command = [sys.executable, "run.py", "replay", "coercion", "better_life", "--citizens", "5000", "--out", str(file)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    assert process.stderr is not None
    process.stderr.read(10)
    process.send_signal(signal.SIGKILL)
    process.wait(20)
    process.stderr.close()
    assert file.read_text("utf-8") == f"{MARK} an older replay"
    assert write(file, "--citizens", "300", "--months", "12") == 0
    text = file.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


def test_the_same_command_writes_the_same_file(tmp_path: Path) -> None:
    files = [tmp_path / "1.html", tmp_path / "2.html"]
    for file in files:
        assert write(file, "--citizens", "300", "--months", "24") == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_colourings_are_left_out_in_order_when_there_is_no_room() -> None:
    recipe, histories = Recipe("kazakhstan-2021", 500, 40, 1), (History("coercion"), History("better_life"))
    sizes: list[int] = []
    for part in (1e6, 0.9, 1e-6):
        megabytes = part * (sizes[0] / 1e6 if sizes else 1.0)
        recorder = Recorder(recipe, histories, megabytes=megabytes, lives=20)
        steps = sum(1 for _ in recorder.work())
        assert steps == recorder.total
        assert recorder.recording is not None
        sizes.append(sum(block.room for block in recorder.recording.blocks))
        held = recorder.recording.head["layers"]
        assert held[0] == FIRST_LAYER
        if part == 0.9:
            assert 1 < len(held) < 1 + len(OTHER_LAYERS)
            assert sizes[-1] <= 0.9 * sizes[0]
    assert sizes[0] > sizes[1] > sizes[2]
    with pytest.raises(ScenarioError, match="at most"):
        Recorder(Recipe("kazakhstan-2021", 10**6, 1, 1), histories)


def test_two_worlds_of_one_policy_name_it_once_and_are_equal() -> None:
    recorder = Recorder(Recipe("kazakhstan-2021", 100, 2, 1), (History("coercion"), History("coercion")), lives=5)
    for _ in recorder.work():
        pass
    assert recorder.recording is not None
    head = recorder.recording.head
    assert [policy["name"] for policy in head["policies"]] == ["coercion"]
    assert head["equal"]


# --- the parts --------------------------------------------------------------------------------------------------------


def test_tables_come_back_as_they_were(open_tab: Callable[..., Any]) -> None:
    page = open_tab().page
    draws = np.random.default_rng(7)
    tables = [
        draws.integers(0, 256, (40, 7)).astype(np.uint8),
        np.repeat(draws.integers(0, 256, (1, 300)), 20, axis=0).astype(np.uint8),
        draws.integers(-(2**29), 2**29, (30, 11)).astype(np.int32),
        np.cumsum(draws.integers(-2, 3, (50, 200)), axis=0).astype(np.int32),
        np.cumsum(draws.integers(-2, 3, (200, 50)), axis=0).astype(np.int32),
        draws.normal(size=(13, 5)),
        np.array([[np.nan, -0.0, 1e-300], [np.inf, 2.5, -1e300]]),
        np.zeros((1, 0), dtype=np.int32),
    ]
    blocks = [squeeze(f"table {number}", table) for number, table in enumerate(tables)]
    assert {block.turned for block in blocks} == {False, True}
    for block, table in zip(blocks, tables, strict=True):
        back = page.evaluate(
            "async ([block, text]) => { const { unsqueeze } = await import('/static/js/blocks.js'); "
            "const table = await unsqueeze(block, text); return [...new Uint8Array(table.buffer)]; }",
            [block.described(), block.text()],
        )
        assert bytes(back) == table.tobytes()
    broken = page.evaluate(
        "async ([block, text]) => { const { unsqueeze } = await import('/static/js/blocks.js'); "
        "return unsqueeze(block, text).then(() => 'read', (error) => error.message); }",
        [{**blocks[0].described(), "rows": 41}, blocks[0].text()],
    )
    assert "damaged" in broken


@pytest.mark.parametrize(
    ("citizens", "rooms"), [(300, [(680, 440), (180, 360), (120, 160)]), (12_000, [(661, 317), (333, 680), (110, 100)])]
)
def test_the_page_lays_citizens_out_as_the_server_does(
    open_tab: Callable[..., Any], citizens: int, rooms: list[tuple[int, int]]
) -> None:
    society = Life(Recipe("kazakhstan-2021", citizens, 1, 1), History("coercion")).society
    people = society.world.columns
    country = {
        "places": [[region.row, region.column] for region in society.country.regions],
        "region": people.region.tolist(),
        "camp": people.camp.tolist(),
    }
    laid = open_tab().page.evaluate(
        "async ([country, rooms]) => { const { layOut } = await import('/static/js/layout.js'); "
        "return rooms.map(([width, height]) => { const { layout, citizens } = layOut(country, width, height); "
        "return { ...layout, citizens: [...citizens] }; }); }",
        [country, rooms],
    )
    wanted = [lay_out(society.country, people, width, height) for width, height in rooms]
    assert laid == [layout.described() | {"citizens": layout.citizens.tolist()} for layout in wanted]
    if citizens > 10_000:
        assert {layout.represented for layout in wanted} > {1}

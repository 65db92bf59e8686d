"""What the README and the pages of docs/ say is true: commands run, snippets execute, links and pictures are there."""

from __future__ import annotations

import importlib
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
from reading import PAGES, ROOT, anchors, blocks, commands, links, prose, slug, spans, words

import run
from experiments.designs import read_design
from experiments.documents.__main__ import main as documents

SMALL = {
    "simulate": ["--citizens", "60", "--months", "8", "--out", "simulated"],
    "sweep": ["--dry-run"],
    "parameters": [],
    "scenarios": [],
}
"""Commands cheap enough to be run as they stand, and what makes them small."""

SMALLER = (
    ('"first_look"', '"tiny.toml"'),
    ("ProcessPoolExecutor(8)", "ThreadPoolExecutor(1)"),
    ("import ProcessPoolExecutor", "import ThreadPoolExecutor"),
    ("citizens=4000", "citizens=300"),
    ("citizens=1000", "citizens=200"),
    ("citizens=500", "citizens=100"),
)
"""What is put in the place of what a snippet says, so that it ends in a second."""

TINY = """
kind = "latin_hypercube"
points = 2
citizens = 60
months = 31
policies = ["status_quo", "coercion"]
[parameters]
fairness_weight = "prior"
"""
PATH = re.compile(r"(?:agents|model|scenarios|experiments|lab|tests|docs|benchmarks)/[\w./-]*")
DOTTED = re.compile(r"(?:agents|model|scenarios|experiments|lab)(?:\.\w+)+")


def by_name(page: Path) -> str:
    return page.name


def all_commands() -> list[tuple[str, str]]:
    shown = {command: page.name for page in reversed(PAGES) for command in commands(page)}
    return sorted((page, command) for command, page in shown.items())


@pytest.mark.parametrize(("page", "command"), all_commands())
def test_commands_are_accepted(page: str, command: str, tmp_path, monkeypatch, capsys) -> None:
    program, *said = words(command)
    monkeypatch.chdir(tmp_path)
    if program == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert said[0] in targets, f"{page}: {command}"
        return
    if program == "solara" or said[0] == "-m":
        named = next(word for word in said if word not in ("run", "-m"))
        assert (ROOT / named).is_file() or importlib.util.find_spec(named), f"{page}: {command}"
        return
    script = ROOT / said.pop(0)
    assert script.is_file(), f"{page}: {command}"
    if script.name != "run.py" or not said or said[0].isupper():
        return
    try:
        options = run._parser().parse_args(said)
    except SystemExit:
        pytest.fail(f"{page}: {command}: {capsys.readouterr().err}")
    is_ours = not any(word.endswith(".toml") for word in said)
    if is_ours and options.command.__name__.removeprefix("_") in SMALL and not getattr(options, "until", None):
        assert run.main([*said, *SMALL[said[0]]]) == 0, f"{page}: {command}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "extending.md"], ids=by_name)
def test_snippets_execute(page: Path, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    space: dict[str, object] = {"__name__": "snippet"}
    for block in blocks(page):
        if block.language == "toml":
            content = tomllib.loads(block.text)
            if "kind" in content:
                (tmp_path / "design.toml").write_text(block.text, encoding="utf-8")
                assert read_design(str(tmp_path / "design.toml")).runs
        if block.language != "python" or block.not_executed or block.file:
            continue
        text = block.text
        for old, new in SMALLER:
            text = text.replace(old, new)
        exec(compile("\n" * block.line + text, str(page), "exec"), space)


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_links_pictures_and_places_are_there(page: Path) -> None:
    for target in links(page):
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{page.name} links to {target}; there are {sorted(anchors(there))}"
    for span in spans(page):
        if PATH.fullmatch(span):
            assert (ROOT / span).exists(), f"{page.name} names {span}"
        if DOTTED.fullmatch(span):
            module, _, name = span.rpartition(".")
            assert importlib.util.find_spec(span.split(".")[0])
            try:
                found = hasattr(importlib.import_module(module), name)
            except ModuleNotFoundError:
                owner, _, kind = module.rpartition(".")
                found = hasattr(getattr(importlib.import_module(owner), kind), name)
            assert found or importlib.util.find_spec(span), f"{page.name} names {span}"


def test_a_page_with_a_dead_link_or_command_would_be_found(tmp_path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A b: c\n\n[x](gone.md#y) ![p](p.png) `a/b`\n\n    python run.py fly [--high N]  # soon\n")
    assert links(page) == ["gone.md#y", "p.png"]
    assert anchors(page) == {slug("A b: c")} == {"a-b-c"}
    assert [words(command) for command in commands(page)] == [["python", "run.py", "fly", "--high", "2"]]
    assert "python" not in prose(page)


def test_every_page_is_on_the_site_and_the_site_has_no_other() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    assert sorted(re.findall(r": (\S+\.md)$", nav, re.MULTILINE)) == sorted(page.name for page in PAGES[1:])


def test_every_formula_is_drawn_without_a_leftover() -> None:
    """What the converter does not know it leaves standing: a command with its backslash, an ampersand for a column."""
    mathematics = pytest.importorskip("experiments.documents.mathematics")
    drawn = {page.name: mathematics.on_page_markdown(page.read_text(encoding="utf-8")) for page in PAGES}
    assert drawn["model.md"].count('<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">') >= 15
    for name, text in drawn.items():
        for formula in re.findall(r"<math.*?</math>", text, re.DOTALL):
            assert "<mi>&</mi>" not in formula, f"{name}: {formula}"
            assert "\\" not in formula, f"{name}: {formula}"
    assert mathematics.on_page_markdown("`$x$`") == "`$x$`"


def test_the_generated_parts_say_what_the_code_says() -> None:
    """If this fails: python -m experiments.documents."""
    assert documents(["--check"]) == 0

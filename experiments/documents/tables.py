"""The tables of the ODD protocol, read out of the code: entities, variables, schedule, streams, parameters."""

from __future__ import annotations

import ast
import inspect
import math
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

import model.books
import model.chance
import model.columns
import model.month
from agents.citizen import Citizen
from agents.government import Government
from agents.media_outlet import MediaOutlet
from agents.rules.conditions import Conditions
from experiments.documents.words import CITIZEN, NATION, STREAMS, Words
from model.columns import STATE, Columns, Economy, Surroundings
from model.measures import MEASURES, NATIONAL_MEASURES
from model.network import Network
from model.society import Society
from scenarios import DECLARATIONS, LEVERS, Figure, Group, ScenarioError, names, parameters, read_country, read_policy
from scenarios.policy import TARGETS

COUNTRY: Final = "kazakhstan-2021"
TRAITS: Final = ("mean_loyalty", "kinship", "kin_television", "departure_ratio")
WELL_FOUNDED: Final = {
    "sourced": "with a source",
    "parameter": "that are parameters",
    "assumed": "assumed",
    "approximate": "approximate",
}


def entities() -> str:
    """Return the table of entities: what they are, and how many there are in the default society."""
    country = read_country(COUNTRY)
    size = inspect.signature(Society).parameters["citizens"].default
    place = "Public space, street and output of those who live there."
    label = "A label with figures: size, loyalty, kin state, kinship, media diet."
    tie = "Who sees and hears whom; fixed for life, both ways."
    rows = [
        ("citizen", f"{size:,}", _first_line(Citizen), _code(Citizen)),
        ("government", "1", _first_line(Government), _code(Government)),
        ("media outlet", str(len(country.outlets)), _first_line(MediaOutlet), _code(MediaOutlet)),
        ("region", str(len(country.regions)), place, _code(Surroundings)),
        ("group", str(len(country.groups)), label, _code(Group)),
        ("tie", f"{DECLARATIONS['tie_degree'].default:g} a citizen", tie, _code(Network)),
        ("society", "1", _first_line(Society), _code(Society)),
    ]
    return table(("entity", "how many", "what it is", "code"), rows)


def citizen_variables() -> str:
    """Return the tables of a citizen's variables: fixed for life, state, and what one step leaves behind."""
    _agree("citizen", Columns._fields, CITIZEN)
    symbols = _comments(model.columns, "Columns")
    parts = []
    for title, chosen in _sections(model.columns, "Columns"):
        states = title == "state"
        head = ("variable", "symbol", "unit", "range", *(("month 0",) if states else ()), "meaning")
        rows = []
        for name in chosen:
            said = CITIZEN[name]
            symbol = (re.match(r"\(([^)]+)\)", symbols.get(name, "")) or ["", ""])[1]
            start = (said.start,) if states else ()
            rows.append((f"`{name}`", symbol, said.unit, _range(said), *start, said.meaning))
        if states and tuple(chosen) != STATE:
            raise ScenarioError(f"model.columns: STATE names {STATE}, the section says {tuple(chosen)}")
        parts.append(f"**{title[:1].upper()}{title[1:]}**\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def place_variables() -> str:
    """Return the table of what regions hold, and of institutions and output."""
    rows = []
    for owner in (Surroundings, Economy):
        comments = _comments(model.columns, owner.__name__)
        for name in owner._fields:
            shape, said = re.fullmatch(r"(\[[^\]]+\]) (.+)", comments[name]).groups()  # type: ignore[union-attr]
            rows.append((f"`{name}`", shape, said))
    return table(("variable", "one for each", "meaning"), rows)


def national_variables() -> str:
    """Return the table of the conditions that everybody shares in one step."""
    _agree("nation", Conditions._fields, NATION)
    rows = [(f"`{name}`", said.unit, _range(said), said.meaning) for name, said in NATION.items()]
    return table(("variable", "unit", "range", "meaning"), rows)


def schedule() -> str:
    """Return the order of one step: phases, and within them the rules as the code calls them."""
    inner = _innermost_loop(model.month.live_months)
    rows: list[tuple[str, ...]] = []
    for number, phase in enumerate(_calls(inner, model.month), start=1):
        rows.append((f"**{number}**", f"**`{phase.__name__}`**", "", f"**{_first_line(phase)}**"))
        for rule in _rules_of(getattr(Citizen, phase.__name__, phase)):
            module = inspect.getmodule(rule)
            section = re.search(r"specification[^0-9)]*([0-9][0-9.]*)", (module and module.__doc__) or "")
            file = f"rules/{rule.__module__.rsplit('.', 1)[1]}.py"
            rows.append(
                ("", f"`{rule.__name__}`", f"`{file}`" + (f", {section[1]}" if section else ""), _first_line(rule))
            )
    return table(("", "what", "file, section of the specification", "does"), rows)


def streams() -> str:
    """Return the table of random streams."""
    purposes = {
        name: value
        for name, value in vars(model.chance).items()
        if name.isupper() and isinstance(value, int) and value < 1000
    }
    _agree("chance", purposes, STREAMS)
    rows = [
        (f"`{name}`", str(number), STREAMS[name].decides, STREAMS[name].seed, STREAMS[name].step)
        for name, number in purposes.items()
    ]
    return table(("purpose", "number", "decides", "seed", "step"), rows)


def parameter_tables() -> str:
    """Return every parameter, by the sections in which they are declared."""
    parts = []
    for title, chosen in _sections(parameters, "Parameters"):
        rows = []
        for name in chosen:
            found = DECLARATIONS[name]
            prior = f"{found.prior[0]:g} to {found.prior[1]:g}" if found.prior else "fixed"
            marks = " (structural)" if found.structural else ""
            lever = f"; acts through the lever {found.lever}" if found.lever else ""
            meaning = found.meaning + marks + lever
            default = f"{found.default:g}"
            rows.append((f"`{name}`", found.symbol, default, prior, found.unit, meaning, found.source))
        heading = title[:1].upper() + title[1:]
        parts.append(
            f"**{heading}**\n\n{table(('name', 'symbol', 'default', 'prior', 'unit', 'meaning', 'source'), rows)}"
        )
    return "\n\n".join(parts)


def policies() -> str:
    """Return the table of shipped policies: which lever, how far, when, for whom."""
    rows = []
    for name in names("policies"):
        policy = read_policy(name)
        pulled = [
            f"{lever} {setting.level:g} for {str(setting.target).replace('_', ' ')}, "
            f"months {setting.start:g} to {setting.end:g}"
            for lever, setting in policy.levers.items()
        ]
        rows.append((f"`{name}`", "; ".join(pulled) or "none", policy.description))
    return table(("policy", "levers", "what it is"), rows)


def levers() -> str:
    """Return the table of levers: cost, whom they may address, and the parameters through which they act."""
    rows = []
    for lever in LEVERS:
        acting = [f"`{name}`" for name, found in DECLARATIONS.items() if found.lever == lever]
        targets = " or ".join(target.replace("_", " ") for target in TARGETS[lever])
        rows.append((lever, targets, ", ".join(acting)))
    return table(("lever", "addresses", "parameters that matter only while it is pulled"), rows)


def measures() -> str:
    """Return the table of measures, of populations and of the nation."""
    rows = [(f"`{name}`", found.unit, found.meaning) for name, found in MEASURES.items()]
    rows += [(f"`{name}`", "nation", meaning) for name, meaning in NATIONAL_MEASURES.items()]
    return table(("measure", "unit", "meaning"), rows)


def inputs() -> str:
    """Return the table of the default country's groups, and how well its figures are founded."""
    country = read_country(COUNTRY)
    figures = dict(country.figures())
    counts = country.counts()
    rows = []
    for number, group in enumerate(country.groups):
        share = counts[:, number].sum() / counts.sum()
        found = [_figure(figures[f"groups.{group.name}.{part}"]) for part in TRAITS]
        rows.append((group.label, f"{share:.1%}", group.kin_state or "none", *found))
    kinds = Counter(figure.kind for figure in figures.values())
    said = ", ".join(f"{count} {WELL_FOUNDED[kind]}" for kind, count in kinds.most_common())
    note = (
        f"{len(figures)} figures make the country `{COUNTRY}`: {said}. In brackets stands the range of an assumed one. "
        f"`python run.py scenarios {COUNTRY}` lists those without a source."
    )
    return f"{table(('group', 'share', 'kin state', *(part.replace('_', ' ') for part in TRAITS)), rows)}\n\n{note}"


def _figure(figure: Figure) -> str:
    if figure.parameter:
        return f"`{figure.parameter}`"
    prior = f" ({figure.prior[0]:g} to {figure.prior[1]:g})" if figure.prior else ""
    return f"{figure.number:g}{prior}"


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "entities": entities,
    "citizen": citizen_variables,
    "places": place_variables,
    "nation": national_variables,
    "schedule": schedule,
    "streams": streams,
    "parameters": parameter_tables,
    "policies": policies,
    "levers": levers,
    "measures": measures,
    "inputs": inputs,
}
"""What may stand between the markers of a page, by name."""


# --- reading code --------------------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _agree(what: str, coded: Iterable[str], described: Iterable[str]) -> None:
    """Refuse to describe something else than what is coded."""
    missing = [name for name in coded if name not in described]
    extra = [name for name in described if name not in coded]
    if missing or extra:
        raise ScenarioError(
            f"experiments/documents/words.py: {what}: not described: {', '.join(missing) or 'none'}; "
            f"described but not there: {', '.join(extra) or 'none'}"
        )


def _range(said: Words) -> str:
    low, high = said.range
    if said.unit in ("0 or 1", "-1, 0, 1"):
        return said.unit
    if math.isinf(low) and math.isinf(high):
        return "any"
    return f"{low:g} and up" if math.isinf(high) else f"{low:g} to {high:g}"


def _first_line(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ").removeprefix("Return ")


def _code(thing: type) -> str:
    return f"`{thing.__module__}.{thing.__name__}`"


@cache
def _source(module: ModuleType) -> tuple[ast.Module, tuple[str, ...]]:
    text = Path(module.__file__ or "").read_text(encoding="utf-8")
    return ast.parse(text), tuple(text.splitlines())


def _fields(module: ModuleType, owner: str) -> Iterator[tuple[str, int, int]]:
    """Yield the annotated fields of a class with their first and last lines, from 1."""
    tree, _ = _source(module)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == owner:
            for part in node.body:
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                    yield part.target.id, part.lineno, part.end_lineno or part.lineno


def _comments(module: ModuleType, owner: str) -> dict[str, str]:
    """Return the comment behind each field of a class."""
    _, lines = _source(module)
    return {name: lines[last - 1].partition("  # ")[2] for name, _, last in _fields(module, owner)}


def _sections(module: ModuleType, owner: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the sections of a class, titled by comments on lines of their own, with the fields of each."""
    _, lines = _source(module)
    before = 0
    title, found = "", list[str]()
    for name, first, last in _fields(module, owner):
        headings = [line.strip() for line in lines[before : first - 1] if line.strip().startswith("# ")]
        if headings and before:
            yield title, found
            found = []
        if headings:
            title = headings[-1].strip("# -")
        found.append(name)
        before = last
    yield title, found


def _innermost_loop(function: Any) -> ast.AST:
    tree = ast.parse(textwrap.dedent(inspect.getsource(_plain(function))))
    return [node for node in ast.walk(tree) if isinstance(node, ast.For)][-1]


def _calls(tree: ast.AST, module: ModuleType) -> list[Any]:
    """Return the functions of the project that are called in a piece of a module's code, in the order of the lines."""
    called = [
        (node.lineno, node.col_offset, node.func.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    found = [getattr(module, name, None) for _, _, name in sorted(called)]
    return list(dict.fromkeys(thing for thing in found if isinstance(_plain(thing), FunctionType)))


def _rules_of(function: Any) -> list[Any]:
    """Return the rules that a function calls, itself or through the parts that a phase is made of.

    The conditions of a step are opened, since they are rules of rules.
    """
    plain = _plain(function)
    module = import_module(plain.__module__)
    found = []
    for rule in _calls(ast.parse(textwrap.dedent(inspect.getsource(plain))), module):
        if rule.__module__.startswith("model."):
            found += _rules_of(rule)
        if not rule.__module__.startswith("agents.rules.") or rule.__module__.endswith(".rates"):
            continue
        inner = _rules_of(rule) if rule.__name__ == "conditions" else []
        found += [rule, *inner]
    return list(dict.fromkeys(found))


def _plain(function: Any) -> Any:
    """Return the Python function behind a compiled one."""
    return getattr(function, "py_func", function)

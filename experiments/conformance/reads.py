"""Who reads a parameter: by searching the sources, and by listening while the model lives."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from experiments.conformance.adapter import Subject, live, scenario_class


def containers_of(subject: Subject) -> tuple[str, ...]:
    """Return the names under which parameters are read; a Mesa model with a `Scenario` needs to say nothing."""
    if subject.containers:
        return subject.containers
    kind = subject.make_model
    return ("scenario",) if isinstance(kind, type) and scenario_class(kind) is not None else ()


def read_in_sources(subject: Subject) -> dict[str, list[str]]:
    """Return every name read as `container.name` in the model's sources, with the places (`file:line`)."""
    containers = containers_of(subject)
    found: dict[str, list[str]] = {}
    if not containers:
        return found
    for path in _files(subject):
        for name, place in _reads(path, containers):
            found.setdefault(name, []).append(place)
    return found


@cache
def _reads(path: Path, containers: tuple[str, ...]) -> list[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and id(node) not in called:
            holder = node.value
            own = holder.id if isinstance(holder, ast.Name) else getattr(holder, "attr", None)
            if own in containers and not node.attr.startswith("_"):
                found.append((node.attr, f"{path.name}:{node.lineno}"))
    return found


def _files(subject: Subject) -> Iterator[Path]:
    """Yield the files of the modules and packages named, or of the package in which the model is defined."""
    sources = list(subject.sources)
    if not sources:
        home = sys.modules[getattr(subject.make_model, "__module__", type(subject.make_model).__module__)]
        package = sys.modules.get(home.__package__ or "")
        sources = [package if package is not None and home.__package__ != home.__name__ else home]
    seen: set[Path] = set()
    for source in sources:
        for path in _of(source):
            if path not in seen:
                seen.add(path)
                yield path


def _of(source: Any) -> Iterator[Path]:
    if isinstance(source, ModuleType) and hasattr(source, "__path__"):
        for folder in source.__path__:
            yield from sorted(path for path in Path(folder).rglob("*.py") if path.name != "app.py")
        return
    text = inspect.getsourcefile(source)
    if text is not None:
        yield Path(text)


def read_while_living(subject: Subject) -> set[str] | None:
    """Return the names that are read from the model's `scenario` while it is made and lives; None without one."""
    kind = subject.make_model
    scenario = scenario_class(kind) if isinstance(kind, type) else None
    if scenario is None:
        return None
    with listening(scenario) as heard:
        for settings in subject.situations.values():
            live(subject, subject.trial(settings))
    return heard


@contextmanager
def listening(kind: type) -> Iterator[set[str]]:
    """Give a set to which every attribute read from instances of a class is added."""
    heard: set[str] = set()
    own = vars(kind).get("__getattribute__")
    plain: Any = kind.__getattribute__

    def listen(self: Any, name: str) -> Any:
        heard.add(name)
        return plain(self, name)

    setattr(kind, "__getattribute__", listen)  # noqa: B010
    try:
        yield heard
    finally:
        if own is None:
            delattr(kind, "__getattribute__")
        else:
            setattr(kind, "__getattribute__", own)  # noqa: B010

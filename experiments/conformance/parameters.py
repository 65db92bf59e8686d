"""Parameters: each one declared does something, each one read is declared, each one documented exists."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Mapping
from random import Random
from typing import Any

from experiments.conformance import reads
from experiments.conformance.adapter import Range, Subject, Trial, accepted, declared_parameters, live, scenario_class
from experiments.conformance.outcome import Effort, Outcome, failed, not_applicable, passed
from experiments.conformance.witness import Difference, Witness, first_difference, shrunk

MORE = (12, 100)
"""How many times more agents a parameter gets that changed nothing."""

PATIENCE = 10.0
"""Seconds after which no more agents are tried."""


def drawn(values: Range, luck: Random) -> Any:
    """Return a value of a range, its ends included and likely."""
    if not isinstance(values, tuple):
        return luck.choice(list(values))
    low, high = values
    at = luck.random()
    if at < 0.1:
        return low
    if at > 0.9:
        return high
    if isinstance(low, int) and isinstance(high, int):
        return luck.randint(low, high)
    return luck.uniform(low, high)


def ends(values: Range) -> list[Any]:
    """Return the values of a range that are farthest apart, and the middle; of choices, each."""
    if not isinstance(values, tuple):
        return list(values)
    low, high = values
    middle = (low + high) // 2 if isinstance(low, int) and isinstance(high, int) else 0.5 * (low + high)
    return [low, high, middle]


def dead(subject: Subject, effort: Effort) -> Outcome:
    """Move each parameter through its range, at several points of the others: some output must change."""
    if not subject.ranges:
        return not_applicable("the adapter declares no parameters")
    points = _points(subject, effort.points)
    histories: dict[int, Any] = {}
    alive: dict[str, str] = {}
    for name, values in subject.ranges.items():
        for number, (situation, settings) in enumerate(points):
            if _acts(subject, name, values, settings, histories, number):
                alive[name] = situation
                break
    alive |= _alive_among_more(subject, [name for name in subject.ranges if name not in alive])
    lifeless = [name for name in subject.ranges if name not in alive]
    witnesses = []
    for name in lifeless:
        if name not in subject.inert:
            where = f"from {ends(subject.ranges[name])[0]} to {ends(subject.ranges[name])[1]}"
            witnesses.append(
                Witness(
                    f"'{name}' {where} changes nothing",
                    subject.seed,
                    subject.steps,
                    {},
                    f"tried at {len(points)} points of the other parameters" + _nowhere_read(subject, name),
                )
            )
    witnesses += [_first_sign_of_life(subject, name, points) for name in subject.inert if name in alive]
    if witnesses:
        return failed(f"{len(witnesses)} of {len(subject.ranges)} parameters are not what they seem", *witnesses)
    inert = f"; inert as declared: {', '.join(subject.inert)}" if subject.inert else "; none is declared inert"
    return passed(f"each of {len(alive)} parameters changes some output{inert}")


def _alive_among_more(subject: Subject, lifeless: list[str]) -> dict[str, str]:
    """Try again with more agents: what acts through rare events needs many to be seen."""
    alive: dict[str, str] = {}
    if subject.size is None or subject.size not in subject.settings or subject.size in subject.ranges:
        return alive
    for times in MORE:
        started = time.monotonic()
        for name in lifeless:
            for situation, settings in subject.situations.items():
                more = {**settings, subject.size: times * subject.settings[subject.size]}
                if name not in alive and _acts(subject, name, subject.ranges[name], more, {}, 0):
                    alive[name] = situation
        if time.monotonic() - started > PATIENCE:
            break
    return alive


def _points(subject: Subject, count: int) -> list[tuple[str, dict[str, Any]]]:
    """Return settings at which parameters are tried: every situation as it is, then with all parameters drawn."""
    points = [(name, dict(settings)) for name, settings in subject.situations.items()]
    luck = Random(subject.seed)
    for _ in range(count):
        for name, settings in subject.situations.items():
            drawn_values = {parameter: drawn(values, luck) for parameter, values in subject.ranges.items()}
            points.append((name, {**drawn_values, **settings}))
    return points


def _acts(
    subject: Subject,
    name: str,
    values: Range,
    settings: Mapping[str, Any],
    histories: dict[int, Any],
    number: int,
) -> bool:
    """Tell whether two values of a parameter make different lives."""
    if number not in histories:
        histories[number] = _life(subject, settings)
    first = histories[number]
    for value in ends(values):
        other = _life(subject, {**settings, name: value})
        if other is None:
            continue
        if first is None:
            first = other
        elif first_difference(first, other) is not None:
            return True
    return False


def _life(subject: Subject, settings: Mapping[str, Any]) -> Any:
    """Return a life without the settings among its states, or None if the model refuses them."""
    try:
        history = live(subject, subject.trial(settings))
    except ValueError:
        return None
    own = {f"model.{name}" for name in subject.ranges}
    return [{name: value for name, value in state.items() if name not in own} for state in history]


def _first_sign_of_life(subject: Subject, name: str, points: list[tuple[str, dict[str, Any]]]) -> Witness:
    low, high = ends(subject.ranges[name])[:2]

    def fails(trial: Trial) -> Difference | None:
        one, other = (_life(subject, {**trial.settings, name: value}) for value in (low, high))
        return None if one is None or other is None else first_difference(one, other)

    for _, settings in points:
        found = shrunk(subject, subject.trial(settings), fails)
        if found is not None:
            smaller, evidence = found
            what = f"'{name}' is declared inert, and {low} and {high} differ"
            return Witness(what, smaller.seed, smaller.steps, smaller.settings, str(evidence))
    return Witness(f"'{name}' is declared inert and is not", subject.seed, subject.steps, {}, "")


def _nowhere_read(subject: Subject, name: str) -> str:
    """Return what tracing says of a parameter that changes nothing."""
    found = []
    traced = reads.read_while_living(subject)
    if traced is not None and name not in traced:
        found.append("no agent and no step reads it")
    text = reads.read_in_sources(subject)
    if text and name not in text:
        found.append("no line of the sources reads it")
    return "".join(f"; {part}" for part in found)


def silence(subject: Subject, effort: Effort) -> Outcome:
    """Move each parameter where it is said to be silent: no output may change."""
    if not subject.silent:
        return not_applicable("the adapter names no situation in which a parameter is silent")
    luck = Random(subject.seed)
    pairs = 0
    for situation, names in subject.silent.items():
        settings = dict(subject.situations[situation])
        for _ in range(1 if effort.quick else 3):
            base = _life(subject, settings)
            for name in names:
                for value in ends(subject.ranges[name])[:2]:
                    pairs += 1
                    other = _life(subject, {**settings, name: value})
                    if base is not None and other is not None and first_difference(base, other) is not None:
                        return failed(
                            "a parameter acts where it is said to be silent",
                            _loud(subject, name, value, settings, situation),
                        )
            settings = {
                **{name: drawn(values, luck) for name, values in subject.ranges.items()},
                **subject.situations[situation],
            }
    return passed(f"{pairs} values where they are said to be silent changed nothing")


def _loud(subject: Subject, name: str, value: Any, settings: Mapping[str, Any], situation: str) -> Witness:
    def fails(trial: Trial) -> Difference | None:
        one, other = _life(subject, trial.settings), _life(subject, {**trial.settings, name: value})
        return None if one is None or other is None else first_difference(one, other)

    found = shrunk(subject, subject.trial(settings), fails)
    trial, evidence = found if found is not None else (subject.trial(settings), "")
    return Witness(f"'{name}' = {value} under {situation}", trial.seed, trial.steps, trial.settings, str(evidence))


def undeclared(subject: Subject, effort: Effort) -> Outcome:
    """Search the sources for parameters that are read and not declared."""
    containers = reads.containers_of(subject)
    if not containers:
        return not_applicable("the adapter does not say under which names the sources read parameters (containers)")
    found = reads.read_in_sources(subject)
    known = {*subject.ranges, *declared_parameters(subject.make_model), *subject.settings, *subject.allowed}
    kind = subject.make_model if isinstance(subject.make_model, type) else None
    scenario = scenario_class(kind) if kind is not None else None
    known |= set(dir(scenario)) | {"rng", "model"} if scenario is not None else set()
    witnesses = [
        Witness(f"'{name}' is read and not declared", evidence=places[0])
        for name, places in sorted(found.items())
        if name not in known
    ]
    if witnesses:
        return failed(f"{len(witnesses)} undeclared reads", *witnesses)
    return passed(f"{len(found)} names read as {' or '.join(f'{name}.NAME' for name in containers)}, all declared")


def documented(subject: Subject, effort: Effort) -> Outcome:
    """Compare the parameters that the documentation names with those that there are."""
    named = set(subject.documented) if subject.documented is not None else _in_docstrings(subject)
    if not named:
        return not_applicable("no docstring lists parameters, and the adapter gives no list")
    there = {*subject.ranges, *declared_parameters(subject.make_model), *subject.settings, *subject.allowed}
    there |= set(accepted(subject.make_model))
    if reads.containers_of(subject) == ("scenario",):
        there.add("rng")
    witnesses = [Witness(f"'{name}' is documented and does not exist") for name in sorted(named - there)]
    if subject.documented is not None:
        witnesses += [Witness(f"'{name}' exists and is not documented") for name in sorted(set(subject.ranges) - named)]
    if witnesses:
        return failed("documentation and model disagree", *witnesses)
    return passed(f"{len(named)} documented parameters exist")


def _in_docstrings(subject: Subject) -> set[str]:
    """Return the names in the parameter sections (Google or NumPy style) of the maker's docstrings."""
    things: list[Any] = [subject.make_model]
    if isinstance(subject.make_model, type):
        things += [vars(subject.make_model).get("__init__"), scenario_class(subject.make_model)]
    found: set[str] = set()
    for thing in things:
        text = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
        google = re.search(r"^(?:Args|Arguments|Parameters):\n((?:[ \t]+.*\n?|\n)+)", text, re.MULTILINE)
        if google:
            body = inspect.cleandoc("\n" + google[1])
            found |= set(re.findall(r"^(\w+)\s*(?:\([^)]*\))?:", body, re.MULTILINE))
        numpy = re.search(r"^Parameters\n-{3,}\n((?:.*\n?)+?)(?=^\w+\n-{3,}|\Z)", text, re.MULTILINE)
        if numpy:
            lines = re.findall(r"^(\w[\w, ]*?)(?:\s*:.*)?$", numpy[1], re.MULTILINE)
            found |= {name.strip() for line in lines for name in line.split(",")}
    return found

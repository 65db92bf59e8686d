"""Bounds and conservation: whatever the parameters, no state leaves its range and nothing is lost.

Points are drawn by Hypothesis over the ranges, ends included; it also looks for the simplest point that fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from experiments.conformance.adapter import Range, Subject, Trial
from experiments.conformance.outcome import Effort, Outcome, failed, not_applicable, passed
from experiments.conformance.parameters import drawn, ends
from experiments.conformance.witness import Witness, shrunk

Trouble = Callable[[Subject, Any], str | None]


def within_bounds(subject: Subject, effort: Effort) -> Outcome:
    """Live at random points: every state within its range, every number a number."""
    if not subject.bounds:
        return not_applicable("the adapter gives no bounds")
    return _tried(subject, effort, _out_of_bounds, f"{len(subject.bounds)} states stay within their range")


def conservation(subject: Subject, effort: Effort) -> Outcome:
    """Live at random points: every law holds at every step."""
    if not subject.laws:
        return not_applicable("the adapter gives no conservation laws")
    return _tried(subject, effort, _broken_law, f"{', '.join(subject.laws)}: hold to {subject.law_tolerance:g}")


def _out_of_bounds(subject: Subject, model: Any) -> str | None:
    state = subject.look(model)
    for name, (low, high) in subject.bounds.items():
        if name not in state:
            return f"no state is called '{name}'"
        values = np.atleast_1d(np.asarray(state[name], dtype=float))
        outside = ~((values >= low) & (values <= high))
        if outside.any():
            at = int(np.flatnonzero(outside)[0])
            return f"{name}[{at}] = {values.flat[at].item()!r} is outside {low:g} to {high:g}"
    return None


def _broken_law(subject: Subject, model: Any) -> str | None:
    for name, law in subject.laws.items():
        missed = float(law(model))
        if not abs(missed) <= subject.law_tolerance:
            return f"{name}: missed by {missed:g}"
    return None


def _tried(subject: Subject, effort: Effort, trouble: Trouble, detail: str) -> Outcome:
    refused = lived = 0
    drawn_too = "".join(f", any {name}" for name in subject.drawn)
    witness: tuple[Trial, str] | None = None

    def fails(trial: Trial) -> str | None:
        nonlocal lived
        model = subject.make(trial)
        found = trouble(subject, model)
        step = 0
        while found is None and step < trial.steps and getattr(model, "running", True):
            subject.advance(model)
            step += 1
            found = trouble(subject, model)
        lived += 1
        return None if found is None else f"step {step}: {found}"

    @settings(
        max_examples=effort.examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(trials_of(subject))
    def search(trial: Trial) -> None:
        nonlocal refused, witness
        try:
            found = fails(trial)
        except ValueError:
            refused += 1
            return
        if found is not None:
            witness = (trial, found)
            raise AssertionError(found)

    try:
        search()
    except AssertionError:
        if witness is None:
            raise
        smaller = shrunk(subject, witness[0], fails) or witness
        trial, evidence = smaller
        return failed(
            "a life breaks it", Witness("at a random point", trial.seed, trial.steps, trial.settings, evidence)
        )
    if lived == 0:
        return not_applicable(f"the model refuses all {refused} points; narrow the ranges")
    left_out = f"; {refused} points refused by the model" if refused else ""
    return passed(f"{detail}, in {lived} lives at random points and corners{drawn_too}{left_out}")


def trials_of(subject: Subject) -> st.SearchStrategy[Trial]:
    """Return trials at random points: a few parameters moved, all of them drawn, or all of them at an end."""
    ranges = subject.ranges
    situations = [dict(situation) for situation in subject.situations.values()]
    few = st.dictionaries(st.sampled_from(sorted(ranges)), st.integers(0, 2**32 - 1), max_size=5) if ranges else None

    def moved(seeds: Mapping[str, int]) -> dict[str, Any]:
        return {name: drawn(ranges[name], Random(seed)) for name, seed in seeds.items()}

    def everywhere(seed: int) -> dict[str, Any]:
        luck = Random(seed)
        return {name: drawn(values, luck) for name, values in ranges.items()}

    def corner(seed: int) -> dict[str, Any]:
        luck = Random(seed)
        return {name: luck.choice(_ends(values)) for name, values in ranges.items()}

    def around(seed: int) -> dict[str, Any]:
        return {name: draw(Random(f"{seed} {name}")) for name, draw in subject.drawn.items()}

    words = st.integers(0, 2**32 - 1)
    circumstances = st.sampled_from(situations)
    if subject.drawn:
        circumstances |= words.map(around)
    points = words.map(everywhere) | words.map(corner)
    if few is not None:
        points = few.map(moved) | points
    return st.builds(
        lambda situation, point, seed: Trial(seed, subject.steps, {**point, **situation}),
        circumstances,
        points,
        st.integers(0, 2**31 - 1),
    )


def _ends(values: Range) -> list[Any]:
    found = ends(values)
    return [end for end in found[:2] if not (isinstance(end, float) and math.isinf(end))] or found

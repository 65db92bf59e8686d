"""Symmetry: labels carry nothing. Names swapped together with their data, every result swaps with them, exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from random import Random
from typing import Any

import numpy as np

from experiments.conformance.adapter import Labels, Subject, Trial
from experiments.conformance.outcome import Effort, Outcome, failed, not_applicable, passed
from experiments.conformance.witness import Difference, Witness, first_difference, shrunk

Labelled = list[dict[tuple[str | None, str], Any]]
"""A life by (label, variable)."""


def symmetry(kind: str) -> Callable[[Subject, Effort], Outcome]:
    """Return the check of one kind of label, such as "groups"."""

    def check(subject: Subject, effort: Effort) -> Outcome:
        labels = subject.labels.get(kind)
        if labels is None:
            return not_applicable(f"the adapter names no labels of {kind}")
        count = 0
        for settings in subject.situations.values():
            trial = subject.trial(settings)
            plain = _history(subject, labels, trial)
            for mapping in permutations(labels.names, effort.others):
                count += 1
                if difference(subject, labels, trial, mapping, plain) is not None:
                    return failed(f"a name of {kind} matters", _smallest(subject, labels, trial, mapping))
        return passed(f"{count} permutations of {len(labels.names)} {kind}, every result the same to the last bit")

    return check


def permutations(names: tuple[str, ...], others: int) -> Iterator[dict[str, str]]:
    """Yield the rotation by one, the reversal, and some random permutations of the names."""
    yield dict(zip(names, (*names[1:], *names[:1]), strict=True))
    yield dict(zip(names, names[::-1], strict=True))
    luck = Random(1)
    for _ in range(others):
        shuffled = list(names)
        luck.shuffle(shuffled)
        yield dict(zip(names, shuffled, strict=True))


def difference(
    subject: Subject, labels: Labels, trial: Trial, mapping: Mapping[str, str], plain: Labelled | None = None
) -> Difference | None:
    """Return where a life (`plain`, if it is known) and the same life under other names part, compared by data."""
    whole = {**subject.settings, **trial.settings}
    other = Trial(trial.seed, trial.steps, labels.relabel(whole, mapping))
    one = _history(subject, labels, trial) if plain is None else plain
    renamed = [
        {_place(None if label is None else mapping[label], name): value for (label, name), value in state.items()}
        for state in one
    ]
    theirs = [{_place(*place): value for place, value in state.items()} for state in _history(subject, labels, other)]
    return first_difference(renamed, theirs)


def _history(subject: Subject, labels: Labels, trial: Trial) -> Labelled:
    model = subject.make(trial)
    history = [_look(labels, model)]
    for _ in range(trial.steps):
        if not getattr(model, "running", True):
            break
        subject.advance(model)
        history.append(_look(labels, model))
    return history


def _look(labels: Labels, model: Any) -> dict[tuple[str | None, str], Any]:
    return {place: np.array(value) for place, value in labels.state(model).items()}


def _place(label: str | None, name: str) -> str:
    return name if label is None else f"{name} of {label}"


def _smallest(subject: Subject, labels: Labels, trial: Trial, mapping: Mapping[str, str]) -> Witness:
    """Return the swap of two names that still shows the failure, in the smallest trial; else the whole permutation."""
    same = {name: name for name in labels.names}
    swaps = [{**same, one: other, other: one} for one, other in combinations(labels.names, 2)]
    chosen = next((swap for swap in swaps if difference(subject, labels, trial, swap) is not None), dict(mapping))
    found = shrunk(subject, trial, lambda candidate: difference(subject, labels, candidate, chosen))
    smaller, evidence = found if found is not None else (trial, "")
    moved = [name for name, other in chosen.items() if name != other]
    what = f"'{moved[0]}' and '{moved[1]}' swapped" if len(moved) == 2 else f"{len(moved)} names permuted"
    return Witness(what, smaller.seed, smaller.steps, smaller.settings, str(evidence))

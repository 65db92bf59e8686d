"""Witnesses: where two lives part, and the smallest trial in which something still goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from experiments.conformance.adapter import History, Subject, Trial

ATTEMPTS = 80
SECONDS = 30.0
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


@dataclass(frozen=True)
class Difference:
    """The first place where two histories differ."""

    step: int
    state: str
    index: int | None
    one: Any
    other: Any

    def __str__(self) -> str:
        where = self.state if self.index is None else f"{self.state}[{self.index}]"
        return f"step {self.step}: {where} is {self.one} and {self.other}"


@dataclass(frozen=True)
class Witness:
    """The smallest trial that shows a failure."""

    what: str
    seed: int | None = None
    steps: int | None = None
    settings: Mapping[str, Any] | None = None
    evidence: str = ""

    def __str__(self) -> str:
        made = ", ".join(f"{name}={shown(value)}" for name, value in (self.settings or {}).items())
        parts = [
            self.what,
            f"with {made}" if made else "",
            f"seed {self.seed}" if self.seed is not None else "",
            f"{self.steps} steps" if self.steps is not None else "",
            self.evidence,
        ]
        return "; ".join(part for part in parts if part)


def shown(value: Any) -> str:
    """Return a setting in a few words."""
    if isinstance(value, float):
        return f"{value:.6g}"
    name = getattr(value, "name", None)
    return str(name) if isinstance(name, str) else str(value)


def first_difference(one: History, other: History) -> Difference | None:
    """Return where two histories part first; bits count, not-a-number equals itself."""
    for step, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        found = state_difference(mine, theirs)
        if found is not None:
            return replace(found, step=step)
    if len(one) != len(other):
        return Difference(min(len(one), len(other)), "steps lived", None, len(one) - 1, len(other) - 1)
    return None


def state_difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> Difference | None:
    """Return the first difference between two states."""
    for name in one:
        if name not in other:
            return Difference(0, str(name), None, "there", "missing")
        mine, theirs = np.asarray(one[name]), np.asarray(other[name])
        if mine.shape != theirs.shape:
            return Difference(0, str(name), None, f"of shape {mine.shape}", f"of shape {theirs.shape}")
        unequal = np.atleast_1d(mine != theirs)
        if mine.dtype.kind == "f" and theirs.dtype.kind == "f":
            unequal &= ~np.atleast_1d(np.isnan(mine) & np.isnan(theirs))
        if unequal.any():
            at = int(np.flatnonzero(unequal)[0])
            index = at if mine.ndim else None
            return Difference(0, str(name), index, mine.flat[at].item(), theirs.flat[at].item())
    missing = [str(name) for name in other if name not in one]
    return Difference(0, missing[0], None, "missing", "there") if missing else None


def shrunk(
    subject: Subject, trial: Trial, fails: Callable[[Trial], Any], seconds: float = SECONDS
) -> tuple[Trial, Any] | None:
    """Return the smallest trial found that still fails, and its evidence; None if the trial does not fail again.

    Fewer agents first, then fewer settings, then fewer steps. `fails` returns evidence, or None.
    """
    started = time.monotonic()
    attempts = 0

    def evidence_of(candidate: Trial) -> Any:
        nonlocal attempts
        attempts += 1
        try:
            return fails(candidate)
        except ValueError:
            return None  # a setting that the model refuses is no witness

    def patient() -> bool:
        return attempts < ATTEMPTS and time.monotonic() - started < seconds

    evidence = fails(trial)
    if evidence is None:
        return None
    if subject.size is not None:
        now = {**subject.settings, **trial.settings}.get(subject.size, SIZES[-1])
        for size in SIZES:
            if not subject.smallest <= size < now or not patient():
                continue
            candidate = replace(trial, settings={**trial.settings, subject.size: size})
            found = evidence_of(candidate)
            if found is not None:
                trial, evidence = candidate, found
                break
    trial, evidence = _fewer_settings(subject, trial, evidence, evidence_of, patient)
    for steps in (*range(5), *SIZES[4:]):
        if steps >= trial.steps or not patient():
            break
        candidate = replace(trial, steps=steps)
        found = evidence_of(candidate)
        if found is not None:
            trial, evidence = candidate, found
            break
    return trial, evidence


def _fewer_settings(
    subject: Subject, trial: Trial, evidence: Any, evidence_of: Callable[[Trial], Any], patient: Callable[[], bool]
) -> tuple[Trial, Any]:
    """Drop settings in ever smaller portions while the trial still fails."""
    names = [name for name in trial.settings if name != subject.size]
    portion = len(names)
    while portion >= 1 and patient():
        for start in range(0, len(names), portion):
            dropped = names[start : start + portion]
            settings = {name: value for name, value in trial.settings.items() if name not in dropped}
            candidate = replace(trial, settings=settings)
            found = evidence_of(candidate) if patient() else None
            if found is not None:
                trial, evidence = candidate, found
        names = [name for name in names if name in trial.settings]
        portion = min(portion // 2, len(names))
    return trial, evidence

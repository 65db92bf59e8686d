"""The suite: every check in order, with its reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.conformance import bounds, determinism, neutrality, parameters, scale, symmetry
from experiments.conformance.adapter import Subject, SubjectError, completed
from experiments.conformance.outcome import Effort, Outcome, failed, not_applicable
from experiments.conformance.witness import Witness
from scenarios.errors import nearest


@dataclass(frozen=True)
class Check:
    """One check: what it is called, why it is made, how, and its share of the suite's time."""

    name: str
    reason: str
    run: Callable[[Subject, Effort], Outcome]
    weight: float = 1.0
    compares: bool = True
    """Whether it compares lives in this process, which tells nothing of a model that does not repeat itself."""


CHECKS: tuple[Check, ...] = (
    Check(
        "repetition",
        "the same arguments give the same life, twice in one process",
        determinism.repetition,
        compares=False,
    ),
    Check(
        "processes",
        "a result does not depend on the process, the number of workers, PYTHONHASHSEED or library threads",
        determinism.processes,
        8.0,
        compares=False,
    ),
    Check("alternatives", "engines and threads change the time, not the result", determinism.alternatives, 3.0),
    Check("observers", "watching, plotting and collecting change nothing", neutrality.observers, 3.0),
    Check(
        "checkpoints", "a life saved at any step and loaded again is the uninterrupted one", neutrality.checkpoints, 3.0
    ),
    Check("streams", "one more draw in one mechanism moves no other", neutrality.streams, 3.0),
    Check("order", "agents who act at the same time may be called in any order", neutrality.order, 3.0),
    Check("stopping", "a model that says it is over is not lived on", neutrality.stopping, compares=False),
    Check("groups", "no rule knows the name of a group", symmetry.symmetry("groups"), 2.0),
    Check("regions", "no rule knows the name of a region", symmetry.symmetry("regions"), 2.0),
    Check("dead parameters", "a parameter that changes nothing deceives whoever varies it", parameters.dead, 6.0),
    Check("silent parameters", "a parameter said to act through a lever is silent without it", parameters.silence, 2.0),
    Check(
        "undeclared reads",
        "whatever the code reads is declared, with its range and source",
        parameters.undeclared,
        compares=False,
    ),
    Check("documentation", "what is documented exists", parameters.documented, compares=False),
    Check(
        "bounds",
        "no state leaves its range, whatever the parameters and the policy",
        bounds.within_bounds,
        5.0,
        compares=False,
    ),
    Check(
        "conservation",
        "nobody and nothing is lost, whatever the parameters and the policy",
        bounds.conservation,
        5.0,
        compares=False,
    ),
    Check(
        "scale",
        "results per head do not depend on the number of agents, ties or steps",
        scale.scale,
        8.0,
        compares=False,
    ),
)
NAMES: tuple[str, ...] = tuple(check.name for check in CHECKS)


@dataclass(frozen=True)
class Result:
    """One check, made."""

    name: str
    reason: str
    outcome: Outcome
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether it did not fail."""
        return self.outcome.verdict != "fail"


@dataclass(frozen=True)
class Report:
    """What the suite says of a model."""

    model: str
    quick: bool
    results: tuple[Result, ...]

    @property
    def failures(self) -> tuple[Result, ...]:
        """The checks that failed."""
        return tuple(result for result in self.results if not result.ok)

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    def outcome(self, name: str) -> Outcome:
        """Return the outcome of one check."""
        return next(result.outcome for result in self.results if result.name == name)


def check_model(
    make_model: Callable[..., Any],
    *,
    quick: bool = False,
    only: Collection[str] = (),
    progress: Callable[[Result, int, int, float], None] | None = None,
    **adapter: Any,
) -> Report:
    """Check a model and return the report.

    Parameters
    ----------
    make_model
        A Mesa model class, or a function that takes `seed=` and settings by name.
    quick
        Try less of everything.
    only
        Names of the checks to make; all if empty.
    progress
        Called after each check with its result, how many are made, of how many, and the seconds left.
    **adapter
        What `experiments.conformance.adapter.Subject` says of the model.

    Raises
    ------
    SubjectError
        If the adapter says something that is not allowed.
    """
    try:
        subject = Subject(make_model, **adapter)
    except TypeError as error:
        raise SubjectError(f"check_model: {error}") from None
    return check_subject(subject, effort=Effort.quickly() if quick else Effort(), only=only, progress=progress)


def check_subject(
    subject: Subject,
    *,
    effort: Effort,
    only: Collection[str] = (),
    progress: Callable[[Result, int, int, float], None] | None = None,
    made: Mapping[str, Result] | None = None,
) -> Report:
    """Check a subject and return the report; results in `made` are taken as they are."""
    for name in (*only, *subject.exempt):
        if name not in NAMES:
            raise SubjectError(f"unknown check '{name}'{nearest(name, NAMES)}")
    subject = completed(subject)
    chosen = [check for check in CHECKS if not only or check.name in only]
    known = dict(made or {})
    results: list[Result] = []
    spent = done = 0.0
    for check in chosen:
        if check.name in known:
            results.append(known[check.name])
            continue
        started = time.monotonic()
        if check.compares and any(result.name == "repetition" and not result.ok for result in results):
            outcome = not_applicable("two lives in one process differ already, so no comparison tells anything")
        else:
            outcome = _made(check, subject, effort)
        seconds = time.monotonic() - started
        results.append(Result(check.name, check.reason, outcome, seconds))
        spent, done = spent + seconds, done + check.weight
        if progress is not None:
            left = sum(other.weight for other in chosen[len(results) :] if other.name not in known)
            progress(results[-1], len(results), len(chosen), left * spent / done)
    return Report(subject.title, effort.quick, tuple(results))


def _made(check: Check, subject: Subject, effort: Effort) -> Outcome:
    if check.name in subject.exempt:
        return not_applicable(f"exempt: {subject.exempt[check.name]}")
    try:
        return check.run(subject, effort)
    except SubjectError:
        raise
    except Exception as error:
        return failed("the model raised an error", Witness(f"{type(error).__name__}: {error}".splitlines()[0][:300]))

"""Neutrality: watching, interrupting, another draw elsewhere or another order of agents change nothing."""

from __future__ import annotations

import itertools
import pickle
import warnings
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

from experiments.conformance.adapter import History, Subject, Trial, another_order, live, mesa_observers
from experiments.conformance.determinism import trials
from experiments.conformance.outcome import Effort, Outcome, failed, not_applicable, passed
from experiments.conformance.witness import Difference, Witness, first_difference, shrunk


def observers(subject: Subject, effort: Effort) -> Outcome:
    """Look at the model ahead of every step, each way on its own."""
    ways = subject.observers if subject.observers is not None else mesa_observers(subject.make(subject.trial()))
    if not ways:
        return not_applicable("the adapter names no observers")
    witnesses = []
    tried = trials(subject, effort.situations)
    plain = [live(subject, trial) for trial in tried]
    for name, watch in ways.items():

        def fails(trial: Trial, watch: Callable[[Any], Any] = watch) -> Difference | None:
            return first_difference(live(subject, trial), live(subject, trial, before=watch))

        for trial, unseen in zip(tried, plain, strict=True):
            seen = live(subject, trial, before=_now_and_then(watch, effort.watch_every))
            found = first_difference(unseen, seen)
            if found is not None:
                witnesses.append(_witness(f"watched by '{name}'", *(shrunk(subject, trial, fails) or (trial, found))))
                break
    if witnesses:
        return failed("somebody who only looks changes the run", *witnesses)
    often = "every step" if effort.watch_every == 1 else f"one step in {effort.watch_every}"
    return passed(f"watched at {often}: {', '.join(ways)}")


def _now_and_then(watch: Callable[[Any], Any], every: int) -> Callable[[Any], Any]:
    """Return a watcher that looks at the first step and at one in so many of the others."""
    steps = itertools.count()
    return lambda model: watch(model) if next(steps) % every == 0 else None


def checkpoints(subject: Subject, effort: Effort) -> Outcome:
    """Save at a step, load, live on: the same as if nothing had happened."""
    save = subject.save or pickle.dumps
    load = subject.load or pickle.loads
    tried = trials(subject)
    for settings in subject.alternatives.values():
        tried.append(subject.trial({**tried[0].settings, **settings}))
    count = 0
    for trial in tried:
        try:
            saved = _saved(subject, trial, save)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            first = Trial(trial.seed, 0, trial.settings)
            return failed("the model cannot be saved", _witness("saved at the beginning", first, str(error)))
        whole, states = saved
        months = list(range(len(states)))
        if effort.checkpoints is not None and len(months) > effort.checkpoints:
            last = len(months) - 1
            months = sorted({round(last * part / (effort.checkpoints - 1)) for part in range(effort.checkpoints)})
        for month in months:
            count += 1
            if _resumed_difference(subject, trial, load(states[month]), whole, month) is not None:
                return failed(
                    "a life that was saved and loaded goes on differently",
                    _smallest_checkpoint(subject, trial, month, save, load),
                )
    return passed(f"{count} checkpoints in {len(tried)} trials, at {'some' if effort.checkpoints else 'all'} steps")


def _saved(subject: Subject, trial: Trial, save: Callable[[Any], Any]) -> tuple[History, list[Any]]:
    """Return an uninterrupted life and, of another one, what was saved at every step."""
    whole = live(subject, trial)
    model = subject.make(trial)
    states = [save(model)]
    for _ in range(len(whole) - 2):
        subject.advance(model)
        states.append(save(model))
    return whole, states


def _resumed_difference(subject: Subject, trial: Trial, model: Any, whole: History, month: int) -> Difference | None:
    history = [subject.look(model)]
    for _ in range(trial.steps - month):
        if not getattr(model, "running", True):
            break
        subject.advance(model)
        history.append(subject.look(model))
    found = first_difference(whole[month:], history)
    return None if found is None else Difference(month + found.step, found.state, found.index, found.one, found.other)


def _smallest_checkpoint(
    subject: Subject, trial: Trial, month: int, save: Callable[[Any], Any], load: Callable[[Any], Any]
) -> Witness:
    def fails(candidate: Trial) -> tuple[int, Difference] | None:
        whole, states = _saved(subject, candidate, save)
        for at, state in enumerate(states):
            found = _resumed_difference(subject, candidate, load(state), whole, at)
            if found is not None:
                return at, found
        return None

    found = shrunk(subject, trial, fails)
    if found is None:
        return _witness(f"saved at step {month}", trial, "")
    smaller, (at, difference) = found
    return _witness(f"saved at step {at}", smaller, str(difference))


def streams(subject: Subject, effort: Effort) -> Outcome:
    """Let one mechanism draw once more, or have other luck: the draws of the others stay."""
    chance = subject.streams
    if chance is None:
        return not_applicable("the adapter names no streams of chance")
    for situation, settings in list(subject.situations.items())[: effort.situations]:
        trial = subject.trial({**settings, **chance.settings})
        for name in chance.names:

            def fails(candidate: Trial, name: str = name) -> Difference | None:
                plain = live(subject, candidate)
                with chance.extra(name):
                    return first_difference(plain, live(subject, candidate))

            found = shrunk(subject, trial, fails)
            if found is not None:
                return failed("one more draw moves others", _witness(f"'{name}' draws once more", *found))
        problem = _other_luck(subject, trial, situation)
        if problem is not None:
            return problem
    both = ", and other luck in one left every draw of the others as it was" if chance.other else ""
    return passed(f"one more draw in {', '.join(chance.names)} changed nothing{both}")


def _other_luck(subject: Subject, trial: Trial, situation: str) -> Outcome | None:
    chance = subject.streams
    if chance is None or chance.other is None or chance.listen is None:
        return None
    with chance.listen() as heard:
        live(subject, trial)
    plain = {(mechanism, key): value for mechanism, key, value in heard}
    drawn = {mechanism for mechanism, _ in plain}
    for name in chance.names:
        with chance.other(name), chance.listen() as heard:
            live(subject, trial)
        moved: dict[str, tuple[Any, float, float]] = {}
        for mechanism, key, value in heard:
            before = plain.get((mechanism, key), value)
            if before != value:
                moved.setdefault(mechanism, (key, before, value))
        for mechanism, (key, before, value) in moved.items():
            if mechanism != name:
                return failed(
                    "other luck in one mechanism moves another's draws",
                    _witness(f"other luck in '{name}'", trial, f"'{mechanism}' at {key} drew {before}, then {value}"),
                )
        if name in drawn and name not in moved:
            return failed(
                "the adapter's other luck is the same luck",
                _witness(f"other luck in '{name}' under {situation}", trial, "no draw of its own moved"),
            )
    return None


def order(subject: Subject, effort: Effort) -> Outcome:
    """Let the agents act in another order."""
    if not subject.synchronous:
        return not_applicable("the adapter does not say that agents act at the same time (synchronous=True)")
    shuffle = subject.order or another_order
    calls = 0
    tried = [
        subject.trial({**trial.settings, **subject.order_settings}) for trial in trials(subject, effort.situations)
    ]
    for trial in tried:
        for number in range(effort.orders):

            def fails(candidate: Trial, number: int = number) -> Difference | None:
                nonlocal calls
                plain = live(subject, candidate)
                with shuffle(Random(number)) as called:
                    other = live(subject, candidate)
                calls += len(called) if isinstance(called, list) else 1
                return first_difference(plain, other)

            found = shrunk(subject, trial, fails)
            if found is not None:
                return failed("the order in which agents act matters", _witness("agents in another order", *found))
    if calls == 0:
        return not_applicable("no agent was called through Mesa's AgentSet.do; give `order`")
    return passed(f"{effort.orders} other orders for each of {len(tried)} trials")


def stopping(subject: Subject, effort: Effort) -> Outcome:
    """Say `running = False` after some steps: `run_model` stops there."""
    model = subject.make(subject.trial())
    if not hasattr(model, "run_model") or not hasattr(model, "running"):
        return not_applicable("the model has no `run_model` or no `running`")
    for last in (1, 2, max(3, subject.steps // 2)):
        lived = _lives_until(subject, last)
        if lived != last:
            return failed(
                "`running = False` is not honoured",
                Witness(f"stopped after step {last}", subject.seed, last, {}, f"lived {lived} steps or more"),
            )
    return passed("run_model stops after the step that says so")


class _StillRunningError(Exception):
    """Raised in place of a step that should not be lived."""


def _lives_until(subject: Subject, last: int) -> int:
    """Return how many steps `run_model` lives when step number `last` stops the model."""
    model = subject.make(subject.trial())
    step, lived = model.step, 0

    def stopping_step(*arguments: Any, **named: Any) -> None:
        nonlocal lived
        if lived >= last:
            lived += 1
            raise _StillRunningError
        step(*arguments, **named)
        lived += 1
        if lived == last or not model.running:
            model.running = False

    model.step = stopping_step
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        with suppress(_StillRunningError):
            model.run_model()
    own_end = lived < last and not model.running
    return last if own_end else lived


def _witness(what: str, trial: Trial, evidence: Any) -> Witness:
    return Witness(what, trial.seed, trial.steps, trial.settings, str(evidence))

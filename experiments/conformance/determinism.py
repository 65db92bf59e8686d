"""Determinism: same arguments, same result, wherever and however often it is computed."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from experiments.conformance.adapter import History, Subject, Trial, live
from experiments.conformance.outcome import Effort, Outcome, failed, not_applicable, passed
from experiments.conformance.witness import Difference, Witness, first_difference, shrunk

HASH_SEEDS = ("0", "1", "4242", "random")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def trials(subject: Subject, most: int | None = None) -> list[Trial]:
    """Return a trial in each situation, or in the first ones."""
    return [subject.trial(settings) for settings in subject.situations.values()][:most]


def repetition(subject: Subject, effort: Effort) -> Outcome:
    """Live each trial twice in this process."""
    tried = trials(subject)

    def fails(trial: Trial) -> Difference | None:
        return first_difference(live(subject, trial), live(subject, trial))

    for trial in tried:
        found = shrunk(subject, trial, fails)
        if found is not None:
            return failed("two lives in one process differ", _witness("twice in one process", *found))
    return passed(f"each of {len(tried)} lived twice")


def processes(subject: Subject, effort: Effort) -> Outcome:
    """Live each trial in fresh processes: other hash seeds, other numbers of workers, other thread settings."""
    try:
        pickle.dumps((subject.core(), trials(subject)))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        return not_applicable(f"the adapter cannot be sent to another process ({error}); define it in a module")
    tried = trials(subject) * 2
    here = [live(subject, trial) for trial in tried]
    for number, workers in enumerate(effort.workers):
        hash_seed = HASH_SEEDS[number % len(HASH_SEEDS)]
        where = f"{workers} {'process' if workers == 1 else 'processes'}, PYTHONHASHSEED={hash_seed}"
        try:
            with _pool(workers, hash_seed, threads=number + 1) as pool:
                there = list(pool.map(_live, [subject.core()] * len(tried), tried))
                for trial, mine, theirs in zip(tried, here, there, strict=True):
                    found = first_difference(mine, theirs)
                    if found is None:
                        continue

                    def fails(candidate: Trial, pool: ProcessPoolExecutor = pool) -> Difference | None:
                        other = pool.submit(_live, subject.core(), candidate).result()
                        return first_difference(live(subject, candidate), other)

                    smaller = shrunk(subject, trial, fails) or (trial, found)
                    return failed(f"another process lives another life ({where})", _witness(where, *smaller))
        except BrokenProcessPool:
            return not_applicable(
                "no second process could be started; call the suite under `if __name__ == '__main__':`"
            )
    counts = ", ".join(map(str, effort.workers))
    return passed(
        f"{len(tried)} lives each by {counts} worker processes, PYTHONHASHSEED "
        f"{', '.join(HASH_SEEDS[: len(effort.workers)])}, with 1 to {len(effort.workers)} library threads"
    )


def alternatives(subject: Subject, effort: Effort) -> Outcome:
    """Live each trial under settings that must not matter: engines, threads."""
    if not subject.alternatives:
        return not_applicable("the adapter names no settings that must not matter, such as engines or threads")
    tried = trials(subject)
    here = [live(subject, trial) for trial in tried]
    witnesses = []
    for name, settings in subject.alternatives.items():

        def fails(trial: Trial, settings: dict[str, object] = dict(settings)) -> Difference | None:  # noqa: B006
            other = Trial(trial.seed, trial.steps, {**trial.settings, **settings})
            return first_difference(live(subject, trial), live(subject, other))

        for trial, mine in zip(tried, here, strict=True):
            other = Trial(trial.seed, trial.steps, {**trial.settings, **settings})
            found = first_difference(mine, live(subject, other))
            if found is not None:
                witnesses.append(_witness(name, *(shrunk(subject, trial, fails) or (trial, found))))
                break
    if witnesses:
        return failed("a setting that must not matter does", *witnesses)
    return passed(f"each of {len(tried)} lived also with {', '.join(subject.alternatives)}")


def _live(subject: Subject, trial: Trial) -> History:
    return live(subject, trial)


def _witness(where: str, trial: Trial, difference: Difference) -> Witness:
    return Witness(where, trial.seed, trial.steps, trial.settings, str(difference))


@contextmanager
def _pool(workers: int, hash_seed: str, threads: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of fresh interpreters that start with this hash seed and these library threads."""
    wanted = {"PYTHONHASHSEED": hash_seed, **dict.fromkeys(THREAD_VARIABLES, str(threads))}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            yield pool
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

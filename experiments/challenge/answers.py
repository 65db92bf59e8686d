"""What a challenge found: counter-examples, and how they are told and written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.challenge.target import Target
from experiments.contrasts import Contrasts
from experiments.pages import write_tables, write_whole
from experiments.verdicts import Interval, judged
from model.compiling import source_digest
from scenarios.claim import Claim, Estimand

ANSWER: Final = "counterexamples.json"
PAGE: Final = "challenge.html"
WORDS: Final = {1: "holds", 0: "within the margin", -1: "contradicted"}


@dataclass(frozen=True)
class Replay:
    """A command that lives one arm of a counter-example again, and what it gives."""

    arm: str
    command: str
    outcome: float
    seed: int


@dataclass(frozen=True)
class Example:
    """A point that speaks against a claim, looked at with seeds that the search never saw."""

    changes: Mapping[str, float]
    deviations: Mapping[str, float]
    distance: float
    search_effect: float
    effect: Interval
    confirmed: bool
    attempts: int
    replays: tuple[Replay, ...]

    @property
    def seed(self) -> int:
        """The first of its fresh seeds, which the commands replay."""
        return self.replays[0].seed


@dataclass(frozen=True)
class Answer:
    """What the search found for one estimand."""

    estimand: Estimand
    target: Target
    default: Interval
    default_fresh: Interval
    """The default point with the fresh seeds of what is shown: before and after share their luck."""
    judged: str
    nearest: Example | None
    with_all: Example | None
    miss: Example
    """Where the effect came closest to being turned, if it was not; else the counter-example."""
    worst: Example
    points: int

    @property
    def shown(self) -> Example:
        """The counter-example, or the nearest miss."""
        return self.nearest or self.miss

    @property
    def doubt(self) -> str:
        """What to think of the question itself, if fresh seeds judge the default point otherwise than the search's."""
        fresh = word_of(self.estimand, self.default_fresh.mean)
        if fresh == self.judged:
            return ""
        return (
            f"the search's seeds judge the default point otherwise than fresh ones ({self.judged}, {fresh}): it lies "
            "on an edge of the margin, and more --seeds would say on which side"
        )


@dataclass(frozen=True)
class Challenge:
    """What was asked, and the answers."""

    claim: Claim
    contrasts: Contrasts
    folder: Path
    budget: int
    seeds: int
    answers: tuple[Answer, ...]
    runs: int
    failed: int
    tried: pd.DataFrame
    """Every point that a search tried, in order: estimand, purpose, distance, effect, parameters."""

    @property
    def answer_file(self) -> Path:
        """The file with everything that was found."""
        return self.folder / ANSWER

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / PAGE

    def text(self) -> str:
        """Return what was found, for the terminal."""
        lines = [f"{self.claim.number}. {self.claim.title}: {self.runs} of {self.budget} runs used"]
        for answer in self.answers:
            lines += ["", *_told(answer)]
        if self.failed:
            lines += ["", f"{self.failed} runs failed; points that need them count as unknown"]
        return "\n".join(lines)


def word_of(estimand: Estimand, effect: float) -> str:
    """Return what an effect says of an estimand: holds, within the margin, contradicted."""
    return WORDS[int(judged(np.array([effect]), estimand.direction, estimand.margin)[0])]


def _told(answer: Answer) -> list[str]:
    estimand, target = answer.estimand, answer.target
    where = f"{estimand.measure} of {estimand.population}, month {estimand.month}"
    lines = [
        f"{estimand.name} ({where})",
        f"  at the default point: {shown_interval(answer.default)}, {answer.judged}; looked for: {target.words}",
    ]
    if answer.doubt:
        lines.append(f"  careful: {answer.doubt}")
    if answer.nearest is None:
        lines += [
            f"  none found in {answer.points} points of the prior",
            f"  the default point in fresh seeds: {shown_interval(answer.default_fresh)}",
            _far("nearest miss", answer.miss),
        ]
        if answer.miss is not answer.worst:
            lines.append(_far("furthest against it", answer.worst))
        return lines + _commands(answer.miss)
    found, with_all = answer.nearest, answer.with_all
    sure = "confirmed" if found.confirmed else "NOT confirmed"
    count = len(found.deviations)
    lines += [
        f"  turned at {found.distance:.2f} prior-sd by {count} {'parameter' if count == 1 else 'parameters'}: "
        f"{shown_interval(found.effect)} in {found.effect.seeds} fresh seeds, {sure}",
        f"  the default point in these seeds: {shown_interval(answer.default_fresh)}",
        *_changes(found),
    ]
    if with_all is not None and len(with_all.deviations) > count:
        sure = "confirmed" if with_all.confirmed else "not confirmed"
        lines.append(
            f"  nearest of all: {with_all.distance:.2f} prior-sd by {len(with_all.deviations)} parameters, "
            f"{shown_interval(with_all.effect)}, {sure}"
        )
    return [*lines, _far("furthest against it", answer.worst), *_commands(found)]


def _far(name: str, example: Example) -> str:
    return f"  {name}: {shown_interval(example.effect)}, {example.distance:.2f} prior-sd from the default point"


def _changes(example: Example) -> list[str]:
    return [
        f"    {name:28s} {z:+6.2f} sd   {example.changes[name]:g}" for name, z in list(example.deviations.items())[:12]
    ] + ([f"    ... and {len(example.deviations) - 12} more"] if len(example.deviations) > 12 else [])


def _commands(example: Example) -> list[str]:
    lines = [f"  replay it (seed {example.seed}):"]
    if len(example.changes) > 12:
        return [*lines, f"    the commands change {len(example.changes)} parameters: see {ANSWER}"]
    for replay in example.replays:
        lines += [f"    {replay.command}", f"      gives {replay.outcome:+.6f}"]
    return lines


def shown_interval(found: Interval) -> str:
    """Return a mean with its interval."""
    return f"{found.mean:+.4f}" if math.isnan(found.low) else f"{found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}]"


def write_answers(done: Challenge) -> None:
    """Write everything that was found, and a table of every point that was tried."""
    content = {
        "claim": done.claim.name,
        "registered": done.claim.digest(),
        "budget": done.budget,
        "runs": done.runs,
        "failed": done.failed,
        "search_seeds": done.seeds,
        "code": source_digest(),
        "estimands": [_answer(answer) for answer in done.answers],
    }
    write_whole(done.answer_file, json.dumps(content, indent=2) + "\n")
    write_tables(done.folder, {"points": done.tried})


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "estimand": answer.estimand.name,
        "measure": answer.estimand.measure,
        "population": answer.estimand.population,
        "month": answer.estimand.month,
        "looked_for": answer.target.words,
        "at_default": {**_interval(answer.default), "judged": answer.judged},
        "at_default_in_fresh_seeds": _interval(answer.default_fresh),
        "points_tried": answer.points,
        "found": answer.nearest is not None,
        "counter_example": _example(answer.nearest),
        "nearest_of_all": _example(answer.with_all),
        "nearest_miss": None if answer.nearest else _example(answer.miss),
        "furthest_against": _example(answer.worst),
    }


def _example(example: Example | None) -> dict[str, Any] | None:
    if example is None:
        return None
    return {
        "distance_in_prior_sd": example.distance,
        "changes_in_prior_sd": dict(example.deviations),
        "parameters": dict(example.changes),
        "effect_in_search": example.search_effect,
        "effect_in_fresh_seeds": _interval(example.effect),
        "confirmed": example.confirmed,
        "attempts": example.attempts,
        "replay": [
            {"arm": r.arm, "seed": r.seed, "command": r.command, "outcome": _number(r.outcome)} for r in example.replays
        ],
    }


def _interval(found: Interval) -> dict[str, Any]:
    return {
        "mean": _number(found.mean),
        "low": _number(found.low),
        "high": _number(found.high),
        "seeds": found.seeds,
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)

"""What a trial's folder says: its runs, found again by what they are made of, whatever code made them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import NDArray

from experiments.claims import DEFAULT_POINT, SHOWN_ARMS, Size, read_claims
from experiments.errors import StoreError
from experiments.prior import assumed, prior_points
from experiments.runs import Run, column
from experiments.trial import RUNS, VERDICTS
from experiments.verdicts import Floats
from lab.explorer.pairs import OUTCOME, Followed, RunPlace, Stored, folder_in_words
from lab.explorer.results import BASE, SHOWN, Place, Question, Results, Side, Span
from lab.explorer.sweeps import pair_of
from scenarios import DECLARATIONS, LEVERS, UNCERTAIN, Parameters, ScenarioError, names, read_policy
from scenarios.claim import VARIANTS, Arm

AGAIN: Final = "the same claim command renews it"


@dataclass(frozen=True)
class Asked:
    """One estimand as the verdicts keep it."""

    title: str
    a: Arm
    b: Arm
    outcome: tuple[str, str]
    month: int
    margin: float


def results_of_trial(folder: Path) -> Results:
    """Return the results of a finished trial.

    Raises
    ------
    StoreError
        If the trial is not finished, or rests on priors or claims that are no more.
    """
    verdicts = _verdicts(folder)
    made_by = verdicts["provenance"]
    points = prior_points(made_by["points"])
    size = Size(made_by["points"], made_by["seeds"])
    seeds = [tuple(size.seeds_at(point)) for point in range(size.points)]
    tested, asked, unasked = _claims(verdicts, folder)
    table = _Table(folder, range(size.points), [question.outcome for question in asked])
    table.check(points, seeds)

    sides: list[Side] = []
    values: dict[Place, Floats] = {}
    places: dict[Arm, int] = {}
    for arm in dict.fromkeys([*SHOWN_ARMS.values(), *tested]):
        found = table.variants(arm, points, seeds, every=arm in tested)
        if BASE not in found:
            continue
        number = places[arm] = len(sides)
        for variant, rows in found.items():
            for (outcome, mark), cell in table.cells.items():
                if variant == BASE or table.outcomes[outcome] in table.read:
                    values[Place(variant, number, outcome, mark)] = table.mean(cell, rows)
        scaled = arm.budget is not None
        first = found[BASE][:, 0]
        levels = {lever: table.numbers(f"lever.{lever}")[first] for lever in table.levers} if scaled else {}
        levels = {lever: np.nan_to_num(level) for lever, level in levels.items()}
        sides.append(Side(label_of(arm), arm, read_policy(arm.policy), arm.policy in names("policies"), scaled, levels))
    questions = [
        Question(
            question.title,
            places[question.a],
            places[question.b],
            table.outcomes.index(question.outcome),
            table.marks.index(question.month),
            question.margin,
        )
        for question in asked
        if question.a in places and question.b in places
    ]
    spans = tuple(Span(name, "parameters", *_prior(name)) for name in UNCERTAIN)
    return Results(
        "claim",
        ("The essay's claims" if len(verdicts["claims"]) > 1 else verdicts["claims"][0]["title"])
        + ("" if verdicts["backs_a_verdict"] else " (a rehearsal, which backs no verdict)"),
        made_by["country"],
        made_by["country"] in names("countries"),
        made_by["citizens"],
        max(table.marks),
        tuple(seeds),
        0,
        spans,
        assumed(points),
        {},
        tuple((name, dict(settings)) for name, settings in VARIANTS.items()),
        tuple(sides),
        table.outcomes,
        table.marks,
        values,
        tuple(questions),
        None,
        len(table.frame),
        int((table.frame["status"] != "ok").sum()),
        unasked,
    )


def stored_of_trial(folder: Path) -> Stored:
    """Return the months that a finished trial keeps: those of its runs at the default point.

    Raises
    ------
    StoreError
        If the trial is not finished, or rests on claims that are no more.
    """
    verdicts = _verdicts(folder)
    made_by = verdicts["provenance"]
    tested, _, _ = _claims(verdicts, folder)
    seeds = range(1, made_by["default_seeds"] + 1)
    table = _Table(folder, range(DEFAULT_POINT, DEFAULT_POINT + 1), ())
    parameters = Parameters()
    lives = {
        Followed(made_by["country"], arm.policy, arm.budget, arm.shock): {
            RunPlace(DEFAULT_POINT, None, seed): months for seed, months in table.series(arm, parameters, seeds).items()
        }
        for arm in dict.fromkeys([*SHOWN_ARMS.values(), *tested])
        if not arm.settings
    }
    return Stored(folder_in_words(folder), made_by["default_citizens"], True, {DEFAULT_POINT: parameters}, lives)


def label_of(arm: Arm) -> str:
    """Return an arm in words: its policy, and what sets it apart from the policy alone."""
    parts = [Path(arm.policy).stem.replace("_", " ")]
    if arm.budget is not None:
        parts.append(f"at {100.0 * arm.budget:g} % of output")
    if not arm.shock:
        parts.append("without the war")
    parts += [f"{name.replace('_', ' ')} = {value:g}" for name, value in arm.settings]
    return ", ".join(parts)


def _prior(name: str) -> tuple[float, float]:
    prior = DECLARATIONS[name].prior
    assert prior is not None
    return prior


def _verdicts(folder: Path) -> dict[str, Any]:
    path = folder / VERDICTS
    if not path.is_file() or not (folder / RUNS).is_file():
        raise StoreError(f"{folder}: the trial is not finished (no {VERDICTS}); the claim command resumes it")
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != 1 or not found["claims"]:
            raise KeyError("format")
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(f"{path}: cannot be read as verdicts; {AGAIN}") from error
    return found


def _claims(verdicts: Mapping[str, Any], folder: Path) -> tuple[list[Arm], list[Asked], int]:
    """Return the arms of all claims, the questions that compare two of them, and how many others there are."""
    tested: dict[Arm, None] = {}
    asked: list[Asked] = []
    unasked = 0
    for claim in verdicts["claims"]:
        arms = _arms(claim, folder)
        tested |= dict.fromkeys(arms.values())
        for part in claim["estimands"]:
            pair = pair_of(tuple(part["contrast"].items()))
            if pair is None or part["relative_to"] is not None:
                unasked += 1
                continue
            title = f"{claim['number']}. {claim['title']}: {part['name']}"
            outcome = part["measure"], part["population"]
            asked.append(Asked(title, arms[pair[0]], arms[pair[1]], outcome, part["month"], part["margin"]))
    return list(tested), asked, unasked


def _arms(claim: Mapping[str, Any], folder: Path) -> dict[str, Arm]:
    if "arms" in claim:
        return {
            name: Arm(arm["policy"], arm["budget"], tuple(sorted(arm["settings"].items())), arm["shock"])
            for name, arm in claim["arms"].items()
        }
    try:
        shipped = read_claims([claim["name"]])[0]
    except ScenarioError as error:
        raise StoreError(f"{folder / VERDICTS}: does not say what the arms of {claim['name']} are; {AGAIN}") from error
    if shipped.digest() != claim["registered"]:
        raise StoreError(f"{folder / VERDICTS}: the claim {claim['name']} has changed since; {AGAIN}")
    return dict(shipped.arms)


class _Table:
    """The runs of a trial, found by levers, shock, point, seed and the parameters that can act."""

    def __init__(self, folder: Path, points: range, read: Sequence[tuple[str, str]]) -> None:
        self.path = folder / RUNS
        self.points = points
        self.read = set(read)
        with pq.ParquetFile(self.path) as file:
            present = set(file.schema_arrow.names)
            kept: dict[tuple[str, str], list[int]] = {}
            for name in present:
                found = _outcome_of(name)
                if found:
                    kept.setdefault(found[0], []).append(found[1])
            self.outcomes = tuple(o for o in dict.fromkeys([*read, *SHOWN]) if o in kept)
            # In month 0 all arms are one: nothing can be compared.
            self.marks = tuple(sorted({month for outcome in self.outcomes for month in kept[outcome] if month > 0}))
            self.cells = {
                (number, mark): column(*outcome, month)
                for number, outcome in enumerate(self.outcomes)
                for mark, month in enumerate(self.marks)
                if column(*outcome, month) in present
            }
            self.levers = [name for name in LEVERS if f"lever.{name}" in present]
            self.parameters = [name for name in Parameters._fields if f"p.{name}" in present]
            columns = [
                *("point", "seed", "policy", "shock", "months", "status", "series"),
                *(f"lever.{name}" for name in self.levers),
                *(f"p.{name}" for name in self.parameters),
                *self.cells.values(),
            ]
            columns = [name for name in dict.fromkeys(columns) if name in present]
            frame: pd.DataFrame = file.read(columns=columns).to_pandas()
        self.frame = frame[frame["point"].isin(points)]
        self._numbers: dict[str, Floats] = {}
        self._masks: dict[frozenset[str], NDArray[np.bool_]] = {}
        self._places = self._found()

    def _found(self) -> dict[tuple[object, ...], int]:
        """Return the row of each run; of runs that differ in their horizon alone, the longer."""
        frame = self.frame
        matrix = frame[[f"p.{name}" for name in self.parameters]].to_numpy(dtype=float)
        levels = np.nan_to_num(frame[[f"lever.{name}" for name in self.levers]].to_numpy(dtype=float))
        identity = list(zip(frame["policy"], frame["shock"], frame["point"], frame["seed"], strict=True))
        places: dict[tuple[object, ...], int] = {}
        for row in np.argsort(frame["months"].to_numpy(), kind="stable").tolist():
            name, shock, point, seed = identity[row]
            pulled = {
                lever: level for lever, level in zip(self.levers, levels[row].tolist(), strict=True) if level > 0.0
            }
            acting = self._acting(set(pulled))
            digest = _digest(name, tuple(pulled.items()))
            places[digest, bool(shock), int(point), int(seed), matrix[row, acting].tobytes()] = row
        return places

    def _acting(self, pulled: set[str]) -> NDArray[np.bool_]:
        """Return which parameters can matter where these levers are pulled."""
        key = frozenset(pulled)
        if key not in self._masks:
            self._masks[key] = np.array([DECLARATIONS[name].lever in (None, *pulled) for name in self.parameters])
        return self._masks[key]

    def check(self, points: Sequence[Parameters], seeds: Sequence[Sequence[int]]) -> None:
        """Refuse a table whose points are not those of today's priors, or whose seeds are not theirs."""
        if points and None in self._at(SHOWN_ARMS["status_quo"], points[-1], len(points) - 1, seeds[-1]):
            raise StoreError(f"{self.path}: rests on other parameters, priors or seeds than today's; {AGAIN}")

    def variants(
        self, arm: Arm, points: Sequence[Parameters], seeds: Sequence[Sequence[int]], *, every: bool
    ) -> dict[int, NDArray[np.int64]]:
        """Return the rows of an arm by structural variant, the first alone or every one that was made."""
        found = {}
        for number, settings in enumerate(VARIANTS.values()):
            if number == BASE or every:
                own = replace(arm, settings=tuple(sorted({**settings, **dict(arm.settings)}.items())))
                rows = self.rows(own, points, seeds)
                if rows is not None:
                    found[number] = rows
        return found

    def rows(self, arm: Arm, points: Sequence[Parameters], seeds: Sequence[Sequence[int]]) -> NDArray[np.int64] | None:
        """Return the rows of an arm, [points, seeds]; None if the trial did not make all of them."""
        found = [self._at(arm, *place) for place in zip(points, self.points, seeds, strict=True)]
        if any(place is None for places in found for place in places):
            return None
        return np.array(found, dtype=np.int64)

    def _at(self, arm: Arm, point: Parameters, number: int, seeds: Sequence[int]) -> list[int | None]:
        run = Run(arm, 1, point, "", 1, 0)
        acting = self._acting({lever for lever in LEVERS if run.policy.pulls(lever)})
        digest = run.policy.digest()
        values = run.values
        vector = np.array([getattr(values, name) for name in self.parameters])[acting].tobytes()
        return [self._places.get((digest, arm.shock, number, seed, vector)) for seed in seeds]

    def series(self, arm: Arm, point: Parameters, seeds: Sequence[int]) -> dict[int, Floats]:
        """Return the months of `OUTCOME` of an arm at the table's first point, by seed, as far as they were kept."""
        if "series" not in self.frame:
            return {}
        places = zip(seeds, self._at(arm, point, self.points[0], seeds), strict=True)
        texts = {seed: self.frame["series"].iloc[place] for seed, place in places if place is not None}
        kept = {seed: json.loads(text) for seed, text in texts.items() if isinstance(text, str)}
        name = ".".join(OUTCOME)
        return {seed: np.array(found[name], dtype=float) for seed, found in kept.items() if name in found}

    def numbers(self, name: str) -> Floats:
        """Return a column."""
        if name not in self._numbers:
            self._numbers[name] = self.frame[name].to_numpy(dtype=float)
        return self._numbers[name]

    def mean(self, name: str, rows: NDArray[np.int64]) -> Floats:
        """Return a column's mean over seeds, [points]."""
        return np.asarray(self.numbers(name)[rows].mean(axis=1))


@lru_cache(maxsize=4096)
def _digest(policy: str, levels: tuple[tuple[str, float], ...]) -> str:
    """Return the digest of a policy whose levers stand at these levels."""
    own = read_policy(policy)
    levers = {name: replace(lever, level=0.0) for name, lever in own.levers.items()}
    levers |= {name: replace(levers[name], level=level) for name, level in levels if name in levers}
    return replace(own, levers=levers).digest()


def _outcome_of(name: str) -> tuple[tuple[str, str], int] | None:
    """Return the outcome and month of a column, None if it is no outcome's."""
    measure, _, rest = name.partition(".")
    population, _, month = rest.rpartition(".")
    if not month.isdecimal() or measure in ("p", "lever", "figure"):
        return None
    return (measure, population or "everyone"), int(month)

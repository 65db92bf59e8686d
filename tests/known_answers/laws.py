"""What a known answer is: a law with its formula, the ranges its parameters are drawn from, and what a test found.

Every run of the tests draws anew: `VERIFY_SEED` says from which seed, and is printed; set it to repeat a run.
"""

from __future__ import annotations

import math
import os
import secrets
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, t

from scenarios import DECLARATIONS

Range = tuple[float, float]

SURE = 5.0
"""Standard errors that chance is allowed: it exceeds them once in 1.7 million checks."""


def chosen_seed() -> int:
    """Return the seed of this run's draws: `VERIFY_SEED` if it is set, else a fresh one."""
    text = os.environ.get("VERIFY_SEED", "").strip()
    if not text:
        return secrets.randbelow(1_000_000_000)
    if not text.isdecimal():
        pytest.exit(f"VERIFY_SEED = {text!r} is not allowed; it must be an integer from 0 on", returncode=2)
    return int(text)


VERIFY_SEED = chosen_seed()


def prior(*names: str) -> dict[str, Range]:
    """Return the priors of parameters by name."""
    found = {}
    for name in names:
        bounds = DECLARATIONS[name].prior
        assert bounds is not None, name
        found[name] = bounds
    return found


def five_errors(values: Any) -> float:
    """Return how far a mean of a few independent values may be off by chance: as sure as five standard errors.

    The standard error is itself estimated, so the five of a normal become more by Student's t.
    """
    values = np.asarray(values, dtype=float)
    allowed = t.isf(norm.sf(SURE), values.size - 1)
    return float(allowed * values.std(ddof=1) / math.sqrt(values.size))


LAWS: dict[str, Law] = {}
"""Every law that has been loaded, by key."""


@dataclass(frozen=True)
class Law:
    """Something the model must obey.

    `formula` is plain text, a line an equation; `ranges` are those the tests draw from; `source` says where the law
    comes from; `limits` what the rules cannot be made to do, so that the law is reached only in part.
    """

    key: str
    title: str
    formula: str
    source: str
    ranges: Mapping[str, Range] = field(default_factory=dict)
    limits: str = ""

    def __post_init__(self) -> None:
        LAWS[self.key] = self

    def rng(self, number: int = 0) -> np.random.Generator:
        """Return the generator of one draw, a new one with every `VERIFY_SEED`."""
        return np.random.default_rng((VERIFY_SEED, zlib.crc32(self.key.encode()), number))

    def draw(self, number: int) -> dict[str, float]:
        """Return a point of the ranges; draw 0 is one of their corners, where formulas break first."""
        rng = self.rng(number)
        if number == 0:
            return {name: float(bounds[rng.integers(2)]) for name, bounds in self.ranges.items()}
        return {name: float(rng.uniform(*bounds)) for name, bounds in self.ranges.items()}

    def seed(self, number: int) -> int:
        """Return a seed for the society of one draw."""
        return int(self.rng(number).integers(2**31, 2**32))


@dataclass(frozen=True)
class Finding:
    """What one check expected, what it got, and how far apart they may be.

    Of many numbers compared at once it tells the one that uses up most of its tolerance. `bound` is "above" or "below"
    where the law gives no number but a side.
    """

    law: str
    what: str
    where: str
    expected: float
    got: float
    tolerance: float
    compared: int = 1
    bound: str = ""

    @property
    def error(self) -> float:
        """How far got is from expected; beyond the bound, where it is one."""
        if self.bound:
            over = self.expected - self.got if self.bound == "above" else self.got - self.expected
            return 0.0 if over <= 0.0 else over  # what is no number is no 0 either
        return abs(self.got - self.expected)

    @property
    def used(self) -> float:
        """The share of the tolerance that the error uses up."""
        if self.error == 0.0:
            return 0.0
        return self.error / self.tolerance if self.tolerance > 0.0 else math.inf

    @property
    def holds(self) -> bool:
        """Whether the law holds here; never for something that is no number."""
        return self.error <= self.tolerance

    def __str__(self) -> str:
        sign = {"": "expected", "above": "expected above", "below": "expected below"}[self.bound]
        return (
            f"{self.law}, {self.what}: {sign} {self.expected:.10g}, got {self.got:.10g}, error {self.error:.3g}, "
            f"tolerance {self.tolerance:.3g} ({self.where or 'default point'}; VERIFY_SEED={VERIFY_SEED})"
        )


@dataclass(frozen=True)
class Line:
    """A line or points of a picture."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    points: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture of a law: formulas as lines, what the simulator did as points."""

    law: str
    x_label: str
    y_label: str
    caption: str
    lines: Sequence[Line]


class Verify:
    """Compares what a test got with what a law expects, notes it for the page, and fails the test where they differ."""

    def __init__(self, notes: list[tuple[str, object]]) -> None:
        self._notes = notes

    def __call__(
        self, law: Law, what: str, got: Any, expected: Any, tolerance: Any, where: Mapping[str, object] | str = ""
    ) -> None:
        """Compare numbers or arrays; `tolerance` is absolute, one for all or one for each."""
        got, expected, tolerance = np.broadcast_arrays(
            *(np.asarray(a, dtype=float) for a in (got, expected, tolerance))
        )
        assert got.size > 0, f"{law.key}, {what}: nothing to compare"
        error = np.abs(got - expected)
        with np.errstate(divide="ignore", invalid="ignore"):
            used = np.where(error == 0.0, 0.0, error / tolerance)
        worst = np.unravel_index(int(np.argmax(np.where(np.isnan(used), np.inf, used))), used.shape)
        numbers = float(expected[worst]), float(got[worst]), float(tolerance[worst])
        self._note(Finding(law.key, what, _worded(where), *numbers, compared=int(got.size)))

    def above(self, law: Law, what: str, got: float, bound: float, where: Mapping[str, object] | str = "") -> None:
        """Demand that a number lie at or above a bound."""
        self._note(Finding(law.key, what, _worded(where), bound, float(got), 0.0, bound="above"))

    def below(self, law: Law, what: str, got: float, bound: float, where: Mapping[str, object] | str = "") -> None:
        """Demand that a number lie at or below a bound."""
        self._note(Finding(law.key, what, _worded(where), bound, float(got), 0.0, bound="below"))

    def draw(self, law: Law, x_label: str, y_label: str, caption: str, *lines: Line) -> None:
        """Note the picture of a law."""
        plain = [Line(line.label, _plain(line.x), _plain(line.y), line.points) for line in lines]
        self._notes.append(("picture", asdict(Picture(law.key, x_label, y_label, caption, plain))))

    def _note(self, finding: Finding) -> None:
        self._notes.append(("finding", asdict(finding)))
        print(finding)
        assert finding.holds, str(finding)


def _plain(values: Sequence[float]) -> list[float]:
    return [float(value) for value in values]


def _worded(where: Mapping[str, object] | str) -> str:
    if isinstance(where, str):
        return where
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in where.items()
    )

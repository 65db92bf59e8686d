"""What it means that a claim's effect is turned, and the space in which the point that turns it is looked for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from experiments.contrasts import arms_of
from experiments.runs import Run
from experiments.verdicts import CONTRADICTED, Floats, judged
from scenarios import DECLARATIONS, UNCERTAIN, Parameters
from scenarios.claim import Claim, Estimand
from scenarios.policy import read_policy

Flip = Literal["verdict", "sign"]
FLIPS: Final[tuple[Flip, ...]] = ("verdict", "sign")
DIGITS: Final = 6
"""Significant digits of the parameter values that are tried, so that a command which replays them can be read."""


@dataclass(frozen=True)
class Target:
    """The effect is turned where `orientation` times the effect lies below `level`."""

    orientation: float
    level: float
    words: str


def target_of(estimand: Estimand, effect: float, flip: Flip = "verdict") -> Target:
    """Return what would turn an estimand whose effect at the default point is `effect`.

    By its sign: an effect of the other sign. By its verdict: a point at which it is contradicted, or one at which it
    holds if the default point contradicts it.
    """
    if flip == "sign":
        return Target(1.0 if effect > 0.0 else -1.0, 0.0, "the effect changes its sign")
    margin, direction = estimand.margin, estimand.direction
    against = against_of(estimand, effect)
    if judged(np.array([effect]), direction, margin)[0] != CONTRADICTED:
        return Target(against, -margin, "the claim is contradicted beyond its margin")
    beyond = direction in ("greater", "less")
    return Target(-against, -margin if beyond else margin, "the claim, contradicted at the default point, holds")


def against_of(estimand: Estimand, effect: float) -> float:
    """Return the orientation in which a lower number speaks against the estimand."""
    if estimand.direction == "none":
        return -1.0 if effect >= 0.0 else 1.0
    return 1.0 if estimand.direction in ("greater", "not_less") else -1.0


@dataclass(frozen=True)
class Space:
    """The parameters that can act on an estimand, in standard deviations of the prior from the default point."""

    names: tuple[str, ...]
    default: Floats
    deviation: Floats  # of the uniform prior
    low: Floats  # of the prior, in deviations
    high: Floats

    @classmethod
    def of(cls, names: Iterable[str]) -> Space:
        """Return the space of some parameters with a prior."""
        names = tuple(names)
        prior = np.array([DECLARATIONS[name].prior for name in names], dtype=float).reshape(len(names), 2)
        default = np.array([DECLARATIONS[name].default for name in names])
        deviation = (prior[:, 1] - prior[:, 0]) / math.sqrt(12.0)
        return cls(names, default, deviation, (prior[:, 0] - default) / deviation, (prior[:, 1] - default) / deviation)

    def changes(self, point: Floats) -> dict[str, float]:
        """Return the parameters that are not at their default, by name, as values that a command can give."""
        changed = {}
        for name, default, deviation, z in zip(self.names, self.default, self.deviation, point, strict=True):
            low, high = DECLARATIONS[name].prior or (-math.inf, math.inf)
            value = min(high, max(low, float(f"{default + deviation * z:.{DIGITS}g}")))
            if z != 0.0 and value != default:
                changed[name] = value
        return changed

    def point(self, changes: dict[str, float]) -> Floats:
        """Return where values given by name stand, in deviations from the default."""
        values = np.array([changes.get(name, default) for name, default in zip(self.names, self.default, strict=True)])
        return np.asarray((values - self.default) / self.deviation)

    def parameters(self, point: Floats) -> Parameters:
        """Return all parameters at a point."""
        return Parameters.of(self.changes(point))


def acting(claim: Claim, estimand: Estimand) -> list[str]:
    """Return the uncertain parameters that can act on an estimand: some arm leaves them free and pulls their lever."""
    arms = arms_of(claim, estimand)
    policies = [read_policy(arm.policy) for arm in arms]
    found = []
    for name in UNCERTAIN:
        lever = DECLARATIONS[name].lever
        free = [name not in dict(arm.settings) for arm in arms]
        pulled = [lever is None or policy.pulls(lever) for policy in policies]
        if any(x and y for x, y in zip(free, pulled, strict=True)):
            found.append(name)
    return found


def policy_text(run: Run) -> str:
    """Return the policy of a run, scaled to its budget, as a file that `--policy` reads."""
    policy = run.policy
    lines = [f'title = "{policy.title}, at {run.arm.budget:g} of output"', 'description = "Scaled to its budget."']
    for name, lever in policy.levers.items():
        lines += [f"[levers.{name}]", f"level = {lever.level!r}", f"start = {float(lever.start)!r}"]
        lines += [f"end = {float(lever.end)!r}", f"ramp = {float(lever.ramp)!r}", f'target = "{lever.target}"']
    return "\n".join(lines) + "\n"

"""Policies: which levers a government pulls, how far, from when to when, and what that costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast

from scenarios.errors import ScenarioError, nearest
from scenarios.files import Table, digest, find, is_number, parsed_toml, read_text, span
from scenarios.parameters import Parameters

LEVERS: Final = ("coercion", "welfare", "institutions", "media", "contact")
"""The levers, in the order of the specification (u_c, u_w, u_q, u_m, u_k)."""

Target = Literal["everyone", "kin_camp"]

TARGETS: Final[Mapping[str, tuple[Target, ...]]] = MappingProxyType(
    {
        "coercion": ("kin_camp",),
        "welfare": ("everyone", "kin_camp"),
        "institutions": ("everyone",),
        "media": ("kin_camp",),
        "contact": ("everyone",),
    }
)
"""Whom each lever may address; the first is the default. Only welfare leaves a choice."""


@dataclass(frozen=True)
class Lever:
    """How far one lever is pulled, and when.

    Attributes
    ----------
    level
        Intensity at full ramp, from 0 to 1.
    start, end
        Months. The lever rises over [start, start + ramp] and falls over [end, end + ramp], so that month `end` is
        still full policy (specification, ruling 10). An infinite `end` means never withdrawn.
    ramp
        Months. With 0 the lever is a step: full from `start` to `end`, both included.
    target
        Whom the lever addresses. None stands for the lever's usual target; a `Policy` puts that in its place.
    """

    level: float
    start: float = 30.0
    end: float = 120.0
    ramp: float = 6.0
    target: Target | None = None

    def __post_init__(self) -> None:
        allowed = {
            "level": (0.0, 1.0),
            "start": (0.0, 1e6),
            "end": (self.start, math.inf),
            "ramp": (0.0, 1e6),
        }
        for name, (low, high) in allowed.items():
            value = getattr(self, name)
            if not is_number(value) or not low <= value <= high:
                reason = f" (end comes no earlier than start = {low:g})" if name == "end" else ""
                raise ScenarioError(f"{name} = {value!r} is not allowed; it must be {span(low, high)}{reason}")
        if self.target not in (None, "everyone", "kin_camp"):
            raise ScenarioError(f"target = {self.target!r} is not allowed; it must be everyone or kin_camp")

    def at(self, month: float) -> float:
        """Return the intensity at a month, in [0, level]; a window shorter than its ramp never becomes full."""
        if self.ramp == 0.0:
            return self.level if self.start <= month <= self.end else 0.0
        up = (min(month, self.end) - self.start) / self.ramp
        down = 1.0 - (month - self.end) / self.ramp
        return self.level * min(1.0, max(0.0, up)) * min(1.0, max(0.0, down))


@dataclass(frozen=True)
class Policy:
    """A named set of levers; a lever that is not in `levers` is not pulled."""

    name: str
    title: str
    description: str
    levers: Mapping[str, Lever] = field(hash=False)
    source_file: str = "policy"

    def __post_init__(self) -> None:
        levers = {}
        for name, lever in self.levers.items():
            if name not in LEVERS:
                raise ScenarioError(f"{self.source_file}: levers: unknown lever '{name}'{nearest(name, LEVERS)}")
            levers[name] = replace(lever, target=lever.target or TARGETS[name][0])
            if levers[name].target not in TARGETS[name]:
                raise ScenarioError(
                    f"{self.source_file}: levers.{name}.target = {lever.target!r} is not allowed; "
                    f"it must be {' or '.join(TARGETS[name])}"
                )
        object.__setattr__(self, "levers", {name: levers[name] for name in LEVERS if name in levers})

    @classmethod
    def of(cls, name: str, **levels: float) -> Policy:
        """Return a policy with the given levels, for example `Policy.of("mixed", coercion=1.0, welfare=0.5)`."""
        source = f"policy '{name}'"
        levers = {}
        for lever, level in levels.items():
            if lever not in LEVERS:
                raise ScenarioError(f"{source}: levers: unknown lever '{lever}'{nearest(lever, LEVERS)}")
            levers[lever] = Lever(level)
        return cls(name, name, "", levers, source)

    def pulls(self, lever: str) -> bool:
        """Tell whether a lever is ever above 0."""
        _check_lever(lever)
        return lever in self.levers and self.levers[lever].level > 0.0

    def level(self, lever: str, month: float) -> float:
        """Return a lever's intensity at a month, in [0, 1]."""
        _check_lever(lever)
        return self.levers[lever].at(month) if lever in self.levers else 0.0

    @property
    def targeted(self) -> bool:
        """Whether welfare goes to the kin camp only."""
        return "welfare" in self.levers and self.levers["welfare"].target == "kin_camp"

    def first_month(self) -> float:
        """Return the month in which the first pulled lever starts; infinity if none is pulled."""
        return min((self.levers[name].start for name in self.levers if self.pulls(name)), default=math.inf)

    def scaled(self, factor: float) -> Policy:
        """Return the policy with every level multiplied by a factor, no level above 1."""
        _check_factor(factor)
        levers = {name: replace(lever, level=min(1.0, lever.level * factor)) for name, lever in self.levers.items()}
        return replace(self, levers=levers)

    def cost(self, parameters: Parameters, factor: float = 1.0) -> float:
        """Return the cost of `scaled(factor)` while every lever is full, as a share of output.

        Welfare spending is linear in its level, the capacity costs of the other levers are quadratic
        (specification 3.7 and change 9).
        """
        linear, quadratic = self.scaled(factor)._cost_terms(parameters)
        return linear + quadratic

    def at_budget(self, budget: float, parameters: Parameters) -> Policy:
        """Return the policy scaled by the largest common factor that a budget pays for.

        The factor solves cost(factor) = budget, a share of output, unless a level would exceed 1; then the rest of the
        budget stays with the taxpayer (specification, section 5 and ruling 18).
        """
        if not is_number(budget) or not budget >= 0.0:
            raise ScenarioError(
                f"budget = {budget!r} is not allowed; it must be a share of output of at least 0, such as 0.004"
            )
        highest = max((lever.level for lever in self.levers.values()), default=0.0)
        if highest == 0.0:
            return self
        # From here on the factor is relative to the policy whose highest level is 1, so it runs from 0 to 1.
        full = replace(
            self, levers={name: replace(lever, level=lever.level / highest) for name, lever in self.levers.items()}
        )
        linear, quadratic = full._cost_terms(parameters)
        if linear + quadratic <= budget:
            return full
        # The positive root of quadratic u^2 + linear u = budget, in the form that never subtracts equal numbers.
        divisor = linear + math.sqrt(linear * linear + 4.0 * quadratic * budget)
        return full.scaled(min(1.0, 2.0 * budget / divisor) if divisor > 0.0 else 0.0)

    def digest(self) -> str:
        """Return a digest of all that can change a result: the levers that are pulled, not names or descriptions."""
        return digest(
            {
                name: [float(lever.level), float(lever.start), float(lever.end), float(lever.ramp), lever.target]
                for name, lever in self.levers.items()
                if self.pulls(name)
            }
        )

    def _cost_terms(self, parameters: Parameters) -> tuple[float, float]:
        """Return the parts of the full cost that grow linearly and quadratically with a common factor."""
        linear = quadratic = 0.0
        for name, lever in self.levers.items():
            price = float(getattr(parameters, f"{name}_cost"))
            if name == "welfare":
                linear += price * lever.level
            else:
                quadratic += price * (lever.level * lever.level)
        return linear, quadratic


def read_policy(name_or_path: str | Path) -> Policy:
    """Return a shipped policy by name, or the policy of a TOML file."""
    path = find("policies", name_or_path)
    return _policy(path, read_text(path))


@lru_cache(maxsize=256)
def _policy(path: Path, text: str) -> Policy:
    """Return the policy of a file with this text."""
    table = Table(parsed_toml(text, path), path)
    title, description = table.text("title"), table.text("description")
    levers = table.table("levers", {})
    table.end()
    found = {}
    for name in levers:
        if name not in LEVERS:
            raise ScenarioError(f"{levers.where()}: unknown lever '{name}'{nearest(name, LEVERS)}")
        found[name] = _read_lever(name, levers.table(name))
    return Policy(path.stem, title, description, found, str(path))


def _read_lever(name: str, table: Table) -> Lever:
    numbers = {
        "level": table.number("level"),
        "start": table.number("start", Lever.start),
        "end": table.number("end", Lever.end),
        "ramp": table.number("ramp", Lever.ramp),
    }
    target = table.choice("target", TARGETS[name], TARGETS[name][0])
    table.end()
    try:
        return Lever(**numbers, target=cast(Target, target))
    except ScenarioError as error:
        raise ScenarioError(f"{table.where()}.{error}") from error


def _check_lever(name: str) -> None:
    if name not in LEVERS:
        raise ScenarioError(f"unknown lever '{name}'{nearest(name, LEVERS)}")


def _check_factor(factor: float) -> None:
    if not is_number(factor) or not 0.0 <= factor < math.inf:
        raise ScenarioError(f"factor = {factor!r} is not allowed; it must be a finite number of at least 0")

"""What the points of a search are drawn from: the whole prior, or what a design leaves open.

Every point is drawn for itself, from a key, so that the number of points may depend on what the earlier ones said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, Protocol

import numpy as np

from experiments.claims import DEFAULT_POINT
from experiments.designs import SPACE_FILLING, Design
from experiments.prior import prior_point
from experiments.runs import Run, country_of
from scenarios import Parameters, ScenarioError
from scenarios.claim import Arm, Claim

UNUSED: Final = ("points", "policies", "arms", "budget", "contrasts", "outcomes", "marks", "monthly", "fresh_seeds")
"""Keys of a design that a search for a claim's verdict has no use for."""


MOST_NAMES: Final = 8


class Assumptions(Protocol):
    """Where a claim's arms live: the default point, and as many independent points as the search asks for."""

    @property
    def country(self) -> str:
        """The country, by name or path."""

    @property
    def words(self) -> str:
        """What a point is a draw of."""

    @property
    def reservation(self) -> str:
        """What a reader of the decisions must know first; empty if nothing."""

    def run(self, arm: Arm, point: int, seed: int, citizens: int) -> Run:
        """Return the run of an arm; months, marks and outcomes are the search's to say."""

    def provenance(self) -> Mapping[str, Any]:
        """Return what the points follow from."""


@dataclass(frozen=True)
class WholePrior:
    """All uncertain parameters over their priors."""

    country: str
    words: str = "all uncertain parameters"
    reservation: str = ""

    def run(self, arm: Arm, point: int, seed: int, citizens: int) -> Run:
        """Return the run of an arm."""
        parameters = Parameters() if point == DEFAULT_POINT else prior_point(point)
        return Run(arm, 0, parameters, self.country, citizens, seed)

    def provenance(self) -> Mapping[str, Any]:
        """Return what the points follow from."""
        return {"country": self.country, "country_digest": country_of(self.country).digest()}


@dataclass(frozen=True)
class DesignPrior:
    """What a design varies, over its ranges; what it fixes is fixed at the default point too."""

    design: Design

    @property
    def country(self) -> str:
        """The country, by name or path."""
        return self.design.country

    @property
    def words(self) -> str:
        """What a point is a draw of."""
        names = [axis.name for axis in self.design.axes]
        shown = ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} parameters and figures"
        return f"what the design '{self.design.name}' varies ({shown})"

    @property
    def reservation(self) -> str:
        """What a reader of the decisions must know first."""
        return (
            f"Decided under the assumptions of the design '{self.design.name}', not over the whole prior: no verdict "
            "on the claim as it was registered."
        )

    def run(self, arm: Arm, point: int, seed: int, citizens: int) -> Run:
        """Return the run of an arm."""
        if point == DEFAULT_POINT:
            made = self._held.run_of(arm, (), seed)
        else:
            made = self.design.run_of(arm, self._coordinates(point), seed)
        return replace(made, citizens=citizens, keeps_series=False)

    def provenance(self) -> Mapping[str, Any]:
        """Return what the points follow from."""
        return {
            "country": self.country,
            "country_digest": country_of(self.country).digest(),
            "design": dict(self.design.content),
            "design_digest": self.design.digest(),
        }

    def _coordinates(self, point: int) -> list[float]:
        unit = np.random.default_rng([self.design.sample_seed, point]).random(len(self.design.axes))
        return [float(axis.coordinates(u)) for axis, u in zip(self.design.axes, unit, strict=True)]

    @cached_property
    def _held(self) -> Design:
        return replace(self.design, axes=())


def design_prior(design: Design, claims: Sequence[Claim]) -> DesignPrior:
    """Return the assumptions of a design for the arms of claims.

    Raises
    ------
    ScenarioError
        If the design has no random points, varies what claims have a rule for, or ends before a claim does.
    """
    file = f"{design.name}.toml"
    if design.kind not in SPACE_FILLING:
        raise ScenarioError(
            f"{file}: kind = '{design.kind}' is not allowed with --until decided, which draws points one by one; "
            f"it must be {' or '.join(SPACE_FILLING)}"
        )
    if design.populations:
        raise ScenarioError(
            f"{file}: populations is not allowed with --until decided: each point has people of its own"
        )
    for axis in design.axes:
        if axis.group in ("levers", "budget"):
            raise ScenarioError(
                f"{file}: {axis.column} is not allowed with --until decided: a claim's arms say what they do themselves"
            )
        if (axis.group, axis.name) == ("choices", "variant"):
            raise ScenarioError(
                f"{file}: choices.variant is not allowed with --until decided: the rule tries every variant"
            )
    for claim in claims:
        last = max(estimand.month for estimand in claim.all_estimands)
        if last > design.months:
            raise ScenarioError(
                f"{file}: months = {design.months} is too short for claim {claim.number} ({claim.name}), which looks "
                f"at month {last}"
            )
    return DesignPrior(design)

"""The government: the levers it holds, whom they address and what they cost."""

from __future__ import annotations

from typing import Any

from mesa import Agent

from scenarios import LEVERS, Policy, ScenarioError
from scenarios.errors import nearest


class Government(Agent):  # type: ignore[misc]
    """Holds five levers in [0, 1] and a budget; its policy sets them month by month until somebody's hand moves them.

    `model` is the society it governs.
    """

    def __init__(self, model: Any, policy: Policy) -> None:
        super().__init__(model)
        self.policy = policy

    @property
    def levers(self) -> dict[str, float]:
        """The levers as they stand this month."""
        return {name: self.model.lever(name) for name in LEVERS}

    def set_lever(self, name: str, level: float) -> None:
        """Hold a lever at `level` from this month on, whatever the policy had planned.

        Raises
        ------
        ScenarioError
            For an unknown lever or a level outside [0, 1].
        """
        if name not in LEVERS:
            raise ScenarioError(f"government: unknown lever '{name}'{nearest(name, LEVERS)}")
        if not 0.0 <= level <= 1.0:
            raise ScenarioError(f"government: {name} = {level!r} is not allowed; a lever stands between 0 and 1")
        self.model.hold_lever(name, level)

    @property
    def targets(self) -> dict[str, str]:
        """Whom each pulled lever addresses: everyone or the kin camp."""
        return {name: str(lever.target) for name, lever in self.policy.levers.items() if lever.level > 0.0}

    @property
    def cost(self) -> float:
        """What the levers cost this month, as a share of output."""
        return float(self.model.figure("cost"))

    @property
    def tax(self) -> float:
        """The tax rate this month; below 0 it is a dividend."""
        return float(self.model.figure("tax"))

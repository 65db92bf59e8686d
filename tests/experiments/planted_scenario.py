"""A planted model whose parameters are a Mesa `Scenario`, as Mesa 3.5 has them; for Mesa 3.3 with a stand-in."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, ClassVar

import mesa
import planted
import pytest

try:
    from mesa.experimental.scenarios import Scenario
except ImportError:

    class Scenario:  # type: ignore[no-redef]
        """What Mesa 3.5's class does with defaults, settings and seed."""

        _scenario_defaults: ClassVar[dict[str, Any]] = {}

        def __init_subclass__(cls) -> None:
            cls._scenario_defaults = {name: getattr(cls, name) for name in cls.__annotations__ if hasattr(cls, name)}

        def __init__(self, *, rng: Any = None, **settings: Any) -> None:
            self.model: Any = None
            self.__dict__.update({**self._scenario_defaults, **settings, "rng": rng})


def know_scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Mesa have the module in which it keeps scenarios since 3.5."""
    name = "mesa.experimental.scenarios"
    if name not in sys.modules:
        module = ModuleType(name)
        vars(module)["Scenario"] = Scenario
        monkeypatch.setitem(sys.modules, name, module)


class Weather(Scenario):
    """Wind, and a sun that nothing looks at.

    Args:
        wind: how far it carries
        sun: what nobody reads
    """

    wind: float = 1.0
    sun: float = 0.5


class Leaves(mesa.Model):
    """Leaves in the wind.

    Args:
        leaves: how many
    """

    def __init__(self, leaves: int = 4, scenario: Weather | None = None) -> None:
        scenario = scenario or Weather(rng=0)
        super().__init__(rng=scenario.rng)
        self.scenario = scenario
        for number in range(leaves):
            planted.Walker(self, str(number))

    def step(self) -> None:
        for agent in self.agents:
            agent.place += self.scenario.wind * planted.uniform(self.scenario.rng, self.steps, agent.unique_id)


class HastyLeaves(Leaves):
    """It reads what nobody declared."""

    def step(self) -> None:
        super().step()
        for agent in self.agents:
            agent.place += self.scenario.gust

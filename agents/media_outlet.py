"""Media outlets: kin-state television, national television, independent media."""

from __future__ import annotations

from typing import Any

from mesa import Agent

from scenarios import Outlet


class MediaOutlet(Agent):  # type: ignore[misc]
    """One outlet with a slant in [-1, 1]: -1 speaks for the kin state, +1 for the nation.

    Its influence on a citizen is that citizen's diet share of it; the rules read the shares, and `hype` and the
    conflict set how strongly kin-state television speaks.
    """

    def __init__(self, model: Any, outlet: Outlet) -> None:
        super().__init__(model)
        self.name = outlet.name
        self.kind = outlet.kind
        self.slant = outlet.slant

    @property
    def reach(self) -> float:
        """The mean share of this outlet in the diet of present citizens."""
        return float(self.model.diet_share(self.kind))

    @property
    def hype(self) -> float:
        """How much this outlet overstates welfare in the kin state (log points) this month."""
        if self.kind != "kin_state":
            return 0.0
        return float(self.model.parameters.television_hype * self.model.conflict_now)

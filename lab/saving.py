"""A replay in the making, while its tab goes on: two worlds are lived again in a process of their own."""

from __future__ import annotations

import asyncio

from lab.history import History, Recipe
from lab.messages import RefusedError
from lab.worlds import World, WorldError

SECONDS = 0.3
"""How long the process works before it says how far it is."""


class Saving:
    """Works from the moment it is made; ends its process when it is done or stopped."""

    def __init__(self, world: World, recipe: Recipe, histories: tuple[History, History]) -> None:
        self.done = 0
        self.total = 1
        self.page: bytes | None = None
        """The replay, when it is ready."""
        self.trouble: str | None = None
        """Why there will be none."""
        self._world = world
        self._task = asyncio.get_running_loop().create_task(self._work(recipe, histories))

    async def _work(self, recipe: Recipe, histories: tuple[History, History]) -> None:
        try:
            self.total = await self._world.ask("start_recording", recipe, histories)
            while self.page is None:
                self.done, self.page = await self._world.ask("record", SECONDS)
        except (RefusedError, WorldError) as error:
            self.trouble = f"the replay could not be made: {error}"
        finally:
            self._world.end()

    def stop(self) -> None:
        """Give up."""
        self._task.cancel()
        self._world.end()

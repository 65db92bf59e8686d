"""One tab: its two worlds, and what passes between it and them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from lab import messages
from lab.explorer.pairs import Stored
from lab.finding import NEEDED, best
from lab.history import History, Recipe
from lab.limits import Limits, check_memory
from lab.messages import RefusedError
from lab.saving import Saving
from lab.worlds import Pair, World, WorldError
from scenarios import ScenarioError

FRAME_SECONDS = 0.05
"""How long worlds may live on before a frame is sent; a page that asks for a later month gets there in several."""

PATIENCE = 20
"""How many refused messages in a row end a connection."""

Taker = Callable[[], Awaitable[Pair]]
Giver = Callable[[Pair, int], Awaitable[None]]
Maker = Callable[[], World]


class Session:
    """Answers one tab's messages, one after the other, until it goes.

    The page asks for each frame when it can draw one, so frames are never queued: a slow page, or a slow model, only
    means fewer of them.
    """

    def __init__(
        self,
        socket: WebSocket,
        take: Taker,
        give_back: Giver,
        make: Maker,
        limits: Limits,
        stored: Stored | None = None,
    ) -> None:
        self._socket = socket
        self._take = take
        self._give_back = give_back
        self._make = make
        self._limits = limits
        self._stored = stored
        self._pair: Pair | None = None
        self._recipe: Recipe | None = None
        self._histories: tuple[History, History] | None = None
        self._saving: Saving | None = None
        self._months = 0
        self._citizens = 0
        self._lived = 0
        self._pace = 0.0

    async def run(self) -> None:
        """Serve the tab; ends its worlds whatever happens."""
        refused = 0
        allowance = Allowance(self._limits.messages_a_second)
        try:
            while refused < PATIENCE:
                waiting = self._limits.seconds_to_open if self._pair is None else None
                text = await asyncio.wait_for(self._socket.receive_text(), waiting)
                number = None
                try:
                    if len(text) > self._limits.message_bytes:
                        raise RefusedError(f"a message must not exceed {self._limits.message_bytes} bytes")
                    if not allowance.spend():
                        raise RefusedError(f"at most {self._limits.messages_a_second} messages a second")
                    number, message = messages.read(text, self._limits)
                    await self._answer(number, message)
                    refused = 0
                except RefusedError as error:
                    refused += 1
                    number = error.number if number is None else number
                    await self._send({"type": "refused", "id": number, "text": str(error)})
                except WorldError as error:
                    self.end()
                    await self._send({"type": "failed", "id": number, "text": f"{error}. {self._told()}".rstrip()})
        except (WebSocketDisconnect, TimeoutError, KeyError, RuntimeError):
            # Gone, silent, or speaking bytes where text is spoken.
            pass
        finally:
            self._stop_saving()
            pair, self._pair = self._pair, None
            if pair is not None:
                await self._give_back(pair, self._citizens)
            if self._socket.client_state is WebSocketState.CONNECTED:
                with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                    await self._socket.close(1008)

    def end(self) -> None:
        """End this tab's worlds."""
        self._stop_saving()
        if self._pair is not None:
            self._pair.end()
            self._pair = None

    @property
    def has_worlds(self) -> bool:
        """Whether the tab has opened its worlds."""
        return self._pair is not None

    # --- answers ------------------------------------------------------------------------------------------------

    async def _answer(self, number: int, message: messages.Message) -> None:
        if isinstance(message, messages.Open):
            await self._open(number, message)
            return
        if self._pair is None:
            raise RefusedError("open the worlds first")
        if isinstance(message, messages.Show):
            await self._show(self._pair, number, message)
        elif isinstance(message, messages.Rewrite):
            self._stop_saving()
            self._histories = first, second = message.histories
            same = await self._pair.ask_each("rewrite", (first,), (second,))
            self._lived = min(self._lived, *same)
            levers = await self._pair.ask("levers")
            await self._send({"type": "rewritten", "id": number, "same": same, "levers": levers})
        elif isinstance(message, messages.Resize):
            laid, _ = await self._pair.ask_each(
                "resize", (message.width, message.height, True), (message.width, message.height, False)
            )
            head = {"type": "field", "id": number, "layout": laid["layout"]}
            await self._send_bytes(head, laid["citizens"], laid["groups"])
        elif isinstance(message, messages.Citizen):
            lives = await self._pair.ask("citizen", message.number, self._within(message.month))
            await self._send({"type": "citizen", "id": number, "lives": lives})
        elif isinstance(message, messages.Find):
            found = await self._find(self._pair, message)
            await self._send({"type": "found", "id": number, "citizen": found})
        elif isinstance(message, messages.Fingerprint):
            prints = await self._pair.ask("fingerprint", self._within(message.month))
            await self._send({"type": "fingerprint", "id": number, "worlds": prints})
        elif isinstance(message, messages.Stored):
            await self._send_stored(number)
        elif isinstance(message, messages.Record):
            await self._record(number)
        else:
            series = await self._pair.ask("replicate", message.seed, min(message.months, self._months))
            await self._send_bytes({"type": "replicate", "id": number}, *series)

    async def _open(self, number: int, message: messages.Open) -> None:
        if self._recipe is None or message.recipe.citizens > self._recipe.citizens:
            try:
                check_memory(message.recipe.citizens)
            except ScenarioError as error:
                raise RefusedError(str(error)) from error
        if self._pair is None or not self._pair.alive:
            self.end()
            self._pair = await self._take()
        self._stop_saving()
        self._recipe = message.recipe
        self._histories = first, second = message.histories
        self._months = message.recipe.months
        self._citizens = max(self._citizens, message.recipe.citizens)
        self._lived = 0
        self._pace = 0.0
        opened, _ = await self._pair.ask_each("open", (message.recipe, first), (message.recipe, second))
        levers = await self._pair.ask("levers")
        await self._send({"type": "opened", "id": number, "society": opened, "levers": levers})

    def _told(self) -> str:
        """Return in words what the worlds are made of and what was done to them."""
        if self._recipe is None or self._histories is None:
            return ""
        first, second = self._histories
        return f"The run: {self._recipe.told()}; A: {first.told()}; B: {second.told()}"

    async def _show(self, pair: Pair, number: int, message: messages.Show) -> None:
        month = min(message.month, self._months)
        if month > self._lived:
            ahead = max(1, int(FRAME_SECONDS / self._pace)) if self._pace > 0.0 else 1
            month = min(month, self._lived + ahead)
        first, second = await pair.ask_each(
            "frame",
            (month, message.layer, message.have[0], message.rarest),
            (month, message.layer, message.have[1], message.rarest),
        )
        self._lived = max(self._lived, month)
        self._pace = max(first["pace"], second["pace"]) or self._pace
        head = {
            "type": "frame",
            "id": number,
            "month": month,
            "layer": message.layer,
            "first": [first["first"], second["first"]],
        }
        parts = (pair_of[name] for name in ("cells", "rows", "regions", "groups") for pair_of in (first, second))
        await self._send_bytes(head, *parts)

    async def _find(self, pair: Pair, message: messages.Find) -> int | None:
        a, b = await pair.ask("columns", self._within(message.month), NEEDED)
        return best(message.what, a, b)

    async def _send_stored(self, number: int) -> None:
        """Send the pairs of the folder that lived what these worlds live; without a folder, say that there is none."""
        stored = self._stored
        if stored is None:
            await self._send({"type": "stored", "id": number, "folder": None})
            return
        assert self._recipe is not None
        assert self._histories is not None
        pairs = stored.pairs(self._recipe, self._histories)
        head = {
            "type": "stored",
            "id": number,
            "folder": stored.folder,
            "citizens": stored.citizens,
            "points": None if stored.at_default else pairs.points,
            "pairs": len(pairs.places),
            "of": pairs.of,
            "differs": pairs.differs,
        }
        await self._send_bytes(head, pairs.values.astype("<f8").tobytes())

    async def _record(self, number: int) -> None:
        """Say how far the replay is; send it when it is there."""
        assert self._recipe is not None
        assert self._histories is not None
        if self._saving is None:
            self._saving = Saving(self._make(), self._recipe, self._histories)
        saving = self._saving
        if saving.trouble is not None:
            self._stop_saving()
            raise RefusedError(saving.trouble)
        if saving.page is None:
            await self._send({"type": "recording", "id": number, "done": saving.done, "total": saving.total})
            return
        self._stop_saving()
        first, second = self._histories
        name = f"civic-loyalty-{first.policy}-and-{second.policy}"
        await self._send_bytes({"type": "replay", "id": number, "name": f"{name}.html"}, saving.page)

    def _stop_saving(self) -> None:
        if self._saving is not None:
            self._saving.stop()
            self._saving = None

    def _within(self, month: int) -> int:
        """Return the month, or the last one if it lies behind the end."""
        return min(month, self._months)

    # --- sending ------------------------------------------------------------------------------------------------

    async def _send(self, content: dict[str, Any]) -> None:
        await self._socket.send_text(json.dumps(content))

    async def _send_bytes(self, head: dict[str, Any], *parts: bytes) -> None:
        """Send a head and parts: the head's length, the head as JSON padded to 8 bytes, then the parts likewise."""
        text = json.dumps({**head, "parts": [len(part) for part in parts]}).encode()
        text += b" " * (-(len(text) + 4) % 8)
        padded = (part + bytes(-len(part) % 8) for part in parts)
        await self._socket.send_bytes(b"".join((struct.pack("<I", len(text)), text, *padded)))


class Allowance:
    """So many a second, with a second's worth in advance."""

    def __init__(self, a_second: float) -> None:
        self._a_second = a_second
        self._left = a_second
        self._at = time.monotonic()

    def spend(self) -> bool:
        """Take one; False if none is left."""
        now = time.monotonic()
        self._left = min(self._a_second, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

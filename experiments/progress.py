"""What a person or a batch system sees while runs are made: a bar, a log, or nothing."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Literal, Protocol, TextIO

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable

Mode = Literal["auto", "bar", "log", "quiet"]


class Progress(Protocol):
    """Shows how far the runs are. Everything counts runs, whatever they are bundled in."""

    def phase(self, text: str) -> None:
        """Say what happens before the first run, for example that the engine compiles."""

    def start(self, total: int, resumed: int) -> None:
        """Begin with `resumed` of `total` runs already there."""

    def advance(self, ok: int = 0, failed: int = 0) -> None:
        """Count runs that just ended. Called often, with zeros if none did."""

    def say(self, text: str) -> None:
        """Report something worth a line."""

    def close(self) -> None:
        """End the display."""


class Quiet:
    """Shows nothing but what must be said."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def phase(self, text: str) -> None:
        """Show nothing."""

    def start(self, total: int, resumed: int) -> None:
        """Show nothing."""

    def advance(self, ok: int = 0, failed: int = 0) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Print the text."""
        print(text, file=self._stream, flush=True)

    def close(self) -> None:
        """Show nothing."""


class Bar:
    """A bar with rate, estimate and failures, for a terminal; it counts runs, or another `unit`."""

    def __init__(self, stream: TextIO | None = None, unit: str = "run") -> None:
        self._stream = stream or sys.stderr
        self._unit = unit
        self._bar: tqdm[Any] | None = None
        self._failed = 0
        self._refreshed = 0.0

    def phase(self, text: str) -> None:
        """Print the phase on a line of its own."""
        self.say(f"{text} ...")

    def start(self, total: int, resumed: int) -> None:
        """Draw the bar at what is already there; rate and estimate count new runs only."""
        self.close()
        self._failed = 0
        if resumed:
            self.say(_resumed(total, resumed))
        self._bar = tqdm(
            total=total,
            initial=resumed,
            unit=self._unit,
            file=self._stream,
            dynamic_ncols=True,
            smoothing=0.05,
            desc=f"{self._unit}s",
        )

    def advance(self, ok: int = 0, failed: int = 0) -> None:
        """Move the bar; keep its clock going while no run ends."""
        if self._bar is None:
            return
        if failed:
            self._failed += failed
            self._bar.set_postfix_str(f"{self._failed} failed", refresh=False)
        self._bar.update(ok + failed)
        if time.monotonic() - self._refreshed >= 0.5:
            self._refreshed = time.monotonic()
            self._bar.refresh()

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        tqdm.write(text, file=self._stream)
        self._stream.flush()

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Log:
    """A line every so many seconds, for batch systems.

    Parameters
    ----------
    every
        Seconds between lines.
    unit
        What is counted.
    """

    def __init__(
        self,
        every: float = 30.0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        unit: str = "run",
    ) -> None:
        self._every = every
        self._unit = unit
        self._stream = stream or sys.stderr
        self._clock = clock
        self._total = self._resumed = self._new = self._told = self._failed = 0
        self._started = self._printed = clock()
        self._open = False

    def phase(self, text: str) -> None:
        """Print the phase."""
        self.say(f"{text} ...")

    def start(self, total: int, resumed: int) -> None:
        """Print where the runs begin."""
        self._total, self._resumed, self._new, self._failed = total, resumed, 0, 0
        self._started = self._printed = self._clock()
        self._open = True
        self.say(_resumed(total, resumed) if resumed else f"{total} {self._unit}s to go")

    def advance(self, ok: int = 0, failed: int = 0) -> None:
        """Count, and print a line if it is time."""
        self._new += ok + failed
        self._failed += failed
        if self._clock() - self._printed >= self._every:
            self._line()

    def say(self, text: str) -> None:
        """Print a line with the time of day."""
        print(f"{time.strftime('%H:%M:%S')} {text}", file=self._stream, flush=True)

    def close(self) -> None:
        """Print the last state."""
        if self._open:
            self._open = False
            if self._new != self._told or not self._new:
                self._line()

    def _line(self) -> None:
        now = self._printed = self._clock()
        self._told = self._new
        rate = self._new / max(now - self._started, 1e-9)
        left = self._total - self._resumed - self._new
        estimate = f", {tqdm.format_interval(left / rate)} left" if rate and left else ""
        self.say(
            f"{self._resumed + self._new} of {self._total} {self._unit}s, {rate:.3g} a second{estimate}"
            + (f", {self._failed} failed" if self._unit == "run" else "")
        )


def progress(mode: Mode = "auto", *, every: float = 30.0, unit: str = "run") -> Progress:
    """Return the display of that name, which counts runs or another unit; `auto` is a bar on a terminal, else a log."""
    if mode == "quiet":
        return Quiet()
    if mode == "bar" or (mode == "auto" and sys.stderr.isatty()):
        return Bar(unit=unit)
    return Log(every, unit=unit)


def _resumed(total: int, resumed: int) -> str:
    return f"resumed: {resumed} of {total} runs were there"

"""What the runs are good for: how many there are, and which of them failed."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.report.texts.numbers import plural
from experiments.verdicts import CITIZENS_NEEDED, FEWEST_IN_INTERVAL, POINTS_NEEDED, SEEDS_NEEDED, is_provisional


@dataclass(frozen=True)
class Standing:
    """What the runs are good for."""

    quick: bool
    points: int
    seeds: int
    citizens: int

    @property
    def provisional(self) -> bool:
        """True below the size that a verdict needs."""
        return is_provisional(self.points, self.seeds, self.citizens)


def standing_note(standing: Standing) -> str:
    """Say what the runs are good for."""
    size = (
        f"{standing.points} {plural(standing.points, 'point')} × {standing.seeds} {plural(standing.seeds, 'seed')} "
        f"of {standing.citizens:,} {plural(standing.citizens, 'citizen')}"
    )
    if standing.quick:
        return f"A rehearsal on {size}: it shows what the page looks like and backs no verdict."
    if standing.provisional:
        return f"Provisional: rests on {size}; {POINTS_NEEDED} × {SEEDS_NEEDED} of {CITIZENS_NEEDED:,} are needed."
    return f"Rests on {size}."


def seeds_text(seeds: int) -> str:
    """Count seeds."""
    return f"{seeds} {plural(seeds, 'seed')}"


def points_text(points: int) -> str:
    """Count points."""
    return f"{points} {plural(points, 'set')}"


def effects_text(seeds: int) -> str:
    """Say what effects are written with, or why without."""
    if seeds >= FEWEST_IN_INTERVAL:
        return f"with 95 % intervals over {seeds_text(seeds)}"
    return f"means over {seeds_text(seeds)}, too few for an interval" if seeds > 1 else "of one seed"


def band_text(seeds: int) -> str:
    """Say what a band over seeds shows."""
    if seeds >= FEWEST_IN_INTERVAL:
        return "95 % intervals of the mean"
    return "the range between the two seeds" if seeds == 2 else "absent (one seed)"


def failed_note(failed: int) -> str:
    """Say that runs failed."""
    return (
        f"{failed} {plural(failed, 'run')} failed. A point without an outcome is left out of the shares; "
        "the claims' details say where."
    )


def missing_note(missing: int, draws: int) -> str:
    """Say that points have no outcome."""
    return (
        f"no outcome at {missing} of {draws} points, where a run failed or there was nothing to compare with "
        "(left out of the shares)"
    )

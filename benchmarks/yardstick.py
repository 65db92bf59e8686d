"""The yardstick: the memory traffic that no engine can avoid in a month, and nothing else.

One pass that gathers what each tie shows once, then streams every column of a citizen once, each by itself and as wide
as the processor reads, writing back those that a month writes. It asks for the ties in advance, as the engine does, and
is shared out among threads in the same blocks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from model.columns import World
from model.compiling import compiled
from model.crew import Crew
from model.month import TIES_AHEAD
from model.prefetching import prefetch
from model.tables import in_memory


def pass_over(world: World, crew: Crew) -> float:
    """Make one pass; returns a number that depends on all that was gathered and on all that is only read."""
    table = in_memory(world)
    return float(sum(crew.each(_pass, [(table, 1.0, *block) for block in crew.blocks(world.columns.loyalty.size)])))


@compiled
def _pass(world: World, one: float, first: int, last: int) -> float:
    """Read all of the citizens of a block and write it back: a compiler cannot know that `one` is 1."""
    c = world.columns
    faces = world.faces
    last_tie = world.ties.size - 1
    heard = 0.0
    for i in range(first, last):
        seen = 0.0
        for k in range(world.first_tie[i], world.first_tie[i + 1]):
            ahead = world.ties[min(k + TIES_AHEAD, last_tie)]
            prefetch(faces.look, ahead)
            prefetch(faces.voice, ahead)
            voice = faces.voice[world.ties[k]]
            seen += voice.heard + voice.hostility + faces.look[world.ties[k]]
        heard += seen
    read = 0
    read ^= _read(c.kinship[first:last].view(np.int64))
    read ^= _read(c.kin_television[first:last].view(np.int64))
    read ^= _read(c.national_television[first:last].view(np.int64))
    read ^= _read(c.log_income[first:last].view(np.int64))
    read ^= _read(c.initial_loyalty[first:last].view(np.int64))
    read ^= _read(c.anchor[first:last].view(np.int64))
    read ^= _read(c.other_camp_ties[first:last].view(np.int64))
    read ^= _read(c.departure_base[first:last].view(np.int64))
    read ^= _read(c.kin_display_expected[first:last].view(np.int64))
    read ^= _read(c.provocation_expected[first:last].view(np.int64))
    read ^= _read(c.harassment_expected[first:last].view(np.int64))
    read ^= _read(c.diaspora_expected[first:last].view(np.int64))
    read ^= _read(c.region[first:last])
    read ^= _read(c.group[first:last])
    read ^= _read(c.camp[first:last])
    read ^= _read(c.present[first:last])
    read ^= _read(c.sanctioned[first:last])
    read ^= _read(c.harassed[first:last])
    read ^= _read(c.departed[first:last])
    read ^= _read(c.event_near[first:last])
    read ^= _read(c.display[first:last])
    _write(c.loyalty[first:last], one)
    _write(c.falsified[first:last], one)
    _write(c.speech_memory[first:last], one)
    _write(c.threat_log_odds[first:last], one)
    _write(c.hostility_log_odds[first:last], one)
    _write(c.injustice_memory[first:last], one)
    _write(c.welfare[first:last], one)
    _write(c.aspiration[first:last], one)
    _write(c.fine[first:last], one)
    _write(c.diaspora_pull[first:last], one)
    _write(c.threat[first:last], one)
    _write(c.hostility[first:last], one)
    _write(c.income[first:last], one)
    _write(c.kin_display_seen[first:last], one)
    _write(c.national_display_seen[first:last], one)
    _write(c.hostility_seen[first:last], one)
    _write(c.provocation[first:last], one)
    _write(c.peers[first:last], one)
    _write(c.diaspora[first:last], one)
    _write(c.injustice[first:last], one)
    _write(c.suppressed[first:last], one)
    _write(c.fairness[first:last], one)
    _write(c.kin_welfare[first:last], one)
    return heard + read


@compiled
def _read(column: Any) -> int:
    """Read a column; whole numbers may be added up in any order, so several are at a time."""
    total = 0
    for i in range(column.size):
        total += column[i]
    return total


@compiled
def _write(column: Any, one: float) -> None:
    """Read a column and write it."""
    for i in range(column.size):
        column[i] *= one

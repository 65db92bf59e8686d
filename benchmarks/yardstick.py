"""The yardstick: the memory traffic that no engine can avoid in a month, and nothing else.

One pass that gathers what each tie shows once and streams every column of a citizen once, writing back those that a
month writes. It asks for the ties in advance, as the engine does, and is shared out among threads in the same blocks.
"""

from __future__ import annotations

from model.columns import World
from model.compiling import compiled
from model.crew import Crew
from model.month import TIES_AHEAD
from model.prefetching import prefetch
from model.tables import in_memory


def pass_over(world: World, crew: Crew) -> float:
    """Make one pass; returns a number that depends on all that was read."""
    table = in_memory(world)
    return float(sum(crew.each(_pass, [(table, 1.0, *block) for block in crew.blocks(world.columns.loyalty.size)])))


@compiled
def _pass(world: World, one: float, first: int, last: int) -> float:
    """Read all of the citizens of a block and write it back: a compiler cannot know that `one` is 1."""
    c = world.columns
    faces = world.faces
    last_tie = world.ties.size - 1
    total = 0.0
    for i in range(first, last):
        seen = 0.0
        for k in range(world.first_tie[i], world.first_tie[i + 1]):
            ahead = world.ties[min(k + TIES_AHEAD, last_tie)]
            prefetch(faces.look, ahead)
            prefetch(faces.voice, ahead)
            voice = faces.voice[world.ties[k]]
            seen += voice.heard + voice.hostility + faces.look[world.ties[k]]
        fixed = (
            c.region[i]
            + c.group[i]
            + c.camp[i]
            + c.kinship[i]
            + c.kin_television[i]
            + c.national_television[i]
            + c.log_income[i]
            + c.initial_loyalty[i]
            + c.anchor[i]
            + c.other_camp_ties[i]
            + c.departure_base[i]
            + c.kin_display_expected[i]
            + c.provocation_expected[i]
            + c.harassment_expected[i]
            + c.diaspora_expected[i]
            + c.present[i]
            + c.sanctioned[i]
            + c.harassed[i]
            + c.departed[i]
            + c.event_near[i]
            + c.display[i]
        )
        total += seen + fixed
        c.loyalty[i] *= one
        c.falsified[i] *= one
        c.speech_memory[i] *= one
        c.threat_log_odds[i] *= one
        c.hostility_log_odds[i] *= one
        c.injustice_memory[i] *= one
        c.welfare[i] *= one
        c.aspiration[i] *= one
        c.fine[i] *= one
        c.diaspora_pull[i] *= one
        c.threat[i] *= one
        c.hostility[i] *= one
        c.income[i] *= one
        c.kin_display_seen[i] *= one
        c.national_display_seen[i] *= one
        c.hostility_seen[i] *= one
        c.provocation[i] *= one
        c.peers[i] *= one
        c.diaspora[i] *= one
        c.injustice[i] *= one
        c.suppressed[i] *= one
        c.fairness[i] *= one
        c.kin_welfare[i] *= one
    return total

"""The heaviest pass of a month, what ties and the region show, as somebody fluent in NumPy would write it.

It does for all citizens at once what the first half of `model.month.look_around` does for one after the other. What
never changes (who is tied to whom, who is in whose group) is worked out once and not timed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.rules.display import KIN_SYMBOL, NATIONAL_SYMBOL
from model.columns import Flags, Floats, Ints, World

EXPOSURES = ("kin_display_seen", "national_display_seen", "hostility_seen", "provocation", "peers", "diaspora")


class Rows(NamedTuple):
    """What is known of the ties, for life: arrays [ties] and, at the end, [citizens]."""

    first: Ints
    in_group: Flags  # both of one group
    across: Flags  # the two of different camps
    tied: Flags  # has ties at all


def rows_of(world: World) -> Rows:
    """Return the fixed part of a society's ties."""
    c = world.columns
    degree = np.diff(world.first_tie)
    owner = np.repeat(np.arange(degree.size), degree)
    return Rows(
        world.first_tie[:-1],
        c.group[world.ties] == c.group[owner],
        c.camp[world.ties] != c.camp[owner],
        degree > 0,
    )


def exposures(world: World, rows: Rows, public_space_weight: float, believed: float) -> tuple[Floats, ...]:
    """Return what present citizens see, in the order of `EXPOSURES`, each [citizens]; leavers' entries mean nothing.

    `believed` is the share of falsified speech that listeners believe.
    """
    c = world.columns
    around = world.surroundings
    ties = world.ties
    other_camp = 1 - c.camp
    present = c.present[ties]
    kin_display = (c.present & (c.display == KIN_SYMBOL))[ties]
    in_group = present & rows.in_group
    across = present & rows.across
    feeling = np.where(c.present, c.loyalty - c.initial_loyalty + believed * c.falsified, 0.0)
    pull = np.where(c.present, 0.0, c.diaspora_pull)

    def total(values: Floats | Flags) -> Floats:
        sums = np.zeros(rows.tied.size)
        # A row without ties would take the first value of the next one.
        sums[rows.tied] = np.add.reduceat(values, rows.first[rows.tied], dtype=np.float64)
        return sums

    def mean(sums: Floats, heads: Floats) -> Floats:
        return np.divide(sums, heads, out=np.zeros_like(sums), where=heads > 0)

    def seen(sums: Floats, heads: Floats, in_region: Floats) -> Floats:
        blended = (1.0 - public_space_weight) * mean(sums, heads) + public_space_weight * in_region
        return np.where(heads > 0, blended, in_region)

    heads = total(present)
    return (
        seen(total(kin_display & rows.in_group), total(in_group), around.kin_display[c.region, c.group]),
        seen(total((c.present & (c.display == NATIONAL_SYMBOL))[ties]), heads, around.national_display[c.region]),
        seen(total(np.where(across, c.hostility[ties], 0.0)), total(across), around.hostility[c.region, other_camp]),
        seen(total(kin_display & rows.across), heads, around.kin_display_per_head[c.region, other_camp]),
        mean(total(feeling[ties]), heads),
        mean(total(pull[ties]), np.diff(world.first_tie).astype(np.float64)),
    )

"""Shapley values of a game in which every coalition has been played: plain arithmetic."""

from __future__ import annotations

import math

import numpy as np

from experiments.verdicts import Floats


def shapley_values(worth: Floats) -> Floats:
    """Return each player's Shapley value, its mean contribution over all orders of joining.

    Values sum to the worth of all players minus that of none; a player that never changes the worth gets exactly 0.

    Parameters
    ----------
    worth
        [2^players, games]: row `members` is the worth of the coalition whose players have their bit set in `members`.

    Returns
    -------
    Floats
        [players, games]; not a number in a game where a coalition's worth is not.
    """
    players = (len(worth) - 1).bit_length()
    if len(worth) != 1 << players:
        raise ValueError(f"{len(worth)} coalitions are not all coalitions of any number of players")
    members = np.arange(len(worth))
    sizes = np.array([bin(coalition).count("1") for coalition in members.tolist()])
    orders = [math.factorial(size) * math.factorial(players - size - 1) for size in range(players)]
    weights = np.array(orders, dtype=float) / math.factorial(players)
    values = np.empty((players, worth.shape[1]))
    for player in range(players):
        before = members[members >> player & 1 == 0]
        gains = worth[before | 1 << player] - worth[before]
        values[player] = (weights[sizes[before], None] * gains).sum(axis=0)
    return values

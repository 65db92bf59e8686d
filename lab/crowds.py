"""Who stands behind each cell when there are more citizens than pixels, and what is rarest among them."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lab.layout import Layout, seating
from model.columns import Columns

CODES = 256


class Crowds(NamedTuple):
    """The citizens behind each cell.

    Attributes
    ----------
    everyone
        [citizens] numbers, crowd by crowd.
    starts
        [crowds] where each crowd begins in `everyone`; its first citizen is the one the cell otherwise shows.
    behind
        [cells] the crowd behind each cell, -1 where there is none.
    """

    everyone: NDArray[np.int32]
    starts: NDArray[np.intp]
    behind: NDArray[np.int32]

    def rarest(self, codes: bytes) -> bytes:
        """Return for each cell the code that is rarest in the country among those in the crowd behind it.

        `codes` holds a byte a citizen, in the order of `everyone`.
        """
        values = np.frombuffer(codes, dtype=np.uint8)
        by_rarity = np.argsort(np.bincount(values, minlength=CODES), kind="stable")
        rank = np.empty(CODES, dtype=np.uint8)
        rank[by_rarity] = np.arange(CODES)
        first = np.minimum.reduceat(rank[values], self.starts)
        found = np.append(by_rarity[first].astype(np.uint8), np.uint8(0))  # the last one answers for -1
        return found[self.behind].tobytes()


def crowds(people: Columns, layout: Layout) -> Crowds:
    """Return who stands behind each cell of a layout."""
    everyone = seating(people).astype(np.int32)
    ends = np.searchsorted(people.region[everyone], np.arange(people.region.max() + 2))
    starts = np.concatenate([np.arange(first, last, layout.represented) for first, last in itertools.pairwise(ends)])
    crowd_of = np.full(people.region.size + 1, -1, dtype=np.int32)  # the last one answers for -1
    crowd_of[everyone[starts]] = np.arange(starts.size)
    return Crowds(everyone, starts, crowd_of[layout.citizens])

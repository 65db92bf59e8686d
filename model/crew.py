"""A crew of threads that shares out the work on one society; compiled code lets go of the interpreter, so they do work.

What is shared out never depends on how many there are: parts write into rows of their own, sums stay within a region or
a fixed order, and so a result is the same to the last bit for any crew.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

BLOCKS_EACH = 8
"""Blocks of citizens for each thread: more than one, so that nobody waits long for the slowest."""

FEWEST_IN_A_BLOCK = 1024


class Crew:
    """So many threads; one is the caller's own. To be closed, or used with `with`."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let the threads go."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def each(self, work: Callable[..., Any], parts: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Return `work(*part)` for every part, in the order of the parts; whoever is free takes the next."""
        if self._pool is None:
            return [work(*part) for part in parts]
        return [done.result() for done in [self._pool.submit(work, *part) for part in parts]]

    def blocks(self, citizens: int, fewest: int = FEWEST_IN_A_BLOCK) -> list[tuple[int, int]]:
        """Return blocks of citizens, (first, one past the last): one for all where there is one thread."""
        count = 1 if self._pool is None else min(self.threads * BLOCKS_EACH, citizens // fewest + 1)
        return list(itertools.pairwise(citizens * edge // count for edge in range(count + 1)))


def largest_first(sizes: Iterable[int]) -> list[int]:
    """Return the numbers of parts of these sizes, the largest first, so that none is begun late."""
    sized = list(sizes)
    return sorted(range(len(sized)), key=lambda number: -sized[number])

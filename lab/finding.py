"""Whom to look at: the citizen of the kin camp of whom something is most true, comparing both worlds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FINDS = ("parted", "gained", "silenced", "sanctioned", "left")
"""Who gained most by B, who by A, who is most silenced and who most unjustly punished in A, who left A alone."""

NEEDED = ("loyalty", "present", "camp", "falsified", "injustice_memory")
"""The columns of both worlds that it takes to say."""


def best(what: str, a: Mapping[str, NDArray[Any]], b: Mapping[str, NDArray[Any]]) -> int | None:
    """Return the place of the citizen of whom `what` is most true, or None if it is true of nobody.

    Parameters
    ----------
    what
        One of `FINDS`.
    a, b
        Columns of both worlds by name, in the same order of citizens.
    """
    both = a["present"] & b["present"]
    match what:
        case "parted":
            score = np.where(both, b["loyalty"] - a["loyalty"], 0.0)
        case "gained":
            score = np.where(both, a["loyalty"] - b["loyalty"], 0.0)
        case "silenced":
            score = np.where(both, a["falsified"], 0.0)
        case "sanctioned":
            score = np.where(both, a["injustice_memory"], 0.0)
        case "left":
            score = np.where(~a["present"] & b["present"], 1.0 + b["loyalty"], 0.0)
        case _:
            raise ValueError(f"{what!r} is none of {FINDS}")
    score = np.where(a["camp"] == 0, score, 0.0)
    place = int(score.argmax())
    return place if score[place] > 0.0 else None

"""Designs: which societies a sweep makes, as a file that anyone can write.

A design names its arms, what it varies and how (a grid, a list, or one of the samplings of the sensitivity literature),
what it holds fixed, and what it keeps. `read_design` checks everything before anything is made; `points` are its rows.
"""

from experiments.designs.axes import SPACE_FILLING, Axis
from experiments.designs.contrasts import Contrast
from experiments.designs.design import Design, series_outcomes
from experiments.designs.reading import MOST_MONTHS, design_of, read_design

__all__ = [
    "MOST_MONTHS",
    "SPACE_FILLING",
    "Axis",
    "Contrast",
    "Design",
    "design_of",
    "read_design",
    "series_outcomes",
]

"""The tools of the analysis on functions whose indices mathematics knows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from laws import SURE, Law, Line, Verify
from scipy.stats import norm

pytest.importorskip("SALib")

from experiments.analysis.sensitivity import sobol_indices
from experiments.designs import Design, design_of

ISHIGAMI = Law(
    key="I",
    title="Ishigami: Sobol' indices of a function that is known",
    formula=(
        "y = sin x1 + a sin^2 x2 + b x3^4 sin x1,   x uniform in (-pi, pi)\n"
        "V1 = (1 + b pi^4 / 5)^2 / 2,   V2 = a^2 / 8,   V13 = 8 b^2 pi^8 / 225,   V = V1 + V2 + V13\n"
        "S = (V1, V2, 0) / V,   ST = (V1 + V13, V2, V13) / V"
    ),
    source="Ishigami and Homma's test function",
    ranges={"a": (3.0, 10.0), "b": (0.02, 0.15)},
)


def saltelli(points: int) -> Design:
    """Return our own Saltelli design over three parameters."""
    names = ("fairness_weight", "welfare_weight", "threat_weight")
    content = {"kind": "saltelli", "points": points, "policies": ["coercion"], "second_order": False}
    return design_of({**content, "parameters": dict.fromkeys(names, "prior")}, "known_answers")


def indices(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the first-order and total indices of Ishigami's function."""
    one, two, both = (1.0 + b * math.pi**4 / 5.0) ** 2 / 2.0, a * a / 8.0, 8.0 * b * b * math.pi**8 / 225.0
    whole = one + two + both
    return np.array([one, two, 0.0]) / whole, np.array([one + both, two, both]) / whole


def test_the_formula_gives_the_numbers_of_the_literature(verify: Verify) -> None:
    """At a = 7, b = .1: S = (.3139, .4424, 0), ST = (.5576, .4424, .2437)."""
    first, total = indices(7.0, 0.1)
    verify(ISHIGAMI, "S at a = 7, b = .1", first, [0.3139, 0.4424, 0.0], 6e-5, "as printed")
    verify(ISHIGAMI, "ST at a = 7, b = .1", total, [0.5576, 0.4424, 0.2437], 6e-5, "as printed")


@pytest.mark.parametrize("draw", range(3))
def test_our_design_and_indices_find_them_again(verify: Verify, draw: int) -> None:
    """Within five bootstrap errors of the estimate, at 1,024 points of our own Saltelli design."""
    point = ISHIGAMI.draw(draw)
    design = saltelli(1024)
    unit = np.column_stack([axis.unit(x) for axis, x in zip(design.axes, design.coordinates.T, strict=True)])
    x = -math.pi + 2.0 * math.pi * unit
    y = np.sin(x[:, 0]) + point["a"] * np.sin(x[:, 1]) ** 2 + point["b"] * x[:, 2] ** 4 * np.sin(x[:, 0])
    table = sobol_indices(y, ["x1", "x2", "x3"]).set_index("axis").loc[["x1", "x2", "x3"]]
    first, total = indices(point["a"], point["b"])
    half = float(norm.isf(0.025))
    for name, column, expected in (("S", "first", first), ("ST", "total", total)):
        allowed = SURE * table[f"{column}_half"].to_numpy() / half
        verify(ISHIGAMI, f"{name}, drawn", table[column].to_numpy(), expected, allowed, point)
    if draw == 1:
        verify.draw(
            ISHIGAMI,
            "index by formula",
            "index by our tools",
            f"First-order and total indices at a = {point['a']:.2f}, b = {point['b']:.3f}.",
            Line("equal", [0.0, 1.0], [0.0, 1.0]),
            Line("first order", first, table["first"].to_numpy(), points=True),
            Line("total", total, table["total"].to_numpy(), points=True),
        )

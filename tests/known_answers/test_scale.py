"""C12: size and time step do not matter."""

from __future__ import annotations

import numpy as np
import pytest
from countries import two_peoples
from laws import Law, Verify, prior
from worlds import CALM, held

from model.society import Society

SCALE = Law(
    key="C12",
    title="Size and time step do not matter",
    formula=(
        "L(better life) - L(coercion) at months 120 and 180: the same for N = 1,000 to 10,000 and dt = 1, 1/2, 1/4\n"
        "without events:  x(dt) - x(dt/2) = O(dt)"
    ),
    source="specification 9 (C12)",
    ranges={**prior("loyalty_half_life", "welfare_weight", "threat_weight"), "media": (0.2, 1.0)},
    limits=(
        "The comparison of arms at the default point only: elsewhere the noise of a small society hides a difference "
        "of this size. The quiet world anywhere."
    ),
)


def advantage(seed: int, **more: int) -> list[float]:
    """Return better life minus coercion, mean loyalty of the kin camp, ITT, at months 120 and 180."""
    better, harsher = (Society(seed=seed, policy=policy, **more).run() for policy in ("better_life", "coercion"))
    return list((better.measure("loyalty") - harsher.measure("loyalty"))[[120, 180]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "seeds", "more"),
    [
        ("two steps a month", 2, {"citizens": 4000, "steps_a_month": 2}),
        ("four steps a month", 6, {"citizens": 1000, "steps_a_month": 4}),
        ("N = 1,000", 6, {"citizens": 1000}),
        ("N = 10,000", 2, {"citizens": 10_000}),
    ],
)
def test_the_comparison_of_arms_does_not_depend_on_step_or_size(
    verify: Verify, name: str, seeds: int, more: dict[str, int]
) -> None:
    """BL - CO at months 120 and 180 is the same for steps of 1, 1/2, 1/4 and for N = 1,000 to 10,000, within .007.

    The reference is 8 seeds of N = 4,000 and whole months: .036 (se .001) and .043 (.0004); finer steps and larger
    societies came out at .037 to .039 and .043 to .044.
    """
    found = np.array([advantage(seed, **more) for seed in range(1, seeds + 1)])
    verify(SCALE, f"better life less coercion, {name}", found.mean(axis=0), [0.0357, 0.0430], 0.007, "default point")


@pytest.mark.parametrize("draw", range(3))
def test_a_quiet_world_keeps_its_levels_whatever_the_step(verify: Verify, draw: int) -> None:
    """Deterministic rates are converted exactly: without events T, w, Q and L after 5 years agree to O(dt)."""
    p = SCALE.draw(draw)
    media = p.pop("media")
    paths = {}
    for steps in (1, 2, 4):
        society = Society(
            country=two_peoples(),
            citizens=300,
            months=60,
            shock_month=12.0,
            steps_a_month=steps,
            policy=held(institutions=1.0, media=media),
            **CALM | p,
        ).run()
        paths[steps] = np.array(
            [society.measure(name)[-1] for name in ("threat", "welfare", "loyalty", "institutions")]
        )
    coarse = np.abs(paths[1] - paths[2])
    verify(SCALE, "T, w, L, Q of a quiet world, steps of 1 and 1/2", paths[1], paths[2], 2e-3, p)
    where = "first order: the gap halves"
    verify(SCALE, "T, w, L, Q of a quiet world, steps of 1/2 and 1/4", paths[2], paths[4], 0.6 * coarse + 1e-12, where)

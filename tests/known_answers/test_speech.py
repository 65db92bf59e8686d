"""C9: what people are made to say, and what they come to believe of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from countries import two_peoples
from laws import Law, Line, Verify, prior
from scipy.optimize import brentq
from worlds import CALM, held

from model.columns import KIN_CAMP
from model.society import Society

SPEECH = Law(
    key="C9",
    title="Speech that is not meant is half believed in the end",
    formula=(
        "atanh L* = l0 + wI (1 - chi rep) phi rep (Loff - L*),   rep = 1 - exp(-bS pi)\n"
        "a pull towards Loff that ends there: bounded, and rising with wI below Loff"
    ),
    source="specification 9 (C9), after Kuran and Sandholm",
    ranges=prior(
        "internalisation_weight", "over_justification", "falsification", "sanction_deterrence", "sanction_probability"
    ),
    limits=(
        "Their law p* = kappa / (kappa + beta r) needs reactance that pulls to zero; here backlash goes through threat "
        "and fairness, so only the part without reactance is reached. The concealed voter copies whole opinions "
        "and cannot be reached by switching mechanisms off."
    ),
)


def settled(anchor: float, pull: float) -> float:
    """Return the L at which atanh L = anchor + pull (.8 - L)+."""
    return float(brentq(lambda x: math.tanh(anchor + pull * max(0.0, 0.8 - x)) - x, -1.0, 1.0, xtol=1e-15))


@pytest.mark.parametrize("draw", range(10))
def test_speech_that_is_not_meant_is_half_believed_in_the_end(verify: Verify, draw: int) -> None:
    """The fixed point for every citizen, to 1e-11; the loyal beyond the official line are left where they are."""
    point = SPEECH.draw(draw)
    society = Society(
        country=two_peoples(),
        citizens=100,
        months=700,
        seed=SPEECH.seed(draw),
        policy=held(coercion=1.0),
        **CALM | point | {"loyalty_half_life": 3.0, "speech_half_life": 6.0},
    ).run()
    c = society.world.columns
    kin = c.camp == KIN_CAMP
    pressure = 1.0 - math.exp(-point["sanction_deterrence"] * point["sanction_probability"])
    spoken = point["falsification"] * pressure
    pull = point["internalisation_weight"] * (1.0 - point["over_justification"] * pressure) * spoken
    expected = np.array([settled(anchor, pull) for anchor in c.anchor[kin]])
    verify(SPEECH, "everybody's loyalty", c.loyalty[kin], expected, 1e-11, point)
    falsified = spoken * np.maximum(0.0, 0.8 - expected)
    verify(SPEECH, "everybody's falsified speech", c.falsified[kin], falsified, 1e-11, point)
    verify(SPEECH, "those not targeted", c.loyalty[~kin], c.initial_loyalty[~kin], 1e-12, point)
    below = c.initial_loyalty[kin] < 0.8
    assert (c.loyalty[kin][below] <= 0.8).all()
    assert (c.loyalty[kin][below] >= c.initial_loyalty[kin][below] - 1e-15).all()
    if draw == 1:
        anchors = np.linspace(-1.5, 1.6, 100)
        gained = np.array([settled(anchor, pull) for anchor in anchors]) - np.tanh(anchors)
        verify.draw(
            SPEECH,
            "loyalty before",
            "loyalty gained in the end",
            f"What coercion without end makes of the kin camp; the pull is {pull:.3f}. Beyond .8 there is none.",
            Line("formula", np.tanh(anchors), gained),
            Line("citizens", c.initial_loyalty[kin], c.loyalty[kin] - c.initial_loyalty[kin], points=True),
        )

"""Messages from outside: what is not asked for exactly is refused, in words."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.history import Event, History
from lab.limits import Limits
from lab.messages import Open, RefusedError, Resize, Rewrite, Show, read

LIMITS = Limits()
WORLDS = [{"policy": "coercion", "events": [[40, "welfare", 0.5]]}, {"policy": "better_life"}]
OPEN = {
    "type": "open", "id": 1, "country": "kazakhstan-2021", "citizens": 1000, "months": 180, "seed": 1,
    "shockMonth": None, "parameters": {"welfare_weight": 0.5}, "worlds": WORLDS,
}  # fmt: skip
SHOW = {"type": "show", "id": 2, "month": 3, "layer": "stance", "have": [-1, 2]}


def test_messages_are_read() -> None:
    number, opened = read(json.dumps(OPEN), LIMITS)
    assert number == 1
    assert isinstance(opened, Open)
    assert opened.recipe.parameters == {"welfare_weight": 0.5}
    assert opened.histories == (History("coercion", (Event(40, "welfare", 0.5),)), History("better_life"))
    assert read(json.dumps(SHOW), LIMITS)[1] == Show(3, "stance", (-1, 2))
    assert read(json.dumps(SHOW | {"rarest": True}), LIMITS)[1] == Show(3, "stance", (-1, 2), rarest=True)
    bounded = read(json.dumps(OPEN | {"budget": 0.004}), LIMITS)[1]
    assert isinstance(bounded, Open)
    assert bounded.recipe.budget == 0.004
    peace = read(json.dumps(OPEN | {"shockMonth": "never"}), LIMITS)[1]
    assert isinstance(peace, Open)
    assert peace.recipe.shock_month == math.inf
    rewrite = read(json.dumps({"type": "rewrite", "id": 3, "worlds": WORLDS}), LIMITS)[1]
    assert isinstance(rewrite, Rewrite)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"country": "../../etc/passwd"}, "country"),
        ({"country": 5}, "country"),
        ({"citizens": 10**9}, "100 to 1000000"),
        ({"citizens": True}, "citizens"),
        ({"seed": -1}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"shockMonth": "soon"}, "shockMonth"),
        ({"parameters": {"welfare_wait": 1}}, "did you mean"),
        ({"parameters": {"welfare_weight": "1"}}, "welfare_weight"),
        ({"parameters": {"sanction_probability": 5}}, "sanction_probability"),
        ({"parameters": []}, "parameters"),
        ({"worlds": WORLDS[:1]}, "two"),
        ({"worlds": [{"policy": "/tmp/x.toml"}, {"policy": "coercion"}]}, "policy"),
        ({"worlds": [{"policy": "coercion", "code": "1"}, {"policy": "coercion"}]}, "code"),
        ({"worlds": [{"policy": "coercion", "events": [[1, "welfare", 2]]}, {"policy": "coercion"}]}, "0 and 1"),
        ({"worlds": [{"policy": "coercion", "events": [[1, "weather", 1]]}, {"policy": "coercion"}]}, "event"),
        ({"worlds": [{"policy": "coercion", "events": [[1, "policy", 1]]}, {"policy": "coercion"}]}, "policy"),
        ({"worlds": [{"policy": "coercion", "events": [[1, "media", 1]] * 999}, {"policy": "coercion"}]}, "at most"),
        ({"worlds": [{"policy": "coercion", "events": [[1, "conflict", 2]]}, {"policy": "coercion"}]}, "0 and 1"),
        ({"worlds": [7, {"policy": "coercion"}]}, "a world must be an object"),
        ({"worlds": [{"policy": "coercion", "events": [[1, "media"]]}, {"policy": "coercion"}]}, "an event must be"),
        ({"budget": 1.5}, "share of output"),
        ({"budget": "0.004"}, "budget"),
        ({"type": "run"}, "type"),
        ({"id": None}, "id"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_bad_messages_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words) as refused:
        read(json.dumps(OPEN | change), LIMITS)
    assert refused.value.number == (None if "id" in change else 1)


def test_a_field_is_no_larger_than_a_screen() -> None:
    asked = {"type": "resize", "id": 4, "width": 8192, "height": 8192}
    with pytest.raises(RefusedError, match="a field of 8192 by 8192 is too large"):
        read(json.dumps(asked), LIMITS)
    assert read(json.dumps(asked | {"height": 100}), LIMITS)[1] == Resize(8192, 100)


def test_rarest_is_yes_or_no() -> None:
    with pytest.raises(RefusedError, match="rarest = 1 is not allowed"):
        read(json.dumps(SHOW | {"rarest": 1}), LIMITS)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", '"open"', "NaN", "[" * 5000])
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        read(text, LIMITS)


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from([OPEN, SHOW]), st.data())
def test_nothing_but_a_refusal_comes_of_nonsense(message: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(message)))
    text = json.dumps(message | {key: data.draw(anything)})
    with contextlib.suppress(RefusedError):
        read(text, LIMITS)

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import DECLARATIONS, LEVERS, UNCERTAIN, Parameters, ScenarioError


@pytest.mark.parametrize("name", UNCERTAIN)
def test_default_lies_in_prior_and_prior_in_bounds(name: str) -> None:
    declared = DECLARATIONS[name]
    assert declared.prior is not None
    low, high = declared.prior
    assert declared.bounds[0] <= low <= declared.default <= high <= declared.bounds[1]
    assert low < high


def test_registry_is_complete() -> None:
    assert tuple(DECLARATIONS) == Parameters._fields
    assert len(UNCERTAIN) == 84
    symbols = [declared.symbol for declared in DECLARATIONS.values() if declared.symbol]
    assert len(set(symbols)) == len(symbols)
    for declared in DECLARATIONS.values():
        assert declared.unit
        assert declared.meaning
        assert declared.source
        assert declared.lever is None or declared.lever in LEVERS


def test_every_lever_has_a_cost_that_matters_only_where_it_is_pulled() -> None:
    for lever in LEVERS:
        assert DECLARATIONS[f"{lever}_cost"].lever == lever


@given(st.dictionaries(st.sampled_from(UNCERTAIN), st.floats(0.0, 1.0)))
def test_values_within_bounds_are_kept_and_the_others_stay_default(positions: dict[str, float]) -> None:
    values = {}
    for name, position in positions.items():
        low, high = DECLARATIONS[name].prior or (0.0, 0.0)
        values[name] = min(high, max(low, low + position * (high - low)))
    made = Parameters.of(values)
    for name in Parameters._fields:
        assert getattr(made, name) == values.get(name, DECLARATIONS[name].default)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fairness_wieght": 0.5}, "mine.toml: unknown parameter 'fairness_wieght'; did you mean 'fairness_weight'?"),
        (
            {"public_space_weight": 1.5},
            "mine.toml: public_space_weight = 1.5 is not allowed; it must be a number from 0 to 1",
        ),
        ({"fairness_weight": math.nan}, "mine.toml: fairness_weight = nan is not allowed"),
        ({"fairness_weight": "high"}, "mine.toml: fairness_weight = 'high' is not allowed"),
        ({"fairness_weight": True}, "mine.toml: fairness_weight = True is not allowed"),
    ],
)
def test_bad_values_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        Parameters.of(values, source="mine.toml")


def test_a_name_like_no_other_is_refused_without_naming_all_of_them() -> None:
    with pytest.raises(ScenarioError, match=r"^mine\.toml: unknown parameter 'qqq'$"):
        Parameters.of({"qqq": 0.5}, source="mine.toml")

"""Why a claim's effect is what it is: mechanisms switched off one by one, and Shapley values of groups of them."""

from experiments.explanation.explain import explain
from experiments.explanation.explanation import Explanation

__all__ = ["Explanation", "explain"]

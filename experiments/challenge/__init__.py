"""The other side of a claim: the smallest change of what nobody knows that turns it, and the worst for it."""

from experiments.challenge.answers import Challenge
from experiments.challenge.case import challenge

__all__ = ["Challenge", "challenge"]

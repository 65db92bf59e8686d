"""What the numbers of a sweep say: sensitivity, luck, dose-response, maps, and where a claim flips."""

from experiments.analysis.folder import analyze
from experiments.analysis.study import Analysis

__all__ = ["Analysis", "analyze"]

"""What the numbers of a sweep say: sensitivity, luck, dose-response, maps, and where a claim flips."""

from experiments.analysis.study import Analysis, analyze

__all__ = ["Analysis", "analyze"]

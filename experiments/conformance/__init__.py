"""Conformance: what any agent-based model should keep, checked by one command, on any Mesa model."""

from experiments.conformance.adapter import Labels, Scale, Streams, Subject, SubjectError, mesa_state
from experiments.conformance.outcome import Outcome
from experiments.conformance.suite import Report, Result, check_model, check_subject
from experiments.conformance.witness import Witness

__all__ = [
    "Labels",
    "Outcome",
    "Report",
    "Result",
    "Scale",
    "Streams",
    "Subject",
    "SubjectError",
    "Witness",
    "check_model",
    "check_subject",
    "mesa_state",
]

"""Sequential stopping: runs are added until a claim is decided, at an error rate that looking again does not raise."""

from experiments.until.page import decision_table, write_decisions
from experiments.until.search import Pace, Search, chosen_pace, design_pace, hold_until

__all__ = ["Pace", "Search", "chosen_pace", "decision_table", "design_pace", "hold_until", "write_decisions"]

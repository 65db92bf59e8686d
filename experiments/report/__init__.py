"""The report of a trial: one page that answers, its pictures, and a table for the terminal."""

from experiments.report.page import write_report
from experiments.report.terminal import verdict_table

__all__ = ["verdict_table", "write_report"]

"""The report of a trial: one page that answers, its pictures, and a table for the terminal."""

from experiments.report.page import verdict_table, write_report

__all__ = ["verdict_table", "write_report"]

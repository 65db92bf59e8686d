"""How we know: runs, the store, claims and their verdicts, and the report."""

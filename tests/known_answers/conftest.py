"""What the known answers share: the fixture that compares, and the seed of this run's draws in the summary."""

from __future__ import annotations

import pytest
from laws import VERIFY_SEED, Verify


@pytest.fixture
def verify(request: pytest.FixtureRequest) -> Verify:
    """Compare what a test got with what a law expects."""
    return Verify(request.node.user_properties)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say from which seed the parameters of this run were drawn."""
    terminalreporter.write_line(f"known answers were drawn with VERIFY_SEED={VERIFY_SEED}; set it to repeat them")

"""Numbers move only when somebody says that they do, and why."""

from __future__ import annotations

import pytest
from golden import CHANGELOG, HEADING, computed, platform_name, stored


def test_the_golden_numbers_are_what_they_were() -> None:
    _, made_on, numbers = stored()
    if platform_name() != made_on:
        pytest.skip(f"the last bit may differ on {platform_name()}; the golden numbers were made on {made_on}")
    assert computed() == numbers


def test_the_changelog_says_why_the_numbers_last_moved() -> None:
    why, _, numbers = stored()
    assert len(numbers) == 20
    under = CHANGELOG.read_text(encoding="utf-8").partition(HEADING)[2]
    assert f"- {why}\n" in under

"""Numbers move only when somebody says that they do, and why."""

from __future__ import annotations

import subprocess
from pathlib import Path

import golden
import pytest
from golden import CHANGELOG, HEADING, NUMBERS, computed, main, platform_name, stored


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


def test_the_commit_that_last_moved_the_numbers_touched_nothing_else() -> None:
    def asked(*question: str) -> list[str]:
        place = NUMBERS.parent
        return subprocess.run(["git", *question], cwd=place, capture_output=True, text=True, check=False).stdout.split()

    if asked("rev-parse", "--is-shallow-repository") != ["false"]:
        pytest.skip("not a clone with its history")
    told = asked("log", "-1", "--full-diff", "--format=", "--name-only", "--", NUMBERS.name)
    assert told == [CHANGELOG.name, NUMBERS.relative_to(golden.ROOT).as_posix()]


class Repository:
    """A repository that holds the numbers, the changelog and one file more, all committed."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.patch = patch
        for original in (NUMBERS, CHANGELOG):
            (folder / original.name).write_bytes(original.read_bytes())
        (folder / "rule.py").write_text("half = 0.5\n")
        patch.setattr(golden, "ROOT", folder)
        patch.setattr(golden, "NUMBERS", folder / NUMBERS.name)
        patch.setattr(golden, "CHANGELOG", folder / CHANGELOG.name)
        patch.setattr(golden, "computed", lambda: stored()[2])
        self.git("init", "-q")
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "All")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def rewrite(self, why: str) -> int:
        self.patch.setattr("sys.argv", ["golden", "--why", why])
        return main()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    return Repository(tmp_path, monkeypatch)


def test_numbers_that_moved_are_rewritten_with_the_reason_and_nothing_else(repository: Repository) -> None:
    moved = {**stored()[2], "calm loyalty.kin_camp": "0.25"}
    repository.patch.setattr(golden, "computed", lambda: moved)
    assert repository.rewrite("a rule  of\none half") == 0
    assert (stored()[0], stored()[2]) == ("a rule of one half", moved)
    assert f"{HEADING}\n\n- a rule of one half\n" in golden.CHANGELOG.read_text(encoding="utf-8")
    assert repository.git("status", "--porcelain").split() == ["M", "CHANGELOG.md", "M", "numbers.txt"]


def test_numbers_are_not_rewritten_without_a_reason_or_a_move_or_beside_another_change(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert repository.rewrite(" ") == 2
    assert "say why the numbers move" in capsys.readouterr().err
    assert repository.rewrite("no reason") == 2
    assert "the numbers are what they were" in capsys.readouterr().err
    repository.patch.setattr(golden, "computed", lambda: {"calm loyalty.kin_camp": "0.25"})
    (repository.folder / "rule.py").write_text("half = 0.25\n")
    assert repository.rewrite("a rule of a quarter") == 2
    assert "commit these first" in (said := capsys.readouterr().err)
    assert "rule.py" in said
    assert repository.git("status", "--porcelain").split() == ["M", "rule.py"]
    repository.git("checkout", "-q", "rule.py")
    (repository.folder / "another.py").write_text("quarter = 0.25\n")
    assert repository.rewrite("a rule that git does not know yet") == 2
    assert "another.py" in capsys.readouterr().err

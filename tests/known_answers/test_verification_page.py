"""The page that tells what the known answers found: it is of these laws, and written only where they hold."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import verification
from laws import LAWS, Finding, Law, Verify

HERE = Path(__file__).parent


@pytest.fixture
def laws() -> dict[str, Law]:
    """Every law of the suite, whichever tests were collected."""
    for path in HERE.glob("test_*.py"):
        importlib.import_module(path.stem)
    return LAWS


def test_the_page_is_of_these_laws(laws: dict[str, Law]) -> None:
    """Formulas, ranges and limits on the page are those of the tests, and its pictures are there."""
    text = verification.PAGE.read_text(encoding="utf-8")
    assert sorted(re.findall(r"^## (\S+): ", text, re.MULTILINE)) == sorted(laws)
    for law in laws.values():
        assert "\n".join(verification.about(law)) in text, f"{law.key} has changed: run `make verification`"
    quotes = text[text.index(verification.QUOTES) :]
    assert quotes.rstrip() == "\n".join(verification.quoted(verification.PROOFS)).rstrip(), (
        "run verification.py --quote"
    )
    shown = re.findall(r"\]\((pictures/[^)]+)\)", text)
    assert len(shown) >= 6
    assert all((verification.PAGE.parent / name).is_file() for name in shown)
    stored = {f"pictures/verification/{path.name}" for path in verification.PICTURES.iterdir()}
    assert stored == set(shown), "a picture that no law shows"


@pytest.mark.parametrize("got", [1.2, np.nan, [1.0, 1.0, 1.2], [1.0, np.nan]])
def test_what_is_off_or_no_number_fails_and_is_noted(got: object) -> None:
    """A check that does not hold raises, names the seed, and tells the number that is furthest off."""
    notes: list[tuple[str, object]] = []
    law = next(iter(LAWS.values()))
    with pytest.raises(AssertionError, match="VERIFY_SEED="):
        Verify(notes)(law, "one", got, 1.0, 0.1)
    ((kind, note),) = notes
    finding = Finding(**note)  # type: ignore[arg-type]
    assert kind == "finding"
    assert not finding.holds
    assert finding.got == 1.2 or np.isnan(finding.got)


def test_bounds_hold_on_their_side_only() -> None:
    """A number on the bound is within; beyond it is not, nor is something that is no number."""
    law, verify = next(iter(LAWS.values())), Verify([])
    verify.above(law, "high", 0.5, 0.5)
    verify.below(law, "low", 0.4, 0.5)
    for check, got in ((verify.above, 0.49), (verify.below, 0.51), (verify.above, np.nan), (verify.below, np.nan)):
        with pytest.raises(AssertionError):
            check(law, "bound", got, 0.5)


def test_nothing_is_written_where_a_law_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One failing test, and neither the page nor a picture nor a proof is touched."""
    (tmp_path / "test_wrong.py").write_text("def test_wrong():\n    assert 1 == 2\n", encoding="utf-8")
    for name in ("HERE", "PICTURES", "PROOFS"):
        monkeypatch.setattr(verification, name, tmp_path if name == "HERE" else tmp_path / name)
    monkeypatch.setattr(verification, "PAGE", tmp_path / "page.md")
    for arguments in ([], ["--proof"]):
        monkeypatch.setattr("sys.argv", ["verification", *arguments])
        assert verification.main() == 1
    assert [path.name for path in tmp_path.iterdir() if path.name != "__pycache__"] == ["test_wrong.py"]


def test_long_proofs_are_quoted_from_their_files(tmp_path: Path) -> None:
    """Counts, survivors with their reasons, shares and plain numbers come from what lies in the folder."""
    contents = {
        "mutation.json": {"rules": {"mutants": 200, "killed": 190, "survivors": [{"where": "a.py:3", "why": "same"}]}},
        "coverage.json": {"branch_percent": 96.25, "by_package": {"model": 97.0}},
        "conformance.json": {"checks": [{"name": "order", "verdict": "pass", "detail": "5 other orders"}]},
        "looking.json": {"replications": 4000, "false_decisions": 0.03},
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    text = "\n".join(verification.quoted(tmp_path))
    assert "| rules | 200 | 190 | 95.0 % |" in text
    assert "- `a.py:3`: same" in text
    assert "| order | pass | 5 other orders |" in text
    assert "96.2 % of branches" in text
    assert "| model | 97.0 % |" in text
    assert "| false decisions | 0.03 |" in text
    assert "Not run yet: known answers." in text

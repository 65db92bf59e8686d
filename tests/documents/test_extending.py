"""Every step of docs/extending.md is carried out in an empty folder: files, snippets, commands and the patch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reading import ROOT, blocks, commands, words

import run
from model.society import Society

PAGE = ROOT / "docs" / "extending.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after all steps of the page but those of the patched copy."""
    place = tmp_path_factory.mktemp("extending")
    space: dict[str, object] = {"__name__": "snippet"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for block in blocks(PAGE):
            if block.file:
                Path(block.file).write_text(block.text, encoding="utf-8")
            elif block.language == "python":
                exec(compile("\n" * block.line + block.text, str(PAGE), "exec"), space)
            for line in block.text.splitlines() if block.language == "sh" else ():
                program, *said = words(line)
                if (program, *said[:1]) == ("python", "run.py"):
                    assert run.main(said[1:]) == 0, line
    return place


def test_countries_policies_and_claims_of_ones_own_are_lived(folder: Path) -> None:
    for name, countries in (("peninsula", "peninsula"), ("late", "kazakhstan-2021")):
        record = json.loads((folder / "results" / name / "run.json").read_text(encoding="utf-8"))
        assert record["country"] == countries
        assert (folder / "results" / name / "history.png").stat().st_size > 10_000


def test_a_claim_of_ones_own_is_called_unregistered(folder: Path) -> None:
    (claim,) = json.loads((folder / "results/contact/verdicts.json").read_text(encoding="utf-8"))["claims"]
    assert claim["registration"]["standing"] == "unregistered"
    assert "not as registered" in (folder / "results/contact/report.html").read_text(encoding="utf-8")


def test_the_mechanism_of_the_example_works_in_a_patched_copy(folder: Path, tmp_path: Path) -> None:
    shell = commands(PAGE)
    assert any("python try_sympathy.py" in line for block in blocks(PAGE) for line in block.text.splitlines()), shell
    for package in ("agents", "model", "scenarios"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("sympathy.patch", "try_sympathy.py"):
        shutil.copy(folder / name, tmp_path)
    subprocess.run(["git", "apply", "sympathy.patch"], cwd=tmp_path, check=True, capture_output=True, text=True)
    done = subprocess.run(
        [sys.executable, "try_sympathy.py"],
        cwd=tmp_path,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    here = Society(policy="coercion", citizens=60, months=36, seed=2, background_harassment=0.02).run()
    assert float(done.stdout) == here.measure("hostility", "other_camp")[-1], "without it the model is what it was"

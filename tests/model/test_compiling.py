"""Compiled code is stored, shared between processes, and never outlives its sources."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numba
import pytest

from agents.rules.rule import rule
from model.compiling import DIGEST_LENGTH, PACKAGES, compiled, source_digest

ROOT = Path(__file__).parents[2]

# Only newer numbas ship types.
CONFIG: Any = numba.config

RULE = """
from agents.rules.rule import rule

@rule
def answer(question: float) -> float:
    return question + 1.0
"""

KERNEL = """
from agents.rules.answer import answer
from model.compiling import compiled

@compiled
def asked(question: float) -> float:
    return answer(question)
"""

ASK = """
from model.kernel import asked
print(asked(2.0), asked.stats.cache_hits.total(), asked.stats.cache_misses.total())
"""


class Copy:
    """A copy of the packages, with one rule and one kernel more, and a folder of its own for compiled code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "copy"
        self.cache = folder / "cache"
        for package in PACKAGES:
            shutil.copytree(ROOT / package, self.folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        (self.folder / "agents/rules/answer.py").write_text(RULE)
        (self.folder / "model/kernel.py").write_text(KERNEL)

    def start(self, code: str, **settings: str) -> "subprocess.Popen[str]":
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "PYTHON"))}
        environment = inherited | {"CIVIC_LOYALTY_CACHE": str(self.cache), "PYTHONDONTWRITEBYTECODE": "1"} | settings
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, **settings: str) -> tuple[str, str]:
        return finished(self.start(code, **settings))

    def ask(self, **settings: str) -> str:
        return self.run(ASK, **settings)[0]


def finished(process: "subprocess.Popen[str]") -> tuple[str, str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip(), err


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.mark.slow
def test_the_second_process_loads_what_the_first_compiled_and_an_edited_rule_is_compiled_anew(copy: Copy) -> None:
    assert copy.ask() == "3.0 0 1"
    assert copy.ask() == "3.0 1 0"
    (copy.folder / "agents/rules/answer.py").write_text(RULE.replace("1.0", "5.0"))
    assert copy.ask() == "7.0 0 1"
    (copy.folder / "agents/rules/answer.py").write_text(RULE)
    assert copy.ask() == "3.0 1 0"


@pytest.mark.slow
def test_processes_that_compile_at_once_agree_and_leave_sound_code(copy: Copy) -> None:
    answers = [finished(process)[0] for process in [copy.start(ASK) for _ in range(4)]]
    assert {answer.split()[0] for answer in answers} == {"3.0"}
    assert copy.ask() == "3.0 1 0"
    assert not list(copy.cache.rglob("*.tmp.*"))


@pytest.mark.slow
def test_the_digest_depends_on_sources_alone(copy: Copy) -> None:
    show = "from model.compiling import source_digest; print(source_digest())"
    before = copy.run(show)[0]
    assert len(before) == DIGEST_LENGTH
    path = copy.folder / "agents/rules/answer.py"
    path.write_bytes(RULE.replace("\n", "\r\n").encode())
    moved = copy.folder.rename(copy.folder.parent / "elsewhere")
    copy.folder = moved
    assert copy.run(show)[0] == before
    (moved / "agents/rules/answer.py").rename(moved / "agents/rules/reply.py")
    renamed = copy.run(show)[0]
    (moved / "agents/rules/reply.py").write_text(RULE + "\n# a thought\n")
    assert len({before, renamed, copy.run(show)[0]}) == 3


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(copy: Copy, tmp_path: Path) -> None:
    copy.cache.write_text("a file, where a folder should be")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    places = {"TMPDIR": str(temporary), "TEMP": str(temporary)}
    assert copy.ask(**places) == "3.0 0 1"
    assert copy.ask(**places) == "3.0 1 0"
    (own,) = temporary.iterdir()
    if os.name == "posix":
        # What others may write to is not trusted: then every process compiles, and says so once.
        own.chmod(0o777)
        copy.ask(**places)
        out, err = copy.run(ASK, **places)
        assert out == "3.0 0 1"
        assert err.count("cannot write compiled code") == 1


@pytest.mark.slow
def test_digests_unused_for_a_month_are_removed(copy: Copy) -> None:
    day = 24 * 3600
    for name, age in {"a" * DIGEST_LENGTH: 31, "b" * DIGEST_LENGTH: 29, "somebody else's": 99}.items():
        folder = copy.cache / "numba" / name
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - age * day,) * 2)
    copy.ask()
    left = {folder.name for folder in (copy.cache / "numba").iterdir()}
    assert {"b" * DIGEST_LENGTH, "somebody else's"} < left
    assert "a" * DIGEST_LENGTH not in left
    assert len(left) == 3


@pytest.mark.slow
def test_numbas_own_folder_is_respected_as_the_base(copy: Copy, tmp_path: Path) -> None:
    chosen = tmp_path / "of numba"
    copy.run("from model.kernel import asked; asked(2.0)", CIVIC_LOYALTY_CACHE="", NUMBA_CACHE_DIR=str(chosen))
    assert list(chosen.glob("civic-loyalty/numba/*/*/kernel.asked*.nbc"))


@pytest.mark.slow
def test_without_compilation_everything_is_plain_python(copy: Copy) -> None:
    code = "from model.kernel import asked; print(asked(2.0), type(asked).__name__)"
    assert copy.run(code, NUMBA_DISABLE_JIT="1")[0] == "3.0 function"
    assert not copy.cache.exists()


@pytest.mark.slow
def test_intels_vector_library_is_off_before_numba_loads(copy: Copy) -> None:
    code = "import model.compiling, numba; print(numba.config.DISABLE_INTEL_SVML, numba.config.USING_SVML)"
    assert copy.run(code)[0] == "1 False"


def test_other_users_of_numba_keep_their_folder() -> None:
    before = CONFIG.CACHE_DIR

    @compiled
    def double(x: float) -> float:
        return 2.0 * x

    assert double(2.0) == 4.0
    assert before == CONFIG.CACHE_DIR


def test_a_function_without_a_file_is_compiled_but_not_stored() -> None:
    names: dict[str, Any] = {}
    exec(compile("def half(x):\n    return x / 2.0\n", "<typed at a prompt>", "exec"), names)
    assert compiled(names["half"])(3.0) == 1.5


@pytest.mark.skipif(bool(CONFIG.DISABLE_JIT), reason="plain Python raises")
def test_rules_inside_compiled_code_divide_as_numpy_does() -> None:
    @rule
    def inverse(x: float) -> float:
        return 1.0 / x

    @compiled
    def inverse_of(x: float) -> float:
        return inverse(x)

    assert inverse_of(0.0) == float("inf")


def test_the_digest_is_computed_once() -> None:
    assert source_digest() is source_digest()

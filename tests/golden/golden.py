"""The golden numbers: what a few small runs come to, to the last bit.

`make golden WHY="..."` is the only way to rewrite them. It refuses where anything else is uncommitted, so that the
commit that moves a number says why and does nothing else; the reason goes into the changelog under *Numbers change*.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from pathlib import Path

from model.society import Society

ROOT = Path(__file__).parents[2]
NUMBERS = Path(__file__).with_name("numbers.txt")
CHANGELOG = ROOT / "CHANGELOG.md"
HEADING = "*Numbers change*"

RUNS: dict[str, dict[str, object]] = {
    "calm": {"policy": "status_quo", "shock_month": float("inf")},
    "status_quo": {"policy": "status_quo"},
    "coercion": {"policy": "coercion"},
    "better_life": {"policy": "better_life"},
    "mixed_2009": {"policy": "mixed", "country": "kazakhstan-2009"},
}
"""Small runs that between them move every mechanism; 600 citizens, 60 months, seed 1, engine fast."""

MEASURED = ("loyalty.kin_camp", "kin_display.kin_camp", "hostility.other_camp", "threat.kin_camp")


def platform_name() -> str:
    """Return what the last bit may depend on beside the code: system, processor and mathematical library."""
    return f"{platform.system()} {platform.machine()} {platform.libc_ver()[0] or 'other libc'}"


def computed() -> dict[str, str]:
    """Return every golden number by name, written so that it reads back to the same bits."""
    found = {}
    for name, settings in RUNS.items():
        society = Society(citizens=600, months=60, seed=1, **settings).run()  # type: ignore[arg-type]
        for measured in MEASURED:
            measure, population = measured.split(".")
            found[f"{name} {measured}"] = repr(float(society.measure(measure, population)[60]))
    return found


def stored() -> tuple[str, str, dict[str, str]]:
    """Return the stored numbers with the reason they were last moved for and the platform they were made on."""
    lines = NUMBERS.read_text(encoding="utf-8").splitlines()
    head = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    numbers = dict(line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
    return head["why"], head["made on"], {name.rstrip(): value for name, value in numbers.items()}


def rewrite(why: str) -> None:
    """Write the numbers and the reason."""
    found = computed()
    width = max(map(len, found)) + 1
    lines = [f"# why: {why}", f"# made on: {platform_name()}", ""]
    lines += [f"{name:{width}}{value}" for name, value in found.items()]
    NUMBERS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = CHANGELOG.read_text(encoding="utf-8")
    CHANGELOG.write_text(text.replace(f"{HEADING}\n\n", f"{HEADING}\n\n- {why}\n", 1), encoding="utf-8")


def main() -> int:
    """Rewrite the golden numbers."""
    parser = argparse.ArgumentParser(prog="make golden", description=__doc__)
    parser.add_argument("--why", required=True, help="the reason, one line; it goes into the changelog")
    why = " ".join(parser.parse_args().why.split())
    if not why:
        print('golden: say why the numbers move: make golden WHY="..."', file=sys.stderr)
        return 2
    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    if changed:
        print(
            f"golden: commit these first, so that the numbers move in a commit of their own:\n{changed}",
            file=sys.stderr,
        )
        return 2
    if NUMBERS.is_file() and stored()[2] == computed():
        print("golden: the numbers are what they were; nothing to rewrite", file=sys.stderr)
        return 2
    rewrite(why)
    print(f"{NUMBERS.relative_to(ROOT)} and {CHANGELOG.name} are rewritten; commit these two, and nothing else")
    return 0


if __name__ == "__main__":
    sys.exit(main())

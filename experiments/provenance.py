"""Where numbers come from: the code's revision and the versions of what computes them."""

from __future__ import annotations

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("mesa", "numpy", "numba", "scipy", "pandas", "pyarrow", "matplotlib")


def versions() -> dict[str, str]:
    """Return the installed versions of the packages that take part in a number."""
    return {name: _version(name) for name in PACKAGES}


def revision() -> str:
    """Return the git revision of the code, with "+" for uncommitted changes, or "unknown" outside a checkout."""
    here = Path(__file__).resolve().parent.parent
    try:
        if not (here / ".git").exists():
            return "unknown"
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], cwd=here, capture_output=True, text=True, check=True, timeout=10
        )
        changed = subprocess.run(
            ["git", "status", "--porcelain", "--untracked-files=no"],
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"

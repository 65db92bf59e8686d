"""What every benchmark says of where it ran, and how it runs something in a process of its own."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from model.compiling import source_digest

ROOT = Path(__file__).resolve().parent.parent


def machine() -> dict[str, Any]:
    """Return the machine, the versions and the sources."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "numba", "llvmlite", "mesa", "scipy")},
        "sources": source_digest(),
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def load() -> list[float] | None:
    """Return the load averages, None where the system has none."""
    return list(os.getloadavg()) if hasattr(os, "getloadavg") else None


def say(text: str) -> None:
    """Say what is going on."""
    print(text, "...", file=sys.stderr, flush=True)


def output_of(code: str, environment: dict[str, str], *arguments: str) -> str:
    """Return what a program prints in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout

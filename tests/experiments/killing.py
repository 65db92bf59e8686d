"""Commands that are killed in mid-work: after they have stored something, seen from outside, before they are done."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.store.shards import SHARD_NAME


def appends_in(store: Path) -> int:
    """Return the number of the last append that is on the disk whole; a shard that is being written does not count."""
    found = (SHARD_NAME.fullmatch(path.name) for path in (store / "shards").glob("*"))
    return max((int(match[2]) for match in found if match), default=0)


def wait_for_append(process: subprocess.Popen[Any], store: Path, number: int, seconds: float = 240.0) -> None:
    """Wait until the append of this number is stored, the process has ended or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None and appends_in(store) < number:
        time.sleep(0.01)


def kill_in_mid_work(command: Sequence[str], store: Path, *, appends: int = 1, within: float = 0.0, **how: Any) -> None:
    """Start a command and kill it within some seconds after it has stored this many more appends."""
    number = appends_in(store) + appends
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **how)
    wait_for_append(process, store, number)
    time.sleep(random.uniform(0.0, within))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it was done before it was killed"

"""How numbers are written: alone, with an interval, as shares, in a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from experiments.verdicts import FEWEST_IN_INTERVAL, Interval, Shares, whole_percent

MINUS: Final = "\N{MINUS SIGN}"
RANGE: Final = "\N{NO-BREAK SPACE}\N{EN DASH}\N{NO-BREAK SPACE}"
SPACE: Final = "\N{NO-BREAK SPACE}"
NO_NUMBER: Final = "n/a"


@dataclass(frozen=True)
class Numbers:
    """A table of numbers, written out."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: float, decimals: int = 3, *, sign: bool = False) -> str:
    """Write a number with a true minus sign; not-a-number says so."""
    if value != value:
        return NO_NUMBER
    text = f"{value:+.{decimals}f}" if sign else f"{value:.{decimals}f}"
    if float(text) == 0.0:
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def interval_text(found: Interval, decimals: int = 3, *, scale: float = 1.0, sign: bool = False) -> str:
    """Write a mean over seeds with its 95 % interval, or alone where too few seeds stand behind it."""
    mean, low, high = (number(scale * value, decimals, sign=sign) for value in (found.mean, found.low, found.high))
    return f"{mean} [{low}, {high}]" if found.seeds >= FEWEST_IN_INTERVAL else mean


def percent(share: float) -> str:
    """Write a share as a whole percentage; a share that is not a number says so."""
    if share != share:
        return NO_NUMBER
    rounded = whole_percent(share)
    if rounded == 0 and share > 0.0:
        return f"under 1{SPACE}%"
    if rounded == 100 and share < 1.0:
        return f"over 99{SPACE}%"
    return f"{rounded}{SPACE}%"


def shares_text(found: Shares) -> str:
    """Write three shares with their standard errors."""
    parts = (found.holds, found.neutral, found.contradicted)
    if not found.draws or math.isnan(found.holds):
        return NO_NUMBER
    return " / ".join(f"{100.0 * share:.1f} ±{100.0 * found.error(share):.1f}" for share in parts)


def whole_shares(found: Shares) -> str:
    """Write three shares as whole percentages."""
    if math.isnan(found.holds):
        return NO_NUMBER
    return (
        " / ".join(str(whole_percent(share)) for share in (found.holds, found.neutral, found.contradicted))
        + f"{SPACE}%"
    )


def plural(count: int, word: str) -> str:
    """Return a word as so many are called."""
    return word if count == 1 else f"{word}s"

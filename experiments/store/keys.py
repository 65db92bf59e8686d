"""The key of a run: a digest of everything it is made of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

import numpy as np

PLAIN: Final = frozenset({float, int, str, bool, type(None)})
"""The types that enter a key or a row as they are."""


def content_key(content: Mapping[str, object]) -> str:
    """Return the key of what a run is made of: 32 hex digits, blake2b of its canonical JSON.

    The order of mappings does not matter, that of lists does. Floats enter by their shortest exact text, so keys differ
    exactly when values do; 1, 1.0 and True are three different things.

    Raises
    ------
    TypeError
        If a value is not a number, text, None, list or mapping with text as keys.
    """
    return text_key(canonical_text(content))


def canonical_text(content: Mapping[str, object]) -> str:
    """Return the canonical JSON of which `text_key` makes the content key."""
    return json.dumps(_canonical(content, "content"), sort_keys=True, separators=(",", ":"))


def text_key(text: str) -> str:
    """Return the key of a canonical text."""
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def _canonical(value: object, where: str) -> object:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return _canonical(value.tolist(), where)
    if isinstance(value, Mapping):
        if type(value) is dict and all(type(x) in PLAIN for x in value.values()) and {type(x) for x in value} == {str}:
            return value
        if bad := [name for name in value if not isinstance(name, str)]:
            raise TypeError(f"{where}: the name {bad[0]!r} is not text, so it cannot be part of a content key")
        return {str.__str__(name): _canonical(part, f"{where}.{name}") for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(part, f"{where}[{place}]") for place, part in enumerate(value)]
    raise TypeError(f"{where}: {type(value).__name__} cannot be part of a content key")

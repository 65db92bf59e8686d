"""Scenario files: finding them by name, reading TOML, and taking keys out of it with errors that help."""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from scenarios.errors import ScenarioError, nearest

SHIPPED: Final = Path(__file__).parent
"""The folder whose subfolders (`countries`, `policies`, `claims`) hold the shipped files."""


Pairs = tuple[tuple[float, float], ...]


class _Required:
    """Marks a key without a default."""


REQUIRED: Final = _Required()


def names(kind: str) -> list[str]:
    """Return the names of the shipped files of one kind (`countries`, `policies`, ...), sorted."""
    folder = SHIPPED / kind
    if not folder.is_dir():
        kinds = sorted(place.name for place in SHIPPED.iterdir() if place.is_dir() and place.name.isidentifier())
        raise ScenarioError(f"no scenarios of kind '{kind}'{nearest(kind, kinds)}")
    return sorted(file.stem for file in folder.glob("*.toml"))


def find(kind: str, name_or_path: str | Path, suffix: str = ".toml") -> Path:
    """Return the file behind a shipped name, or the path itself where a path is given.

    Text with a separator or ending in `suffix` is a path; anything else is a name among `names(kind)`.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in text or "\\" in text or text.endswith(suffix):
        path = Path(name_or_path)
        if not path.is_file():
            raise ScenarioError(f"{path}: no such file{nearest(path.stem, names(kind))}")
        return path
    if text not in names(kind):
        raise ScenarioError(f"no shipped file '{text}' in scenarios/{kind}{nearest(text, names(kind))}")
    return SHIPPED / kind / f"{text}{suffix}"


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises
    ------
    ScenarioError
        Names the file, and for invalid TOML the line and column.
    """
    return parsed_toml(read_text(path), path)


def read_text(path: str | Path) -> str:
    """Return the text of a file.

    Raises
    ------
    ScenarioError
        Names the file and what is wrong with it.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error


def parsed_toml(text: str, path: str | Path) -> dict[str, Any]:
    """Return the content of a TOML file with this text; see `read_toml`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: not valid TOML: {error}") from error


class Table:
    """One TOML table: every key is taken by type, and `end` refuses the keys that nobody took.

    Messages start with the file and the key's path, as in `kazakhstan.toml: groups[2].kinship`.
    """

    def __init__(self, content: Mapping[str, Any], file: str | Path, place: str = "") -> None:
        self.file = str(file)
        self.place = place
        self._content = content
        self._known: list[str] = []

    @classmethod
    def read(cls, path: str | Path) -> Table:
        """Return a file's outermost table."""
        return cls(read_toml(path), path)

    def where(self, key: str = "") -> str:
        """Return file and path of a key, or of the table itself."""
        path = ".".join(part for part in (self.place, key) if part)
        return f"{self.file}: {path}" if path else self.file

    def error(self, message: str, key: str = "") -> ScenarioError:
        """Return an error that starts with the place."""
        return ScenarioError(f"{self.where(key)}{' ' if key else ': '}{message}")

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def end(self) -> None:
        """Refuse keys that were not taken."""
        for key in self._content:
            if key not in self._known:
                raise ScenarioError(f"{self.where()}: unknown key '{key}'{nearest(key, self._known)}")

    def take(self, key: str, default: Any = REQUIRED) -> Any:
        """Return a value of any type."""
        self._known.append(key)
        if key in self._content:
            return self._content[key]
        if isinstance(default, _Required):
            close = get_close_matches(key, self._content, n=1, cutoff=0.7)
            hint = f"; is '{close[0]}' meant to be it?" if close else ""
            raise ScenarioError(f"{self.where()}: missing key '{key}'{hint}")
        return default

    def text(self, key: str, default: str | _Required = REQUIRED) -> str:
        """Return a text that is not blank, unless blank is the default."""
        value = self.take(key, default)
        if not isinstance(value, str) or (key in self and not value.strip()):
            raise self.error(f"= {value!r} is not allowed; it must be a text", key)
        return value

    def choice(self, key: str, allowed: Iterable[str], default: str | _Required = REQUIRED) -> str:
        """Return one of the allowed texts."""
        value, options = self.take(key, default), list(allowed)
        if value not in options:
            words = f"one of {', '.join(options)}" if len(options) > 1 else options[0]
            raise self.error(f"= {value!r} is not allowed; it must be {words}{_closest(value, options)}", key)
        return str(value)

    def number(
        self,
        key: str,
        default: float | _Required = REQUIRED,
        *,
        low: float = -math.inf,
        high: float = math.inf,
    ) -> float:
        """Return a number in [low, high]."""
        value = self.take(key, default)
        if not is_number(value) or not low <= value <= high:
            raise self.error(f"= {value!r} is not allowed; it must be {span(low, high)}", key)
        return float(value)

    def integer(self, key: str, default: int | _Required = REQUIRED, *, low: int = 0) -> int:
        """Return an integer from `low` on."""
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise self.error(f"= {value!r} is not allowed; it must be an integer from {low} on", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self.take(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(f"= {value!r} is not allowed; it must be a list of texts", key)
        return tuple(value)

    def pairs(self, key: str, default: Pairs | _Required = REQUIRED) -> Pairs:
        """Return a list of pairs of numbers."""
        value = self.take(key, default)
        if not isinstance(value, list | tuple) or not all(_is_pair(item) for item in value):
            raise self.error(f"= {value!r} is not allowed; it must be a list of [number, number]", key)
        return tuple((float(first), float(second)) for first, second in value)

    def pair(self, key: str) -> tuple[float, float] | None:
        """Return an optional pair of numbers."""
        value = self.take(key, None)
        if value is None:
            return None
        if not _is_pair(value):
            raise self.error(f"= {value!r} is not allowed; it must be [number, number]", key)
        return float(value[0]), float(value[1])

    def table(self, key: str, default: Mapping[str, Any] | _Required = REQUIRED) -> Table:
        """Return a table within this one."""
        value = self.take(key, default)
        if not isinstance(value, Mapping):
            raise self.error(f"= {value!r} is not allowed; it must be a table", key)
        return Table(value, self.file, ".".join(part for part in (self.place, key) if part))

    def tables(self, key: str) -> list[Table]:
        """Return the tables of a list that is not empty; places count from 1."""
        value = self.take(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise self.error(f"must be a list of tables, written [[{key}]]", key)
        outer = ".".join(part for part in (self.place, key) if part)
        return [Table(item, self.file, f"{outer}[{position}]") for position, item in enumerate(value, start=1)]


def is_number(value: object) -> bool:
    """Tell whether a value is an integer or a float other than NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def span(low: float, high: float) -> str:
    """Return the words for a closed interval of numbers."""
    if math.isinf(low) and math.isinf(high):
        return "a number"
    if math.isinf(high):
        return f"a number of at least {low:g}"
    return f"a number from {low:g} to {high:g}"


def digest(content: object) -> str:
    """Return the BLAKE2b hex digest of content as canonical JSON: keys sorted, no spaces, floats in shortest form."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.blake2b(canonical.encode("ascii"), digest_size=16).hexdigest()


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(is_number(item) for item in value)


def _closest(value: object, options: list[str]) -> str:
    close = get_close_matches(value, options, n=1, cutoff=0.5) if isinstance(value, str) else []
    return f"; did you mean '{close[0]}'?" if close else ""

"""Mechanisms and what switches each of them off, read from a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scenarios.files import SHIPPED, Table
from scenarios.parameters import check_value

MECHANISMS_FILE: Final = SHIPPED / "mechanisms.toml"
MOST_GROUPS: Final = 10
"""Groups of which every combination is still tried: 1,024 worlds a point and seed."""


@dataclass(frozen=True)
class Mechanism:
    """A mechanism, or a group of them, and the parameter values without it.

    Attributes
    ----------
    shock
        Whether the conflict still comes where this is switched off.
    """

    name: str
    off: tuple[tuple[str, float], ...] = ()
    shock: bool = True


@dataclass(frozen=True)
class Mechanisms:
    """What is switched off alone (`ablations`), and what in every combination (`groups`)."""

    ablations: tuple[Mechanism, ...]
    groups: tuple[Mechanism, ...]
    source_file: str

    def coalition(self, members: int) -> Mechanism:
        """Return the world in which only some groups work: those whose bit is set in `members`."""
        return without([group for place, group in enumerate(self.groups) if not members >> place & 1])


def without(mechanisms: Iterable[Mechanism]) -> Mechanism:
    """Return several mechanisms as one, to be switched off together."""
    several = list(mechanisms)
    off = {name: value for mechanism in several for name, value in mechanism.off}
    name = " + ".join(mechanism.name for mechanism in several)
    return Mechanism(name, tuple(sorted(off.items())), all(mechanism.shock for mechanism in several))


def read_mechanisms(path: str | Path | None = None) -> Mechanisms:
    """Return the mechanisms of a TOML file, the shipped one by default.

    Raises
    ------
    ScenarioError
        For an unknown key or parameter, a value outside its bounds, a name or (among groups) a parameter that stands
        twice, or more groups than can be tried in every combination.
    """
    path = Path(path or MECHANISMS_FILE)
    table = Table.read(path)
    ablations = [_read(part) for part in table.tables("ablations")]
    groups = [_read(part) for part in table.tables("groups")]
    table.end()
    for kind, several in (("ablations", ablations), ("groups", groups)):
        _refuse_twice(table, kind, "name", [mechanism.name for mechanism in several])
    _refuse_twice(table, "groups", "parameter", [name for group in groups for name, _ in group.off])
    if sum(not group.shock for group in groups) > 1:
        raise table.error("more than one switches the conflict off", "groups")
    if len(groups) > MOST_GROUPS:
        raise table.error(f"are {len(groups)}; every combination is tried, so {MOST_GROUPS} at most", "groups")
    return Mechanisms(tuple(ablations), tuple(groups), str(path))


def _read(table: Table) -> Mechanism:
    name = table.text("name")
    shock = table.take("shock", True)
    if not isinstance(shock, bool):
        raise table.error(f"= {shock!r} is not allowed; it must be true or false", "shock")
    settings = table.table("off", {})
    off = []
    for parameter in settings:
        value = settings.take(parameter)
        check_value(parameter, value, source=settings.where())
        off.append((parameter, float(value)))
    table.end()
    if not off and shock:
        raise table.error("switches nothing off; write off = { PARAMETER = VALUE } or shock = false")
    return Mechanism(name, tuple(sorted(off)), shock)


def _refuse_twice(table: Table, kind: str, what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise table.error(f"have the {what} '{name}' twice", kind)

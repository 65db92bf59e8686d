"""How claims stand to the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class RegisteredLike(Protocol):
    """What a sentence needs of a claim's standing in the register."""

    @property
    def standing(self) -> str:
        """One of registered, replaced, edited, unregistered."""

    @property
    def version(self) -> int | None:
        """The version that ran, or from which an edited claim departs."""

    @property
    def date(self) -> str | None:
        """When that version was registered."""

    @property
    def changed(self) -> tuple[str, ...]:
        """What has changed since."""


def registration_said(found: RegisteredLike) -> str:
    """Say in one line how a claim stands to the register."""
    if found.standing == "unregistered":
        return "not registered"
    version = f"version {found.version} of {found.date}"
    words = {
        "registered": f"registered, {version}",
        "replaced": f"{version}, which a newer one has replaced",
        "edited": f"not registered: edited since {version}",
    }[found.standing]
    return words + (f"; changed since: {', '.join(found.changed)}" if found.changed else "")


def registration_note(registered: Mapping[str, RegisteredLike]) -> str:
    """Say whether these claims ran as they were registered, and if not, which and why not."""
    total = len(registered)
    apart = {name: found for name, found in registered.items() if found.standing != "registered"}
    words = {"replaced": "an older version", "edited": "edited", "unregistered": "not in the register"}
    which = ", ".join(f"{name} ({words[found.standing]})" for name, found in apart.items())
    if not apart:
        said = f"{'The claim' if total == 1 else f'All {total} claims'} ran in the newest registered version."
    elif total == 1:
        said = f"The claim is not as registered: {which}."
    elif len(apart) == total:
        said = f"None of the {total} claims is as registered: {which}."
    else:
        said = f"{len(apart)} of {total} claims {'is' if len(apart) == 1 else 'are'} not as registered: {which}."
    changed = list(dict.fromkeys(words for found in registered.values() for words in found.changed))
    if changed:
        return f"{said} Changed since registration: {', '.join(changed)}."
    if len(apart) < total:
        return f"{said} Neither equations nor parameters, policies, data or decision rule have changed since."
    return said

"""The register of claims: what was fixed before a run, and what has changed since.

`scenarios/register.toml` holds two lists, oldest first. A *registration* is one act of registering: its date, its
reason and all that decides a verdict beside the claim itself: the decision rule, the equations, the policies, the
country and every parameter with its prior. A *claim* entry is one version of one claim: its hash and the registration
it belongs to. Entries are added by `python run.py register --why "..."` and never changed or removed.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from experiments.claims import SEEDS_APART, read_claims
from experiments.prior import PRIOR_SEED
from experiments.runs import country_of
from experiments.verdicts import CITIZENS_NEEDED, POINTS_NEEDED, SEEDS_NEEDED
from scenarios import DECLARATIONS, Policy, ScenarioError, names, read_policy, read_toml
from scenarios.claim import SHARE_NEEDED, VARIANTS, Claim
from scenarios.files import SHIPPED, digest

REGISTER: Final = SHIPPED / "register.toml"
COUNTRY: Final = "kazakhstan-2021"
"""The country on which claims are registered."""

EQUATIONS: Final = ("agents", "model", "scenarios")
PARAMETERS_FILE: Final = "scenarios/parameters.py"
"""Has a comparison of its own, number by number, so its text is no part of the equations."""

Standing = Literal["registered", "replaced", "edited", "unregistered"]
Values = tuple[float, ...]


@dataclass(frozen=True)
class State:
    """All that decides a verdict beside the claim: digests, and each parameter's (default, low, high) or (fixed,)."""

    rule: str
    equations: str
    country: str
    country_digest: str
    policies: Mapping[str, str]
    parameters: Mapping[str, Values]


@dataclass(frozen=True)
class Registration:
    """One act of registering."""

    number: int
    date: date
    why: str
    state: State


@dataclass(frozen=True)
class Version:
    """One registered version of one claim."""

    name: str
    version: int
    hash: str
    registration: Registration


@dataclass(frozen=True)
class Register:
    """Every registration and every version, oldest first."""

    registrations: tuple[Registration, ...] = ()
    versions: tuple[Version, ...] = field(default=())

    def of(self, name: str) -> list[Version]:
        """Return the versions of one claim, oldest first."""
        return [version for version in self.versions if version.name == name]


@dataclass(frozen=True)
class Registered:
    """How a claim that ran stands to the register.

    Attributes
    ----------
    standing
        "registered" (its newest version), "replaced" (an older one), "edited" (none of the versions under its name) or
        "unregistered" (no version under its name).
    version
        The version that ran; for an edited claim the newest one, from which it departs; None if unregistered.
    changed
        What has changed since that version was registered, each a few words; empty if nothing has.
    """

    standing: Standing
    hash: str
    version: int | None = None
    date: str | None = None
    changed: tuple[str, ...] = ()

    @property
    def as_fixed(self) -> bool:
        """True if the newest version ran and nothing that decides a verdict has changed since."""
        return self.standing == "registered" and not self.changed


def current_state(policies: Sequence[str] = (), country: str = COUNTRY) -> State:
    """Return what would be registered now, with the shipped policies and those given by path."""
    read = (read_policy(name) for name in dict.fromkeys((*names("policies"), *policies)))
    return State(
        _rule_digest(),
        equations_digest(),
        country,
        country_of(country).digest(),
        {_policy_key(policy): policy.digest() for policy in read},
        {
            name: (declared.default, *declared.prior) if declared.prior else (declared.default,)
            for name, declared in DECLARATIONS.items()
        },
    )


def standing(claim: Claim, state: State, register: Register) -> Registered:
    """Return how a claim that runs under `state` stands to the register."""
    known = register.of(claim.name)
    found = claim.digest()
    if not known:
        return Registered("unregistered", found)
    same = [version for version in known if version.hash == found]
    version = same[-1] if same else known[-1]
    kind: Standing = "edited" if not same else "registered" if version is known[-1] else "replaced"
    policies = {_policy_key(read_policy(arm.policy)) for arm in claim.arms.values()}
    changed = _changes(version.registration.state, state, policies)
    return Registered(kind, found, version.version, version.registration.date.isoformat(), changed)


def _changes(before: State, now: State, policies: set[str]) -> tuple[str, ...]:
    """Say in a few words each what differs between two states, as far as a claim on these policies can tell."""
    said = []
    if before.rule != now.rule:
        said.append("the decision rule")
    if before.equations != now.equations:
        said.append("the equations")
    moved = [
        name
        for name in dict.fromkeys((*before.parameters, *now.parameters))
        if before.parameters.get(name) != now.parameters.get(name)
    ]
    if moved:
        more = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
        said.append(f"the parameter{'s' if len(moved) > 1 else ''} {', '.join(moved[:3])}{more}")
    said += [f"the policy {name}" for name in sorted(policies) if before.policies.get(name) != now.policies.get(name)]
    if before.country != now.country:
        said.append(f"the country ({before.country}, now {now.country})")
    elif before.country_digest != now.country_digest:
        said.append(f"the data of {now.country}")
    return tuple(said)


def register_claims(wanted: Sequence[str], why: str | None, path: Path = REGISTER) -> list[Version]:
    """Register the wanted claims (all shipped ones if none are named) as they now stand, and return what was added.

    A claim is added if its hash or anything else that decides its verdict differs from its newest version.

    Raises
    ------
    ScenarioError
        Without a reason, for a file that bears the name of a shipped claim, or if nothing has changed.
    """
    reason = " ".join((why or "").split())
    if not reason:
        raise ScenarioError('register: say why: run.py register --why "what changed, and what for"')
    register = read_register(path)
    claims = read_claims(wanted)
    for claim in claims:
        if claim.name in names("claims") and Path(claim.source_file).resolve().parent != (SHIPPED / "claims").resolve():
            raise ScenarioError(
                f"register: {claim.source_file} bears the name of a shipped claim; give the file another name"
            )
    state = current_state([arm.policy for claim in claims for arm in claim.arms.values()])
    new = [claim for claim in claims if not standing(claim, state, register).as_fixed]
    if not new:
        raise ScenarioError("register: nothing to register: these claims stand in the register as they are")
    registration = Registration(len(register.registrations) + 1, datetime.now(UTC).date(), reason, state)
    added = [
        Version(claim.name, len(register.of(claim.name)) + 1, claim.digest(), registration)
        for claim in sorted(new, key=lambda claim: (claim.number, claim.name))
    ]
    grown = Register((*register.registrations, registration), (*register.versions, *added))
    partial = path.with_suffix(".part")
    partial.write_text(_written(grown), encoding="utf-8")
    partial.replace(path)
    return added


def standings(claims: Sequence[Claim], country: str, path: Path = REGISTER) -> dict[str, Registered]:
    """Return how claims that run now, on this country, stand to the register, by name."""
    state = current_state([arm.policy for claim in claims for arm in claim.arms.values()], country)
    register = read_register(path)
    return {claim.name: standing(claim, state, register) for claim in claims}


# --- the file -----------------------------------------------------------------------------------------------------


def read_register(path: Path = REGISTER) -> Register:
    """Return the register.

    Raises
    ------
    ScenarioError
        For a file that cannot be read or whose entries do not fit together.
    """
    content = read_toml(path) if path.is_file() else {}
    try:
        registrations = tuple(_registration(entry) for entry in content.get("registrations", []))
        by_number = {entry.number: entry for entry in registrations}
        versions = tuple(
            Version(entry["name"], entry["version"], entry["hash"], by_number[entry["registration"]])
            for entry in content.get("claims", [])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ScenarioError(f"{path}: not a register: {type(error).__name__} at {error}") from error
    counted: dict[str, int] = {}
    for version in versions:
        counted[version.name] = counted.get(version.name, 0) + 1
        if version.version != counted[version.name]:
            raise ScenarioError(
                f"{path}: claims: {version.name} has version {version.version} where {counted[version.name]} is due; "
                "entries are added at the end and never removed"
            )
    return Register(registrations, versions)


def _registration(entry: Mapping[str, Any]) -> Registration:
    return Registration(
        entry["number"],
        entry["date"],
        entry["why"],
        State(
            entry["rule"],
            entry["equations"],
            entry["country"],
            entry["country_digest"],
            dict(entry["policies"]),
            {name: tuple(map(float, values)) for name, values in entry["parameters"].items()},
        ),
    )


def _written(register: Register) -> str:
    lines = [
        "# The register of claims, oldest first: what was fixed, when, and why (docs/preregistration.md).",
        '# Written by `python run.py register --why "..."`. Entries are added and never edited.',
    ]
    for version in register.versions:
        lines += [
            "",
            "[[claims]]",
            f"name = {json.dumps(version.name)}",
            f"version = {version.version}",
            f"hash = {json.dumps(version.hash)}",
            f"registration = {version.registration.number}",
        ]
    for entry in register.registrations:
        state = entry.state
        lines += ["", "[[registrations]]", f"number = {entry.number}", f"date = {entry.date.isoformat()}"]
        lines += [
            f"{key} = {json.dumps(value)}"
            for key, value in {
                "why": entry.why,
                "rule": state.rule,
                "equations": state.equations,
                "country": state.country,
                "country_digest": state.country_digest,
            }.items()
        ]
        lines += ["", "[registrations.policies]"]
        lines += [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in state.policies.items()]
        lines += ["", "[registrations.parameters] # default, then the prior's low and high where there is one"]
        lines += [f"{name} = [{', '.join(map(repr, values))}]" for name, values in state.parameters.items()]
    return "\n".join(lines) + "\n"


# --- digests ------------------------------------------------------------------------------------------------------


def _policy_key(policy: Policy) -> str:
    shipped = Path(policy.source_file).resolve().parent == (SHIPPED / "policies").resolve()
    return policy.name if shipped else f"file {policy.name}"


def _rule_digest() -> str:
    """Return the digest of the decision rule: the share needed, the variants, how much it takes, points and seeds."""
    return digest(
        {
            "share_needed": SHARE_NEEDED,
            "variants": {name: dict(settings) for name, settings in VARIANTS.items()},
            "points_needed": POINTS_NEEDED,
            "seeds_needed": SEEDS_NEEDED,
            "citizens_needed": CITIZENS_NEEDED,
            "seeds_apart": SEEDS_APART,
            "prior_seed": PRIOR_SEED,
            "prior_points": "each drawn for itself",
        }
    )


@cache
def equations_digest(root: Path = SHIPPED.parent) -> str:
    """Return a digest of the code that decides a number, whatever its comments, docstrings and layout say."""
    found = hashlib.blake2b(digest_size=16)
    files = sorted(path for package in EQUATIONS for path in (root / package).rglob("*.py"))
    for path in files:
        name = path.relative_to(root).as_posix()
        if name != PARAMETERS_FILE:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found.update(f"{name}\n{''.join(_meaning(tree))}\n".encode())
    return found.hexdigest()


def _meaning(node: object) -> Iterator[str]:
    """Walk a syntax tree, leaving out what says nothing to the machine; every Python from 3.11 on yields the same."""
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for name, value in ast.iter_fields(node):
            if name == "body" and isinstance(value, list):
                value = [part for part in value if not _is_text(part)]
            if value not in (None, []) and name not in ("kind", "type_comment"):
                yield f" {name}="
                yield from _meaning(value)
        yield ")"
    elif isinstance(node, list):
        yield "["
        for part in node:
            yield from _meaning(part)
        yield "]"
    else:
        yield repr(node)


def _is_text(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)

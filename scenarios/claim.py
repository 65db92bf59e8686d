"""Claims: what the essay says, each as an experiment with a decision rule fixed in advance.

A claim names its arms (societies that differ in policy, in parameters or in whether the shock comes), and one or more
estimands: a weighted difference between arms in one measure of one population at one month, the direction that the
claim predicts, and the margin within which a difference means nothing (region of practical equivalence).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

from scenarios.errors import ScenarioError, nearest
from scenarios.files import Table, digest, find
from scenarios.parameters import check_value

Direction = Literal["greater", "less", "none", "not_greater", "not_less"]
DIRECTIONS: Final = ("greater", "less", "none", "not_greater", "not_less")

SHARE_NEEDED: Final = 0.90
"""Share of the prior that decides a verdict (specification, section 6)."""

VARIANTS: Final[Mapping[str, Mapping[str, float]]] = {
    "base": {},
    "nobody believes compelled speech": {"credulity": 0.0},
    "everybody believes compelled speech": {"credulity": 1.0},
    "no self-persuasion": {"internalisation_weight": 0.0},
    "strong self-persuasion": {"internalisation_weight": 0.8, "over_justification": 0.2},
    "no direct effect of coercion": {"direct_coercion_weight": 0.0},
}
"""The structural variants, one at a time, under which a verdict must hold (ruling 17)."""


@dataclass(frozen=True)
class Arm:
    """One society of a claim.

    Attributes
    ----------
    policy
        Name or path of a policy.
    budget
        Share of output at which the policy's levers are scaled, or None for full intensity.
    settings
        Parameters that this arm holds at a value whatever the point of the prior.
    shock
        False for a world in which the conflict never comes.
    """

    policy: str
    budget: float | None = None
    settings: tuple[tuple[str, float], ...] = ()
    shock: bool = True


@dataclass(frozen=True)
class Estimand:
    """One difference between arms, and what the claim says of it.

    Attributes
    ----------
    contrast
        Weight of each arm; weights sum to 0, so that equal arms differ by exactly 0.
    margin
        Half-width of the region of practical equivalence, in units of the measure; with `relative_to`, as a share.
    relative_to
        The arm by whose value the contrast is divided, or None.
    """

    name: str
    measure: str
    population: str
    month: int
    direction: Direction
    margin: float
    contrast: tuple[tuple[str, float], ...]
    relative_to: str | None = None


@dataclass(frozen=True)
class Claim:
    """A causal claim of the essay as an executable object.

    Attributes
    ----------
    name
        Stem of the file.
    number
        Its place in the report.
    claim, essay
        What is claimed, in our own words, and the part of the essay it stands for.
    each_alone
        True where every estimand is a verdict of its own and the claim needs them all; False where the estimands are
        parts of one statement that must hold together in the same draw.
    testable
        An estimand that must leave its margin in enough of the prior for the horizon to say anything, or None.
    """

    name: str
    number: int
    title: str
    claim: str
    essay: str
    estimands: tuple[Estimand, ...]
    arms: Mapping[str, Arm]
    each_alone: bool = False
    testable: Estimand | None = None
    untestable_because: str = ""
    source_file: str = "claim"

    @property
    def horizon(self) -> int:
        """The last month that the claim looks at."""
        return max(estimand.month for estimand in self.all_estimands)

    @property
    def all_estimands(self) -> tuple[Estimand, ...]:
        """The estimands, and the one that decides on testability if there is one."""
        return self.estimands + ((self.testable,) if self.testable else ())

    def digest(self) -> str:
        """Return a digest of all that can change a verdict: the preregistered part of the claim."""
        return digest(
            {
                "estimands": [
                    [e.measure, e.population, e.month, e.direction, e.margin, sorted(e.contrast), e.relative_to]
                    for e in self.all_estimands
                ],
                "arms": {name: [a.policy, a.budget, sorted(a.settings), a.shock] for name, a in self.arms.items()},
                "each_alone": self.each_alone,
                "testable": self.testable is not None,
                "share_needed": SHARE_NEEDED,
                "variants": {name: dict(settings) for name, settings in VARIANTS.items()},
            }
        )


def read_claim(name_or_path: str | Path, measures: Mapping[str, object], populations: tuple[str, ...]) -> Claim:
    """Return a shipped claim by name, or the claim of a TOML file.

    `measures` and `populations` are the names that an estimand may use.
    """
    path = find("claims", name_or_path)
    table = Table.read(path)
    head = {key: table.text(key) for key in ("title", "claim", "essay")}
    number = table.integer("number", low=1)
    each_alone = table.take("each_alone", False)
    if not isinstance(each_alone, bool):
        raise table.error(f"= {each_alone!r} is not allowed; it must be true or false", "each_alone")
    arm_tables = table.table("arms")
    arms = {name: _read_arm(arm_tables.table(name)) for name in arm_tables}
    estimands = tuple(_read_estimand(part, arms, measures, populations) for part in table.tables("estimands"))
    testable, because = None, ""
    if "testable" in table:
        part = table.table("testable")
        because = part.text("otherwise")
        testable = _read_estimand(part, arms, measures, populations)
    table.end()
    return Claim(
        path.stem,
        number,
        **head,
        estimands=estimands,
        arms=arms,
        each_alone=each_alone,
        testable=testable,
        untestable_because=because,
        source_file=str(path),
    )


def _read_arm(table: Table) -> Arm:
    budget = table.number("budget", low=0.0, high=1.0) if "budget" in table else None
    shock = table.take("shock", True)
    if not isinstance(shock, bool):
        raise table.error(f"= {shock!r} is not allowed; it must be true or false", "shock")
    settings = table.table("set", {})
    values = []
    for name in settings:
        value = settings.take(name)
        check_value(name, value, source=settings.where())
        values.append((name, float(value)))
    policy = table.text("policy")
    table.end()
    find("policies", policy)
    return Arm(policy, budget, tuple(sorted(values)), shock)


def _read_estimand(
    table: Table, arms: Mapping[str, Arm], measures: Mapping[str, object], populations: tuple[str, ...]
) -> Estimand:
    contrast = table.table("contrast")
    weights = tuple((arm, contrast.number(arm)) for arm in contrast)
    relative_to = table.text("relative_to") if "relative_to" in table else None
    for arm in [*(name for name, _ in weights), *([relative_to] if relative_to else [])]:
        if arm not in arms:
            raise ScenarioError(f"{table.where()}: unknown arm '{arm}'{nearest(arm, arms)}")
    if abs(sum(weight for _, weight in weights)) > 1e-12:
        raise table.error("weights must sum to 0, so that equal arms differ by 0", "contrast")
    estimand = Estimand(
        table.text("name"),
        table.choice("measure", measures),
        table.choice("population", populations, "kin_camp"),
        table.integer("month", low=0),
        cast(Direction, table.choice("direction", DIRECTIONS, "greater")),
        table.number("margin", low=0.0),
        weights,
        relative_to,
    )
    table.end()
    return estimand

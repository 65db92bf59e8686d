"""What is said of the claims: how many have which verdict, what is compared, and by which rule it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from experiments.report.texts.numbers import plural
from experiments.report.texts.standing import Standing
from experiments.verdicts import Verdict


def claims_count(counts: Mapping[Verdict, int], standing: Standing) -> str:
    """Count claims by verdict."""
    total = sum(counts.values())
    said = [f"{counts[verdict]} {word}" for verdict, word in _COUNTED.items() if counts.get(verdict)]
    kind = "Indications of a rehearsal, no verdicts: " if standing.quick else ""
    kind = kind or ("Provisional verdicts: " if standing.provisional else "")
    return f"{kind}{total} {plural(total, 'claim')}, {', '.join(said)}."


_COUNTED: Final[Mapping[Verdict, str]] = {
    "supported": "supported",
    "refuted": "refuted",
    "equivalent": "equivalent",
    "conditional": "conditional (it depends on the assumptions)",
    "not testable": "not testable",
}
DECISION_RULE: Final = (
    "Supported if the claim holds in at least {needed} of the draws under every structural variant, refuted if it is "
    "contradicted in at least {needed}, equivalent if it lies within the margin in at least {needed}; otherwise "
    "conditional. Fixed before the runs. {grouping}"
)
EACH_ALONE: Final = "Each estimand is a verdict of its own; the claim has the one that all share."
TOGETHER: Final = "The estimands are parts of one statement and must hold in the same draw."
VARIANTS_ALIKE: Final = (
    "The variants are all alike here: what they fix acts through the state's coercion, and no policy of this claim "
    "coerces. That they agree is no further evidence."
)
DEPENDS_ON_NOTHING: Final = "nothing beyond chance"
CONDITIONS: Final = ("", "depends on", "rank correlation", "in its lowest third", "in its highest third")
MATCHED_DRAWS: Final = "matched draws, {count}"
TESTABLE: Final = "Testable only if '{name}' leaves ±{margin} in more than {rest} of the draws."
RELATIVE: Final = "as a share of '{arm}'"
NATIONAL_UNITS: Final[Mapping[str, str]] = {
    "institutions": "Q, 0 to 1",
    "output": "log points",
    "cost": "share of output",
    "spending": "shares of a year's output",
    "tax": "share of income",
    "conflict": "0 to 1",
}
ARM_BUDGET: Final = "scaled to {budget} % of output"
ARM_NO_SHOCK: Final = "without the conflict"

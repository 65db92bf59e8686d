"""What the page calls things: policies, populations, verdicts, variants, comparisons; and what they mean."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from experiments.claims import BASE
from experiments.history import PATTERNS
from experiments.report.texts.numbers import MINUS, plural
from experiments.verdicts import Verdict
from scenarios.claim import Direction

ARMS: Final[Mapping[str, str]] = {
    "status_quo": "no policy",
    "coercion": "coercion",
    "welfare": "welfare only",
    "institutions": "institutions only",
    "better_life": "better life",
    "media": "media policy",
    "contact": "contact",
    "mixed": "both combined",
}
ARM_MEANINGS: Final[Mapping[str, str]] = {
    "status_quo": "the conflict comes and the state does nothing new",
    "coercion": "kin-state symbols are punished, the national line is demanded",
    "welfare": "transfers to every citizen",
    "institutions": "fairer, cleaner institutions",
    "better_life": "welfare and fair institutions together: the essay's advice",
    "media": "less of the kin state's television, more national television",
    "contact": "programmes that bring the two camps together",
    "mixed": "coercion, welfare and institutions together",
}
POPULATIONS: Final[Mapping[str, str]] = {
    "kin_camp": "the kin camp",
    "other_camp": "the other camp",
    "everyone": "everybody",
}
VERDICTS: Final[Mapping[Verdict, str]] = {
    "supported": "supported",
    "refuted": "refuted",
    "equivalent": "equivalent",
    "conditional": "conditional",
    "not testable": "not testable",
}
CELL_VERDICTS: Final[Mapping[Verdict, str]] = {
    "supported": "better life wins",
    "refuted": "coercion wins",
    "equivalent": "no difference",
    "conditional": "it depends",
    "not testable": "cannot say",
}
VERDICT_MEANINGS: Final[Mapping[Verdict, str]] = {
    "supported": "the claim holds in at least {needed} of the tried assumptions, under every structural variant",
    "refuted": "the claim is contradicted in at least {needed} of them, under every structural variant",
    "equivalent": "the difference is too small to matter in at least {needed} of them, under every structural variant",
    "conditional": "none of these: whether the claim holds depends on what one assumes",
    "not testable": "the model's fifteen years cannot tell; the claim's row gives the reason",
}
VARIANT_NOTES: Final[Mapping[str, str]] = {
    "base": "all assumptions vary",
    "nobody believes compelled speech": "listeners discount all speech under pressure",
    "everybody believes compelled speech": "listeners take speech under pressure at face value",
    "no self-persuasion": "nobody comes to believe what they are made to say",
    "strong self-persuasion": "people readily come to believe what they are made to say",
    "no direct effect of coercion": "coercion acts only through named mechanisms",
}
BASE_VARIANT: Final = "all assumptions vary"
DIRECTIONS: Final[Mapping[Direction, str]] = {
    "greater": "above +{margin}",
    "less": "below " + MINUS + "{margin}",
    "none": "within ±{margin}",
    "not_greater": "not above +{margin}",
    "not_less": "not below " + MINUS + "{margin}",
}

GLOSSARY: Final[tuple[tuple[str, str], ...]] = (
    (
        "Sincere loyalty (L)",
        "what a citizen feels, from −1 to 1, as opposed to what is shown. Always of all who were there at month 0, "
        "leavers at their value at the door.",
    ),
    ("Kin camp", "citizens whose kin state is at war (here: Russians); the other camp is everybody else."),
    ("Coercion", ARM_MEANINGS["coercion"] + "."),
    ("Better life", ARM_MEANINGS["better_life"] + "."),
    ("Equal effort (equal intensity)", "both policies are applied in full."),
    ("Equal money (equal budget)", "both are scaled to cost the same share of output a year."),
    (
        "Assumptions tried (points of the prior)",
        "numbers nobody knows exactly are drawn at random from stated ranges; each set is tried on every policy.",
    ),
    ("Default point", "every assumption at its single most plausible value."),
    ("Structural variants", "six readings of how people respond to compelled speech and to coercion itself."),
    (
        "Matched draws",
        "history matching: only the draws in which, without any policy, all of this comes about: "
        + "; ".join(
            f"{found.meaning}, at least {found.low:g}"
            + (f" and at most {found.high:g}" if found.high < math.inf else "")
            for found in PATTERNS.values()
        )
        + ". The bounds are assumed, and wide. No verdict rests on these draws; they show what it owes to absurd ones.",
    ),
    (
        "Depends on",
        "assumptions whose rank goes with that of the effect beyond what the largest of all rank correlations of a "
        "claim reaches by chance in 1 claim of 20.",
    ),
    ("Margin", "a difference too small to matter (region of practical equivalence)."),
)


def variant_title(variant: str) -> str:
    """Name a structural variant."""
    return BASE_VARIANT if variant == BASE else variant


def when(months_after: int) -> str:
    """Name a moment."""
    if months_after <= 0:
        return "when the policies end"
    if months_after % 12 == 0:
        years = months_after // 12
        return f"{_NUMBERS.get(years, str(years))} {plural(years, 'year')} later"
    return f"{months_after} months later"


def how(budget: bool) -> str:
    """Name a way to compare."""
    return "with equal money" if budget else "with equal effort"


def cell_title(months_after: int, budget: bool) -> str:
    """Title of a cell in tables and pictures."""
    moment = "end of policy" if months_after <= 0 else f"{months_after} months after"
    return f"{moment}, equal {'budget' if budget else 'intensity'}"


def cell_words(months_after: int, budget: bool) -> str:
    """Name a cell at the head of the page."""
    said = f"{when(months_after)}, {how(budget)}"
    return said[:1].upper() + said[1:]


_NUMBERS: Final = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 10: "ten"}

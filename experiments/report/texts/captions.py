"""The words in and around the pictures, and the titles of the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from experiments.report.texts.numbers import MINUS


@dataclass(frozen=True)
class PictureText:
    """What stands around a picture: its question, how to read it, and its description for those who cannot see it."""

    title: str
    reading: str


PICTURES: Final[Mapping[str, PictureText]] = {
    "paths": PictureText(
        "How sincere loyalty moves under each policy",
        "The same citizens live through each policy, at the default values of all assumptions. Lines are means over "
        "{seeds}; bands are {band}. Policies share their luck, so differences are surer than levels. Below: a better "
        "life minus coercion, pair by pair; the grey strip is the margin (±{margin}) within which a difference means "
        "nothing.",
    ),
    "public_and_private": PictureText(
        "What is shown, and what is felt",
        "Above: the share of the kin camp showing the kin state's symbol; hatched, those who would show it but for the "
        "threat of sanctions. Below: loyalty as spoken in public and as felt; the gap is falsified speech. Both for "
        "those present, at the default values, mean over {seeds}.",
    ),
    "who_wins": PictureText(
        "In which share of the assumptions each side wins",
        "Each bar is {points} of assumptions. Blue: a better life leads by more than {margin}; grey: closer than that; "
        "red-orange, hatched: coercion leads. A verdict needs {needed} of every bar (dashed). Shares of the tried "
        "assumptions, not probabilities; ± is one standard error.",
    ),
    "differences": PictureText(
        "How large the difference is",
        "A better life minus coercion in sincere loyalty of the kin camp, over {points} of assumptions (mean over "
        "seeds). The line beneath spans 5 to 95 %, its tick is the median; the diamond is the default point.",
    ),
    "what_decides": PictureText(
        "What decides it",
        "Left: how each assumption's rank goes with the rank of the difference, over {points}; the twelve strongest of "
        "{parameters}. Right of zero: high values favour a better life. Grey: what chance does to one assumption in "
        "twenty (±{band_of_chance}).{dashed} "
        "Right: who wins where the two strongest are low, middle and high (thirds of the tried values).",
    ),
    "human_cost": PictureText(
        "The human cost",
        "In the kin camp, by policy. Dots: default values, mean over {seeds}; lines: 5 to 95 % of {points} of "
        "assumptions, with the median as a tick. Counts accumulate over {years} years; fear and fines are levels at "
        "the end of policy.",
    ),
    "tension": PictureText(
        "Tension between the camps",
        "Hostility of the other camp to the kin camp by month, at the default values; mean over {seeds}, bands are "
        "{band}.",
    ),
}
DASHED: Final = " Beyond the dashed lines (±{chance}) even the largest of them all is hardly chance."
NOISE_WARNING: Final = (
    "With {points} points this is noise: a correlation must pass ±{chance} to mean anything after looking at "
    "{parameters} assumptions. Read nothing into the order of this list."
)
TOO_FEW: Final = (
    "With {points} points this is noise: no correlation over so few can mean anything after looking at {parameters} "
    "assumptions. Read nothing into the order of this list."
)
SIGNS: Final[Mapping[bool, str]] = {True: "+", False: MINUS}
SOME_SIGNAL: Final = "Beyond chance: {names}."
NO_RUNS: Final = "no finished runs"
NO_MAIN_CLAIM: Final = "the claim about a better life and coercion was not tried"

AXES: Final[Mapping[str, str]] = {
    "month": "month",
    "loyalty": "sincere loyalty\n(L, −1 to 1)",
    "difference": "better life\nminus coercion (L)",
    "difference_line": "better life minus coercion (L)",
    "shown": "kin camp\n(% of those present)",
    "spoken": "loyalty\n(L, −1 to 1)",
    "share": "share of the tried assumptions (%)",
    "draws": "points",
    "correlation": "Spearman rank correlation with the difference",
    "hostility": "hostility of the other camp\n(probability)",
}
LABELS: Final[Mapping[str, str]] = {
    "better_life_wins": "better life wins",
    "within": "within the margin",
    "coercion_wins": "coercion wins",
    "shown": "shown",
    "suppressed": "hidden for fear",
    "spoken": "as spoken",
    "felt": "as felt",
    "low": "low",
    "middle": "middle",
    "high": "high",
    "calm": "calm",
    "conflict": "conflict",
    "policy": "policy in force",
    "withdrawn": "withdrawn",
    "better_life_leads": "a better life leads",
    "coercion_leads": "coercion leads",
    "favours_coercion": "← high values favour coercion",
    "favours_better_life": "a better life →",
    "median_and_range": "median, 5 to 95 %",
    "default": "default values",
    "prior": "5 to 95 % of the assumptions",
    "median": "median",
    "needed": "needed for a verdict",
    "sideways": "Wider than this screen: move it sideways.",
}


class CostText(NamedTuple):
    """A measure of the human cost: title, unit."""

    title: str
    unit: str


COST_TEXTS: Final[Mapping[str, CostText]] = {
    "sanctions_unjust": CostText("Unjust sanctions", "per 1000"),
    "sanctions_just": CostText("Sanctions seen as just", "per 1000"),
    "incidents": CostText("Street incidents", "per 1000"),
    "departures": CostText("Departures", "per 1000"),
    "threat": CostText("Fear (threat belief)", "%"),
    "fines": CostText("Fines being paid", "% of income"),
}

NUMBERS: Final[Mapping[str, str]] = {
    "loyalty": "Sincere loyalty of the kin camp (L) by month",
    "half_interval": ", ± half the 95 % interval",
    "difference": "Paired difference (L) by month",
    "better_minus_coercion": "better life − coercion",
    "who_is_counted": "Who is counted: sincere loyalty of the kin camp at the default point (mean over seeds 1 to 4)",
    "all": "all of month 0, leavers at the door",
    "stayers": "those present",
    "always_stayers": "those who stay under every policy",
    "kin_display": "Kin-state symbols shown, share of the kin camp, by month",
    "suppressed_display": "Suppressed display, share of the kin camp, by month",
    "public_loyalty": "Loyalty as spoken (L) by month",
    "falsified_speech": "Falsified speech: spoken less felt (L) by month",
    "hostility": "Hostility of the other camp (probability) by month",
    "variants": "Holds / within the margin / contradicted, % of the tried assumptions ± standard error",
    "conditions": "What it depends on most: holds / within the margin / contradicted",
    "who_wins": "Better life wins / within the margin / coercion wins, % of the tried assumptions ± standard error",
    "differences": "Better life minus coercion (L)",
    "drivers": "Spearman rank correlation with the difference, all uncertain parameters",
    "thirds": "Better life wins / within the margin / coercion wins, %, by thirds of a parameter's tried values",
}

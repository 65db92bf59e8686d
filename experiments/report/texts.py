"""Every word of the report, and the sentences that are composed from what was found.

A translation is a module with these names. Nothing here computes: functions receive numbers and return sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from experiments.verdicts import (
    CITIZENS_NEEDED,
    POINTS_NEEDED,
    SEEDS_NEEDED,
    Interval,
    Shares,
    Verdict,
    is_provisional,
    verdict_of,
    whole_percent,
)
from scenarios.claim import SHARE_NEEDED, VARIANTS, Direction

LANGUAGE: Final = "en"
QUESTION: Final = "Does a better life win more sincere loyalty than coercion?"
TITLE: Final = "Civic Loyalty: the essay on trial"
MINUS: Final = "\N{MINUS SIGN}"
RANGE: Final = "\N{NO-BREAK SPACE}\N{EN DASH}\N{NO-BREAK SPACE}"
SPACE: Final = "\N{NO-BREAK SPACE}"
NO_NUMBER: Final = "n/a"
INTERVAL_SEEDS: Final = 3
"""Fewest seeds whose spread says enough of their mean for an interval: with two, Student's t is 12.7."""

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


class CellLike(Protocol):
    """What a sentence needs of one of claim 1's cells: a moment and a way to compare."""

    @property
    def months_after(self) -> int:
        """Months since the policies ended; 0 at their end."""

    @property
    def budget(self) -> bool:
        """True where both arms cost the same, False where both act in full."""

    @property
    def verdict(self) -> Verdict:
        """The verdict of this cell alone."""

    @property
    def over_prior(self) -> Mapping[str, Shares]:
        """Shares of the prior by structural variant."""


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


class Driver(NamedTuple):
    """A parameter that moves the difference, and which side its high values favour."""

    parameter: str
    favours_better_life: bool


@dataclass(frozen=True)
class Standing:
    """What the runs are good for."""

    quick: bool
    points: int
    seeds: int
    citizens: int

    @property
    def provisional(self) -> bool:
        """True below the size that a verdict needs."""
        return is_provisional(self.points, self.seeds, self.citizens)


@dataclass(frozen=True)
class Answer:
    """The head of the page."""

    word: str
    sentences: tuple[str, str]
    note: str


def answer(cells: Sequence[CellLike], drivers: Sequence[Driver], standing: Standing) -> Answer:
    """Compose the answer from the cells of claim 1 and from what moves them beyond chance.

    Parameters
    ----------
    cells
        Usually four: {end of policy, later} x {equal effort, equal money}.
    drivers
        Strongest first; only those that stand out of the noise.
    """
    if not cells:
        return Answer(
            "Not asked",
            ("The essay's main claim was not tried in this run.", "The table below shows the claims that were."),
            standing_note(standing),
        )
    verdicts = {cell.verdict for cell in cells}
    word = _WORDS[next(iter(verdicts))] if len(verdicts) == 1 else _WORDS["conditional"]
    first = _verdict_sentence(cells)
    if standing.quick:
        word, first = "Rehearsal", f"In this rehearsal, which backs no verdict: {_lower(first)}"
    elif standing.provisional:
        first = f"Provisionally: {_lower(first)}"
    return Answer(word, (first, _driver_sentence(drivers, standing)), standing_note(standing))


_WORDS: Final[Mapping[Verdict, str]] = {
    "supported": "Yes",
    "refuted": "No, the reverse",
    "equivalent": "No difference",
    "conditional": "It depends",
    "not testable": "Cannot say",
}
_NEEDED: Final = f"{whole_percent(SHARE_NEEDED)}{SPACE}%"


def standing_note(standing: Standing) -> str:
    """Say what the runs are good for."""
    size = (
        f"{standing.points} {_plural(standing.points, 'point')} × {standing.seeds} {_plural(standing.seeds, 'seed')} "
        f"of {standing.citizens:,} {_plural(standing.citizens, 'citizen')}"
    )
    if standing.quick:
        return f"A rehearsal on {size}: it shows what the page looks like and backs no verdict."
    if standing.provisional:
        return f"Provisional: rests on {size}; {POINTS_NEEDED} × {SEEDS_NEEDED} of {CITIZENS_NEEDED:,} are needed."
    return f"Rests on {size}."


def _verdict_sentence(cells: Sequence[CellLike]) -> str:
    by_verdict: dict[Verdict, list[CellLike]] = {}
    for cell in cells:
        by_verdict.setdefault(cell.verdict, []).append(cell)
    if len(by_verdict) == 1:
        verdict = cells[0].verdict
        if verdict == "conditional":
            return f"It depends on the assumptions: {_shares_clause(cells)}."
        where = _where(cells, cells)
        if verdict == "supported":
            return f"Yes: a better life wins more sincere loyalty than coercion {where}, {_decided()}."
        if verdict == "refuted":
            return f"No: coercion wins more sincere loyalty than a better life {where}, {_decided()}."
        if verdict == "equivalent":
            return f"Neither: a better life and coercion win about the same sincere loyalty {where}, {_decided()}."
        return f"This trial cannot say which of the two wins more sincere loyalty {where}."
    clauses = [
        f"{said} {_where(by_verdict[verdict], cells)}, {_decided()}"
        for verdict, said in _CLAUSES.items()
        if verdict in by_verdict
    ]
    if "conditional" in by_verdict:
        clauses.append(_shares_clause(by_verdict["conditional"]))
    if "not testable" in by_verdict:
        clauses.append(f"nothing can be said {_where(by_verdict['not testable'], cells)}")
    return f"{_depends(cells)}: {'; '.join(clauses)}."


_CLAUSES: Final[Mapping[Verdict, str]] = {
    "supported": "a better life wins more sincere loyalty",
    "refuted": "coercion wins more sincere loyalty",
    "equivalent": "the two win about the same",
}


def _decided() -> str:
    return f"in at least {_NEEDED} of the assumptions tried"


def _depends(cells: Sequence[CellLike]) -> str:
    """Name what the verdict depends on: the moment, the money, or both."""
    by_when: dict[int, set[Verdict]] = {}
    by_how: dict[bool, set[Verdict]] = {}
    for cell in cells:
        by_when.setdefault(cell.months_after, set()).add(cell.verdict)
        by_how.setdefault(cell.budget, set()).add(cell.verdict)
    if all(len(found) == 1 for found in by_when.values()):
        return "It depends on when one looks"
    if all(len(found) == 1 for found in by_how.values()):
        return "It depends on what may be spent"
    return "It depends on when one looks and on what may be spent"


def _shares_clause(cells: Sequence[CellLike]) -> str:
    """Say in which share of the assumptions each side wins: by way to compare, then by moment."""
    clauses: list[str] = []
    for budget in sorted({cell.budget for cell in cells}):
        here = sorted((cell for cell in cells if cell.budget == budget), key=lambda cell: cell.months_after)
        said: list[str] = []
        for cell in here:
            base = cell.over_prior["base"]
            for_better, for_coercion = percent(base.holds), percent(base.contradicted)
            if clauses or said:
                said.append(f"in {for_better} and {for_coercion} {when(cell.months_after)}")
            else:
                said.append(
                    f"a better life wins in {for_better} of those tried and coercion in {for_coercion} "
                    f"{when(cell.months_after)}"
                )
        clauses.append(f"{how(budget)} {', '.join(said)}")
    together = "; ".join(clauses)
    if any(verdict_of(cell.over_prior["base"]) != "conditional" for cell in cells):
        together += "; and this changes with how people are taken to respond to compulsion"
    return together


def _where(chosen: Sequence[CellLike], cells: Sequence[CellLike]) -> str:
    """Name some of the cells: as briefly as the pattern allows."""
    moments = sorted({cell.months_after for cell in cells})
    ways = sorted({cell.budget for cell in cells})
    if len(chosen) == len(cells) and len(chosen) == len(moments) * len(ways):
        return f"{_and([when(months) for months in moments])}, {_and([how(way) for way in ways])}"
    places = []
    for months in moments:
        here = [cell.budget for cell in sorted(chosen, key=lambda cell: cell.budget) if cell.months_after == months]
        if not here:
            continue
        all_ways = len(here) == len(ways)
        places.append(when(months) if all_ways and len(ways) > 1 else f"{when(months)} {_and([how(w) for w in here])}")
    return _and(places)


def _driver_sentence(drivers: Sequence[Driver], standing: Standing) -> str:
    if not drivers:
        return (
            f"With {standing.points} {_plural(standing.points, 'set')} of assumptions tried, "
            "what decides the outcome cannot be told from chance."
        )
    said = [
        f"{parameter_phrase(driver.parameter)} (the more, the better for "
        f"{'a better life' if driver.favours_better_life else 'coercion'})"
        for driver in drivers[:2]
    ]
    return f"What matters most is {', then '.join(said)}."


def when(months_after: int) -> str:
    """Name a moment."""
    if months_after <= 0:
        return "when the policies end"
    if months_after % 12 == 0:
        years = months_after // 12
        return f"{_NUMBERS.get(years, str(years))} {_plural(years, 'year')} later"
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


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


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


def interval_text(found: Interval, decimals: int = 3, *, scale: float = 1.0, sign: bool = False) -> str:
    """Write a mean over seeds with its 95 % interval, or alone where too few seeds stand behind it."""
    mean, low, high = (number(scale * value, decimals, sign=sign) for value in (found.mean, found.low, found.high))
    return f"{mean} [{low}, {high}]" if found.seeds >= INTERVAL_SEEDS else mean


def number(value: float, decimals: int = 3, *, sign: bool = False) -> str:
    """Write a number with a true minus sign; not-a-number says so."""
    if value != value:
        return NO_NUMBER
    text = f"{value:+.{decimals}f}" if sign else f"{value:.{decimals}f}"
    if float(text) == 0.0:
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def parameter_words(name: str) -> str:
    """Return a parameter's name in words."""
    return name.replace("_", " ")


def parameter_phrase(name: str) -> str:
    """Return what a parameter stands for, as the object of a sentence."""
    return PARAMETER_PHRASES.get(name, parameter_words(name))


PARAMETER_PHRASES: Final[Mapping[str, str]] = {
    "display_cost": "how costly it is to show any symbol",
    "loyalty_expression": "how strongly loyalty shows in symbols",
    "kinship_expression": "how strongly ties to kin abroad show in symbols",
    "peace_salience": "how much kin symbols mean in peacetime",
    "display_conformity": "how much people show what others show",
    "sanction_deterrence": "how much people fear a sanction",
    "sanction_probability": "how often the shown symbol is punished under coercion",
    "hostility_restraint": "how much people hide symbols from hostile neighbours",
    "compelled_display": "how strongly national symbols are demanded",
    "display_revision": "how often people reconsider what they show",
    "public_space_weight": "how much public space counts against personal ties in what one sees",
    "television_threat": "how much the kin state's television frightens",
    "threat_half_life": "how long fear lasts",
    "sanction_threat": "how much unjust sanctions frighten those around",
    "campaign_threat": "how much an announced campaign frightens those it names",
    "harassment_threat": "how much harassment in the street frightens",
    "contact_reassurance": "how much contact reassures",
    "media_ban_threat": "how much a media ban is read as oppression",
    "sanction_legitimacy": "how far sanctions are seen as lawful",
    "profiling_ratio": "how often the innocent are sanctioned",
    "symbol_irritation": "how much the kin state's symbols irritate others",
    "frustration_irritation": "how much frustration adds to irritation",
    "retaliation": "how much one attack calls forth another",
    "targeting_resentment": "how much those left out resent a targeted programme",
    "contact_conciliation": "how much contact reconciles",
    "hostility_half_life": "how long hostility lasts",
    "displayer_harassment": "how often those who show kin symbols are harassed",
    "background_harassment": "how often anybody is harassed",
    "campaign_licence": "how far a state campaign licenses private harassment",
    "institutional_protection": "how well good institutions protect from harassment",
    "loyalty_half_life": "how slowly loyalty follows its reasons",
    "welfare_weight": "how much welfare against kin abroad counts in loyalty",
    "own_past_welfare_weight": "how much welfare against one's own past counts in loyalty",
    "fairness_weight": "how much the state's fairness counts in loyalty",
    "hostility_weight": "how much being disliked costs loyalty",
    "threat_weight": "how much fear costs loyalty",
    "conflict_kin_weight": "how strongly the conflict itself pulls towards the kin state",
    "social_influence_weight": "how much people follow what their ties say and feel",
    "internalisation_weight": "how far people come to believe what they are made to say",
    "over_justification": "how far pressure keeps people from believing their own words",
    "direct_coercion_weight": "how far coercion directly wins hearts rather than hardens them",
    "national_television_weight": "how much national television wins",
    "credulity": "how far listeners believe compelled speech",
    "falsification": "how far people say what they do not think under pressure",
    "flag_erosion_weight": "how much visible kin symbols erode others' loyalty",
    "candour": "how candid talk is among ties",
    "chilling": "how far pressure silences candid talk",
    "speech_half_life": "how long people remember what they said",
    "aspiration_half_life": "how slowly people get used to a better life",
    "injustice_half_life": "how long injustice is remembered",
    "institution_adaptation": "how far people get used to better institutions",
    "reform_discount": "how far viewers of the kin state's television discount reform",
    "reform_promise": "how much reform promises",
    "welfare_cost": "what the welfare programme costs",
    "institutions_cost": "what institutional reform costs",
    "coercion_cost": "what coercion costs",
    "media_cost": "what the media policy costs",
    "contact_cost": "what the contact policy costs",
    "resource_rent_share": "how much of the cost resource rents pay",
    "transfer_leakage": "how much of the transfers leaks away",
    "reform_speed": "how fast institutions improve under reform",
    "reform_half_life": "how long reform lasts without support",
    "coercion_corrosion": "how fast coercion corrodes institutions",
    "institutions_growth": "how much good institutions add to growth",
    "welfare_growth": "how much the welfare programme adds to growth",
    "unrest_cost": "how much unrest costs in output",
    "departure_cost": "how much departures cost in output",
    "diversity_growth": "how much diversity adds to growth",
    "fine_size": "how heavy fines are",
    "departure_rate": "how many leave in calm years",
    "conflict_deterrence": "how far the war deters from moving to the kin state",
    "welfare_departure": "how much welfare abroad draws people away",
    "threat_departure": "how much fear drives people away",
    "loyalty_departure": "how much loyalty keeps people",
    "diaspora_departure": "how strongly those who left draw others",
    "kin_welfare_shock": "how well the kin state's economy weathers the shock",
    "television_hype": "how far the kin state's television overstates its welfare",
    "letter_correction": "how far letters of relatives correct television",
    "kin_tie_strength": "how strong ties to kin abroad are",
    "conflict_half_life": "how long the conflict stays hot",
    "conflict_floor": "how much of the conflict never ends",
    "initial_loyalty": "how loyal the kin camp is to begin with",
    "initial_threat": "how afraid the kin camp is to begin with",
    "initial_hostility": "how hostile the camps are to begin with",
}


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


COSTS: Final[Mapping[str, CostText]] = {
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
    "who_wins": "Better life wins / within the margin / coercion wins, % of the tried assumptions ± standard error",
    "differences": "Better life minus coercion (L)",
    "drivers": "Spearman rank correlation with the difference, all uncertain parameters",
    "thirds": "Better life wins / within the margin / coercion wins, %, by thirds of a parameter's tried values",
}


def seeds_text(seeds: int) -> str:
    """Count seeds."""
    return f"{seeds} {_plural(seeds, 'seed')}"


def effects_text(seeds: int) -> str:
    """Say what effects are written with, or why without."""
    if seeds >= INTERVAL_SEEDS:
        return f"with 95 % intervals over {seeds_text(seeds)}"
    return f"means over {seeds_text(seeds)}, too few for an interval" if seeds > 1 else "of one seed"


def points_text(points: int) -> str:
    """Count points."""
    return f"{points} {_plural(points, 'set')}"


def band_text(seeds: int) -> str:
    """Say what a band over seeds shows."""
    if seeds >= INTERVAL_SEEDS:
        return "95 % intervals of the mean"
    return "the range between the two seeds" if seeds == 2 else "absent (one seed)"


def failed_note(failed: int) -> str:
    """Say that runs failed."""
    return (
        f"{failed} {_plural(failed, 'run')} failed. A point without an outcome is left out of the shares; "
        "the claims' details say where."
    )


def claims_count(counts: Mapping[Verdict, int], standing: Standing) -> str:
    """Count claims by verdict."""
    total = sum(counts.values())
    said = [f"{counts[verdict]} {word}" for verdict, word in _COUNTED.items() if counts.get(verdict)]
    kind = "Indications of a rehearsal, no verdicts: " if standing.quick else ""
    kind = kind or ("Provisional verdicts: " if standing.provisional else "")
    return f"{kind}{total} {_plural(total, 'claim')}, {', '.join(said)}."


_COUNTED: Final[Mapping[Verdict, str]] = {
    "supported": "supported",
    "refuted": "refuted",
    "equivalent": "equivalent",
    "conditional": "conditional (it depends on the assumptions)",
    "not testable": "not testable",
}


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


def missing_note(missing: int, draws: int) -> str:
    """Say that points have no outcome."""
    return (
        f"no outcome at {missing} of {draws} points, where a run failed or there was nothing to compare with "
        "(left out of the shares)"
    )


class Disagreement(NamedTuple):
    """Where the evidence disagrees with the essay."""

    essay: str
    evidence: str
    source: str


DISAGREEMENTS: Final[tuple[Disagreement, ...]] = (
    Disagreement(
        "Citizens who live better than their relatives in Russia.",
        "It depends on the source. Income per head was 85 % of Russia's in 2021 by World Bank figures and 99 % by the "
        "Maddison Project, which alone puts Kazakhstan barely ahead, in 2019 and 2022. All agree that the gap narrowed "
        "since the 1990s.",
        "World Bank WDI through Gapminder v32; Penn World Table; Maddison Project Database 2023.",
    ),
    Disagreement(
        "The conflict brings sleeping attachment to the kin state to the surface.",
        "In 2014 it did: 62 % in large cities approved of Russia's position, 15 % did not. In 2022 the war pushed the "
        "other way: approval of Russia's leadership fell from 55 to 29 %, and siding with Russia from 39 % in March to "
        "13 % in November, part of which is a change in the language mix of the samples.",
        "CSPR Strategy, April 2014; Gallup 2021-22 (secondary); Demoscope, March and November 2022.",
    ),
    Disagreement(
        "Many Russians in Kazakhstan see themselves first as Russians.",
        "In the 1990s they were, of five diasporas studied, the least identified with Russia, and even those who "
        "looked to Russia did not want it to intervene. Non-Kazakhs today name citizenship first at least as often as "
        "Kazakhs.",
        "Poppe and Hagendoorn; Barrington, Herron and Silver 2003; national-identity study, spring 2022 (secondary).",
    ),
    Disagreement(
        "Better institutions, taken as one thing.",
        "Rule of law and control of corruption improved and passed Russia's by 2009, while the index of liberal "
        "democracy stayed between .11 and .14. Fairness and democracy are two things; this model has the first.",
        "Worldwide Governance Indicators 2024; V-Dem v15.",
    ),
    Disagreement(
        "The kin state's television rules what people think.",
        "Ethnicity goes with attitudes to the war more strongly and steadily than language or Russian television, "
        "whose reach declines. Where its effect was measured it was real but moderate, and it polarised rather than "
        "moved everybody one way.",
        "Chapman and Zhandayeva 2025; Peisakhin and Rozenas 2018; Enikolopov, Petrova and Zhuravskaya 2011.",
    ),
    Disagreement(
        "Coercion backfires.",
        "Sometimes it suppresses. In Ukraine, areas hit harder by Stalin's famine behaved more loyally while "
        "retribution was credible and less once the threat had passed; shelling of Chechen villages was followed by "
        "fewer attacks. In other cases, such as bans of a language or of the headscarf, it hardened identities.",
        "Rozenas and Zhukov 2019; Lyall 2009 (recalled, not checked); Fouka 2020; Abdelgadir and Fouka 2020.",
    ),
    Disagreement(
        "A country of many peoples attracts investment.",
        "Across countries, diversity goes with slower growth where institutions are weak, and with little or no effect "
        "where they are strong. The model lets it go either way.",
        "Easterly and Levine; Alesina and co-authors 2003 (both recalled, not checked).",
    ),
)

LIMITS: Final[tuple[str, ...]] = (
    "Shares of the tried assumptions are no probabilities: they describe this prior (each assumption uniform, all "
    "independent). While the model was being built, choices of modelling alone moved the share in which the essay is "
    "right by 16 percentage points. What is robust are statements of the kind 'if this, then that'.",
    "No births, no ageing, nobody changes identity: citizens are those of month 0. The decline of the Russian share "
    "through ageing and re-registration is outside the model.",
    "Coercion and reform are decided from outside. No government reacts, no election is lost, no protest organises.",
    "People know how likely a sanction is; they do not learn it.",
    "Gaps between languages and generations are not modelled, only groups, regions, kin ties and media diets.",
    "Listeners judge compelled speech by one number (credulity), not by full reasoning. Resources that let groups "
    "mobilise, and concessions that appease, are covered only by a residual effect of coercion with either sign.",
    "Figures for regions are an approximate template, raked to exact national counts; attachments, kin ties and media "
    "diets of the groups are assumed. Shares vary the parameters alone: the country's own figures stay as its file has "
    "them, also where the file gives a range. The design assumed_figures varies both: with Kazakhstan of 2021 no claim "
    "was decided otherwise.",
    "Claim 10 compares institutional reform with none. Its verdict says nothing about diversity, which acts on output "
    "through its change alone, and in fifteen years changes little.",
)

CAVEATS: Final[Mapping[str, str]] = {
    "better_life_beats_coercion": (
        "At equal cost a better life shrinks to an eighth of its strength, because transfers cost in proportion and "
        "reform by its square: nearly all of its money is then transfers, and it is within the margin of no "
        "policy at all in 94 % of the points (final trial of 2026-11-27), so that the comparison weighs what coercion "
        "does. Institutions alone keep four fifths of their strength at that cost "
        "(design budget_dose_response). At full strength one mechanism carries the claim: without felt fairness the "
        "effect at the default point changes its sign (explain 1)."
    ),
    "conflict_is_a_catalyst": (
        "The third part adds little to the first: where symbols break out in this model, they do so through ties to "
        "kin. That loyalty falls through these ties is not tried."
    ),
    "kin_television_carries_the_fear": (
        "Fear has no term of kinship here: television frightens the kin camp, with relatives abroad or without."
    ),
    "campaign_raises_tension": (
        "The mean of both camps is compared, and they move apart: at the end of policy the others, who see fewer "
        "symbols, are less hostile in 78 % of the points and more in 5 %, the kin camp less in 47 % and more in 31 % "
        "(final trial of 2026-11-27). Accusations and unjust sanctions make nobody hostile here but through "
        "harassment in the street; that they poison relations directly is not tried."
    ),
    "welfare_is_measured_against_relatives": (
        "Three questions, each judged alone. Changes since month 0 count, not levels: to live better or worse than "
        "relatives from the start is not in the model. Letters correct what television overstates and carry nothing "
        "else. The third part sets two small effects beside each other by an absolute margin, and cannot tell small "
        "from equal."
    ),
    "care_for_all_beats_care_for_one": (
        "Most of everybody are the other camp. In the kin camp alone the programme for the kin camp wins more loyalty "
        "in 64 % of the points, that for everybody in 12 % (final trial of 2026-11-27). The second part is decided by "
        "one parameter, targeting_resentment."
    ),
    "coercion_drives_people_out": (
        "The second part prices only the departures that coercion adds to those expected at month 0, which are few: "
        "even the highest cost in the prior hardly takes it out of its margin. That every departure costs is an "
        "equation here, no finding."
    ),
    "diversity_and_institutions_feed_welfare": (
        "No part compares a diverse country with another. Diversity acts on output through its change since month 0 "
        "alone, so that a country of many peoples and one of few grow alike, and there is no variable of investment."
    ),
    "neighbours_coercion_does_the_same": (
        "Harassment stands at its level from month 0 and what is expected at month 0 frightens nobody, so that only "
        "what the war adds is tried. No arm is coerced by the state: the likeness itself is not measured."
    ),
}
"""What a reader of a shipped claim's verdict must keep in mind, by the claim's name."""

ETHICS: Final[tuple[str, ...]] = (
    "This page tests the logic of a claim under stated rules. It does not measure, rank or predict any people: groups "
    "are labels with numbers attached, and exchanging the labels together with their numbers changes nothing.",
    "Coercion is reported with its human cost, whether or not it wins loyalty. That a policy wins in a model is no "
    "reason to carry it out.",
)

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
    ("Margin", "a difference too small to matter (region of practical equivalence)."),
)

HEADINGS: Final[Mapping[str, str]] = {
    "four": "The four comparisons",
    "four_note": "Share of the tried assumptions in which each side wins more sincere loyalty; {margin} or less apart "
    "counts as no difference.",
    "claims": "All claims, one by one",
    "claims_note": "Open a claim for its text, its part in the essay and every number. Effects are at the default "
    "values, {effects}; shares are over {points} of assumptions; the range is over the "
    "structural variants.",
    "pictures": "Pictures",
    "disagreements": "Where the evidence disagrees with the essay",
    "limits": "What this model cannot say",
    "ethics": "Ethics",
    "inputs": "What went in",
    "words": "Words used on this page",
    "rerun": "How to run it again",
    "provenance": "Provenance",
    "parameters": "All assumptions: {count} parameters, {uncertain} of them uncertain",
    "figures": "The country: {title}",
    "numbers": "The numbers",
    "contents": "On this page",
    "verdict_words": "What the verdicts mean",
}
TABLE: Final[Mapping[str, str]] = {
    "number": "No.",
    "claim": "Claim and what is compared",
    "verdict": "Verdict",
    "effect": "Effect [95 % interval]",
    "effect_alone": "Effect",
    "shares": "Holds / within margin / contradicted",
    "range": "Holds, across variants",
    "holds": "holds",
    "within": "within the margin",
    "contradicted": "contradicted",
    "together": "all of these in the same draw",
    "each": "each is judged alone; the claim needs all",
    "details": "text, essay, all numbers",
    "essay": "The essay",
    "in_our_words": "The claim, in our words",
    "estimand": "Estimand",
    "measure": "Measure",
    "population": "Population",
    "month": "Month",
    "predicted": "Predicted",
    "contrast": "Contrast",
    "default": "Effect at the default point",
    "level": "At the default point",
    "prior_mean": "Mean over the prior",
    "prior_quantiles": "5 / 50 / 95 %",
    "variant": "Structural variant",
    "draws": "Draws",
    "decision": "Decision rule",
    "registration": "Registration",
    "caveat": "To keep in mind",
    "registered": "Hash of the claim and its decision rule",
    "unregistered": "not as registered",
    "reason": "Reason",
    "seed_spread": "Spread between seeds (sd of the first estimand)",
    "seed_spread_beside": "beside {across} across points",
    "arms": "Arms",
    "not_decisive": "rehearsal",
    "provisional": "provisional",
    "name": "Name",
    "symbol": "Symbol",
    "value": "Default",
    "prior": "Prior",
    "unit": "Unit",
    "meaning": "Meaning",
    "source": "Source",
    "structural": "structural",
    "place": "Figure",
    "kind": "Standing",
    "policy": "Policy",
    "seeds": "seeds",
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
TESTABLE: Final = "Testable only if '{name}' leaves ±{margin} in more than {rest} of the draws."
PRIOR_NOTE: Final = "uniform from {low} to {high}"
FIXED: Final = "fixed"
FIGURE_KINDS: Final[Mapping[str, str]] = {
    "assumed": "assumed",
    "approximate": "approximate",
    "parameter": "parameter",
    "sourced": "sourced",
}
FIGURES_NOTE: Final = (
    "{sourced} figures have a source or are parameters, {assumed} are assumed (with the range in which they may lie), "
    "{approximate} are approximate: the regional template, which shapes the regions only and is raked to exact "
    "national counts."
)
PARAMETERS_NOTE: Final = (
    "Priors are uniform and independent. Each of the points takes all uncertain parameters from them at once."
)
RERUN_NOTE: Final = (
    "The same command resumes where it stopped and never makes a run twice; on the same platform the numbers are the "
    "same to the last digit."
)
PROVENANCE: Final[Mapping[str, str]] = {
    "date": "Date",
    "code": "Digest of the model's sources",
    "equations": "Digest of the equations alone",
    "revision": "Revision",
    "country": "Country",
    "country_digest": "Digest of the country",
    "points": "Points of the prior",
    "seeds": "Seeds at each point",
    "citizens": "Citizens over the prior",
    "default_citizens": "Citizens at the default point",
    "default_seeds": "Seeds at the default point",
    "runs": "Runs",
    "failed": "Failed runs",
    "python": "Python",
    "versions": "Packages",
}
FOOTER: Final = "Civic Loyalty. This page needs no network: all it shows is inside it. Beside it lie {files}."

TERMINAL: Final[Mapping[str, str]] = {
    "effect": "effect [95 % interval]",
    "effect_alone": "effect",
    "effects": "Effects are at the default values, {effects}.",
    "shares": "holds/within/contradicted",
    "range": "holds, variants",
}
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
TEMPLATE_SHARES: Final = "shares of the groups in each region"
FIGURES: Final = "{count} figures"

BASE: Final = next(iter(VARIANTS))

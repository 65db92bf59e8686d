"""The answer at the head of the page: a word, what the verdict is, and what decides it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from experiments.report.texts.numbers import SPACE, percent, plural
from experiments.report.texts.parameters import parameter_phrase
from experiments.report.texts.standing import Standing, standing_note
from experiments.report.texts.vocabulary import how, when
from experiments.verdicts import Shares, Verdict, verdict_of, whole_percent
from scenarios.claim import SHARE_NEEDED


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


class Driver(NamedTuple):
    """A parameter that moves the difference, and which side its high values favour."""

    parameter: str
    favours_better_life: bool


@dataclass(frozen=True)
class Answer:
    """The head of the page."""

    word: str
    sentences: tuple[str, str]
    note: str


def answer_from(cells: Sequence[CellLike], drivers: Sequence[Driver], standing: Standing) -> Answer:
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
            f"With {standing.points} {plural(standing.points, 'set')} of assumptions tried, "
            "what decides the outcome cannot be told from chance."
        )
    said = [
        f"{parameter_phrase(driver.parameter)} (the more, the better for "
        f"{'a better life' if driver.favours_better_life else 'coercion'})"
        for driver in drivers[:2]
    ]
    return f"What matters most is {', then '.join(said)}."


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]

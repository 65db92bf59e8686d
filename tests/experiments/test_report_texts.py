"""The words of the report: the answer in every case, and numbers and moments as they are written."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import get_args

import pytest

from experiments.report.texts.answer import Driver, answer_from
from experiments.report.texts.numbers import SPACE, percent
from experiments.report.texts.parameters import PARAMETER_PHRASES
from experiments.report.texts.standing import Standing, band_text
from experiments.report.texts.vocabulary import VARIANT_NOTES, when
from experiments.verdicts import Shares, Verdict
from scenarios import UNCERTAIN
from scenarios.claim import VARIANTS

SHARES: dict[Verdict, Shares] = {
    "supported": Shares(0.94, 0.04, 0.02, 512),
    "refuted": Shares(0.03, 0.02, 0.95, 512),
    "equivalent": Shares(0.02, 0.96, 0.02, 512),
    "conditional": Shares(0.52, 0.14, 0.34, 512),
    "not testable": Shares(0.5, 0.5, 0.0, 512),
}
STANDINGS = (
    Standing(quick=False, points=512, seeds=2, citizens=4000),
    Standing(quick=False, points=96, seeds=2, citizens=4000),
    Standing(quick=True, points=8, seeds=1, citizens=400),
)


@dataclass(frozen=True)
class Cell:
    """A stand-in for one of claim 1's comparisons."""

    months_after: int
    budget: bool
    verdict: Verdict
    over_prior: dict[str, Shares]


def cells_of(verdicts: tuple[Verdict, ...]) -> list[Cell]:
    places = [(0, False), (60, False), (0, True), (60, True)]
    return [
        Cell(months, budget, verdict, dict.fromkeys(VARIANTS, SHARES[verdict]))
        for (months, budget), verdict in zip(places, verdicts, strict=True)
    ]


# --- the answer ---


@pytest.mark.parametrize("standing", STANDINGS, ids=["full", "provisional", "quick"])
def test_the_answer_of_every_combination_says_who_wins_where(standing: Standing) -> None:
    said: dict[str, tuple[Verdict, ...]] = {}
    for verdicts in itertools.product(get_args(Verdict), repeat=4):
        cells = cells_of(verdicts)
        answer = answer_from(cells, [Driver("fairness_weight", True)], standing)
        first, second = answer.sentences
        for sentence in answer.sentences:
            assert sentence[0].isupper()
            assert sentence.endswith(".")
            assert sentence.count(". ") == 0, "two sentences, not more"
            assert "nan" not in sentence
            assert "{" not in sentence
        assert first not in said, f"{verdicts} and {said.get(first)} read the same"
        said[first] = verdicts
        lower = first.lower()
        assert ("a better life wins more sincere loyalty" in lower) == ("supported" in verdicts)
        assert ("coercion wins more sincere loyalty" in lower) == ("refuted" in verdicts)
        assert ("about the same" in lower) == ("equivalent" in verdicts)
        assert ("52\N{NO-BREAK SPACE}%" in first) == ("conditional" in verdicts)
        assert first.count("34\N{NO-BREAK SPACE}%") == verdicts.count("conditional")
        assert "fairness" in second
        distinct = set(verdicts)
        if not standing.quick:
            expected = {"supported": "Yes", "refuted": "No, the reverse", "equivalent": "No difference"}
            word = expected.get(verdicts[0], "It depends") if len(distinct) == 1 else "It depends"
            assert answer.word == ("Cannot say" if distinct == {"not testable"} else word)


def test_a_mixed_answer_names_what_it_depends_on() -> None:
    full = STANDINGS[0]
    by_time = answer_from(cells_of(("refuted", "supported", "refuted", "supported")), [], full).sentences[0]
    assert by_time.startswith("It depends on when one looks:")
    assert "a better life wins more sincere loyalty five years later" in by_time
    assert "coercion wins more sincere loyalty when the policies end" in by_time
    by_money = answer_from(cells_of(("supported", "supported", "equivalent", "equivalent")), [], full).sentences[0]
    assert by_money.startswith("It depends on what may be spent:")
    assert "five years later with equal money" in by_money
    by_both = answer_from(cells_of(("supported", "supported", "supported", "refuted")), [], full).sentences[0]
    assert by_both.startswith("It depends on when one looks and on what may be spent:")


def test_quick_and_provisional_answers_say_so() -> None:
    cells = cells_of(("supported",) * 4)
    full, provisional, quick = (answer_from(cells, [], standing) for standing in STANDINGS)
    assert full.sentences[0].startswith("Yes:")
    assert full.note == "Rests on 512 points × 2 seeds of 4,000 citizens."
    assert provisional.sentences[0].startswith("Provisionally: yes:")
    assert (
        provisional.note == "Provisional: rests on 96 points × 2 seeds of 4,000 citizens; 512 × 2 of 4,000 are needed."
    )
    assert quick.word == "Rehearsal"
    assert "backs no verdict" in quick.sentences[0]
    assert "backs no verdict" in quick.note
    large = Standing(quick=True, points=512, seeds=2, citizens=4000)
    assert "backs no verdict" in answer_from(cells, [], large).note


def test_a_cell_that_only_a_structural_variant_undecides_says_so() -> None:
    shares = {**dict.fromkeys(VARIANTS, SHARES["supported"]), "strong self-persuasion": SHARES["conditional"]}
    cells = [replace(cell, over_prior=shares) for cell in cells_of(("conditional",) * 4)]
    first = answer_from(cells, [], STANDINGS[0]).sentences[0]
    assert "94\N{NO-BREAK SPACE}%" in first
    assert "compulsion" in first


def test_the_second_sentence_tells_drivers_from_chance() -> None:
    cells = cells_of(("conditional",) * 4)
    drivers = [Driver("direct_coercion_weight", False), Driver("fairness_weight", True)]
    told = answer_from(cells, drivers, STANDINGS[0]).sentences[1]
    assert told.index("better for coercion") < told.index("better for a better life")
    assert "cannot be told from chance" in answer_from(cells, [], STANDINGS[0]).sentences[1]


def test_without_the_main_claim_the_answer_says_that_it_was_not_tried() -> None:
    assert "not tried" in answer_from([], [], STANDINGS[0]).sentences[0]


def test_every_uncertain_parameter_has_a_phrase() -> None:
    assert set(PARAMETER_PHRASES) == set(UNCERTAIN)
    assert set(VARIANT_NOTES) == set(VARIANTS)


# --- numbers and moments ---


def test_a_band_over_seeds_is_called_what_it_is() -> None:
    assert [band_text(seeds) for seeds in (1, 2, 3)] == [
        "absent (one seed)",
        "the range between the two seeds",
        "95 % intervals of the mean",
    ]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0{}%"),
        (1 / 8, "13{}%"),
        (29 / 200, "15{}%"),
        (0.001, "under 1{}%"),
        (0.0051, "1{}%"),
        (0.9949, "99{}%"),
        (0.999, "over 99{}%"),
        (1.0, "100{}%"),
    ],
)
def test_a_share_that_is_not_all_or_nothing_is_never_rounded_to_it(share, words):
    assert percent(share) == words.format(SPACE)


def test_moments_are_named_in_years_where_they_are_years():
    assert [when(months) for months in (0, 12, 24, 30)] == [
        "when the policies end",
        "one year later",
        "two years later",
        "30 months later",
    ]

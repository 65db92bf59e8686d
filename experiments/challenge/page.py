"""One self-contained page of a challenge, and its pictures as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from experiments.challenge.answers import ANSWER, Answer, Challenge, Example, shown_interval, word_of
from experiments.challenge.pictures import number_of, pictures
from experiments.pages import Drawn, render, write_pictures, write_whole
from scenarios import DECLARATIONS

TEMPLATE: Final = "page.html.j2"
KINDS: Final = ("changes", "effects", "path")


def write_page(done: Challenge) -> Path:
    """Write the pictures as PNG and SVG, and the page, each file whole or not at all."""
    drawn = write_pictures(done.folder, pictures(done))
    page = render(
        Path(__file__).with_name(TEMPLATE),
        done=done,
        claim=done.claim,
        parts=[_part(done, answer, drawn) for answer in done.answers],
        answer_file=ANSWER,
        shown=shown_interval,
    )
    write_whole(done.page, page)
    return done.page


def _part(done: Challenge, answer: Answer, drawn: Drawn) -> dict[str, Any]:
    named = [
        ("the counter-example", answer.nearest),
        ("the nearest point found, nothing reset", answer.with_all),
        ("the nearest miss", None if answer.nearest else answer.miss),
        ("the furthest against the claim", None if answer.worst is answer.miss else answer.worst),
    ]
    return {
        "answer": answer,
        "example": answer.shown,
        "judged": word_of(answer.estimand, answer.default_fresh.mean),
        "drawn": [drawn[f"{kind}_{number_of(done, answer)}"] for kind in KINDS],
        "examples": [
            (name, example, word_of(answer.estimand, example.effect.mean)) for name, example in named if example
        ],
        "changes": _changes(answer.shown),
    }


def _changes(example: Example) -> list[dict[str, Any]]:
    rows = []
    for name, deviation in example.deviations.items():
        declared = DECLARATIONS[name]
        rows.append(
            {
                "name": name,
                "deviation": deviation,
                "default": declared.default,
                "value": example.changes[name],
                "prior": declared.prior,
                "unit": declared.unit,
                "meaning": declared.meaning,
            }
        )
    return rows

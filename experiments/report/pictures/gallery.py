"""The pictures of the report in the page's order: each drawn once, written, and returned with its words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import matplotlib
from matplotlib.figure import Figure

from experiments.report.pictures import (
    differences,
    human_cost,
    paths,
    public_and_private,
    tension,
    what_decides,
    who_wins,
)
from experiments.report.pictures.saving import for_page, write
from experiments.report.pictures.theme import STYLE
from experiments.report.readings import Readings
from experiments.report.texts.captions import DASHED, PICTURES
from experiments.report.texts.numbers import Numbers, percent
from experiments.report.texts.standing import band_text, points_text, seeds_text
from scenarios import UNCERTAIN
from scenarios.claim import SHARE_NEEDED

FOLDER = "pictures"


class Drawing(Protocol):
    """What each picture's module has."""

    def draw(self, readings: Readings) -> Figure:
        """Draw the picture."""

    def numbers(self, readings: Readings) -> tuple[Numbers, ...]:
        """List the numbers behind it."""


GALLERY: Final[Mapping[str, Drawing]] = {
    "paths": paths,
    "public_and_private": public_and_private,
    "who_wins": who_wins,
    "differences": differences,
    "what_decides": what_decides,
    "human_cost": human_cost,
    "tension": tension,
}
"""The pictures by name, in the page's order."""


@dataclass(frozen=True)
class Picture:
    """A picture of the page: SVG without outer references, its words, and its numbers."""

    name: str
    title: str
    reading: str
    note: str
    svg: str
    numbers: tuple[Numbers, ...]


def draw_pictures(readings: Readings, folder: Path) -> tuple[Picture, ...]:
    """Draw every picture, write it into `folder` as PNG and SVG, and return them in the page's order."""
    folder.mkdir(parents=True, exist_ok=True)
    words = _words(readings)
    pictures = []
    with matplotlib.rc_context(STYLE):
        for name, drawing in GALLERY.items():
            svg = write(drawing.draw(readings), folder / name)
            text = PICTURES[name]
            note = what_decides.drivers_note(readings) if drawing is what_decides else ""
            pictures.append(
                Picture(
                    name, text.title, text.reading.format(**words), note, for_page(svg, name), drawing.numbers(readings)
                )
            )
    return tuple(pictures)


def _words(readings: Readings) -> dict[str, str]:
    size, drivers = readings.plan.size, readings.drivers
    return {
        "seeds": seeds_text(size.default_seeds),
        "points": points_text(size.points),
        "band": band_text(size.default_seeds),
        "margin": f"{readings.margin:g}",
        "needed": percent(SHARE_NEEDED),
        "parameters": str(len(UNCERTAIN)),
        "band_of_chance": f"{drivers.band:.2f}",
        "dashed": DASHED.format(chance=f"{drivers.chance:.2f}") if drivers.chance < 1.0 else "",
        "years": f"{readings.timeline.horizon / 12:g}",
    }

"""The page of a trial."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from experiments.claims import SHOWN_ARMS
from experiments.report.inputs import (
    commands,
    figure_table,
    figures_note,
    idle_note,
    parameter_table,
    provenance_rows,
)
from experiments.report.pictures.gallery import FOLDER, draw_pictures
from experiments.report.readings import Readings
from experiments.report.texts import caveats, headings, vocabulary
from experiments.report.texts.captions import LABELS
from experiments.report.texts.claims import claims_count
from experiments.report.texts.headings import HEADINGS, TABLE
from experiments.report.texts.numbers import percent, whole_shares
from experiments.report.texts.registration import registration_note
from experiments.report.texts.standing import effects_text, failed_note, points_text
from experiments.report.views import claim_views, compose_answer, effect_heading, registered_claims, standing_of
from experiments.trial import RUNS, VERDICTS, Trial
from experiments.verdicts import Verdict
from scenarios import DECLARATIONS, UNCERTAIN
from scenarios.claim import SHARE_NEEDED

PAGE = "report.html"
HERE = Path(__file__).resolve().parent

MARKS: Final[Mapping[Verdict, str]] = {
    "supported": '<path d="M8 1.5 15 14.5H1z" fill="currentColor"/>',
    "refuted": '<path d="M8 14.5 1 1.5h14z" fill="currentColor"/>',
    "equivalent": '<path d="M1.5 3.5h13v3.2h-13zM1.5 9.3h13v3.2h-13z" fill="currentColor"/>',
    "conditional": '<path d="M8 1 15 8 8 15 1 8z" fill="none" stroke="currentColor" stroke-width="1.8"/>'
    '<path d="M8 1v14L1 8z" fill="currentColor"/>',
    "not testable": '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.8" '
    'stroke-dasharray="3 2"/>',
}
"""A shape for each verdict, so that colour is never alone."""


def write_report(trial: Trial, folder: Path) -> Path:
    """Write the pictures of a trial into `folder/pictures` and its page into `folder`, and return the page's path."""
    readings = Readings(trial)
    registered = registered_claims(trial)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = draw_pictures(readings, folder / FOLDER)
    page = _environment().get_template("page.html.j2").render(
        HEADINGS=HEADINGS,
        TABLE=TABLE,
        LABELS=LABELS,
        headings=headings,
        vocabulary=vocabulary,
        caveats=caveats,
        percent=percent,
        marks={verdict: Markup(mark) for verdict, mark in MARKS.items()},
        answer=compose_answer(readings),
        standing=standing_of(trial),
        cells=readings.cells,
        margin=f"±{readings.margin:g}" if readings.cells else "",
        claims=claim_views(readings),
        registration_note=registration_note(registered),
        claims_count=claims_count(Counter(finding.verdict for finding in trial.findings), standing_of(trial)),
        pictures=[{"picture": picture, "svg": Markup(picture.svg)} for picture in pictures],
        failed_note=failed_note(trial.outcomes.failed) if trial.outcomes.failed else "",
        needed=percent(SHARE_NEEDED),
        effect=effect_heading(TABLE, trial),
        effects=effects_text(trial.plan.size.default_seeds),
        points=points_text(trial.plan.size.points),
        parameters=parameter_table(),
        parameters_title=HEADINGS["parameters"].format(count=len(DECLARATIONS), uncertain=len(UNCERTAIN)),
        idle_note=idle_note(trial),
        figures=figure_table(readings),
        figures_note=figures_note(readings),
        country=readings.country.title,
        provenance=provenance_rows(trial.provenance),
        commands=commands(trial),
        footer=headings.FOOTER.format(files=", ".join((VERDICTS, RUNS, f"{FOLDER}/"))),
    )  # fmt: skip
    path = folder / PAGE
    partial = path.with_suffix(".part")
    partial.write_text(page, encoding="utf-8")
    partial.replace(path)
    return path


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["split"] = whole_shares
    environment.filters["css"] = lambda verdict: verdict.replace(" ", "-")
    environment.globals["arms"] = tuple(SHOWN_ARMS)
    return environment

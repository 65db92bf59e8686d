"""The verdicts of a trial as plain text for the terminal."""

from __future__ import annotations

import textwrap

from experiments.report.readings import Readings
from experiments.report.texts.headings import QUESTION, TABLE, TERMINAL
from experiments.report.texts.numbers import MINUS, SPACE, whole_shares
from experiments.report.texts.registration import registration_note
from experiments.report.texts.standing import effects_text, failed_note
from experiments.report.texts.vocabulary import VERDICTS
from experiments.report.views import claim_views, compose_answer, effect_heading, registered_claims
from experiments.trial import Trial
from experiments.verdicts import FEWEST_IN_INTERVAL

WIDTH = 110
PLAIN = {
    ord(MINUS): "-",
    ord(SPACE): " ",
    ord("\N{EN DASH}"): "-",
    ord("\N{MULTIPLICATION SIGN}"): "x",
    ord("\N{PLUS-MINUS SIGN}"): "+-",
}
"""What a terminal without these signs can show in their place."""


def verdict_table(trial: Trial) -> str:
    """Return the answer and the verdicts as plain text, at most 110 characters wide."""
    readings = Readings(trial)
    answer = compose_answer(readings)
    lines = [QUESTION, f"{answer.word}. {answer.note}", ""]
    lines += [line for sentence in answer.sentences for line in textwrap.wrap(sentence, WIDTH)]
    effect = effect_heading(TERMINAL, trial)
    head = f"{'':36}{effect:>29}{TERMINAL['shares']:>26}{TERMINAL['range']:>19}"
    lines += ["", head, "-" * WIDTH]
    registered = registered_claims(trial)
    for view in claim_views(readings):
        word = VERDICTS[view.verdict]
        word = f"({word})" if trial.quick else word
        lines.append(f"{view.number:>2}  {textwrap.shorten(view.title, WIDTH - 22, placeholder=' ...'):<88}{word:>18}")
        for part in view.parts:
            name, *rest = textwrap.wrap(part.name, 33)
            lines.append(f"    {name:<35}{part.effect:>27}{whole_shares(part.base):>25}{part.across:>19}")
            lines += [f"    {line}" for line in rest]
        if view.joint is not None:
            lines.append(f"    {TABLE['together']:<62}{whole_shares(view.joint):>25}{view.joint_across:>19}")
        if view.reason:
            lines += textwrap.wrap(view.reason, WIDTH - 4, initial_indent="    ", subsequent_indent="    ")
    lines.append("-" * WIDTH)
    if trial.plan.size.default_seeds < FEWEST_IN_INTERVAL:
        lines.append(TERMINAL["effects"].format(effects=effects_text(trial.plan.size.default_seeds)))
    lines += textwrap.wrap(registration_note(registered), WIDTH)
    if trial.outcomes.failed:
        lines.append(failed_note(trial.outcomes.failed))
    return "\n".join(line.rstrip() for line in lines).translate(PLAIN)

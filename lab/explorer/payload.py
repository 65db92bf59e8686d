"""Results as the page reads them: a head in JSON, and all numbers in one compressed block."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any, Final

import numpy as np

from lab.explorer.results import Place, Question, Results, Side, Span
from model.measures import MEASURES, NATIONAL_MEASURES
from scenarios import DECLARATIONS, LEVERS

MARGIN: Final = 0.02
"""Half-width of the region of practical equivalence that the page starts with where a question names none."""

FORMAT: Final = 1


def payload(results: Results) -> str:
    """Return results as JSON that is safe inside a page.

    The block holds, one after the other: coordinates by span (float64), levels by scaled side and lever (float64),
    outcomes by the head's `cells` (float32), and outcomes by month (float32); each over all points.
    """
    places = sorted(results.values)
    levels = [side.levels[lever] for side in results.sides for lever in LEVERS if lever in side.levels]
    doubles = [results.points.T.ravel(), *levels]
    singles = [results.values[place] for place in places]
    if results.monthly is not None:
        singles.append(results.monthly.values.ravel())
    block = b"".join(
        np.concatenate([np.asarray(part, dtype=kind).ravel() for part in parts]).tobytes() if parts else b""
        for kind, parts in (("<f8", doubles), ("<f4", singles))
    )
    head = _head(results, places)
    text = json.dumps(
        {"format": FORMAT, "head": head, "block": base64.b64encode(zlib.compress(block, 6)).decode()},
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    )
    # Whatever a name says, it ends no script and opens no comment.
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _head(results: Results, places: list[Place]) -> dict[str, Any]:
    named = {span.name for span in results.spans if span.group == "parameters"} | set(results.fixed)
    named |= {name for _, settings in results.variants for name in settings}
    named |= {name for side in results.sides for name, _ in side.arm.settings}
    seeds = results.seeds
    monthly = results.monthly
    return {
        "kind": results.kind,
        "title": results.title,
        "country": results.country,
        "countryShipped": results.country_shipped,
        "citizens": results.citizens,
        "months": results.months,
        "points": len(results.points),
        "seeds": list(seeds[0]) if len(set(seeds)) == 1 else [list(own) for own in seeds],
        "populations": results.populations,
        "spans": [_span(span) for span in results.spans],
        "fixed": dict(results.fixed),
        "defaults": {name: DECLARATIONS[name].default for name in sorted(named)},
        "variants": [{"name": name, "settings": dict(settings)} for name, settings in results.variants],
        "sides": [_side(side) for side in results.sides],
        "outcomes": [_outcome(*outcome) for outcome in results.outcomes],
        "marks": list(results.marks),
        "cells": [list(place) for place in places],
        "questions": [_question(question) for question in _in_order(results)],
        "margin": MARGIN,
        "monthly": None if monthly is None else {"outcomes": list(monthly.outcomes), "months": list(monthly.months)},
        "runs": results.runs,
        "failed": results.failed,
        "unasked": results.unasked,
    }


def _in_order(results: Results) -> list[Question]:
    """Return the questions, the essay's own first; one is made up where the folder asks none."""
    if results.questions or len(results.sides) < 2 or not results.outcomes:
        return sorted(results.questions, key=lambda question: not _is_the_essays(question, results))
    mark = max(place.mark for place in results.values if place.outcome == 0)
    first, last = results.sides[0], results.sides[-1]
    return [Question(f"{last.label} - {first.label}", 0, len(results.sides) - 1, 0, mark, MARGIN)]


def _is_the_essays(question: Question, results: Results) -> bool:
    """Whether a question compares a better life with coercion in the sincere loyalty of those concerned."""
    policies = results.sides[question.a].policy.name, results.sides[question.b].policy.name
    return policies == ("coercion", "better_life") and results.outcomes[question.outcome] == ("loyalty", "kin_camp")


def _span(span: Span) -> dict[str, Any]:
    declared = DECLARATIONS.get(span.name) if span.group == "parameters" else None
    return {
        "name": span.name,
        "group": span.group,
        "low": span.low,
        "high": span.high,
        "values": list(span.values),
        "meaning": declared.meaning if declared else "",
        "unit": declared.unit if declared else "",
        "lever": span.name if span.group == "levers" else declared.lever if declared else None,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "label": side.label,
        "policy": side.arm.policy,
        "name": side.policy.name,
        "title": side.policy.title,
        "shipped": side.shipped,
        "budget": side.arm.budget,
        "shock": side.arm.shock,
        "settings": dict(side.arm.settings),
        "scaled": side.scaled,
        "pulls": [lever for lever in LEVERS if side.pulls(lever)],
        "levels": [lever for lever in LEVERS if lever in side.levels],
        "levers": {
            name: {
                "start": lever.start,
                "end": None if np.isinf(lever.end) else lever.end,
                "ramp": lever.ramp,
                "target": lever.target,
            }
            for name, lever in side.policy.levers.items()
        },
    }


def _outcome(measure: str, population: str) -> dict[str, Any]:
    if measure in NATIONAL_MEASURES:
        meaning = NATIONAL_MEASURES[measure]
        return {"measure": measure, "population": "", "title": measure.capitalize(), "unit": "", "meaning": meaning}
    declared = MEASURES[measure]
    return {
        "measure": measure,
        "population": population,
        "title": declared.title,
        "unit": declared.unit,
        "meaning": declared.meaning,
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "title": question.title,
        "a": question.a,
        "b": question.b,
        "outcome": question.outcome,
        "mark": question.mark,
        "margin": question.margin,
    }

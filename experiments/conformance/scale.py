"""Scale: results per head do not depend on how many agents there are, how many ties they have or how long a step is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from experiments.conformance.adapter import Scale, Subject
from experiments.conformance.outcome import Effort, Outcome, failed, not_applicable, passed
from experiments.conformance.witness import Witness

DEVIATIONS = 4.5
"""Standard errors of a difference of means that count as noise: with some ten results, 1 false alarm in 10,000."""


def scale(subject: Subject, effort: Effort) -> Outcome:
    """Live at two scales with several seeds each: means differ by no more than noise and the stated tolerance."""
    scales = tuple(subject.scales) or _default(subject)
    per_head = subject.per_head
    if per_head is None or not scales:
        return not_applicable("the adapter gives no results per head (per_head) and no two scales (scales or size)")
    witnesses, parts = [], []
    for pair in scales:
        small, large = (_results(subject, per_head, settings, effort.seeds) for settings in (pair.small, pair.large))
        worst = 0.0
        for name in small:
            difference = float(large[name].mean() - small[name].mean())
            error = math.sqrt(sum(float(values.var(ddof=1)) / values.size for values in (small[name], large[name])))
            allowed = pair.tolerance.get(name, 0.0) + DEVIATIONS * error
            if not abs(difference) <= allowed + 1e-12:
                witnesses.append(
                    Witness(
                        f"{pair.name}: '{name}' per head",
                        settings=_contrast(pair),
                        evidence=f"{small[name].mean():.5g} and {large[name].mean():.5g}, difference {difference:.2g}, "
                        f"allowed {allowed:.2g} ({effort.seeds} seeds each)",
                    )
                )
            worst = max(worst, abs(difference) / allowed if allowed > 0.0 else 0.0)
        parts.append(f"{pair.name} (at most {worst:.0%} of what is allowed)")
    if witnesses:
        return failed("results per head depend on scale", *witnesses)
    return passed(f"{'; '.join(parts)}; {effort.seeds} seeds each")


def _default(subject: Subject) -> tuple[Scale, ...]:
    size = subject.size
    if size is None or size not in subject.settings:
        return ()
    now = subject.settings[size]
    return (Scale(f"{size} {now} and {4 * now}", {size: now}, {size: 4 * now}),)


def _results(
    subject: Subject, per_head: Callable[[Any], Mapping[str, float]], settings: Mapping[str, object], seeds: int
) -> dict[str, np.ndarray]:
    rows = []
    for seed in range(seeds):
        model = subject.make(subject.trial(settings, seed=subject.seed + seed))
        for _ in range(subject.steps):
            if not getattr(model, "running", True):
                break
            subject.advance(model)
        rows.append(dict(per_head(model)))
    return {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]}


def _contrast(pair: Scale) -> dict[str, str]:
    return {name: f"{pair.small.get(name, 'as set')} or {value}" for name, value in pair.large.items()}

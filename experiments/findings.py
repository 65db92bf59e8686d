"""What a stored trial found, as a Markdown page: `python -m experiments.findings RESULTS_DIR > docs/findings.md`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.report.texts.caveats import CAVEATS
from experiments.selection import SEEDS
from experiments.verdicts import whole_percent

ONE_SIDED = 0.005
"""Below this share of the points a side counts as one that does not come up."""
UNKNOWN = "unknown"
PICTURES = (  # name, description, how to read it
    (
        "paths",
        "What the policies do to sincere loyalty, and to the difference between the two that the essay compares",
        "At the default values, every policy at full strength: lines are means over seeds, bands their 95 % intervals. "
        "Policies share their luck, so the difference beneath is surer than the levels; within the grey strip, the "
        "margin, it counts as none. At equal cost the picture is another: see the table.",
    ),
    (
        "who_wins",
        "Share of the tried assumptions in which each side wins, by structural variant",
        "A verdict needs 90 % of every bar (dashed lines). Equal intensity: both policies at full strength. Equal "
        "budget: both scaled to the same small share of output. ± is one standard error.",
    ),
    (
        "public_and_private",
        "What is shown against what is felt",
        "Among those present, at the default values. The gap between the two lines is what is said and not felt.",
    ),
    (
        "what_decides",
        "What decides it",
        "How an assumption's rank goes with the rank of the difference. In the grey strip lies what chance does to "
        "nineteen assumptions in twenty; beyond the dashed lines even the largest of them all is hardly chance.",
    ),
    (
        "human_cost",
        "Human cost",
        "In the kin camp. Counts add up over fifteen years, so that one citizen can count more than once; fear and "
        "fines are levels at the end of the policy.",
    ),
)


def is_final(verdicts: Mapping[str, Any]) -> bool:
    """Tell whether the content of a `verdicts.json` rests on as much as a verdict needs."""
    return all(verdicts["provenance"][part] >= least for part, least in verdicts["needed"].items())


def findings_page(verdicts: dict[str, Any]) -> str:
    """Return the page for the content of a `verdicts.json`."""
    made = verdicts["provenance"]
    standing = "final by the registered rule" if is_final(verdicts) else "provisional"
    counted = Counter(claim["verdict"] or claim["indication"] for claim in verdicts["claims"])
    lines = [
        "# What the trial found",
        "",
        f"**{counted.total()} claims: {', '.join(f'{count} {word}' for word, count in counted.most_common())}.** "
        "Conditional means that it depends on what one assumes whether a claim holds; how to read a verdict stands in "
        "the README.",
        "",
        f"{made['points']} points of the prior x {made['seeds']} seeds (each point its own) of {made['citizens']:,} "
        f"citizens; at the default point {made['default_seeds']} seeds of {made['default_citizens']:,} citizens; "
        f"{made['runs']:,} runs, {made['failed']} failed. Country `{made['country']}`, revision `{made['revision']}`, "
        f"code `{made['code']}`, {made['date']}. Verdicts are {standing}. Shares are shares of the assumptions tried, "
        "no probabilities; in brackets their standard errors.",
        "",
        "This page is generated from the stored run by `python -m experiments.findings RESULTS_DIR`.",
        "",
    ]
    for name, description, reading in PICTURES:
        lines += [f"![{description}](pictures/{name}.png)", "", f"*{reading}*", ""]
    lines += [
        "The effect is that of the default values; the shares are those of the prior. *Holds*: beyond the margin as "
        "claimed; *contradicted*: beyond it the other way. Margins, and the shares of parts that must hold together, "
        "stand with [the claims](claims.md).",
        "",
        "| claim | verdict | what is compared | effect at default [95 %] | holds / within / contradicted, % (s.e.) |",
        "|---|---|---|---|---|",
    ]
    for claim in verdicts["claims"]:
        verdict = claim["verdict"] or f"(rehearsal: {claim['indication']})"
        reason = f": {claim['reason']}" if claim["reason"] else ""
        for position, part in enumerate(claim["estimands"]):
            head = f"{claim['number']}. {claim['title']}" if position == 0 else ""
            word = f"**{verdict}**{reason}" if position == 0 else ""
            effect = part["effect_at_default"]
            lines.append(
                f"| {head} | {word} | {part['name']} | {_signed(effect['mean'])} [{_signed(effect['low'])}, "
                f"{_signed(effect['high'])}] | {_shares(part['shares']['base'])} |"
            )
    parts = [part for claim in verdicts["claims"] for part in claim["estimands"]]
    lines += [
        "",
        f"In {sum(map(_is_one_sided, parts))} of {len(parts)} comparisons one side comes up in fewer than "
        f"{100 * ONE_SIDED:g} % of the points: there the equations all but fix the sign, and what is tried is "
        "the size. What to keep in mind with each claim stands [with it](claims.md); with the first, this:",
        "",
        f"> {CAVEATS['better_life_beats_coercion']}",
        "",
        "## Where it holds",
        "",
        "What each comparison depends on most, and what comes out where that assumption is low and where it is high; "
        f"and in the {verdicts['history']['matched']} [matched draws](claims.md#matched-draws), whose course without "
        "any policy is like that expected of the country. Shares of points in which it holds / is within the margin / "
        "is contradicted, in %. Further assumptions stand with [the claims](claims.md#what-it-depends-on).",
        "",
        "| claim | what is compared | depends most on | its lowest third | its highest third | in matched draws |",
        "|---|---|---|---|---|---|",
        *(_condition(claim, part) for claim in verdicts["claims"] for part in claim["estimands"]),
        "",
        "## Who is counted",
        "",
        "Mean sincere loyalty of the kin camp at the default point: the month-0 cohort with leavers at their value at "
        f"the door, those present, and those who stay in every arm. Means over seeds {min(SEEDS)} to {max(SEEDS)}, "
        "fewer than the pictures have, so that levels differ a little from theirs.",
        "",
        "| month | arm | cohort (intention to treat) | stayers | always-stayers |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['month']} | {row['arm'].replace('_', ' ')} | {row['cohort']:.4f} | {row['stayers']:.4f} "
        f"| {row['always_stayers']:.4f} |"
        for row in verdicts["who_is_counted"]
    ]
    return "\n".join(lines) + "\n"


def _condition(claim: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    first = part["conditions"][0] if part["conditions"] else None
    cells = [str(claim["number"]), part["name"], "nothing beyond chance", "", ""]
    if first:
        cells[2] = f"`{first['parameter']}` ({first['correlation']:+.2f})"
        cells[3:] = (_whole(first["low_third"]), _whole(first["high_third"]))
    return f"| {' | '.join((*cells, _whole(part['matched'])))} |"


def _whole(found: Mapping[str, Any]) -> str:
    return " / ".join(map(str, map(whole_percent, _three(found)))) or UNKNOWN


def _three(found: Mapping[str, Any]) -> list[float]:
    """Return the shares in which it holds, is within the margin and is contradicted; none where no run tells."""
    values = [found["holds"], found["neutral"], found["contradicted"]]
    return [] if None in values else values


def _is_one_sided(part: Mapping[str, Any]) -> bool:
    values = _three(part["shares"]["base"])
    return bool(values) and min(values[0], values[-1]) < ONE_SIDED


def _signed(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:+.4f}"


def _shares(found: Mapping[str, Any]) -> str:
    values = _three(found)
    errors = found["errors"][: len(values)]
    return " / ".join(f"{100 * v:.1f} ({100 * e:.1f})" for v, e in zip(values, errors, strict=True)) or UNKNOWN


if __name__ == "__main__":
    source = Path(sys.argv[1]) / "verdicts.json"
    stored = json.loads(source.read_text(encoding="utf-8"))
    if "history" not in stored:
        sys.exit(f"error: {source}: an older version wrote it; give its `run.py claim` command again")
    print(findings_page(stored), end="")

"""docs/claims.md: from a part of the essay to a claim, its estimands, their verdicts and the evidence for each.

The page is made from `docs/evidence/verdicts.json`, the stored verdicts of one run, so that it can be made again
without the run: `python -m experiments.documents claims` from what is stored, `... claims --from DIR` from a new run.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from experiments.claims import BASE
from experiments.conditions import SHOWN
from experiments.documents.tables import table
from experiments.findings import is_final
from experiments.report.texts.caveats import CAVEATS, DISAGREEMENTS, LIMITS
from experiments.report.texts.claims import VARIANTS_ALIKE
from experiments.report.texts.headings import TABLE
from experiments.report.texts.numbers import SPACE, percent
from experiments.report.texts.vocabulary import DIRECTIONS, POPULATIONS, variant_title
from experiments.trial import VERDICTS
from experiments.verdicts import whole_percent
from scenarios import UNCERTAIN, ScenarioError
from scenarios.claim import SHARE_NEEDED

EVIDENCE: Final = Path("evidence") / VERDICTS
PAGE: Final = "claims.md"
DEPENDS: Final = "what-it-depends-on"
MATCHED: Final = "matched-draws"
CONDITIONS: Final = ("what is compared", "depends on", "correlation", "in its lowest third", "in its highest third")


def write_claims(docs: Path, run: Path | None = None) -> Path:
    """Write the page into `docs` and return its path; the verdicts of `run`, if given, become the stored ones first.

    Raises
    ------
    ScenarioError
        If there are no verdicts, or none that count; nothing is written then.
    """
    source = docs / EVIDENCE if run is None else run / VERDICTS
    verdicts = read_verdicts(source)
    page = claims_page(verdicts)
    if run is not None:
        (docs / EVIDENCE).parent.mkdir(parents=True, exist_ok=True)
        _replace(docs / EVIDENCE, json.dumps(verdicts, indent=1, ensure_ascii=False) + "\n")
    _replace(docs / PAGE, page)
    return docs / PAGE


def read_verdicts(path: Path) -> dict[str, Any]:
    """Return the verdicts of a finished run that backs them.

    Raises
    ------
    ScenarioError
        Names the file and what is wrong with it.
    """
    try:
        verdicts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        backs = verdicts["backs_a_verdict"]
        complete = "history" in verdicts and all("registration" in claim for claim in verdicts["claims"])
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror}; name the folder of a finished trial") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ScenarioError(f"{path}: these are not the verdicts of a trial ({error})") from error
    if not backs:
        raise ScenarioError(f"{path}: this is a rehearsal (--quick), which backs no verdict; run the claims without it")
    if not complete:
        raise ScenarioError(
            f"{path}: does not say all that the page tells, for an older version wrote it; give its `run.py claim` "
            "command again"
        )
    return verdicts


def claims_page(verdicts: Mapping[str, Any]) -> str:
    """Return the page for the content of a `verdicts.json`."""
    claims = verdicts["claims"]
    made = verdicts["provenance"]
    final = is_final(verdicts)
    counted = Counter(claim["verdict"] for claim in claims)
    lines = [
        "# The claims, and what became of them",
        "",
        "What the essay says, what was made of it, what was compared, and what came out. Each verdict leads to its "
        "evidence: the shares of the prior in which the claim holds, under every structural variant.",
        "",
        f"{len(claims)} claims: {', '.join(f'{count} {word}' for word, count in counted.most_common())}. "
        f"They rest on {made['points']} points of the prior x {made['seeds']} seeds of {made['citizens']:,} citizens, "
        f"and at the default point on {made['default_seeds']} seeds of {made['default_citizens']:,}; "
        f"{made['runs']:,} runs, {made['failed']} failed; country `{made['country']}`, code `{made['code']}`, "
        f"{made['date']}. "
        + ("The verdicts are final by the registered rule. " if final else "The verdicts are provisional. ")
        + _registered(claims)
        + " The whole run in pictures: [What the trial found](findings.md). Its stored verdicts: "
        f"[{EVIDENCE.as_posix()}]({EVIDENCE.as_posix()}).",
        "",
        "This page is made by `python -m experiments.documents claims`; how to read a verdict stands in the README.",
        "",
        "## From essay to verdict",
        "",
        table(("the essay", "the claim", "what is compared", "verdict and evidence", "shares, %"), _overview(claims)),
        "",
        "Where the parts of a claim must hold together in the same draw, the last line of a claim is the verdict, and "
        "those above it say what each part alone would get. Shares are those of the prior in which it holds / is "
        "within the margin / is contradicted, where all assumptions vary.",
    ]
    for claim in claims:
        lines += ["", *_section(claim, verdicts["history"])]
    lines += ["", *_scopes(verdicts)]
    lines += [
        "",
        "## What the model cannot say",
        "",
        *[f"- {limit}" for limit in LIMITS],
        "",
        "## Where the evidence disagrees with the essay",
        "",
        "The model tries the essay's logic. Some of its premises can be held against data, whatever the model says.",
        "",
        table(("the essay", "the evidence", "source"), DISAGREEMENTS),
    ]
    return "\n".join(lines) + "\n"


def _registered(claims: list[dict[str, Any]]) -> str:
    apart = [claim for claim in claims if claim["registration"]["standing"] != "registered"]
    changed = list(dict.fromkeys(words for claim in claims for words in claim["registration"]["changed"]))
    said = "Every claim ran as [registered](preregistration.md)"
    if apart:
        names = ", ".join(f"{claim['number']} ({claim['registration']['standing']})" for claim in apart)
        said = f"Not as [registered](preregistration.md) ran the claims {names}"
    return f"{said}{', but since then changed: ' + ', '.join(changed) if changed else ''}."


def _overview(claims: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for claim in claims:
        together = len(claim["estimands"]) > 1 and not claim["each_alone"]
        link = f"#{_anchor(claim)}"
        for position, part in enumerate(claim["estimands"]):
            head = (claim["essay"], f"{claim['number']}. {claim['claim']}") if position == 0 else ("", "")
            verdict = part["verdict"] if claim["verdict"] != "not testable" else "not testable"
            word = verdict if together else f"**{verdict}**"
            yield (*head, part["name"], f"[{word}]({link})", _shares(part["shares"][BASE], whole_percent))
        if together:
            joint = claim["all_parts_together"][BASE]
            yield (
                "",
                "",
                "all of these in the same draw",
                f"[**{claim['verdict']}**]({link})",
                _shares(joint, whole_percent),
            )


def _section(claim: dict[str, Any], history: Mapping[str, Any]) -> list[str]:
    parts = claim["estimands"]
    needed = percent(SHARE_NEEDED)
    lines = [
        f"## {claim['number']}. {claim['title']}",
        "",
        f"*The essay:* {claim['essay']}",
        "",
        f"*The claim:* {claim['claim']}",
        "",
        f"**{claim['verdict'][:1].upper()}{claim['verdict'][1:]}**"
        + (f": {claim['reason']}" if claim["reason"] else "")
        + f". {_standing(claim)}, hash `{claim['registered']}`.",
        "",
        *([f"*{TABLE['caveat']}:* {CAVEATS[claim['name']]}", ""] if claim["name"] in CAVEATS else []),
        table(
            ("estimand", "predicted", "effect at the default point [95 %]", "over the prior 5 / 50 / 95 %"),
            (_estimand(part) for part in parts),
        ),
        "",
        f"Share of the prior in which it holds / is within the margin / is contradicted, in %; {needed} decide.",
        "",
    ]
    together = len(parts) > 1 and not claim["each_alone"]
    head = ("variant", *(part["name"] for part in parts), *(("all in the same draw",) if together else ()))
    rows = []
    for variant in parts[0]["shares"]:
        cells = [_shares(part["shares"][variant]) for part in parts]
        cells += [_shares(claim["all_parts_together"][variant])] if together else []
        rows.append((variant_title(variant), *cells))
    alike = len({row[1:] for row in rows}) == 1
    cells = [_shares(part["matched"]) for part in parts]
    cells += [_shares(claim["all_parts_matched"])] if together else []
    rows.append((f"{variant_title(BASE)}, {history['matched']} [matched draws](#{MATCHED})", *cells))
    lines.append(table(head, rows))
    if alike:
        lines += ["", VARIANTS_ALIKE]
    if any(part["conditions"] for part in parts):
        lines += ["", f"[What it depends on](#{DEPENDS}) most:", "", table(CONDITIONS, _conditions(parts))]
    return lines


def _conditions(parts: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    for part in parts:
        for position, found in enumerate(part["conditions"]):
            yield (
                part["name"] if position == 0 else "",
                f"`{found['parameter']}`",
                f"{found['correlation']:+.2f}",
                _shares(found["low_third"], whole_percent),
                _shares(found["high_third"], whole_percent),
            )


def _scopes(verdicts: Mapping[str, Any]) -> list[str]:
    history, idle = verdicts["history"], verdicts["idle_parameters"]
    bounds = [claim["chance"] for claim in verdicts["claims"]]
    patterns = (
        (
            pattern["meaning"],
            f"{pattern['low']:g}",
            "" if pattern["high"] is None else f"{pattern['high']:g}",
            str(pattern["fits"]),
        )
        for pattern in history["patterns"].values()
    )
    return [
        "## What it depends on",
        "",
        f"Under each claim stand, for each comparison, at most {SHOWN} assumptions whose rank goes with that of the "
        "effect, the strongest first: Spearman's correlation, and the shares of the points in the lowest and in the "
        "highest third of the assumption's values, in %. Told is what passes the bound that the largest of a claim's "
        f"correlations, of {len(UNCERTAIN)} assumptions with each comparison, passes by chance in 1 claim of 20 "
        f"(±{min(bounds):.2f} to ±{max(bounds):.2f}, the more the more comparisons it has).",
        "",
        f"Of {len(idle)} of the {len(UNCERTAIN)} uncertain parameters nothing can be told apart from chance: no "
        "correlation of theirs passes the bound. They act, as the [conformance suite](conformance.md) shows, but at "
        f"most weakly, or not in one direction: {', '.join(f'`{name}`' for name in idle)}.",
        "",
        "## Matched draws",
        "",
        "A draw may be absurd as a whole though each number in it is possible. Those are told apart (history matching) "
        "in which, without any policy, all of the following comes about, in means over seeds and at the months that "
        "runs keep. The bounds are the specification's, older than any run here, wide, and assumed: nobody has counted "
        "ribbons, the last lies in years to come, and a course that has come to rest passes it or not by luck. No "
        "verdict rests on these shares; they show what it owes to absurd draws.",
        "",
        table(("in the draw", "at least", "at most", f"of {history['points']} points"), patterns),
        "",
        f"All of it comes about in {history['matched']} of {history['points']} points.",
    ]


def _estimand(part: dict[str, Any]) -> tuple[str, ...]:
    terms = " ".join(f"{weight:+g} `{arm}`" for arm, weight in part["contrast"].items())
    scale = f", as a share of `{part['relative_to']}`" if part["relative_to"] else ""
    population = POPULATIONS.get(part["population"], part["population"])
    compared = f"{part['name']}: `{part['measure']}` of {population} in month {part['month']}, {terms}{scale}"
    direction: Any = part["direction"]
    predicted = DIRECTIONS[direction].format(margin=f"{part['margin']:g}")
    effect, spread = part["effect_at_default"], part["effect_over_prior"]
    mean, low, high = (_signed(effect[key]) for key in ("mean", "low", "high"))
    effects = " / ".join(_signed(spread[quantile]) for quantile in ("q05", "q50", "q95"))
    return compared, predicted, f"{mean} [{low}, {high}]", effects


def _standing(claim: dict[str, Any]) -> str:
    found = claim["registration"]
    version = f"version {found['version']} of {found['date']}"
    return {
        "registered": f"Registered, {version}",
        "replaced": f"Registered in {version}, which a newer one has replaced",
        "edited": f"Not registered: edited since {version}",
        "unregistered": "Not registered",
    }[found["standing"]]


def _anchor(claim: dict[str, Any]) -> str:
    kept = (letter if letter.isalnum() else "-" if letter in " -" else "" for letter in claim["title"].lower())
    return f"{claim['number']}-{''.join(kept)}"


def _to_a_tenth(share: float) -> str:
    return f"{100.0 * share:.1f}"


def _shares(found: dict[str, Any], written: Callable[[float], object] = _to_a_tenth) -> str:
    values = (found["holds"], found["neutral"], found["contradicted"])
    return f"{SPACE}/{SPACE}".join("?" if value is None or value != value else str(written(value)) for value in values)


def _signed(value: float | None) -> str:
    return "unknown" if value is None else f"{value:+.4f}"


def _replace(path: Path, text: str) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)

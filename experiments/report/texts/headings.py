"""The fixed words of the page and of the terminal's table: titles, headings, heads of columns, notes, footer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGE: Final = "en"
QUESTION: Final = "Does a better life win more sincere loyalty than coercion?"
TITLE: Final = "Civic Loyalty: the essay on trial"

HEADINGS: Final[Mapping[str, str]] = {
    "four": "The four comparisons",
    "four_note": "Share of the tried assumptions in which each side wins more sincere loyalty; {margin} or less apart "
    "counts as no difference.",
    "claims": "All claims, one by one",
    "claims_note": "Open a claim for its text, its part in the essay and every number. Effects are at the default "
    "values, {effects}; shares are over {points} of assumptions; the range is over the "
    "structural variants.",
    "pictures": "Pictures",
    "disagreements": "Where the evidence disagrees with the essay",
    "limits": "What this model cannot say",
    "ethics": "Ethics",
    "inputs": "What went in",
    "words": "Words used on this page",
    "rerun": "How to run it again",
    "provenance": "Provenance",
    "parameters": "All assumptions: {count} parameters, {uncertain} of them uncertain",
    "figures": "The country: {title}",
    "numbers": "The numbers",
    "contents": "On this page",
    "verdict_words": "What the verdicts mean",
}
TABLE: Final[Mapping[str, str]] = {
    "number": "No.",
    "claim": "Claim and what is compared",
    "verdict": "Verdict",
    "effect": "Effect [95 % interval]",
    "effect_alone": "Effect",
    "shares": "Holds / within margin / contradicted",
    "range": "Holds, across variants",
    "holds": "holds",
    "within": "within the margin",
    "contradicted": "contradicted",
    "together": "all of these in the same draw",
    "details": "text, essay, all numbers",
    "essay": "The essay",
    "in_our_words": "The claim, in our words",
    "estimand": "Estimand",
    "measure": "Measure",
    "population": "Population",
    "month": "Month",
    "predicted": "Predicted",
    "contrast": "Contrast",
    "default": "Effect at the default point",
    "level": "At the default point",
    "prior_mean": "Mean over the prior",
    "prior_quantiles": "5 / 50 / 95 %",
    "decision": "Decision rule",
    "registration": "Registration",
    "caveat": "To keep in mind",
    "registered": "Hash of the claim and its decision rule",
    "unregistered": "not as registered",
    "reason": "Reason",
    "seed_spread": "Spread between seeds (sd of the first estimand)",
    "seed_spread_beside": "beside {across} across points",
    "arms": "Arms",
    "not_decisive": "rehearsal",
    "provisional": "provisional",
    "name": "Name",
    "symbol": "Symbol",
    "value": "Default",
    "prior": "Prior",
    "unit": "Unit",
    "meaning": "Meaning",
    "source": "Source",
    "structural": "structural",
    "place": "Figure",
    "kind": "Standing",
}

TERMINAL: Final[Mapping[str, str]] = {
    "effect": "effect [95 % interval]",
    "effect_alone": "effect",
    "effects": "Effects are at the default values, {effects}.",
    "shares": "holds/within/contradicted",
    "range": "holds, variants",
}
FIXED: Final = "fixed"
FIGURE_KINDS: Final[Mapping[str, str]] = {
    "assumed": "assumed",
    "approximate": "approximate",
    "parameter": "parameter",
    "sourced": "sourced",
}
FIGURES_NOTE: Final = (
    "{sourced} figures have a source or are parameters, {assumed} are assumed (with the range in which they may lie), "
    "{approximate} are approximate: the regional template, which shapes the regions only and is raked to exact "
    "national counts."
)
TEMPLATE_SHARES: Final = "shares of the groups in each region"
FIGURES: Final = "{count} figures"
PARAMETERS_NOTE: Final = (
    "Priors are uniform and independent. Each of the points takes all uncertain parameters from them at once."
)
IDLE_NOTE: Final = (
    "Of {count} of the {uncertain} uncertain parameters nothing can be told apart from chance: none of their rank "
    "correlations with any comparison passes what the largest of a claim's reaches by chance in 1 claim of 20. These "
    "are {names}."
)
RERUN_NOTE: Final = (
    "The same command resumes where it stopped and never makes a run twice; on the same platform the numbers are the "
    "same to the last digit."
)
PROVENANCE: Final[Mapping[str, str]] = {
    "date": "Date",
    "code": "Digest of the model's sources",
    "equations": "Digest of the equations alone",
    "revision": "Revision",
    "country": "Country",
    "country_digest": "Digest of the country",
    "points": "Points of the prior",
    "seeds": "Seeds at each point",
    "citizens": "Citizens over the prior",
    "default_citizens": "Citizens at the default point",
    "default_seeds": "Seeds at the default point",
    "runs": "Runs",
    "failed": "Failed runs",
    "python": "Python",
    "versions": "Packages",
}
FOOTER: Final = "Civic Loyalty. This page needs no network: all it shows is inside it. Beside it lie {files}."

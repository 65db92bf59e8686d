"""What to keep in mind: where the evidence disagrees, what the model cannot say, each claim's caveat, ethics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Disagreement(NamedTuple):
    """Where the evidence disagrees with the essay."""

    essay: str
    evidence: str
    source: str


DISAGREEMENTS: Final[tuple[Disagreement, ...]] = (
    Disagreement(
        "Citizens who live better than their relatives in Russia.",
        "It depends on the source. Income per head was 85 % of Russia's in 2021 by World Bank figures and 99 % by the "
        "Maddison Project, which alone puts Kazakhstan barely ahead, in 2019 and 2022. All agree that the gap narrowed "
        "since the 1990s.",
        "World Bank WDI through Gapminder v32; Penn World Table; Maddison Project Database 2023.",
    ),
    Disagreement(
        "The conflict brings sleeping attachment to the kin state to the surface.",
        "In 2014 it did: 62 % in large cities approved of Russia's position, 15 % did not. In 2022 the war pushed the "
        "other way: approval of Russia's leadership fell from 55 to 29 %, and siding with Russia from 39 % in March to "
        "13 % in November, part of which is a change in the language mix of the samples.",
        "CSPR Strategy, April 2014; Gallup 2021-22 (secondary); Demoscope, March and November 2022.",
    ),
    Disagreement(
        "Many Russians in Kazakhstan see themselves first as Russians.",
        "In the 1990s they were, of five diasporas studied, the least identified with Russia, and even those who "
        "looked to Russia did not want it to intervene. Non-Kazakhs today name citizenship first at least as often as "
        "Kazakhs.",
        "Poppe and Hagendoorn; Barrington, Herron and Silver 2003; national-identity study, spring 2022 (secondary).",
    ),
    Disagreement(
        "Better institutions, taken as one thing.",
        "Rule of law and control of corruption improved and passed Russia's by 2009, while the index of liberal "
        "democracy stayed between .11 and .14. Fairness and democracy are two things; this model has the first.",
        "Worldwide Governance Indicators 2024; V-Dem v15.",
    ),
    Disagreement(
        "The kin state's television rules what people think.",
        "Ethnicity goes with attitudes to the war more strongly and steadily than language or Russian television, "
        "whose reach declines. Where its effect was measured it was real but moderate, and it polarised rather than "
        "moved everybody one way.",
        "Chapman and Zhandayeva 2025; Peisakhin and Rozenas 2018; Enikolopov, Petrova and Zhuravskaya 2011.",
    ),
    Disagreement(
        "Coercion backfires.",
        "Sometimes it suppresses. In Ukraine, areas hit harder by Stalin's famine behaved more loyally while "
        "retribution was credible and less once the threat had passed; shelling of Chechen villages was followed by "
        "fewer attacks. In other cases, such as bans of a language or of the headscarf, it hardened identities.",
        "Rozenas and Zhukov 2019; Lyall 2009 (recalled, not checked); Fouka 2020; Abdelgadir and Fouka 2020.",
    ),
    Disagreement(
        "A country of many peoples attracts investment.",
        "Across countries, diversity goes with slower growth where institutions are weak, and with little or no effect "
        "where they are strong. The model lets it go either way.",
        "Easterly and Levine; Alesina and co-authors 2003 (both recalled, not checked).",
    ),
)

LIMITS: Final[tuple[str, ...]] = (
    "Shares of the tried assumptions are no probabilities: they describe this prior (each assumption uniform, all "
    "independent). While the model was being built, choices of modelling alone moved the share in which the essay is "
    "right by 16 percentage points. What is robust are statements of the kind 'if this, then that'.",
    "No births, no ageing, nobody changes identity: citizens are those of month 0. The decline of the Russian share "
    "through ageing and re-registration is outside the model.",
    "Coercion and reform are decided from outside. No government reacts, no election is lost, no protest organises.",
    "People know how likely a sanction is; they do not learn it.",
    "Gaps between languages and generations are not modelled, only groups, regions, kin ties and media diets.",
    "Listeners judge compelled speech by one number (credulity), not by full reasoning. Resources that let groups "
    "mobilise, and concessions that appease, are covered only by a residual effect of coercion with either sign.",
    "Figures for regions are an approximate template, raked to exact national counts; attachments, kin ties and media "
    "diets of the groups are assumed. Shares vary the parameters alone: the country's own figures stay as its file has "
    "them, also where the file gives a range. The design assumed_figures varies both: with Kazakhstan of 2021 no claim "
    "was decided otherwise.",
    "Claim 10 compares institutional reform with none. Its verdict says nothing about diversity, which acts on output "
    "through its change alone, and in fifteen years changes little.",
)

CAVEATS: Final[Mapping[str, str]] = {
    "better_life_beats_coercion": (
        "At equal cost a better life shrinks to an eighth of its strength, because transfers cost in proportion and "
        "reform by its square: nearly all of its money is then transfers, and it is within the margin of no policy "
        "at all in 94 % of the points (final trial, version 7), so that the comparison weighs what coercion does. "
        "Institutions alone keep four fifths of their strength at that cost at the default values, and over half of "
        "it over the prior (design budget_dose_response). At full strength one mechanism carries the claim: without "
        "felt fairness the effect at the default point changes its sign (explain 1)."
    ),
    "conflict_is_a_catalyst": (
        "The third part adds little to the first: where symbols break out in this model, they do so through ties to "
        "kin. That loyalty falls through these ties is not tried."
    ),
    "kin_television_carries_the_fear": (
        "Fear has no term of kinship here: television frightens the kin camp, with relatives abroad or without."
    ),
    "campaign_raises_tension": (
        "The mean of both camps is compared, and they move apart: at the end of policy the others, who see fewer "
        "symbols, are less hostile in 77 % of the points and more in 4 %, the kin camp less in 48 % and more in 27 % "
        "(final trial, version 7). Accusations and unjust sanctions make nobody hostile here but through "
        "harassment in the street; that they poison relations directly is not tried."
    ),
    "welfare_is_measured_against_relatives": (
        "Three questions, each judged alone. Changes since month 0 count, not levels: to live better or worse than "
        "relatives from the start is not in the model. Letters correct what television overstates and carry nothing "
        "else. The third part sets two small effects beside each other by an absolute margin, and cannot tell small "
        "from equal."
    ),
    "care_for_all_beats_care_for_one": (
        "Most of everybody are the other camp. In the kin camp alone the programme for the kin camp wins more loyalty "
        "in 61 % of the points, that for everybody in 13 % (final trial, version 7). The second part is decided by "
        "one parameter, targeting_resentment."
    ),
    "coercion_drives_people_out": (
        "The second part prices only the departures that coercion adds to those expected at month 0, which are few: "
        "even the highest cost in the prior hardly takes it out of its margin. That every departure costs is an "
        "equation here, no finding."
    ),
    "diversity_and_institutions_feed_welfare": (
        "No part compares a diverse country with another. Diversity acts on output through its change since month 0 "
        "alone, so that a country of many peoples and one of few grow alike, and there is no variable of investment."
    ),
    "neighbours_coercion_does_the_same": (
        "Harassment stands at its level from month 0 and what is expected at month 0 frightens nobody, so that only "
        "what the war adds is tried. No arm is coerced by the state: the likeness itself is not measured."
    ),
}
"""What a reader of a shipped claim's verdict must keep in mind, by the claim's name."""

ETHICS: Final[tuple[str, ...]] = (
    "This page tests the logic of a claim under stated rules. It does not measure, rank or predict any people: groups "
    "are labels with numbers attached, and exchanging the labels together with their numbers changes nothing.",
    "Coercion is reported with its human cost, whether or not it wins loyalty. That a policy wins in a model is no "
    "reason to carry it out.",
)

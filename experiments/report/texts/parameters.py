"""What the parameters are called, and what they stand for in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


def parameter_words(name: str) -> str:
    """Return a parameter's name in words."""
    return name.replace("_", " ")


def parameter_phrase(name: str) -> str:
    """Return what a parameter stands for, as the object of a sentence."""
    return PARAMETER_PHRASES.get(name, parameter_words(name))


PARAMETER_PHRASES: Final[Mapping[str, str]] = {
    "display_cost": "how costly it is to show any symbol",
    "loyalty_expression": "how strongly loyalty shows in symbols",
    "kinship_expression": "how strongly ties to kin abroad show in symbols",
    "peace_salience": "how much kin symbols mean in peacetime",
    "display_conformity": "how much people show what others show",
    "sanction_deterrence": "how much people fear a sanction",
    "sanction_probability": "how often the shown symbol is punished under coercion",
    "hostility_restraint": "how much people hide symbols from hostile neighbours",
    "compelled_display": "how strongly national symbols are demanded",
    "display_revision": "how often people reconsider what they show",
    "public_space_weight": "how much public space counts against personal ties in what one sees",
    "television_threat": "how much the kin state's television frightens",
    "threat_half_life": "how long fear lasts",
    "sanction_threat": "how much unjust sanctions frighten those around",
    "campaign_threat": "how much an announced campaign frightens those it names",
    "harassment_threat": "how much harassment in the street frightens",
    "contact_reassurance": "how much contact reassures",
    "media_ban_threat": "how much a media ban is read as oppression",
    "sanction_legitimacy": "how far sanctions are seen as lawful",
    "profiling_ratio": "how often the innocent are sanctioned",
    "symbol_irritation": "how much the kin state's symbols irritate others",
    "frustration_irritation": "how much frustration adds to irritation",
    "retaliation": "how much one attack calls forth another",
    "targeting_resentment": "how much those left out resent a targeted programme",
    "contact_conciliation": "how much contact reconciles",
    "hostility_half_life": "how long hostility lasts",
    "displayer_harassment": "how often those who show kin symbols are harassed",
    "background_harassment": "how often anybody is harassed",
    "campaign_licence": "how far a state campaign licenses private harassment",
    "institutional_protection": "how well good institutions protect from harassment",
    "loyalty_half_life": "how slowly loyalty follows its reasons",
    "welfare_weight": "how much welfare against kin abroad counts in loyalty",
    "own_past_welfare_weight": "how much welfare against one's own past counts in loyalty",
    "fairness_weight": "how much the state's fairness counts in loyalty",
    "hostility_weight": "how much being disliked costs loyalty",
    "threat_weight": "how much fear costs loyalty",
    "conflict_kin_weight": "how strongly the conflict itself pulls towards the kin state",
    "social_influence_weight": "how much people follow what their ties say and feel",
    "internalisation_weight": "how far people come to believe what they are made to say",
    "over_justification": "how far pressure keeps people from believing their own words",
    "direct_coercion_weight": "how far coercion directly wins hearts rather than hardens them",
    "national_television_weight": "how much national television wins",
    "credulity": "how far listeners believe compelled speech",
    "falsification": "how far people say what they do not think under pressure",
    "flag_erosion_weight": "how much visible kin symbols erode others' loyalty",
    "candour": "how candid talk is among ties",
    "chilling": "how far pressure silences candid talk",
    "speech_half_life": "how long people remember what they said",
    "aspiration_half_life": "how slowly people get used to a better life",
    "injustice_half_life": "how long injustice is remembered",
    "institution_adaptation": "how far people get used to better institutions",
    "reform_discount": "how far viewers of the kin state's television discount reform",
    "reform_promise": "how much reform promises",
    "welfare_cost": "what the welfare programme costs",
    "institutions_cost": "what institutional reform costs",
    "coercion_cost": "what coercion costs",
    "media_cost": "what the media policy costs",
    "contact_cost": "what the contact policy costs",
    "resource_rent_share": "how much of the cost resource rents pay",
    "transfer_leakage": "how much of the transfers leaks away",
    "reform_speed": "how fast institutions improve under reform",
    "reform_half_life": "how long reform lasts without support",
    "coercion_corrosion": "how fast coercion corrodes institutions",
    "institutions_growth": "how much good institutions add to growth",
    "welfare_growth": "how much the welfare programme adds to growth",
    "unrest_cost": "how much unrest costs in output",
    "departure_cost": "how much departures cost in output",
    "diversity_growth": "how much diversity adds to growth",
    "fine_size": "how heavy fines are",
    "departure_rate": "how many leave in calm years",
    "conflict_deterrence": "how far the war deters from moving to the kin state",
    "welfare_departure": "how much welfare abroad draws people away",
    "threat_departure": "how much fear drives people away",
    "loyalty_departure": "how much loyalty keeps people",
    "diaspora_departure": "how strongly those who left draw others",
    "kin_welfare_shock": "how well the kin state's economy weathers the shock",
    "television_hype": "how far the kin state's television overstates its welfare",
    "letter_correction": "how far letters of relatives correct television",
    "kin_tie_strength": "how strong ties to kin abroad are",
    "conflict_half_life": "how long the conflict stays hot",
    "conflict_floor": "how much of the conflict never ends",
    "initial_loyalty": "how loyal the kin camp is to begin with",
    "initial_threat": "how afraid the kin camp is to begin with",
    "initial_hostility": "how hostile the camps are to begin with",
}

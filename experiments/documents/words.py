"""What the variables of the model mean, in words: the part of the protocol's tables that code cannot say.

Every variable must be described here, and nothing else may be: `tables` refuses to write a page where words and code
disagree, and a test lives societies at the edge of the prior to see that every value keeps its range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

ANY: Final = (-math.inf, math.inf)
SHARE: Final = (0.0, 1.0)
POSITIVE: Final = (0.0, math.inf)
LOYALTY: Final = (-1.0, 1.0)
FLAG: Final = (0.0, 1.0)


class Words(NamedTuple):
    """A variable in words: what it means, its unit, the range it keeps, and for states its value at month 0."""

    meaning: str
    unit: str
    range: tuple[float, float]
    start: str = ""


CITIZEN: Final[Mapping[str, Words]] = {
    "region": Words("region of residence, numbered by key", "number", POSITIVE),
    "group": Words("ethnic group, a label with figures attached, numbered by key", "number", POSITIVE),
    "camp": Words("0 for the kin camp (its kin state is the belligerent), 1 for everybody else", "0 or 1", FLAG),
    "kinship": Words("strength of ties to kin abroad", "share", SHARE),
    "kin_television": Words("share of kin-state television in the media diet", "share", (0.0, 0.9)),
    "national_television": Words("share of national television in the media diet", "share", (0.0, 0.9)),
    "log_income": Words("log of income relative to the mean of month 0", "log", ANY),
    "initial_loyalty": Words("sincere loyalty at month 0", "L", LOYALTY),
    "anchor": Words("inverse hyperbolic tangent of initial loyalty, to which loyalty returns", "atanh L", ANY),
    "other_camp_ties": Words("share of ties to the other camp", "share", SHARE),
    "departure_base": Words("hazard of leaving in a calm month at the group's mean loyalty", "1/month", POSITIVE),
    "kin_display_expected": Words("in-group kin symbols one expects to see at month 0", "share", SHARE),
    "provocation_expected": Words("kin symbols of the other camp one expects to see at month 0", "share", SHARE),
    "harassment_expected": Words("harassment near oneself expected in a calm step", "share", SHARE),
    "diaspora_expected": Words("pull of departed ties that a calm world builds up in the long run", "share", POSITIVE),
    "loyalty": Words("sincere civic loyalty: what is felt, as opposed to what is shown or said", "L", LOYALTY, "drawn"),
    "display": Words("symbol shown: -1 the kin state's, 0 none, 1 the national one", "-1, 0, 1", LOYALTY, "drawn"),
    "falsified": Words("how far public speech exceeds sincere loyalty", "L", (0.0, 1.8), "0"),
    "speech_memory": Words("memory of one's own falsified speech", "L", (0.0, 1.8), "0"),
    "threat_log_odds": Words(
        "log-odds of the belief that people like me are oppressed here", "log-odds", ANY, "at rest"
    ),
    "hostility_log_odds": Words("log-odds of hostility to the other camp", "log-odds", ANY, "at rest"),
    "injustice_memory": Words("memory of own unjust treatment by the state", "share", SHARE, "0"),
    "welfare": Words("log disposable income against own month 0", "log", ANY, "0"),
    "aspiration": Words("welfare one has got used to", "log", ANY, "0"),
    "fine": Words("fine being paid, as a share of income", "share", (0.0, 0.5), "0"),
    "present": Words("whether the citizen is still in the country", "0 or 1", FLAG, "1"),
    "diaspora_pull": Words("pull of a departed citizen on ties at home", "share", SHARE, "0"),
    "threat": Words("the belief that people like me are oppressed here", "probability", SHARE),
    "hostility": Words("hostility to the other camp", "probability", SHARE),
    "income": Words("income before tax, relative to the mean of month 0", "ratio", POSITIVE),
    "kin_display_seen": Words("in-group kin symbols seen", "share", SHARE),
    "national_display_seen": Words("national symbols seen", "share", SHARE),
    "hostility_seen": Words("hostility of the other camp as met", "probability", SHARE),
    "provocation": Words("kin symbols of the other camp seen", "share", SHARE),
    "peers": Words("what ties feel and are believed to say, against month 0", "L", (-2.0, 3.8)),
    "diaspora": Words("pull of departed ties, per tie", "share", SHARE),
    "sanctioned": Words("sanctioned by the state in this step", "0 or 1", FLAG),
    "injustice": Words("how unjust that sanction is", "share", SHARE),
    "harassed": Words("harassed in the street in this step", "0 or 1", FLAG),
    "departed": Words("left the country in this step", "0 or 1", FLAG),
    "event_near": Words("a sanction or harassment of oneself or a tie in this step", "0 or 1", FLAG),
    "suppressed": Words("probability of a kin symbol that the threat of a sanction takes away", "share", SHARE),
    "fairness": Words("felt fairness of the state against month 0", "Q", ANY),
    "kin_welfare": Words("change of welfare of kin abroad, as seen from here", "log", ANY),
}
"""The variables of a citizen: `model.columns.Columns`."""

NATION: Final[Mapping[str, Words]] = {
    "coercion": Words("lever u_c: punishing kin-state symbols", "share of full", SHARE),
    "welfare": Words("lever u_w: transfers to citizens", "share of full", SHARE),
    "reform": Words("lever u_q: fairer, cleaner institutions", "share of full", SHARE),
    "media": Words("lever u_m: less kin-state television", "share of full", SHARE),
    "contact": Words("lever u_k: programmes that bring the camps together", "share of full", SHARE),
    "conflict": Words("intensity c of the conflict abroad", "share of peak", SHARE),
    "salience": Words("salience of symbols, from peace to 1 at the peak", "share of peak", SHARE),
    "kin_welfare_shock": Words("change of welfare in the belligerent state after the shock", "log", ANY),
    "sanction": Words("monthly probability pi that a displayer of the kin camp is sanctioned", "1/month", SHARE),
    "pressure": Words("credible repressive pressure rep on the kin camp", "share", SHARE),
    "believed": Words("share of falsified speech that reaches listeners and is believed", "share", SHARE),
    "institutions_gain": Words("institutions Q against month 0", "Q", LOYALTY),
    "accustomed_gain": Words("the part of that gain one has got used to", "Q", LOYALTY),
    "protected": Words("factor that institutions leave of harassment", "ratio", POSITIVE),
    "cost": Words("cost of the levers", "share of output", SHARE),
    "tax": Words("tax after rents and fines; below 0 a dividend", "share of income", (-1.0, 1.0)),
    "mean_income": Words("mean income of present citizens", "ratio", POSITIVE),
    "transfer_to_kin_camp": Words("transfer per head to the kin camp", "share of mean income", POSITIVE),
    "transfer_to_others": Words("transfer per head to everybody else", "share of mean income", POSITIVE),
    "left_out": Words("lever of a welfare programme that leaves the other camp out", "share of full", SHARE),
    "diaspora_built_up": Words("share of the calm diaspora pull built up since month 0", "share", SHARE),
}
"""The conditions that everybody shares in one step: `agents.rules.conditions.Conditions`."""

SEED_OF_PEOPLE: Final = "people"
SEED_OF_LUCK: Final = "luck"


class Purpose(NamedTuple):
    """What a random stream decides, whose seed keys it, and the number that stands in the place of the month."""

    decides: str
    seed: str
    step: str


STREAMS: Final[Mapping[str, Purpose]] = {
    "KINSHIP": Purpose("strength of ties to kin abroad", SEED_OF_PEOPLE, "0"),
    "EXPOSURE": Purpose("share of kin-state television in the media diet", SEED_OF_PEOPLE, "0"),
    "INCOME": Purpose("income", SEED_OF_PEOPLE, "0"),
    "LOYALTY": Purpose("initial loyalty", SEED_OF_PEOPLE, "0"),
    "DISPLAY": Purpose("symbol shown at month 0", SEED_OF_PEOPLE, "0"),
    "REVISE": Purpose("whether a citizen reconsiders the symbol", SEED_OF_LUCK, "step"),
    "CHOOSE": Purpose("which symbol is chosen then: kin, none, national", SEED_OF_LUCK, "step"),
    "SANCTION": Purpose("whether the state sanctions, one draw for the just and the profiled", SEED_OF_LUCK, "step"),
    "HARASS": Purpose("whether neighbours harass", SEED_OF_LUCK, "step"),
    "DEPART": Purpose("whether a citizen leaves the country", SEED_OF_LUCK, "step"),
    "TIE": Purpose("with whom a tie is made: where a stub looks, and its place in the pool", SEED_OF_PEOPLE, "draw"),
    "DEGREE": Purpose("how many ties a citizen seeks", SEED_OF_PEOPLE, "0"),
}
"""The random streams: the purposes of `model.chance`."""

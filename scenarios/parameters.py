"""Every parameter of the model, declared once: name, symbol, default, prior, unit, meaning, source.

`Parameters` is what the rest of the project passes around: an immutable tuple of numbers that rules read by name
(`p.fairness_weight`) in plain Python and in compiled code alike. Each field's annotation carries its `Declaration`;
`DECLARATIONS` lists them by name. Priors are uniform and independent (specification, section 7 and ruling 19);
a declaration without a prior is fixed by the specification.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, NamedTuple, Self, get_type_hints

from scenarios.errors import ScenarioError, nearest

INFINITY = math.inf


@dataclass(frozen=True)
class Declaration:
    """What the project knows of one parameter.

    Attributes
    ----------
    symbol
        The specification's symbol, for readers who come from the equations.
    prior
        Lower and upper end of the uniform prior, or None where the specification fixes the value.
    bounds
        The values that make sense at all; anything outside is refused, and a prior lies within.
    lever
        The policy lever without which this parameter cannot matter, or None. Where that lever is never pulled, two
        runs that differ in this parameter alone are the same run.
    structural
        True for the switches whose variants every verdict must report (specification, section 6).
    default
        Filled in from the field's own default.
    """

    symbol: str
    prior: tuple[float, float] | None
    unit: str
    meaning: str
    source: str
    bounds: tuple[float, float] = (-1000.0, 1000.0)
    lever: str | None = None
    structural: bool = False
    name: str = ""
    default: float = math.nan


# Bounds that many declarations share.
SHARE = (0.0, 1.0)
POSITIVE = (0.0, 1000.0)
HALF_LIFE = (0.01, INFINITY)
COST = (0.0, 0.09)
"""Five full levers at this cost and the largest fine still leave an income above 0."""


class Parameters(NamedTuple):
    """The numbers of one society. Field names are the field's words; each declaration gives the symbol."""

    # --- showing symbols (specification 3.2) ---
    display_cost: Annotated[
        float,
        Declaration(
            "c0",
            (3.7, 4.8),
            "log-odds",
            "cost of showing any overt symbol; sets baseline display near 2 %",
            "calibrated; 'ribbon on every second car' in Kostanay 2014-16 caps the peak (evidence 5f)",
        ),
    ] = 4.2
    loyalty_expression: Annotated[
        float,
        Declaration(
            "bL",
            (0.4, 2.5),
            "log-odds per L",
            "expressive value of loyalty: raises national symbols, lowers kin-state symbols",
            "assumed (Kuran; Brock-Durlauf); slope identified only jointly with display_cost",
        ),
    ] = 1.2
    kinship_expression: Annotated[
        float,
        Declaration(
            "bK",
            (2.0, 7.0),
            "log-odds per kinship",
            "expressive value of kin attachment, a dimension separate from disloyalty",
            "evidence 5b, pattern 6: label and alignment are two dimensions",
        ),
    ] = 5.0
    peace_salience: Annotated[
        float,
        Declaration(
            "smin",
            (0.05, 0.3),
            "1",
            "salience of kin symbols in peace, relative to 1 at the peak of the conflict",
            "calibrated: 2 % -> 4-45 % display",
            SHARE,
        ),
    ] = 0.15
    display_conformity: Annotated[
        float,
        Declaration(
            "bP",
            (0.0, 3.5),
            "log-odds per share",
            "conformity: value of showing what is seen around",
            "Brock-Durlauf; low end none, high end close to 4, where one symbol turns bistable",
        ),
    ] = 1.5
    sanction_deterrence: Annotated[
        float,
        Declaration(
            "bS",
            (4.0, 20.0),
            "log-odds per monthly probability",
            "stake times perceived probability of a sanction; also sets the repressive pressure",
            "Lyall, Rozenas-Zhukov: behaviour reacts",
            POSITIVE,
            "coercion",
        ),
    ] = 12.0
    sanction_probability: Annotated[
        float,
        Declaration(
            "pimax",
            (0.03, 0.25),
            "1/month",
            "monthly probability that a displayer is sanctioned at full coercion",
            "literature 3.7: campaign .05-.3, status quo below .01",
            (0.0, 0.999),
            "coercion",
        ),
    ] = 0.12
    hostility_restraint: Annotated[
        float,
        Declaration(
            "bH",
            (0.0, 2.5),
            "log-odds per H",
            "self-restraint in showing kin symbols when surroundings turn hostile",
            "assumed",
        ),
    ] = 1.0
    compelled_display: Annotated[
        float,
        Declaration(
            "bR",
            (0.0, 1.5),
            "log-odds",
            "value of showing the national symbol where it is compelled",
            "assumed",
            lever="coercion",
        ),
    ] = 0.5
    display_revision: Annotated[
        float,
        Declaration(
            "nu",
            (0.1, 1.0),
            "1/month",
            "probability of reconsidering what one shows in a month (Glauber revision rate)",
            "assumed; makes display independent of the time step",
            (0.001, 1.0),
        ),
    ] = 0.3
    public_space_weight: Annotated[
        float,
        Declaration(
            "omega",
            (0.2, 0.8),
            "share",
            "weight of regional public space against personal ties in what one sees",
            "assumed",
            SHARE,
        ),
    ] = 0.5

    # --- threat: "people like me are oppressed here" (3.5) ---
    television_threat: Annotated[
        float,
        Declaration(
            "mu",
            (0.01, 0.1),
            "log-odds/month",
            "drift of threat belief under full kin-state television at the peak of the conflict",
            "persuasion rate 5-10 % (DellaVigna-Gentzkow); EPZ 2011; Peisakhin-Rozenas 2018",
        ),
    ] = 0.05
    threat_half_life: Annotated[
        float,
        Declaration("hlT", (9.0, 36.0), "months", "forgetting of threat beliefs", "assumed", HALF_LIFE),
    ] = 18.0
    sanction_threat: Annotated[
        float,
        Declaration(
            "zS",
            (0.0, 7.0),
            "log-odds per unit share",
            "evidence of oppression in unjust sanctions on oneself and in-group ties",
            "Fouka 2020; Abdelgadir-Fouka 2020 (.05-.3 sd backlash); 0 allowed",
            lever="coercion",
        ),
    ] = 2.5
    campaign_threat: Annotated[
        float,
        Declaration(
            "zA",
            (0.0, 0.015),
            "log-odds/month",
            "evidence of oppression in an announced campaign against one's camp",
            "assumed; 0 allowed",
            lever="coercion",
        ),
    ] = 0.005
    harassment_threat: Annotated[
        float,
        Declaration(
            "zH",
            (0.0, 5.0),
            "log-odds per unit share",
            "evidence of oppression in street harassment of oneself and in-group ties",
            "assumed",
        ),
    ] = 2.0
    contact_reassurance: Annotated[
        float,
        Declaration(
            "zC",
            (0.0, 0.06),
            "log-odds/month per tie share",
            "contact policy as evidence against threat",
            "contact meta-analysis r=-.21, halved for adults and ethnicity (Paluck et al. 2019)",
            lever="contact",
        ),
    ] = 0.025
    media_ban_threat: Annotated[
        float,
        Declaration(
            "zM",
            (0.0, 0.015),
            "log-odds/month",
            "reactance to the media campaign: a ban read as oppression",
            "assumed",
            lever="media",
        ),
    ] = 0.005
    sanction_legitimacy: Annotated[
        float,
        Declaration(
            "leg",
            (0.0, 1.0),
            "share",
            "share of sanctions on displayers seen as legitimate law enforcement",
            "procedural justice: Walters-Bolger 2019",
            SHARE,
            "coercion",
        ),
    ] = 0.4
    profiling_ratio: Annotated[
        float,
        Declaration(
            "eps",
            (0.0, 0.03),
            "ratio",
            "sanction rate of silent members of the target camp relative to displayers",
            "0-3 %; a first draft's 5 % meant up to 36 % of innocents a year",
            SHARE,
            "coercion",
        ),
    ] = 0.005

    # --- hostility to the other camp (3.6) ---
    symbol_irritation: Annotated[
        float,
        Declaration(
            "etaV",
            (2.0, 14.0),
            "log-odds/month per exposure",
            "irritation by visible symbols of the other camp",
            "calibrated: Kazakh H .15 -> .20-.25 at peak",
        ),
    ] = 6.0
    frustration_irritation: Annotated[
        float,
        Declaration(
            "kst",
            (0.0, 3.0),
            "1/log welfare",
            "frustration multiplies irritation",
            "relative deprivation r about .14 (Smith et al. 2012); nearly inert",
        ),
    ] = 1.0
    retaliation: Annotated[
        float,
        Declaration(
            "etaR",
            (0.0, 25.0),
            "log-odds per victim rate",
            "hostility after attacks on one's own camp",
            "assumed; Bronze Night as the tail event",
        ),
    ] = 10.0
    targeting_resentment: Annotated[
        float,
        Declaration(
            "etaD",
            (0.0, 0.04),
            "log-odds/month",
            "resentment of those whom a targeted programme leaves out",
            "assumed; acts only where welfare is targeted",
            lever="welfare",
        ),
    ] = 0.015
    contact_conciliation: Annotated[
        float,
        Declaration(
            "etaC",
            (0.0, 0.09),
            "log-odds/month per tie share",
            "contact policy lowers hostility",
            "contact meta-analysis, halved (Paluck et al. 2019)",
            lever="contact",
        ),
    ] = 0.035
    hostility_half_life: Annotated[
        float,
        Declaration("hlH", (6.0, 30.0), "months", "decay of hostility", "assumed", HALF_LIFE),
    ] = 12.0

    # --- the street (3.4) ---
    displayer_harassment: Annotated[
        float,
        Declaration(
            "iota",
            (0.01, 0.2),
            "1/month",
            "extra hazard that a fully hostile environment harasses somebody who shows a kin-state symbol",
            "assumed",
            POSITIVE,
        ),
    ] = 0.08
    background_harassment: Annotated[
        float,
        Declaration("iotaR", (0.0, 0.02), "1/month", "the same hazard for everybody", "assumed", POSITIVE),
    ] = 0.006
    campaign_licence: Annotated[
        float,
        Declaration(
            "lic",
            (-0.8, 2.0),
            "1",
            "does a state campaign license (>0) or displace (<0) private harassment",
            "assumed, sign free",
            lever="coercion",
        ),
    ] = 0.4
    institutional_protection: Annotated[
        float,
        Declaration("prot", (0.0, 1.0), "1", "relative fall of harassment at perfect institutions", "assumed", SHARE),
    ] = 0.5

    # --- sincere loyalty (3.8 to 3.10) ---
    loyalty_half_life: Annotated[
        float,
        Declaration("hlL", (3.0, 15.0), "months", "adjustment of loyalty to its reasons", "assumed", HALF_LIFE),
    ] = 6.0
    welfare_weight: Annotated[
        float,
        Declaration(
            "wR",
            (0.0, 1.5),
            "atanh L per log point x kinship",
            "welfare relative to kin abroad",
            "relative deprivation r=.10-.23 (Smith et al. 2012); 0 allowed",
        ),
    ] = 0.6
    own_past_welfare_weight: Annotated[
        float,
        Declaration(
            "wO",
            (0.0, 1.0),
            "atanh L per log point",
            "welfare relative to one's own past",
            "economic voting r=.2-.3; 0 allowed",
        ),
    ] = 0.4
    fairness_weight: Annotated[
        float,
        Declaration(
            "wF",
            (0.0, 1.2),
            "atanh L per unit Q",
            "fairness of the state: institutions felt, promises kept, no injustice suffered",
            "procedural justice r=.3-.5 cross-section, causal half; corruption r=-.3 (literature 3.9); 0 allowed",
        ),
    ] = 0.6
    hostility_weight: Annotated[
        float,
        Declaration("wB", (0.0, 0.8), "atanh L per unit H", "being disliked lowers attachment", "assumed"),
    ] = 0.3
    threat_weight: Annotated[
        float,
        Declaration(
            "wT",
            (0.1, 0.9),
            "atanh L per unit T",
            "threat lowers loyalty",
            "essay: fear brings them closer to the kin state",
        ),
    ] = 0.45
    conflict_kin_weight: Annotated[
        float,
        Declaration(
            "wK",
            (-0.15, 0.35),
            "atanh L per kinship x c",
            "direct pull of the conflict towards the kin state",
            "sign free: rally 2014, revulsion 2022 (evidence pattern 4)",
        ),
    ] = 0.12
    social_influence_weight: Annotated[
        float,
        Declaration(
            "wS",
            (0.0, 0.65),
            "1",
            "weight of what ties say and feel (Friedkin-Johnsen)",
            "assumed; below 1 for stability",
        ),
    ] = 0.35
    internalisation_weight: Annotated[
        float,
        Declaration(
            "wI",
            (0.0, 1.0),
            "1",
            "self-persuasion by one's own falsified speech",
            "Kuran-Sandholm 2008; Catalan schooling; 0 allowed",
            lever="coercion",
            structural=True,
        ),
    ] = 0.3
    over_justification: Annotated[
        float,
        Declaration(
            "chi",
            (0.0, 1.0),
            "share",
            "repression discounts internalisation: 'I say it because I must'",
            "assumed",
            SHARE,
            "coercion",
        ),
    ] = 0.5
    direct_coercion_weight: Annotated[
        float,
        Declaration(
            "wA",
            (-0.1, 0.1),
            "atanh L",
            "direct effect of the campaign on sincere loyalty: deference or reactance",
            "sign free, centred on 0: the residual of everything not modelled",
            lever="coercion",
            structural=True,
        ),
    ] = 0.0
    national_television_weight: Annotated[
        float,
        Declaration(
            "wN",
            (0.0, 0.25),
            "atanh L per diet share",
            "tone of national television at full media policy",
            "assumed",
            lever="media",
        ),
    ] = 0.1
    credulity: Annotated[
        float,
        Declaration(
            "cred",
            (0.0, 1.0),
            "share",
            "share of compelled speech that listeners take at face value",
            "literature 3.14: 0 and 1 must be reported",
            SHARE,
            "coercion",
            structural=True,
        ),
    ] = 0.5
    falsification: Annotated[
        float,
        Declaration(
            "phi",
            (0.0, 0.6),
            "share",
            "how far public speech moves to the official line under full pressure",
            "Russia 2022: 71 % direct v 61 % list (Chapkovski-Schaub)",
            SHARE,
            "coercion",
        ),
    ] = 0.3
    flag_erosion_weight: Annotated[
        float,
        Declaration(
            "wD",
            (0.0, 1.0),
            "atanh L per share",
            "visible in-group flags erode others' loyalty; favours coercion",
            "norm cascade (literature 3.14 C1)",
        ),
    ] = 0.3
    candour: Annotated[
        float,
        Declaration(
            "cand",
            (0.4, 0.9),
            "share",
            "share of talk among ties that is private and candid in peace",
            "assumed",
            SHARE,
            "coercion",
        ),
    ] = 0.65
    chilling: Annotated[
        float,
        Declaration(
            "chill",
            (0.0, 1.0),
            "share",
            "loss of candid talk at full pressure",
            "spiral of silence; assumed",
            SHARE,
            "coercion",
        ),
    ] = 0.5
    speech_half_life: Annotated[
        float,
        Declaration("hls", (6.0, 48.0), "months", "memory of one's own speech", "assumed", HALF_LIFE, "coercion"),
    ] = 15.0
    aspiration_half_life: Annotated[
        float,
        Declaration("hlA", (18.0, 60.0), "months", "adaptation of aspirations", "hedonic adaptation", HALF_LIFE),
    ] = 36.0
    injustice_half_life: Annotated[
        float,
        Declaration("hlJ", (9.0, 60.0), "months", "memory of own unjust treatment", "assumed", HALF_LIFE, "coercion"),
    ] = 24.0
    institution_adaptation: Annotated[
        float,
        Declaration(
            "aF",
            (0.0, 0.8),
            "share",
            "adaptation to better institutions",
            "mirror of hedonic adaptation; assumed",
            SHARE,
        ),
    ] = 0.3
    reform_discount: Annotated[
        float,
        Declaration("disc", (0.0, 1.0), "share", "viewers of kin-state television discount reform", "assumed", SHARE),
    ] = 0.3
    reform_promise: Annotated[
        float,
        Declaration(
            "prom",
            (0.0, 0.2),
            "Q units",
            "gain in institutions promised at full reform; a shortfall hurts (J-curve)",
            "assumed",
            lever="institutions",
        ),
    ] = 0.05

    # --- budget (3.7) ---
    welfare_cost: Annotated[
        float,
        Declaration(
            "cw",
            (0.01, 0.05),
            "share of output",
            "welfare programme at full lever, linear",
            "Nurly-Zhol size: 1-5 % of GDP",
            COST,
            "welfare",
        ),
    ] = 0.03
    institutions_cost: Annotated[
        float,
        Declaration(
            "cq",
            (0.002, 0.02),
            "share of output",
            "institutional reform at full lever, quadratic",
            "assumed",
            COST,
            "institutions",
        ),
    ] = 0.006
    coercion_cost: Annotated[
        float,
        Declaration(
            "cc",
            (0.001, 0.01),
            "share of output",
            "coercion at full lever, quadratic",
            "assumed",
            COST,
            "coercion",
        ),
    ] = 0.004
    media_cost: Annotated[
        float,
        Declaration(
            "cm",
            (0.0005, 0.005),
            "share of output",
            "media policy at full lever, quadratic",
            "assumed",
            COST,
            "media",
        ),
    ] = 0.002
    contact_cost: Annotated[
        float,
        Declaration(
            "ck",
            (0.001, 0.008),
            "share of output",
            "contact policy at full lever, quadratic",
            "assumed",
            COST,
            "contact",
        ),
    ] = 0.003
    resource_rent_share: Annotated[
        float,
        Declaration(
            "oil",
            (0.0, 0.8),
            "share",
            "share of the cost paid from resource rents instead of tax",
            "assumed",
            SHARE,
        ),
    ] = 0.4
    transfer_leakage: Annotated[
        float,
        Declaration(
            "leak",
            (0.1, 0.5),
            "share",
            "leakage of transfers at initial institutions; falls with institutions",
            "assumed",
            SHARE,
            "welfare",
        ),
    ] = 0.3

    # --- institutions and output (3.12) ---
    reform_speed: Annotated[
        float,
        Declaration(
            "kQ",
            (0.0008, 0.006),
            "1/month",
            "speed of institutional reform",
            "low end: Kazakhstan's WGI pace 1996-2023; high end: Georgia 2003-12",
            (0.0, 0.2),
            "institutions",
        ),
    ] = 0.003
    reform_half_life: Annotated[
        float,
        Declaration(
            "hlQ",
            (18.0, 180.0),
            "months",
            "half-life of reform once unsupported",
            "assumed; 18 months allows full reversal",
            HALF_LIFE,
        ),
    ] = 84.0
    coercion_corrosion: Annotated[
        float,
        Declaration(
            "kCQ",
            (0.0, 0.003),
            "1/month",
            "coercion corrodes institutions",
            "assumed; 0 allowed",
            (0.0, 0.2),
            "coercion",
        ),
    ] = 0.001
    institutions_growth: Annotated[
        float,
        Declaration(
            "gQ",
            (0.0, 0.06),
            "log/year per Q",
            "growth from institutions",
            "Acemoglu et al. 2019: about +20 % in 25 years for full democratisation; WGI literature",
        ),
    ] = 0.025
    welfare_growth: Annotated[
        float,
        Declaration(
            "gW",
            (-0.004, 0.008),
            "log/year",
            "growth from the welfare programme",
            "sign free: crowding out v human capital",
            lever="welfare",
        ),
    ] = 0.002
    unrest_cost: Annotated[
        float,
        Declaration("gU", (0.0, 0.1), "log per incident rate", "output lost to street incidents", "assumed"),
    ] = 0.03
    departure_cost: Annotated[
        float,
        Declaration("gX", (0.0, 1.0), "1", "output lost to departures above the usual", "assumed"),
    ] = 0.3
    diversity_growth: Annotated[
        float,
        Declaration(
            "gD",
            (-0.04, 0.04),
            "log/year per fractionalisation",
            "growth dividend of diversity",
            "sign free: contested (evidence 6)",
        ),
    ] = 0.0
    fine_size: Annotated[
        float,
        Declaration(
            "fine",
            (0.1, 1.5),
            "months of income",
            "size of a sanction's fine, spread over a year",
            "assumed",
            POSITIVE,
            "coercion",
        ),
    ] = 0.5

    # --- departure (3.11) ---
    departure_rate: Annotated[
        float,
        Declaration(
            "base",
            (0.004, 0.012),
            "1/year",
            "gross departures of the kin camp in calm years",
            ".46-.58 % 2012-14 (evidence 2b); calibrated default",
            (0.0, 1.0),
        ),
    ] = 0.007
    conflict_deterrence: Annotated[
        float,
        Declaration(
            "eR",
            (0.0, 1.2),
            "1",
            "war at the kin state deters departure",
            "39.8k in 2019 -> 1.7k a quarter in 2023 (evidence pattern 7)",
        ),
    ] = 0.4
    welfare_departure: Annotated[
        float,
        Declaration(
            "eW",
            (1.0, 6.0),
            "1/(log point x kinship)",
            "income elasticity of departure",
            ".6-2 at kinship .5 (Ortega-Peri, Mayda)",
        ),
    ] = 3.5
    threat_departure: Annotated[
        float,
        Declaration("eT", (0.0, 2.5), "1/T", "threat drives departure", "assumed"),
    ] = 1.2
    loyalty_departure: Annotated[
        float,
        Declaration("eL", (0.0, 2.0), "1/L", "the loyal leave less: selection", "assumed"),
    ] = 0.8
    diaspora_departure: Annotated[
        float,
        Declaration("eN", (0.0, 4.0), "1", "pull of ties who have left", "diaspora elasticity .6-.7"),
    ] = 1.5

    # --- the kin state abroad (section 2) ---
    kin_welfare_shock: Annotated[
        float,
        Declaration(
            "vsh",
            (-0.15, 0.05),
            "log",
            "change of welfare in the kin state in the year after the shock",
            "sign free: sanctions v war boom",
        ),
    ] = -0.05
    television_hype: Annotated[
        float,
        Declaration("hype", (0.0, 0.25), "log", "kin-state television overstates kin welfare at the peak", "assumed"),
    ] = 0.08
    letter_correction: Annotated[
        float,
        Declaration("lett", (0.0, 1.0), "1", "letters of relatives correct the overstatement", "assumed", SHARE),
    ] = 0.6
    kin_tie_strength: Annotated[
        float,
        Declaration("kap", (0.3, 0.7), "0-1", "mean strength of kin ties abroad in the kin camp", "assumed", SHARE),
    ] = 0.5
    conflict_half_life: Annotated[
        float,
        Declaration("shl", (6.0, 48.0), "months", "half-life of conflict intensity", "assumed", HALF_LIFE),
    ] = 18.0
    conflict_floor: Annotated[
        float,
        Declaration("sfl", (0.0, 0.5), "0-1", "floor of conflict intensity", "assumed", SHARE),
    ] = 0.2

    # --- where everybody starts (section 4) ---
    initial_loyalty: Annotated[
        float,
        Declaration(
            "L0R",
            (0.0, 0.5),
            "L",
            "initial mean loyalty of the kin camp",
            "civic-first label 41-62 % (evidence 5b)",
            (-0.95, 0.95),
        ),
    ] = 0.25
    initial_threat: Annotated[
        float,
        Declaration("T0", (0.1, 0.35), "probability", "initial threat belief", "assumed", (0.001, 0.999)),
    ] = 0.2
    initial_hostility: Annotated[
        float,
        Declaration(
            "H0",
            (0.05, 0.3),
            "probability",
            "initial hostility",
            "23 % 'difficult at household level' 2016 (evidence 5b)",
            (0.001, 0.999),
        ),
    ] = 0.15

    # --- fixed by the specification ---
    loyalty_spread: Annotated[
        float,
        Declaration("sdL", None, "atanh L", "standard deviation of initial loyalty", "section 7, fixed", POSITIVE),
    ] = 0.45
    static_spread: Annotated[
        float,
        Declaration(
            "", None, "1", "relative width of kinship and media diet around the group's mean", "section 4", SHARE
        ),
    ] = 0.8
    official_loyalty: Annotated[
        float,
        Declaration(
            "Loff",
            None,
            "L",
            "loyalty that the official line demands",
            "section 7, fixed",
            (-1.0, 1.0),
            "coercion",
        ),
    ] = 0.8
    media_lever_strength: Annotated[
        float,
        Declaration(
            "",
            None,
            "share",
            "share of kin-state television's influence that full media policy removes",
            "section 7, fixed",
            SHARE,
            "media",
        ),
    ] = 0.7
    injustice_jump: Annotated[
        float,
        Declaration(
            "jJ",
            None,
            "share",
            "jump of the memory of injustice at one unjust sanction",
            "section 7, fixed",
            SHARE,
            "coercion",
        ),
    ] = 0.3
    diaspora_half_life: Annotated[
        float,
        Declaration("", None, "months", "how long a departed tie pulls", "section 1, fixed", HALF_LIFE),
    ] = 24.0
    tie_degree: Annotated[
        float,
        Declaration("", None, "ties", "mean number of ties before truncation", "section 1, fixed", (1.0, 30.0)),
    ] = 10.0
    tie_region_share: Annotated[
        float,
        Declaration("", None, "share", "share of ties within the region", "section 1, fixed", SHARE),
    ] = 0.85
    tie_homophily: Annotated[
        float,
        Declaration("h", None, "share", "in-group preference on top of composition", "section 1, fixed", SHARE),
    ] = 0.45

    @classmethod
    def of(cls, values: Mapping[str, float], *, source: str = "parameters") -> Self:
        """Return the defaults with `values` put in their place.

        Raises
        ------
        ScenarioError
            For an unknown name, something that is no number, or a value outside the declared bounds; `source` is the
            place that the message names.
        """
        for name, value in values.items():
            check_value(name, value, source=source)
        return cls(**{name: float(value) for name, value in values.items()})


def _declarations() -> dict[str, Declaration]:
    found = {}
    hints = get_type_hints(Parameters, include_extras=True)
    for name in Parameters._fields:
        (declared,) = hints[name].__metadata__
        found[name] = Declaration(
            **{**declared.__dict__, "name": name, "default": float(Parameters._field_defaults[name])}
        )
    return found


DECLARATIONS: dict[str, Declaration] = _declarations()
"""Every declaration by parameter name, in the order of the specification."""

UNCERTAIN: tuple[str, ...] = tuple(name for name, declared in DECLARATIONS.items() if declared.prior is not None)
"""Names of the parameters with a prior."""


def check_value(name: str, value: object, *, source: str = "parameters") -> None:
    """Refuse an unknown parameter or a value outside its bounds, naming the place, the value and what is allowed."""
    if name not in DECLARATIONS:
        raise ScenarioError(f"{source}: unknown parameter '{name}'{nearest(name, DECLARATIONS)}")
    low, high = DECLARATIONS[name].bounds
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or not low <= value <= high:
        prior = DECLARATIONS[name].prior
        usual = f" (prior {prior[0]:g} to {prior[1]:g})" if prior else ""
        allowed = f"it must be a number from {low:g} to {high:g}{usual}"
        raise ScenarioError(f"{source}: {name} = {value!r} is not allowed; {allowed}")

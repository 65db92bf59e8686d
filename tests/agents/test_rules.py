"""The rules: bounds, directions and limits of each mechanism, and one source for two engines.

Parameters are drawn over the prior and well beyond it. Expected values are written here anew from the specification.
"""

from __future__ import annotations

import inspect
import math
import runpy
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import numba
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as some

from agents.rules import (
    budget,
    conditions,
    conflict,
    departure,
    display,
    enforcement,
    exposure,
    fairness,
    hostility,
    institutions,
    loyalty,
    rates,
    speech,
    street,
    threat,
)
from agents.rules.rates import Rates
from model.compiling import compiled
from model.tables import in_memory
from scenarios import DECLARATIONS, Parameters

MODULES = (
    budget,
    conditions,
    conflict,
    departure,
    display,
    enforcement,
    exposure,
    fairness,
    hostility,
    institutions,
    loyalty,
    rates,
    speech,
    street,
    threat,
)

share = some.floats(0.0, 1.0, allow_subnormal=False)
signed = some.floats(-1.0, 1.0, allow_subnormal=False)
log_odds = some.floats(-30.0, 30.0)
step_length = some.sampled_from([1.0, 0.5, 0.25, 1.0 / 3.0])


RANGES_OF_PARAMETERS = np.array([declared.prior or (declared.default,) * 2 for declared in DECLARATIONS.values()]).T
BOUNDS_OF_PARAMETERS = np.array([declared.bounds for declared in DECLARATIONS.values()]).T


def drawn(seed: int, margin: float) -> Parameters:
    """Return a point of the prior widened by `margin` of its width on each side, as far as its bounds allow."""
    low, high = RANGES_OF_PARAMETERS
    room = margin * (high - low)
    point = np.random.default_rng(seed).uniform(low - room, high + room)
    return Parameters(*np.clip(point, *BOUNDS_OF_PARAMETERS).tolist())


def points() -> some.SearchStrategy[Parameters]:
    """Draw a point of a space that holds the prior; by a seed, for there are a hundred numbers."""
    return some.integers(0, 2**32 - 1).map(lambda seed: drawn(seed, 0.5))


def prior_points() -> some.SearchStrategy[Parameters]:
    """Draw a point of the prior."""
    return some.integers(0, 2**32 - 1).map(lambda seed: drawn(seed, 0.0))


# --- display (3.2) ----------------------------------------------------------------------------------------------------

utility = some.floats(-800.0, 800.0)


@given(utility, utility, some.booleans())
def test_display_shares_are_a_multinomial_logit(kin: float, national: float, has_symbol: bool) -> None:
    """P proportional to exp U, U0 = 0; shares sum to 1, whatever the utilities; no kin symbol without a kin state."""
    shares = display.display_shares(kin, national, has_symbol)
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert sum(shares) == pytest.approx(1.0, abs=1e-15)
    utilities = np.array([kin if has_symbol else -math.inf, 0.0, national])
    weights = np.exp(utilities - utilities.max())
    assert shares == pytest.approx(tuple(weights / weights.sum()), rel=1e-13, abs=1e-300)
    assert has_symbol or shares[0] == 0.0


@given(points(), share, share, signed, share, share, share)
def test_what_moves_the_kin_symbol(
    p: Parameters, salience: float, kinship: float, loyal: float, seen: float, hostile: float, sanction: float
) -> None:
    """U- = sal (bK kappa - bL L) + bP pm - bH (hout - H0) - c0 - bS pi: up with kinship, down with pi."""
    arguments = (salience, kinship, loyal, seen, hostile, sanction)
    expected = (
        salience * (p.kinship_expression * kinship - p.loyalty_expression * loyal)
        + p.display_conformity * seen
        - p.hostility_restraint * (hostile - p.initial_hostility)
        - p.display_cost
        - p.sanction_deterrence * sanction
    )
    assert display.kin_symbol_utility(p, *arguments) == pytest.approx(expected, abs=1e-12)
    assert display.kin_symbol_utility(p, *arguments[:5], sanction + 0.1) <= display.kin_symbol_utility(p, *arguments)
    if p.kinship_expression > 0.0:
        closer = (salience, kinship + 0.1, *arguments[2:])
        assert display.kin_symbol_utility(p, *closer) >= display.kin_symbol_utility(p, *arguments)


@given(points(), signed, share, share)
def test_what_moves_the_national_symbol(p: Parameters, loyal: float, seen: float, coercion: float) -> None:
    """U+ = bL L + bP pp - c0 + bR u_c."""
    expected = (
        p.loyalty_expression * loyal + p.display_conformity * seen - p.display_cost + p.compelled_display * coercion
    )
    assert display.national_symbol_utility(p, loyal, seen, coercion) == pytest.approx(expected, abs=1e-12)


@given(some.floats(0.0, 1.0, exclude_min=True, exclude_max=True), share, share)
def test_a_choice_follows_its_shares_in_the_fixed_order(draw: float, one: float, two: float) -> None:
    """Inverse CDF in the order -1, 0, +1 (ruling 6)."""
    low, high = min(one, two), max(one, two)
    choice = display.chosen(draw, low, high - low)
    assert choice == (-1 if draw < low else 0 if draw < low + (high - low) else 1)


@given(share, share)
def test_reconsidering(draw: float, revision: float) -> None:
    """With probability nu; at once for a punished displayer only."""
    for shows in (True, False):
        for punished in (True, False):
            expected = draw < revision or (shows and punished)
            assert display.reconsiders(draw, revision, shows, punished) is expected


@given(some.floats(-8.0, 4.0), some.floats(-8.0, 4.0), some.floats(0.01, 1.0), some.floats(0.0, 0.9))
def test_stationary_shares_are_stationary(kin: float, national: float, revision: float, harassment: float) -> None:
    """Section 4.5: the shares that choices and revisions leave unchanged; harassed displayers revise at once."""
    choice = np.array(display.display_shares(kin, national, True))
    shares = np.array(display.stationary_shares(*choice, revision, harassment))
    assert shares.sum() == pytest.approx(1.0, abs=1e-14)
    leave = np.array([1.0 - (1.0 - revision) * (1.0 - harassment), revision, revision])
    after = shares * (1.0 - leave) + (shares * leave).sum() * choice
    assert after == pytest.approx(shares, abs=1e-14)
    if harassment == 0.0:
        assert shares == pytest.approx(choice, abs=1e-14)


# --- enforcement (3.3) and speech (3.9) -------------------------------------------------------------------------------


@given(points(), share, share)
def test_pressure_grows_with_coercion_and_stays_below_one(p: Parameters, coercion: float, other: float) -> None:
    """rep = 1 - exp(-bS pimax u_c) in [0, 1), 0 without coercion."""
    low, high = min(coercion, other), max(coercion, other)
    pressures = [
        enforcement.repressive_pressure(p, enforcement.sanction_probability(p, level)) for level in (low, high)
    ]
    assert 0.0 <= pressures[0] <= pressures[1] < 1.0
    assert pressures[1] == pytest.approx(
        1.0 - math.exp(-p.sanction_deterrence * p.sanction_probability * high), abs=1e-15
    )
    assert enforcement.repressive_pressure(p, enforcement.sanction_probability(p, 0.0)) == 0.0


@given(points(), share, some.floats(0.0, 0.999), some.booleans(), step_length)
def test_who_is_sanctioned(p: Parameters, draw: float, sanction: float, shows: bool, step: float) -> None:
    """Displayers with 1 - (1 - pi)^dt, the silent with 1 - (1 - eps pi)^dt; the silent never more than displayers."""
    probability = sanction if shows else p.profiling_ratio * sanction
    threshold = 1.0 - (1.0 - probability) ** step
    assume(abs(draw - threshold) > 1e-12)
    assert enforcement.is_sanctioned(p, draw, sanction, shows, step) == (draw < threshold)
    assert not enforcement.is_sanctioned(p, probability, sanction, shows, 1.0)
    assert enforcement.injustice(p, True) == 1.0 - p.sanction_legitimacy
    assert enforcement.injustice(p, False) == 1.0


@given(points(), some.floats(0.0, 0.5), some.booleans(), share)
def test_fines_run_out_and_have_a_limit(p: Parameters, fine: float, sanctioned: bool, kept: float) -> None:
    """fs <- min(.5, fs exp(-dt/12) + fine/12 [sanctioned])."""
    due = enforcement.fine_next(p, fine, sanctioned, kept)
    assert due == min(0.5, fine * kept + (p.fine_size / 12.0 if sanctioned else 0.0))
    assert 0.0 <= due <= 0.5
    assert enforcement.fine_next(p, 20.0, False, 0.5) == 0.5
    assert enforcement.fine_next(p, fine, True, kept) >= enforcement.fine_next(p, fine, False, kept)


@given(points(), share, signed)
def test_falsified_speech(p: Parameters, pressure: float, loyal: float) -> None:
    """fal = phi rep (Loff - L)+: nothing without pressure or beyond the official line, and never past it."""
    false = speech.falsification(p, pressure, loyal)
    assert false == pytest.approx(p.falsification * pressure * max(0.0, p.official_loyalty - loyal), abs=1e-15)
    assert 0.0 <= false <= 1.8
    assert loyal + false <= max(loyal, p.official_loyalty) + 1e-15
    assert speech.falsification(p, 0.0, loyal) == 0.0


@given(points(), share, share)
def test_what_listeners_believe(p: Parameters, pressure: float, other: float) -> None:
    """(1 - cand (1 - chill rep)) cred: more under more pressure, because candid talk falls silent; in [0, 1]."""
    low, high = min(pressure, other), max(pressure, other)
    assert 0.0 <= speech.share_believed(p, low) <= speech.share_believed(p, high) <= 1.0
    expected = (1.0 - p.candour * (1.0 - p.chilling * high)) * p.credulity
    assert speech.share_believed(p, high) == pytest.approx(expected, abs=1e-15)


@given(some.floats(-2.0, 2.0), some.floats(-2.0, 2.0), share)
def test_memories_move_towards_what_is(memory: float, present: float, moved: float) -> None:
    """Speech, aspiration, loyalty: an average of old and new, between the two."""
    for follow in (speech.speech_memory_next, budget.aspiration_next, loyalty.loyalty_next):
        after = follow(memory, present, moved)
        assert min(memory, present) - 1e-15 <= after <= max(memory, present) + 1e-15
        assert after == pytest.approx((1.0 - moved) * memory + moved * present, abs=1e-14)


# --- the street (3.4) -------------------------------------------------------------------------------------------------


@given(points(), share, some.booleans(), share, share, share, step_length)
def test_harassment_is_a_hazard(
    p: Parameters, others: float, shows: bool, hostile: float, institutions_now: float, coercion: float, step: float
) -> None:
    """1 - exp(-dt qo (iotaR + iota [x = -1]) hout (1 - prot (Q - Q0)/(1 - Q0)) (1 + lic u_c)+), a probability."""
    protected = street.protection(p, institutions_now, 0.38)
    gain = (institutions_now - 0.38) / 0.62
    assert protected == pytest.approx(1.0 - p.institutional_protection * gain, abs=1e-14)
    chance = street.harassment_probability(p, others, shows, hostile, protected, coercion, step)
    rate = others * (p.background_harassment + shows * p.displayer_harassment) * hostile
    rate *= (1.0 - p.institutional_protection * gain) * max(0.0, 1.0 + p.campaign_licence * coercion)
    assert chance == pytest.approx(-math.expm1(-step * rate), abs=1e-14)
    assert 0.0 <= chance <= 1.0
    halves = street.harassment_probability(p, others, shows, hostile, protected, coercion, step / 2.0)
    assert 1.0 - (1.0 - halves) * (1.0 - halves) == pytest.approx(chance, abs=1e-14)  # time-step free
    assert street.harassment_probability(p, 0.0, shows, hostile, protected, coercion, step) == 0.0
    displaced = p._replace(campaign_licence=-2.0)
    assert street.harassment_probability(displaced, others, shows, hostile, protected, 1.0, step) == 0.0


# --- threat (3.5) and hostility (3.6) ---------------------------------------------------------------------------------


@given(points(), step_length, log_odds, some.booleans(), share, share, share, share, share, share, share, share, share)
def test_threat(
    p: Parameters, step: float, theta: float, in_camp: bool, tv: float, war: float, ties: float, coercion: float,
    media: float, contact: float, unjust: float, harassed: float, usual: float,
) -> None:  # fmt: skip
    """theta follows 3.5; drifts are of the kin camp only, contact reassures everybody, events count as they are."""
    r = rates.rates(p, step)
    after = threat.threat_next(p, r, theta, in_camp, tv, war, ties, coercion, media, contact, unjust, harassed, usual)
    rest = math.log(p.initial_threat / (1.0 - p.initial_threat))
    drift = -p.contact_reassurance * ties * contact
    if in_camp:
        drift += p.television_threat * tv * war * (1.0 - p.media_lever_strength * media)
        drift += p.campaign_threat * coercion + p.media_ban_threat * media
    expected = rest + 2.0 ** (-step / p.threat_half_life) * (theta - rest) + step * drift
    expected += p.sanction_threat * unjust + p.harassment_threat * (harassed - usual)
    assert after == pytest.approx(expected, abs=1e-11)


def at_rest(p: Parameters, step: float) -> Rates:
    """Return the rates of a society."""
    return rates.rates(p, step)


@given(points(), step_length)
def test_nothing_happens_in_a_calm_world(p: Parameters, step: float) -> None:
    """At rest, with events at their expectation, threat, hostility, loyalty and institutions stay, to rounding."""
    r = at_rest(p, step)
    calm_threat = threat.threat_next(p, r, r.threat_at_rest, True, 0.5, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.01, 0.01)
    assert calm_threat == pytest.approx(r.threat_at_rest, abs=1e-12)
    quiet = conflict.salience(p, 0.0)
    calm = hostility.hostility_next(p, r, r.hostility_at_rest, 0.02, 0.02, quiet, 0.0, 0.001, 0.001, 0.0, 0.0)
    assert calm == pytest.approx(r.hostility_at_rest, abs=1e-12)
    reasons = (0.5, 0.0, 0.0, 0.0, 0.0, p.initial_hostility, p.initial_threat, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0)
    assert loyalty.loyalty_target(p, 0.3, *reasons) == math.tanh(0.3)
    assert institutions.institutions_next(p, r, 0.38, 0.38, 0.0, 0.0) == 0.38
    assert institutions.output_next(p, r, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0) == 0.1


@given(points(), step_length, log_odds, share, share, share, some.floats(-0.5, 0.5), share, share, share, share)
def test_hostility(
    p: Parameters, step: float, eta: float, seen: float, usual: float, war: float, frustration: float,
    victims: float, expected_victims: float, left_out: float, contact: float,
) -> None:  # fmt: skip
    """3.6; frustration multiplies irritation only where aspiration exceeds welfare."""
    r = at_rest(p, step)
    salience = conflict.salience(p, war)
    after = hostility.hostility_next(
        p, r, eta, seen, usual, salience, frustration, victims, expected_victims, left_out, contact
    )
    rest = math.log(p.initial_hostility / (1.0 - p.initial_hostility))
    irritation = p.symbol_irritation * (salience * seen - p.peace_salience * usual)
    irritation *= 1.0 + p.frustration_irritation * max(0.0, frustration)
    expected = rest + 2.0 ** (-step / p.hostility_half_life) * (eta - rest)
    expected += step * (irritation + p.targeting_resentment * left_out - p.contact_conciliation * contact)
    expected += p.retaliation * (victims - expected_victims)
    assert after == pytest.approx(expected, abs=1e-11)


# --- budget and welfare (3.7), fairness (3.8) -------------------------------------------------------------------------


@given(points(), share, share, share, share, share)
def test_the_budget(
    p: Parameters, coercion: float, welfare: float, reform: float, media: float, contact: float
) -> None:
    """Cost: welfare linear, the rest quadratic; tax = cost (1 - oil) - fines."""
    cost = budget.policy_cost(p, coercion, welfare, reform, media, contact)
    expected = p.welfare_cost * welfare + p.institutions_cost * reform**2 + p.coercion_cost * coercion**2
    expected += p.media_cost * media**2 + p.contact_cost * contact**2
    assert cost == pytest.approx(expected, abs=1e-15)
    assert cost >= 0.0
    assert budget.tax_rate(p, cost, 0.01) == pytest.approx(cost * (1.0 - p.resource_rent_share) - 0.01, abs=1e-15)
    assert budget.policy_cost(p, 0.0, 0.0, 0.0, 0.0, 0.0) == 0.0


@given(prior_points(), share, some.floats(0.05, 0.95), some.floats(0.05, 0.95))
def test_what_arrives_of_welfare(p: Parameters, welfare: float, quality: float, initial: float) -> None:
    """cw u_w (1 - leak (1 - Q)/(1 - Q0)): all of it at Q = 1, 1 - leak at Q0, more with better institutions."""
    arrived = budget.delivered_welfare(p, welfare, quality, initial)
    spent = p.welfare_cost * welfare
    assert arrived == pytest.approx(spent * (1.0 - p.transfer_leakage * (1.0 - quality) / (1.0 - initial)), abs=1e-15)
    assert arrived <= spent + 1e-18
    assert budget.delivered_welfare(p, welfare, 1.0, initial) == spent
    assert budget.delivered_welfare(p, welfare, initial, initial) == pytest.approx(spent * (1.0 - p.transfer_leakage))


@given(signed, some.floats(-0.2, 0.3), some.floats(0.0, 0.5), share, some.floats(0.1, 5.0), some.floats(0.05, 20.0))
def test_welfare(output: float, tax: float, fine: float, transfer: float, mean: float, income: float) -> None:
    """w = Y + log(1 - tax - fs + delivered ybar / inc); the poor gain more from one transfer."""
    w = budget.welfare_change(output, tax, fine, transfer, mean, income)
    assert w == pytest.approx(output + math.log(1.0 - tax - fine + transfer * mean / income), abs=1e-14)
    assert budget.welfare_change(output, tax, fine, transfer, mean, 0.5 * income) >= w
    assert budget.welfare_change(0.0, 0.0, 0.0, 0.0, mean, income) == 0.0


@given(points(), share, share, share)
def test_memory_of_injustice(p: Parameters, memory: float, unjust: float, kept: float) -> None:
    """J <- rho_J J + .3 sf (1 - J), in [0, 1], never smaller for a greater injustice."""
    after = fairness.injustice_memory_next(p, memory, unjust, kept)
    assert after == pytest.approx(kept * memory + p.injustice_jump * unjust * (1.0 - memory), abs=1e-15)
    assert 0.0 <= after <= 1.0
    assert after >= fairness.injustice_memory_next(p, memory, 0.0, kept)


@given(points(), some.floats(-0.4, 0.6), some.floats(-0.4, 0.6), share, share, share)
def test_fairness(p: Parameters, gain: float, used: float, tv: float, reform: float, memory: float) -> None:
    """F = (1 - disc e)(dQ - aF aspQ) - u_q max(0, prom - dQ) - J (ruling 1: coercion breaks no promise)."""
    felt = fairness.fairness_felt(p, gain, used, tv, reform, memory)
    expected = (1.0 - p.reform_discount * tv) * (gain - p.institution_adaptation * used)
    expected -= reform * max(0.0, p.reform_promise - gain) + memory
    assert felt == pytest.approx(expected, abs=1e-14)
    without = fairness.fairness_felt(p, gain, used, tv, 0.0, memory)
    assert felt <= without
    assert without == fairness.fairness_felt(p._replace(reform_promise=0.2), gain, used, tv, 0.0, memory)


# --- loyalty (3.10) ---------------------------------------------------------------------------------------------------


class Reasons(NamedTuple):
    """The arguments of `loyalty_target` behind the parameters."""

    anchor: float
    kinship: float
    welfare: float
    kin_welfare: float
    aspiration: float
    fairness: float
    hostility_seen: float
    threat: float
    conflict: float
    peers: float
    speech_memory: float
    pressure: float
    kin_display_change: float
    coercion: float
    national_television: float
    media: float


@some.composite
def reasons(draw: some.DrawFn) -> Reasons:
    """Draw what a citizen may know."""
    free = {"anchor": 2.0, "welfare": 0.5, "kin_welfare": 0.5, "aspiration": 0.5, "fairness": 1.0, "peers": 2.0}
    return Reasons(
        **{name: draw(some.floats(-free[name], free[name]) if name in free else share) for name in Reasons._fields}
    )


@given(points(), reasons())
def test_loyalty_is_drawn_by_its_reasons(p: Parameters, at: Reasons) -> None:
    """A = tanh(3.10), in (-1, 1) for any reasons."""
    argument = (
        at.anchor
        + p.welfare_weight * at.kinship * (at.welfare - at.kin_welfare)
        + p.own_past_welfare_weight * (at.welfare - at.aspiration)
        + p.fairness_weight * at.fairness
        - p.hostility_weight * (at.hostility_seen - p.initial_hostility)
        - p.threat_weight * (at.threat - p.initial_threat)
        - p.conflict_kin_weight * at.kinship * at.conflict
        + p.social_influence_weight * at.peers
        + p.internalisation_weight * (1.0 - p.over_justification * at.pressure) * at.speech_memory
        - p.flag_erosion_weight * at.kin_display_change
        + p.direct_coercion_weight * at.coercion
        + p.national_television_weight * at.national_television * at.media
    )
    target = loyalty.loyalty_target(p, *at)
    assert target == pytest.approx(math.tanh(argument), abs=1e-13)
    assert -1.0 <= target <= 1.0


DIRECTIONS = {
    "anchor": 1, "welfare": 1, "kin_welfare": -1, "aspiration": -1, "fairness": 1, "hostility_seen": -1, "threat": -1,
    "peers": 1, "speech_memory": 1, "pressure": -1, "kin_display_change": -1, "media": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", DIRECTIONS)
@settings(max_examples=30)
@given(p=prior_points(), at=reasons())
def test_the_direction_of_each_reason_over_the_prior(name: str, p: Parameters, at: Reasons) -> None:
    """Signs that theory fixes; conflict and coercion are sign free (section 0, 11 and 13)."""
    more = at._replace(**{name: getattr(at, name) + 0.1})
    assert DIRECTIONS[name] * (loyalty.loyalty_target(p, *more) - loyalty.loyalty_target(p, *at)) >= 0.0


def test_conflict_and_coercion_may_act_either_way() -> None:
    """wK and wA have priors on both sides of 0, and so do lic, gW, gD and vsh."""
    for name in (
        "conflict_kin_weight",
        "direct_coercion_weight",
        "campaign_licence",
        "welfare_growth",
        "diversity_growth",
        "kin_welfare_shock",
    ):
        low, high = DECLARATIONS[name].prior or (0.0, 0.0)
        assert low < 0.0 < high


# --- departure (3.11) -------------------------------------------------------------------------------------------------


@given(points(), some.floats(0.0, 0.05), share, signed, signed, share, share, signed, signed, signed, step_length)
def test_departure(
    p: Parameters, base: float, kinship: float, welfare: float, kin_welfare: float, war: float, threatened: float,
    loyal: float, usual: float, diaspora: float, step: float,
) -> None:  # fmt: skip
    """3.11: dt base exp(reasons), capped at .2 dt; nobody leaves whose base is 0."""
    arguments = (kinship, welfare, kin_welfare, war, threatened, loyal, usual, diaspora, step)
    chance = departure.departure_probability(p, base, *arguments)
    exponent = p.welfare_departure * kinship * (kin_welfare - welfare) - p.conflict_deterrence * war
    exponent += p.threat_departure * (threatened - p.initial_threat) - p.loyalty_departure * (loyal - usual)
    exponent += p.diaspora_departure * diaspora
    assert chance == pytest.approx(min(0.2 * step, step * base * math.exp(exponent)), rel=1e-12)
    assert 0.0 <= chance <= 0.2 * step
    assert departure.departure_probability(p, 0.0, *arguments) == 0.0


@given(points(), share, signed, signed)
def test_who_was_likely_to_leave_from_the_start(p: Parameters, kinship: float, loyal: float, usual: float) -> None:
    """3.11: month-0 propensity proportional to kappa exp(-gL (L - mean L of the group))."""
    expected = kinship * math.exp(-p.loyalty_departure * (loyal - usual))
    assert departure.departure_weight(p, kinship, loyal, usual) == pytest.approx(expected, rel=1e-14)


def test_departure_survives_extreme_reasons() -> None:
    """No overflow: what would be exp(1000) is the cap, and 0 where the base is 0."""
    p = Parameters(loyalty_departure=1000.0)
    for step in (1.0, 0.5):
        assert departure.departure_probability(p, 0.01, 0.5, 0.0, 0.0, 0.0, 0.2, -1.0, 0.5, 0.0, step) == 0.2 * step
    assert departure.departure_probability(p, 0.0, 0.5, 0.0, 0.0, 0.0, 0.2, -1.0, 0.5, 0.0, 1.0) == 0.0
    assert departure.departure_probability(p, 0.01, 0.5, 0.0, 0.0, 0.0, 0.2, 1.0, -0.5, 0.0, 1.0) == 0.0


# --- conflict (2), institutions (3.12), exposure (3.1), rates ---------------------------------------------------------


@given(points(), some.floats(-100.0, 500.0), some.floats(0.0, 100.0))
def test_conflict_breaks_out_and_settles_on_its_floor(p: Parameters, since: float, later: float) -> None:
    """c = 0 before, 1 at the shock, falling to sfl; salience from smin to 1."""
    now = conflict.conflict_intensity(p, since)
    assert 0.0 <= now <= 1.0
    assert (now == 0.0) or since >= 0.0
    if since >= 0.0:
        kept = 2.0 ** (-since / p.conflict_half_life)
        assert now == pytest.approx(p.conflict_floor + (1.0 - p.conflict_floor) * kept, abs=1e-13)
        assert conflict.conflict_intensity(p, since + later) <= now
        gone = conflict.kin_welfare_after_shock(p, since)
        assert gone == pytest.approx(p.kin_welfare_shock * min(1.0, since / 12.0), abs=1e-15)
    else:
        assert conflict.kin_welfare_after_shock(p, since) == 0.0
    assert conflict.conflict_intensity(p, 0.0) == 1.0
    assert p.peace_salience - 1e-15 <= conflict.salience(p, now) <= 1.0 + 1e-15


@given(points(), signed, share, share, share, share)
def test_letters_correct_what_television_overstates(
    p: Parameters, change: float, kinship: float, tv: float, war: float, media: float
) -> None:
    """dv = change + (1 - lett kappa) e hype c (1 - .7 u_m): in peace, the truth."""
    seen = conflict.kin_welfare_seen(p, change, kinship, tv, war, media)
    hype = (1.0 - p.letter_correction * kinship) * tv * p.television_hype * war * (1.0 - p.media_lever_strength * media)
    assert seen == pytest.approx(change + hype, abs=1e-15)
    assert conflict.kin_welfare_seen(p, change, kinship, tv, 0.0, media) == change


@given(points(), step_length, share, some.floats(0.05, 0.95), share, share)
def test_institutions_stay_an_index(
    p: Parameters, step: float, quality: float, initial: float, reform: float, coercion: float
) -> None:
    """Q stays in [0, 1]; reform never lowers, coercion never raises it; unsupported, it returns by its half-life."""
    r = at_rest(p, step)
    after = institutions.institutions_next(p, r, quality, initial, reform, coercion)
    assert -1e-15 <= after <= 1.0 + 1e-15
    built = p.reform_speed * reform * (1.0 - quality) - p.coercion_corrosion * coercion * quality
    lost = (1.0 - 2.0 ** (-step / p.reform_half_life)) * (quality - initial)
    assert after == pytest.approx(quality + step * built - lost, abs=1e-14)
    assert institutions.institutions_next(p, r, quality, initial, 0.0, coercion) <= after + 1e-15
    assert institutions.institutions_next(p, r, quality, initial, reform, 0.0) >= after - 1e-15
    alone = institutions.institutions_next(p, r, quality, initial, 0.0, 0.0)
    assert alone - initial == pytest.approx((quality - initial) * 2.0 ** (-step / p.reform_half_life), abs=1e-14)


@given(points(), step_length, signed, signed, share, signed, signed, signed)
def test_output(
    p: Parameters,
    step: float,
    output: float,
    gain: float,
    welfare: float,
    diversity: float,
    victims: float,
    gone: float,
) -> None:
    """Y <- Y + dt/12 (gQ dQ + gW u_w + gD dDiv) - gU dvictims - gX dexits."""
    growth = p.institutions_growth * gain + p.welfare_growth * welfare + p.diversity_growth * diversity
    expected = output + step / 12.0 * growth - p.unrest_cost * victims - p.departure_cost * gone
    after = institutions.output_next(p, at_rest(p, step), output, gain, welfare, diversity, victims, gone)
    assert after == pytest.approx(expected, abs=1e-13)


@given(points(), some.integers(0, 30), share, share)
def test_what_is_seen_blends_ties_and_region(p: Parameters, ties: int, mean: float, region: float) -> None:
    """(1 - omega) mean of ties + omega regional mean: between the two; the region alone where there are no ties."""
    seen = exposure.seen(p, mean * ties, ties, region)
    expected = (1.0 - p.public_space_weight) * mean + p.public_space_weight * region if ties else region
    assert seen == pytest.approx(expected, abs=1e-14)


@given(log_odds)
def test_log_odds_and_back(value: float) -> None:
    """logit and sigmoid are inverse; sigmoid neither overflows nor leaves [0, 1]."""
    chance = rates.sigmoid(value)
    assert 0.0 < chance < 1.0
    assert chance == pytest.approx(1.0 / (1.0 + math.exp(-value)), rel=1e-14)
    if abs(value) < 20.0:
        assert rates.logit(chance) == pytest.approx(value, abs=1e-6)
    assert rates.sigmoid(1e5) == 1.0
    assert rates.sigmoid(-1e5) == 0.0


@given(some.floats(0.01, 1e4), some.floats(0.0, 1e3))
@example(math.inf, 5.0)
def test_half_lives(half_life: float, months: float) -> None:
    """2^(-t / h): half after h months, everything for ever at h = infinity; two halves make a whole."""
    left = rates.kept(half_life, months)
    assert left == pytest.approx(2.0 ** (-months / half_life), rel=1e-12, abs=1e-300)
    assert rates.kept(half_life, months / 2.0) * rates.kept(half_life, months / 2.0) == pytest.approx(
        left, rel=1e-12, abs=1e-300
    )
    assert rates.kept(math.inf, months) == 1.0


@given(share, step_length)
def test_monthly_probabilities_within_a_step(monthly: float, step: float) -> None:
    """1 - (1 - q)^dt, so that dt steps make a month."""
    within = rates.within_step(monthly, step)
    assert within == pytest.approx(1.0 - (1.0 - monthly) ** step, abs=1e-14) or monthly == 1.0
    assert 0.0 <= within <= monthly
    assert rates.within_step(monthly, 1.0) == monthly


@given(points())
def test_rates_of_a_month_made_of_steps(p: Parameters) -> None:
    """What two half steps keep is what one keeps: every rate of section 1."""
    whole, half = rates.rates(p, 1.0), rates.rates(p, 0.5)
    for name in ("threat_kept", "hostility_kept", "injustice_kept", "diaspora_kept", "fine_kept"):
        assert getattr(half, name) ** 2 == pytest.approx(getattr(whole, name), rel=1e-12, abs=1e-300)
    assert whole.fine_kept == math.exp(-1.0 / 12.0)
    for name in ("loyalty_moved", "aspiration_moved", "speech_moved", "reform_lost", "revision"):
        assert 1.0 - (1.0 - getattr(half, name)) ** 2 == pytest.approx(getattr(whole, name), rel=1e-9, abs=1e-12)


# --- conditions -------------------------------------------------------------------------------------------------------


@given(prior_points(), share, share, share, share, share, share, some.booleans(), some.floats(0.05, 0.9))
def test_conditions_gather_the_month(
    p: Parameters, coercion: float, welfare: float, reform: float, media: float, contact: float, war: float,
    targeted: bool, kin_share: float,
) -> None:  # fmt: skip
    """Transfers exhaust what is delivered, targeted or not; a targeted programme leaves the others out."""
    now = conditions.conditions(
        p, 12.0, coercion, welfare, reform, media, contact, war, 0.0, 0.4, 0.38, 0.0, 0.001, 1.1, kin_share, targeted
    )
    delivered = budget.delivered_welfare(p, welfare, 0.4, 0.38)
    paid = kin_share * now.transfer_to_kin_camp + (1.0 - kin_share) * now.transfer_to_others
    assert paid == pytest.approx(delivered, rel=1e-13)
    assert now.left_out == (welfare if targeted else 0.0)
    assert (now.transfer_to_others == 0.0) or not targeted
    assert now.tax == budget.tax_rate(p, now.cost, 0.001)
    assert now.diaspora_built_up == pytest.approx(1.0 - 0.5 ** (12.0 / p.diaspora_half_life))
    assert now.institutions_gain == pytest.approx(0.02, abs=1e-15)


@given(prior_points(), some.floats(0.01, 1.0))
def test_a_programme_for_a_camp_that_has_left_is_paid_to_nobody(p: Parameters, welfare: float) -> None:
    """Per head of nobody there is no share: what each of them would get stays a number, and the others get nothing."""
    levers = (0.0, welfare, 0.0, 0.0, 0.0)
    now = conditions.conditions(p, 12.0, *levers, 0.0, 0.0, 0.4, 0.38, 0.0, 0.0, 1.0, 0.0, True)
    assert now.transfer_to_kin_camp == budget.delivered_welfare(p, welfare, 0.4, 0.38)
    assert now.transfer_to_others == 0.0


# --- one source, two engines (ruling 5) -------------------------------------------------------------------------------

RULES: dict[str, Callable[..., Any]] = {
    f"{module.__name__.rsplit('.', 1)[-1]}.{name}": function
    for module in MODULES
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__
}

# Arguments that cannot be any number: the ranges in which a rule is ever asked.
RANGES: Mapping[str, tuple[float, float]] = {
    "step": (0.1, 1.0),
    "half_life": (0.5, 500.0),
    "months": (0.0, 300.0),
    "month": (0.0, 300.0),
    "months_since_shock": (-30.0, 200.0),
    "probability": (1e-6, 1.0 - 1e-6),
    "monthly_probability": (0.0, 1.0),
    "revision": (0.01, 1.0),
    "initial_institutions": (0.05, 0.95),
    "institutions": (0.0, 1.0),
    "income": (0.01, 30.0),
    "mean_income": (0.1, 5.0),
    "transfer": (0.0, 0.3),
    "tax": (-0.1, 0.2),
    "fine": (0.0, 0.5),
    "log_odds": (-800.0, 800.0),
    "kin_utility": (-800.0, 800.0),
    "national_utility": (-800.0, 800.0),
    "sanction": (0.0, 0.9),
    "loyalty": (-1.0, 1.0),
}


def arguments(function: Callable[..., Any], rng: np.random.Generator) -> tuple[Any, ...]:
    """Return random arguments of a rule: parameters beyond the prior, numbers in their ranges or in [-1.5, 1.5]."""
    hints = get_type_hints(function)
    p = drawn(int(rng.integers(2**32)), 0.5)
    chosen: list[Any] = []
    for name in inspect.signature(function).parameters:
        if hints[name] is Parameters:
            chosen.append(p)
        elif hints[name] is Rates:
            chosen.append(rates.rates(p, float(rng.choice([1.0, 0.5, 0.25]))))
        elif hints[name] is bool:
            chosen.append(bool(rng.random() < 0.5))
        elif hints[name] is int:
            chosen.append(int(rng.integers(0, 31)))
        else:
            low, high = RANGES.get(name, (-1.5, 1.5))
            chosen.append(float(rng.uniform(low, high)))
    return tuple(chosen)


def bits(result: Any) -> tuple[Any, ...]:
    """Return a result as the bytes of its numbers, so that -0 and 0, or the last bit, make a difference."""
    parts = tuple(result) if isinstance(result, tuple | np.ndarray) else (result,)
    return tuple(part if isinstance(part, bool | int) else struct.pack("<d", float(part)) for part in parts)


def test_every_rule_is_compared() -> None:
    """Each mechanism of the specification has its rules, and none is left out below."""
    assert len(RULES) >= 36
    assert {module.__name__.rsplit(".", 1)[-1] for module in MODULES} == {name.split(".")[0] for name in RULES}
    files = {path.stem for path in Path(budget.__file__).parent.glob("*.py")}
    assert files - {"__init__", "rule"} == {module.__name__.rsplit(".", 1)[-1] for module in MODULES}


@pytest.mark.parametrize("name", RULES)
def test_compiled_rules_are_plain_python_bit_for_bit(name: str) -> None:
    """Ruling 5, on 300 random arguments over and beyond the prior, compiled and called as the engine does."""
    if numba.config.DISABLE_JIT:
        pytest.skip("NUMBA_DISABLE_JIT: one engine only")
    function = RULES[name]
    machine = compiled(function)
    assert machine is not function
    rng = np.random.default_rng(hash_of(name))
    for _ in range(300):
        plain = arguments(function, rng)
        compact = [in_memory(argument) if isinstance(argument, tuple) else argument for argument in plain]
        assert bits(machine(*compact)) == bits(function(*plain)), plain


def hash_of(name: str) -> int:
    """Return a number for a name that does not change between processes."""
    return int.from_bytes(name.encode()[-8:], "little")


@pytest.mark.parametrize("name", RULES)
def test_small_rules_use_only_what_both_engines_compute_alike(name: str) -> None:
    """No `**`, no NumPy and no math but exp, log, tanh, sqrt in a rule's source (ruling 5)."""
    source = inspect.getsource(RULES[name])
    body = source.split('"""')[-1]
    assert "**" not in body
    assert "np." not in body
    assert "numpy" not in body
    for call in (
        "pow(",
        "math.pow",
        "math.sinh",
        "math.cosh",
        "math.log1p",
        "math.expm1",
        "math.erf",
        "round(",
        "sum(",
    ):
        assert call not in body


def test_who_loads_numba_first_with_intels_vector_library_is_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = str(Path(rates.__file__).with_name("rule.py"))
    monkeypatch.setattr(numba.config, "USING_SVML", False, raising=False)
    runpy.run_path(mark)  # no warning, which would be an error here
    monkeypatch.setattr(numba.config, "USING_SVML", True)
    with pytest.warns(RuntimeWarning, match="import agents or model first, or set NUMBA_DISABLE_INTEL_SVML=1"):
        runpy.run_path(mark)

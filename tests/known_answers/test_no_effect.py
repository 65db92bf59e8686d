"""C11 and A/A: what must make no difference makes none."""

from __future__ import annotations

import numpy as np
import pytest
from countries import two_peoples
from laws import SURE, Law, Verify, five_errors, prior
from scipy.stats import binom, norm, ttest_ind
from worlds import assert_same, differences, held, standard_error, state

from model.society import Society
from scenarios import UNCERTAIN, Country, Group, Lever, Policy, read_country

CONTROLS = Law(
    key="C11",
    title="Controls: what must make no difference makes none",
    formula=(
        "every lever at 0 = no policy;   kappa = 0: kin welfare acts on nobody;   two groups alike stay alike\n"
        "e = 0 and wN = zM = 0: media policy acts on nobody"
    ),
    source="specification 9 (C11)",
)
SAME_ARMS = Law(
    key="AA",
    title="A/A: an arm against itself",
    formula=("one luck:   x_A - x_A = 0 exactly\nown luck:   a test at level .05 rejects in a share .05 of trials"),
    source="the practice of experiments",
    ranges=prior(*UNCERTAIN),
)


def test_a_policy_of_zero_changes_nothing_exactly(verify: Verify) -> None:
    """Every lever pulled to 0 is the status quo, to the last bit, in every citizen and every book."""
    levers = {name: Lever(0.0) for name in ("coercion", "welfare", "institutions", "media", "contact")}
    nothing = Society(citizens=1500, policy=Policy("nothing", "nothing", "", levers)).run()
    quo = Society(citizens=1500, policy="status_quo").run()
    assert_same(nothing, quo)
    verify(CONTROLS, "levers at 0 against no policy, L of all", state(nothing)["loyalty"], state(quo)["loyalty"], 0.0)


def test_without_kin_abroad_their_welfare_matters_to_nobody(verify: Verify) -> None:
    """With kappa = 0 a series of kin welfare has no effect at all; with kappa > 0 it has."""
    rise = CONTROLS.rng().uniform(0.1, 0.6)

    def life(kinship: float, series: tuple[tuple[float, float], ...]) -> dict[str, np.ndarray]:
        country = two_peoples(kinship=kinship, kin_welfare=series)
        return state(Society(country=country, citizens=500, months=60, television_hype=0.0).run())

    rich = ((0.0, float(rise)), (30.0, 0.5))
    without, with_it = life(0.0, ()), life(0.0, rich)
    assert differences(without, with_it) == []
    where = {"kin richer by": float(rise)}
    verify(CONTROLS, "rich kin without kinship, L of all", with_it["loyalty"], without["loyalty"], 0.0, where)
    assert "loyalty" in differences(life(0.5, ()), life(0.5, rich))


@pytest.mark.parametrize("fresh", [False, True])
def test_labels_given_at_random_make_no_difference(verify: Verify, fresh: bool) -> None:
    """Shuffled ethnicity: two groups alike in everything stay alike in every mean, over 8 networks."""
    alike = {"kin_state": "abroad", "kinship": 0.4, "mean_loyalty": 0.3, "kin_television": 0.5}
    country = Country.of(
        [Group.of(0, "these", 3e5, **alike), Group.of(1, "those", 3e5, **alike), Group.of(2, "others", 4e5)]
    )
    gaps: dict[str, list[float]] = {name: [] for name in ("loyalty", "threat", "hostility", "welfare", "kin_display")}
    for number in range(8):
        seed = CONTROLS.seed(number) if fresh else number
        society = Society(country=country, citizens=3000, months=60, seed=seed, policy=held(coercion=0.5)).run()
        for name, found in gaps.items():
            found.append(float((society.measure(name, "these") - society.measure(name, "those"))[12:].mean()))
    for name, found in gaps.items():
        allowed = five_errors(found) + 1e-12 if fresh else 4.0 * standard_error(found)
        where = "8 fresh seeds" if fresh else "seeds 0 to 7"
        verify(CONTROLS, f"{name}, two groups alike", np.mean(found), 0.0, allowed, where)


def test_without_kin_television_a_media_policy_acts_only_through_its_own_tone_and_reactance(verify: Verify) -> None:
    """With e = 0, wN = zM = 0 and no cost: full media policy changes nothing, exactly; either of the two does."""
    country = two_peoples(kin_television=0.0)
    mute = {"national_television_weight": 0.0, "media_ban_threat": 0.0, "media_cost": 0.0}

    def life(policy: Policy, **more: float) -> dict[str, np.ndarray]:
        return state(Society(country=country, citizens=500, months=60, policy=policy, **mute | more).run())

    # Only the kin camp's television counts in rules of the kin camp; the majority's discounts reform, which rests here.
    quo, media = held(), held(media=1.0)
    without, with_it = life(quo), life(media)
    assert differences(without, with_it) == []
    verify(CONTROLS, "media policy without television, L of all", with_it["loyalty"], without["loyalty"], 0.0)
    assert "loyalty" in differences(life(quo), life(media, national_television_weight=0.1))
    assert "threat_log_odds" in differences(life(quo), life(media, media_ban_threat=0.005))


# --- A/A --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", range(4))
def test_two_arms_that_are_one_and_share_their_luck_are_the_same_to_the_last_bit(verify: Verify, draw: int) -> None:
    """At any point of the prior, under a policy that pulls every lever."""
    levers = {name: Lever(0.7) for name in ("coercion", "welfare", "institutions", "media", "contact")}
    one, other = (
        Society(
            citizens=500, seed=SAME_ARMS.seed(draw), policy=Policy(name, name, "", levers), **SAME_ARMS.draw(draw)
        ).run()
        for name in ("one", "other")
    )
    assert differences(state(one), state(other)) == []
    difference = one.measure("loyalty") - other.measure("loyalty")
    verify(SAME_ARMS, "difference in any month, one luck", difference, 0.0, 0.0, "prior")


def rejections(trials: int, societies: int) -> int:
    """Return in how many trials a t-test at .05 tells two sets of societies apart that differ only in their luck."""
    seed = SAME_ARMS.seed(1000)
    alike = {"country": read_country("kazakhstan-2021"), "population_seed": seed, "policy": held(coercion=1.0)}
    alike |= {"citizens": 200, "months": 12, "shock_month": 1.0}
    lived = [Society(seed=seed + number, **alike).run() for number in range(2 * trials * societies)]
    loyalty = np.array([society.measure("loyalty", "everyone")[-1] for society in lived])
    arms = loyalty.reshape(2, trials, societies)
    return int((ttest_ind(arms[0], arms[1], axis=1).pvalue < 0.05).sum())


def check_rejections(verify: Verify, trials: int) -> None:
    """Compare the share of rejections with .05; allowed is what a binomial exceeds as rarely as five errors."""
    share = rejections(trials, societies=3) / trials
    allowed = float(binom.isf(norm.sf(SURE), trials, 0.05)) / trials - 0.05
    verify(SAME_ARMS, f"share of {trials} tests that reject, own luck", share, 0.05, allowed, "6 societies a test")


def test_a_test_at_five_per_cent_rejects_one_arm_against_itself_that_often(verify: Verify) -> None:
    """With 40 trials: a rate of one third or more would show; the long proof sees finer."""
    check_rejections(verify, trials=40)


@pytest.mark.proof
def test_a_test_at_five_per_cent_rejects_five_per_cent_of_many_trials(verify: Verify) -> None:
    """With 1,000 trials: a rate above .09 would show."""
    check_rejections(verify, trials=1000)

"""Month 0 and the drivers: who is seated where, how loyal they are, and how the conflict comes and fades."""

from __future__ import annotations

import numpy as np
import pytest
from countries import one_people
from laws import SURE, Law, Verify, prior
from worlds import books, standard_error, stock

from model.books import NATION
from model.society import Society
from scenarios import Country, Group, Region

START = Law(
    key="0",
    title="Month 0 is that of the data, and the conflict follows its formula",
    formula=(
        "E[tanh(m + .45 Z)] = mean loyalty of the data;   |seats - quota| < 1 in every cell\n"
        "c(t) = 0 before the shock, then sfl + (1 - sfl) 2^(-(t - ts) / shl)\n"
        "nobody of the other camp in the region:  no harassment, hostility seen = H0"
    ),
    source="specification 2 and 4, rulings 8 and 12",
    ranges={"mean_loyalty": (-0.8, 0.8), **prior("conflict_floor", "conflict_half_life")},
)


@pytest.mark.parametrize("draw", range(8))
def test_mean_loyalty_at_month_0_is_that_of_the_data(verify: Verify, draw: int) -> None:
    """Ruling 8: the shift m solves E[tanh(m + .45 Z)] = mean by quadrature; a sample is off by its own error."""
    mean = START.draw(draw)["mean_loyalty"]
    society = Society(country=one_people(mean_loyalty=mean), citizens=2000, months=1, seed=START.seed(draw))
    loyalty = society.world.columns.loyalty
    verify(START, "mean loyalty", loyalty.mean(), mean, SURE * standard_error(loyalty), {"mean_loyalty": mean})


def test_the_country_is_seated_by_largest_remainder(verify: Verify) -> None:
    """Section 4.1: each cell of region and group gets its quota rounded down or up, and the whole sums to N."""
    citizens = int(START.rng(300).integers(500, 9000))
    society = Society(citizens=citizens, months=1)
    quota = society.country.counts()
    quota = quota / quota.sum() * citizens
    seats = stock(society, "present")[0]
    assert seats.sum() == citizens
    verify(START, "seats of each cell against its quota", seats, quota, 1.0 - 1e-9, {"citizens": citizens})


def test_the_conflict_follows_its_formula(verify: Verify) -> None:
    """Section 2: c = 0 before the shock, then sfl + (1 - sfl) 2^(-(t - ts) / shl)."""
    point = {name: START.draw(1)[name] for name in ("conflict_floor", "conflict_half_life")}
    society = Society(citizens=50, months=100, shock_month=10.0, **point).run()
    conflict = society.world.history.nation[1:, NATION.index("conflict")]  # row t is of the step from t - 1 to t
    since = np.arange(100) - 10.0
    floor = point["conflict_floor"]
    kept = floor + (1.0 - floor) * 2.0 ** (-since / point["conflict_half_life"])
    verify(START, "intensity of the conflict in every month", conflict, np.where(since < 0.0, 0.0, kept), 1e-14, point)


def test_regions_without_the_other_camp_are_at_peace(verify: Verify) -> None:
    """Ruling 12: where nobody of the other camp lives, nobody is harassed, and hostility is that of month 0."""
    groups = [Group.of(0, "majority", 5e5), Group.of(1, "kin", 5e5, kin_state="abroad", kinship=0.5)]
    regions = [
        Region.of(0, "north", 5e5, {"majority": 0.0, "kin": 1.0}),
        Region.of(1, "south", 5e5, {"majority": 1.0, "kin": 0.0}),
    ]
    hot = {"displayer_harassment": 5.0, "background_harassment": 5.0}
    society = Society(
        country=Country.of(groups, regions), citizens=400, months=24, tie_region_share=1.0, shock_month=0.0, **hot
    ).run()
    assert society.counts().flow("harassed")[-1] == 0.0
    columns = society.world.columns
    apart = columns.other_camp_ties == 0.0
    assert apart.mean() > 0.9
    verify(START, "hostility seen where nobody of the other camp lives", columns.hostility_seen[apart], 0.15, 1e-12)
    assert np.isfinite(books(society)["stocks"]).all()

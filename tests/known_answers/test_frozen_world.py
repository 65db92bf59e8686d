"""C1: a frozen world stays frozen, and what is expected at month 0 is what comes."""

from __future__ import annotations

import numpy as np
import pytest
from countries import FOREVER
from laws import Law, Verify, five_errors, prior
from worlds import NO_DEPARTURES, NO_INCIDENTS, standard_error, state

from model.society import Society
from scenarios import UNCERTAIN

FROZEN = Law(
    key="C1",
    title="A frozen world stays frozen",
    formula=(
        "no conflict, no policy:  E[x(t)] = x(0)  for x in L, T, H, w, display, incidents\n"
        "every input that comes by chance is taken less its expectation at month 0"
    ),
    source="specification, sections 0 and 9 (C1)",
    ranges=prior(*UNCERTAIN),
    limits=(
        "Expectations are exact for the log-odds of T and H. For T and H themselves chance events add their curvature, "
        "a few thousandths; so where chance is drawn in, drift is bounded and not zero."
    ),
)
NAMES = ("loyalty", "threat", "hostility", "welfare", "kin_display", "incidents")


@pytest.fixture(scope="module")
def frozen_worlds() -> list[Society]:
    """Six networks of 4,000 citizens live 15 years without a conflict or a policy."""
    return [Society(citizens=4000, months=180, seed=seed, shock_month=FOREVER).run() for seed in range(1, 7)]


@pytest.mark.parametrize("population", ["kin_camp", "other_camp"])
@pytest.mark.parametrize("name", NAMES)
def test_a_frozen_world_does_not_drift(
    frozen_worlds: list[Society], verify: Verify, name: str, population: str
) -> None:
    """From year 1 to years 11-15, |drift of a mean| < 3 se and < .005; incidents are counted per head and month."""
    drifts = []
    for society in frozen_worlds:
        path = society.measure(name, population)
        if name == "incidents":
            path = np.diff(path, prepend=0.0)
        drifts.append(path[121:181].mean() - path[1:13].mean())
    allowed = min(3.0 * standard_error(drifts), 0.005)
    verify(FROZEN, f"drift of {name}, {population}", np.mean(drifts), 0.0, allowed, "6 networks of 4,000")


@pytest.mark.parametrize("draw", range(3))
def test_without_chance_events_nothing_moves_at_all(verify: Verify, draw: int) -> None:
    """At any point of the prior: where nobody shows, meets or leaves, every state is that of month 0, to 1e-12."""
    point = FROZEN.draw(draw) | NO_INCIDENTS | NO_DEPARTURES | {"display_cost": 80.0}
    society = Society(citizens=400, months=60, seed=FROZEN.seed(draw), shock_month=FOREVER, **point)
    before = state(society)
    after = state(society.run())
    for name in ("loyalty", "threat_log_odds", "hostility_log_odds", "welfare", "falsified", "injustice_memory"):
        verify(FROZEN, f"{name} after 5 years without chance events", after[name], before[name], 1e-12, "prior")


@pytest.mark.parametrize("fresh", [False, True])
def test_what_a_calm_world_expects_at_month_0_is_what_it_gets_on_average(verify: Verify, fresh: bool) -> None:
    """Expectations match 60 months of 12 frozen worlds: seeds 0 to 11 within 4 se, fresh ones as five of a normal."""
    seen: dict[str, list[float]] = {"harassed": [], "departed": [], "kin display": [], "provocation": []}
    for number in range(12):
        seed = FROZEN.seed(100 + number) if fresh else number
        society = Society(citizens=2000, months=60, seed=seed, shock_month=FOREVER)
        setting, columns = society.world.setting, society.world.columns
        cells = np.bincount(columns.region, minlength=16)
        expected_victims = float((setting.region_victims_expected * cells).sum())
        expected_departures = float((setting.departures_expected * cells).sum())
        kin_display = float(columns.kin_display_expected.mean())
        provocation = float(columns.provocation_expected.mean())
        displays, provocations = [], []
        for _ in range(60):
            society.step()
            displays.append(columns.kin_display_seen[columns.present].mean())
            provocations.append(columns.provocation[columns.present].mean())
        counts = society.counts()
        seen["harassed"].append(counts.flow("harassed")[-1] / 60.0 - expected_victims)
        seen["departed"].append(counts.flow("departed")[-1] / 60.0 - expected_departures)
        seen["kin display"].append(float(np.mean(displays)) - kin_display)
        seen["provocation"].append(float(np.mean(provocations)) - provocation)
    for name, gaps in seen.items():
        allowed = five_errors(gaps) if fresh else 4.0 * standard_error(gaps)
        seeds = "12 fresh seeds" if fresh else "seeds 0 to 11"
        verify(FROZEN, f"{name} less its month-0 expectation", np.mean(gaps), 0.0, allowed, seeds)

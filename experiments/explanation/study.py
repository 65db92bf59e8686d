"""What is run to explain a claim: its arms in worlds where mechanisms are switched off, at points and seeds.

Everything is done at the default point with several seeds, and at points of the prior with a seed each. At one point
and seed all worlds, whatever is switched off in them, share citizens, ties and luck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from experiments.claims import DEFAULT_POINT
from experiments.contrasts import Contrasts
from experiments.explanation.mechanisms import Mechanism, Mechanisms
from experiments.prior import prior_points
from experiments.runs import Bundle, Run
from scenarios import DECLARATIONS, Parameters
from scenarios.claim import Arm

WITH_ALL: Final = Mechanism("nothing")
World = tuple[str, Mechanism]
"""What a world is for ("full", "ablation" or "coalition") and what is switched off in it."""


@dataclass(frozen=True)
class Study:
    """What is to be run: claims, mechanisms, points, seeds."""

    contrasts: Contrasts
    mechanisms: Mechanisms
    points: int
    seeds: int

    @cached_property
    def worlds(self) -> list[World]:
        """The full world, one without each mechanism, and one for each coalition of the groups, in this order."""
        coalitions = range(1 << len(self.mechanisms.groups))
        return [
            ("full", WITH_ALL),
            *(("ablation", mechanism) for mechanism in self.mechanisms.ablations),
            *(("coalition", self.mechanisms.coalition(members)) for members in coalitions),
        ]

    @cached_property
    def stays(self) -> list[tuple[int, tuple[int, ...]]]:
        """Every point with its seeds: the default point with all, then the prior's points with one of their own."""
        return [
            (DEFAULT_POINT, tuple(range(1, self.seeds + 1))),
            *((point, (point + 1,)) for point in range(self.points)),
        ]

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Every point and seed, in order."""
        return [(point, seed) for point, seeds in self.stays for seed in seeds]

    @cached_property
    def _parameters(self) -> list[Parameters]:
        # Counted from the end, the default point is the last.
        return [*prior_points(self.points), Parameters()] if self.points else [Parameters()]

    def run(self, arm: Arm, world: World, point: int, seed: int) -> Run:
        """Return the run of an arm in a world at a point with a seed."""
        _, mechanism = world
        return self.contrasts.run(arm, self._parameters[point], seed, dict(mechanism.off), shock=mechanism.shock)

    def bundles(self) -> tuple[list[Bundle], dict[Arm, list[list[str]]]]:
        """Return the work, each run once, and the key of every arm's run in each world and place.

        Runs that share the months before policy begins are bundled, so that these are lived once.
        """
        trunks: dict[tuple[tuple[int, int], bool, tuple[float, ...]], dict[str, Run]] = {}
        keys: dict[Arm, list[list[str]]] = {arm: [] for arm in self.contrasts.horizons}
        known: set[str] = set()
        for arm, found in keys.items():
            for world in self.worlds:
                found.append([])
                for point, seeds in self.stays:
                    run = self.run(arm, world, point, seeds[0])
                    values = run.values._asdict().items()
                    shared = tuple(value for name, value in values if DECLARATIONS[name].lever is None)
                    for seed, key in zip(seeds, run.keys(seeds), strict=True):
                        found[-1].append(key)
                        if key not in known:
                            known.add(key)
                            trunk = trunks.setdefault(((point, seed), run.arm.shock, shared), {})
                            trunk[key] = replace(run, seed=seed)
        return [Bundle(point, tuple(runs.values())) for ((point, _), _, _), runs in trunks.items()], keys

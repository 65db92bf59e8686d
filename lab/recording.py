"""Two worlds written down, month by month: all that a replay shows.

Both are lived twice: once for everybody's colours, and, when it is known whose lives are worth telling, once for those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.blocks import Block, squeeze
from lab.catalogue import DEFAULT_CITIZENS, DEFAULT_COUNTRY, DEFAULT_MONTHS, DEFAULT_SEED
from lab.finding import FINDS, NEEDED, best
from lab.history import CONFLICT, History, Recipe
from lab.layout import seating
from lab.life import FIGURES, Life, marks
from lab.packing import pack
from model.columns import KIN_CAMP, Columns
from scenarios import LEVERS, ScenarioError, names, read_policy

FORMAT = 1
MOST_CITIZENS = 100_000
LIVES = 500
MEGABYTES = 3.0

USUAL = {
    "country": DEFAULT_COUNTRY, "citizens": DEFAULT_CITIZENS, "months": DEFAULT_MONTHS, "seed": DEFAULT_SEED,
    "shockMonth": None, "parameters": {},
}  # fmt: skip
"""What the laboratory opens with, and an address need not say."""

FIRST_LAYER = "stance"
OTHER_LAYERS = ("departed", "group", "events", "media", "threat", "welfare", "hostility", "loyalty")
"""Colourings that a replay holds besides, in this order, as far as there is room."""

LIFE = ("loyalty", "said", "threat", "hostility_seen", "welfare", "kin_welfare", "fairness", "injustice_memory")
TRAITS = ("kinship", "kin_television", "national_television", "initial_loyalty", "log_income")

STEP = 1e-4
"""A life is written down in steps of this size; the page shows hundredths."""

MOST_FOUND = 0.8
"""At most this share of the lives goes to those whom the page's buttons find."""


@dataclass(frozen=True)
class Recording:
    """What a replay holds: a head for the page, and tables."""

    head: dict[str, Any]
    blocks: tuple[Block, ...]


class Recorder:
    """Lives two worlds and writes them down.

    Parameters
    ----------
    recipe
        What both are made of.
    histories
        What is done to A and to B.
    lives
        How many citizens' lives to write down in full.
    megabytes
        How large the tables may become; the default colouring and the lives are there whatever their size.

    Raises
    ------
    ScenarioError
        If the recipe asks for more than a replay can hold.
    """

    def __init__(
        self,
        recipe: Recipe,
        histories: tuple[History, History],
        *,
        lives: int = LIVES,
        megabytes: float = MEGABYTES,
    ) -> None:
        if recipe.citizens > MOST_CITIZENS:
            raise ScenarioError(
                f"citizens = {recipe.citizens}: a replay holds at most {MOST_CITIZENS}; the laboratory shows more"
            )
        self.recipe = recipe
        self.histories = histories
        self.megabytes = megabytes
        self.worlds = tuple(Life(recipe, history) for history in histories)
        self.lives = min(lives, recipe.citizens)
        self.total = 2 * (recipe.months + 1) + 1 + len(OTHER_LAYERS)
        """How many steps `work` takes."""
        self.recording: Recording | None = None

    def work(self) -> Iterator[None]:
        """Do the work step by step; `recording` is there after the last one."""
        months = range(self.recipe.months + 1)
        citizens = np.arange(self.recipe.citizens, dtype=np.int32)
        layers = (FIRST_LAYER, *OTHER_LAYERS)
        shape = (len(months), self.recipe.citizens)
        codes = {layer: tuple(np.zeros(shape, dtype=np.uint8) for _ in self.worlds) for layer in layers}
        regions: tuple[list[NDArray[Any]], ...] = ([], [])
        groups: tuple[list[NDArray[Any]], ...] = ([], [])
        found: Counter[int] = Counter()
        for month in months:
            for number, world in enumerate(self.worlds):
                world.seek(month)
                for layer in layers:
                    codes[layer][number][month] = np.frombuffer(pack(layer, self._people(number), citizens), np.uint8)
                regions[number].append(world.regions(month))
                groups[number].append(world.groups(month))
            found.update(place for place in self._found(slice(None)) if place is not None)
            yield

        chosen = self._chosen(found)
        lives = tuple(Written(len(months), chosen.size) for _ in self.worlds)
        finds = np.full((len(months), len(FINDS)), -1, dtype=np.int32)
        for month in months:
            for number, world in enumerate(self.worlds):
                world.seek(month)
                lives[number].write(month, self._people(number), chosen)
            finds[month] = [-1 if place is None else int(chosen[place]) for place in self._found(chosen)]
            yield

        blocks = [*self._who(chosen), squeeze("finds", finds)]
        for number, world in enumerate(self.worlds):
            blocks.append(squeeze(f"figures {number}", world.rows(0, months[-1])))
            blocks.append(squeeze(f"regions {number}", np.array(regions[number])))
            blocks.append(squeeze(f"groups {number}", np.array(groups[number])))
            blocks += lives[number].blocks(number)
        blocks += [squeeze(f"{FIRST_LAYER} {number}", table) for number, table in enumerate(codes[FIRST_LAYER])]
        held = [FIRST_LAYER]
        yield
        for layer in OTHER_LAYERS:
            more = [squeeze(f"{layer} {number}", table) for number, table in enumerate(codes[layer])]
            if sum(block.room for block in (*blocks, *more)) <= self.megabytes * 1e6:
                blocks += more
                held.append(layer)
            yield
        self.recording = Recording(self._head(held, chosen), tuple(blocks))

    def _people(self, number: int) -> Columns:
        return self.worlds[number].society.world.columns

    def _found(self, which: Any) -> list[int | None]:
        """Return whom the buttons of the page find this month among some citizens: their places there."""
        a, b = ({name: getattr(self._people(number), name)[which] for name in NEEDED} for number in range(2))
        return [best(what, a, b) for what in FINDS]

    def _chosen(self, found: Mapping[int, int]) -> NDArray[np.int32]:
        """Return whose lives are told: those whom the buttons find most often, then from every place alike.

        Half of the latter have kin in the warring country, as far as there are so many.
        """
        first = [citizen for citizen, _ in Counter(found).most_common(int(self.lives * MOST_FOUND))]
        people = self._people(0)
        order = [int(citizen) for citizen in seating(people)]
        taken = set(first)
        kin = [citizen for citizen in order if people.camp[citizen] == KIN_CAMP and citizen not in taken]
        others = [citizen for citizen in order if people.camp[citizen] != KIN_CAMP and citizen not in taken]
        free = self.lives - len(first)
        half = min(len(kin), max(free // 2, free - len(others)))
        rest = _evenly(kin, half) + _evenly(others, free - half)
        return np.array(sorted(first + rest), dtype=np.int32)

    def _who(self, chosen: NDArray[np.int32]) -> list[Block]:
        """Return where everybody lives and of which group they are, and who the chosen ones are."""
        people = self._people(0)
        world = self.worlds[0].society.world
        ties = [world.ties[world.first_tie[number] : world.first_tie[number + 1]] for number in chosen]
        everybody = np.array([people.region, people.group], dtype=np.uint8)
        traits = np.array([getattr(people, name)[chosen] for name in TRAITS], dtype=np.float64)
        return [
            squeeze("everybody", everybody),
            squeeze("traits", traits),
            squeeze("chosen", np.array([chosen, [one.size for one in ties]], dtype=np.int32)),
            squeeze("ties", np.concatenate([*ties, np.zeros(0, dtype=np.int32)]).astype(np.int32)[None, :]),
        ]

    def _head(self, held: list[str], chosen: NDArray[np.int32]) -> dict[str, Any]:
        recipe = asdict(self.recipe)
        shock = recipe.pop("shock_month")
        policies = Policies()
        return {
            "format": FORMAT,
            "recipe": recipe
            | {
                "country": self.worlds[0].society.country.name,
                "shockMonth": "never" if shock == float("inf") else shock,
            },
            "usual": USUAL,
            "ownFiles": policies.own or self.recipe.country not in names("countries"),
            "worlds": [policies.history(history) for history in self.histories],
            "policies": policies.listed,
            "equal": self.histories[0].differs_from(self.histories[1]) == float("inf"),
            "society": self.worlds[0].described() | {"diaryEvery": 1},
            "levers": [world.levers() for world in self.worlds],
            "leverNames": [*LEVERS, CONFLICT],
            "layers": held,
            "lives": {"count": int(chosen.size), "step": STEP, "names": list(LIFE), "traits": list(TRAITS)},
            "finds": list(FINDS),
            "regions": len(self.worlds[0].society.country.regions),
            "groups": len(self.worlds[0].society.country.groups),
            "figures": len(FIGURES),
        }


class Policies:
    """The policies of a replay, each under a name of its own even if two files bear the same."""

    def __init__(self) -> None:
        self.listed: list[dict[str, Any]] = []
        self.own = False
        """Whether one of them is no shipped policy."""
        self._digests: dict[str, str] = {}

    def name(self, name_or_path: str) -> str:
        """Return the name of a policy in the replay."""
        policy = read_policy(name_or_path)
        self.own = self.own or name_or_path not in names("policies")
        name = policy.name
        count = 1
        while self._digests.setdefault(name, policy.digest()) != policy.digest():
            count += 1
            name = f"{policy.name} ({count})"
        if name not in (policy["name"] for policy in self.listed):
            self.listed.append({"name": name, "title": policy.title, "description": policy.description})
        return name

    def history(self, history: History) -> dict[str, Any]:
        """Return a history as the page knows it."""
        policy = self.name(history.policy)
        events = [
            [event.month, event.what, self.name(str(event.value)) if event.what == "policy" else event.value]
            for event in history.events
        ]
        return {"policy": policy, "events": events}


class Written:
    """Some citizens' lives in one world: [months, citizens] by variable, in whole steps."""

    def __init__(self, months: int, citizens: int) -> None:
        self.values = {name: np.zeros((months, citizens), dtype=np.int32) for name in LIFE}
        self.marks = np.zeros((months, citizens), dtype=np.uint8)

    def write(self, month: int, people: Columns, chosen: NDArray[np.int32]) -> None:
        """Write down one month."""
        for name in LIFE:
            value = people.loyalty + people.falsified if name == "said" else getattr(people, name)
            self.values[name][month] = np.floor(value[chosen] / STEP).astype(np.int32)
        self.marks[month] = marks(people)[chosen]

    def blocks(self, world: int) -> list[Block]:
        """Return the lives as tables."""
        return [
            *(squeeze(f"life {name} {world}", table) for name, table in self.values.items()),
            squeeze(f"marks {world}", self.marks),
        ]


def _evenly(order: list[int], count: int) -> list[int]:
    """Return so many of a list, evenly spread over it."""
    return [order[int(place)] for place in np.linspace(0, len(order), count, endpoint=False)] if count else []

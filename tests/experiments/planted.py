"""Planted models: a small sound one, and for each check one that is broken in just that way."""

from __future__ import annotations

import itertools
import random
import time
from contextlib import contextmanager
from typing import Any, Literal

import mesa
import numpy as np

from experiments.conformance import Labels, Scale, Streams

COUNTER = itertools.count()


def uniform(*key: Any) -> float:
    """Return a keyed draw."""
    return random.Random(repr(key)).random()


class Walker(mesa.Agent):
    def __init__(self, model: Any, group: str) -> None:
        super().__init__(model)
        self.group, self.place, self.tired, self.news = group, 0.0, False, 0.0

    def look(self) -> None:
        self.news = self.model.drawn("look", self.unique_id) * self.model.pull

    def move(self) -> None:
        self.place += self.model.speed * (self.model.drawn("move", self.unique_id) - 0.5) + self.news


class Walkers(mesa.Model):
    """Walkers on a line, each with keyed luck: the sound model."""

    groups = ("north", "south")

    def __init__(
        self, walkers: int = 8, speed: float = 1.0, pull: float = 0.1, groups: Any = None, seed: int = 0
    ) -> None:
        super().__init__(rng=seed)
        self.key, self.speed, self.pull = seed, speed, pull
        names = groups or self.groups
        for number in range(walkers):
            Walker(self, names[number % len(names)])
        self.datacollector = mesa.DataCollector({"mean": mean_place})

    def drawn(self, purpose: str, number: int) -> float:
        return uniform(self.key, purpose, self.steps, number)

    def step(self) -> None:
        self.agents.do("look")
        self.agents.do("move")


def mean_place(model: Any) -> float:
    return float(np.mean([agent.place for agent in model.agents]))


SOUND: dict[str, Any] = {
    "parameters": {"speed": (0.5, 2.0), "pull": (0.05, 0.2)},
    "settings": {"walkers": 8},
    "size": "walkers",
    "steps": 6,
    "synchronous": True,
}


# --- not the same twice -----------------------------------------------------------------------------------------------


class ByTheClock(Walkers):
    def step(self) -> None:
        super().step()
        for agent in self.agents:
            agent.place += time.perf_counter_ns() % 1000


class ByGlobalLuck(Walkers):
    def drawn(self, purpose: str, number: int) -> float:
        return random.random()


class ByWhatWentBefore(Walkers):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.speed += next(COUNTER)


class BySetOrder(Walkers):
    def step(self) -> None:
        super().step()
        for rank, name in enumerate({f"walker {agent.unique_id}" for agent in self.agents}):
            list(self.agents)[int(name.split()[1]) - 1].place += rank


class ByEngine(Walkers):
    def __init__(self, engine: str = "plain", **settings: Any) -> None:
        super().__init__(**settings)
        if engine == "quick":
            self.speed *= 1.0 + 1e-15


# --- not to be looked at, interrupted or reordered --------------------------------------------------------------------


def missing(model: Any) -> float:
    return float(len(model.agents) - sum(len(agents) for agents in model.agents_by_type.values()))


def leaking(model: Any) -> float:
    return float(model.random.random())


class LeakingReporter(Walkers):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.datacollector = mesa.DataCollector({"leak": leaking})

    def drawn(self, purpose: str, number: int) -> float:
        return self.random.random()


class Unpicklable(Walkers):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.greet = lambda: "hello"


class Forgetful(Walkers):
    """Its pickle forgets how tired it is."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._worn = 0.0

    def step(self) -> None:
        super().step()
        self._worn += 0.1
        for agent in self.agents:
            agent.place -= self._worn

    def __reduce__(self) -> Any:
        state = {agent.unique_id: agent.place for agent in self.agents}
        return _remembered, (type(self), len(self.agents), self.key, self.steps, state)


def _remembered(kind: Any, walkers: int, key: int, steps: int, places: dict[int, float]) -> Any:
    model = kind(walkers=walkers, seed=key)
    model.steps = steps
    if hasattr(model, "time"):
        model.time = float(steps)
    for agent in model.agents:
        agent.place = places[agent.unique_id]
    return model


class Queue(Walkers):
    """Each walker follows the one who moved before."""

    def step(self) -> None:
        self.last = 0.0
        self.agents.do(self.follow)

    def follow(self, agent: Any) -> None:
        agent.place = self.last = self.last * 0.5 + self.drawn("move", agent.unique_id)


class Choir(mesa.agent.AgentSet):
    """A way of its own to call agents."""

    def do(self, method: Any, *arguments: Any, **named: Any) -> Any:
        for agent in self:
            method(agent, *arguments, **named)
        return self


class QueueOfAChoir(Queue):
    """The same, called by a set of its own kind."""

    def step(self) -> None:
        self.last = 0.0
        Choir(self.agents, random=self.random).do(self.follow)


class Tireless(Walkers):
    """It does not listen when it is told to stop."""

    def run_model(self) -> None:
        for _ in range(50):
            self.step()


class OneStream(Walkers):
    """All its mechanisms draw from one stream."""

    def drawn(self, purpose: str, number: int) -> float:
        if [purpose] == EXTRA:
            self.random.random()
        return self.random.random()


EXTRA: list[str] = []


@contextmanager
def extra(purpose: str) -> Any:
    EXTRA.append(purpose)
    try:
        yield
    finally:
        EXTRA.remove(purpose)


STREAMS = Streams(("look", "move"), extra)


class Heard(Walkers):
    """Each mechanism has a stream of its own, which can be listened to and given other luck."""

    def drawn(self, purpose: str, number: int) -> float:
        value = uniform(self.key, purpose, self.steps, number, self.has_other_luck(purpose))
        for heard in HEARD:
            heard.append((purpose, (self.steps, number), value))
        return value

    def has_other_luck(self, purpose: str) -> bool:
        return purpose in MOVED


class SharesLuck(Heard):
    """Other luck in one mechanism is other luck in all."""

    def has_other_luck(self, purpose: str) -> bool:
        return bool(MOVED)


class KeepsLuck(Heard):
    """There is no other luck."""

    def has_other_luck(self, purpose: str) -> bool:
        return False


MOVED: list[str] = []
HEARD: list[list[tuple[str, Any, float]]] = []


@contextmanager
def other(purpose: str) -> Any:
    MOVED.append(purpose)
    try:
        yield
    finally:
        MOVED.remove(purpose)


@contextmanager
def listen() -> Any:
    HEARD.append([])
    try:
        yield HEARD[-1]
    finally:
        HEARD.pop()


LISTENED = Streams(("look", "move"), extra, other, listen)


# --- other ways to live -----------------------------------------------------------------------------------------------


class Once:
    """It does something the first time only."""

    def __init__(self, meddle: Any) -> None:
        self.meddle, self.done = meddle, False

    def __call__(self, thing: Any) -> Any:
        done, self.done = self.done, True
        return thing if done else self.meddle(thing)


def hurried(model: Any) -> Any:
    model.speed += 1.0
    return model


class EndsEarly(Walkers):
    """It is over after three steps."""

    def step(self) -> None:
        super().step()
        self.running = self.steps < 3


class ByHand(Walkers):
    """Its agents are called one by one, and not through Mesa."""

    def step(self) -> None:
        for agent in self.agents:
            agent.look()
            agent.move()


class Moody(Walkers):
    """It has choices among its parameters, and refuses to be fast.

    Args:
        mood: how they walk
        bold: whether they walk at all
    """

    def __init__(
        self, mood: Literal["calm", "wild"] = "calm", bold: bool = True, luck: float = 0.0, **settings: Any
    ) -> None:
        super().__init__(**settings)
        if self.speed > 1.9:
            raise ValueError("too fast")
        self.speed *= bold * (2.0 if mood == "wild" else 1.0)


class Clock:
    """No model of Mesa's."""

    def __init__(self, hand: float, pace: float) -> None:
        self.hand, self.pace = hand, pace


def clock(seed: int, pace: float = 0.5) -> Clock:
    return Clock(float(seed), pace)


def tick(clock: Clock) -> None:
    clock.hand += clock.pace


def hand(clock: Clock) -> dict[str, float]:
    return {"hand": clock.hand}


# --- names, parameters, laws, scale -----------------------------------------------------------------------------------


class NamesAGroup(Walkers):
    def step(self) -> None:
        super().step()
        for agent in self.agents:
            if agent.group == "south":
                agent.place += 1.0


def relabelled(settings: Any, mapping: Any) -> dict[str, Any]:
    return {**settings, "groups": tuple(mapping[name] for name in settings.get("groups", Walkers.groups))}


def by_group(model: Any) -> dict[tuple[str | None, str], Any]:
    groups = {agent.group for agent in model.agents}
    return {
        (group, "places"): [agent.place for agent in model.agents if agent.group == group] for group in sorted(groups)
    }


GROUPS = Labels(Walkers.groups, relabelled, by_group)


class DeadParameter(Walkers):
    """Walkers with a parameter that nothing reads.

    Parameters
    ----------
    courage
        Documented, and dead.
    wisdom
        Documented, and missing.
    """

    def __init__(self, courage: float = 0.5, **settings: Any) -> None:
        super().__init__(**settings)
        self.courage = courage


class Crowd(Walkers):
    """Courage shows in a crowd only."""

    def __init__(self, courage: float = 0.5, crowd: int = 40, **settings: Any) -> None:
        super().__init__(**settings)
        self.courage, self.crowd = courage, crowd

    def step(self) -> None:
        super().step()
        if len(self.agents) > self.crowd:
            next(iter(self.agents)).place += self.courage


class Humped(Walkers):
    """As much of it is nothing as none of it."""

    def __init__(self, courage: float = 0.5, **settings: Any) -> None:
        super().__init__(**settings)
        self.courage = courage
        self.speed += courage * (1.0 - courage)


class Asserting(Walkers):
    """It has an opinion of its own on what cannot be."""

    def step(self) -> None:
        super().step()
        assert self.steps < 3, "nobody walks that far"


class Settings:
    def __init__(self, speed: float) -> None:
        self.speed = speed


class ReadsInSecret(Walkers):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.p = Settings(self.speed)

    def step(self) -> None:
        super().step()
        for agent in self.agents:
            agent.place += getattr(self.p, "speed", 0.0) if self.p.speed > 0 else self.p.hidden_speed


class Runaway(Walkers):
    def step(self) -> None:
        super().step()
        if self.speed > 1.9:
            next(iter(self.agents)).place = 1e6


class Spendthrift(Walkers):
    """A walker's purse; one coin in the pot is lost at high speed."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.pot, self.purse = 100.0, 0.0

    def step(self) -> None:
        super().step()
        self.pot -= 1.0
        self.purse += 0.9 if self.pull > 0.19 else 1.0


def coins(model: Any) -> float:
    return float(model.pot + model.purse - 100.0)


class Crowded(Walkers):
    """How far one walks depends on how many walk."""

    def step(self) -> None:
        super().step()
        for agent in self.agents:
            agent.place += 0.01 * len(self.agents)


def per_head(model: Any) -> dict[str, float]:
    return {"place": mean_place(model)}


SCALES = (Scale("40 or 160 walkers", {"walkers": 40}, {"walkers": 160}),)

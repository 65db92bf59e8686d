"""The adapter: all that the suite needs to know of a model, with Mesa's ways as defaults.

`make_model(seed=..., **settings)` is enough. Whatever else a `Subject` says opens further checks; what it does not say
is reported as not applicable, never as passed.
"""

from __future__ import annotations

import enum
import inspect
import sys
import typing
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

import numpy as np

from scenarios import ScenarioError

State = Mapping[str, Any]
History = list[dict[str, Any]]
Settings = Mapping[str, Any]
Range = tuple[float, float] | Sequence[Any]

KEPT_BY_MESA = frozenset({"random", "rng", "seed", "scenario", "agent_id_counter"})
SEED_NAMES = ("seed", "rng")


class SubjectError(ScenarioError):
    """The adapter says something that is not allowed; the message names it."""


@dataclass(frozen=True)
class Trial:
    """One life of a model: with which seed, how many steps, and what is set differently from the subject's own."""

    seed: int
    steps: int
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True)
class Labels:
    """Names that must carry nothing.

    Attributes
    ----------
    names
        The labels, for example of groups.
    relabel
        Returns settings in which every label is replaced by `mapping[label]`, its data left as they are.
    state
        Returns a state as a mapping of (label, variable) to numbers; the other results have the label None.
    """

    names: tuple[str, ...]
    relabel: Callable[[Settings, Mapping[str, str]], dict[str, Any]]
    state: Callable[[Any], Mapping[tuple[str | None, str], Any]]


@dataclass(frozen=True)
class Streams:
    """The mechanisms that draw chance, each from a stream of its own.

    Attributes
    ----------
    names
        The mechanisms.
    extra
        Returns a context in which that mechanism draws once more whenever it draws.
    other
        Returns a context in which that mechanism alone has other luck.
    listen
        Returns a context that yields a list to which every draw is added: (mechanism, key, value).
    settings
        With which settings the contexts work.
    """

    names: tuple[str, ...]
    extra: Callable[[str], AbstractContextManager[Any]]
    other: Callable[[str], AbstractContextManager[Any]] | None = None
    listen: Callable[[], AbstractContextManager[list[tuple[str, Any, float]]]] | None = None
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True)
class Scale:
    """Two settings between which results per head may differ by noise only.

    `tolerance` is the stated noise beyond that of the seeds, by result; a result without one has 0.
    """

    name: str
    small: Settings
    large: Settings
    tolerance: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """A model under test.

    Attributes
    ----------
    make_model
        Called with `seed=` (or `rng=`) and settings by name; a Mesa model class will do.
    parameters
        Range of each parameter: `(low, high)` (whole numbers if both ends are), or a list of choices. If not given,
        half to one and a half times each number in the signature or in the model's `Scenario`.
    state
        Numbers and arrays that say all of the model; `mesa_state` if not given.
    settings
        What every trial is made with. A small model makes a fast check.
    steps
        Length of a trial.
    size
        Name of the setting that says how many agents there are, with `smallest`.
    situations
        Settings under which parameters are tried: one that acts only under some policy needs that policy.
    inert
        Parameters that change nothing, each with the reason; at most three, and it is checked that they are inert.
    silent
        By situation: parameters that change nothing there.
    alternatives
        Settings that must not matter, by name: engines, threads.
    observers
        Ways to look at the model, by name; a Mesa default if not given.
    save, load
        A checkpoint and back; pickle if not given.
    synchronous
        Whether the order in which agents act must not matter. `order` is the context that changes it; if not given,
        Mesa's `AgentSet.do` calls agents in another order. `order_settings` are the settings under which that works.
    labels, streams, scales
        See there.
    bounds
        Range of a state by name.
    laws
        By name, a function of the model that returns by how far a conservation law is missed, at most `law_tolerance`.
    drawn
        How to draw settings that are no parameters, such as policies, for the random points of bounds and laws.
    per_head
        Results that must not depend on scale.
    documented
        Parameters that the documentation names; if not given, those in the docstrings.
    containers
        Names under which the sources read parameters: `("p",)` for `p.rate`; `("scenario",)` for Mesa's scenarios.
    sources
        Modules or packages whose text is searched for such reads; the model's own package if not given.
    allowed
        Names that a container has besides the parameters.
    exempt
        Checks that the model does not claim to pass, by name, with the reason.
    """

    make_model: Callable[..., Any]
    name: str = ""
    parameters: Mapping[str, Range] | None = None
    state: Callable[[Any], State] | None = None
    step: Callable[[Any], None] | None = None
    settings: Settings = field(default_factory=dict)
    steps: int = 20
    seed: int = 1
    size: str | None = None
    smallest: int = 1
    situations: Mapping[str, Settings] = field(default_factory=lambda: {"as set": {}})
    inert: Mapping[str, str] = field(default_factory=dict)
    silent: Mapping[str, Collection[str]] = field(default_factory=dict)
    alternatives: Mapping[str, Settings] = field(default_factory=dict)
    observers: Mapping[str, Callable[[Any], Any]] | None = None
    save: Callable[[Any], Any] | None = None
    load: Callable[[Any], Any] | None = None
    synchronous: bool = False
    order: Callable[[Random], AbstractContextManager[Any]] | None = None
    order_settings: Settings = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    streams: Streams | None = None
    scales: Sequence[Scale] = ()
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    laws: Mapping[str, Callable[[Any], float]] = field(default_factory=dict)
    law_tolerance: float = 1e-9
    drawn: Mapping[str, Callable[[Random], Any]] = field(default_factory=dict)
    per_head: Callable[[Any], Mapping[str, float]] | None = None
    documented: Collection[str] | None = None
    containers: tuple[str, ...] = ()
    sources: Sequence[Any] = ()
    allowed: Collection[str] = ()
    exempt: Mapping[str, str] = field(default_factory=dict)

    # --- what the checks ask ------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """The model's name."""
        return self.name or getattr(self.make_model, "__name__", type(self.make_model).__name__)

    @property
    def ranges(self) -> Mapping[str, Range]:
        """The parameters' ranges."""
        return self.parameters or {}

    def trial(self, settings: Settings | None = None, *, steps: int | None = None, seed: int | None = None) -> Trial:
        """Return a trial of this subject."""
        return Trial(self.seed if seed is None else seed, self.steps if steps is None else steps, dict(settings or {}))

    def make(self, trial: Trial) -> Any:
        """Return the model of a trial, at its beginning."""
        return made(self.make_model, trial.seed, {**self.settings, **trial.settings})

    def look(self, model: Any) -> dict[str, Any]:
        """Return a copy of the state."""
        state = (self.state or mesa_state)(model)
        return {name: np.array(value) for name, value in state.items()}

    def advance(self, model: Any) -> None:
        """Let the model live one step."""
        if self.step is None:
            model.step()
        else:
            self.step(model)

    def core(self) -> Subject:
        """Return what is needed to live a trial in another process, and nothing else."""
        return Subject(
            self.make_model, self.name, state=self.state, step=self.step, settings=self.settings, steps=self.steps
        )


def made(make_model: Callable[..., Any], seed: int, settings: Settings) -> Any:
    """Return a model made with a seed under the name that its maker knows."""
    if isinstance(make_model, type):
        scenario = scenario_class(make_model)
        if scenario is not None:
            own = [name for name in settings if name in accepted(make_model)]
            rest = {name: value for name, value in settings.items() if name not in own}
            return make_model(scenario=scenario(rng=seed, **rest), **{name: settings[name] for name in own})
    known = accepted(make_model)
    name = "rng" if "rng" in known and _takes_rng() else "seed" if "seed" in known or "**" in known else "rng"
    return make_model(**{name: seed}, **settings)


def live(subject: Subject, trial: Trial, before: Callable[[Any], Any] | None = None) -> History:
    """Live a trial and return the state of every step, the beginning first; `before` is called ahead of each step."""
    model = subject.make(trial)
    history = [subject.look(model)]
    for _ in range(trial.steps):
        if not getattr(model, "running", True):
            break
        if before is not None:
            before(model)
        subject.advance(model)
        history.append(subject.look(model))
    return history


# --- Mesa's ways ------------------------------------------------------------------------------------------------------


def mesa_state(model: Any) -> dict[str, Any]:
    """Return every public number of a Mesa model and of its agents, these by class in the order of their ids."""
    state = {f"model.{name}": value for name, value in _numbers(model).items() if name not in KEPT_BY_MESA}
    by_class: dict[str, list[Any]] = {}
    for agent in getattr(model, "agents", ()):
        by_class.setdefault(type(agent).__name__, []).append(agent)
    for kind, agents in sorted(by_class.items()):
        agents.sort(key=lambda agent: agent.unique_id)
        known = [_numbers(agent) for agent in agents]
        for name in sorted({name for numbers in known for name in numbers}):
            state[f"{kind}.{name}"] = _column([numbers.get(name) for numbers in known])
    return state


def _numbers(thing: Any) -> dict[str, Any]:
    found = {}
    for name, value in vars(thing).items():
        if name.startswith("_"):
            continue
        plain = _plain(value)
        if plain is not None:
            found[name] = plain
    coordinate = getattr(getattr(thing, "cell", None), "coordinate", None)
    if coordinate is not None:
        found["cell"] = _plain(coordinate)
    return found


def _plain(value: Any) -> Any:
    """Return a number, a text or an array of numbers; None for anything else."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, bool | int | float | np.number | np.bool_ | str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return value
    numbers = (int, float, np.number)
    if isinstance(value, tuple | list) and value and all(isinstance(part, numbers) for part in value):
        return np.array(value, dtype=float)
    return None


def _column(values: list[Any]) -> Any:
    if all(isinstance(value, bool | int | float | np.number | np.bool_) for value in values):
        return np.array(values)
    return np.array([np.array2string(v) if isinstance(v, np.ndarray) else str(v) for v in values])


def mesa_observers(model: Any) -> dict[str, Callable[[Any], Any]]:
    """Return the ways in which Mesa's users look at a model."""
    found: dict[str, Callable[[Any], Any]] = {"read every number": mesa_state}
    if hasattr(model, "datacollector"):
        found["collect data"] = _collect
        found["read the collected data"] = lambda model: model.datacollector.get_model_vars_dataframe()
    return found


def _collect(model: Any) -> None:
    """Collect as Mesa does, and forget the row again: one row too many would be in the reports of the next steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.datacollector.collect(model)


@contextmanager
def another_order(luck: Random) -> Iterator[list[str]]:
    """Let Mesa's `AgentSet.do` call the agents in another order; yields the list of methods called so."""
    from mesa.agent import AgentSet

    called: list[str] = []
    # Mesa 3.5 has several kinds of agent sets under one abstract root; Mesa 3.3 has one.
    root = [kind for kind in AgentSet.__mro__ if kind.__module__.startswith("mesa")][-1]
    kinds = {kind for kind in _kinds(root) if "do" in vars(kind)}
    originals = {kind: vars(kind)["do"] for kind in kinds}

    def do(self: Any, method: Any, *arguments: Any, **named: Any) -> Any:
        agents = list(self)
        called.append(getattr(method, "__name__", str(method)))
        luck.shuffle(agents)
        for agent in agents:
            if isinstance(method, str):
                getattr(agent, method)(*arguments, **named)
            else:
                method(agent, *arguments, **named)
        return self

    try:
        for kind in kinds:
            kind.do = do
        yield called
    finally:
        for kind, original in originals.items():
            kind.do = original


def _kinds(kind: Any) -> Iterator[Any]:
    yield kind
    for child in kind.__subclasses__():
        yield from _kinds(child)


def scenario_class(kind: type) -> type | None:
    """Return the class of a model's `Scenario` (Mesa 3.5), or None."""
    try:
        from mesa.experimental.scenarios import Scenario
    except ImportError:
        return None
    if "scenario" not in accepted(kind):
        return None
    home = vars(sys.modules[kind.__module__])
    found = [value for value in home.values() if isinstance(value, type) and issubclass(value, Scenario)]
    own = [value for value in found if value is not Scenario]
    return own[0] if len(own) == 1 else None


def accepted(make_model: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments; `**` if any name is taken."""
    names = []
    for name, parameter in inspect.signature(make_model).parameters.items():
        names.append("**" if parameter.kind is parameter.VAR_KEYWORD else name)
    return names


def _takes_rng() -> bool:
    """Tell whether Mesa calls the seed `rng` and takes it as one (3.5)."""
    try:
        import mesa.experimental.scenarios  # noqa: F401
    except ImportError:
        return False
    return True


def declared_parameters(make_model: Callable[..., Any]) -> dict[str, Any]:
    """Return the parameters that a maker or its `Scenario` declares, with their defaults."""
    found = {
        name: parameter.default
        for name, parameter in inspect.signature(make_model).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and parameter.default is not parameter.empty
    }
    scenario = scenario_class(make_model) if isinstance(make_model, type) else None
    if scenario is not None:
        found |= getattr(scenario, "_scenario_defaults", {})
    return {name: value for name, value in found.items() if name not in (*SEED_NAMES, "scenario")}


def inferred_ranges(make_model: Callable[..., Any]) -> dict[str, Range]:
    """Return a range about each declared default: half to one and a half times a number, both truths, each choice."""
    choices: dict[str, Any] = {}
    if isinstance(make_model, type):
        for kind in (scenario_class(make_model), vars(make_model).get("__init__")):
            if kind is not None:
                choices |= _hints(kind)
    ranges: dict[str, Range] = {}
    for name, default in declared_parameters(make_model).items():
        if typing.get_origin(choices.get(name)) is Literal:
            ranges[name] = list(typing.get_args(choices[name]))
        elif isinstance(default, bool):
            ranges[name] = [False, True]
        elif isinstance(default, int) and default > 0:
            ranges[name] = (max(1, default // 2), default + max(1, default // 2))
        elif isinstance(default, float) and default != 0.0:
            low, high = sorted((0.5 * default, 1.5 * default))
            ranges[name] = (low, min(high, 1.0) if 0.0 < default <= 1.0 else high)
    return ranges


def _hints(thing: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(thing)
    except (NameError, TypeError):
        return {}


def completed(subject: Subject) -> Subject:
    """Return the subject with what can be inferred filled in, or refuse what it says wrongly."""
    if not callable(subject.make_model):
        raise SubjectError(f"make_model = {subject.make_model!r} is not allowed; it must be a class or a function")
    if subject.steps < 1:
        raise SubjectError(f"steps = {subject.steps!r} is not allowed; it must be 1 or more")
    if len(subject.inert) > 3:
        raise SubjectError(f"inert: {len(subject.inert)} parameters are declared inert; at most three may be")
    if subject.parameters is None:
        inferred = inferred_ranges(subject.make_model)
        parameters = {name: values for name, values in inferred.items() if name not in subject.settings}
    else:
        parameters = dict(subject.parameters)
    for name, values in parameters.items():
        _check_range(name, values)
    for name in subject.inert:
        if name not in parameters:
            raise SubjectError(f"inert: '{name}' is no parameter; known: {', '.join(parameters)}")
    return replace(subject, parameters=parameters)


def _check_range(name: str, values: Any) -> None:
    if isinstance(values, tuple):
        if len(values) == 2 and all(isinstance(end, int | float) for end in values) and values[0] <= values[1]:
            return
    elif isinstance(values, list) and values:
        return
    raise SubjectError(f"parameters: {name} = {values!r} is not allowed; write (low, high) or a list of choices")

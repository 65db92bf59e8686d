"""One society, lived and written down: tables, what it was made of, and a picture of its history."""

from __future__ import annotations

import json
import math
import os
import platform
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.errors import StoreError
from experiments.folders import refuse_other_results
from experiments.progress import progress
from experiments.provenance import revision, versions
from model.compiling import source_digest
from model.society import Society
from scenarios import DECLARATIONS, ScenarioError
from scenarios.errors import nearest
from scenarios.policy import LEVERS

RECORD = "run.json"
PICTURE = "history.png"
LARGE = 50_000  # citizens that are worth a progress bar and every processor
Format = Literal["parquet", "csv"]

# Okabe-Ito: told apart with any colour vision.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#6B6B6B",
)


@dataclass(frozen=True)
class Panel:
    """One panel of the history: a title, a unit, and lines of (measure, population, label, colour)."""

    title: str
    unit: str
    lines: tuple[tuple[str, str, str, str], ...]


PANELS = (
    Panel(
        "Sincere loyalty and what is spoken",
        "L, -1 to 1",
        (
            ("loyalty", "kin_camp", "kin camp, felt", BLUE),
            ("public_loyalty", "kin_camp", "kin camp, spoken", ORANGE),
            ("loyalty", "other_camp", "others, felt", GREY),
        ),
    ),
    Panel(
        "Kin-state symbols",
        "share of the kin camp",
        (
            ("kin_display", "kin_camp", "shown", ORANGE),
            ("suppressed_display", "kin_camp", "suppressed", PURPLE),
        ),
    ),
    Panel(
        "Threat and hostility",
        "probability",
        (
            ("threat", "kin_camp", "threat, kin camp", VERMILION),
            ("hostility", "other_camp", "hostility, others", GREY),
            ("hostility", "kin_camp", "hostility, kin camp", BLUE),
        ),
    ),
    Panel(
        "Welfare",
        "log points since month 0",
        (
            ("welfare", "everyone", "own, everybody", GREEN),
            ("welfare_against_kin", "kin_camp", "against kin abroad, kin camp", BLUE),
        ),
    ),
    Panel(
        "Human cost in the kin camp",
        "per head since month 0",
        (
            ("departures", "kin_camp", "departures", GREY),
            ("sanctions_unjust", "kin_camp", "unjust sanctions", VERMILION),
            ("incidents", "kin_camp", "street incidents", PURPLE),
        ),
    ),
)


def parse_settings(settings: list[str]) -> dict[str, float]:
    """Return parameters from texts such as `welfare_weight=0.8`.

    Raises
    ------
    ScenarioError
        For a text without `=`, an unknown name or something that is no number.
    """
    values = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = name.strip()
        if not equals:
            raise ScenarioError(f"--set {setting}: write NAME=VALUE, for example welfare_weight=0.8")
        if name not in DECLARATIONS:
            raise ScenarioError(f"--set {setting}: unknown parameter '{name}'{nearest(name, DECLARATIONS)}")
        try:
            values[name] = float(text)
        except ValueError:
            raise ScenarioError(f"--set {setting}: {text.strip()!r} is no number") from None
    return values


class Lives:
    """What some citizens, drawn by lot, feel, show and meet, month by month."""

    TOLD = (
        "present",
        "loyalty",
        "display",
        "falsified",
        "threat",
        "hostility",
        "welfare",
        "kin_welfare",
        "fairness",
        "injustice_memory",
        "fine",
        "sanctioned",
        "harassed",
        "departed",
    )

    def __init__(self, society: Society, size: int) -> None:
        self._numbers = np.array(society.sample_numbers(min(size, society.citizens)), dtype=np.int64)
        self._months: list[dict[str, Any]] = []
        self.note(society)

    def note(self, society: Society) -> None:
        """Write down this month."""
        columns = society.world.columns
        told = {name: getattr(columns, name)[self._numbers] for name in self.TOLD}
        self._months.append({"month": society.month, "citizen": self._numbers, **told})

    def table(self, society: Society) -> pd.DataFrame:
        """Return a row a month and citizen: who it is, and what was noted."""
        lives = pd.concat([pd.DataFrame(month) for month in self._months], ignore_index=True)
        columns = society.world.columns
        regions = np.array([region.name for region in society.country.regions])
        groups = np.array([group.name for group in society.country.groups])
        lives.insert(2, "region", regions[columns.region[lives["citizen"]]])
        lives.insert(3, "group", groups[columns.group[lives["citizen"]]])
        return lives


def simulate(
    out: str | Path | None,
    *,
    settings: Mapping[str, float],
    form: Format = "parquet",
    lives: int = 100,
    threads: int | None = None,
    quiet: bool = False,
    **society: Any,
) -> Society:
    """Live one society and write its series, some lives, its record and its picture into `out`, if that is given.

    Parameters
    ----------
    lives
        Of how many citizens, drawn by lot, every month is kept.
    threads
        Threads of the fast engine; by default all of the machine's for a large society, else one.

    Raises
    ------
    ScenarioError, StoreError
        For bad input, before any work.
    """
    if form not in ("parquet", "csv"):
        raise ScenarioError(f"--format {form}: must be parquet or csv")
    if lives < 0:
        raise ScenarioError(f"--lives {lives}: must be 0 or more")
    folder = None if out is None else Path(out)
    if folder is not None:
        refuse_other_results(folder, "simulation")
    citizens = society.get("citizens", 0)
    is_large = citizens == "all" or citizens > LARGE
    if threads is None:
        threads = (os.cpu_count() or 1) if is_large else 1
    display = progress("auto" if is_large and not quiet else "quiet", unit="month", every=10.0)
    # Said only if it takes a while: bad input is refused at once, and a compiled engine needs no words.
    work = "drawing citizens and their ties" if is_large else "compiling the engine (the first time only)"
    patience = threading.Timer(1.0, display.say, [f"{work} ..."])
    patience.daemon = True
    if not quiet:
        patience.start()
    try:
        made = Society(**{**society, **settings}, threads=threads)
        noted = Lives(made, lives)

        def watch(month: int) -> None:
            noted.note(made)
            display.advance(ok=1)

        display.start(made.months, 0)
        made.run(watch=watch)
    finally:
        patience.cancel()
        display.close()
    if folder is not None:
        write_history(made, noted, folder, form)
    return made


def write_history(society: Society, lives: Lives, folder: Path, form: Format) -> None:
    """Write series, lives, record and picture into a folder, each file whole or not at all."""

    def writer(table: pd.DataFrame) -> Callable[[Path], Any]:
        if form == "parquet":
            return lambda path: table.to_parquet(path, index=False)
        return lambda path: table.to_csv(path, index=False)

    writers: dict[str, Callable[[Path], Any]] = {
        f"series.{form}": writer(society.series()),
        f"lives.{form}": writer(lives.table(society)),
        PICTURE: lambda path: history_picture(society).savefig(path, dpi=120, format="png"),
        RECORD: lambda path: path.write_text(json.dumps(record(society), indent=2) + "\n", encoding="utf-8"),
    }
    partial = {name: folder / f".{name}.part" for name in writers}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, write in writers.items():
            write(partial[name])
        for name in writers:
            partial[name].replace(folder / name)
    except OSError as error:
        raise StoreError(f"{folder}: cannot write: {os.strerror(error.errno or 0)}") from error
    finally:
        for path in partial.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)


def record(society: Society) -> dict[str, Any]:
    """Return everything a run was made of, so that it can be made again."""
    return {
        "country": society.country.name,
        "country_digest": society.country.digest(),
        "policy": society.policy.name,
        "policy_digest": society.policy.digest(),
        "levers": {
            name: {"level": lever.level, "start": lever.start, "end": lever.end, "ramp": lever.ramp}
            for name, lever in society.policy.levers.items()
        },
        "citizens": society.citizens,
        "months": society.month,
        "seed": society.seed,
        "engine": society.engine,
        "steps_a_month": society.steps_a_month,
        "conflict": society.conflict.name if society.conflict else None,
        "shock_month": None if math.isinf(society.shock_month) else society.shock_month,
        "parameters": society.parameters._asdict(),
        "code": source_digest(),
        "revision": revision(),
        "python": platform.python_version(),
        "versions": versions(),
    }


def summary(society: Society) -> str:
    """Return a short table of the kin camp's history for the terminal."""
    marks = sorted({0, *(m for m in (23, 30, 48, 60, 90, 120, 150, 180) if m < society.month), society.month})
    rows = [
        ("sincere loyalty, kin camp", "loyalty", "kin_camp", "{:+.3f}"),
        ("loyalty as spoken, kin camp", "public_loyalty", "kin_camp", "{:+.3f}"),
        ("kin-state symbols shown, %", "kin_display", "kin_camp", "{:.1%}"),
        ("threat, kin camp", "threat", "kin_camp", "{:.3f}"),
        ("hostility, other camp", "hostility", "other_camp", "{:.3f}"),
        ("departed, kin camp, %", "departures", "kin_camp", "{:.1%}"),
        ("sincere loyalty, other camp", "loyalty", "other_camp", "{:+.3f}"),
    ]
    lines = [f"{'month':30s}" + "".join(f"{mark:>9d}" for mark in marks)]
    for label, measure, population, form in rows:
        values = society.measure(measure, population)[marks]
        shown = ("none" if math.isnan(value) else form.format(value) for value in values)
        lines.append(f"{label:30s}" + "".join(f"{text:>9s}" for text in shown))
    if math.isnan(society.measure("loyalty", "kin_camp")[0]):
        lines.append("Nobody has kin in the warring country: take more citizens, or a conflict of another country.")
    for name, value in society.parameters._asdict().items():
        prior = DECLARATIONS[name].prior
        if prior and not prior[0] <= value <= prior[1]:
            lines.append(f"Outside its prior ({prior[0]:g} to {prior[1]:g}): {name} = {value:g}")
    return "\n".join(lines)


def history_picture(society: Society) -> Figure:
    """Return a picture of a society's history: what is felt and shown, fear, welfare, costs, and the levers."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(12, 7), layout="constrained")
        axes = figure.subplots(2, 3)
        months = np.arange(society.month + 1)
        for axis, panel in zip(axes.flat, PANELS, strict=False):
            for measure, population, label, colour in panel.lines:
                axis.plot(months, society.measure(measure, population), color=colour, label=label, linewidth=1.6)
            _dress(axis, society, panel.title, panel.unit)
        last = axes.flat[-1]
        schedule = society.world.schedule
        steps = society.steps_a_month
        colours = (VERMILION, GREEN, BLUE, PURPLE, SKY)
        for name, column, colour in zip(
            LEVERS,
            (schedule.coercion, schedule.welfare, schedule.reform, schedule.media, schedule.contact),
            colours,
            strict=True,
        ):
            if column.any():
                # Levers that move together lie on one line; through the gaps of the later one sees the earlier.
                style = (0, (4, 4 * len(last.lines))) if last.lines else "-"
                levels = column[::steps][: society.month]
                last.plot(months[:-1], levels, color=colour, label=name, linewidth=1.6, linestyle=style)
        last.plot(months, society.national("institutions"), color="black", label="institutions (Q)", linewidth=1.6)
        last.plot(months, society.national("conflict"), color=GREY, label="conflict", linestyle=":", linewidth=1.6)
        _dress(last, society, "Levers, conflict and institutions", "0 to 1")
        # Lines fill this panel from 0 to 1; the legend stands above them.
        last.set_ylim(-0.05, 1.7)
        last.set_yticks((0.0, 0.25, 0.5, 0.75, 1.0))
        last.legend(frameon=False, fontsize=8, loc="upper right", ncols=2)
        figure.suptitle(
            f"{society.country.title} under '{society.policy.title}': "
            f"{society.citizens:,} citizens, seed {society.seed}. A model, not a forecast.\n"
            "Dashed: the conflict breaks out. Grey: the policy is in force.",
            fontsize=11,
        )
    return figure


def _dress(axis: Any, society: Society, title: str, unit: str) -> None:
    axis.set_title(title, loc="left", fontsize=10)
    axis.set_ylabel(unit)
    axis.set_xlabel("month")
    axis.set_xlim(0, max(1, society.month))
    axis.margins(y=0.15)
    windows = [lever for lever in society.policy.levers.values() if lever.level > 0.0]
    if windows:
        axis.axvspan(
            min(lever.start for lever in windows),
            min(society.month, max(lever.end for lever in windows)),
            color="#000000",
            alpha=0.06,
            linewidth=0,
        )
    if society.shock_month <= society.month:
        axis.axvline(society.shock_month, color=GREY, linewidth=1.0, linestyle="--")
    axis.legend(frameon=False, fontsize=8, loc="best")

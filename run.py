"""Civic Loyalty on the command line: it parses, calls one function, prints."""

from __future__ import annotations

import argparse
import math
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from experiments.errors import RunnerError, StoreError, StoreWarning
from scenarios import ScenarioError

if TYPE_CHECKING:
    from experiments.designs import Design


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 2 for bad input, 1 if runs failed, 130 after Ctrl-C.

    It is also 1 if whoever reads the output left before its end, as in `run.py parameters | head`.
    """
    try:
        try:
            return _status(arguments)
        finally:
            sys.stdout.flush()  # here, where it can be caught, and not at shutdown
    except BrokenPipeError:
        # As Python's documentation advises (module signal, note on SIGPIPE), so that shutdown does not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _status(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except KeyboardInterrupt as stop:
        print(str(stop) or "stopped", file=sys.stderr)
        return 130
    except (ScenarioError, StoreError, RunnerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _simulate(options: argparse.Namespace) -> int:
    from experiments.simulation import parse_settings, simulate, summary

    society = simulate(
        options.out,
        settings=parse_settings(options.set),
        form=options.format,
        lives=options.lives,
        threads=options.threads,
        quiet=options.quiet,
        country=options.country,
        policy=options.policy,
        citizens=options.citizens,
        months=options.months,
        seed=options.seed,
        engine=options.engine,
        conflict=options.conflict,
        shock_month=options.shock_month,
    )
    print(summary(society))
    if options.out:
        print(f"\nwritten to {options.out}: series.{options.format}, lives.{options.format}, run.json, history.png")
    return 0


def _claim(options: argparse.Namespace) -> int:
    if options.until:
        return _claim_until(options)
    if options.budget is not None:
        raise ScenarioError("--budget says how long --until decided may run; name both")
    from experiments.progress import progress
    from experiments.report import verdict_table, write_report
    from experiments.trial import chosen_size, hold_trial

    bar = progress("quiet" if options.quiet else "auto")
    trial = hold_trial(
        options.out or "results/claim",
        claims=options.claim,
        country=options.country,
        size=chosen_size(options.points, options.seeds, options.citizens, quick=options.quick),
        quick=options.quick,
        workers=options.workers,
        progress=bar,
    )
    bar.phase("drawing the pictures")
    page = write_report(trial, trial.folder)
    print(verdict_table(trial))
    print(f"\nthe page: {page}\nthe verdicts: {trial.folder / 'verdicts.json'}")
    return 1 if trial.provenance["failed"] else 0


def _claim_until(options: argparse.Namespace) -> int:
    from experiments.progress import progress
    from experiments.until import chosen_pace, decision_table, hold_until, write_decisions

    bar = progress("quiet" if options.quiet else "auto")
    decisions = hold_until(
        options.out or "results/until",
        claims=options.claim,
        country=options.country,
        pace=chosen_pace(options.budget, options.seeds, options.citizens, points=options.points, quick=options.quick),
        workers=options.workers,
        progress=bar,
    )
    page = write_decisions(decisions)
    print(decision_table(decisions))
    print(f"\nthe page: {page}")
    return 1 if decisions.failed else 0


def _sweep(options: argparse.Namespace) -> int:
    from experiments.designs import read_design
    from experiments.executors import executor_of
    from experiments.progress import progress
    from experiments.sweep import hold_sweep, preview

    design = read_design(options.design)
    if options.jobs is not None and options.jobqueue is None:
        raise ScenarioError("--jobs says how many jobs --jobqueue starts; name both")
    if options.until:
        return _sweep_until(options, design)
    if options.claim or options.budget is not None:
        raise ScenarioError("--claim and --budget say what --until decided decides, and how long it may run; name both")
    if options.dry_run:
        print(preview(design, options.workers))
        return 0
    bar = progress("quiet" if options.quiet else "auto")
    with executor_of(options.scheduler, options.jobqueue, options.jobs or 1, bar) as (executor, workers):
        done = hold_sweep(
            design,
            options.out,
            workers=workers or options.workers,
            executor=executor,
            fail_fast=options.fail_fast,
            progress=bar,
        )
    print(f"{done.counts.total} runs, {done.counts.failed} failed\nthe table: {done.table}")
    if options.analyze:
        _print_analysis(done.folder)
    return 1 if done.counts.failed else 0


def _sweep_until(options: argparse.Namespace, design: Design) -> int:
    from experiments.executors import executor_of
    from experiments.progress import progress
    from experiments.until import decision_table, design_pace, hold_until, write_decisions

    for name in ("dry_run", "analyze", "fail_fast"):
        if getattr(options, name):
            raise ScenarioError(f"--{name.replace('_', '-')} and --until decided exclude each other")
    bar = progress("quiet" if options.quiet else "auto")
    with executor_of(options.scheduler, options.jobqueue, options.jobs or 1, bar) as (executor, workers):
        decisions = hold_until(
            options.out or Path("results") / "decided" / design.name,
            claims=options.claim,
            design=design,
            pace=design_pace(design, options.budget),
            workers=workers or options.workers,
            executor=executor,
            progress=bar,
        )
    page = write_decisions(decisions)
    print(decision_table(decisions))
    print(f"\nthe page: {page}")
    return 1 if decisions.failed else 0


def _analyze(options: argparse.Namespace) -> int:
    _print_analysis(options.folder)
    return 0


def _print_analysis(folder: str | Path) -> None:
    from experiments.analysis import analyze

    analysis = analyze(folder)
    print(analysis.text())
    print(f"\nthe page: {analysis.page}")


def _explain(options: argparse.Namespace) -> int:
    from experiments.explanation import explain
    from experiments.progress import progress

    done = explain(
        options.claim,
        options.out,
        points=options.points,
        seeds=options.seeds,
        citizens=options.citizens,
        country=options.country,
        mechanisms=options.mechanisms,
        workers=options.workers,
        progress=progress("quiet" if options.quiet else "auto"),
    )
    print(done.text())
    print(f"\nthe page: {done.page}")
    return 1 if done.failed else 0


def _check(options: argparse.Namespace) -> int:
    from experiments.conformance.report import hold_check, table
    from experiments.conformance.society import society_subject
    from lab.watching import OBSERVERS

    report = hold_check(
        society_subject(OBSERVERS),
        options.out,
        quick=options.quick,
        only=tuple(options.only),
        say=lambda text: None if options.quiet else print(text, file=sys.stderr, flush=True),
    )
    print(table(report))
    if options.out:
        print(f"\nwritten to {options.out}: check.json, check.html")
    return 0 if report.ok else 1


def _challenge(options: argparse.Namespace) -> int:
    from experiments.challenge import challenge
    from experiments.progress import progress

    done = challenge(
        options.claim,
        options.out,
        budget=options.budget,
        seed=options.seed,
        seeds=options.seeds,
        flip=options.flip,
        estimands=options.estimand,
        citizens=options.citizens,
        country=options.country,
        workers=options.workers,
        progress=progress("quiet" if options.quiet else "auto"),
    )
    print(done.text())
    print(f"\nthe page: {done.page}\nall of it: {done.answer_file}")
    return 1 if done.failed else 0


def _parameters(options: argparse.Namespace) -> int:
    from experiments.catalogue import parameters_table

    print(parameters_table(options.format))
    return 0


def _scenarios(options: argparse.Namespace) -> int:
    from experiments.catalogue import scenarios_text

    print(scenarios_text(options.name))
    return 0


def _register(options: argparse.Namespace) -> int:
    from experiments.catalogue import register_text
    from experiments.register import register_claims

    if options.claim or options.why is not None:
        for added in register_claims(options.claim, options.why):
            print(f"registered: {added.name}, version {added.version}, hash {added.hash}")
    else:
        print(register_text())
    return 0


def _lab(options: argparse.Namespace) -> int:
    try:
        from lab.server import serve
    except ModuleNotFoundError as missing:
        print(f"error: the laboratory needs {missing.name}: pip install -e '.[lab]'", file=sys.stderr)
        return 2
    return serve(
        host=options.host,
        port=options.port,
        citizens=options.citizens,
        remote=options.remote,
        open_browser=options.open,
        results=options.folder,
    )


def _explore(options: argparse.Namespace) -> int:
    from lab.explorer import write_page

    print(f"the page: {write_page(options.folder, options.out)}")
    return 0


def _replay(options: argparse.Namespace) -> int:
    from experiments.simulation import parse_settings
    from lab.replay import write_replay

    path = write_replay(
        options.out,
        (options.a, options.b),
        country=options.country,
        citizens=options.citizens,
        months=options.months,
        seed=options.seed,
        shock_month=options.shock_month,
        budget=options.budget,
        settings=parse_settings(options.set),
        lives=options.lives,
        megabytes=options.megabytes,
        quiet=options.quiet,
    )
    print(f"written to {path}: {path.stat().st_size / 1e6:.1f} MB; open it in a browser, no server needed")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    simulate = commands.add_parser("simulate", help="live one society and write its history")
    simulate.set_defaults(command=_simulate)
    simulate.add_argument("--policy", default="status_quo", help="name or path of a policy (default: %(default)s)")
    simulate.add_argument("--country", default="kazakhstan-2021", help="name or path (default: %(default)s)")
    simulate.add_argument(
        "--citizens", type=_citizens, default=4000, help="a number, or 'all' of the country (default: %(default)s)"
    )
    simulate.add_argument("--months", type=int, default=180, help="default: %(default)s")
    simulate.add_argument("--seed", type=int, default=1, help="key of all chance (default: %(default)s)")
    simulate.add_argument("--engine", choices=("fast", "reference"), default="fast", help="same numbers, other speed")
    simulate.add_argument(
        "--threads", type=int, help="threads of the fast engine (default: all for a large society); same numbers"
    )
    simulate.add_argument("--conflict", help="one of the country's conflicts (default: its first)")
    simulate.add_argument(
        "--shock-month", type=_month, help="month in which the conflict breaks out, or 'never' (default: the country's)"
    )
    simulate.add_argument("--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help="set parameters")
    simulate.add_argument("--lives", type=int, default=100, help="citizens of whom every month is kept (%(default)s)")
    simulate.add_argument("--out", help="folder for series, lives, record and picture")
    simulate.add_argument("--format", choices=("parquet", "csv"), default="parquet", help="of the tables")
    simulate.add_argument("--quiet", action="store_true", help="no progress bar")

    claim = commands.add_parser("claim", help="try the essay's claims and write verdicts and a report")
    claim.set_defaults(command=_claim)
    claim.add_argument(
        "--claim", nargs="+", action="extend", default=[], metavar="ID", help="names, numbers or paths (default: all)"
    )
    claim.add_argument("--country", default="kazakhstan-2021", help="name or path (default: %(default)s)")
    claim.add_argument("--quick", action="store_true", help="a rehearsal in less than a minute; backs no verdict")
    claim.add_argument(
        "--points", type=int, help="points of the prior (512, 2 seeds and 4,000 citizens make a verdict final)"
    )
    claim.add_argument("--seeds", type=int, help="seeds at each point")
    claim.add_argument("--citizens", type=int, help="citizens over the prior (default: 1000)")
    claim.add_argument("--until", choices=("decided",), help="add points and seeds until every claim is decided")
    claim.add_argument("--budget", type=_count, metavar="RUNS", help="most runs with --until (default: 12000)")
    claim.add_argument("--workers", type=_count, help="processes (default: one a core)")
    claim.add_argument("--out", help="folder of the trial (default: results/claim; with --until: results/until)")
    claim.add_argument("--quiet", action="store_true", help="no progress bar")

    sweep = commands.add_parser("sweep", help="make the runs of a design and one table of them")
    sweep.set_defaults(command=_sweep)
    sweep.add_argument("design", help="name or path of a design")
    sweep.add_argument(
        "--until", choices=("decided",), help="instead, draw points from the design until its claims are decided"
    )
    sweep.add_argument(
        "--claim", nargs="+", action="extend", default=[], metavar="ID", help="with --until (default: the design's)"
    )
    sweep.add_argument("--budget", type=_count, metavar="RUNS", help="most runs with --until (default: 12000)")
    sweep.add_argument("--out", help="folder (default: results/sweeps/NAME; with --until: results/decided/NAME)")
    sweep.add_argument("--workers", type=_count, help="processes (default: one a core)")
    sweep.add_argument("--dry-run", action="store_true", help="print number of runs, time, disk and first rows")
    sweep.add_argument("--fail-fast", action="store_true", help="stop at the first failed run")
    sweep.add_argument("--quiet", action="store_true", help="no progress bar")
    sweep.add_argument("--analyze", action="store_true", help="then analyze it")
    place = sweep.add_mutually_exclusive_group()
    place.add_argument("--scheduler", metavar="tcp://HOST:PORT", help="run on this Dask cluster")
    place.add_argument("--jobqueue", metavar="SYSTEM", help="start a Dask cluster on slurm, pbs, ... (docs/cluster.md)")
    sweep.add_argument("--jobs", type=_count, help="jobs to start with --jobqueue (default: 1)")

    analyze = commands.add_parser("analyze", help="say what the numbers of a sweep say: sensitivity, maps, boxes")
    analyze.set_defaults(command=_analyze)
    analyze.add_argument("folder", help="folder of a finished sweep")

    explain = commands.add_parser("explain", help="take a claim's effect apart: ablations and Shapley values")
    explain.set_defaults(command=_explain)
    explain.add_argument("claim", nargs="+", help="names, numbers or paths of claims")
    explain.add_argument("--points", type=int, default=8, help="points of the prior, or 0 (default: %(default)s)")
    explain.add_argument("--seeds", type=int, default=4, help="seeds at the default point (default: %(default)s)")
    explain.add_argument("--citizens", type=int, default=1000, help="default: %(default)s")
    explain.add_argument("--country", default="kazakhstan-2021", help="name or path (default: %(default)s)")
    explain.add_argument(
        "--mechanisms", metavar="FILE", help="what is switched off (default: scenarios/mechanisms.toml)"
    )
    explain.add_argument("--workers", type=_count, help="processes (default: one a core)")
    explain.add_argument("--out", default="results/explain", help="folder of the explanation (default: %(default)s)")
    explain.add_argument("--quiet", action="store_true", help="no progress bar")

    check = commands.add_parser("check", help="try what any agent-based model should keep: the conformance suite")
    check.set_defaults(command=_check)
    check.add_argument("--quick", action="store_true", help="less of everything, in less than a minute")
    check.add_argument("--only", nargs="+", action="extend", default=[], metavar="CHECK", help="make these checks only")
    check.add_argument("--out", help="folder for check.json and a page")
    check.add_argument("--quiet", action="store_true", help="no progress")

    challenge = commands.add_parser("challenge", help="search the prior for what turns a claim, and the worst for it")
    challenge.set_defaults(command=_challenge)
    challenge.add_argument("claim", help="name, number or path of a claim")
    challenge.add_argument(
        "--estimand", nargs="+", action="extend", default=[], metavar="NAME", help="names or numbers (default: all)"
    )
    challenge.add_argument("--budget", type=int, default=6000, metavar="RUNS", help="default: %(default)s")
    challenge.add_argument("--flip", default="verdict", help="what turns: verdict or sign (default: %(default)s)")
    challenge.add_argument("--seed", type=int, default=1, help="of the search (default: %(default)s)")
    challenge.add_argument("--seeds", type=int, default=2, help="societies at each point (default: %(default)s)")
    challenge.add_argument("--citizens", type=int, default=1000, help="default: %(default)s")
    challenge.add_argument("--country", default="kazakhstan-2021", help="name or path (default: %(default)s)")
    challenge.add_argument("--workers", type=_count, help="processes (default: one a core)")
    challenge.add_argument("--out", default="results/challenge", help="folder of the challenge (default: %(default)s)")
    challenge.add_argument("--quiet", action="store_true", help="no progress bar")

    parameters = commands.add_parser("parameters", help="print every parameter with prior, meaning and source")
    parameters.set_defaults(command=_parameters)
    parameters.add_argument("--format", choices=("text", "markdown", "csv"), default="text")

    scenarios = commands.add_parser("scenarios", help="print the countries, policies and claims, or one of them")
    scenarios.set_defaults(command=_scenarios)
    scenarios.add_argument("name", nargs="?", help="a country, policy or claim")

    register = commands.add_parser("register", help="print how claims stand to the register, or register new versions")
    register.set_defaults(command=_register)
    register.add_argument("claim", nargs="*", help="names, numbers or paths (default: all shipped that changed)")
    register.add_argument("--why", help="what changed, and why; nothing is registered without it")

    lab = commands.add_parser("lab", help="open the laboratory in the browser")
    lab.set_defaults(command=_lab)
    lab.add_argument("folder", nargs="?", help="a sweep's or a trial's folder, to explore beside the laboratory")
    lab.add_argument("--port", type=int, default=8700, help="0 takes a free one (default: %(default)s)")
    lab.add_argument("--host", default="127.0.0.1", help="default: %(default)s; another one needs --remote")
    lab.add_argument("--remote", action="store_true", help="let others in who have the token that is printed")
    lab.add_argument("--citizens", type=int, default=10_000, help="default: %(default)s")
    lab.add_argument("--no-open", dest="open", action="store_false", help="do not open the browser")

    explore = commands.add_parser("explore", help="write a folder of results as a page to explore without a server")
    explore.set_defaults(command=_explore)
    explore.add_argument("folder", help="folder of a finished sweep or trial of claims")
    explore.add_argument("--out", help="the page's file (default: explore.html in the folder)")

    replay = commands.add_parser("replay", help="write a page that plays two worlds without Python or a server")
    replay.set_defaults(command=_replay)
    replay.add_argument("a", metavar="A", help="name or path of the policy of world A")
    replay.add_argument("b", metavar="B", help="name or path of the policy of world B")
    replay.add_argument("--out", required=True, metavar="FILE.html", help="file to write")
    replay.add_argument("--country", default="kazakhstan-2021", help="name or path (default: %(default)s)")
    replay.add_argument("--citizens", type=int, default=20_000, help="default: %(default)s")
    replay.add_argument("--months", type=int, default=180, help="default: %(default)s")
    replay.add_argument("--seed", type=int, default=1, help="key of all chance (default: %(default)s)")
    replay.add_argument(
        "--shock-month", type=_month, help="month in which the conflict breaks out, or 'never' (default: the country's)"
    )
    replay.add_argument("--set", nargs="+", action="extend", default=[], metavar="NAME=VALUE", help="set parameters")
    replay.add_argument("--budget", type=float, metavar="SHARE", help="scale both policies to this share of output")
    replay.add_argument("--lives", type=int, default=500, help="citizens whose lives are told (default: %(default)s)")
    replay.add_argument(
        "--megabytes", type=float, default=3.0, help="colourings are added up to this size (default: %(default)s)"
    )
    replay.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; write a whole number from 1 on")
    return int(text)


def _citizens(text: str) -> int | Literal["all"]:
    if text == "all":
        return "all"
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; write a whole number or 'all'") from None


def _month(text: str) -> float:
    if text == "never":
        return math.inf
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no month; write a number or 'never'") from None


def _plainly(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    """Return what a warning says: of a store without the place in our code, of anything else as Python has it."""
    if issubclass(category, StoreWarning):
        return f"warning: {message}\n"
    return _as_python_has_it(message, category, filename, lineno, line)


_as_python_has_it = warnings.formatwarning

if __name__ == "__main__":
    warnings.formatwarning = _plainly
    sys.exit(main())

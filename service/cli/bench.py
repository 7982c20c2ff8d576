"""`provisioning bench …`: what this machine carries."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status

from service import logs
from service.bench import checks, domains, lists, resync, throughput
from service.bench import latency as latencies
from service.bench.figures import Figures
from service.bench.floor import PAGE_SIZE
from service.bench.operations import of_scim
from service.bench.throughput import Comparison, Load, Report
from service.cli.interruptions import end_as_by_ctrl_c
from service.cli.output import AsJson, emit
from service.cli.runtime import configured, refusals
from service.failed import Failed

_SCIM_GOAL = 0.7
"""The least share of the floor that an operation should reach."""

DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="Its server gets a scratch database. Default: the configured one."),
]
Seconds = Annotated[float, typer.Option(min=0.05, help="Of each measurement.")]
Processes = Annotated[int, typer.Option(min=1, help="Web processes.")]
Connections = Annotated[int, typer.Option(min=1, max=256)]
Rounds = Annotated[int, typer.Option(min=1)]

app = typer.Typer(no_args_is_help=True, help="What this machine carries.")


@app.callback()
def _group() -> None:
    """Measures; each figure stands beside a floor of the same run."""


@app.command()
def scim(
    database_url: DatabaseUrl = None,
    connections: Connections = 8,
    seconds: Seconds = 3,
    rounds: Rounds = 3,
    processes: Processes = 1,
    users: Annotated[int, typer.Option(min=PAGE_SIZE, help="In the directory.")] = 3000,
    sqlite: Annotated[bool, typer.Option("--sqlite", help="Measure SQLite all the same.")] = False,
    as_json: AsJson = False,
) -> None:
    """Requests a second of each SCIM operation, beside one statement without SCIM."""
    url = database_url or configured().database_url
    if url.startswith("sqlite") and not sqlite:
        raise typer.BadParameter(
            "on SQLite there is one writer, which waits for the disk at each request, so that "
            "floor and SCIM both measure the disk: name a PostgreSQL with --database-url, or say "
            "--sqlite"
        )
    load = Load(
        connections=connections, seconds=seconds, rounds=rounds, processes=processes, users=users
    )
    with _measuring() as told:
        report = throughput.measure(url, load, of_scim, _telling(told))
    _show(report, "SCIM", _SCIM_GOAL, as_json=as_json)


@app.command()
def check(
    database_url: DatabaseUrl = None,
    connections: Connections = 16,
    seconds: Seconds = 3,
    rounds: Rounds = 3,
    processes: Processes = 2,
    users: Annotated[int, typer.Option(min=checks.AT_ONCE, help="In the organization.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Permission checks a second, beside the same request with a constant for an answer."""
    load = Load(
        connections=connections, seconds=seconds, rounds=rounds, processes=processes, users=users
    )
    found = configured()  # whatever is measured, since this process drains, too, and logs of it
    url = database_url or found.database_url
    with _measuring() as told:
        report = throughput.measure(url, load, checks.prepare, _telling(told))
    _show(report, "check", None, as_json=as_json)


@app.command()
def latency(
    rate: Annotated[float, typer.Option(min=0.1, help="People a second.")] = 25,
    seconds: Annotated[float, typer.Option(min=0.1)] = 20,
    database_url: Annotated[
        str | None,
        typer.Option(help="Its server gets a scratch database. Default: an SQLite file."),
    ] = None,
    broker_url: Annotated[
        str | None,
        typer.Option(help="A Redis that nobody else uses meanwhile. Default: embedded."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """From the answer of SCIM to the effective role; exit status 1 when p99 is a second or more."""
    if broker_url is not None and (database_url or "sqlite").startswith("sqlite"):
        raise typer.BadParameter("several processes need a PostgreSQL: name it with --database-url")
    with _measuring() as told:
        told.update(f"{rate:g} people a second, for {seconds:g} s")
        report = latencies.measure(
            database_url or "sqlite://", broker_url, per_second=rate, seconds=seconds
        )
    shown = asdict(report)
    if as_json:
        emit(shown, as_json=True)
    else:
        circumstances = shown.pop("circumstances")
        emit(shown, as_json=False)
        _tell(circumstances)
    if not report.is_fast_enough:
        raise typer.Exit(1)


@app.command(name="lists")
def long_lists(
    organizations: Annotated[int, typer.Option(min=1000)] = 100_000,
    page: Annotated[int, typer.Option(min=1, max=100)] = 100,
    repeats: Annotated[int, typer.Option(min=1)] = 200,
    database_url: Annotated[
        str | None,
        typer.Option(help="Its server gets a scratch database. Default: an SQLite file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The first, the middle and the last page of a list of organizations."""
    with _measuring() as told:
        report = lists.measure(
            database_url or "sqlite://", organizations, page=page, repeats=repeats, told=told.update
        )
    emit(asdict(report), as_json=as_json)


@app.command(name="resync")
def large_directory(
    people: Annotated[int, typer.Option(min=1)] = 100_000,
    groups: Annotated[int, typer.Option(min=0)] = 500,
    database_url: Annotated[
        str | None,
        typer.Option(help="Its server gets a scratch database. Default: an SQLite file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A resync with everybody to create, then one with nothing to do; seconds and memory."""
    with _measuring() as told:
        report = resync.measure(database_url or "sqlite://", people, groups, told.update)
    shown = asdict(report)
    if as_json:
        emit(shown, as_json=True)
        return
    sides = ("everything_to_create", "nothing_to_do")
    emit([{"resync": side.replace("_", " "), **shown[side]} for side in sides], as_json=False)


@app.command(name="domains")
def due_domains(
    count: Annotated[int, typer.Option(min=1, help="Due at one moment.")] = 10_000,
    round_trip_ms: Annotated[int, typer.Option(min=0, help="To a resolver.")] = 20,
    database_url: Annotated[
        str | None,
        typer.Option(help="Its server gets a scratch database. Default: an SQLite file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Looks for proofs of domains, beside the same questions and nothing more."""
    logs.configure("json", level=logging.WARNING)
    with _measuring() as told:
        report = domains.measure(database_url or "sqlite://", count, round_trip_ms, told.update)
    shown = asdict(report)
    emit(shown if as_json else [shown], as_json=as_json)


def _telling(told: Status) -> Callable[[str], None]:
    return lambda name: told.update(f"measuring: {name}")


def _show(report: Report, side: str, goal: float | None, *, as_json: bool) -> None:
    if as_json:
        emit(asdict(report), as_json=True)
        return
    emit([_row(comparison, side, goal) for comparison in report.comparisons], as_json=False)
    _tell(report.circumstances)


def _row(comparison: Comparison, side: str, goal: float | None) -> dict[str, str]:
    ratio = f"{comparison.ratio:.2f}"
    return {
        "operation": comparison.operation,
        **_columns("floor", comparison.floor),
        **_columns(side, comparison.measured),
        "ratio": f"{ratio} < {goal}" if goal is not None and comparison.ratio < goal else ratio,
    }


def _columns(side: str, figures: Figures) -> dict[str, str]:
    return {
        f"{side}/s": f"{figures.requests_per_second:,.0f}",
        f"{side} p50/p99 ms": f"{figures.p50_ms:.1f} / {figures.p99_ms:.1f}",
    }


def _tell(circumstances: Sequence[str]) -> None:
    for circumstance in circumstances:
        typer.echo(f"· {circumstance}")


@contextmanager
def _measuring() -> Iterator[Status]:
    """Ctrl-C and SIGTERM clean up before they end us; a failure is a sentence."""
    end_as_by_ctrl_c()
    try:
        with refusals(), Console(stderr=True).status("preparing") as told:
            yield told
    except Failed as failure:
        typer.echo(f"provisioning: {failure}", err=True)
        raise typer.Exit(1) from failure

"""`provisioning simulate`: an IdP's whole job against any SCIM URL."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli.output import AsJson, emit
from service.simulate import progress, simulation
from service.simulate.identities import Idp
from service.simulate.report import Report
from service.simulate.target import Target
from service.simulate.transport import Refused


def simulate(
    idp: Annotated[Idp, typer.Option(help="As whom to act.")],
    url: Annotated[str, typer.Option(help="The SCIM base URL.")],
    token: Annotated[str, typer.Option(help="The bearer token.", envvar="SCIM_TOKEN")],
    users: Annotated[int, typer.Option(min=0)] = 100,
    groups: Annotated[int, typer.Option(min=0)] = 10,
    concurrency: Annotated[int, typer.Option(min=1, max=64)] = 5,
    seed: Annotated[int, typer.Option(help="The same seed is the same people.")] = 0,
    domain: Annotated[
        str, typer.Option(help="Of everybody's address; the same one is the same accounts.")
    ] = "simulation.example",
    entra_flag: Annotated[
        bool, typer.Option("--entra-flag", help="Entra with aadOptscim062020.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Lookups, creates, profile pushes, group pushes and leavers, as that IdP sends them."""
    target = Target(idp=idp, url=url, token=token, concurrency=concurrency, entra_flag=entra_flag)
    job = simulation.Simulation(target=target, users=users, groups=groups, seed=seed, domain=domain)
    try:
        report = _watched(job)
    except (Refused, ValueError) as error:
        typer.echo(f"provisioning: {error}", err=True)
        raise typer.Exit(1) from error
    if as_json:
        emit(report.to_json(), as_json=True)
    else:
        _print(report)
    if report.failure_count:
        raise typer.Exit(1)


def _watched(job: simulation.Simulation) -> Report:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {}

        def on_progress(step: progress.Progress) -> None:
            if step.phase not in tasks:
                tasks[step.phase] = bars.add_task(step.phase, total=step.total)
            bars.update(tasks[step.phase], completed=step.done)

        return simulation.run(job, on_progress)


def _print(report: Report) -> None:
    rows = [
        {
            "request": kind.kind,
            "count": kind.count,
            "statuses": {str(status): n for status, n in kind.statuses.items()},
            "p50 ms": round(kind.latency_ms.p50, 1),
            "p99 ms": round(kind.latency_ms.p99, 1),
        }
        for kind in report.kinds
    ]
    title = f"{report.requests} requests, {report.requests_per_second:.0f}/s"
    emit(rows, as_json=False, title=f"{title}, {report.failure_count} failed")
    for failure in report.failures:
        typer.echo(str(failure), err=True)

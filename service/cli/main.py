"""Every command, in one tree."""

import typer

from service.cli import (
    api_keys,
    bench,
    breakers,
    conflicts,
    demo,
    directories,
    domains,
    events,
    held_changes,
    invitations,
    join_requests,
    leaving,
    mappings,
    memberships,
    notes,
    organizations,
    plans,
    processes,
    resync,
    signing_keys,
    simulate,
)

app = typer.Typer(
    name="provisioning",
    help="What identity providers say becomes memberships and roles.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would show tokens.
    pretty_exceptions_enable=False,
)
app.add_typer(organizations.app, name="organization")
app.add_typer(directories.app, name="directory")
app.add_typer(mappings.app, name="mapping")
app.add_typer(memberships.app, name="membership")
app.add_typer(invitations.app, name="invitation")
app.add_typer(join_requests.app, name="join-request")
app.add_typer(conflicts.app, name="conflict")
app.add_typer(leaving.policies, name="leaving-policy")
app.add_typer(leaving.steps, name="leaving-step")
app.add_typer(held_changes.app, name="held")
app.add_typer(breakers.app, name="breaker")
app.add_typer(domains.app, name="domain")
app.add_typer(events.app, name="event")
app.add_typer(notes.app, name="note")
app.add_typer(api_keys.app, name="api-key")
app.add_typer(signing_keys.app, name="signing-key")
app.add_typer(plans.app, name="plan")
app.add_typer(resync.app, name="sync-run")
app.add_typer(bench.app, name="bench")
app.command()(processes.dev)
app.command()(processes.web)
app.command()(processes.worker)
app.command()(processes.beat)
app.command()(processes.migrate)
app.command()(processes.doctor)
app.command()(resync.resync)
app.command()(simulate.simulate)
app.command()(demo.demo)

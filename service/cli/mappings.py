"""`provisioning mapping …`."""

from dataclasses import asdict
from typing import Annotated

import typer

from provisioning import directories, mappings
from provisioning.clock import now
from provisioning.ids import DirectoryId, MappingId, OrganizationId, WorkspaceId
from provisioning.mapping_findings import MANY, MOST, Finding
from provisioning.mapping_reviews import review
from service.cli.options import DirectoryOption, OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.plans import DryRun, draw_up
from service.cli.runtime import actor, changing, looking, looking_into

app = typer.Typer(no_args_is_help=True, help="Mappings: which group gives which role.")


@app.command(name="set")
def declare(
    directory: DirectoryOption,
    group: Annotated[str, typer.Option(help="The group's displayName; it need not exist yet.")],
    role: Annotated[str, typer.Option(help="owner, admin, member, guest.")],
    workspace: Annotated[
        str | None,
        typer.Option(help="The id of where the role holds; the whole organization if left out."),
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Members of the group get the role. Kept by the group's id, whatever its name becomes."""
    if dry_run:
        named = {"display_name": group}
        change = {"type": "set_mapping", "group": named, "role": role, "workspace_id": workspace}
        draw_up(directory, change, as_json=as_json)
        return
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        mapping = mappings.declare(
            connection,
            found,
            group,
            role,
            actor=actor(),
            now=now(),
            workspace_id=None if workspace is None else WorkspaceId(workspace),
        )
    emit(asdict(mapping), as_json=as_json)


@app.command(name="list")
def list_all(
    organization: OrganizationOption,
    as_json: AsJson = False,
) -> None:
    """The mappings of an organization."""
    with looking_into(organization) as (connection, key):
        found = mappings.of_organization(connection, key)
    emit([asdict(mapping) for mapping in found], as_json=as_json, title="mappings")


@app.command()
def lint(
    organization: OrganizationOption,
    many: Annotated[
        int,
        typer.Option(
            min=1, max=MOST, help="More people than this are too many for a privileged group."
        ),
    ] = MANY,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 where anything is found.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What is odd about the mappings: shadowed, unreachable, ambiguous, or giving power to many."""
    with looking() as connection:
        found = review(connection, OrganizationId(organization), many=many)
    if as_json:
        emit([asdict(finding) for finding in found], as_json=True)
    else:
        emit([_line(finding) for finding in found], as_json=False, title="findings")
    if strict and found:
        raise typer.Exit(1)


def _line(finding: Finding) -> dict[str, str]:
    mapping = finding.mapping
    return {
        "mapping": f"{mapping.group_name} → {mapping.role} ({mapping.id})",
        "code": finding.code,
        "what": finding.sentence,
        "advice": finding.advice,
    }


@app.command()
def remove(
    directory: DirectoryOption, mapping: str, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """The people in its group lose what it gave them."""
    if dry_run:
        draw_up(directory, {"type": "remove_mapping", "mapping_id": mapping}, as_json=as_json)
        return
    with changing() as connection:
        found = directories.get(connection, DirectoryId(directory))
        mappings.remove(connection, found, MappingId(mapping), actor=actor(), now=now())
    emit({"id": mapping, "removed": True}, as_json=as_json)

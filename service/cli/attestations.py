"""`provisioning membership attest`."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Annotated, Any, TextIO

import orjson
import typer
from sqlalchemy import Connection

from provisioning import attestations
from provisioning.attestations import Comparison
from provisioning.errors import Invalid
from provisioning.holdings import Holding
from provisioning.ids import OrganizationId
from service.cli.options import OrganizationOption
from service.cli.output import AsJson, emit
from service.cli.runtime import looking

_PART = 1000


def attest(
    organization: OrganizationOption,
    digest: Annotated[
        str | None, typer.Option(help="Of the canonical form of what the product holds.")
    ] = None,
    file: Annotated[
        typer.FileText | None,
        typer.Option(
            help="What it holds: JSON lines of user_id, status, roles, by user_id; - is stdin."
        ),
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="With --file: the events that lead to what we hold.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Whether the product holds the memberships that it was told; without either, our digest."""
    within = OrganizationId(organization)
    with looking() as connection:
        if file is not None:
            found = list(_compared(connection, within, file, repair=repair))
            differences = [asdict(one) for part in found for one in part.differences]
            repairs = [asdict(draft) for part in found for draft in part.repairs]
            emit(
                {"equal": not differences, "differences": differences, "repairs": repairs},
                as_json=as_json,
            )
            return
        state = attestations.state(connection, within)
    shown: dict[str, Any] = asdict(state)
    emit(shown if digest is None else {"equal": state.digest == digest, **shown}, as_json=as_json)


def _compared(
    connection: Connection, organization_id: OrganizationId, file: TextIO, *, repair: bool
) -> Iterator[Comparison]:
    """One part of the file in memory at a time."""
    lines = _read(file)
    theirs: Sequence[Holding] = list(islice(lines, _PART))
    after = None
    while True:
        rest = list(islice(lines, _PART))
        through = theirs[-1].user_id if rest else None
        found = attestations.compare(
            connection, organization_id, theirs, after=after, through=through, repair=repair
        )
        yield found
        after = found.through
        if after is None:
            return
        if after == through:
            theirs = rest
        else:
            theirs = [*(one for one in theirs if one.user_id > after), *rest]


def _read(file: TextIO) -> Iterator[Holding]:
    for number, line in enumerate(file, start=1):
        try:
            found = orjson.loads(line)
            yield Holding.of(str(found["user_id"]), str(found["status"]), map(str, found["roles"]))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Invalid(
                f"line {number}", 'must be {"user_id": …, "status": …, "roles": […]}'
            ) from error

"""Options that several commands have."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

OrganizationOption = Annotated[str, typer.Option(help="The organization's id.")]
DirectoryOption = Annotated[str, typer.Option(help="The directory's id.")]
EmailFilter = Annotated[
    str | None, typer.Option(help="Only with this e-mail address, whatever its case.")
]


class KeptRoles(StrEnum):
    """What becomes of the roles that groups gave to whoever is kept."""

    DIRECT = "direct"
    DROP = "drop"


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise typer.BadParameter("write 2026-05-03T12:00:00Z, or with an offset such as +02:00")
    return found.astimezone(UTC)


AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        parser=_moment, metavar="TIME", help="As it was at that moment, in RFC 3339 with a zone."
    ),
]

"""/v1/organizations/{organization_id}/set-aside-notes: whom the workers could not settle."""

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideNote:
    """`kind` is that of the subject whose id is `key`; `next_at` None: as soon as may be."""

    kind: str
    key: str
    directory_id: str
    error: str
    reason: str
    attempts: int
    set_aside_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """Begun, and not waited for."""

    retried: int


class SetAsideNotes(Resource[AnySender]):
    """They stop nobody else, and are tried again, less and less often."""

    @listing
    def list(self, organization_id: str, **paging: Unpack[Paging]) -> Pages[SetAsideNote]:
        """One for each subject."""
        return at("organizations", organization_id, "set-aside-notes").pages(SetAsideNote, paging)

    @operation
    def retry(self, organization_id: str, key: str | None = None) -> Call[Retried]:
        """Now, and not when their time has come; without `key` all of them."""
        where = at("organizations", organization_id, "set-aside-notes", "retry")
        return where.post(Retried, {"key": key})

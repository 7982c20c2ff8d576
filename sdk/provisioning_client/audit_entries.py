"""/v1/audit-entries: who did what, from where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Unpack

from provisioning_client.calls import Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`action` is the `operationId` of the OpenAPI document, `target` the id that it changed."""

    id: str
    organization_id: str | None
    at: datetime
    actor: str
    action: str
    target: str | None
    status: int
    ip_address: str | None
    user_agent: str | None
    request_id: str | None


class WantedAuditEntries(Paging, total=False):
    """All but `order` must hold."""

    organization_id: str | None
    action: str | None
    actor: str | None
    target: str | None
    order: Literal["asc", "desc"]


class AuditEntries(Resource[AnySender]):
    """Changes by this API."""

    @listing
    def list(self, **wanted: Unpack[WantedAuditEntries]) -> Pages[AuditEntry]:
        """Oldest first; `order="desc"`: newest first."""
        return at("audit-entries").pages(AuditEntry, wanted)

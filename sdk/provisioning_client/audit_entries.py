"""/v1/audit-entries: who did what, from where."""

from dataclasses import dataclass
from datetime import datetime

from provisioning_client import calls
from provisioning_client.calls import Pages
from provisioning_client.operations import AnySender, Resource, listing


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


class AuditEntries(Resource[AnySender]):
    """Changes by this API."""

    @listing
    def list(
        self,
        *,
        organization_id: str | None = None,
        action: str | None = None,
        actor: str | None = None,
        target: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Pages[AuditEntry]:
        """Oldest first."""
        query = {
            "organization_id": organization_id,
            "action": action,
            "actor": actor,
            "target": target,
            "after": after,
            "limit": limit,
        }
        return calls.pages(AuditEntry, "/audit-entries", query)

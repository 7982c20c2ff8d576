"""/v1/audit-entries: who did what, from where."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.messages import NO_NUL, Id, Listing, Paging, Shown, Time, listing
from provisioning.ids import OrganizationId
from provisioning.store import audit_entries as store

router = APIRouter(tags=["Audit trail"])

Reader = Annotated[Caller, Depends(needs("read:audit_entries"))]


class Wanted(Paging):
    """Which entries; all of these must hold."""

    organization_id: Id | None = None
    action: Annotated[str | None, Field(max_length=64, pattern=NO_NUL)] = None
    actor: Annotated[str | None, Field(max_length=100, pattern=NO_NUL)] = None
    target: Id | None = None
    order: Annotated[
        Literal["asc", "desc"], Field(description="By time; `desc`: the newest first.")
    ] = "asc"


class ShownAuditEntry(Shown):
    id: str
    organization_id: str | None
    at: Time
    actor: str
    action: Annotated[str, Field(description="The `operationId` in this document.")]
    target: str | None
    status: int
    ip_address: str | None
    user_agent: str | None
    request_id: str | None


@router.get("/audit-entries", operation_id="list_audit_entries")
def list_all(wanted: Annotated[Wanted, Query()], caller: Reader) -> Listing[ShownAuditEntry]:
    """Changes by this API, oldest first unless `order` says otherwise."""
    organization_id = caller.only
    if wanted.organization_id is not None:
        organization_id = caller.within(wanted.organization_id)

    def work(connection: Connection) -> Listing[ShownAuditEntry]:
        found = store.listing(
            connection,
            OrganizationId(organization_id) if organization_id else None,
            replace(wanted.cut, newest_first=wanted.order == "desc"),
            action=wanted.action,
            actor=wanted.actor,
            target=wanted.target,
        )
        return listing(found, [_shown(entry) for entry in found.items])

    return caller.read(work)


def _shown(entry: store.AuditEntry) -> ShownAuditEntry:
    return ShownAuditEntry(**{name: getattr(entry, name) for name in ShownAuditEntry.model_fields})

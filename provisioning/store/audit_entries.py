"""The audit trail of the admin API: who did what, from where."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from provisioning.ids import OrganizationId
from provisioning.store.admin_tables import audit_entries
from provisioning.store.pages import Cut, Page, page


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """`action` is an operation's id in the OpenAPI document; `target` the id of what it changed."""

    id: str
    organization_id: OrganizationId | None
    at: datetime
    actor: str
    action: str
    target: str | None
    status: int
    ip_address: str | None
    user_agent: str | None
    request_id: str | None


def insert(connection: Connection, entry: AuditEntry) -> None:
    """In the transaction of what it tells of, or alone for what was refused."""
    values = {column.name: getattr(entry, column.name) for column in audit_entries.c}
    connection.execute(audit_entries.insert().values(**values))


def listing(
    connection: Connection,
    organization_id: OrganizationId | None,
    cut: Cut,
    *,
    action: str | None = None,
    actor: str | None = None,
    target: str | None = None,
) -> Page[AuditEntry]:
    """With an organization only what was about it."""
    statement = select(audit_entries)
    wanted = {
        "organization_id": organization_id,
        "action": action,
        "actor": actor,
        "target": target,
    }
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(audit_entries.c[name] == value)
    return page(connection, statement, audit_entries.c.id, cut, _read)


def _read(row: Row[*tuple[Any, ...]]) -> AuditEntry:
    return AuditEntry(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API

"""Organizations: the tenants."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, select

from provisioning.ids import OrganizationId, RoleId
from provisioning.reconcile.facts import ProvisioningScope, RoleMode
from provisioning.store.directory_tables import directories
from provisioning.store.event_tables import event_counters
from provisioning.store.json_columns import decoded, encoded
from provisioning.store.note_tables import organization_syncs
from provisioning.store.organization_tables import organizations
from provisioning.store.pages import Cut, Page, page

SignInPolicy = Literal["anyone", "invited", "connections"]
"""
Who may join by signing in: whoever a connection or domain brings; only who is invited or a member
already; only who comes through a connection of the organization.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """`allowed_email_domains` None: invitations and additions may have any domain."""

    id: OrganizationId
    display_name: str
    default_role_id: RoleId
    role_mode: RoleMode
    created_at: datetime
    updated_at: datetime
    name: str
    slug: str | None = None
    external_id: str | None = None
    logo_url: str | None = None
    primary_color: str | None = None
    page_background: str | None = None
    metadata: Mapping[str, str]
    region_code: str | None = None
    creator_role_id: RoleId
    sign_in_policy: SignInPolicy = "anyone"
    seat_limit: int | None = None
    allowed_email_domains: tuple[str, ...] | None = None
    provisioning_scope: ProvisioningScope = "accept"
    version: int = 1


_COLUMNS = [
    column for column in organizations.c if column.name not in {"deleted_at", "roles_version"}
]
_FILTERS = ("name", "slug", "external_id", "display_name", "region_code")
_JSON = ("metadata", "allowed_email_domains")
_CREATOR_ROLE = RoleId("role_owner")


def insert(connection: Connection, organization: Organization) -> None:
    """
    With its counter and its lock, which every organization has. Raises `Taken` for the name, the
    slug or the external id.
    """
    connection.execute(organizations.insert().values(**_values(organization)))
    connection.execute(event_counters.insert().values(organization_id=organization.id))
    connection.execute(organization_syncs.insert().values(organization_id=organization.id))


def update(connection: Connection, organization: Organization) -> None:
    """All of it; the caller holds the lock. Raises `Taken` as `insert` does."""
    connection.execute(
        organizations.update()
        .where(organizations.c.id == organization.id, organizations.c.deleted_at.is_(None))
        .values(**_values(organization))
    )


def mark_deleted(connection: Connection, organization_id: OrganizationId, now: datetime) -> None:
    """With its directories, whose IdPs are told 404 from now on. Its names are free at once."""
    connection.execute(
        organizations.update()
        .where(organizations.c.id == organization_id, organizations.c.deleted_at.is_(None))
        .values(deleted_at=now, updated_at=now)
    )
    connection.execute(
        directories.update()
        .where(directories.c.organization_id == organization_id)
        .values(deleting_at=now)
    )


def get(connection: Connection, organization_id: OrganizationId) -> Organization | None:
    """None when there is no such organization."""
    return _one(connection, _living().where(organizations.c.id == organization_id))


def by_external_id(connection: Connection, external_id: str) -> Organization | None:
    """The one that the product knows by this id."""
    return _one(connection, _living().where(organizations.c.external_id == external_id))


def lock(connection: Connection, organization_id: OrganizationId) -> Organization | None:
    """Until the transaction ends nobody else changes it: what an event calls former was so."""
    query = _living().where(organizations.c.id == organization_id)
    return _one(connection, query.with_for_update(key_share=True))


def has_name(connection: Connection, name: str) -> bool:
    """Whether a living organization has this name."""
    query = _living().where(organizations.c.name == name)
    return _one(connection, query) is not None


def all_of_them(connection: Connection) -> list[Organization]:
    """Oldest first."""
    return [_read(row) for row in connection.execute(_living().order_by(organizations.c.id))]


def listing(
    connection: Connection,
    only: OrganizationId | None,
    wanted: Mapping[str, str | None],
    cut: Cut,
) -> Page[Organization]:
    """Those that have every value that is `wanted` of these; with `only`, at most that one."""
    query = _living()
    if only is not None:
        query = query.where(organizations.c.id == only)
    for name in _FILTERS:
        if wanted.get(name) is not None:
            query = query.where(organizations.c[name] == wanted[name])
    return page(connection, query, organizations.c.id, cut, _read)


def _living() -> Select[Any]:
    return select(*_COLUMNS).where(organizations.c.deleted_at.is_(None))


def _one(connection: Connection, query: Select[Any]) -> Organization | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def _values(organization: Organization) -> dict[str, Any]:
    return encoded(asdict(organization), *_JSON)


def _read(row: Row[*tuple[Any, ...]]) -> Organization:
    values = decoded(row, *_JSON)
    return Organization(
        **{
            **values,
            "name": values["name"] or values["id"],
            "creator_role_id": values["creator_role_id"] or _CREATOR_ROLE,
        }
    )

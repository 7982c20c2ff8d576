"""Organizations by what is known of an e-mail address."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from provisioning.email_domains import is_one_address
from provisioning.folding import fold
from provisioning.ids import OrganizationId
from provisioning.store.domain_tables import domains
from provisioning.store.organization_tables import organizations
from provisioning.store.people_tables import memberships, users

_MOST = 50


@dataclass(frozen=True, slots=True)
class DiscoveredOrganization:
    id: OrganizationId
    display_name: str
    name: str
    slug: str | None


def of_member(
    connection: Connection, email: str, only: OrganizationId | None
) -> list[DiscoveredOrganization]:
    """Those of which the account that speaks for the address is an active member."""
    key = fold(email)
    holder = connection.scalar(select(users.c.email).where(users.c.email_key == key))
    if not is_one_address(holder, email):
        return []
    query = (
        _living(only)
        .join(memberships, memberships.c.organization_id == organizations.c.id)
        .join(users, users.c.id == memberships.c.user_id)
        .where(users.c.email_key == key, memberships.c.status == "active")
    )
    return _read(connection, query)


def with_domain(
    connection: Connection, domain: str, only: OrganizationId | None
) -> list[DiscoveredOrganization]:
    """The one that has proven the domain."""
    query = _living(only).join(domains, domains.c.organization_id == organizations.c.id)
    proven = query.where(domains.c.name == domain, domains.c.state == "verified")
    return _read(connection, proven)


def of_domain(
    connection: Connection, domain: str, only: OrganizationId | None
) -> list[DiscoveredOrganization]:
    """Those that name the domain among the ones they allow; none of them has proven it."""
    # As a text of the JSON list; a domain holds nothing that JSON would escape.
    listed = organizations.c.allowed_email_domains.contains(f'"{domain}"', autoescape=True)
    return _read(connection, _living(only).where(listed))


def _living(only: OrganizationId | None) -> Select[Any]:
    c = organizations.c
    query = select(c.id, c.display_name, c.name, c.slug).where(c.deleted_at.is_(None))
    return query if only is None else query.where(c.id == only)


def _read(connection: Connection, query: Select[Any]) -> list[DiscoveredOrganization]:
    rows = connection.execute(query.order_by(organizations.c.id).limit(_MOST))
    return [
        DiscoveredOrganization(row.id, row.display_name, row.name or row.id, row.slug)
        for row in rows
    ]

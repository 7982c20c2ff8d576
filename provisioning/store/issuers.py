"""Issuers of ID tokens, and those that stand for a backend's own word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select

from provisioning import ids
from provisioning.ids import ConnectionId, IssuerId, OrganizationId
from provisioning.store.admin_tables import issuers, sign_in_identities
from provisioning.store.json_columns import decoded, encoded, json_text
from provisioning.store.pages import Cut, Page, page
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """
    `organization_id` None: speaks for people of any organization. `jwks` (RFC 7517 §5) is as given
    where there is no `jwks_uri`, and otherwise as last seen there.
    """

    id: IssuerId
    organization_id: OrganizationId | None
    connection_id: ConnectionId | None
    issuer: str
    audiences: tuple[str, ...]
    jwks_uri: str | None
    jwks: dict[str, Any] | None
    jwks_fetched_at: datetime | None
    created_at: datetime


# A row without keys is a backend's own word: no token is ever verified by it, and no list shows it.
_HAS_KEYS = or_(issuers.c.jwks_uri.is_not(None), issuers.c.jwks.is_not(None))
_INSERT_OF_BACKEND = Statement(
    """
    INSERT INTO issuers (id, organization_id, issuer, audiences, created_at)
    VALUES (:id, :organization_id, :issuer, '[]', :created_at)
    ON CONFLICT (issuer) DO NOTHING
    """
)


def insert(connection: Connection, issuer: Issuer) -> None:
    """Raises `Taken` for the issuer."""
    connection.execute(issuers.insert().values(**_values(issuer)))


def update(connection: Connection, issuer: Issuer) -> None:
    """All of it but whose it is."""
    connection.execute(issuers.update().where(issuers.c.id == issuer.id).values(**_values(issuer)))


def delete(connection: Connection, issuer_id: IssuerId) -> None:
    """With what it has said: who comes by another issuer is found by a verified address."""
    connection.execute(
        sign_in_identities.delete().where(sign_in_identities.c.issuer_id == issuer_id)
    )
    connection.execute(issuers.delete().where(issuers.c.id == issuer_id))


def get(connection: Connection, issuer_id: IssuerId, only: OrganizationId | None) -> Issuer | None:
    """With `only`, none but an issuer of that organization."""
    return _one(connection, _of(only).where(issuers.c.id == issuer_id))


def by_issuer(connection: Connection, issuer: str, only: OrganizationId | None) -> Issuer | None:
    """The one whose `iss` is exactly this."""
    return _one(connection, _of(only).where(issuers.c.issuer == issuer))


def listing(connection: Connection, only: OrganizationId | None, cut: Cut) -> Page[Issuer]:
    """Oldest first; with `only`, that organization's."""
    return page(connection, _of(only), issuers.c.id, cut, _read)


def claim_fetch(
    connection: Connection, issuer_id: IssuerId, now: datetime, interval: timedelta
) -> bool:
    """Whether the caller is who asks for the keys now; false within `interval` of another."""
    claimed = connection.execute(
        issuers.update()
        .where(
            issuers.c.id == issuer_id,
            or_(issuers.c.jwks_fetched_at.is_(None), issuers.c.jwks_fetched_at < now - interval),
        )
        .values(jwks_fetched_at=now)
    )
    return claimed.rowcount == 1


def keep_keys(connection: Connection, issuer_id: IssuerId, jwks: dict[str, Any]) -> None:
    """The key set as it was fetched."""
    connection.execute(
        issuers.update().where(issuers.c.id == issuer_id).values(jwks=json_text(jwks))
    )


def of_backend(
    connection: Connection,
    organization_id: OrganizationId | None,
    connection_id: ConnectionId | None,
    now: datetime,
) -> IssuerId:
    """
    Under which a backend's own word about people is kept: for the installation, for one
    organization, or for what one of its connections said. Subjects of different ones never meet.
    """
    name = f"urn:provisioning:{connection_id or organization_id or 'backend'}"
    query = select(issuers.c.id).where(issuers.c.issuer == name)
    found = connection.scalar(query)
    if found is None:
        made = {
            "id": ids.new(ids.ISSUER),
            "organization_id": organization_id,
            "issuer": name,
            "created_at": now,
        }
        _INSERT_OF_BACKEND.run(connection, made)
        found = connection.scalar(query)
    return IssuerId(str(found))


def _of(only: OrganizationId | None) -> Select[Any]:
    query = select(issuers).where(_HAS_KEYS)
    return query if only is None else query.where(issuers.c.organization_id == only)


def _one(connection: Connection, query: Select[Any]) -> Issuer | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def _values(issuer: Issuer) -> dict[str, Any]:
    values = {column.name: getattr(issuer, column.name) for column in issuers.columns}
    return encoded(values, "audiences", "jwks")


def _read(row: Row[*tuple[Any, ...]]) -> Issuer:
    return Issuer(**decoded(row, "audiences", "jwks"))

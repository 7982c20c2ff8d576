"""Keys of the admin API: hashed, with what they may do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from provisioning.ids import ApiKeyId, OrganizationId
from provisioning.store.admin_tables import api_keys
from provisioning.store.json_columns import decoded, encoded
from provisioning.store.pages import Cut, Page, page


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What may be shown of a key; `organization_id` None: of the whole installation."""

    id: ApiKeyId
    organization_id: OrganizationId | None
    name: str
    last_four: str
    scopes: tuple[str, ...]
    requests_per_minute: int
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


_SHOWN = [column for column in api_keys.c if column.name != "key_hash"]


def insert(connection: Connection, key: ApiKey, key_hash: str) -> None:
    """A key that can be used from the commit on."""
    values = {column.name: getattr(key, column.name) for column in _SHOWN}
    row = encoded(values, "scopes")
    connection.execute(api_keys.insert().values(**row, key_hash=key_hash))


def live(connection: Connection, key_hash: str, now: datetime) -> ApiKey | None:
    """The key of this hash, unless it was revoked or has expired."""
    row = connection.execute(
        select(*_SHOWN).where(
            api_keys.c.key_hash == key_hash,
            api_keys.c.revoked_at.is_(None),
            or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now),
        )
    ).one_or_none()
    return None if row is None else _read(row)


def get(
    connection: Connection, key_id: ApiKeyId, organization_id: OrganizationId | None
) -> ApiKey | None:
    """With an organization only a key of that organization."""
    statement = select(*_SHOWN).where(api_keys.c.id == key_id)
    if organization_id is not None:
        statement = statement.where(api_keys.c.organization_id == organization_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _read(row)


def listing(
    connection: Connection, organization_id: OrganizationId | None, cut: Cut
) -> Page[ApiKey]:
    """With an organization only its keys."""
    statement = select(*_SHOWN)
    if organization_id is not None:
        statement = statement.where(api_keys.c.organization_id == organization_id)
    return page(connection, statement, api_keys.c.id, cut, _read)


def mark_used(connection: Connection, key_id: ApiKeyId, now: datetime) -> None:
    """Once a minute at most is enough; who calls sees to that."""
    connection.execute(api_keys.update().where(api_keys.c.id == key_id).values(last_used_at=now))


def revoke(connection: Connection, key_id: ApiKeyId, now: datetime) -> None:
    """A key that was revoked before keeps its first time."""
    connection.execute(
        api_keys.update()
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _read(row: Row[*tuple[Any, ...]]) -> ApiKey:
    return ApiKey(**decoded(row, "scopes"))

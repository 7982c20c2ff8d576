"""Directories: the IdP connections of an organization, and the tokens that open them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, Update, select

from provisioning.ids import DirectoryId, OrganizationId, TokenId
from provisioning.reconcile.facts import KeptRoles
from provisioning.store.directory_tables import directories, directory_tokens
from provisioning.store.pages import Cut, Page, page
from provisioning.store.sql import Statement

DirectoryType = Literal["okta", "entra", "generic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    id: DirectoryId
    organization_id: OrganizationId
    display_name: str
    type: DirectoryType
    created_at: datetime
    resync_interval_seconds: int | None = None
    """None: it is resynced when somebody asks for it only."""
    next_run_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What may be shown of a token; of the secret itself only the last four characters."""

    id: TokenId
    directory_id: DirectoryId
    last_four: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a live token speaks for; `long_unused` is worth marking."""

    token_id: TokenId
    organization_id: OrganizationId
    directory_id: DirectoryId
    long_unused: bool
    is_deleting: bool
    """The directory was deleted, or its organization: it is not there any more."""


_SHOWN = [column for column in directories.c if column.name not in {"deleting_at", "kept_roles"}]


def _read(row: Row[*tuple[Any, ...]]) -> Directory:
    return Directory(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API


def insert(connection: Connection, directory: Directory) -> None:
    """A directory with no token yet."""
    connection.execute(
        directories.insert().values(
            id=directory.id,
            organization_id=directory.organization_id,
            display_name=directory.display_name,
            type=directory.type,
            created_at=directory.created_at,
            resync_interval_seconds=directory.resync_interval_seconds,
            next_run_at=directory.next_run_at,
        )
    )


def get(connection: Connection, directory_id: DirectoryId) -> Directory | None:
    """None when there is no such directory."""
    row = connection.execute(
        select(*_SHOWN).where(directories.c.id == directory_id, directories.c.deleting_at.is_(None))
    ).one_or_none()
    return None if row is None else _read(row)


def lock(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> Directory | None:
    """Until the transaction ends nobody else changes it: what an event calls former was so."""
    query = _living(organization_id).where(directories.c.id == directory_id)
    row = connection.execute(query.with_for_update(key_share=True)).one_or_none()
    return None if row is None else _read(row)


def of_organization(connection: Connection, organization_id: OrganizationId) -> list[Directory]:
    """Oldest first."""
    rows = connection.execute(_living(organization_id).order_by(directories.c.id))
    return [_read(row) for row in rows]


def listing(connection: Connection, organization_id: OrganizationId, cut: Cut) -> Page[Directory]:
    """Those that are not deleted."""
    return page(connection, _living(organization_id), directories.c.id, cut, _read)


def update(connection: Connection, directory: Directory) -> None:
    """Its display name and its schedule; the caller holds the lock."""
    changed = {
        "display_name": directory.display_name,
        "resync_interval_seconds": directory.resync_interval_seconds,
        "next_run_at": directory.next_run_at,
    }
    connection.execute(_update(directory).values(changed))


def mark_deleting(
    connection: Connection, directory: Directory, kept_roles: KeptRoles | None, now: datetime
) -> None:
    """
    From the commit on its IdP is told 404; the caller leaves a note. `kept_roles` None: its people
    leave.
    """
    connection.execute(_update(directory).values(deleting_at=now, kept_roles=kept_roles))


def _living(organization_id: OrganizationId) -> Select[Any]:
    return select(*_SHOWN).where(
        directories.c.organization_id == organization_id, directories.c.deleting_at.is_(None)
    )


def _update(directory: Directory) -> Update:
    return directories.update().where(
        directories.c.organization_id == directory.organization_id,
        directories.c.id == directory.id,
    )


def insert_token(
    connection: Connection, token: Token, organization_id: OrganizationId, token_hash: str
) -> None:
    """Only the hash is kept."""
    connection.execute(
        directory_tokens.insert().values(
            id=token.id,
            organization_id=organization_id,
            directory_id=token.directory_id,
            token_hash=token_hash,
            last_four=token.last_four,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )


def tokens(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> list[Token]:
    """Every token the directory has had, oldest first."""
    query = _tokens(organization_id, directory_id).order_by(directory_tokens.c.id)
    return [_read_token(row) for row in connection.execute(query)]


def listed_tokens(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId, cut: Cut
) -> Page[Token]:
    """A page of them."""
    query = _tokens(organization_id, directory_id)
    return page(connection, query, directory_tokens.c.id, cut, _read_token)


def _tokens(organization_id: OrganizationId, directory_id: DirectoryId) -> Select[Any]:
    table = directory_tokens
    return select(
        table.c.id,
        table.c.directory_id,
        table.c.last_four,
        table.c.created_at,
        table.c.last_used_at,
        table.c.expires_at,
        table.c.revoked_at,
    ).where(table.c.organization_id == organization_id, table.c.directory_id == directory_id)


def _read_token(row: Row[*tuple[Any, ...]]) -> Token:
    return Token(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API


def revoke_token(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    token_id: TokenId,
    now: datetime,
) -> bool:
    """False when the directory has no such live token."""
    table = directory_tokens
    revoked = connection.execute(
        table.update()
        .where(
            table.c.organization_id == organization_id,
            table.c.directory_id == directory_id,
            table.c.id == token_id,
            table.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
    return revoked.rowcount == 1


_BEARER = Statement(
    """
    SELECT t.id, t.organization_id, t.directory_id,
        t.last_used_at IS NULL OR t.last_used_at < :used_before, d.deleting_at IS NOT NULL
    FROM directory_tokens t JOIN directories d ON d.id = t.directory_id
    WHERE t.token_hash = :token_hash AND t.directory_id = :directory_id
        AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > :now)
    """
)


def bearer(
    connection: Connection,
    directory_id: DirectoryId,
    token_hash: str,
    now: datetime,
    used_before: datetime,
) -> Bearer | None:
    """Whom the token speaks for, if it is live and of this directory."""
    bound = {
        "token_hash": token_hash,
        "directory_id": directory_id,
        "now": now,
        "used_before": used_before,
    }
    row = _BEARER.run(connection, bound).one_or_none()
    return None if row is None else Bearer(row[0], row[1], row[2], bool(row[3]), bool(row[4]))


_USED = Statement(
    """
    UPDATE directory_tokens SET last_used_at = :now
    WHERE id = :id AND organization_id = :organization_id
        AND (last_used_at IS NULL OR last_used_at < :before)
    """
)


def mark_used(connection: Connection, used: Bearer, now: datetime, before: datetime) -> None:
    """Unless it was marked since `before`: a busy token does not write with every request."""
    bound = {
        "id": used.token_id,
        "organization_id": used.organization_id,
        "now": now,
        "before": before,
    }
    _USED.run(connection, bound)

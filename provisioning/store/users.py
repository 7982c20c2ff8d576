"""Users: people's accounts, which organizations share."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, select

from provisioning.folding import fold
from provisioning.ids import DirectoryId, IssuerId, OrganizationId, UserId
from provisioning.reconcile.facts import Profile, Way
from provisioning.store.admin_tables import sign_in_identities
from provisioning.store.awaited_addresses import awaited
from provisioning.store.directory_tables import directories, directory_users
from provisioning.store.json_columns import decoded, encoded
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import identities, memberships, users
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """
    `email_key` is the folded address, if the account speaks for it; `email_vouched_by` says by
    which organization's word alone it does, None: the person has proven it, or the installation.
    """

    id: UserId
    email: str | None
    email_key: str | None
    email_vouched_by: OrganizationId | None
    display_name: str | None
    given_name: str | None
    family_name: str | None
    phone_number: str | None
    picture_url: str | None
    external_id: str | None
    metadata: Mapping[str, str]
    authority_directory_id: DirectoryId | None
    provisioned_by: Way
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def profile(self) -> Profile:
        """What directories may have a say in."""
        return Profile(self.email, self.display_name, self.given_name, self.family_name)


_COLUMNS = [users.c[field.name] for field in fields(User)]


def insert(connection: Connection, user: User) -> None:
    """Raises `Taken` for the external id, `Collision` for an address that was free just now."""
    connection.execute(users.insert().values(**_values(user)))


def update(connection: Connection, user: User) -> None:
    """All of it. Raises as `insert` does."""
    connection.execute(users.update().where(users.c.id == user.id).values(**_values(user)))


def get(connection: Connection, user_id: UserId, only: OrganizationId | None = None) -> User | None:
    """With `only`, a present member of that organization. None when there is none, or deleted."""
    return _one(connection, _living(only).where(users.c.id == user_id))


def by_external_id(
    connection: Connection, external_id: str, only: OrganizationId | None = None
) -> User | None:
    """The one that the product knows by this id."""
    return _one(connection, _living(only).where(users.c.external_id == external_id))


def by_sign_in(connection: Connection, issuer_id: IssuerId, subject: str) -> User | None:
    """Whom this issuer has called so before, unless the account was deleted."""
    query = _living(None).join(sign_in_identities, sign_in_identities.c.user_id == users.c.id)
    return _one(
        connection,
        query.where(
            sign_in_identities.c.issuer_id == issuer_id, sign_in_identities.c.subject == subject
        ),
    )


def by_email(connection: Connection, email: str) -> User | None:
    """Whose account speaks for the address."""
    return _one(connection, _living(None).where(users.c.email_key == fold(email)))


def lock(connection: Connection, user_id: UserId) -> User | None:
    """Until the transaction ends nobody changes or deletes the account; None: there is none."""
    query = _living(None).where(users.c.id == user_id)
    return _one(connection, query.with_for_update())


def listing(
    connection: Connection,
    only: OrganizationId | None,
    email: str | None,
    external_id: str | None,
    cut: Cut,
) -> Page[User]:
    """With `only`, the present members of that organization."""
    query = _living(only)
    if email is not None:
        query = query.where(users.c.email_key == fold(email))
    if external_id is not None:
        query = query.where(users.c.external_id == external_id)
    return page(connection, query, users.c.id, cut, _read)


def awaiting(connection: Connection, email: str, organization_id: OrganizationId) -> Sequence[User]:
    """Members of the organization whom its directory only shows with the address."""
    query = (
        _living(None)
        .join(memberships, memberships.c.user_id == users.c.id)
        .join(directories, directories.c.id == users.c.authority_directory_id)
        .where(
            users.c.awaited_email_key == fold(email),
            memberships.c.organization_id == organization_id,
            memberships.c.purged_at.is_(None),
            directories.c.organization_id == organization_id,
        )
    )
    return [_read(row) for row in connection.execute(query)]


def claim_address(connection: Connection, user_id: UserId, email_key: str, now: datetime) -> None:
    """The account speaks for the address it is shown with: the person has proven it."""
    connection.execute(
        users.update()
        .where(users.c.id == user_id)
        .values(email_key=email_key, email_vouched_by=None, awaited_email_key=None, updated_at=now)
    )


def is_managed(connection: Connection, user: User) -> bool:
    """Whether the directory that is the authority over the profile knows the person now."""
    known = (
        select(identities.c.id)
        .join(directory_users, directory_users.c.id == identities.c.directory_user_id)
        .join(directories, directories.c.id == directory_users.c.directory_id)
        .where(
            identities.c.user_id == user.id,
            directories.c.id == user.authority_directory_id,
            directories.c.deleting_at.is_(None),
            directory_users.c.deleted_at.is_(None),
        )
    )
    return bool(connection.scalar(select(exists(known))))


_ORGANIZATIONS = Statement(
    """
    SELECT concerned.organization_id FROM (
        SELECT organization_id FROM memberships WHERE user_id = :user_id
        UNION SELECT organization_id FROM identities WHERE user_id = :user_id
        UNION SELECT organization_id FROM conflicts
            WHERE user_id = :user_id AND resolved_at IS NULL
        UNION SELECT organization_id FROM join_requests
            WHERE user_id = :user_id AND status = 'pending'
    ) AS concerned
    JOIN organizations o ON o.id = concerned.organization_id AND o.deleted_at IS NULL
    """
)
_NOTE_EVERYWHERE = Statement(
    """
    INSERT INTO notes (organization_id, directory_id, kind, key, created_at)
    SELECT organization_id, '', 'user', user_id, :now FROM memberships WHERE user_id = :user_id
    RETURNING organization_id
    """
)
_REMEMBER_TOMBSTONES = Statement(
    """
    UPDATE directory_users SET former_user_id = :user_id
    WHERE id IN (SELECT directory_user_id FROM identities WHERE user_id = :user_id)
    """
)
_FORGET_IDENTITIES = Statement("DELETE FROM identities WHERE user_id = :user_id")
_FORGET_SIGN_INS = Statement("DELETE FROM sign_in_identities WHERE user_id = :user_id")
_MARK_DELETED = Statement(
    """
    UPDATE users SET deleted_at = :now, updated_at = :now, email = NULL, email_key = NULL,
        awaited_email_key = NULL, version = version + 1
    WHERE id = :user_id
    """
)


def organizations_of(connection: Connection, user_id: UserId) -> list[OrganizationId]:
    """Those living that have to do with the account, in the order in which to lock them."""
    return sorted(row[0] for row in _ORGANIZATIONS.run(connection, {"user_id": user_id}))


def note_everywhere(connection: Connection, user_id: UserId, now: datetime) -> list[OrganizationId]:
    """So that each organization of the person is told of the profile; which they are."""
    bound = {"user_id": user_id, "now": now}
    return [row.organization_id for row in _NOTE_EVERYWHERE.run(connection, bound)]


def mark_deleted(connection: Connection, user_id: UserId, now: datetime) -> None:
    """
    The address is free, and nobody signs in or comes back as this account: who was deleted by a
    person is not to be revived by a directory.
    """
    bound = {"user_id": user_id, "now": now}
    for step in (_REMEMBER_TOMBSTONES, _FORGET_IDENTITIES, _FORGET_SIGN_INS, _MARK_DELETED):
        step.run(connection, bound)


def _living(only: OrganizationId | None) -> Select[Any]:
    query = select(*_COLUMNS).where(users.c.deleted_at.is_(None))
    if only is None:
        return query
    return query.where(
        exists(
            select(memberships.c.id).where(
                memberships.c.user_id == users.c.id,
                memberships.c.organization_id == only,
                memberships.c.status != "removed",
            )
        )
    )


def _one(connection: Connection, query: Select[Any]) -> User | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def _values(user: User) -> dict[str, Any]:
    values = {**asdict(user), "awaited_email_key": awaited(user.email, user.email_key)}
    return encoded(values, "metadata")


def _read(row: Row[*tuple[Any, ...]]) -> User:
    return User(**decoded(row, "metadata"))

"""What a directory has, as an administrator looks at it: without the documents of the IdP."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from provisioning.ids import (
    DirectoryGroupId,
    DirectoryId,
    DirectoryUserId,
    MembershipId,
    OrganizationId,
    UserId,
)
from provisioning.store.directory_tables import directory_groups, directory_users
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import identities, memberships


@dataclass(frozen=True, slots=True, kw_only=True)
class UserOverview:
    """The last two are None until the person is settled, and while a conflict is open."""

    id: DirectoryUserId
    user_name: str
    external_id: str | None
    active: bool
    email: str | None
    display_name: str | None
    updated_at: datetime
    user_id: UserId | None
    membership_id: MembershipId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOverview:
    id: DirectoryGroupId
    display_name: str
    external_id: str | None
    updated_at: datetime


def users(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId, cut: Cut
) -> Page[UserOverview]:
    """The living ones."""
    table = directory_users
    query = (
        select(
            table.c.id,
            table.c.user_name,
            table.c.external_id,
            table.c.active,
            table.c.email,
            table.c.display_name,
            table.c.updated_at,
            identities.c.user_id,
            memberships.c.id.label("membership_id"),
        )
        .join_from(table, identities, identities.c.directory_user_id == table.c.id, isouter=True)
        .join(
            memberships,
            and_(
                memberships.c.organization_id == organization_id,
                memberships.c.user_id == identities.c.user_id,
                memberships.c.purged_at.is_(None),
            ),
            isouter=True,
        )
        .where(
            table.c.organization_id == organization_id,
            table.c.directory_id == directory_id,
            table.c.deleted_at.is_(None),
        )
    )
    return page(
        connection,
        query,
        table.c.id,
        cut,
        lambda row: UserOverview(**row._mapping),  # noqa: SLF001 - SQLAlchemy's API
    )


def groups(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId, cut: Cut
) -> Page[GroupOverview]:
    """The living ones."""
    table = directory_groups
    query = select(table.c.id, table.c.display_name, table.c.external_id, table.c.updated_at).where(
        table.c.organization_id == organization_id,
        table.c.directory_id == directory_id,
        table.c.deleted_at.is_(None),
    )
    return page(
        connection,
        query,
        table.c.id,
        cut,
        lambda row: GroupOverview(**row._mapping),  # noqa: SLF001 - SQLAlchemy's API
    )

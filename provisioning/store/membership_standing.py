"""Who is a member, and by whose word, where no grant matters."""

from dataclasses import dataclass

from sqlalchemy import Connection

from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.reconcile.facts import Status
from provisioning.store.sql import Statement

_USER = Statement(
    """
    SELECT user_id FROM memberships
    WHERE organization_id = :organization_id AND id = :id AND purged_at IS NULL
    """
)
_IS_KNOWN = Statement(
    """
    SELECT EXISTS (
        SELECT 1 FROM memberships
        WHERE organization_id = :organization_id AND user_id = :user_id AND purged_at IS NULL
    )
    """
)
_PRESENT = Statement(
    """
    SELECT m.id, m.organization_id, m.user_id, m.status
    FROM memberships m JOIN organizations o ON o.id = m.organization_id
    WHERE m.user_id = ANY(:users) AND m.status <> 'removed' AND o.deleted_at IS NULL
        AND (:everywhere OR m.organization_id = :only)
    ORDER BY m.id
    """
)
_TAKE_IN_AGAIN = Statement(
    """
    UPDATE memberships
    SET suspended_by_admin_at = NULL, directory_managed = FALSE, provisioned_by = 'api'
    WHERE organization_id = :organization_id AND id = :id
    """
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One organization of one user."""

    membership_id: MembershipId
    organization_id: OrganizationId
    user_id: UserId
    status: Status


def user_of(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> UserId | None:
    """None: the organization has no such membership, or nothing of the person any more."""
    bound = {"organization_id": organization_id, "id": membership_id}
    row = _USER.run(connection, bound).one_or_none()
    return None if row is None else UserId(row.user_id)


def is_known(connection: Connection, organization_id: OrganizationId, user_id: UserId) -> bool:
    """Whether the person is a member, or has been one."""
    bound = {"organization_id": organization_id, "user_id": user_id}
    return bool(_IS_KNOWN.run(connection, bound).scalar_one())


def of_users(
    connection: Connection, users: list[UserId], only: OrganizationId | None
) -> list[Standing]:
    """In which organizations they are, and not removed; with `only`, in none but that one."""
    bound = {"users": users, "everywhere": only is None, "only": only or ""}
    return [Standing(*row) for row in _PRESENT.run(connection, bound)]


def take_in_again(
    connection: Connection, organization_id: OrganizationId, membership_id: MembershipId
) -> None:
    """From now on the directories that let the person go have no say, until one is back."""
    _TAKE_IN_AGAIN.run(connection, {"organization_id": organization_id, "id": membership_id})

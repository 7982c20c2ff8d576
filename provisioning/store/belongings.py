"""The organizations of a person, as the person is shown them."""

from dataclasses import dataclass

from sqlalchemy import Connection

from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.reconcile.facts import Status
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A membership, seen from the person."""

    organization_id: OrganizationId
    display_name: str
    name: str
    slug: str | None
    membership_id: MembershipId
    status: Status


_BELONGINGS = Statement(
    """
    SELECT o.id AS organization_id, o.display_name, COALESCE(o.name, o.id) AS name, o.slug,
        m.id AS membership_id, m.status
    FROM memberships m JOIN organizations o ON o.id = m.organization_id AND o.deleted_at IS NULL
    WHERE m.user_id = :user_id AND m.purged_at IS NULL ORDER BY m.id
    """
)


def of_user(connection: Connection, user_id: UserId) -> list[Belonging]:
    """All organizations of the person, also those that have suspended or removed them."""
    return [Belonging(**row._asdict()) for row in _BELONGINGS.run(connection, {"user_id": user_id})]

"""What directories want and a rule forbids for now: told as held, and done when it may be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.reconcile.facts import Status
from provisioning.store.conflict_tables import parked_changes
from provisioning.store.pages import Cut, Page, page
from provisioning.store.people_tables import memberships


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChange:
    membership_id: MembershipId
    user_id: UserId
    reason: str
    wanted_status: Status
    held_since: datetime


def listing(connection: Connection, organization_id: OrganizationId, cut: Cut) -> Page[HeldChange]:
    """In the order of their memberships."""
    query = (
        select(
            parked_changes.c.membership_id,
            memberships.c.user_id,
            parked_changes.c.reason,
            parked_changes.c.wanted_status,
            parked_changes.c.parked_at.label("held_since"),
        )
        .join_from(parked_changes, memberships, memberships.c.id == parked_changes.c.membership_id)
        .where(parked_changes.c.organization_id == organization_id)
    )
    return page(connection, query, parked_changes.c.membership_id, cut, _read)


def _read(row: Row[*tuple[Any, ...]]) -> HeldChange:
    return HeldChange(**row._mapping)  # noqa: SLF001 - SQLAlchemy's API

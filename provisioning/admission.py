"""Who may be let in: an organization's seats, the domains it allows, a person's organizations."""

from datetime import datetime

from sqlalchemy import Connection

from provisioning.email_domains import is_within
from provisioning.errors import Refused
from provisioning.store import domains, organizations, seats
from provisioning.store.organizations import Organization


def require_seat(connection: Connection, organization: Organization, now: datetime) -> None:
    """Raises `Refused` when members and pending invitations have all seats that there are."""
    free = free_seats(connection, organization, now)
    if free is not None and free <= 0:
        raise no_seat(organization)


def allowed_domains(connection: Connection, organization: Organization) -> frozenset[str] | None:
    """Those it lists, and those of its verified ones that are to keep others out; None: any."""
    restricting = domains.restricting(connection, organization.id)
    if organization.allowed_email_domains is None and not restricting:
        return None
    return restricting.union(organization.allowed_email_domains or ())


def require_domain(allowed: frozenset[str] | None, email: str) -> None:
    """Raises `Refused` for an address of a domain that is not `allowed`."""
    if allowed is not None and not is_within(email, allowed):
        raise Refused(
            "email_domain_not_allowed", "the organization does not allow addresses of this domain"
        )


def require_room(belongs_to: int, most: int | None) -> None:
    """Raises `Refused` for who belongs to as many organizations as a person may; None: any."""
    if most is not None and belongs_to >= most:
        raise Refused("too_many_organizations", f"a person may belong to {most} organizations")


def free_seats(connection: Connection, organization: Organization, now: datetime) -> int | None:
    """None: no limit. Until the transaction ends nobody else takes a seat by this count."""
    if organization.seat_limit is None:
        return None
    organizations.lock(connection, organization.id)
    return organization.seat_limit - seats.taken(connection, organization.id, now)


def no_seat(organization: Organization) -> Refused:
    """What is told when all seats are taken."""
    return Refused(
        "seat_limit_reached",
        f"members and pending invitations have all {organization.seat_limit} seats",
    )

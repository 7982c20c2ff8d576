"""Which organizations an e-mail address leads to, and how their people sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from provisioning.email_domains import domain_of
from provisioning.ids import OrganizationId
from provisioning.store import connections, discovered_organizations
from provisioning.store.connections import SignInConnection
from provisioning.store.discovered_organizations import DiscoveredOrganization

FoundBy = Literal["membership", "verified_domain", "email_domain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """An organization, why it was found, and its connections."""

    organization: DiscoveredOrganization
    found_by: FoundBy
    connections: Sequence[SignInConnection]


def discover(connection: Connection, email: str, only: OrganizationId | None) -> list[Discovery]:
    """
    The one that has proven the domain of the address, then those of which its holder is an active
    member; where nobody has proven it, those that name it among the ones they allow. Each once.
    With `only`, nothing is told of any other.

    A login page sends people to the first: whoever names another one's domain, or has got its
    people to join, is not to show them a page that looks like their own.
    """
    domain = domain_of(email) or ""
    owners = discovered_organizations.with_domain(connection, domain, only)
    lookups: list[tuple[FoundBy, list[DiscoveredOrganization]]] = [
        ("verified_domain", owners),
        ("membership", discovered_organizations.of_member(connection, email, only)),
    ]
    if not owners:
        naming = discovered_organizations.of_domain(connection, domain, only)
        lookups.append(("email_domain", naming))
    found: dict[OrganizationId, tuple[FoundBy, DiscoveredOrganization]] = {}
    for found_by, organizations in lookups:
        for one in organizations:
            found.setdefault(one.id, (found_by, one))
    ways = connections.of_organizations(connection, list(found))
    return [
        Discovery(
            organization=one,
            found_by=found_by,
            connections=[each for each in ways if each.organization_id == one.id],
        )
        for found_by, one in found.values()
    ]

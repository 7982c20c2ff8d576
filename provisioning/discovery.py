"""Which organizations an e-mail address leads to, and how their people sign in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from provisioning.folding import fold
from provisioning.ids import OrganizationId
from provisioning.store import connections, discovered_organizations
from provisioning.store.connections import SignInConnection
from provisioning.store.discovered_organizations import DiscoveredOrganization


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """An organization, why it was found, and its connections."""

    organization: DiscoveredOrganization
    found_by: Literal["membership", "email_domain"]
    connections: Sequence[SignInConnection]


def discover(connection: Connection, email: str, only: OrganizationId | None) -> list[Discovery]:
    """
    Those of which the holder of the address is an active member, then those that name its domain
    among the ones they allow. With `only`, nothing is told of any other.
    """
    key = fold(email)
    of_member = discovered_organizations.of_member(connection, key, only)
    domain = key.rpartition("@")[2]
    known = {one.id for one in of_member}
    of_domain = [
        one
        for one in discovered_organizations.of_domain(connection, domain, only)
        if one.id not in known
    ]
    found = [*of_member, *of_domain]
    ways = connections.of_organizations(connection, [one.id for one in found])
    return [
        Discovery(
            organization=one,
            found_by="membership" if one.id in known else "email_domain",
            connections=[each for each in ways if each.organization_id == one.id],
        )
        for one in found
    ]

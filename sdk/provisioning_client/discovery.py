"""/v1/discovery: where the holder of an e-mail address signs in."""

from dataclasses import dataclass

from provisioning_client.calls import Call
from provisioning_client.operations import AnySender, Resource, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredConnection:
    """A way to sign in."""

    id: str
    display_name: str
    provider: str
    protocol: str
    external_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """An organization; `found_by`: verified_domain, membership, or email_domain."""

    id: str
    display_name: str
    name: str
    slug: str | None
    found_by: str
    connections: tuple[DiscoveredConnection, ...]


class Discovery(Resource[AnySender]):
    """For login pages."""

    @operation
    def discover(self, email: str) -> Call[tuple[Discovered, ...]]:
        """The person's own organizations first. Changes nothing."""
        return at("discovery").ask_each(Discovered, {"email": email})

"""/v1/organizations/{organization_id}/events: what happened, in order and without gaps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioning_client.calls import Growth, Pages
from provisioning_client.operations import AnySender, Resource, listing
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    `sequence` grows by one within the organization; `previous_attributes` are the former values of
    what changed, None where nothing was before.
    """

    id: str
    type: str
    timestamp: datetime
    sequence: int
    organization_id: str
    data: Mapping[str, Any]
    previous_attributes: Mapping[str, Any] | None
    context: Mapping[str, Any]


def _cursor(event: Event) -> str:
    return str(event.sequence)


class Events(Resource[AnySender]):
    """Keep the `sequence` of the last event that you have dealt with: there you go on."""

    @listing
    def list(
        self, organization_id: str, *, after: int = 0, limit: int | None = None
    ) -> Pages[Event]:
        """Up to now, behind the `sequence` that `after` names; `limit` of a page is 1,000."""
        query = {"after": after, "limit": limit}
        return at("organizations", organization_id, "events").pages(Event, query)

    @listing
    def follow(
        self, organization_id: str, *, after: int = 0, limit: int | None = None, every: float = 1
    ) -> Pages[Event]:
        """As `list`, and it does not end: every so many seconds it looks for more."""
        query = {"after": after, "limit": limit}
        where = at("organizations", organization_id, "events")
        return where.pages(Event, query, Growth(_cursor, every))

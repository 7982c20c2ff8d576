"""The messages of the protocol that are no resource (RFC 7644 §8.2)."""

from collections.abc import Sequence
from typing import Any

LIST_RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def list_response(resources: Sequence[Any], total: int, start_index: int = 1) -> dict[str, Any]:
    """
    One page of `total` resources, of which the first is number `start_index` (from 1).

    All five keys are always there, and `itemsPerPage` counts this page: Okta's review rejects a
    server that repeats the requested count.
    """
    return {
        "schemas": [LIST_RESPONSE_URN],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }

"""/v1/organizations/{organization_id}/join-requests: who signed in, and waits for approval."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """Of somebody with a proven `email` of `domain`, which asks for approval."""

    id: str
    organization_id: str
    user_id: str
    email: str
    display_name: str | None
    domain: str
    status: str
    expires_at: datetime
    created_at: datetime
    ended_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedJoinRequest(JoinRequest):
    """With what the person is now."""

    membership_id: str


class WantedJoinRequests(Paging, total=False):
    """Which ones."""

    status: Literal["pending", "approved", "declined", "expired", "withdrawn"] | None


def _one(organization_id: str, request_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "join-requests", request_id, *parts)


class JoinRequests(Resource[AnySender]):
    """Each ends by a decision, after thirty days, or when the person joins by another way."""

    @listing
    def list(
        self, organization_id: str, **wanted: Unpack[WantedJoinRequests]
    ) -> Pages[JoinRequest]:
        """Oldest first."""
        return at("organizations", organization_id, "join-requests").pages(JoinRequest, wanted)

    @operation
    def get(self, organization_id: str, request_id: str) -> Call[JoinRequest]:
        """With what has become of it."""
        return _one(organization_id, request_id).get(JoinRequest)

    @operation
    def approve(
        self,
        organization_id: str,
        request_id: str,
        *,
        role: str | None = None,
        idempotency_key: str | None = None,
    ) -> Call[ApprovedJoinRequest]:
        """Without a `role` it is the domain's, else the organization's default one."""
        where = _one(organization_id, request_id, "approve")
        return where.post(ApprovedJoinRequest, {"role": role}, idempotency_key)

    @operation
    def decline(
        self, organization_id: str, request_id: str, *, idempotency_key: str | None = None
    ) -> Call[JoinRequest]:
        """The person is heard again after thirty days."""
        return _one(organization_id, request_id, "decline").post(JoinRequest, None, idempotency_key)

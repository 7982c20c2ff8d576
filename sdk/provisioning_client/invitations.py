"""/v1/organizations/{organization_id}/invitations, and /v1/invitations for who holds a token."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.invitation_values import (
    AcceptedInvitation,
    Invitation,
    IssuedInvitation,
    OpenedInvitation,
    Outcome,
)
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


class GivenInvitation(TypedDict, total=False):
    """Without `roles` it is the default role; with `send_email` false you bring the token."""

    roles: Sequence[str]
    expires_in_days: int
    send_email: bool
    metadata: Mapping[str, str]
    invited_by: str | None


class NewInvitation(GivenInvitation):
    """One of many."""

    email: str


class Resending(TypedDict, total=False):
    """`expires_in_days` from now; left out: as before, and a week for one that has expired."""

    send_email: bool
    expires_in_days: int | None


class Person(TypedDict, total=False):
    """What a new account is shown as; one that exists keeps its profile."""

    display_name: str | None
    given_name: str | None
    family_name: str | None


class WantedInvitations(Paging, total=False):
    """All of these must hold."""

    status: Literal["pending", "accepted", "expired", "revoked"] | None
    email: str | None


def _one(organization_id: str, invitation_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "invitations", invitation_id, *parts)


class Invitations(Resource[AnySender]):
    """Whoever holds the token has proved that the address is theirs."""

    @operation
    def create(
        self,
        organization_id: str,
        email: str,
        *,
        idempotency_key: str | None = None,
        **properties: Unpack[GivenInvitation],
    ) -> Call[IssuedInvitation]:
        """Its token is in the answer only where no e-mail brings it."""
        where = at("organizations", organization_id, "invitations")
        return where.post(IssuedInvitation, {"email": email, **properties}, idempotency_key)

    @operation
    def create_many(
        self,
        organization_id: str,
        invitations: Sequence[NewInvitation],
        *,
        idempotency_key: str | None = None,
    ) -> Call[tuple[Outcome, ...]]:
        """Up to 100, each decided by itself, answered in their order: also a malformed address."""
        where = at("organizations", organization_id, "invitations", "bulk")
        return where.post_each(Outcome, {"invitations": invitations}, idempotency_key)

    @operation
    def get(self, organization_id: str, invitation_id: str) -> Call[Invitation]:
        """Raises `NotFound`."""
        return _one(organization_id, invitation_id).get(Invitation)

    @operation
    def get_by_token(self, token: str) -> Call[OpenedInvitation]:
        """What the page shows on which it is accepted."""
        return at("invitations", "by-token", token).get(OpenedInvitation)

    @listing
    def list(self, organization_id: str, **wanted: Unpack[WantedInvitations]) -> Pages[Invitation]:
        """Oldest first."""
        return at("organizations", organization_id, "invitations").pages(Invitation, wanted)

    @operation
    def resend(
        self, organization_id: str, invitation_id: str, **properties: Unpack[Resending]
    ) -> Call[IssuedInvitation]:
        """With a new token; the former one is void."""
        return _one(organization_id, invitation_id, "resend").post(IssuedInvitation, properties)

    @operation
    def revoke(self, organization_id: str, invitation_id: str) -> Call[Invitation]:
        """Nobody can accept it any more."""
        return _one(organization_id, invitation_id, "revoke").post(Invitation)

    @operation
    def accept(
        self, token: str, *, user: Person | None = None, idempotency_key: str | None = None
    ) -> Call[AcceptedInvitation]:
        """`user` is for who has no account yet."""
        body = {"token": token, "user": user or {}}
        return at("invitations", "accept").post(AcceptedInvitation, body, idempotency_key)

"""/v1/organizations/{organization_id}/held-changes: what directories want and is not done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NotRequired, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldChange:
    """
    What guards hold: `reason` is `last_owner`, `break_glass` or `mass_deprovisioning`; `status` is
    what the membership is meanwhile, and `said` what the directory wrote of the person last. Of a
    newcomer who is `out_of_scope` there is no membership, and `id` is the directory user's.
    """

    id: str
    membership_id: str | None
    user_id: str | None
    email: str | None
    display_name: str | None
    reason: str
    status: str | None
    wanted_status: str
    held_since: datetime
    directory_id: str | None
    directory_user_id: str | None
    user_name: str | None
    said: str | None
    said_at: datetime | None
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedChanges:
    """`count`: about how many that had not been said before."""

    count: int


class WantedHeldChanges(Paging, total=False):
    """All of these must hold."""

    directory_id: str | None
    reason: Literal["last_owner", "break_glass", "mass_deprovisioning", "out_of_scope"] | None


class ChangesOfMembers(TypedDict):
    """At most a thousand."""

    membership_ids: Sequence[str]


class ChangesOfNewcomers(TypedDict):
    """Who are `out_of_scope`; at most a thousand."""

    directory_user_ids: Sequence[str]


class ChangesOfDirectory(TypedDict):
    """All that its breaker holds, or all its newcomers, about whom nobody has decided."""

    directory_id: str
    reason: NotRequired[Literal["mass_deprovisioning", "out_of_scope"]]


class HeldChanges(Resource[AnySender]):
    """Each ends when its reason does, when it is wanted no more, or by a decision."""

    @listing
    def list(self, organization_id: str, **wanted: Unpack[WantedHeldChanges]) -> Pages[HeldChange]:
        """Newcomers first."""
        return at("organizations", organization_id, "held-changes").pages(HeldChange, wanted)

    @operation
    def release(
        self,
        organization_id: str,
        changes: ChangesOfMembers | ChangesOfNewcomers | ChangesOfDirectory,
        *,
        idempotency_key: str | None = None,
    ) -> Call[DecidedChanges]:
        """Happens what the directory wants. Never of the last owner."""
        where = at("organizations", organization_id, "held-changes", "release")
        return where.post(DecidedChanges, changes, idempotency_key)

    @operation
    def reject(
        self,
        organization_id: str,
        changes: ChangesOfMembers | ChangesOfNewcomers | ChangesOfDirectory,
        *,
        idempotency_key: str | None = None,
    ) -> Call[DecidedChanges]:
        """The member stays, or the newcomer out, until the directory says something else."""
        where = at("organizations", organization_id, "held-changes", "reject")
        return where.post(DecidedChanges, changes, idempotency_key)

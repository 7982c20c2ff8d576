"""/v1/organizations/{organization_id}/directories/{directory_id}/plans: changes, foreseen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict, Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.mappings import GroupOfId, GroupOfName
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


class Resync(TypedDict):
    """Everybody the directory knows, or has deleted, is looked at again."""

    type: Literal["resync"]


class SetMapping(TypedDict):
    """A group gives its members a role."""

    type: Literal["set_mapping"]
    group: GroupOfId | GroupOfName
    role: str
    workspace_id: NotRequired[str | None]


class RemoveMapping(TypedDict):
    """The people in its group lose what it gave them."""

    type: Literal["remove_mapping"]
    mapping_id: str


class Disconnect(TypedDict):
    """The directory is deleted; `people` and `roles` as `directories.delete` has them."""

    type: Literal["disconnect"]
    people: NotRequired[Literal["ladder", "keep"]]
    roles: NotRequired[Literal["direct", "drop"]]


class VerifyDomain(TypedDict):
    """On your word, with a key of the installation; in all directories of the organization."""

    type: Literal["verify_domain"]
    domain_id: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`actions`: how many of each kind."""

    people: int
    losing_access: int
    actions: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Kept for an hour; `run_id` is the run that applying it was."""

    id: str
    directory_id: str
    change: Mapping[str, Any]
    summary: Summary
    actor: str
    created_at: datetime
    expires_at: datetime
    applied_at: datetime | None
    run_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPerson:
    """None: what applying the plan would make."""

    directory_user_id: str | None
    user_id: str | None
    membership_id: str | None
    status: str | None
    email: str | None
    display_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGroup:
    """That gives the role, or gave it."""

    id: str
    display_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """What would be done to one person, and `why`."""

    id: str
    action: str
    person: PlannedPerson
    why: str
    before: str | None
    after: str | None
    role: str | None
    roles_before: tuple[str, ...]
    roles_after: tuple[str, ...]
    workspace_id: str | None
    group: PlannedGroup | None
    mapping_id: str | None


def _all(organization_id: str, directory_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "directories", directory_id, "plans", *parts)


class Plans(Resource[AnySender]):
    """What a change would do to whom, and why, before any of it is done."""

    @operation
    def create(
        self,
        organization_id: str,
        directory_id: str,
        change: Resync | SetMapping | RemoveMapping | Disconnect | VerifyDomain,
        *,
        idempotency_key: str | None = None,
    ) -> Call[Plan]:
        """Nothing is changed."""
        where = _all(organization_id, directory_id)
        return where.post(Plan, {"change": change}, idempotency_key)

    @operation
    def get(self, organization_id: str, directory_id: str, plan_id: str) -> Call[Plan]:
        """Its actions have a list of their own."""
        return _all(organization_id, directory_id, plan_id).get(Plan)

    @listing
    def list(
        self, organization_id: str, directory_id: str, **paging: Unpack[Paging]
    ) -> Pages[Plan]:
        """Oldest first."""
        return _all(organization_id, directory_id).pages(Plan, paging)

    @listing
    def actions(
        self, organization_id: str, directory_id: str, plan_id: str, **paging: Unpack[Paging]
    ) -> Pages[PlannedAction]:
        """Person by person."""
        return _all(organization_id, directory_id, plan_id, "actions").pages(PlannedAction, paging)

    @operation
    def apply(self, organization_id: str, directory_id: str, plan_id: str) -> Call[Plan]:
        """Exactly what it says. Raises `Conflict`, code `plan_stale`, if that would not happen."""
        return _all(organization_id, directory_id, plan_id, "apply").post(Plan)

"""What a plan is asked for with, and how one is shown."""

from typing import Annotated, Any, Literal

from pydantic import Field

from admin_api.directories import Disconnection
from admin_api.mappings import GroupOfId, GroupOfName
from admin_api.messages import VISIBLE, Body, Id, Shown, Time
from admin_api.organization_models import RoleName
from provisioning.store.plans import Plan


class Resync(Body):
    """Everybody the directory knows, or has deleted, is looked at again."""

    type: Literal["resync"]


class SetMapping(Body):
    """A group gives its members a role."""

    type: Literal["set_mapping"]
    group: GroupOfId | GroupOfName
    role: RoleName
    workspace_id: Id | None = None


class RemoveMapping(Body):
    """The people in its group lose what it gave them."""

    type: Literal["remove_mapping"]
    mapping_id: Id


class Disconnect(Disconnection):
    """The directory is deleted."""

    type: Literal["disconnect"]


class VerifyDomain(Body):
    """
    The organization speaks for the addresses of the domain, in all of its directories. Applying it
    is `verify-manually` with the note: only with a key of the installation, as is the plan, which
    shows accounts that the organization may not know.
    """

    type: Literal["verify_domain"]
    domain_id: Id
    note: Annotated[
        str,
        Field(min_length=1, max_length=1000, pattern=VISIBLE, description="Why it is believed."),
    ]


AnyChange = Annotated[
    Resync | SetMapping | RemoveMapping | Disconnect | VerifyDomain, Field(discriminator="type")
]


class NewPlan(Body):
    change: AnyChange


class ShownSummary(Shown):
    people: Annotated[int, Field(description="Of whom anything would be written.")]
    losing_access: Annotated[int, Field(description="Who would be removed or suspended.")]
    actions: Annotated[dict[str, int], Field(description="How many of each kind.")]


class ShownPlan(Shown):
    id: str
    directory_id: str
    change: dict[str, Any]
    summary: ShownSummary
    actor: str
    created_at: Time
    expires_at: Time
    applied_at: Time | None
    run_id: Annotated[str | None, Field(description="The run that applying it was.")]


class ShownPerson(Shown):
    """Null: what applying the plan would make."""

    directory_user_id: str | None
    user_id: str | None
    membership_id: str | None
    status: Annotated[str | None, Field(description="Of the membership, as it is.")]
    email: str | None
    display_name: str | None


class ShownPlanGroup(Shown):
    id: str
    display_name: str | None


class ShownAction(Shown):
    """What would be done to one person, and why."""

    id: str
    action: str
    person: ShownPerson
    why: str
    before: Annotated[str | None, Field(description="The status of the membership.")]
    after: str | None
    role: Annotated[str | None, Field(description="That is granted or revoked.")]
    roles_before: Annotated[list[str], Field(description="In the organization.")]
    roles_after: list[str]
    workspace_id: str | None
    group: Annotated[ShownPlanGroup | None, Field(description="That gives the role, or gave it.")]
    mapping_id: str | None


def shown(plan: Plan) -> ShownPlan:
    """Without its actions."""
    return ShownPlan(
        id=plan.id,
        directory_id=plan.directory_id,
        change=dict(plan.change),
        summary=ShownSummary(**plan.summary),
        actor=plan.actor,
        created_at=plan.created_at,
        expires_at=plan.expires_at,
        applied_at=plan.applied_at,
        run_id=plan.run_id,
    )

"""/v1/organizations/{organization_id}/memberships/{membership_id}/explanation."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.membership_models import AsOf, Place, ShownSource, shown_place, shown_source
from admin_api.messages import Shown
from admin_api.moments import in_utc
from provisioning import past_explanations
from provisioning.explain import explain_membership
from provisioning.explanations import Explanation
from provisioning.ids import MembershipId
from provisioning.store.memberships import Member

router = APIRouter(tags=["Authorization"])

Reader = Annotated[Caller, Depends(needs("read:memberships"))]


class ShownHeld(Shown):
    role: str
    workspace: Place
    why: str
    source: ShownSource


class ShownLacking(Shown):
    role: str
    workspace: Place
    why: Annotated[str, Field(description="What stands in the way.")]


class ShownExplanation(Shown):
    """Sentences for people; programs read `check`."""

    membership_id: str
    status: str
    reasons: Annotated[list[str], Field(description="Why the membership is what it is.")]
    roles: list[ShownHeld]
    lacking: Annotated[list[ShownLacking], Field(description="Roles that mappings give to others.")]


@router.get(
    "/organizations/{organization_id}/memberships/{membership_id}/explanation",
    operation_id="explain_membership",
)
def explain(
    organization_id: str, membership_id: str, caller: Reader, as_of: Annotated[AsOf, Query()] = None
) -> ShownExplanation:
    """
    Why somebody has, or lacks, each role: back to the group, the mapping, the directory. In the
    past these are named as they were then.
    """

    def work(connection: Connection) -> ShownExplanation:
        subject = (connection, caller.within(organization_id), MembershipId(membership_id))
        if as_of is None:
            return _shown(*explain_membership(*subject))
        return _shown(*past_explanations.explain_membership(*subject, in_utc(as_of)))

    return caller.read(work)


def _shown(member: Member, explanation: Explanation) -> ShownExplanation:
    return ShownExplanation(
        membership_id=member.membership_id,
        status=member.status,
        reasons=list(explanation.reasons),
        roles=[
            ShownHeld(
                role=one.role,
                workspace=shown_place(one.workspace_id, one.workspace),
                why=one.why,
                source=shown_source(one.source),
            )
            for one in explanation.held
            if one.source
        ],
        lacking=[
            ShownLacking(
                role=one.role,
                workspace=shown_place(one.workspace_id, one.workspace),
                why=one.why,
            )
            for one in explanation.lacking
        ],
    )

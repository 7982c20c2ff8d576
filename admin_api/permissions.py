"""/v1/organizations/{organization_id}/check: may this person do that?"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from pydantic import ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from sqlalchemy import Connection

from admin_api.access import needs
from admin_api.caller import Caller
from admin_api.messages import Body, Id, Shown
from admin_api.roles import Permission
from provisioning.checks import Checks, Question, Reason
from provisioning.ids import MembershipId, UserId
from provisioning.store.held_roles import HeldGrant

router = APIRouter(tags=["Authorization"])

SCOPE = "read:permissions"
Reader = Annotated[Caller, Depends(needs(SCOPE))]
QUESTIONS_LIMIT = 1000


def _checks(request: Request) -> Checks:
    checks: Checks = request.app.state.checks
    return checks


Asking = Annotated[Checks, Depends(_checks)]


def _one_of_two(schema: dict[str, Any]) -> None:
    schema["oneOf"] = [{"required": ["user_id"]}, {"required": ["membership_id"]}]
    for name in ("user_id", "membership_id"):
        schema["properties"][name].pop("default")


class AskedQuestion(Body):
    """About a user or about a membership, one of them."""

    model_config = ConfigDict(json_schema_extra=_one_of_two)

    user_id: Id | SkipJsonSchema[None] = None
    membership_id: Id | SkipJsonSchema[None] = None
    permission: Permission
    workspace_id: Annotated[
        Id | None, Field(description="Grants in this workspace count, too.")
    ] = None

    @model_validator(mode="after")
    def _about_one(self) -> "AskedQuestion":
        # The document says it, too, as `oneOf`.
        given = self.model_fields_set & {"user_id", "membership_id"}
        if len(given) != 1 or getattr(self, *given) is None:
            msg = "one of user_id and membership_id is needed"
            raise ValueError(msg)
        return self

    def question(self) -> Question:
        """The domain's."""
        return Question(
            permission=self.permission,
            user_id=None if self.user_id is None else UserId(self.user_id),
            membership_id=None if self.membership_id is None else MembershipId(self.membership_id),
            workspace_id=self.workspace_id,
        )


class AskedQuestions(Body):
    """Many at once: one statement, however many."""

    questions: Annotated[list[AskedQuestion], Field(min_length=1, max_length=QUESTIONS_LIMIT)]


class ShownGrant(Shown):
    """Where a role comes from; `mapping_id` and `group_id` where a directory's group gives it."""

    grant_id: str
    type: str
    mapping_id: str | None
    group_id: str | None
    workspace_id: Annotated[str | None, Field(description="Null: in the whole organization.")]


class ShownReason(Shown):
    """One grant that is enough. `inherited_from` is the extended role that has the permission."""

    role: str
    permission: Annotated[str, Field(description="The role's, which covers the one asked for.")]
    inherited_from: str | None
    source: ShownGrant


class Verdict(Shown):
    """Strangers, suspended and removed members may do nothing."""

    allowed: bool
    because: list[ShownReason]


class Verdicts(Shown):
    """In the order of the questions."""

    data: list[Verdict]


class ShownHeldRole(Shown):
    role: str
    rank: int
    source: ShownGrant


class ShownAuthority(Shown):
    """For sessions and tokens: whoever is not active has neither roles nor permissions."""

    user_id: str
    membership_id: str
    status: str
    roles: list[ShownHeldRole]
    permissions: list[str]


@router.post("/organizations/{organization_id}/check", operation_id="check_permission")
def check(organization_id: str, body: AskedQuestion, caller: Reader, checks: Asking) -> Verdict:
    """Whether somebody has a permission, and because of what."""

    def work(connection: Connection) -> Verdict:
        wanted = caller.within(organization_id)
        (reasons,) = checks.ask(connection, wanted, [body.question()])
        return verdict(reasons)

    return caller.read(work)


@router.post("/organizations/{organization_id}/checks", operation_id="check_permissions")
def check_many(
    organization_id: str, body: AskedQuestions, caller: Reader, checks: Asking
) -> Verdicts:
    """Up to 1,000 questions, answered in their order."""

    def work(connection: Connection) -> Verdicts:
        wanted = caller.within(organization_id)
        asked = [one.question() for one in body.questions]
        answers = checks.ask(connection, wanted, asked)
        return Verdicts(data=[verdict(reasons) for reasons in answers])

    return caller.read(work)


@router.get(
    "/organizations/{organization_id}/users/{user_id}/permissions",
    operation_id="get_user_permissions",
)
def of_user(
    organization_id: str,
    user_id: str,
    caller: Reader,
    checks: Asking,
    workspace_id: Annotated[
        Id | None, Query(description="Grants in this workspace count, too.")
    ] = None,
) -> ShownAuthority:
    """Roles that count now, the highest first, and all permissions they have together."""

    def work(connection: Connection) -> ShownAuthority:
        found = checks.authority(
            connection, caller.within(organization_id), UserId(user_id), workspace_id
        )
        return ShownAuthority(
            user_id=found.holder.user_id,
            membership_id=found.holder.membership_id,
            status=found.holder.status,
            roles=[
                ShownHeldRole(role=role.name, rank=role.rank, source=_source(grant))
                for grant, role in found.grants
            ],
            permissions=list(found.permissions),
        )

    return caller.read(work)


(CHECK_ROUTE,) = (
    route for route in router.routes if isinstance(route, APIRoute) and route.name == "check"
)


def verdict(reasons: tuple[Reason, ...]) -> Verdict:
    """As clients see it."""
    return Verdict(allowed=bool(reasons), because=[_reason(reason) for reason in reasons])


def _reason(reason: Reason) -> ShownReason:
    inherited = reason.holder.id != reason.role.id
    return ShownReason(
        role=reason.role.name,
        permission=reason.permission,
        inherited_from=reason.holder.name if inherited else None,
        source=_source(reason.grant),
    )


def _source(grant: HeldGrant) -> ShownGrant:
    mapped = grant.source_type == "mapping"
    return ShownGrant(
        grant_id=grant.id,
        type=grant.source_type,
        mapping_id=grant.source_id if mapped else None,
        group_id=grant.group_id,
        workspace_id=grant.workspace_id or None,
    )

"""/v1/organizations/{organization_id}/check: may this person do that?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from provisioning_client.calls import Call
from provisioning_client.operations import AnySender, Resource, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantSource:
    """`workspace_id` None: in the whole organization."""

    grant_id: str
    type: str
    mapping_id: str | None
    group_id: str | None
    workspace_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One grant that is enough; `inherited_from` is the extended role that has the permission."""

    role: str
    permission: str
    inherited_from: str | None
    source: GrantSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Strangers, suspended and removed members may do nothing."""

    allowed: bool
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRole:
    """A role that counts now."""

    role: str
    rank: int
    source: GrantSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """For sessions and tokens: all that somebody is, and may do, the highest role first."""

    user_id: str
    membership_id: str
    status: str
    roles: tuple[HeldRole, ...]
    permissions: tuple[str, ...]


class _Asked(TypedDict):
    permission: str
    workspace_id: NotRequired[str | None]


class QuestionOfUser(_Asked):
    """With `workspace_id` grants in that workspace count, too."""

    user_id: str


class QuestionOfMembership(_Asked):
    """As that of a user, for who has the membership at hand."""

    membership_id: str


Question = QuestionOfUser | QuestionOfMembership


class Permissions(Resource[AnySender]):
    """Answers follow every change at once."""

    @operation
    def check(self, organization_id: str, question: Question) -> Call[Verdict]:
        """Whether somebody has a permission, and because of what."""
        return at("organizations", organization_id, "check").ask(Verdict, question)

    @operation
    def check_many(
        self, organization_id: str, questions: Sequence[Question]
    ) -> Call[tuple[Verdict, ...]]:
        """Up to 1,000 questions, answered in their order."""
        where = at("organizations", organization_id, "checks")
        return where.ask_each(Verdict, {"questions": questions})

    @operation
    def of_user(
        self, organization_id: str, user_id: str, *, workspace_id: str | None = None
    ) -> Call[Authority]:
        """Raises `NotFound` for who is no member."""
        where = at("organizations", organization_id, "users", user_id, "permissions")
        return where.get(Authority, {"workspace_id": workspace_id})

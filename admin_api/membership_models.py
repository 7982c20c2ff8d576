"""Memberships as clients send and get them."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.mappings import ShownWorkspace
from admin_api.messages import NO_NUL, Body, Id, Paging, Shown, Time
from admin_api.moments import MomentText
from admin_api.organization_models import RoleName
from admin_api.users import EmailAddress
from provisioning.folding import fold
from provisioning.ids import OrganizationId, UserId, WorkspaceId
from provisioning.newcomers import Newcomer
from provisioning.store.memberships import HeldRole, Member

Roles = Annotated[
    list[RoleName] | None,
    Field(max_length=50, description="Granted by hand; null: the organization's default role."),
]
Place = Annotated[
    ShownWorkspace | None,
    Field(description="Where the role holds; null: in the whole organization."),
]
AsOf = Annotated[
    MomentText | None,
    Field(description="As it was at that moment (RFC 3339), told by the events up to it."),
]


class NewMemberById(Body):
    """Somebody who has an account."""

    user_id: Id
    roles: Roles = None

    @property
    def newcomer(self) -> Newcomer:
        return Newcomer(user_id=UserId(self.user_id), roles=self.roles)


class NewMemberByEmail(Body):
    """Whose account has the address, or somebody new."""

    email: EmailAddress
    roles: Roles = None

    @property
    def newcomer(self) -> Newcomer:
        return Newcomer(email=self.email, roles=self.roles)


class ChangedMembership(Body):
    """What is left out stays."""

    break_glass: Annotated[
        bool | None,
        Field(description="Whether no machine suspends, removes or demotes the person."),
    ] = None


class Wanted(Paging):
    """Which memberships; all of these must hold."""

    status: Literal["active", "suspended", "removed"] | None = None
    user_id: Id | None = None
    role: Annotated[
        str | None,
        Field(
            max_length=64,
            pattern=NO_NUL,
            description="Held in the organization, or in a workspace of it.",
        ),
    ] = None
    email: Annotated[
        str | None,
        Field(
            max_length=254,
            pattern=NO_NUL,
            description="As the organization is shown it, whatever its case; of those whose "
            "account has it now.",
        ),
    ] = None
    as_of: AsOf = None

    @property
    def filters(self) -> dict[str, str | None]:
        """What the lists of now and of former days take."""
        email_key = None if self.email is None else fold(self.email)
        return {
            "status": self.status,
            "user_id": self.user_id,
            "role": self.role,
            "email_key": email_key,
        }


class ShownSource(Shown):
    """Why a role is held; all but `type` are null unless a directory's group gives it."""

    type: str
    mapping_id: str | None
    group_id: str | None
    group: str | None
    directory_id: str | None


class ShownRole(Shown):
    role: str
    workspace: Place
    source: ShownSource


class ShownMember(Shown):
    """The person, as the organization is told."""

    id: str
    email: str | None
    display_name: str | None
    given_name: str | None
    family_name: str | None


class ShownMembership(Shown):
    id: str
    organization_id: str
    status: str
    suspended_by: Literal["administrator", "directory"] | None
    user: ShownMember
    roles: Annotated[
        list[ShownRole], Field(description="Unless `status` is active they grant nothing.")
    ]
    directory_managed: Annotated[
        bool | None,
        Field(description="A directory knows the person, and decides; null in `as_of`."),
    ]
    directories: Annotated[list[str] | None, Field(description="Null in `as_of`.")]
    provisioned_by: Annotated[str | None, Field(description="Null in `as_of`.")]
    break_glass: Annotated[
        bool | None,
        Field(
            description="No machine suspends, removes or demotes the person. Null in `as_of` of "
            "days when that was not told."
        ),
    ]
    created_at: Time
    updated_at: Time
    purged_at: Annotated[
        Time | None, Field(description="Since when nothing personal is known of it.")
    ]


def shown(organization_id: OrganizationId, member: Member) -> ShownMembership:
    """As clients get it."""
    known_by = member.directories
    return ShownMembership(
        id=member.membership_id,
        organization_id=organization_id,
        status=member.status,
        suspended_by=member.suspended_by,
        user=ShownMember(
            id=member.user_id,
            email=member.profile.email,
            display_name=member.profile.display_name,
            given_name=member.profile.given_name,
            family_name=member.profile.family_name,
        ),
        roles=[
            ShownRole(
                role=role.role,
                workspace=shown_place(role.workspace_id, role.workspace),
                source=shown_source(role),
            )
            for role in member.roles
        ],
        directory_managed=None if known_by is None else bool(known_by),
        directories=None if known_by is None else list(known_by),
        provisioned_by=member.provisioned_by,
        break_glass=member.break_glass,
        created_at=member.created_at,
        updated_at=member.updated_at,
        purged_at=member.purged_at,
    )


def shown_place(workspace_id: WorkspaceId | None, name: str | None) -> ShownWorkspace | None:
    """Where a role holds."""
    return None if workspace_id is None else ShownWorkspace(id=workspace_id, name=str(name))


def shown_source(role: HeldRole) -> ShownSource:
    """Of a role that is held, or was."""
    return ShownSource(
        type=role.source_type,
        mapping_id=role.mapping_id,
        group_id=role.group_id,
        group=role.group_name,
        directory_id=role.directory_id,
    )

"""What is said about invitations."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from admin_api.messages import NO_NUL, WHOLE, Body, ErrorDetail, Id, Paging, Shown, Time
from admin_api.organization_models import Branding, Metadata, RoleName
from provisioning import email_addresses, invitations
from provisioning.reconcile.facts import InvitationStatus

BULK = 100
Email = Annotated[
    str,
    Field(
        max_length=email_addresses.LIMIT,
        pattern=email_addresses.PATTERN,
        description="RFC 5321's Mailbox without quotes; an international domain in its ASCII form.",
    ),
]
Days = Annotated[int, Field(ge=1, le=invitations.MOST_DAYS), WHOLE]
Status = Literal["pending", "accepted", "expired", "revoked"]
Name = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Token = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]


@dataclass(frozen=True, slots=True)
class Inviting:
    """How this installation brings an invitation to the person."""

    url: str | None
    """With `{token}` where the token goes; None: the product knows its page."""
    sends_email: bool

    def url_of(self, token: str | None) -> str | None:
        """The page on which the invitation can be accepted."""
        if self.url is None or token is None:
            return None
        return self.url.replace("{token}", token)


class NewInvitation(Body):
    """Only `email` is needed."""

    email: Email
    roles: Annotated[
        list[RoleName],
        Field(
            max_length=50,
            default_factory=list,
            description="By name; none: the organization's default role.",
        ),
    ]
    expires_in_days: Days = invitations.DAYS
    send_email: Annotated[
        bool,
        Field(
            strict=True, description="False: the answer has the token, and the caller brings it."
        ),
    ] = True
    metadata: Annotated[Metadata, Field(default_factory=dict)]
    invited_by: Annotated[
        Id | None, Field(description="Whoever invites, as the caller knows them.")
    ] = None


class OneOfMany(NewInvitation):
    """What an address or a role's name looks like is judged with the rest: the others go on."""

    email: Annotated[
        str, Field(description="As of a single invitation; what is none is refused in its place.")
    ]
    roles: Annotated[
        list[str], Field(max_length=50, default_factory=list, description="By name, as there.")
    ]


class NewInvitations(Body):
    """Each is decided by itself."""

    invitations: Annotated[list[OneOfMany], Field(min_length=1, max_length=BULK)]


class Resending(Body):
    send_email: Annotated[bool, Field(strict=True)] = True
    expires_in_days: Annotated[
        Days | None,
        Field(description="From now; null: as before, and a week for one that has expired."),
    ] = None


class Person(Body):
    """What a new account is shown as; one that exists keeps its profile."""

    display_name: Name | None = None
    given_name: Name | None = None
    family_name: Name | None = None


class Acceptance(Body):
    token: Token
    user: Person = Person()


class Wanted(Paging):
    """Which invitations; all of these must hold."""

    status: Status | None = None
    email: Annotated[str | None, Field(max_length=254, pattern=NO_NUL)] = None


class Mail(Shown):
    """The latest e-mail that brings it; `problem` is the mail server's word, without addresses."""

    sent_at: Time | None
    problem: str | None


class ShownInvitation(Shown):
    id: str
    organization_id: str
    email: str
    status: InvitationStatus
    roles: list[str]
    metadata: dict[str, str]
    invited_by: str | None
    resent_count: int
    expires_at: Time
    created_at: Time
    updated_at: Time
    accepted_at: Time | None
    accepted_user_id: str | None
    mail: Mail | None


class IssuedInvitation(ShownInvitation):
    token: Annotated[
        str | None, Field(description="Shown this once, and only where no e-mail brings it.")
    ]
    url: Annotated[str | None, Field(description="Where it is accepted, if that is set up.")]


class Refusal(Shown):
    code: str
    message: str
    details: list[ErrorDetail]


class Outcome(Shown):
    """Of one of many: either of the two is null."""

    invitation: IssuedInvitation | None
    error: Refusal | None


class Outcomes(Shown):
    """In the order of the request."""

    data: list[Outcome]


class Inviter(Shown):
    id: str
    display_name: str
    name: str
    logo_url: str | None
    branding: Branding


class OpenedInvitation(Shown):
    """What the page shows on which it is accepted."""

    id: str
    organization: Inviter
    email: str
    status: InvitationStatus
    roles: list[str]
    invited_by: str | None
    expires_at: Time


class AcceptedInvitation(Shown):
    invitation: ShownInvitation
    user_id: str
    membership_id: str

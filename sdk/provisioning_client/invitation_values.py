"""What is answered about invitations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from provisioning_client.errors import Detail
from provisioning_client.organizations import Branding


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The latest e-mail that brings an invitation; `problem` is the mail server's word."""

    sent_at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """`status`: pending, accepted, expired or revoked."""

    id: str
    organization_id: str
    email: str
    status: str
    roles: tuple[str, ...]
    metadata: Mapping[str, str]
    invited_by: str | None
    resent_count: int
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    accepted_at: datetime | None
    accepted_user_id: str | None
    mail: Mail | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedInvitation(Invitation):
    """`token` is shown this once, and only where no e-mail brings it; `url` is its page."""

    token: str | None = field(repr=False)
    url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why one of many was refused; as a `Refused` says it."""

    code: str
    message: str
    details: tuple[Detail, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of one of many: either of the two is None."""

    invitation: IssuedInvitation | None
    error: Problem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviter:
    """The organization, as its guests see it."""

    id: str
    display_name: str
    name: str
    logo_url: str | None
    branding: Branding


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedInvitation:
    """What the page shows on which it is accepted."""

    id: str
    organization: Inviter
    email: str
    status: str
    roles: tuple[str, ...]
    invited_by: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedInvitation:
    """Who the person is, and as what they belong."""

    invitation: Invitation
    user_id: str
    membership_id: str

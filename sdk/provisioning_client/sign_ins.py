"""/v1/sign-ins: who somebody is here, what they join, and the claims to embed."""

from dataclasses import dataclass, field
from typing import NotRequired, TypedDict, Unpack

from provisioning_client.calls import Call
from provisioning_client.operations import AnySender, Resource, operation
from provisioning_client.places import at


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInUser:
    """`is_new`: this sign-in made the account."""

    id: str
    email: str | None
    display_name: str | None
    given_name: str | None
    family_name: str | None
    picture_url: str | None
    phone_number: str | None
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInOrganization:
    """One of which the person is an active member."""

    id: str
    display_name: str
    name: str
    slug: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInMembership:
    """In the organization that was chosen."""

    id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedClaims:
    """For a session of the product's own; `oid` None: no organization was chosen."""

    sub: str
    email: str | None
    email_verified: bool
    name: str | None
    given_name: str | None
    family_name: str | None
    picture: str | None
    phone_number: str | None
    oid: str | None
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """
    `organization` None: there are several, or none, to choose from `organizations`.
    `awaiting_approval` are those whose administrators are asked to let the person in. `expires_in`
    seconds are the access token's.
    """

    user: SignedInUser
    organization: SignedInOrganization | None
    membership: SignedInMembership | None
    claims: EmbeddedClaims
    organizations: tuple[SignedInOrganization, ...]
    awaiting_approval: tuple[SignedInOrganization, ...]
    redirect_url: str | None
    id_token: str | None = field(repr=False)
    access_token: str | None = field(repr=False)
    expires_in: int | None


class Claims(TypedDict):
    """What the product's backend knows of the person; names of OpenID Connect Core §5.1."""

    sub: str
    email: NotRequired[str | None]
    email_verified: NotRequired[bool | None]
    name: NotRequired[str | None]
    given_name: NotRequired[str | None]
    family_name: NotRequired[str | None]
    picture: NotRequired[str | None]
    phone_number: NotRequired[str | None]


class ByClaims(TypedDict):
    """You have verified the person; `connection_id` is what they came by."""

    claims: Claims
    connection_id: NotRequired[str | None]


class ByIdToken(TypedDict):
    """A registered issuer has; `nonce` is the one that the token must have."""

    id_token: str
    nonce: NotRequired[str | None]


class SignInWishes(TypedDict, total=False):
    """`tokens`: with a signed ID token and access token, for `client_id`."""

    organization_id: str | None
    redirect_url_template: str | None
    tokens: bool
    client_id: str | None
    code: str | None


class SignIns(Resource[AnySender]):
    """The same call again is harmless."""

    @operation
    def create(self, who: ByIdToken | ByClaims, **wishes: Unpack[SignInWishes]) -> Call[SignIn]:
        """Finds or makes the account, and lets the person join what they may join."""
        return at("sign-ins").ask(SignIn, {**who, **wishes})

"""What a sign-in is asked with and answered by."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from admin_api.messages import ADDRESS, NO_NUL, VISIBLE, Body, Id, Shown

Text = Annotated[str, Field(max_length=200, pattern=NO_NUL)]
Email = Annotated[str, Field(max_length=320, pattern=ADDRESS)]
# Braces belong in no URL (RFC 3986 §2): another placeholder is a slip.
URL_TEMPLATE = r"^https?://([!-z|~]|\{\{org_slug\}\})+$"


class Claims(Body):
    """What the product's backend knows of the person; names of OpenID Connect Core §5.1."""

    sub: Annotated[
        str,
        Field(
            min_length=1,
            max_length=255,
            pattern=VISIBLE,
            description="Whoever signs in, always the same; yours, or the connection's.",
        ),
    ]
    email: Email | None = None
    email_verified: Annotated[bool | None, Field(strict=True)] = None
    name: Text | None = None
    given_name: Text | None = None
    family_name: Text | None = None
    picture: Annotated[str | None, Field(max_length=1024, pattern=r"^https?://[!-~]+$")] = None
    phone_number: Annotated[str | None, Field(max_length=64, pattern=NO_NUL)] = None


class _Wishes(Body):
    organization_id: Annotated[
        Id | None, Field(description="Where to; else the only one that the person has.")
    ] = None
    redirect_url_template: Annotated[
        str | None,
        Field(
            max_length=2048,
            pattern=URL_TEMPLATE,
            description="`{{org_slug}}` becomes the organization's slug, or else its name.",
        ),
    ] = None
    tokens: Annotated[
        bool, Field(strict=True, description="Answer with a signed ID token and access token.")
    ] = False
    client_id: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=255,
            pattern=VISIBLE,
            description="Whom the tokens are for; else the audience of the ID token that was "
            "given, or the id of the API key.",
        ),
    ] = None
    code: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=1024,
            pattern=r"^[!-~]+$",
            description="An authorization code to bind the ID token to, as `c_hash`.",
        ),
    ] = None


class SignInByIdToken(_Wishes):
    """Who signs in is whom an ID token of a registered issuer names."""

    id_token: Annotated[str, Field(min_length=1, max_length=16_384, pattern=r"^[!-~]+$")]
    nonce: Annotated[
        str | None,
        Field(max_length=255, pattern=NO_NUL, description="The one that the token must have."),
    ] = None


class SignInByClaims(_Wishes):
    """Who signs in is whom the caller says: it has verified the person itself."""

    claims: Claims
    connection_id: Annotated[
        Id | None,
        Field(description="The connection that they came by, which speaks for its organization."),
    ] = None


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "SignInByIdToken" if "id_token" in value else "SignInByClaims"
    return type(value).__name__


NewSignIn = Annotated[
    Annotated[SignInByIdToken, Tag(SignInByIdToken.__name__)]
    | Annotated[SignInByClaims, Tag(SignInByClaims.__name__)],
    Discriminator(_kind),
]


class SignedInUser(Shown):
    id: str
    email: str | None
    display_name: str | None
    given_name: str | None
    family_name: str | None
    picture_url: str | None
    phone_number: str | None
    is_new: Annotated[bool, Field(description="This sign-in made the account.")]


class SignedInOrganization(Shown):
    id: str
    display_name: str
    name: str
    slug: str | None


class SignedInMembership(Shown):
    id: str
    status: Literal["active"]


class EmbeddedClaims(Shown):
    """For a token or session of the product's own; of no organization where none was chosen."""

    sub: str
    email: str | None
    email_verified: bool
    name: str | None
    given_name: str | None
    family_name: str | None
    picture: str | None
    phone_number: str | None
    oid: str | None
    roles: list[str]
    permissions: list[str]
    sid: str


class SignIn(Shown):
    """`organization` null: there are several, or none, to choose from `organizations`."""

    user: SignedInUser
    organization: SignedInOrganization | None
    membership: SignedInMembership | None
    claims: EmbeddedClaims
    organizations: list[SignedInOrganization]
    awaiting_approval: Annotated[
        list[SignedInOrganization],
        Field(description="Those whose administrators are asked to let the person in."),
    ]
    redirect_url: str | None
    id_token: str | None
    access_token: str | None
    expires_in: Annotated[int | None, Field(description="Seconds, of the access token.")]

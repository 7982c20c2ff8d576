"""What is said about organizations."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, WithJsonSchema

from admin_api.messages import NO_NUL, VISIBLE, WHOLE, Body, Id, Paging, Shown, Time
from provisioning import organizations
from provisioning.naming import NAME_PATTERN
from provisioning.reconcile.facts import ProvisioningScope

METADATA_PAIRS = 25
METADATA_CHARACTERS = 255
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
COLOR = r"^#[0-9A-Fa-f]{6}$"
SLUG = rf"^{_LABEL}(\.{_LABEL})*$"
DOMAIN = rf"^{_LABEL}(\.{_LABEL})+$"
LOGO_URL = r"^https://[!-~]+$"
ROLE_NAME = r"^[A-Za-z0-9_-]+$"
REGION_CODE = r"^[A-Z0-9-]{2,20}$"
_Color = Annotated[str, Field(pattern=COLOR, description="Hexadecimal, as #0a7f5c.")]
_MetadataText = Annotated[str, StringConstraints(max_length=METADATA_CHARACTERS, pattern=NO_NUL)]
Metadata = Annotated[
    dict[Annotated[_MetadataText, StringConstraints(min_length=1)], _MetadataText],
    Field(max_length=METADATA_PAIRS),
    # pydantic's own would be `patternProperties`, which says nothing of names it does not match.
    WithJsonSchema(
        {
            "type": "object",
            "description": "The caller's own pairs.",
            "maxProperties": METADATA_PAIRS,
            "propertyNames": {
                "minLength": 1,
                "maxLength": METADATA_CHARACTERS,
                "pattern": NO_NUL,
            },
            "additionalProperties": {
                "type": "string",
                "maxLength": METADATA_CHARACTERS,
                "pattern": NO_NUL,
            },
        }
    ),
]
DisplayName = Annotated[
    str,
    Field(min_length=1, max_length=organizations.DISPLAY_NAME_LIMIT, pattern=VISIBLE),
]
Name = Annotated[str, Field(pattern=NAME_PATTERN, description="Unique; for programs.")]
Slug = Annotated[
    str,
    Field(
        max_length=253,
        pattern=SLUG,
        description="Unique and DNS-safe; `{{org_slug}}` in redirect URL templates becomes it.",
    ),
]
ExternalId = Annotated[
    str, Field(min_length=1, max_length=255, pattern=NO_NUL, description="Unique; the caller's.")
]
LogoUrl = Annotated[str, Field(max_length=1024, pattern=LOGO_URL)]
RoleName = Annotated[str, Field(min_length=1, max_length=64, pattern=ROLE_NAME)]
Domain = Annotated[str, Field(max_length=253, pattern=DOMAIN)]
RegionCode = Annotated[str, Field(pattern=REGION_CODE)]


class Branding(Body):
    """How pages and mails of the organization look."""

    primary_color: _Color | None = None
    page_background: _Color | None = None


class Policies(Body):
    """What holds for everybody in the organization."""

    sign_in: Annotated[
        Literal["anyone", "invited", "connections"],
        Field(
            description="Who may join by signing in: whom a connection or a domain brings; only "
            "who is invited; only who comes through a connection of the organization."
        ),
    ] = "anyone"
    role_mode: Annotated[
        Literal["union", "highest"],
        Field(description="Of several mapped roles all count, or the one of the highest rank."),
    ] = "union"
    default_role: RoleName = organizations.DEFAULT_ROLE
    creator_role: RoleName = organizations.CREATOR_ROLE
    provisioning_scope: Annotated[
        ProvisioningScope,
        Field(
            description="Of newcomers whom a directory brings, and whose address is of none of the "
            "organization's verified domains: they become members, wait as held changes, or stay "
            "out. Who is a member already stays one."
        ),
    ] = "accept"
    seat_limit: Annotated[
        int | None,
        Field(ge=0, le=2**31 - 1, description="Members and pending invitations together."),
        WHOLE,
    ] = None
    allowed_email_domains: Annotated[
        list[Domain] | None,
        Field(max_length=100, description="Of invitations and direct additions; null: any."),
    ] = None


class NewOrganization(Body):
    """Only `display_name` is needed."""

    display_name: DisplayName
    name: Name | None = None
    slug: Slug | None = None
    external_id: ExternalId | None = None
    logo_url: LogoUrl | None = None
    branding: Branding = Branding()
    metadata: Annotated[Metadata, Field(default_factory=dict)]
    region_code: RegionCode | None = None
    policies: Policies = Policies()
    creator_user_id: Annotated[
        Id | None,
        Field(description="Whose organization it is: becomes a member with the `creator_role`."),
    ] = None


class ChangedPolicies(Body):
    """What is left out stays."""

    sign_in: Literal["anyone", "invited", "connections"] | None = None
    role_mode: Literal["union", "highest"] | None = None
    default_role: RoleName | None = None
    creator_role: RoleName | None = None
    provisioning_scope: ProvisioningScope | None = None
    seat_limit: Annotated[int | None, Field(ge=0, le=2**31 - 1), WHOLE] = None
    allowed_email_domains: Annotated[list[Domain] | None, Field(max_length=100)] = None


class ChangedOrganization(Body):
    """What is left out stays; null clears what may be absent, and leaves the rest."""

    display_name: DisplayName | None = None
    name: Name | None = None
    slug: Slug | None = None
    external_id: ExternalId | None = None
    logo_url: LogoUrl | None = None
    branding: Branding | None = None
    metadata: Annotated[Metadata | None, Field(description="Replaces all pairs.")] = None
    region_code: RegionCode | None = None
    policies: ChangedPolicies | None = None


class ShownPolicies(Shown):
    sign_in: str
    role_mode: str
    default_role: str
    creator_role: str
    provisioning_scope: str
    seat_limit: int | None
    allowed_email_domains: list[str] | None


class ShownOrganization(Shown):
    id: str
    display_name: str
    name: str
    slug: str | None
    external_id: str | None
    logo_url: str | None
    branding: Branding
    metadata: dict[str, str]
    region_code: str | None
    policies: ShownPolicies
    created_at: Time
    updated_at: Time


class Wanted(Paging):
    """Which organizations; all of these must hold."""

    name: Annotated[str | None, Field(max_length=50, pattern=NO_NUL)] = None
    slug: Annotated[str | None, Field(max_length=253, pattern=NO_NUL)] = None
    external_id: Annotated[str | None, Field(max_length=255, pattern=NO_NUL)] = None
    display_name: Annotated[str | None, Field(max_length=200, pattern=NO_NUL)] = None
    region_code: Annotated[str | None, Field(max_length=20, pattern=NO_NUL)] = None

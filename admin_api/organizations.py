"""/v1/organizations."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field, StringConstraints, WithJsonSchema
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api import conditions
from admin_api.access import needs
from admin_api.caller import Caller, Change, answer
from admin_api.messages import NO_NUL, VISIBLE, WHOLE, Body, Listing, Paging, Shown, Time, listing
from provisioning import organizations
from provisioning.ids import OrganizationId, RoleId
from provisioning.naming import NAME_PATTERN
from provisioning.store import organizations as store
from provisioning.store import roles
from provisioning.store.engine import reading
from provisioning.store.organizations import Organization

router = APIRouter(tags=["Organizations"])

Reader = Annotated[Caller, Depends(needs("read:organizations"))]
Creator = Annotated[Caller, Depends(needs("create:organizations"))]
Updater = Annotated[Caller, Depends(needs("update:organizations"))]
Deleter = Annotated[Caller, Depends(needs("delete:organizations"))]

METADATA_PAIRS = 25
METADATA_CHARACTERS = 255
_LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_COLOR = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$", description="Hexadecimal, as #0a7f5c.")]
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
        pattern=rf"^{_LABEL}(\.{_LABEL})*$",
        description="Unique and DNS-safe; `{{org_slug}}` in redirect URL templates becomes it.",
    ),
]
ExternalId = Annotated[
    str, Field(min_length=1, max_length=255, pattern=NO_NUL, description="Unique; the caller's.")
]
LogoUrl = Annotated[str, Field(max_length=1024, pattern=r"^https://[!-~]+$")]
RoleName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Domain = Annotated[str, Field(max_length=253, pattern=rf"^{_LABEL}(\.{_LABEL})+$")]


class Branding(Body):
    """How pages and mails of the organization look."""

    primary_color: _COLOR | None = None
    page_background: _COLOR | None = None


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
    region_code: Annotated[str | None, Field(pattern=r"^[A-Z0-9-]{2,20}$")] = None
    policies: Policies = Policies()


class ChangedPolicies(Body):
    """What is left out stays."""

    sign_in: Literal["anyone", "invited", "connections"] | None = None
    role_mode: Literal["union", "highest"] | None = None
    default_role: RoleName | None = None
    creator_role: RoleName | None = None
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
    region_code: Annotated[str | None, Field(pattern=r"^[A-Z0-9-]{2,20}$")] = None
    policies: ChangedPolicies | None = None


class ShownPolicies(Shown):
    sign_in: str
    role_mode: str
    default_role: str
    creator_role: str
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


_CLEARABLE = frozenset({"slug", "external_id", "logo_url", "region_code"})
_OPTIONAL_POLICIES = frozenset({"seat_limit", "allowed_email_domains"})


@router.post(
    "/organizations",
    status_code=201,
    response_model=ShownOrganization,
    operation_id="create_organization",
)
def create(body: NewOrganization, caller: Creator) -> Response:
    """A tenant. `name` is made of `display_name` where it is left out."""
    caller.of_the_installation()

    def work(connection: Connection) -> Change:
        created = organizations.create(
            connection,
            body.display_name,
            caller.now,
            actor=caller.acting.actor,
            properties={
                "name": body.name,
                "slug": body.slug,
                "external_id": body.external_id,
                "logo_url": body.logo_url,
                "metadata": body.metadata,
                "region_code": body.region_code,
                **body.branding.model_dump(),
                **_policies(body.policies.model_dump()),
            },
        )
        return _changed(connection, created)

    return caller.change(201, work)


@router.get("/organizations", operation_id="list_organizations")
def list_all(wanted: Annotated[Wanted, Query()], caller: Reader) -> Listing[ShownOrganization]:
    """Oldest first."""

    def work(connection: Connection) -> Listing[ShownOrganization]:
        filters = wanted.model_dump(exclude={"limit", "after", "before"})
        found = store.listing(connection, caller.only, filters, wanted.cut)
        names = _RoleNames(connection)
        return listing(found, [_shown(one, names) for one in found.items])

    return caller.read(work)


@router.get(
    "/organizations/external/{external_id}",
    operation_id="get_organization_by_external_id",
)
def get_by_external_id(
    external_id: Annotated[str, Path(max_length=255)], caller: Reader
) -> ShownOrganization:
    """By the caller's own id."""

    def work(connection: Connection) -> ShownOrganization:
        found = organizations.by_external_id(connection, external_id)
        caller.within(found.id)
        return _shown(found, _RoleNames(connection))

    return caller.read(work)


@router.get(
    "/organizations/{organization_id}",
    response_model=ShownOrganization,
    operation_id="get_organization",
)
def get(organization_id: str, caller: Reader) -> Response:
    """With an ETag; 304 for who has this version already."""
    wanted = caller.within(organization_id)
    with reading(caller.engine) as connection:
        found = organizations.get(connection, wanted)
        shown = _shown(found, _RoleNames(connection))
    if conditions.is_unmodified(caller.asked, found.version):
        return Response(status_code=304, headers=conditions.etag(found.version))
    return answer(200, shown, conditions.etag(found.version))


@router.patch(
    "/organizations/{organization_id}",
    response_model=ShownOrganization,
    operation_id="update_organization",
)
def update(organization_id: str, body: ChangedOrganization, caller: Updater) -> Response:
    """Where roles change, everybody in its directories is looked at again."""
    wanted = caller.within(organization_id)
    changes = {
        name: value
        for name, value in body.model_dump(exclude_unset=True).items()
        if name not in {"branding", "policies"} and (value is not None or name in _CLEARABLE)
    }
    if body.branding is not None:
        changes |= body.branding.model_dump(exclude_unset=True)
    if body.policies is not None:
        changes |= _policies(
            {
                name: value
                for name, value in body.policies.model_dump(exclude_unset=True).items()
                if value is not None or name in _OPTIONAL_POLICIES
            }
        )

    def work(connection: Connection) -> Change:
        changed = organizations.update(
            connection,
            wanted,
            changes,
            actor=caller.acting.actor,
            now=caller.now,
            if_version=conditions.if_version(caller.asked),
        )
        return _changed(connection, changed)

    return caller.change(200, work)


@router.delete(
    "/organizations/{organization_id}",
    status_code=204,
    response_class=Response,
    operation_id="delete_organization",
)
def delete(
    organization_id: str,
    caller: Deleter,
    name: Annotated[
        str,
        Query(
            max_length=50,
            pattern=NO_NUL,
            description="The organization's name, lest a slip deletes it.",
        ),
    ],
) -> Response:
    """From now on its IdPs are told 404; its names may be used again."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        organizations.delete(
            connection,
            wanted,
            name,
            actor=caller.acting.actor,
            now=caller.now,
            if_version=conditions.if_version(caller.asked),
        )
        return Change(None, wanted, wanted)

    return caller.change(204, work)


def _policies(given: dict[str, object]) -> dict[str, object]:
    policies = {"sign_in_policy" if name == "sign_in" else name: v for name, v in given.items()}
    domains = policies.get("allowed_email_domains")
    if isinstance(domains, list):
        policies["allowed_email_domains"] = tuple(domains)
    return policies


class _RoleNames:
    """The names of roles that organizations of a page refer to, each read once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._names: dict[str, str] = {}

    def of(self, organization_id: OrganizationId, role_id: str) -> str:
        if role_id not in self._names:
            self._names[role_id] = roles.name(self._connection, organization_id, RoleId(role_id))
        return self._names[role_id]


def _changed(connection: Connection, organization: Organization) -> Change:
    return Change(
        _shown(organization, _RoleNames(connection)),
        organization.id,
        organization.id,
        conditions.etag(organization.version),
    )


def _shown(organization: Organization, names: _RoleNames) -> ShownOrganization:
    domains = organization.allowed_email_domains
    return ShownOrganization(
        id=organization.id,
        display_name=organization.display_name,
        name=organization.name,
        slug=organization.slug,
        external_id=organization.external_id,
        logo_url=organization.logo_url,
        branding=Branding(
            primary_color=organization.primary_color,
            page_background=organization.page_background,
        ),
        metadata=dict(organization.metadata),
        region_code=organization.region_code,
        policies=ShownPolicies(
            sign_in=organization.sign_in_policy,
            role_mode=organization.role_mode,
            default_role=names.of(organization.id, organization.default_role_id),
            creator_role=names.of(organization.id, organization.creator_role_id),
            seat_limit=organization.seat_limit,
            allowed_email_domains=None if domains is None else list(domains),
        ),
        created_at=organization.created_at,
        updated_at=organization.updated_at,
    )

"""/v1/organizations."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api import conditions
from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import NO_NUL, Listing, changes_of, listing
from admin_api.organization_models import (
    Branding,
    ChangedOrganization,
    NewOrganization,
    ShownOrganization,
    ShownPolicies,
    Wanted,
)
from provisioning import newcomers, organizations
from provisioning.ids import OrganizationId, RoleId, UserId
from provisioning.newcomers import Newcomer
from provisioning.store import organizations as store
from provisioning.store import roles
from provisioning.store.engine import reading
from provisioning.store.organizations import Organization

router = APIRouter(tags=["Organizations"])

Reader = Annotated[Caller, Depends(needs("read:organizations"))]
Creator = Annotated[Caller, Depends(needs("create:organizations"))]
Updater = Annotated[Caller, Depends(needs("update:organizations"))]
Deleter = Annotated[Caller, Depends(needs("delete:organizations"))]

_CLEARABLE = frozenset({"slug", "external_id", "logo_url", "region_code"})
_OPTIONAL_POLICIES = frozenset({"seat_limit", "allowed_email_domains"})


@router.post(
    "/organizations",
    status_code=201,
    response_model=ShownOrganization,
    operation_id="create_organization",
)
def create(body: NewOrganization, caller: Creator) -> Response:
    """
    A tenant. `name` is made of `display_name` where it is left out. Whoever belongs to as many
    organizations as a person may creates no further one.
    """
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
        if body.creator_user_id is not None:
            creator = Newcomer(
                user_id=UserId(body.creator_user_id), roles=[body.policies.creator_role]
            )
            newcomers.add(
                connection,
                created.id,
                creator,
                caller.acting,
                only_here=False,
                organization_limit=caller.organization_limit,
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
    "/organizations/external/{external_id:path}",
    operation_id="get_organization_by_external_id",
)
def get_by_external_id(
    external_id: Annotated[str, Path(max_length=255)], caller: Reader
) -> ShownOrganization:
    """By the caller's own id, percent-encoded: `a/b` is asked for as `a%2Fb`."""

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
    return conditions.answered(caller.asked, shown, found.version)


@router.patch(
    "/organizations/{organization_id}",
    response_model=ShownOrganization,
    operation_id="update_organization",
)
def update(organization_id: str, body: ChangedOrganization, caller: Updater) -> Response:
    """Where roles or the scope change, everybody in its directories is looked at again."""
    wanted = caller.within(organization_id)
    changes = changes_of(body, _CLEARABLE)
    if body.branding is not None:
        changes |= changes.pop("branding")
    if body.policies is not None:
        del changes["policies"]
        changes |= _policies(changes_of(body.policies, _OPTIONAL_POLICIES))

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
    return caller.remove(
        wanted,
        wanted,
        lambda c: organizations.delete(
            c,
            wanted,
            name,
            actor=caller.acting.actor,
            now=caller.now,
            if_version=conditions.if_version(caller.asked),
        ),
    )


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
            provisioning_scope=organization.provisioning_scope,
            seat_limit=organization.seat_limit,
            allowed_email_domains=None if domains is None else list(domains),
        ),
        created_at=organization.created_at,
        updated_at=organization.updated_at,
    )

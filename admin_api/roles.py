"""/v1/organizations/{organization_id}/roles."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api import conditions
from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.messages import (
    NO_NUL,
    WHOLE,
    Body,
    Listing,
    ListMetadata,
    Paging,
    Shown,
    Time,
    changes_of,
)
from admin_api.organization_models import DisplayName
from provisioning import roles
from provisioning.ids import OrganizationId
from provisioning.permissions import PERMISSION_PATTERN, Role, RoleBook
from provisioning.store.engine import reading

router = APIRouter(tags=["Authorization"])

Reader = Annotated[Caller, Depends(needs("read:roles"))]
Creator = Annotated[Caller, Depends(needs("create:roles"))]
Updater = Annotated[Caller, Depends(needs("update:roles"))]
Deleter = Annotated[Caller, Depends(needs("delete:roles"))]

_ROLE_ID = r"^role_([0-9a-f]{32}|[a-z]+)$"
Name = Annotated[str, Field(pattern=roles.NAME_PATTERN)]
Description = Annotated[str, Field(max_length=1000, pattern=NO_NUL)]
Rank = Annotated[
    int,
    Field(
        ge=1,
        le=roles.RANK_LIMIT,
        description="The higher one outranks; guest has 100, member 200, admin 300, owner 400.",
    ),
    WHOLE,
]
Permission = Annotated[str, Field(pattern=PERMISSION_PATTERN)]
Permissions = Annotated[
    list[Permission],
    Field(
        max_length=roles.PERMISSIONS_LIMIT,
        description="`resource:action`; either part may be `*`.",
    ),
]
Extended = Annotated[
    Name | None, Field(description="The role whose permissions this one has, too.")
]


class NewRole(Body):
    """`name` stays what it is."""

    name: Name
    display_name: DisplayName | None = None
    description: Description | None = None
    rank: Rank
    permissions: Annotated[Permissions, Field(default_factory=list)]
    extends: Extended = None


class ChangedRole(Body):
    """What is left out stays; null clears what may be absent."""

    display_name: DisplayName | None = None
    description: Description | None = None
    rank: Rank | None = None
    permissions: Annotated[Permissions | None, Field(description="Replaces all.")] = None
    extends: Extended = None


class ShownRole(Shown):
    id: str
    name: str
    display_name: str | None
    description: str | None
    rank: int
    built_in: bool
    extends: str | None
    permissions: Annotated[list[str], Field(description="Its own.")]
    effective_permissions: Annotated[list[str], Field(description="Its own and inherited ones.")]
    created_at: Time | None
    updated_at: Time | None


class Wanted(Paging):
    """Which page."""

    after: Annotated[str | None, Field(max_length=64, pattern=_ROLE_ID)] = None
    before: Annotated[str | None, Field(max_length=64, pattern=_ROLE_ID)] = None


_CLEARABLE = frozenset({"display_name", "description", "extends"})
_PATH = "/organizations/{organization_id}/roles"
_ONE = f"{_PATH}/{{role_name}}"


@router.post(_PATH, status_code=201, response_model=ShownRole, operation_id="create_role")
def create(organization_id: str, body: NewRole, caller: Creator) -> Response:
    """A role of the organization's own, at most 350 of them."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        role, book = roles.create(connection, wanted, body.model_dump(), caller.acting)
        return _changed(book, role, wanted)

    return caller.change(201, work)


@router.get(_PATH, operation_id="list_roles")
def list_all(
    organization_id: str, wanted: Annotated[Wanted, Query()], caller: Reader
) -> Listing[ShownRole]:
    """The organization's own, oldest first, and then the built-in ones."""

    def work(connection: Connection) -> Listing[ShownRole]:
        book = roles.book(connection, caller.within(organization_id))
        return _page(book, wanted)

    return caller.read(work)


@router.get(_ONE, response_model=ShownRole, operation_id="get_role")
def get(organization_id: str, role_name: str, caller: Reader) -> Response:
    """With an ETag, another one when a role that it extends changes; 304 for who has it already."""
    wanted = caller.within(organization_id)
    with reading(caller.engine) as connection:
        book = roles.book(connection, wanted)
    role = book.named(role_name)
    return conditions.answered(caller.asked, _shown(book, role), book.version_of(role.id))


@router.patch(_ONE, response_model=ShownRole, operation_id="update_role")
def update(organization_id: str, role_name: str, body: ChangedRole, caller: Updater) -> Response:
    """Of the version in If-Match, where there is one; not a built-in one. Checks follow at once."""
    wanted = caller.within(organization_id)
    changes = changes_of(body, _CLEARABLE)

    def work(connection: Connection) -> Change:
        role, book = roles.update(
            connection,
            wanted,
            role_name,
            changes,
            caller.acting,
            if_version=conditions.if_version(caller.asked),
        )
        return _changed(book, role, wanted)

    return caller.change(200, work)


@router.delete(_ONE, status_code=204, response_class=Response, operation_id="delete_role")
def delete(
    organization_id: str,
    role_name: str,
    caller: Deleter,
    replace_with: Annotated[
        str | None,
        Query(
            pattern=roles.NAME_PATTERN,
            description="The role that everybody and everything that has this one gets instead.",
        ),
    ] = None,
) -> Response:
    """One that is in use goes only with a replacement."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        role_id = roles.delete(
            connection,
            wanted,
            role_name,
            caller.acting,
            replace_with=replace_with,
            if_version=conditions.if_version(caller.asked),
        )
        return Change(None, role_id, wanted)

    return caller.change(204, work)


def _changed(book: RoleBook, role: Role, organization_id: OrganizationId) -> Change:
    etag = conditions.etag(book.version_of(role.id))
    return Change(_shown(book, role), role.id, organization_id, etag)


def _page(book: RoleBook, wanted: Wanted) -> Listing[ShownRole]:
    """There are so few that all have been read."""
    roles_there = sorted(book.living(), key=lambda role: role.id)
    if wanted.before is not None:
        found = [role for role in roles_there if role.id < wanted.before]
        shown, left = found[-wanted.limit :], len(found) > wanted.limit
        before, after = left, bool(shown)
    else:
        found = [role for role in roles_there if wanted.after is None or role.id > wanted.after]
        shown = found[: wanted.limit]
        before, after = wanted.after is not None and bool(shown), len(found) > wanted.limit
    return Listing[ShownRole](
        data=[_shown(book, role) for role in shown],
        list_metadata=ListMetadata(
            before=shown[0].id if before else None, after=shown[-1].id if after else None
        ),
    )


def _shown(book: RoleBook, role: Role) -> ShownRole:
    extended = None if role.extends_role_id is None else book.role(role.extends_role_id)
    return ShownRole(
        id=role.id,
        name=role.name,
        display_name=role.display_name,
        description=role.description,
        rank=role.rank,
        built_in=role.organization_id is None,
        extends=None if extended is None else extended.name,
        permissions=list(role.permissions),
        effective_permissions=sorted(book.effective(role.id)),
        created_at=role.created_at,
        updated_at=role.updated_at,
    )

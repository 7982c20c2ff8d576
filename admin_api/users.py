"""/v1/users."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field, StringConstraints
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api import conditions
from admin_api.access import needs
from admin_api.caller import Caller, Change, answer
from admin_api.messages import (
    ADDRESS,
    NO_NUL,
    VISIBLE,
    Body,
    Listing,
    Paging,
    Shown,
    Time,
    changes_of,
    listing,
)
from admin_api.organization_models import ExternalId, LogoUrl, Metadata
from provisioning import users
from provisioning.ids import OrganizationId, UserId
from provisioning.store import identities, membership_standing
from provisioning.store import users as store
from provisioning.store.engine import reading
from provisioning.store.identities import SeenIdentity
from provisioning.store.membership_standing import Standing
from provisioning.store.users import User

router = APIRouter(tags=["Users"])

Reader = Annotated[Caller, Depends(needs("read:users"))]
Creator = Annotated[Caller, Depends(needs("create:users"))]
Updater = Annotated[Caller, Depends(needs("update:users"))]
Deleter = Annotated[Caller, Depends(needs("delete:users"))]

EmailAddress = Annotated[str, StringConstraints(max_length=254, pattern=ADDRESS)]
PersonName = Annotated[str, Field(min_length=1, max_length=200, pattern=VISIBLE)]
PhoneNumber = Annotated[str, Field(pattern=r"^\+[0-9]{4,15}$", description="E.164, as +4930123.")]


class NewUser(Body):
    """Somebody who belongs to no organization yet."""

    email: EmailAddress
    display_name: PersonName | None = None
    given_name: PersonName | None = None
    family_name: PersonName | None = None
    phone_number: PhoneNumber | None = None
    picture_url: LogoUrl | None = None
    external_id: ExternalId | None = None
    metadata: Annotated[Metadata, Field(default_factory=dict)]


class ChangedUser(Body):
    """What is left out stays; null clears what may be absent, and leaves the rest."""

    email: EmailAddress | None = None
    display_name: PersonName | None = None
    given_name: PersonName | None = None
    family_name: PersonName | None = None
    phone_number: PhoneNumber | None = None
    picture_url: LogoUrl | None = None
    external_id: ExternalId | None = None
    metadata: Annotated[Metadata | None, Field(description="Replaces all pairs.")] = None


class ShownIdentity(Shown):
    """By a directory of an organization, or by an issuer whose token the person showed."""

    type: str
    organization_id: str | None
    directory_id: str | None
    issuer_id: str | None
    external_id: str | None
    is_present: Annotated[bool, Field(description="False: the directory has let the person go.")]
    last_seen_at: Time | None


class ShownStanding(Shown):
    id: str
    organization_id: str
    status: str


class ShownUser(Shown):
    id: str
    email: str | None
    display_name: str | None
    given_name: str | None
    family_name: str | None
    phone_number: str | None
    picture_url: str | None
    external_id: str | None
    metadata: dict[str, str]
    provisioned_by: str
    profile_managed_by: Annotated[
        str | None, Field(description="The directory that e-mail and names follow.")
    ]
    identities: list[ShownIdentity]
    memberships: Annotated[
        list[ShownStanding],
        Field(description="Active and suspended; to an organization's key, only its own."),
    ]
    created_at: Time
    updated_at: Time


class Wanted(Paging):
    """Which users; all of these must hold."""

    email: Annotated[str | None, Field(max_length=254, pattern=NO_NUL)] = None
    external_id: Annotated[str | None, Field(max_length=255, pattern=NO_NUL)] = None


_CLEARABLE = frozenset(ChangedUser.model_fields) - {"email", "metadata"}


@router.post("/users", status_code=201, response_model=ShownUser, operation_id="create_user")
def create(body: NewUser, caller: Creator) -> Response:
    """An account. Organizations take people in by their memberships."""
    caller.of_the_installation()

    def work(connection: Connection) -> Change:
        created = users.create(connection, body.model_dump(), caller.acting)
        return _changed(connection, created, None)

    return caller.change(201, work)


@router.get("/users", operation_id="list_users")
def list_all(wanted: Annotated[Wanted, Query()], caller: Reader) -> Listing[ShownUser]:
    """Oldest first; with an organization's key, its members."""

    def work(connection: Connection) -> Listing[ShownUser]:
        found = store.listing(connection, caller.only, wanted.email, wanted.external_id, wanted.cut)
        return listing(found, _shown(connection, list(found.items), caller.only))

    return caller.read(work)


@router.get("/users/external/{external_id:path}", operation_id="get_user_by_external_id")
def get_by_external_id(
    external_id: Annotated[str, Path(max_length=255)], caller: Reader
) -> ShownUser:
    """By the caller's own id, percent-encoded: `a/b` is asked for as `a%2Fb`."""

    def work(connection: Connection) -> ShownUser:
        found = users.by_external_id(connection, external_id, caller.only)
        return _shown(connection, [found], caller.only)[0]

    return caller.read(work)


@router.get("/users/{user_id}", response_model=ShownUser, operation_id="get_user")
def get(user_id: str, caller: Reader) -> Response:
    """With an ETag, which is of the account alone: If-None-Match asks nothing of memberships."""
    with reading(caller.engine) as connection:
        found = users.get(connection, UserId(user_id), caller.only)
        shown = _shown(connection, [found], caller.only)[0]
    return answer(200, shown, conditions.etag(found.version))


@router.patch("/users/{user_id}", response_model=ShownUser, operation_id="update_user")
def update(user_id: str, body: ChangedUser, caller: Updater) -> Response:
    """E-mail and names only where no directory decides about them."""
    caller.of_the_installation()
    changes = changes_of(body, _CLEARABLE)

    def work(connection: Connection) -> Change:
        changed, concerned = users.update(
            connection,
            UserId(user_id),
            changes,
            caller.acting,
            if_version=conditions.if_version(caller.asked),
        )
        return _changed(connection, changed, None, concerned)

    return caller.change(200, work)


@router.delete(
    "/users/{user_id}", status_code=204, response_class=Response, operation_id="delete_user"
)
def delete(user_id: str, caller: Deleter) -> Response:
    """Out of every organization, unless a directory knows the person; the address is free."""
    caller.of_the_installation()

    def work(connection: Connection) -> Change:
        concerned = users.delete(
            connection,
            UserId(user_id),
            caller.acting,
            if_version=conditions.if_version(caller.asked),
        )
        return Change(None, user_id, woken=concerned)

    return caller.change(204, work)


def _changed(
    connection: Connection,
    user: User,
    only: OrganizationId | None,
    concerned: Sequence[OrganizationId] = (),
) -> Change:
    shown = _shown(connection, [user], only)[0]
    return Change(shown, user.id, None, conditions.etag(user.version), concerned)


def _shown(
    connection: Connection, found: list[User], only: OrganizationId | None
) -> list[ShownUser]:
    """In a fixed number of statements, however many they are."""
    keys = [user.id for user in found]
    seen: dict[UserId, list[SeenIdentity]] = {key: [] for key in keys}
    for identity in identities.of_users(connection, keys, only):
        seen[identity.user_id].append(identity)
    standings: dict[UserId, list[Standing]] = {key: [] for key in keys}
    for standing in membership_standing.of_users(connection, keys, only):
        standings[standing.user_id].append(standing)
    return [_one(user, seen[user.id], standings[user.id]) for user in found]


def _one(user: User, seen: list[SeenIdentity], standings: list[Standing]) -> ShownUser:
    authority = user.authority_directory_id
    return ShownUser(
        id=user.id,
        email=user.email,
        display_name=user.display_name,
        given_name=user.given_name,
        family_name=user.family_name,
        phone_number=user.phone_number,
        picture_url=user.picture_url,
        external_id=user.external_id,
        metadata=dict(user.metadata),
        provisioned_by=user.provisioned_by,
        profile_managed_by=next(
            (one.source_id for one in seen if one.is_present and one.source_id == authority), None
        ),
        identities=[_identity(one) for one in seen],
        memberships=[
            ShownStanding(
                id=one.membership_id, organization_id=one.organization_id, status=one.status
            )
            for one in standings
        ],
        created_at=user.created_at,
        updated_at=user.updated_at,
    )


def _identity(seen: SeenIdentity) -> ShownIdentity:
    by_directory = seen.type == "directory"
    return ShownIdentity(
        type=seen.type,
        organization_id=seen.organization_id,
        directory_id=seen.source_id if by_directory else None,
        issuer_id=None if by_directory else seen.source_id,
        external_id=seen.external_id,
        is_present=seen.is_present,
        last_seen_at=seen.last_seen_at,
    )

"""/v1/organizations/{organization_id}/directories."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.breaker_models import ChangedBreaker, ShownBreaker
from admin_api.breaker_models import shown as shown_breaker
from admin_api.caller import Caller, Change
from admin_api.messages import VISIBLE, WHOLE, Body, Listing, Paged, Shown, Time, listing
from provisioning import bearer_secrets, directories, organizations, sync_schedules
from provisioning.breakers import of_directory, set_policy
from provisioning.ids import DirectoryId
from provisioning.store import breakers
from provisioning.store import directories as store
from provisioning.store.breakers import BreakerState
from provisioning.store.directories import Directory, DirectoryType

router = APIRouter(prefix="/organizations/{organization_id}/directories", tags=["SCIM"])

Reader = Annotated[Caller, Depends(needs("read:directories"))]
Creator = Annotated[Caller, Depends(needs("create:directories"))]
Updater = Annotated[Caller, Depends(needs("update:directories"))]
Deleter = Annotated[Caller, Depends(needs("delete:directories"))]

DisplayName = Annotated[
    str, Field(min_length=1, max_length=directories.DISPLAY_NAME_LIMIT, pattern=VISIBLE)
]
Days = Annotated[
    int | None,
    Field(ge=1, le=bearer_secrets.MOST_DAYS, description="Until the token expires; null: never."),
    WHOLE,
]


Interval = Annotated[
    int | None,
    Field(
        ge=int(sync_schedules.SHORTEST.total_seconds()),
        le=int(sync_schedules.LONGEST.total_seconds()),
        description="How often everybody is looked at again; null: when somebody asks for it only.",
    ),
    WHOLE,
]


class NewDirectory(Body):
    type: Annotated[DirectoryType, Field(description="Whose: Okta's, Entra ID's, another IdP's.")]
    display_name: Annotated[DisplayName | None, Field(description="Null: the IdP's name.")] = None
    token_expires_in_days: Days = None


class ChangedDirectory(Body):
    """What is left out stays."""

    display_name: DisplayName | None = None
    breaker: ChangedBreaker | None = None
    resync_interval_seconds: Interval = None


class Disconnection(Body):
    people: Annotated[
        Literal["ladder", "keep"],
        Field(description="They leave by the leaving policy; or stay, by hand from now on."),
    ] = "ladder"
    roles: Annotated[
        Literal["direct", "drop"],
        Field(description="Of people who are kept, what groups gave: granted by hand, or gone."),
    ] = "direct"


class ShownDirectory(Shown):
    id: str
    organization_id: str
    display_name: str
    type: str
    scim_base_url: Annotated[str, Field(description="What the IdP's administrator pastes.")]
    resync_interval_seconds: int | None
    next_run_at: Annotated[Time | None, Field(description="Of the resync that comes by itself.")]
    created_at: Time
    breaker: ShownBreaker


class CreatedDirectory(ShownDirectory):
    token: Annotated[str, Field(description="The IdP's bearer token, shown this once.")]
    token_id: str


@router.post("", status_code=201, response_model=CreatedDirectory, operation_id="create_directory")
def create(organization_id: str, body: NewDirectory, caller: Creator) -> Response:
    """An IdP's connection, with its SCIM base URL and its first token."""
    wanted = caller.within(organization_id)
    actor, now = caller.acting.actor, caller.now

    def work(connection: Connection) -> Change:
        created = directories.create(
            connection,
            wanted,
            body.type,
            body.display_name or body.type.capitalize(),
            now,
            actor=actor,
        )
        days = body.token_expires_in_days
        token, secret = directories.issue_token(
            connection,
            created,
            now,
            None if days is None else now + timedelta(days=days),
            actor=actor,
        )
        shown = _shown(connection, created, caller).model_dump()
        answered = CreatedDirectory(**shown, token=secret, token_id=token.id)
        return Change(answered, created.id, wanted)

    return caller.change(201, work)


@router.get("", operation_id="list_directories")
def list_all(organization_id: str, paging: Paged, caller: Reader) -> Listing[ShownDirectory]:
    """Oldest first."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownDirectory]:
        organizations.get(connection, wanted)
        found = store.listing(connection, wanted, paging.cut)
        states = breakers.of(connection, wanted, [directory.id for directory in found.items])
        shown = [_with(directory, states[directory.id], caller) for directory in found.items]
        return listing(found, shown)

    return caller.read(work)


@router.get("/{directory_id}", operation_id="get_directory")
def get(organization_id: str, directory_id: str, caller: Reader) -> ShownDirectory:
    """Its tokens have a list of their own, without their secrets."""
    wanted = caller.within(organization_id)
    return caller.read(
        lambda c: _shown(c, directories.within(c, wanted, DirectoryId(directory_id)), caller)
    )


@router.patch("/{directory_id}", response_model=ShownDirectory, operation_id="update_directory")
def update(
    organization_id: str, directory_id: str, body: ChangedDirectory, caller: Updater
) -> Response:
    """Its type and its SCIM base URL are for ever."""
    wanted = caller.within(organization_id)
    changes = body.model_dump(exclude_unset=True, exclude={"breaker"})
    policy = None if body.breaker is None else body.breaker.model_dump(exclude_none=True)
    if changes.get("display_name", "") is None:
        del changes["display_name"]  # a directory has one

    def work(connection: Connection) -> Change:
        if policy is not None:  # first: it keeps drains away, and drains tell events last
            set_policy(connection, wanted, DirectoryId(directory_id), policy, caller.acting)
        changed = directories.update(
            connection,
            wanted,
            DirectoryId(directory_id),
            changes,
            actor=caller.acting.actor,
            now=caller.now,
        )
        return Change(_shown(connection, changed, caller), changed.id, wanted)

    return caller.change(200, work)


@router.delete(
    "/{directory_id}",
    status_code=204,
    response_class=Response,
    operation_id="delete_directory",
)
def delete(
    organization_id: str,
    directory_id: str,
    caller: Deleter,
    wish: Annotated[Disconnection, Query()],
) -> Response:
    """
    Its IdP is told 404; who is in no other directory leaves by its leaving policy, the last owner
    excepted, or is kept.
    """
    wanted, key = caller.within(organization_id), DirectoryId(directory_id)
    kept_roles = wish.roles if wish.people == "keep" else None
    return caller.remove(
        key,
        wanted,
        lambda c: directories.delete(
            c, wanted, key, actor=caller.acting.actor, now=caller.now, kept_roles=kept_roles
        ),
    )


def _shown(connection: Connection, directory: Directory, caller: Caller) -> ShownDirectory:
    state = of_directory(connection, directory.organization_id, directory.id)
    return _with(directory, state, caller)


def _with(directory: Directory, state: BreakerState, caller: Caller) -> ShownDirectory:
    return ShownDirectory(
        id=directory.id,
        organization_id=directory.organization_id,
        display_name=directory.display_name,
        type=directory.type,
        scim_base_url=f"{caller.public_url}/scim/v2/{directory.id}",
        resync_interval_seconds=directory.resync_interval_seconds,
        next_run_at=directory.next_run_at,
        created_at=directory.created_at,
        breaker=shown_breaker(state),
    )

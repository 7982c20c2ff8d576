"""/v1/organizations/{organization_id}/memberships."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.membership_models import (
    AsOf,
    ChangedMembership,
    NewMemberByEmail,
    NewMemberById,
    ShownMembership,
    Wanted,
    shown,
)
from admin_api.messages import Listing, listing
from admin_api.moments import in_utc
from provisioning import history, memberships, newcomers, organizations
from provisioning.ids import MembershipId, OrganizationId
from provisioning.store import memberships as store

router = APIRouter(tags=["Memberships"])

Reader = Annotated[Caller, Depends(needs("read:memberships"))]
Creator = Annotated[Caller, Depends(needs("create:memberships"))]
Updater = Annotated[Caller, Depends(needs("update:memberships"))]
Deleter = Annotated[Caller, Depends(needs("delete:memberships"))]

_ALL = "/organizations/{organization_id}/memberships"
_ONE = f"{_ALL}/{{membership_id}}"


@router.get(_ALL, operation_id="list_memberships")
def list_all(
    organization_id: str, wanted: Annotated[Wanted, Query()], caller: Reader
) -> Listing[ShownMembership]:
    """In the order in which they joined. Removed ones are history, and listed, too."""
    within = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownMembership]:
        organizations.get(connection, within)
        found = (
            store.listing(connection, within, wanted.cut, **wanted.filters)
            if wanted.as_of is None
            else history.members(
                connection, within, in_utc(wanted.as_of), wanted.cut, **wanted.filters
            )
        )
        return listing(found, [shown(within, member) for member in found.items])

    return caller.read(work)


@router.post(
    _ALL, status_code=201, response_model=ShownMembership, operation_id="create_membership"
)
def create(
    organization_id: str, body: NewMemberById | NewMemberByEmail, caller: Creator
) -> Response:
    """
    Takes somebody in, or in again, with these roles. The key of one organization reaches nobody
    who has never been its member: an account's address is not yet the person's consent.
    """
    within = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        membership_id = newcomers.add(
            connection,
            within,
            body.newcomer,
            caller.acting,
            only_here=caller.only is not None,
            organization_limit=caller.organization_limit,
        )
        return _changed(connection, within, membership_id)

    return caller.change(201, work)


@router.get(_ONE, operation_id="get_membership")
def get(
    organization_id: str, membership_id: str, caller: Reader, as_of: Annotated[AsOf, Query()] = None
) -> ShownMembership:
    """Now, or as it was."""
    within, key = caller.within(organization_id), MembershipId(membership_id)

    def work(connection: Connection) -> ShownMembership:
        organizations.get(connection, within)
        if as_of is None:
            return shown(within, memberships.get(connection, within, key))
        return shown(within, history.member(connection, within, key, in_utc(as_of)))

    return caller.read(work)


@router.patch(_ONE, response_model=ShownMembership, operation_id="update_membership")
def update(
    organization_id: str, membership_id: str, body: ChangedMembership, caller: Updater
) -> Response:
    """Marks whom no machine touches: what directories want of them is held, and listed."""
    within, key = caller.within(organization_id), MembershipId(membership_id)

    def work(connection: Connection) -> Change:
        if body.break_glass is not None:
            memberships.set_break_glass(
                connection, within, key, caller.acting, break_glass=body.break_glass
            )
        return _changed(connection, within, key)

    return caller.change(200, work)


@router.delete(_ONE, status_code=204, response_class=Response, operation_id="delete_membership")
def delete(organization_id: str, membership_id: str, caller: Deleter) -> Response:
    """Out, with every role. Whom a directory knows has to be removed there."""
    within, key = caller.within(organization_id), MembershipId(membership_id)
    return caller.remove(key, within, lambda c: memberships.remove(c, within, key, caller.acting))


@router.post(f"{_ONE}/suspend", response_model=ShownMembership, operation_id="suspend_membership")
def suspend(organization_id: str, membership_id: str, caller: Updater) -> Response:
    """Until it is reactivated here, whatever a directory says."""
    return _change(caller, organization_id, membership_id, memberships.suspend)


@router.post(
    f"{_ONE}/reactivate", response_model=ShownMembership, operation_id="reactivate_membership"
)
def reactivate(organization_id: str, membership_id: str, caller: Updater) -> Response:
    """The word of the directories counts again: whom they call inactive stays suspended."""
    return _change(caller, organization_id, membership_id, memberships.reactivate)


@router.put(
    f"{_ONE}/roles/{{role_name}}", response_model=ShownMembership, operation_id="grant_role"
)
def grant(organization_id: str, membership_id: str, role_name: str, caller: Updater) -> Response:
    """By hand: it survives whatever the directories say."""
    return _change(caller, organization_id, membership_id, memberships.grant, role_name)


@router.delete(
    f"{_ONE}/roles/{{role_name}}", response_model=ShownMembership, operation_id="revoke_role"
)
def revoke(organization_id: str, membership_id: str, role_name: str, caller: Updater) -> Response:
    """What was granted by hand. The membership with the roles that are left."""
    return _change(caller, organization_id, membership_id, memberships.revoke, role_name)


def _change(
    caller: Caller,
    organization_id: str,
    membership_id: str,
    change: Callable[..., None],
    *roles: str,
) -> Response:
    within, key = caller.within(organization_id), MembershipId(membership_id)

    def work(connection: Connection) -> Change:
        change(connection, within, key, *roles, caller.acting)
        return _changed(connection, within, key)

    return caller.change(200, work)


def _changed(connection: Connection, within: OrganizationId, membership_id: MembershipId) -> Change:
    changed = memberships.get(connection, within, membership_id)
    return Change(shown(within, changed), membership_id, within)

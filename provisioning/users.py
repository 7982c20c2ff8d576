"""Users: the accounts of people, as administrators make, change and delete them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection

from provisioning import direct_changes, ids, join_request_endings
from provisioning.context import Acting
from provisioning.errors import Collision, NotFound, Refused, Stale, Taken
from provisioning.folding import fold
from provisioning.ids import OrganizationId, UserId
from provisioning.reconcile.facts import Profile, Way
from provisioning.store import awaited_addresses, erasure, held_newcomers, syncs, users
from provisioning.store.users import User

_PROFILE = frozenset(field.name for field in fields(Profile))


def create(connection: Connection, properties: Mapping[str, Any], acting: Acting) -> User:
    """
    `properties` are any of `User`'s that people choose. Raises `Taken` for the address or the
    external id.
    """
    email = properties.get("email")
    _require_free(connection, email)
    user = new({"email_key": None if email is None else fold(email), **properties}, acting, "api")
    users.insert(connection, user)
    return user


def new(properties: Mapping[str, Any], acting: Acting, way: Way) -> User:
    """Not written yet. `properties` are any of `User`'s; it speaks for its `email_key`, if any."""
    return User(
        **{
            "id": UserId(ids.new(ids.USER)),
            "email": None,
            "email_key": None,
            "email_vouched_by": None,
            "display_name": None,
            "given_name": None,
            "family_name": None,
            "phone_number": None,
            "picture_url": None,
            "external_id": None,
            "metadata": {},
            **properties,
        },
        authority_directory_id=None,
        provisioned_by=way,
        version=1,
        created_at=acting.now,
        updated_at=acting.now,
    )


def get(connection: Connection, user_id: UserId, only: OrganizationId | None = None) -> User:
    """With `only`, as that organization sees its members. Raises `NotFound`."""
    return _found(users.get(connection, user_id, only), user_id)


def by_external_id(connection: Connection, external_id: str, only: OrganizationId | None) -> User:
    """Likewise."""
    return _found(users.by_external_id(connection, external_id, only), external_id)


def update(
    connection: Connection,
    user_id: UserId,
    changes: Mapping[str, Any],
    acting: Acting,
    if_version: Collection[int] | None = None,
) -> tuple[User, Sequence[OrganizationId]]:
    """
    With the organizations that are to be told by their next drain. Raises `NotFound`, `Stale`,
    `Taken`, and `Refused` for a profile that follows a directory.
    """
    before = _found(users.lock(connection, user_id), user_id)
    if if_version is not None and before.version not in if_version:
        raise Stale("user")
    wanted = replace(before, **changes)
    if wanted == before:
        return before, ()
    if wanted.profile != before.profile and users.is_managed(connection, before):
        raise Refused(
            "profile_managed_by_directory",
            f"directory {before.authority_directory_id} decides about"
            f" {', '.join(sorted(_PROFILE & changes.keys()))}",
        )
    if wanted.email != before.email:
        email_key = None if wanted.email is None else fold(wanted.email)
        wanted = replace(wanted, email_key=email_key, email_vouched_by=None)
        if wanted.email_key != before.email_key:
            _require_free(connection, wanted.email)
    after = replace(wanted, version=before.version + 1, updated_at=acting.now)
    users.update(connection, after)
    concerned: set[OrganizationId] = set()
    if before.email_key not in {None, after.email_key}:
        released = {user_id: str(before.email_key)}
        concerned |= awaited_addresses.wake(connection, released, (), acting.now)
    if after.profile != before.profile:
        concerned |= set(users.note_everywhere(connection, user_id, acting.now))
        concerned |= held_newcomers.wake_members(connection, [user_id], acting.now)
    return after, sorted(concerned)


def delete(
    connection: Connection,
    user_id: UserId,
    acting: Acting,
    if_version: Collection[int] | None = None,
) -> Sequence[OrganizationId]:
    """
    Out of every organization, at once; the address is free. What is personal stays as long as one
    of them keeps the person, and goes now where none does. The organizations that are concerned.
    Raises `NotFound`, `Stale`, and `Refused` where a directory knows the person, or an organization
    would be left without an owner.
    """
    _found(users.get(connection, user_id), user_id)
    concerned = users.organizations_of(connection, user_id)
    for organization_id in concerned:
        syncs.wait(connection, organization_id)
    user = _found(users.lock(connection, user_id), user_id)
    if users.organizations_of(connection, user_id) != concerned:
        raise Collision  # somebody has taken the person in meanwhile
    if if_version is not None and user.version not in if_version:
        raise Stale("user")
    known = [direct_changes.look(connection, key, user_id) for key in concerned]
    leaves = []
    for facts in known:
        direct_changes.require_unmanaged(facts, user_id)
        membership = direct_changes.membership_of(facts, user_id)
        if membership is not None and membership.status != "removed":
            direct_changes.require_another_owner(facts, membership)
            leaves.append((facts, direct_changes.leaving(facts, membership)))
    users.mark_deleted(connection, user_id, acting.now)
    released = {} if user.email_key is None else {user_id: user.email_key}
    woken = awaited_addresses.wake(connection, released, (), acting.now)
    for facts, actions in leaves:
        direct_changes.write(connection, facts, user_id, actions, acting)
    join_request_endings.withdraw_of_user(connection, user_id, acting)
    erasure.accounts(connection, [user_id], acting.now)
    return sorted({*concerned, *woken})


def _found(user: User | None, key: str) -> User:
    if user is None:
        raise NotFound("user", key)
    return user


def _require_free(connection: Connection, email: str | None) -> None:
    # Two at once who find it free: the database refuses one of them.
    if email is not None and users.by_email(connection, email) is not None:
        raise Taken("user", "email")

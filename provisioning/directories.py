"""Directories, and their tokens: shown once, and after that not even we can read them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from provisioning import bearer_secrets, ids, mappings, organizations, sync_runs, sync_schedules
from provisioning.clock import rfc3339
from provisioning.errors import Invalid, NotFound, Refused
from provisioning.events import Draft, EventType, former_values
from provisioning.ids import DirectoryId, OrganizationId, TokenId
from provisioning.reconcile.facts import KeptRoles
from provisioning.store import directories, events, notes, syncs
from provisioning.store.directories import Directory, DirectoryType, Token

_TOKEN_PREFIX = "scim_"  # noqa: S105 - no token, but how each begins
LIVE_TOKENS_LIMIT = 5
DISPLAY_NAME_LIMIT = 200
DEFAULT_RESYNC_INTERVAL = timedelta(days=1)


def create(
    connection: Connection,
    organization_id: OrganizationId,
    directory_type: DirectoryType,
    display_name: str,
    now: datetime,
    *,
    actor: str,
) -> Directory:
    """Raises `NotFound` for the organization, `Invalid` for the display name."""
    _check_display_name(display_name)
    organizations.get(connection, organization_id)
    directory_id = DirectoryId(ids.new(ids.DIRECTORY))
    directory = Directory(
        id=directory_id,
        organization_id=organization_id,
        display_name=display_name,
        type=directory_type,
        created_at=now,
        resync_interval_seconds=int(DEFAULT_RESYNC_INTERVAL.total_seconds()),
        next_run_at=sync_schedules.first_run_at(directory_id, DEFAULT_RESYNC_INTERVAL, now),
    )
    directories.insert(connection, directory)
    data = _shown(directory)
    _tell(connection, directory, "directory.created", data, None, actor=actor, now=now)
    return directory


def get(connection: Connection, directory_id: DirectoryId) -> Directory:
    """Raises `NotFound`."""
    directory = directories.get(connection, directory_id)
    if directory is None:
        raise NotFound("directory", directory_id)
    return directory


def within(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> Directory:
    """A directory of this organization. Raises `NotFound`, also for another's."""
    directory = get(connection, directory_id)
    if directory.organization_id != organization_id:
        raise NotFound("directory", directory_id)
    return directory


def update(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    changes: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> Directory:
    """
    Any of `display_name` and `resync_interval_seconds`; to what it was changes nothing. Raises
    `NotFound`, `Invalid`.
    """
    if "display_name" in changes:
        _check_display_name(changes["display_name"])
    before = _locked(connection, organization_id, directory_id)
    after = replace(before, **changes)
    if after == before:
        return before
    if after.resync_interval_seconds != before.resync_interval_seconds:
        after = replace(after, next_run_at=_next_run_at(after, now))
    directories.update(connection, after)
    data = _shown(after)
    previous = former_values(_shown(before), data)
    _tell(connection, after, "directory.updated", data, previous, actor=actor, now=now)
    return after


def delete(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    *,
    actor: str,
    now: datetime,
    kept_roles: KeptRoles | None = None,
) -> None:
    """
    From the commit on its IdP is told 404, and whom it knew it knows no more: the drain removes who
    is in no other directory, as if the IdP had deleted them, by its leaving policy. Or keeps them,
    by hand from now on: `kept_roles` says what becomes of the roles that its groups gave. Its
    mappings go in any case. Raises `NotFound`; and `Refused` where people are to be kept whom the
    IdP has suspended or demoted a moment ago, for all that a drain knows.
    """
    syncs.wait(connection, organization_id)  # for a drain that is binding a mapping
    directory = _locked(connection, organization_id, directory_id)
    if kept_roles is not None and notes.are_left_of_directory(
        connection, organization_id, directory_id
    ):
        raise Refused(
            "directory_not_settled",
            "what its identity provider said last is not settled yet, and people are kept as they "
            "are: try again in a moment, after revoking its tokens if it writes without pause",
        )
    directories.mark_deleting(connection, directory, kept_roles, now)
    sync_runs.look_again(
        connection, organization_id, directory.id, "disconnect", actor=actor, now=now
    )
    drafts = mappings.remove_all(connection, directory, actor=actor, now=now)
    data = _shown(directory)
    drafts.append(Draft("directory.deleted", data, data, {"directory_id": directory.id}))
    events.append(connection, organization_id, drafts, actor=actor, now=now)


def _next_run_at(directory: Directory, now: datetime) -> datetime | None:
    if directory.resync_interval_seconds is None:
        return None
    shortest, longest = sync_schedules.SHORTEST, sync_schedules.LONGEST
    seconds = directory.resync_interval_seconds
    if not shortest.total_seconds() <= seconds <= longest.total_seconds():
        raise Invalid("resync_interval_seconds", "must be 300 (5 minutes) to 2592000 (30 days)")
    interval = timedelta(seconds=seconds)
    return sync_schedules.first_run_at(directory.id, interval, now)


def _locked(
    connection: Connection, organization_id: OrganizationId, directory_id: DirectoryId
) -> Directory:
    directory = directories.lock(connection, organization_id, directory_id)
    if directory is None:
        raise NotFound("directory", directory_id)
    return directory


def _check_display_name(display_name: str) -> None:
    if not display_name.strip() or len(display_name) > DISPLAY_NAME_LIMIT:
        raise Invalid("display_name", f"must be 1 to {DISPLAY_NAME_LIMIT} characters")


def issue_token(
    connection: Connection,
    directory: Directory,
    now: datetime,
    expires_at: datetime | None = None,
    *,
    actor: str,
) -> tuple[Token, str]:
    """
    A further live token and its secret, which is not kept: the IdP's admin pastes the new one,
    and then the old one is revoked, without a minute in which neither works. Raises `Refused` when
    too many are live.
    """
    live = [
        token
        for token in directories.tokens(connection, directory.organization_id, directory.id)
        if token.revoked_at is None and (token.expires_at is None or token.expires_at > now)
    ]
    if len(live) >= LIVE_TOKENS_LIMIT:
        raise Refused(
            "token_limit_reached",
            f"{LIVE_TOKENS_LIMIT} tokens are live already; revoke one first",
        )
    secret = bearer_secrets.new(_TOKEN_PREFIX)
    token = Token(
        id=TokenId(ids.new(ids.TOKEN)),
        directory_id=directory.id,
        last_four=secret[-4:],
        created_at=now,
        last_used_at=None,
        expires_at=expires_at,
        revoked_at=None,
    )
    token_hash = bearer_secrets.hashed(secret)
    directories.insert_token(connection, token, directory.organization_id, token_hash)
    data = _shown_token(token)
    _tell(connection, directory, "directory.token_created", data, None, actor=actor, now=now)
    return token, secret


def tokens(connection: Connection, directory: Directory) -> list[Token]:
    """Every token the directory has had, oldest first."""
    return directories.tokens(connection, directory.organization_id, directory.id)


def revoke_token(
    connection: Connection,
    directory: Directory,
    token_id: TokenId,
    now: datetime,
    *,
    actor: str,
) -> None:
    """Raises `NotFound` when the directory has no such live token."""
    if not directories.revoke_token(
        connection, directory.organization_id, directory.id, token_id, now
    ):
        raise NotFound("token", token_id)
    (revoked,) = (token for token in tokens(connection, directory) if token.id == token_id)
    data, previous = _shown_token(revoked), {"revoked_at": None}
    _tell(connection, directory, "directory.token_revoked", data, previous, actor=actor, now=now)


def _shown(directory: Directory) -> dict[str, Any]:
    return {
        "id": directory.id,
        "display_name": directory.display_name,
        "type": directory.type,
        "resync_interval_seconds": directory.resync_interval_seconds,
    }


def _shown_token(token: Token) -> dict[str, Any]:
    """Of the secret no more than its last four characters."""
    return {
        "id": token.id,
        "directory_id": token.directory_id,
        "last_four": token.last_four,
        "expires_at": None if token.expires_at is None else rfc3339(token.expires_at),
        "revoked_at": None if token.revoked_at is None else rfc3339(token.revoked_at),
    }


def _tell(
    connection: Connection,
    directory: Directory,
    event_type: EventType,
    data: dict[str, Any],
    previous: dict[str, Any] | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    draft = Draft(event_type, data, previous, {"directory_id": directory.id})
    events.append(connection, directory.organization_id, [draft], actor=actor, now=now)

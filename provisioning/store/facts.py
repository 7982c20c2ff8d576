"""
Reads one batch of an organization in a fixed number of statements, whatever its size.

The caller holds the organization's lock and has taken the notes; each statement here sees what was
committed before it, so a change that is missed has left a note of its own.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from provisioning.folding import fold
from provisioning.ids import DirectoryUserId, OrganizationId, UserId
from provisioning.reconcile.facts import (
    OWNER,
    Account,
    Conflict,
    DirectoryUser,
    Facts,
    Grant,
    Link,
    Membership,
    Profile,
)
from provisioning.store import invitations, mapped_roles, profiles, roles
from provisioning.store.rows import Row
from provisioning.store.sql import Statement

_ORGANIZATION = Statement(
    """
    SELECT default_role_id, role_mode, (
        SELECT string_agg(name, ' ') FROM domains
        WHERE organization_id = :organization_id AND state = 'verified')
    FROM organizations WHERE id = :organization_id
    """
)
_PARKED = Statement(
    """
    SELECT p.membership_id, p.wanted_status, m.user_id FROM parked_changes p
    JOIN memberships m ON m.id = p.membership_id
    WHERE p.organization_id = :organization_id
    """
)
# A directory that is deleted knows nobody any more.
_DIRECTORY_USERS = Statement(
    """
    SELECT u.id, u.directory_id, u.user_name_folded, u.external_id, u.active,
        COALESCE(u.deleted_at, d.deleting_at), u.email, u.display_name, u.given_name, u.family_name
    FROM directory_users u JOIN directories d ON d.id = u.directory_id
    WHERE u.organization_id = :organization_id AND u.id = ANY(:ids)
    """
)
# The identities of the batch, and those of people this directory has deleted who may be back.
_LINKS_OF_BATCH = Statement(
    """
    SELECT user_id FROM identities
    WHERE organization_id = :organization_id AND directory_user_id = ANY(:ids)
    UNION
    SELECT i.user_id FROM directory_users back
    JOIN identities i ON i.directory_id = back.directory_id AND i.external_id = back.external_id
    JOIN directory_users gone ON gone.id = i.directory_user_id AND gone.deleted_at IS NOT NULL
    WHERE back.organization_id = :organization_id AND back.id = ANY(:ids)
        AND back.deleted_at IS NULL
    UNION
    SELECT i.user_id FROM directory_users back
    JOIN identities i ON i.directory_id = back.directory_id
        AND i.user_name_folded = back.user_name_folded
    JOIN directory_users gone ON gone.id = i.directory_user_id AND gone.deleted_at IS NOT NULL
    WHERE back.organization_id = :organization_id AND back.id = ANY(:ids)
        AND back.deleted_at IS NULL
    """
)
_ACCOUNTS = Statement(
    """
    SELECT id, email_key, authority_directory_id, email, display_name, given_name, family_name,
        EXISTS (
            SELECT 1 FROM directories d
            WHERE d.id = users.authority_directory_id AND d.organization_id = :organization_id
        ) AND NOT EXISTS (
            SELECT 1 FROM identities i
            JOIN directory_users d ON d.id = i.directory_user_id AND d.deleted_at IS NULL
            JOIN directories ON directories.id = d.directory_id
                AND directories.deleting_at IS NULL
            WHERE i.user_id = users.id AND i.organization_id = :organization_id
        ),
        EXISTS (
            SELECT 1 FROM memberships m
            WHERE m.user_id = users.id AND m.organization_id <> :organization_id
        )
    FROM users WHERE id = ANY(:users) OR email_key = ANY(:keys)
    """
)
_LINKS = Statement(
    """
    SELECT id, user_id, directory_user_id, directory_id, external_id, user_name_folded
    FROM identities WHERE organization_id = :organization_id AND user_id = ANY(:users)
    """
)
_MEMBERSHIPS = Statement(
    """
    SELECT id, user_id, status, told_profile, suspended_by_admin_at, directory_managed
    FROM memberships
    WHERE organization_id = :organization_id AND user_id = ANY(:users)
    """
)
_GRANTS = Statement(
    """
    SELECT g.id, g.membership_id, g.role_id, g.source_type, g.source_id, g.revoked_at, g.group_id,
        d.directory_id, w.id, w.name
    FROM grants g LEFT JOIN directory_groups d ON d.id = g.group_id
    LEFT JOIN workspaces w ON w.id = g.workspace_id
    WHERE g.organization_id = :organization_id AND g.membership_id = ANY(:memberships)
    """
)
# Ends at the first one it finds, so it opens at most one owner more than the batch has.
_ANOTHER_OWNER = Statement(
    """
    SELECT EXISTS (
        SELECT 1 FROM grants g JOIN memberships m ON m.id = g.membership_id
        WHERE g.organization_id = :organization_id AND g.role_id = :owner
            AND g.workspace_id = '' AND g.revoked_at IS NULL AND m.status = 'active'
            AND NOT m.id = ANY(:memberships)
    )
    """
)
_CONFLICTS = Statement(
    """
    SELECT id, directory_user_id, user_id, decision, decided_by FROM conflicts
    WHERE organization_id = :organization_id AND directory_user_id = ANY(:ids)
        AND resolved_at IS NULL
    """
)


def read(
    connection: Connection,
    organization_id: OrganizationId,
    ids: Sequence[DirectoryUserId],
    now: datetime,
    users: Sequence[UserId] = (),
) -> Facts:
    """What bears on these directory users and users, and on whoever has a change parked."""
    here = {"organization_id": organization_id}
    default_role_id, role_mode, domains = _ORGANIZATION.run(connection, here).one()
    parked = _PARKED.run(connection, here).all()
    batch = _directory_users(connection, here, ids)
    candidates = _LINKS_OF_BATCH.run(connection, {**here, "ids": list(ids)})
    looked_at = {*users, *(row.user_id for row in (*candidates, *parked))}
    keys = {user.email_key for user in batch if user.email_key and not user.deleted}
    bound = {**here, "users": sorted(looked_at), "keys": sorted(keys)}
    accounts = [_account(row) for row in _ACCOUNTS.run(connection, bound)]
    found = {account.id for account in accounts}
    everybody = {**here, "users": sorted(found)}
    links = [
        Link(
            identity_id=row[0],
            user_id=row[1],
            directory_user_id=row[2],
            directory_id=row[3],
            external_id=row[4],
            user_name_folded=row[5],
        )
        for row in _LINKS.run(connection, everybody)
    ]
    memberships = _memberships(connection, everybody)
    known = {user.id for user in batch}
    others = [link.directory_user_id for link in links if link.directory_user_id not in known]
    linked = _directory_users(connection, here, others)
    claims = {user.email_key for user in linked if user.email_key and not user.deleted} - keys
    # Those whose profile is followed may want an address that somebody outside the batch holds.
    holders = _ACCOUNTS.run(connection, {**here, "users": [], "keys": sorted(claims)})
    accounts += [_account(row) for row in holders if row.id not in found]
    living = [user.id for user in (*batch, *linked) if not user.deleted]
    invited = invitations.pending(connection, organization_id, sorted(keys | claims), now)
    held = {**here, "memberships": [membership.id for membership in memberships]}
    return Facts(
        organization_id=organization_id,
        default_role_id=default_role_id,
        role_mode=role_mode,
        roles=roles.of_organization(connection, organization_id),
        batch=tuple(batch),
        linked=tuple(linked),
        links=tuple(links),
        accounts=tuple(accounts),
        memberships=tuple(memberships),
        grants=tuple(_grants(_GRANTS.run(connection, held))),
        mapped=mapped_roles.of(connection, organization_id, living),
        another_owner=bool(_ANOTHER_OWNER.run(connection, {**held, "owner": OWNER}).scalar_one()),
        parked={row.membership_id: row.wanted_status for row in parked},
        conflicts=tuple(
            Conflict(*row) for row in _CONFLICTS.run(connection, {**here, "ids": list(ids)})
        ),
        invitations=tuple(invited),
        verified_domains=frozenset((domains or "").split()),
    )


def read_holder(connection: Connection, organization_id: OrganizationId, email_key: str) -> Facts:
    """What bears on the account that holds the address, whatever directories say; none of them."""
    here = {"organization_id": organization_id}
    default_role_id, role_mode, _ = _ORGANIZATION.run(connection, here).one()
    bound = {**here, "users": [], "keys": [email_key]}
    accounts = [_account(row) for row in _ACCOUNTS.run(connection, bound)]
    memberships = _memberships(connection, {**here, "users": [one.id for one in accounts]})
    held = {**here, "memberships": [membership.id for membership in memberships]}
    return Facts(
        organization_id=organization_id,
        default_role_id=default_role_id,
        role_mode=role_mode,
        roles=roles.of_organization(connection, organization_id),
        batch=(),
        linked=(),
        links=(),
        accounts=tuple(accounts),
        memberships=tuple(memberships),
        grants=tuple(_grants(_GRANTS.run(connection, held))),
        mapped=(),
        another_owner=False,
        parked={},
        conflicts=(),
    )


def _memberships(connection: Connection, users: dict[str, Any]) -> list[Membership]:
    return [
        Membership(
            row[0], row[1], row[2], profiles.decoded(row[3]), row[4] is not None, bool(row[5])
        )
        for row in _MEMBERSHIPS.run(connection, users)
    ]


def _directory_users(
    connection: Connection, here: dict[str, Any], ids: Sequence[DirectoryUserId]
) -> list[DirectoryUser]:
    return [
        DirectoryUser(
            id=row[0],
            directory_id=row[1],
            user_name_folded=row[2],
            external_id=row[3],
            active=bool(row[4]),
            deleted=row[5] is not None,
            email_key=fold(row[6]) if row[6] else None,
            profile=Profile(*row[6:10]),
        )
        for row in _DIRECTORY_USERS.run(connection, {**here, "ids": list(ids)})
    ]


def _account(row: Row) -> Account:
    return Account(
        id=row[0],
        email_key=row[1],
        authority_directory_id=row[2],
        profile=Profile(*row[3:7]),
        abandoned=bool(row[7]),
        known_elsewhere=bool(row[8]),
    )


def _grants(rows: Iterable[Row]) -> Iterable[Grant]:
    for row in rows:
        yield Grant(
            id=row[0],
            membership_id=row[1],
            role_id=row[2],
            source_type=row[3],
            source_id=row[4],
            revoked=row[5] is not None,
            group_id=row[6],
            directory_id=row[7],
            workspace_id=row[8],
            workspace_name=row[9],
        )

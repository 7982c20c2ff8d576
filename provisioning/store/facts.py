"""
Reads one batch of an organization in a fixed number of statements, whatever its size.

The caller holds the organization's lock and has taken the notes; each statement here sees what was
committed before it, so a change that is missed has left a note of its own.
"""

from collections.abc import Sequence
from dataclasses import replace
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
    Link,
    Membership,
    Profile,
)
from provisioning.store import (
    comebacks,
    domain_holdings,
    guards,
    held_newcomers,
    invitations,
    known_members,
    leaving_policies,
    leaving_steps,
    mapped_roles,
    roles,
    verified_elsewhere,
)
from provisioning.store.rows import Row
from provisioning.store.sql import Statement
from provisioning.store.types import moment

_ORGANIZATION = Statement(
    """
    SELECT default_role_id, role_mode, (
        SELECT string_agg(name, ' ') FROM domains
        WHERE organization_id = :organization_id AND state = 'verified'),
        provisioning_scope, (
        SELECT string_agg(name, ' ') FROM domains
        WHERE organization_id = :organization_id AND state = 'lapsed' AND NOT EXISTS (
            SELECT 1 FROM domains h WHERE h.name = domains.name AND h.state = 'verified'))
    FROM organizations WHERE id = :organization_id
    """
)
# A directory that is deleted knows nobody any more.
_DIRECTORY_USERS = Statement(
    """
    SELECT u.id, u.directory_id, u.user_name_folded, u.external_id, u.active,
        COALESCE(u.deleted_at, d.deleting_at), u.email, u.display_name, u.given_name, u.family_name,
        u.updated_at, d.deleting_at, CASE WHEN u.deleted_at IS NULL THEN d.kept_roles END
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
    WHERE back.organization_id || '' = :organization_id AND back.id = ANY(:ids)
        AND back.deleted_at IS NULL
    UNION
    SELECT i.user_id FROM directory_users back
    JOIN identities i ON i.directory_id = back.directory_id
        AND i.user_name_folded = back.user_name_folded
    JOIN directory_users gone ON gone.id = i.directory_user_id AND gone.deleted_at IS NOT NULL
    WHERE back.organization_id || '' = :organization_id AND back.id = ANY(:ids)
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
                AND m.purged_at IS NULL
        ),
        EXISTS (
            SELECT 1 FROM sign_in_identities s JOIN issuers ON issuers.id = s.issuer_id
            LEFT JOIN directories d ON d.id = users.authority_directory_id
            WHERE s.user_id = users.id AND (
                issuers.organization_id <> :organization_id
                OR d.organization_id <> :organization_id)
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
    SELECT id, directory_user_id, user_id, decision, decided_by, rejected_at FROM conflicts
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
    *,
    domains_held: bool = True,
) -> Facts:
    """
    What bears on these directory users and users, and on whoever has a change parked.
    `domains_held`: who has which of their domains stays as it is until the transaction ends.
    """
    here = {"organization_id": organization_id}
    organization = _ORGANIZATION.run(connection, here).one()
    default_role_id, role_mode, domains, scope, lapsed = organization
    verified = frozenset((domains or "").split())
    waiting = known_members.last_owners(connection, organization_id)
    batch = _directory_users(connection, here, ids)
    candidates = _LINKS_OF_BATCH.run(connection, {**here, "ids": list(ids)})
    looked_at = {*users, *waiting, *(row.user_id for row in candidates)}
    keys = {user.email_key for user in batch if user.email_key and not user.deleted}
    bound = {**here, "users": sorted(looked_at), "keys": sorted(keys)}
    accounts = [_account(row) for row in _ACCOUNTS.run(connection, bound)]
    found = {account.id for account in accounts}
    everybody = {**here, "users": sorted(found)}
    if domains:
        accounts = _with_former_holders(connection, organization_id, accounts)
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
    memberships, parked = known_members.of(connection, organization_id, sorted(found))
    known = {user.id for user in batch}
    others = [link.directory_user_id for link in links if link.directory_user_id not in known]
    linked = _directory_users(connection, here, others)
    claims = {user.email_key for user in linked if user.email_key and not user.deleted} - keys
    # Those whose profile is followed may want an address that somebody outside the batch holds.
    holders = _ACCOUNTS.run(connection, {**here, "users": [], "keys": sorted(claims)})
    accounts += [_account(row) for row in holders if row.id not in found]
    living = [user.id for user in (*batch, *linked) if not user.deleted]
    invited = invitations.pending(connection, organization_id, sorted(keys | claims), now)
    emails = [user.profile.email for user in (*batch, *linked) if not user.deleted]
    elsewhere = verified_elsewhere.names(connection, organization_id, emails, held=domains_held)
    keys_of_members = [membership.id for membership in memberships]
    held = {**here, "memberships": keys_of_members}
    at_risk = _at_risk((*batch, *linked), links, memberships)
    read_so_far = Facts(
        organization_id=organization_id,
        now=now,
        default_role_id=default_role_id,
        role_mode=role_mode,
        roles=roles.of_organization(connection, organization_id),
        batch=tuple(batch),
        linked=tuple(linked),
        links=tuple(links),
        accounts=tuple(accounts),
        memberships=tuple(memberships),
        grants=tuple(known_members.grants(connection, organization_id, keys_of_members)),
        mapped=mapped_roles.of(connection, organization_id, living),
        another_owner=bool(_ANOTHER_OWNER.run(connection, {**held, "owner": OWNER}).scalar_one()),
        parked=parked,
        conflicts=tuple(
            Conflict(row[0], row[1], row[2], row[3], row[4], row[5] is not None)
            for row in _CONFLICTS.run(connection, {**here, "ids": list(ids)})
        ),
        invitations=tuple(invited),
        policies=leaving_policies.of_organization(connection, organization_id),
        steps=leaving_steps.of_memberships(connection, organization_id, keys_of_members),
        breakers=tuple(guards.read(connection, organization_id, keys_of_members, at_risk, now)),
        verified_domains=verified,
        domains_elsewhere=elsewhere,
        scope=scope,
        scope_domains=verified.union((lapsed or "").split()),
        held_newcomers=tuple(held_newcomers.of(connection, organization_id, ids)),
    )
    return replace(read_so_far, expected=comebacks.expected(connection, read_so_far))


def _at_risk(
    people: Sequence[DirectoryUser], links: Sequence[Link], memberships: Sequence[Membership]
) -> int:
    """
    How many memberships are lost, or may be lost now, at the most: whomever these people turn out
    to be, `memberships` has it. A newcomer who is not active is nobody's loss.
    """
    users = {link.directory_user_id: link.user_id for link in links}
    active = [person for person in people if person.active and not person.deleted]
    safe = {users[person.id] for person in active if person.id in users}
    return sum(
        membership.user_id not in safe
        for membership in memberships
        if membership.status == "active" or membership.lost is not None
    )


def read_holder(
    connection: Connection, organization_id: OrganizationId, email_key: str, now: datetime
) -> Facts:
    """What bears on the account that holds the address, whatever directories say; none of them."""
    here = {"organization_id": organization_id}
    default_role_id, role_mode, *_ = _ORGANIZATION.run(connection, here).one()
    bound = {**here, "users": [], "keys": [email_key]}
    accounts = [_account(row) for row in _ACCOUNTS.run(connection, bound)]
    memberships, _ = known_members.of(connection, organization_id, [one.id for one in accounts])
    keys_of_members = [membership.id for membership in memberships]
    return Facts(
        organization_id=organization_id,
        now=now,
        default_role_id=default_role_id,
        role_mode=role_mode,
        roles=roles.of_organization(connection, organization_id),
        batch=(),
        linked=(),
        links=(),
        accounts=tuple(accounts),
        memberships=tuple(memberships),
        grants=tuple(known_members.grants(connection, organization_id, keys_of_members)),
        mapped=(),
        another_owner=False,
        parked={},
        conflicts=(),
    )


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
            spoke_at=moment(row[10]) if row[11] is None else moment(row[11]),
            disconnected=row[11] is not None,
            gone_at=None if row[5] is None else moment(row[5]),
            kept=row[12],
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
        signs_in_elsewhere=bool(row[9]),
    )


def _with_former_holders(
    connection: Connection, organization_id: OrganizationId, accounts: Sequence[Account]
) -> list[Account]:
    users = [account.id for account in accounts]
    known = domain_holdings.known_before(connection, organization_id, users)
    return [replace(one, domains_of_others=known.get(one.id, frozenset())) for one in accounts]

"""Where something personal of people is kept by an organization: found before any of it goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from provisioning.folding import fold
from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.store import join_requests, profiles
from provisioning.store.sql import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Ids; `addresses` are folded, and no other account holds them."""

    users: tuple[UserId, ...]
    memberships: tuple[MembershipId, ...]
    directory_users: tuple[str, ...]
    invitations: tuple[str, ...]
    join_requests: tuple[str, ...]
    addresses: tuple[str, ...]

    @property
    def subjects(self) -> list[str]:
        """Of what an event, or a line of the audit trail, may be about."""
        return [*self.memberships, *self.directory_users, *self.invitations, *self.join_requests]

    @property
    def names(self) -> frozenset[str]:
        """By which a text may be about one of them."""
        return frozenset({*self.users, *self.subjects, *self.addresses})


# Of a purged person every directory user is a tombstone, or of a directory that is deleted.
_DIRECTORY_USERS = Statement(
    """
    SELECT d.id, d.directory_id, d.email, d.user_name_folded, d.external_id
    FROM identities i JOIN directory_users d ON d.id = i.directory_user_id
    WHERE i.organization_id = :organization_id AND i.user_id = ANY(:users)
    UNION
    SELECT d.id, d.directory_id, d.email, d.user_name_folded, d.external_id
    FROM directory_users d
    WHERE d.organization_id = :organization_id AND d.former_user_id = ANY(:users)
    """
)
# Tombstones of before it was written down whose they are: who came back had either of these.
_FORMER = Statement(
    """
    SELECT d.id, d.email FROM directory_users d
    WHERE d.organization_id = :organization_id AND d.directory_id = ANY(:directories)
        AND d.deleted_at IS NOT NULL AND d.former_user_id IS NULL
        AND (d.external_id = ANY(:external_ids) OR d.user_name_folded = ANY(:user_names))
        AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.directory_user_id = d.id)
    """
)
_ADDRESSES = Statement(
    """
    SELECT u.email, m.told_profile FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = :organization_id AND m.id = ANY(:memberships)
    """
)
_OTHERS = Statement(
    "SELECT email_key FROM users WHERE email_key = ANY(:addresses) AND NOT id = ANY(:users)"
)
_INVITATIONS = Statement(
    """
    SELECT id FROM invitations WHERE organization_id = :organization_id AND (
        accepted_user_id = ANY(:users)
        OR (accepted_user_id IS NULL AND email_key = ANY(:addresses))
    )
    """
)


def of_members(
    connection: Connection,
    organization_id: OrganizationId,
    memberships: Sequence[MembershipId],
    users: Sequence[UserId],
) -> Traces:
    """In a fixed number of statements."""
    here = {"organization_id": organization_id, "users": list(users)}
    known = _DIRECTORY_USERS.run(connection, here).all()
    alike = {
        "directories": sorted({row.directory_id for row in known}),
        "external_ids": sorted({row.external_id for row in known if row.external_id}),
        "user_names": sorted({row.user_name_folded for row in known}),
    }
    former = _FORMER.run(connection, {**here, **alike}).all()
    emails = {row.email for row in (*known, *former)}
    for row in _ADDRESSES.run(connection, {**here, "memberships": list(memberships)}):
        told = profiles.decoded(row.told_profile)
        emails |= {row.email, told.email if told else None}
    addresses = {fold(email) for email in emails if email}
    others = _OTHERS.run(connection, {"users": list(users), "addresses": sorted(addresses)})
    addresses -= {row.email_key for row in others}
    bound = {**here, "addresses": sorted(addresses)}
    return Traces(
        users=tuple(users),
        memberships=tuple(memberships),
        directory_users=tuple(sorted({row.id for row in (*known, *former)})),
        invitations=tuple(sorted(row.id for row in _INVITATIONS.run(connection, bound))),
        join_requests=tuple(join_requests.ids_of(connection, organization_id, users)),
        addresses=tuple(sorted(addresses)),
    )

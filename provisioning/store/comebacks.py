"""Who has left and may be coming back: a purge is for ever, so it waits until that is decided."""

from sqlalchemy import Connection

from provisioning.folding import fold
from provisioning.ids import UserId
from provisioning.reconcile.facts import Facts
from provisioning.store import invitations
from provisioning.store.sql import Statement

# Somebody whom a directory has written, and no drain has looked at: it may be any of them.
_UNSEEN = Statement(
    """
    SELECT EXISTS (
        SELECT 1 FROM notes n JOIN directory_users d ON d.id = n.key
        WHERE n.organization_id = :organization_id AND n.kind = 'user'
            AND d.organization_id = :organization_id AND d.deleted_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.directory_user_id = d.id)
    )
    """
)
# A conflict that nobody has decided may be about them; who was set aside may have been known so.
_CLAIMED = Statement(
    """
    SELECT c.user_id FROM conflicts c
    WHERE c.organization_id = :organization_id AND c.user_id = ANY(:users)
        AND c.resolved_at IS NULL AND c.rejected_at IS NULL
    UNION
    SELECT i.user_id FROM set_aside_notes s
    JOIN directory_users d ON d.id = s.key AND d.deleted_at IS NULL
    JOIN identities i ON i.directory_id = d.directory_id AND i.directory_user_id <> d.id
        AND (i.external_id = d.external_id OR i.user_name_folded = d.user_name_folded)
    WHERE s.organization_id = :organization_id AND s.kind = 'user'
        AND d.organization_id = :organization_id AND i.user_id = ANY(:users)
    """
)
# And is matched by address. Folding is ours, not the database's.
_SET_ASIDE = Statement(
    """
    SELECT d.email FROM set_aside_notes s
    JOIN directory_users d ON d.id = s.key AND d.deleted_at IS NULL
    WHERE s.organization_id = :organization_id AND s.kind = 'user'
        AND d.organization_id = :organization_id AND d.email IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.directory_user_id = d.id)
    """
)
# Who is outside the scope may be let in, and then has the account of the address.
_OUTSIDE = Statement(
    """
    SELECT email_key FROM held_newcomers
    WHERE organization_id = :organization_id AND email_key = ANY(:addresses) AND decision IS NULL
    """
)


def expected(connection: Connection, known: Facts) -> frozenset[UserId]:
    """Of those in the facts who would be purged otherwise; nothing is asked where nobody is."""
    leavers = _leavers(known)
    if not leavers:
        return frozenset()
    here = {"organization_id": known.organization_id}
    if _UNSEEN.run(connection, here).scalar_one():
        return frozenset(leavers)
    claimed = _CLAIMED.run(connection, {**here, "users": sorted(leavers)})
    addresses: list[str] = sorted(set().union(*leavers.values()))
    pending = invitations.pending(connection, known.organization_id, addresses, known.now)
    outside = _OUTSIDE.run(connection, {**here, "addresses": addresses})
    coming = {invitation.email_key for invitation in pending}
    coming |= {fold(row.email) for row in _SET_ASIDE.run(connection, here)}
    coming |= {row.email_key for row in outside} | _arriving(known)
    back = {user_id for user_id, known_as in leavers.items() if not coming.isdisjoint(known_as)}
    return frozenset({*back, *(row.user_id for row in claimed)})


def _arriving(known: Facts) -> set[str]:
    """Addresses of those who are looked at now, and of whom something may have to be decided."""
    settled = {link.directory_user_id for link in known.links}
    settled |= {conflict.directory_user_id for conflict in known.conflicts if conflict.rejected}
    settled |= {one.directory_user_id for one in known.held_newcomers if one.decision == "rejected"}
    return {
        user.email_key
        for user in known.batch
        if user.email_key and not user.deleted and user.id not in settled
    }


def _leavers(known: Facts) -> dict[UserId, set[str]]:
    """Who may be due for a purge, with the folded addresses that they are known by."""
    if all(policy.retention_seconds is None for policy in known.policies.values()):
        return {}
    found: dict[UserId, set[str]] = {}
    for one in known.memberships:
        step = known.steps.get(one.id)
        waits = step is not None and (step.due_at is None or step.due_at > known.now)
        if one.status == "removed" and not waits:
            told = one.told.email if one.told else None
            found[one.user_id] = {fold(told)} if told else set()
    for account in known.accounts:
        if account.id in found and account.email_key:
            found[account.id].add(account.email_key)
    people = {user.id: user for user in (*known.batch, *known.linked)}
    for link in known.links:
        email_key = people[link.directory_user_id].email_key
        if link.user_id in found and email_key:
            found[link.user_id].add(email_key)
    return found

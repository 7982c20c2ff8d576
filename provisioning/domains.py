"""
E-mail domains: claimed, proven, and given up. Many may claim a name, one organization has it, and
none is ever dispossessed by another one's proof.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from provisioning import domain_changes, ids, organizations
from provisioning.context import Acting
from provisioning.domain_names import claimable
from provisioning.domain_tokens import new_label, new_token
from provisioning.errors import Invalid, NotFound, Refused
from provisioning.events import Draft
from provisioning.ids import DomainId, OrganizationId, RoleId
from provisioning.reconcile.facts import OWNER
from provisioning.store import (
    domain_claims,
    domain_locks,
    domains,
    events,
    syncs,
    verified_elsewhere,
)
from provisioning.store.domains import Domain

LIMIT = 100
"""Auth0's limit of domains per organization."""
CLAIMS_AN_HOUR = 200
"""Given up or not: each is looked at, in DNS that belongs to whoever is named."""
PATIENCE = timedelta(days=30)
FIRST_LOOK = timedelta(minutes=1)
"""Nobody has published anything yet; and a resolver remembers for long what it did not find."""
CHECK_AFTER = timedelta(seconds=10)
EVERY = timedelta(days=1)
"""How often a proof that has been seen is looked at again, and one that has lapsed."""
GRACE = timedelta(days=7)
"""So long a proof may be missing: GitLab's pages have as long."""
UNSEEN = timedelta(days=30)
"""So long nobody may be able to look: then what was proven once counts no more."""
UNSEEN_TOLD = timedelta(days=7)
"""After so long it is told; and as long before it lapses, however late that was."""
NOTE_LIMIT = 1000
_JITTER = 0.1


def claim(
    connection: Connection,
    organization_id: OrganizationId,
    name: str,
    by: Acting,
    *,
    with_account_label: bool = False,
) -> Domain:
    """
    Whoever else claims it: only a proof counts. Raises `NotFound` for the organization, and
    `Refused` for a name that cannot be one organization's, twice the same, or beyond the limits.
    """
    organizations.lock(connection, organization_id)
    name = claimable(name)
    if domains.by_name(connection, organization_id, name) is not None:
        raise Refused("domain_already_exists", f"the organization claims {name} already")
    if domains.count(connection, organization_id) >= LIMIT:
        raise Refused("domain_limit_reached", f"an organization has {LIMIT} domains at most")
    if domain_claims.count(connection, organization_id, by.now) > CLAIMS_AN_HOUR:
        limit = f"an organization claims {CLAIMS_AN_HOUR} domains an hour at most"
        raise Refused("domains_claimed_too_often", limit)
    made = Domain(
        id=DomainId(ids.new(ids.DOMAIN)),
        organization_id=organization_id,
        name=name,
        state="pending",
        token=new_token(),
        account_label=new_label() if with_account_label else None,
        expires_at=by.now + PATIENCE,
        next_at=by.now + FIRST_LOOK,
        created_at=by.now,
        updated_at=by.now,
    )
    domains.insert(connection, made)
    domain_changes.tell(connection, "organization_domain.created", made, None, by)
    return made


def get(connection: Connection, organization_id: OrganizationId, domain_id: DomainId) -> Domain:
    """Raises `NotFound`."""
    found = domains.get(connection, organization_id, domain_id)
    if found is None:
        raise NotFound("domain", domain_id)
    return found


def by_name(connection: Connection, organization_id: OrganizationId, name: str) -> Domain:
    """However the name is written. Raises `NotFound` and, for what is no name, `Refused`."""
    organizations.get(connection, organization_id)
    found = domains.by_name(connection, organization_id, claimable(name))
    if found is None:
        raise NotFound("domain", name)
    return found


def update(
    connection: Connection,
    organization_id: OrganizationId,
    domain_id: DomainId,
    changes: Mapping[str, Any],
    by: Acting,
) -> Domain:
    """
    What the domain is used for, once it is verified: `auto_join`, `auto_join_role` by name, and
    `restrict_email`; and whether there is an `account_label`. What is so already changes nothing.
    Raises `NotFound` and `Refused`.
    """
    before = _locked(connection, organization_id, domain_id)
    changes = dict(changes)
    if "account_label" in changes:
        wanted_label = before.account_label or new_label()
        changes["account_label"] = wanted_label if changes["account_label"] else None
    if "auto_join_role" in changes:
        role = changes.pop("auto_join_role")
        changes["auto_join_role_id"] = (
            None if role is None else organizations.role(connection, organization_id, role)
        )
        if changes["auto_join_role_id"] == OWNER:
            raise Refused("role_not_allowed", "nobody becomes an owner by having an address")
    wanted = replace(before, **changes)
    if wanted == before:
        return before
    return domain_changes.change(connection, "organization_domain.updated", before, wanted, by)


def delete(
    connection: Connection, organization_id: OrganizationId, domain_id: DomainId, by: Acting
) -> None:
    """
    It speaks for no address any more; who has joined by it stays. Whoever contests it may have it.
    Raises `NotFound`.
    """
    # A drain that is at work has read that the domain is verified: it ends first.
    syncs.wait(connection, organization_id)
    gone = _locked(connection, organization_id, domain_id)
    domain_locks.take(connection, [gone.name])
    domains.delete(connection, gone)
    if gone.state == "verified":
        domains.look_at_claims_on(connection, [gone.name], by.now)
        verified_elsewhere.wake(connection, [gone.name], by.now)
    shown = domain_changes.shown(connection, gone)
    deleted = Draft("organization_domain.deleted", shown, shown)
    events.append(connection, organization_id, [deleted], actor=by.actor, now=by.now)


def verify_manually(
    connection: Connection,
    organization_id: OrganizationId,
    domain_id: DomainId,
    note: str,
    by: Acting,
) -> Domain:
    """
    On the word of an administrator of the installation: nothing looks again. Raises `NotFound`,
    `Invalid` for a word that says nothing, and `Refused` where another organization has it.
    """
    if not note.strip() or len(note) > NOTE_LIMIT:
        raise Invalid("note", f"must be 1 to {NOTE_LIMIT} characters")
    syncs.wait(connection, organization_id)
    before = _locked(connection, organization_id, domain_id)
    if before.state == "verified":
        raise already_verified(before)
    if domains.holder(connection, before.name) is not None:
        raise Refused("domain_contested", f"{before.name} is another organization's")
    return domain_changes.verify(connection, before, "manual", by, note=note, next_at=None)


def check(
    connection: Connection, organization_id: OrganizationId, domain_id: DomainId, by: Acting
) -> Domain:
    """
    A worker looks at once. One that has failed begins anew, with another token. Raises `NotFound`,
    and `Refused` for a verified one whose proof is neither missing nor unseen, and too soon after
    the last look.
    """
    before = _locked(connection, organization_id, domain_id)
    is_well = before.proof_missing_since is None and before.proof_unseen_since is None
    if before.state == "verified" and is_well:
        raise already_verified(before)
    if before.state == "failed":
        anew = replace(
            before,
            state="pending",
            token=new_token(),
            expires_at=by.now + PATIENCE,
            next_at=by.now + FIRST_LOOK,
            attempts=0,
            last_check=None,
        )
        return domain_changes.change(connection, "organization_domain.updated", before, anew, by)
    if before.checked_at is not None and by.now < before.checked_at + CHECK_AFTER:
        raise Refused("checked_too_soon", f"the last look is not {CHECK_AFTER.seconds} seconds ago")
    if before.next_at is None or before.next_at > by.now:
        asked = replace(before, next_at=by.now)
        domains.update(connection, asked)
        return asked
    return before


def next_look(domain: Domain, now: datetime, pause: timedelta = EVERY) -> datetime:
    """A tenth more or less, always the same for one domain: they spread over the day."""
    share = int(domain.id[-4:], 16) / 0xFFFF
    return now + pause * (1 - _JITTER + 2 * _JITTER * share)


def replace_role(
    connection: Connection,
    organization_id: OrganizationId,
    role_id: RoleId,
    other: str,
    by: Acting,
) -> None:
    """`update` of those that let people join with `role_id`, which is about to go."""
    for domain in domains.all_of(connection, organization_id):
        if domain.auto_join_role_id == role_id:
            update(connection, organization_id, domain.id, {"auto_join_role": other}, by)


def already_verified(domain: Domain) -> Refused:
    return Refused("domain_already_verified", f"{domain.name} is verified")


def _locked(connection: Connection, organization_id: OrganizationId, domain_id: DomainId) -> Domain:
    # Two at once would tell the same former values.
    organizations.lock(connection, organization_id)
    return get(connection, organization_id, domain_id)

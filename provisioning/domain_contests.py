"""
Two organizations that prove one domain. Nothing changes for the one that has it until it gives the
name up, its proof lapses, or an administrator of the installation decides.
"""

from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Connection

from provisioning import domain_changes, domains
from provisioning.context import Acting
from provisioning.errors import Refused
from provisioning.ids import DomainId, OrganizationId
from provisioning.store import domain_locks, organizations, syncs
from provisioning.store import domains as store
from provisioning.store.domains import Domain, Method

Winner = Literal["holder", "contester"]


def contest(
    connection: Connection, before: Domain, after: Domain, holder: Domain, by: Acting
) -> None:
    """
    `after` is proven; last in the transaction. Both are told, and neither who the other is. A
    holder with a proof is looked at again at once: should it be gone, its grace begins.
    """
    after = replace(after, state="contested", updated_at=by.now)
    store.update(connection, after)
    if holder.method != "manual":
        store.look_at(connection, holder, by.now)
    concerned = [(after, before), (holder, None)]
    # In one order, so that two contests at the same moment do not wait for each other in a circle.
    for domain, former in sorted(concerned, key=lambda pair: pair[0].organization_id):
        domain_changes.tell(connection, "organization_domain.contested", domain, former, by)


def decide(
    connection: Connection,
    organization_id: OrganizationId,
    domain_id: DomainId,
    winner: Winner,
    note: str,
    by: Acting,
) -> Domain:
    """
    Of the contested claim, by an administrator of the installation; the claim as it is then. Whose
    it is not has failed, and may begin anew, with another token. Raises `NotFound`, and `Refused`
    for a claim that contests nothing.
    """
    contester = domains.get(connection, organization_id, domain_id)
    holder = _holder(connection, contester)
    both = sorted({organization_id, holder.organization_id})
    for one in both:
        syncs.wait(connection, one)
    for one in both:
        organizations.lock(connection, one)
    domain_locks.take(connection, [holder.name])
    contester = domains.get(connection, organization_id, domain_id)
    if _holder(connection, contester).id != holder.id:
        raise Refused("domain_not_contested", "the domain has just become somebody else's")
    if winner == "holder":
        _lose(connection, contester, by, note)
    else:
        # Whoever loses first: a name is one organization's at a time.
        store.update(connection, _lost(holder))
        _settle(connection, contester, holder, note, by)
    return domains.get(connection, organization_id, domain_id)


def _holder(connection: Connection, contester: Domain) -> Domain:
    found = store.holder(connection, contester.name)
    if contester.state != "contested" or found is None:
        raise Refused("domain_not_contested", f"{contester.name} is not contested by this claim")
    return found


def _settle(
    connection: Connection, contester: Domain, holder: Domain, note: str, by: Acting
) -> None:
    """In one order, as whoever begins a contest tells it."""
    proven: dict[str, Any] = {"note": note, "next_at": domains.next_look(contester, by.now)}
    method: Method = contester.method or "manual"
    for one in sorted((contester, holder), key=lambda domain: domain.organization_id):
        if one is holder:
            _lose(connection, one, by)
        else:
            domain_changes.verify(connection, one, method, by, **proven)


def _lost(domain: Domain, note: str | None = None) -> Domain:
    gone = replace(domain, state="failed", method=None, next_at=None, note=note)
    return replace(gone, proof_missing_since=None, proof_unseen_since=None)


def _lose(connection: Connection, domain: Domain, by: Acting, note: str | None = None) -> None:
    domain_changes.change(
        connection,
        "organization_domain.failed",
        domain,
        _lost(domain, note),
        by,
        reason=f"an administrator has decided who has {domain.name}",
    )

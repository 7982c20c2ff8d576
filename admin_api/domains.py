"""/v1/organizations/{organization_id}/domains."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import Connection
from starlette.responses import Response

from admin_api.access import needs
from admin_api.caller import Caller, Change
from admin_api.domain_models import (
    ChangedDomain,
    Decision,
    ManualVerification,
    NewDomain,
    ShownDomain,
    shown,
)
from admin_api.messages import Listing, Paged, listing
from provisioning import domain_contests, domains, organizations
from provisioning.ids import DomainId
from provisioning.store import domains as store
from provisioning.store import roles
from provisioning.store.domains import Domain

router = APIRouter(prefix="/organizations/{organization_id}/domains", tags=["Organizations"])

Reader = Annotated[Caller, Depends(needs("read:domains"))]
Creator = Annotated[Caller, Depends(needs("create:domains"))]
Updater = Annotated[Caller, Depends(needs("update:domains"))]
Deleter = Annotated[Caller, Depends(needs("delete:domains"))]


@router.post("", status_code=201, response_model=ShownDomain, operation_id="claim_domain")
def claim(organization_id: str, body: NewDomain, caller: Creator) -> Response:
    """
    Pending until the domain is proven by one of `instructions`. Others may claim it, too; one
    organization gets it.
    """
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        made = domains.claim(
            connection,
            wanted,
            body.name,
            caller.acting,
            with_account_label=body.account_label,
        )
        return Change(_shown(connection, made), made.id, wanted)

    return caller.change(201, work)


@router.get("", operation_id="list_domains")
def list_all(organization_id: str, paging: Paged, caller: Reader) -> Listing[ShownDomain]:
    """Oldest first."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Listing[ShownDomain]:
        organizations.get(connection, wanted)
        found = store.listing(connection, wanted, paging.cut)
        return listing(found, _all_shown(connection, found.items))

    return caller.read(work)


@router.get("/{domain_id}", operation_id="get_domain")
def get(organization_id: str, domain_id: str, caller: Reader) -> ShownDomain:
    """With what was seen when a worker last looked, in words for the domain's administrator."""
    wanted = caller.within(organization_id)
    return caller.read(lambda c: _shown(c, domains.get(c, wanted, DomainId(domain_id))))


@router.patch("/{domain_id}", response_model=ShownDomain, operation_id="update_domain")
def update(organization_id: str, domain_id: str, body: ChangedDomain, caller: Updater) -> Response:
    """What the domain is used for, as soon as and while it is verified."""
    wanted = caller.within(organization_id)
    given = {} if body.policies is None else body.policies.model_dump(exclude_unset=True)
    changes = {
        name: value
        for name, value in given.items()
        if value is not None or name == "auto_join_role"
    }
    if body.account_label is not None:
        changes["account_label"] = body.account_label

    def work(connection: Connection) -> Change:
        changed = domains.update(connection, wanted, DomainId(domain_id), changes, caller.acting)
        return Change(_shown(connection, changed), changed.id, wanted)

    return caller.change(200, work)


@router.delete(
    "/{domain_id}", status_code=204, response_class=Response, operation_id="delete_domain"
)
def delete(organization_id: str, domain_id: str, caller: Deleter) -> Response:
    """It speaks for no address any more; who has joined by it stays."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        domains.delete(connection, wanted, DomainId(domain_id), caller.acting)
        return Change(None, domain_id, wanted)

    return caller.change(204, work)


@router.post(
    "/{domain_id}/verify-manually",
    response_model=ShownDomain,
    operation_id="verify_domain_manually",
)
def verify_manually(
    organization_id: str, domain_id: str, body: ManualVerification, caller: Updater
) -> Response:
    """
    Without a proof, on your word: only with a key of the installation. No organization may say so
    of itself.
    """
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        found = domains.get(connection, wanted, DomainId(domain_id))
        caller.of_the_installation()
        changed = domains.verify_manually(connection, wanted, found.id, body.note, caller.acting)
        return Change(_shown(connection, changed), changed.id, wanted)

    return caller.change(200, work)


@router.post(
    "/{domain_id}/decide-contest",
    response_model=ShownDomain,
    operation_id="decide_domain_contest",
)
def decide_contest(
    organization_id: str, domain_id: str, body: Decision, caller: Updater
) -> Response:
    """
    Who has a domain that this claim contests: only with a key of the installation. The other one
    has failed, and may begin anew with another token; nobody's people change hands.
    """
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        found = domains.get(connection, wanted, DomainId(domain_id))
        caller.of_the_installation()
        decided = domain_contests.decide(
            connection, wanted, found.id, body.winner, body.note, caller.acting
        )
        return Change(_shown(connection, decided), decided.id, wanted)

    return caller.change(200, work)


@router.post(
    "/{domain_id}/check",
    status_code=202,
    response_model=ShownDomain,
    operation_id="check_domain",
)
def check(organization_id: str, domain_id: str, caller: Updater) -> Response:
    """A worker looks within seconds. A claim that has failed begins anew, with another token."""
    wanted = caller.within(organization_id)

    def work(connection: Connection) -> Change:
        asked = domains.check(connection, wanted, DomainId(domain_id), caller.acting)
        return Change(_shown(connection, asked), asked.id, wanted)

    return caller.change(202, work)


def _shown(connection: Connection, domain: Domain) -> ShownDomain:
    (only,) = _all_shown(connection, [domain])
    return only


def _all_shown(connection: Connection, found: Sequence[Domain]) -> list[ShownDomain]:
    verified = [one.name for one in found if one.state == "verified"]
    contested = store.contested(connection, verified) if verified else frozenset()
    return [
        shown(
            one,
            one.auto_join_role_id
            and roles.name(connection, one.organization_id, one.auto_join_role_id),
            is_contested=one.state == "verified" and one.name in contested,
        )
        for one in found
    ]

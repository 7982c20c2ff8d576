"""What several do about one request to join at the same moment, on PostgreSQL."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Connection, Engine

from provisioning import join_requests, users
from provisioning.clock import now
from provisioning.errors import ProvisioningError
from provisioning.ids import JoinRequestId
from provisioning.store import events, join_request_tables
from provisioning.store.engine import transaction
from provisioning.store.join_requests import of_user
from tests.event_feed import check
from tests.tenant import ACTOR, Tenant, found, settled

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has one writer at a time."""

ADA = "ada@acme.test"


@pytest.fixture
def acme(crowded: Engine) -> Tenant:
    return found(crowded)


def asked(acme: Tenant) -> JoinRequestId:
    domain = acme.own("acme.test")
    with transaction(acme.engine) as connection:
        account = users.create(connection, {"email": ADA}, acme.acting)
        drafts = join_requests.ask(connection, domain, account, ADA, acme.acting)
        events.append(connection, acme.organization_id, drafts, actor=ACTOR, now=now())
        (request,) = of_user(connection, account.id)
    return request.id


def at_once(acme: Tenant, *acts: Callable[[Connection], object]) -> list[str]:
    """Each in a transaction of its own: how those were refused that were."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[Connection], object]) -> str | None:
        start.wait()
        try:
            with transaction(acme.engine) as connection:
                act(connection)
        except ProvisioningError as refusal:
            return str(refusal)
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return [refusal for refusal in pool.map(run, acts) if refusal is not None]


def test_of_several_who_decide_one_is_heard(acme: Tenant) -> None:
    here = {"organization_id": acme.organization_id, "request_id": asked(acme), "by": acme.acting}
    approve = partial(join_requests.approve, role=None, **here)  # type: ignore[arg-type]
    decline = partial(join_requests.decline, **here)  # type: ignore[arg-type]
    refusals = at_once(acme, approve, decline, approve, decline)

    assert len(refusals) == 3
    assert all("the request is" in refusal for refusal in refusals)
    (request,) = acme.rows(join_request_tables.join_requests)
    assert (request["status"] == "approved") == (ADA in acme.people())
    check(acme)
    settled(acme)


def test_whom_a_directory_brings_meanwhile_joins_once(acme: Tenant) -> None:
    here = {"organization_id": acme.organization_id, "request_id": asked(acme), "by": acme.acting}
    approve = partial(join_requests.approve, role="guest", **here)  # type: ignore[arg-type]
    acme.create(ADA)
    at_once(acme, approve, lambda _: acme.drain())
    acme.drain()

    (request,) = acme.rows(join_request_tables.join_requests)
    assert request["status"] in {"approved", "withdrawn"}
    assert acme.people()[ADA].status == "active"
    assert ("guest" in acme.people()[ADA].roles) == (request["status"] == "approved")
    check(acme)
    settled(acme)

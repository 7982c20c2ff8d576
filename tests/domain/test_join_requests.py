"""Requests to join beside what directories do; and that nothing personal stays of who is purged."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from provisioning import join_requests, users
from provisioning.clock import now
from provisioning.errors import Refused
from provisioning.ids import JoinRequestId
from provisioning.store import domain_tables, events, join_request_tables
from provisioning.store.domains import Domain
from provisioning.store.engine import transaction
from tests.event_feed import check
from tests.tenant import ACTOR, Tenant, found, settled

ADA = "ada@acme.test"
DAY = timedelta(days=1)


@pytest.fixture
def acme(engine: Engine) -> Tenant:
    return found(engine)


def ask(acme: Tenant, email: str = ADA, domain: Domain | None = None) -> JoinRequestId:
    """As signing in does, of an account without a membership."""
    domain = domain or acme.own(email.partition("@")[2])
    with transaction(acme.engine) as connection:
        account = users.create(connection, {"email": email}, acme.acting)
        drafts = join_requests.ask(connection, domain, account, email, acme.acting)
        events.append(connection, acme.organization_id, drafts, actor=ACTOR, now=now())
    return JoinRequestId(drafts[0].data["id"])


def approve(acme: Tenant, request_id: JoinRequestId) -> None:
    with transaction(acme.engine) as connection:
        join_requests.approve(connection, acme.organization_id, request_id, None, acme.acting)


def statuses(acme: Tenant) -> list[tuple[str, str]]:
    rows = acme.rows(join_request_tables.join_requests)
    return [(row["email"], row["status"]) for row in rows]


def test_whoever_a_directory_brings_does_not_wait_any_more(acme: Tenant) -> None:
    ask(acme)
    acme.create(ADA)
    acme.drain()

    assert acme.people()[ADA].status == "active"
    assert statuses(acme) == [(ADA, "withdrawn")]
    assert "join_request.withdrawn" in acme.told()
    check(acme)
    settled(acme)


def test_who_is_approved_stays_when_the_domain_lapses_and_a_directory_links_them(
    acme: Tenant,
) -> None:
    approve(acme, ask(acme))
    acme.create(ADA)
    acme.drain()

    assert statuses(acme) == [(ADA, "approved")]
    assert acme.people()[ADA].sources == {("member", "direct"), ("member", "default")}
    check(acme)
    settled(acme)


def test_a_lapse_withdraws_nothing_and_lets_nobody_in(acme: Tenant) -> None:
    request_id = ask(acme)
    domains, lapsed = domain_tables.domains, {"state": "lapsed"}
    mine = domains.c.organization_id == acme.organization_id
    with transaction(acme.engine) as connection:
        connection.execute(domains.update().where(mine).values(**lapsed))

    with pytest.raises(Refused, match="not verified"):
        approve(acme, request_id)
    with transaction(acme.engine) as connection:
        connection.execute(domains.update().where(mine).values(state="verified"))
    approve(acme, request_id)
    assert acme.people()[ADA].status == "active"


def test_nothing_personal_of_who_is_purged_stays(acme: Tenant) -> None:
    acme.let_leave(retention=DAY)
    approve(acme, ask(acme))
    acme.remove(acme.people()[ADA].membership_id)
    acme.drain()
    acme.drain_at(now() + 3 * DAY)

    assert statuses(acme) == [("", "approved")]
    asked = [one for one in acme.events() if one["type"].startswith("join_request")]
    assert [one["data"]["user"]["email"] for one in asked] == [None, None]
    assert ADA not in str(asked)


def test_who_deletes_an_account_holds_the_organizations_where_it_waits(acme: Tenant) -> None:
    ask(acme)
    (request,) = acme.rows(join_request_tables.join_requests)
    with transaction(acme.engine) as connection:
        concerned = users.delete(connection, request["user_id"], acme.acting)

    assert concerned == [acme.organization_id]
    assert statuses(acme) == [("", "withdrawn")]
    check(acme)


def test_an_account_that_waits_elsewhere_is_not_purged(acme: Tenant, engine: Engine) -> None:
    other = found(engine, "Other")
    other.let_leave(retention=DAY)
    key = other.create("ada@mine.test")
    other.drain()
    user_id = other.people()["ada@mine.test"].user_id
    domain = acme.own("mine.test")
    with transaction(engine) as connection:
        account = users.get(connection, user_id)  # type: ignore[arg-type]
        join_requests.ask(connection, domain, account, "ada@mine.test", acme.acting)
    other.delete(key)
    other.drain()
    other.drain_at(now() + 3 * DAY)

    with transaction(engine) as connection:
        assert users.get(connection, user_id).email is not None  # type: ignore[arg-type]

"""Requests to join beside what directories do; and that nothing personal stays of who is purged."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from provisioning import domains as claims
from provisioning import housekeeping, join_requests, sign_ins, users
from provisioning.clock import now
from provisioning.errors import Collision, Refused
from provisioning.ids import JoinRequestId, UserId
from provisioning.proofs import Proof
from provisioning.sign_ins import SignInRules
from provisioning.store import domain_tables, domains, events, issuers, join_request_tables
from provisioning.store.domains import Domain
from provisioning.store.engine import transaction
from tests.event_feed import check
from tests.refusing import refusing
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
    table, lapsed = domain_tables.domains, {"state": "lapsed"}
    mine = table.c.organization_id == acme.organization_id
    with transaction(acme.engine) as connection:
        connection.execute(table.update().where(mine).values(**lapsed))

    with pytest.raises(Refused, match="not verified"):
        approve(acme, request_id)
    with transaction(acme.engine) as connection:
        connection.execute(table.update().where(mine).values(state="verified"))
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


def test_with_the_organization_its_requests_go(acme: Tenant) -> None:
    ask(acme)
    ask(acme, "late@late.test")
    late = acme.rows(join_request_tables.join_requests)[1]["id"]
    with transaction(acme.engine) as connection:
        requests = join_request_tables.join_requests
        over = requests.update().where(requests.c.id == late).values(expires_at=now() - DAY)
        connection.execute(over)
    acme.close()

    assert statuses(acme) == [(ADA, "withdrawn"), ("late@late.test", "expired")]
    assert acme.told()[-3:] == [
        "join_request.withdrawn",
        "join_request.expired",
        "organization.deleted",
    ]
    assert join_requests.expire(acme.engine, now() + 31 * DAY) == 0


def test_an_organization_that_is_refused_keeps_no_other_waiting(
    acme: Tenant, engine: Engine
) -> None:
    other = found(engine, "Other")
    ask(acme)
    ask(other, "eve@other.test")
    later = now() + join_requests.LIFETIME + DAY

    with refusing(engine, "INSERT", "events", f"NEW.organization_id = '{acme.organization_id}'"):
        assert join_requests.expire(engine, later) == 1
        assert [status for _, status in statuses(other)] == ["expired"]
    later += join_requests.INTERVAL
    assert join_requests.expire(engine, later) == 1

    # Neither does one whose events cannot be redacted when it is forgotten.
    later += housekeeping.JOIN_REQUESTS_KEPT + DAY
    with refusing(engine, "UPDATE", "events", f"NEW.organization_id = '{acme.organization_id}'"):
        assert housekeeping.tidy(engine, later)
        assert statuses(other) == []
    assert len(statuses(acme)) == 1
    housekeeping.tidy(engine, later + housekeeping.INTERVAL)
    assert statuses(acme) == []


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


def test_who_asks_anew_is_told_to_have_expired_first(acme: Tenant) -> None:
    request_id = ask(acme)
    (request,) = acme.rows(join_request_tables.join_requests)
    with transaction(acme.engine) as connection:
        account = users.get(connection, request["user_id"])
        domain = domains.by_name(connection, acme.organization_id, "acme.test")
        assert domain is not None
        by = replace(acme.acting, now=now() + join_requests.LIFETIME + DAY)
        drafts = join_requests.ask(connection, domain, account, ADA, by)
        events.append(connection, acme.organization_id, drafts, actor=ACTOR, now=by.now)

    assert [one.type for one in drafts] == ["join_request.expired", "join_request.created"]
    assert drafts[0].data["id"] == request_id
    check(acme)


def test_nobody_asks_whose_account_has_just_gone(acme: Tenant) -> None:
    domain = acme.own("acme.test")
    with transaction(acme.engine) as connection:
        account = users.create(connection, {"email": ADA}, acme.acting)
    with transaction(acme.engine) as connection:
        users.delete(connection, account.id, acme.acting)

    with pytest.raises(Collision), transaction(acme.engine) as connection:
        join_requests.ask(connection, domain, account, ADA, acme.acting)
    assert statuses(acme) == []


def test_with_the_account_the_address_goes_out_of_what_has_ended(acme: Tenant) -> None:
    request_id = ask(acme)
    with transaction(acme.engine) as connection:
        join_requests.decline(connection, acme.organization_id, request_id, acme.acting)
    (request,) = acme.rows(join_request_tables.join_requests)
    with transaction(acme.engine) as connection:
        users.delete(connection, request["user_id"], acme.acting)

    assert statuses(acme) == [("", "declined")]


def test_a_purge_of_the_account_takes_it_out_of_what_has_ended_elsewhere(
    acme: Tenant, engine: Engine
) -> None:
    other = found(engine, "Other")
    other.let_leave(retention=DAY)
    key = other.create("ada@mine.test")
    other.drain()
    domain = acme.own("mine.test")
    with transaction(engine) as connection:
        account = users.get(connection, UserId(other.people()["ada@mine.test"].user_id))
        assert account is not None
        drafts = join_requests.ask(connection, domain, account, "ada@mine.test", acme.acting)
        asked = JoinRequestId(drafts[0].data["id"])
        join_requests.decline(connection, acme.organization_id, asked, acme.acting)
    other.delete(key)
    other.drain()
    other.drain_at(now() + 3 * DAY)

    assert statuses(acme) == [("", "declined")]


def test_what_a_member_has_asked_is_kept_until_they_are_purged(acme: Tenant) -> None:
    """Its id is what its events are found by; who never became a member has none to purge."""
    acme.let_leave(retention=DAY)
    approve(acme, ask(acme))
    later = now() + housekeeping.JOIN_REQUESTS_KEPT + DAY
    housekeeping.tidy(acme.engine, later)
    acme.remove(acme.people()[ADA].membership_id)
    acme.drain()
    acme.drain_at(now() + 3 * DAY)

    assert ADA not in str([one for one in acme.events() if one["type"].startswith("join_request")])
    housekeeping.tidy(acme.engine, later + DAY)
    assert statuses(acme) == []


def test_asking_takes_nobodys_room_in_an_organization_that_has_invited_them(
    acme: Tenant, engine: Engine
) -> None:
    """Whose id comes later, and who belongs to one organization at most."""
    domain, other = acme.own("acme.test"), found(engine, "Other")
    other.invite(ADA)
    policies = {"auto_join": "approval"}
    with transaction(engine) as connection:
        claims.update(connection, acme.organization_id, domain.id, policies, acme.acting)
    with transaction(engine) as connection:
        backend = issuers.of_backend(connection, None, None, now())
        proof = Proof(issuer_id=backend, subject="ada", email=ADA, email_verified=True)
        done = sign_ins.sign_in(connection, proof, acme.acting, SignInRules(max_organizations=1))

    assert [one.organization_id for one in done.organizations] == [other.organization_id]
    assert [one.id for one in done.awaited] == [acme.organization_id]
    assert other.people()[ADA].status == "active"


def test_the_proven_address_is_what_a_restriction_to_the_domain_is_about(acme: Tenant) -> None:
    """Whose account was made with another one, by an earlier sign-in."""
    domain = acme.own("acme.test")
    restricted = {"restrict_email": True}
    with transaction(acme.engine) as connection:
        claims.update(connection, acme.organization_id, domain.id, restricted, acme.acting)
        account = users.create(connection, {"email": "ada@mine.test"}, acme.acting)
        drafts = join_requests.ask(connection, domain, account, ADA, acme.acting)
    with pytest.raises(Refused, match="does not allow"):
        acme.add("ada@mine.test")

    approve(acme, JoinRequestId(drafts[0].data["id"]))
    assert acme.people()["ada@mine.test"].status == "active"

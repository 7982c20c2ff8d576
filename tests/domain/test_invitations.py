"""Invitations on both databases: their states, their end, and the directories they meet."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from provisioning import clock, invitation_expiry, invitations, organizations, roles
from provisioning.errors import Invalid, NotFound, ProvisioningError, Refused
from provisioning.invitations import Issued, Wish
from provisioning.store import admin_tables, people_tables, syncs
from provisioning.store.engine import transaction
from tests import event_feed
from tests.query_plans import counted
from tests.refusing import refusing
from tests.tenant import ACTOR, Tenant, acting, found, settled

ADA = "ada@acme.test"
DAY = timedelta(days=1)


def emails(address: str) -> list[dict[str, str]]:
    return [{"value": address}]


def status(tenant: Tenant) -> list[str]:
    rows = sorted(tenant.rows(admin_tables.invitations), key=lambda row: row["id"])
    return [row["status"] for row in rows]


def refused(code: str) -> "pytest.RaisesExc[Refused]":
    return pytest.RaisesExc(Refused, check=lambda error: error.code == code)


def limit_seats(tenant: Tenant, seats: int | None) -> None:
    with transaction(tenant.engine) as connection:
        changes = {"seat_limit": seats}
        organizations.update(
            connection, tenant.organization_id, changes, actor=ACTOR, now=clock.now()
        )


def test_who_accepts_becomes_a_member_with_the_roles(acme: Tenant) -> None:
    accepted = acme.accept(acme.invite(ADA, "admin").token)
    ada = acme.people()[ADA]

    assert (accepted.user_id, accepted.membership_id) == (ada.user_id, ada.membership_id)
    assert ada.status == "active"
    assert ada.sources == {("admin", "direct")}
    assert acme.told() == [
        "invitation.created",
        "organization_membership.created",
        "role_grant.created",
        "invitation.accepted",
    ]
    (user,) = [row for row in _users(acme) if row["id"] == ada.user_id]
    assert (user["provisioned_by"], user["email_key"]) == ("invitation", ADA)
    settled(acme)


def _users(tenant: Tenant) -> list[dict[str, object]]:
    with tenant.engine.connect() as connection:
        return [dict(row) for row in connection.execute(people_tables.users.select()).mappings()]


def test_a_token_is_taken_once(acme: Tenant) -> None:
    token = acme.invite(ADA).token
    acme.accept(token)

    with refused("invitation_not_pending"):
        acme.accept(token)


def test_the_account_of_the_address_joins_whoever_made_it(acme: Tenant, engine: Engine) -> None:
    """Holding the token is the person's own proof of the address."""
    other = found(engine, "Other")
    other.create("ada", emails=emails(ADA), displayName="Ada")
    other.drain()
    acme.accept(acme.invite(ADA).token)

    assert acme.people()[ADA].user_id == other.people()[ADA].user_id
    created = next(
        event for event in acme.events() if event["type"] == "organization_membership.created"
    )
    assert created["data"]["user"]["display_name"] == "Ada"


def test_a_conflict_about_the_account_ends_when_its_owner_accepts(
    acme: Tenant, engine: Engine
) -> None:
    other = found(engine, "Other")
    other.create("ada", emails=emails(ADA))
    other.drain()
    token = acme.invite(ADA, "guest").token
    acme.create("ada", emails=emails(ADA))
    acme.drain()
    assert len(acme.conflicts()) == 1
    assert status(acme) == ["pending"]

    acme.accept(token)
    settled(acme)
    assert acme.conflicts() == []
    assert acme.people()[ADA].roles == {"guest", "member"}


def test_provisioning_accepts(acme: Tenant) -> None:
    acme.invite("Ada@ACME.test", "admin")
    acme.create("ada", emails=emails(ADA))
    settled(acme)

    assert status(acme) == ["accepted"]
    assert acme.people()[ADA].sources == {("member", "default"), ("admin", "direct")}
    assert acme.told()[-4:] == [
        "organization_membership.created",
        *["role_grant.created"] * 2,
        "invitation.accepted",
    ]


def test_provisioning_does_not_accept_what_has_expired(acme: Tenant) -> None:
    acme.invite(ADA, "admin", days=1, at=clock.now() - 2 * DAY)
    acme.create("ada", emails=emails(ADA))
    settled(acme)

    assert acme.people()[ADA].roles == {"member"}


def test_provisioning_does_not_accept_what_was_revoked(acme: Tenant) -> None:
    acme.uninvite(acme.invite(ADA, "admin").invitation.id)
    acme.create("ada", emails=emails(ADA))
    settled(acme)

    assert acme.people()[ADA].roles == {"member"}


def test_an_invitation_of_another_organization_is_left_alone(acme: Tenant, engine: Engine) -> None:
    other = found(engine, "Other")
    other.invite(ADA)
    acme.create("ada", emails=emails(ADA))
    settled(acme)

    assert status(other) == ["pending"]
    assert other.people() == {}


def test_a_suspended_member_does_not_come_back_by_invitation(acme: Tenant) -> None:
    token = acme.invite(ADA).token
    acme.create("ada", emails=emails(ADA), active=False)
    acme.drain()
    assert status(acme) == ["pending"]

    with refused("membership_suspended"):
        acme.accept(token)
    assert acme.people()[ADA].status == "suspended"


def test_an_invitation_forgets_a_suspension_from_before_the_removal(acme: Tenant) -> None:
    membership_id = acme.add(ADA, "guest")
    acme.suspend(membership_id)
    acme.remove(membership_id)
    acme.accept(acme.invite(ADA, "guest").token)
    acme.create("ada", emails=emails(ADA))
    settled(acme)

    assert acme.people()[ADA].status == "active"
    acme.suspend(membership_id)
    assert acme.people()[ADA].status == "suspended"
    event_feed.check(acme)


def test_who_was_removed_comes_back_under_the_same_id_and_stays(acme: Tenant) -> None:
    key = acme.create("ada", emails=emails(ADA))
    acme.drain()
    before = acme.people()[ADA]
    acme.delete(key)
    acme.drain()
    acme.accept(acme.invite(ADA, "admin").token)
    acme.resync()
    settled(acme)

    after = acme.people()[ADA]
    assert (after.user_id, after.membership_id) == (before.user_id, before.membership_id)
    assert after.status == "active"
    assert after.roles == {"admin"}


def test_a_member_is_not_invited(acme: Tenant) -> None:
    acme.create("ada", emails=emails(ADA))
    acme.drain()

    with refused("already_a_member"):
        acme.invite("ADA@acme.test")


def test_two_pending_invitations_never_have_one_address(acme: Tenant) -> None:
    acme.invite(ADA)

    with refused("email_already_invited"):
        acme.invite("ADA@acme.test")


def test_what_has_expired_makes_room_for_a_new_one(acme: Tenant) -> None:
    acme.invite(ADA, days=1, at=clock.now() - 2 * DAY)
    acme.invite(ADA)

    assert status(acme) == ["expired", "pending"]
    assert acme.told() == ["invitation.created", "invitation.expired", "invitation.created"]


def test_an_expired_one_is_expired_before_anybody_says_so(acme: Tenant) -> None:
    issued = acme.invite(ADA, days=1, at=clock.now() - 2 * DAY)

    with refused("invitation_expired"):
        acme.accept(issued.token)
    with refused("invitation_not_pending"):
        acme.uninvite(issued.invitation.id)
    assert status(acme) == ["pending"]


def test_the_periodic_job_tells_of_each_once(acme: Tenant, engine: Engine) -> None:
    other = found(engine, "Other")
    now = clock.now()
    for tenant in (acme, other):
        for name in ("ada", "bob"):
            tenant.invite(f"{name}@acme.test", days=1, at=now - 2 * DAY)
        tenant.invite("cem@acme.test")

    assert invitation_expiry.expire(engine, now) == 4
    assert invitation_expiry.expire(engine, now + timedelta(hours=1)) == 0
    for tenant in (acme, other):
        assert status(tenant) == ["expired", "expired", "pending"]
        assert tenant.told().count("invitation.expired") == 2


def test_an_organization_that_is_refused_keeps_no_other_waiting(
    acme: Tenant, engine: Engine
) -> None:
    other = found(engine, "Other")
    now = clock.now()
    acme.invite(ADA, days=1, at=now - 3 * DAY)  # the longest overdue
    other.invite(ADA, days=1, at=now - 2 * DAY)

    with refusing(engine, "INSERT", "events", f"NEW.organization_id = '{acme.organization_id}'"):
        assert invitation_expiry.expire(engine, now) == 1
        assert "invitation.expired" in other.told()
    assert "invitation.expired" not in acme.told()
    assert invitation_expiry.expire(engine, now + invitation_expiry.INTERVAL) == 1
    assert "invitation.expired" in acme.told()


def test_two_beats_expire_once(acme: Tenant, engine: Engine) -> None:
    now = clock.now()
    acme.invite(ADA, days=1, at=now - 2 * DAY)

    assert invitation_expiry.expire(engine, now) == 1
    acme.invite("bob@acme.test", days=1, at=now - 2 * DAY)
    assert invitation_expiry.expire(engine, now) == 0


def test_resending_makes_the_former_token_void(acme: Tenant) -> None:
    issued = acme.invite(ADA, at=clock.now() - timedelta(minutes=2))
    again = acme.resend(issued.invitation.id)

    with pytest.raises(NotFound):
        acme.accept(issued.token)
    acme.accept(again)
    assert status(acme) == ["accepted"]


def test_resending_is_refused_within_a_minute(acme: Tenant) -> None:
    now = clock.now()
    issued = acme.invite(ADA, at=now)
    with refused("resent_too_soon"):
        acme.resend(issued.invitation.id, at=now + timedelta(seconds=59))

    acme.resend(issued.invitation.id, at=now + timedelta(seconds=60))
    with refused("resent_too_soon"):
        acme.resend(issued.invitation.id, at=now + timedelta(seconds=61))


def test_resending_keeps_the_end_unless_it_has_passed(acme: Tenant) -> None:
    now = clock.now()
    fresh = acme.invite(ADA, at=now - DAY).invitation
    old = acme.invite("bob@acme.test", days=1, at=now - 2 * DAY).invitation
    for invitation in (fresh, old):
        acme.resend(invitation.id, at=now)
    with transaction(acme.engine) as connection:
        kept, renewed = (
            invitations.get(connection, acme.organization_id, one.id, now) for one in (fresh, old)
        )

    assert kept.expires_at == fresh.expires_at
    assert renewed.expires_at == now + 7 * DAY
    assert (renewed.status, renewed.resent_count) == ("pending", 1)


def test_an_expired_one_is_not_sent_again_beside_a_newer_one(acme: Tenant) -> None:
    old = acme.invite(ADA, days=1, at=clock.now() - 2 * DAY).invitation
    acme.invite(ADA)

    with refused("email_already_invited"):
        acme.resend(old.id)


def test_seats_count_members_and_pending_invitations(acme: Tenant) -> None:
    acme.create("ada", emails=emails(ADA))
    acme.create("eve", emails=emails("eve@acme.test"), active=False)
    acme.drain()
    acme.invite("old@acme.test", days=1, at=clock.now() - 2 * DAY)
    acme.invite("bob@acme.test")
    limit_seats(acme, 3)
    with refused("seat_limit_reached"):
        acme.invite("cem@acme.test")

    limit_seats(acme, 4)
    acme.invite("cem@acme.test")


def test_accepting_needs_no_further_seat(acme: Tenant) -> None:
    limit_seats(acme, 1)
    token = acme.invite(ADA).token

    assert acme.accept(token).invitation.status == "accepted"


def test_an_expired_one_needs_a_seat_to_be_sent_again(acme: Tenant) -> None:
    old = acme.invite(ADA, days=1, at=clock.now() - 2 * DAY).invitation
    limit_seats(acme, 0)

    with refused("seat_limit_reached"):
        acme.resend(old.id)


def test_an_expired_one_whose_role_is_gone_is_not_sent_again(acme: Tenant) -> None:
    writer = {"name": "writer", "display_name": None, "description": None, "rank": 150}
    with transaction(acme.engine) as connection:
        roles.create(connection, acme.organization_id, {**writer, "permissions": []}, acting())
    old = acme.invite(ADA, "writer", days=1, at=clock.now() - 2 * DAY).invitation
    invitation_expiry.expire(acme.engine, clock.now())
    with transaction(acme.engine) as connection:
        roles.delete(connection, acme.organization_id, "writer", acting())

    with refused("role_deleted"):
        acme.resend(old.id)


def wishes(number: int) -> list[Wish]:
    return [
        Wish(email=f"{one}@acme.test", send_email=bool(one % 2), metadata={})
        for one in range(number)
    ]


def many(tenant: Tenant, wanted: list[Wish]) -> list[Issued | ProvisioningError]:
    with transaction(tenant.engine) as connection:
        return invitations.invite(
            connection, tenant.organization_id, wanted, acting(), sends_email=True
        )


def test_a_hundred_cost_as_many_statements_as_two(acme: Tenant, engine: Engine) -> None:
    other = found(engine, "Other")
    few = counted(acme, lambda: many(acme, wishes(2)))
    lots = counted(other, lambda: many(other, wishes(100)))

    assert lots == few
    assert len(other.rows(admin_tables.invitations)) == 100


def test_of_many_the_last_seats_go_to_the_first(acme: Tenant) -> None:
    limit_seats(acme, 2)
    outcomes = many(acme, [*wishes(3), wishes(1)[0]])

    assert [isinstance(outcome, Issued) for outcome in outcomes] == [True, True, False, False]
    codes = [outcome.code for outcome in outcomes if isinstance(outcome, Refused)]
    assert codes == ["seat_limit_reached", "email_already_invited"]


def test_of_many_only_those_without_an_address_are_refused(acme: Tenant) -> None:
    odd = [Wish(email=one, send_email=False, metadata={}) for one in ("\x00@a.test", "a@b", ADA)]
    nothing, host, ada = many(acme, odd)
    nobody = many(acme, odd[:2])

    assert [type(refusal) for refusal in (nothing, host, *nobody)] == [Invalid] * 4
    assert isinstance(ada, Issued)
    assert status(acme) == ["pending"]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=False)
def test_two_at_once_do_not_share_the_last_seat(acme: Tenant) -> None:
    limit_seats(acme, 1)
    outcomes = list(_at_once(acme, ["ada@acme.test", "bob@acme.test"]))

    assert sorted(outcomes) == ["invited", "seat_limit_reached"]


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=False)
def test_two_at_once_do_not_invite_one_address_twice(acme: Tenant) -> None:
    assert sorted(_at_once(acme, [ADA, ADA])) == ["email_already_invited", "invited"]


def _at_once(tenant: Tenant, addresses: list[str]) -> Iterator[str]:
    """Both wait for a drain, and go on when it ends."""
    outcomes: list[str] = []

    def invite(address: str) -> None:
        try:
            tenant.invite(address)
        except Refused as refusal:
            outcomes.append(refusal.code)
        else:
            outcomes.append("invited")

    threads = [threading.Thread(target=invite, args=(address,)) for address in addresses]
    with transaction(tenant.engine) as connection:
        assert syncs.lock(connection, tenant.organization_id)
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    yield from outcomes

"""Joining by approval: who signs in with an address of the domain asks, somebody decides."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from provisioning import housekeeping, ids, join_requests
from provisioning.clock import now
from provisioning.store import join_request_tables, people_tables
from provisioning.store.engine import transaction
from tests.admin_serving import Admin, problem
from tests.signing_in import claims, invite, refused, sign_in, told


@pytest.fixture
def name() -> str:
    return f"{secrets.token_hex(6)}.example"


@pytest.fixture
def acme(admin: Admin, name: str) -> str:
    """It has the domain, and wants to be asked."""
    organization_id = str(admin.organization()["id"])
    path = f"/organizations/{organization_id}/domains"
    made = admin.post(path, {"name": name})
    policies = {"auto_join": "approval", "auto_join_role": "guest"}
    changed = admin.client.patch(f"{path}/{made['id']}", json={"policies": policies}).json()
    assert changed["policies"]["auto_join"] == "approval"
    admin.post(f"{path}/{made['id']}/verify-manually", {"note": "theirs"})
    return organization_id


@pytest.fixture
def ada(name: str) -> dict[str, Any]:
    sub = secrets.token_hex(8)
    return claims(sub, f"{sub}@{name}")


def listed(admin: Admin, acme: str, **wanted: str) -> list[dict[str, Any]]:
    return list(admin.get(f"/organizations/{acme}/join-requests", **wanted)["data"])


def kinds(admin: Admin, acme: str) -> list[str]:
    return [kind for kind, _ in told(admin, acme) if kind.startswith("join_request")]


def test_who_signs_in_asks_once_and_is_told_to_wait(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    for wanted in ({}, {"organization_id": acme}):
        answer = sign_in(admin, ada, **wanted)
        assert (answer["organization"], answer["membership"]) == (None, None)
        assert answer["organizations"] == []
        assert [one["id"] for one in answer["awaiting_approval"]] == [acme]
        assert answer["claims"]["roles"] == []

    (request,) = listed(admin, acme, status="pending")
    assert request["email"] == ada["email"]
    assert request["user_id"] == answer["user"]["id"]
    assert request["domain"] == ada["email"].partition("@")[2]
    assert admin.get(f"/organizations/{acme}/memberships")["data"] == []
    assert kinds(admin, acme) == ["join_request.created"]


def test_who_is_approved_is_a_member_with_the_role_of_the_domain(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    sign_in(admin, ada)
    (request,) = listed(admin, acme)
    path = f"/organizations/{acme}/join-requests/{request['id']}"
    approved = admin.client.post(f"{path}/approve", json={}).json()

    assert approved["status"] == "approved"
    assert approved["decided_by"].startswith("api_key:")
    answer = sign_in(admin, ada)
    assert answer["membership"]["id"] == approved["membership_id"]
    assert answer["claims"]["roles"] == ["guest"]
    assert answer["awaiting_approval"] == []
    assert admin.get(path)["status"] == "approved"
    assert kinds(admin, acme) == ["join_request.created", "join_request.approved"]
    again = admin.client.post(f"{path}/approve", json={})
    assert problem(again) == (409, "join_request_not_pending")


def test_the_administrator_may_choose_another_role(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    sign_in(admin, ada)
    (request,) = listed(admin, acme)
    path = f"/organizations/{acme}/join-requests/{request['id']}/approve"

    assert problem(admin.client.post(path, json={"role": "nobody"})) == (404, "role_not_found")
    assert admin.client.post(path, json={"role": "admin"}).is_success
    assert sign_in(admin, ada)["claims"]["roles"] == ["admin"]


def test_who_is_declined_is_not_heard_for_a_while(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    sign_in(admin, ada)
    (request,) = listed(admin, acme)
    path = f"/organizations/{acme}/join-requests/{request['id']}/decline"
    assert admin.client.post(path).json()["status"] == "declined"

    assert sign_in(admin, ada)["awaiting_approval"] == []
    assert refused(admin, ada, organization_id=acme) == (409, "join_request_declined")
    assert len(listed(admin, acme)) == 1
    with transaction(admin.engine) as connection:
        ended = join_request_tables.join_requests.update().values(
            ended_at=now() - join_requests.REST - timedelta(seconds=1)
        )
        connection.execute(ended.where(join_request_tables.join_requests.c.id == request["id"]))
    assert [one["id"] for one in sign_in(admin, ada)["awaiting_approval"]] == [acme]
    assert [one["status"] for one in listed(admin, acme)] == ["declined", "pending"]


def test_a_request_expires_and_may_be_made_again(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    sign_in(admin, ada)
    (request,) = listed(admin, acme)
    later = now() + join_requests.LIFETIME + timedelta(seconds=1)
    while join_requests.expire(admin.engine, later):
        later += timedelta(minutes=2)

    assert [one["id"] for one in listed(admin, acme, status="expired")] == [request["id"]]
    assert kinds(admin, acme) == ["join_request.created", "join_request.expired"]
    assert sign_in(admin, ada)["awaiting_approval"] != []
    assert len(listed(admin, acme, status="pending")) == 1
    housekeeping.tidy(admin.engine, later + housekeeping.JOIN_REQUESTS_KEPT + timedelta(hours=1))
    assert [one["status"] for one in listed(admin, acme)] == ["pending"]


def test_what_is_over_is_not_approved_even_before_anybody_has_noticed(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    sign_in(admin, ada)
    with transaction(admin.engine) as connection:
        over = join_request_tables.join_requests.update().values(expires_at=now())
        connection.execute(over.where(join_request_tables.join_requests.c.organization_id == acme))
    (request,) = listed(admin, acme, status="expired")
    path = f"/organizations/{acme}/join-requests/{request['id']}/approve"

    assert listed(admin, acme, status="pending") == []
    assert problem(admin.client.post(path, json={})) == (409, "join_request_not_pending")
    assert sign_in(admin, ada)["awaiting_approval"] != []
    assert [one["status"] for one in listed(admin, acme)] == ["expired", "pending"]


def test_whoever_joins_by_another_way_does_not_wait_any_more(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    user_id = sign_in(admin, ada)["user"]["id"]
    body = {"user_id": user_id, "roles": ["member"]}
    assert admin.client.post(f"/organizations/{acme}/memberships", json=body).is_success

    (request,) = listed(admin, acme)
    assert request["status"] == "withdrawn"
    assert kinds(admin, acme) == ["join_request.created", "join_request.withdrawn"]


def test_an_invitation_needs_no_approval(admin: Admin, acme: str, ada: dict[str, Any]) -> None:
    sign_in(admin, ada)
    with transaction(admin.engine) as connection:
        invite(connection, acme, ada["email"], "admin")

    assert sign_in(admin, ada)["claims"]["roles"] == ["admin"]
    assert [one["status"] for one in listed(admin, acme)] == ["withdrawn"]
    assert kinds(admin, acme) == ["join_request.created", "join_request.withdrawn"]


def test_nobody_is_approved_without_a_seat(admin: Admin, acme: str, ada: dict[str, Any]) -> None:
    sign_in(admin, ada)
    policies = {"policies": {"seat_limit": 0}}
    admin.client.patch(f"/organizations/{acme}", json=policies).raise_for_status()
    (request,) = listed(admin, acme)
    path = f"/organizations/{acme}/join-requests/{request['id']}/approve"

    assert problem(admin.client.post(path, json={})) == (409, "seat_limit_reached")
    assert [one["status"] for one in listed(admin, acme)] == ["pending"]


def test_while_the_domain_is_not_verified_nobody_is_approved(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    sign_in(admin, ada)
    (domain,) = admin.get(f"/organizations/{acme}/domains")["data"]
    assert admin.client.delete(f"/organizations/{acme}/domains/{domain['id']}").is_success
    (request,) = listed(admin, acme)
    path = f"/organizations/{acme}/join-requests/{request['id']}"

    assert problem(admin.client.post(f"{path}/approve", json={})) == (409, "domain_not_verified")
    assert admin.client.post(f"{path}/decline").is_success


def test_an_address_that_is_not_proven_asks_for_nothing(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    answer = sign_in(admin, ada | {"email_verified": False})

    assert answer["awaiting_approval"] == []
    assert listed(admin, acme) == []


def test_nobody_else_sees_or_decides_a_request(
    admin: Admin, acme: str, ada: dict[str, Any]
) -> None:
    sign_in(admin, ada)
    (request,) = listed(admin, acme)
    other = f"/organizations/{admin.organization()['id']}/join-requests"

    assert admin.get(other)["data"] == []
    assert problem(admin.client.get(f"{other}/{request['id']}")) == (404, "not_found")
    approval = admin.client.post(f"{other}/{request['id']}/approve", json={})
    assert problem(approval) == (404, "not_found")
    assert problem(admin.client.post(f"{other}/{request['id']}/decline")) == (404, "not_found")


def test_with_the_account_its_requests_go(admin: Admin, acme: str, ada: dict[str, Any]) -> None:
    user_id = sign_in(admin, ada)["user"]["id"]
    assert admin.client.delete(f"/users/{user_id}").status_code == 204

    (request,) = listed(admin, acme)
    assert (request["status"], request["email"]) == ("withdrawn", "")
    assert kinds(admin, acme) == ["join_request.created", "join_request.withdrawn"]


def test_so_many_may_wait_and_no_more(admin: Admin, acme: str, ada: dict[str, Any]) -> None:
    sign_in(admin, ada)
    moment = now()
    people = [ids.new(ids.USER) for _ in range(join_requests.LIMIT - 1)]
    account = {"created_at": moment, "updated_at": moment}
    request = {
        "organization_id": acme,
        "email": "somebody@example.test",
        "domain": "example.test",
        "status": "pending",
        "expires_at": moment + join_requests.LIFETIME,
        "created_at": moment,
    }
    with transaction(admin.engine) as connection:
        connection.execute(insert(people_tables.users), [{"id": key, **account} for key in people])
        connection.execute(
            insert(join_request_tables.join_requests),
            [{"id": ids.new(ids.JOIN_REQUEST), "user_id": key, **request} for key in people],
        )
    late = claims(secrets.token_hex(8), f"late@{ada['email'].partition('@')[2]}")

    assert refused(admin, late, organization_id=acme) == (409, "join_request_limit_reached")
    assert sign_in(admin, late)["awaiting_approval"] == []
    assert [one["id"] for one in sign_in(admin, ada)["awaiting_approval"]] == [acme]

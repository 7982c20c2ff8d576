"""The single check goes past the framework where it can; nobody can tell from the answers."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.admin_serving import Admin
from tests.tenant import Tenant, found


@pytest.fixture
def acme(admin: Admin) -> Tenant:
    return found(admin.engine, f"Acme {secrets.token_hex(4)}")


def told(answer: httpx.Response) -> dict[str, Any]:
    """What does not differ from request to request."""
    body = answer.json()
    if "error" in body:
        body["error"].pop("request_id")
    volatile = {"x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset", "date"}
    headers = {name: value for name, value in answer.headers.items() if name not in volatile}
    return {"status": answer.status_code, "body": body, "headers": headers}


QUESTIONS: list[Any] = [
    {"user_id": "{user}", "permission": "members:read"},
    {"user_id": "{user}", "permission": "members:destroy"},
    {"membership_id": "{membership}", "permission": "members:read", "workspace_id": None},
    {"user_id": "usr_nobody", "permission": "members:read"},
    {"user_id": "{user}"},
    {"user_id": "{user}", "permission": "nonsense"},
    {},
    [],
    None,
]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("place", ["its own", "another's", "nobody's"])
def test_both_ways_answer_alike(admin: Admin, acme: Tenant, question: Any, place: str) -> None:
    address = f"{secrets.token_hex(6)}@acme.test"
    acme.create(address)
    acme.drain()
    person = acme.people()[address]
    text = json.dumps(question).replace("{user}", person.user_id)
    content = text.replace("{membership}", person.membership_id)
    where = {
        "its own": acme.organization_id,
        "another's": found(admin.engine, f"Other {secrets.token_hex(4)}").organization_id,
        "nobody's": "org_nothing",
    }[place]
    with admin.with_key("*", organization_id=acme.organization_id) as own:
        for client in (own.client, admin.client):
            client.get(f"/organizations/{acme.organization_id}")  # the key is known now
            # An Idempotency-Key means nothing here, but is the framework's to read.
            hot, framework = (
                client.post(
                    f"/organizations/{where}/check",
                    content=content,
                    headers={"Content-Type": "application/json", **headers},
                )
                for headers in ({}, {"Idempotency-Key": secrets.token_hex(8)})
            )
            assert told(hot) == told(framework)


def test_a_check_counts_once_toward_the_limit(admin: Admin, acme: Tenant) -> None:
    path = f"/organizations/{acme.organization_id}/check"
    with admin.with_key("read:permissions", requests_per_minute=4) as hasty:
        answers = [
            hasty.client.post(path, json={"user_id": "usr_nobody", **more})
            for more in ({"permission": "a:b"}, {"permission": "a:b"}, {}, {"permission": "a:b"})
        ]
        late = hasty.client.post(path, json={"user_id": "usr_nobody", "permission": "a:b"})

    assert [answer.status_code for answer in answers] == [200, 200, 400, 200]
    remaining = [answer.headers["x-ratelimit-remaining"] for answer in answers]
    assert remaining == ["3", "2", "1", "0"]
    assert late.status_code == 429
    assert late.json()["error"]["code"] == "rate_limit_exceeded"
    assert late.headers["retry-after"]


def test_a_body_in_pieces_is_a_body(admin: Admin, acme: Tenant) -> None:
    path = f"/organizations/{acme.organization_id}/check"
    whole = json.dumps({"user_id": "usr_nobody", "permission": "a:b"}).encode()

    answer = admin.client.post(
        path,
        content=iter([whole[:10], whole[10:]]),
        headers={"Content-Type": "application/json"},
    )

    assert answer.json() == {"allowed": False, "because": []}


def test_questions_that_meet_are_answered_each_by_itself(admin: Admin, acme: Tenant) -> None:
    addresses = [f"{secrets.token_hex(6)}@acme.test" for _ in range(4)]
    for address in addresses:
        acme.create(address)
    acme.drain()
    members = [acme.people()[address] for address in addresses]
    other = found(admin.engine, f"Other {secrets.token_hex(4)}").organization_id
    admin.client.get("/organizations")  # the key is known now

    def ask(number: int) -> tuple[int, int]:
        member = members[number % 4]
        where = (acme.organization_id, other, "org_nothing")[number % 3]
        answer = admin.client.post(
            f"/organizations/{where}/check",
            json={"membership_id": member.membership_id, "permission": "members:read"},
        )
        assert answer.status_code == (404 if where == "org_nothing" else 200)
        if answer.is_success:
            grants = {one["source"]["grant_id"] for one in answer.json()["because"]}
            assert grants <= {one["grant_id"] for one in held[number % 4]}
            assert bool(grants) == (where == acme.organization_id)
        return number, answer.status_code

    held = [
        [
            role["source"]
            for role in admin.get(
                f"/organizations/{acme.organization_id}/users/{member.user_id}/permissions"
            )["roles"]
        ]
        for member in members
    ]
    with ThreadPoolExecutor(12) as crowd:
        assert len(list(crowd.map(ask, range(120)))) == 120


def test_a_scope_is_asked_for_every_time(admin: Admin, acme: Tenant) -> None:
    path = f"/organizations/{acme.organization_id}/check"
    with admin.with_key("read:organizations") as other:
        other.get(f"/organizations/{acme.organization_id}")
        answer = other.client.post(path, json={"user_id": "usr_nobody", "permission": "a:b"})

    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "insufficient_scope"


def test_an_edge_of_the_path_is_not_the_path(admin: Admin, acme: Tenant) -> None:
    path = f"/organizations/{acme.organization_id}/check"
    body = {"user_id": "usr_nobody", "permission": "a:b"}

    assert admin.client.post(f"{path}/", json=body).status_code == 404
    assert admin.client.put(path, json=body).status_code == 405

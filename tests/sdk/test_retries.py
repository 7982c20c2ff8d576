"""What is tried again, how long is waited before, and that nothing is done twice by it."""

import asyncio
import secrets

import httpx
import pytest

from provisioning_client import AsyncClient, Client
from provisioning_client.errors import NotFound, RateLimited, Refused, Unreachable
from provisioning_client.retries import Retries
from tests.admin_serving import Admin
from tests.faulty_road import Traveler
from tests.serving import NO_TLS


def test_what_is_made_although_the_answer_was_lost_is_made_once(traveler: Traveler) -> None:
    region = secrets.token_hex(8).upper()
    traveler.road.faults.extend(["answer lost", "answer lost", "overloaded"])

    created = traveler.client.organizations.create("Once", region_code=region)

    assert traveler.road.seen == ["POST"] * 4
    found = traveler.client.organizations.list(region_code=region)
    assert [one.id for one in found] == [created.id]


def test_what_is_deleted_although_the_answer_was_lost_is_deleted(traveler: Traveler) -> None:
    made = traveler.client.organizations.create("A")
    traveler.road.faults.append("answer lost")

    traveler.client.organizations.delete(made.id, name=made.name)

    with pytest.raises(NotFound):
        traveler.client.organizations.get(made.id)
    with pytest.raises(NotFound):
        traveler.client.organizations.delete(made.id, name=made.name)


def test_what_a_deletion_leaves_is_not_made_up_when_the_answer_was_lost(traveler: Traveler) -> None:
    organization_id = traveler.client.organizations.create("A").id
    email = f"{secrets.token_hex(6)}@example.com"
    made = traveler.client.memberships.create(
        organization_id, {"email": email}, roles=["admin", "guest"]
    )
    traveler.road.faults.append("answer lost")

    with pytest.raises(NotFound):
        traveler.client.memberships.revoke_role(organization_id, made.id, "admin")
    left = traveler.client.memberships.get(organization_id, made.id)
    assert [one.role for one in left.roles] == ["guest"]


def test_a_change_that_may_have_been_done_is_not_repeated(traveler: Traveler) -> None:
    made = traveler.client.organizations.create("A")
    traveler.road.seen.clear()
    traveler.road.faults.append("answer lost")

    with pytest.raises(Unreachable):
        traveler.client.organizations.update(made.id, display_name="B")
    assert traveler.road.seen == ["PATCH"]

    traveler.road.faults.append("overloaded")
    with pytest.raises(Refused):
        traveler.client.organizations.update(made.id, display_name="C")
    assert traveler.client.organizations.get(made.id).display_name == "B"


def test_a_change_that_met_another_was_not_done_and_is_repeated(traveler: Traveler) -> None:
    made = traveler.client.organizations.create("A")
    traveler.road.faults.append("changes met")

    changed = traveler.client.organizations.update(made.id, display_name="B")

    assert changed.display_name == "B"
    assert traveler.pauses == [1]


def test_what_was_never_there_is_not_found_although_it_was_busy(traveler: Traveler) -> None:
    traveler.road.faults.append("changes met")

    with pytest.raises(NotFound):
        traveler.client.organizations.delete("org_none", name="nobody")


def test_pauses_grow_and_a_retry_after_is_obeyed(traveler: Traveler) -> None:
    traveler.road.faults.extend(["answer lost", "answer lost", "overloaded"])

    list(traveler.client.organizations.list(limit=1, name="nobody"))

    first, second, third = traveler.pauses
    assert 0.25 <= first <= 0.5
    assert 0.5 <= second <= 1
    assert third == 2


def test_after_the_last_attempt_the_error_is_raised(traveler: Traveler) -> None:
    traveler.road.faults.extend(["answer lost"] * 9)

    with pytest.raises(Unreachable):
        traveler.client.api_keys.get("key_none")
    assert traveler.road.seen == ["GET"] * 4


def test_a_limit_is_waited_for(admin: Admin) -> None:
    """The server's own 429; the clock that is waited for stands still, so it comes again."""
    pauses: list[float] = []
    patience = Retries(limit=2, longest=60)
    with admin.with_key("*", requests_per_minute=1) as hasty, httpx.Client(verify=NO_TLS) as http:
        client = Client(
            admin.address,
            hasty.secret,
            http_client=http,
            retries=patience,
            sleep=pauses.append,
        )
        with pytest.raises(NotFound):
            client.api_keys.get("key_none")
        with pytest.raises(RateLimited):
            client.api_keys.get("key_none")

    assert len(pauses) == 2
    assert all(0 < pause <= 60 for pause in pauses)


def test_nobody_waits_longer_than_was_agreed(admin: Admin) -> None:
    pauses: list[float] = []
    with admin.with_key("*", requests_per_minute=1) as hasty, httpx.Client(verify=NO_TLS) as http:
        client = Client(
            admin.address,
            hasty.secret,
            http_client=http,
            retries=Retries(longest=0.5),
            sleep=pauses.append,
        )
        with pytest.raises(NotFound):
            client.api_keys.get("key_none")
        with pytest.raises(RateLimited):
            client.api_keys.get("key_none")

    assert pauses == []


def test_a_callers_own_key_makes_one_thing_of_two_calls(client: Client) -> None:
    key = secrets.token_hex(8)

    first = client.organizations.create("A", idempotency_key=key)
    second = client.organizations.create("A", idempotency_key=key)

    assert first.id == second.id
    assert client.organizations.create("A").id != client.organizations.create("A").id


def test_the_awaited_client_tries_again_too(admin: Admin, traveler: Traveler) -> None:
    region = secrets.token_hex(8).upper()
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async def use() -> str:
        async with httpx.AsyncClient(verify=NO_TLS) as http:
            client = AsyncClient(traveler.road.address, admin.secret, http_client=http, sleep=sleep)
            return (await client.organizations.create("Once", region_code=region)).id

    traveler.road.faults.extend(["answer lost", "overloaded"])
    made = asyncio.run(use())

    assert len(pauses) == 2
    assert [one.id for one in traveler.client.organizations.list(region_code=region)] == [made]

"""Conflicts, held changes and the event feed of an organization by the admin API."""

import secrets
from typing import Any

import pytest

from provisioning.clock import now
from provisioning.drain import drain
from tests.admin_serving import Admin, problem
from tests.serving import Scim


def settled(scim: Scim) -> str:
    """The path of its organization, when all is drained."""
    drain(scim.engine, scim.organization_id, now)
    return f"/organizations/{scim.organization_id}"


@pytest.fixture
def organization(endpoint: Scim) -> str:
    """One with an open conflict."""
    address = f"eve-{secrets.token_hex(4)}@shared.test"
    with endpoint.a_second_directory() as other:
        other.client.post("/Users", json={"userName": address})
        settled(other)
    endpoint.client.post("/Users", json={"userName": address})
    return settled(endpoint)


def test_a_conflict_is_listed_and_resolved(admin: Admin, endpoint: Scim, organization: str) -> None:
    (conflict,) = admin.get(f"{organization}/conflicts")["data"]
    path = f"{organization}/conflicts/{conflict['id']}/resolution"
    decided = admin.client.post(path, json={"decision": "link"})
    (waiting,) = admin.get(f"{organization}/conflicts")["data"]
    settled(endpoint)

    assert conflict["email"] == conflict["user_name"]
    assert (decided.status_code, waiting["decision"]) == (202, "link")
    assert admin.get(f"{organization}/conflicts")["data"] == []
    late = admin.client.post(path, json={"decision": "link"})
    assert problem(late) == (404, "not_found")
    directory = f"{organization}/directories/{endpoint.directory_id}"
    (person,) = admin.get(f"{directory}/users")["data"]
    assert person["user_id"] == conflict["user_id"]


def test_a_rejected_conflict_is_listed_apart_and_can_be_decided_again(
    admin: Admin, endpoint: Scim, organization: str
) -> None:
    (conflict,) = admin.get(f"{organization}/conflicts")["data"]
    path = f"{organization}/conflicts/{conflict['id']}/resolution"

    rejected = admin.client.post(path, json={"decision": "reject"})
    settled(endpoint)

    assert (rejected.status_code, rejected.json()["decision"]) == (202, "reject")
    assert admin.get(f"{organization}/conflicts")["data"] == []
    (kept_out,) = admin.get(f"{organization}/conflicts", state="rejected")["data"]
    assert (kept_out["id"], kept_out["state"]) == (conflict["id"], "rejected")
    assert kept_out["rejected_by"].startswith("api_key:")
    assert admin.client.post(path, json={"decision": "keep_apart"}).status_code == 202
    settled(endpoint)
    assert admin.get(f"{organization}/conflicts", state="rejected")["data"] == []
    assert problem(admin.client.post(path, json={"decision": "reject"})) == (404, "not_found")


def test_the_key_of_an_organization_is_not_told_of_whose_account_it_is(
    admin: Admin, endpoint: Scim, organization: str
) -> None:
    (seen,) = admin.get(f"{organization}/conflicts")["data"]
    with admin.with_key("read:conflicts", organization_id=endpoint.organization_id) as own:
        (told,) = own.get(f"{organization}/conflicts")["data"]

    assert seen["user_created_at"] is not None
    assert {name for name in told if told[name] != seen[name]} == {"user_created_at"}
    assert told["user_created_at"] is None


def test_no_organization_links_an_account_on_its_own_word(
    admin: Admin, endpoint: Scim, organization: str
) -> None:
    (conflict,) = admin.get(f"{organization}/conflicts")["data"]
    path = f"{organization}/conflicts/{conflict['id']}/resolution"
    with admin.with_key("update:conflicts", organization_id=endpoint.organization_id) as own:
        answers = [own.client.post(path, json={"decision": one}) for one in ("link", "keep_apart")]

    assert problem(answers[0]) == (403, "forbidden")
    assert answers[1].status_code == 202


def test_another_organizations_conflict_is_not_there(admin: Admin, organization: str) -> None:
    (conflict,) = admin.get(f"{organization}/conflicts")["data"]
    mine = f"/organizations/{admin.organization()['id']}/conflicts"
    answer = admin.client.post(f"{mine}/{conflict['id']}/resolution", json={"decision": "link"})

    assert admin.get(mine)["data"] == []
    assert problem(answer) == (404, "not_found")
    assert admin.get(f"{organization}/conflicts")["data"] == [conflict]


def test_a_decision_is_one_of_two(admin: Admin, organization: str) -> None:
    (conflict,) = admin.get(f"{organization}/conflicts")["data"]
    answer = admin.client.post(
        f"{organization}/conflicts/{conflict['id']}/resolution", json={"decision": "perhaps"}
    )

    assert problem(answer) == (400, "invalid_body")


def test_the_last_owner_who_would_have_gone_is_a_held_change(admin: Admin, endpoint: Scim) -> None:
    path = f"/organizations/{endpoint.organization_id}"
    admin.client.patch(path, json={"policies": {"default_role": "owner"}})
    address = f"{secrets.token_hex(4)}@x.test"
    user = endpoint.client.post("/Users", json={"userName": address}).json()
    settled(endpoint)
    endpoint.client.delete(f"/Users/{user['id']}")
    settled(endpoint)

    (held,) = admin.get(f"{path}/held-changes")["data"]

    assert (held["reason"], held["wanted_status"]) == ("last_owner", "removed")
    other = admin.organization()["id"]
    assert admin.get(f"/organizations/{other}/held-changes")["data"] == []


def test_the_feed_has_no_gaps(admin: Admin, organization: str) -> None:
    everything = admin.get(f"{organization}/events", limit=1000)
    read: list[Any] = []
    cursor = {"after": "0"}
    while cursor["after"]:
        page = admin.get(f"{organization}/events", after=cursor["after"], limit=2)
        read += page["data"]
        cursor = page["list_metadata"]

    assert read == everything["data"]
    assert [event["sequence"] for event in read] == list(range(1, len(read) + 1))
    assert read[0]["type"] == "organization.created"
    assert everything["list_metadata"] == {"before": None, "after": None}


@pytest.mark.parametrize("noun", ["conflicts", "held-changes", "events", "directories"])
def test_an_organization_that_is_not_there_has_no_lists(admin: Admin, noun: str) -> None:
    assert problem(admin.client.get(f"/organizations/org_0/{noun}")) == (404, "not_found")

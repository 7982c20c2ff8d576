"""Judges from outside: scim2-tester asks, and scim2-models reads what we answer."""

from collections.abc import Iterator

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import EnterpriseUser, Error, Group, ListResponse, User
from scim2_tester import Status, check_server

from tests.scim_api.making import Create
from tests.serving import ANSWER_SECONDS, Scim

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PASSED = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}
NOT_OFFERED = "POST /.search: searching several resource types at once is not supported"


@pytest.fixture
def judge(endpoint: Scim) -> Iterator[SyncSCIMClient]:
    headers = {"Authorization": f"Bearer {endpoint.token}"}
    with httpx2.Client(
        base_url=endpoint.base_url, headers=headers, timeout=ANSWER_SECONDS
    ) as client:
        yield SyncSCIMClient(client)


def test_scim2_tester_finds_nothing_to_object_to(judge: SyncSCIMClient) -> None:
    results = check_server(judge)

    objections = [
        result
        for result in results
        if result.status not in PASSED and not str(result.reason).startswith(NOT_OFFERED)
    ]
    assert not objections, "\n".join(f"{r.status} {r.title}: {r.reason}" for r in objections)
    assert len(results) > 100, "it has really looked"


def test_answers_are_what_another_reading_of_the_rfcs_expects(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    boss = create_user("omar")
    ines = create_user(
        "ines",
        externalId="00u1",
        name={"givenName": "Ines", "familyName": "Carvalho", "formatted": "Ines Carvalho"},
        emails=[{"value": "ines@x.org", "type": "work", "primary": True}],
        phoneNumbers=[{"value": "+1-201-555-0123", "type": "work"}],
        addresses=[{"locality": "Porto", "type": "work"}],
        active=True,
        **{ENTERPRISE: {"department": "R&D", "manager": {"value": boss["id"]}}},
    )
    group = create_group("Admins", ines, boss)
    client = endpoint.client

    user = User[EnterpriseUser].model_validate(client.get(f"/Users/{ines['id']}").json())
    enterprise = user[EnterpriseUser]
    assert enterprise is not None
    assert enterprise.manager is not None
    assert enterprise.manager.value == boss["id"]
    assert user.groups is not None
    assert [found.value for found in user.groups] == [group["id"]]

    found = Group.model_validate(client.get(f"/Groups/{group['id']}").json())
    assert found.members is not None
    assert {member.value for member in found.members} == {ines["id"], boss["id"]}

    users = ListResponse[User[EnterpriseUser]].model_validate(client.get("/Users").json())
    assert (users.total_results, len(users.resources or [])) == (2, 2)
    groups = ListResponse[Group].model_validate(client.get("/Groups").json())
    assert groups.total_results == 1

    refused = Error.model_validate(client.post("/Users", json={}).json())
    assert (refused.status, refused.scim_type) == (400, "invalidValue")

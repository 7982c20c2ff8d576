"""How the people of an organization sign in, by the admin API."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert

from provisioning.clock import now
from provisioning.store.admin_tables import issuers
from provisioning.store.engine import transaction
from tests.admin_serving import Admin, problem

OKTA: dict[str, Any] = {"display_name": "Okta", "provider": "okta", "protocol": "oidc"}


@pytest.fixture
def path(admin: Admin) -> str:
    return f"/organizations/{admin.organization()['id']}/connections"


def test_a_connection_is_made_read_changed_and_deleted(admin: Admin, path: str) -> None:
    created = admin.post(path, {**OKTA, "external_id": secrets.token_hex(8)})
    one = f"{path}/{created['id']}"
    assert created["assign_membership_on_login"] is False
    assert admin.get(one) == created
    assert admin.get(path)["data"] == [created]

    changed = admin.client.patch(
        one, json={"assign_membership_on_login": True, "external_id": None, "display_name": None}
    ).json()
    expected = {**created, "assign_membership_on_login": True, "external_id": None}
    assert changed == {**expected, "updated_at": changed["updated_at"]}

    assert admin.client.delete(one).status_code == 204
    assert problem(admin.client.get(one)) == (404, "not_found")
    assert problem(admin.client.delete(one)) == (404, "not_found")
    feed = admin.get(path.replace("connections", "events"))["data"]
    told = [event["type"] for event in feed][1:]
    assert told == ["connection.created", "connection.updated", "connection.deleted"]


def test_what_is_so_already_tells_nothing(admin: Admin, path: str) -> None:
    created = admin.post(path, OKTA)
    same = admin.client.patch(f"{path}/{created['id']}", json={"display_name": "Okta"})

    assert same.json() == created
    assert len(admin.get(path.replace("connections", "events"))["data"]) == 2


def test_an_organization_has_ten_at_most_even_when_they_come_at_once(
    admin: Admin, path: str
) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: admin.client.post(path, json=OKTA), range(12)))

    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 2
    refused = [answer for answer in answers if answer.status_code != 201]
    assert problem(refused[0]) == (409, "connection_limit_reached")


def test_the_products_own_id_is_unique(admin: Admin, path: str) -> None:
    external_id = secrets.token_hex(8)
    admin.post(path, {**OKTA, "external_id": external_id})
    answer = admin.client.post(path, json={**OKTA, "external_id": external_id})

    assert problem(answer) == (409, "connection_conflict")


def test_a_connection_with_an_issuer_is_in_use(admin: Admin, path: str) -> None:
    created = admin.post(path, OKTA)
    with transaction(admin.engine) as connection:
        connection.execute(
            insert(issuers).values(
                id=f"iss_{secrets.token_hex(16)}",
                organization_id=created["organization_id"],
                connection_id=created["id"],
                issuer=f"https://{secrets.token_hex(8)}.test",
                audiences="[]",
                created_at=now(),
            )
        )

    answer = admin.client.delete(f"{path}/{created['id']}")

    assert problem(answer) == (409, "connection_in_use")


def test_another_organizations_connection_is_not_there(admin: Admin, path: str) -> None:
    created = admin.post(path, OKTA)
    other = f"/organizations/{admin.organization()['id']}/connections/{created['id']}"
    answers = [
        admin.client.get(other),
        admin.client.patch(other, json={"display_name": "Mine"}),
        admin.client.delete(other),
    ]

    assert [problem(answer) for answer in answers] == [(404, "not_found")] * 3
    assert admin.get(f"{path}/{created['id']}") == created


@pytest.mark.parametrize(
    ("field", "value"),
    [("protocol", "ldap"), ("provider", ""), ("display_name", " "), ("external_id", "x" * 256)],
)
def test_a_body_that_is_refused_names_the_field(
    admin: Admin, path: str, field: str, value: str
) -> None:
    answer = admin.client.post(path, json={**OKTA, field: value})

    assert problem(answer) == (400, "invalid_body")
    assert answer.json()["error"]["details"][0]["field"] == field

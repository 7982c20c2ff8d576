"""
An identity provider looks somebody up and creates whom it does not find: whatever has become of the
person, a lookup and a create never disagree. "Not found", then 409, is a loop that nobody ends.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from provisioning.clock import now
from provisioning.drain import drain
from tests.admin_serving import Admin
from tests.serving import Scim

State = Callable[[Admin, Scim, str], None]


def body(address: str, **more: Any) -> dict[str, Any]:
    emails = [{"value": address, "type": "work", "primary": True}]
    return {"userName": address, "externalId": address, "emails": emails, **more}


def settle(scim: Scim) -> str:
    """The path of its organization, when all is drained."""
    drain(scim.engine, scim.organization_id, now)
    return f"/organizations/{scim.organization_id}"


def create(scim: Scim, address: str, **more: Any) -> str:
    answer = scim.client.post("/Users", json=body(address, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def elsewhere(scim: Scim, address: str, *, of_the_same: bool = False) -> None:
    with scim.a_second_directory(of_the_same=of_the_same) as other:
        create(other, address)
        settle(other)


def active(_: Admin, scim: Scim, address: str) -> None:
    create(scim, address)
    settle(scim)


def not_settled(_: Admin, scim: Scim, address: str) -> None:
    create(scim, address)


def inactive(_: Admin, scim: Scim, address: str) -> None:
    create(scim, address, active=False)
    settle(scim)


def deleted(_: Admin, scim: Scim, address: str) -> None:
    scim.client.delete(f"/Users/{create(scim, address)}")


def deleted_and_settled(admin: Admin, scim: Scim, address: str) -> None:
    active(admin, scim, address)
    (found,) = lookup(scim, "userName", address)
    scim.client.delete(f"/Users/{found}")
    settle(scim)


def held_as_the_last_owner(admin: Admin, scim: Scim, address: str) -> None:
    owners = f"/organizations/{scim.organization_id}"
    admin.client.patch(owners, json={"policies": {"default_role": "owner"}})
    person = create(scim, address)
    settle(scim)
    scim.client.delete(f"/Users/{person}")
    settle(scim)
    assert len(admin.get(f"{owners}/held-changes")["data"]) == 1


def in_conflict(admin: Admin, scim: Scim, address: str) -> None:
    elsewhere(scim, address)
    create(scim, address)
    assert len(admin.get(f"{settle(scim)}/conflicts")["data"]) == 1


def decided(decision: str) -> State:
    def state(admin: Admin, scim: Scim, address: str) -> None:
        in_conflict(admin, scim, address)
        conflicts = f"/organizations/{scim.organization_id}/conflicts"
        (conflict,) = admin.get(conflicts)["data"]
        admin.post(f"{conflicts}/{conflict['id']}/resolution", {"decision": decision})
        settle(scim)

    return state


def invited(admin: Admin, scim: Scim, address: str) -> None:
    invitations = f"/organizations/{scim.organization_id}/invitations"
    admin.post(invitations, {"email": address, "send_email": False})


def added_by_hand(admin: Admin, scim: Scim, address: str) -> None:
    admin.post(f"/organizations/{scim.organization_id}/memberships", {"email": address})


def suspended_by_hand(admin: Admin, scim: Scim, address: str) -> None:
    active(admin, scim, address)
    members = f"/organizations/{scim.organization_id}/memberships"
    (member,) = admin.get(members)["data"]
    admin.post(f"{members}/{member['id']}/suspend")


STATES: Mapping[str, State] = {
    "nobody": lambda _admin, _scim, _address: None,
    "active": active,
    "not settled yet": not_settled,
    "inactive": inactive,
    "deleted": deleted,
    "deleted and settled": deleted_and_settled,
    "held, as the last owner": held_as_the_last_owner,
    "in conflict": in_conflict,
    "linked": decided("link"),
    "kept apart": decided("keep_apart"),
    "rejected": decided("reject"),
    "invited": invited,
    "added by hand": added_by_hand,
    "suspended by hand": suspended_by_hand,
    "of another organization": lambda _admin, scim, address: elsewhere(scim, address),
    "of another directory": lambda _admin, scim, address: elsewhere(
        scim, address, of_the_same=True
    ),
}


def lookup(scim: Scim, attribute: str, value: str) -> list[str]:
    answer = scim.client.get("/Users", params={"filter": f'{attribute} eq "{value}"'})
    assert answer.status_code == 200, answer.text
    return [found["id"] for found in answer.json().get("Resources", ())]


@pytest.mark.parametrize("name", STATES)
def test_who_is_not_found_can_be_created_and_who_is_cannot(
    admin: Admin, endpoint: Scim, name: str
) -> None:
    address = f"Ada-{secrets.token_hex(4)}@shared.test"
    STATES[name](admin, endpoint, address)
    keys = ("userName", "externalId", "emails.value", 'emails[type eq "work"].value')

    before = {key: lookup(endpoint, key, address) for key in keys}
    found = before["userName"]
    in_another_case = lookup(endpoint, "userName", address.upper())
    created = endpoint.client.post("/Users", json=body(address.lower(), externalId=address))
    # The same person by another key is somebody else to an IdP: that is never a collision.
    shared: list[dict[str, Any]] = [
        {"externalId": address},
        {"emails": [{"value": address, "type": "work"}]},
    ]
    others = [
        endpoint.client.post("/Users", json=body(f"{number}-{address}", **more))
        for number, more in enumerate(shared)
    ]

    assert set(map(tuple, before.values())) == {tuple(found)}
    assert in_another_case == found
    assert created.status_code == (409 if found else 201), created.text
    if found:
        assert created.json()["scimType"] == "uniqueness"
        assert endpoint.client.get(f"/Users/{found[0]}").status_code == 200
    else:
        assert lookup(endpoint, "userName", address) == [created.json()["id"]]
    assert [other.status_code for other in others] == [201, 201]

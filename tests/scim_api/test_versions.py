"""Versions, and what a change that changes nothing leaves behind (RFC 7644 §3.14)."""

from typing import Any

import pytest

from tests import snapshots
from tests.scim_api.making import Create, Resource
from tests.scim_errors import refusal
from tests.serving import Scim

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def path(resource: Resource) -> str:
    return f"/{resource['meta']['resourceType']}s/{resource['id']}"


def replace(attribute: str, value: Any) -> dict[str, Any]:
    return {"Operations": [{"op": "replace", "path": attribute, "value": value}]}


@pytest.fixture(params=["User", "Group"])
def resource(request: pytest.FixtureRequest, create_user: Create, create_group: Create) -> Resource:
    ines = create_user("ines", externalId="1", title="CEO", emails=[{"value": "ines@x.test"}])
    return ines if request.param == "User" else create_group("Admins", ines)


def test_the_version_is_told_alike_in_the_header_and_the_body(
    endpoint: Scim, resource: Resource
) -> None:
    answer = endpoint.client.get(path(resource))

    assert answer.headers["etag"] == answer.json()["meta"]["version"]
    assert answer.headers["location"] == answer.json()["meta"]["location"]
    assert answer.headers["location"] == f"{endpoint.base_url}{path(resource)}"


def test_a_change_makes_a_new_version(endpoint: Scim, resource: Resource) -> None:
    endpoint.client.patch(path(resource), json=replace("externalId", "2"))

    meta = endpoint.client.get(path(resource)).json()["meta"]
    assert meta["version"] != resource["meta"]["version"]
    assert meta["lastModified"] > resource["meta"]["lastModified"]
    assert meta["created"] == resource["meta"]["created"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_outdated_version_changes_nothing(
    endpoint: Scim, resource: Resource, method: str
) -> None:
    body = {**resource, "externalId": "3"} if method == "PUT" else replace("externalId", "3")
    endpoint.client.patch(path(resource), json=replace("externalId", "2"))
    before = snapshots.rows(endpoint.engine)
    version = resource["meta"]["version"].encode()
    several = version + b', "ours", W/"99"'
    for outdated in (version, several, b'"99"', b'"98", "99"', b'"ours", *', b"\xff", b""):
        answer = endpoint.client.request(
            method, path(resource), json=body, headers=[(b"If-Match", outdated)]
        )

        assert refusal(answer) == (412, None)
    assert snapshots.rows(endpoint.engine) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("form", ["weak", "strong", "any", "one of several"])
def test_the_present_version_is_changed(
    endpoint: Scim, resource: Resource, method: str, form: str
) -> None:
    version = resource["meta"]["version"]
    forms = {
        "weak": version,
        "strong": version.removeprefix("W/"),
        "any": "*",
        "one of several": f'"99",{version}, "ours"',
    }
    body = {**resource, "externalId": "3"} if method == "PUT" else replace("externalId", "3")

    answer = endpoint.client.request(
        method, path(resource), json=body, headers={"If-Match": forms[form]}
    )

    assert answer.is_success


def test_several_lines_of_a_list_of_versions_are_one(endpoint: Scim, resource: Resource) -> None:
    version = resource["meta"]["version"]
    for last in ('"98"', version):
        lines = [("If-Match", '"99"'), ("If-Match", version), ("If-Match", last)]
        known = [("If-None-Match", value) for _, value in lines]
        assert endpoint.client.get(path(resource), headers=known).status_code == 304
    lines = [("If-Match", version), ("If-Match", '"99"')]

    answer = endpoint.client.patch(path(resource), json=replace("externalId", "3"), headers=lines)

    assert answer.is_success


def test_members_joining_make_a_new_version_of_the_group(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    group, omar = create_group("Admins", create_user("ines")), create_user("omar")
    add = {"Operations": [{"op": "add", "path": "members", "value": [{"value": omar["id"]}]}]}
    headers = {"If-Match": group["meta"]["version"]}

    assert endpoint.client.patch(path(group), json=add, headers=headers).is_success
    assert endpoint.client.patch(path(group), json=add, headers=headers).status_code == 412


@pytest.mark.parametrize("form", ["{}", '"0", {}', 'W/"0",{}'])
def test_what_has_not_changed_is_not_sent_again(
    endpoint: Scim, resource: Resource, form: str
) -> None:
    headers = {"If-None-Match": form.format(resource["meta"]["version"])}

    answer = endpoint.client.get(path(resource), headers=headers)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == resource["meta"]["version"]

    endpoint.client.patch(path(resource), json=replace("externalId", "2"))
    assert endpoint.client.get(path(resource), headers=headers).status_code == 200


def test_any_version_at_all_is_an_asterisk(endpoint: Scim, resource: Resource) -> None:
    """RFC 9110 §13.1.2."""
    answer = endpoint.client.get(path(resource), headers={"If-None-Match": "*"})

    assert answer.status_code == 304


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_who_wants_no_body_gets_none(endpoint: Scim, resource: Resource, method: str) -> None:
    """RFC 7240 §4.2."""
    body = {**resource, "externalId": "3"} if method == "PUT" else replace("externalId", "3")
    headers = {"Prefer": "respond-async, return=minimal"}

    answer = endpoint.client.request(method, path(resource), json=body, headers=headers)

    assert (answer.status_code, answer.content) == (204, b"")
    assert endpoint.client.get(path(resource)).json()["externalId"] == "3"


NOTHING: dict[str, list[tuple[str, Any]]] = {
    "User": [
        ("PATCH", replace("title", "CEO")),
        ("PATCH", replace("TITLE", "CEO")),
        ("PATCH", {"Operations": [{"op": "Add", "value": {"title": "CEO"}}]}),
        ("PATCH", replace("nickName", "")),
        ("PATCH", {"Operations": [{"op": "remove", "path": "nickName"}]}),
        ("PATCH", {"Operations": []}),
        ("PATCH", {"Operations": [{"op": "replace", "value": {"groups": []}}]}),
        ("PUT", None),
    ],
    "Group": [
        ("PATCH", replace("displayName", "Admins")),
        ("PATCH", {"Operations": []}),
        ("PATCH", {"Operations": [{"op": "remove", "path": 'members[value eq "nobody"]'}]}),
        ("PUT", None),
    ],
}


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_a_change_that_changes_nothing_writes_nothing(
    endpoint: Scim, kind: str, create_user: Create, create_group: Create
) -> None:
    """Neither version nor lastModified nor a note: Entra repeats itself every forty minutes."""
    ines = create_user("ines", title="CEO", **{ENTERPRISE: {"department": "R&D"}})
    group = create_group("Admins", ines)
    resource = endpoint.client.get(path(ines if kind == "User" else group)).json()
    before = snapshots.rows(endpoint.engine)

    for method, body in NOTHING[kind]:
        answer = endpoint.client.request(method, path(resource), json=body or resource)

        assert answer.json() == resource, f"{method} {body}"
        assert snapshots.rows(endpoint.engine) == before, f"{method} {body}"


def test_adding_a_member_again_or_removing_nobody_writes_nothing(
    endpoint: Scim, create_user: Create, create_group: Create
) -> None:
    ines, omar = create_user("ines"), create_user("omar")
    group = create_group("Admins", ines)
    before = snapshots.rows(endpoint.engine)

    for op, user in (("add", ines), ("remove", omar)):
        value = [{"value": user["id"]}]
        body = {"Operations": [{"op": op, "path": "members", "value": value}]}
        assert endpoint.client.patch(path(group), json=body).json() == group

    assert snapshots.rows(endpoint.engine) == before


def test_a_real_change_leaves_a_note(endpoint: Scim, resource: Resource) -> None:
    """What the tests above miss to find is really written otherwise."""
    before = snapshots.counts(endpoint.engine)["notes"]

    endpoint.client.patch(path(resource), json=replace("externalId", "2"))

    assert snapshots.counts(endpoint.engine)["notes"] == before + 1

"""Bodies of POST and PUT, in the forms that identity providers send, become canonical documents."""

from typing import Any

import pytest

from scim_api.protocol.documents import normalize, normalize_group
from scim_api.protocol.errors import InvalidValue
from scim_api.protocol.schema import ENTERPRISE_USER_URN, GROUP_URN, USER, USER_URN

WORK = {"primary": True, "type": "work", "value": "mona@x.test"}


def user(**attributes: Any) -> dict[str, Any]:
    """The canonical document but for `schemas` and the userName that every one of them has."""
    document = normalize(USER, {"userName": "mona@x.test", **attributes})
    assert document.pop("userName") == "mona@x.test"
    document.pop("schemas")
    return document


def enterprise(**attributes: Any) -> dict[str, Any]:
    return {ENTERPRISE_USER_URN: attributes}


def test_okta_creates_a_user() -> None:
    body = {
        "schemas": [USER_URN],
        "userName": "ines@x.test",
        "name": {"givenName": "Ines", "familyName": "Carvalho"},
        "emails": [{"primary": True, "value": "ines@x.test", "type": "work"}],
        "displayName": "Ines Carvalho",
        "locale": "en-US",
        "externalId": "00u1",
        "groups": [],
        "password": "7kq20zmp",
        "active": True,
    }

    document = normalize(USER, body)

    assert document == {k: v for k, v in body.items() if k not in {"groups", "password"}}


def test_entra_creates_a_user() -> None:
    document = normalize(
        USER,
        {
            "schemas": [USER_URN, ENTERPRISE_USER_URN],
            "externalId": "mona",
            "userName": "mona@x.test",
            "active": "True",
            "addresses": None,
            "displayName": "",
            "emails": [WORK],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "Mona Lind", "familyName": "Lind", "givenName": "Mona"},
            "roles": [],
            "title": None,
            "department": None,
            "manager": None,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"department": "x"},
        },
    )

    assert document == {
        "schemas": [USER_URN],
        "externalId": "mona",
        "userName": "mona@x.test",
        "active": True,
        "emails": [WORK],
        "name": {"formatted": "Mona Lind", "familyName": "Lind", "givenName": "Mona"},
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param({"DISPLAYNAME": "x"}, {"displayName": "x"}, id="any case: Entra's Postman"),
        pytest.param(
            {"name": {"GivenName": "x"}}, {"name": {"givenName": "x"}}, id="any case, sub"
        ),
        pytest.param({"dispalyName": "x"}, {}, id="misspelled: Entra's Postman"),
        pytest.param({"id": None}, {}, id="id null: OneLogin"),
        pytest.param({"id": "u1", "meta": {}, "groups": [{"value": "g"}]}, {}, id="echo: Okta PUT"),
        pytest.param({"active": "False"}, {"active": False}, id="text boolean: Entra"),
        pytest.param({"active": "true"}, {"active": True}, id="text boolean: OneLogin"),
        pytest.param(
            {"emails": [{"value": "a", "primary": "True"}]},
            {"emails": [{"value": "a", "primary": True}]},
            id="text primary: directory-scimple 1213",
        ),
        pytest.param({"title": ["x"]}, {"title": "x"}, id="wrapped scalar: SCIM-SDK 968"),
        pytest.param({"name": [{"givenName": ["x"]}]}, {"name": {"givenName": "x"}}, id="wrapped"),
        pytest.param({"title": []}, {}, id="empty list for a scalar"),
        pytest.param({"emails": "a@x"}, {"emails": [{"value": "a@x"}]}, id="scalar: JumpCloud"),
        pytest.param(
            {"emails": {"value": "a"}}, {"emails": [{"value": "a"}]}, id="object for list"
        ),
        pytest.param(
            {"roles": ["a", "b"]}, {"roles": [{"value": "a"}, {"value": "b"}]}, id="Keycloak"
        ),
        pytest.param(
            {"roles": [{"value": '{"id":"1"}'}]},
            {"roles": [{"value": '{"id":"1"}'}]},
            id="JSON text: SCIM-SDK 516",
        ),
        pytest.param(
            {"name.givenName": "x", "name": {"familyName": "y"}},
            {"name": {"givenName": "x", "familyName": "y"}},
            id="dotted key: SCIM-SDK 193",
        ),
        pytest.param({"manager": "m"}, enterprise(manager={"value": "m"}), id="bare: SCIM-SDK 541"),
        pytest.param(
            {"manager": [{"$ref": "/Users/m", "value": "m"}]},
            enterprise(manager={"$ref": "/Users/m", "value": "m"}),
            id="manager in a list: Entra's tutorial",
        ),
        pytest.param(
            {ENTERPRISE_USER_URN: {"manager": {"value": "m", "displayName": "M"}}},
            enterprise(manager={"value": "m"}),
            id="manager.displayName is readOnly",
        ),
        pytest.param(
            {ENTERPRISE_USER_URN: {"manager": {"value": None, "displayName": None}}},
            {},
            id="manager of nulls: Okta",
        ),
        pytest.param(
            {ENTERPRISE_USER_URN: {"manager.value": "m"}},
            enterprise(manager={"value": "m"}),
            id="dotted",
        ),
        pytest.param(
            {ENTERPRISE_USER_URN.upper(): {"DEPARTMENT": "x"}}, enterprise(department="x"), id="URN"
        ),
        pytest.param(
            {f"{ENTERPRISE_USER_URN}:employeeNumber": "7"},
            enterprise(employeeNumber="7"),
            id="scimitar 69",
        ),
        pytest.param({f"{USER_URN}:title": "x"}, {"title": "x"}, id="URN of the core schema"),
        pytest.param({USER_URN: {"title": "x"}}, {"title": "x"}, id="core schema as a container"),
        pytest.param(
            {
                "urn:scim:schemas:extension:enterprise:2.0": {
                    "department": "x",
                    "manager": {"managerId": ""},
                }
            },
            enterprise(department="x"),
            id="URN from before the RFC: OneLogin",
        ),
        pytest.param(
            {ENTERPRISE_USER_URN: {"manager": {"managerId": "m", "displayName": "M"}}},
            enterprise(manager={"value": "m"}),
            id="managerId: SCIM 1.1, OneLogin",
        ),
        pytest.param(
            {ENTERPRISE_USER_URN: {"manager.managerId": "m"}},
            enterprise(manager={"value": "m"}),
            id="managerId, dotted",
        ),
        pytest.param(
            {"phoneNumbers": [{"value": 4722000000, "type": "work"}]},
            {"phoneNumbers": [{"value": "4722000000", "type": "work"}]},
            id="a number: HR systems",
        ),
        pytest.param({"employeeNumber": 0}, enterprise(employeeNumber="0"), id="zero is a number"),
        pytest.param(
            {"urn:ietf:params:scim:schemas:extension:other:2.0:User": {"a": 1}},
            {},
            id="unknown URN",
        ),
        pytest.param({ENTERPRISE_USER_URN: None}, {}, id="extension null"),
        pytest.param(
            {"emails": [{}, {"type": "work"}, {"value": ""}]}, {}, id="no value: gravitee-io 8541"
        ),
        pytest.param(
            {"emails": [None, {"value": "a", "display": None}]},
            {"emails": [{"value": "a"}]},
            id="AIW",
        ),
        pytest.param(
            {"emails": [WORK, WORK, {**WORK, "display": "M"}]},
            {"emails": [{**WORK, "display": "M"}]},
            id="twice",
        ),
        pytest.param(
            {"emails": [{**WORK, "value": "a"}, {**WORK, "value": "b"}]},
            {"emails": [{**WORK, "value": "a"}, {**WORK, "value": "b", "primary": False}]},
            id="two primaries: the first counts",
        ),
        pytest.param(
            {"emails": [{"value": "a", "type": "Büro"}]},
            {"emails": [{"value": "a", "type": "Büro"}]},
            id="any type",
        ),
        pytest.param({"title": " x "}, {"title": " x "}, id="kept as sent"),
        pytest.param({"password": "7kq20zmp"}, {}, id="password: Okta (zitadel 10009)"),
        pytest.param({"schemas": ["urn:scim:schemas:core:2.0"]}, {}, id="schemas: OneLogin"),
        pytest.param({"": 1, "[": 2, "a.b.c": 3, "urn:": 4}, {}, id="keys that are no path"),
    ],
)
def test_the_forms_of_clients_are_understood(sent: dict[str, Any], kept: dict[str, Any]) -> None:
    assert user(**sent) == kept


@pytest.mark.parametrize(
    ("sent", "attribute"),
    [
        ({"userName": 5.0}, "userName"),
        ({"userName": True}, "userName"),
        ({"userName": ""}, "userName"),
        ({"userName": " \t"}, "userName"),
        ({"userName": None}, "userName"),
        ({"userName": ["a", "b"]}, "userName"),
        ({"userName": {"value": "a"}}, "userName"),
        ({"name": "Bob"}, "name"),
        ({"name": {"givenName": False}}, "name.givenName"),
        ({"active": "maybe"}, "active"),
        ({"active": 1}, "active"),
        ({"emails": 5}, "emails"),
        ({"emails": [[]], "addresses": ["Oslo"]}, "addresses"),
        ({"emails": [{"value": {"a": 1}}]}, "emails.value"),
        ({"emails": [{"value": "a", "primary": "yes"}]}, "emails.primary"),
        ({ENTERPRISE_USER_URN: "x"}, ENTERPRISE_USER_URN),
        ({"manager": {"value": 0.5}}, "manager.value"),
        ({"profileUrl": 5}, "profileUrl"),
        ({"x509Certificates": [{"value": 5}]}, "x509Certificates.value"),
        ({"title": "x" * 32_769}, "title"),
        ({"externalId": "é" * 513}, "externalId"),
        ({"roles": [{"value": str(i)} for i in range(1001)]}, "roles"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_value_that_does_not_fit_is_refused_by_name(sent: dict[str, Any], attribute: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        user(**sent)
    assert refusal.value.attribute == attribute


def test_a_user_needs_a_user_name() -> None:
    with pytest.raises(InvalidValue, match="userName: is required"):
        normalize(USER, {"displayName": "x"})


def test_schemas_are_those_that_the_document_uses() -> None:
    told = [USER_URN, ENTERPRISE_USER_URN]

    assert normalize(USER, {"schemas": told, "userName": "a"})["schemas"] == [USER_URN]
    assert normalize(USER, {"userName": "a", "department": "x"})["schemas"] == told


@pytest.mark.parametrize("schemas", [5, [5], {"a": 1}], ids=str)
def test_schemas_are_text(schemas: object) -> None:
    with pytest.raises(InvalidValue, match="schemas"):
        normalize(USER, {"schemas": schemas, "userName": "a"})


def test_the_body_is_left_alone() -> None:
    body = {"userName": "a", "emails": [dict(WORK)], "name": {"givenName": "x"}}

    normalize(USER, body)["name"]["givenName"] = "y"

    assert body == {"userName": "a", "emails": [WORK], "name": {"givenName": "x"}}


def test_entra_creates_a_group() -> None:
    body = {
        "schemas": [GROUP_URN, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "o1",
        "displayName": "sec-payroll",
        "meta": {"resourceType": "Group"},
    }  # fmt: skip

    document, members = normalize_group(body)

    assert document == {"schemas": [GROUP_URN], "externalId": "o1", "displayName": "sec-payroll"}
    assert members == ()


def test_a_group_needs_a_display_name() -> None:
    with pytest.raises(InvalidValue, match="displayName: is required"):
        normalize_group({"members": []})

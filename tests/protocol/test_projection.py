"""`attributes` and `excludedAttributes` choose what is returned (RFC 7644 §3.9)."""

from typing import Any

import pytest

from scim_api.protocol.projection import Projection
from scim_api.protocol.schema import ENTERPRISE_USER_URN, GROUP, USER, USER_URN

USER_RESOURCE: dict[str, Any] = {
    "schemas": [USER_URN, ENTERPRISE_USER_URN],
    "id": "u1",
    "userName": "mona",
    "name": {"givenName": "Mona", "familyName": "Lind"},
    "emails": [{"value": "a", "type": "work"}, {"value": "b"}],
    "groups": [{"value": "g1"}],
    ENTERPRISE_USER_URN: {"department": "x", "manager": {"value": "m", "$ref": "r"}},
    "meta": {"resourceType": "User", "version": 'W/"1"'},
}
ALWAYS = {"schemas": USER_RESOURCE["schemas"], "id": "u1"}


def asked(attributes: str | None = None, excluded: str | None = None) -> dict[str, Any]:
    projection = Projection.parse(USER, attributes, excluded)
    assert projection is not None
    return projection.apply(USER_RESOURCE)


@pytest.mark.parametrize("text", [None, "", " "])
def test_nothing_asked_is_the_default(text: str | None) -> None:
    assert Projection.parse(USER, text, text) is None


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("id", {}),
        ("userName", {"userName": "mona"}),
        ("USERNAME, name.givenname", {"userName": "mona", "name": {"givenName": "Mona"}}),
        ("name.givenName,name", {"name": USER_RESOURCE["name"]}),
        ("name,name.givenName", {"name": USER_RESOURCE["name"]}),
        ("emails.type", {"emails": [{"type": "work"}]}),
        ("emails.display", {}),
        ('emails[type eq "work"]', {"emails": USER_RESOURCE["emails"]}),
        ('emails[type eq "a],b"].value', {"emails": [{"value": "a"}, {"value": "b"}]}),
        (f"{USER_URN}:userName", {"userName": "mona"}),
        (f"{ENTERPRISE_USER_URN}:department", {ENTERPRISE_USER_URN: {"department": "x"}}),
        ("manager.value", {ENTERPRISE_USER_URN: {"manager": {"value": "m"}}}),
        (ENTERPRISE_USER_URN, {ENTERPRISE_USER_URN: USER_RESOURCE[ENTERPRISE_USER_URN]}),
        ("meta.version", {"meta": {"version": 'W/"1"'}}),
        ("noSuch,,", {}),
    ],
)
def test_attributes_are_returned_with_those_that_always_are(
    attributes: str, expected: dict[str, Any]
) -> None:
    assert asked(attributes) == ALWAYS | expected


@pytest.mark.parametrize(
    ("excluded", "gone"),
    [
        ("groups", {"groups"}),
        ("id,schemas,groups", {"groups"}),
        ("GROUPS , emails", {"groups", "emails"}),
        (ENTERPRISE_USER_URN, {ENTERPRISE_USER_URN}),
        ("noSuch", set()),
    ],
)
def test_excluded_attributes_are_left_out_unless_always_returned(
    excluded: str, gone: set[str]
) -> None:
    assert asked(excluded=excluded) == {k: v for k, v in USER_RESOURCE.items() if k not in gone}


def test_a_part_of_an_attribute_can_be_left_out() -> None:
    part = asked(excluded="name.familyName,emails.value,manager.$ref")

    assert part["name"] == {"givenName": "Mona"}
    assert part["emails"] == [{"type": "work"}]
    assert part[ENTERPRISE_USER_URN] == {"department": "x", "manager": {"value": "m"}}


def test_attributes_win_over_excluded_ones() -> None:
    assert asked("userName", "userName") == ALWAYS | {"userName": "mona"}


@pytest.mark.parametrize(
    ("attributes", "excluded", "wanted"),
    [
        ("members", None, True),
        ("members.value", None, True),
        ("id", None, False),
        (None, "members", False),
        (None, "members.display", True),
        (None, "displayName", True),
    ],
)
def test_it_says_whether_members_have_to_be_read(
    attributes: str | None, excluded: str | None, *, wanted: bool
) -> None:
    projection = Projection.parse(GROUP, attributes, excluded)

    assert projection is not None
    assert projection.wants("members") is wanted

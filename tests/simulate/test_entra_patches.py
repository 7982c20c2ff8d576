"""Entra's PATCH bodies, in the default dialect and behind aadOptscim062020."""

from typing import Any

import pytest

from service.simulate.entra_patches import Patches

WORK = 'emails[type eq "work"].value'
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def operations(body: dict[str, Any] | None) -> list[dict[str, Any]]:
    assert body is not None
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
    found: list[dict[str, Any]] = body["Operations"]
    return found


@pytest.fixture
def default() -> Patches:
    return Patches(compliant=False)


@pytest.fixture
def compliant() -> Patches:
    return Patches(compliant=True)


def test_nothing_is_sent_when_nothing_differs(default: Patches) -> None:
    assert default.profile({"displayName": "A", "more": "x"}, {"displayName": "A"}) is None


def test_by_default_every_attribute_is_an_operation_of_its_own(default: Patches) -> None:
    body = default.profile(
        {WORK: "old@x.test", "name.familyName": "Lind", "displayName": "Same"},
        {WORK: "new@x.test", "name.familyName": "Lind-Berg", "displayName": "Same"},
    )
    assert operations(body) == [
        {"op": "Replace", "path": WORK, "value": "new@x.test"},
        {"op": "Replace", "path": "name.familyName", "value": "Lind-Berg"},
    ]


def test_by_default_a_missing_attribute_is_added(default: Patches) -> None:
    body = default.profile({}, {"title": "Lead"})
    assert operations(body) == [{"op": "Add", "path": "title", "value": "Lead"}]


def test_by_default_booleans_are_text(default: Patches) -> None:
    assert operations(default.activation(active=False)) == [
        {"op": "Replace", "path": "active", "value": "False"}
    ]
    assert operations(default.profile({"active": False}, {"active": True})) == [
        {"op": "Replace", "path": "active", "value": "True"}
    ]


def test_with_the_flag_several_replacements_become_one_object(compliant: Patches) -> None:
    number = f"{ENTERPRISE}:department"
    body = compliant.profile(
        {"displayName": "a", "name.givenName": "a", WORK: "a@x.test", number: "a"},
        {"displayName": "b", "name.givenName": "b", WORK: "b@x.test", number: "b"},
    )
    assert operations(body) == [
        {"op": "replace", "path": WORK, "value": "b@x.test"},
        {"op": "replace", "value": {"displayName": "b", "name.givenName": "b", number: "b"}},
    ]


def test_with_the_flag_a_single_replacement_keeps_its_path(compliant: Patches) -> None:
    body = compliant.profile({"displayName": "a"}, {"displayName": "b"})
    assert operations(body) == [{"op": "replace", "path": "displayName", "value": "b"}]


def test_with_the_flag_booleans_are_booleans(compliant: Patches) -> None:
    assert operations(compliant.activation(active=False)) == [
        {"op": "replace", "path": "active", "value": False}
    ]


def test_the_manager_is_a_bare_string_on_its_urn(default: Patches) -> None:
    assert operations(default.manager("m1")) == [
        {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "m1"}
    ]


def test_by_default_members_carry_an_empty_reference(default: Patches) -> None:
    assert operations(default.members_added(["u1", "u2"])) == [
        {
            "op": "Add",
            "path": "members",
            "value": [{"$ref": None, "value": "u1"}, {"$ref": None, "value": "u2"}],
        }
    ]


def test_by_default_members_are_removed_by_a_value_array(default: Patches) -> None:
    assert operations(default.members_removed(["u1"])) == [
        {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "u1"}]}
    ]


def test_with_the_flag_members_are_removed_by_filter(compliant: Patches) -> None:
    assert operations(compliant.members_removed(["u1", "u2"])) == [
        {"op": "remove", "path": 'members[value eq "u1"]'},
        {"op": "remove", "path": 'members[value eq "u2"]'},
    ]


def test_a_group_is_renamed_by_its_display_name(default: Patches) -> None:
    assert operations(default.display_name("New")) == [
        {"op": "Replace", "path": "displayName", "value": "New"}
    ]

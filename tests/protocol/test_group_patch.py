"""PATCH of a Group: what clients send about members becomes one change; an id names the client."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.filters import Comparison
from provisioning.matching import matches
from provisioning.member_changes import MemberChange
from scim_api.protocol import patch
from scim_api.protocol.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidValue,
    Mutability,
    NoTarget,
    ScimError,
)
from scim_api.protocol.group_patch import GroupChange, split
from scim_api.protocol.patch import Operation


def change(*operations: Any) -> GroupChange:
    return split(patch.parse({"Operations": list(operations)}))


def add(*ids: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": i} for i in ids]}


def remove(*ids: str) -> dict[str, Any]:
    return {"op": "remove", "path": "members", "value": [{"value": i} for i in ids]}


def replace(*ids: str) -> dict[str, Any]:
    return {"op": "replace", "path": "members", "value": [{"value": i} for i in ids]}


def by_filter(text: str) -> dict[str, Any]:
    return {"op": "remove", "path": f"members[{text}]"}


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        pytest.param(
            [
                by_filter('value eq "u1"'),
                {"op": "add", "path": "members", "value": [{"value": "u2", "display": "o"}]},
            ],
            MemberChange(added=("u2",), removed=("u1",)),
            id="Okta's delta",
        ),
        pytest.param(
            [{"op": "replace", "path": "members", "value": [{"value": "u1", "display": None}]}],
            MemberChange(replaced=True, added=("u1",)),
            id="Okta's Push now",
        ),
        pytest.param(
            [replace()], MemberChange(replaced=True), id="Push now of nobody (SCIM-SDK 757)"
        ),
        pytest.param(
            [{"op": "replace", "value": {"members": [{"value": "u1"}]}}],
            MemberChange(replaced=True, added=("u1",)),
            id="path-less (keycloak-scim-server 100)",
        ),
        pytest.param(
            [
                {"op": "replace", "path": "members", "value": '[{"value": "u1"}]'},
                {"op": "add", "path": "members", "value": ['{"value": "u2"}']},
                {"op": "remove", "path": "members", "value": '{"value": "u1"}'},
            ],
            MemberChange(replaced=True, added=("u2",)),
            id="JSON text (SCIM-SDK 404)",
        ),
        pytest.param(
            [{"op": "add", "value": {"Members": [{"value": "u1"}]}}],
            MemberChange(added=("u1",)),
            id="path-less add",
        ),
        pytest.param(
            [{"op": "Add", "path": "members", "value": [{"$ref": None, "value": "u1"}]}],
            MemberChange(added=("u1",)),
            id="Entra adds",
        ),
        pytest.param(
            [{"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "u1"}]}],
            MemberChange(removed=("u1",)),
            id="Entra removes (azure-docs 30826)",
        ),
        pytest.param(
            [{"op": "Remove", "path": "members", "value": "u1"}],
            MemberChange(removed=("u1",)),
            id="bare id",
        ),
        pytest.param(
            [{"op": "remove", "path": "members"}], MemberChange(replaced=True), id="all removed"
        ),
        pytest.param(
            [{"op": "remove", "path": "members", "value": None}],
            MemberChange(replaced=True),
            id="Keycloak removes all",
        ),
        pytest.param([remove()], None, id="removes nobody"),
        pytest.param([remove("u1"), replace()], MemberChange(replaced=True), id="replaced at last"),
        pytest.param([add()], None, id="adds nobody"),
        pytest.param(
            [add("u1"), add("u2"), remove("u3"), remove("u4")],
            MemberChange(added=("u1", "u2"), removed=("u3", "u4")),
            id="authentik: one each",
        ),
        pytest.param(
            [add("u1"), remove("u1")], MemberChange(removed=("u1",)), id="added, then removed"
        ),
        pytest.param(
            [remove("u1"), add("u1")], MemberChange(added=("u1",)), id="removed, then added"
        ),
        pytest.param(
            [add("u1"), {"op": "remove", "path": "members"}, add("u2")],
            MemberChange(replaced=True, added=("u2",)),
            id="emptied between",
        ),
        pytest.param(
            [replace("u1", "u2"), by_filter('value eq "u1"')],
            MemberChange(replaced=True, added=("u2",)),
            id="replaced, less one",
        ),
        pytest.param(
            [by_filter('value eq "u1" or value eq "u2"')],
            MemberChange(removed=("u1", "u2")),
            id="or of ids",
        ),
        pytest.param(
            [{"op": "remove", "path": 'MEMBERS[ Value EQ "u1" ]'}],
            MemberChange(removed=("u1",)),
            id="any case",
        ),
        pytest.param([by_filter('value eq "a\\"b"')], MemberChange(removed=('a"b',)), id="escaped"),
        pytest.param(
            [{"op": "replace", "path": 'members[value eq "u1"]', "value": {"value": "u2"}}],
            MemberChange(added=("u2",), removed=("u1",)),
            id="one for another",
        ),
        pytest.param(
            [{"op": "add", "path": 'members[value eq "u1"]', "value": {"value": "u1"}}],
            MemberChange(added=("u1",)),
            id="added by filter",
        ),
        pytest.param(
            [{"op": "replace", "path": 'members[value eq "u1"].display', "value": "x"}],
            None,
            id="a label is ours",
        ),
        pytest.param(
            [
                {
                    "op": "replace",
                    "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members",
                    "value": ["u1"],
                }
            ],
            MemberChange(replaced=True, added=("u1",)),
            id="URN",
        ),
    ],
)
def test_operations_on_members_become_one_change(
    operations: list[Any], expected: MemberChange | None
) -> None:
    assert change(*operations) == GroupChange(expected, ())


@pytest.mark.parametrize(
    "value",
    [{"id": "g1", "displayName": "Field Ops"}, {"displayName": "Field Ops", "members": None}],
    ids=["Okta renames (langwatch 7131)", "members null"],
)
def test_a_patch_that_names_no_members_never_touches_them(value: dict[str, Any]) -> None:
    found = change({"op": "replace", "value": value})

    assert found.members is None
    assert [o.value["displayName"] for o in found.operations] == ["Field Ops"]
    assert "members" not in found.operations[0].value


def test_attributes_and_members_in_one_object_go_separate_ways() -> None:
    found = change({"op": "replace", "value": {"displayName": "x", "members": ["u1"]}})

    assert found.members == MemberChange(replaced=True, added=("u1",))
    assert found.operations == (Operation("replace", None, {"displayName": "x"}),)


def test_other_operations_are_left_for_the_document() -> None:
    rename = {"op": "replace", "path": "displayName", "value": "x"}

    assert change(rename, add("u1")).operations == (Operation("replace", "displayName", "x"),)


def test_onelogin_s_older_form_is_understood() -> None:
    body = {
        "schemas": ["urn:scim:schemas:core:1.0"],
        "displayName": "x",
        "members": [{"value": "u1"}, {"value": "u2", "operation": "delete"}],
    }

    found = split(patch.parse(body))

    assert found.members == MemberChange(added=("u1",), removed=("u2",))
    assert found.operations == (Operation("replace", None, {"displayName": "x"}),)


@pytest.mark.parametrize(
    "members",
    ['[{"value": "u1", "operation": "delete"}]', ['{"value": "u1", "operation": "delete"}']],
    ids=str,
)
def test_who_is_deleted_in_json_text_is_not_added(members: Any) -> None:
    assert split(patch.parse({"members": members})).members == MemberChange(removed=("u1",))


def test_everyone_but_one_is_left_for_the_database() -> None:
    found = change(by_filter('value ne "u1"'))

    assert found.members is not None
    assert len(found.members.removed_where) == 1


def test_a_filter_by_more_than_the_id_is_left_for_the_database() -> None:
    found = change(by_filter('type eq "Group"'), add("u1"))

    assert found.members is not None
    (predicate,) = found.members.removed_where
    assert isinstance(predicate, Comparison)
    assert matches(predicate, {"value": "g2", "type": "Group"})
    assert not matches(predicate, {"value": "u2", "type": "User"})
    assert found.members.added == ("u1",)


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        ([add("u1"), by_filter('type eq "User"')], InvalidPath),
        ([{"op": "replace", "path": 'members[type eq "User"]', "value": []}], InvalidPath),
        ([by_filter('no eq "x"')], InvalidFilter),
        ([{"op": "replace", "path": 'members[value eq "u1"].value', "value": "u2"}], Mutability),
        ([{"op": "remove", "path": "members.value"}], Mutability),
        ([{"op": "add", "path": "members", "value": [5]}], InvalidValue),
        ([{"op": "add", "path": "emails", "value": [5]}], InvalidPath),
        ([{"op": "remove", "value": {"members": ["u1"]}}], NoTarget),
    ],
    ids=str,
)
def test_what_cannot_be_done_to_members_is_refused(
    operations: list[Any], refusal: type[ScimError]
) -> None:
    with pytest.raises(refusal):
        change(*operations)


IDS = st.sampled_from(["u1", "u2", "u3", "u4"])
OPERATIONS = st.tuples(st.sampled_from(["add", "remove", "replace"]), st.lists(IDS, max_size=3))


def _one_by_one(present: set[str], operations: list[tuple[str, list[str]]]) -> set[str]:
    for name, ids in operations:
        match name:
            case "add":
                present = present | set(ids)
            case "remove":
                present = present - set(ids)
            case _:
                present = set(ids)
    return present


@given(st.sets(IDS), st.lists(OPERATIONS, max_size=6))
def test_the_change_does_what_the_operations_do_one_by_one(
    present: set[str], operations: list[tuple[str, list[str]]]
) -> None:
    by_name = {"add": add, "remove": remove, "replace": replace}
    found = change(*(by_name[name](*ids) for name, ids in operations)).members or MemberChange()

    after = set() if found.replaced else present - set(found.removed)

    assert after | set(found.added) == _one_by_one(present, operations)

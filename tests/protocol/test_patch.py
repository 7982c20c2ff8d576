"""
PATCH of users: the forms that identity providers send, the rules of the RFC, and refusals.

The forms are in `patch_forms.json`, each named after its client and the thread it is known from.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from scim_api.protocol import patch
from scim_api.protocol.documents import normalize, normalize_group
from scim_api.protocol.errors import (
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    Mutability,
    NoTarget,
    ScimError,
    TooMany,
)
from scim_api.protocol.schema import ENTERPRISE_USER_URN as ENTERPRISE
from scim_api.protocol.schema import GROUP, USER, USER_URN

WORK = {"value": "old@x.test", "type": "work", "primary": True}
FORMS = json.loads(Path(__file__).with_name("patch_forms.json").read_bytes())


def patched(before: dict[str, Any], *operations: Any) -> dict[str, Any]:
    """What a user with these attributes becomes, without `schemas` and the userName."""
    document = normalize(USER, {"userName": "mona", **before})
    after = patch.apply(USER, document, patch.parse({"Operations": list(operations)}))
    assert document == normalize(USER, {"userName": "mona", **before})
    return {k: v for k, v in after.items() if k not in {"schemas", "userName"}}


def op(name: str, *rest: Any) -> dict[str, Any]:
    """`op(name, value)` without a path, `op(name, path, value)` with one."""
    path = {"path": rest[0]} if len(rest) == 2 else {}
    return {"op": name, **path, "value": rest[-1]}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form["form"])
def test_the_forms_of_clients_are_applied(form: dict[str, Any]) -> None:
    assert patched(form["before"], *form["operations"]) == form["after"]


@pytest.mark.parametrize(
    ("before", "operations", "after"),
    [
        pytest.param([WORK], [op("add", "emails", [WORK])], [WORK], id="who is there is not added"),
        pytest.param(
            [WORK], [op("add", "emails", {"value": "b"})], [WORK, {"value": "b"}], id="appended"
        ),
        pytest.param([WORK], [op("add", "emails", None)], [WORK], id="nothing added"),
        pytest.param(
            [WORK],
            [op("add", "emails", [{"value": "b", "primary": True}])],
            [{**WORK, "primary": False}, {"value": "b", "primary": True}],
            id="a new primary",
        ),
        pytest.param(
            [WORK, {"value": "b"}],
            [{"op": "replace", "path": 'emails[value eq "b"].primary', "value": True}],
            [{**WORK, "primary": False}, {"value": "b", "primary": True}],
            id="another primary",
        ),
        pytest.param(
            [WORK, {"value": "b"}],
            [op("add", "emails", [{"value": "b", "primary": True}])],
            [{**WORK, "primary": False}, {"value": "b", "primary": True}],
            id="one there becomes primary",
        ),
        pytest.param(
            [WORK], [op("replace", "emails", [{"value": "b"}])], [{"value": "b"}], id="all replaced"
        ),
        pytest.param(
            [WORK, {"value": "b"}], [op("replace", "emails", [])], None, id="replaced by none"
        ),
        pytest.param(
            [WORK, {"value": "b"}],
            [op("replace", 'emails[type eq "work"]', {"value": "c"})],
            [{**WORK, "value": "c"}, {"value": "b"}],
            id="an element replaced",
        ),
        pytest.param(
            [WORK],
            [op("add", 'emails[type eq "work"]', {"display": "M"})],
            [{**WORK, "display": "M"}],
            id="merged",
        ),
        pytest.param(
            [WORK],
            [op("replace", 'emails[type eq "work"]', "c")],
            [{**WORK, "value": "c"}],
            id="by text",
        ),
        pytest.param(
            [WORK],
            [op("replace", 'emails[type eq "Home"]', {"value": "c"})],
            [WORK, {"type": "Home", "value": "c"}],
            id="made as the filter was written",
        ),
        pytest.param(
            [WORK, {"value": "b"}],
            [op("replace", 'emails[type eq "work"]', None)],
            [{"value": "b"}],
            id="unassigned",
        ),
        pytest.param(
            [WORK, {"value": "b"}],
            [{"op": "remove", "path": 'emails[type eq "WORK"]'}],
            [{"value": "b"}],
            id="removed",
        ),
        pytest.param(
            [WORK, {"value": "b"}],
            [{"op": "remove", "path": 'emails[value sw "B" or type eq "work"]'}],
            None,
            id="both",
        ),
        pytest.param(
            [WORK], [{"op": "remove", "path": 'emails[type eq "home"]'}], [WORK], id="none removed"
        ),
        pytest.param(
            [WORK],
            [{"op": "remove", "path": "emails.type"}],
            [{"value": "old@x.test", "primary": True}],
            id="a part of all",
        ),
        pytest.param(
            [WORK],
            [op("replace", "emails.display", "M")],
            [{**WORK, "display": "M"}],
            id="a part set",
        ),
        pytest.param([], [op("add", "emails.value", "b")], [{"value": "b"}], id="a part of none"),
        pytest.param(
            [WORK],
            [op("remove", "emails", [{"value": "OLD@x.test"}])],
            None,
            id="removed by value in any case",
        ),
        pytest.param(
            [WORK],
            [op("remove", "emails", [{"value": "old@x.test", "type": "home"}])],
            [WORK],
            id="another type",
        ),
        pytest.param(
            [WORK], [op("remove", "emails", [{"type": "work"}])], None, id="removed by what is told"
        ),
        pytest.param(
            [WORK, {"value": "b", "type": "work"}],
            [op("replace", 'emails[type eq "work"].value', "c")],
            [{**WORK, "value": "c"}],
            id="two become alike, and one",
        ),
    ],
)
def test_values_of_a_list_are_added_replaced_and_removed(
    before: list[Any], operations: list[Any], after: list[Any] | None
) -> None:
    assert patched({"emails": before}, *operations).get("emails") == after


@pytest.mark.parametrize(
    ("operation", "refusal"),
    [
        (op("replace", "noSuch", "x"), InvalidPath),
        (op("replace", "name.noSuch", "x"), InvalidPath),
        (op("replace", "emails[type", "x"), InvalidPath),
        (op("replace", f"{ENTERPRISE}:noSuch", "x"), InvalidPath),
        (op("replace", 'emails[no eq "x"].value', "x"), InvalidFilter),
        (op("replace", 'emails[type ne "work"].value', "x"), NoTarget),
        (op("replace", "id", "x"), Mutability),
        (op("add", "groups", [{"value": "g"}]), Mutability),
        (op("replace", "meta.created", "x"), Mutability),
        (op("replace", f"{ENTERPRISE}:manager.displayName", "x"), Mutability),
        ({"op": "remove", "path": "userName"}, Mutability),
        ({"op": "remove", "path": "id"}, Mutability),
        (op("replace", "userName", ""), InvalidValue),
        (op("replace", {"userName": None}), InvalidValue),
        (op("replace", "active", "maybe"), InvalidValue),
        (op("replace", "name", "Bob"), InvalidValue),
        (op("replace", ENTERPRISE, "x"), InvalidValue),
        (op("replace", "text"), InvalidValue),
        (op("replace", "[1]"), InvalidValue),
        (op("replace", '{"title": "cut'), InvalidValue),
        (op("replace", "name", '{"givenName": "cut'), InvalidValue),
        (op("replace", "name", "[1]"), InvalidValue),
        (op("replace", "name", '{"givenName": "\\u0000"}'), InvalidValue),
        (op("add", "emails", "[1]"), InvalidValue),
        (op("add", "title", 1.5), InvalidValue),
        (op("replace", 5), InvalidValue),
        (op("add", None), InvalidValue),
        ({"op": "replace", "path": "title"}, InvalidValue),
        ({"op": "remove"}, NoTarget),
        ({"op": "remove", "path": " "}, NoTarget),
        ({"op": "move", "path": "title"}, InvalidSyntax),
        ({"op": 5, "path": "title"}, InvalidSyntax),
        ({"path": "title", "value": "x"}, InvalidSyntax),
        (op("add", 5, "x"), InvalidSyntax),
        ("add", InvalidSyntax),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused(operation: Any, refusal: type[ScimError]) -> None:
    with pytest.raises(refusal):
        patched({"title": "a"}, operation)


@pytest.mark.parametrize(
    "body", [{}, {"Operations": None}, {"Operations": {}}, {"Operations": "x"}], ids=str
)
def test_a_body_without_operations_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidSyntax, match="Operations"):
        patch.parse(body)


def test_what_else_is_in_the_body_does_not_matter() -> None:
    body = {"id": "u1", "schemas": ["x"], "OPERATIONS": [op("add", "title", "x")]}

    assert patch.parse(body) == (patch.Operation("add", "title", "x"),)


def test_more_operations_than_anybody_needs_are_too_many() -> None:
    with pytest.raises(TooMany):
        patch.parse({"Operations": [{}] * (patch.MAX_OPERATIONS + 1)})


def test_operations_are_applied_in_order() -> None:
    operations = [
        op("add", "title", "a"),
        {"op": "remove", "path": "title"},
        op("add", "title", "b"),
    ]

    assert patched({}, *operations) == {"title": "b"}


def test_schemas_follow_the_content() -> None:
    document = normalize(USER, {"userName": "a"})
    added = patch.apply(USER, document, patch.parse({"Operations": [op("add", "department", "x")]}))
    removed = patch.apply(
        USER, added, patch.parse({"Operations": [op("replace", "department", "")]})
    )

    assert added["schemas"] == [USER_URN, ENTERPRISE]
    assert removed == document


def test_the_document_is_left_alone() -> None:
    body = {"userName": "a", "emails": [WORK], "name": {"givenName": "x"}, "department": "d"}
    document = normalize(USER, body)
    operations = [
        op("replace", 'emails[type eq "work"].value', "b"),
        op("replace", "name.givenName", "y"),
        op("replace", "department", "e"),
    ]

    patch.apply(USER, document, patch.parse({"Operations": operations}))

    assert document == normalize(USER, body)


def test_a_group_takes_its_attributes() -> None:
    document, _ = normalize_group({"displayName": "a"})
    operations = patch.parse(
        {
            "Operations": [
                op("Add", "externalId", "o1"),
                op("replace", {"id": "g", "displayName": "b"}),
            ]
        }
    )

    after = patch.apply(GROUP, document, operations)

    assert after == {"schemas": document["schemas"], "displayName": "b", "externalId": "o1"}

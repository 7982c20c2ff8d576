"""
Every operation of the OpenAPI document has one method of the Python client, which sends what the
document takes and reads what it answers: a route without a method, or a name that differs, fails.
"""

import inspect
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import NoneType
from typing import Any

import pytest

from provisioning_client import Client
from tests.admin_serving import Admin
from tests.described_methods import Method, methods
from tests.described_operations import Operation, operations
from tests.shapes import of_kind, of_sample, of_schema, resolved

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])

# It reads what `events.list` reads, and goes on.
MORE_THAN_AN_OPERATION = {"events.follow"}

# These do no harm twice; a check is quick only without a key.
WITHOUT_A_KEY = {
    *("check_permission", "check_permissions", "discover", "create_sign_in"),
    *("attest_memberships", "compare_memberships"),
}

# What a log must not have; an invitation's address has its token in it.
SECRETS = {"key", "token", "id_token", "access_token", "url"}
NO_SECRETS = {("SetAsideNote", "key")}
"""Of whom a note is: an id."""

Pair = tuple[Operation, Method]


def spelled(method: str, path: str) -> str:
    return f"{method} {path}"


def operating(client: Client) -> list[Method]:
    return [one for one in methods(client) if one.name not in MORE_THAN_AN_OPERATION]


def of_method(method: Method) -> str:
    call = method.calls()[0]
    return spelled(call.method, call.path)


def of_operation(operation: Operation) -> str:
    return spelled(operation.method, operation.path.replace("{", "").replace("}", ""))


@pytest.fixture
def pairs(admin: Admin) -> Iterator[list[Pair]]:
    with Client(admin.address, "x") as client:
        by_place = {of_method(method): method for method in operating(client)}
        found = [
            (operation, by_place[of_operation(operation)])
            for operation in operations(admin)
            if of_operation(operation) in by_place
        ]
        assert found
        yield found


def test_every_operation_has_one_method(admin: Admin) -> None:
    with Client(admin.address, "x") as client:
        found = Counter(of_method(method) for method in operating(client))

    assert found == Counter(of_operation(operation) for operation in operations(admin))


def test_a_method_always_goes_to_one_place(pairs: list[Pair]) -> None:
    for operation, method in pairs:
        places = {spelled(call.method, call.path) for call in [*method.calls(), method.least()]}
        assert places == {of_operation(operation)}, method.name


def test_bodies_have_the_documents_names_and_choices(pairs: list[Pair]) -> None:
    for operation, method in pairs:
        sent = {one for call in method.calls() for one in of_sample(call.body)}
        taken = {one for one in of_schema(operation.document, body(operation)) if one[-1] != "?"}
        assert sent == closed(taken, sent), method.name


def test_what_a_body_needs_is_asked_for(pairs: list[Pair]) -> None:
    for operation, method in pairs:
        needed = set(needs(operation.document, body(operation)))
        assert needed <= set(method.least().body or {}), method.name


def test_queries_have_the_documents_names_and_choices(pairs: list[Pair]) -> None:
    for operation, method in pairs:
        described = [one for one in parameters(operation) if one["in"] == "query"]
        properties = {one["name"]: one["schema"] for one in described}
        schema = {"type": "object", "properties": properties}
        sent = {one for call in method.calls() for one in of_sample(call.query)}
        taken = {one for one in of_schema(operation.document, schema) if one[-1] != "?"}
        assert sent == closed(taken, sent), method.name
        needed = {one["name"] for one in described if one.get("required")}
        assert needed <= set(method.least().query), method.name


def test_answers_are_read_as_the_document_says(pairs: list[Pair]) -> None:
    for operation, method in pairs:
        kind, path = method.answer
        read = set() if kind is NoneType else set(of_kind(kind, path))
        said = {
            one
            for one in of_schema(operation.document, answered(operation))
            if "=" not in one and one != "data" and not one.startswith("list_metadata")
        }
        assert read == said, method.name


def test_no_answer_shows_a_secret_when_it_is_printed(pairs: list[Pair]) -> None:
    kinds = {method.answer[0] for _, method in pairs} - {NoneType}
    held = [(kind, one) for kind in kinds for one in fields(kind) if one.name in SECRETS]

    assert {one.name for _, one in held} == SECRETS
    assert {(kind.__name__, one.name) for kind, one in held if one.repr} == NO_SECRETS


def test_what_must_happen_once_carries_a_key(pairs: list[Pair]) -> None:
    without = {
        operation.id
        for operation, method in pairs
        if operation.method == "POST" and "Idempotency-Key" not in method.least().headers
    }

    assert without == WITHOUT_A_KEY


def test_keys_and_conditions_become_headers(pairs: list[Pair]) -> None:
    names = {"idempotency_key": "Idempotency-Key", "if_match": "If-Match"}
    for _, method in pairs:
        headers = method.calls()[0].headers
        for parameter in names.keys() & inspect.signature(method.describe).parameters:
            assert headers[names[parameter]] == parameter, method.name


def body(operation: Operation) -> Mapping[str, Any]:
    return content(operation.described.get("requestBody", {}))


def answered(operation: Operation) -> Mapping[str, Any]:
    (success,) = (
        answer for status, answer in operation.described["responses"].items() if status[0] == "2"
    )
    return content(success)


def content(message: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = message.get("content", {}).get("application/json", {})
    schema: Mapping[str, Any] = found.get("schema", {})
    return schema


def parameters(operation: Operation) -> list[Mapping[str, Any]]:
    return list(operation.described.get("parameters", ()))


def needs(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    """What every choice needs."""
    schema = resolved(document, schema)
    yield from schema.get("required", ())
    choices = [set(needs(document, one)) for one in schema.get("anyOf", schema.get("oneOf", ()))]
    if choices:
        yield from set.intersection(*choices)


def closed(taken: set[str], sent: set[str]) -> set[str]:
    """Without the choices of what the client leaves open, as the scopes of a key."""
    chosen = {one.partition("=")[0] for one in sent if "=" in one}
    return {one for one in taken if "=" not in one or one.partition("=")[0] in chosen}

"""What holds of every PATCH, and of every document, whatever is in them."""

import contextlib
import copy
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from scim_api.protocol import patch
from scim_api.protocol.documents import normalize
from scim_api.protocol.errors import ScimError
from scim_api.protocol.group_patch import split
from scim_api.protocol.patch import Operation
from scim_api.protocol.schema import ENTERPRISE_USER_URN, USER
from scim_api.protocol.search_document import search_document
from scim_api.protocol.syntax import parse_object

TEXT = st.sampled_from(["a", "B", "ß", " x ", "mona@x.test", "1"])
TYPES = st.sampled_from(["work", "home", "Mobile"])
MAYBE = st.one_of(TEXT, st.none(), st.just(""))
EMAIL = st.fixed_dictionaries(
    {"value": TEXT}, optional={"type": TYPES, "primary": st.booleans(), "display": TEXT}
)
NAME = st.dictionaries(st.sampled_from(["givenName", "familyName", "formatted"]), TEXT, min_size=1)
ENTERPRISE = st.fixed_dictionaries(
    {}, optional={"department": TEXT, "manager": st.fixed_dictionaries({"value": TEXT})}
)
USERS = st.fixed_dictionaries(
    {"userName": TEXT},
    optional={
        "title": TEXT,
        "active": st.booleans(),
        "name": NAME,
        "emails": st.lists(EMAIL, max_size=3),
        "roles": st.lists(EMAIL, max_size=2),
        ENTERPRISE_USER_URN: ENTERPRISE,
    },
).map(lambda body: normalize(USER, body))
FILTERED = st.builds(
    lambda attribute, label, sub: f'{attribute}[type eq "{label}"]{sub}',
    st.sampled_from(["emails", "roles"]),
    TYPES,
    st.sampled_from([".value", ".display"]),
)
WRITES = st.one_of(
    st.tuples(st.sampled_from(["title", "name.givenName", "department", "manager.value"]), MAYBE),
    st.tuples(st.just("active"), st.sampled_from([True, False, "True", "False", None])),
    st.tuples(st.sampled_from(["emails", "roles"]), st.lists(EMAIL, max_size=3)),
    st.tuples(st.just("name"), NAME),
    st.tuples(FILTERED, MAYBE),
    st.tuples(st.just('roles[primary eq "True"].value'), MAYBE),
    st.tuples(st.just('emails[value eq "a"].primary'), st.booleans()),
    st.tuples(st.none(), st.dictionaries(st.sampled_from(["title", "name.givenName"]), MAYBE)),
)
REMOVALS = st.one_of(
    st.builds(
        Operation,
        st.just("remove"),
        st.sampled_from(["title", "emails", "name", 'emails[type eq "work"]', "roles.display"]),
        st.none(),
    ),
    st.builds(Operation, st.just("remove"), st.just("emails"), st.lists(EMAIL, min_size=1)),
)


def operations(op: str) -> st.SearchStrategy[Operation]:
    return WRITES.map(lambda write: patch.parse({"Operations": [_raw(op, *write)]})[0])


def _raw(op: str, path: str | None, value: object) -> dict[str, object]:
    return {"op": op, "value": value} | ({} if path is None else {"path": path})


ANY = st.one_of(operations("add"), operations("replace"), REMOVALS)


@given(USERS, operations("replace"))
def test_to_replace_twice_is_to_replace_once(document: dict[str, Any], one: Operation) -> None:
    once = patch.apply(USER, document, [one])

    assert patch.apply(USER, once, [one]) == once


@given(USERS, operations("add"))
def test_to_add_twice_is_to_add_once(document: dict[str, Any], one: Operation) -> None:
    once = patch.apply(USER, document, [one])

    assert patch.apply(USER, once, [one]) == once


@given(USERS, REMOVALS)
def test_to_remove_twice_is_to_remove_once(document: dict[str, Any], one: Operation) -> None:
    once = patch.apply(USER, document, [one])

    assert patch.apply(USER, once, [one]) == once


@given(USERS, EMAIL.filter(lambda email: not email.get("primary")))
def test_to_remove_undoes_to_add(document: dict[str, Any], email: dict[str, Any]) -> None:
    added = {**email, "value": "new@x.test"}
    there = patch.apply(USER, document, [Operation("add", "emails", [added])])

    assert added in there["emails"]
    assert patch.apply(USER, there, [Operation("remove", "emails", [added])]) == document


@given(USERS, st.lists(ANY, max_size=5))
def test_operations_together_do_what_they_do_one_by_one(
    document: dict[str, Any], several: list[Operation]
) -> None:
    one_by_one = document
    for operation in several:
        one_by_one = patch.apply(USER, one_by_one, [operation])
    together = patch.apply(USER, document, several)

    # A label written before its value waits for it within one request, and is dropped at its end.
    if all(operation.path is None or ".display" not in operation.path for operation in several):
        assert together == one_by_one


@given(USERS, st.lists(ANY, max_size=5))
def test_a_document_stays_canonical_and_its_source_untouched(
    document: dict[str, Any], several: list[Operation]
) -> None:
    before = copy.deepcopy(document)

    after = patch.apply(USER, document, several)

    assert document == before
    assert normalize(USER, after) == after
    for name in ("emails", "roles"):
        assert sum(bool(element.get("primary")) for element in after.get(name, ())) <= 1


@given(USERS)
def test_what_is_returned_reads_back_as_itself(document: dict[str, Any]) -> None:
    returned = {
        **document,
        "id": "u1",
        "meta": {"resourceType": "User"},
        "groups": [{"value": "g"}],
    }

    assert normalize(USER, orjson.loads(orjson.dumps(returned))) == document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | TEXT,
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "value",
                    "type",
                    "primary",
                    "$ref",
                    "op",
                    "path",
                    "Operations",
                    "emails",
                    "members",
                    "userName",
                    "name",
                    "schemas",
                    "name.givenName",
                    'emails[type eq "a"]',
                    "meta",
                    ENTERPRISE_USER_URN,
                    f"{ENTERPRISE_USER_URN}:manager",
                    "manager",
                    "active",
                    "[",
                    "",
                ]
            ),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PATHS = st.sampled_from(
    [
        "emails",
        "name",
        "userName",
        "active",
        "manager",
        "manager.value",
        "emails.value",
        "schemas",
        'emails[type eq "work"]',
        'emails[primary eq "True"].value',
        "roles[value pr]",
        "groups",
        "x",
        ENTERPRISE_USER_URN,
        "emails[",
        'emails[type eq "a" or value co "b"].display',
        "password",
    ]
)


@given(st.integers(-(2**63), 2**64 - 1))
def test_an_integer_is_kept_as_the_text_it_is_written_as(number: int) -> None:
    body = {"userName": number, "employeeNumber": number, "phoneNumbers": [{"value": number}]}
    sent = parse_object(orjson.dumps(body))

    document = normalize(USER, sent)

    assert document["userName"] == str(number)
    assert document["phoneNumbers"] == [{"value": str(number)}]
    assert document[ENTERPRISE_USER_URN] == {"employeeNumber": str(number)}


@given(
    USERS,
    st.sampled_from(["add", "replace", "remove"]),
    st.sampled_from(["emails", "name", "manager", ENTERPRISE_USER_URN, None]),
    JSON.filter(lambda value: isinstance(value, (dict, list))),
)
def test_json_text_means_what_the_json_means(
    document: dict[str, Any], op: str, path: str | None, value: Any
) -> None:
    text = orjson.dumps(value).decode()

    assert _outcome(document, op, path, text) == _outcome(document, op, path, value)


def _outcome(document: dict[str, Any], op: str, path: str | None, value: Any) -> object:
    try:
        return patch.apply(USER, document, patch.parse({"Operations": [_raw(op, path, value)]}))
    except ScimError as error:
        return error.body()


@given(JSON)
def test_any_body_is_a_document_or_a_refusal(body: Any) -> None:
    with contextlib.suppress(ScimError):
        document = normalize(USER, body if isinstance(body, dict) else {"emails": body})
        assert normalize(USER, document) == document
        assert search_document(USER, document)


@given(USERS, st.sampled_from(["add", "Replace", "remove"]), st.none() | PATHS, JSON)
def test_any_operation_is_applied_or_refused(
    document: dict[str, Any], op: str, path: str | None, value: Any
) -> None:
    with contextlib.suppress(ScimError):
        after = patch.apply(USER, document, patch.parse({"Operations": [_raw(op, path, value)]}))
        assert normalize(USER, after) == after


@given(JSON)
def test_any_patch_body_is_read_or_refused(body: Any) -> None:
    with contextlib.suppress(ScimError):
        patch.parse(body if isinstance(body, dict) else {"Operations": body})


@given(PATHS, JSON, st.sampled_from(["add", "replace", "remove"]))
def test_any_operation_on_members_is_folded_or_refused(path: str, value: Any, op: str) -> None:
    target = path.replace("emails", "members")
    with contextlib.suppress(ScimError):
        split(patch.parse({"Operations": [_raw(op, target, value)]}))


@given(st.binary(max_size=40) | JSON.map(orjson.dumps))
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    with contextlib.suppress(ScimError):
        normalize(USER, parse_object(body))

"""PATCH by another reading of RFC 7644 (scim2-models) gives the same resource."""

from typing import Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scim2_models import EnterpriseUser, PatchOp, User
from scim2_models.exceptions import SCIMException

from scim_api.protocol import patch
from scim_api.protocol.documents import normalize
from scim_api.protocol.schema import ENTERPRISE_USER_URN, USER

Oracle = User[EnterpriseUser]
BODY: dict[str, Any] = {
    "userName": "mona",
    "title": "VP",
    "active": True,
    "name": {"givenName": "Mona", "familyName": "Lind"},
    "emails": [
        {"value": "a@example.com", "type": "work", "primary": True},
        {"value": "b@example.com", "type": "home"},
    ],
    ENTERPRISE_USER_URN: {"department": "Payroll", "employeeNumber": "7"},
}
VALUES = st.sampled_from(["x", "Y y", "ü"])
EMAILS = st.lists(
    st.fixed_dictionaries(
        {
            "value": st.sampled_from(["a@example.com", "c@example.com", "d@example.com"]),
            "type": st.just("work"),
        }
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda email: email["value"],
)
WRITES = st.one_of(
    st.tuples(
        st.sampled_from(
            [
                "title",
                "TITLE",
                "name.givenName",
                "name.middleName",
                "nickName",
                "externalId",
                f"{ENTERPRISE_USER_URN}:department",
                f"{ENTERPRISE_USER_URN}:costCenter",
                'emails[type eq "home"].display',
                'emails[value sw "a" and primary eq true].display',
            ]
        ),
        VALUES,
    ),
    st.tuples(st.just('emails[type eq "work"].value'), st.just("e@example.com")),
    st.tuples(st.just("active"), st.booleans()),
    st.tuples(st.just("emails"), EMAILS),
    st.tuples(st.just("name"), st.fixed_dictionaries({"familyName": VALUES, "formatted": VALUES})),
    st.tuples(st.just('emails[type eq "home"].primary'), st.sampled_from([True])),
    st.tuples(
        st.just('emails[type eq "work"]'),
        st.fixed_dictionaries({"value": st.just("f@example.com"), "type": st.just("work")}),
    ),
    st.tuples(st.none(), st.fixed_dictionaries({"title": VALUES}, optional={"nickName": VALUES})),
)
REMOVALS = st.sampled_from(
    [
        "title",
        "name.givenName",
        "name",
        "emails",
        'emails[type eq "work"]',
        'emails[type eq "home"]',
        'emails[type eq "work"].primary',
        "nickName",
        f"{ENTERPRISE_USER_URN}:department",
    ]
)
OPERATIONS = st.one_of(
    st.tuples(st.sampled_from(["add", "replace"]), WRITES).map(
        lambda drawn: {"op": drawn[0], "path": drawn[1][0], "value": drawn[1][1]}
    ),
    REMOVALS.map(lambda path: {"op": "remove", "path": path}),
).map(lambda operation: {key: value for key, value in operation.items() if value is not None})


def ours(operations: list[dict[str, Any]]) -> dict[str, Any]:
    after = patch.apply(USER, normalize(USER, BODY), patch.parse({"Operations": operations}))
    return comparable(after)


def theirs(operations: list[dict[str, Any]]) -> dict[str, Any]:
    resource = Oracle.model_validate(BODY)
    PatchOp[Oracle].model_validate({"Operations": operations}).patch(resource)
    return comparable(resource.model_dump())


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    """
    Where they may differ: `schemas`, a primary that is false or absent, and one who is there twice.

    RFC 7643 §2.4: the same type and value SHOULD NOT be there more than once.
    """
    plain = {name: value for name, value in document.items() if name != "schemas" and value}
    plain["active"] = document.get("active")
    emails: dict[Any, dict[str, Any]] = {}
    for email in document.get("emails") or ():
        told = {name: value for name, value in email.items() if value not in (None, False)}
        emails.setdefault((told.get("type"), told.get("value")), {}).update(told)
    plain["emails"] = list(emails.values())
    return plain


@settings(max_examples=200, deadline=None)
@given(st.lists(OPERATIONS, min_size=1, max_size=3))
def test_both_readings_agree(operations: list[dict[str, Any]]) -> None:
    try:
        expected = theirs(operations)
    except (SCIMException, ValidationError):
        reject()  # we take more than the RFC allows, which has tests of its own
    assert ours(operations) == expected

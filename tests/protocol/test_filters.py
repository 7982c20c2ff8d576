"""Filters as identity providers send them, and what becomes of every other text."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.filters import All, Comparison, Not, Predicate, Present, Target, ValuePath
from provisioning.matching import matches
from scim_api.protocol.errors import InvalidFilter
from scim_api.protocol.filters import parse_filter, parse_value_filter, single_lookup
from scim_api.protocol.schema import GROUP, USER, ResourceType
from tests import filter_formulas as random_filters
from tests.filter_meaning import means
from tests.filter_spelling import spelled

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
EMAILS = Target(("emails",), "complex", case_exact=False, multi_valued=True)
MEMBERS = Target(("members", "value"), "string", case_exact=True, multi_valued=True)


def text(*path: str) -> Target:
    return Target(path, "string", case_exact=False, multi_valued=False)


def flag(name: str, *, value: bool) -> Comparison:
    return Comparison(Target((name,), "boolean", case_exact=False, multi_valued=False), "eq", value)


def exact(*path: str) -> Target:
    return Target(path, "string", case_exact=True, multi_valued=False)


WORK_MAIL = ValuePath(
    EMAILS,
    All(
        (
            Comparison(text("type"), "eq", "work"),
            Comparison(text("value"), "eq", "mona@x.test"),
        )
    ),
)
SENT_BY_CLIENTS = {
    "Okta and the RFC, lookup": (
        USER,
        'userName eq "Ines@X.test"',
        Comparison(text("userName"), "eq", "ines@x.test"),
    ),
    "Okta, by id": (USER, 'id eq "diruser_1"', Comparison(exact("id"), "eq", "diruser_1")),
    "Okta, by externalId": (
        USER,
        'externalId eq "00u1Ab"',
        Comparison(exact("externalId"), "eq", "00u1Ab"),
    ),
    "Okta and Ping, by emails": (
        USER,
        'emails eq "ines@x.test"',
        Comparison(
            Target(("emails", "value"), "string", case_exact=False, multi_valued=True),
            "eq",
            "ines@x.test",
        ),
    ),
    "Okta, group lookup": (
        GROUP,
        'displayName eq "Field Ops"',
        Comparison(text("displayName"), "eq", "field ops"),
    ),
    "Entra, connection test": (
        USER,
        'userName eq "5d0c1b6e-9a57-4d06-8f9e-9e1d3f0a6a11"',
        Comparison(text("userName"), "eq", "5d0c1b6e-9a57-4d06-8f9e-9e1d3f0a6a11"),
    ),
    "Entra, matching on the work e-mail": (
        USER,
        'emails[type eq "work"].value eq "Mona@x.test"',
        WORK_MAIL,
    ),
    "Entra, matching on employeeNumber": (
        USER,
        f'{ENTERPRISE}:employeeNumber eq "E7"',
        Comparison(text(ENTERPRISE, "employeeNumber"), "eq", "e7"),
    ),
    "Entra, documentation without quotes": (
        USER,
        "externalId eq jyoung",
        Comparison(exact("externalId"), "eq", "jyoung"),
    ),
    "authentik, a user name of digits without quotes": (
        USER,
        "userName eq 1234",
        Comparison(text("userName"), "eq", "1234"),
    ),
    "Google, an id of 21 digits without quotes": (
        USER,
        "externalId eq 112233445566778899001",
        Comparison(exact("externalId"), "eq", "112233445566778899001"),
    ),
    "Entra, manager check": (
        USER,
        'id eq "u" and manager eq "m"',
        All(
            (
                Comparison(exact("id"), "eq", "u"),
                Comparison(exact(ENTERPRISE, "manager", "value"), "eq", "m"),
            )
        ),
    ),
    "Entra and AWS, membership check": (
        GROUP,
        'id eq "g" and members eq "u"',
        All((Comparison(exact("id"), "eq", "g"), Comparison(MEMBERS, "eq", "u"))),
    ),
    "Entra, group by externalId": (
        GROUP,
        'externalId eq "0a1B"',
        Comparison(exact("externalId"), "eq", "0a1B"),
    ),
    "Entra, text for a boolean": (
        USER,
        'roles[primary eq "True"]',
        ValuePath(
            Target(("roles",), "complex", case_exact=False, multi_valued=True),
            flag("primary", value=True),
        ),
    ),
    "Postman collection of Entra, grouped and without quotes": (
        USER,
        "(userName eq ann) and (active eq True)",
        All(
            (
                Comparison(text("userName"), "eq", "ann"),
                flag("active", value=True),
            )
        ),
    ),
    "authentik, without quotes": (
        USER,
        "userName eq ak2.x@y.test",
        Comparison(text("userName"), "eq", "ak2.x@y.test"),
    ),
    "SailPoint, a prefix": (USER, 'userName sw "S"', Comparison(text("userName"), "sw", "s")),
    "IPSIE, members by value": (
        GROUP,
        'members[value eq "u"]',
        ValuePath(
            Target(("members",), "complex", case_exact=False, multi_valued=True),
            Comparison(exact("value"), "eq", "u"),
        ),
    ),
    "Runscope suite of Okta, another case": (
        USER,
        'USERNAME EQ "INES@X.TEST"',
        Comparison(text("userName"), "eq", "ines@x.test"),
    ),
}


@pytest.mark.parametrize("client", SENT_BY_CLIENTS)
def test_what_a_client_sends_is_understood(client: str) -> None:
    resource_type, sent, meant = SENT_BY_CLIENTS[client]
    assert parse_filter(resource_type, sent) == meant


REFUSED = {
    'nickname2 eq "x"': "nickname2",
    'userName eq "a" and shoeSize eq "b"': "shoeSize",
    'emails.colour eq "x"': "colour",
    'emails[colour eq "x"]': "colour",
    'urn:nobody:2.0:User:userName eq "x"': "urn:nobody:2.0:User:userName",
    f'{ENTERPRISE}:userName eq "x"': "userName",
    'password eq "x"': "password",
    'password sw "x"': "password",
    "password pr": "password",
    'name eq "x"': "name",
    'addresses eq "x"': "addresses",
    'userName.x eq "x"': "userName",
    'name[givenName eq "x"]': "name",
    'schemas[value eq "x"]': "schemas",
    'meta.location eq "x"': "meta.location",
    'meta.version eq "x"': "meta.version",
    'groups.display eq "x"': "groups.display",
    "userName gt 5": "userName",
    "userName eq true": "userName",
    "active gt true": "active",
    'active co "t"': "active",
    'active eq "maybe"': "active",
    "active eq 1": "active",
    "title gt null": "title",
    'x509Certificates.value gt "x"': "x509Certificates.value",
    'meta.created gt "yesterday"': "meta.created",
    'meta.created gt "2026-02-30T00:00:00Z"': "meta.created",
    'meta.created gt "2026-02-03"': "meta.created",
    'meta.created gt "9999-12-31T23:59:59-01:00"': "meta.created",
    'meta.created sw "2026"': "meta.created",
}


@pytest.mark.parametrize("sent", REFUSED)
def test_what_cannot_be_asked_is_refused_by_name(sent: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_filter(USER, sent)
    assert REFUSED[sent] in refused.value.detail


def test_null_is_absence() -> None:
    present = Present(text("title"))
    assert parse_filter(USER, "title eq null") == Not(present)
    assert parse_filter(USER, "title ne null") == present
    assert parse_filter(USER, "addresses eq null") == Not(
        Present(Target(("addresses",), "complex", case_exact=False, multi_valued=True))
    )


def test_no_work_mail_is_not_a_work_mail_without_a_value() -> None:
    assert parse_filter(USER, 'emails[type eq "work"].value eq null') == Not(
        ValuePath(EMAILS, All((Comparison(text("type"), "eq", "work"), Present(text("value")))))
    )


@pytest.mark.parametrize(
    "moment", ["2026-11-21t10:00:00.5+02:00", "2026-11-21T08:00:00.5Z", "2026-11-21T08:00:00.5"]
)
def test_a_date_time_is_compared_in_utc(moment: str) -> None:
    predicate = parse_filter(USER, f'meta.lastModified ge "{moment}"')
    assert isinstance(predicate, Comparison)
    assert predicate.value == "2026-11-21T08:00:00.500000Z"


def test_a_value_filter_starts_at_the_element() -> None:
    emails = USER.core.attributes["emails"]
    assert parse_value_filter(USER, emails, 'Type eq "Work"') == Comparison(
        text("type"), "eq", "work"
    )
    with pytest.raises(InvalidFilter, match="userName"):
        parse_value_filter(USER, emails, 'userName eq "x"')


@pytest.mark.parametrize(
    ("resource_type", "sent", "lookup"),
    [
        (USER, 'userName eq "A@b.c"', ("userName", "a@b.c")),
        (USER, 'externalId eq "X"', ("externalId", "X")),
        (GROUP, 'id eq "g"', ("id", "g")),
        (GROUP, 'displayName eq "Ops"', ("displayName", "ops")),
        (USER, 'displayName eq "Ann"', None),
        (USER, 'userName sw "a"', None),
        (USER, 'not (userName eq "a")', None),
        (USER, 'userName eq "a" and active eq true', None),
        (USER, 'name.givenName eq "a"', None),
        (GROUP, 'members eq "u"', None),
    ],
)
def test_a_lookup_by_one_key_is_seen(
    resource_type: ResourceType, sent: str, lookup: tuple[str, str] | None
) -> None:
    assert single_lookup(resource_type, parse_filter(resource_type, sent)) == lookup


@settings(max_examples=500, deadline=None)
@given(st.data(), st.lists(random_filters.users(), min_size=1, max_size=4))
def test_a_filter_means_what_its_text_says(
    data: st.DataObject, documents: list[dict[str, Any]]
) -> None:
    formula = data.draw(random_filters.USER_FORMULAS)
    predicate = parse_filter(USER, data.draw(spelled(formula)))
    for document in documents:
        assert matches(predicate, document) == means(formula, document)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(st.sampled_from('aeqpr ()[]."\\\t,:1-nulltrue\0'))))
def test_any_text_is_a_filter_or_refused(sent: str) -> None:
    outcome: Predicate | str
    try:
        outcome = parse_filter(USER, sent)
    except InvalidFilter as refused:
        outcome = refused.detail
        json.dumps(refused.body()).encode()
    assert outcome

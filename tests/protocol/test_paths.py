"""Attribute paths are read whatever their case, with a URN or without."""

import pytest

from scim_api.protocol import paths
from scim_api.protocol.errors import InvalidFilter, InvalidPath
from scim_api.protocol.schema import ENTERPRISE_USER_URN as ENTERPRISE
from scim_api.protocol.schema import GROUP, USER, USER_URN


@pytest.mark.parametrize(
    ("text", "urn", "attribute", "sub"),
    [
        ("userName", None, "userName", None),
        (" USERNAME ", None, "userName", None),
        ("name.familyName", None, "name", "familyName"),
        ("Name.FAMILYNAME", None, "name", "familyName"),
        ("emails.value", None, "emails", "value"),
        (f"{USER_URN}:userName", None, "userName", None),
        (f"{USER_URN}:name.givenName".upper(), None, "name", "givenName"),
        (f"{ENTERPRISE}:employeeNumber", ENTERPRISE, "employeeNumber", None),
        (f"{ENTERPRISE}:manager.value", ENTERPRISE, "manager", "value"),
        (f"{ENTERPRISE.lower()}:manager.$ref", ENTERPRISE, "manager", "$ref"),
        ("manager", ENTERPRISE, "manager", None),
        ("department", ENTERPRISE, "department", None),
        ("urn:scim:schemas:extension:enterprise:2.0:department", ENTERPRISE, "department", None),
        ("id", None, "id", None),
        ("meta.lastModified", None, "meta", "lastModified"),
        ("externalId", None, "externalId", None),
    ],
)
def test_a_path_names_an_attribute(
    text: str, urn: str | None, attribute: str, sub: str | None
) -> None:
    path = paths.parse(USER, text)

    assert path.attribute is not None
    assert (path.urn, path.attribute.name, path.sub and path.sub.name) == (urn, attribute, sub)
    assert path.filter is None


@pytest.mark.parametrize(("text", "urn"), [(ENTERPRISE, ENTERPRISE), (USER_URN.lower(), None)])
def test_a_path_may_name_a_schema_as_a_whole(text: str, urn: str | None) -> None:
    path = paths.parse(USER, text)

    assert (path.urn, path.attribute) == (urn, None)


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ('emails[type eq "work"].value', {"type": "work"}),
        ('emails [ type  EQ "Work" ].value', {"type": "Work"}),
        ('roles[primary eq "True"].value', {"primary": True}),
        ("roles[primary eq true]", {"primary": True}),
        ('emails[type eq "work" and primary eq true]', {"type": "work", "primary": True}),
        ("emails[type eq Work].value", {"type": "Work"}),
        ('emails[value eq "a].b"]', {"value": "a].b"}),
        ('emails[value eq "a\tb\nc"]', {"value": "a\tb\nc"}),
        ('emails[value eq "\\"Ö\\""]', {"value": '"Ö"'}),
        ('emails[type eq "work" or type eq "home"]', None),
        ('emails[not (type eq "work")]', None),
        ('emails[type ne "work"]', None),
        ("emails[value pr]", None),
    ],
)
def test_a_filter_tells_how_an_element_would_look(
    text: str, template: dict[str, object] | None
) -> None:
    path = paths.parse(USER, text)

    assert path.filter is not None
    assert path.template == template


def test_a_long_path_is_read_like_a_short_one() -> None:
    path = paths.parse(USER, f'emails[value eq "{"x" * 300}"]')

    assert path.template == {"value": "x" * 300}


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "[",
        "noSuchAttribute",
        "name.noSuch",
        "name.givenName.x",
        "userName.value",
        'emails[type eq "work"',
        'emails[type eq "work"]value',
        'name[givenName eq "x"]',
        'active[value eq "x"]',
        'schemas[value eq "x"]',
        "manager.",
        f"{USER_URN}:department",
        f"{ENTERPRISE}:userName",
        f"{ENTERPRISE}x",
        "urn:ietf:params:scim:schemas:extension:other:2.0:User:x",
        "members",
        "user\u212aame",
    ],
)
def test_what_is_no_path_of_a_user_is_refused(text: str) -> None:
    with pytest.raises(InvalidPath):
        paths.parse(USER, text)
    assert paths.find(USER, text) is None


@pytest.mark.parametrize("text", ['emails[no eq "x"]', "emails[]", 'emails[type eq "a" x]'])
def test_a_malformed_filter_in_a_path_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        paths.parse(USER, text)


@pytest.mark.parametrize(
    ("text", "read_only"),
    [
        ("id", True),
        ("meta", True),
        ("meta.created", True),
        ("groups", True),
        ('groups[value eq "g"].display', True),
        ("manager.displayName", True),
        ("manager", False),
        ("userName", False),
        (ENTERPRISE, False),
    ],
)
def test_a_path_knows_whether_clients_may_write_there(text: str, *, read_only: bool) -> None:
    assert paths.parse(USER, text).read_only is read_only


def test_groups_have_attributes_of_their_own() -> None:
    path = paths.parse(GROUP, 'members[value eq "U1"].display')

    assert path.attribute is GROUP.attributes["members"]
    assert path.template == {"value": "U1"}

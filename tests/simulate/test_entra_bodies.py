"""What Entra creates, compared with its default mapping, and what it reads back."""

from dataclasses import replace

from service.simulate import entra_bodies as bodies
from service.simulate.identities import Group, Person

MONA = Person(external_id="mona", user_name="mona@x.test", given_name="Mona", family_name="Lind")
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def test_a_user_is_created_as_documented() -> None:
    assert bodies.user(MONA) == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "externalId": "mona",
        "userName": "mona@x.test",
        "active": True,
        "displayName": "Mona Lind",
        "emails": [{"primary": True, "type": "work", "value": "mona@x.test"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "Mona Lind", "familyName": "Lind", "givenName": "Mona"},
        "roles": [],
    }


def test_a_group_is_created_with_microsoft_s_schema_and_without_members() -> None:
    group = Group(external_id="o1", display_name="sec-payroll", members=(MONA,))
    assert bodies.group(group) == {
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:Group",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        "externalId": "o1",
        "displayName": "sec-payroll",
        "meta": {"resourceType": "Group"},
    }


def test_attributes_are_named_by_the_paths_of_an_update() -> None:
    assert bodies.attributes(bodies.user(replace(MONA, title="Lead", department="Pay"))) == {
        "userName": "mona@x.test",
        "externalId": "mona",
        "active": True,
        "displayName": "Mona Lind",
        "title": "Lead",
        "name.givenName": "Mona",
        "name.familyName": "Lind",
        "name.formatted": "Mona Lind",
        'emails[type eq "work"].value': "mona@x.test",
        f"{ENTERPRISE}:department": "Pay",
    }


def test_null_and_absent_attributes_are_the_same() -> None:
    read = {"userName": "a", "name": None, "emails": None, "title": None, ENTERPRISE: None}
    assert bodies.attributes(read) == {"userName": "a"}


def test_an_e_mail_address_of_another_type_is_not_the_work_address() -> None:
    assert bodies.attributes({"emails": [{"type": "home", "value": "a@x.test"}]}) == {}

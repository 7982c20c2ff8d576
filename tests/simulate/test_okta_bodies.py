"""What Okta writes, compared with its SCIM 2.0 guide and its OIN tests."""

from dataclasses import replace

from service.simulate import okta_bodies as bodies
from service.simulate.identities import Person

INES = Person(
    external_id="00u1abcdefghijklmnop",
    user_name="ines@x.test",
    given_name="Ines",
    family_name="Carvalho",
)
PATCH = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def test_a_user_is_created_as_documented() -> None:
    assert bodies.user(INES, "7kq20zmp") == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ines@x.test",
        "name": {"givenName": "Ines", "familyName": "Carvalho"},
        "emails": [{"primary": True, "value": "ines@x.test", "type": "work"}],
        "displayName": "Ines Carvalho",
        "locale": "en-US",
        "externalId": "00u1abcdefghijklmnop",
        "groups": [],
        "password": "7kq20zmp",
        "active": True,
    }


def test_mapped_attributes_are_sent_when_there_are_any() -> None:
    body = bodies.user(replace(INES, title="Lead", department="Platform"), "7kq20zmp")
    assert body["title"] == "Lead"
    assert body[ENTERPRISE] == {"department": "Platform"}
    assert ENTERPRISE in body["schemas"]


def test_a_replacement_echoes_what_was_read_and_carries_no_password() -> None:
    remote = {
        "id": "u1",
        "meta": {"version": 'W/"3"'},
        "groups": [{"value": "g1"}],
        "nickName": "Nessa",
        "displayName": "Old Name",
        "active": False,
    }
    body = bodies.replacement(remote, INES)
    assert body == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "u1",
        "meta": {"version": 'W/"3"'},
        "groups": [{"value": "g1"}],
        "nickName": "Nessa",
        "userName": "ines@x.test",
        "name": {"givenName": "Ines", "familyName": "Carvalho"},
        "emails": [
            {"primary": True, "value": "ines@x.test", "type": "work", "display": "ines@x.test"}
        ],
        "displayName": "Ines Carvalho",
        "locale": "en-US",
        "externalId": "00u1abcdefghijklmnop",
        "active": True,
    }


def test_a_replacement_keeps_the_manager_beside_the_department() -> None:
    remote = {ENTERPRISE: {"manager": {"value": "m1"}, "department": "Old"}}
    body = bodies.replacement(remote, replace(INES, department="New"))
    assert body[ENTERPRISE] == {"manager": {"value": "m1"}, "department": "New"}


def test_a_manager_rides_on_a_replacement() -> None:
    assert bodies.replacement({}, INES, "m2")[ENTERPRISE] == {"manager": {"value": "m2"}}


def test_deactivation_has_no_path_and_a_real_boolean() -> None:
    assert bodies.activation(active=False) == {
        "schemas": PATCH,
        "Operations": [{"op": "replace", "value": {"active": False}}],
    }


def test_a_group_is_created_without_members() -> None:
    assert bodies.group("Field Ops") == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Field Ops",
        "members": [],
    }


def test_group_metadata_repeats_the_id_and_names_no_members() -> None:
    assert bodies.metadata("g1", "Field Ops") == {
        "schemas": PATCH,
        "Operations": [{"op": "replace", "value": {"id": "g1", "displayName": "Field Ops"}}],
    }


def test_a_delta_removes_by_filter_and_adds_in_the_same_request() -> None:
    assert bodies.member_delta([("u2", INES)], ["u1"]) == {
        "schemas": PATCH,
        "Operations": [
            {"op": "remove", "path": 'members[value eq "u1"]'},
            {"op": "add", "path": "members", "value": [{"value": "u2", "display": "ines@x.test"}]},
        ],
    }


def test_push_now_replaces_the_list() -> None:
    assert bodies.push_now([("u1", INES)]) == {
        "schemas": PATCH,
        "Operations": [
            {
                "op": "replace",
                "path": "members",
                "value": [{"value": "u1", "display": "ines@x.test"}],
            }
        ],
    }

"""The members of a Group are read in any form that clients send; an id names the client."""

import pytest

from scim_api.protocol.documents import normalize_group
from scim_api.protocol.errors import InvalidValue


@pytest.mark.parametrize(
    ("sent", "ids"),
    [
        pytest.param([], (), id="none: Okta"),
        pytest.param(None, (), id="null"),
        pytest.param(
            [{"value": "u1", "display": None}, {"value": "u2"}], ("u1", "u2"), id="Okta AIW"
        ),
        pytest.param([{"value": "u1", "$ref": None, "type": "User"}], ("u1",), id="Entra"),
        pytest.param(["u1", "u2"], ("u1", "u2"), id="bare: Entra's Postman"),
        pytest.param("u1", ("u1",), id="one alone"),
        pytest.param({"value": "u1"}, ("u1",), id="one object alone"),
        pytest.param([{"$ref": "https://x.test/Users/u1/"}], ("u1",), id="$ref alone: Keycloak"),
        pytest.param([{"VALUE": "u1"}], ("u1",), id="any case"),
        pytest.param('[{"value": "u1"}]', ("u1",), id="JSON text: SCIM-SDK 404"),
        pytest.param(['{"value": "u1"}', "u2"], ("u1", "u2"), id="JSON text of each"),
        pytest.param(' {"value": "u1"}', ("u1",), id="JSON text of one alone"),
        pytest.param("[]", (), id="JSON text of none"),
        pytest.param("[u1", ("[u1",), id="no JSON"),
        pytest.param([{}, {"value": None}, None, "", "u1"], ("u1",), id="one: SCIM-SDK 747"),
        pytest.param([{"value": "u2"}, {"value": "u1"}, {"value": "u2"}], ("u2", "u1"), id="twice"),
    ],
)
def test_members_are_read_in_any_form(sent: object, ids: tuple[str, ...]) -> None:
    document, members = normalize_group({"displayName": "g", "MEMBERS": sent})

    assert members == ids
    assert "members" not in document


@pytest.mark.parametrize(
    "sent",
    [
        *(5, [5], [{"value": 0.5}], [["u1", "u2"]], [{"value": {}}, True]),
        # Nobody who could be understood: to take it for an empty list would empty a group.
        *([{}], [{"display": "x"}], [{"id": "u1"}], {"members": [{"value": "u1"}]}, [{"$ref": 5}]),
        *("[{}]", "[5]", '{"members": []}', ['["u1", "u2"]']),
    ],
    ids=repr,
)
def test_a_member_that_is_no_id_is_refused(sent: object) -> None:
    with pytest.raises(InvalidValue, match="members"):
        normalize_group({"displayName": "g", "members": sent})


def test_members_told_twice_are_those_told_last() -> None:
    _, members = normalize_group({"displayName": "g", "members": ["u1"], "Members": ["u2"]})

    assert members == ("u2",)

"""A list says what it holds, not what was asked."""

from scim_api.protocol.messages import list_response


def test_a_page_counts_itself() -> None:
    assert list_response([{"id": "u3"}], total=7, start_index=3) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 7,
        "startIndex": 3,
        "itemsPerPage": 1,
        "Resources": [{"id": "u3"}],
    }


def test_an_empty_list_has_all_five_keys() -> None:
    assert list_response([], total=0) == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    }

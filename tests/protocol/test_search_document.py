"""What filters read has the shape of the document, folded where case does not count."""

from scim_api.protocol.documents import normalize, normalize_group
from scim_api.protocol.schema import ENTERPRISE_USER_URN, GROUP, USER
from scim_api.protocol.search_document import search_document


def test_names_are_lower_case_and_text_is_folded_unless_case_counts() -> None:
    document = normalize(
        USER,
        {
            "userName": "elan@x.test",
            "nickName": "ÉLAN",
            "name": {"familyName": "STRASSE"},
            "emails": [{"value": "A@B.c", "type": "Work", "primary": True}],
            "profileUrl": "https://X.test/Y",
            ENTERPRISE_USER_URN: {"employeeNumber": "E1", "manager": {"value": "mGr"}},
        },
    )

    assert search_document(USER, document) == {
        "schemas": [urn.lower() for urn in document["schemas"]],
        "nickname": "élan",
        "name": {"familyname": "strasse"},
        "emails": [{"value": "a@b.c", "type": "work", "primary": True}],
        "profileurl": "https://X.test/Y",
        ENTERPRISE_USER_URN.lower(): {"employeenumber": "e1", "manager": {"value": "mGr"}},
    }


def test_what_has_a_column_is_left_out() -> None:
    user = normalize(USER, {"userName": "u", "externalId": "aB", "active": True, "title": "T"})
    group, _ = normalize_group({"displayName": "Sec", "externalId": "X"})

    assert search_document(USER, user).keys() == {"schemas", "title"}
    assert search_document(GROUP, group).keys() == {"schemas"}


def test_it_leaves_the_document_alone() -> None:
    document = normalize(USER, {"userName": "u", "displayName": "Ada"})

    assert search_document(USER, document)["displayname"] == "ada"
    assert document["displayName"] == "Ada"

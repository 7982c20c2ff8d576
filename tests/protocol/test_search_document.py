"""What filters read has the shape of the document, folded where case does not count."""

from scim_api.protocol.documents import normalize, normalize_group
from scim_api.protocol.schema import ENTERPRISE_USER_URN, GROUP, USER
from scim_api.protocol.search_document import search_document


def test_names_are_lower_case_and_text_is_folded_unless_case_counts() -> None:
    document = normalize(
        USER,
        {
            "userName": "ÉLAN@X.test",
            "externalId": "aB",
            "active": True,
            "name": {"familyName": "STRASSE"},
            "emails": [{"value": "A@B.c", "type": "Work", "primary": True}],
            "profileUrl": "https://X.test/Y",
            ENTERPRISE_USER_URN: {"employeeNumber": "E1", "manager": {"value": "mGr"}},
        },
    )

    assert search_document(USER, document) == {
        "schemas": [urn.lower() for urn in document["schemas"]],
        "username": "élan@x.test",
        "externalid": "aB",
        "active": True,
        "name": {"familyname": "strasse"},
        "emails": [{"value": "a@b.c", "type": "work", "primary": True}],
        "profileurl": "https://X.test/Y",
        ENTERPRISE_USER_URN.lower(): {"employeenumber": "e1", "manager": {"value": "mGr"}},
    }


def test_it_leaves_the_document_alone() -> None:
    document, _ = normalize_group({"displayName": "Sec", "externalId": "X"})

    assert search_document(GROUP, document)["displayname"] == "sec"
    assert document["displayName"] == "Sec"

"""The one table of attributes says what RFC 7643 §8.7.1 does, and what Entra's validation needs."""

from typing import Any

import pytest
import scim2_models

from scim_api.protocol.schema import GROUP, RESOURCE_TYPES, USER, Attribute, Schema

SCHEMAS = [schema for one in RESOURCE_TYPES for schema in (one.core, *one.extensions)]
# Where we say more than the RFC: groups of a directory have unique names (as Entra wants), and
# externalId is listed, for the same reason.
OURS = {("Group", "displayName"): {"uniqueness": "server"}}


def reference(model: type[scim2_models.Resource[Any]]) -> dict[str, Any]:
    return model.to_schema().model_dump(mode="json")


def characteristics(
    attributes: list[dict[str, Any]], prefix: str = ""
) -> dict[str, dict[str, Any]]:
    found = {}
    for attribute in attributes:
        path = prefix + attribute["name"]
        found[path] = {
            key: value
            for key, value in attribute.items()
            if key not in {"description", "subAttributes", "name"}
        }
        found |= characteristics(attribute.get("subAttributes", []), path + ".")
    return found


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.document["name"])
def test_another_reading_of_the_rfc_accepts_the_printed_schema(schema: Schema) -> None:
    assert scim2_models.Schema.model_validate(schema.document).id == schema.id


@pytest.mark.parametrize(
    ("schema", "model"),
    [(USER.core, scim2_models.User), (GROUP.core, scim2_models.Group)],
    ids=["User", "Group"],
)
def test_the_characteristics_are_those_of_another_reading_of_the_rfc(
    schema: Schema, model: type[scim2_models.Resource[Any]]
) -> None:
    ours = characteristics(schema.document["attributes"])
    theirs = characteristics(reference(model)["attributes"])
    del ours["externalId"]
    # RFC 7643 §4.2 does not say who writes the display of a member; we do.
    theirs.pop("members.display", None)
    ours.pop("members.display", None)

    for path, expected in theirs.items():
        assert ours.pop(path) == expected | OURS.get((schema.document["name"], path), {}), path
    assert ours == {}


@pytest.mark.parametrize("schema", [USER.core, GROUP.core], ids=["User", "Group"])
def test_the_external_id_is_listed_for_entra(schema: Schema) -> None:
    assert schema.attributes["externalid"].case_exact


@pytest.mark.parametrize("name", ["emails", "phonenumbers", "addresses"])
def test_types_have_canonical_values_so_that_entra_finds_the_paths_it_maps(name: str) -> None:
    documents = {a["name"].lower(): a for a in USER.core.document["attributes"]}
    (label,) = [s for s in documents[name]["subAttributes"] if s["name"] == "type"]

    assert "work" in label["canonicalValues"]


def test_the_type_of_a_role_has_no_canonical_values() -> None:
    documents = {a["name"]: a for a in USER.core.document["attributes"]}

    assert all("canonicalValues" not in sub for sub in documents["roles"]["subAttributes"])


@pytest.mark.parametrize(
    ("path", "expected"), [(("name", "givenname"), "name.givenName"), (("username",), "userName")]
)
def test_an_attribute_knows_its_path(path: tuple[str, ...], expected: str) -> None:
    attribute: Attribute = USER.attributes[path[0]]
    for name in path[1:]:
        attribute = attribute.sub_attributes[name]

    assert attribute.path == expected


def test_the_password_is_never_returned() -> None:
    assert USER.attributes["password"].returned == "never"

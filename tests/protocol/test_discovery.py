"""What clients can learn of us is what another reading of the RFCs accepts."""

import pytest
import scim2_models

from scim_api.protocol import discovery

BASE = "https://x.test/scim/v2/dir_1"


def test_the_configuration_is_valid() -> None:
    document = discovery.service_provider_config(BASE)

    scim2_models.ServiceProviderConfig.model_validate(document)
    assert document["meta"]["location"] == f"{BASE}/ServiceProviderConfig"


def test_the_configuration_says_what_is_supported() -> None:
    document = discovery.service_provider_config(BASE)
    supported = {name for name, value in document.items() if value == {"supported": True}}

    assert supported == {"patch", "etag"}
    assert document["filter"] == {"supported": True, "maxResults": 200}
    assert document["bulk"]["supported"] is False
    assert document["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 200,
    }


def test_resource_types_are_valid_and_found_by_name() -> None:
    for document in discovery.resource_types(BASE):
        scim2_models.ResourceType.model_validate(document)
        assert document["meta"]["location"] == f"{BASE}/ResourceTypes/{document['id']}"
        assert discovery.resource_type(BASE, document["id"]) == document


def test_schemas_are_found_by_their_urn_in_any_case() -> None:
    for document in discovery.schemas(BASE):
        assert document["meta"]["location"] == f"{BASE}/Schemas/{document['id']}"
        assert discovery.schema(BASE, document["id"].upper()) == document


def test_each_schema_that_a_resource_type_names_is_there() -> None:
    for one in discovery.resource_types(BASE):
        for urn in [one["schema"], *(e["schema"] for e in one["schemaExtensions"])]:
            assert discovery.schema(BASE, urn)


@pytest.mark.parametrize("name", ["", "user", "Users", "urn:x"])
def test_what_is_not_there_is_not_found(name: str) -> None:
    assert discovery.resource_type(BASE, name) is None
    assert discovery.schema(BASE, name) is None

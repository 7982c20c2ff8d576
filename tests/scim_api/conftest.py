"""People and groups to begin with."""

from typing import Any

import pytest

from tests.scim_api.making import Create, Resource
from tests.serving import Scim


@pytest.fixture
def create_user(endpoint: Scim) -> Create:
    """`create_user("ines", title="CEO")`: the User as it was answered."""

    def create(name: str, /, **more: Any) -> Resource:
        answer = endpoint.client.post("/Users", json={"userName": f"{name}@x.test", **more})
        assert answer.status_code == 201, answer.text
        user: Resource = answer.json()
        return user

    return create


@pytest.fixture
def create_group(endpoint: Scim) -> Create:
    """`create_group("Admins", ines, omar)`: the Group as it was answered."""

    def create(name: str, /, *members: Resource) -> Resource:
        body = {"displayName": name, "members": [{"value": member["id"]} for member in members]}
        answer = endpoint.client.post("/Groups", json=body)
        assert answer.status_code == 201, answer.text
        group: Resource = answer.json()
        return group

    return create

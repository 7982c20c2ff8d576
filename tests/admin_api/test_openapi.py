"""The OpenAPI document: complete, true, and nothing that it allows is a 500."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from provisioning.scopes import SCOPES
from tests.admin_serving import Admin, admin_at
from tests.serving import NO_TLS, NOWHERE, application

EFFORT = {
    # Stricter about values: what it refuses would be a 500.
    "postgresql": ["--max-examples=15"],
    # Every operation once more, with some of each.
    "sqlite": ["--phases=fuzzing", "--max-examples=5"],
}


@pytest.fixture
def document(admin: Admin) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{admin.address}/openapi.json", verify=NO_TLS).json()
    return found


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_every_operation_says_its_scope_its_name_and_what_it_does(
    document: dict[str, Any],
) -> None:
    found = operations(document)

    assert {operation["x-required-scope"] for operation in found} <= SCOPES
    assert len({operation["operationId"] for operation in found}) == len(found)
    for operation in found:
        assert operation["description"], operation["operationId"]
        assert operation["security"] == [{"api_key": []}]


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_operations_are_grouped_and_each_group_says_what_it_is(document: dict[str, Any]) -> None:
    groups = {tag["name"]: tag["description"] for tag in document["tags"]}
    used = [operation["tags"] for operation in operations(document)]

    assert all(len(tags) == 1 for tags in used)
    assert {tag for tags in used for tag in tags} == groups.keys()
    assert all(groups.values())
    assert {"Authorization", "SCIM", "Organizations", "Users"} <= groups.keys()


def test_schemathesis_finds_nothing_with_all_its_checks(
    engine: Engine, dialect: str, tmp_path: Path
) -> None:
    """
    An outside judge: it asks what the document allows and what it does not. On a server of its own,
    so that what it finds does not depend on what other tests have left there.
    """
    with (
        application(engine, tmp_path, broker_url=NOWHERE) as address,
        admin_at(address, engine, ["*"], requests_per_minute=1_000_000) as tireless,
    ):
        found = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "run",
                f"{address}/openapi.json",
                "--header",
                f"Authorization: {tireless.client.headers['Authorization']}",
                "--checks=all",
                *EFFORT[dialect],
                "--seed=1",
                "--no-color",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert found.returncode == 0, found.stdout[-20_000:]

"""The admin API on a running server, on both engines, shared with the SCIM endpoint's tests."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from provisioning import api_keys
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.ids import OrganizationId
from provisioning.scopes import EVERYTHING
from provisioning.store.engine import transaction
from tests.serving import ANSWER_SECONDS, NO_TLS


@dataclass(frozen=True, slots=True)
class Admin:
    """A key of the admin API, and the client that sends it; its paths begin after `/v1`."""

    address: str
    engine: Engine
    client: httpx.Client
    key_id: str

    @property
    def secret(self) -> str:
        """The key itself."""
        return str(self.client.headers["Authorization"]).removeprefix("Bearer ")

    @contextmanager
    def with_key(
        self, *scopes: str, organization_id: str | None = None, **limits: Any
    ) -> Iterator["Admin"]:
        """Another key on the same server, with these scopes."""
        with admin_at(self.address, self.engine, scopes, organization_id, **limits) as other:
            yield other

    def post(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """What is answered to a POST that has to succeed."""
        answer = self.client.post(path, json={} if body is None else body, headers=headers)
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """What is answered to a GET that has to succeed."""
        answer = self.client.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def organization(self, display_name: str | None = None, **properties: Any) -> dict[str, Any]:
        """A new one, with a name that no other test has."""
        display_name = display_name or f"Customer {secrets.token_hex(4)}"
        return self.post("/organizations", {"display_name": display_name, **properties})


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status of a refusal, and its code; of an answer without a body only the status."""
    return answer.status_code, answer.json()["error"]["code"] if answer.content else ""


def fields(answer: httpx.Response) -> list[str]:
    """What a refusal finds fault with."""
    return [one["field"] for one in answer.json()["error"]["details"]]


@pytest.fixture
def admin(dialect: str, request: pytest.FixtureRequest) -> Iterator[Admin]:
    """An installation's key that may do everything."""
    address, engine = request.getfixturevalue(f"{dialect}_endpoint")
    with admin_at(address, engine, [EVERYTHING]) as found:
        yield found


@contextmanager
def admin_at(
    address: str,
    engine: Engine,
    scopes: list[str] | tuple[str, ...],
    organization_id: str | None = None,
    **limits: Any,
) -> Iterator[Admin]:
    with transaction(engine) as connection:
        key, secret = api_keys.create(
            connection,
            "test",
            scopes,
            Acting(actor="test", now=now()),
            organization_id=None if organization_id is None else OrganizationId(organization_id),
            **limits,
        )
    with httpx.Client(
        base_url=f"{address}/v1",
        headers={"Authorization": f"Bearer {secret}"},
        timeout=ANSWER_SECONDS,
        verify=NO_TLS,
    ) as client:
        yield Admin(address, engine, client, key.id)

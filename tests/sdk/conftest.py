"""Clients on the running server, and on a road to it on which answers are lost."""

from collections.abc import Iterator

import httpx
import pytest

from provisioning_client import Client
from tests.admin_serving import Admin
from tests.awaited_client import awaited
from tests.faulty_road import Traveler, road_to
from tests.serving import NO_TLS


@pytest.fixture
def client(admin: Admin) -> Iterator[Client]:
    with httpx.Client(verify=NO_TLS) as http:
        yield Client(admin.address, admin.secret, http_client=http)


@pytest.fixture(params=["blocking", "awaited"])
def either(admin: Admin, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Both kinds of client, asked in the same way."""
    if request.param == "awaited":
        with awaited(admin.address, admin.secret) as client:
            yield client
        return
    yield request.getfixturevalue("client")


@pytest.fixture
def traveler(admin: Admin) -> Iterator[Traveler]:
    with road_to(admin.address) as road, httpx.Client(verify=NO_TLS) as http:
        pauses: list[float] = []
        client = Client(road.address, admin.secret, http_client=http, sleep=pauses.append)
        yield Traveler(client, road, pauses)

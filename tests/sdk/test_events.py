"""An organization's feed by the Python client: read to its end, resumed, and followed."""

from collections.abc import Iterator

import httpx
import pytest

from provisioning_client import Client
from provisioning_client.organizations import Organization
from tests.admin_serving import Admin
from tests.awaited_client import awaited
from tests.serving import NO_TLS


@pytest.fixture
def organization(client: Client) -> Organization:
    """With three events."""
    made = client.organizations.create("A")
    for name in "BC":
        client.organizations.update(made.id, display_name=name)
    return made


@pytest.fixture(params=["blocking", "awaited"])
def follower(
    admin: Admin, client: Client, organization: Organization, request: pytest.FixtureRequest
) -> Iterator[tuple[Client, list[float]]]:
    """Whenever it waits, the organization changes meanwhile; and how long it has waited."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        client.organizations.update(organization.id, display_name=f"Later {len(pauses)}")

    async def sleep_awaited(seconds: float) -> None:
        sleep(seconds)

    if request.param == "awaited":
        with awaited(admin.address, admin.secret, sleep=sleep_awaited) as patient:
            yield patient, pauses
        return
    with httpx.Client(verify=NO_TLS) as http:
        yield Client(admin.address, admin.secret, http_client=http, sleep=sleep), pauses


def test_events_are_read_to_their_end_and_resumed(
    either: Client, organization: Organization
) -> None:
    told = list(either.events.list(organization.id, limit=2))

    assert [one.sequence for one in told] == [1, 2, 3]
    assert [one.type for one in told] == ["organization.created", *["organization.updated"] * 2]
    assert [one.previous_attributes for one in told[:2]] == [None, {"display_name": "A"}]
    assert told[0].data["id"] == told[0].organization_id == organization.id
    assert list(either.events.list(organization.id, after=1)) == told[1:]
    assert list(either.events.list(organization.id, after=3)) == []


def test_a_follower_waits_for_what_comes(
    follower: tuple[Client, list[float]], organization: Organization
) -> None:
    patient, pauses = follower
    feed = patient.events.follow(organization.id, after=1, limit=1, every=2.5)

    told = [next(feed) for _ in range(4)]

    assert [one.sequence for one in told] == [2, 3, 4, 5]
    assert [one.data["display_name"] for one in told] == ["B", "C", "Later 1", "Later 2"]
    assert pauses == [2.5, 2.5]


def test_a_follower_who_has_seen_all_waits_for_the_first(
    follower: tuple[Client, list[float]], organization: Organization
) -> None:
    patient, pauses = follower

    event = next(patient.events.follow(organization.id, after=3, every=0.5))

    assert (event.sequence, pauses) == (4, [0.5])


def test_a_follower_goes_on_where_another_one_stopped(
    follower: tuple[Client, list[float]], organization: Organization
) -> None:
    patient, _ = follower
    first = next(patient.events.follow(organization.id))

    second = next(patient.events.follow(organization.id, after=first.sequence))

    assert (first.sequence, second.sequence) == (1, 2)

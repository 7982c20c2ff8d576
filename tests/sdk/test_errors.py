"""What the server refuses is an error of its own kind, which carries what the answer said."""

import httpx
import pytest

from provisioning_client import Client
from provisioning_client.errors import (
    Conflict,
    Detail,
    Forbidden,
    InsufficientScope,
    Invalid,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    UnexpectedAnswer,
    Unreachable,
)
from provisioning_client.retries import Retries
from tests.admin_serving import Admin
from tests.faulty_road import Traveler
from tests.serving import NO_TLS, listener


def test_a_body_that_is_refused_names_each_field(client: Client) -> None:
    with pytest.raises(Invalid) as refused:
        client.organizations.create("", name="No Capitals")

    assert {detail.field for detail in refused.value.details} == {"display_name", "name"}
    assert refused.value.request_id is not None
    assert str(refused.value).count("display_name: ") == 1
    assert refused.value.request_id in str(refused.value)


def test_a_conflict_says_which(client: Client) -> None:
    taken = client.organizations.create("A")
    with pytest.raises(Conflict) as refused:
        client.organizations.create("B", name=taken.name)

    assert refused.value.code == "organization_conflict"
    assert refused.value.details == (Detail("name", "is already in use"),)


def test_a_missing_scope_is_named(admin: Admin, client: Client) -> None:
    issued = client.api_keys.create("x", ["read:users"])
    with httpx.Client(verify=NO_TLS) as http, pytest.raises(InsufficientScope) as refused:
        Client(admin.address, issued.key, http_client=http).organizations.create("A")

    assert refused.value.scopes == ("create:organizations",)


def test_what_is_for_the_installation_is_forbidden_to_an_organization(
    admin: Admin, client: Client
) -> None:
    organization = client.organizations.create("A")
    issued = client.api_keys.create("x", ["*"], organization_id=organization.id)
    with httpx.Client(verify=NO_TLS) as http, pytest.raises(Forbidden) as refused:
        Client(admin.address, issued.key, http_client=http).organizations.create("B")

    assert refused.value.code == "forbidden"


def test_unknown_things_and_unknown_keys(admin: Admin, client: Client) -> None:
    with pytest.raises(NotFound):
        client.api_keys.get("key_none")
    with httpx.Client(verify=NO_TLS) as http, pytest.raises(Unauthorized):
        Client(admin.address, "prv_wrong", http_client=http).api_keys.get("key_none")


def test_a_limit_says_when_to_come_back(admin: Admin) -> None:
    with admin.with_key("*", requests_per_minute=1) as hasty, httpx.Client(verify=NO_TLS) as http:
        client = Client(admin.address, hasty.secret, http_client=http, retries=Retries(limit=0))
        next(iter(client.api_keys.list()))
        with pytest.raises(RateLimited) as refused:
            client.api_keys.get("key_none")

    assert refused.value.retry_after is not None
    assert 0 < refused.value.retry_after <= 60


def test_a_proxys_answer_is_no_value(traveler: Traveler) -> None:
    traveler.road.faults.extend(["another's page", "another's page"])

    with pytest.raises(UnexpectedAnswer, match="POST /organizations"):
        traveler.client.organizations.create("A")
    with pytest.raises(UnexpectedAnswer):
        list(traveler.client.organizations.list())


def test_an_overloaded_proxy_is_a_refusal_without_a_code(traveler: Traveler) -> None:
    traveler.road.faults.extend(["overloaded"] * 4)

    with pytest.raises(Refused) as refused:
        traveler.client.api_keys.get("key_none")
    assert (refused.value.status, refused.value.code) == (503, "unknown")


def test_where_nobody_listens_there_is_no_answer() -> None:
    with listener() as listening:
        host, port = listening.getsockname()
    pauses: list[float] = []
    with httpx.Client(verify=NO_TLS) as http:
        client = Client(f"http://{host}:{port}", "x", http_client=http, sleep=pauses.append)
        with pytest.raises(Unreachable, match="4 attempts") as failed:
            client.organizations.update("org_none", display_name="A")

    assert isinstance(failed.value.__cause__, httpx.ConnectError)
    assert len(pauses) == 3

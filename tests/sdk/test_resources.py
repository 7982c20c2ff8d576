"""Organizations, keys and the audit trail by the Python client; what all resources have."""

import secrets
from datetime import UTC, datetime

import httpx
import pytest

from provisioning_client import AsyncClient, Client
from provisioning_client.errors import NotFound, PreconditionFailed, Unauthorized
from tests.admin_serving import Admin
from tests.serving import NO_TLS


def test_an_organization_is_made_read_changed_and_deleted(client: Client) -> None:
    external_id = f"customer/1:ä?#%2F+ &;{secrets.token_hex(4)}"
    created = client.organizations.create(
        "Orion Analytics",
        external_id=external_id,
        metadata={"plan": "enterprise"},
        branding={"primary_color": "#0a7f5c"},
        policies={"seat_limit": 5, "allowed_email_domains": ["orion.example"]},
    )

    assert created.display_name == "Orion Analytics"
    assert created.branding.primary_color == "#0a7f5c"
    assert created.policies.allowed_email_domains == ("orion.example",)
    assert created.created_at.tzinfo == UTC
    assert created.created_at <= datetime.now(UTC)
    assert client.organizations.get(created.id) == created
    assert client.organizations.get_by_external_id(external_id) == created

    changed = client.organizations.update(
        created.id, external_id=None, policies={"seat_limit": None}, if_match=created.etag
    )
    assert (changed.external_id, changed.policies.seat_limit) == (None, None)
    assert changed.metadata == {"plan": "enterprise"}
    with pytest.raises(PreconditionFailed):
        client.organizations.update(created.id, display_name="Late", if_match=created.etag)

    client.organizations.delete(created.id, name=created.name)
    with pytest.raises(NotFound):
        client.organizations.get(created.id)


def test_an_organization_lives_by_either_client(either: Client) -> None:
    external_id = secrets.token_hex(8)
    made = either.organizations.create("A", external_id=external_id, policies={"seat_limit": 5})
    found = either.organizations.get_by_external_id(external_id)
    changed = either.organizations.update(made.id, display_name="B", if_match=found.etag)
    key = either.api_keys.create("x", ["read:users"], organization_id=made.id)

    assert made == found
    assert either.organizations.get(made.id) == changed
    assert (changed.display_name, changed.policies.seat_limit) == ("B", 5)
    assert either.api_keys.get(key.id).scopes == ("read:users",)
    assert key.id in {one.id for one in either.api_keys.list(limit=100)}
    either.organizations.delete(made.id, name=made.name)
    with pytest.raises(NotFound):
        either.organizations.get(made.id)


def test_a_list_is_iterated_over_page_by_page(either: Client) -> None:
    region = secrets.token_hex(8).upper()
    made = [either.organizations.create("A", region_code=region).id for _ in range(5)]

    found = either.organizations.list(region_code=region, limit=2)
    assert [one.id for one in found] == made
    rest = either.organizations.list(region_code=region, after=made[2])
    assert [one.id for one in rest] == made[3:]
    assert list(either.organizations.list(region_code="NOWHERE")) == []


def test_a_page_comes_with_the_cursors_of_its_neighbors(either: Client) -> None:
    region = secrets.token_hex(8).upper()
    made = [either.organizations.create("A", region_code=region).id for _ in range(5)]
    page = either.organizations.list.page

    first = page(region_code=region, limit=2)
    assert ([one.id for one in first.items], first.before) == (made[:2], None)
    second = page(region_code=region, limit=2, after=first.after)
    third = page(region_code=region, limit=2, after=second.after)
    assert ([one.id for one in third.items], third.after) == (made[4:], None)
    assert page(region_code=region, limit=2, before=third.before) == second
    assert page(region_code=region, limit=2, before=second.before) == first


def test_in_front_of_a_cursor_is_one_page(either: Client) -> None:
    region = secrets.token_hex(8).upper()
    made = [either.organizations.create("A", region_code=region).id for _ in range(5)]

    found = either.organizations.list(region_code=region, limit=2, before=made[4])
    assert [one.id for one in found] == made[2:4]


def test_the_newest_of_the_audit_trail_come_first_where_that_is_asked_for(client: Client) -> None:
    made = client.organizations.create("A")
    client.organizations.update(made.id, display_name="B")

    found = client.audit_entries.list(organization_id=made.id, order="desc", limit=1)
    assert [one.action for one in found] == ["update_organization", "create_organization"]


def test_pages_are_asked_for_when_they_are_needed(admin: Admin, client: Client) -> None:
    region = secrets.token_hex(8).upper()
    made = [client.organizations.create("A", region_code=region).id for _ in range(3)]
    asked: list[str] = []
    with httpx.Client(
        verify=NO_TLS, event_hooks={"request": [lambda one: asked.append(str(one.url))]}
    ) as http:
        lazy = Client(admin.address, admin.secret, http_client=http)
        found = lazy.organizations.list(region_code=region, limit=2)
        assert asked == []
        assert [next(found).id, next(found).id] == made[:2]
        assert len(asked) == 1
        assert [one.id for one in found] == made[2:]
        assert len(asked) == 2


def test_a_key_is_made_used_and_revoked(admin: Admin, client: Client) -> None:
    organization = client.organizations.create("A")
    issued = client.api_keys.create(
        "backend", ["read:organizations"], organization_id=organization.id, expires_in_days=1
    )
    with httpx.Client(verify=NO_TLS) as http:
        own = Client(admin.address, issued.key, http_client=http)
        assert [one.id for one in own.organizations.list()] == [organization.id]
        shown = client.api_keys.get(issued.id)
        assert (shown.scopes, shown.last_four) == (("read:organizations",), issued.key[-4:])
        assert shown.last_used_at is not None
        assert shown.expires_at is not None
        assert issued.id in {one.id for one in client.api_keys.list()}


def test_a_revoked_key_opens_nothing(admin: Admin, either: Client) -> None:
    issued = either.api_keys.create("backend", ["read:organizations"])

    either.api_keys.revoke(issued.id)

    assert either.api_keys.get(issued.id).revoked_at is not None
    with httpx.Client(verify=NO_TLS) as http, pytest.raises(Unauthorized):
        list(Client(admin.address, issued.key, http_client=http).organizations.list())


def test_the_audit_trail_names_this_client(either: Client) -> None:
    organization = either.organizations.create("A")

    (entry,) = either.audit_entries.list(organization_id=organization.id)

    assert (entry.action, entry.target) == ("create_organization", organization.id)
    assert entry.user_agent is not None
    assert entry.user_agent.startswith("provisioning-client/")


def test_both_clients_have_the_same_resources(admin: Admin) -> None:
    with Client(admin.address, "x") as client:
        blocking = set(vars(client)) - {"sender"}
    awaited = set(vars(AsyncClient(admin.address, "x"))) - {"sender"}

    assert blocking == awaited


def test_what_an_id_contains_makes_no_other_path(either: Client) -> None:
    for hostile in ("../api-keys", "a/b", "x?limit=1", "x#y"):
        with pytest.raises(NotFound):
            either.organizations.get(hostile)
    for resolved in ("", ".", ".."):
        with pytest.raises(ValueError, match="is no id"):
            either.organizations.get(resolved)


def test_no_repr_shows_a_secret(admin: Admin, client: Client) -> None:
    issued = client.api_keys.create("x", ["read:users"])
    shown = repr(client) + repr(AsyncClient(admin.address, admin.secret)) + repr(issued)

    assert admin.address in shown
    assert admin.secret not in shown
    assert issued.key not in shown

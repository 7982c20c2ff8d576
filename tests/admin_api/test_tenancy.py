"""
Who may ask what, of every operation that the OpenAPI document knows: none is listed here, so a new
one is asked the same.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select

from provisioning.scopes import SCOPES
from provisioning.store.tables import metadata
from tests import snapshots
from tests.admin_serving import Admin, problem
from tests.described_operations import Operation, operations
from tests.serving import NO_TLS
from tests.tenant import Tenant, found

TIRELESS = 1_000_000


@dataclass(frozen=True, slots=True)
class Victim:
    """An organization with everything in it; `values` has an id for each parameter of a path."""

    organization_id: str
    values: dict[str, Any]


@pytest.fixture
def victim(admin: Admin) -> Victim:
    tenant = inhabited(admin)
    values: dict[str, Any] = {"organization_id": tenant.directory.organization_id}
    offered = operations(admin)
    for operation in offered:
        for name in operation.names:
            if name not in values and (key := of_the_database(admin.engine, values, name)):
                values[name] = key
    # What is not there yet is made by the API itself: the POST on the list that it is in.
    for operation in sorted(offered, key=lambda one: len(one.names)):
        name = operation.names[-1] if operation.names else ""
        if name in values or not operation.path.endswith(f"/{{{name}}}"):
            continue
        collection = operation.path.removesuffix(f"/{{{name}}}")
        makers = [one for one in offered if (one.method, one.path) == ("POST", collection)]
        for maker in makers:
            made = maker.ask(admin.client, values)
            if made.is_success:
                values[name] = made.json().get(name.rpartition("_")[2], "nobody")
    # Built-in roles are everybody's; where roles can be made, it is one that was.
    values.setdefault("role_name", "guest")
    return Victim(values["organization_id"], values)


def inhabited(admin: Admin) -> Tenant:
    """
    Members by a mapped group, an address that two claim, somebody who leaves, an invitation, a
    domain, an issuer.
    """
    address = f"ada-{secrets.token_hex(4)}@x.test"
    elsewhere = found(admin.engine, f"Elsewhere {secrets.token_hex(4)}")
    elsewhere.create(address)
    elsewhere.drain()
    tenant = found(admin.engine, f"Victim {secrets.token_hex(4)}")
    tenant.issue_token()
    member = tenant.create(f"bob-{address}")
    tenant.map("Admins", "admin")
    tenant.push("Admins", member)
    tenant.create(address)
    tenant.drain()
    tenant.invite(f"carol-{address}")
    tenant.let_leave(timedelta(days=1))
    leaver = tenant.create(f"dan-{address}")
    tenant.drain()
    tenant.delete(leaver)
    tenant.drain()
    domains = f"/organizations/{tenant.organization_id}/domains"
    admin.post(domains, {"name": f"{secrets.token_hex(4)}.example"})
    admin.post(
        "/issuers",
        {
            "issuer": f"https://{secrets.token_hex(4)}.example",
            "audiences": ["product"],
            "jwks_uri": "https://issuer.example/keys",
            "organization_id": tenant.organization_id,
        },
    )
    return tenant


def of_the_database(engine: Engine, values: dict[str, Any], name: str) -> str | None:
    """`workspace_id` is the id of a row of `workspaces`, or stands in a row as `workspace_id`."""
    noun = name.removesuffix("_id")
    plurals = {f"{noun}s", f"{noun.removesuffix('y')}ies", f"directory_{noun}s"}
    for table in metadata.sorted_tables:
        if "organization_id" not in table.c:
            continue
        column = table.c.get(name)
        if column is None and table.name in plurals:
            column = table.c.get("id")
        if column is not None:
            of_the_victim = table.c.organization_id == values["organization_id"]
            with engine.connect() as connection:
                statement = select(column).where(of_the_victim, column.is_not(None)).limit(1)
                key = connection.execute(statement).scalar()
            if key is not None:
                return str(key)
    return None


@pytest.fixture
def intruder(admin: Admin) -> Iterator[Admin]:
    """The key of another organization, which may do everything there."""
    own = admin.organization()
    with admin.with_key(
        "*", organization_id=own["id"], requests_per_minute=TIRELESS
    ) as other_organization:
        # The first use of a key is noted; from now on, for a minute, nothing is.
        other_organization.get(f"/organizations/{own['id']}")
        yield other_organization


def test_nobody_is_answered_without_a_live_key(admin: Admin) -> None:
    expected = {one.id: (401, "unauthorized") for one in operations(admin)}
    for headers in ({}, {"Authorization": "Bearer prv_nobody"}):
        with httpx.Client(
            base_url=f"{admin.address}/v1", headers=headers, verify=NO_TLS
        ) as stranger:
            assert {one.id: problem(one.ask(stranger, {})) for one in operations(admin)} == expected


def test_every_operation_needs_its_scope_and_no_other(admin: Admin) -> None:
    offered = operations(admin)
    before = snapshots.rows(admin.engine)
    for scope in sorted({one.scope for one in offered}):
        asking = [one for one in offered if one.scope == scope]
        with admin.with_key(*(SCOPES - {scope}), requests_per_minute=TIRELESS) as lacking:
            answers = {one.id: one.ask(lacking.client, {}) for one in asking}
        assert {name: problem(one) for name, one in answers.items()} == {
            one.id: (403, "insufficient_scope") for one in asking
        }
        for answer in answers.values():
            assert answer.json()["error"]["details"] == [{"field": "scope", "problem": scope}]
    after = snapshots.rows(admin.engine)
    assert {name for name in before if before[name] != after[name]} == {"api_keys"}

    for scope in sorted({one.scope for one in offered}):
        with admin.with_key(scope, requests_per_minute=TIRELESS) as modest:
            for one in offered:
                if one.scope == scope and one.names:
                    answer = one.ask(modest.client, {})
                    assert answer.status_code != 403, (one.id, answer.text)


def test_the_key_of_one_organization_finds_no_other(
    admin: Admin, victim: Victim, intruder: Admin
) -> None:
    within = [one for one in operations(admin) if "organization_id" in one.names]
    before = snapshots.rows(admin.engine)

    answers = {one.id: problem(one.ask(intruder.client, victim.values)) for one in within}

    assert answers == {one.id: (404, "not_found") for one in within}
    assert snapshots.rows(admin.engine) == before


def test_what_is_another_organizations_is_not_found_in_ones_own(
    admin: Admin, victim: Victim, intruder: Admin
) -> None:
    """A path through one's own organization to a thing of the victim's."""
    (own,) = intruder.get("/organizations")["data"]
    values = {**victim.values, "organization_id": own["id"]}
    deeper = [
        one for one in operations(admin) if "organization_id" in one.names and len(one.names) > 1
    ]
    before = snapshots.rows(admin.engine)

    answers = {one.id: one.ask(intruder.client, values).status_code for one in deeper}

    assert answers == {one.id: 404 for one in deeper}
    assert snapshots.rows(admin.engine) == before


def test_what_is_named_by_its_own_id_is_not_found_by_another_organization(
    admin: Admin, victim: Victim, intruder: Admin
) -> None:
    """Also where a body or a query names the organization."""
    external_id = f"victim-{secrets.token_hex(4)}"
    path = f"/organizations/{victim.organization_id}"
    admin.client.patch(path, json={"external_id": external_id})
    with admin.with_key("*", organization_id=victim.organization_id) as own:
        api_key = own.post("/api-keys", {"name": "x", "scopes": ["read:users"]})
    values = {**victim.values, "external_id": external_id, "api_key_id": api_key["id"]}
    naming = [one for one in operations(admin) if names_another(one)]
    before = snapshots.rows(admin.engine)

    answers = {one.id: one.ask(intruder.client, values).status_code for one in naming}

    assert {name: status for name, status in answers.items() if status not in {403, 404}} == {}
    assert {"get_api_key", "revoke_api_key", "get_organization_by_external_id"} <= set(answers)
    assert {"create_api_key", "list_audit_entries"} <= set(answers)
    assert snapshots.rows(admin.engine) == before


def names_another(operation: Operation) -> bool:
    if operation.names:
        return "organization_id" not in operation.names
    body = operation.body({"organization_id": "x"})
    queried = {one["name"] for one in operation.described.get("parameters", ())}
    in_the_body = isinstance(body, dict) and "organization_id" in body
    return in_the_body or "organization_id" in queried


def test_the_victim_has_something_at_every_place(admin: Admin, victim: Victim) -> None:
    """Else a 404 above would prove nothing: teach `inhabited` to make what is missing here."""
    parameters = {name for one in operations(admin) for name in one.names}
    made_by_the_test_itself = {"external_id", "api_key_id"}
    secret = {"token"}

    assert parameters - set(victim.values) - made_by_the_test_itself - secret == set()

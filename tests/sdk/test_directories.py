"""Directories and sign-ins by the Python client: what identity providers have to do with."""

import secrets
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from provisioning.clock import now
from provisioning.drain import drain
from provisioning_client import Client
from provisioning_client.errors import NotFound
from tests.serving import NO_TLS, Scim
from tests.signing_in import AUDIENCE, Idp, an_idp


@pytest.fixture
def idp() -> Iterator[Idp]:
    with an_idp() as found:
        yield found


def settled(scim: Scim) -> str:
    """Its organization, when all is drained."""
    drain(scim.engine, scim.organization_id, now)
    return scim.organization_id


def address() -> str:
    return f"ada-{secrets.token_hex(6)}@example.com"


def test_a_directory_is_made_and_its_token_opens_its_scim_endpoint(either: Client) -> None:
    organization = either.organizations.create("Acme")
    made = either.directories.create(organization.id, "okta", token_expires_in_days=30)
    renamed = either.directories.update(organization.id, made.id, display_name="Acme Okta")
    further = either.directory_tokens.create(organization.id, made.id, expires_in_days=1)

    for token in (made.token, further.token):
        answer = httpx.get(
            f"{made.scim_base_url}/Users",
            headers={"Authorization": f"Bearer {token}"},
            verify=NO_TLS,
        )
        assert answer.status_code == 200
        assert token not in repr([made, further])
    assert either.directories.get(organization.id, made.id) == renamed
    assert list(either.directories.list(organization.id)) == [renamed]
    either.directory_tokens.revoke(organization.id, made.id, further.id)
    tokens = {one.id: one for one in either.directory_tokens.list(organization.id, made.id)}
    assert tokens.keys() == {made.token_id, further.id}
    assert tokens[further.id].revoked_at is not None
    assert tokens[made.token_id].revoked_at is None
    either.directories.delete(organization.id, made.id)
    assert list(either.directories.list(organization.id)) == []


def test_what_the_directory_holds_is_shown_and_mapped(either: Client, endpoint: Scim) -> None:
    name, group_name = address(), f"Engineering {secrets.token_hex(4)}"
    person = endpoint.client.post("/Users", json={"userName": name}).json()
    group = {"displayName": group_name, "members": [{"value": person["id"]}]}
    endpoint.client.post("/Groups", json=group)
    organization_id = settled(endpoint)
    place = (organization_id, endpoint.directory_id)

    (shown,) = either.directory_groups.list(*place)
    by_id = either.mappings.set(*place, {"id": shown.id}, "admin")
    by_name = either.mappings.set(*place, {"display_name": "Nobody yet"}, "guest")
    settled(endpoint)

    assert shown.display_name == group_name
    assert (by_id.group.id, by_id.role.name, by_id.workspace) == (shown.id, "admin", None)
    assert (by_name.group.id, by_name.group.display_name) == (None, "Nobody yet")
    (user,) = either.directory_users.list(*place)
    assert (user.id, user.user_name, user.active) == (person["id"], name, True)
    member = either.memberships.get(organization_id, str(user.membership_id))
    assert ("admin", by_id.id) in {(one.role, one.source.mapping_id) for one in member.roles}
    assert {one.id for one in either.mappings.list(*place)} == {by_id.id, by_name.id}
    either.mappings.delete(*place, by_id.id)
    assert [one.id for one in either.mappings.list(*place)] == [by_name.id]
    assert either.sync_runs.start(*place).directory_id == endpoint.directory_id


def test_a_mapping_may_point_at_a_workspace(either: Client, endpoint: Scim) -> None:
    organization_id = endpoint.organization_id
    workspace = either.workspaces.create(organization_id, "Berlin")

    made = either.mappings.set(
        organization_id,
        endpoint.directory_id,
        {"display_name": "Berliners"},
        "guest",
        workspace_id=workspace.id,
    )

    assert made.workspace is not None
    assert made.workspace.id == workspace.id


def test_a_conflict_is_listed_and_resolved(either: Client, endpoint: Scim) -> None:
    email = address()
    with endpoint.a_second_directory() as other:
        other.client.post("/Users", json={"userName": email})
        settled(other)
    endpoint.client.post("/Users", json={"userName": email})
    organization_id = settled(endpoint)

    (conflict,) = either.conflicts.list(organization_id)
    decided = either.conflicts.resolve(organization_id, conflict.id, "keep_apart")
    settled(endpoint)

    assert (conflict.email, conflict.decision) == (email, None)
    assert (decided.id, decided.decision) == (conflict.id, "keep_apart")
    assert list(either.conflicts.list(organization_id)) == []
    (person,) = either.directory_users.list(organization_id, endpoint.directory_id)
    assert person.user_id not in {None, conflict.user_id}


def test_what_the_directory_wants_of_the_last_owner_is_held(either: Client, endpoint: Scim) -> None:
    organization_id = endpoint.organization_id
    either.organizations.update(organization_id, policies={"default_role": "owner"})
    person = endpoint.client.post("/Users", json={"userName": address()}).json()
    settled(endpoint)
    endpoint.client.delete(f"/Users/{person['id']}")
    settled(endpoint)

    (held,) = either.held_changes.list(organization_id)

    assert (held.reason, held.wanted_status) == ("last_owner", "removed")


def test_a_connection_is_made_changed_and_deleted(either: Client) -> None:
    organization_id = either.organizations.create("Acme").id
    made = either.connections.create(
        organization_id, "Okta", "okta", "oidc", assign_membership_on_login=True
    )
    changed = either.connections.update(organization_id, made.id, external_id="conn-1")

    assert (made.provider, made.protocol) == ("okta", "oidc")
    assert (changed.external_id, changed.assign_membership_on_login) == ("conn-1", True)
    assert either.connections.get(organization_id, made.id) == changed
    assert list(either.connections.list(organization_id)) == [changed]
    either.connections.delete(organization_id, made.id)
    with pytest.raises(NotFound):
        either.connections.get(organization_id, made.id)


def test_an_issuers_token_signs_in(either: Client, idp: Idp) -> None:
    jwks = {"keys": idp.jwks["keys"]}
    issuer = either.issuers.create(idp.address, [AUDIENCE], jwks={"keys": jwks["keys"]})
    changed = either.issuers.update(issuer.id, audiences=[AUDIENCE, "another"])
    email = address()
    token = idp.token("sub-1", email=email, email_verified=True, nonce="n-1")

    signed = either.sign_ins.create(
        {"id_token": token, "nonce": "n-1"}, tokens=True, client_id="web"
    )

    assert (issuer.jwks, changed.audiences) == (jwks, (AUDIENCE, "another"))
    assert either.issuers.get(issuer.id) == changed
    assert issuer.id in {one.id for one in either.issuers.list()}
    assert (signed.user.is_new, signed.claims.email) == (True, email)
    assert (signed.organization, signed.organizations) == (None, ())
    assert signed.access_token is not None
    assert signed.access_token not in repr(signed)
    assert signed.expires_in == 300
    either.issuers.delete(issuer.id)
    with pytest.raises(NotFound):
        either.issuers.get(issuer.id)


def test_claims_sign_in_where_the_address_leads(either: Client) -> None:
    domain = f"{secrets.token_hex(6)}.test"
    organization = either.organizations.create(
        "Acme", policies={"allowed_email_domains": [domain], "default_role": "guest"}
    )
    connection = either.connections.create(
        organization.id, "Okta", "okta", "oidc", assign_membership_on_login=True
    )
    email = f"ada@{domain}"

    (by_domain,) = either.discovery.discover(email)
    signed = either.sign_ins.create(
        {
            "claims": {"sub": f"auth|{domain}", "email": email, "email_verified": True},
            "connection_id": by_domain.connections[0].id,
        },
        redirect_url_template="https://{{org_slug}}.example.com/",
    )
    (by_membership,) = either.discovery.discover(email)

    assert (by_domain.id, by_domain.found_by) == (organization.id, "email_domain")
    assert by_domain.connections[0].id == connection.id
    assert signed.organization is not None
    assert signed.membership is not None
    assert (signed.organization.id, signed.claims.roles) == (organization.id, ("guest",))
    assert signed.redirect_url == f"https://{organization.name}.example.com/"
    assert (by_membership.id, by_membership.found_by) == (organization.id, "membership")


def test_who_leaves_is_foreseen_put_off_and_kept(either: Client, endpoint: Scim) -> None:
    organization_id = endpoint.organization_id
    own = (organization_id, endpoint.directory_id)
    general = either.leaving_policies.set(
        organization_id, grace_seconds=86_400, retention_seconds=None
    )
    assert either.leaving_policies.get(organization_id) == general
    assert either.leaving_policies.get_of_directory(*own).inherited
    changed = either.leaving_policies.set_of_directory(
        *own, grace_seconds=3600, retention_seconds=None
    )
    assert not changed.inherited
    either.leaving_policies.delete_of_directory(*own)
    person = endpoint.client.post("/Users", json={"userName": address()}).json()
    settled(endpoint)
    endpoint.client.delete(f"/Users/{person['id']}")
    settled(endpoint)

    (step,) = either.leaving_steps.list(organization_id, step="remove")
    later = step.planned_at + timedelta(days=30)
    moved = either.leaving_steps.postpone(organization_id, step.id, due_at=later)
    assert either.leaving_steps.get(organization_id, step.id) == moved
    assert moved.due_at == later
    either.leaving_steps.cancel(organization_id, step.id, roles="drop")

    assert list(either.leaving_steps.list(organization_id)) == []
    assert either.memberships.get(organization_id, step.membership_id).status == "active"

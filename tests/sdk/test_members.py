"""People by the Python client: accounts, memberships, roles, permissions, invitations, places."""

import secrets
from datetime import UTC, datetime

import pytest

from provisioning_client import Client
from provisioning_client.errors import Conflict, Invalid, NotFound, PreconditionFailed
from provisioning_client.mappings import Named
from provisioning_client.organizations import Organization


@pytest.fixture
def organization(either: Client) -> Organization:
    return either.organizations.create(f"Customer {secrets.token_hex(4)}")


def address() -> str:
    return f"ada-{secrets.token_hex(6)}@example.com"


def test_a_user_is_made_found_changed_and_deleted(either: Client) -> None:
    email, external_id = address(), f"customer/{secrets.token_hex(4)}"
    made = either.users.create(email, given_name="Ada", metadata={"plan": "team"})
    changed = either.users.update(
        made.id, external_id=external_id, given_name=None, if_match=made.etag
    )

    assert either.users.get(made.id) == changed
    assert (changed.external_id, changed.given_name) == (external_id, None)
    assert (changed.email, changed.metadata) == (email, {"plan": "team"})
    assert [one.id for one in either.users.list(external_id=external_id)] == [made.id]
    with pytest.raises(PreconditionFailed):
        either.users.update(made.id, display_name="Late", if_match=made.etag)
    either.users.delete(made.id)
    assert list(either.users.list(email=email)) == []


def test_a_user_is_found_by_the_callers_id(either: Client) -> None:
    external_id = f"c:ä {secrets.token_hex(4)}"
    made = either.users.create(address(), external_id=external_id)

    assert either.users.get_by_external_id(external_id).id == made.id


def test_a_membership_lives(either: Client, organization: Organization) -> None:
    email = address()
    made = either.memberships.create(organization.id, {"email": email}, roles=["admin"])
    at_first = datetime.now(UTC)
    suspended = either.memberships.suspend(organization.id, made.id)
    active = either.memberships.reactivate(organization.id, made.id)
    granted = either.memberships.grant_role(organization.id, made.id, "guest")
    left = either.memberships.revoke_role(organization.id, made.id, "admin")

    assert (made.status, suspended.status, active.status) == ("active", "suspended", "active")
    assert suspended.suspended_by == "administrator"
    assert [one.role for one in made.roles] == ["admin"]
    assert {one.role for one in granted.roles} == {"admin", "guest"}
    assert [(one.role, one.source.type) for one in left.roles] == [("guest", "direct")]
    assert either.memberships.get(organization.id, made.id) == left
    past = either.memberships.get(organization.id, made.id, as_of=at_first)
    assert ([one.role for one in past.roles], past.directories) == (["admin"], None)
    (listed,) = either.memberships.list(organization.id, email=email.upper(), status="active")
    assert listed.user.email == email
    (then,) = either.memberships.list(organization.id, role="admin", as_of=at_first)
    assert then.id == made.id
    why = either.memberships.explain(organization.id, made.id)
    assert [(one.role, one.source.type) for one in why.roles] == [("guest", "direct")]
    either.memberships.delete(organization.id, made.id)
    assert either.memberships.get(organization.id, made.id).status == "removed"


def test_an_account_becomes_a_member_with_the_default_role(
    either: Client, organization: Organization
) -> None:
    user = either.users.create(address())
    made = either.memberships.create(organization.id, {"user_id": user.id})

    assert made.user.id == user.id
    assert [one.role for one in made.roles] == [organization.policies.default_role]
    (standing,) = either.users.get(user.id).memberships
    assert (standing.id, standing.organization_id) == (made.id, organization.id)


def test_a_role_by_hand_that_is_not_held_is_not_found(
    either: Client, organization: Organization
) -> None:
    made = either.memberships.create(organization.id, {"email": address()}, roles=["guest"])

    with pytest.raises(NotFound):
        either.memberships.revoke_role(organization.id, made.id, "admin")


def test_a_role_is_made_extended_changed_and_replaced(
    either: Client, organization: Organization
) -> None:
    made = either.roles.create(
        organization.id, "billing", 150, permissions=["invoices:*"], extends="guest"
    )
    changed = either.roles.update(
        organization.id, "billing", rank=160, display_name="Billing", if_match=made.etag
    )
    with pytest.raises(PreconditionFailed):
        either.roles.update(organization.id, "billing", rank=170, if_match=made.etag)
    member = either.memberships.create(organization.id, {"email": address()}, roles=["billing"])

    assert made.permissions == ("invoices:*",)
    assert set(made.permissions) < set(made.effective_permissions)
    assert (changed.rank, changed.display_name, changed.extends) == (160, "Billing", "guest")
    assert either.roles.get(organization.id, "billing") == changed
    names = [one.name for one in either.roles.list(organization.id, limit=2)]
    assert names[0] == "billing"
    assert set(names) == {"billing", "owner", "admin", "member", "guest"}
    with pytest.raises(Conflict) as refused:
        either.roles.delete(organization.id, "billing")
    assert refused.value.code == "role_in_use"
    either.roles.delete(organization.id, "billing", replace_with="guest")
    (left,) = either.memberships.get(organization.id, member.id).roles
    assert left.role == "guest"


def test_permissions_are_checked_one_by_one_and_together(
    either: Client, organization: Organization
) -> None:
    either.roles.create(organization.id, "billing", 150, permissions=["invoices:*"])
    member = either.memberships.create(organization.id, {"email": address()}, roles=["billing"])

    verdict = either.permissions.check(
        organization.id, {"user_id": member.user.id, "permission": "invoices:pay"}
    )
    first, second = either.permissions.check_many(
        organization.id,
        [
            {"membership_id": member.id, "permission": "invoices:pay"},
            {"user_id": member.user.id, "permission": "cars:drive", "workspace_id": None},
        ],
    )
    authority = either.permissions.of_user(organization.id, member.user.id)

    assert verdict.allowed
    assert verdict.because[0].role == "billing"
    assert verdict.because[0].source.type == "direct"
    assert (first, second.allowed, second.because) == (verdict, False, ())
    assert [one.role for one in authority.roles] == ["billing"]
    assert "invoices:*" in authority.permissions


def test_an_invitation_is_made_opened_and_accepted(
    either: Client, organization: Organization
) -> None:
    email = address()
    issued = either.invitations.create(
        organization.id, email, roles=["admin"], send_email=False, metadata={"campaign": "pilot"}
    )
    assert issued.token is not None
    assert issued.token not in repr(issued)

    opened = either.invitations.get_by_token(issued.token)
    accepted = either.invitations.accept(issued.token, user={"given_name": "Ada"})

    assert (opened.organization.id, opened.roles) == (organization.id, ("admin",))
    assert accepted.invitation == either.invitations.get(organization.id, issued.id)
    assert accepted.invitation.status == "accepted"
    member = either.memberships.get(organization.id, accepted.membership_id)
    assert (member.user.id, member.user.given_name) == (accepted.user_id, "Ada")


def test_invitations_are_made_in_bulk_sent_again_and_revoked(
    either: Client, organization: Organization
) -> None:
    email = address()
    first, malformed, second = either.invitations.create_many(
        organization.id,
        [
            {"email": email, "send_email": False, "roles": ["guest"]},
            {"email": "ada@acme", "send_email": False},
            {"email": email, "send_email": False},
        ],
    )
    assert first.invitation is not None
    assert second.error is not None
    assert malformed.error is not None
    assert (malformed.invitation, malformed.error.code) == (None, "invalid_body")
    assert (first.error, second.invitation) == (None, None)
    assert second.error.code == "email_already_invited"
    with pytest.raises(Conflict) as refused:
        either.invitations.resend(organization.id, first.invitation.id, send_email=False)
    assert refused.value.code == "resent_too_soon"
    revoked = either.invitations.revoke(organization.id, first.invitation.id)
    (listed,) = either.invitations.list(organization.id, email=email, status="revoked")
    assert listed == revoked


def test_a_workspace_has_members_with_roles_of_its_own(
    either: Client, organization: Organization
) -> None:
    member = either.memberships.create(organization.id, {"email": address()})
    made = either.workspaces.create(organization.id, "Berlin", external_id="b-1")
    changed = either.workspaces.update(
        organization.id, made.id, metadata={"floor": "3"}, if_match=made.etag
    )
    place = (organization.id, made.id)
    put = either.workspace_members.put(*place, member.id)
    granted = either.workspace_members.grant_role(*place, member.id, "admin")

    assert either.workspaces.get(*place) == changed
    assert [one.id for one in either.workspaces.list(organization.id, external_id="b-1")] == [
        made.id
    ]
    assert (put.added, put.roles) == (True, ())
    assert list(either.workspace_members.list(*place)) == [granted]
    assert [(one.role, one.source.type) for one in granted.roles] == [("admin", "direct")]
    (of_berlin, of_all) = either.memberships.get(organization.id, member.id).roles
    assert (of_berlin.role, of_berlin.workspace) == ("admin", Named(id=made.id, name="berlin"))
    assert of_all.workspace is None
    here = either.permissions.of_user(organization.id, member.user.id, workspace_id=made.id)
    assert "admin" in {one.role for one in here.roles}
    with pytest.raises(Conflict):
        either.workspaces.delete(*place)
    either.workspace_members.revoke_role(*place, member.id, "admin")
    either.workspace_members.delete(*place, member.id)
    assert list(either.workspace_members.list(*place)) == []
    either.workspaces.delete(*place, force=True)
    with pytest.raises(NotFound):
        either.workspaces.get(*place)


def test_what_somebody_is_twice_is_refused_by_the_server(
    either: Client, organization: Organization
) -> None:
    both = {"user_id": "usr_x", "email": address()}

    with pytest.raises(Invalid):
        either.memberships.create(organization.id, both)  # type: ignore[arg-type]

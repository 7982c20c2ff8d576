"""
The tenant is in every WHERE: the store is asked with the id of somebody's thing and the id of
another organization, which no route lets through.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple, replace

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from provisioning import organizations
from provisioning.clock import now
from provisioning.errors import NotFound
from provisioning.ids import OrganizationId, RoleId
from provisioning.store import api_keys as stored_keys
from provisioning.store import (
    attested_members,
    audit_entries,
    directory_overviews,
    events,
    explanations,
    held_changes,
    held_roles,
    identities,
    joining,
    mapped_groups,
    members_at_stake,
    membership_standing,
    memberships,
    outgoing_mails,
    past_events,
    role_uses,
    seats,
    users,
    workspace_grants,
)
from provisioning.store import conflicts as stored_conflicts
from provisioning.store import connections as stored_connections
from provisioning.store import directories as stored_directories
from provisioning.store import invitations as stored_invitations
from provisioning.store import issuers as stored_issuers
from provisioning.store import mappings as stored_mappings
from provisioning.store import roles as stored_roles
from provisioning.store import workspace_members as stored_members
from provisioning.store import workspaces as stored_workspaces
from provisioning.store.engine import transaction
from provisioning.store.pages import Cut
from tests import snapshots
from tests.inhabited import ADA, BOB, LATER, Theirs, inhabited
from tests.tenant import Tenant

ALL = Cut(limit=100, after=None, before=None)
GUEST = RoleId("role_guest")

Act = Callable[[Connection, OrganizationId, Theirs], object]


def rejection(connection: Connection, organization_id: OrganizationId, theirs: Theirs) -> object:
    with suppress(NotFound):
        return stored_conflicts.reject(connection, organization_id, theirs.conflict, "test", now())
    return None


def name_of_role(
    connection: Connection, organization_id: OrganizationId, theirs: Theirs
) -> str | None:
    with suppress(NoResultFound):
        return stored_roles.name(connection, organization_id, theirs.role.id)
    return None


ACTS: dict[str, Act] = {
    "connection": lambda c, o, t: stored_connections.get(c, o, t.connection.id),
    "connections": lambda c, o, _: stored_connections.listing(c, o, ALL).items,
    "number of connections": lambda c, o, _: stored_connections.count(c, o),
    "change of a connection": lambda c, o, t: stored_connections.update(
        c, replace(t.connection, organization_id=o, display_name="x")
    ),
    "connections of several": lambda c, o, _: stored_connections.of_organizations(c, [o]),
    "issuer": lambda c, o, t: stored_issuers.get(c, t.issuer.id, o),
    "issuer by its name": lambda c, o, t: stored_issuers.by_issuer(c, t.issuer.issuer, o),
    "issuers": lambda c, o, _: stored_issuers.listing(c, o, ALL).items,
    "workspace": lambda c, o, t: stored_workspaces.get(c, o, t.workspace.id),
    "lock of a workspace": lambda c, o, t: stored_workspaces.lock(c, o, t.workspace.id),
    "name of a workspace": lambda c, o, t: stored_workspaces.has_name(c, o, t.workspace.name),
    "workspaces": lambda c, o, _: stored_workspaces.listing(c, o, {}, ALL).items,
    "change of a workspace": lambda c, o, t: stored_workspaces.update(
        c, replace(t.of(o), display_name="x")
    ),
    "deletion of a workspace": lambda c, o, t: stored_workspaces.mark_deleted(c, t.of(o), now()),
    "member of a workspace": lambda c, o, t: stored_members.get(c, t.of(o), t.ada_member),
    "members of a workspace": lambda c, o, t: stored_members.listing(c, t.of(o), ALL).items,
    "out of a workspace": lambda c, o, t: stored_members.remove(c, t.of(o), t.ada_member, now()),
    "all out of a workspace": lambda c, o, t: stored_members.remove_all(c, t.of(o), now()),
    "grants of a workspace go": lambda c, o, t: workspace_grants.revoke_all(c, t.of(o), now()),
    "a grant of a workspace goes": lambda c, o, t: workspace_grants.revoke(
        c, t.of(o), t.workspace_grants, now()
    ),
    "invitation": lambda c, o, t: stored_invitations.get(c, o, t.carol.id, now()),
    "invitation by its token": lambda c, o, t: stored_invitations.by_token(
        c, t.token_hash, o, now()
    ),
    "pending invitations": lambda c, o, t: stored_invitations.pending(
        c, o, {t.carol.email_key}, now()
    ),
    "overdue invitations": lambda c, o, t: stored_invitations.overdue(
        c, o, {t.dan.email_key}, now()
    ),
    "expiry of an invitation": lambda c, o, t: stored_invitations.mark_expired(c, o, [t.dan.id]),
    "invited members": lambda c, o, _: stored_invitations.members(c, o, {ADA}),
    "invitations": lambda c, o, _: stored_invitations.listing(c, o, None, None, now(), ALL).items,
    "change of an invitation": lambda c, o, t: stored_invitations.update(
        c, replace(t.carol, organization_id=o, status="revoked")
    ),
    "token of an invitation": lambda c, o, t: stored_invitations.set_token(c, o, t.carol.id, "x"),
    "invitations by signing in": lambda c, o, t: stored_invitations.to_address(
        c, t.carol.email_key, o, now()
    ),
    "mails": lambda c, o, t: outgoing_mails.latest(c, o, [t.carol.id]),
    "a mail is not sent": lambda c, o, t: outgoing_mails.cancel(c, o, t.carol.id),
    "a mail is sent": lambda c, o, t: outgoing_mails.mark_sent(
        c, replace(t.mail, organization_id=o), now()
    ),
    "seats": lambda c, o, _: seats.taken(c, o, now()),
    "user": lambda c, o, t: users.get(c, t.ada_id, o),
    "user by external id": lambda c, o, _: users.by_external_id(c, "ada", o),
    "users": lambda c, o, _: users.listing(c, o, None, None, ALL).items,
    "identities": lambda c, o, t: identities.of_users(c, [t.bob_id], o),
    "identities of issuers": lambda c, o, t: identities.of_users(c, [t.ada_id], o),
    "whose membership": lambda c, o, t: membership_standing.user_of(c, o, t.ada_member),
    "known": lambda c, o, t: membership_standing.is_known(c, o, t.ada_id),
    "standing": lambda c, o, t: membership_standing.of_users(c, [t.ada_id], o),
    "taken in again": lambda c, o, t: membership_standing.take_in_again(c, o, t.bob_member),
    "membership": lambda c, o, t: memberships.get(c, o, t.ada_member),
    "memberships": lambda c, o, _: memberships.listing(c, o, ALL, role="writer").items,
    "members by address": lambda c, o, _: memberships.by_email(c, o, ADA),
    "held roles": lambda c, o, t: held_roles.of_users(c, o, [t.ada_id]).holders,
    "held roles of several": lambda c, o, t: (
        held_roles.of_memberships(c, o, [t.ada_member, t.bob_member]).holders
    ),
    "role": lambda c, o, _: stored_roles.find(c, o, "writer"),
    "roles": lambda c, o, _: "writer" in stored_roles.names(c, o),
    "name of a role": name_of_role,
    "uses of a role": lambda c, o, t: any(astuple(role_uses.count(c, o, t.role.id))),
    "grants of another role": lambda c, o, t: role_uses.move_grants(c, o, t.role.id, GUEST, now()),
    "mappings of another role": lambda c, o, t: role_uses.move_mappings(c, o, t.role.id, GUEST),
    "invitations of another role": lambda c, o, t: role_uses.move_invitations(
        c, o, t.role.id, GUEST, now()
    ),
    "API key": lambda c, o, t: stored_keys.get(c, t.api_key.id, o),
    "API keys": lambda c, o, _: stored_keys.listing(c, o, ALL).items,
    "audit trail": lambda c, o, _: audit_entries.listing(c, o, ALL).items,
    "directory": lambda c, o, t: stored_directories.lock(c, o, t.tenant.directory.id),
    "directories": lambda c, o, _: stored_directories.listing(c, o, ALL).items,
    "change of a directory": lambda c, o, t: stored_directories.update(
        c, replace(t.tenant.directory, organization_id=o, display_name="x")
    ),
    "deletion of a directory": lambda c, o, t: stored_directories.mark_deleting(
        c, replace(t.tenant.directory, organization_id=o), None, now()
    ),
    "tokens": lambda c, o, t: stored_directories.tokens(c, o, t.tenant.directory.id),
    "revocation of a token": lambda c, o, t: stored_directories.revoke_token(
        c, o, t.tenant.directory.id, t.token, now()
    ),
    "use of a token": lambda c, o, t: stored_directories.mark_used(
        c, replace(t.bearer, organization_id=o), LATER, LATER
    ),
    "directory users": lambda c, o, t: (
        directory_overviews.users(c, o, t.tenant.directory.id, ALL).items
    ),
    "directory groups": lambda c, o, t: (
        directory_overviews.groups(c, o, t.tenant.directory.id, ALL).items
    ),
    "mappings": lambda c, o, _: stored_mappings.of_organization(c, o),
    "mappings of a directory": lambda c, o, t: (
        stored_mappings.listing(c, o, t.tenant.directory.id, ALL).items
    ),
    "binding of mappings": lambda c, o, t: stored_mappings.bind(c, o, [t.waiting_group]),
    "open conflicts": lambda c, o, _: stored_conflicts.still_open(c, o),
    "conflicts": lambda c, o, _: stored_conflicts.listing(c, o, ALL, "open", of_all=True).items,
    "rejection of a conflict": rejection,
    "decision of a conflict": lambda c, o, t: stored_conflicts.decide(
        c, o, t.conflict, "link", "test"
    ),
    "held changes": lambda c, o, _: held_changes.listing(c, o, ALL).items,
    "events": lambda c, o, t: [
        one
        for one in events.after(c, o, 0, 1000)
        if one["organization_id"] == t.tenant.organization_id
    ],
    "history": lambda c, o, t: past_events.of_subjects(c, o, [t.bob_member], LATER),
    "history of mappings": lambda c, o, _: past_events.of_mappings(c, o, LATER),
    "who may have been a member": lambda c, o, _: past_events.members(
        c, o, LATER, None, 9, backwards=False
    ),
    "who had a role": lambda c, o, _: past_events.members(
        c, o, LATER, None, 9, backwards=False, role="owner"
    ),
    "who directories had": lambda c, o, t: explanations.known_as(c, o, t.bob_id),
    "attested members": lambda c, o, _: attested_members.part(c, o, None, None, 9),
    "members by their users": lambda c, o, t: memberships.of_users(c, o, [t.bob_id]),
    "groups that are mapped": lambda c, o, _: mapped_groups.groups(c, o),
    "explanation of entries": lambda c, o, t: explanations.entries(c, o, [t.bob_id], BOB),
    "explanation of groups": lambda c, o, t: explanations.edges(c, o, [t.directory_user]),
    "explanation of what is held": lambda c, o, t: explanations.parked(c, o, t.bob_member),
    "notes about who is at stake": lambda c, o, t: members_at_stake.note(c, o, t.bob_id, now()),
    "notes about who is in conflict": lambda c, o, t: members_at_stake.note(c, o, t.eve_id, now()),
    "notes about disputes": lambda c, o, t: joining.note_disputes(c, o, t.eve_id, now()),
    "leaving forgotten": lambda c, o, t: joining.forget_leaving(c, o, t.bob_id),
    "deletion of a connection": lambda c, o, t: stored_connections.delete(
        c, replace(t.second_connection, organization_id=o)
    ),
}


class Undone(Exception):
    """Nothing stays of what was done."""


def acting(theirs: Theirs, organization_id: OrganizationId) -> list[str]:
    """Which of the acts are answered with something, or change anything at all."""
    engine = theirs.tenant.engine
    before = snapshots.rows(engine)
    found = []
    for name, act in ACTS.items():
        with suppress(Undone), transaction(engine) as connection:
            seen = act(connection, organization_id, theirs)
            if seen or snapshots.rows_in(connection) != before:
                found.append(name)
            raise Undone
    return found


@pytest.fixture
def theirs(acme: Tenant) -> Theirs:
    return inhabited(acme)


def test_the_store_shows_and_changes_nothing_of_another_organization(theirs: Theirs) -> None:
    with transaction(theirs.tenant.engine) as connection:
        stranger = organizations.create(connection, "Other", now(), actor="test").id

    assert acting(theirs, stranger) == []


def test_the_organization_itself_does_see_or_change_something(theirs: Theirs) -> None:
    """Otherwise the test above would prove nothing."""
    assert acting(theirs, theirs.tenant.organization_id) == list(ACTS)

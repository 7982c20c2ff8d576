"""An organization with something of every kind, with which the store can be asked."""

from dataclasses import dataclass, replace
from datetime import timedelta

from provisioning import (
    api_keys,
    bearer_secrets,
    connections,
    ids,
    issuers,
    roles,
    workspace_members,
    workspaces,
)
from provisioning.clock import now
from provisioning.ids import (
    ConflictId,
    DirectoryGroupId,
    DirectoryUserId,
    GrantId,
    MembershipId,
    OrganizationId,
    TokenId,
    UserId,
)
from provisioning.permissions import Role
from provisioning.reconcile.facts import Invitation
from provisioning.store import (
    audit_entries,
    directories,
    outgoing_mails,
    sign_in_identities,
)
from provisioning.store.api_keys import ApiKey
from provisioning.store.audit_entries import AuditEntry
from provisioning.store.connections import SignInConnection
from provisioning.store.directories import Bearer
from provisioning.store.engine import transaction
from provisioning.store.issuers import Issuer
from provisioning.store.outgoing_mails import OutgoingMail
from provisioning.store.workspaces import Workspace
from tests.tenant import Tenant, acting, found

LATER = now() + timedelta(days=1)
ADA, BOB, CAROL, DAN, EVE = (f"{name}@acme.test" for name in "abcde")


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """
    Of Acme: Ada by hand, with a role of its own and in a workspace; Bob by a directory, its only
    owner, who is to go; Carol is invited, and Dan was; Eve's address is that of an account.
    """

    tenant: Tenant
    ada_id: UserId
    ada_member: MembershipId
    bob_id: UserId
    bob_member: MembershipId
    eve_id: UserId
    role: Role
    workspace: Workspace
    connection: SignInConnection
    issuer: Issuer
    carol: Invitation
    token_hash: str
    dan: Invitation
    mail: OutgoingMail
    api_key: ApiKey
    directory_user: DirectoryUserId
    waiting_group: DirectoryGroupId
    conflict: ConflictId
    token: TokenId
    bearer: Bearer
    second_connection: SignInConnection
    workspace_grants: list[GrantId]

    def of(self, organization_id: OrganizationId) -> Workspace:
        """The workspace as if it were that organization's."""
        return replace(self.workspace, organization_id=organization_id)


def inhabited(acme: Tenant) -> Theirs:
    """Something at every place of the store."""
    engine = acme.engine
    found(engine, "Elsewhere").add(EVE)
    by = acting()
    key = acme.organization_id
    with transaction(engine) as connection:
        writer = {"name": "writer", "rank": 150, "permissions": ("a:b",)}
        role, _ = roles.create(connection, key, writer, by)
        roles.create(connection, key, {**writer, "name": "editor", "extends": "writer"}, by)
        made, second = (
            connections.create(
                connection, key, by, display_name=name, provider="okta", protocol="oidc"
            )
            for name in ("Okta", "Okta too")
        )
        issuer = issuers.create(
            connection,
            "https://acme.test",
            ["product"],
            by,
            organization_id=key,
            connection_id=made.id,
            jwks_uri="https://acme.test/keys",
            jwks=None,
            allow_loopback=False,
        )
        workspace = workspaces.create(connection, key, by, display_name="Berlin")
        api_key, _ = api_keys.create(connection, "x", ["*"], by, organization_id=key)
        audit_entries.insert(
            connection,
            AuditEntry(
                id=ids.new(ids.AUDIT_ENTRY),
                organization_id=key,
                at=by.now,
                actor="test",
                action="test",
                target=None,
                status=200,
                ip_address=None,
                user_agent=None,
                request_id="x",
            ),
        )
    membership = MembershipId(acme.add(ADA, "writer"))
    with transaction(engine) as connection:
        workspace_members.put(connection, workspace, membership, by)
        in_berlin = workspace_members.grant(connection, workspace, membership, "writer", by)
    acme.map("Owners", "owner")
    acme.map("Writers", "writer")
    acme.map("Writers", "guest")
    user = acme.create(BOB)
    acme.push("Owners", user)
    acme.create(EVE)
    acme.drain()
    acme.edit(user, active=False)
    acme.drain()
    carol = acme.invite(CAROL, "writer")
    dan = acme.invite(DAN, days=1, at=by.now - timedelta(days=2))
    token, secret = acme.issue_token()
    writers = acme.push("Writers")  # not drained: its mappings wait
    people = acme.people()
    acme.edit_user(people[ADA].user_id, external_id="ada")
    with transaction(engine) as connection:
        outgoing_mails.insert(connection, key, [carol.invitation.id], by.now)
        mail = outgoing_mails.due(connection, LATER)
        ada = UserId(people[ADA].user_id)
        sign_in_identities.mark_signed_in(connection, issuer.id, "ada", ada, by.now)
        bearer = directories.bearer(
            connection, acme.directory.id, bearer_secrets.hashed(secret), by.now, LATER
        )
    assert mail is not None
    assert bearer is not None
    (conflict,) = acme.conflicts()
    return Theirs(
        tenant=acme,
        ada_id=ada,
        ada_member=membership,
        bob_id=UserId(people[BOB].user_id),
        bob_member=MembershipId(people[BOB].membership_id),
        eve_id=UserId(conflict.user_id),
        role=role,
        workspace=workspace,
        connection=made,
        issuer=issuer,
        carol=carol.invitation,
        token_hash=bearer_secrets.hashed(str(carol.token)),
        dan=dan.invitation,
        mail=mail,
        api_key=api_key,
        directory_user=DirectoryUserId(user),
        waiting_group=DirectoryGroupId(writers),
        conflict=conflict.id,
        token=token.id,
        bearer=bearer,
        second_connection=second,
        workspace_grants=[one.grant_id for one in in_berlin.roles],
    )

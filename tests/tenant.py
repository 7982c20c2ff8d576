"""An organization as a test speaks of it: what its IdPs do, and what has become of it."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, insert, select

from provisioning import (
    breakers,
    clock,
    conflicts,
    directories,
    directory_groups,
    directory_users,
    domain_changes,
    domains,
    drain,
    held_changes,
    held_newcomers,
    invitation_acceptance,
    invitations,
    join_requests,
    leaving_policies,
    leaving_steps,
    mappings,
    memberships,
    newcomers,
    organizations,
    roles,
    sign_ins,
    sync_runs,
    users,
)
from provisioning.context import Acting, Context
from provisioning.directory_users import Editing
from provisioning.documents import Document
from provisioning.errors import ProvisioningError
from provisioning.folding import fold
from provisioning.ids import (
    ConflictId,
    DirectoryGroupId,
    DirectoryUserId,
    InvitationId,
    JoinRequestId,
    MembershipId,
    OrganizationId,
    UserId,
)
from provisioning.invitation_acceptance import Accepted
from provisioning.leaving_policies import Periods
from provisioning.member_changes import MemberChange
from provisioning.newcomers import Newcomer
from provisioning.proofs import Proof
from provisioning.reconcile.facts import Decision, KeptRoles, Profile, RoleMode
from provisioning.store import conflicts as conflict_rows
from provisioning.store import (
    events,
    issuers,
    join_request_tables,
    newcomer_tables,
    note_tables,
    people_tables,
    role_tables,
    syncs,
)
from provisioning.store import leaving_steps as store
from provisioning.store import users as user_rows
from provisioning.store.conflicts import OpenConflict
from provisioning.store.directories import Directory, Token
from provisioning.store.domains import Domain
from provisioning.store.engine import reading, transaction
from provisioning.store.leaving_steps import Foreseen
from provisioning.store.mappings import Mapping as RoleMapping
from provisioning.store.pages import Cut
from tests.oracle import differences

ACTOR = "test"
FOUNDING = ("organization.created", "directory.created")
"""What is told before anything happens."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member: ids, status, and the live roles with their source's type."""

    user_id: str
    membership_id: str
    status: str
    roles: frozenset[str]
    sources: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)


def document(tree: Mapping[str, Any]) -> Document:
    """Filters are tested elsewhere, so nothing is folded here."""
    text = orjson.dumps(tree).decode()
    return Document(tree, text, text)


def acting(at: datetime | None = None) -> Acting:
    return Acting(actor=ACTOR, now=at or clock.now())


def context_of(directory: Directory) -> Context:
    return Context(
        organization_id=directory.organization_id,
        directory_id=directory.id,
        actor=ACTOR,
        now=clock.now(),
    )


@dataclass(frozen=True, slots=True)
class Tenant:
    """
    One organization and its first directory. Every method is a transaction of its own, as a SCIM
    request is; `directory` chooses another directory.
    """

    engine: Engine
    organization_id: OrganizationId
    directory: Directory

    @contextmanager
    def _request(self, directory: Directory | None) -> Iterator[tuple[Connection, Context]]:
        with transaction(self.engine) as connection:
            yield connection, context_of(directory or self.directory)

    # --- what an IdP does ------------------------------------------------------------------------

    def create(self, user_name: str, /, directory: Directory | None = None, **tree: Any) -> str:
        with self._request(directory) as (connection, context):
            wanted = document({"userName": user_name, **tree})
            (made,) = directory_users.create(connection, context, [wanted])
            return made.id

    def edit(self, user_id: str, /, directory: Directory | None = None, **tree: Any) -> None:
        """An attribute that is set to None goes."""

        def change(present: dict[str, Any]) -> Document | None:
            wanted = {**present, **tree}
            wanted = {name: value for name, value in wanted.items() if value is not None}
            return None if wanted == present else document(wanted)

        with self._request(directory) as (connection, context):
            editing = Editing(DirectoryUserId(user_id), change)
            (edited,) = directory_users.edit(connection, context, [editing])
            if isinstance(edited, Exception):
                raise edited

    def delete(self, user_id: str, directory: Directory | None = None) -> None:
        with self._request(directory) as (connection, context):
            directory_users.delete(connection, context, DirectoryUserId(user_id), if_version=None)

    def create_all(self, user_names: Iterable[str]) -> list[str]:
        """In one transaction, as of so many requests at once."""
        wanted = [document({"userName": name}) for name in user_names]
        with self._request(None) as (connection, context):
            return [made.id for made in directory_users.create(connection, context, wanted)]

    def delete_all(self, user_ids: Iterable[str]) -> None:
        """In one transaction: the statements are those of as many requests."""
        with self._request(None) as (connection, context):
            for key in user_ids:
                directory_users.delete(connection, context, DirectoryUserId(key), if_version=None)

    def push(self, name: str, *member_ids: str, directory: Directory | None = None) -> str:
        with self._request(directory) as (connection, context):
            wanted = document({"displayName": name})
            return directory_groups.create(connection, context, wanted, member_ids).id

    def rename(self, group_id: str, name: str, directory: Directory | None = None) -> None:
        with self._request(directory) as (connection, context):
            directory_groups.change(
                connection,
                context,
                DirectoryGroupId(group_id),
                lambda present: document({**present, "displayName": name}),
                None,
                if_version=None,
            )

    def join(self, group_id: str, *member_ids: str, directory: Directory | None = None) -> None:
        with self._request(directory) as (connection, context):
            group = DirectoryGroupId(group_id)
            joining = [directory_groups.Joining(group, member_ids)]
            directory_groups.add_members(connection, context, joining)

    def leave(self, group_id: str, *member_ids: str, directory: Directory | None = None) -> None:
        with self._request(directory) as (connection, context):
            group = DirectoryGroupId(group_id)
            directory_groups.remove_members(connection, context, group, member_ids)

    def change(
        self, group_id: str, change: MemberChange, directory: Directory | None = None
    ) -> None:
        with self._request(directory) as (connection, context):
            group = DirectoryGroupId(group_id)
            directory_groups.change(connection, context, group, None, change, if_version=None)

    def unpush(self, group_id: str, directory: Directory | None = None) -> None:
        with self._request(directory) as (connection, context):
            directory_groups.delete(
                connection, context, DirectoryGroupId(group_id), if_version=None
            )

    # --- what an administrator does --------------------------------------------------------------

    def claim(self, name: str) -> Domain:
        """A domain, and no more."""
        with transaction(self.engine) as connection:
            return domains.claim(connection, self.organization_id, name, self.acting)

    def own(self, name: str) -> Domain:
        """A domain, on the word of an administrator of the installation."""
        with transaction(self.engine) as connection:
            made = domains.claim(connection, self.organization_id, name, self.acting)
            return domains.verify_manually(
                connection, self.organization_id, made.id, "theirs", self.acting
            )

    def disown(self, domain: Domain) -> None:
        with transaction(self.engine) as connection:
            domains.delete(connection, self.organization_id, domain.id, self.acting)

    def use(self, domain: Domain, changes: Mapping[str, Any]) -> Domain:
        """What it is good for."""
        with transaction(self.engine) as connection:
            return domains.update(connection, self.organization_id, domain.id, changes, self.acting)

    def lapse_or_return(self, domain: Domain) -> Domain:
        """Its proof is gone for long, or there again; as a worker finds out."""
        here, by = self.organization_id, self.acting
        with transaction(self.engine) as connection:
            syncs.wait(connection, here)
            organizations.lock(connection, here)
            found = domains.get(connection, here, domain.id)
            if found.state == "verified":
                domain_changes.lapse(connection, found, found, by, "it is gone")
            else:
                domain_changes.verify(connection, found, "dns_txt", by, next_at=by.now)
            return domains.get(connection, here, domain.id)

    def sign_in(self, email: str, *, anywhere: bool = False) -> sign_ins.SignedIn:
        """With an address that is proven, here, or where the person chooses."""
        with transaction(self.engine) as connection:
            issuer_id = issuers.of_backend(connection, None, None, clock.now())
            subject = fold(email)
            proof = Proof(issuer_id=issuer_id, subject=subject, email=email, email_verified=True)
            wanted = None if anywhere else self.organization_id
            rules = sign_ins.SignInRules()
            return sign_ins.sign_in(connection, proof, self.acting, rules, organization_id=wanted)

    def asking(self) -> list[JoinRequestId]:
        """Who has asked to join, and waits."""
        rows = self.rows(join_request_tables.join_requests)
        return [JoinRequestId(row["id"]) for row in rows if row["status"] == "pending"]

    def answer(self, request_id: JoinRequestId, *, approved: bool) -> None:
        with transaction(self.engine) as connection:
            here = (connection, self.organization_id, request_id)
            if approved:
                join_requests.approve(*here, None, self.acting)
            else:
                join_requests.decline(*here, self.acting)

    def add_directory(self) -> Directory:
        with transaction(self.engine) as connection:
            return directories.create(
                connection, self.organization_id, "generic", "Another", clock.now(), actor=ACTOR
            )

    def rename_directory(self, display_name: str) -> None:
        with transaction(self.engine) as connection:
            directories.update(
                connection,
                self.organization_id,
                self.directory.id,
                {"display_name": display_name},
                actor=ACTOR,
                now=clock.now(),
            )

    def delete_directory(
        self, directory: Directory | None = None, kept_roles: KeptRoles | None = None
    ) -> None:
        with transaction(self.engine) as connection:
            directories.delete(
                connection,
                self.organization_id,
                (directory or self.directory).id,
                actor=ACTOR,
                now=clock.now(),
                kept_roles=kept_roles,
            )

    def let_leave(
        self,
        grace: timedelta = timedelta(0),
        retention: timedelta | None = None,
        directory: Directory | None = None,
        at: datetime | None = None,
    ) -> None:
        """The organization's leaving policy, or that of the directory."""
        periods = Periods(
            grace_seconds=int(grace.total_seconds()),
            retention_seconds=None if retention is None else int(retention.total_seconds()),
        )
        with transaction(self.engine) as connection:
            leaving_policies.put(
                connection,
                self.organization_id,
                None if directory is None else directory.id,
                periods,
                acting(at),
            )

    def foreseen(self) -> list[Foreseen]:
        with reading(self.engine) as connection:
            cut = Cut(limit=100_000)
            return list(store.listing(connection, self.organization_id, cut).items)

    def put_off(self, step: Foreseen, due_at: datetime, at: datetime | None = None) -> None:
        with transaction(self.engine) as connection:
            leaving_steps.put_off(
                connection, self.organization_id, step.step.id, due_at, acting(at)
            )

    def call_off(
        self, step: Foreseen, roles: KeptRoles = "direct", at: datetime | None = None
    ) -> None:
        with transaction(self.engine) as connection:
            leaving_steps.call_off(
                connection, self.organization_id, step.step.id, roles, acting(at)
            )

    def issue_token(self, lifetime: timedelta | None = None) -> tuple[Token, str]:
        """A further token and its secret."""
        now = clock.now()
        expires_at = None if lifetime is None else now + lifetime
        with transaction(self.engine) as connection:
            return directories.issue_token(connection, self.directory, now, expires_at, actor=ACTOR)

    def revoke_token(self, token: Token) -> None:
        with transaction(self.engine) as connection:
            directories.revoke_token(connection, self.directory, token.id, clock.now(), actor=ACTOR)

    def map(self, group: str, role: str, directory: Directory | None = None) -> RoleMapping:
        with transaction(self.engine) as connection:
            return mappings.declare(
                connection, directory or self.directory, group, role, actor=ACTOR, now=clock.now()
            )

    def unmap(self, mapping: RoleMapping, directory: Directory | None = None) -> None:
        with transaction(self.engine) as connection:
            mappings.remove(
                connection, directory or self.directory, mapping.id, actor=ACTOR, now=clock.now()
            )

    def mappings(self) -> list[RoleMapping]:
        with reading(self.engine) as connection:
            return mappings.of_organization(connection, self.organization_id)

    def close(self) -> None:
        """The organization is deleted."""
        with transaction(self.engine) as connection:
            name = organizations.get(connection, self.organization_id).name
            organizations.delete(
                connection, self.organization_id, name, actor=ACTOR, now=clock.now()
            )

    def make_role(self, name: str, rank: int = 50) -> str:
        """Between guest and member, if not elsewhere; its id."""
        properties = {
            "name": name,
            "display_name": None,
            "description": None,
            "rank": rank,
            "permissions": (),
            "extends": None,
        }
        with transaction(self.engine) as connection:
            return roles.create(connection, self.organization_id, properties, self.acting)[0].id

    def replace_role(self, name: str, other: str) -> None:
        with transaction(self.engine) as connection:
            roles.delete(connection, self.organization_id, name, self.acting, replace_with=other)

    def set_roles(self, *, default: str | None = None, mode: RoleMode | None = None) -> None:
        given = {"default_role": default, "role_mode": mode}
        self.set_policies(**{name: value for name, value in given.items() if value is not None})

    def set_policies(self, **changes: Any) -> None:
        """As an administrator does, by the properties of an organization."""
        with transaction(self.engine) as connection:
            organizations.update(
                connection, self.organization_id, changes, actor=ACTOR, now=clock.now()
            )

    def newcomers(self) -> dict[str, str | None]:
        """Whom the scope keeps out: the decision about each, by directory user."""
        rows = self.rows(newcomer_tables.held_newcomers)
        return {row["directory_user_id"]: row["decision"] for row in rows}

    def let_in(self, *keys: str) -> int:
        """Newcomers who are outside the scope."""
        with transaction(self.engine) as connection:
            people = [DirectoryUserId(key) for key in keys]
            return held_newcomers.release(connection, self.organization_id, people, self.acting)

    def keep_out(self, *keys: str) -> int:
        """Likewise."""
        with transaction(self.engine) as connection:
            people = [DirectoryUserId(key) for key in keys]
            return held_newcomers.reject(connection, self.organization_id, people, self.acting)

    def resync(self, directory: Directory | None = None) -> None:
        with transaction(self.engine) as connection:
            sync_runs.begin(
                connection,
                self.organization_id,
                (directory or self.directory).id,
                "admin",
                actor=ACTOR,
                now=clock.now(),
            )

    @property
    def acting(self) -> Acting:
        return Acting(actor=ACTOR, now=clock.now())

    def add(
        self, email: str, *roles: str, only_here: bool = False, limit: int | None = None
    ) -> str:
        """A member by hand: whose membership it is."""
        newcomer = Newcomer(email=email, roles=roles or None)
        with transaction(self.engine) as connection:
            return newcomers.add(
                connection,
                self.organization_id,
                newcomer,
                self.acting,
                only_here=only_here,
                organization_limit=limit,
            )

    def suspend(self, membership_id: str) -> None:
        self._change(memberships.suspend, membership_id)

    def reactivate(self, membership_id: str) -> None:
        self._change(memberships.reactivate, membership_id)

    def remove(self, membership_id: str) -> None:
        self._change(memberships.remove, membership_id)

    def grant(self, membership_id: str, role: str) -> None:
        """By hand."""
        self._change(memberships.grant, membership_id, role)

    def revoke(self, membership_id: str, role: str) -> None:
        """What was granted by hand."""
        self._change(memberships.revoke, membership_id, role)

    def mark_break_glass(self, membership_id: str, *, break_glass: bool = True) -> None:
        with transaction(self.engine) as connection:
            memberships.set_break_glass(
                connection,
                self.organization_id,
                MembershipId(membership_id),
                self.acting,
                break_glass=break_glass,
            )

    def guard(self, **policy: Any) -> None:
        """The policy of the first directory's breaker."""
        with transaction(self.engine) as connection:
            breakers.set_policy(
                connection, self.organization_id, self.directory.id, policy, self.acting
            )

    def release(self, *membership_ids: str) -> int:
        """All that the first directory's breaker holds, if none is named."""
        return self._decide(held_changes.release, membership_ids)

    def reject_held(self, *membership_ids: str) -> int:
        """Likewise."""
        return self._decide(held_changes.reject, membership_ids)

    def _decide(self, decide: Callable[..., int], membership_ids: tuple[str, ...]) -> int:
        with transaction(self.engine) as connection:
            keys = [MembershipId(key) for key in membership_ids]
            if not keys:
                keys = held_changes.of_directory(
                    connection, self.organization_id, self.directory.id
                )
            return decide(connection, self.organization_id, keys, self.acting)

    def delete_user(self, user_id: str) -> None:
        with transaction(self.engine) as connection:
            users.delete(connection, UserId(user_id), self.acting)

    def show_address(self, email: str) -> None:
        """A member's, by signing in with it."""
        account = UserId(self.people()[email].user_id)
        with transaction(self.engine) as connection:
            user_rows.claim_address(connection, account, email, clock.now())

    def edit_user(self, user_id: str, **changes: Any) -> None:
        with transaction(self.engine) as connection:
            users.update(connection, UserId(user_id), changes, self.acting)

    def _change(self, change: Callable[..., None], membership_id: str, *roles: str) -> None:
        with transaction(self.engine) as connection:
            key = MembershipId(membership_id)
            change(connection, self.organization_id, key, *roles, self.acting)

    def note_nobody(self, number: int) -> None:
        """So many notes about people who are not there."""
        note = {
            "organization_id": self.organization_id,
            "directory_id": self.directory.id,
            "kind": "user",
            "created_at": clock.now(),
        }
        with transaction(self.engine) as connection:
            connection.execute(
                insert(note_tables.notes),
                [{**note, "key": f"nobody-{key}"} for key in range(number)],
            )

    def conflicts(self, state: conflict_rows.State = "open") -> list[OpenConflict]:
        with reading(self.engine) as connection:
            return conflicts.still_open(connection, self.organization_id, state)

    def reject(self, conflict_id: ConflictId) -> None:
        with transaction(self.engine) as connection:
            conflicts.reject(
                connection, self.organization_id, conflict_id, actor=ACTOR, now=clock.now()
            )

    def decide(self, conflict_id: ConflictId, decision: Decision) -> None:
        with transaction(self.engine) as connection:
            conflicts.decide(
                connection,
                self.organization_id,
                conflict_id,
                decision,
                actor=ACTOR,
                now=clock.now(),
            )

    def invite(
        self,
        email: str,
        *roles: str,
        days: int = 7,
        at: datetime | None = None,
        shown: bool = False,
    ) -> invitations.Issued:
        """Not by e-mail: the token is in the answer, `shown` to a key of the organization."""
        wish = invitations.Wish(
            email=email, roles=roles, expires_in_days=days, send_email=False, metadata={}
        )
        with transaction(self.engine) as connection:
            (outcome,) = invitations.invite(
                connection,
                self.organization_id,
                [wish],
                acting(at),
                sends_email=False,
                by_organization=shown,
            )
        if isinstance(outcome, ProvisioningError):
            raise outcome
        return outcome

    def resend(self, invitation_id: InvitationId, at: datetime | None = None) -> str | None:
        with transaction(self.engine) as connection:
            return invitations.resend(
                connection,
                self.organization_id,
                invitation_id,
                acting(at),
                send_email=False,
                expires_in_days=None,
                sends_email=False,
            ).token

    def uninvite(self, invitation_id: InvitationId) -> None:
        with transaction(self.engine) as connection:
            invitations.revoke(connection, self.organization_id, invitation_id, acting())

    def accept(
        self, token: str | None, at: datetime | None = None, limit: int | None = None
    ) -> Accepted:
        """Whoever has the token."""
        assert token is not None
        with transaction(self.engine) as connection:
            nameless = Profile(None, None, None, None)
            return invitation_acceptance.accept(
                connection, token, nameless, None, acting(at), organization_limit=limit
            )

    # --- what becomes of it ----------------------------------------------------------------------

    def drain_at(self, moment: datetime) -> drain.Drained:
        """As at another time: what is due then is noted, and all of it drained."""
        leaving_steps.ring_due(self.engine, moment, lambda _: None)
        return drain.drain(
            self.engine, self.organization_id, lambda: moment, budget_seconds=math.inf
        )

    def drain(self) -> drain.Drained:
        """All of it: how far it comes within its budget is the machine's business, no test's."""
        return drain.drain(self.engine, self.organization_id, clock.now, budget_seconds=math.inf)

    def people(self) -> dict[str, Person]:
        """The members by their e-mail address, where each has one of their own."""
        members = self.members()
        assert len(members) == len(dict(members))
        return dict(members)

    def members(self) -> list[tuple[str, Person]]:
        """Address and member."""
        accounts, members, grants = (
            people_tables.users,
            people_tables.memberships,
            role_tables.grants,
        )
        with reading(self.engine) as connection:
            granted = connection.execute(
                select(grants.c.membership_id, grants.c.role_id, grants.c.source_type).where(
                    grants.c.organization_id == self.organization_id, grants.c.revoked_at.is_(None)
                )
            ).all()
            rows = connection.execute(
                select(accounts.c.email, accounts.c.id, members.c.id, members.c.status)
                .join_from(members, accounts, accounts.c.id == members.c.user_id)
                .where(members.c.organization_id == self.organization_id)
            ).all()
        people = []
        for email, user_id, membership_id, status in rows:
            held = [
                (role_id.removeprefix("role_"), source_type)
                for membership, role_id, source_type in granted
                if membership == membership_id
            ]
            roles = frozenset(role for role, _ in held)
            person = Person(user_id, membership_id, status, roles, frozenset(held))
            people.append((email, person))
        return people

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        with reading(self.engine) as connection:
            return events.after(connection, self.organization_id, after, 1_000_000)

    def told(self, after: int = len(FOUNDING)) -> list[str]:
        """The types of the events since the founding, in order."""
        return [event["type"] for event in self.events(after)]

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with reading(self.engine) as connection:
            mine = select(table).where(table.c.organization_id == self.organization_id)
            return [dict(row) for row in connection.execute(mine).mappings()]


def found(engine: Engine, name: str = "Acme") -> Tenant:
    """A new organization with one directory."""
    with transaction(engine) as connection:
        now = clock.now()
        organization = organizations.create(connection, name, now, actor=ACTOR)
        directory = directories.create(
            connection, organization.id, "generic", f"{name}'s directory", now, actor=ACTOR
        )
    return Tenant(engine, organization.id, directory)


def settled(tenant: Tenant) -> None:
    """Drained, and as an independent reading of the tables says it should be."""
    tenant.drain()
    assert differences(tenant.engine, tenant.organization_id) == []

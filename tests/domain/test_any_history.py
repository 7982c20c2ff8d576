"""Whatever two organizations and their IdPs do, in whatever order: in the end all agrees."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from provisioning.drain import is_anything_left
from provisioning.errors import NotFound, Refused, Taken
from provisioning.member_changes import MemberChange
from provisioning.reconcile.facts import Decision, KeptRoles, RoleMode
from provisioning.store import conflict_tables, held_changes
from provisioning.store.directories import Directory
from provisioning.store.domains import Domain
from provisioning.store.engine import reading
from provisioning.store.pages import Cut
from tests.dying_drain import drain_and_die
from tests.event_feed import check
from tests.oracle import differences
from tests.overlooked import overlooked
from tests.tenant import Tenant, found

T = TypeVar("T")

NAMES = ["ann", "Ann", "bob", "cem", "dee"]
EMAILS = [None, "a@x", "A@X", "b@x", "c@x"]
GROUPS = ["Engineering", "engineering", "Owners", "Everybody"]
ROLES = ["owner", "admin", "member", "guest"]

PICKS = st.integers(0, 100)
USER_NAMES = st.sampled_from(NAMES)
EMAIL = st.sampled_from(EMAILS)
EXTERNAL_IDS = st.sampled_from([None, "1", "2"])
GROUP_NAMES = st.sampled_from(GROUPS)
ROLE = st.sampled_from(ROLES)


class Organization:
    """One of the two, with what its IdP remembers having made in which directory."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.directories = [tenant.directory, tenant.add_directory()]
        self.users: list[tuple[Directory, str]] = []
        self.groups: list[tuple[Directory, str]] = []
        self.had_an_owner = False
        self.domain: Domain | None = None
        self.role: str | None = None
        """One of its own."""

    def members(self, directory: Directory, picks: Sequence[int]) -> tuple[str, ...]:
        """Users and groups of the directory."""
        there = [key for home, key in (*self.users, *self.groups) if home == directory]
        return tuple({there[number % len(there)]: None for number in picks}) if there else ()


class Histories(RuleBasedStateMachine):
    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.organizations: list[Organization] = []

    @initialize(shared=st.booleans())
    def two_organizations(self, *, shared: bool) -> None:
        """One of whose members may be the other's as well, who is the authority."""
        self.organizations = [Organization(found(self.engine, name)) for name in ("Acme", "Other")]
        if shared:
            for organization in reversed(self.organizations):
                tenant = organization.tenant
                key = tenant.create(NAMES[0], emails=self._addresses("a@x"))
                organization.users.append((tenant.directory, key))
                tenant.drain()
            for conflict in tenant.conflicts():
                tenant.decide(conflict.id, "link")

    def _addresses(self, email: str | None) -> list[dict[str, str]] | None:
        """Those of earlier histories in this database are other ones."""
        if email is None:
            return None
        return [{"value": f"{email}{self._suffix}"}]

    @property
    def _suffix(self) -> str:
        return f".{self.organizations[0].tenant.organization_id}.test".replace("_", "-")

    def _organization(self, pick: int) -> Organization:
        # Most of it happens in the first one.
        return self.organizations[pick % 4 == 3]

    @rule(pick=PICKS, name=USER_NAMES, email=EMAIL, external_id=EXTERNAL_IDS, active=st.booleans())
    def create(
        self, pick: int, name: str, email: str | None, external_id: str | None, *, active: bool
    ) -> None:
        organization = self._organization(pick)
        directory = organization.directories[pick % 3 == 2]
        tree = {"externalId": external_id, "emails": self._addresses(email)}
        tree = {attribute: value for attribute, value in tree.items() if value is not None}
        try:
            key = organization.tenant.create(name, directory=directory, active=active, **tree)
        except Taken:
            return
        organization.users.append((directory, key))

    @rule(pick=PICKS, name=USER_NAMES, email=EMAIL, external_id=EXTERNAL_IDS)
    def edit(self, pick: int, name: str, email: str | None, external_id: str | None) -> None:
        organization = self._organization(pick)
        if not organization.users:
            return
        directory, key = chosen(organization.users, pick)
        try:
            organization.tenant.edit(
                key,
                directory=directory,
                userName=name,
                emails=self._addresses(email),
                externalId=external_id,
            )
        except Taken:
            return

    @rule(pick=PICKS)
    def own(self, pick: int) -> None:
        """The domain of all those addresses, unless the other organization has it."""
        organization = self._organization(pick)
        if organization.domain is not None:
            organization.tenant.disown(organization.domain)
            organization.domain = None
        elif all(one.domain is None for one in self.organizations):
            organization.domain = organization.tenant.own(f"x{self._suffix}")

    @rule(pick=PICKS, active=st.booleans())
    def activate(self, pick: int, *, active: bool) -> None:
        organization = self._organization(pick)
        if organization.users:
            directory, key = chosen(organization.users, pick)
            organization.tenant.edit(key, directory=directory, active=active)

    @rule(pick=PICKS)
    def delete(self, pick: int) -> None:
        organization = self._organization(pick)
        if organization.users:
            directory, key = organization.users.pop(pick % len(organization.users))
            organization.tenant.delete(key, directory)

    @rule(pick=PICKS, name=st.sampled_from(["One", "Two", None]))
    def rename_somebody(self, pick: int, name: str | None) -> None:
        organization = self._organization(pick)
        if organization.users:
            directory, key = chosen(organization.users, pick)
            organization.tenant.edit(key, directory=directory, displayName=name)

    @rule(pick=PICKS, max_count=st.integers(0, 2), enabled=st.booleans())
    def guard(self, pick: int, max_count: int, *, enabled: bool) -> None:
        """The breaker of the first directory, in organizations as small as these."""
        tenant = self._organization(pick).tenant
        tenant.guard(max_count=max_count, max_share=0.0, enabled=enabled)

    @rule(pick=PICKS, grace=st.sampled_from([0, 7]), retention=st.sampled_from([None, 30]))
    def let_leave(self, pick: int, grace: int, retention: int | None) -> None:
        """In days; of all, or of the second directory."""
        organization = self._organization(pick)
        organization.tenant.let_leave(
            timedelta(days=grace),
            None if retention is None else timedelta(days=retention),
            organization.directories[1] if pick % 3 == 2 else None,
        )

    @rule(pick=PICKS, released=st.booleans())
    def decide_what_is_held(self, pick: int, *, released: bool) -> None:
        for organization in self.organizations:
            tenant = organization.tenant
            waiting = [
                row["membership_id"]
                for row in tenant.rows(conflict_tables.parked_changes)
                if row["reason"] != "last_owner"
            ]
            if waiting:
                (tenant.release if released else tenant.reject_held)(chosen(waiting, pick))

    @rule(pick=PICKS, break_glass=st.booleans())
    def mark(self, pick: int, *, break_glass: bool) -> None:
        tenant = self._organization(pick).tenant
        members = [person for _, person in tenant.members() if person.status != "removed"]
        if members:
            key = chosen(members, pick).membership_id
            tenant.mark_break_glass(key, break_glass=break_glass)

    @rule(pick=PICKS, decision=st.sampled_from(["link", "link", "keep_apart"]))
    def decide(self, pick: int, decision: Decision) -> None:
        for organization in self.organizations:
            waiting = organization.tenant.conflicts()
            if waiting:
                organization.tenant.decide(chosen(waiting, pick).id, decision)

    @rule(pick=PICKS, after_all=st.booleans())
    def reject(self, pick: int, *, after_all: bool) -> None:
        """Or let somebody in who was rejected."""
        for organization in self.organizations:
            waiting = organization.tenant.conflicts("rejected" if after_all else "open")
            if waiting and after_all:
                organization.tenant.decide(chosen(waiting, pick).id, "link")
            elif waiting:
                organization.tenant.reject(chosen(waiting, pick).id)

    @rule(pick=PICKS, name=GROUP_NAMES, members=st.lists(PICKS, max_size=3))
    def push(self, pick: int, name: str, members: list[int]) -> None:
        organization = self._organization(pick)
        directory = organization.directories[pick % 3 == 2]
        inside = organization.members(directory, members)
        try:
            key = organization.tenant.push(name, *inside, directory=directory)
        except Taken:
            return
        organization.groups.append((directory, key))

    @rule(pick=PICKS, name=GROUP_NAMES)
    def rename(self, pick: int, name: str) -> None:
        organization = self._organization(pick)
        if organization.groups:
            directory, key = chosen(organization.groups, pick)
            try:
                organization.tenant.rename(key, name, directory)
            except Taken:
                return

    @rule(
        pick=PICKS,
        added=st.lists(PICKS, max_size=2),
        removed=st.lists(PICKS, max_size=2),
        replaced=st.booleans(),
    )
    def change_members(
        self, pick: int, added: list[int], removed: list[int], *, replaced: bool
    ) -> None:
        organization = self._organization(pick)
        if organization.groups:
            directory, key = chosen(organization.groups, pick)
            change = MemberChange(
                replaced=replaced,
                added=organization.members(directory, added),
                removed=organization.members(directory, removed),
            )
            organization.tenant.change(key, change, directory)

    @rule(pick=PICKS, members=st.lists(PICKS, min_size=1, max_size=3))
    def join(self, pick: int, members: list[int]) -> None:
        organization = self._organization(pick)
        if organization.groups:
            directory, key = chosen(organization.groups, pick)
            inside = organization.members(directory, members)
            organization.tenant.join(key, *inside, directory=directory)

    @rule(pick=PICKS)
    def unpush(self, pick: int) -> None:
        organization = self._organization(pick)
        if organization.groups:
            directory, key = organization.groups.pop(pick % len(organization.groups))
            organization.tenant.unpush(key, directory)

    @rule(pick=PICKS, name=GROUP_NAMES, role=ROLE)
    def map(self, pick: int, name: str, role: str) -> None:
        organization = self._organization(pick)
        directory = organization.directories[pick % 3 == 2]
        organization.tenant.map(name, role, directory)

    @rule(pick=PICKS)
    def unmap(self, pick: int) -> None:
        organization = self._organization(pick)
        mappings = organization.tenant.mappings()
        if mappings:
            mapping = chosen(mappings, pick)
            (home,) = [d for d in organization.directories if d.id == mapping.directory_id]
            organization.tenant.unmap(mapping, home)

    @rule(pick=PICKS, mode=st.sampled_from(["union", "highest"]), role=st.sampled_from(ROLES[1:]))
    def set_roles(self, pick: int, mode: RoleMode, role: str) -> None:
        self._organization(pick).tenant.set_roles(default=role, mode=mode)

    @rule(pick=PICKS, name=GROUP_NAMES, other=ROLE, default=st.booleans())
    def make_role(self, pick: int, name: str, other: str, *, default: bool) -> None:
        """That a group gives, or that everybody has; or the one there is, replaced by another."""
        organization = self._organization(pick)
        tenant = organization.tenant
        if organization.role is not None:
            tenant.replace_role(organization.role, other)
            organization.role = None
        else:
            organization.role = f"role-{pick}"
            tenant.make_role(organization.role)
            if default:
                tenant.set_roles(default=organization.role)
            else:
                tenant.map(name, organization.role, organization.directories[pick % 3 == 2])

    @rule(pick=PICKS, kept=st.sampled_from([None, "direct", "drop"]))
    def disconnect(self, pick: int, kept: KeptRoles | None) -> None:
        """The second directory; another one takes its place."""
        organization = self._organization(pick)
        gone = organization.directories[1]
        if kept is not None:
            # Nobody is kept as they were before what the directory said last.
            organization.tenant.drain()
        organization.tenant.delete_directory(gone, kept)
        organization.directories[1] = organization.tenant.add_directory()
        organization.users = [one for one in organization.users if one[0] != gone]
        organization.groups = [one for one in organization.groups if one[0] != gone]

    @rule(pick=PICKS, policy=st.sampled_from(["accept", "hold", "refuse"]))
    def narrow(self, pick: int, policy: str) -> None:
        """Whom the directories may bring."""
        self._organization(pick).tenant.set_policies(provisioning_scope=policy)

    @rule(pick=PICKS, released=st.booleans())
    def decide_about_newcomers(self, pick: int, *, released: bool) -> None:
        for organization in self.organizations:
            tenant = organization.tenant
            waiting = sorted(tenant.newcomers())
            if waiting:
                (tenant.let_in if released else tenant.keep_out)(chosen(waiting, pick))

    @rule(pick=PICKS, auto_join=st.sampled_from(["off", "role", "approval"]))
    def welcome(self, pick: int, auto_join: str) -> None:
        """Whoever signs in with an address of the domain."""
        for organization in self.organizations:
            if organization.domain is not None:
                role = ROLES[1:][pick % 3] if pick % 2 else None
                changes = {"auto_join": auto_join, "auto_join_role": role}
                organization.domain = organization.tenant.use(organization.domain, changes)

    @rule()
    def lapse_or_return(self) -> None:
        """Of the domain's proof."""
        for organization in self.organizations:
            if organization.domain is not None:
                organization.domain = organization.tenant.lapse_or_return(organization.domain)

    @rule(pick=PICKS, email=st.sampled_from(["a@x", "A@X", "b@x", "c@x", "d@x"]))
    def sign_in(self, pick: int, email: str) -> None:
        """At an issuer of the installation: somebody joins, or asks to."""
        for address in self._addresses(email) or ():
            with suppress(Refused, Taken):
                self._organization(pick).tenant.sign_in(address["value"], anywhere=pick % 2 == 0)

    @rule(pick=PICKS, approved=st.booleans())
    def decide_about_requests(self, pick: int, *, approved: bool) -> None:
        for organization in self.organizations:
            tenant = organization.tenant
            waiting = tenant.asking()
            if waiting:
                with suppress(Refused):
                    tenant.answer(chosen(waiting, pick), approved=approved)

    @rule(pick=PICKS, email=EMAIL, role=ROLE)
    def invite(self, pick: int, email: str | None, role: str) -> None:
        tenant = self._organization(pick).tenant
        for address in self._addresses(email) or ():
            with suppress(Refused):
                tenant.invite(address["value"], role)

    @rule(pick=PICKS)
    def resync(self, pick: int) -> None:
        organization = self._organization(pick)
        with suppress(Refused):  # one is at it already
            organization.tenant.resync(organization.directories[pick % 3 == 2])

    @rule(pick=PICKS)
    def compare(self, pick: int) -> None:
        """Whoever is not found to differ is one of whom the plan has nothing to say."""
        organization = self._organization(pick)
        tenant = organization.tenant
        for directory in organization.directories:
            assert overlooked(tenant, directory) == []

    @rule(pick=PICKS)
    def drain(self, pick: int) -> None:
        organization = self._organization(pick)
        organization.tenant.drain()
        self._look_at_owners(organization)

    @rule(pick=PICKS, at=st.integers(1, 30))
    def die(self, pick: int, at: int) -> None:
        """A worker is killed in the middle; what it has not committed has not happened."""
        organization = self._organization(pick)
        if unsettled(organization.tenant):
            drain_and_die(self.engine, organization.tenant.organization_id, at)
            self._look_at_owners(organization)

    def _look_at_owners(self, organization: Organization) -> None:
        has_one = any(
            person.status == "active" and "owner" in person.roles
            for _, person in organization.tenant.members()
        )
        assert has_one or not organization.had_an_owner
        organization.had_an_owner = has_one

    # --- what administrators do ------------------------------------------------------------------

    @rule(pick=PICKS, email=st.sampled_from(["a@x", "A@X", "b@x", "c@x", "d@x"]), role=ROLE)
    def add(self, pick: int, email: str, role: str) -> None:
        tenant = self._organization(pick).tenant
        for address in self._addresses(email) or ():
            with suppress(Refused):
                tenant.add(address["value"], role, only_here=pick % 2 == 0)

    @rule(pick=PICKS, act=st.sampled_from(["suspend", "reactivate", "remove", "delete_user"]))
    def administer(self, pick: int, act: str) -> None:
        tenant = self._organization(pick).tenant
        members = tenant.members()
        if members:
            _, person = chosen(members, pick)
            key = person.user_id if act == "delete_user" else person.membership_id
            with suppress(Refused, NotFound):
                getattr(tenant, act)(key)

    @rule(pick=PICKS, role=ROLE, by_hand=st.booleans())
    def grant(self, pick: int, role: str, *, by_hand: bool) -> None:
        tenant = self._organization(pick).tenant
        members = tenant.members()
        if members:
            _, person = chosen(members, pick)
            with suppress(Refused, NotFound):
                (tenant.grant if by_hand else tenant.revoke)(person.membership_id, role)

    @rule(pick=PICKS, email=EMAIL, name=USER_NAMES)
    def edit_account(self, pick: int, email: str | None, name: str) -> None:
        tenant = self._organization(pick).tenant
        members = tenant.members()
        if members:
            _, person = chosen(members, pick)
            changes: dict[str, Any] = {"display_name": name}
            for address in self._addresses(email) or ():
                changes["email"] = address["value"]
            with suppress(Refused, NotFound, Taken):
                tenant.edit_user(person.user_id, **changes)

    def teardown(self) -> None:
        tenants = [organization.tenant for organization in self.organizations]
        # An address that one lets go of is news for the other.
        while any(unsettled(tenant) for tenant in tenants):
            for tenant in tenants:
                tenant.drain()
        for organization in self.organizations:
            tenant = organization.tenant
            assert differences(tenant.engine, tenant.organization_id) == []
            for directory in organization.directories:
                assert overlooked(tenant, directory) == []
            assert set(listed(tenant)) == waiting(tenant)
            told = check(tenant).sequence
            tenant.resync()
            assert tenant.drain().actions == 0
            assert tenant.told(told) == ["sync_run.started", "sync_run.completed"]


def chosen(things: Sequence[T], pick: int) -> T:
    return things[pick % len(things)]


def listed(tenant: Tenant) -> list[str]:
    """Whoever waits for an administrator, page by page, as the API lists them."""
    found: list[str] = []
    after: str | None = None
    while True:
        with reading(tenant.engine) as connection:
            cut = Cut(limit=2, after=after)
            page = held_changes.listing(connection, tenant.organization_id, cut)
        found += [one.id for one in page.items]
        if page.after is None:
            break
        after = page.after
    conflicts = [*tenant.conflicts("open"), *tenant.conflicts("rejected")]
    return [*found, *(conflict.id for conflict in conflicts)]


def waiting(tenant: Tenant) -> set[str]:
    """As it is kept."""
    held = {row["membership_id"] for row in tenant.rows(conflict_tables.parked_changes)}
    disputed = tenant.rows(conflict_tables.conflicts)
    opened = {row["id"] for row in disputed if row["resolved_at"] is None}
    return held | opened | set(tenant.newcomers())


def unsettled(tenant: Tenant) -> bool:
    with reading(tenant.engine) as connection:
        return is_anything_left(connection, tenant.organization_id)


def test_any_history_ends_as_the_directories_say(engine: Engine) -> None:
    run_state_machine_as_test(
        partial(Histories, engine),  # type: ignore[arg-type] # documented as a factory
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            # Shrinking would run the database hundreds of times more; a history is short enough.
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )

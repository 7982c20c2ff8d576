"""
One organization in memory: what its directories say, and what plans have made of it.

`facts` reads it as narrowly as the contract of Facts allows, so that a plan that leans on more than
it was promised is found out.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from provisioning.ids import (
    ConflictId,
    DirectoryGroupId,
    DirectoryId,
    DirectoryUserId,
    GrantId,
    IdentityId,
    InvitationId,
    MappingId,
    MembershipId,
    OrganizationId,
    RoleId,
    UserId,
    WorkspaceId,
)
from provisioning.reconcile.facts import (
    OWNER,
    Account,
    Breaker,
    Conflict,
    Decision,
    DirectoryUser,
    Facts,
    Grant,
    HeldNewcomer,
    Invitation,
    KeptRoles,
    LeavingPolicy,
    LeavingStep,
    Link,
    MappedRole,
    Membership,
    Parked,
    Profile,
    ProvisioningScope,
    Role,
    RoleMode,
    Status,
    Verdict,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OKTA, ENTRA = DirectoryId("dir_okta"), DirectoryId("dir_entra")
WORKSPACE = WorkspaceId("wsp_1")
ADMIN, MEMBER, GUEST = RoleId("role_admin"), RoleId("role_member"), RoleId("role_guest")
ROLES = {
    OWNER: Role("owner", 400),
    ADMIN: Role("admin", 300),
    MEMBER: Role("member", 200),
    GUEST: Role("guest", 100),
}


def profile(email: str | None, name: str | None = None) -> Profile:
    return Profile(email, name, None, None)


@dataclass
class State:
    role_mode: RoleMode = "union"
    default_role: RoleId = MEMBER
    directory_users: dict[str, DirectoryUser] = field(default_factory=dict)
    links: dict[IdentityId, Link] = field(default_factory=dict)
    accounts: dict[UserId, Account] = field(default_factory=dict)
    memberships: dict[MembershipId, Membership] = field(default_factory=dict)
    grants: dict[GrantId, Grant] = field(default_factory=dict)
    groups: dict[str, set[RoleId]] = field(default_factory=dict)
    """By directory user, the roles of the groups that contain them; a mapping for each role."""
    rooms: dict[str, set[RoleId]] = field(default_factory=dict)
    """Likewise, for roles in the one workspace there is."""
    parked: dict[MembershipId, Parked] = field(default_factory=dict)
    breakers: dict[DirectoryId, Breaker] = field(default_factory=dict)
    """Policies and states; what is counted in them is counted when the facts are read."""
    now: datetime = NOON
    conflicts: dict[ConflictId, Conflict] = field(default_factory=dict)
    invitations: dict[InvitationId, Invitation] = field(default_factory=dict)
    policies: dict[DirectoryId | None, LeavingPolicy] = field(default_factory=dict)
    steps: dict[MembershipId, LeavingStep] = field(default_factory=dict)
    purged: dict[MembershipId, Membership] = field(default_factory=dict)
    verified_domains: frozenset[str] = frozenset()
    lapsed_domains: frozenset[str] = frozenset()
    scope: ProvisioningScope = "accept"
    held_newcomers: dict[str, HeldNewcomer] = field(default_factory=dict)
    last_number: int = 0

    # --- what tests arrange ----------------------------------------------------------------------

    def says(
        self,
        key: str,
        email: str | None = None,
        *,
        name: str | None = None,
        directory: DirectoryId = OKTA,
        user_name: str | None = None,
        external_id: str | None = None,
        active: bool = True,
        deleted: bool = False,
        kept: KeptRoles | None = None,
        roles: Iterable[RoleId] = (),
        in_workspace: Iterable[RoleId] = (),
    ) -> None:
        """The directory's present word on one of its users."""
        self.directory_users[key] = DirectoryUser(
            id=DirectoryUserId(key),
            directory_id=directory,
            user_name_folded=user_name or key,
            external_id=external_id,
            active=active,
            deleted=deleted,
            gone_at=self.now if deleted else None,
            kept=kept if deleted else None,
            disconnected=deleted and kept is not None,
            email_key=email,
            profile=profile(email, name),
            spoke_at=self.now,
        )
        self.groups[key] = set(roles)
        self.rooms[key] = set(in_workspace)

    def changes(self, key: str, *, email: str | None = None, **fields: object) -> None:
        """As `says`, but the rest stays."""
        if email is not None:
            fields |= {"email_key": email, "profile": profile(email)}
        spoken = replace(self.directory_users[key], spoke_at=self.now)
        self.directory_users[key] = replace(spoken, **fields)  # type: ignore[arg-type]

    def guards(
        self, directory: DirectoryId = OKTA, *, max_count: int, max_share: float = 0.0
    ) -> None:
        """The policy of its breaker; a directory without one has none."""
        self.breakers[directory] = Breaker(
            directory_id=directory,
            enabled=True,
            max_count=max_count,
            max_share=max_share,
            window_seconds=3600,
            tripped=False,
            since=NOON - timedelta(days=1),
            lost=0,
            people=None,
            holds_others=False,
        )

    def later(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    def says_of_held(self, key: str, decision: Verdict) -> None:
        """An administrator does."""
        membership_id = self.membership(key).id
        self.parked[membership_id] = replace(
            self.parked[membership_id], decision=decision, decided_by="admin"
        )

    def says_of_newcomer(self, key: str, decision: Verdict) -> None:
        """An administrator does, of somebody who is held outside the scope."""
        self.held_newcomers[key] = replace(
            self.held_newcomers[key], decision=decision, decided_by="admin"
        )

    def breaks_glass(self, key: str) -> None:
        """An administrator marks the member."""
        membership = self.membership(key)
        self.memberships[membership.id] = replace(membership, break_glass=True)

    def account(self, user_id: str, email: str, *, member: bool = False) -> UserId:
        """Somebody whom no directory of ours has brought: a stranger, or one added by hand."""
        key = UserId(user_id)
        self.accounts[key] = Account(
            id=key, email_key=email, authority_directory_id=None, profile=profile(email)
        )
        if member:
            membership_id = MembershipId(f"mem_{user_id}")
            self.memberships[membership_id] = Membership(
                membership_id, key, "active", profile(email), managed=False
            )
        return key

    def joins_elsewhere(self, user_id: UserId) -> None:
        """Another organization takes the person in."""
        self.accounts[user_id] = replace(self.accounts[user_id], known_elsewhere=True)

    def decides(self, conflict_id: ConflictId, decision: Decision) -> None:
        """An administrator does, about an open conflict."""
        self.conflicts[conflict_id] = replace(self.conflicts[conflict_id], decision=decision)

    def grant(self, membership_id: MembershipId, role_id: RoleId) -> GrantId:
        """By hand."""
        grant_id = GrantId(self.new_id("grant"))
        self.grants[grant_id] = Grant(
            id=grant_id,
            membership_id=membership_id,
            role_id=role_id,
            source_type="direct",
            source_id="",
            revoked=False,
        )
        return grant_id

    def keep_out(self, membership_id: MembershipId) -> None:
        """An administrator suspends a member."""
        membership = self.memberships[membership_id]
        status: Status = "suspended" if membership.status == "active" else membership.status
        self.memberships[membership_id] = replace(membership, kept_out=True, status=status)

    def take_in(self, membership_id: MembershipId) -> None:
        """An administrator adds somebody who is removed."""
        membership = self.memberships[membership_id]
        if membership.status == "removed":
            back = replace(
                membership, status="active", managed=False, kept_out=False, removed_at=None
            )
            self.memberships[membership_id] = back

    def invites(self, email: str, *role_ids: RoleId) -> InvitationId:
        """An administrator does."""
        invitation_id = InvitationId(self.new_id("inv"))
        self.invitations[invitation_id] = Invitation(
            id=invitation_id,
            organization_id=OrganizationId("org_1"),
            email=email,
            email_key=email,
            role_ids=role_ids,
            metadata={},
            status="pending",
            invited_by=None,
            resent_count=0,
            expires_at=NOON,
            created_at=NOON,
            updated_at=NOON,
        )
        return invitation_id

    # --- what a drain does -----------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        self.last_number += 1
        return f"{prefix}_{self.last_number:04}"

    def facts(self, batch: Sequence[str]) -> Facts:
        looked_at = [self.directory_users[key] for key in batch]
        users = {link.user_id for link in self.links.values() if self._bears_on(link, looked_at)}
        users |= {
            self.memberships[membership_id].user_id
            for membership_id, parked in self.parked.items()
            if parked.reason == "last_owner"
        }
        users |= self._holders(looked_at)
        links = [link for link in self.links.values() if link.user_id in users]
        linked = [
            self.directory_users[link.directory_user_id]
            for link in links
            if link.directory_user_id not in batch
        ]
        memberships = [m for m in self.memberships.values() if m.user_id in users]
        accounts = users | self._holders(linked)
        return Facts(
            organization_id=OrganizationId("org_1"),
            now=self.now,
            default_role_id=self.default_role,
            role_mode=self.role_mode,
            roles=ROLES,
            batch=tuple(looked_at),
            linked=tuple(linked),
            links=tuple(links),
            accounts=tuple(self._account(user_id) for user_id in accounts),
            memberships=tuple(memberships),
            grants=tuple(
                grant
                for grant in self.grants.values()
                if grant.membership_id in {membership.id for membership in memberships}
            ),
            mapped=tuple(self._mapped((*looked_at, *linked))),
            another_owner=bool(self.owners - {membership.id for membership in memberships}),
            parked={m.id: self.parked[m.id] for m in memberships if m.id in self.parked},
            breakers=tuple(self._breakers({membership.id for membership in memberships})),
            conflicts=tuple(
                conflict
                for conflict in self.conflicts.values()
                if conflict.directory_user_id in batch
            ),
            verified_domains=self.verified_domains,
            scope=self.scope,
            scope_domains=self.verified_domains | self.lapsed_domains,
            held_newcomers=tuple(
                self.held_newcomers[key] for key in batch if key in self.held_newcomers
            ),
            invitations=tuple(
                invitation
                for invitation in self.invitations.values()
                if any(
                    person.email_key == invitation.email_key and not person.deleted
                    for person in (*looked_at, *linked)
                )
            ),
            policies=dict(self.policies),
            steps={
                membership.id: self.steps[membership.id]
                for membership in memberships
                if membership.id in self.steps
            },
        )

    def _breakers(self, known: Collection[MembershipId]) -> Iterable[Breaker]:
        """As narrow as it may be: people are counted only if so many may be lost."""
        for directory_id, breaker in self.breakers.items():
            since = breaker.since
            if not breaker.tripped:
                since = max(since, self.now - timedelta(seconds=breaker.window_seconds))
            lost = sum(
                membership.lost is not None
                and membership.lost.directory_id == directory_id
                and membership.lost.at >= since
                and not membership.kept_out
                for membership in self.memberships.values()
                if membership.id not in known
            )
            yield replace(
                breaker,
                since=since,
                lost=lost,
                people=sum(self._is_active_in(m, directory_id, since) for m in self.memberships)
                if lost + len(self.directory_users) > breaker.max_count
                else None,
                holds_others=any(
                    parked.directory_id == directory_id
                    and parked.reason == "mass_deprovisioning"
                    and parked.decision is None
                    for membership_id, parked in self.parked.items()
                    if membership_id not in known
                ),
            )

    def _is_active_in(
        self, membership_id: MembershipId, directory_id: DirectoryId, since: datetime
    ) -> bool:
        membership = self.memberships[membership_id]
        people = [
            self.directory_users[link.directory_user_id]
            for link in self.links.values()
            if link.user_id == membership.user_id and link.directory_id == directory_id
        ]
        spoken_for = any(
            (person.active and not person.deleted) or person.spoke_at >= since for person in people
        )
        return membership.status == "active" and spoken_for

    def _account(self, user_id: UserId) -> Account:
        people = [
            self.directory_users[link.directory_user_id]
            for link in self.links.values()
            if link.user_id == user_id
        ]
        account = self.accounts[user_id]
        ours = account.authority_directory_id in {OKTA, ENTRA}
        return replace(account, abandoned=ours and all(person.deleted for person in people))

    def _bears_on(self, link: Link, looked_at: Collection[DirectoryUser]) -> bool:
        gone = self.directory_users[link.directory_user_id].deleted
        return any(
            link.directory_user_id == person.id
            or (
                gone
                and not person.deleted
                and link.directory_id == person.directory_id
                and (
                    link.user_name_folded == person.user_name_folded
                    or (link.external_id is not None and link.external_id == person.external_id)
                )
            )
            for person in looked_at
        )

    def _holders(self, people: Iterable[DirectoryUser]) -> set[UserId]:
        keys = {person.email_key for person in people if person.email_key and not person.deleted}
        return {account.id for account in self.accounts.values() if account.email_key in keys}

    def _mapped(self, people: Iterable[DirectoryUser]) -> Iterable[MappedRole]:
        for person in people:
            if not person.deleted:
                for role_id in self.groups.get(person.id, ()):
                    mapping_id, group = f"map_{role_id}", DirectoryGroupId(f"dirgrp_{role_id}")
                    yield MappedRole(person.id, MappingId(mapping_id), role_id, group)
                for role_id in self.rooms.get(person.id, ()):
                    mapping_id, group = f"map_wsp_{role_id}", DirectoryGroupId(f"dirgrp_{role_id}")
                    yield MappedRole(
                        person.id, MappingId(mapping_id), role_id, group, WORKSPACE, "room"
                    )

    # --- what tests ask --------------------------------------------------------------------------

    @property
    def owners(self) -> frozenset[MembershipId]:
        return frozenset(
            grant.membership_id
            for grant in self.grants.values()
            if grant.role_id == OWNER
            and grant.workspace_id is None
            and not grant.revoked
            and self.memberships[grant.membership_id].status == "active"
        )

    def user(self, key: str) -> UserId | None:
        """Who a directory user is."""
        for link in self.links.values():
            if link.directory_user_id == key:
                return link.user_id
        return None

    def is_disconnected(self, link: Link) -> bool:
        """Whether an administrator has deleted its directory."""
        return self.directory_users[link.directory_user_id].disconnected

    def membership(self, key: str) -> Membership:
        (found,) = [m for m in self.memberships.values() if m.user_id == self.user(key)]
        return found

    def status(self, key: str) -> Status:
        return self.membership(key).status

    def roles(self, key: str, workspace_id: WorkspaceId | None = None) -> set[RoleId]:
        membership_id = self.membership(key).id
        return {
            grant.role_id
            for grant in self.grants.values()
            if grant.membership_id == membership_id
            and grant.workspace_id == workspace_id
            and not grant.revoked
        }

    def summary(self) -> dict[str, object]:
        """Everybody's status, roles and address, whatever the ids."""
        return {
            key: (
                self.status(key),
                frozenset(self.roles(key)),
                self.accounts[self.membership(key).user_id].email_key,
            )
            for key in self.directory_users
            if self.user(key) is not None
        }

"""
One organization in memory: what its directories say, and what plans have made of it.

`facts` reads it as narrowly as the contract of Facts allows, so that a plan that leans on more than
it was promised is found out; `apply` refuses what the database would refuse.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from provisioning.ids import (
    ConflictId,
    DirectoryGroupId,
    DirectoryId,
    DirectoryUserId,
    GrantId,
    IdentityId,
    MappingId,
    MembershipId,
    OrganizationId,
    RoleId,
    UserId,
)
from provisioning.reconcile.actions import (
    Action,
    CloseConflict,
    CreateMembership,
    CreateUser,
    GrantRole,
    Identify,
    OpenConflict,
    Park,
    RevokeRole,
    SetStatus,
    Unpark,
    UpdateUser,
)
from provisioning.reconcile.facts import (
    OWNER,
    Account,
    Conflict,
    DirectoryUser,
    Facts,
    Grant,
    Link,
    MappedRole,
    Membership,
    Profile,
    Role,
    RoleMode,
    Status,
)
from provisioning.reconcile.plan import plan

OKTA, ENTRA = DirectoryId("dir_okta"), DirectoryId("dir_entra")
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
    parked: dict[MembershipId, Status] = field(default_factory=dict)
    conflicts: dict[ConflictId, Conflict] = field(default_factory=dict)
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
        roles: Iterable[RoleId] = (),
    ) -> None:
        """The directory's present word on one of its users."""
        self.directory_users[key] = DirectoryUser(
            id=DirectoryUserId(key),
            directory_id=directory,
            user_name_folded=user_name or key,
            external_id=external_id,
            active=active,
            deleted=deleted,
            email_key=email,
            profile=profile(email, name),
        )
        self.groups[key] = set(roles)

    def changes(self, key: str, *, email: str | None = None, **fields: object) -> None:
        """As `says`, but the rest stays."""
        if email is not None:
            fields |= {"email_key": email, "profile": profile(email)}
        self.directory_users[key] = replace(self.directory_users[key], **fields)  # type: ignore[arg-type]

    def account(self, user_id: str, email: str, *, member: bool = False) -> UserId:
        """Somebody whom no directory of ours has brought: a stranger, or one added by hand."""
        key = UserId(user_id)
        self.accounts[key] = Account(
            id=key, email_key=email, authority_directory_id=None, profile=profile(email)
        )
        if member:
            membership_id = MembershipId(f"mem_{user_id}")
            self.memberships[membership_id] = Membership(membership_id, key, "active")
        return key

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

    # --- what a drain does -----------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        self.last_number += 1
        return f"{prefix}_{self.last_number:04}"

    def reconcile(self, *batch: str) -> list[Action]:
        """Plans for these people, or for everybody, and applies the plan."""
        actions = plan(self.facts(batch or sorted(self.directory_users)), self.new_id)
        self.apply(actions)
        return actions

    def facts(self, batch: Sequence[str]) -> Facts:
        looked_at = [self.directory_users[key] for key in batch]
        users = {link.user_id for link in self.links.values() if self._bears_on(link, looked_at)}
        users |= {self.memberships[membership_id].user_id for membership_id in self.parked}
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
            default_role_id=self.default_role,
            role_mode=self.role_mode,
            roles=ROLES,
            batch=tuple(looked_at),
            linked=tuple(linked),
            links=tuple(links),
            accounts=tuple(self.accounts[user_id] for user_id in accounts),
            memberships=tuple(memberships),
            grants=tuple(
                grant
                for grant in self.grants.values()
                if grant.membership_id in {membership.id for membership in memberships}
            ),
            mapped=tuple(self._mapped((*looked_at, *linked))),
            owners=self.owners,
            parked=dict(self.parked),
            conflicts=tuple(
                conflict
                for conflict in self.conflicts.values()
                if conflict.directory_user_id in batch
            ),
        )

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

    def apply(self, actions: Iterable[Action]) -> None:
        actions = list(actions)
        for action in actions:
            if isinstance(action, UpdateUser):
                account = self.accounts[action.user_id]
                assert action.before == account.profile
                if account.email_key != action.email_key:
                    assert action.released == account.email_key
                self.accounts[action.user_id] = replace(account, email_key=None)
        for action in actions:
            self._apply(action)
        keys = [a.email_key for a in self.accounts.values() if a.email_key is not None]
        assert len(keys) == len(set(keys)), "two accounts speak for one address"
        linked = [link.directory_user_id for link in self.links.values()]
        assert len(linked) == len(set(linked)), "one directory user is two people"
        disputed = [conflict.directory_user_id for conflict in self.conflicts.values()]
        assert len(disputed) == len(set(disputed)), "one directory user has two open conflicts"
        members = [membership.user_id for membership in self.memberships.values()]
        assert len(members) == len(set(members)), "one user has two memberships"

    def _apply(self, action: Action) -> None:
        match action:
            case CreateUser():
                assert action.user_id not in self.accounts
                self.accounts[action.user_id] = Account(
                    id=action.user_id,
                    email_key=action.email_key,
                    authority_directory_id=action.authority_directory_id,
                    profile=action.profile,
                )
            case UpdateUser():
                self.accounts[action.user_id] = replace(
                    self.accounts[action.user_id],
                    profile=action.profile,
                    email_key=action.email_key,
                )
            case Identify(identity_id, user_id, person):
                assert user_id in self.accounts
                self.links[identity_id] = Link(
                    identity_id=identity_id,
                    user_id=user_id,
                    directory_user_id=person.id,
                    directory_id=person.directory_id,
                    external_id=person.external_id,
                    user_name_folded=person.user_name_folded,
                )
            case CreateMembership(membership_id, user_id, status):
                assert membership_id not in self.memberships
                assert user_id in self.accounts
                self.memberships[membership_id] = Membership(membership_id, user_id, status)
            case SetStatus(membership_id, _, before, after):
                assert self.memberships[membership_id].status == before != after
                changed = replace(self.memberships[membership_id], status=after)
                self.memberships[membership_id] = changed
            case GrantRole():
                self._grant(action)
            case RevokeRole():
                assert not self.grants[action.grant_id].revoked
                assert self.grants[action.grant_id].source_type != "direct"
                self.grants[action.grant_id] = replace(self.grants[action.grant_id], revoked=True)
            case _:
                self._except(action)

    def _except(self, action: OpenConflict | CloseConflict | Park | Unpark) -> None:
        match action:
            case OpenConflict(conflict_id, directory_user_id, user_id):
                self.conflicts[conflict_id] = Conflict(conflict_id, directory_user_id, user_id)
            case CloseConflict(conflict_id):
                del self.conflicts[conflict_id]
            case Park(membership_id, _, wanted_status):
                assert self.parked.get(membership_id) != wanted_status
                self.parked[membership_id] = wanted_status
            case Unpark(membership_id):
                del self.parked[membership_id]

    def _grant(self, action: GrantRole) -> None:
        assert action.membership_id in self.memberships
        present = self.grants.get(action.grant_id)
        assert present is None or present.revoked
        source = (action.membership_id, action.role_id, action.source_type, action.source_id)
        for other in self.grants.values():
            if other.id != action.grant_id:
                held = (other.membership_id, other.role_id, other.source_type, other.source_id)
                assert held != source, "the same grant twice"
        self.grants[action.grant_id] = Grant(
            id=action.grant_id,
            membership_id=action.membership_id,
            role_id=action.role_id,
            source_type=action.source_type,
            source_id=action.source_id,
            revoked=False,
        )

    # --- what tests ask --------------------------------------------------------------------------

    @property
    def owners(self) -> frozenset[MembershipId]:
        return frozenset(
            grant.membership_id
            for grant in self.grants.values()
            if grant.role_id == OWNER
            and not grant.revoked
            and self.memberships[grant.membership_id].status == "active"
        )

    def user(self, key: str) -> UserId | None:
        """Who a directory user is."""
        for link in self.links.values():
            if link.directory_user_id == key:
                return link.user_id
        return None

    def membership(self, key: str) -> Membership:
        (found,) = [m for m in self.memberships.values() if m.user_id == self.user(key)]
        return found

    def status(self, key: str) -> Status:
        return self.membership(key).status

    def roles(self, key: str) -> set[RoleId]:
        membership_id = self.membership(key).id
        return {
            grant.role_id
            for grant in self.grants.values()
            if grant.membership_id == membership_id and not grant.revoked
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

"""
Who a directory user is (pure). In this order: known already; back after a deletion; the holder of
the same address, if this organization knows that account; otherwise a conflict, or somebody new.
"""

from collections.abc import Callable, Iterator

from provisioning import ids
from provisioning.ids import ConflictId, IdentityId, UserId
from provisioning.reconcile.actions import (
    Action,
    CloseConflict,
    CreateUser,
    Identify,
    OpenConflict,
)
from provisioning.reconcile.facts import Account, DirectoryUser, Facts, Link

NewId = Callable[[str], str]
"""From the prefix of a kind to a fresh id."""


class People:
    """The links and accounts of a batch, growing while its directory users are identified."""

    def __init__(self, facts: Facts, new_id: NewId) -> None:
        self._new_id = new_id
        self._members = {membership.user_id for membership in facts.memberships}
        self._conflicts = {conflict.directory_user_id: conflict for conflict in facts.conflicts}
        self.directory_users = {user.id: user for user in (*facts.linked, *facts.batch)}
        self.links = {link.directory_user_id: link for link in facts.links}
        self.accounts = {account.id: account for account in facts.accounts}
        self._holders = {
            account.email_key: account.id for account in facts.accounts if account.email_key
        }
        gone = [link for link in facts.links if self.directory_users[link.directory_user_id].deleted]
        self._gone_by_external_id = {
            (link.directory_id, link.external_id): link for link in gone if link.external_id
        }
        self._gone_by_user_name = {(link.directory_id, link.user_name_folded): link for link in gone}

    def identify(self, person: DirectoryUser) -> Iterator[Action]:
        """Links the person to a user, or says why not."""
        known = self.links.get(person.id)
        if known is not None:
            if (known.external_id, known.user_name_folded) != _keys(person):
                yield self._link(known.identity_id, known.user_id, person)
            return
        conflict = self._conflicts.get(person.id)
        if person.deleted:
            if conflict is not None:
                yield CloseConflict(conflict.id, "moot")
            return
        former = self._former(person)
        if former is not None:
            self.links.pop(former.directory_user_id, None)
            yield self._link(former.identity_id, former.user_id, person)
            return
        holder = self._holders.get(person.email_key) if person.email_key else None
        if holder is not None and holder not in self._members:
            # Nobody gains access to an account by typing its address into a directory.
            if conflict is None:
                conflict_id = ConflictId(self._new_id(ids.CONFLICT))
                yield OpenConflict(conflict_id, person.id, holder)
            return
        if conflict is not None:
            yield CloseConflict(conflict.id, "link")
        if holder is None:
            holder = UserId(self._new_id(ids.USER))
            yield self._create(holder, person)
        yield self._link(IdentityId(self._new_id(ids.IDENTITY)), holder, person)

    def claim(self, email_key: str, user_id: UserId) -> bool:
        """Whether the address is this user's, or nobody's and this user's from now on."""
        return self._holders.setdefault(email_key, user_id) == user_id

    def release(self, email_key: str, user_id: UserId) -> None:
        """The user no longer has the address."""
        if self._holders.get(email_key) == user_id:
            del self._holders[email_key]

    def _create(self, user_id: UserId, person: DirectoryUser) -> CreateUser:
        self.accounts[user_id] = Account(
            id=user_id,
            email_key=person.email_key,
            authority_directory_id=person.directory_id,
            profile=person.profile,
        )
        if person.email_key:
            self._holders[person.email_key] = user_id
        # Whoever else in this batch has the same address belongs to the same organization.
        self._members.add(user_id)
        return CreateUser(
            user_id=user_id,
            profile=person.profile,
            email_key=person.email_key,
            authority_directory_id=person.directory_id,
        )

    def _link(self, identity_id: IdentityId, user_id: UserId, person: DirectoryUser) -> Identify:
        external_id, user_name_folded = _keys(person)
        self.links[person.id] = Link(
            identity_id=identity_id,
            user_id=user_id,
            directory_user_id=person.id,
            directory_id=person.directory_id,
            external_id=external_id,
            user_name_folded=user_name_folded,
        )
        return Identify(identity_id, user_id, person)

    def _former(self, person: DirectoryUser) -> Link | None:
        """
        The identity of somebody this directory deleted: by externalId, else by userName unless
        two externalIds say that they are two people. Each is taken once.
        """
        external_id, user_name_folded = _keys(person)
        former = self._gone_by_external_id.get((person.directory_id, external_id))
        if former is None:
            former = self._gone_by_user_name.get((person.directory_id, user_name_folded))
            if former is None or None not in (former.external_id, external_id):
                return None
        self._gone_by_external_id.pop((former.directory_id, former.external_id), None)
        self._gone_by_user_name.pop((former.directory_id, former.user_name_folded), None)
        return former


def _keys(person: DirectoryUser) -> tuple[str | None, str]:
    return person.external_id, person.user_name_folded

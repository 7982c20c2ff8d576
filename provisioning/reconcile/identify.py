"""
Who a directory user is (pure). In this order: known already; back after a deletion; the holder of
the same address, if this organization knows that account and may give it back, or has proven the
domain; otherwise a conflict, or somebody new.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from provisioning import ids
from provisioning.email_domains import is_of_one_domain, is_within
from provisioning.ids import ConflictId, DirectoryId, IdentityId, UserId
from provisioning.reconcile.actions import (
    Action,
    CloseConflict,
    CreateUser,
    EndHold,
    Identify,
    OpenConflict,
)
from provisioning.reconcile.departures import keeps
from provisioning.reconcile.facts import Account, DirectoryUser, Facts, Link, Membership
from provisioning.reconcile.scoping import ending, holding_newcomer, is_outside

NewId = Callable[[str], str]
"""From the prefix of a kind to a fresh id."""


_Key = tuple[DirectoryId, Literal["externalId", "userName"], str | None]


class People:
    """The links and accounts of a batch, growing while its directory users are identified."""

    def __init__(self, facts: Facts, new_id: NewId) -> None:
        self._new_id = new_id
        self._facts = facts
        self._domains = facts.verified_domains
        self._domains_elsewhere = facts.domains_elsewhere
        self._conflicts = {conflict.directory_user_id: conflict for conflict in facts.conflicts}
        self._held = {held.directory_user_id: held for held in facts.held_newcomers}
        self.directory_users = {user.id: user for user in (*facts.linked, *facts.batch)}
        self.links = {link.directory_user_id: link for link in facts.links}
        self.accounts = {account.id: account for account in facts.accounts}
        self._holders = {
            account.email_key: account.id for account in facts.accounts if account.email_key
        }
        self.living: defaultdict[UserId, set[DirectoryId]] = defaultdict(set)
        departed: defaultdict[UserId, list[DirectoryUser]] = defaultdict(list)
        for link in facts.links:
            linked = self.directory_users[link.directory_user_id]
            if linked.deleted:
                departed[link.user_id].append(linked)
            else:
                self.living[link.user_id].add(link.directory_id)
        self._within_reach = {
            membership.user_id
            for membership in facts.memberships
            if self._is_here(membership, departed[membership.user_id])
            or not self.accounts[membership.user_id].known_elsewhere
        }
        self._members = {one.user_id for one in facts.memberships if one.status != "removed"}
        self._former_external_ids: defaultdict[tuple[UserId, DirectoryId], set[str]] = defaultdict(
            set
        )
        self._gone: defaultdict[_Key, list[DirectoryUser]] = defaultdict(list)
        # The last one is asked first: who was deleted twice comes back as the later one.
        for directory_user_id, link in sorted(self.links.items()):
            linked = self.directory_users[directory_user_id]
            if linked.deleted:
                for key in _keys(linked):
                    self._gone[key].append(linked)
                if linked.external_id:
                    external_ids = self._former_external_ids[link.user_id, link.directory_id]
                    external_ids.add(linked.external_id)

    def recognize(self, person: DirectoryUser) -> Iterator[Action]:
        """Links who is known already, or back after a deletion; says nothing of anybody else."""
        known = self.links.get(person.id)
        if known is not None:
            if _keys(known) != _keys(person):
                yield self._link(person, known.user_id, known.identity_id)
            return
        former = None if person.deleted else self._former(person)
        if former is not None:
            link = self.links.pop(former.id)
            if conflict := self._conflicts.get(person.id):
                yield CloseConflict(conflict.id, "moot")
            yield self._link(person, link.user_id, link.identity_id)

    def comes_last(self, person: DirectoryUser) -> tuple[bool, bool]:
        """Who is kept out unless somebody else turns out to have the address must be asked last."""
        return self._is_outside(person), self._is_rejected(person)

    def _is_outside(self, person: DirectoryUser) -> bool:
        conflict, held = self._conflicts.get(person.id), self._held.get(person.id)
        return is_outside(self._facts, person, conflict, held)

    def _ending(self, person: DirectoryUser) -> Iterator[EndHold]:
        held = self._held.get(person.id)
        return ending(self._facts, person, held, is_known=person.id in self.links)

    def admit(self, person: DirectoryUser) -> Iterator[Action]:
        """Links whom nobody recognized to the holder of the address, or says why not."""
        if person.id in self.links or self._is_rejected(person):
            yield from self._ending(person)
            return
        holder = None if person.deleted else self._holder(person)
        if self._is_outside(person) and holder not in self._members:
            if conflict := self._conflicts.get(person.id):
                yield CloseConflict(conflict.id, "moot")
            yield from holding_newcomer(self._facts, person, self._held.get(person.id))
            return
        yield from self._link_or_dispute(person, holder)
        yield from self._ending(person)

    def _link_or_dispute(self, person: DirectoryUser, holder: UserId | None) -> Iterator[Action]:
        # Nobody gains access to an account by typing its address into a directory: not to a
        # stranger's, and not to a leaver's who is somebody in other organizations as well.
        stranger = None if holder in self._within_reach else holder
        conflict = self._conflicts.get(person.id)
        # An administrator who keeps two people apart has said more than a domain does.
        if stranger is not None and (conflict is None or conflict.decision is None):
            stranger = None if self.speaks_for(person, self.accounts[stranger]) else stranger
        if conflict is not None and conflict.user_id != stranger:
            yield CloseConflict(conflict.id, "moot" if holder in {None, stranger} else "link")
            conflict = None
        if conflict is not None and conflict.decision is not None:
            yield CloseConflict(conflict.id, conflict.decision, conflict.decided_by)
            holder = stranger if conflict.decision == "link" else None
            stranger = None
        if stranger is not None and conflict is None:
            yield OpenConflict(ConflictId(self._new_id(ids.CONFLICT)), person.id, stranger)
        if person.deleted or stranger is not None:
            return
        if holder is None:
            holder = UserId(self._new_id(ids.USER))
            yield self._create(holder, person)
        yield self._link(person, holder)

    def speaks_for(self, person: DirectoryUser, account: Account) -> bool:
        """
        Whether the organization has proven the domain of both addresses as they are written, which
        says more than that they are equal when folded. Whoever has a domain after somebody else
        gets no people of theirs along with it. And whoever signs in as an account whose address is
        another organization's word may have been given that address to be taken for the person.
        """
        return (
            account.email_key is not None
            and not account.signs_in_elsewhere
            and not is_within(account.profile.email, account.domains_of_others)
            and is_within(account.profile.email, self._domains)
            and is_within(person.profile.email, self._domains)
        )

    def _is_rejected(self, person: DirectoryUser) -> bool:
        """For as long as the same account has the address, and the person is there."""
        conflict = self._conflicts.get(person.id)
        if conflict is None or not conflict.rejected or conflict.decision is not None:
            return False
        return not person.deleted and self._holder(person) == conflict.user_id

    def claim(self, person: DirectoryUser, user_id: UserId) -> bool:
        """
        Whether the person's address is this user's from now on: nobody has it, or only an account
        that the organization, its authority, no longer knows anybody of. An address of a domain
        that another organization has proven stays with whoever has it, and is otherwise that
        one's, or the person's own, to claim: else an account would lie in wait for its owner.
        """
        email_key = person.email_key
        if email_key is None:
            return False
        holder = self._holders.get(email_key)
        email = person.profile.email
        # As it is written: a proof of `fass.de` is none of `faß.de`, which folds alike.
        is_kept = holder == user_id and is_of_one_domain(
            email, self.accounts[user_id].profile.email
        )
        if not is_kept and is_within(email, self._domains_elsewhere):
            self.release(email_key, user_id)
            return False
        if holder not in {None, user_id} and self._is_abandoned(holder):
            self.release(email_key, holder)
            self.accounts[holder] = replace(self.accounts[holder], email_key=None)
        return self._holders.setdefault(email_key, user_id) == user_id

    def release(self, email_key: str, user_id: UserId) -> None:
        """The user no longer has the address."""
        if self._holders.get(email_key) == user_id:
            del self._holders[email_key]

    def _holder(self, person: DirectoryUser) -> UserId | None:
        """
        Whose account has the person's address. Not a colleague's whom the same directory knows: it
        says that they are two people, who share a mailbox.
        """
        holder = self._holders.get(person.email_key) if person.email_key else None
        if holder is None or person.directory_id in self.living.get(holder, ()):
            return None
        former = self._former_external_ids.get((holder, person.directory_id))
        if former and person.external_id and person.external_id not in former:
            # A leaver's address in a newcomer's hands: neither the account nor its roles go along.
            return None
        return holder

    def _is_here(self, membership: Membership, departed: Sequence[DirectoryUser]) -> bool:
        """
        A member, and not by the word of a directory that has taken it back. Whom a disconnected one
        leaves behind is one by hand as of this plan.
        """
        if membership.user_id in self.living:
            return True
        by_hand = membership.status != "removed" and not membership.managed
        return by_hand or keeps(membership, departed) is not None

    def _is_abandoned(self, user_id: UserId) -> bool:
        """As it was read, unless somebody has been linked to the account since."""
        return self.accounts[user_id].abandoned and user_id not in self.living

    def _create(self, user_id: UserId, person: DirectoryUser) -> CreateUser:
        email_key = person.email_key if self.claim(person, user_id) else None
        self.accounts[user_id] = Account(
            id=user_id,
            email_key=email_key,
            authority_directory_id=person.directory_id,
            profile=person.profile,
        )
        return CreateUser(
            user_id=user_id,
            profile=person.profile,
            email_key=email_key,
            authority_directory_id=person.directory_id,
        )

    def _link(
        self, person: DirectoryUser, user_id: UserId, known: IdentityId | None = None
    ) -> Identify:
        identity_id = known or IdentityId(self._new_id(ids.IDENTITY))
        self.links[person.id] = Link(
            identity_id=identity_id,
            user_id=user_id,
            directory_user_id=person.id,
            directory_id=person.directory_id,
            external_id=person.external_id,
            user_name_folded=person.user_name_folded,
        )
        if not person.deleted:
            # Whoever else in this batch has the same address belongs to the same organization.
            self._within_reach.add(user_id)
            self._members.add(user_id)
            self.living[user_id].add(person.directory_id)
        return Identify(identity_id, user_id, person, is_new=known is None)

    def _former(self, person: DirectoryUser) -> DirectoryUser | None:
        """
        Somebody this directory deleted: by externalId, else by userName unless two externalIds say
        that they are two people, or others know the account, for which a name that can be given to
        somebody else proves too little. Each is taken once.
        """
        by_external_id, by_user_name = _keys(person)
        former = self._last(by_external_id) if person.external_id else None
        if former is None:
            former = self._last(by_user_name)
            if (
                former is None
                or (
                    former.external_id
                    and person.external_id
                    and former.external_id != person.external_id
                )
                or self.links[former.id].user_id not in self._within_reach
            ):
                return None
        for key in _keys(former):
            self._gone[key].remove(former)
        return former

    def _last(self, key: _Key) -> DirectoryUser | None:
        gone = self._gone.get(key)
        return gone[-1] if gone else None


def _keys(one: DirectoryUser | Link) -> tuple[_Key, _Key]:
    """By what a directory knows somebody again."""
    return (
        (one.directory_id, "externalId", one.external_id),
        (one.directory_id, "userName", one.user_name_folded),
    )

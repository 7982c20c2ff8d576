"""
What is shown of people, and who speaks for which address (pure). A profile follows the directory
that is its authority, while that directory knows the person; then another one of the same
organization, if there is one. Whoever has proven the domain of the account's address is its
authority rather than anybody else.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from provisioning.email_domains import is_of_one_domain
from provisioning.ids import UserId
from provisioning.reconcile.actions import ShowProfile, UpdateUser
from provisioning.reconcile.facts import Account, DirectoryUser, Facts, Membership, Profile
from provisioning.reconcile.identify import People

_Known = Mapping[UserId, Sequence[DirectoryUser]]
"""By user, the directory users they are, oldest first."""


def follow(people: People) -> None:
    """
    Brings every account up to its directory's word. Addresses are let go before they are claimed:
    two people may swap theirs, and a newcomer may get one that a colleague has just given up.
    """
    known = _known(people)
    _hand_over(people, known)
    changed = [
        (user_id, source)
        for user_id, source in _sources(people, known).items()
        if (source.profile, source.email_key) != _shown(people, user_id)
    ]
    for user_id, source in changed:
        held = people.accounts[user_id].email_key
        if held is not None and held != source.email_key:
            people.release(held, user_id)
    for user_id, source in sorted(changed, key=itemgetter(0)):
        # An address that is another account's, or of another organization's domain, is shown, but
        # this account does not speak for it.
        free = people.claim(source, user_id)
        people.accounts[user_id] = replace(
            people.accounts[user_id],
            profile=source.profile,
            email_key=source.email_key if free else None,
        )


def updates(facts: Facts, people: People) -> Iterator[UpdateUser]:
    """What has become of the accounts that were there: one action each, whatever the way there."""
    for before in sorted(facts.accounts, key=lambda account: account.id):
        after = people.accounts[before.id]
        if after != before:
            yield UpdateUser(
                user_id=before.id,
                profile=after.profile,
                email_key=after.email_key,
                authority_directory_id=after.authority_directory_id,
                before=before.profile,
                released=None if before.email_key == after.email_key else before.email_key,
                claims=_claims(before, after),
            )


def _claims(before: Account, after: Account) -> bool:
    """Also what only folds to the address that the account has: it is of another domain."""
    return after.email_key is not None and (
        after.email_key != before.email_key
        or not is_of_one_domain(after.profile.email, before.profile.email)
    )


def showing(membership: Membership, as_read: Profile, profile: Profile) -> list[ShowProfile]:
    """
    What a member is shown as from now on, if that is not on record. Where nothing is, the account
    as it was read is taken for what was told.
    """
    if membership.told == profile:
        return []
    told = membership.told or as_read
    return [ShowProfile(membership.id, membership.user_id, told, profile)]


def _sources(people: People, known: _Known) -> dict[UserId, DirectoryUser]:
    """By user, the living directory user of its authority; the oldest, should there be two."""
    sources: dict[UserId, DirectoryUser] = {}
    for user_id, some in known.items():
        authority = people.accounts[user_id].authority_directory_id
        for person in some:
            if person.directory_id == authority and not person.deleted:
                sources.setdefault(user_id, person)
    return sources


def _hand_over(people: People, known: _Known) -> None:
    """
    An authority that has deleted the person is followed by the directory that has known them
    longest. Only within the organization: the links are its own, and one of them, if only to a
    tombstone, is of the authority. Another organization's directory speaks for that one alone,
    unless this one has proven the domain of the address.
    """
    for user_id, some in known.items():
        account = people.accounts[user_id]
        directories = [person.directory_id for person in some]
        living = [person.directory_id for person in some if not person.deleted]
        authority = account.authority_directory_id
        if living and authority in directories and authority not in living:
            people.accounts[user_id] = replace(account, authority_directory_id=living[0])
        elif authority not in living:
            # By a person whose own address is of the domain, too: so the next one who has proven
            # a domain cannot take it back, and the two never take turns.
            owning = [
                person.directory_id
                for person in some
                if not person.deleted and people.speaks_for(person, account)
            ]
            if owning:
                people.accounts[user_id] = replace(account, authority_directory_id=owning[0])


def _known(people: People) -> _Known:
    known: defaultdict[UserId, list[DirectoryUser]] = defaultdict(list)
    for link in sorted(people.links.values(), key=lambda link: link.directory_user_id):
        known[link.user_id].append(people.directory_users[link.directory_user_id])
    return known


def _shown(people: People, user_id: UserId) -> tuple[object, str | None]:
    account = people.accounts[user_id]
    return account.profile, account.email_key

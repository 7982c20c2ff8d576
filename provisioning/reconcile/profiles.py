"""
What is shown of people, and who speaks for which address (pure). A profile follows the directory
that is its authority, while that directory knows the person.
"""

from collections.abc import Iterator
from dataclasses import replace
from operator import itemgetter

from provisioning.ids import UserId
from provisioning.reconcile.actions import UpdateUser
from provisioning.reconcile.facts import DirectoryUser, Facts
from provisioning.reconcile.identify import People


def follow(people: People) -> None:
    """
    Brings every account up to its directory's word. Addresses are let go before they are claimed:
    two people may swap theirs, and a newcomer may get one that a colleague has just given up.
    """
    changed = [
        (user_id, source)
        for user_id, source in _sources(people).items()
        if (source.profile, source.email_key) != _shown(people, user_id)
    ]
    for user_id, source in changed:
        held = people.accounts[user_id].email_key
        if held is not None and held != source.email_key:
            people.release(held, user_id)
    for user_id, source in sorted(changed, key=itemgetter(0)):
        # An address that is another account's is shown, but this account does not speak for it.
        free = source.email_key is not None and people.claim(source.email_key, user_id)
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
                before=before.profile,
                released=None if before.email_key == after.email_key else before.email_key,
            )


def _sources(people: People) -> dict[UserId, DirectoryUser]:
    """By user, the living directory user of its authority; the oldest, should there be two."""
    sources: dict[UserId, DirectoryUser] = {}
    for link in sorted(people.links.values(), key=lambda link: link.directory_user_id):
        person = people.directory_users[link.directory_user_id]
        account = people.accounts[link.user_id]
        if person.directory_id == account.authority_directory_id and not person.deleted:
            sources.setdefault(link.user_id, person)
    return sources


def _shown(people: People, user_id: UserId) -> tuple[object, str | None]:
    account = people.accounts[user_id]
    return account.profile, account.email_key

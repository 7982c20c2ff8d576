"""
What is shown of people, and who speaks for which address (pure). A profile follows the directory
that is its authority, while that directory knows the person.
"""

from collections.abc import Iterator
from dataclasses import replace

from provisioning.ids import UserId
from provisioning.reconcile.actions import UpdateUser
from provisioning.reconcile.facts import DirectoryUser
from provisioning.reconcile.identify import People


def follow(people: People) -> Iterator[UpdateUser]:
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
    for user_id, source in sorted(changed):
        account = people.accounts[user_id]
        # An address that is another account's is shown, but this account does not speak for it.
        free = source.email_key is not None and people.claim(source.email_key, user_id)
        email_key = source.email_key if free else None
        if (source.profile, email_key) != _shown(people, user_id):
            people.accounts[user_id] = replace(account, profile=source.profile, email_key=email_key)
            yield UpdateUser(
                user_id=user_id, profile=source.profile, email_key=email_key, before=account.profile
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

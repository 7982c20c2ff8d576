"""Things that happen to people and groups at a customer, as values."""

from dataclasses import dataclass
from typing import TypeAlias, assert_never

from service.simulate.client import Client
from service.simulate.identities import Group, Person


@dataclass(frozen=True, slots=True)
class Assign:
    """The person gets the application, or gets it back."""

    person: Person


@dataclass(frozen=True, slots=True)
class Update:
    """The person's profile is now this one."""

    person: Person


@dataclass(frozen=True, slots=True)
class Unassign:
    """The person loses the application."""

    person: Person


@dataclass(frozen=True, slots=True)
class Purge:
    """The account at the IdP is gone for good."""

    person: Person


@dataclass(frozen=True, slots=True)
class ReportTo:
    """The person gets this manager."""

    person: Person
    manager: Person


@dataclass(frozen=True, slots=True)
class PushGroup:
    """The group is pushed with its members."""

    group: Group


@dataclass(frozen=True, slots=True)
class ChangeMembers:
    """These join, those leave."""

    group: Group
    joined: tuple[Person, ...] = ()
    left: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class RenameGroup:
    """The group has this name from now on."""

    group: Group


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    """The group ends."""

    group: Group


Action: TypeAlias = (
    Assign
    | Update
    | Unassign
    | Purge
    | ReportTo
    | PushGroup
    | ChangeMembers
    | RenameGroup
    | DeleteGroup
)


async def perform(client: Client, action: Action) -> None:
    """Lets `client` tell the service provider; `transport.Refused` when it will not listen."""
    match action:
        case Assign(person):
            await client.assign(person)
        case Update(person):
            await client.update(person)
        case Unassign(person):
            await client.unassign(person)
        case Purge(person):
            await client.purge(person)
        case ReportTo(person, manager):
            await client.report_to(person, manager)
        case PushGroup(group):
            await client.push_group(group)
        case ChangeMembers(group, joined, left):
            await client.change_members(group, joined=joined, left=left)
        case RenameGroup(group):
            await client.rename_group(group)
        case DeleteGroup(group):
            await client.delete_group(group)
        case _:
            assert_never(action)

"""What an identity provider can be told to do, whichever dialect it speaks."""

from collections.abc import Sequence
from typing import Protocol

from service.simulate.identities import Group, Person


class Client(Protocol):
    """
    An IdP and what it remembers of the other side: the SCIM ids of its people and groups.

    Every verb raises `transport.Refused` when the server will not have it. People and groups that
    were never provisioned are passed over, as the IdPs do.
    """

    async def test_connection(self) -> None:
        """What happens behind the button of that name."""

    async def assign(self, person: Person) -> None:
        """Looks the person up; creates, or takes over and brings up to date. Also: comes back."""

    async def update(self, person: Person) -> None:
        """The person's profile has changed to this."""

    async def unassign(self, person: Person) -> None:
        """The person loses the application: is deactivated."""

    async def purge(self, person: Person) -> None:
        """The person's account at the IdP is deleted for good."""

    async def report_to(self, person: Person, manager: Person) -> None:
        """`manager` becomes the person's manager."""

    async def push_group(self, group: Group) -> None:
        """Looks the group up; creates it or links to it, and fills it with `group.members`."""

    async def change_members(
        self, group: Group, *, joined: Sequence[Person], left: Sequence[Person]
    ) -> None:
        """Some come, some go, nobody else is touched."""

    async def rename_group(self, group: Group) -> None:
        """The group goes by `group.display_name` now."""

    async def delete_group(self, group: Group) -> None:
        """The group is no longer pushed, and deleted on the other side."""

"""Microsoft Entra ID as a SCIM client: it says little of itself and PATCHes everything."""

import secrets
import uuid
from collections.abc import Sequence
from urllib.parse import quote_plus

from service.simulate import entra_bodies as bodies
from service.simulate.entra_patches import Patches
from service.simulate.identities import Group, Person
from service.simulate.links import Links
from service.simulate.matching import find_or_create, search
from service.simulate.transport import Transport
from service.simulate.wire import Json, equals

HEADERS: dict[str, str] = {}
"""Neither User-Agent nor Accept."""

_MEMBERS_PER_REQUEST = 20


class Entra:
    """One provisioning job of an Entra tenant (`client.Client`)."""

    def __init__(self, transport: Transport, *, compliant: bool) -> None:
        self._transport = transport
        self._patches = Patches(compliant)
        self._links = Links()

    async def test_connection(self) -> None:
        """Asks for somebody who cannot exist; the answer has to be 200 and an empty list."""
        nobody = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
        path = f"/Users?{_filter(equals('userName', nobody))}"
        await search(self._transport, "test connection", path)

    async def assign(self, person: Person) -> None:
        """A match is read again and patched where it differs, `active` included."""
        path = f"/Users?{_filter(equals('userName', person.user_name))}"
        match = await find_or_create(self._transport, "user", path, bodies.user(person))
        self._links.users[person.external_id] = match.id
        if not match.created:
            await self.update(person)

    async def update(self, person: Person) -> None:
        """Reads first, then sends the differences only."""
        user_id = self._links.user(person)
        if user_id is None:
            return
        remote = await self._transport.send("read user", "GET", f"/Users/{user_id}")
        wanted = bodies.attributes(bodies.user(person))
        body = self._patches.profile(bodies.attributes(remote.body), wanted)
        if body is not None:
            await self._patch_user("update user", user_id, body)

    async def report_to(self, person: Person, manager: Person) -> None:
        """References are looked for before they are written."""
        user_id, manager_id = self._links.user(person), self._links.user(manager)
        if user_id is None or manager_id is None:
            return
        condition = f"{equals('id', user_id)} and {equals('manager', manager_id)}"
        path = f"/Users?attributes=id&{_filter(condition)}"
        if not await search(self._transport, "check manager", path):
            await self._patch_user("set manager", user_id, self._patches.manager(manager_id))

    async def unassign(self, person: Person) -> None:
        """A soft delete: the memberships of the person stay as they are."""
        if user_id := self._links.user(person):
            body = self._patches.activation(active=False)
            await self._patch_user("deactivate user", user_id, body)

    async def purge(self, person: Person) -> None:
        """About thirty days after the soft delete."""
        if user_id := self._links.users.pop(person.external_id, None):
            await self._transport.send("delete user", "DELETE", f"/Users/{user_id}")

    async def push_group(self, group: Group) -> None:
        """Created empty; the members follow, each checked first where the group was there."""
        condition = equals("displayName", group.display_name)
        path = f"/Groups?excludedAttributes=members&{_filter(condition)}"
        match = await find_or_create(self._transport, "group", path, bodies.group(group))
        self._links.groups[group.external_id] = match.id
        if match.created:
            await self._add_members(match.id, group.members)
        else:
            await self.change_members(group, joined=group.members, left=())

    async def change_members(
        self, group: Group, *, joined: Sequence[Person], left: Sequence[Person]
    ) -> None:
        """Additions are checked one by one, then sent several at a time; so are removals."""
        group_id = self._links.group(group)
        if group_id is None:
            return
        missing = [p for p in joined if not await self._is_member(group_id, p)]
        await self._add_members(group_id, missing)
        for batch in self._links.batches(left, _MEMBERS_PER_REQUEST):
            body = self._patches.members_removed([user_id for user_id, _ in batch])
            await self._patch_group("remove members", group_id, body)

    async def rename_group(self, group: Group) -> None:
        """By the id, so that the group stays itself."""
        if group_id := self._links.group(group):
            body = self._patches.display_name(group.display_name)
            await self._patch_group("rename group", group_id, body)

    async def delete_group(self, group: Group) -> None:
        """The group was deleted, or left the scope."""
        if group_id := self._links.groups.pop(group.external_id, None):
            await self._transport.send("delete group", "DELETE", f"/Groups/{group_id}")

    async def _is_member(self, group_id: str, person: Person) -> bool:
        user_id = self._links.user(person)
        if user_id is None:
            return False
        condition = f"{equals('id', group_id)} and {equals('members', user_id)}"
        path = f"/Groups?attributes=id&{_filter(condition)}"
        return bool(await search(self._transport, "check member", path))

    async def _add_members(self, group_id: str, people: Sequence[Person]) -> None:
        for batch in self._links.batches(people, _MEMBERS_PER_REQUEST):
            body = self._patches.members_added([user_id for user_id, _ in batch])
            await self._patch_group("add members", group_id, body)

    async def _patch_user(self, kind: str, user_id: str, body: Json) -> None:
        await self._transport.send(kind, "PATCH", f"/Users/{user_id}", body)

    async def _patch_group(self, kind: str, group_id: str, body: Json) -> None:
        await self._transport.send(kind, "PATCH", f"/Groups/{group_id}", body)


def _filter(condition: str) -> str:
    """The query parameter `filter`; Entra writes a space as `+`."""
    return f"filter={quote_plus(condition)}"

"""Okta as a SCIM client: lower-case operations, PUT for profiles, PATCH for the rest."""

import secrets
import string
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import quote

from service.simulate import okta_bodies as bodies
from service.simulate.identities import Group, Person
from service.simulate.links import Links
from service.simulate.matching import find_or_create, search
from service.simulate.transport import Transport
from service.simulate.wire import equals

HEADERS = {
    "User-Agent": "Okta SCIM Client 1.0.0",
    "Accept": "application/scim+json",
    "Accept-Charset": "utf-8",
    "Accept-Encoding": "gzip,deflate",
}

_MEMBERS_PER_REQUEST = 100
_SIGNS = string.ascii_lowercase + string.digits


class Okta:
    """One app of an Okta organization (`client.Client`)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._links = Links()

    async def test_connection(self) -> None:
        """The button "Test API Credentials"."""
        for path in ("/Users?startIndex=1&count=2", "/Groups?count=100&startIndex=1"):
            await search(self._transport, "test connection", path)

    async def assign(self, person: Person) -> None:
        """A deactivated user is activated under the old id, then brought up to date (C9293)."""
        match = await find_or_create(
            self._transport,
            "user",
            _lookup("/Users", "userName", person.user_name),
            bodies.user(person, "".join(secrets.choice(_SIGNS) for _ in range(8))),
            tolerate=(HTTPStatus.NOT_FOUND,),
        )
        self._links.users[person.external_id] = match.id
        if match.created:
            return
        if match.resource.get("active") is False:
            await self._activate(match.id, active=True)
        await self.update(person)

    async def update(self, person: Person) -> None:
        """Reads, merges, replaces."""
        await self._replace(person, None)

    async def report_to(self, person: Person, manager: Person) -> None:
        """Rides on a profile push; a manager Okta never provisioned is left out."""
        await self._replace(person, self._links.user(manager))

    async def unassign(self, person: Person) -> None:
        """Never a DELETE."""
        if user_id := self._links.user(person):
            await self._activate(user_id, active=False)

    async def purge(self, person: Person) -> None:
        """Deleting an Okta user sends no more than the deactivation that has to come first."""
        self._links.users.pop(person.external_id, None)

    async def push_group(self, group: Group) -> None:
        """A new group is filled by deltas, one that was there already by "Push now"."""
        match = await find_or_create(
            self._transport,
            "group",
            _lookup("/Groups", "displayName", group.display_name),
            bodies.group(group.display_name),
            tolerate=(HTTPStatus.NOT_FOUND,),
        )
        self._links.groups[group.external_id] = match.id
        if match.created:
            await self.change_members(group, joined=group.members, left=())
            return
        await self.rename_group(group)
        everyone = bodies.push_now(self._links.provisioned(group.members))
        await self._transport.send("push members", "PATCH", f"/Groups/{match.id}", everyone)

    async def change_members(
        self, group: Group, *, joined: Sequence[Person], left: Sequence[Person]
    ) -> None:
        """Metadata first, then both directions in as few requests as fit."""
        group_id = self._links.group(group)
        if group_id is None:
            return
        await self.rename_group(group)
        leaving = [user_id for user_id, _ in self._links.provisioned(left)]
        for batch in self._links.batches(joined, _MEMBERS_PER_REQUEST) or [[]]:
            delta = bodies.member_delta(batch, leaving)
            leaving = []
            if delta["Operations"]:
                await self._transport.send("change members", "PATCH", f"/Groups/{group_id}", delta)

    async def rename_group(self, group: Group) -> None:
        """The same request whether the name is new or not."""
        if group_id := self._links.group(group):
            body = bodies.metadata(group_id, group.display_name)
            await self._transport.send("push group name", "PATCH", f"/Groups/{group_id}", body)

    async def delete_group(self, group: Group) -> None:
        """Unlinked with "delete the group in the target app"."""
        if group_id := self._links.groups.pop(group.external_id, None):
            await self._transport.send("delete group", "DELETE", f"/Groups/{group_id}")

    async def _replace(self, person: Person, manager_id: str | None) -> None:
        user_id = self._links.user(person)
        if user_id is None:
            return
        remote = await self._transport.send("read user", "GET", f"/Users/{user_id}")
        body = bodies.replacement(remote.body, person, manager_id)
        await self._transport.send("replace user", "PUT", f"/Users/{user_id}", body)

    async def _activate(self, user_id: str, *, active: bool) -> None:
        kind = "activate user" if active else "deactivate user"
        body = bodies.activation(active=active)
        await self._transport.send(kind, "PATCH", f"/Users/{user_id}", body)


def _lookup(endpoint: str, attribute: str, value: str) -> str:
    """Okta writes a space as `%20`."""
    return f"{endpoint}?filter={quote(equals(attribute, value), safe='')}&startIndex=1&count=100"

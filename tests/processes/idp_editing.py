"""One thread of an IdP: people and groups that come, change and go, most of them shared by all."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.processes.editing import REFUSED, Editor

GROUPS = ("Engineering", "Everybody", "Sales", "Guests")
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
# Whom another thread has deleted is no member (RFC 7644 §3.12, invalidValue).
_OR_NOBODY = REFUSED | {400}


@dataclass(slots=True)
class Pushed:
    """What all threads of the IdP know of: for a moment also what another one has just deleted."""

    domain: str
    users: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def forget(known: list[str], key: str) -> None:
    with suppress(ValueError):  # another one was faster
        known.remove(key)


class IdpEditor(Editor):
    def __init__(self, client: httpx.Client, seed: int, pushed: Pushed) -> None:
        super().__init__(client, seed)
        self._pushed = pushed
        self._name = f"person{seed}"
        self._count = 0

    def acts(self) -> Sequence[Callable[[], object]]:
        return (
            *(self._create, self._create, self._create, self._create),
            *(self._join, self._join, self._join, self._leave, self._replace_members),
            *(self._rename, self._activate, self._move, self._delete),
            *(self._push, self._rename_group, self._unpush, self._list),
        )

    def push(self, name: str) -> None:
        """A group that all know."""
        made = self.ask("POST", "/Groups", {"schemas": [_GROUP], "displayName": name})
        if made is not None:
            self._pushed.groups.append(made["id"])

    def _create(self) -> None:
        self._count += 1
        name = f"{self._name}-{self._count}@{self._pushed.domain}"
        emails = [{"value": name, "primary": True}]
        user = {"schemas": [USER], "userName": name, "emails": emails, "active": True}
        made = self.ask("POST", "/Users", user)
        assert made is not None
        self._pushed.users.append(made["id"])
        self._change_group({"op": "add", "path": "members", "value": [{"value": made["id"]}]})

    def _rename(self) -> None:
        name = f"Ada {self.random.randrange(1000)}"
        self._change_user({"op": "replace", "path": "displayName", "value": name})

    def _activate(self) -> None:
        self._change_user({"op": "replace", "path": "active", "value": self.random.random() < 0.6})

    def _move(self) -> None:
        """To another address; somebody may have it."""
        number = self.random.randrange(1, self._count + 20)
        value = [{"value": f"{self._name}-{number}@{self._pushed.domain}", "primary": True}]
        self._change_user({"op": "replace", "path": "emails", "value": value})

    def _delete(self) -> None:
        if user := self.one_of(self._pushed.users):
            self.ask("DELETE", f"/Users/{user}")
            forget(self._pushed.users, user)

    def _join(self) -> None:
        self._change_group({"op": "add", "path": "members", "value": self._some()})

    def _leave(self) -> None:
        self._change_group({"op": "remove", "path": "members", "value": self._some()})

    def _replace_members(self) -> None:
        self._change_group({"op": "replace", "path": "members", "value": self._some()})

    def _push(self) -> None:
        """A name that somebody has is refused."""
        self.push(self.random.choice((*GROUPS, f"Team {self.random.randrange(5)}")))

    def _rename_group(self) -> None:
        name = self.random.choice((*GROUPS, f"Team {self.random.randrange(5)}"))
        self._change_group({"op": "replace", "path": "displayName", "value": name})

    def _unpush(self) -> None:
        if group := self.one_of(self._pushed.groups):
            self.ask("DELETE", f"/Groups/{group}")
            forget(self._pushed.groups, group)

    def _list(self) -> None:
        self.ask("GET", "/Users?startIndex=1&count=20")

    def _some(self) -> list[dict[str, str]]:
        """Of all the users and now and then a group."""
        known = [*self._pushed.users, *self._pushed.groups]
        return [{"value": key} for key in self.random.sample(known, min(3, len(known)))]

    def _change_user(self, operation: dict[str, Any]) -> None:
        if user := self.one_of(self._pushed.users):
            self._patch(f"/Users/{user}", operation)

    def _change_group(self, operation: dict[str, Any]) -> None:
        if group := self.one_of(self._pushed.groups):
            self._patch(f"/Groups/{group}", operation)

    def _patch(self, path: str, operation: dict[str, Any]) -> None:
        self.ask("PATCH", path, {"schemas": [_PATCH], "Operations": [operation]}, _OR_NOBODY)

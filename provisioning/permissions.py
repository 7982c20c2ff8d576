"""What roles allow: permissions `resource:action`, each part maybe `*`, own and inherited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from provisioning.errors import Refused, UnknownRole
from provisioning.ids import OrganizationId, RoleId

_PART = r"([a-z0-9_.-]{1,64}|\*)"
PERMISSION_PATTERN = rf"^{_PART}:{_PART}$"
DEPTH_LIMIT = 10
"""Roles of one line of inheritance, the first and the last included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """`organization_id` None: built in. `permissions` are its own, sorted."""

    id: RoleId
    organization_id: OrganizationId | None
    name: str
    rank: int
    permissions: tuple[str, ...]
    display_name: str | None = None
    description: str | None = None
    extends_role_id: RoleId | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


def covering(permission: str) -> tuple[str, ...]:
    """
    Every permission that includes this one, the closest first: `a:b`, `a:*`, `*:b`, `*:*`. Asked
    for `a:*` only who may do all of it has it.
    """
    resource, _, action = permission.partition(":")
    return tuple(dict.fromkeys((permission, f"{resource}:*", f"*:{action}", "*:*")))


class RoleBook:
    """All roles that members of one organization may have, as they were at one `version`."""

    __slots__ = ("_effective", "_roles", "version")

    def __init__(self, version: int, roles: Iterable[Role]) -> None:
        self.version = version
        self._roles = {role.id: role for role in roles}
        self._effective: dict[RoleId, Mapping[str, Role]] = {}

    def role(self, role_id: RoleId) -> Role:
        """Also one that was deleted and is still held: it counts until that has been settled."""
        return self._roles[role_id]

    def has(self, role_id: RoleId) -> bool:
        """Not one that was deleted and nobody holds any more."""
        return role_id in self._roles

    def named(self, name: str) -> Role:
        """Raises `UnknownRole` naming the roles there are."""
        for role in self.living():
            if role.name == name:
                return role
        ranked = sorted(self.living(), key=lambda role: (-role.rank, role.name))
        raise UnknownRole(name, [role.name for role in ranked])

    def held(self) -> list[Role]:
        """All of them: those that can be granted, and those that somebody has still."""
        return list(self._roles.values())

    def living(self) -> list[Role]:
        """Those that can be granted."""
        return [role for role in self._roles.values() if role.deleted_at is None]

    def line(self, role_id: RoleId) -> list[Role]:
        """
        The role, the one it extends, and so on. Raises `Refused` when that comes back to where it
        was, or goes on for too long.
        """
        found: dict[RoleId, Role] = {}
        here: RoleId | None = role_id
        while here in self._roles:
            if here in found:
                raise Refused("role_cycle", f"role {self._roles[here].name!r} would extend itself")
            if len(found) == DEPTH_LIMIT:
                first = self._roles[role_id].name
                raise Refused(
                    "role_too_deep", f"role {first!r} would extend a line of over {DEPTH_LIMIT}"
                )
            found[here] = self._roles[here]
            here = found[here].extends_role_id
        return list(found.values())

    def effective(self, role_id: RoleId) -> Mapping[str, Role]:
        """Each permission of the role, and which role of its line has it: the nearest."""
        known = self._effective.get(role_id)
        if known is None:
            known = {}
            for role in self.line(role_id):
                for permission in role.permissions:
                    known.setdefault(permission, role)
            self._effective[role_id] = known
        return known

    def version_of(self, role_id: RoleId) -> int:
        """
        Another number, of at most nine digits, whenever the role or one that it extends has
        changed: what it may do is theirs, too.
        """
        line = (
            f"{role.id} {role.updated_at and role.updated_at.timestamp()}"
            for role in self.line(role_id)
        )
        return crc32(";".join(line).encode()) % 10**9

    def with_roles(self, changed: Iterable[Role]) -> "RoleBook":
        """The next version. Raises `Refused` when a line of inheritance is not one any more."""
        book = RoleBook(
            self.version + 1, {**self._roles, **{role.id: role for role in changed}}.values()
        )
        for role in book.living():
            book.line(role.id)
        return book

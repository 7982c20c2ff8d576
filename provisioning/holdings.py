"""
What one side holds of an organization's members, in the form in which two sides compare it (pure).

The canonical form is UTF-8 text of one line per member who is not removed, ordered by user id:
the user id, the status, and each role that counts now, in the order of their code points and each
once, with one space between and a line feed at the end. Roles of who is not active count for
nothing, and are left out; a role in a workspace is written `<workspace id>/<role>`. The digest is
the SHA-256 of it, in lower-case hexadecimal.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Holding:
    """One member: `active` or `suspended`, and the roles that count, ordered."""

    user_id: str
    status: str
    roles: tuple[str, ...]

    @classmethod
    def of(cls, user_id: str, status: str, roles: Iterable[str]) -> Self:
        """Whatever roles are kept, and in whatever order."""
        return cls(user_id, status, tuple(sorted(set(roles))) if status == "active" else ())

    @property
    def line(self) -> str:
        """Of the canonical form."""
        return " ".join([self.user_id, self.status, *self.roles]) + "\n"


@dataclass(frozen=True, slots=True)
class Difference:
    """`mine` None: they have one too many; `theirs` None: they lack one."""

    user_id: str
    mine: Holding | None
    theirs: Holding | None


class Digest:
    """Of holdings that are added in the order of their users, as many as there are."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def add(self, holdings: Sequence[Holding]) -> None:
        """The next ones."""
        self.count += len(holdings)
        for holding in holdings:
            self._hash.update(holding.line.encode())

    @property
    def value(self) -> str:
        """Of all that was added."""
        return self._hash.hexdigest()


def differences(mine: Iterable[Holding], theirs: Iterable[Holding]) -> list[Difference]:
    """In the order of the users."""
    ours = {holding.user_id: holding for holding in mine}
    held = {holding.user_id: holding for holding in theirs}
    return [
        Difference(user_id, ours.get(user_id), held.get(user_id))
        for user_id in sorted(ours.keys() | held.keys())
        if ours.get(user_id) != held.get(user_id)
    ]

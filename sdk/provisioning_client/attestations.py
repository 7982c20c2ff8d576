"""/v1/organizations/{organization_id}/attestation: does your product hold what it was told?"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from provisioning_client.calls import Call
from provisioning_client.operations import AnySender, Resource, operation
from provisioning_client.places import at

PAGE_LIMIT = 1000


class HeldMembership(TypedDict):
    """Of your product; a role in a workspace is `<workspace id>/<name>`."""

    user_id: str
    status: Literal["active", "suspended"]
    roles: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPage:
    """All that your product holds behind `after` and up to `through`; None: no limit."""

    after: str | None
    through: str | None
    memberships: tuple[HeldMembership, ...]

    def behind(self, user_id: str) -> "HeldPage":
        """What of it is left when all up to that user was compared."""
        left = tuple(one for one in self.memberships if one["user_id"] > user_id)
        return HeldPage(after=user_id, through=self.through, memberships=left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """`digest` and `count` are the server's; all events up to `sequence` are in them."""

    equal: bool
    digest: str
    count: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Roles of who is not active count for nothing, and are left out."""

    status: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`kind`: missing at yours, extra (yours alone) or different; `mine` is what the server has."""

    user_id: str
    kind: str
    mine: Holding | None
    theirs: Holding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Handle it as the event that it looks like; it is none of the feed."""

    type: str
    organization_id: str
    data: Mapping[str, Any]
    previous_attributes: Mapping[str, Any] | None
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`through` another than the page's: there is more, ask with `page.behind(through)`."""

    differences: tuple[Difference, ...]
    repairs: tuple[Repair, ...]
    through: str | None
    sequence: int


def digest(memberships: Iterable[HeldMembership]) -> str:
    """Of all that your product holds, ordered by `user_id`."""
    hashed = hashlib.sha256()
    for one in memberships:
        roles = sorted(set(one["roles"])) if one["status"] == "active" else ()
        hashed.update((" ".join([one["user_id"], one["status"], *roles]) + "\n").encode())
    return hashed.hexdigest()


def pages(memberships: Iterable[HeldMembership], limit: int = PAGE_LIMIT) -> Iterator[HeldPage]:
    """All that your product holds, ordered by `user_id`, in parts that one request takes."""
    after: str | None = None
    part: list[HeldMembership] = []
    for one in memberships:
        if len(part) == limit:
            through = part[-1]["user_id"]
            yield HeldPage(after=after, through=through, memberships=tuple(part))
            after, part = through, []
        part.append(one)
    yield HeldPage(after=after, through=None, memberships=tuple(part))


class Attestations(Resource[AnySender]):
    """Read your events to the end first: what you have not read yet differs, too."""

    @operation
    def attest(self, organization_id: str, digest: str) -> Call[Attestation]:
        """Whether all is equal, by one short answer; `digest` makes yours."""
        where = at("organizations", organization_id, "attestation")
        return where.ask(Attestation, {"digest": digest})

    @operation
    def compare(
        self,
        organization_id: str,
        memberships: Sequence[HeldMembership],
        *,
        after: str | None = None,
        through: str | None = None,
        repair: bool = False,
    ) -> Call[Comparison]:
        """What differs in one of `pages`, and with `repair` what your product should be told."""
        body = {
            "after": after,
            "through": through,
            "memberships": memberships,
            "repair": repair,
        }
        where = at("organizations", organization_id, "attestation", "comparison")
        return where.ask(Comparison, body)

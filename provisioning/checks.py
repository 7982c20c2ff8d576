"""May this person do that? Which permissions members have, and because of which grants."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from provisioning.errors import NotFound
from provisioning.ids import MembershipId, OrganizationId, UserId
from provisioning.permissions import Role, RoleBook, covering
from provisioning.store import held_roles, roles
from provisioning.store.held_roles import HeldGrant, Holder, Holders

_REMEMBERED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """
    About a user or a membership, one of them. Grants in a workspace count for that workspace only,
    those in the whole organization everywhere.
    """

    permission: str
    user_id: UserId | None = None
    membership_id: MembershipId | None = None
    workspace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """`role` is granted; `permission` is what covers the question, and `holder` has it."""

    role: Role
    holder: Role
    permission: str
    grant: HeldGrant


@dataclass(frozen=True, slots=True)
class Authority:
    """What an active member may do; `grants` with their roles, the highest rank first."""

    holder: Holder
    grants: tuple[tuple[HeldGrant, Role], ...]
    permissions: tuple[str, ...]


class Checks:
    """
    One per process: it remembers the roles of the organizations that were asked about last. Each
    answer is that of the present: the statement that reads the grants reads the version of the
    roles, too, so what is remembered is never used after a change.
    """

    def __init__(self) -> None:
        self._books: OrderedDict[OrganizationId, RoleBook] = OrderedDict()
        self._lock = Lock()

    def ask(
        self,
        connection: Connection,
        organization_id: OrganizationId,
        questions: Sequence[Question],
    ) -> list[tuple[Reason, ...]]:
        """
        For each question why it is allowed: one reason for each grant that is enough, none: it is
        not. Strangers, suspended and removed members may do nothing. Raises `NotFound` for the
        organization.
        """
        users = [one.user_id for one in questions if one.user_id is not None]
        memberships = [one.membership_id for one in questions if one.membership_id is not None]
        by_user: dict[UserId | None, Holder] = {}
        by_membership: dict[MembershipId | None, Holder] = {}
        book = RoleBook(0, ())
        if users:
            held = held_roles.of_users(connection, organization_id, users)
            book = self._book(connection, organization_id, held)
            by_user = {holder.user_id: holder for holder in held.holders}
        if memberships:
            held = held_roles.of_memberships(connection, organization_id, memberships)
            book = self._book(connection, organization_id, held)
            by_membership = {holder.membership_id: holder for holder in held.holders}
        return [
            tuple(
                _reasons(
                    book, by_user.get(one.user_id) or by_membership.get(one.membership_id), one
                )
            )
            for one in questions
        ]

    def authority(
        self,
        connection: Connection,
        organization_id: OrganizationId,
        user_id: UserId,
        workspace_id: str | None,
    ) -> Authority:
        """Raises `NotFound` for the organization and for who was never a member."""
        held = held_roles.of_users(connection, organization_id, [user_id])
        if not held.holders:
            raise NotFound("member", user_id)
        (holder,) = held.holders
        return authority(self._book(connection, organization_id, held), holder, workspace_id)

    def _book(
        self, connection: Connection, organization_id: OrganizationId, held: Holders
    ) -> RoleBook:
        with self._lock:
            known = self._books.get(organization_id)
            if known is not None and known.version >= held.roles_version:
                self._books.move_to_end(organization_id)
                return known
        book = roles.book(connection, organization_id)
        if book is None:
            raise NotFound("organization", organization_id)
        with self._lock:
            self._books[organization_id] = book
            while len(self._books) > _REMEMBERED:
                self._books.popitem(last=False)
        return book


def authority(book: RoleBook, holder: Holder, workspace_id: str | None) -> Authority:
    """By the roles as they are in the book; without a workspace those that hold everywhere."""
    granted = [(grant, book.role(grant.role_id)) for grant in _counting(book, holder, workspace_id)]
    permissions = {one for _, role in granted for one in book.effective(role.id)}
    ranked = sorted(granted, key=lambda pair: (-pair[1].rank, pair[1].name, pair[0].id))
    return Authority(holder, tuple(ranked), tuple(sorted(permissions)))


def _counting(
    book: RoleBook, holder: Holder | None, workspace_id: str | None
) -> Iterator[HeldGrant]:
    for grant in () if holder is None else holder.grants:
        # A role that is not in the book was deleted since the grant was read, and so was that.
        if grant.workspace_id in {"", workspace_id} and book.has(grant.role_id):
            yield grant


def _reasons(book: RoleBook, holder: Holder | None, question: Question) -> Iterator[Reason]:
    wanted = covering(question.permission)
    for grant in _counting(book, holder, question.workspace_id):
        effective = book.effective(grant.role_id)
        for permission in wanted:
            if permission in effective:
                yield Reason(book.role(grant.role_id), effective[permission], permission, grant)
                break

"""E-mail domains that organizations claim. Names are compared across them, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, func, select

from provisioning.email_domains import domain_of
from provisioning.ids import DomainId, OrganizationId, RoleId, UserId
from provisioning.store import domain_holdings
from provisioning.store.bulk import BulkStatement
from provisioning.store.domain_tables import domains
from provisioning.store.json_columns import decoded, encoded
from provisioning.store.pages import Cut, Page, page
from provisioning.store.types import moment

State = Literal["pending", "verified", "failed", "lapsed", "contested"]
Method = Literal["dns_txt", "meta", "file", "manual"]
AutoJoin = Literal["off", "role", "approval"]
"""`approval`: an administrator lets in whoever asks, with the role or another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """
    A claim and what has become of it. `expires_at`: when it fails unless proven; `next_at`: when a
    worker looks again; `attempts`: how often one has, since the token was made.
    """

    id: DomainId
    organization_id: OrganizationId
    name: str
    state: State
    method: Method | None = None
    token: str
    account_label: str | None = None
    expires_at: datetime
    next_at: datetime | None
    attempts: int = 0
    last_check: Mapping[str, Any] | None = None
    verified_at: datetime | None = None
    proof_missing_since: datetime | None = None
    last_seen_at: datetime | None = None
    proof_unseen_since: datetime | None = None
    note: str | None = None
    auto_join: AutoJoin = "off"
    auto_join_role_id: RoleId | None = None
    """None: the organization's default role."""
    restrict_email: bool = False
    created_at: datetime
    updated_at: datetime

    @property
    def checked_at(self) -> datetime | None:
        """When a worker last looked; None: none has."""
        return None if self.last_check is None else moment(self.last_check["at"])


def insert(connection: Connection, made: Domain) -> None:
    """The caller holds the organization's lock, and has seen that it has no such domain."""
    connection.execute(domains.insert().values(**_values(made)))


def update(connection: Connection, changed: Domain) -> None:
    """All of it. Raises `Collision` when another organization has just been found to have it."""
    connection.execute(domains.update().where(_is(changed)).values(**_values(changed)))


def delete(connection: Connection, gone: Domain) -> None:
    """The row."""
    connection.execute(domains.delete().where(_is(gone)))


def delete_all(connection: Connection, organization_id: OrganizationId) -> list[str]:
    """Those of an organization that is deleted; the names it had."""
    mine = domains.c.organization_id == organization_id
    names = connection.scalars(select(domains.c.name).where(mine, domains.c.state == "verified"))
    held = list(names)
    connection.execute(domains.delete().where(mine))
    return held


def get(
    connection: Connection, organization_id: OrganizationId, domain_id: DomainId
) -> Domain | None:
    """None when the organization has no such domain."""
    return _one(connection, _of(organization_id).where(domains.c.id == domain_id))


def by_name(connection: Connection, organization_id: OrganizationId, name: str) -> Domain | None:
    """The organization's own claim."""
    return _one(connection, _of(organization_id).where(domains.c.name == name))


def holder(connection: Connection, name: str) -> Domain | None:
    """Whichever organization's it is: at most one has it."""
    query = select(domains).where(domains.c.name == name, domains.c.state == "verified")
    return _one(connection, query)


def count(connection: Connection, organization_id: OrganizationId) -> int:
    """How many the organization claims, in whatever state."""
    query = select(func.count()).where(domains.c.organization_id == organization_id)
    return connection.execute(query).scalar_one()


def listing(connection: Connection, organization_id: OrganizationId, cut: Cut) -> Page[Domain]:
    """Those of the organization."""
    return page(connection, _of(organization_id), domains.c.id, cut, _read)


def all_of(connection: Connection, organization_id: OrganizationId) -> list[Domain]:
    """Oldest first."""
    return [_read(row) for row in connection.execute(_of(organization_id).order_by(domains.c.id))]


def verified(connection: Connection, organization_id: OrganizationId) -> frozenset[str]:
    """The names that the organization speaks for."""
    return frozenset(connection.scalars(_verified_names(organization_id)))


def speaks_for(
    connection: Connection, organization_id: OrganizationId, user_id: UserId, *emails: str | None
) -> bool:
    """
    Whether the organization has verified the domains of all these addresses, as written, and no
    former holder of them knows the account.
    """
    names = {domain_of(email) for email in emails}
    query = _verified_names(organization_id).where(domains.c.name.in_(names - {None}))
    held = set(connection.scalars(query))
    return held == names and not any(
        domain_holdings.is_left_behind(connection, user_id, name) for name in held
    )


def restricting(connection: Connection, organization_id: OrganizationId) -> frozenset[str]:
    """Those of them outside of which nobody is to be invited or added."""
    query = _verified_names(organization_id).where(domains.c.restrict_email)
    return frozenset(connection.scalars(query))


def look_at_claims_on(connection: Connection, names: Sequence[str], now: datetime) -> None:
    """Nobody has these names any more: whoever contests one may have it."""
    connection.execute(
        domains.update()
        .where(domains.c.name.in_(names), domains.c.state == "contested")
        .values(next_at=now)
    )


def look_at(connection: Connection, domain: Domain, now: datetime) -> None:
    """A worker does, with its next tick."""
    connection.execute(domains.update().where(_is(domain)).values(next_at=now))


def contested(connection: Connection, names: Sequence[str]) -> frozenset[str]:
    """Those that somebody has proven who does not have them."""
    query = select(domains.c.name).where(domains.c.name.in_(names), domains.c.state == "contested")
    return frozenset(connection.scalars(query))


def take_due(
    connection: Connection, now: datetime, until: datetime, limit: int, share: int
) -> list[Domain]:
    """
    Of each organization those that have waited longest, `share` at most, and in turns: one of each,
    then a second one. Nobody else takes them before `until`, and then somebody does, should whoever
    has taken them be gone.
    """
    c = domains.c
    waiting = (
        select(c.id, c.organization_id, c.next_at)
        .where(c.next_at <= now)
        .order_by(c.next_at)
        .limit(limit * _SEEN_AT_ONCE)
        .subquery()
    )
    turn = func.row_number().over(
        partition_by=waiting.c.organization_id, order_by=waiting.c.next_at
    )
    turns = select(waiting.c.id, waiting.c.next_at, turn.label("turn")).subquery()
    chosen = (
        select(turns.c.id)
        .where(turns.c.turn <= share)
        .order_by(turns.c.turn, turns.c.next_at)
        .limit(limit)
    )
    # Asked again of the rows that are locked: another worker may have taken some since.
    due = select(c.id).where(c.id.in_(chosen), c.next_at <= now).with_for_update(skip_locked=True)
    taken = domains.update().where(domains.c.id.in_(due)).values(next_at=until)
    return [_read(row) for row in connection.execute(taken.returning(domains))]


def put_back(connection: Connection, left: Sequence[Domain], now: datetime) -> None:
    """Those taken in one go that nobody has come to look at are due, but for what has changed."""
    until = left[0].next_at
    connection.execute(
        domains.update()
        .where(domains.c.id.in_([one.id for one in left]), domains.c.next_at == until)
        .values(next_at=now)
    )


_SEEN_AT_ONCE = 20
"""So many times what is taken is looked through for whose turn it is."""
_CHECKED = {
    "id": "text",
    "token": "text",
    "state": "text",
    "attempts": "integer",
    "next_at": "timestamptz",
    "last_check": "text",
    "last_seen_at": "timestamptz",
}
_KEEP_CHECKS = BulkStatement(
    """
    UPDATE domains SET attempts = r.attempts, next_at = r.next_at,
        last_check = r.last_check, last_seen_at = r.last_seen_at
    FROM {rows} WHERE domains.id = r.id AND domains.token = r.token AND domains.state = r.state
    """,
    _CHECKED,
)


def keep_checks(connection: Connection, checked: Sequence[Domain]) -> None:
    """What was seen of those that stay what they are, of any organization, and untold."""
    _KEEP_CHECKS.run(connection, [_values(one, _CHECKED) for one in checked])


def _verified_names(organization_id: OrganizationId) -> Select[Any]:
    return select(domains.c.name).where(
        domains.c.organization_id == organization_id, domains.c.state == "verified"
    )


def _of(organization_id: OrganizationId) -> Select[Any]:
    return select(domains).where(domains.c.organization_id == organization_id)


def _is(domain: Domain) -> Any:
    return (domains.c.organization_id == domain.organization_id) & (domains.c.id == domain.id)


def _one(connection: Connection, query: Select[Any]) -> Domain | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def _values(domain: Domain, names: Iterable[str] = Domain.__slots__) -> dict[str, Any]:
    # Not `asdict`, which copies the observations deeply: a fifth of what polling took.
    given = {name: getattr(domain, name) for name in (*names, "last_check")}
    values = encoded(given, "last_check")
    if "auto_join" in values:
        values["joins_by_approval"] = domain.auto_join == "approval"
        values["auto_join"] = "role" if domain.auto_join == "role" else "off"
    return values


def _read(row: Row[*tuple[Any, ...]]) -> Domain:
    values = decoded(row, "last_check")
    if values.pop("joins_by_approval"):
        values["auto_join"] = "approval"
    return Domain(**values)

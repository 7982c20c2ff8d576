"""
What was told up to a moment, found by whom it is of: what it costs grows with the history of those
few, and not with the organization's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from provisioning.ids import MembershipId, OrganizationId
from provisioning.store import events
from provisioning.store.event_tables import (
    GRANTED_ROLE,
    HINTS,
    NEWCOMER,
    OF_GRANTS,
    OF_HISTORY,
    OF_MAPPINGS,
    OF_NEWCOMERS,
    SUBJECT,
)
from provisioning.store.people_tables import memberships
from provisioning.store.sql import Statement

_TOLD = """
    SELECT id, type, timestamp, sequence, organization_id, data, previous_attributes, context
    FROM events{hint} WHERE organization_id = :organization_id AND ({subject}) = ANY(:subjects)
        AND timestamp <= :until AND {history}
    ORDER BY sequence
"""
_TEXTS = {
    dialect: _TOLD.format(hint=HINTS[dialect], subject=subject, history=OF_HISTORY)
    for dialect, subject in SUBJECT.items()
}
# A later sequence may have been told a moment earlier: two writers take the time, then wait.
_OF_SUBJECTS = Statement(_TEXTS["postgresql"], sqlite=_TEXTS["sqlite"])
_OF_MAPPINGS = Statement(
    f"""
    SELECT id, type, timestamp, sequence, organization_id, data, previous_attributes, context
    FROM events WHERE organization_id = :organization_id AND {OF_MAPPINGS} AND timestamp <= :until
    ORDER BY sequence
    """
)


_TOLD_OF_NEWCOMERS = """
    SELECT id, type, timestamp, sequence, organization_id, data, previous_attributes, context
    FROM events WHERE organization_id || '' = :organization_id
        AND ({newcomer}) = ANY(:subjects) AND timestamp <= :until AND {which}
    ORDER BY sequence
"""
_NEWCOMERS = {
    dialect: _TOLD_OF_NEWCOMERS.format(newcomer=newcomer, which=OF_NEWCOMERS)
    for dialect, newcomer in NEWCOMER.items()
}
_OF_NEWCOMERS = Statement(_NEWCOMERS["postgresql"], sqlite=_NEWCOMERS["sqlite"])


def of_subjects(
    connection: Connection,
    organization_id: OrganizationId,
    subjects: Sequence[str],
    until: datetime,
) -> list[dict[str, Any]]:
    """
    In order: what was told of these memberships (with their grants), directory users and groups
    (with the groups that they joined or left), mappings and directories.
    """
    if not subjects:
        return []
    bound = {"organization_id": organization_id, "subjects": list(subjects), "until": until}
    return list(events.read(_OF_SUBJECTS.run(connection, bound)))


def of_newcomers(
    connection: Connection,
    organization_id: OrganizationId,
    directory_users: Sequence[str],
    until: datetime,
) -> list[dict[str, Any]]:
    """In order: what was told of their being kept out."""
    bound = {"organization_id": organization_id, "subjects": list(directory_users), "until": until}
    return list(events.read(_OF_NEWCOMERS.run(connection, bound)))


def of_mappings(
    connection: Connection, organization_id: OrganizationId, until: datetime
) -> list[dict[str, Any]]:
    """In order: what was told of all mappings."""
    bound = {"organization_id": organization_id, "until": until}
    return list(events.read(_OF_MAPPINGS.run(connection, bound)))


def _granted(comparison: str, order: str) -> Statement:
    text = {
        dialect: f"""
            SELECT DISTINCT ({subject}) AS subject FROM events
            WHERE organization_id = :organization_id AND {OF_GRANTS}
                AND ({GRANTED_ROLE[dialect]}) = :role AND ({subject}) {comparison} :edge
                AND timestamp <= :until
            ORDER BY subject {order} LIMIT :limit
        """
        for dialect, subject in SUBJECT.items()
    }
    return Statement(text["postgresql"], sqlite=text["sqlite"])


_GRANTED_AFTER = _granted(">", "ASC")
_GRANTED_BEFORE = _granted("<", "DESC")


def members(
    connection: Connection,
    organization_id: OrganizationId,
    until: datetime,
    edge: str | None,
    limit: int,
    *,
    backwards: bool,
    user_id: str | None = None,
    role: str | None = None,
    among: Sequence[MembershipId] | None = None,
) -> list[MembershipId]:
    """
    Behind the id `edge`, or in front of it and from there: who may have been a member by then, with
    `role` whoever had been granted a role of that name; of `among`, if they are given.
    """
    if role is not None and user_id is None and among is None:
        statement = _GRANTED_BEFORE if backwards else _GRANTED_AFTER
        bound = {
            "organization_id": organization_id,
            "role": role,
            "edge": edge or "",
            "until": until,
            "limit": limit,
        }
        return [MembershipId(row[0]) for row in statement.run(connection, bound)]
    key = memberships.c.id
    query = select(key).where(
        memberships.c.organization_id == organization_id, memberships.c.created_at <= until
    )
    if user_id is not None:
        query = query.where(memberships.c.user_id == user_id)
    if among is not None:
        query = query.where(key.in_(among))
    if edge is not None:
        query = query.where(key < edge if backwards else key > edge)
    rows = connection.execute(query.order_by(key.desc() if backwards else key).limit(limit))
    return [MembershipId(row[0]) for row in rows]

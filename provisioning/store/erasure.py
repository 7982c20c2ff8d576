"""
Takes what is personal out of an organization's rows, and out of accounts that nobody has anything
of any more. Rows that others refer to stay, with their ids; tombstones go whole.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import get_args

import orjson
from sqlalchemy import Connection

from provisioning.clock import rfc3339
from provisioning.events import EventType
from provisioning.folding import fold
from provisioning.ids import ORGANIZATION, OrganizationId, UserId, is_of
from provisioning.redaction import NOUNS, redacted
from provisioning.store import join_requests
from provisioning.store.bulk import BulkStatement
from provisioning.store.event_tables import HINTS, OF_HISTORY, SUBJECT
from provisioning.store.sql import Statement
from provisioning.store.traces import Traces

_LOCK_ACCOUNTS = Statement(
    "SELECT u.id FROM users u WHERE u.id = ANY(:users) ORDER BY u.id FOR UPDATE OF u"
)
# Whose account nobody has any more: made by a directory and in its hands to the end, or deleted,
# and no organization has, or had, the person without having purged them.
_ABANDONED = Statement(
    """
    SELECT id, email_key FROM users
    WHERE id = ANY(:users) AND purged_at IS NULL
        AND (
            (authority_directory_id IS NOT NULL AND provisioned_by = 'directory')
            OR deleted_at IS NOT NULL
        )
        AND NOT EXISTS (
            SELECT 1 FROM memberships m WHERE m.user_id = users.id AND m.purged_at IS NULL
        )
        AND NOT EXISTS (
            SELECT 1 FROM join_requests j WHERE j.user_id = users.id AND j.status = 'pending'
        )
    ORDER BY id
    """
)
_PURGE_ACCOUNTS = Statement(
    """
    UPDATE users SET email = NULL, email_key = NULL, awaited_email_key = NULL, display_name = NULL,
        given_name = NULL, family_name = NULL, external_id = NULL, phone_number = NULL,
        picture_url = NULL, metadata = '{}', version = version + 1, updated_at = :now,
        purged_at = :now, deleted_at = COALESCE(deleted_at, :now)
    WHERE id = ANY(:users)
    """
)
_FORGET_SIGN_INS = Statement("DELETE FROM sign_in_identities WHERE user_id = ANY(:users)")
# What the person is called by this organization's own connections.
_FORGET_SIGN_INS_HERE = Statement(
    """
    DELETE FROM sign_in_identities WHERE user_id = ANY(:users) AND issuer_id IN (
        SELECT id FROM issuers WHERE organization_id = :organization_id
    )
    """
)
_FORGET_IDENTITIES = Statement(
    "DELETE FROM identities WHERE organization_id = :organization_id AND user_id = ANY(:users)"
)
_FORGET_CONFLICTS = Statement(
    """
    DELETE FROM conflicts
    WHERE organization_id = :organization_id AND directory_user_id = ANY(:directory_users)
    """
)
_FORGET_HELD = Statement(
    """
    DELETE FROM held_newcomers
    WHERE organization_id = :organization_id AND directory_user_id = ANY(:directory_users)
    """
)
_FORGET_TOMBSTONES = Statement(
    """
    DELETE FROM directory_users
    WHERE organization_id = :organization_id AND id = ANY(:directory_users)
    """
)
_FORGET_SET_ASIDE = Statement(
    """
    DELETE FROM set_aside_notes
    WHERE organization_id = :organization_id AND key = ANY(:directory_users)
    """
)
_REDACT_INVITATIONS = Statement(
    """
    UPDATE invitations SET email = '', email_key = '', metadata = '{}', token_hash = NULL
    WHERE organization_id = :organization_id AND id = ANY(:invitations)
    """
)
_REDACT_AUDIT_TRAIL = Statement(
    """
    UPDATE audit_entries SET ip_address = NULL, user_agent = NULL
    WHERE target = ANY(:subjects) AND (
        organization_id = :organization_id OR organization_id IS NULL
    )
    """
)
# The first ones by the index of subjects; the others, which it does not have, are few.
_EVENTS = """
    SELECT id, type, data, previous_attributes, context FROM events{hint}
    WHERE organization_id = :organization_id AND ({subject}) = ANY(:subjects) AND {of_history}
        AND type = ANY(:types)
    UNION ALL
    SELECT id, type, data, previous_attributes, context FROM events
    WHERE organization_id = :organization_id AND type = ANY(:types) AND NOT {of_history}
        AND ({subject}) = ANY(:subjects)
"""
_TEXTS = {
    dialect: _EVENTS.format(hint=HINTS[dialect], subject=subject, of_history=OF_HISTORY)
    for dialect, subject in SUBJECT.items()
}
_OF_SUBJECTS = Statement(_TEXTS["postgresql"], sqlite=_TEXTS["sqlite"])
# Appending nothing keeps SQLite from walking all of the organization's events for each row.
_REDACT_EVENTS = BulkStatement(
    """
    UPDATE events SET data = r.data, previous_attributes = r.previous, context = r.context
    FROM {rows} WHERE events.id = r.id AND events.organization_id || '' = :organization_id
    """,
    {"id": "text", "data": "text", "previous": "text", "context": "text"},
)
_PERSONAL = tuple(
    sorted(
        event_type
        for event_type in get_args(EventType)
        if event_type.partition(".")[0] in NOUNS
        and event_type != "organization_membership.purged"  # has nothing in it from the beginning
    )
)
# What was planned about somebody who is nobody any more is stale, whatever else it is about.
# By the index of plans: actions have none of their own but by plan.
_PLANNED = Statement(
    """
    SELECT plan_id, action FROM plan_actions
    WHERE organization_id = :organization_id AND plan_id IN (
        SELECT id FROM plans WHERE organization_id = :organization_id)
    """
)
_FORGET_PLANS = (
    Statement(
        """
        DELETE FROM plan_actions
        WHERE organization_id = :organization_id AND plan_id = ANY(:plans)
        """
    ),
    Statement("DELETE FROM plans WHERE organization_id = :organization_id AND id = ANY(:plans)"),
)
# To this organization, and to whoever asks for all of them.
_ANSWERS = Statement(
    """
    SELECT a.api_key_id, a.key, a.body, k.organization_id
    FROM idempotent_answers a JOIN api_keys k ON k.id = a.api_key_id
    WHERE k.organization_id = :organization_id OR k.organization_id IS NULL
    """
)
_HELD = Statement("SELECT email_key FROM users WHERE email_key = ANY(:addresses)")
_FORGET_ANSWERS = BulkStatement(
    """
    DELETE FROM idempotent_answers
    WHERE (api_key_id, key) IN (SELECT r.api_key_id, r.key FROM {rows})
    """,
    {"api_key_id": "text", "key": "text"},
)
_WORDS = re.compile(r'[^\s"\\,:{}\[\]<>()]+')


def accounts(
    connection: Connection, users: Sequence[UserId], now: datetime
) -> dict[UserId, str | None]:
    """
    Purges those that are nobody's any more: which they were, with the addresses they held. Two
    organizations that let go of the last of a person at once wait for each other here.
    """
    bound = {"users": sorted(users), "now": now}
    _LOCK_ACCOUNTS.run(connection, bound).all()
    purged = {row.id: row.email_key for row in _ABANDONED.run(connection, bound)}
    if purged:
        bound = {"users": sorted(purged), "now": now}
        _FORGET_SIGN_INS.run(connection, bound)
        _PURGE_ACCOUNTS.run(connection, bound)
        join_requests.forget_everywhere(connection, sorted(purged))
    return purged


def rows(
    connection: Connection,
    organization_id: OrganizationId,
    traces: Traces,
    purged: Sequence[UserId],
    now: datetime,
) -> None:
    """
    Everything that the organization has of these people, events included: after theirs are told.
    `purged` are those whose accounts have gone.
    """
    here = {"organization_id": organization_id, "users": list(traces.users)}
    listed = {**here, "directory_users": list(traces.directory_users)}
    _FORGET_SIGN_INS_HERE.run(connection, here)
    _FORGET_IDENTITIES.run(connection, here)
    _FORGET_CONFLICTS.run(connection, listed)
    _FORGET_SET_ASIDE.run(connection, listed)
    _FORGET_HELD.run(connection, listed)
    _FORGET_TOMBSTONES.run(connection, listed)
    join_requests.forget_addresses(connection, organization_id, traces.users)
    _REDACT_INVITATIONS.run(connection, {**here, "invitations": list(traces.invitations)})
    concerned = [*traces.subjects, *purged]
    _REDACT_AUDIT_TRAIL.run(connection, {**here, "subjects": concerned})
    redact_events(connection, organization_id, traces.subjects, now)
    _forget_plans(connection, organization_id, traces)
    _forget_answers(connection, organization_id, traces, purged)


def redact_events(
    connection: Connection,
    organization_id: OrganizationId,
    subjects: Sequence[str],
    now: datetime,
) -> None:
    """What has been told of these ids: nobody is named in it any more."""
    here = {"organization_id": organization_id}
    bound = {**here, "types": list(_PERSONAL), "subjects": subjects}
    changed = []
    for row in _OF_SUBJECTS.run(connection, bound):
        before = None if row.previous_attributes is None else orjson.loads(row.previous_attributes)
        data, previous = redacted(row.type, orjson.loads(row.data), before)
        context = {**orjson.loads(row.context), "redacted_at": rfc3339(now)}
        changed.append(
            {
                "id": row.id,
                "data": orjson.dumps(data).decode(),
                "previous": None if previous is None else orjson.dumps(previous).decode(),
                "context": orjson.dumps(context).decode(),
            }
        )
    _REDACT_EVENTS.run(connection, changed, here)


def _forget_plans(connection: Connection, organization_id: OrganizationId, traces: Traces) -> None:
    here, names = {"organization_id": organization_id}, traces.names
    about = {
        row.plan_id
        for row in _PLANNED.run(connection, here)
        if not names.isdisjoint(_words(row.action))
    }
    if about:
        for forget in _FORGET_PLANS:
            forget.run(connection, {**here, "plans": sorted(about)})


def _forget_answers(
    connection: Connection,
    organization_id: OrganizationId,
    traces: Traces,
    purged: Sequence[UserId],
) -> None:
    """
    Those that may still be asked for again, and name one of these people: they are a day old. What
    was answered of another organization, or of an account that is still there, is not ours.
    """
    held = _HELD.run(connection, {"addresses": list(traces.addresses)})
    gone = {*traces.addresses} - {row.email_key for row in held}
    elsewhere = frozenset({*traces.subjects, *purged, *gone})
    about = []
    for row in _ANSWERS.run(connection, {"organization_id": organization_id}):
        words = _words(row.body)
        if row.organization_id is not None:
            is_meant = not traces.names.isdisjoint(words)
        else:
            others = any(is_of(word, ORGANIZATION) for word in words - {organization_id})
            is_meant = not others and not elsewhere.isdisjoint(words)
        if is_meant:
            about.append({"api_key_id": row.api_key_id, "key": row.key})
    _FORGET_ANSWERS.run(connection, about)


def _words(text: str) -> set[str]:
    return set(map(fold, _WORDS.findall(text)))

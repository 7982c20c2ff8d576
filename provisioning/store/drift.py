"""
Of many people those who may not be as their directories say, found by comparing sets in one
statement: nothing of anybody else is loaded. Whoever is found is looked at by the plan, which
decides; so this may name too many, and must never name too few. A test holds it to that. What is
foreseen for who leaves is compared by `provisioning.differing`, by the plan's own rule.
"""

from sqlalchemy import Connection

from provisioning.ids import DirectoryId, DirectoryUserId, OrganizationId
from provisioning.reconcile.facts import RoleMode
from provisioning.store.mapped_roles import GIVING
from provisioning.store.sql import Statement

# PostgreSQL may take thousands for one (ADR 32): nothing is joined by the organization alone
# (`|| ''` is no index's condition), and what is IN others is hashed where it is no condition of its
# own (`IS TRUE`).
_LOOKED_AT = """
    looked AS MATERIALIZED (
        SELECT u.id, u.external_id, u.user_name_folded, u.active, u.email, u.directory_id,
            u.deleted_at IS NULL AND d.deleting_at IS NULL AS lives,
            i.external_id AS known_external_id, i.user_name_folded AS known_user_name,
            a.id AS user_id, a.email_key, a.email AS shown_email, a.display_name, a.given_name,
            a.family_name, a.authority_directory_id AS authority,
            u.directory_id = a.authority_directory_id
                AND u.email IS NOT DISTINCT FROM a.email
                AND u.display_name IS NOT DISTINCT FROM a.display_name
                AND u.given_name IS NOT DISTINCT FROM a.given_name
                AND u.family_name IS NOT DISTINCT FROM a.family_name AS is_followed,
            m.id AS membership_id, m.status, m.directory_managed, m.told_profile,
            m.suspended_by_admin_at IS NOT NULL AS kept_out, m.lost_at, m.lost_by_directory_id
        FROM (
            SELECT * FROM directory_users
            WHERE organization_id = :organization_id AND directory_id = :directory_id
                AND id > :after AND id <= :upto AND deleted_at IS NULL
            UNION ALL
            SELECT * FROM directory_users
            WHERE organization_id = :organization_id AND directory_id = :directory_id
                AND id > :after AND id <= :upto AND deleted_at IS NOT NULL
                AND EXISTS (
                    SELECT 1 FROM identities WHERE directory_user_id = directory_users.id)
        ) AS u
        JOIN directories d ON d.id = u.directory_id
        LEFT JOIN identities i ON i.directory_user_id = u.id
        LEFT JOIN users a ON a.id = i.user_id
        LEFT JOIN memberships m
            ON m.user_id = i.user_id AND m.organization_id = i.organization_id
                AND m.purged_at IS NULL
    )
"""
# What else the directories of the organization say of the same users now.
_ELSEWHERE = """
    others AS MATERIALIZED (
        SELECT l.id AS person, l.authority, l.shown_email, l.display_name, l.given_name,
            l.family_name, i.directory_user_id
        FROM looked l JOIN identities i ON i.user_id = l.user_id
            AND i.organization_id || '' = :organization_id AND i.directory_user_id <> l.id
    ), elsewhere AS MATERIALIZED (
        SELECT o.person, u.id, u.active, u.email,
            u.directory_id = o.authority
                AND u.email IS NOT DISTINCT FROM o.shown_email
                AND u.display_name IS NOT DISTINCT FROM o.display_name
                AND u.given_name IS NOT DISTINCT FROM o.given_name
                AND u.family_name IS NOT DISTINCT FROM o.family_name AS is_followed
        FROM others o
        JOIN directory_users u ON u.id = o.directory_user_id AND u.deleted_at IS NULL
        WHERE NOT EXISTS (
            SELECT 1 FROM directories WHERE id = u.directory_id AND deleting_at IS NOT NULL)
    )
"""
_OFFERED = """
    inside AS MATERIALIZED (
        SELECT m.member_id, giving.* FROM giving
        JOIN directory_group_members m ON m.group_id = giving.group_id
            AND m.member_id > :after AND m.member_id <= :upto
            AND m.removed_at IS NULL AND m.organization_id = :organization_id
    ), offered AS (
        SELECT member_id AS person, role_id, 'mapping' AS source_type, mapping_id AS source_id,
            workspace_id
        FROM inside
        WHERE (member_id IN (SELECT id FROM looked WHERE lives)) IS TRUE
        UNION
        SELECT e.person, giving.role_id, 'mapping', giving.mapping_id, giving.workspace_id
        FROM elsewhere e
        JOIN directory_group_members m ON m.member_id = e.id
            AND m.removed_at IS NULL AND m.organization_id = :organization_id
        JOIN giving ON giving.group_id = m.group_id
        UNION
        SELECT l.id, :default_role_id, 'default', '', '' FROM looked l
        WHERE l.lives OR l.id IN (SELECT person FROM elsewhere)
    )
"""
_WANTED = {
    "union": "wanted AS MATERIALIZED (SELECT * FROM offered)",
    "highest": """
    wanted AS MATERIALIZED (
        SELECT person, role_id, source_type, source_id, workspace_id FROM (
            SELECT f.person, f.role_id, f.source_type, f.source_id, f.workspace_id, r.rank,
                max(r.rank) OVER (PARTITION BY f.person, f.workspace_id) AS top
            FROM offered f JOIN roles r ON r.id = f.role_id
        ) AS ranked
        WHERE rank = top
    )
    """,
}
_UNEQUAL = """
    held AS MATERIALIZED (
        SELECT l.id AS person, g.role_id, g.source_type, g.source_id, g.workspace_id
        FROM looked l JOIN grants g ON g.membership_id = l.membership_id
        WHERE g.organization_id || '' = :organization_id AND g.revoked_at IS NULL
            AND g.source_type <> 'direct'
    ), unequal AS (
        SELECT person FROM (SELECT * FROM wanted EXCEPT SELECT * FROM held) AS lacking
        UNION
        SELECT person FROM (SELECT * FROM held EXCEPT SELECT * FROM wanted) AS surplus
    )
"""
# Folding is ours, not the database's: of what is not ASCII every one may be meant.
_INVITED = """
    addressed AS (
        SELECT id AS person, email FROM looked UNION ALL SELECT person, email FROM elsewhere
    ), invited AS (
        SELECT d.person FROM addressed d
        JOIN invitations v ON v.email_key = lower(d.email COLLATE "C")
        WHERE v.organization_id = :organization_id AND v.status = 'pending'
        UNION
        SELECT d.person FROM addressed d
        WHERE octet_length(d.email) <> length(d.email) AND EXISTS (
            SELECT 1 FROM invitations
            WHERE organization_id = :organization_id AND status = 'pending')
    )
"""
# Newcomers whom the scope keeps out, of whom nothing has changed that bears on it: neither scope,
# decision, address nor domains; and who are nobody here by any other way.
_KEPT_OUT = """
    kept_out AS (
        SELECT l.id FROM looked l
        JOIN held_newcomers h ON h.directory_user_id = l.id
        JOIN organizations o ON o.id = :organization_id AND o.provisioning_scope <> 'accept'
        WHERE l.lives AND l.user_id IS NULL
            AND ((l.email IS NULL AND h.email_key IS NULL) OR (
                octet_length(l.email) = length(l.email)
                AND h.email_key = lower(l.email COLLATE "C")))
            AND CASE WHEN h.decided_by IS NULL
                THEN h.decision IS NOT DISTINCT FROM CASE
                    WHEN o.provisioning_scope = 'refuse' THEN 'rejected' END
                ELSE h.decision = 'rejected' END
            AND NOT EXISTS (
                SELECT 1 FROM domains n
                WHERE n.organization_id = :organization_id AND n.state IN ('verified', 'lapsed')
                    AND substr(rtrim(h.email_key, '.'),
                        length(rtrim(h.email_key, '.')) - length(n.name)) = '@' || n.name)
            AND NOT EXISTS (
                SELECT 1 FROM conflicts c WHERE c.directory_user_id = l.id)
            AND NOT EXISTS (
                SELECT 1 FROM users a JOIN memberships m ON m.user_id = a.id
                    AND m.organization_id || '' = :organization_id AND m.status <> 'removed'
                WHERE a.email_key = h.email_key)
            AND NOT EXISTS (
                SELECT 1 FROM identities i
                JOIN directory_users gone ON gone.id = i.directory_user_id
                    AND gone.deleted_at IS NOT NULL
                WHERE i.directory_id = l.directory_id AND (
                    i.external_id = l.external_id OR i.user_name_folded = l.user_name_folded))
            AND l.id NOT IN (SELECT person FROM invited)
    )
"""
_DIFFERING = """
    SELECT l.id FROM looked l
    WHERE l.id NOT IN (SELECT id FROM kept_out) AND (l.membership_id IS NULL
        OR l.external_id IS DISTINCT FROM l.known_external_id
        OR l.user_name_folded <> l.known_user_name
        OR l.status <> CASE
            WHEN (l.lives AND l.active) OR l.id IN (SELECT person FROM elsewhere WHERE active)
                THEN CASE WHEN l.kept_out THEN 'suspended' ELSE 'active' END
            WHEN l.lives OR l.id IN (SELECT person FROM elsewhere) THEN 'suspended'
            ELSE 'removed' END
        OR NOT l.directory_managed
        OR (l.shown_email IS NOT NULL AND l.email_key IS NULL)
        OR (l.authority IS NULL AND (l.lives OR l.id IN (SELECT person FROM elsewhere))
            AND EXISTS (
                SELECT 1 FROM domains
                WHERE organization_id = :organization_id AND state = 'verified'))
        OR (l.authority IS NOT NULL AND NOT (l.lives AND l.is_followed)
            AND l.id NOT IN (SELECT person FROM elsewhere WHERE is_followed)
            AND (l.lives OR l.id IN (SELECT person FROM elsewhere)))
        OR jsonb_build_object('email', l.shown_email, 'display_name', l.display_name,
            'given_name', l.given_name, 'family_name', l.family_name)
            <> CAST(l.told_profile AS jsonb)
        OR l.id IN (SELECT person FROM unequal)
        OR l.id IN (SELECT person FROM invited)
        OR l.membership_id IN (
            SELECT membership_id FROM parked_changes WHERE organization_id = :organization_id)
        OR (l.lost_at IS NOT NULL AND EXISTS (
            SELECT 1 FROM directory_breakers b
            WHERE b.directory_id = l.lost_by_directory_id AND b.tripped_at IS NOT NULL
                AND b.since <= l.lost_at)))
    ORDER BY l.id
"""


def _statement(role_mode: RoleMode) -> Statement:
    roles = (_OFFERED, _WANTED[role_mode], _UNEQUAL)
    parts = (GIVING, _LOOKED_AT, _ELSEWHERE, *roles, _INVITED, _KEPT_OUT)
    text = f"WITH RECURSIVE {','.join(parts)} {_DIFFERING}"
    return Statement(
        text,
        sqlite=text.replace("jsonb_build_object(", "json_object(")
        .replace("CAST(l.told_profile AS jsonb)", "json(l.told_profile)")
        .replace(' COLLATE "C"', "")
        .replace("octet_length(d.email)", "length(CAST(d.email AS BLOB))")
        .replace("octet_length(l.email)", "length(CAST(l.email AS BLOB))"),
    )


_BY_ROLE_MODE: dict[RoleMode, Statement] = {
    "union": _statement("union"),
    "highest": _statement("highest"),
}
_ORGANIZATION = Statement(
    "SELECT default_role_id, role_mode FROM organizations WHERE id = :organization_id"
)


def differing(
    connection: Connection,
    organization_id: OrganizationId,
    directory_id: DirectoryId,
    after: str,
    upto: str,
) -> list[DirectoryUserId]:
    """
    Of the people a directory knows, or has deleted, with ids behind `after` and not behind `upto`;
    in the order of their ids.
    """
    here = {"organization_id": organization_id}
    default_role_id, role_mode = _ORGANIZATION.run(connection, here).one()
    bound = {
        **here,
        "default_role_id": default_role_id,
        "directory_id": directory_id,
        "after": after,
        "upto": upto,
    }
    return [row.id for row in _BY_ROLE_MODE[role_mode].run(connection, bound)]

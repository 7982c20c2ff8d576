"""What a database error means to us: PostgreSQL names the constraint, SQLite the columns."""

import traceback
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from provisioning.errors import Collision, ProvisioningError, Taken, Unavailable

_TAKEN = {
    "uq_organizations_name": ("organization", "name"),
    "organizations.name": ("organization", "name"),
    "uq_organizations_slug": ("organization", "slug"),
    "organizations.slug": ("organization", "slug"),
    "uq_organizations_external_id": ("organization", "external_id"),
    "organizations.external_id": ("organization", "external_id"),
    "uq_users_external_id": ("user", "external_id"),
    "users.external_id": ("user", "external_id"),
    "uq_roles_organization_id_name": ("role", "name"),
    "roles.organization_id, roles.name": ("role", "name"),
    "uq_workspaces_organization_id_name": ("workspace", "name"),
    "workspaces.organization_id, workspaces.name": ("workspace", "name"),
    "uq_workspaces_organization_id_external_id": ("workspace", "external_id"),
    "workspaces.organization_id, workspaces.external_id": ("workspace", "external_id"),
    "uq_connections_external_id": ("connection", "external_id"),
    "connections.external_id": ("connection", "external_id"),
    "uq_issuers_issuer": ("issuer", "issuer"),
    "issuers.issuer": ("issuer", "issuer"),
    "uq_invitations_organization_id_email_key": ("invitation", "email"),
    "invitations.organization_id, invitations.email_key": ("invitation", "email"),
    "uq_directory_users_user_name": ("User", "userName"),
    "directory_users.directory_id, directory_users.user_name_folded": ("User", "userName"),
    "uq_directory_groups_display_name": ("Group", "displayName"),
    "directory_groups.directory_id, directory_groups.display_name_folded": (
        "Group",
        "displayName",
    ),
    "uq_mappings_group_id_role_id_workspace_id": ("mapping", "group and role"),
    "mappings.group_id, mappings.role_id, mappings.workspace_id": ("mapping", "group and role"),
}
# Whoever writes these has looked before: somebody else was faster.
_RACES = frozenset(
    {
        "uq_users_email_key",
        "users.email_key",
        "uq_sign_in_identities_issuer_id_subject",
        "sign_in_identities.issuer_id, sign_in_identities.subject",
        "uq_sync_runs_active",
        "sync_runs.directory_id",
        "uq_domains_verified_name",
        "domains.name",
    }
)
_COLLISIONS = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected: nothing was written, and the same again may succeed."""
_AWAY = frozenset({"57P01", "57P02", "57P03", "53300", "55P03"})
"""The server's shutdowns, too many connections, lock timeout."""
_WHOLE = frozenset({"08", "25", "28", "40", "42", "53", "55", "58"})
"""
Classes of SQLSTATE in which every row fails alike: connection, transaction state (a standby that is
read-only), authorization, rollback, syntax and privileges, resources, object state, system.
"""


def translated(error: DBAPIError) -> ProvisioningError | None:
    """The domain's word for it; None when it is a defect and must stay what it is."""
    if isinstance(error, IntegrityError):
        constraint = _constraint(error)
        if constraint in _RACES:
            return Collision()
        taken = _TAKEN.get(constraint)
        return None if taken is None else Taken(*taken)
    state = getattr(error.orig, "sqlstate", None)
    if state in _COLLISIONS:
        return Collision()
    if error.connection_invalidated or _is_away(error, state):
        return Unavailable(reason(error))
    return None


def is_about_rows(error: Exception) -> bool:
    """
    Whether some of the rows that were read or written are to blame, so that a transaction without
    them may succeed. A unique index that refuses again and again is no race any more.
    """
    if isinstance(error, Collision):
        return isinstance(error.__cause__, IntegrityError)
    if isinstance(error, DBAPIError):
        return (getattr(error.orig, "sqlstate", None) or "")[:2] not in _WHOLE
    return not isinstance(error, Unavailable)


def kind(error: Exception) -> str:
    """The class of the error: the driver's, where there is one."""
    found = _of_database(error)
    return type(error if found is None else found.orig).__name__


def whereabouts(error: Exception) -> str:
    """
    Names of ours and no words of the error's, in which there may be addresses: SQLSTATE, table,
    column, constraint or trigger function, SQLite's code; or the file and line of a defect.
    """
    found = _of_database(error)
    diagnostics = getattr(getattr(found, "orig", None), "diag", None)
    if diagnostics is not None:
        function = (diagnostics.context or "").partition("\n")[0]
        names = (
            diagnostics.sqlstate,
            diagnostics.table_name,
            diagnostics.column_name,
            diagnostics.constraint_name,
            # Other contexts quote data ("JSON data, line 1: …").
            function if function.startswith("PL/pgSQL function ") else None,
        )
        return " ".join(name for name in names if name)
    code = getattr(getattr(found, "orig", None), "sqlite_errorname", None)
    if code is not None:
        # Of SQLite's own words the names of the columns are safe; a trigger's may say anything.
        named = code in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_NOTNULL"}
        columns = str(getattr(found, "orig", "")).partition(" constraint failed: ")[2]
        return f"{code} {columns}" if named else str(code)
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _of_database(error: Exception) -> DBAPIError | None:
    for found in (error, error.__cause__):
        if isinstance(found, DBAPIError):
            return found
    return None


def reason(error: DBAPIError) -> str:
    """The driver's own first words, in which there are no parameters."""
    return str(error.orig).strip().partition("\n")[0]


def _constraint(error: IntegrityError) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return str(diagnostics.constraint_name)
    return str(error.orig).removeprefix("UNIQUE constraint failed: ")


def _is_away(error: DBAPIError, state: str | None) -> bool:
    if state is not None:
        return state in _AWAY or state.startswith("08")
    # No SQLSTATE: PostgreSQL was not reached at all, or SQLite is busy or cannot open its file.
    return isinstance(error, OperationalError)

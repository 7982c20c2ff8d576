"""What a database error means to us: PostgreSQL names the constraint, SQLite the columns."""

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from provisioning.errors import Collision, ProvisioningError, Taken, Unavailable

_TAKEN = {
    "uq_directory_users_user_name": ("User", "userName"),
    "directory_users.directory_id, directory_users.user_name_folded": ("User", "userName"),
    "uq_directory_groups_display_name": ("Group", "displayName"),
    "directory_groups.directory_id, directory_groups.display_name_folded": (
        "Group",
        "displayName",
    ),
    "uq_mappings_group_id_role_id": ("mapping", "group and role"),
    "mappings.group_id, mappings.role_id": ("mapping", "group and role"),
}
# Only a drain writes these, after it has looked: somebody else was faster.
_RACES = frozenset({"uq_users_email_key", "users.email_key"})
_COLLISIONS = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected: nothing was written, and the same again may succeed."""
_AWAY = frozenset({"57P01", "57P02", "57P03", "53300", "55P03"})
"""The server's shutdowns, too many connections, lock timeout."""


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

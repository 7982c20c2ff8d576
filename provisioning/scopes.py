"""What an API key may be allowed to do: `<verb>:<resources>`, and `*` for all of it."""

EVERYTHING = "*"

_VERBS = ("read", "create", "update", "delete")
_RESOURCES = (
    "organizations",
    "users",
    "memberships",
    "roles",
    "workspaces",
    "invitations",
    "connections",
    "issuers",
    "directories",
    "mappings",
    "conflicts",
    "domains",
    "api_keys",
)
SCOPES = frozenset(
    {
        *(f"{verb}:{resource}" for verb in _VERBS for resource in _RESOURCES),
        "read:events",
        "read:audit_entries",
        "read:permissions",
        "create:sign_ins",
    }
)
"""`read:permissions` asks `check`; `create:sign_ins` signs in, and finds a connection."""


def covers(granted: tuple[str, ...], scope: str) -> bool:
    """Whether a key with the scopes `granted` may do what asks for `scope`."""
    return scope in granted or EVERYTHING in granted

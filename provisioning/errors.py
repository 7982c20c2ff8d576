"""
Every refusal of the domain. None of them knows HTTP: each front door has one table that translates.

ProvisioningError
├── NotFound          no such thing for this tenant
│   └── UnknownRole   nor a role of this name
├── Taken             the database says another one has this key
├── Invalid           a value is refused
│   └── UnknownMember a group names members that the directory does not have
├── Collision         two wrote the same at once; the one that lost does it again
├── Refused           not now, or not this one: a rule forbids it, and its code says which
├── Stale             the caller's version is not the present one
├── Unavailable       the database cannot answer now; the same call may succeed later
└── Unusable          the database is not one of ours
"""

from collections.abc import Sequence

from provisioning.quoting import quoted


class ProvisioningError(Exception):
    """A refusal with a sentence for the administrator who caused it."""


class NotFound(ProvisioningError):
    """No such thing for this tenant; another tenant's thing is told the same way."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"{kind} {quoted(key)} was not found")
        self.kind = kind
        self.key = key


class UnknownRole(NotFound):
    """The organization cannot grant a role of this name; the sentence says which it can."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__("role", name)
        self.args = (f"no role {quoted(name)}; there are: {', '.join(known)}",)


class Taken(ProvisioningError):
    """Another one of `kind` already has this `attribute`; the constraint decided, not a SELECT."""

    def __init__(self, kind: str, attribute: str) -> None:
        super().__init__(f"{attribute} is already in use by another {kind}")
        self.kind = kind
        self.attribute = attribute


class Invalid(ProvisioningError):
    """`attribute` holds a value that is refused, and `problem` says why."""

    def __init__(self, attribute: str, problem: str) -> None:
        super().__init__(f"{attribute}: {problem}")
        self.attribute = attribute
        self.problem = problem


class UnknownMember(Invalid):
    """Nothing of the change is written: a success would hide the dropped members."""

    def __init__(self, ids: Sequence[str]) -> None:
        named = ", ".join(map(quoted, ids[:10]))
        more = f" and {len(ids) - 10} more" if len(ids) > 10 else ""  # noqa: PLR2004
        super().__init__("members", f"no such user or group in this directory: {named}{more}")
        self.ids = tuple(ids)


class Collision(ProvisioningError):
    """Two wrote the same at once; nothing of this one is written, and doing it again is right."""

    def __init__(self) -> None:
        super().__init__("another change was written at the same moment; try again")


class Refused(ProvisioningError):
    """A rule forbids it as things are; `code` is for programs, the sentence for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Stale(ProvisioningError):
    """The caller's version is not the present one (RFC 7644 §3.14)."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the {kind} has changed since the version in If-Match")
        self.kind = kind


class Unavailable(ProvisioningError):
    """The database cannot answer now; later the same may succeed. `reason` is for operators."""

    def __init__(self, reason: str = "") -> None:
        super().__init__("the service cannot reach its database; try again")
        self.reason = reason


class Unusable(ProvisioningError):
    """The database answers, and it is not one that this program can work with."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not usable: {reason}")
        self.reason = reason

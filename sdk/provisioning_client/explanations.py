"""Why a membership is what it is: sentences for people; programs ask `permissions.check`."""

from dataclasses import dataclass

from provisioning_client.role_sources import RoleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRole:
    """A role that is held."""

    role: str
    why: str
    source: RoleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingRole:
    """A role that mappings give to others; `why` is what stands in the way."""

    role: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`reasons` are of the membership itself."""

    membership_id: str
    status: str
    reasons: tuple[str, ...]
    roles: tuple[ExplainedRole, ...]
    lacking: tuple[LackingRole, ...]

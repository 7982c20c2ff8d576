"""Why a membership is what it is: sentences for people; programs ask `permissions.check`."""

from dataclasses import dataclass

from provisioning_client.mappings import Named
from provisioning_client.role_sources import RoleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedRole:
    """A role that is held. `workspace` None: in the whole organization."""

    role: str
    workspace: Named | None
    why: str
    source: RoleSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LackingRole:
    """A role that mappings give to others; `why` is what stands in the way."""

    role: str
    workspace: Named | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`reasons` are of the membership itself."""

    membership_id: str
    status: str
    reasons: tuple[str, ...]
    roles: tuple[ExplainedRole, ...]
    lacking: tuple[LackingRole, ...]

"""Where a role comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSource:
    """All but `type` are None unless a directory's group gives the role."""

    type: str
    mapping_id: str | None
    group_id: str | None
    group: str | None
    directory_id: str | None

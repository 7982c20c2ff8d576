"""Who acts, for which tenant, when: one value that every call carries."""

from dataclasses import dataclass
from datetime import datetime

from provisioning.ids import DirectoryId, OrganizationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a request or a task is allowed to touch, and what its events will say of it."""

    organization_id: OrganizationId
    directory_id: DirectoryId
    actor: str
    """`directory_token:scimtok_…`, `worker:drain`, `cli:root` …"""
    now: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who changes what is not a directory's: an administrator, a backend with an API key."""

    actor: str
    """`api_key:key_…`, `cli:root` …"""
    now: datetime
    request_id: str | None = None

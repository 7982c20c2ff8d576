"""/v1/organizations/{organization_id}/directories/{directory_id}/sync-runs: resyncs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from provisioning_client.calls import Call, Pages, Paging
from provisioning_client.operations import AnySender, Resource, listing, operation
from provisioning_client.places import Place, at


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of people; `deferred` are looked at again one by one."""

    seen: int
    changed: int
    created: int
    removed: int
    suspended: int
    held: int
    unchanged: int
    deferred: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`total` None: it has not begun."""

    done: int
    total: int | None
    rate_per_second: float | None
    estimated_end_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    """
    `status`: queued, running, completed, failed or cancelled; `retry_at`: when one that failed
    begins again by itself.
    """

    id: str
    directory_id: str
    trigger: str
    status: str
    actor: str
    progress: Progress
    counts: Counts
    error: str | None
    attempts: int
    retry_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def _all(organization_id: str, directory_id: str, *parts: str) -> Place:
    return at("organizations", organization_id, "directories", directory_id, "sync-runs", *parts)


class SyncRuns(Resource[AnySender]):
    """Everybody the directory knows, or has deleted, is looked at again."""

    @operation
    def start(
        self, organization_id: str, directory_id: str, *, idempotency_key: str | None = None
    ) -> Call[SyncRun]:
        """Begun, and not waited for. Raises `Conflict` while there is one."""
        return _all(organization_id, directory_id).post(SyncRun, None, idempotency_key)

    @operation
    def get(self, organization_id: str, directory_id: str, run_id: str) -> Call[SyncRun]:
        """How far it is."""
        return _all(organization_id, directory_id, run_id).get(SyncRun)

    @listing
    def list(
        self, organization_id: str, directory_id: str, **paging: Unpack[Paging]
    ) -> Pages[SyncRun]:
        """Oldest first."""
        return _all(organization_id, directory_id).pages(SyncRun, paging)

    @operation
    def cancel(self, organization_id: str, directory_id: str, run_id: str) -> Call[SyncRun]:
        """What it has done stays done."""
        return _all(organization_id, directory_id, run_id, "cancel").post(SyncRun)

"""The tables of resyncs: runs, and plans of what a change would do."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from provisioning.store.metadata import metadata
from provisioning.store.partial_indexes import where
from provisioning.store.types import Moment

_ACTIVE = where("status IN ('queued', 'running')")

sync_runs = Table(
    "sync_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("directory_id", Text, ForeignKey("directories.id"), nullable=False),
    Column("trigger", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("actor", Text, nullable=False),
    # The last directory user that was looked at: whoever goes on goes on behind it.
    Column("cursor", Text, nullable=False, server_default=""),
    Column("done", Integer, nullable=False, server_default="0"),
    # As it was when the run began; NULL: it has not.
    Column("total", Integer),
    # JSON: how many of what.
    Column("counts", Text, nullable=False, server_default="{}"),
    # Of a run that failed: names of ours, and no words in which there may be addresses.
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    # When the last batch was committed.
    Column("stirred_at", Moment, nullable=False),
    Column("finished_at", Moment),
    # How often it has failed, and when it begins again by itself.
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("retry_at", Moment),
    # Nothing has ever been a 'connector'; a migration takes nothing away (ADR-0019).
    CheckConstraint(
        "trigger IN ('admin', 'schedule', 'policy', 'disconnect', 'connector', 'plan')",
        name="trigger",
    ),
    CheckConstraint(
        "status IN ('queued', 'running', 'completed', 'failed', 'cancelled')", name="status"
    ),
    Index("ix_sync_runs_directory_id_id", "organization_id", "directory_id", "id"),
    # Never two at once, whoever starts them.
    Index(
        "uq_sync_runs_active",
        "directory_id",
        unique=True,
        **_ACTIVE,
    ),
    Index(
        "ix_sync_runs_waiting",
        "organization_id",
        "id",
        **_ACTIVE,
    ),
    Index("ix_sync_runs_retry_at", "retry_at", **where("retry_at IS NOT NULL")),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, ForeignKey("organizations.id"), nullable=False),
    Column("directory_id", Text, ForeignKey("directories.id"), nullable=False),
    # JSON: what is to be done, with its parameters.
    Column("change", Text, nullable=False),
    # JSON: how many actions of which kind.
    Column("summary", Text, nullable=False),
    # Of all its actions, in whatever order: two plans that say the same have the same.
    Column("fingerprint", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("applied_at", Moment),
    Column("run_id", Text),
    Index("ix_plans_directory_id_id", "organization_id", "directory_id", "id"),
    Index("ix_plans_expires_at", "expires_at"),
)

plan_actions = Table(
    "plan_actions",
    metadata,
    Column("plan_id", Text, ForeignKey("plans.id"), primary_key=True),
    # A number in the form of an id, since pages are cut at ids.
    Column("id", Text, primary_key=True),
    Column("organization_id", Text, nullable=False),
    # JSON: the action with its why.
    Column("action", Text, nullable=False),
)

"""
The Celery application. What must not be lost is in the database; these settings make the broker
quick to recover, not safe.
"""

from collections.abc import Callable, Sequence
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready
from sqlalchemy import Engine

from provisioning import garbage
from provisioning.drain import BUDGET_SECONDS
from provisioning.mail_delivery import Send
from workers import orphans, tasks
from workers.poll_domains import Look

QUEUE = "provisioning"
TASK_TIME_LIMIT_SECONDS = 120
EMBEDDED_POLLING_SECONDS = 0.02


def create(
    broker_url: str | None,
    engine: Callable[[], Engine],
    *,
    drain_seconds: float = BUDGET_SECONDS,
    secret_key: str | None = None,
    send: Send | None = None,
    looks: Sequence[Look] = (),
) -> Celery:
    """
    `broker_url` None is embedded: a broker in this process's memory. `engine` is called at the
    first task, so that each process of the pool has connections of its own. After `drain_seconds`
    an organization that still has notes goes to the end of the queue. With the `secret_key` the
    keys that sign tokens are renewed in time. Without `send` e-mail stays in the outbox.
    `looks` are the ways in which domains are proven.
    """
    app = Celery("provisioning", set_as_current=False)
    # The pool's threads look their tasks up in the default app of the process.
    app.set_default()
    app.conf.update(_settings(broker_url))
    tasks.register(
        app,
        engine,
        budget_seconds=drain_seconds,
        secret_key=secret_key,
        send=send,
        looks=looks,
    )
    worker_ready.connect(_sweep_at_once, weak=False)
    worker_process_init.connect(orphans.die_with_parent, weak=False)
    worker_process_init.connect(garbage.expect_little, weak=False)
    return app


def ring(app: Celery, organization_id: str) -> None:
    """Says that the organization has notes. Raises what the broker raises."""
    app.send_task(tasks.DRAIN, args=(organization_id,), retry=False)


def _settings(broker_url: str | None) -> dict[str, Any]:
    common: dict[str, Any] = {
        "task_default_queue": QUEUE,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_publish_retry": False,
        # The note, not the message, brings the work back; acknowledging late makes it come sooner.
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_acks_on_failure": True,
        "task_acks_on_timeout": True,
        # No soft limit: its exception would be raised inside a drain that waits for a lock, and be
        # taken for a refusal of the row. The hard one rolls back, and the notes are still there.
        "task_time_limit": TASK_TIME_LIMIT_SECONDS,
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "beat_schedule": tasks.SCHEDULE,
        # Nothing to remember: each job's next time is a row in the database.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_max_loop_interval": 1,
    }
    if broker_url is None:
        return common | {
            "broker_url": "memory://localhost/",
            "broker_transport_options": {"polling_interval": EMBEDDED_POLLING_SECONDS},
        }
    return common | {
        "broker_url": broker_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 2,
        "broker_transport_options": {
            "visibility_timeout": 2 * TASK_TIME_LIMIT_SECONDS + 60,
            # Without these two a message of a dead worker comes back after 100 seconds.
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            # Without these a publish to a Redis that does not answer blocks for ever.
            "socket_connect_timeout": 1,
            "socket_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "global_keyprefix": "provisioning:",
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.1,
            "interval_max": 0.1,
        },
        "worker_soft_shutdown_timeout": 20,
        "worker_max_tasks_per_child": 1000,
        "worker_max_memory_per_child": 400_000,
    }


def _sweep_at_once(sender: Any, **_: Any) -> None:
    """Whatever was rung while no worker lived was not heard."""
    sender.app.send_task(tasks.SWEEP, retry=False)

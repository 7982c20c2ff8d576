"""Everything that can be set, read once from environment variables `PROVISIONING_*`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from provisioning.errors import Invalid

DEFAULT_PORT = 8000
_METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Built once, in `service`, and handed down."""

    database_url: str
    broker_url: str | None
    """Redis; None: embedded, the worker runs inside the web process."""
    public_url: str
    """What the IdP is given: scheme and host, no path."""
    host: str
    port: int
    data_dir: Path
    web_processes: int
    threads: int
    """Per web process: threads that answer requests, and connections in the pool."""
    log_format: Literal["json", "console"]
    metrics_dir: Path | None = None
    """Where several processes behind one port put their metrics together."""


def read(environment: Mapping[str, str] | None = None, **overrides: str) -> Settings:
    """From the process's environment if no other is given. Raises `Invalid` naming the variable."""
    given = {**(os.environ if environment is None else environment), **overrides}
    data_dir = Path(given.get("PROVISIONING_DATA_DIR", "./var"))
    host, port = _listen(given.get("PROVISIONING_LISTEN", f"127.0.0.1:{DEFAULT_PORT}"))
    log_format = given.get("PROVISIONING_LOG_FORMAT", "json")
    if log_format not in {"json", "console"}:
        raise Invalid("PROVISIONING_LOG_FORMAT", "must be json or console")
    return Settings(
        database_url=given.get(
            "PROVISIONING_DATABASE_URL", f"sqlite:///{data_dir / 'provisioning.db'}"
        ),
        broker_url=given.get("PROVISIONING_BROKER_URL") or None,
        public_url=given.get("PROVISIONING_PUBLIC_URL", f"http://{host}:{port}").rstrip("/"),
        host=host,
        port=port,
        data_dir=data_dir,
        web_processes=_positive(given, "PROVISIONING_WEB_PROCESSES", 1),
        threads=_positive(given, "PROVISIONING_THREADS", 4),
        log_format="console" if log_format == "console" else "json",
        metrics_dir=Path(given[_METRICS_DIR]) if given.get(_METRICS_DIR) else None,
    )


def share_metrics(directory: str) -> None:
    """
    For the processes that this one starts: prometheus_client reads the variable when it is
    imported, and no argument would reach it in time.
    """
    os.environ[_METRICS_DIR] = directory


def _listen(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:  # noqa: PLR2004 - the largest port
        raise Invalid("PROVISIONING_LISTEN", "must be host:port")
    return host.strip("[]"), int(port)


def _positive(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdigit() or int(text) == 0:
        raise Invalid(name, "must be a positive integer")
    return int(text)

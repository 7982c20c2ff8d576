"""`provisioning bench latency` waits for real roles, on real processes that end with it."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.conftest import Bench
from tests.servers.redis import Redis

SHORT = ("latency", "--rate", "10", "--seconds", "0.5", "--json")


def reported(bench: Bench, *words: str) -> dict[str, Any]:
    done = bench.run(*SHORT, *words)
    assert done.stdout, done.stderr.decode()
    report: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode == 0) == (report["p99_ms"] < 1000)
    return report


def test_everybody_gets_the_role_of_the_mapped_group_embedded(bench: Bench) -> None:
    report = reported(bench)

    assert report["mode"] == "sqlite, embedded"
    assert (report["people"], report["missing"]) == (5, 0)
    assert 0 < report["p50_ms"] <= report["p95_ms"] <= report["p99_ms"] <= report["max_ms"]


def test_everybody_gets_the_role_through_a_broker(
    bench: Bench,
    server_url: str,
    scratch_databases: Callable[[], set[str]],
    server_directory: Path,
) -> None:
    with Redis(server_directory) as redis:
        report = reported(bench, "--database-url", server_url, "--broker-url", redis.url)

    assert report["mode"] == "postgresql, web, worker and beat"
    assert (report["people"], report["missing"]) == (5, 0)
    assert scratch_databases() == set()


def test_a_terminated_run_ends_its_processes(
    bench: Bench,
    server_url: str,
    scratch_databases: Callable[[], set[str]],
    wait: Callable[[Callable[[], object]], None],
) -> None:
    long = ("latency", "--seconds", "60", "--database-url", server_url)
    with bench.start(*long) as process:
        wait(lambda: scratch_databases() and len(bench.processes()) > 1)
        process.send_signal(signal.SIGTERM)
        process.communicate()

    assert process.returncode != 0
    assert scratch_databases() == set()


def test_a_broker_needs_a_database_that_processes_share(bench: Bench) -> None:
    refused = bench.run(*SHORT, "--broker-url", "redis://127.0.0.1:1/0")

    assert refused.returncode == 2
    assert "PostgreSQL" in refused.stderr.decode()

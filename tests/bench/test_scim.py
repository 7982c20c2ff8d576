"""`provisioning bench scim` measures every operation, and leaves nothing behind."""

import json
import signal
from collections.abc import Callable

from tests.bench.conftest import Bench

SHORT = ("--seconds", "0.1", "--rounds", "1", "--users", "100", "--connections", "2")
OPERATIONS = {
    "look up by userName",
    "read",
    "page of 100",
    "PATCH active",
    "add member",
    "create",
}


def test_each_operation_is_measured_beside_its_floor(
    bench: Bench, server_url: str, scratch_databases: Callable[[], set[str]]
) -> None:
    done = bench.run("scim", "--database-url", server_url, *SHORT, "--json")

    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    assert {each["operation"] for each in report["comparisons"]} == OPERATIONS
    for each in report["comparisons"]:
        assert each["floor"]["requests_per_second"] > 0
        assert 0 < each["measured"]["p50_ms"] <= each["measured"]["p99_ms"]
        assert each["ratio"] > 0
    assert scratch_databases() == set()


def test_people_see_a_table_and_its_circumstances(bench: Bench, server_url: str) -> None:
    done = bench.run("scim", "--database-url", server_url, *SHORT, "--processes", "2")

    shown = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert "page of" in shown
    assert "PostgreSQL" in shown
    assert "2 web process(es)" in shown


def test_an_interrupted_run_cleans_up(
    bench: Bench,
    server_url: str,
    scratch_databases: Callable[[], set[str]],
    wait: Callable[[Callable[[], object]], None],
) -> None:
    long = ("scim", "--database-url", server_url, "--seconds", "60", "--users", "100")
    with bench.start(*long) as process:
        wait(lambda: scratch_databases() and len(bench.processes()) > 1)
        process.send_signal(signal.SIGINT)
        process.communicate()

    assert process.returncode != 0
    assert scratch_databases() == set()


def test_sqlite_is_measured_only_when_asked_for(bench: Bench) -> None:
    refused = bench.run("scim", "--database-url", "sqlite://", *SHORT)
    measured = bench.run("scim", "--database-url", "sqlite://", *SHORT, "--sqlite", "--json")

    assert refused.returncode == 2
    assert "one writer" in refused.stderr.decode()
    assert measured.returncode == 0, measured.stderr.decode()
    assert {each["operation"] for each in json.loads(measured.stdout)["comparisons"]} == OPERATIONS


def test_a_database_that_is_away_is_one_sentence(bench: Bench) -> None:
    done = bench.run("scim", "--database-url", "postgresql://nobody@127.0.0.1:1/none", *SHORT)

    assert done.returncode == 1
    assert "cannot reach its database" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()

"""`provisioning bench check` measures one check and many at once."""

import json
from collections.abc import Callable

from tests.bench.conftest import Bench

SHORT = ("--seconds", "0.1", "--rounds", "1", "--users", "100", "--connections", "2")


def test_one_check_and_many_are_measured_beside_a_floor(
    bench: Bench, server_url: str, scratch_databases: Callable[[], set[str]]
) -> None:
    done = bench.run("check", "--database-url", server_url, *SHORT, "--processes", "1", "--json")

    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    assert [each["operation"] for each in report["comparisons"]] == ["check", "100 checks at once"]
    for each in report["comparisons"]:
        assert each["floor"]["requests_per_second"] > 0
        assert each["measured"]["requests_per_second"] > 0
    assert scratch_databases() == set()

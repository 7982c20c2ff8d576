"""Several processes behind one port answer for each other."""

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families as parse

from tests.processes.installation import Installation, Web, ready
from tests.servers.ports import LOOPBACK, free_port

REQUESTS = 40


def counted(web: Web) -> float:
    """SCIM requests, as whichever process is asked says; each scrape is a new connection."""
    answer = httpx.get(f"{web.address}/metrics", timeout=10, trust_env=False)
    return sum(
        sample.value
        for family in parse(answer.text)
        for sample in family.samples
        if sample.name == "scim_requests_total"
    )


def test_every_scrape_counts_the_requests_of_all(
    shared_installation: Installation, tmp_path: Path
) -> None:
    installation = shared_installation
    port = free_port()
    settings = {
        "PROVISIONING_LISTEN": f"{LOOPBACK}:{port}",
        "PROVISIONING_WEB_PROCESSES": "2",
        "TMPDIR": str(tmp_path),  # where a killed process leaves its counters
    }
    with installation.start("web", **settings) as family:
        web = Web(port, family)
        installation.wait_until(lambda: ready(web)["ready"])
        for _ in range(REQUESTS):
            httpx.get(f"{web.address}/scim/v2/dir_nobody/Users", timeout=10, trust_env=False)

        assert {counted(web) for _ in range(10)} == {REQUESTS}

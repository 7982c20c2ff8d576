"""Small internets of DNS: ours on every machine, and Debian's servers where they are installed."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from provisioning.domain_proofs import Challenge, Observation
from tests.servers.dns_programs import PACKAGES, dns_programs
from tests.servers.dns_tree import SmallInternet, Tree, dns_tree
from tests.servers.ports import LOOPBACK
from tests.servers.signed_tree import SignedTree, signed_tree
from workers.dns_questions import Server
from workers.dns_txt import observe
from workers.name_servers import Reach

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHALLENGE = Challenge("acme.example", "a" * 32)
PLACE = CHALLENGE.record_name
PROOF = f'"{CHALLENGE.record_value}"'


def look(
    tree: SmallInternet,
    *,
    or_loopback: bool = True,
    resolvers: list[int] | None = None,
    challenge: Challenge = CHALLENGE,
) -> Observation:
    """By these ports, else by the resolvers of the tree."""
    servers = [Server(LOOPBACK, port) for port in resolvers or tree.resolvers]
    reach = Reach(tree.port, or_loopback)
    return asyncio.run(observe(challenge, NOON, resolvers=servers, reach=reach))


def verdict(seen: Observation) -> tuple[str, str]:
    return seen.outcome, seen.reason


@pytest.fixture
def own_tree() -> Iterator[Tree]:
    """Its servers remember who has asked them."""
    with dns_tree() as found:
        yield found


@pytest.fixture
def debian_tree(server_directory: Path) -> Iterator[SignedTree]:
    programs = dns_programs()
    if programs is None:
        pytest.skip(f"apt-get install {PACKAGES}")
    with signed_tree(server_directory, programs) as found:
        yield found


@pytest.fixture(params=["own_tree", "debian_tree"] if dns_programs() else ["own_tree"])
def tree(request: pytest.FixtureRequest) -> SmallInternet:
    found: SmallInternet = request.getfixturevalue(request.param)
    return found

"""Challenges whose place is another zone's, and long answers in networks without TCP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest

from provisioning.domain_proofs import Challenge
from tests.dns_trees import CHALLENGE, PLACE, PROOF, look, verdict
from tests.servers.dns import dns_server
from tests.servers.dns_tree import DELEGATED, SmallInternet
from tests.servers.ports import LOOPBACK
from tests.workers.test_dns_truth import LONG

SECONDS = 5
DEPARTMENT = Challenge("dept.acme.example", "b" * 32)
ITS_PROOF = f'"{DEPARTMENT.record_value}"'
ITS_TARGET = DEPARTMENT.record_name.replace("dept.acme.example", "dcv.example")


def test_the_place_itself_may_be_a_zone_of_its_own(tree: SmallInternet) -> None:
    assert PLACE == DELEGATED
    tree.delegate()
    tree.publish_delegated(PROOF)

    assert verdict(look(tree)) == ("found", "found")


def test_in_such_a_zone_an_absence_is_one_and_its_owners_are_asked(tree: SmallInternet) -> None:
    tree.delegate()
    assert verdict(look(tree)) == ("absent", "no_txt_record")
    tree.pass_(600)
    tree.publish_delegated(PROOF)

    seen = look(tree)

    assert verdict(seen) == ("unknown", "still_cached")
    assert seen.sentence.startswith("1 of 1 name servers of the domain have the record")
    tree.pass_(4000)
    assert verdict(look(tree)) == ("found", "found")


def test_who_has_such_a_zone_proves_nothing_without_the_token(tree: SmallInternet) -> None:
    """A delegation that was forgotten is in somebody else's hands."""
    tree.delegate()
    tree.publish_delegated('"token=of-somebody-else"')

    assert verdict(look(tree)) == ("absent", "another_token")


def test_a_dname_above_the_place_is_followed(tree: SmallInternet) -> None:
    tree.publish("dept.acme.example", "dcv.example.", kind="DNAME")
    tree.publish_elsewhere(ITS_TARGET, ITS_PROOF)

    assert verdict(look(tree, challenge=DEPARTMENT)) == ("found", "found")


def test_a_dname_that_leads_to_somebody_else_proves_nothing(tree: SmallInternet) -> None:
    tree.publish("dept.acme.example", "dcv.example.", kind="DNAME")
    tree.publish_elsewhere(ITS_TARGET, PROOF)

    assert verdict(look(tree, challenge=DEPARTMENT)) == ("absent", "another_token")


def test_where_a_dname_leads_to_nothing_there_is_none(tree: SmallInternet) -> None:
    tree.publish("dept.acme.example", "dcv.example.", kind="DNAME")

    assert look(tree, challenge=DEPARTMENT).outcome == "absent"


@dataclass
class Middlebox:
    """Before a resolver: datagrams pass, connections are closed, or nobody ever answers by them."""

    port: int
    is_silent: bool
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        if transport == "tcp":
            if self.is_silent:
                self.over.wait(10 * SECONDS)
            return None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
            resolver.settimeout(SECONDS)
            resolver.sendto(wire, (LOOPBACK, self.port))
            return resolver.recv(65535)


@contextmanager
def behind(tree: SmallInternet, *, is_silent: bool) -> Iterator[list[int]]:
    boxes = [Middlebox(port, is_silent) for port in tree.resolvers]
    with ExitStack() as stack:
        ports = [stack.enter_context(dns_server(box)) for box in boxes]
        for box in boxes:
            stack.callback(box.over.set)
        yield ports


@pytest.mark.parametrize("is_silent", [False, True], ids=["closed", "silent"])
def test_what_is_cut_off_where_no_tcp_passes_is_unknown_and_never_absent(
    tree: SmallInternet, *, is_silent: bool
) -> None:
    with behind(tree, is_silent=is_silent) as resolvers:
        tree.publish(PLACE, PROOF)
        assert verdict(look(tree, resolvers=resolvers)) == ("found", "found")
        tree.pass_(4000)
        tree.publish(PLACE, *LONG)

        seen = look(tree, resolvers=resolvers)

    assert verdict(seen) == ("unknown", "resolvers_failed")
    assert verdict(look(tree)) == ("found", "found")
    assert CHALLENGE.record_value not in seen.sentence

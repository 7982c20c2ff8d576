"""
The small internet of `dns_tree` once more, of the servers that others use: Knot has the zones,
signs and copies them, and validating Unbounds ask it. `dcv.example` is not signed.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.dns_programs import DNS_PORT, DnsPrograms, may_serve_at_53
from tests.servers.dns_tree import DELEGATED, Fault
from tests.servers.knot import Knot, ZoneFile
from tests.servers.ports import free_port
from tests.servers.server import Server
from tests.servers.unbound import Roots, Unbound


@dataclass
class SignedTree:
    """`pass_` is for resolvers; zones are as signed as they were at first."""

    port: int
    root: Knot
    example: Knot
    acme: list[Knot]
    """The second one is a copy of the first."""
    dcv: Knot
    delegated: Knot
    unbounds: list[Unbound]
    _directory: Path
    _programs: DnsPrograms
    _roots: Roots

    @property
    def resolvers(self) -> list[int]:
        return [one.port for one in self.unbounds]

    def publish(self, name: str, *texts: str, kind: str = "TXT", seconds: int = 60) -> None:
        first, copy = self.acme
        first.change(name, *texts, kind=kind, seconds=seconds)
        copy.fetch()

    def publish_at_first(self, name: str, *texts: str) -> None:
        self.acme[0].change(name, *texts)

    def publish_elsewhere(self, name: str, *texts: str) -> None:
        self.dcv.change(name, *texts)

    def delegate(self) -> None:
        self.publish("ns2.acme.example", self.delegated.address, kind="A")
        self.publish(DELEGATED, "ns2.acme.example.", kind="NS")

    def publish_delegated(self, *texts: str) -> None:
        self.delegated.change(DELEGATED, *texts)

    def break_(self, fault: Fault) -> None:
        for one in self.acme:
            if fault == "silence":
                one.fall_silent()
            else:
                one.stop()
                one.has_zone = False
                one.start()

    def silence_one(self) -> None:
        self.acme[1].fall_silent()

    def pass_(self, seconds: float) -> None:
        for one in self.unbounds:
            one.advance(seconds)

    @contextmanager
    def another_resolver(self, *configured: str) -> Iterator[Unbound]:
        """With lines of its own in the section `server`."""
        directory = _made(self._directory / "another")
        with Unbound(directory, self._programs, self._roots, configured) as one:
            yield one


@contextmanager
def signed_tree(directory: Path, programs: DnsPrograms) -> Iterator[SignedTree]:
    """Nothing is in the zones that is not about their servers. Addresses differ between runs."""
    port = DNS_PORT if may_serve_at_53() else free_port()
    chance = random.SystemRandom()
    net = f"127.{chance.randrange(1, 255)}.{chance.randrange(256)}"
    addresses = [f"{net}.{number}" for number in range(2, 8)]
    of_root, of_example, of_first, of_copy, of_dcv, of_delegated = addresses
    ours = f"ns0 A {of_first}\nns1 A {of_copy}\n"
    glue = f"ns0.acme A {of_first}\nns1.acme A {of_copy}\nns.dcv A {of_dcv}\n"
    below = "acme NS ns0.acme\nacme NS ns1.acme\ndcv NS ns.dcv\n" + glue
    zones = {
        of_root: ZoneFile(
            "", f"@ NS ns\nns A {of_root}\nexample NS ns.example\nns.example A {of_example}"
        ),
        of_example: ZoneFile("example", f"@ NS ns\nns A {of_example}\n{below}"),
        of_first: ZoneFile("acme.example", f"@ NS ns0\n@ NS ns1\n{ours}"),
        of_copy: ZoneFile("acme.example", copied_from=of_first),
        of_dcv: ZoneFile("dcv.example", f"@ NS ns\nns A {of_dcv}", is_signed=False),
        of_delegated: ZoneFile(DELEGATED, "@ NS ns2.acme.example.", is_signed=False),
    }
    knots = [
        Knot(_made(directory / address), programs.knot, zone, address, port)
        for address, zone in zones.items()
    ]
    root, example, first, copy, dcv, delegated = knots
    with ExitStack() as stack:
        _start(stack, [root, example, first, dcv, delegated])
        example.change("acme.example", *first.signers(), kind="DS")
        root.change("example", *example.signers(), kind="DS")
        known = {"": [of_root]}
        if port != DNS_PORT:
            known |= {"example": [of_example], "dcv.example": [of_dcv]}
            known["acme.example"] = [of_first, of_copy]
            known[DELEGATED] = [of_delegated]
        roots = Roots(known, port, [f". DS {one}" for one in root.signers()])
        unbounds = [Unbound(_made(directory / f"{n}"), programs, roots) for n in range(2)]
        _start(stack, [copy, *unbounds])
        servers = (root, example, [first, copy], dcv, delegated)
        yield SignedTree(port, *servers, unbounds, directory, programs, roots)


def _start(stack: ExitStack, servers: Sequence[Server]) -> None:
    """All at once: each of them takes its time to sign, or to read the root's keys."""
    for one in servers:
        stack.callback(one.stop)
    with ThreadPoolExecutor(len(servers)) as threads:
        list(threads.map(lambda one: one.start(), servers))


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory

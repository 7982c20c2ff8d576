"""Challenges on a real website, and what a hostile one tries."""

import asyncio
import gzip
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedIOBase
from pathlib import Path

import pytest

from outbound.pages import Local
from provisioning.domain_proofs import PATH, Challenge, Observation, instructions
from tests.servers.dns import Zone, dns_server
from tests.servers.ports import LOOPBACK, free_port
from tests.servers.site import Site, https_site
from workers.dns_questions import Server
from workers.web_proofs import LIMITS, observe_file, observe_meta

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAME = "acme.example"
CHALLENGE = Challenge(NAME, "a" * 32)
WWW = f"www.{NAME}"
TAG, FILE = (one.value for one in instructions(CHALLENGE)[1:])


@dataclass
class Web:
    site: Site
    zone: Zone
    resolvers: list[Server]

    def meta(self, local: Local | None = None) -> Observation:
        return asyncio.run(
            observe_meta(CHALLENGE, NOON, resolvers=self.resolvers, local=local or self._local)
        )

    def file(self) -> Observation:
        return asyncio.run(
            observe_file(CHALLENGE, NOON, resolvers=self.resolvers, local=self._local)
        )

    @property
    def _local(self) -> Local:
        return Local(self.site.port, self.site.trust)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    zone = Zone()
    for name in (NAME, WWW, f"old.{NAME}", "elsewhere.example"):
        zone.publish(name, LOOPBACK, kind="A")
    with https_site(tmp_path, NAME, WWW, f"old.{NAME}") as site, dns_server(zone) as port:
        yield Web(site, zone, [Server(LOOPBACK, port)])


def page(head: str, body: str = "") -> str:
    return f"<!doctype html><html><head><title>Acme</title>{head}</head><body>{body}</body></html>"


def verdict(seen: Observation) -> tuple[str, str]:
    return seen.outcome, seen.reason


# --- what proves --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tag",
    [TAG, TAG.upper().replace("A" * 32, "a" * 32), TAG.replace(">", "/>").replace('"', "'")],
)
def test_the_tag_proves_however_html_is_written(web: Web, tag: str) -> None:
    web.site.serve("/", page(f'<meta charset="utf-8">{tag}'))

    seen = web.meta()

    assert verdict(seen) == ("found", "found")
    assert web.site.asked == [(NAME, "/")]


@pytest.mark.parametrize("text", [FILE, f"{FILE}\n", f"token=another\n{FILE}\n", CHALLENGE.token])
def test_the_file_proves(web: Web, text: str) -> None:
    web.site.serve(PATH, text)

    assert verdict(web.file()) == ("found", "found")
    assert web.site.asked == [(NAME, PATH)]


@pytest.mark.parametrize("target", [f"https://{WWW}/home", f"https://{WWW}:443/home", "/home"])
def test_a_site_is_followed_to_itself(web: Web, target: str) -> None:
    web.site.serve("/", "", 301, Location=target)
    web.site.serve("/home", page(TAG))

    assert verdict(web.meta()) == ("found", "found")


# --- what does not ------------------------------------------------------------------------------


def test_a_page_that_no_parser_likes_is_a_page_without_the_tag(web: Web) -> None:
    web.site.serve("/", page("<![foo[ x"))

    assert verdict(web.meta()) == ("absent", "no_tag")


def test_what_visitors_write_is_no_proof(web: Web) -> None:
    web.site.serve("/", page("", body=f"A comment: {TAG}"))
    assert verdict(web.meta()) == ("absent", "no_tag")
    web.site.serve("/", f"<p>no head at all</p><body>{TAG}")
    assert verdict(web.meta()) == ("absent", "no_tag")
    web.site.serve("/", page(f"<!-- {TAG} -->"))
    assert verdict(web.meta()) == ("absent", "no_tag")


def test_the_token_of_another_claim_is_told(web: Web) -> None:
    web.site.serve("/", page(TAG.replace("a" * 32, "b" * 32)))
    web.site.serve(PATH, "token=another")

    assert verdict(web.meta()) == ("absent", "another_token")
    assert verdict(web.file()) == ("absent", "another_text")


def test_what_is_not_there_is_absent_and_what_fails_is_unknown(web: Web) -> None:
    assert verdict(web.file()) == ("absent", "not_found")
    web.site.serve(PATH, FILE, 500)
    assert verdict(web.file()) == ("unknown", "unreachable")
    web.zone.faults[NAME] = "servfail"
    assert verdict(web.file()) == ("unknown", "unreachable")


def test_a_name_without_an_address_has_no_site(web: Web) -> None:
    del web.zone.records[NAME]
    for many in (1, 2, 3):
        web.resolvers *= many

        assert verdict(web.file()) == ("absent", "no_site")


def test_a_resolver_that_filters_hides_no_site(web: Web) -> None:
    web.site.serve(PATH, FILE)
    with dns_server(Zone()) as filtering:
        web.resolvers.insert(0, Server(LOOPBACK, filtering))

        assert verdict(web.file()) == ("found", "found")


def test_an_absence_that_only_one_resolver_tells_is_none(web: Web) -> None:
    web.zone.faults[NAME] = "servfail"
    with dns_server(Zone()) as filtering:
        web.resolvers.insert(0, Server(LOOPBACK, filtering))

        assert verdict(web.file()) == ("unknown", "unreachable")


@pytest.mark.parametrize("fault", ["servfail", "silence"])
def test_a_resolver_that_fails_takes_no_site_from_the_others(web: Web, fault: str) -> None:
    web.site.serve(PATH, FILE)
    broken = Zone(faults={NAME: fault})
    with dns_server(broken) as port:
        web.resolvers.insert(0, Server(LOOPBACK, port))

        assert verdict(web.file()) == ("found", "found")


def test_a_site_that_is_not_there_is_unknown(web: Web) -> None:
    seen = web.meta(Local(free_port(), web.site.trust))

    assert verdict(seen) == ("unknown", "unreachable")


# --- attacks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "http://acme.example/home",
        "https://elsewhere.example/home",
        f"https://old.{NAME}/home",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1/home",
        f"https://{NAME}@elsewhere.example/home",
        f"https://user@{NAME}/home",
        f"https://{NAME}:8443/home",
        f"https://{NAME}.elsewhere.example/home",
        "file:///etc/passwd",
        "//elsewhere.example/home",
        "https://[/home",
    ],
)
def test_a_redirect_leads_nowhere_else(web: Web, target: str) -> None:
    """Neither to somebody's abandoned subdomain nor into our own network."""
    web.site.serve("/", "", 302, Location=target)
    web.site.serve("/home", page(TAG))
    web.site.serve("/latest/meta-data/", page(TAG))

    seen = web.meta()

    assert seen.outcome != "found"
    assert web.site.asked == [(NAME, "/")]


def test_redirects_end(web: Web) -> None:
    web.site.serve("/", "", 302, Location="/")

    assert verdict(web.meta()) == ("unknown", "unreachable")
    assert len(web.site.asked) == 4


@pytest.mark.parametrize(
    "addresses", [[LOOPBACK], ["10.0.0.1"], ["169.254.169.254"], ["93.184.216.34", LOOPBACK]]
)
def test_a_name_that_leads_into_our_network_is_not_connected_to(
    web: Web, addresses: list[str]
) -> None:
    """As in production: no address that is not public, not even one of several."""
    web.zone.publish(NAME, *addresses, kind="A")
    web.site.serve("/", page(TAG))

    seen = asyncio.run(observe_meta(CHALLENGE, NOON, resolvers=web.resolvers))

    assert verdict(seen) == ("unknown", "unreachable")
    assert seen.sentence == f"https://{NAME}/ cannot be read: not a public address"
    assert web.site.asked == []


def test_a_name_is_resolved_once_and_not_anew_for_the_connection(web: Web) -> None:
    """Rebinding: an answer that is looked at, and another one that is connected to."""
    web.site.serve("/", page(TAG))
    web.meta()

    assert [name for name, _ in web.zone.asked] == [NAME]


def test_a_certificate_of_another_name_or_authority_is_not_believed(
    web: Web, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with https_site(other, "elsewhere.example") as impostor:
        impostor.serve("/", page(TAG))
        wrong_name = web.meta(Local(impostor.port, impostor.trust))
        wrong_authority = web.meta(Local(impostor.port, web.site.trust))

    assert verdict(wrong_name) == verdict(wrong_authority) == ("unknown", "unreachable")
    assert impostor.asked == []


def test_what_has_no_end_is_not_read_to_it(web: Web) -> None:
    web.site.serve("/", page(TAG) + "x" * LIMITS.max_bytes)
    assert web.meta().sentence.endswith("too large")
    packed = gzip.compress(page(TAG).encode())
    web.site.pages["/"] = (200, {"Content-Encoding": "gzip"}, packed)
    assert web.meta().sentence.endswith("encoded")


def test_what_comes_in_drops_is_not_waited_for(web: Web) -> None:
    """Each byte in time, and no header ever at its end."""

    def drip(out: BufferedIOBase) -> None:
        with suppress(OSError):
            out.write(b"HTTP/1.1 200 OK\r\nX-Drops: ")
            while True:
                out.write(b"x")
                out.flush()
                time.sleep(0.2)

    web.site.wild = drip
    began = time.monotonic()

    assert web.meta().sentence.endswith("too slow")
    assert time.monotonic() - began < 2 * LIMITS.seconds

"""
Looks for challenges on the website of a domain: a tag on its front page, and a file. The site is
asked over HTTPS only, and followed only to itself: `https://<domain>/` or its `www`.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import dns.rdatatype
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA

from outbound.pages import Limits, Local, Page, Resolve, Unreached, get
from provisioning.domain_proofs import (
    AGREEING,
    META,
    PATH,
    Challenge,
    Method,
    Observation,
    Outcome,
)
from provisioning.domain_verdicts import holds
from provisioning.quoting import quoted
from workers.dns_questions import TRY_SECONDS, Server, ask

LIMITS = Limits(seconds=5.0, max_bytes=256 * 1024)
_HEADERS = {"User-Agent": "provisioning-domain-verification", "Accept": "text/html, text/plain"}
_MOST_REDIRECTS = 3
_OK = 200
_GONE = {404, 410}
_REDIRECTS = {301, 302, 303, 307, 308}


class _Nowhere(Exception):
    """The name surely has no address: there is no site, which is not that it is silent."""


class _Elsewhere(Exception):
    """A redirect that is not followed."""


async def observe_meta(
    challenge: Challenge,
    now: datetime,
    *,
    resolvers: Sequence[Server],
    local: Local | None = None,
) -> Observation:
    """The tag on the front page. Takes a bounded time, and raises nothing."""
    place = f"https://{challenge.name}/"
    return await _observe(challenge, "meta", place, now, resolvers, local)


async def observe_file(
    challenge: Challenge,
    now: datetime,
    *,
    resolvers: Sequence[Server],
    local: Local | None = None,
) -> Observation:
    """The file. Takes a bounded time, and raises nothing."""
    place = f"https://{challenge.name}{PATH}"
    return await _observe(challenge, "file", place, now, resolvers, local)


async def _observe(
    challenge: Challenge,
    method: Method,
    place: str,
    now: datetime,
    resolvers: Sequence[Server],
    local: Local | None,
) -> Observation:
    outcome: Outcome = "unknown"
    try:
        page = await _page(place, challenge, partial(_addresses, resolvers), local)
    except (Unreached, TimeoutError) as error:
        reason, sentence = "unreachable", f"{place} cannot be read: {error}"
    except _Nowhere:
        outcome = "absent"
        reason, sentence = "no_site", f"{place} cannot be read: its name has no address"
    except _Elsewhere as error:
        outcome = "absent"
        reason, sentence = "redirected", f"{place} leads to {quoted(str(error))}: not followed"
    else:
        outcome, reason, sentence = _judge(challenge, method, place, page, now)
    return Observation(method=method, outcome=outcome, reason=reason, sentence=sentence, at=now)


def _judge(
    challenge: Challenge, method: Method, place: str, page: Page, now: datetime
) -> tuple[Outcome, str, str]:
    if page.status in _GONE:
        return "absent", "not_found", f"there is no {place}"
    if page.status != _OK:
        return "unknown", "unreachable", f"{place} answers with status {page.status}"
    text = page.body.decode("utf-8", "replace")
    said = text.splitlines() if method == "file" else _tags(text)
    if any(holds(one, challenge, now) for one in said):
        return "found", "found", f"the token is at {place}"
    if method == "file":
        return "absent", "another_text", f"the text at {place} is not the token of this claim"
    if said:
        return "absent", "another_token", f"the tag at {place} has another token"
    return "absent", "no_tag", f"the head of {place} has no tag {META}"


async def _page(place: str, challenge: Challenge, resolve: Resolve, local: Local | None) -> Page:
    async with asyncio.timeout(LIMITS.seconds * 2):
        for _ in range(_MOST_REDIRECTS + 1):
            page = await get(place, LIMITS, _HEADERS, resolve=resolve, local=local)
            if page.status not in _REDIRECTS or page.location is None:
                return page
            target = _joined(place, page.location)
            if target is None or not _is_own(target, challenge):
                raise _Elsewhere(page.location)
            place = target
    raise Unreached("too many redirects")


def _joined(place: str, location: str) -> str | None:
    """None: that is no URL."""
    try:
        return urljoin(place, location)
    except ValueError:
        return None


def _is_own(place: str, challenge: Challenge) -> bool:
    parts = urlsplit(place)
    netloc = parts.netloc.lower().removesuffix(":443")
    # The whole of it: no user, no other port.
    return parts.scheme == "https" and netloc in {challenge.name, f"www.{challenge.name}"}


async def _addresses(resolvers: Sequence[Server], host: str) -> list[str]:
    """
    By the resolvers that look for records, too: they are the ones that are trusted. One after the
    other: whoever answers for an address that is wrong has no certificate of the name, but of an
    absence one alone convinces nobody, for some of them filter.
    """
    lacking = 0
    for resolver in resolvers:
        codes = []
        for kind in (dns.rdatatype.A, dns.rdatatype.AAAA):
            said = await ask(resolver, host, kind, seconds=TRY_SECONDS)
            if found := [one.address for one in said.found or () if isinstance(one, (A, AAAA))]:
                return found
            codes.append(said.code)
            if said.code == "timeout":
                break
        lacking += set(codes) <= {"nxdomain", "nodata"}
        if lacking == min(AGREEING, len(resolvers)):
            raise _Nowhere
    raise Unreached(f"{host} has no address")


class _Head(HTMLParser):
    """Collects the tags; what stands after the head may be anybody's comment."""

    def __init__(self) -> None:
        super().__init__()
        self.contents: list[str] = []
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._over = self._over or tag == "body"
        named = dict(attrs)
        if not self._over and tag == "meta" and (named.get("name") or "").lower() == META:
            self.contents.append(named.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        self._over = self._over or tag == "head"


def _tags(text: str) -> list[str]:
    head = _Head()
    # What it takes for a declaration and cannot read: older Pythons' parsers assert.
    with suppress(AssertionError):
        head.feed(text)
    return head.contents

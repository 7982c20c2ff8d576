"""
How control of a domain is shown, and what was seen of it (pure).

For each method a worker has one function that looks, given a `Challenge`, and returns an
`Observation`. Of DNS it collects the `Answer`s of several resolvers, and `domain_verdicts.judge`
says what they amount to (draft-ietf-dnsop-domain-verification-techniques-13).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from provisioning.clock import rfc3339
from provisioning.quoting import shortened

Method = Literal["dns_txt", "meta", "file"]
Outcome = Literal["found", "absent", "unknown"]
"""Only `found` proves; `unknown` never takes anything away."""
Code = Literal["answered", "nxdomain", "nodata", "servfail", "bogus", "timeout"]
"""`bogus`: the zone answers, and its DNSSEC signatures do not hold."""
LABEL = "_provisioning-challenge"
META = "provisioning-domain-verification"
PATH = "/.well-known/provisioning-domain-verification.txt"
NO_ANSWER = {"resolvers_failed", "dnssec_bogus"}
"""Reasons why nothing was seen at all."""
AGREEING = 2
"""So many resolvers have to have seen the record: one may be lied to (§5.1 of the draft)."""
_KEPT = 10


@dataclass(frozen=True, slots=True)
class Challenge:
    """What has to be seen, and of which domain."""

    name: str
    token: str
    account_label: str | None = None
    """
    In front of ours, so that several accounts delegate their places apart (§5.1.2.1 of the draft):
    a name has one CNAME.
    """

    @property
    def record_name(self) -> str:
        """Where the TXT record is looked for; a CNAME there is followed."""
        place = f"{LABEL}.{self.name}"
        return place if self.account_label is None else f"{self.account_label}.{place}"

    @property
    def record_value(self) -> str:
        # It is looked at again as long as the domain is in use, and so is never to be tidied away.
        return f"token={self.token} expiry=never"


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the domain's administrator does, ready to paste: `value` goes to `place`."""

    method: Method
    place: str
    value: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one resolver said; each of `records` is one TXT record, its strings joined."""

    resolver: str
    code: Code
    records: tuple[str, ...] = ()
    authenticated: bool = False
    """DNSSEC: the resolver says that it has validated the answer."""
    seconds: int = 0
    """For how long it goes on saying so without asking anybody."""
    is_fresh: bool = False
    """It has just asked, and does not say what it remembers."""
    by: Literal["resolver", "name_server"] = "resolver"

    @property
    def is_definite(self) -> bool:
        return self.code in {"answered", "nxdomain", "nodata"}

    @property
    def kept(self) -> dict[str, Any]:
        return {
            "resolver": self.resolver,
            "code": self.code,
            "records": [shortened(record) for record in self.records[:_KEPT]],
            "authenticated": self.authenticated,
            "seconds": self.seconds,
            "by": self.by,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """`sentence` is for the customer's administrator, `reason` for programs."""

    method: Method
    outcome: Outcome
    reason: str
    sentence: str
    at: datetime
    answers: tuple[Answer, ...] = ()
    again: timedelta | None = None
    """When another look may see more."""

    @property
    def kept(self) -> dict[str, Any]:
        """As it is kept and shown; whoever writes the records does not say how much that is."""
        return {
            "method": self.method,
            "outcome": self.outcome,
            "reason": self.reason,
            "sentence": self.sentence,
            "at": rfc3339(self.at),
            "answers": [answer.kept for answer in self.answers],
        }


def instructions(challenge: Challenge) -> list[Instruction]:
    """One of them is enough."""
    site = f"https://{challenge.name}"
    return [
        Instruction(
            "dns_txt",
            challenge.record_name,
            challenge.record_value,
            "Publish a TXT record of this name with this value, or a CNAME to one, and keep it: it "
            "is looked at again.",
        ),
        Instruction(
            "meta",
            f"{site}/",
            f'<meta name="{META}" content="{challenge.token}">',
            "Put this tag into the head of the page at this address, and keep it.",
        ),
        Instruction(
            "file",
            f"{site}{PATH}",
            challenge.record_value,
            "Serve a text file with this content at this address, and keep it.",
        ),
    ]

"""
How control of a domain is shown, and what is made of what was seen (pure).

For each method a worker has one function that looks, given a `Challenge`, and returns an
`Observation`. Of DNS it collects the `Answer`s of several resolvers, and `judge` says what they
amount to (draft-ietf-dnsop-domain-verification-techniques-13).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from provisioning.clock import rfc3339
from provisioning.quoting import shortened

Method = Literal["dns_txt", "meta", "file"]
Outcome = Literal["found", "absent", "unknown"]
"""Only `found` proves; `unknown` never takes anything away."""
Code = Literal["answered", "nxdomain", "nodata", "servfail", "timeout"]
LABEL = "_provisioning-challenge"
META = "provisioning-domain-verification"
PATH = "/.well-known/provisioning-domain-verification.txt"
AGREEING = 2
"""So many resolvers have to have seen the record: one may be lied to (§5.1 of the draft)."""
_KEPT = 10


@dataclass(frozen=True, slots=True)
class Challenge:
    """What has to be seen, and of which domain."""

    name: str
    token: str

    @property
    def record_name(self) -> str:
        """Where the TXT record is looked for; a CNAME there is followed."""
        return f"{LABEL}.{self.name}"

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


def judge(
    challenge: Challenge,
    answers: Sequence[Answer],
    at_the_apex: Sequence[str],
    now: datetime,
) -> Observation:
    """`at_the_apex` are TXT records of the domain itself: many put it there by mistake."""
    having = [one for one in answers if _has(one.records, challenge.token, now)]
    lacking = [one for one in answers if one.is_definite and one not in having]
    place = challenge.record_name
    outcome: Outcome = "absent"
    if len(having) >= AGREEING:
        outcome, reason = "found", "found"
        sentence = f"{len(having)} of {len(answers)} resolvers see the record at {place}"
    elif having:
        outcome, reason = "unknown", "resolvers_disagree"
        sentence = (
            f"{len(having)} of {len(answers)} resolvers sees the record at {place}; the others may "
            "remember for a while that there was none"
        )
    elif len(lacking) < min(AGREEING, len(answers)):
        outcome, reason = "unknown", "resolvers_failed"
        said = ", ".join(f"{one.resolver}: {one.code}" for one in answers if one not in lacking)
        sentence = f"no answer about {place} ({said}): the domain's name servers may be at fault"
    elif records := [record for one in lacking for record in one.records]:
        reason, sentence = _about(records, challenge)
    elif _has(at_the_apex, challenge.token, now):
        reason = "at_the_apex"
        sentence = f"the record is at {challenge.name} itself; it is expected at {place}"
    elif all(one.code == "nxdomain" for one in lacking):
        reason = "no_such_name"
        sentence = f"there is no such name as {place}"
    else:
        reason = "no_txt_record"
        sentence = f"there is the name {place}, and no TXT record at it"
    return Observation(
        method="dns_txt",
        outcome=outcome,
        reason=reason,
        sentence=sentence,
        at=now,
        answers=tuple(answers),
    )


def _about(records: Sequence[str], challenge: Challenge) -> tuple[str, str]:
    place = challenge.record_name
    if any(_token(record) == challenge.token for record in records):
        return "expired", f"the record at {place} says itself that its time is over"
    if any(_fields(record).get("token") for record in records):
        whose = "an older claim's, or that of another organization"
        return "another_token", f"the record at {place} has another token: {whose}"
    return "not_a_token", f"the TXT records at {place} hold no token="


def _has(records: Sequence[str], token: str, now: datetime) -> bool:
    """Of several records any may be the one."""
    return any(_token(record) == token and not _is_over(record, now) for record in records)


def _token(record: str) -> str:
    """`token=…`, first or anywhere; or the bare token, which means the same."""
    return _fields(record).get("token", record.strip())


def _fields(record: str) -> Mapping[str, str]:
    pairs = (field.partition("=") for field in record.split())
    return {name.lower(): value for name, equals, value in pairs if equals}


def _is_over(record: str, now: datetime) -> bool:
    try:
        expiry = datetime.fromisoformat(_fields(record).get("expiry", "never"))
    except ValueError:  # never, or nothing that we know
        return False
    return expiry.tzinfo is not None and expiry <= now

"""
What is made of what was seen of a domain's proof (pure;
draft-ietf-dnsop-domain-verification-techniques-13).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from provisioning.domain_proofs import AGREEING, Answer, Challenge, Observation, Outcome


def better(labelled: Observation, plain: Observation) -> Observation:
    """
    Of a look at the account's own place and one at the place without a label: either proves, and
    only both together are an absence.
    """
    for one in (labelled, plain):
        if one.outcome == "found":
            return one
    for one in (labelled, plain):
        if one.outcome == "unknown":
            return one
    # Something wrong is there, and says more than nothing.
    return plain if labelled.reason == "no_such_name" else labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """What was asked for because the place itself did not show the record."""

    misplaced: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """TXT records of names where the record is put by mistake."""
    owners: Sequence[Answer] = ()
    """What the domain's own name servers say of the place."""


def misplacements(challenge: Challenge) -> list[str]:
    """The apex; and the name twice, as it comes of consoles that append the domain themselves."""
    return [challenge.name, f"{challenge.record_name}.{challenge.name}"]


def are_memories(challenge: Challenge, answers: Sequence[Answer]) -> bool:
    """Whether a resolver that does not see the record may only not have looked for a while."""
    return any(
        one.is_definite and not one.is_fresh and not _has_token(one, challenge) for one in answers
    )


def judge(
    challenge: Challenge, answers: Sequence[Answer], now: datetime, aside: Aside | None = None
) -> Observation:
    """Of what resolvers answered. Only they prove; the domain's own servers explain."""
    aside = aside or Aside()
    having = [one for one in answers if _has(one.records, challenge.token, now)]
    lacking = [one for one in answers if one.is_definite and one not in having]
    published = [one for one in aside.owners if _has(one.records, challenge.token, now)]
    place = challenge.record_name
    remembered = max((one.seconds for one in lacking), default=0)
    outcome: Outcome = "unknown"
    again = None
    if len(having) >= AGREEING:
        outcome, reason = "found", "found"
        sentence = f"{len(having)} of {len(answers)} resolvers see the record at {place}"
    elif published:
        reason, again = "still_cached", timedelta(seconds=remembered)
        sentence = (
            f"{len(published)} of {len(aside.owners)} name servers of the domain have the record "
            f"at {place}; resolvers still remember what was there before: {_left(remembered)}"
        )
    elif having and lacking:
        reason, again = "resolvers_disagree", timedelta(seconds=remembered)
        sentence = (
            f"{len(having)} of {len(answers)} resolvers sees the record at {place}; the others may "
            f"remember for a while that there was none: {_left(remembered)}"
        )
    elif len(lacking) < min(AGREEING, len(answers)):
        failed = [one for one in answers if not one.is_definite]
        reason, sentence = _why_nothing(place, failed)
        if having:
            seeing = f"{len(having)} of {len(answers)} resolvers sees the record"
            sentence = f"{seeing}; {sentence}"
    else:
        outcome = "absent"
        reason, sentence = _why(challenge, lacking, aside.misplaced, now)
    return Observation(
        method="dns_txt",
        outcome=outcome,
        reason=reason,
        sentence=sentence,
        at=now,
        answers=(*answers, *aside.owners),
        again=again,
    )


def _why(
    challenge: Challenge,
    lacking: Sequence[Answer],
    misplaced: Mapping[str, Sequence[str]],
    now: datetime,
) -> tuple[str, str]:
    place = challenge.record_name
    if records := [record for one in lacking for record in one.records]:
        return _about(records, challenge)
    for elsewhere, texts in misplaced.items():
        if _has(texts, challenge.token, now) and elsewhere == challenge.name:
            return "at_the_apex", f"the record is at {elsewhere} itself; it is expected at {place}"
        if _has(texts, challenge.token, now):
            hint = "enter the name without the domain"
            return "name_twice", f"the record is at {elsewhere}; it is expected at {place}: {hint}"
    if all(one.code == "nxdomain" for one in lacking):
        return "no_such_name", f"there is no such name as {place}"
    return "no_txt_record", f"there is the name {place}, and no TXT record at it"


def _why_nothing(place: str, failed: Sequence[Answer]) -> tuple[str, str]:
    said = ", ".join(f"{one.resolver}: {one.code}" for one in failed)
    if any(one.code == "bogus" for one in failed):
        return "dnssec_bogus", (
            f"no valid answer about {place} ({said}): the DNSSEC signatures of the zone have run "
            "out, or are not of the key that the DS record at the registrar names"
        )
    fault = "the domain's name servers may be at fault"
    return "resolvers_failed", f"no answer about {place} ({said}): {fault}"


def _left(seconds: int) -> str:
    """As people say it, rounded up."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds > length:
            return f"{-(-seconds // length)} {unit} left"
    return f"{seconds} s left" if seconds else "they do not say for how long"


def _about(records: Sequence[str], challenge: Challenge) -> tuple[str, str]:
    place = challenge.record_name
    if any(_token(record) == challenge.token for record in records):
        return "expired", f"the record at {place} says itself that its time is over"
    if any(_fields(record).get("token") for record in records):
        whose = "an older claim's, or that of another organization"
        return "another_token", f"the record at {place} has another token: {whose}"
    return "not_a_token", f"the TXT records at {place} hold no token="


def holds(text: str, challenge: Challenge, now: datetime) -> bool:
    """Whether it is the token, as a record or a file has it."""
    return _has([text], challenge.token, now)


def _has_token(answer: Answer, challenge: Challenge) -> bool:
    return any(_token(record) == challenge.token for record in answer.records)


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

"""
Looks for challenges in DNS (draft-ietf-dnsop-domain-verification-techniques-13 §5.2): each resolver
is asked by itself, for what one of them says may be a lie or a memory.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from provisioning.domain_proofs import AGREEING, NO_ANSWER, Answer, Challenge, Observation
from provisioning.domain_verdicts import Aside, are_memories, better, judge, misplacements
from workers.dns_questions import LIFETIME_SECONDS, Server, ask_texts
from workers.name_servers import EVERYWHERE, SECONDS, Reach, ask_owners

_PATIENCE_SECONDS = 1.0


async def observe(
    challenge: Challenge,
    now: datetime,
    *,
    resolvers: Sequence[Server],
    reach: Reach = EVERYWHERE,
) -> Observation:
    """
    Asks all of them at once; takes some seconds at most, and raises nothing. An account with a
    label of its own may have its record there, or where others have theirs.
    """
    seen = _observe_place(challenge, now, resolvers, reach)
    if challenge.account_label is None:
        return await seen
    plain = _observe_place(replace(challenge, account_label=None), now, resolvers, reach)
    return better(*await asyncio.gather(seen, plain))


async def _observe_place(
    challenge: Challenge, now: datetime, resolvers: Sequence[Server], reach: Reach
) -> Observation:
    answers = await _ask_all(resolvers, challenge.record_name)
    seen = judge(challenge, answers, now)
    if seen.outcome == "found" or seen.reason in NO_ANSWER:
        return seen
    able = next(one for one, answer in zip(resolvers, answers, strict=True) if answer.is_definite)
    # For the sentence: whoever has put it at the wrong place should be told.
    wrong = misplacements(challenge) if seen.outcome == "absent" else []
    found = await asyncio.gather(*(ask_texts(able, name) for name in wrong))
    owners: Sequence[Answer] = ()
    if are_memories(challenge, answers):
        with suppress(TimeoutError):
            async with asyncio.timeout(LIFETIME_SECONDS + SECONDS):
                place = challenge.record_name
                owners = await ask_owners(able, place, reach)
    misplaced = {name: one.records for name, one in zip(wrong, found, strict=True)}
    return judge(challenge, answers, now, Aside(misplaced=misplaced, owners=owners))


async def _ask_all(resolvers: Sequence[Server], name: str) -> list[Answer]:
    """Whoever is late when enough of them have answered is not waited for."""
    asked = [asyncio.create_task(ask_texts(resolver, name)) for resolver in resolvers]
    done, late = await asyncio.wait(asked, timeout=_PATIENCE_SECONDS)
    if late and sum(one.result().is_definite for one in done) < AGREEING:
        done, late = await asyncio.wait(asked)
    for one in late:
        one.cancel()
    return [
        Answer(str(resolver), "timeout") if one in late else one.result()
        for resolver, one in zip(resolvers, asked, strict=True)
    ]

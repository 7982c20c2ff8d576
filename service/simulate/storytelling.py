"""Plays a story step by step, in the order it is told."""

import asyncio
from collections.abc import Callable

from service.simulate.actions import perform
from service.simulate.ledger import Ledger
from service.simulate.report import Report, summarize
from service.simulate.stories import Step, Story
from service.simulate.target import Target, connect


def play(story: Story, url: str, token: str, on_step: Callable[[Step], None]) -> Report:
    """
    Plays `story` against the SCIM base `url`; `on_step` is called after each step, when the server
    has answered everything in it.

    Raises:
        Refused: the server refused something; a story makes no sense with a part missing.
    """
    target = Target(idp=story.idp, url=url, token=token)
    return asyncio.run(_play(story, target, on_step))


async def _play(story: Story, target: Target, on_step: Callable[[Step], None]) -> Report:
    ledger = Ledger()
    async with connect(target, ledger) as client:
        await client.test_connection()
        for step in story.steps:
            for action in step.actions:
                await perform(client, action)
            on_step(step)
    return summarize(ledger)

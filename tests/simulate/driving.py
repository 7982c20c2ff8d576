"""One client, one deed, and a server that answers from a script."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from service.simulate.client import Client
from service.simulate.identities import Group, Idp, Person
from service.simulate.ledger import Ledger
from service.simulate.patience import Patience
from service.simulate.target import Target, connect
from service.simulate.transport import Refused
from tests.simulate.prompter import Scripted

INES = Person(
    external_id="00u1", user_name="ines@x.test", given_name="Inês", family_name="Carvalho"
)
OMAR = Person(external_id="00u2", user_name="omar@x.test", given_name="Omar", family_name="Haddad")

NOBODY = Scripted(200, {"totalResults": 0, "Resources": []})
CREATED = Scripted(201, {"id": "u1"})
NO_CONTENT = Scripted(204)


def found(**resource: Any) -> Scripted:
    return Scripted(200, {"totalResults": 1, "Resources": [resource]})


def drive(
    url: str,
    idp: Idp,
    deed: Callable[[Client], Awaitable[None]],
    *,
    attempts: int = 3,
    entra_flag: bool = False,
) -> Ledger:
    """The ledger after `deed`; a refusal is in it."""
    ledger = Ledger()
    patience = Patience(attempts=attempts, longest_seconds=0)
    target = Target(idp=idp, url=url, token="secret", entra_flag=entra_flag, patience=patience)

    async def act() -> None:
        async with connect(target, ledger) as client:
            try:
                await deed(client)
            except Refused:
                assert ledger.failures

    asyncio.run(act())
    return ledger


async def assign_ines(client: Client) -> None:
    await client.assign(INES)


async def assign_and_push(client: Client) -> None:
    await client.assign(INES)
    await client.push_group(Group(external_id="00g1", display_name='R&D "Süd"', members=(INES,)))

"""An IdP that brings one person after the other into a mapped group, as fast as it is told."""

import asyncio
from collections.abc import Callable
from time import perf_counter

import httpx

from provisioning.ids import DirectoryGroupId
from service.bench.ground import PASSWORD
from service.failed import Failed
from service.simulate import okta_bodies
from service.simulate.entra_patches import Patches
from service.simulate.identities import Person

ANSWER_SECONDS = 30

OnAnswer = Callable[[str], None]


async def arrive(
    client: httpx.AsyncClient,
    group_id: DirectoryGroupId,
    people: tuple[Person, ...],
    per_second: float,
    on_answer: OnAnswer,
) -> None:
    """
    Each is created and added, at their own moment whether or not the ones before are through.
    `on_answer` hears of each id when the answer to the group's PATCH is here. Raises `Failed`.
    """
    started = perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for number, person in enumerate(people):
                await asyncio.sleep(started + number / per_second - perf_counter())
                group.create_task(_arrive(client, group_id, person, on_answer))
    except* (Failed, httpx.HTTPError) as failures:
        raise Failed(str(failures.exceptions[0])) from failures


async def _arrive(
    client: httpx.AsyncClient, group_id: DirectoryGroupId, person: Person, on_answer: OnAnswer
) -> None:
    created = await client.post("/Users", json=okta_bodies.user(person, PASSWORD))
    _refuse_failure(created)
    user_id = str(created.json()["id"])
    body = Patches(compliant=False).members_added([user_id])
    _refuse_failure(await client.patch(f"/Groups/{group_id}", json=body))
    on_answer(user_id)


def _refuse_failure(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise Failed(f"{answer.status_code}: {answer.text[:300]}")

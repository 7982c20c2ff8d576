"""Look before you create: how every IdP finds out who is there already."""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from service.simulate.ledger import Noun
from service.simulate.transport import Transport
from service.simulate.wire import Json


@dataclass(frozen=True, slots=True)
class Match:
    """The resource on the other side, and whether this client has just made it."""

    id: str
    resource: Json
    created: bool


async def search(
    transport: Transport, kind: str, path: str, *, tolerate: Collection[int] = ()
) -> list[Json]:
    """
    The resources of a ListResponse.

    Raises:
        Refused: also when `totalResults` is no integer, or hits are announced and not shown
            (RFC 7644 §3.4.2).
    """
    answer = await transport.send(kind, "GET", path, tolerate=tolerate)
    if answer.status in tolerate:
        return []
    total, listed = answer.body.get("totalResults"), answer.body.get("Resources", [])
    if type(total) is not int or not isinstance(listed, list):
        raise transport.refuse(kind, answer.status, "the answer is not a ListResponse")
    resources = [each for each in listed if isinstance(each, dict)]
    if total and not resources:
        reason = f"totalResults is {total}, yet there is no resource in Resources"
        raise transport.refuse(kind, answer.status, reason)
    return resources


async def find_or_create(
    transport: Transport, noun: Noun, path: str, body: Json, *, tolerate: Collection[int] = ()
) -> Match:
    """
    The resource that the lookup `path` finds, else the one made of `body`.

    A 409 means that somebody else was first: the lookup is repeated and its find adopted.
    `tolerate` are statuses of a lookup that mean "nobody".
    """
    look_up, create = f"look up {noun}", f"create {noun}"
    found = await search(transport, look_up, path, tolerate=tolerate)
    if not found:
        answer = await transport.send(
            create, "POST", f"/{noun.title()}s", body, tolerate=(HTTPStatus.CONFLICT,)
        )
        if answer.status != HTTPStatus.CONFLICT:
            made = _match(transport, create, answer.body, created=True)
            transport.ledger.created[noun].append(made.id)
            return made
        found = await search(transport, look_up, path, tolerate=tolerate)
        if not found:
            # Entra retries such an object for ever; Okta shows the task as failed.
            reason = f"taken, yet the lookup finds no {noun}: {answer.body.get('detail')}"
            raise transport.refuse(create, answer.status, reason)
    return _match(transport, look_up, found[0], created=False)


def _match(transport: Transport, kind: str, resource: Json, *, created: bool) -> Match:
    scim_id = resource.get("id")
    if not isinstance(scim_id, str):
        # Okta calls it "Create new user returned empty user".
        status = HTTPStatus.CREATED if created else HTTPStatus.OK
        raise transport.refuse(kind, status, "the resource in the answer has no id")
    return Match(scim_id, resource, created)

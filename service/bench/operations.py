"""What is asked of the server: each SCIM operation, and beside it its floor."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, cycle
from urllib.parse import quote

from sqlalchemy import Engine

from provisioning.store import engine as engines
from service.bench import floor, ground
from service.bench.connection import Workload
from service.bench.ground import DOMAIN, PASSWORD, Ground
from service.simulate import okta_bodies
from service.simulate.entra_patches import Patches
from service.simulate.identities import Person
from service.simulate.wire import equals

_NUMBER = "00000000"


@dataclass(frozen=True, slots=True)
class Operation:
    """The same work twice."""

    name: str
    floor: Workload
    measured: Workload


def of_scim(engine: Engine, users: int) -> list[Operation]:
    """On the ground that is laid for them."""
    with engines.transaction(engine) as connection:
        laid = ground.lay(connection, users)
    return Operations(laid).all()


class Operations:
    """
    The requests of one run: their counters go on from round to round, so that nothing is
    created, and nobody joins a group, twice.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._base = f"/scim/v2/{ground.directory_id}"

    def all(self) -> list[Operation]:
        """In an order in which none makes the directory larger for the ones behind it."""
        return [
            Operation("look up by userName", _ok(self._floor_look_up()), _ok(self._look_up())),
            Operation("read", _ok(self._floor_read()), _ok(self._read())),
            Operation("page of 100", _ok(self._floor_page()), _ok(self._page())),
            Operation("PATCH active", _ok(self._floor_update()), _ok(self._patch())),
            Operation("add member", Workload(self._floor_join(), 204), Workload(self._join(), 204)),
            Operation("create", Workload(self._floor_create(), 201), Workload(self._create(), 201)),
        ]

    def _look_up(self) -> Iterator[bytes]:
        wanted = (quote(equals("userName", name)) for name in self._ground.user_names)
        return self._again_and_again(f"{self._base}/Users?filter={one}" for one in wanted)

    def _floor_look_up(self) -> Iterator[bytes]:
        names = self._ground.user_names
        return self._again_and_again(f"{floor.PREFIX}look_up/{name}" for name in names)

    def _read(self) -> Iterator[bytes]:
        ids = self._ground.user_ids
        return self._again_and_again(f"{self._base}/Users/{user_id}" for user_id in ids)

    def _floor_read(self) -> Iterator[bytes]:
        ids = self._ground.user_ids
        return self._again_and_again(f"{floor.PREFIX}read/{user_id}" for user_id in ids)

    def _page(self) -> Iterator[bytes]:
        queries = (f"startIndex={one + 1}&count={floor.PAGE_SIZE}" for one in self._pages())
        return self._again_and_again(f"{self._base}/Users?{query}" for query in queries)

    def _floor_page(self) -> Iterator[bytes]:
        return self._again_and_again(f"{floor.PREFIX}page/{one}" for one in self._pages())

    def _again_and_again(self, paths: Iterable[str]) -> Iterator[bytes]:
        # Written beforehand: the client takes its time from the server's two cores.
        return cycle([self._request("GET", path) for path in paths])

    def _patch(self) -> Iterator[bytes]:
        # Whoever was active is made inactive, then active again: each request changes something.
        bodies = [_encoded(okta_bodies.activation(active=active)) for active in (False, True)]
        for body in cycle(bodies):
            for user_id in self._ground.user_ids:
                yield self._request("PATCH", f"{self._base}/Users/{user_id}", body)

    def _floor_update(self) -> Iterator[bytes]:
        bodies = [document.encode() for document in self._ground.documents]
        for user_id, body in cycle(zip(self._ground.user_ids, bodies, strict=True)):
            yield self._request("POST", f"{floor.PREFIX}update/{user_id}", body)

    def _join(self) -> Iterator[bytes]:
        group, user = self._ground.empty_group_ids[0], self._ground.user_ids[0]
        body = _encoded(Patches(compliant=False).members_added([user]))
        # Entra says no Accept, and gets 204.
        request = self._request("PATCH", f"{self._base}/Groups/{group}", body, accept=False)
        # Ids are of one length, and to write each request anew would take the server's time.
        for group_id, user_id in self._pairs():
            yield request.replace(group.encode(), group_id.encode()).replace(
                user.encode(), user_id.encode()
            )

    def _floor_join(self) -> Iterator[bytes]:
        for group_id, user_id in self._pairs():
            yield self._request("POST", f"{floor.PREFIX}join/{group_id}/{user_id}", accept=False)

    def _create(self) -> Iterator[bytes]:
        person = Person(
            external_id=f"00u{_NUMBER}newcomer",
            user_name=f"newcomer.{_NUMBER}@{DOMAIN}",
            given_name="Barbara",
            family_name="Jensen",
            title="Engineer",
            department="Engineering",
        )
        template = _encoded(okta_bodies.user(person, PASSWORD))
        for number in count():
            body = template.replace(_NUMBER.encode(), b"%08d" % number)
            yield self._request("POST", f"{self._base}/Users", body)

    def _floor_create(self) -> Iterator[bytes]:
        documents = cycle(document.encode() for document in self._ground.documents)
        for number, document in enumerate(documents):
            yield self._request("POST", f"{floor.PREFIX}create/{number:08d}", document)

    def _pages(self) -> range:
        last = len(self._ground.user_ids) - floor.PAGE_SIZE
        return range(0, last + 1, floor.PAGE_SIZE)

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for user_id in self._ground.user_ids:
            for group_id in self._ground.empty_group_ids:
                yield group_id, user_id

    def _request(self, method: str, path: str, body: bytes = b"", *, accept: bool = True) -> bytes:
        """The same headers for both sides, of which the floor reads none."""
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: bench",
            f"Authorization: Bearer {self._ground.token}",
            "Content-Type: application/scim+json",
            f"Content-Length: {len(body)}",
            "User-Agent: provisioning-bench",
        ]
        if accept:
            lines.append("Accept: application/scim+json")
        return "\r\n".join((*lines, "", "")).encode() + body


def _ok(requests: Iterator[bytes]) -> Workload:
    return Workload(requests, 200)


def _encoded(value: dict[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()

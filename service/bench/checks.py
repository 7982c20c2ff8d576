"""What `check` is asked: about members with a mapped role that inherits, one or many at once."""

import json
from itertools import cycle, repeat

from sqlalchemy import Engine

from provisioning import api_keys, directories, drain, mappings, roles
from provisioning.clock import now
from provisioning.context import Acting
from provisioning.store import engine as engines
from provisioning.store import memberships
from provisioning.store.pages import Cut
from service.bench import floor, ground
from service.bench.connection import Workload
from service.bench.ground import ACTOR
from service.bench.operations import Operation

AT_ONCE = 100
_UNLIMITED = 2**31 - 1
_ASKED = "invoices:pay"


def prepare(engine: Engine, users: int) -> list[Operation]:
    """Everybody of one team may do what is asked; nobody else."""
    by = Acting(actor=ACTOR, now=now())
    with engines.transaction(engine) as connection:
        laid = ground.lay(connection, users)
        organization_id = laid.organization_id
        viewer = {"name": "viewer", "rank": 110, "permissions": ["invoices:*", "customers:read"]}
        roles.create(connection, organization_id, viewer, by)
        billing = {"name": "billing", "rank": 120, "permissions": ["a:b"], "extends": "viewer"}
        roles.create(connection, organization_id, billing, by)
        directory = directories.get(connection, laid.directory_id)
        mappings.declare(connection, directory, "Team 0", "billing", actor=ACTOR, now=by.now)
        _, secret = api_keys.create(
            connection, "bench", ["read:permissions"], by, requests_per_minute=_UNLIMITED
        )
    while drain.drain(engine, organization_id, now).more:
        pass
    with engines.reading(engine) as connection:
        members = memberships.listing(connection, organization_id, Cut(limit=users)).items
    path = f"/v1/organizations/{organization_id}"
    questions = [{"user_id": one.user_id, "permission": _ASKED} for one in members]
    singly = (_request(f"{path}/check", secret, one) for one in cycle(questions))
    together = (
        _request(f"{path}/checks", secret, {"questions": questions[first : first + AT_ONCE]})
        for first in cycle(range(0, users - AT_ONCE + 1, AT_ONCE))
    )
    return [
        Operation("check", _floor(secret, questions[0]), Workload(singly, 200)),
        Operation(
            f"{AT_ONCE} checks at once",
            _floor(secret, {"questions": questions[:AT_ONCE]}),
            Workload(together, 200),
        ),
    ]


def _floor(secret: str, body: object) -> Workload:
    return Workload(repeat(_request(f"{floor.PREFIX}constant", secret, body)), 200)


def _request(path: str, secret: str, body: object) -> bytes:
    content = json.dumps(body, separators=(",", ":")).encode()
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: bench",
        f"Authorization: Bearer {secret}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "User-Agent: provisioning-bench",
    )
    return "\r\n".join((*lines, "", "")).encode() + content

"""Who calls, and the two ways to answer them: by reading, or by a change that is written once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection, Engine
from starlette.responses import Response

from admin_api.errors import ApiError
from provisioning import ids
from provisioning.context import Acting
from provisioning.errors import NotFound
from provisioning.ids import OrganizationId
from provisioning.store import audit_entries, idempotent_answers
from provisioning.store.api_keys import ApiKey
from provisioning.store.audit_entries import AuditEntry
from provisioning.store.engine import reading, transaction

Answered = TypeVar("Answered", bound=BaseModel)
Ring = Callable[[OrganizationId], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is kept of a request beside its body: for the audit trail, and to know it again."""

    method: str
    path: str
    body: bytes
    operation: str
    request_id: str
    ip_address: str | None
    user_agent: str | None
    idempotency_key: str | None
    if_match: str | None
    if_none_match: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """
    What a change leads to. `target` is the id of what was changed, for the audit trail, of which
    `organization_id` is the tenant; `headers` are an ETag or a Location.
    """

    body: BaseModel | None
    target: str | None = None
    organization_id: OrganizationId | None = None
    headers: Mapping[str, str] | None = None
    woken: Sequence[OrganizationId] = ()
    """Whichever else have something to drain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A key that was found good, and what it asks."""

    engine: Engine
    ring: Ring
    organization_limit: int | None
    """Of one user, where the installation has such a limit."""
    public_url: str
    """Of this server, as its customers see it: scheme and host, no path."""
    key: ApiKey
    asked: Asked
    now: datetime

    @property
    def acting(self) -> Acting:
        return Acting(
            actor=f"api_key:{self.key.id}", now=self.now, request_id=self.asked.request_id
        )

    @property
    def only(self) -> OrganizationId | None:
        """The organization whose key this is; None: the installation's."""
        return self.key.organization_id

    def within(self, organization_id: str) -> OrganizationId:
        """The organization, if the key may see it. Another's is told as if there were none."""
        if self.only is not None and self.only != organization_id:
            raise NotFound("organization", organization_id)
        return OrganizationId(organization_id)

    def of_the_installation(self) -> None:
        """Raises 403 for the key of one organization: this is about all of them."""
        if self.only is not None:
            raise ApiError(403, "forbidden", "the API key of one organization may not do this")

    def read(self, work: Callable[[Connection], Answered]) -> Answered:
        """One or more SELECTs, without a transaction."""
        with reading(self.engine) as connection:
            return work(connection)

    def change(self, status: int, work: Callable[[Connection], Change]) -> Response:
        """
        A transaction with the change, its events, its line in the audit trail and, where the
        caller sent an Idempotency-Key, its answer: all of them or none. Asked again with the same
        key, the first answer is given again and nothing is done.
        """
        key = self.asked.idempotency_key
        with transaction(self.engine) as connection:
            if key is not None:
                earlier = idempotent_answers.claim(
                    connection, self.key.id, key, self._request_hash(), self.now
                )
                if earlier is not None:
                    return self._again(earlier)
            changed = work(connection)
            text = "" if changed.body is None else changed.body.model_dump_json()
            self._note(connection, changed, status)
            if key is not None:
                etag = (changed.headers or {}).get("ETag")
                idempotent_answers.keep(
                    connection, self.key.id, key, status=status, body=text, etag=etag
                )
        for organization_id in (changed.organization_id, *changed.woken):
            # After the commit, and only a hint: it may be lost, the notes are not.
            if organization_id is not None:
                self.ring(organization_id)
        return _response(status, text, changed.headers)

    def remove(
        self, target: str, within: OrganizationId | None, work: Callable[[Connection], object]
    ) -> Response:
        """A `change` that leaves nothing to answer with."""

        def change(connection: Connection) -> Change:
            work(connection)
            return Change(None, target, within)

        return self.change(204, change)

    def _note(self, connection: Connection, changed: Change, status: int) -> None:
        audit_entries.insert(
            connection,
            AuditEntry(
                id=ids.new(ids.AUDIT_ENTRY),
                organization_id=changed.organization_id or self.only,
                at=self.now,
                actor=self.acting.actor,
                action=self.asked.operation,
                target=changed.target,
                status=status,
                ip_address=self.asked.ip_address,
                user_agent=self.asked.user_agent,
                request_id=self.asked.request_id,
            ),
        )

    def _request_hash(self) -> str:
        asked = self.asked
        head = f"{asked.method} {asked.path}\n".encode()
        return hashlib.sha256(head + asked.body).hexdigest()

    def _again(self, earlier: idempotent_answers.Answer) -> Response:
        if earlier.request_hash != self._request_hash():
            raise ApiError(
                409,
                "idempotency_key_reused",
                "this Idempotency-Key came with another request before",
            )
        etag = {} if earlier.etag is None else {"ETag": earlier.etag}
        return _response(earlier.status, earlier.body, {"Idempotent-Replayed": "true", **etag})


def answer(status: int, body: BaseModel, headers: Mapping[str, str]) -> Response:
    """What was read, with headers such as an ETag."""
    return _response(status, body.model_dump_json(), headers)


def _response(status: int, body: str, headers: Mapping[str, str] | None) -> Response:
    media_type = "application/json" if body else None
    return Response(body, status, dict(headers or {}), media_type=media_type)

"""
An IdP that goes on writing while things break: it asks again on 503 and on a broken connection,
and adopts what an unanswered request of its own has made.
"""

import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any, Self

import httpx

from provisioning.store.directories import Directory
from tests.serving import client_of

GROUP = "Engineering"
ROLE = "admin"
_PAUSE_SECONDS = 0.02
_AGAIN_SECONDS = 0.1
_PATIENCE_SECONDS = 60
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
NO_ANSWER = 0


class Writer:
    """Everybody is created and joins the group; one of three is then deactivated, or leaves it."""

    def __init__(self, address: str, directory: Directory, token: str) -> None:
        self.statuses: Counter[int] = Counter()
        """Of every attempt; 0 for one without an answer."""
        self._client = client_of(address, directory, f"Bearer {token}")
        # An address that another organization has used first would be a conflict, and no member.
        self._domain = f"{directory.id.replace('_', '-')}.example"
        self._people = 0
        self._wrote = threading.Condition()
        self._stopping = threading.Event()
        self._broken: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="writer")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.close()
        if error is None and self._broken is not None:
            raise self._broken

    @property
    def people(self) -> int:
        """Written up to now; all of it answered."""
        return self._people

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Returns when so many more people have been written."""
        with self._wrote:
            wanted = self._people + more
            done = self._wrote.wait_for(lambda: self._people >= wanted or self._broken, seconds)
        assert done, f"{self._people} of {wanted} people; {self.statuses}"

    def wait_until_refused(self, times: int = 3) -> None:
        """Returns when so many more requests have been answered with 503."""
        wanted = self.statuses[httpx.codes.SERVICE_UNAVAILABLE] + times
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.statuses[httpx.codes.SERVICE_UNAVAILABLE] < wanted:
            assert time.monotonic() < deadline, self.statuses
            time.sleep(_PAUSE_SECONDS)

    def _run(self) -> None:
        try:
            group_id = self._make("/Groups", {"schemas": [_GROUP], "displayName": GROUP})
            while not self._stopping.wait(_PAUSE_SECONDS):
                self._write(group_id)
                with self._wrote:
                    self._people += 1
                    self._wrote.notify_all()
        except Exception as error:  # noqa: BLE001 - raised again where the test is
            with self._wrote:
                self._broken = error
                self._wrote.notify_all()

    def _write(self, group_id: str) -> None:
        number = self._people
        email = f"person{number}@{self._domain}"
        emails = [{"value": email, "primary": True}]
        user = {"schemas": [USER], "userName": email, "emails": emails, "active": True}
        user_id = self._make("/Users", user)
        members = {"path": "members", "value": [{"value": user_id}]}
        self._patch(f"/Groups/{group_id}", {"op": "add", **members})
        if number % 3 == 1:
            self._patch(f"/Users/{user_id}", {"op": "replace", "value": {"active": False}})
        elif number % 3 == 2:
            self._patch(f"/Groups/{group_id}", {"op": "remove", **members})

    def _make(self, path: str, body: dict[str, Any]) -> str:
        answer = self._send("POST", path, body)
        if answer.status_code == httpx.codes.CONFLICT:
            name = "userName" if path == "/Users" else "displayName"
            found = self._send("GET", f'{path}?filter={name} eq "{body[name]}"').json()
            return str(found["Resources"][0]["id"])
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])

    def _patch(self, path: str, operation: dict[str, Any]) -> None:
        answer = self._send("PATCH", path, {"schemas": [_PATCH], "Operations": [operation]})
        assert answer.is_success, answer.text

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = self._client.request(method, path, json=body)
            except httpx.TransportError:
                self.statuses[NO_ANSWER] += 1
            else:
                self.statuses[answer.status_code] += 1
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
            time.sleep(_AGAIN_SECONDS)
        raise TimeoutError(f"{method} {path}: {self.statuses}")

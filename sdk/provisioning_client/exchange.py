"""One call's attempts, without the network: which request, how long to wait, what it came to."""

import platform
from typing import Generic, TypeVar

import httpx

from provisioning_client.calls import Call, answered
from provisioning_client.errors import UnexpectedAnswer, Unreachable, refusal
from provisioning_client.retries import Retries
from provisioning_client.version import VERSION

T = TypeVar("T")
USER_AGENT = f"provisioning-client/{VERSION} python/{platform.python_version()}"


class Server:
    """Where it is, and the key that opens it; the key is in no repr."""

    def __init__(self, url: str, api_key: str, timeout: float) -> None:
        self._url = url.rstrip("/")
        self._timeout = httpx.Timeout(timeout)
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
        }

    def __repr__(self) -> str:
        return f"Server({self._url!r})"

    def request(self, call: Call[T]) -> httpx.Request:
        """May be sent more than once."""
        return httpx.Request(
            call.method,
            f"{self._url}/v1{call.path}",
            params=call.query,
            headers={**self._headers, **call.headers},
            json=call.body,
            extensions={"timeout": self._timeout.as_dict()},
        )


class Exchange(Generic[T]):
    """Of one call. After each attempt either seconds to wait before the next, or the end."""

    def __init__(self, call: Call[T], retries: Retries) -> None:
        self._call = call
        self._retries = retries
        self._attempt = 0
        self._maybe_done = False

    def pause_after(self, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """None: there is no further attempt, and `result` is asked."""
        method = self._call.method
        if isinstance(outcome, httpx.Response):
            pause = self._retries.after_answer(method, self._attempt, outcome)
            self._maybe_done |= outcome.is_server_error
        else:
            pause = self._retries.after_silence(method, self._attempt, outcome)
            self._maybe_done = True
        self._attempt += 1
        return pause

    def result(self, outcome: httpx.Response | httpx.TransportError) -> T:
        """Raises what `provisioning_client.errors` lists."""
        call = self._call
        if isinstance(outcome, httpx.TransportError):
            sentence = f"no answer to {call.method} {call.path} in {self._attempt} attempts"
            raise Unreachable(sentence) from outcome
        if self._was_deleted_before(outcome):
            return call.read(None, None)
        if not outcome.is_success:
            raise refusal(outcome)
        try:
            return answered(call, outcome)
        except (KeyError, TypeError, ValueError) as error:
            raise UnexpectedAnswer(f"{call.method} {call.path}: {error!r}") from error

    def _was_deleted_before(self, answer: httpx.Response) -> bool:
        """By an attempt whose answer was lost."""
        again = self._call.done_when_gone and self._maybe_done
        return again and answer.status_code == httpx.codes.NOT_FOUND

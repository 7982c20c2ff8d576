"""A road to a server on which answers are lost and proxies are overloaded, as often as one says."""

import http.server
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

import httpx

from provisioning_client import Client
from tests.servers.ports import LOOPBACK
from tests.serving import ANSWER_SECONDS, NO_TLS

Fault = Literal["answer lost", "overloaded", "changes met", "another's page"]
_HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "date", "server", "host"}


@dataclass(frozen=True, slots=True)
class Road:
    """`faults` happen to the next requests, one each; `seen` are methods in order."""

    address: str
    faults: deque[Fault] = field(default_factory=deque)
    seen: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Traveler:
    """A client that goes there, and the pauses that it would have made."""

    client: Client
    road: Road
    pauses: list[float] = field(default_factory=list)


@contextmanager
def road_to(address: str) -> Iterator[Road]:
    """A proxy in a thread; what it lets through goes over two sockets."""
    with (
        httpx.Client(base_url=address, timeout=ANSWER_SECONDS, verify=NO_TLS) as beyond,
        _Proxy(beyond) as proxy,
    ):
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield proxy.road
        finally:
            proxy.shutdown()
            thread.join()


class _Proxy(http.server.ThreadingHTTPServer):
    def __init__(self, beyond: httpx.Client) -> None:
        super().__init__((LOOPBACK, 0), _Passage)
        self.beyond = beyond
        self.road = Road(f"http://{LOOPBACK}:{self.server_port}")


class _Passage(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Proxy

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline()
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        road = self.server.road
        road.seen.append(self.command)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        match road.faults.popleft() if road.faults else None:
            case "overloaded":
                self._answer(503, {"Retry-After": "2"}, b"upstream connect error")
            case "changes met":
                self._answer(409, {"Retry-After": "1"}, b'{"error": {"code": "try_again"}}')
            case "another's page":
                self._answer(200, {"Content-Type": "text/html"}, b"<h1>Sign in</h1>")
            case "answer lost":
                self._forwarded(body)
                self.close_connection = True
            case None:
                answer = self._forwarded(body)
                self._answer(answer.status_code, answer.headers, answer.content)

    def _forwarded(self, body: bytes) -> httpx.Response:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        return self.server.beyond.request(self.command, self.path, headers=headers, content=body)

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Nobody reads it."""

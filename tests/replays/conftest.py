"""A small HTTP server that keeps documents, to see what arrives and to be judged."""

import itertools
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

MEETING_SECONDS = 10


@dataclass(slots=True)
class Shelf:
    """
    POST /things keeps a document and answers it with an id, GET /things/{id} gives it back, DELETE
    takes it away with a 204, /meet waits until two are there, /text is no JSON, the rest is 404.
    """

    base_url: str = ""
    token: str = "secret"
    things: dict[str, Any] = field(default_factory=dict)
    received: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    """(method, path, headers in lower case, body) of each request."""
    numbers: Iterator[int] = field(default_factory=itertools.count)
    meeting: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, str]:
        """The status and the text."""
        thing = path.rpartition("/")[2]
        match method, path:
            case "POST", "/things":
                thing = str(next(self.numbers))
                self.things[thing] = {**json.loads(body), "id": thing}
                return 201, json.dumps(self.things[thing])
            case "GET", "/meet":
                self.meeting.wait(MEETING_SECONDS)
                return 200, "{}"
            case "GET", "/text":
                return 200, "no JSON"
            case "GET", _ if thing in self.things:
                return 200, json.dumps(self.things[thing])
            case "DELETE", _ if thing in self.things:
                del self.things[thing]
                return 204, ""
        return 404, json.dumps({"status": "404"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shelf: Shelf

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.shelf.received.append((self.command, self.path, headers, body))
        status, text = self.shelf.answer(self.command, self.path, body)
        self.send_response(status)
        self.send_header("X-Shelf", "oak")
        if status != httpx.codes.NO_CONTENT:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

    def log_message(self, *_: object) -> None:
        """Nothing: `received` tells it."""


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    handler = type("Handler", (_Handler,), {"shelf": shelf})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        shelf.base_url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield shelf
        server.shutdown()
        thread.join()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client

"""A server that answers from a script and remembers what it was asked."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from service.simulate.ledger import NO_ANSWER


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer; a body that is no text is sent as JSON, `NO_ANSWER` hangs up."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: Any


@dataclass(slots=True)
class Prompter:
    """`script` is read from its beginning; `heard` grows."""

    url: str = ""
    script: list[Scripted] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    def lines(self) -> list[str]:
        """`METHOD /path?query` of every request."""
        return [f"{heard.method} {heard.path}" for heard in self.heard]


@contextmanager
def serve() -> Iterator[Prompter]:
    """The base URL ends in `/scim`; what is heard begins after it."""
    told = Prompter()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else every answer waits 40 ms for an acknowledgment

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            path = self.path.removeprefix("/scim")
            told.heard.append(Heard(self.command, path, headers, json.loads(raw) if raw else None))
            scripted = told.script.pop(0)
            if scripted.status == NO_ANSWER:
                self.close_connection = True
                return
            self.send_response(scripted.status)
            text = scripted.body if isinstance(scripted.body, str) else json.dumps(scripted.body)
            sent = b"" if scripted.body is None else text.encode()
            for name, value in scripted.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - as the library asks

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its signature
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_port}/scim"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield told
        server.shutdown()
        thread.join()

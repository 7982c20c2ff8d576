"""uvicorn's HTTP protocol, whose own refusals are SCIM messages, too."""

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from scim_api.messages import MEDIA_TYPE
from scim_api.protocol.errors import body


class ScimHttpProtocol(HttpToolsProtocol):
    """
    What the parser refuses never reaches the application: a URL above 64 kB, as a filter can make
    it, or a broken chunk. Okta cannot parse an answer in plain text, and shows its admin nothing.
    """

    def send_400_response(self, msg: str) -> None:
        """`msg` says that the request is invalid, and no more."""
        detail = f"{msg} Its first line is longer than 64 kB, or it is not HTTP/1.1."
        content = orjson.dumps(body(400, "invalidSyntax", detail))
        head = (
            b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n"
            b"content-type: %b\r\ncontent-length: %d\r\n\r\n" % (MEDIA_TYPE, len(content))
        )
        self.transport.write(head + content)
        self.transport.close()

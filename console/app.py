"""
The operators' page: a few static files at `/console`. What they show they ask `/v1` of the same
origin themselves, with the key that the operator pastes; this application knows of neither.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from console import files

PATH = "/console"
_PAGE = "index.html"
_METHODS = ("GET", "HEAD")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
    "; img-src 'self' https:"  # logos are wherever their organizations have put them
    "; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    # Text of tenants that was put in as markup would be an error, not a script.
    "; require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Kept, but asked for each time: after an upgrade no module meets an older one.
    "Cache-Control": "no-cache",
}


def answers(path: str) -> bool:
    """Whether a path is this application's."""
    return path == PATH or path.startswith(f"{PATH}/")


def create() -> ASGIApp:
    """Holds all of its files in memory."""
    known = files.read()

    async def console(scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"][len(PATH) + 1 :] or _PAGE
        response = _answer(known.get(name), scope["method"], Headers(scope=scope))
        response.headers.update(_HEADERS)
        await response(scope, receive, send)

    return console


def _answer(file: files.File | None, method: str, headers: Headers) -> Response:
    if file is None:
        return PlainTextResponse("there is nothing at this path", 404)
    if method not in _METHODS:
        return PlainTextResponse("not allowed here", 405, {"Allow": ", ".join(_METHODS)})
    etag = {"ETag": file.etag}
    if file.etag in headers.get("if-none-match", ""):
        return Response(status_code=304, headers=etag)
    return Response(file.content, headers=etag, media_type=file.media_type)

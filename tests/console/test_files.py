"""What is served at `/console`: these files and nothing else, with strict headers."""

from pathlib import Path

import httpx
import pytest

from tests.admin_serving import Admin
from tests.serving import ANSWER_SECONDS, NO_TLS

STATIC = Path(__file__).parents[2] / "console" / "static"
NAMES = sorted(path.name for path in STATIC.iterdir())
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' https:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
}


def ask(admin: Admin, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    return httpx.request(
        method,
        f"{admin.address}{path}",
        headers=headers,
        timeout=ANSWER_SECONDS,
        verify=NO_TLS,
        trust_env=False,
    )


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/index.html"])
def test_the_page_is_there_for_who_has_no_key(admin: Admin, path: str) -> None:
    answer = ask(admin, path)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.content == (STATIC / "index.html").read_bytes()


def test_every_file_is_served_as_what_it_is(admin: Admin) -> None:
    types = {name: ask(admin, f"/console/{name}").headers["Content-Type"] for name in NAMES}

    assert set(types.values()) == {
        "text/html; charset=utf-8",
        "text/css; charset=utf-8",
        "text/javascript; charset=utf-8",
        "image/svg+xml",
    }
    assert {name for name, kind in types.items() if kind.startswith("text/javascript")} == {
        name for name in NAMES if name.endswith(".js")
    }


@pytest.mark.parametrize(
    "path",
    [
        "/console/../pyproject.toml",
        "/console/%2e%2e/app.py",
        "/console/..%2fapp.py",
        "/console//etc/passwd",
        "/console/%00",
        "/console/app.py",
        "/console/static/main.js",
        "/consolefiles",
    ],
)
def test_nothing_else_is_in_reach(admin: Admin, path: str) -> None:
    assert ask(admin, path).status_code == 404


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/console", "GET", 200),
        ("/console", "HEAD", 200),
        ("/console/main.js", "GET", 200),
        ("/console/nothing.js", "GET", 404),
        ("/console", "POST", 405),
    ],
)
def test_every_answer_has_the_strict_headers(
    admin: Admin, path: str, method: str, status: int
) -> None:
    answer = ask(admin, path, method)

    assert answer.status_code == status
    assert set(answer.headers["Content-Security-Policy"].split("; ")) == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer.headers


def test_what_one_has_already_is_not_sent_again(admin: Admin) -> None:
    first = ask(admin, "/console/main.js")
    again = ask(admin, "/console/main.js", **{"If-None-Match": first.headers["ETag"]})
    other = ask(admin, "/console/form.js", **{"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert (other.status_code, other.content) == (200, (STATIC / "form.js").read_bytes())


def test_no_outside_address_is_named() -> None:
    allowed = ("https://", "http://www.w3.org/2000/svg")  # a hint, and the name of a language
    for name in NAMES:
        text = (STATIC / name).read_text()
        for word in ("http://", "https://"):
            for rest in text.split(word)[1:]:
                found = word + rest.split('"')[0].split()[0]
                assert found in allowed or not rest[0].isalnum(), (name, found)

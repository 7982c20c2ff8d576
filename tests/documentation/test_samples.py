"""The samples of the documentation do what it says, against the running server."""

import os
import re
import secrets
import shlex
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.admin_serving import Admin

ROOT = Path(__file__).parents[2]
API_PAGES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "docs" / "api").glob("*.md"))
PAGES = ("sdk/README.md", *API_PAGES)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    found = _BLOCK.findall((ROOT / page).read_text())
    return [text for spoken, text in found if spoken == language]


@pytest.fixture
def variables(admin: Admin) -> dict[str, str]:
    """What the reader of the pages has: a server, a key, and an organization with all there is."""
    organization = f"/organizations/{admin.organization()['id']}"
    member = {"email": f"{secrets.token_hex(6)}@example.com"}
    membership = admin.post(f"{organization}/memberships", member)
    workspace = admin.post(f"{organization}/workspaces", {"display_name": "Headquarters"})
    directory = admin.post(f"{organization}/directories", {"type": "generic"})
    return {
        "PROVISIONING_URL": admin.address,
        "PROVISIONING_API_KEY": admin.secret,
        "ORGANIZATION_ID": membership["organization_id"],
        "USER_ID": membership["user"]["id"],
        "MEMBERSHIP_ID": membership["id"],
        "WORKSPACE_ID": workspace["id"],
        "DIRECTORY_ID": directory["id"],
    }


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(variables: dict[str, str], page: str) -> None:
    samples = blocks(page, "python")
    assert samples

    for sample in samples:
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", sample],
            env={**os.environ, **variables, "PYTHONPATH": str(ROOT / "sdk")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("page", API_PAGES)
def test_the_curl_of_a_page_is_answered(admin: Admin, variables: dict[str, str], page: str) -> None:
    commands = [command for text in blocks(page, "sh") for command in _commands(text)]
    assert commands

    for command in commands:
        answer = admin.client.send(requested(command, variables))
        assert answer.is_success, (command, answer.text)


def _commands(text: str) -> Iterator[str]:
    for command in re.split(r"^(?=curl )", text, flags=re.MULTILINE):
        if command:
            yield command.replace("\\\n", "")


def expanded(command: str, values: dict[str, str]) -> str:
    """As a shell does it: not between single quotes."""
    parts = command.split("'")
    parts[::2] = [string.Template(part).substitute(values) for part in parts[::2]]
    return "'".join(parts)


def requested(command: str, values: dict[str, str]) -> httpx.Request:
    """What curl would send; no machine needs to have curl for it. An unknown option is an error."""
    name, *arguments = shlex.split(expanded(command, values))
    assert name == "curl"
    method, headers, url = "GET", {}, ""
    content: str | None = None
    while arguments:
        argument = arguments.pop(0)
        if argument == "--header":
            key, _, value = arguments.pop(0).partition(": ")
            headers[key] = value
        elif argument == "--json":
            content = arguments.pop(0)
            headers["Content-Type"] = "application/json"
            method = "POST" if method == "GET" else method
        elif argument == "--request":
            method = arguments.pop(0)
        else:
            assert argument.startswith("http"), f"curl {argument} is not understood here"
            url = argument
    return httpx.Request(method, url, headers=headers, content=content)

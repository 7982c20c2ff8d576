"""The samples of the documentation do what it says, against the running server."""

import os
import re
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
PAGES = ("sdk/README.md", "docs/api/README.md")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    found = _BLOCK.findall((ROOT / page).read_text())
    return [text for spoken, text in found if spoken == language]


def variables(admin: Admin) -> dict[str, str]:
    return {"PROVISIONING_URL": admin.address, "PROVISIONING_API_KEY": admin.secret}


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(admin: Admin, page: str) -> None:
    samples = blocks(page, "python")
    assert samples

    for sample in samples:
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", sample],
            env={**os.environ, **variables(admin), "PYTHONPATH": str(ROOT / "sdk")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("page", ["docs/api/README.md"])
def test_the_curl_of_a_page_is_answered(admin: Admin, page: str) -> None:
    commands = [command for text in blocks(page, "sh") for command in _commands(text)]
    assert commands

    for command in commands:
        answer = admin.client.send(requested(command, variables(admin)))
        assert answer.is_success, (command, answer.text)


def _commands(text: str) -> Iterator[str]:
    yield from text.replace("\\\n", "").splitlines()


def requested(command: str, values: dict[str, str]) -> httpx.Request:
    """What curl would send; no machine needs to have curl for it. An unknown option is an error."""
    name, *arguments = shlex.split(string.Template(command).substitute(values))
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

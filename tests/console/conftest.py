"""A browser before the page of a running server, as an operator has it."""

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.admin_serving import Admin
from tests.console.operating import Operator, note
from tests.servers.browser import browser as program

# What a browser does behind one's back finds no network here, and takes time to find that out.
_ALONE = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
_PATIENCE_MILLISECONDS = 15_000


@pytest.fixture
def dialect() -> str:
    """The page only knows the API, which is tested on both."""
    return "sqlite"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Of a module: while it is there, no other event loop may run in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=_ALONE)
        yield browser
        browser.close()


@pytest.fixture
def operator(chromium: Browser, admin: Admin) -> Iterator[Operator]:
    """Nobody is signed in yet. At the end the browser must have had no complaint."""
    context = chromium.new_context(locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(_PATIENCE_MILLISECONDS)
    made = Operator(context.new_page(), admin.address)
    made.page.on("console", partial(note, made.complaints))
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    yield made
    context.close()
    assert made.complaints == []

"""Signing in with a key, being told why not, and signing out."""

import time

import pytest
from playwright.sync_api import expect

from tests.admin_serving import Admin
from tests.console.operating import Operator
from tests.serving import POLL_SECONDS, WAIT_SECONDS


def revoke(admin: Admin, other: Admin) -> None:
    """Returns when the server has taken notice: it trusts a key for a second."""
    admin.post(f"/api-keys/{other.key_id}/revoke")
    deadline = time.monotonic() + WAIT_SECONDS
    while other.client.get("/organizations").status_code != 401:
        assert time.monotonic() < deadline
        time.sleep(POLL_SECONDS)


def test_a_key_opens_the_list_by_keyboard_alone(operator: Operator, admin: Admin) -> None:
    operator.open()
    expect(operator.page.get_by_label("API key")).to_be_focused()

    operator.page.keyboard.type(f" {admin.secret} ")
    operator.page.keyboard.press("Enter")

    expect(operator.title).to_have_text("Organizations")
    expect(operator.title).to_be_focused()


@pytest.mark.parametrize("key", ["prv_wrong", "ключ", "two words", ""])
def test_a_key_that_is_none_is_refused_in_words(operator: Operator, key: str) -> None:
    operator.open()

    operator.try_key(key)

    problem = operator.page.locator("#key-problem")
    expect(problem).to_have_text(
        "The server does not take this key: it is mistyped, revoked or expired."
    )
    expect(operator.page.get_by_label("API key")).to_have_value(key)
    expect(operator.page.get_by_label("API key")).to_have_attribute("aria-invalid", "true")


def test_a_key_that_may_not_read_organizations_is_told_which_scope_it_lacks(
    operator: Operator, admin: Admin
) -> None:
    operator.open()

    with admin.with_key("read:users") as other:
        operator.try_key(other.secret)

    expect(operator.page.locator("#key-problem")).to_contain_text(
        "it lacks the scope read:organizations"
    )


def test_a_key_of_one_organization_sees_that_one(operator: Operator, admin: Admin) -> None:
    mine = admin.organization("Mine")
    admin.organization("Not mine")

    with admin.with_key("*", organization_id=mine["id"]) as other:
        operator.sign_in(other.secret)

    expect(operator.page.locator("tbody tr")).to_have_count(1)
    expect(operator.page.locator("tbody")).to_contain_text("Mine")


def test_the_key_is_kept_in_memory_alone(operator: Operator, admin: Admin) -> None:
    addresses: list[str] = []
    operator.page.on("request", lambda request: addresses.append(request.url))

    operator.sign_in(admin.secret)
    expect(operator.page.locator("table")).to_be_visible()

    kept = operator.page.evaluate(
        "[localStorage.length, sessionStorage.length, document.cookie, location.href,"
        " document.documentElement.outerHTML]"
    )
    assert kept[:3] == [0, 0, ""]
    assert not any(admin.secret in text for text in [*kept[3:], *addresses])
    operator.page.reload()
    expect(operator.title).to_have_text("Sign in")


def test_signing_out_forgets_the_key_and_what_was_shown(operator: Operator, admin: Admin) -> None:
    shown = admin.organization()
    operator.sign_in(admin.secret, f"#/organizations/{shown['id']}")
    expect(operator.title).to_have_text(shown["display_name"])

    operator.press("Sign out")

    expect(operator.title).to_have_text("Sign in")
    expect(operator.page.get_by_role("button", name="Sign out")).to_be_hidden()
    assert shown["display_name"] not in operator.page.content()
    operator.page.evaluate("location.hash = '#/organizations/new'")
    expect(operator.title).to_have_text("Sign in")


def test_a_key_that_ends_takes_nothing_along_that_was_typed(
    operator: Operator, admin: Admin
) -> None:
    with admin.with_key("read:organizations", "create:organizations") as other:
        operator.sign_in(other.secret, "#/organizations/new")
        operator.input("display_name").fill("Typed before")
        revoke(admin, other)
        operator.press("Create organization")
    expect(operator.page.locator("#new .summary")).to_contain_text("mistyped, revoked or expired")

    operator.press("Sign in with another key")
    operator.try_key(admin.secret)
    operator.press("Create organization")

    expect(operator.title).to_have_text("Typed before")

"""The connections of an organization, and who becomes a member through them."""

import secrets
from typing import Any

from playwright.sync_api import expect

from tests.admin_serving import Admin
from tests.console.operating import Operator

NEW = "#connection-new"


def unique() -> str:
    return f"conn-{secrets.token_hex(4)}"


def connections(admin: Admin, organization: dict[str, Any]) -> list[dict[str, Any]]:
    return list(admin.get(f"/organizations/{organization['id']}/connections")["data"])


def test_a_connection_is_added_changed_and_removed(operator: Operator, admin: Admin) -> None:
    made, external_id = admin.organization(), unique()
    operator.sign_in(admin.secret, f"#/organizations/{made['id']}")
    expect(operator.page.get_by_text("There is no connection yet.")).to_be_visible()

    operator.page.get_by_text("Add a connection").click()
    operator.press("Add connection")
    expect(operator.page.locator(f"{NEW} .summary")).to_be_focused()
    expect(operator.input("provider", NEW)).to_have_attribute("aria-invalid", "true")
    operator.input("display_name", NEW).fill("Okta")
    operator.input("provider", NEW).fill("okta")
    operator.input("protocol", NEW).select_option("saml")
    operator.input("external_id", NEW).fill(external_id)
    operator.input("assign_membership_on_login", NEW).check()
    operator.press("Add connection")

    entry = operator.page.locator("summary").filter(has_text="Okta")
    expect(entry).to_be_focused()
    expect(entry).to_contain_text("okta, saml; makes members")
    (one,) = connections(admin, made)
    assert {key: one[key] for key in one if not key.endswith("_at")} == {
        "id": one["id"],
        "organization_id": made["id"],
        "display_name": "Okta",
        "provider": "okta",
        "protocol": "saml",
        "external_id": external_id,
        "assign_membership_on_login": True,
    }

    form = f"#{one['id']}"
    operator.page.keyboard.press("Enter")
    operator.input("assign_membership_on_login", form).uncheck()
    operator.input("external_id", form).fill("")
    with operator.page.expect_request(lambda request: request.method == "PATCH") as sent:
        operator.press("Save connection")
    expect(entry).to_contain_text("makes nobody a member")
    assert sent.value.post_data_json == {"assign_membership_on_login": False, "external_id": None}
    (changed,) = connections(admin, made)
    assert (changed["external_id"], changed["assign_membership_on_login"]) == (None, False)

    operator.page.once("dialog", lambda dialog: dialog.dismiss())
    operator.press("Remove connection")
    expect(entry).to_be_visible()
    operator.page.once("dialog", lambda dialog: dialog.accept())
    operator.press("Remove connection")
    expect(entry).to_have_count(0)
    assert connections(admin, made) == []


def test_what_is_taken_is_told_at_the_connections_field(operator: Operator, admin: Admin) -> None:
    made, external_id = admin.organization(), unique()
    body = {"provider": "okta", "protocol": "oidc", "external_id": external_id}
    admin.post(f"/organizations/{made['id']}/connections", {"display_name": "A", **body})
    operator.sign_in(admin.secret, f"#/organizations/{made['id']}")
    operator.page.get_by_text("Add a connection").click()
    operator.input("display_name", NEW).fill("B")
    operator.input("provider", NEW).fill("okta")
    operator.input("external_id", NEW).fill(external_id)

    operator.press("Add connection")

    expect(operator.field("external_id", NEW).locator(".problem")).to_have_text("is already in use")
    expect(operator.input("display_name", NEW)).to_have_value("B")


def test_who_changes_a_connection_after_a_lost_answer_is_told_of_the_first(
    operator: Operator, admin: Admin
) -> None:
    made = admin.organization()
    operator.sign_in(admin.secret, f"#/organizations/{made['id']}")
    operator.page.get_by_text("Add a connection").click()
    operator.input("display_name", NEW).fill("Okta")
    operator.input("provider", NEW).fill("okta")
    operator.input("protocol", NEW).select_option("saml")
    operator.lose_the_next_answer(f"/organizations/{made['id']}/connections")
    operator.press("Add connection")
    expect(operator.page.locator(f"{NEW} .summary")).to_be_visible()
    operator.input("display_name", NEW).fill("Okta B")

    operator.press("Add connection")

    expect(operator.page.locator(f"{NEW} .summary")).to_contain_text("has arrived after all")
    entries = operator.page.locator("summary").filter(has_text="okta, saml")
    expect(entries).to_have_count(1)
    expect(operator.input("display_name", NEW)).to_have_value("Okta B")
    operator.press("Add connection")
    expect(entries).to_have_count(2)
    assert [one["display_name"] for one in connections(admin, made)] == ["Okta", "Okta B"]

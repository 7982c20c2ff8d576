"""Changing an organization: only what was changed is sent, and nobody's change is written over."""

import secrets
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.admin_serving import Admin
from tests.console.operating import Operator


def an_organization(admin: Admin, **properties: Any) -> dict[str, Any]:
    name = f"orion-{secrets.token_hex(4)}"
    return admin.organization("Orion", name=name, external_id=f"{name}-1", **properties)


def open_page(operator: Operator, admin: Admin, organization: dict[str, Any]) -> None:
    operator.sign_in(admin.secret, f"#/organizations/{organization['id']}")
    expect(operator.title).to_have_text(organization["display_name"])


def save(operator: Operator) -> Request:
    """What is sent; returns when it is saved."""
    with operator.page.expect_request(lambda request: request.method == "PATCH") as sent:
        operator.press("Save changes")
    expect(operator.page.locator("#edit .status")).to_have_text("Saved.")
    return sent.value


def present(admin: Admin, organization: dict[str, Any]) -> dict[str, Any]:
    return admin.get(f"/organizations/{organization['id']}")


def test_only_what_was_changed_is_sent_with_the_version_that_was_read(
    operator: Operator, admin: Admin
) -> None:
    made = an_organization(admin, region_code="EU", metadata={"a": "1", "b": "2"})
    open_page(operator, admin, made)

    operator.input("display_name").fill("Orion Two")
    operator.input("branding.primary_color").fill("#0a7f5c")
    operator.input("policies.seat_limit").fill("7")
    first = save(operator)
    operator.input("region_code").fill("")
    second = save(operator)

    assert first.post_data_json == {
        "display_name": "Orion Two",
        "branding": {"primary_color": "#0a7f5c"},
        "policies": {"seat_limit": 7},
    }
    assert first.headers["if-match"] == 'W/"1"'
    assert second.post_data_json == {"region_code": None}
    assert second.headers["if-match"] == 'W/"2"'
    after = present(admin, made)
    assert (after["display_name"], after["region_code"]) == ("Orion Two", None)
    assert (after["metadata"], after["policies"]["seat_limit"]) == ({"a": "1", "b": "2"}, 7)


def test_every_field_is_changed_and_every_one_that_may_be_empty_is_emptied(
    operator: Operator, admin: Admin
) -> None:
    made = an_organization(admin)
    admin.post(
        f"/organizations/{made['id']}/roles", {"name": "auditor", "rank": 150, "permissions": []}
    )
    open_page(operator, admin, made)
    wanted = {
        "display_name": "Vega",
        "name": f"{made['name']}-b",
        "slug": f"{made['name']}.example",
        "external_id": "",
        "region_code": "US",
        "logo_url": "https://127.0.0.1:1/vega.png",
        "branding.primary_color": "#111111",
        "branding.page_background": "#eeeeee",
        "policies.default_role": "auditor",
        "policies.creator_role": "admin",
        "policies.seat_limit": "3",
    }
    suggested = operator.field("policies.default_role").locator("option[value=auditor]")
    expect(suggested).to_have_count(1)

    for path, value in wanted.items():
        operator.input(path).fill(value)
    operator.input("policies.sign_in").select_option("connections")
    operator.input("policies.role_mode").select_option("highest")
    operator.input("policies.provisioning_scope").select_option("refuse")
    operator.page.get_by_label("Restrict e-mail domains").check()
    operator.add_pair("plan", "team")
    save(operator)

    after = present(admin, made)
    assert after["branding"] == {"primary_color": "#111111", "page_background": "#eeeeee"}
    assert after["policies"] == {
        "sign_in": "connections",
        "role_mode": "highest",
        "default_role": "auditor",
        "creator_role": "admin",
        "provisioning_scope": "refuse",
        "seat_limit": 3,
        "allowed_email_domains": [],  # none is another thing than any
    }
    assert (after["external_id"], after["metadata"]) == (None, {"plan": "team"})
    for path in ("display_name", "name", "slug", "region_code", "logo_url"):
        assert after[path] == wanted[path]

    for path in ("slug", "region_code", "logo_url", "branding.primary_color"):
        operator.input(path).fill("")
    operator.input("branding.page_background").fill("")
    operator.input("policies.seat_limit").fill("")
    operator.page.get_by_label("Restrict e-mail domains").uncheck()
    operator.page.get_by_role("button", name="Remove plan").click()
    save(operator)

    emptied = present(admin, made)
    assert [emptied[path] for path in ("slug", "region_code", "logo_url")] == [None] * 3
    assert emptied["branding"] == {"primary_color": None, "page_background": None}
    assert emptied["policies"]["seat_limit"] is None
    assert emptied["policies"]["allowed_email_domains"] is None
    assert emptied["metadata"] == {}


def test_text_that_no_input_can_show_stays_what_it_is(operator: Operator, admin: Admin) -> None:
    pairs = {"two\nlines": "a\r\nb", "__proto__": "kept", "7": "seven"}
    made = an_organization(admin, metadata=pairs)
    open_page(operator, admin, made)

    operator.press("Save changes")
    expect(operator.page.locator("#edit .status")).to_have_text("There is nothing to save.")
    operator.add_pair("added", "later")
    save(operator)

    assert present(admin, made)["metadata"] == {**pairs, "added": "later"}


def test_a_field_that_may_not_be_empty_is_refused_by_the_api(
    operator: Operator, admin: Admin
) -> None:
    made = an_organization(admin)
    open_page(operator, admin, made)

    operator.input("name").fill("")
    operator.press("Save changes")

    expect(operator.field("name").locator(".problem")).to_contain_text("1 to 50 of a-z")
    assert present(admin, made) == made


def test_who_comes_second_sees_what_the_first_has_changed_and_may_go_on(
    operator: Operator, admin: Admin
) -> None:
    made = an_organization(admin, region_code="EU")
    open_page(operator, admin, made)
    operator.input("display_name").fill("Mine")
    path = f"/organizations/{made['id']}"
    admin.client.patch(path, json={"display_name": "Theirs", "policies": {"seat_limit": 9}})

    operator.press("Save changes")

    summary = operator.page.locator("#edit .summary")
    expect(summary).to_contain_text("Somebody else has changed this in the meantime.")
    expect(summary).to_be_focused()
    rows = summary.locator("tbody tr").all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["Display name", "Orion", "Theirs", "Mine"],
        ["Seats", "–", "9", "–"],
    ]
    assert present(admin, made)["display_name"] == "Theirs"
    expect(operator.input("display_name")).to_have_value("Mine")

    operator.press("Keep my changes, on top of theirs")
    expect(operator.input("policies.seat_limit")).to_have_value("9")
    expect(summary).to_be_hidden()
    assert save(operator).post_data_json == {"display_name": "Mine"}
    after = present(admin, made)
    assert (after["display_name"], after["policies"]["seat_limit"]) == ("Mine", 9)


def test_who_comes_second_may_drop_what_they_have_typed(operator: Operator, admin: Admin) -> None:
    made = an_organization(admin)
    open_page(operator, admin, made)
    operator.input("display_name").fill("Mine")
    admin.client.patch(f"/organizations/{made['id']}", json={"display_name": "Theirs"})
    operator.press("Save changes")

    operator.press("Drop my changes")

    expect(operator.input("display_name")).to_have_value("Theirs")
    expect(operator.title).to_have_text("Theirs")
    operator.press("Save changes")
    expect(operator.page.locator("#edit .status")).to_have_text("There is nothing to save.")


def test_a_change_whose_answer_was_lost_is_nobody_elses(operator: Operator, admin: Admin) -> None:
    made = an_organization(admin)
    open_page(operator, admin, made)
    operator.lose_the_next_answer(f"/organizations/{made['id']}")
    operator.input("display_name").fill("Arrived")
    operator.press("Save changes")
    expect(operator.page.locator("#edit .summary")).to_contain_text("could not be reached")

    operator.press("Save changes")

    expect(operator.page.locator("#edit .status")).to_have_text(
        "Saved: it had arrived the first time."
    )
    expect(operator.title).to_have_text("Arrived")


@pytest.mark.parametrize("leave", ["← Organizations", "Sign out"])
def test_who_leaves_with_changes_is_asked(operator: Operator, admin: Admin, leave: str) -> None:
    made = an_organization(admin)
    open_page(operator, admin, made)
    operator.input("display_name").fill("Not saved")
    way_out = operator.page.get_by_text(leave, exact=True)

    operator.page.once("dialog", lambda dialog: dialog.dismiss())
    way_out.click()
    expect(operator.title).to_have_text(made["display_name"])
    expect(operator.input("display_name")).to_have_value("Not saved")
    assert operator.page.url.endswith(made["id"])

    operator.page.once("dialog", lambda dialog: dialog.accept())
    way_out.click()
    expect(operator.title).not_to_have_text(made["display_name"])


def test_the_preview_shows_the_brand(operator: Operator, admin: Admin) -> None:
    made = an_organization(admin, branding={"primary_color": "#ff8800"})
    open_page(operator, admin, made)
    preview = operator.page.locator(".preview")

    operator.input("branding.page_background").fill("#000080")
    operator.input("display_name").fill("Brand new")
    expect(preview.locator(".page")).to_have_css("background-color", "rgb(0, 0, 128)")
    expect(preview.locator(".page")).to_have_css("color", "rgb(255, 255, 255)")
    expect(preview.locator(".sample")).to_have_css("background-color", "rgb(255, 136, 0)")
    expect(preview.locator(".sample")).to_have_css("color", "rgb(0, 0, 0)")
    expect(preview).to_contain_text("Brand new")
    operator.page.get_by_label("Pick: Page background").fill("#ff0000")
    expect(operator.input("branding.page_background")).to_have_value("#ff0000")
    expect(preview.locator(".page")).to_have_css("background-color", "rgb(255, 0, 0)")

    # Nobody listens there; and what is no https URL is not asked for.
    operator.input("logo_url").fill("https://127.0.0.1:1/logo.png")
    operator.input("logo_url").blur()
    expect(preview).to_contain_text("The logo cannot be loaded.")
    operator.input("logo_url").fill("javascript:alert(1)")
    operator.input("logo_url").blur()
    expect(preview.locator("img")).not_to_have_attribute("src", "javascript:alert(1)")

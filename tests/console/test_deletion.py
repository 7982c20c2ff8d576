"""Deleting an organization: what goes is said before, and only its name lets it go."""

from playwright.sync_api import expect

from tests.admin_serving import Admin, problem
from tests.console.operating import Operator


def test_the_name_is_asked_for_and_what_goes_is_said(operator: Operator, admin: Admin) -> None:
    made = admin.organization()
    path = f"/organizations/{made['id']}"
    for name in ("Okta EU", "Okta US"):
        admin.post(f"{path}/directories", {"display_name": name, "type": "okta"})
    operator.sign_in(admin.secret, f"#{path}")
    operator.input("display_name").fill("Not saved")

    operator.press("Delete this organization …")
    dialog = operator.page.get_by_role("dialog")
    expect(dialog).to_contain_text(
        "Its directories stop: Okta EU, Okta US. Their identity providers are answered 404"
    )
    expect(operator.input("confirmation")).to_be_focused()
    operator.input("confirmation").fill("something-else")
    operator.press("Delete for ever")
    expect(operator.field("confirmation").locator(".problem")).to_contain_text("the name is not")
    assert admin.get(path) == made

    operator.input("confirmation").fill(made["name"])
    operator.press("Delete for ever")
    # Without asking about what was typed elsewhere on the page.
    expect(operator.title).to_have_text("Organizations")
    assert problem(admin.client.get(path)) == (404, "not_found")


def test_who_thinks_better_of_it_keeps_it(operator: Operator, admin: Admin) -> None:
    made = admin.organization()
    operator.sign_in(admin.secret, f"#/organizations/{made['id']}")
    operator.press("Delete this organization …")
    expect(operator.page.get_by_role("dialog")).to_contain_text("It has no directories.")

    operator.page.keyboard.press("Escape")

    expect(operator.page.get_by_role("dialog")).to_have_count(0)
    assert admin.get(f"/organizations/{made['id']}") == made


def test_what_somebody_has_changed_meanwhile_is_not_deleted(
    operator: Operator, admin: Admin
) -> None:
    made = admin.organization()
    operator.sign_in(admin.secret, f"#/organizations/{made['id']}")
    expect(operator.title).to_have_text(made["display_name"])
    admin.client.patch(f"/organizations/{made['id']}", json={"region_code": "EU"})
    operator.press("Delete this organization …")
    operator.input("confirmation").fill(made["name"])

    operator.press("Delete for ever")

    expect(operator.page.locator("#delete .summary")).to_contain_text(
        "Somebody else has changed this"
    )
    assert admin.get(f"/organizations/{made['id']}")["region_code"] == "EU"

"""Everything has a name, the keyboard reaches it, and narrow screens show it."""

import secrets

import pytest
from playwright.sync_api import expect

from tests.admin_serving import Admin
from tests.console.operating import Operator

NAMELESS = """() => [...document.querySelectorAll("input, select, textarea, button, a")]
    .filter((one) => !(one.labels?.length || one.ariaLabel || one.textContent.trim()))
    .map((one) => one.outerHTML)"""
TWICE = """() => {
    const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
    return ids.filter((id, at) => ids.indexOf(id) !== at);
}"""
DANGLING = """() => [...document.querySelectorAll("[aria-describedby]")]
    .flatMap((one) => one.getAttribute("aria-describedby").split(" "))
    .filter((id) => !document.getElementById(id))"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("view", ["sign in", "list", "new", "organization"])
def test_a_view_has_names_for_all_and_fits_a_narrow_screen(
    operator: Operator, admin: Admin, view: str
) -> None:
    long = "Donaudampfschifffahrtsgesellschaft" * 5 + secrets.token_hex(4)
    made = admin.organization(long, external_id=long, metadata={long: long})
    admin.post(
        f"/organizations/{made['id']}/connections",
        {"display_name": long, "provider": "okta", "protocol": "oidc"},
    )
    operator.page.set_viewport_size({"width": 320, "height": 640})
    if view == "sign in":
        operator.open()
    else:
        places = {
            "list": f"#/organizations?display_name={long}",
            "new": "#/organizations/new",
            "organization": f"#/organizations/{made['id']}",
        }
        operator.sign_in(admin.secret, places[view])
    ready = {"list": "tbody tr", "organization": "[id^=con_] [data-field]"}.get(view, "h1")
    expect(operator.page.locator(ready).first).to_be_attached()
    for details in operator.page.locator("details").all():
        details.evaluate("one => { one.open = true; }")

    assert operator.page.evaluate(NAMELESS) == []
    assert operator.page.evaluate(TWICE) == []
    assert operator.page.evaluate(DANGLING) == []
    assert operator.page.evaluate(WIDER) <= 0


def test_a_new_organization_is_made_by_keyboard_alone(operator: Operator, admin: Admin) -> None:
    keyboard = operator.page.keyboard
    operator.open("#/organizations/new")
    keyboard.type(admin.secret)
    keyboard.press("Enter")
    expect(operator.title).to_have_text("New organization")
    expect(operator.title).to_be_focused()

    keyboard.press("Tab")
    keyboard.type("By keyboard")
    keyboard.press("Enter")

    expect(operator.title).to_have_text("By keyboard")
    expect(operator.title).to_be_focused()

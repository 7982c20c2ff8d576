"""What an operator does, in front of the page."""

from dataclasses import dataclass, field

import httpx
from playwright.sync_api import ConsoleMessage, Locator, Page, Route

from tests.serving import ANSWER_SECONDS, NO_TLS


@dataclass(frozen=True, slots=True)
class Operator:
    """In front of the page; `complaints` are what the browser has found wrong with it."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, place: str = "") -> None:
        """At what is behind `#` of the address."""
        self.page.goto(f"{self.address}/console{place}")

    def sign_in(self, key: str, place: str = "") -> None:
        """With a key that is good."""
        self.open(place)
        self.try_key(key)
        self.page.get_by_role("button", name="Sign out").wait_for()

    def try_key(self, key: str) -> None:
        self.page.get_by_label("API key").fill(key)
        self.press("Sign in")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def field(self, path: str, form: str = "") -> Locator:
        """The line of a field: its label, input, hint and problem. Without `form`: the first."""
        return self.page.locator(f'{form} [data-field="{path}"]').first

    def input(self, path: str, form: str = "") -> Locator:
        """Where one types."""
        return self.page.locator(f'{form} [name="{path}"]').first

    def add_pair(self, name: str, value: str) -> None:
        """Of metadata."""
        self.press("Add a pair")
        self.page.get_by_label("Name of the pair").last.fill(name)
        self.page.get_by_label("Value of the pair").last.fill(value)

    def lose_the_next_answer(self, path: str) -> None:
        """What is asked there arrives and is done; nobody hears of it."""

        left = [1]

        def lose(route: Route) -> None:
            # The route stays: a request that meets its end would wait for its body for ever.
            if not left:
                route.continue_()
                return
            left.clear()
            asked = route.request
            answer = httpx.request(
                asked.method,
                asked.url,
                headers=asked.headers,
                content=asked.post_data,
                timeout=ANSWER_SECONDS,
                verify=NO_TLS,
                trust_env=False,
            )
            assert answer.is_success, answer.text
            route.abort()

        self.page.route(f"**/v1{path}", lose)

    @property
    def title(self) -> Locator:
        return self.page.get_by_role("heading", level=1)


def note(complaints: list[str], message: ConsoleMessage) -> None:
    """Refusals of the API are the page's to tell, and told by the browser, too."""
    if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
        complaints.append(message.text)

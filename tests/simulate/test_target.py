"""What is refused before anybody is provisioned."""

import pytest

from service.simulate import simulation
from service.simulate.identities import Idp
from service.simulate.patience import Patience
from service.simulate.simulation import Simulation
from service.simulate.target import Target
from service.simulate.transport import Refused
from tests.simulate.prompter import Prompter, Scripted


def test_a_failed_connection_test_ends_the_simulation(prompter: Prompter) -> None:
    prompter.script = [Scripted(401, {"detail": "the token is unknown"})]
    target = Target(idp=Idp.ENTRA, url=prompter.url, token="wrong", patience=Patience(attempts=1))
    with pytest.raises(Refused, match="test connection: 401: the token is unknown"):
        simulation.run(Simulation(target=target, users=5, groups=1), lambda _: None)
    assert len(prompter.heard) == 1


@pytest.mark.parametrize(("users", "groups", "named"), [(-1, 0, "users"), (0, -1, "groups")])
def test_a_count_below_zero_is_refused_by_its_name(users: int, groups: int, named: str) -> None:
    target = Target(idp=Idp.OKTA, url="http://127.0.0.1", token="t")
    with pytest.raises(ValueError, match=f"^{named}: -1"):
        simulation.run(Simulation(target=target, users=users, groups=groups), lambda _: None)


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000/scim", "ftp://x.test/scim", "http://", "http://x:y"]
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    target = Target(idp=Idp.OKTA, url=url, token="t")
    with pytest.raises(ValueError, match=r"^url: "):
        simulation.run(Simulation(target=target, users=1, groups=0), lambda _: None)


@pytest.mark.parametrize("token", ["", "two\nlines", "tökén"])
def test_a_token_no_header_can_carry_is_refused_and_not_repeated(token: str) -> None:
    target = Target(idp=Idp.OKTA, url="http://127.0.0.1", token=token)
    with pytest.raises(ValueError, match=r"^token: it is empty, or has characters"):
        simulation.run(Simulation(target=target, users=1, groups=0), lambda _: None)

"""What is set for signing in, as the routes get it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from provisioning.sign_ins import SignInRules


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSettings:
    """
    `public_url` is the `iss` of our tokens; without `secret_key` none are signed. `allow_loopback`
    is for tests: issuers on this machine, without TLS.
    """

    public_url: str
    rules: SignInRules
    secret_key: str | None = None
    allow_loopback: bool = False


async def _of_request(request: Request) -> SignInSettings:
    found: SignInSettings = request.app.state.sign_in
    return found


Configured = Annotated[SignInSettings, Depends(_of_request)]

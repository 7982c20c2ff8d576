"""What Okta, Entra ID and authentik send, whole lifecycles of it, is answered as they expect."""

from pathlib import Path

import httpx
import pytest

from tests.replays.player import play
from tests.replays.script import read
from tests.replays.wire import Target

GOLDEN = Path(__file__).parent.parent / "golden"
TIMEOUT_SECONDS = 30


@pytest.mark.parametrize("identity_provider", ["authentik", "entra", "okta"])
def test_an_identity_provider_is_served(identity_provider: str, endpoint: Target) -> None:
    script = read(GOLDEN / f"{identity_provider}.json")

    with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
        report = play(script, client, endpoint)

    assert not report.failed, str(report)

"""Which webhooks are believed."""

import base64
import hmac
import time

import pytest

from provisioning_client.webhooks import Unverified, verify

# The reference vector of Standard Webhooks: an outside judge.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
SENT = 1_614_265_330
SIGNED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(SENT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes length").decode()


def test_a_signed_webhook_is_believed_and_names_its_id() -> None:
    assert verify(BODY, SIGNED, SECRET, now=SENT) == SIGNED["webhook-id"]


def test_names_of_headers_have_no_case() -> None:
    headers = {name.title(): value for name, value in SIGNED.items()}

    assert verify(BODY, headers, SECRET, now=SENT) == SIGNED["webhook-id"]


def test_while_secrets_are_rotated_one_of_each_side_is_enough() -> None:
    other = hmac.digest(b"another secret of 32 bytes length", b"x", "sha256")
    several = f"v1a,AAAA v1,{base64.b64encode(other).decode()} {SIGNED['webhook-signature']}"
    headers = {**SIGNED, "webhook-signature": several}

    assert verify(BODY, headers, [OTHER, SECRET], now=SENT) == SIGNED["webhook-id"]


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_webhook_of_another_time_is_refused(seconds: int) -> None:
    with pytest.raises(Unverified, match="too old"):
        verify(BODY, SIGNED, SECRET, now=SENT + seconds)
    assert verify(BODY, SIGNED, SECRET, now=SENT + seconds, tolerance=301)


def test_the_present_is_the_receivers_clock() -> None:
    with pytest.raises(Unverified, match="too old"):
        verify(BODY, SIGNED, SECRET)
    signed = f"m.{int(time.time())}.".encode() + BODY
    signature = hmac.digest(base64.b64decode(SECRET.removeprefix("whsec_")), signed, "sha256")
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": signed.split(b".")[1].decode(),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
    assert verify(BODY, headers, SECRET) == "m"


@pytest.mark.parametrize(
    ("body", "headers", "secret"),
    [
        (BODY + b" ", SIGNED, SECRET),
        (BODY, {**SIGNED, "webhook-id": "msg_other"}, SECRET),
        (BODY, {**SIGNED, "webhook-timestamp": str(SENT + 1)}, SECRET),
        (BODY, SIGNED, OTHER),
        (BODY, SIGNED, []),
    ],
)
def test_what_was_altered_is_refused(
    body: bytes, headers: dict[str, str], secret: str | list[str]
) -> None:
    with pytest.raises(Unverified, match="known secret"):
        verify(body, headers, secret, now=SENT)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {name: value for name, value in SIGNED.items() if name != "webhook-id"},
        {**SIGNED, "webhook-timestamp": "yesterday"},
        {**SIGNED, "webhook-signature": "v1,no base64"},
        {**SIGNED, "webhook-signature": "v1,é"},
    ],
)
def test_headers_that_are_none_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unverified, match="headers"):
        verify(BODY, headers, SECRET, now=SENT)


def test_a_signature_of_another_version_proves_nothing() -> None:
    headers = {**SIGNED, "webhook-signature": SIGNED["webhook-signature"].replace("v1", "v1a")}

    with pytest.raises(Unverified, match="known secret"):
        verify(BODY, headers, SECRET, now=SENT)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_no base64"])
def test_a_secret_that_is_none_is_a_mistake_of_the_receiver(secret: str) -> None:
    with pytest.raises(ValueError, match=r"empty|base64"):
        verify(BODY, SIGNED, secret, now=SENT)

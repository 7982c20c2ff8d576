"""
Whether a webhook comes from who knows the secret, by Standard Webhooks 1.0.0: the headers
`webhook-id`, `webhook-timestamp` and `webhook-signature`, HMAC-SHA256 of `id.timestamp.body`.
"""

import base64
import binascii
import hmac
import time
from collections.abc import Iterator, Mapping, Sequence

from provisioning_client.errors import ProvisioningError

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_VERSION = "v1"


class Unverified(ProvisioningError):
    """It is not to be believed; answer 400."""


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secrets: str | Sequence[str],
    *,
    now: float | None = None,
    tolerance: float = TOLERANCE_SECONDS,
) -> str:
    """
    The `webhook-id`, which is the same whenever the message is sent again. Raises `Unverified`.

    `body` are the bytes as they came. Several `secrets`, `whsec_…` each, are for the days in which
    one follows another. `now` are seconds since 1970; older or newer messages than `tolerance`
    seconds are refused, so that nobody can play a recorded one again.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = given["webhook-id"], given["webhook-timestamp"]
        signatures = tuple(_of_our_version(given["webhook-signature"]))
        sent = int(timestamp)
    except (KeyError, ValueError) as error:
        raise Unverified("the headers of a signed webhook are missing") from error
    if abs((time.time() if now is None else now) - sent) > tolerance:
        raise Unverified("the webhook is too old, or a clock is wrong")
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    for secret in (secrets,) if isinstance(secrets, str) else secrets:
        expected = hmac.digest(_key(secret), signed, "sha256")
        # Every one is compared in constant time: how far a guess was right must not show.
        if any([hmac.compare_digest(expected, signature) for signature in signatures]):  # noqa: C419
            return message_id
    raise Unverified("no signature is of a known secret")


def _of_our_version(header: str) -> Iterator[bytes]:
    """Of other versions (`v1a`) there may be more; they are for others."""
    for one in header.split():
        version, _, signature = one.partition(",")
        if version == _VERSION:
            yield _decoded(signature)


def _key(secret: str) -> bytes:
    key = _decoded(secret.removeprefix(_PREFIX))
    if not key:
        raise ValueError("the secret is empty")
    return key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("this is no base64") from error

"""What is made up for a claim of a domain: letters and digits, which may be a DNS label."""

import base64
import secrets


def new_token() -> str:
    """160 bits, for the record to show."""
    return _random(20)


def new_label() -> str:
    """80 bits, for the name of the record; no host can have such a name."""
    return f"_{_random(10)}"


def _random(count: int) -> str:
    return base64.b32encode(secrets.token_bytes(count)).decode().lower()

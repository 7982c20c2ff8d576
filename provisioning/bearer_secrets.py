"""What whoever bears it may do something with: tokens and keys, of which only a hash is kept."""

import hashlib
import secrets

_BYTES = 32
MOST_DAYS = 3650
"""Until one expires that does."""


def new(prefix: str = "") -> str:
    """256 random bits; `prefix` lets secret scanners recognize it."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hashed(secret: str) -> str:
    """SHA-256 is enough: there is nothing to guess in 256 random bits, unlike with passwords."""
    return hashlib.sha256(secret.encode()).hexdigest()

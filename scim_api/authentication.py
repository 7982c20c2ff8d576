"""
Bearer tokens of directories (RFC 6750).

A token that was found good is taken for good for a second, so that a connector at full speed costs
one look-up per second and not one per request; a revoked token may work for that second.
"""

import time
from collections import OrderedDict
from datetime import timedelta

from sqlalchemy import Engine

from provisioning.bearer_secrets import hashed
from provisioning.clock import now
from provisioning.ids import DirectoryId
from provisioning.store import directories
from provisioning.store.directories import Bearer
from provisioning.store.engine import reading, statement

TRUST_SECONDS = 1.0
_REMEMBERED = 10_000
_MARK_EVERY = timedelta(minutes=1)


class Authenticator:
    """One per web process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._trusted: OrderedDict[tuple[str, str], tuple[Bearer, float]] = OrderedDict()

    def remembered(self, directory_id: str, token: str) -> Bearer | None:
        """Whom the token spoke for within the last second."""
        found = self._trusted.get((directory_id, hashed(token)))
        if found is None or found[1] < time.monotonic():
            return None
        return found[0]

    def look_up(self, directory_id: str, token: str) -> Bearer | None:
        """Whom the token speaks for, by the database; notes that it was used."""
        token_hash = hashed(token)
        moment = now()
        with reading(self._engine) as connection:
            found = directories.bearer(
                connection, DirectoryId(directory_id), token_hash, moment, moment - _MARK_EVERY
            )
        if found is None:
            return None
        if found.long_unused:
            with statement(self._engine) as connection:
                directories.mark_used(connection, found, moment, moment - _MARK_EVERY)
        self._trusted[directory_id, token_hash] = found, time.monotonic() + TRUST_SECONDS
        while len(self._trusted) > _REMEMBERED:
            self._trusted.popitem(last=False)
        return found


def bearer_token(authorization: str | None) -> str | None:
    """
    The token in an Authorization header. The word `Bearer` may be missing or doubled: Okta sends
    what its admin typed, and admins type both.
    """
    if authorization is None:
        return None
    words = authorization.split()
    while len(words) > 1 and words[0].lower() == "bearer":
        words = words[1:]
    return words[0] if len(words) == 1 else None

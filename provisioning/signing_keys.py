"""
The keys that sign this installation's tokens: ES256 (RFC 7518 §3.4), new ones in time, each
published a day before it signs and until the last token that it signed has expired.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import ECAlgorithm
from sqlalchemy import Connection

from provisioning import ids
from provisioning.context import Acting
from provisioning.errors import Refused
from provisioning.store import signing_keys
from provisioning.store.signing_keys import SigningKey
from provisioning.tokens import LONGEST_LIFE, Signer

ALGORITHM = "ES256"
SIGNS_FOR = timedelta(days=90)
PUBLISHED_BEFORE = timedelta(days=1)
"""Long enough for every verifier that caches the key set to have seen it."""
SECRET_LENGTH = 32
"""The fewest characters of a secret."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Keeps private keys in the database unreadable without `secret`."""

    secret: str

    def seal(self, text: str) -> str:
        return self._fernet().encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Raises `Refused` when another secret sealed it."""
        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Refused(
                "signing_key_unreadable",
                "the signing key was sealed with another PROVISIONING_SECRET_KEY",
            ) from error

    def _fernet(self) -> Fernet:
        derived = HKDF(
            algorithm=hashes.SHA256(), length=32, salt=None, info=b"provisioning signing keys"
        ).derive(self.secret.encode())
        return Fernet(base64.urlsafe_b64encode(derived))


def signer(connection: Connection, vault: Vault, by: Acting) -> Signer:
    """The key that signs now; the first one is made when it is first needed. Raises `Refused`."""
    key = signing_keys.signing(connection, by.now)
    if key is None:
        key = _create(connection, vault, by, timedelta(0))
    private_key = serialization.load_pem_private_key(
        vault.unseal(key.private_key).encode(), password=None
    )
    return Signer(key_id=key.id, algorithm=key.algorithm, private_key=private_key)


def key_set(connection: Connection) -> dict[str, Any]:
    """What verifiers need (RFC 7517 §5): public keys only."""
    published = signing_keys.published(connection)
    return {"keys": [orjson.loads(key.public_jwk) for key in published]}


def renew(connection: Connection, vault: Vault, by: Acting) -> None:
    """
    What is due: a successor for a key whose time will be over in a day, and the end of keys whose
    last tokens have expired. An installation that has signed nothing yet gets no key.
    """
    keys = signing_keys.published(connection)
    if keys and keys[-1].signs_from + SIGNS_FOR - PUBLISHED_BEFORE <= by.now:
        keys = [*keys, _create(connection, vault, by, PUBLISHED_BEFORE)]
    for key, successor in pairwise(keys):
        if successor.signs_from + LONGEST_LIFE <= by.now:
            signing_keys.retire(connection, key.id, by.now)


def rotate(
    connection: Connection, vault: Vault, by: Acting, *, at_once: bool = False
) -> SigningKey:
    """
    A successor before its time. `at_once`, for a key that somebody else may have: it signs from now
    on, and the others are believed no more, nor what they have signed.
    """
    former = signing_keys.published(connection)
    made = _create(connection, vault, by, timedelta(0) if at_once else PUBLISHED_BEFORE)
    if at_once:
        for key in former:
            signing_keys.retire(connection, key.id, by.now)
    return made


def listing(connection: Connection) -> Sequence[SigningKey]:
    """Oldest first, with those that are retired."""
    return signing_keys.every(connection)


def _create(connection: Connection, vault: Vault, by: Acting, wait: timedelta) -> SigningKey:
    private_key = ec.generate_private_key(ec.SECP256R1())
    key_id = ids.new(ids.SIGNING_KEY)
    public = ECAlgorithm.to_jwk(private_key.public_key(), as_dict=True)
    pem = private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key = SigningKey(
        id=key_id,
        algorithm=ALGORITHM,
        private_key=vault.seal(pem.decode()),
        public_jwk=orjson.dumps({**public, "kid": key_id, "alg": ALGORITHM, "use": "sig"}).decode(),
        created_at=by.now,
        signs_from=by.now + wait,
        retired_at=None,
    )
    signing_keys.insert(connection, key)
    return key

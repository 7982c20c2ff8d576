"""The secret that keeps signing keys unreadable in the database."""

import os
import secrets
from pathlib import Path

from provisioning.errors import Invalid
from provisioning.signing_keys import SECRET_LENGTH
from service.settings import Settings

NAME = "secret_key"


def find(settings: Settings) -> str | None:
    """
    As it is set. Embedded, where there is one process and its data directory, one is made at the
    first start; where there are several, only a setting is the same for all of them, and without
    it no tokens are signed. Raises `Invalid`.
    """
    if settings.secret_key is not None:
        return _long_enough(settings.secret_key, "PROVISIONING_SECRET_KEY")
    if settings.broker_url is not None:
        return None
    path = settings.data_dir / NAME
    try:
        return _long_enough(_kept(path), str(path))
    except OSError as error:
        raise Invalid("PROVISIONING_DATA_DIR", str(error)) from error


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f".{NAME}.{secrets.token_hex(4)}")
    if not path.exists():
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(SECRET_LENGTH))
        try:
            # Whole or not at all, and the first of two that start at once wins.
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()


def _long_enough(secret: str, name: str) -> str:
    if len(secret) < SECRET_LENGTH:
        raise Invalid(name, f"must have at least {SECRET_LENGTH} characters")
    return secret

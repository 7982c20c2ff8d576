"""The secret that keeps signing keys unreadable in the database."""

import os
import secrets
from pathlib import Path

from provisioning.errors import Invalid
from provisioning.signing_keys import SECRET_LENGTH
from service.settings import Settings

NAME = "secret_key"


def find(settings: Settings, *, make: bool = True) -> str | None:
    """
    As it is set. Embedded, where there is one process and its data directory, one is made at the
    first start, but not for who only looks (`make` is false); where there are several, only a
    setting is the same for all of them, and without it no tokens are signed. Raises `Invalid`.
    """
    if settings.secret_key is not None or settings.broker_url is not None:
        return settings.secret_key
    path = settings.data_dir / NAME
    try:
        return _long_enough(_kept(path), path) if make or path.exists() else None
    except OSError as error:
        raise Invalid("PROVISIONING_DATA_DIR", str(error)) from error
    except UnicodeDecodeError as error:
        raise Invalid(str(path), "must be text in UTF-8") from error


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


def _long_enough(secret: str, path: Path) -> str:
    if len(secret) < SECRET_LENGTH:
        raise Invalid(str(path), f"must have at least {SECRET_LENGTH} characters")
    return secret

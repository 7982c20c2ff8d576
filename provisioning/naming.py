"""Logical names, made of what people call things."""

import re
import secrets
import unicodedata
from collections.abc import Callable

NAME_PATTERN = r"^[a-z0-9_-]{1,50}$"
NAME_LIMIT = 50
_OTHER = re.compile(r"[^a-z0-9_-]+")


def free_name(display_name: str, fallback: str, is_taken: Callable[[str], bool]) -> str:
    """
    Named after what people call it, with a few characters behind where that is taken. Two at once
    who find it free: the database refuses one of them.
    """
    stem = name = _named_after(display_name, fallback)
    while is_taken(name):
        name = _with_suffix(stem, secrets.token_hex(3))
    return name


def _named_after(display_name: str, fallback: str) -> str:
    """
    1 to 50 of `a-z 0-9 _ -` (Auth0's rule for organization names): accents go, what remains and is
    not allowed becomes a hyphen. `fallback` where nothing remains.
    """
    plain = unicodedata.normalize("NFKD", display_name).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-")[:NAME_LIMIT].strip("-") or fallback


def _with_suffix(name: str, suffix: str) -> str:
    """`name-suffix`, within the limit."""
    return f"{name[: NAME_LIMIT - len(suffix) - 1].rstrip('-')}-{suffix}"

"""Logical names, made of what people call things."""

import re
import unicodedata

NAME_PATTERN = r"^[a-z0-9_-]{1,50}$"
NAME_LIMIT = 50
_OTHER = re.compile(r"[^a-z0-9_-]+")


def named_after(display_name: str, fallback: str) -> str:
    """
    1 to 50 of `a-z 0-9 _ -` (Auth0's rule for organization names): accents go, what remains and is
    not allowed becomes a hyphen. `fallback` where nothing remains.
    """
    plain = unicodedata.normalize("NFKD", display_name).encode("ascii", "ignore").decode().lower()
    return _OTHER.sub("-", plain).strip("-")[:NAME_LIMIT].strip("-") or fallback


def with_suffix(name: str, suffix: str) -> str:
    """`name-suffix`, within the limit."""
    return f"{name[: NAME_LIMIT - len(suffix) - 1].rstrip('-')}-{suffix}"

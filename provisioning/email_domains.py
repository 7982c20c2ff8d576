"""Domain names as DNS compares them: ASCII (RFC 5891), lower case, without a final dot."""

import re

import idna

from provisioning.folding import fold

_PLAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")


def ascii_name(text: str) -> str:
    """
    By IDNA 2008 after the mapping of UTS 46, so `FAß.de` is not `fass.de`. Raises `ValueError`
    saying what is wrong with it.
    """
    return idna.encode(text, uts46=True, std3_rules=True).decode().removesuffix(".")


def unicode_name(name: str) -> str:
    """As people read it; what cannot be read stays as it is."""
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def domain_of(email: str | None) -> str | None:
    """
    The domain of an address as it is written, never of one that was folded: folding makes
    `fass.de` of `faß.de`, which is somebody else's. None: there is none.
    """
    _, at, domain = (email or "").rpartition("@")
    if not at:
        return None
    if domain.isascii():
        plain = domain.lower().removesuffix(".")
        return plain if _PLAIN.fullmatch(plain) else None
    try:
        return ascii_name(domain)
    except ValueError:
        return None


def is_one_address(email: str | None, other: str | None) -> bool:
    """Whatever their case; but not `ada@faß.de` and `ada@fass.de`, which are equal when folded."""
    if email is None or other is None:
        return False
    return fold(email) == fold(other) and is_of_one_domain(email, other)


def is_of_one_domain(email: str | None, other: str | None) -> bool:
    """As they are written: `faß.de` and `fass.de`, equal when folded, are two owners'."""
    return domain_of(email) == domain_of(other)


def is_within(email: str | None, names: frozenset[str]) -> bool:
    """Whether the domain of the address is one of these; a subdomain is another domain."""
    return bool(names) and domain_of(email) in names

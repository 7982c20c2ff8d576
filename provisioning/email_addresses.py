"""What an e-mail address is that we write to: RFC 5321's Mailbox, without quotes and in ASCII."""

import re

from provisioning.errors import Invalid

LIMIT = 254
"""RFC 5321 §4.5.3.1.3: a path is 256 octets, two of which are its brackets."""
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PATTERN = rf"^{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+$"
WANTED = (
    f"must be one e-mail address of at most {LIMIT} characters, as ada@acme.example: "
    "in ASCII, without a name or quotes, an international domain as xn--"
)
"""`PATTERN` and `LIMIT` in words."""
_ADDRESS = re.compile(PATTERN)


def is_address(text: str) -> bool:
    """Whether a mail can be sent there, as far as its form says."""
    return len(text) <= LIMIT and _ADDRESS.fullmatch(text) is not None


def require(text: str) -> None:
    """Raises `Invalid`, without the text: it may be anything."""
    if not is_address(text):
        raise Invalid("email", WANTED)

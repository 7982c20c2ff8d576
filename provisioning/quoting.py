"""Text that somebody else wrote, in a sentence of ours."""

MAX_QUOTED = 100
"""Characters: an attribute with its URN fits, and nobody fills a log with it."""


def shortened(text: str) -> str:
    """`text`; of a long one the beginning and `…`."""
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1]}…"


def quoted(text: str) -> str:
    """The same in quotes and without control characters."""
    return repr(shortened(text))

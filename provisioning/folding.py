"""How text is compared where case does not count (RFC 7643 §2.2, caseExact false)."""

import unicodedata


def fold(text: str) -> str:
    """Equal for two texts that differ in case or in composition only (`é` as one sign or two)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())

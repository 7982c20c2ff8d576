"""Which domain names may be claimed, and what makes two of them the same."""

import pytest

from provisioning.domain_names import claimable
from provisioning.email_domains import domain_of, is_within, unicode_name
from provisioning.errors import Refused


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("acme.example", "acme.example"),
        ("ACME.Example", "acme.example"),
        ("acme.example.", "acme.example"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("xn--mnchen-3ya.EXAMPLE", "xn--mnchen-3ya.example"),
        ("acme。jp", "acme.jp"),
        ("bank.example", "bank.example"),
        ("acme.co.uk", "acme.co.uk"),
        ("mail.acme.co.uk", "mail.acme.co.uk"),
        ("acme-2.example", "acme-2.example"),
    ],
)
def test_a_name_has_one_form_however_it_is_written(written: str, name: str) -> None:
    assert claimable(written) == name


def test_sharp_s_is_a_letter_of_its_own() -> None:
    """IDNA 2008, other than IDNA 2003 and than folding."""
    assert claimable("faß.example") != claimable("fass.example")
    assert domain_of("ada@faß.example") != domain_of("ada@fass.example")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "domain_invalid"),
        (".", "domain_invalid"),
        ("acme..example", "domain_invalid"),
        ("a_b.example", "domain_invalid"),
        ("a b.example", "domain_invalid"),
        ("-a.example", "domain_invalid"),
        ("☃.example", "domain_invalid"),
        ("acme\u202e.example", "domain_invalid"),
        ("https://acme.example/", "domain_invalid"),
        ("ada@acme.example", "domain_invalid"),
        ("*.acme.example", "domain_invalid"),
        ("x" * 64 + ".example", "domain_invalid"),
        ("x." * 130 + "example", "domain_invalid"),
        ("192.0.2.1", "domain_invalid"),
        ("[2001:db8::1]", "domain_invalid"),
        ("com", "domain_is_public_suffix"),
        ("co.uk", "domain_is_public_suffix"),
        ("localhost", "domain_is_public_suffix"),
        ("xn--p1ai", "domain_is_public_suffix"),
        ("рф", "domain_is_public_suffix"),
        ("gmail.com", "domain_is_mailbox_provider"),
        ("GMAIL.com.", "domain_is_mailbox_provider"),
        ("mail.gmx.de", "domain_is_mailbox_provider"),
        ("outlook.com", "domain_is_mailbox_provider"),
        ("qq.com", "domain_is_mailbox_provider"),
        ("tuta.com", "domain_is_mailbox_provider"),
        ("mailinator.com", "domain_is_disposable"),
        ("any.mailinator.com", "domain_is_disposable"),
        ("\u0430pple.example", "domain_mixes_scripts"),
        ("xn--pple-43d.example", "domain_mixes_scripts"),
        ("\u03b1cme.example", "domain_mixes_scripts"),
    ],
)
def test_what_cannot_be_anybodys_own_is_refused(written: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        claimable(written)

    assert refused.value.code == code
    assert str(refused.value)


@pytest.mark.parametrize("written", ["пример.рф", "日本語.jp", "東京タワーtokyo.jp", "한국a.kr"])
def test_a_writing_system_may_have_several_scripts(written: str) -> None:
    assert unicode_name(claimable(written)) == written


def test_large_companies_are_no_mailbox_providers() -> None:
    """A wrong refusal is a lost customer."""
    for name in ("microsoft.com", "ibm.com", "siemens.com", "github.com", "bbc.co.uk", "apple.com"):
        assert claimable(name) == name


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("ada@acme.example", "acme.example"),
        ("Ada@ACME.Example", "acme.example"),
        ("ada@acme.example.", "acme.example"),
        ('"a@b"@acme.example', "acme.example"),
        ("ada@münchen.example", "xn--mnchen-3ya.example"),
        ("ada@sub.acme.example", "sub.acme.example"),
        ("acme.example", None),
        ("ada@", None),
        ("", None),
        (None, None),
        ("ada@acme.example ", None),
        ("ada@☃.example", None),
    ],
)
def test_the_domain_of_an_address(email: str | None, domain: str | None) -> None:
    assert domain_of(email) == domain


def test_a_subdomain_is_another_domain() -> None:
    names = frozenset({"acme.example"})

    assert is_within("ada@ACME.example", names)
    assert not is_within("ada@sub.acme.example", names)
    assert not is_within("ada@notacme.example", names)
    assert not is_within(None, names)

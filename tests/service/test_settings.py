"""Where the service says that it is: one scheme, one host, perhaps a port, and nothing else."""

import pytest

from provisioning.errors import Invalid
from service import settings

GOOD = [
    "https://scim.example",
    "http://127.0.0.1:8000",
    "https://SCIM.example.:65535",
    "http://web_1:80",
    "https://xn--mnchen-3ya.example",
    "https://[2001:db8::1]:8443",
]
BAD = [
    "x",
    "scim.example",
    "//scim.example",
    "ftp://x",
    "https://",
    "https:///",
    "https://x/y",
    "https://x//",
    "https://x?",
    "https://x/?q",
    "https://x#f",
    "https://user:pw@x",
    "https://user@x",
    "https://ex ample",
    "https://x\n",
    " https://x",
    "http\u017f://x",
    "https://münchen.example",
    "https://a..b",
    "https://-x",
    "https://x:",
    "https://x:0",
    "https://x:65536",
    "https://x:port",
    "https://[::g]",
    "https://2001:db8::1",
    " ",
    "/",
]


def public_url(**given: str) -> str:
    found = settings.read({f"PROVISIONING_{name}": value for name, value in given.items()})
    return found.public_url


@pytest.mark.parametrize("url", GOOD)
def test_a_public_url_may_end_with_a_slash(url: str) -> None:
    assert public_url(PUBLIC_URL=url) == public_url(PUBLIC_URL=f"{url}/") == url


@pytest.mark.parametrize("url", BAD)
def test_what_is_more_or_less_than_scheme_and_host_is_refused_by_name(url: str) -> None:
    with pytest.raises(Invalid, match="PROVISIONING_PUBLIC_URL: must be https://host or"):
        public_url(PUBLIC_URL=url)


@pytest.mark.parametrize(
    ("listen", "url"),
    [("127.0.0.1:8100", "http://127.0.0.1:8100"), ("[::1]:8100", "http://[::1]:8100")],
)
def test_an_empty_public_url_is_not_set(listen: str, url: str) -> None:
    assert public_url(LISTEN=listen, PUBLIC_URL="") == public_url(LISTEN=listen) == url

"""How domains are proven, as it is set up."""

from functools import partial

from service.settings import Settings
from workers import dns_txt
from workers.poll_domains import Look


def looks(found: Settings) -> list[Look]:
    """One for each method."""
    return [partial(dns_txt.observe, resolvers=found.dns_resolvers)]

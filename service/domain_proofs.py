"""How domains are proven, as it is set up."""

from functools import partial

from service.settings import Settings
from workers import dns_txt, web_proofs
from workers.poll_domains import Look


def looks(found: Settings) -> list[Look]:
    """One for each method, the cheapest first."""
    every = (dns_txt.observe, web_proofs.observe_meta, web_proofs.observe_file)
    return [partial(look, resolvers=found.dns_resolvers) for look in every]

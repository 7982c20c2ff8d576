"""
A client of the admin API, `/v1`. `Client` blocks, `AsyncClient` is awaited; both have the same
resources. What can go wrong is in `provisioning_client.errors`, the verification of webhooks in
`provisioning_client.webhooks`.
"""

from provisioning_client.async_client import AsyncClient
from provisioning_client.client import Client

__all__ = ["AsyncClient", "Client"]

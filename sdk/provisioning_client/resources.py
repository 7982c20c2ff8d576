"""Every noun of the API, once; each kind of client has them all."""

from provisioning_client.api_keys import ApiKeys
from provisioning_client.audit_entries import AuditEntries
from provisioning_client.operations import AnySender, Resource
from provisioning_client.organizations import Organizations


class Resources(Resource[AnySender]):
    """The clients inherit these."""

    def __init__(self, sender: AnySender) -> None:
        super().__init__(sender)
        self.organizations = Organizations(sender)
        self.api_keys = ApiKeys(sender)
        self.audit_entries = AuditEntries(sender)

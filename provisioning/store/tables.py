"""Every table there is: a page per noun, all of them read by whoever asks for `metadata` here."""

from provisioning.store import (
    admin_tables,
    breaker_tables,
    conflict_tables,
    directory_tables,
    domain_tables,
    event_tables,
    growth_tables,
    join_request_tables,
    leaving_tables,
    newcomer_tables,
    note_tables,
    organization_tables,
    people_tables,
    removed_mapping_tables,
    role_tables,
    run_tables,
)
from provisioning.store import metadata as naming

PAGES = (
    organization_tables,
    people_tables,
    role_tables,
    removed_mapping_tables,
    directory_tables,
    domain_tables,
    note_tables,
    event_tables,
    growth_tables,
    conflict_tables,
    admin_tables,
    breaker_tables,
    leaving_tables,
    newcomer_tables,
    join_request_tables,
    run_tables,
)
metadata = naming.metadata

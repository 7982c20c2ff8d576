"""A whole plan; what is settled writes its first part while it thinks about the second."""

from provisioning.reconcile.actions import Action
from provisioning.reconcile.facts import Facts
from provisioning.reconcile.identify import NewId
from provisioning.reconcile.plan import decide, identify


def plan(facts: Facts, new_id: NewId) -> list[Action]:
    people, identified = identify(facts, new_id)
    return [*identified, *decide(facts, people, new_id)]

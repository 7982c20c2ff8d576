"""How a profile that was told is kept: JSON, whatever is missing is None."""

import orjson

from provisioning.reconcile.facts import Profile


def encoded(profile: Profile) -> str:
    """The attributes by their names."""
    return orjson.dumps(profile.tree()).decode()


def decoded(text: str) -> Profile | None:
    """What `encoded` made of it; None for the empty object, which it makes of nothing."""
    tree = orjson.loads(text)
    if not tree:
        return None
    return Profile(*map(tree.get, ("email", "display_name", "given_name", "family_name")))

"""`provisioning api-key …`: the first key, and which there are."""

from tests import command_line
from tests.command_line import Settings


def test_keys_are_listed_for_people_by_what_tells_them_apart(settings: Settings) -> None:
    made = command_line.ask(
        settings, "api-key", "create", "--name", "backend", "--scope", "read:users"
    )
    command_line.ask(settings, "api-key", "revoke", made["id"])

    listed = command_line.run(settings, "api-key", "list", "--json")
    shown = command_line.run({**settings, "COLUMNS": "40"}, "api-key", "list")
    wide = command_line.run({**settings, "COLUMNS": "120"}, "api-key", "list")

    (key,) = listed.answer
    assert {"key", "revoked_at"} - set(key) == {"key"}
    assert key["revoked_at"] is not None
    assert f"id      {made['id']}\n" in shown.out
    assert f"name    backend …{made['last_four']}\n" in shown.out
    for column in ("id", "name", "scopes", "of", "ends"):
        assert f" {column} " in wide.out
    assert f" {made['id']} " in wide.out
    assert made["key"] not in listed.out + shown.out + wide.out

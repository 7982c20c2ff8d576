"""`provisioning signing-key …`: what is shown of the keys, and how they are renewed."""

from tests import command_line
from tests.command_line import Settings

SHOWN = {"id", "algorithm", "created_at", "signs_from", "retired_at"}


def test_a_key_is_made_and_listed_without_its_private_half(settings: Settings) -> None:
    assert command_line.ask(settings, "signing-key", "list") == []

    first = command_line.ask(settings, "signing-key", "rotate")
    second = command_line.ask(settings, "signing-key", "rotate")
    listed = command_line.ask(settings, "signing-key", "list")

    assert set(first) == set(second) == SHOWN
    assert listed == [first, second]
    assert second["signs_from"] > second["created_at"]


def test_after_a_leak_only_the_new_key_is_left(settings: Settings) -> None:
    leaked = command_line.ask(settings, "signing-key", "rotate")

    made = command_line.ask(settings, "signing-key", "rotate", "--at-once")
    listed = command_line.ask(settings, "signing-key", "list")

    assert made["signs_from"] == made["created_at"]
    assert {key["id"] for key in listed if key["retired_at"] is None} == {made["id"]}
    assert leaked["id"] != made["id"]


def test_where_there_are_several_processes_the_secret_has_to_be_set(settings: Settings) -> None:
    with_broker = {**settings, "PROVISIONING_BROKER_URL": "redis://127.0.0.1:1/0"}

    refused = command_line.run(with_broker, "signing-key", "rotate")

    assert (refused.status, refused.out) == (1, "")
    assert "PROVISIONING_SECRET_KEY" in refused.err

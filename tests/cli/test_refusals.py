"""What goes wrong is one sentence on stderr, status 1, nothing on stdout, and no traceback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import command_line
from tests.command_line import Settings
from tests.servers import databases
from tests.servers.databases import DatabaseServer
from tests.servers.ports import LOOPBACK, free_port
from tests.tenant import Tenant

NOBODY = "nobody-has-this-id"
DIRECTORY, ORGANIZATION = "the directory's id", "the organization's id"
KEY = ("api-key", "create", "--name", "n", "--scope", "*")
LIST = ("organization", "list", "--json")


def sentence(settings: Settings, *words: str | bytes) -> str:
    refused = command_line.run(settings, *words)
    assert (refused.status, refused.out) == (1, "")
    said = refused.err.strip()
    assert said.startswith("provisioning: ")
    assert "\n" not in said
    return said.removeprefix("provisioning: ")


@pytest.fixture
def unmigrated(postgresql: DatabaseServer) -> Iterator[Settings]:
    with databases.temporary(postgresql) as name:
        yield {"PROVISIONING_DATABASE_URL": postgresql.url(name)}


@pytest.fixture
def away() -> Settings:
    url = f"postgresql://prov:secret@{LOOPBACK}:{free_port()}/prov"
    return {"PROVISIONING_DATABASE_URL": url}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("organization", ("organization", "show", NOBODY)),
        ("organization", ("organization", "set", NOBODY, "--default-role", "guest")),
        ("organization", ("directory", "create", "--organization", NOBODY, "--type", "okta")),
        ("organization", ("directory", "list", "--organization", NOBODY)),
        ("directory", ("directory", "tokens", NOBODY)),
        ("directory", ("directory", "rotate-token", NOBODY)),
        ("directory", ("directory", "revoke-token", NOBODY, NOBODY)),
        ("directory", ("mapping", "set", "--directory", NOBODY, "--group", "G", "--role", "admin")),
        ("organization", ("mapping", "list", "--organization", NOBODY)),
        ("directory", ("mapping", "remove", "--directory", NOBODY, NOBODY)),
        ("organization", ("membership", "list", "--organization", NOBODY)),
        ("organization", ("membership", "explain", "--organization", NOBODY, "--user", "a@b.c")),
        ("organization", ("invitation", "create", "--organization", NOBODY, "a@b.example")),
        ("organization", ("invitation", "list", "--organization", NOBODY)),
        ("organization", ("event", "list", "--organization", NOBODY)),
        ("organization", ("domain", "add", "--organization", NOBODY, "acme.example")),
        ("organization", ("domain", "list", "--organization", NOBODY)),
        ("organization", ("domain", "check", "--organization", NOBODY, "acme.example")),
        ("organization", ("note", "set-aside", "--organization", NOBODY)),
        ("directory", ("resync", "--directory", NOBODY)),
        ("directory", ("resync", "--directory", NOBODY, "--dry-run")),
    ],
)
def test_an_unknown_id(settings: Settings, kind: str, words: tuple[str, ...]) -> None:
    assert sentence(settings, *words, "--json") == f"{kind} '{NOBODY}' was not found"


def test_an_unknown_token_mapping_or_role(settings: Settings, tenant: Tenant) -> None:
    directory = tenant.directory.id

    token = sentence(settings, "directory", "revoke-token", directory, NOBODY)
    mapping = sentence(settings, "mapping", "remove", "--directory", directory, NOBODY)
    role = sentence(
        settings, "mapping", "set", "--directory", directory, "--group", "G", "--role", "king"
    )

    assert token == f"token '{NOBODY}' was not found"
    assert mapping == f"mapping '{NOBODY}' was not found"
    assert "king" in role


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
@pytest.mark.parametrize("name", ["", " ", "é" * 513])
def test_a_group_that_no_directory_can_have(
    settings: Settings, tenant: Tenant, name: str, more: tuple[str, ...]
) -> None:
    words = ("mapping", "set", "--directory", tenant.directory.id, "--role", "admin")

    assert sentence(settings, *words, "--group", name, *more) == (
        "group: must be the name of a group: 1 to 1024 bytes, not blank"
    )
    assert tenant.mappings() == []


def test_a_name_that_is_none(settings: Settings) -> None:
    assert sentence(settings, "organization", "create", " ") == (
        "display_name: must be 1 to 200 characters"
    )
    assert sentence(settings, "organization", "create", b"\xff") == (
        "an argument is not valid UTF-8"
    )


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("resync_interval_seconds", ("directory", "schedule", DIRECTORY, "--every")),
        ("--expires-in-days", ("directory", "rotate-token", DIRECTORY, "--expires-in-days")),
        ("--max-count", ("breaker", "set", DIRECTORY, "--max-count")),
        ("--after", ("event", "list", "--organization", ORGANIZATION, "--after")),
        ("--many", ("mapping", "lint", "--organization", ORGANIZATION, "--many")),
        (
            "grace_seconds",
            ("leaving-policy", "set", "--organization", ORGANIZATION, "--grace-seconds"),
        ),
        ("--expires-in-days", (*KEY, "--expires-in-days")),
        ("--requests-per-minute", (*KEY, "--requests-per-minute")),
        ("--port", ("dev", "--port")),
        ("--port", ("demo", "--port")),
    ],
)
def test_a_number_that_nothing_can_keep_is_refused_by_name(
    settings: Settings, tenant: Tenant, field: str, words: tuple[str, ...]
) -> None:
    ids = {DIRECTORY: tenant.directory.id, ORGANIZATION: tenant.organization_id}
    ended = command_line.run(settings, *(ids.get(word, word) for word in words), str(10**20))

    assert (ended.status in {1, 2}, ended.out) == (True, "")
    assert field in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "nonsense", LIST),
        ("DATABASE_URL", "mysql://a/b", LIST),
        ("DATABASE_URL", "postgresql://a:secret@b:port/c", LIST),
        ("DATABASE_URL", "nonsense", ("doctor", "--json")),
        ("DATABASE_URL", "nonsense", ("web",)),
        ("DATABASE_URL", "nonsense", ("dev",)),
        ("DATA_DIR", "/dev/null/var", LIST),
        ("BROKER_URL", "nonsense", ("doctor", "--json")),
        ("BROKER_URL", "kafka://a:1", ("worker",)),
        ("BROKER_URL", "redis://a:port/0", ("beat",)),
        ("LISTEN", "8000", ("web",)),
        ("LISTEN", "localhost:99999", ("web",)),
        ("WEB_PROCESSES", "0", ("web",)),
        ("THREADS", "many", LIST),
        ("LOG_FORMAT", "xml", LIST),
        ("SMTP_URL", "https://secret@mail.test", LIST),
        ("SMTP_URL", "smtp://a:secret@mail.test:port", LIST),
        ("INVITATION_URL", "https://app.test/invitations", LIST),
        ("PUBLIC_URL", "https://ada:secret@scim.example", LIST),
        ("PUBLIC_URL", "https://scim.example/secret", ("dev",)),
        ("PUBLIC_URL", "scim.example", ("web",)),
        ("SECRET_KEY", "secret", LIST),
        ("SECRET_KEY", "secret", ("dev",)),
        ("SECRET_KEY", "secret", ("web",)),
        ("SECRET_KEY", "secret", ("doctor", "--json")),
    ],
)
def test_a_bad_setting_is_named(
    settings: Settings, name: str, value: str, words: tuple[str, ...]
) -> None:
    said = sentence({**settings, f"PROVISIONING_{name}": value}, *words)

    assert said.startswith(f"PROVISIONING_{name}: ")
    assert "secret" not in said


@pytest.mark.parametrize("words", [("dev",), ("web",), ("doctor", "--json")])
@pytest.mark.parametrize(
    ("kept", "problem"),
    [(b"secret", "must have at least 32 characters"), (b"\xff" * 32, "must be text in UTF-8")],
    ids=["short", "no text"],
)
def test_a_kept_secret_that_is_none_is_named_by_its_file(
    settings: Settings, kept: bytes, problem: str, words: tuple[str, ...]
) -> None:
    path = Path(settings["PROVISIONING_DATA_DIR"]) / "secret_key"
    path.parent.mkdir()
    path.write_bytes(kept)
    listening = {"PROVISIONING_LISTEN": f"{LOOPBACK}:{free_port()}"}

    assert sentence({**settings, **listening}, *words) == f"{path}: {problem}"


@pytest.mark.parametrize("word", ["worker", "beat"])
def test_workers_of_their_own_need_a_broker(settings: Settings, word: str) -> None:
    assert sentence(settings, word) == (
        "PROVISIONING_BROKER_URL is not set; use `provisioning dev`"
    )


@pytest.mark.parametrize("words", [LIST, ("migrate",), ("dev", "--port", "0")])
def test_a_database_that_is_away(away: Settings, words: tuple[str, ...]) -> None:
    said = sentence(away, *words)

    assert said.startswith("the service cannot reach its database; try again (")
    assert "secret" not in said


def test_doctor_tells_of_a_database_that_is_away_as_of_any_other_state(away: Settings) -> None:
    told = command_line.run(away, "doctor", "--json")

    assert told.status == 1
    assert told.out.startswith('{"database": false, "migrated": false, "workers": false, ')


@pytest.mark.parametrize("words", [LIST, ("worker",)])
def test_a_postgresql_that_was_not_migrated(unmigrated: Settings, words: tuple[str, ...]) -> None:
    broker = {"PROVISIONING_BROKER_URL": f"redis://{LOOPBACK}:{free_port()}/0"}

    assert sentence({**unmigrated, **broker}, *words) == (
        "PROVISIONING_DATABASE_URL: the database is empty or of another release;"
        " run `provisioning migrate` first"
    )


def test_a_file_that_is_no_database(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear administrator, " * 100)

    said = sentence(
        {**settings, "PROVISIONING_DATABASE_URL": f"sqlite:///{tmp_path / 'letter'}"}, *LIST
    )

    assert said == "PROVISIONING_DATABASE_URL: file is not a database"


@pytest.mark.parametrize("url", ["garbage", f"http://{LOOPBACK}:1/scim/v2/x"])
def test_a_url_that_nobody_answers_at(settings: Settings, url: str) -> None:
    words = ("simulate", "--idp", "okta", "--url", url, "--token", "t", "--json")
    refused = command_line.run(settings, *words)

    assert (refused.status, refused.out) == (1, "")
    assert refused.err.strip().startswith("provisioning: ")

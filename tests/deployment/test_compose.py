"""
The deployment as written: docker-compose.yml, the Dockerfile and .env.example, held against the
Compose specification's schema, against the command line and against each other.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from service.cli.main import app

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
APPLICATION = ("migrate", "web", "worker", "beat")


def validate(path: Path) -> subprocess.CompletedProcess[str]:
    schema = ("--builtin-schema", "vendor.compose-spec")
    command = (sys.executable, "-m", "check_jsonschema", *schema, str(path))
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services by name, anchors and merges resolved."""
    document: dict[str, Any] = YAML(typ="safe").load(COMPOSE.read_text())
    return {name: dict(service) for name, service in document["services"].items()}


def is_command(name: str) -> bool:
    return CliRunner().invoke(app, [name, "--help"]).exit_code == 0


def test_the_file_obeys_the_compose_specification() -> None:
    outcome = validate(COMPOSE)

    assert outcome.returncode == 0, outcome.stdout


def test_a_file_that_does_not_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(COMPOSE.read_text().replace("stop_grace_period", "stop_grace_perod"))

    outcome = validate(broken)

    assert outcome.returncode == 1
    assert "stop_grace_perod" in outcome.stdout


@pytest.mark.parametrize("name", APPLICATION)
def test_every_command_exists(services: dict[str, dict[str, Any]], name: str) -> None:
    assert services[name]["command"] == [name]
    assert is_command(name)


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_the_health_check_of_a_process_without_a_port_is_a_command_that_exists(
    services: dict[str, dict[str, Any]], name: str
) -> None:
    kind, program, command = services[name]["healthcheck"]["test"]

    assert (kind, program) == ("CMD", "provisioning")
    assert is_command(command)


def test_the_health_check_of_web_is_a_program_that_compiles(
    services: dict[str, dict[str, Any]],
) -> None:
    *command, program = services["web"]["healthcheck"]["test"]

    assert command == ["CMD", "python", "-c"]
    compile(program, "docker-compose.yml", "exec")


@pytest.mark.parametrize("name", APPLICATION)
def test_the_application_can_write_nowhere_but_in_memory(
    services: dict[str, dict[str, Any]], name: str
) -> None:
    service = services[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "volumes" not in service
    assert {mount.split(":")[0] for mount in service["tmpfs"]} == {
        "/tmp",  # noqa: S108 - inside the container, in memory
        service["environment"]["PROVISIONING_DATA_DIR"],
    }


@pytest.mark.parametrize("name", ["postgres", "redis", "web", "worker", "beat"])
def test_what_ends_is_started_again(services: dict[str, dict[str, Any]], name: str) -> None:
    assert services[name]["restart"] == "unless-stopped"


def test_the_migration_runs_once(services: dict[str, dict[str, Any]]) -> None:
    assert services["migrate"]["restart"] == "no"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_serves_before_the_migration_is_done(
    services: dict[str, dict[str, Any]], name: str
) -> None:
    condition = services[name]["depends_on"]["migrate"]["condition"]

    assert condition == "service_completed_successfully"


def test_requests_do_not_wait_for_redis(services: dict[str, dict[str, Any]]) -> None:
    assert "redis" not in services["web"]["depends_on"]


def test_redis_keeps_what_it_was_told(services: dict[str, dict[str, Any]]) -> None:
    command = " ".join(services["redis"]["command"])

    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_image_does_not_run_as_root(services: dict[str, dict[str, Any]]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    last_stage = re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[-1]
    user = re.search(r"^USER (\d+):(\d+)$", last_stage, flags=re.MULTILINE)

    assert user is not None
    assert "0" not in user.groups()
    owner = f"uid={user[1]},gid={user[2]}"
    assert any(owner in mount for mount in services["web"]["tmpfs"])


def test_everything_the_image_copies_is_let_through() -> None:
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert sources == {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_every_variable_of_the_compose_file_is_explained() -> None:
    used = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    explained = re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert used <= set(explained)


def test_no_password_has_a_default() -> None:
    assert set(re.findall(r"\$\{POSTGRES_PASSWORD(.*?)\}", COMPOSE.read_text())) == {
        ":?set it in .env"
    }

"""What docker-compose.yml starts: two webs, two workers, a beat; two customers; and its end."""

import json
import subprocess
import time
from signal import SIGTERM
from typing import Any

from tests import command_line
from tests.oracle import differences
from tests.processes.installation import Installation, Web
from tests.serving import count_notes

GRACE_SECONDS = 40
"""What docker-compose.yml gives them."""
SIMULATED_SECONDS = 120
PEOPLE = 40
ROLES = {"Engineering": "admin"}


def test_two_customers_are_provisioned_and_every_process_ends_when_told(
    shared_installation: Installation,
) -> None:
    installation = shared_installation
    installation.heal(webs=2, workers=2)
    directories = [_admit(installation, idp) for idp in ("okta", "entra")]

    simulated = [
        _simulate(installation, web, directory)
        for web, directory in zip(installation.webs, directories, strict=True)
    ]
    answers = [process.communicate(timeout=SIMULATED_SECONDS)[0] for process in simulated]
    reports = [json.loads(answer) for answer in answers]
    installation.wait_until(lambda: count_notes(installation.engine) == 0)

    assert [report["failures"] for report in reports] == [[], []]
    for directory, report in zip(directories, reports, strict=True):
        organization = directory["organization_id"]
        assert differences(installation.engine, organization) == []
        members = command_line.ask(
            installation.settings, "membership", "list", "--organization", organization
        )
        assert len(members) == len(report["user_ids"]) == PEOPLE
        roles = {role["role"] for member in members for role in member["roles"]}
        assert roles == {"member", *ROLES.values()}
    state = command_line.ask(installation.settings, "doctor")
    assert {name: state[name] for name in ("database", "migrated", "workers", "broker")} == {
        "database": True,
        "migrated": True,
        "workers": True,
        "broker": True,
    }
    _end(installation)


def _admit(installation: Installation, idp: str) -> dict[str, Any]:
    settings = installation.settings
    organization = command_line.ask(settings, "organization", "create", idp)["id"]
    words = ("directory", "create", "--organization", organization, "--type", idp)
    directory: dict[str, Any] = command_line.ask(settings, *words)
    for group, role in ROLES.items():
        which = ("--directory", directory["id"], "--group", group, "--role", role)
        command_line.ask(settings, "mapping", "set", *which)
    return directory


def _simulate(
    installation: Installation, web: Web, directory: dict[str, Any]
) -> subprocess.Popen[bytes]:
    words = [
        *(
            "simulate",
            "--idp",
            directory["type"],
            "--users",
            str(PEOPLE),
            "--groups",
            "4",
            "--json",
        ),
        *("--domain", f"{directory['type']}.example"),
        *("--url", f"{web.address}/scim/v2/{directory['id']}", "--token", directory["token"]),
    ]
    return subprocess.Popen(
        command_line.arguments(installation.settings, *words),
        cwd=command_line.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _end(installation: Installation) -> None:
    families = installation.families()
    for family in families:
        family.send(SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    statuses = [family.status(max(0, deadline - time.monotonic())) for family in families]
    for family in families:
        family.assert_nobody_is_left()
    # uvicorn ends by the signal it was sent, after it has shut down
    assert statuses == [-SIGTERM, -SIGTERM, 0, 0, 0]

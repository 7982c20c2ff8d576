"""Whole customers against the real server: what is in the directory at the end."""

from typing import Any, Protocol

import httpx
import pytest

from service.simulate import cast, changes, simulation, stories, storytelling
from service.simulate.actions import Assign, ChangeMembers, Unassign, Update
from service.simulate.cast import Cast
from service.simulate.identities import Idp
from service.simulate.progress import Progress
from service.simulate.report import Report
from service.simulate.simulation import Simulation
from service.simulate.stories import Story
from service.simulate.target import Target

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Scim(Protocol):
    """A directory of its own on a running server."""

    base_url: str
    token: str


def company(endpoint: Scim, idp: Idp, *, changes: int = 0, entra_flag: bool = False) -> Simulation:
    target = Target(idp=idp, url=endpoint.base_url, token=endpoint.token, entra_flag=entra_flag)
    return Simulation(target=target, users=30, groups=4, changes=changes, seed=5)


def gather(plan: Simulation) -> Cast:
    return cast.gather(
        plan.target.idp,
        users=plan.users,
        groups=plan.groups,
        seed=plan.seed,
        domain=plan.domain,
    )


def run(plan: Simulation) -> Report:
    report = simulation.run(plan, lambda _: None)
    assert report.failures == ()
    return report


def read(endpoint: Scim, path: str) -> Any:
    answer = httpx.get(
        f"{endpoint.base_url}{path}",
        headers={"Authorization": f"Bearer {endpoint.token}"},
        timeout=10,
    )
    return answer.raise_for_status().json()


def members(endpoint: Scim) -> dict[str, set[str]]:
    """Display name of each group -> user names of its members."""
    names = {
        user["id"]: user["userName"] for user in read(endpoint, "/Users?count=100")["Resources"]
    }
    groups = read(endpoint, "/Groups?count=100")["Resources"]
    return {
        group["displayName"]: {names[member["value"]] for member in group.get("members", [])}
        for group in groups
    }


@pytest.mark.parametrize("idp", Idp)
def test_everybody_and_every_group_arrives(endpoint: Scim, idp: Idp) -> None:
    plan = company(endpoint, idp)
    report = run(plan)
    assert len(report.user_ids) == 30
    assert members(endpoint) == {
        group.display_name: {person.user_name for person in group.members}
        for group in gather(plan).groups
    }


@pytest.mark.parametrize(
    ("idp", "entra_flag"), [(Idp.OKTA, False), (Idp.ENTRA, False), (Idp.ENTRA, True)]
)
def test_ordinary_days_end_as_they_were_drawn(
    endpoint: Scim,
    idp: Idp,
    entra_flag: bool,  # noqa: FBT001 - pytest gives it by name
) -> None:
    plan = company(endpoint, idp, changes=30, entra_flag=entra_flag)
    run(plan)

    gathered = gather(plan)
    groups = {g.display_name: {p.user_name for p in g.members} for g in gathered.groups}
    families = {person.user_name: person.family_name for person in gathered.people}
    inactive: set[str] = set()
    for action in (a for actions in changes.draw(gathered, 30, plan.seed) for a in actions):
        match action:
            case Unassign(person):
                inactive.add(person.user_name)
            case Assign(person):
                inactive.remove(person.user_name)
            case Update(person):
                families[person.user_name] = person.family_name
            case ChangeMembers(group, joined, left):
                groups[group.display_name] |= {person.user_name for person in joined}
                groups[group.display_name] -= {person.user_name for person in left}
            case _:
                pytest.fail(f"not drawn so far: {action}")
    users = read(endpoint, "/Users?count=100")["Resources"]
    assert inactive
    assert {user["userName"] for user in users if not user["active"]} == inactive
    assert {user["userName"]: user["name"]["familyName"] for user in users} == families
    assert members(endpoint) == groups


@pytest.mark.parametrize("idp", Idp)
def test_a_second_run_adopts_what_the_first_one_made(endpoint: Scim, idp: Idp) -> None:
    run(company(endpoint, idp, changes=10))
    again = run(company(endpoint, idp))
    users = read(endpoint, "/Users?count=100")["Resources"]
    assert (again.user_ids, again.group_ids) == ((), ())
    assert all(user["active"] for user in users)
    assert not any(user["name"]["familyName"].endswith("-Smith") for user in users)


def test_progress_counts_every_phase_to_its_end(endpoint: Scim) -> None:
    told: list[Progress] = []
    simulation.run(company(endpoint, Idp.ENTRA, changes=3), told.append)
    ends = {progress.phase: (progress.done, progress.total) for progress in told}
    assert ends == {"people": (30, 30), "managers": (27, 27), "groups": (4, 4), "changes": (3, 3)}


def told(endpoint: Scim, story: Story) -> list[str]:
    steps: list[str] = []
    storytelling.play(
        story, endpoint.base_url, endpoint.token, lambda step: steps.append(step.told)
    )
    return steps


def test_acme_s_story_ends_well(endpoint: Scim) -> None:
    story = stories.acme()
    assert told(endpoint, story) == [step.told for step in story.steps]
    users = {user["userName"]: user for user in read(endpoint, "/Users?count=100")["Resources"]}
    assert users["priya.raman@acme-field.example"]["title"] == "Platform Engineer"
    assert users["jose.pena@acme-field.example"]["active"] is False
    assert users["liv.sandvik@acme-field.example"]["active"] is True
    groups = members(endpoint)
    assert set(groups) == {"Platform Admins", "Product Engineering", "Contractors"}
    assert "priya.raman@acme-field.example" in groups["Platform Admins"]
    assert "liv.sandvik@acme-field.example" in groups["Product Engineering"]


def test_borealis_story_ends_well(endpoint: Scim) -> None:
    story = stories.borealis()
    assert told(endpoint, story) == [step.told for step in story.steps]
    users = {user["userName"]: user for user in read(endpoint, "/Users?count=100")["Resources"]}
    mona = users["mona.lind-berg@borealis-logistics.example"]
    tariq = users["tariq.aziz@borealis-logistics.example"]
    assert mona["name"]["familyName"] == "Lind-Berg"
    assert tariq[ENTERPRISE]["manager"]["value"] == mona["id"]
    assert members(endpoint) == {
        "Cloud Admins": {
            "bjorn.weiss@borealis-logistics.example",
            "tariq.aziz@borealis-logistics.example",
        },
        "Payroll": {
            "mona.lind-berg@borealis-logistics.example",
            "yuki.mori@borealis-logistics.example",
        },
    }

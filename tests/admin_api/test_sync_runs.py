"""/v1/…/directories/{id}/sync-runs: begun, watched, cancelled."""

from tests.admin_api.test_directories import path_of
from tests.admin_serving import Admin
from tests.serving import Scim
from tests.tenant import Tenant


def tenant_of(endpoint: Scim) -> Tenant:
    return Tenant(endpoint.engine, endpoint.organization_id, endpoint.directory)


def test_a_run_is_begun_once_and_watched_until_it_is_over(admin: Admin, endpoint: Scim) -> None:
    tenant_of(endpoint).create(f"ada@{endpoint.directory_id}.test")
    runs = f"{path_of(endpoint)}/sync-runs"

    begun = admin.client.post(runs)
    again = admin.client.post(runs)
    tenant_of(endpoint).drain()
    over = admin.client.get(f"{runs}/{begun.json()['id']}").json()
    listed = admin.client.get(runs).json()["data"]

    assert (begun.status_code, begun.json()["status"]) == (202, "queued")
    assert begun.json()["progress"]["total"] is None
    assert (again.status_code, again.json()["error"]["code"]) == (409, "sync_run_in_progress")
    assert (over["status"], over["progress"]["done"], over["counts"]["seen"]) == ("completed", 1, 1)
    assert listed == [over]


def test_a_run_is_cancelled(admin: Admin, endpoint: Scim) -> None:
    runs = f"{path_of(endpoint)}/sync-runs"
    begun = admin.client.post(runs).json()

    cancelled = admin.client.post(f"{runs}/{begun['id']}/cancel")
    again = admin.client.post(f"{runs}/{begun['id']}/cancel")

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "sync_run_finished")


def test_a_directory_shows_and_changes_its_schedule(admin: Admin, endpoint: Scim) -> None:
    before = admin.client.get(path_of(endpoint)).json()
    hourly = admin.client.patch(path_of(endpoint), json={"resync_interval_seconds": 3600}).json()
    never = admin.client.patch(path_of(endpoint), json={"resync_interval_seconds": None}).json()
    refused = admin.client.patch(path_of(endpoint), json={"resync_interval_seconds": 1})

    assert before["resync_interval_seconds"] == 86400
    assert hourly["next_run_at"] < before["next_run_at"]
    assert (never["resync_interval_seconds"], never["next_run_at"]) == (None, None)
    assert never["display_name"] == before["display_name"]
    assert refused.status_code == 400


def test_another_organizations_runs_are_not_there(admin: Admin, endpoint: Scim) -> None:
    begun = admin.client.post(f"{path_of(endpoint)}/sync-runs").json()
    with endpoint.a_second_directory() as other:
        runs = f"{path_of(other)}/sync-runs"
        answers = [
            admin.client.get(f"{runs}/{begun['id']}"),
            admin.client.post(f"{runs}/{begun['id']}/cancel"),
        ]

    assert {answer.status_code for answer in answers} == {404}

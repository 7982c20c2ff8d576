"""`provisioning bench domains` looks at every domain that is due, beside the bare questions."""

from sqlalchemy import Engine

from service.bench import domains


def test_all_that_are_due_are_measured_beside_their_floor(engine: Engine) -> None:
    told: list[str] = []
    url = engine.url.render_as_string(hide_password=False)

    report = domains.measure(url, 120, 1, told.append)

    assert report.domains == 120
    assert report.seconds > 0
    assert report.cpu_seconds > 0
    assert report.floor_seconds > 0
    assert told

"""`provisioning bench resync` measures a run that creates everybody, and one for nobody."""

from sqlalchemy import Engine

from service.bench import resync


def test_both_runs_are_measured_beside_their_floor(engine: Engine) -> None:
    told: list[str] = []
    url = engine.url.render_as_string(hide_password=False)

    report = resync.measure(url, 30, 20, told.append)

    assert (report.everything_to_create.changed, report.nothing_to_do.changed) == (30, 0)
    for side in (report.everything_to_create, report.nothing_to_do):
        assert side.seconds > 0
        assert 20 < side.peak_mb < 1000
        assert side.floor_seconds > 0
    assert told

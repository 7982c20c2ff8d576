"""`provisioning bench lists` measures pages, on both engines."""

from dataclasses import asdict

from sqlalchemy import Engine

from service.bench import lists


def test_three_pages_of_a_list_are_measured(engine: Engine) -> None:
    told: list[str] = []
    url = engine.url.render_as_string(hide_password=False)

    report = lists.measure(url, 1000, page=10, repeats=2, told=told.append)

    assert (report.organizations, report.page) == (1000, 10)
    assert min(report.first_ms, report.middle_ms, report.last_ms) > 0
    assert asdict(report)["ratio"] >= 1
    assert told

"""The report: what was measured, summed up."""

import orjson
import pytest

from service.simulate.ledger import Ledger
from service.simulate.report import summarize


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger()
    for hundredth in range(100, 0, -1):
        ledger.answered("create user", 201 if hundredth > 10 else 409, hundredth / 1000)
    return ledger


def test_latencies_are_percentiles_of_what_was_measured(ledger: Ledger) -> None:
    latency = summarize(ledger).kinds[0].latency_ms
    assert (latency.p50, latency.p95, latency.p99, latency.max) == (50, 95, 99, 100)


def test_the_percentiles_of_one_request_are_that_request() -> None:
    ledger = Ledger()
    ledger.answered("read user", 200, 0.004)
    latency = summarize(ledger).kinds[0].latency_ms
    assert (latency.p50, latency.p95, latency.p99, latency.max) == (4, 4, 4, 4)


def test_answers_are_counted_by_kind_and_status(ledger: Ledger) -> None:
    ledger.answered("read user", 200, 0.004)
    report = summarize(ledger)
    assert report.requests == 101
    assert [(kind.kind, kind.count, kind.statuses) for kind in report.kinds] == [
        ("create user", 100, {201: 90, 409: 10}),
        ("read user", 1, {200: 1}),
    ]


def test_only_the_first_twenty_failures_are_shown_and_all_are_counted(ledger: Ledger) -> None:
    for number in range(25):
        ledger.failed("create user", 400, f"number {number}")
    report = summarize(ledger)
    assert report.failure_count == 25
    assert [failure.detail for failure in report.failures] == [f"number {n}" for n in range(20)]


def test_addresses_in_a_failure_are_blotted_out(ledger: Ledger) -> None:
    ledger.failed("create user", 409, "userName 'inês.c@acme.example' is taken by <a@b.example>")
    assert summarize(ledger).failures[0].detail == "userName '<address>' is taken by <<address>>"


def test_a_report_is_plain_json(ledger: Ledger) -> None:
    ledger.created["user"].append("u1")
    ledger.failed("create user", 400, "bad")
    told = orjson.loads(orjson.dumps(summarize(ledger).to_json()))
    assert told["kinds"][0]["statuses"] == {"201": 90, "409": 10}
    assert told["failures"] == [{"kind": "create user", "status": 400, "detail": "bad"}]
    assert told["user_ids"] == ["u1"]


def test_an_empty_ledger_is_a_report_too() -> None:
    report = summarize(Ledger())
    assert (report.requests, report.kinds, report.requests_per_second) == (0, (), 0)

"""What happens around a request is told, and only failures of ours as such."""

import socket
import time

import httpx
from structlog.testing import capture_logs

from tests.admin_serving import Admin
from tests.serving import ANSWER_SECONDS


def test_who_breaks_off_in_the_midst_of_a_body_is_no_failure_of_ours(admin: Admin) -> None:
    url = httpx.URL(admin.address)
    head = (
        f"DELETE /v1/users/usr_nobody HTTP/1.1\r\nHost: {url.host}\r\n"
        f"Authorization: Bearer {admin.secret}\r\nContent-Type: application/json\r\n"
        'Content-Length: 100\r\n\r\n{"reason": '
    )
    with capture_logs() as logs:
        with socket.create_connection((url.host, url.port or 80), ANSWER_SECONDS) as connection:
            connection.sendall(head.encode())
        until = time.monotonic() + ANSWER_SECONDS
        while not logs and time.monotonic() < until:
            time.sleep(0.01)

    assert [(line["event"], line["status"]) for line in logs] == [("request", 400)]
